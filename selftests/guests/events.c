// SPDX-License-Identifier: GPL-2.0
/*
 * events.c - event channels: ports, masks, upcalls
 */
#include "lib/guest.h"

#define BAD_PTR ((void *)0x10)

static struct evtchn_status status(unsigned int port)
{
	struct evtchn_status s = { .dom = DOMID_SELF, .port = port };

	if (evtchn_op(EVTCHNOP_status, &s))
		s.status = 99;
	return s;
}

static void quiet(void)
{
	vcpu->evtchn_upcall_pending = 0;
	vcpu->evtchn_pending_sel = 0;
	nr_upcalls = 0;
}

static void ipi(void)
{
	int port = bind_ipi(0), other;
	unsigned int before;
	struct evtchn_bind_ipi bad = { .vcpu = 77 };

	ok(port > 0, "bind_ipi: port %d", port);
	is(status(port).status, EVTCHNSTAT_ipi, "its status is ipi");
	is(status(port).vcpu, 0, "on vCPU 0");
	is(evtchn_op(EVTCHNOP_bind_ipi, &bad), -XEN_ENOENT, "bind_ipi of vCPU 77: ENOENT");

	/* Masked port: pending only. */
	quiet();
	mask_port(port);
	clear_pending(port);
	is(evtchn_send(port), 0, "send, port masked");
	ok(port_pending(port), "is pending");
	is(vcpu->evtchn_pending_sel, 0, "not selected");
	is(vcpu->evtchn_upcall_pending, 0, "no upcall");
	is(evtchn_unmask(port), 0, "unmask");
	ok(!port_masked(port), "is unmasked");
	is(vcpu->evtchn_pending_sel, 1UL << port / 64, "and selected");
	is(vcpu->evtchn_upcall_pending, 1, "the upcall is pending");
	is(nr_upcalls, 0, "but masked");
	before = port_count[port];
	unmask_events();
	is(nr_upcalls, 1, "unmasked, it comes");
	is(port_count[port], before + 1, "for the port");
	is(vcpu->evtchn_upcall_pending, 0, "once");
	hypercall(xen_version, XENVER_version, 0);
	is(nr_upcalls, 1, "only");

	/* Unmasked all the way: at the end of the send itself. */
	is(evtchn_send(port), 0, "send, nothing masked");
	is(nr_upcalls, 2, "arrives at once");
	is(upcall_seen.mask, 1, "events are masked in the upcall");
	is(upcall_seen.cs >> 32 & 0xff, 0, "saved mask in its frame");
	has(upcall_seen.rflags, FLAG_IF, FLAG_IF, "IF in its frame");
	is(upcall_seen.cs & 0xffff, KERNEL_CS & ~3, "kernel cs in its frame");
	is(upcall_seen.frame & 15, 8, "a frame without error code");
	is(upcall_seen.frame, (upcall_seen.rsp & ~15UL) - 56, "under the stack");
	has(upcall_seen.handler_flags, FLAG_IF | FLAG_TF, FLAG_IF, "the real IF stays set");
	is(vcpu->evtchn_upcall_mask, 0, "and unmasked after it");

	/* Masked upcalls collect. */
	mask_events();
	before = port_count[port];
	evtchn_send(port);
	evtchn_send(port);
	is(nr_upcalls, 2, "masked: no upcall");
	unmask_events();
	is(nr_upcalls, 3, "one upcall for two sends");
	is(port_count[port], before + 1, "one event");

	/* A pending bit that is set already raises nothing. */
	mask_events();
	quiet();
	test_and_set_bit(shared->evtchn_pending, port);
	is(evtchn_send(port), 0, "send to a port that is pending");
	is(vcpu->evtchn_upcall_pending, 0, "raises nothing");
	clear_pending(port);
	/* A selector that is set already raises no upcall. */
	vcpu->evtchn_pending_sel = 1UL << port / 64;
	is(evtchn_send(port), 0, "send with the selector set");
	is(vcpu->evtchn_upcall_pending, 0, "raises no upcall");
	ok(port_pending(port), "but is pending");
	clear_pending(port);
	quiet();

	/* Two ports, one upcall. */
	other = bind_ipi(0);
	evtchn_unmask(other);
	ok(other > 0 && other != port, "a second port: %d", other);
	evtchn_send(port);
	evtchn_send(other);
	before = port_count[other];
	unmask_events();
	is(nr_upcalls, 1, "one upcall for two ports");
	is(port_count[other], before + 1, "the second was pending");
	mask_events();
	is(evtchn_close(other), 0, "close");
	is(status(other).status, EVTCHNSTAT_closed, "its status is closed");
	is(evtchn_send(other), -XEN_EINVAL, "send to it: EINVAL");
	is(evtchn_close(other), -XEN_EINVAL, "close again: EINVAL");
	evtchn_send(port);
	is(evtchn_close(port), 0, "close a pending port");
	ok(!port_pending(port), "which it no longer is");
	quiet();
}

static u64 in_upcall_pending;
static int nested_port;

static void send_inside(struct regs *r)
{
	vcpu->evtchn_upcall_pending = 0;
	vcpu->evtchn_pending_sel = 0;
	if (nr_upcalls == 1) {
		clear_pending(nested_port);
		evtchn_send(nested_port);
		in_upcall_pending = vcpu->evtchn_upcall_pending;
		/* Its turn comes when this one returns. */
		vcpu->evtchn_pending_sel = 1UL << nested_port / 64;
	} else {
		clear_pending(nested_port);
	}
}

static bool return_unmasked(struct regs *r)
{
	if (r->vector != 0x80)
		return false;
	r->f.rflags |= FLAG_IF;
	return true;
}

extern char after_int80[];

static void delivery(void)
{
	int port = bind_ipi(0);

	evtchn_unmask(port);
	quiet();

	/* Sent from an upcall: delivered when it returns. */
	nested_port = port;
	upcall_hook = send_inside;
	vcpu->evtchn_upcall_mask = 0;
	evtchn_send(port);
	is(nr_upcalls, 2, "an event from inside an upcall follows it");
	is(in_upcall_pending, 1, "and was pending there");
	upcall_hook = NULL;
	mask_events();
	quiet();

	/* Unmasked by an iret. */
	evtchn_send(port);
	is(nr_upcalls, 0, "an event waits");
	trap_hook = return_unmasked;
	asm volatile("int $0x80; .globl after_int80; after_int80:" : : : "memory");
	trap_hook = NULL;
	is(nr_upcalls, 1, "an iret that unmasks delivers it");
	is(upcall_seen.rip, (u64)after_int80, "between the two");
	mask_events();
	quiet();

	quiet();
	clear_pending(port);
	evtchn_close(port);
}

static void to_kernel(struct regs *r)
{
	/* A user that spins is moved on to its next instruction. */
	vcpu->evtchn_upcall_pending = 0;
	vcpu->evtchn_pending_sel = 0;
	if ((upcall_seen.cs & 3) == 3)
		r->f.rip = USER_CODE + 4;
}

USER(u_spin_ud, "1: pause; jmp 1b; ud2");

extern char kernel_stack_end[];

static void user_upcall(void)
{
	struct regs r;
	int port = bind_ipi(0), timer;
	struct vcpu_set_singleshot_timer shot = { };

	user_init();
	evtchn_unmask(port);
	mask_events();
	quiet();
	evtchn_send(port);
	upcall_hook = to_kernel;
	r = user_regs();
	r.f.rflags |= FLAG_IF;
	is(run_user(u_spin_ud, &r), V_UD, "a pending event meets the iret to user mode");
	is(nr_upcalls, 1, "one upcall");
	is(upcall_seen.cs & 0xffff, KERNEL_CS, "user cs in its frame");
	is(upcall_seen.rip, USER_CODE, "before the first instruction");
	is(upcall_seen.frame, (u64)kernel_stack_end - 56, "on the kernel's stack");
	mask_events();
	quiet();
	clear_pending(port);

	/* A timer interrupts user mode. */
	timer = bind_virq(VIRQ_TIMER, 0);
	hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);
	evtchn_unmask(timer);
	clear_pending(timer);
	quiet();
	shot.timeout_abs_ns = now() + 3000000;
	hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 0, &shot);
	r = user_regs();
	r.f.rflags |= FLAG_IF;
	is(run_user(u_spin_ud, &r), V_UD, "a timer interrupts user mode");
	ok(nr_upcalls >= 1, "by an upcall");
	mask_events();
	quiet();
	clear_pending(timer);

	/* And kernel mode. */
	vcpu->evtchn_upcall_mask = 0;
	shot.timeout_abs_ns = now() + 3000000;
	hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 0, &shot);
	{
		u64 start = now();

		while (!nr_upcalls && now() < start + 5000000000)
			barrier();
	}
	is(nr_upcalls, 1, "a timer interrupts kernel mode");
	mask_events();
	upcall_hook = NULL;
	quiet();

	/* Masked, it does not. */
	clear_pending(timer);
	shot.timeout_abs_ns = now() + 2000000;
	hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 0, &shot);
	wait_ns(10000000);
	is(nr_upcalls, 0, "but not with events masked");
	is(vcpu->evtchn_upcall_pending, 1, "where it stays pending");
	clear_pending(timer);
	quiet();

	/* Blocking: wakes for it. */
	shot.timeout_abs_ns = now() + 5000000;
	hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 0, &shot);
	vcpu->evtchn_upcall_mask = 1;
	is(hypercall(sched_op, SCHEDOP_block, 0), 0, "block until the timer");
	ok(now() >= shot.timeout_abs_ns, "as long as it took");
	is(nr_upcalls, 1, "its upcall came: block unmasks events");
	is(vcpu->evtchn_upcall_mask, 0, "and they are");
	is(port_count[timer] > 0, 1, "the timer's port was pending");
	mask_events();
	/* With one pending already it does not block at all. */
	evtchn_send(port);
	nr_upcalls = 0;
	is(hypercall(sched_op, SCHEDOP_block, 0), 0, "block with an event pending");
	is(nr_upcalls, 1, "returns at once");
	mask_events();
	quiet();

	/* Poll: woken by a masked port. */
	mask_port(timer);
	clear_pending(timer);
	{
		evtchn_port_t p = timer;
		struct sched_poll poll = { .nr_ports = 1 };
		u64 start = now();

		set_xen_guest_handle(poll.ports, &p);
		shot.timeout_abs_ns = start + 5000000;
		hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 0, &shot);
		is(hypercall(sched_op, SCHEDOP_poll, &poll), 0, "poll, woken by a masked port");
		ok(port_pending(timer), "which is pending");
		ok(now() >= shot.timeout_abs_ns, "no sooner");
		clear_pending(timer);
		is(vcpu->evtchn_upcall_mask, 1, "poll does not unmask events");
		poll.timeout = now() + 5000000;
		is(hypercall(sched_op, SCHEDOP_poll, &poll), 0, "poll, to its timeout");
		ok(now() >= poll.timeout, "no sooner");
		ok(!port_pending(timer), "with nothing pending");
	}
	evtchn_close(timer);
	evtchn_close(port);
	quiet();
}

static void virqs(void)
{
	struct evtchn_bind_virq bad = { .virq = 24 };
	int port = bind_virq(VIRQ_TIMER, 0), debug;

	ok(port > 0, "bind VIRQ_TIMER: port %d", port);
	is(status(port).status, EVTCHNSTAT_virq, "its status is virq");
	is(status(port).u.virq, VIRQ_TIMER, "the timer");
	is(bind_virq(VIRQ_TIMER, 0), -XEN_EEXIST, "bound once: EEXIST");
	is(evtchn_op(EVTCHNOP_bind_virq, &bad), -XEN_EINVAL, "VIRQ 24: EINVAL");
	bad.virq = VIRQ_TIMER;
	bad.vcpu = 77;
	is(evtchn_op(EVTCHNOP_bind_virq, &bad), -XEN_ENOENT, "vCPU 77: ENOENT");
	bad.virq = VIRQ_DOM_EXC;
	bad.vcpu = 1;
	is(evtchn_op(EVTCHNOP_bind_virq, &bad), -XEN_EINVAL, "a global VIRQ on vCPU 1: EINVAL");
	is(evtchn_send(port), -XEN_EINVAL, "a VIRQ's port cannot be sent to: EINVAL");
	debug = bind_virq(VIRQ_DEBUG, 0);
	ok(debug > 0, "bind VIRQ_DEBUG: port %d", debug);
	is(evtchn_close(debug), 0, "close it");
	is(evtchn_close(port), 0, "close the timer's");
	port = bind_virq(VIRQ_TIMER, 0);
	ok(port > 0, "bind it again: port %d", port);
	evtchn_close(port);
}

static void interdomain(void)
{
	struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
	struct evtchn_bind_interdomain bind = { .remote_dom = DOMID_SELF };
	struct evtchn_bind_vcpu bv;
	struct evtchn_status s;
	unsigned int a, b;

	is(evtchn_op(EVTCHNOP_alloc_unbound, &alloc), 0, "alloc_unbound, for ourselves");
	a = alloc.port;
	is(status(a).status, EVTCHNSTAT_unbound, "its status is unbound");
	is(evtchn_send(a), 0, "a send is dropped");
	ok(!port_pending(a), "nothing pending");
	bind.remote_port = a;
	is(evtchn_op(EVTCHNOP_bind_interdomain, &bind), 0, "bind_interdomain to it");
	b = bind.local_port;
	ok(b && b != a, "a second port: %u", b);
	s = status(a);
	is(s.status, EVTCHNSTAT_interdomain, "the first is interdomain now");
	is(s.u.interdomain.port, b, "with the second");
	is(status(b).u.interdomain.port, a, "and the other way round");
	ok(port_pending(b), "the second starts pending");
	clear_pending(b);
	clear_pending(a);
	is(evtchn_send(a), 0, "send on the first");
	ok(port_pending(b) && !port_pending(a), "arrives at the second");
	clear_pending(b);
	is(evtchn_send(b), 0, "send on the second");
	ok(port_pending(a) && !port_pending(b), "arrives at the first");
	clear_pending(a);
	is(evtchn_op(EVTCHNOP_bind_interdomain, &bind), -XEN_EINVAL,
	   "it can be bound once: EINVAL");
	bv.port = a;
	bv.vcpu = 0;
	is(evtchn_op(EVTCHNOP_bind_vcpu, &bv), 0, "bind_vcpu 0");
	bv.vcpu = 1;
	is(evtchn_op(EVTCHNOP_bind_vcpu, &bv), -XEN_ENOENT, "bind_vcpu 1: ENOENT");
	bv.vcpu = 0;
	bv.port = 4000;
	is(evtchn_op(EVTCHNOP_bind_vcpu, &bv), -XEN_EINVAL, "bind_vcpu of no port: EINVAL");
	is(evtchn_close(b), 0, "close the second");
	is(status(a).status, EVTCHNSTAT_unbound, "the first is unbound again");
	is(evtchn_close(a), 0, "close it too");

	bind.remote_port = 4000;
	is(evtchn_op(EVTCHNOP_bind_interdomain, &bind), -XEN_EINVAL, "bind to no port: EINVAL");
	bind.remote_dom = 12345;
	is(evtchn_op(EVTCHNOP_bind_interdomain, &bind), -XEN_ESRCH, "bind to no domain: ESRCH");
	alloc.dom = 12345;
	is(evtchn_op(EVTCHNOP_alloc_unbound, &alloc), -XEN_ESRCH, "alloc_unbound in none: ESRCH");
	alloc.dom = DOMID_SELF;
	alloc.remote_dom = 0;
	is(evtchn_op(EVTCHNOP_alloc_unbound, &alloc), 0, "alloc_unbound for domain 0");
	is(status(alloc.port).u.unbound.dom, 0, "as its status says");
	is(evtchn_close(alloc.port), 0, "close it");
}

static void limits(void)
{
	static u16 ports[4096];
	unsigned int n = 0, i;
	int port;
	struct evtchn_reset reset = { .dom = 12345 };

	is(evtchn_op(99, &reset), -XEN_ENOSYS, "EVTCHNOP 99: ENOSYS");
	is(evtchn_op(EVTCHNOP_send, BAD_PTR), -XEN_EFAULT, "send, bad argument: EFAULT");
	is(evtchn_op(EVTCHNOP_send, (void *)XEN_VA), -XEN_EFAULT, "in Xen's memory: EFAULT");
	is(evtchn_op(EVTCHNOP_status, BAD_PTR), -XEN_EFAULT, "status, bad argument: EFAULT");
	is(evtchn_send(0), -XEN_EINVAL, "send to port 0: EINVAL");
	is(evtchn_send(4095), -XEN_EINVAL, "send to port 4095: EINVAL");
	is(evtchn_send(4096), -XEN_EINVAL, "send to port 4096: EINVAL");
	is(evtchn_send(~0U), -XEN_EINVAL, "send to port -1: EINVAL");
	is(evtchn_close(0), -XEN_EINVAL, "close port 0: EINVAL");
	is(evtchn_close(~0U), -XEN_EINVAL, "close port -1: EINVAL");
	is(evtchn_unmask(~0U), -XEN_EINVAL, "unmask port -1: EINVAL");
	is(status(~0U).status, 99, "status of port -1 fails");
	is(evtchn_op(EVTCHNOP_reset, &reset), -XEN_ESRCH, "reset of no domain: ESRCH");

	/* All of them. */
	while (n < 4096) {
		port = bind_ipi(0);
		if (port < 0)
			break;
		ports[n++] = port;
	}
	ok(n > 500 && n < 4096, "%u ports, then no more", n);
	is(port, -XEN_ENOSPC, "ENOSPC");
	for (i = 0; i < n; i++)
		if (evtchn_close(ports[i]))
			break;
	is(i, n, "all closed again");
	ok(ports[n - 1] < 4096, "the last was %u", ports[n - 1]);
}

static void reset_all(void)
{
	struct evtchn_reset reset = { .dom = DOMID_SELF };
	int port = bind_ipi(0);

	/* Takes xenstore's and the console's port along: the very last. */
	drain();
	is(evtchn_op(EVTCHNOP_reset, &reset), 0, "reset");
	is(status(port).status, EVTCHNSTAT_closed, "closes our port");
	is(status(start_info->store_evtchn).status, EVTCHNSTAT_closed, "and xenstore's");
}

int main(void)
{
	ipi();
	delivery();
	user_upcall();
	virqs();
	interdomain();
	limits();
	if (cmdline("reset"))
		reset_all();
	return 0;
}
