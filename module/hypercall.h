/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XENPV_HYPERCALL_H
#define XENPV_HYPERCALL_H

#include <linux/types.h>
#include <linux/kvm_xenpv_monitor.h>

struct seq_file;
struct xenpv_domain;
struct xenpv_vcpu;

/* Rows of the table of calls, at most. */
#define XENPV_NR_CALL_STATS	24

/**
 * struct xenpv_call - the module's own copy of a call in a vCPU's block
 * @arg: arguments
 * @data: the structure that goes with the call, in and out
 */
struct xenpv_call {
	u64 arg[6];
	u8 data[XENPV_BLOCK_DATA] __aligned(8);
};

int xenpv_hypercall(struct xenpv_vcpu *vcpu);
u64 xenpv_hypercall_total(const struct xenpv_domain *dom);
void xenpv_hypercall_stats(struct seq_file *m, const struct xenpv_domain *dom);

#endif /* XENPV_HYPERCALL_H */
