// SPDX-License-Identifier: GPL-2.0-only
/* sched_op: yielding, blocking and polling. */
#include "monitor.h"
#include <linux/errno.h>
#include <xen/interface/sched.h>

/*
 * Sleep until any interrupt.  Where STI's shadow is honoured none can slip in
 * between; where it is not, do_trap() steps past the hlt.
 */
noinline void idle_once(void)
{
	asm volatile("sti\n"
		     ".globl idle_hlt\n"
		     ".hidden idle_hlt\n"
		     "idle_hlt: hlt\n"
		     "cli" : : : "memory");
}

void idle_until_ready(struct vcpu *v)
{
	runstate_set(v, RUNSTATE_blocked);
	while (!event_ready(v) && !v->nmi_pending)
		idle_once();
	runstate_set(v, RUNSTATE_running);
}

static long do_block(struct vcpu *v)
{
	if (!v->info)
		return -EINVAL;
	v->info->evtchn_upcall_mask = 0;
	if (!event_ready(v))
		idle_until_ready(v);
	return 0;
}

#define POLL_MAX	128

static bool poll_hit(const evtchn_port_t *ports, u32 n)
{
	while (n--)
		if (port_is_pending(ports[n]))
			return true;
	return false;
}

static long do_poll(struct vcpu *v, unsigned long va)
{
	evtchn_port_t ports[POLL_MAX];
	struct sched_poll poll;
	u32 i;

	if (copy_from_guest(&poll, va, sizeof(poll)))
		return -EFAULT;
	if (poll.nr_ports > POLL_MAX)
		return -EINVAL;
	if (copy_from_guest(ports, (unsigned long)poll.ports,
			    poll.nr_ports * sizeof(ports[0])))
		return -EFAULT;
	for (i = 0; i < poll.nr_ports; i++)
		if (ports[i] >= NR_PORTS)
			return -EINVAL;

	/* Flag first, look second: the sender does it the other way round. */
	WRITE_ONCE_(v->block->polling, 1);
	full_barrier();
	v->poll_deadline = poll.timeout;
	timer_program(v);
	runstate_set(v, RUNSTATE_blocked);
	while (!poll_hit(ports, poll.nr_ports) && !event_deliverable(v) &&
	       !v->nmi_pending &&
	       !(v->poll_deadline && now_ns(v) >= v->poll_deadline))
		idle_once();
	runstate_set(v, RUNSTATE_running);
	v->poll_deadline = 0;
	WRITE_ONCE_(v->block->polling, 0);
	return 0;
}

long do_shutdown(struct vcpu *v, u32 reason)
{
	return call_slow(v, __HYPERVISOR_sched_op, SCHEDOP_shutdown, reason,
			 0, 0);
}

static long shutdown_op(struct vcpu *v, unsigned long va)
{
	struct sched_shutdown op;

	if (copy_from_guest(&op, va, sizeof(op)))
		return -EFAULT;
	return do_shutdown(v, op.reason);
}

static long watchdog_op(struct vcpu *v, unsigned long va)
{
	struct sched_watchdog op;

	if (copy_from_guest(&op, va, sizeof(op)))
		return -EFAULT;
	return call_slow(v, __HYPERVISOR_sched_op, SCHEDOP_watchdog, op.id,
			 op.timeout, 0);
}

long hc_sched_op(struct vcpu *v, unsigned long *a)
{
	switch (a[0]) {
	case SCHEDOP_yield:
		pause_();
		return 0;
	case SCHEDOP_block:
		return do_block(v);
	case SCHEDOP_shutdown:
		return shutdown_op(v, a[1]);
	case SCHEDOP_poll:
		return do_poll(v, a[1]);
	case SCHEDOP_watchdog:
		return watchdog_op(v, a[1]);
	case SCHEDOP_remote_shutdown:
		return -EPERM;
	default:
		return -ENOSYS;
	}
}

/* Before Xen 3.0.2: the argument by value. */
long hc_sched_op_compat(struct vcpu *v, unsigned long *a)
{
	switch (a[0]) {
	case SCHEDOP_yield:
		pause_();
		return 0;
	case SCHEDOP_block:
		return do_block(v);
	case SCHEDOP_shutdown:
		return do_shutdown(v, a[1]);
	default:
		return -ENOSYS;
	}
}
