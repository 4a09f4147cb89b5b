// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that leave the virtual machine.  The block carries the call; data goes
 * by value, so that nobody outside ever follows a guest pointer.
 */
#include "monitor.h"
#include <linux/errno.h>

/* Exit to the VMM, which serves the call or hands it to the module. */
static void prepare(struct xenpv_vcpu_block *b, u64 op)
{
	b->op = op;
	/* What the guest sees when nobody answers. */
	b->ret = -EIO;
}

long call_slow(struct vcpu *v, u64 op, u64 a0, u64 a1, u64 a2, u64 a3)
{
	struct xenpv_vcpu_block *b = v->block;

	prepare(b, op);
	b->arg[0] = a0;
	b->arg[1] = a1;
	b->arg[2] = a2;
	b->arg[3] = a3;
	out32(XENPV_PORT_CALL, v->id);
	return b->ret;
}

/* The same with LEN bytes of DATA in and out. */
long call_slow_data(struct vcpu *v, u64 op, u64 a0, u64 a1, void *data, u32 len)
{
	struct xenpv_vcpu_block *b = v->block;
	long ret;

	memcpy(b->data, data, len);
	b->data_len = len;
	ret = call_slow(v, op, a0, a1, 0, 0);
	memcpy(data, b->data, len);
	return ret;
}

/* Ring the module directly: no exit to userspace. */
long call_doorbell(struct vcpu *v, u64 op, u64 a0, u64 a1)
{
	struct xenpv_vcpu_block *b = v->block;

	prepare(b, op);
	b->arg[0] = a0;
	b->arg[1] = a1;
	b->data_len = 0;
	out32(XENPV_PORT_DOORBELL + v->id, v->id);
	return b->ret;
}
