// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that come through KVM_XENPV_HYPERCALL
 *
 * The guest may change its block while we read it: everything is copied once
 * to vcpu->call, and only the copy is looked at.
 */
#include <linux/seq_file.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/xen.h>

#include "domain.h"
#include "trace.h"

#define ANY_CMD	U64_MAX

/**
 * struct call_row - a call the module serves
 * @op: hypercall number
 * @cmd: sub-command, or ANY_CMD for a call that has none
 * @name: for statistics
 * @size: bytes of data the call needs
 * @out: the data holds results afterwards
 * @serve: does it; NULL: -ENOSYS
 */
struct call_row {
	u64 op;
	u64 cmd;
	const char *name;
	u16 size;
	bool out;
	s64 (*serve)(struct xenpv_vcpu *vcpu, struct xenpv_call *call);
};

#define EVTCHN(_name, _out) {						\
	.op = __HYPERVISOR_event_channel_op,				\
	.cmd = EVTCHNOP_##_name,					\
	.name = "evtchn_" #_name,					\
	.size = sizeof(struct evtchn_##_name),				\
	.out = (_out),							\
	.serve = xenpv_evtchn_op_##_name,				\
}

/* Guests fall back to the 2-level ABI when these are missing. */
#define EVTCHN_NONE(_name) {						\
	.op = __HYPERVISOR_event_channel_op,				\
	.cmd = EVTCHNOP_##_name,					\
	.name = "evtchn_" #_name,					\
}

static const struct call_row rows[] = {
	EVTCHN(bind_interdomain, true),
	EVTCHN(bind_virq, true),
	EVTCHN(bind_pirq, true),
	EVTCHN(close, false),
	EVTCHN(send, false),
	EVTCHN(status, true),
	EVTCHN(alloc_unbound, true),
	EVTCHN(bind_ipi, true),
	EVTCHN(bind_vcpu, false),
	EVTCHN(unmask, false),
	EVTCHN(reset, false),
	EVTCHN_NONE(init_control),
	EVTCHN_NONE(expand_array),
	EVTCHN_NONE(set_priority),
	{ XENPV_OP_VCPU_INFO, ANY_CMD, "vcpu_info", 0, false,
	  xenpv_2l_op_vcpu_info },
};

static_assert(ARRAY_SIZE(rows) <= XENPV_NR_CALL_STATS);

/*
 * Returns the row, or NULL; @ours says whether the hypercall is the module's,
 * even when the sub-command is not known.
 */
static const struct call_row *find_row(u64 op, u64 cmd, bool *ours)
{
	unsigned int i;

	*ours = false;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].op != op)
			continue;
		*ours = true;
		if (rows[i].cmd == cmd || rows[i].cmd == ANY_CMD)
			return &rows[i];
	}
	return NULL;
}

static s64 serve(struct xenpv_vcpu *vcpu, const struct call_row *row)
{
	struct xenpv_vcpu_block *block = vcpu->block;
	struct xenpv_call *call = vcpu->call;
	u32 len = READ_ONCE(block->data_len);
	s64 ret;

	WRITE_ONCE(block->data_len, 0);
	if (!row || !row->serve)
		return -ENOSYS;
	if (len < row->size || len > XENPV_BLOCK_DATA)
		return -EFAULT;
	memcpy(call->data, block->data, row->size);
	ret = row->serve(vcpu, call);
	if (ret >= 0 && row->out) {
		memcpy(block->data, call->data, row->size);
		WRITE_ONCE(block->data_len, row->size);
	}
	return ret;
}

/**
 * xenpv_hypercall() - serve the call in a vCPU's block
 * @vcpu: the vCPU; the caller is the thread that runs it
 *
 * Return: 0 when the result is in the block, 1 when the call is the VMM's.
 */
int xenpv_hypercall(struct xenpv_vcpu *vcpu)
{
	struct xenpv_vcpu_block *block = vcpu->block;
	struct xenpv_call *call = vcpu->call;
	struct xenpv_domain *dom = vcpu->dom;
	const struct call_row *row;
	u64 op;
	bool ours;
	s64 ret;

	mutex_lock(&vcpu->call_lock);
	op = READ_ONCE(block->op);
	memcpy(call->arg, block->arg, sizeof(call->arg));
	row = find_row(op, call->arg[0], &ours);
	if (!ours) {
		mutex_unlock(&vcpu->call_lock);
		return 1;
	}

	ret = serve(vcpu, row);
	if (row)
		atomic64_inc(&dom->slow_calls[row - rows]);
	trace_kvm_xenpv_hypercall(dom->domid, vcpu->id, op, call->arg[0],
				  call->arg[1], ret);
	WRITE_ONCE(block->ret, ret);
	mutex_unlock(&vcpu->call_lock);
	return 0;
}

/**
 * xenpv_hypercall_total() - count a domain's slow calls
 * @dom: the domain
 *
 * Return: how many were served.
 */
u64 xenpv_hypercall_total(const struct xenpv_domain *dom)
{
	unsigned int i;
	u64 total = 0;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		total += atomic64_read(&dom->slow_calls[i]);
	return total;
}

/**
 * xenpv_hypercall_stats() - print a domain's slow calls, one kind per line
 * @m: where to
 * @dom: the domain
 */
void xenpv_hypercall_stats(struct seq_file *m, const struct xenpv_domain *dom)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		seq_printf(m, "slow_%s %lld\n", rows[i].name,
			   (long long)atomic64_read(&dom->slow_calls[i]));
}
