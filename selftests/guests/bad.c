// SPDX-License-Identifier: GPL-2.0
/*
 * bad.c - what only a broken kernel does: the hypervisor ends the domain. The
 * command line (bad=NAME) says what; the end is the result.
 */
#include "lib/guest.h"

USER(u_syscall, "syscall; nop");
USER(u_ud, "ud2");

static struct regs r;

static void survived(const char *what)
{
	ok(false, "%s: the domain survived", what);
}

static void go_on(const char *what)
{
	ok(true, "%s", what);
	plan();
}

static const char *bad;

static void syscall_on_no_stack(void)
{
	user_init();
	set_callback(CALLBACKTYPE_syscall, CALLBACKF_mask_events, trap_stub(V_SYSCALL));
	hypercall(stack_switch, KERNEL_SS, 0xffff8f0000001000);
	unmask_events();
	r = user_regs();
	go_on("a process's system call with the kernel's stack nowhere");
	run_user(u_syscall, &r);
	survived(bad);
}

static bool wanted(const char *name)
{
	size_t n = strlen(name);

	return !strncmp(bad, name, n) && (!bad[n] || bad[n] == ' ');
}

int main(void)
{
	bad = cmdline_value("bad");

	if (!bad)
		bail("bad=NAME wanted");

	if (wanted("no-trap-table")) {
		go_on("a fault without a trap table");
		hypercall(set_trap_table, 0);
		asm volatile("ud2");
		survived(bad);
	}
	if (wanted("no-pf-handler")) {
		go_on("#PF with no handler for it");
		hypercall(set_trap_table, 0);
		trap_gate(V_UD, 4, trap_stub(V_UD));
		*(volatile u8 *)0x1000 = 1;
		survived(bad);
	}
	if (wanted("kernel-stack-unmapped")) {
		go_on("a trap with rsp nowhere");
		asm volatile("mov $0x1000, %%rsp; ud2" : : : "memory");
		survived(bad);
	}
	if (wanted("syscall-stack-unmapped"))
		syscall_on_no_stack();
	if (wanted("kernel-stack-readonly")) {
		u8 *page = page_alloc();

		make_readonly(page);
		go_on("a trap with rsp on a read-only page");
		asm volatile("mov %0, %%rsp; ud2" : : "r" (page + 2048) : "memory");
		survived(bad);
	}
	if (wanted("kernel-stack-xen")) {
		go_on("a trap with rsp in Xen's memory");
		asm volatile("mov %0, %%rsp; ud2" : : "r" (XEN_VA + 0x2000) : "memory");
		survived(bad);
	}
	if (wanted("kernel-stack-noncanonical")) {
		go_on("a trap with rsp not canonical");
		asm volatile("mov %0, %%rsp; ud2" : : "r" (0x8000000000000000) : "memory");
		survived(bad);
	}
	if (wanted("user-stack-unmapped")) {
		user_init();
		hypercall(stack_switch, KERNEL_SS, 0x1000);
		go_on("a trap from user mode, kernel stack nowhere");
		r = user_regs();
		memcpy(user_code, u_ud_begin, u_ud_end - u_ud_begin);
		go(&r);
	}
	if (wanted("user-stack-xen")) {
		user_init();
		/* May be refused at once: then as if nowhere. */
		if (hypercall(stack_switch, KERNEL_SS, XEN_VA + 0x100000))
			hypercall(stack_switch, KERNEL_SS, 0x1000);
		go_on("a syscall, kernel stack in Xen's memory");
		r = user_regs();
		memcpy(user_code, u_syscall_begin, u_syscall_end - u_syscall_begin);
		go(&r);
	}
	if (wanted("no-user-table")) {
		go_on("iret to user mode without user page tables");
		r = user_regs();
		go(&r);
	}
	if (wanted("iret-frame-unmapped")) {
		go_on("iret with its frame nowhere");
		asm volatile("mov $0x1000, %%rsp; mov $23, %%eax; syscall" : : : "memory");
		survived(bad);
	}
	if (wanted("iret-frame-xen")) {
		go_on("iret with its frame in Xen's memory");
		asm volatile("mov %0, %%rsp; mov $23, %%eax; syscall"
			     : : "r" (XEN_VA + 0x2000) : "memory");
		survived(bad);
	}
	if (wanted("iret-frame-noncanonical")) {
		go_on("iret with its frame not canonical");
		asm volatile("mov %0, %%rsp; mov $23, %%eax; syscall"
			     : : "r" (0x8000000000000000) : "memory");
		survived(bad);
	}
	if (wanted("iret-fault-no-handler")) {
		go_on("iret that faults, with no handler for it");
		hypercall(set_trap_table, 0);
		r = user_regs();
		r.f.cs = KERNEL_CS & ~3;
		r.f.rip = 0x8000000000000000;
		go(&r);
	}
	if (wanted("no-event-callback")) {
		int port = bind_ipi(0);

		evtchn_unmask(port);
		go_on("an event with a callback of address 0");
		mask_events();
		hypercall(set_callbacks, 0, 0, 0);
		evtchn_send(port);
		vcpu->evtchn_upcall_pending = 1;
		vcpu->evtchn_upcall_mask = 0;
		hypercall(xen_version, XENVER_version, 0);
		survived(bad);
	}
	if (wanted("event-stack")) {
		int port = bind_ipi(0);

		evtchn_unmask(port);
		go_on("an event with rsp nowhere");
		mask_events();
		evtchn_send(port);
		vcpu->evtchn_upcall_mask = 0;
		asm volatile("mov $0x1000, %%rsp; mov $17, %%eax; xor %%edi, %%edi; syscall"
			     : : : "memory");
		survived(bad);
	}
	if (wanted("handler-noncanonical")) {
		struct trap_info t[2] = { { .vector = V_UD, .cs = KERNEL_CS,
			.address = 0x8000000000000000 } };

		is(hypercall(set_trap_table, t), -XEN_EINVAL,
		   "a handler that is not canonical: EINVAL");
		t[0].address = 0x1000;
		hypercall(set_trap_table, t);
		trap_gate(V_PF, 4, 0x2000);
		go_on("handlers that are not there: faults without end");
		/* Each fault pushes a frame until the stack is used up. */
		asm volatile("ud2");
		survived(bad);
	}
	if (wanted("shutdown-crash")) {
		struct sched_shutdown s = { .reason = SHUTDOWN_crash };

		go_on("SCHEDOP_shutdown with SHUTDOWN_crash");
		hypercall(sched_op, SCHEDOP_shutdown, &s);
		survived(bad);
	}
	if (wanted("reboot")) {
		struct sched_shutdown s = { .reason = SHUTDOWN_reboot };

		go_on("SCHEDOP_shutdown with SHUTDOWN_reboot");
		hypercall(sched_op, SCHEDOP_shutdown, &s);
		survived(bad);
	}
	if (wanted("wide-reason")) {
		struct sched_shutdown s = { .reason = 0x7f00 | SHUTDOWN_reboot };

		go_on("SCHEDOP_shutdown with more bits than a reason has");
		hypercall(sched_op, SCHEDOP_shutdown, &s);
		survived(bad);
	}
	if (wanted("wide-reason-compat")) {
		go_on("the old call with more bits than a reason has");
		hypercall(sched_op_compat, SCHEDOP_shutdown,
			  0xabc00000000 | 0x500 | SHUTDOWN_reboot);
		survived(bad);
	}
	if (wanted("wide-code")) {
		struct sched_shutdown s = { .reason = ~0xffU | SHUTDOWN_reboot };

		is(hypercall(sched_op, SCHEDOP_shutdown_code, &s), 0,
		   "SCHEDOP_shutdown_code with more bits than a code has");
		go_on("and another reason: the first word counts");
		s.reason = SHUTDOWN_poweroff;
		hypercall(sched_op, SCHEDOP_shutdown, &s);
		survived(bad);
	}
	if (wanted("watchdog")) {
		struct sched_watchdog w = { .timeout = 2 };
		u64 start = now();

		is(hypercall(sched_op, SCHEDOP_watchdog, &w), 1, "a watchdog of 2 s");
		while (now() - start < 1000000000)
			;
		w.id = 1;
		is(hypercall(sched_op, SCHEDOP_watchdog, &w), 0, "is set anew after 1 s");
		while (now() - start < 2500000000)
			;
		go_on("and fires when nobody does");
		while (now() - start < 30000000000)
			;
		survived(bad);
	}
	if (wanted("vcpu-down")) {
		go_on("the last vCPU goes down: a poweroff");
		hypercall(vcpu_op, VCPUOP_down, 0, 0);
		survived(bad);
	}
	return 0;
}
