/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hypercalls that the VMM serves.  A call comes in the vCPU's block, which
 * is guest memory: it is copied once, and only the copy is looked at.
 */
#ifndef XENPV_VMM_HYPERCALL_H
#define XENPV_VMM_HYPERCALL_H

#include <stdint.h>

#include <linux/kvm_xenpv_monitor.h>

struct vcpu;

/**
 * struct hypercall - a private copy of a call
 * @op: __HYPERVISOR_* or XENPV_OP_*
 * @arg: arguments; of the *_op calls arg[0] is the sub-command
 * @len: in: bytes of @data that came with the call, at most its size; out:
 *	bytes of @data that go back, 0 unless the handler says otherwise
 * @data: structure or array, in and out
 */
struct hypercall {
	uint64_t op;
	uint64_t arg[6];
	uint32_t len;
	union {
		uint8_t data[XENPV_BLOCK_DATA];
		uint64_t words[XENPV_BLOCK_DATA / 8];
	};
};

/* Serve the call in V's block, on V's thread. */
void hypercall_serve(struct vcpu *v);

/*
 * Handlers: the value returned is the call's result, 0 or more or a negative
 * errno of Xen (whose numbers are Linux's for all that are used here).  LEN is
 * what came in; c->len is 0 by then.
 */
int64_t hc_console_io(struct vcpu *v, struct hypercall *c, uint32_t len);
int64_t hc_memory_op(struct vcpu *v, struct hypercall *c, uint32_t len);
int64_t hc_sched_op(struct vcpu *v, struct hypercall *c, uint32_t len);
int64_t hc_grant_table_op(struct vcpu *v, struct hypercall *c, uint32_t len);

#endif
