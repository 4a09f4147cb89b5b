/* SPDX-License-Identifier: GPL-2.0 */
/* A domain that cannot go on: say why, and end it. */
#ifndef XENPV_VMM_CRASH_H
#define XENPV_VMM_CRASH_H

struct vcpu;
struct xenpv_crash;

/* For the vCPU's own thread: log the reason and KVM's registers, end. */
void crash_by_vmm(struct vcpu *v, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* For the vCPU's own thread: log its registers, nothing more. */
void crash_log_registers(struct vcpu *v);

/* The monitor's report; C is a private copy of what it wrote. */
void crash_by_monitor(struct vcpu *v, struct xenpv_crash *c);

#endif
