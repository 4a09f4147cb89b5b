// SPDX-License-Identifier: GPL-2.0
/*
 * hypercalls.c - what each hypercall takes, does and answers
 */
#include "lib/guest.h"

#define BAD_PTR ((void *)0x10)
#define XEN_PTR ((void *)(XEN_VA + 0x1000))

static void version(void)
{
	xen_extraversion_t extra;
	xen_capabilities_info_t caps;
	xen_platform_parameters_t params;
	xen_feature_info_t features = { .submap_idx = 0 };
	xen_compile_info_t compile;
	xen_changeset_info_t changeset;
	xen_domain_handle_t handle;
	long v = hypercall(xen_version, XENVER_version, 0);

	ok(v >> 16 >= 3 && v >> 16 < 32, "XENVER_version: %ld.%ld", v >> 16, v & 0xffff);
	memset(extra, 0xff, sizeof(extra));
	is(hypercall(xen_version, XENVER_extraversion, extra), 0, "XENVER_extraversion");
	ok(strlen(extra) < sizeof(extra), "is a string: %s", extra);
	is(hypercall(xen_version, XENVER_extraversion, BAD_PTR), -XEN_EFAULT, "to nowhere: EFAULT");
	is(hypercall(xen_version, XENVER_extraversion, XEN_PTR), -XEN_EFAULT,
	   "into Xen's memory: EFAULT");
	memset(caps, 0xff, sizeof(caps));
	is(hypercall(xen_version, XENVER_capabilities, caps), 0, "XENVER_capabilities");
	caps[sizeof(caps) - 1] = 0;
	ok(strlen(caps) >= 14, "are: %s", caps);
	is(hypercall(xen_version, XENVER_compile_info, &compile), 0, "XENVER_compile_info");
	is(hypercall(xen_version, XENVER_changeset, changeset), 0, "XENVER_changeset");
	is(hypercall(xen_version, XENVER_platform_parameters, &params), 0,
	   "XENVER_platform_parameters");
	is(params.virt_start, 0xffff800000000000, "virt_start");
	is(hypercall(xen_version, XENVER_get_features, &features), 0, "XENVER_get_features");
	has(features.submap, 1 << XENFEAT_mmu_pt_update_preserve_ad,
	    1 << XENFEAT_mmu_pt_update_preserve_ad, "mmu_pt_update_preserve_ad");
	has(features.submap, 1 << XENFEAT_gnttab_map_avail_bits,
	    1 << XENFEAT_gnttab_map_avail_bits, "gnttab_map_avail_bits");
	has(features.submap, 1 << XENFEAT_highmem_assist, 1 << XENFEAT_highmem_assist,
	    "highmem_assist");
	has(features.submap, 1 << XENFEAT_auto_translated_physmap | 1 << XENFEAT_dom0 |
	    1 << XENFEAT_supervisor_mode_kernel |
	    1 << XENFEAT_hvm_callback_vector | 1 << XENFEAT_writable_descriptor_tables, 0,
	    "nothing that is not so (0x%x)", features.submap);
	features.submap_idx = 1;
	is(hypercall(xen_version, XENVER_get_features, &features), -XEN_EINVAL, "one submap only");
	is(hypercall(xen_version, XENVER_get_features, BAD_PTR), -XEN_EFAULT,
	   "features to nowhere: EFAULT");
	is(hypercall(xen_version, XENVER_pagesize, 0), 4096, "XENVER_pagesize");
	is(hypercall(xen_version, XENVER_guest_handle, handle), 0, "XENVER_guest_handle");
	is(hypercall(xen_version, 99, 0), -XEN_ENOSYS, "XENVER 99: ENOSYS");
}

static void unknown(void)
{
	static const unsigned int none[] = { 11, 44, 45, 46, 47, 56, 57, 63, 64, 1000, 0x7fffffff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(none); i++)
		is(hypercall5(none[i], 1, 2, 3, 4, 5), -XEN_ENOSYS, "hypercall %u: ENOSYS",
		   none[i]);
	is(hypercall5(1UL << 40, 0, 0, 0, 0, 0), -XEN_ENOSYS, "hypercall 2^40: ENOSYS");
	is(hypercall5(~0UL, 0, 0, 0, 0, 0), -XEN_ENOSYS, "hypercall -1: ENOSYS");
	is(hypercall5(0x100000000 | __HYPERVISOR_xen_version, XENVER_pagesize, 0, 0, 0, 0),
	   -XEN_ENOSYS, "hypercall numbers are 64 bits wide");
}

static void registers(void)
{
	u64 rbx = 0x1b, rbp_ok, r12 = 0x12, r13 = 0x13, r14 = 0x14, r15 = 0x15, r9 = 9;
	u64 rcx, r11, flags;
	long ret;

	asm volatile("mov %[op], %%eax\n mov $7, %%edi\n xor %%esi, %%esi\n"
		     "mov $0x1b, %%ebx\n mov $0x12, %%r12d\n mov $0x13, %%r13d\n"
		     "mov $0x14, %%r14d\n mov $0x15, %%r15d\n mov $9, %%r9d\n"
		     "push %%rbp\n mov $0x55, %%ebp\n stc\n syscall\n"
		     "pushfq\n pop %%r8\n mov %%rbp, %%r10\n pop %%rbp\n"
		     : "=a" (ret), "=b" (rbx), "=c" (rcx)
		     : [op] "i" (__HYPERVISOR_xen_version)
		     : "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
		       "r15", "memory", "cc");
	is(ret, 4096, "a hypercall by syscall");
	is(rbx, 0x1b, "rbx survives it");
	asm volatile("mov %[op], %%eax\n mov $7, %%edi\n xor %%esi, %%esi\n"
		     "mov $0x12, %%r12d\n mov $0x13, %%r13d\n"
		     "mov $0x14, %%r14d\n mov $0x15, %%r15d\n mov $9, %%r9d\n"
		     "push %%rbp\n mov $0x55, %%ebp\n stc\n syscall\n"
		     "1: pushfq\n pop %%r8\n mov %%rbp, %%r10\n pop %%rbp\n"
		     "mov %%r12, %[r12]\n mov %%r13, %[r13]\n mov %%r14, %[r14]\n"
		     "mov %%r15, %[r15]\n mov %%r9, %[r9]\n mov %%r10, %[rbp]\n"
		     "mov %%r8, %[flags]\n mov %%r11, %[r11]\n"
		     "lea 1b(%%rip), %%rdx\n sub %%rdx, %%rcx\n"
		     : "=a" (ret), "=c" (rcx), [r12] "=m" (r12), [r13] "=m" (r13),
		       [r14] "=m" (r14), [r15] "=m" (r15), [r9] "=m" (r9),
		       [rbp] "=m" (rbp_ok), [flags] "=m" (flags), [r11] "=m" (r11)
		     : [op] "i" (__HYPERVISOR_xen_version)
		     : "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
		       "r15", "memory", "cc");
	ok(r12 == 0x12 && r13 == 0x13 && r14 == 0x14 && r15 == 0x15 && r9 == 9 && rbp_ok == 0x55,
	   "r9, r12 to r15 and rbp survive it");
	has(flags, FLAG_CF | FLAG_IF, FLAG_CF | FLAG_IF, "flags survive it");
	is(rcx, 0, "rcx is rip, as syscall leaves it");
	has(r11, FLAG_CF, FLAG_CF, "r11 is flags");

	is(hypercall_by_page(__HYPERVISOR_xen_version, XENVER_pagesize, 0, 0, 0, 0), 4096,
	   "a hypercall through the page");
	asm volatile("mov $0xc0, %%ecx\n mov $0x11, %%r11d\n mov $7, %%edi\n xor %%esi, %%esi\n"
		     "call *%[entry]\n mov %%r11, %[r11]\n"
		     : "=a" (ret), "=c" (rcx), [r11] "=m" (r11)
		     : [entry] "b" (hypercall_page + 32 * __HYPERVISOR_xen_version)
		     : "rdx", "rsi", "rdi", "r8", "r10", "r11", "memory", "cc");
	is(ret, 4096, "through the page again");
	is(rcx, 0xc0, "which keeps rcx");
	is(r11, 0x11, "and r11");
	is(hypercall_by_page(63, 0, 0, 0, 0, 0), -XEN_ENOSYS, "entries beyond the last call work");
}

static void multicall(void)
{
	static struct multicall_entry m[8];
	struct multicall_entry inner[2];

	memset(m, 0, sizeof(m));
	m[0].op = __HYPERVISOR_xen_version;
	m[0].args[0] = XENVER_pagesize;
	m[1].op = 63;
	m[2].op = __HYPERVISOR_xen_version;
	m[2].args[0] = XENVER_extraversion;
	m[2].args[1] = (u64)BAD_PTR;
	m[3].op = __HYPERVISOR_xen_version;
	m[3].args[0] = XENVER_pagesize;
	is(hypercall(multicall, m, 4), 0, "multicall");
	is(m[0].result, 4096, "its first call");
	is(m[1].result, -XEN_ENOSYS, "one that there is not");
	is(m[2].result, -XEN_EFAULT, "one that fails");
	is(m[3].result, 4096, "the rest is still done");

	memset(inner, 0, sizeof(inner));
	inner[0].op = __HYPERVISOR_xen_version;
	inner[0].args[0] = XENVER_pagesize;
	m[0].op = __HYPERVISOR_multicall;
	m[0].args[0] = (u64)inner;
	m[0].args[1] = 1;
	m[1].op = __HYPERVISOR_xen_version;
	m[1].args[0] = XENVER_pagesize;
	is(hypercall(multicall, m, 2), 0, "multicall in a multicall");
	is(m[0].result, -XEN_EINVAL, "the inner one: EINVAL");
	is(m[1].result, 4096, "the next is done");
	is(hypercall(multicall, m, 0), 0, "no calls");
	is(hypercall(multicall, BAD_PTR, 0), 0, "no calls, nowhere");
	is(hypercall(multicall, BAD_PTR, 1), -XEN_EFAULT, "calls nowhere: EFAULT");
	is(hypercall(multicall, XEN_PTR, 1), -XEN_EFAULT, "calls in Xen's memory: EFAULT");
}

static void watchdogs(void)
{
	struct sched_watchdog w = { .timeout = 100 };

	is(hypercall(sched_op, SCHEDOP_watchdog, BAD_PTR), -XEN_EFAULT,
	   "watchdog, bad argument: EFAULT");
	is(hypercall(sched_op, SCHEDOP_watchdog, &w), 1, "watchdog 1");
	is(hypercall(sched_op, SCHEDOP_watchdog, &w), 2, "watchdog 2");
	/* Of which Xen 4.17 returns the lower 32 bits. */
	is((int)hypercall(sched_op, SCHEDOP_watchdog, &w), -XEN_ENOSPC, "no third one: ENOSPC");
	w.id = 3;
	is(hypercall(sched_op, SCHEDOP_watchdog, &w), -XEN_EINVAL, "watchdog 3: EINVAL");
	w.id = 2;
	w.timeout = 0;
	is(hypercall(sched_op, SCHEDOP_watchdog, &w), 0, "the second ends");
	is(hypercall(sched_op, SCHEDOP_watchdog, &w), -XEN_EINVAL, "once: EINVAL");
	w.id = 1;
	is(hypercall(sched_op, SCHEDOP_watchdog, &w), 0, "the first ends");
}

static void sched(void)
{
	struct sched_poll poll = { };
	evtchn_port_t ports[130];
	u64 start, took;
	int port;

	is(hypercall(sched_op, SCHEDOP_yield, 0), 0, "SCHEDOP_yield");
	is(hypercall(sched_op, 99, 0), -XEN_ENOSYS, "SCHEDOP 99: ENOSYS");
	is(hypercall(sched_op, SCHEDOP_poll, BAD_PTR), -XEN_EFAULT, "poll, bad argument: EFAULT");
	is(hypercall(sched_op, SCHEDOP_shutdown, BAD_PTR), -XEN_EFAULT,
	   "shutdown, bad argument: EFAULT");

	port = bind_ipi(0);
	ports[0] = port;
	set_xen_guest_handle(poll.ports, ports);
	poll.nr_ports = 1;
	start = now();
	poll.timeout = start + 20000000;
	is(hypercall(sched_op, SCHEDOP_poll, &poll), 0, "poll 20 ms");
	took = now() - start;
	ok(took >= 20000000, "takes as long (%lu us)", took / 1000);
	ok(took < 5000000000, "and not much longer");
	start = now();
	poll.timeout = start - 1000000;
	is(hypercall(sched_op, SCHEDOP_poll, &poll), 0, "poll until the past");
	ok(now() - start < 1000000000, "is over at once");
	evtchn_send(port);
	poll.timeout = 0;
	is(hypercall(sched_op, SCHEDOP_poll, &poll), 0, "poll a port that is pending");
	ok(port_pending(port), "and stays so");
	poll.timeout = now() + 5000000000;
	start = now();
	is(hypercall(sched_op, SCHEDOP_poll, &poll), 0, "with a timeout");
	ok(now() - start < 2000000000, "which is not waited for");
	clear_pending(port);
	poll.timeout = now() + 10000000;
	poll.nr_ports = 0;
	is(hypercall(sched_op, SCHEDOP_poll, &poll), 0, "poll no ports");
	poll.nr_ports = 129;
	is(hypercall(sched_op, SCHEDOP_poll, &poll), -XEN_EINVAL, "poll 129 ports: EINVAL");
	poll.nr_ports = 1;
	ports[0] = 4096;
	is(hypercall(sched_op, SCHEDOP_poll, &poll), -XEN_EINVAL, "poll port 4096: EINVAL");
	poll.ports.p = BAD_PTR;
	is(hypercall(sched_op, SCHEDOP_poll, &poll), -XEN_EFAULT, "poll ports nowhere: EFAULT");
	evtchn_close(port);
	watchdogs();
}

static struct vcpu_info new_info __attribute__((aligned(64)));
static struct vcpu_runstate_info runstate_area;
static struct vcpu_time_info time_area;

static void vcpu_ops(void)
{
	struct vcpu_runstate_info rs;
	struct vcpu_register_runstate_memory_area area = { };
	struct vcpu_register_time_memory_area tarea = { };
	struct vcpu_register_vcpu_info info = { };
	struct vcpu_info *old = vcpu;
	u64 start;
	long v;
	int port;

	is(hypercall(vcpu_op, VCPUOP_is_up, 0, 0), 1, "vCPU 0 is up");
	is(hypercall(vcpu_op, VCPUOP_is_up, 1, 0), -XEN_ENOENT, "there is no vCPU 1");
	is(hypercall(vcpu_op, VCPUOP_is_up, 100000, 0), -XEN_ENOENT, "nor vCPU 100000");
	is(hypercall(vcpu_op, VCPUOP_is_up, -1, 0), -XEN_ENOENT, "nor vCPU -1");
	is(hypercall(vcpu_op, VCPUOP_up, 0, 0), 0, "VCPUOP_up of a vCPU that is");
	is(hypercall(vcpu_op, 99, 0, 0), -XEN_ENOSYS, "VCPUOP 99: ENOSYS");
	v = hypercall(vcpu_op, VCPUOP_initialise, 0, BAD_PTR);
	ok(v == -XEN_EFAULT || v == -XEN_EEXIST, "VCPUOP_initialise of vCPU 0 fails (%ld)", v);
	is(hypercall(vcpu_op, VCPUOP_send_nmi, 1, 0), -XEN_ENOENT, "no NMI to no vCPU");

	is(hypercall(vcpu_op, VCPUOP_get_runstate_info, 0, &rs), 0, "get_runstate_info");
	is(rs.state, RUNSTATE_running, "running");
	ok(rs.time[RUNSTATE_running] > 0, "for %lu ns", rs.time[RUNSTATE_running]);
	is(hypercall(vcpu_op, VCPUOP_get_runstate_info, 0, BAD_PTR), -XEN_EFAULT,
	   "runstate to nowhere: EFAULT");
	is(hypercall(vcpu_op, VCPUOP_get_runstate_info, 0, XEN_PTR), -XEN_EFAULT,
	   "runstate into Xen's memory: EFAULT");

	area.addr.v = XEN_PTR;
	is(hypercall(vcpu_op, VCPUOP_register_runstate_memory_area, 0, &area), -XEN_EFAULT,
	   "a runstate area in Xen's memory: EFAULT");
	area.addr.v = BAD_PTR;
	is(hypercall(vcpu_op, VCPUOP_register_runstate_memory_area, 0, &area), 0,
	   "one that is not mapped: may be later");
	set_xen_guest_handle(area.addr.h, &runstate_area);
	is(hypercall(vcpu_op, VCPUOP_register_runstate_memory_area, 0, &area), 0,
	   "register_runstate_memory_area");
	is(runstate_area.state, RUNSTATE_running, "filled at once");
	ok(runstate_area.state_entry_time != 0, "with the time");
	set_xen_guest_handle(tarea.addr.h, &time_area);
	is(hypercall(vcpu_op, VCPUOP_register_vcpu_time_memory_area, 0, &tarea), 0,
	   "register_vcpu_time_memory_area");
	ok(time_area.tsc_to_system_mul == vcpu->time.tsc_to_system_mul && !(time_area.version & 1),
	   "filled at once");

	port = bind_virq(VIRQ_TIMER, 0);
	ok(port > 0, "bind VIRQ_TIMER (%d)", port);
	if (port > 0) {
		struct vcpu_set_singleshot_timer shot = { };
		struct vcpu_set_periodic_timer periodic = { };

		is(hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0), 0, "stop_periodic_timer");
		clear_pending(port);
		start = now();
		shot.timeout_abs_ns = start + 5000000;
		is(hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 0, &shot), 0,
		   "set_singleshot_timer, 5 ms");
		ok(!port_pending(port) || now() >= shot.timeout_abs_ns, "nothing before its time");
		while (!port_pending(port) && now() < start + 5000000000)
			asm volatile("pause");
		ok(port_pending(port), "it fires");
		ok(now() >= shot.timeout_abs_ns, "after %lu us", (now() - start) / 1000);
		clear_pending(port);
		shot.timeout_abs_ns = start;
		is(hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 0, &shot), 0,
		   "a timer in the past");
		ok(port_pending(port), "fires at once");
		clear_pending(port);
		shot.flags = VCPU_SSHOTTMR_future;
		is(hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 0, &shot), 0,
		   "VCPU_SSHOTTMR_future makes no difference");
		ok(port_pending(port), "fires at once");
		clear_pending(port);
		shot.flags = 0;
		shot.timeout_abs_ns = now() + 20000000;
		hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 0, &shot);
		is(hypercall(vcpu_op, VCPUOP_stop_singleshot_timer, 0, 0), 0,
		   "stop_singleshot_timer");
		wait_ns(40000000);
		ok(!port_pending(port), "stopped, it does not fire");
		is(hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 0, BAD_PTR), -XEN_EFAULT,
		   "timer from nowhere: EFAULT");
		is(hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 1, &shot), -XEN_ENOENT,
		   "timer of no vCPU: ENOENT");

		start = now();
		is(hypercall(set_timer_op, start + 3000000), 0, "set_timer_op");
		while (!port_pending(port) && now() < start + 5000000000)
			asm volatile("pause");
		ok(port_pending(port) && now() >= start + 3000000, "fires");
		clear_pending(port);
		hypercall(set_timer_op, now() + 20000000);
		is(hypercall(set_timer_op, 0), 0, "set_timer_op 0");
		wait_ns(40000000);
		ok(!port_pending(port), "stops the timer");
		is(hypercall(set_timer_op, 1), 0, "set_timer_op, the past");
		wait_ns(10000000);
		ok(port_pending(port), "fires");
		clear_pending(port);
		start = now();
		is(hypercall(set_timer_op, -1L), 0, "set_timer_op -1");
		while (!port_pending(port) && now() < start + 10000000000)
			asm volatile("pause");
		ok(port_pending(port), "fires soon all the same");
		clear_pending(port);

		periodic.period_ns = 5000000;
		is(hypercall(vcpu_op, VCPUOP_set_periodic_timer, 0, &periodic), 0,
		   "set_periodic_timer, 5 ms");
		for (v = 0; v < 4; v++) {
			start = now();
			while (!port_pending(port) && now() < start + 5000000000)
				asm volatile("pause");
			if (!port_pending(port))
				break;
			clear_pending(port);
		}
		is(v, 4, "fires again and again");
		is(hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0), 0, "stop_periodic_timer");
		wait_ns(1000000);
		clear_pending(port);
		wait_ns(30000000);
		ok(!port_pending(port), "stopped");
		periodic.period_ns = 999999;
		is(hypercall(vcpu_op, VCPUOP_set_periodic_timer, 0, &periodic), -XEN_EINVAL,
		   "less than 1 ms: EINVAL");
		periodic.period_ns = 1UL << 62;
		is(hypercall(vcpu_op, VCPUOP_set_periodic_timer, 0, &periodic), -XEN_EINVAL,
		   "70 years: EINVAL");
		is(evtchn_close(port), 0, "close the timer's port");
	}

	/* Last: vcpu_info moves. */
	info.mfn = virt_to_mfn(&new_info);
	info.offset = ((u64)&new_info & ~PAGE_MASK) + 4;
	v = hypercall(vcpu_op, VCPUOP_register_vcpu_info, 0, &info);
	ok(v == -XEN_ENXIO || v == -XEN_EINVAL, "register_vcpu_info, unaligned: ENXIO (%ld)", v);
	info.offset = PAGE_SIZE - 32;
	v = hypercall(vcpu_op, VCPUOP_register_vcpu_info, 0, &info);
	ok(v == -XEN_ENXIO || v == -XEN_EINVAL, "across a page: ENXIO (%ld)", v);
	info.mfn = ~0UL >> 13;
	info.offset = 0;
	is(hypercall(vcpu_op, VCPUOP_register_vcpu_info, 0, &info), -XEN_EINVAL,
	   "no such frame: EINVAL");
	is(hypercall(vcpu_op, VCPUOP_register_vcpu_info, 0, BAD_PTR), -XEN_EFAULT,
	   "bad argument: EFAULT");
	memset(&new_info, 0xcc, sizeof(new_info));
	old->evtchn_upcall_mask = 1;
	info.mfn = virt_to_mfn(&new_info);
	info.offset = (u64)&new_info & ~PAGE_MASK;
	if (is(hypercall(vcpu_op, VCPUOP_register_vcpu_info, 0, &info), 0, "register_vcpu_info")) {
		vcpu = &new_info;
		is(vcpu->evtchn_upcall_mask, 1, "the upcall mask came along");
		is(vcpu->time.tsc_to_system_mul, old->time.tsc_to_system_mul, "and the clock");
		is(vcpu->evtchn_pending_sel, ~0UL, "all ports are to be looked at");
		is(vcpu->evtchn_upcall_pending, 1, "as an upcall says");
		is(hypercall(vcpu_op, VCPUOP_register_vcpu_info, 0, &info), -XEN_EINVAL,
		   "only once");
		vcpu->evtchn_upcall_pending = 0;
		vcpu->evtchn_pending_sel = 0;
		port = bind_ipi(0);
		unmask_port_quietly(port);
		evtchn_send(port);
		ok(vcpu->evtchn_upcall_pending, "events arrive in the new place");
		traps(*(volatile u8 *)0x4321, V_PF, 0, "#PF after the move");
		is(vcpu->arch.cr2, 0x4321, "cr2 in the new place");
		vcpu->evtchn_upcall_pending = 0;
		mask_port(port);
		evtchn_close(port);
	}
	start = now();
	wait_ns(1000000);
	ok(now() > start, "and the clock runs");
}

static void memory(void)
{
	xen_pfn_t frame;
	struct xen_memory_reservation res = {
		.nr_extents = 1, .extent_order = 0, .domid = DOMID_SELF,
	};
	struct xen_machphys_mapping mm;
	struct xen_machphys_mfn_list list = { .max_extents = 1 };
	struct xen_memory_map map;
	static u8 e820[20 * 8];
	domid_t self = DOMID_SELF;
	void *page;
	u64 pfn, mfn;
	long v;

	ok(hypercall(memory_op, XENMEM_maximum_ram_page, 0) > 0, "XENMEM_maximum_ram_page");
	is(hypercall(memory_op, XENMEM_current_reservation, &self), start_info->nr_pages,
	   "XENMEM_current_reservation");
	v = hypercall(memory_op, XENMEM_maximum_reservation, &self);
	ok(v >= (long)start_info->nr_pages, "XENMEM_maximum_reservation (%ld)", v);
	is(hypercall(memory_op, XENMEM_machphys_mapping, &mm), 0, "XENMEM_machphys_mapping");
	is(mm.v_start, (u64)M2P, "the M2P's place");
	is(mm.max_mfn, (mm.v_end - mm.v_start) / 8 - 1, "and size, for any host's frames");
	set_xen_guest_handle(list.extent_start, &frame);
	is(hypercall(memory_op, XENMEM_machphys_mfn_list, &list), 0, "XENMEM_machphys_mfn_list");
	map.nr_entries = 8;
	set_xen_guest_handle(map.buffer, e820);
	v = hypercall(memory_op, XENMEM_memory_map, &map);
	ok(v == 0 || v == -XEN_ENOSYS, "XENMEM_memory_map (%ld)", v);
	if (v == 0)
		ok(map.nr_entries >= 1 && map.nr_entries <= 8, "entries");
	is(hypercall(memory_op, 63, 0), -XEN_ENOSYS, "XENMEM 63: ENOSYS");
	is(hypercall(memory_op, XENMEM_current_reservation, BAD_PTR), -XEN_EFAULT,
	   "bad argument: EFAULT");

	/* Give a page away and take one back, as the balloon does. */
	page = page_alloc();
	pfn = ((u64)page - VIRT_BASE) >> 12;
	mfn = virt_to_mfn(page);
	is(set_pte(page, 0, UVMF_INVLPG | UVMF_LOCAL), 0, "unmap a page");
	set_xen_guest_handle(res.extent_start, &frame);
	frame = mfn;
	is(hypercall(memory_op, XENMEM_decrease_reservation, &res), 1, "decrease_reservation");
	is(hypercall(memory_op, XENMEM_current_reservation, &self), start_info->nr_pages - 1,
	   "one page less");
	frame = pfn;
	is(hypercall(memory_op, XENMEM_populate_physmap, &res), 1, "populate_physmap");
	is(hypercall(memory_op, XENMEM_current_reservation, &self), start_info->nr_pages,
	   "the page is back");
	is(M2P[frame], pfn, "M2P knows it");
	((u64 *)start_info->mfn_list)[pfn] = frame;
	is(set_pte(page, frame << 12 | PTE_KERNEL, UVMF_INVLPG | UVMF_LOCAL), 0, "map it again");
	works(*(volatile u64 *)page = 1, "and it works");
	frame = ~0UL >> 12;
	is(hypercall(memory_op, XENMEM_decrease_reservation, &res), 0, "no such frame: none done");
	res.domid = 12345;
	v = hypercall(memory_op, XENMEM_decrease_reservation, &res);
	ok(v == -XEN_ESRCH || v == -XEN_EPERM || v == 0, "someone else's memory (%ld)", v);
}

static void misc(void)
{
	struct physdev_set_iopl iopl = { .iopl = 1 };
	struct physdev_set_iobitmap bitmap = { };
	struct physdev_irq_status_query query = { .irq = 5000000 };
	struct gnttab_query_size gnt = { .dom = DOMID_SELF };
	struct callback_unregister unreg = { .type = CALLBACKTYPE_event };
	struct callback_register reg = { .type = 77, .address = 0x1000 };
	static const char text[] = "console_io\n";
	long v;

	is(hypercall(physdev_op, PHYSDEVOP_set_iopl, &iopl), 0, "PHYSDEVOP_set_iopl 1");
	iopl.iopl = 4;
	is(hypercall(physdev_op, PHYSDEVOP_set_iopl, &iopl), -XEN_EINVAL, "set_iopl 4: EINVAL");
	is(hypercall(physdev_op, PHYSDEVOP_set_iopl, BAD_PTR), -XEN_EFAULT,
	   "set_iopl, bad argument: EFAULT");
	is(hypercall(physdev_op, PHYSDEVOP_set_iobitmap, &bitmap), 0, "set_iobitmap, empty");
	bitmap.nr_ports = 65537;
	is(hypercall(physdev_op, PHYSDEVOP_set_iobitmap, &bitmap), -XEN_EINVAL,
	   "set_iobitmap, 65537 ports: EINVAL");
	is(hypercall(physdev_op, PHYSDEVOP_irq_status_query, &query), -XEN_EINVAL,
	   "irq_status_query of none: EINVAL");
	is(hypercall(physdev_op, 9999, 0), -XEN_ENOSYS, "PHYSDEVOP 9999: ENOSYS");

	v = hypercall(console_io, CONSOLEIO_write, sizeof(text) - 1, text);
	ok(v == 0 || v == -XEN_EPERM, "console_io write (%ld)", v);

	is(hypercall(grant_table_op, GNTTABOP_query_size, &gnt, 1), 0, "GNTTABOP_query_size");
	is(gnt.status, GNTST_okay, "okay");
	ok(gnt.max_nr_frames >= 1, "%u of %u frames", gnt.nr_frames, gnt.max_nr_frames);
	is(hypercall(grant_table_op, GNTTABOP_query_size, BAD_PTR, 1), -XEN_EFAULT,
	   "query_size to nowhere: EFAULT");
	is(hypercall(grant_table_op, 99, BAD_PTR, 1), -XEN_ENOSYS, "GNTTABOP 99: ENOSYS");

	is(hypercall(callback_op, CALLBACKOP_unregister, &unreg), -XEN_EINVAL,
	   "the event callback cannot be unregistered");
	unreg.type = CALLBACKTYPE_nmi;
	is(hypercall(callback_op, CALLBACKOP_unregister, &unreg), 0, "that of NMIs can");
	is(hypercall(callback_op, CALLBACKOP_register, &reg), -XEN_ENOSYS,
	   "callback type 77: ENOSYS");
	reg.type = CALLBACKTYPE_event;
	reg.address = 0x8000000000000000;
	is(hypercall(callback_op, CALLBACKOP_register, &reg), -XEN_EINVAL,
	   "a non-canonical callback: EINVAL");
	is(hypercall(callback_op, CALLBACKOP_register, BAD_PTR), -XEN_EFAULT,
	   "bad argument: EFAULT");
	is(hypercall(callback_op, 9, &reg), -XEN_ENOSYS, "CALLBACKOP 9: ENOSYS");
	is(hypercall(set_callbacks, trap_stub(V_EVENT), trap_stub(V_FAILSAFE),
		     trap_stub(V_SYSCALL)), 0, "set_callbacks");

	is(hypercall(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0,
	   "vm_assist writable_pagetables");
	is(hypercall(vm_assist, VMASST_CMD_disable, VMASST_TYPE_writable_pagetables), 0,
	   "and off");
	v = hypercall(vm_assist, VMASST_CMD_enable, VMASST_TYPE_runstate_update_flag);
	is(v, 0, "vm_assist runstate_update_flag");
	is(hypercall(vm_assist, VMASST_CMD_disable, VMASST_TYPE_runstate_update_flag), 0,
	   "and off");
	is(hypercall(vm_assist, VMASST_CMD_enable, 31), -XEN_EINVAL, "vm_assist 31: EINVAL");
	is(hypercall(vm_assist, 7, VMASST_TYPE_writable_pagetables), -XEN_ENOSYS,
	   "vm_assist command 7: ENOSYS");

	is(hypercall(set_trap_table, BAD_PTR), -XEN_EFAULT, "set_trap_table, bad argument: EFAULT");
	is(hypercall(set_trap_table, XEN_PTR), -XEN_EFAULT, "in Xen's memory: EFAULT");
	is(hypercall(stack_switch, KERNEL_SS, boot_regs.rsp), 0, "stack_switch");
	v = hypercall(domctl, 0);
	ok(v == -XEN_EFAULT || v == -XEN_EPERM || v == -XEN_ENOSYS || v == -XEN_EACCES,
	   "domctl is not for guests (%ld)", v);
	v = hypercall(sysctl, 0);
	ok(v == -XEN_EFAULT || v == -XEN_EPERM || v == -XEN_ENOSYS || v == -XEN_EACCES,
	   "sysctl is not for guests (%ld)", v);
	v = hypercall(platform_op, 0);
	ok(v == -XEN_EFAULT || v == -XEN_EPERM || v == -XEN_ENOSYS, "platform_op is not (%ld)", v);
}

static void segment_bases(void)
{
	static u64 words[4] = { 0x1001, 0x1002, 0x1003, 0x1004 };
	u64 v, bad = 0x8000000000000000;
	u32 lo, hi;

	is(hypercall(set_segment_base, SEGBASE_FS, words), 0, "SEGBASE_FS");
	asm volatile("mov %%fs:8, %0" : "=r" (v));
	is(v, 0x1002, "fs base");
	is(hypercall(set_segment_base, SEGBASE_GS_KERNEL, words + 1), 0, "SEGBASE_GS_KERNEL");
	asm volatile("mov %%gs:8, %0" : "=r" (v));
	is(v, 0x1003, "gs base");
	is(hypercall(set_segment_base, SEGBASE_FS, bad), -XEN_EINVAL, "fs, non-canonical: EINVAL");
	is(hypercall(set_segment_base, SEGBASE_GS_USER, bad), -XEN_EINVAL, "user gs too");
	is(hypercall(set_segment_base, SEGBASE_GS_KERNEL, bad), -XEN_EINVAL, "kernel gs too");
	is(hypercall(set_segment_base, 9, 0), -XEN_EINVAL, "segment base 9: EINVAL");
	is(hypercall(set_segment_base, SEGBASE_GS_USER_SEL, 0), 0, "SEGBASE_GS_USER_SEL 0");

	works(asm volatile("wrmsr" : : "c" (0xc0000100), "a" ((u32)(u64)(words + 2)),
			   "d" ((u64)(words + 2) >> 32)), "wrmsr FS_BASE");
	asm volatile("mov %%fs:8, %0" : "=r" (v));
	is(v, 0x1004, "fs base");
	works(asm volatile("wrmsr" : : "c" (0xc0000101), "a" ((u32)(u64)words),
			   "d" ((u64)words >> 32)), "wrmsr GS_BASE");
	asm volatile("mov %%gs:0, %0" : "=r" (v));
	is(v, 0x1001, "gs base");
	works(asm volatile("wrmsr" : : "c" (0xc0000102), "a" (0x12345000), "d" (0x7f00)),
	      "wrmsr KERNEL_GS_BASE");
	asm volatile("rdmsr" : "=a" (lo), "=d" (hi) : "c" (0xc0000102));
	is((u64)hi << 32 | lo, 0x7f0012345000, "rdmsr KERNEL_GS_BASE");
	asm volatile("rdmsr" : "=a" (lo), "=d" (hi) : "c" (0xc0000100));
	is((u64)hi << 32 | lo, (u64)(words + 2), "rdmsr FS_BASE");
	asm volatile("rdmsr" : "=a" (lo), "=d" (hi) : "c" (0xc0000101));
	is((u64)hi << 32 | lo, (u64)words, "rdmsr GS_BASE");
	traps(asm volatile("wrmsr" : : "c" (0xc0000101), "a" (0), "d" (0x80000000)), V_GP, 0,
	      "wrmsr GS_BASE, non-canonical: #GP");
	is(hypercall(set_segment_base, SEGBASE_FS, 0), 0, "fs base 0 again");
	is(hypercall(set_segment_base, SEGBASE_GS_KERNEL, 0), 0, "gs base 0 again");
}

int main(void)
{
	version();
	unknown();
	registers();
	multicall();
	sched();
	memory();
	misc();
	segment_bases();
	vcpu_ops();
	return 0;
}
