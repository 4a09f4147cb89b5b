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

static void idle_until_ready(struct vcpu *v)
{
	runstate_set(v, RUNSTATE_blocked);
	sleep_begin(v);
	while (!event_ready(v) && !todo_now(v))
		idle_once();
	sleep_end(v);
	runstate_set(v, RUNSTATE_running);
	timer_resume(v);
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

struct poll {
	evtchn_port_t ports[POLL_MAX];
	u32 nr;
	u64 timeout;
	bool was_ready;		/* an upcall was pending before, but masked */
};

static bool poll_over(struct vcpu *v, const struct poll *p)
{
	u32 i;

	for (i = 0; i < p->nr; i++)
		if (port_is_pending(p->ports[i]))
			return true;
	/* As in Xen, a new upcall ends a poll even where it is masked. */
	return event_deliverable(v) || (event_ready(v) && !p->was_ready) ||
	       todo_now(v) || (p->timeout && now_ns(v) >= p->timeout);
}

static void poll_sleep(struct vcpu *v, const struct poll *p)
{
	v->poll_deadline = p->timeout;
	timer_program(v);
	runstate_set(v, RUNSTATE_blocked);
	sleep_begin(v);
	/* Whoever kicks us takes our bit, so it is set anew each time. */
	while (!poll_over(v, p)) {
		idle_once();
		poll_begin(v);
	}
	sleep_end(v);
	runstate_set(v, RUNSTATE_running);
	v->poll_deadline = 0;
	timer_resume(v);
}

long do_poll(struct vcpu *v, unsigned long ports, u32 nr, u64 timeout)
{
	struct poll p;
	u32 i;

	if (nr > POLL_MAX)
		return -EINVAL;
	p.nr = nr;
	p.timeout = timeout;
	p.was_ready = event_ready(v);
	if (copy_from_guest(p.ports, ports, p.nr * sizeof(p.ports[0])))
		return -EFAULT;
	for (i = 0; i < p.nr; i++)
		if (p.ports[i] >= nr_ports())
			return -EINVAL;

	WRITE_ONCE_(v->block->polling, p.nr == 1 ? p.ports[0] :
						    XENPV_POLL_ANY);
	poll_begin(v);
	if (!poll_over(v, &p))
		poll_sleep(v, &p);
	poll_end(v);
	return 0;
}

static long poll_op(struct vcpu *v, unsigned long va)
{
	struct sched_poll poll;

	if (copy_from_guest(&poll, va, sizeof(poll)))
		return -EFAULT;
	return do_poll(v, (unsigned long)poll.ports, poll.nr_ports, poll.timeout);
}

#define NO_CODE	(~0U)

/* What the domain's end shall be called, whatever is said then. */
static u32 shutdown_code = NO_CODE;

/* As in Xen a reason has eight bits, whoever gives it and with how many. */
long do_shutdown(struct vcpu *v, u8 reason)
{
	u32 code = READ_ONCE_(shutdown_code);

	if (code != NO_CODE)
		reason = (u8)code;
	if (reason == SHUTDOWN_suspend)
		return do_suspend(v);
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

static long shutdown_code_op(unsigned long va)
{
	struct sched_shutdown op;
	u32 none = NO_CODE;

	if (copy_from_guest(&op, va, sizeof(op)))
		return -EFAULT;
	/* Xen keeps a byte of it, and the first one. */
	__atomic_compare_exchange_n(&shutdown_code, &none, (u8)op.reason, false,
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	return 0;
}

static long remote_shutdown_op(unsigned long va)
{
	struct sched_remote_shutdown op;

	if (copy_from_guest(&op, va, sizeof(op)))
		return -EFAULT;
	/* There is only the control domain besides, for all a guest knows. */
	return op.domain_id ? -ESRCH : -EPERM;
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
		return poll_op(v, a[1]);
	case SCHEDOP_watchdog:
		return watchdog_op(v, a[1]);
	case SCHEDOP_remote_shutdown:
		return remote_shutdown_op(a[1]);
	case SCHEDOP_shutdown_code:
		return shutdown_code_op(a[1]);
	case SCHEDOP_pin_override:
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
