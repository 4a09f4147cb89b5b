// SPDX-License-Identifier: GPL-2.0
/*
 * smp.c - several vCPUs: up and down, IPIs, remote flushes, polls, NMIs
 *
 * vcpus=N on the command line says how many there are: 4 or more.
 */
#include "lib/guest.h"

#define BAD_PTR ((void *)0x10)
#define ROUNDS	300

static unsigned int nr;			/* vCPUs */

/* --- what vcpu_op says --- */

static long up(unsigned int cpu)
{
	return hypercall(vcpu_op, VCPUOP_up, cpu, 0);
}

static long down(unsigned int cpu)
{
	return hypercall(vcpu_op, VCPUOP_down, cpu, 0);
}

static long is_up(unsigned int cpu)
{
	return hypercall(vcpu_op, VCPUOP_is_up, cpu, 0);
}

static int state_of(unsigned int cpu)
{
	struct vcpu_runstate_info rs = { .state = 99 };

	hypercall(vcpu_op, VCPUOP_get_runstate_info, cpu, &rs);
	return rs.state;
}

static long initialise(unsigned int cpu, struct vcpu_guest_context *c)
{
	return hypercall(vcpu_op, VCPUOP_initialise, cpu, c);
}

static void initialising(void)
{
	struct vcpu_guest_context *c;

	is(is_up(0), 1, "vCPU 0 is up");
	is(is_up(1), 0, "vCPU 1 is not");
	is(is_up(nr - 1), 0, "nor the last");
	is(is_up(nr), -XEN_ENOENT, "there are no more");
	is(state_of(1), RUNSTATE_offline, "vCPU 1's state is offline");
	is(up(1), -XEN_EINVAL, "up before initialise: EINVAL");
	is(down(1), 0, "down of one that is: 0");

	is(initialise(1, BAD_PTR), -XEN_EFAULT, "initialise, bad pointer: EFAULT");
	is(initialise(nr, cpu_context(1)), -XEN_ENOENT, "no such vCPU: ENOENT");
	is(initialise(0, cpu_context(0)), -XEN_EEXIST, "vCPU 0: EEXIST");
	c = cpu_context(1);
	c->ctrlreg[3] = xen_pfn_to_cr3(0x7ffffff);
	is(initialise(1, c), -XEN_EINVAL, "CR3 is no memory: EINVAL");
	c = cpu_context(1);
	c->gdt_ents = 14 * 512 + 1;
	is(initialise(1, c), -XEN_EINVAL, "a GDT too large: EINVAL");
	c = cpu_context(1);
	c->gdt_ents = 512;
	c->gdt_frames[0] = 0x7ffffff;
	is(initialise(1, c), -XEN_EINVAL, "a GDT that is no memory: EINVAL");
	c = cpu_context(1);
	c->fs_base = 1UL << 63;
	is(initialise(1, c), -XEN_EINVAL, "fs_base not canonical: EINVAL");
	c = cpu_context(1);
	c->gs_base_kernel = 1UL << 62;
	is(initialise(1, c), -XEN_EINVAL, "gs_base_kernel not canonical: EINVAL");
	c = cpu_context(1);
	c->flags = 0;
	is(initialise(1, c), -XEN_EINVAL, "user mode without page tables: EINVAL");
	is(is_up(1), 0, "and it is not up");

	cpus[1].info = &shared->vcpu_info[1];
	is(initialise(1, cpu_context(1)), 0, "initialise");
	is(is_up(1), 0, "that does not start it");
	is(initialise(1, cpu_context(1)), -XEN_EEXIST, "again: EEXIST");
	is(up(1), 0, "up");
	is(is_up(1), 1, "it is up");
	is(up(1), 0, "again: 0");
}

static volatile unsigned int seen_cpu;

static void say_who(unsigned int cpu)
{
	seen_cpu = this_cpu();
}

static void starting(void)
{
	unsigned int i, started = 1;

	cpu_run(1, say_who);
	ok(cpu_wait(1) && seen_cpu == 1, "vCPU 1 runs");
	for (i = 2; i < nr; i++) {
		if (cpu_start(i))
			break;
		cpu_run(i, say_who);
		if (!cpu_wait(i) || seen_cpu != i)
			break;
		started++;
	}
	is(started + 1, nr, "and so do all others");
}

/* --- events from one to the other --- */

static int to_first, to_cpu;		/* IPI ports */

static bool poll_port(int port)
{
	evtchn_port_t p = port;
	struct sched_poll poll = { .nr_ports = 1 };

	set_xen_guest_handle(poll.ports, &p);
	return !hypercall(sched_op, SCHEDOP_poll, &poll);
}

static void take(int port)
{
	while (!port_pending(port))
		poll_port(port);
	clear_pending(port);
}

static void answer_polls(unsigned int cpu)
{
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		take(to_cpu);
		evtchn_send(to_first);
	}
}

/* A lost wake-up would leave both asleep: xenpv's time limit is the judge. */
static void polls(void)
{
	unsigned int i;

	mask_port(to_cpu);
	mask_port(to_first);
	cpu_run(1, answer_polls);
	for (i = 0; i < ROUNDS; i++) {
		evtchn_send(to_cpu);
		take(to_first);
	}
	ok(cpu_wait(1), "%u polls each, woken by the other", ROUNDS);
}

static volatile unsigned int ponged;

static void answer_blocks(unsigned int cpu)
{
	volatile unsigned int *count = &port_count[to_cpu];
	unsigned int i, had = *count;

	for (i = 0; i < ROUNDS; i++) {
		while (*count == had) {
			cpus[cpu].info->evtchn_upcall_mask = 1;
			barrier();
			/* Xen looks once more before it blocks. */
			if (*count == had)
				hypercall(sched_op, SCHEDOP_block, 0);
		}
		had++;
		ponged = i + 1;
		evtchn_send(to_first);
	}
}

static void blocks(void)
{
	unsigned int i, had;

	evtchn_unmask(to_cpu);
	evtchn_unmask(to_first);
	had = port_count[to_first];
	cpu_run(1, answer_blocks);
	for (i = 0; i < ROUNDS; i++) {
		evtchn_send(to_cpu);
		while (port_count[to_first] == had) {
			vcpu->evtchn_upcall_mask = 1;
			barrier();
			if (port_count[to_first] == had)
				hypercall(sched_op, SCHEDOP_block, 0);
		}
		had++;
	}
	mask_events();
	ok(cpu_wait(1) && ponged == ROUNDS, "%u blocks each, woken by the other", ROUNDS);
}

static void spin_unmasked(unsigned int cpu)
{
	cpu_unmask(cpu);
	while (!ponged)
		asm volatile("pause");
	cpus[cpu].info->evtchn_upcall_mask = 1;
}

static void ipis(void)
{
	struct evtchn_bind_vcpu bind;
	unsigned int before, i;
	int port;

	to_first = bind_ipi(0);
	to_cpu = bind_ipi(1);
	ok(to_first > 0 && to_cpu > 0, "IPI ports %d and %d", to_first, to_cpu);
	polls();
	blocks();

	/* To one that runs. */
	ponged = 0;
	cpu_run(1, spin_unmasked);
	before = cpus[1].upcalls;
	evtchn_unmask(to_cpu);
	for (i = 0; i < 20; i++) {
		unsigned int had = port_count[to_cpu];

		evtchn_send(to_cpu);
		if (!eventually(port_count[to_cpu] == had + 1))
			break;
	}
	is(i, 20, "20 IPIs to a vCPU that spins");
	ok(cpus[1].upcalls >= before + 20, "an upcall each");

	/* bind_vcpu takes a port elsewhere. */
	port = bind_virq(VIRQ_DEBUG, 0);
	ok(port > 0, "a VIRQ's port: %d", port);
	evtchn_close(port);
	port = bind_ipi(0);
	bind.port = port;
	bind.vcpu = 1;
	is(evtchn_op(EVTCHNOP_bind_vcpu, &bind), -XEN_EINVAL, "an IPI's port stays: EINVAL");
	evtchn_close(port);
	{
		struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF,
						      .remote_dom = DOMID_SELF };
		struct evtchn_bind_interdomain pair = { .remote_dom = DOMID_SELF };

		evtchn_op(EVTCHNOP_alloc_unbound, &alloc);
		pair.remote_port = alloc.port;
		is(evtchn_op(EVTCHNOP_bind_interdomain, &pair), 0, "an interdomain port");
		bind.port = alloc.port;
		bind.vcpu = nr;
		is(evtchn_op(EVTCHNOP_bind_vcpu, &bind), -XEN_ENOENT, "to no vCPU: ENOENT");
		bind.vcpu = 1;
		is(evtchn_op(EVTCHNOP_bind_vcpu, &bind), 0, "goes to vCPU 1");
		clear_pending(alloc.port);
		evtchn_unmask(alloc.port);
		before = port_count[alloc.port];
		evtchn_send(pair.local_port);
		ok(eventually(port_count[alloc.port] == before + 1), "and is delivered there");
		is(vcpu->evtchn_upcall_pending, 0, "not here");
		evtchn_close(alloc.port);
		evtchn_close(pair.local_port);
	}
	ponged = 1;
	ok(cpu_wait(1), "vCPU 1 goes on");
}

/* --- remote flushes --- */

static u64 *page, *other;
static volatile bool stop;
static volatile int writer_fault;

static void keep_writing(unsigned int cpu)
{
	u64 n = 0;
	int fault;

	do {
		fault = cpu_store(page, ++n);
	} while (fault < 0 && !stop);
	writer_fault = fault;
}

/* The same from a vCPU that sleeps in between. */
static void write_now_and_then(unsigned int cpu)
{
	u64 n = 0;
	int fault;

	do {
		struct sched_poll poll = { .timeout = now() + 2000000 };

		hypercall(sched_op, SCHEDOP_poll, &poll);
		fault = cpu_store(page, ++n);
	} while (fault < 0 && !stop);
	writer_fault = fault;
}

static long flush_by(unsigned int cmd, u64 *mask)
{
	struct mmuext_op op = { .cmd = cmd };

	op.arg1.linear_addr = (u64)page;
	set_xen_guest_handle(op.arg2.vcpumask, (void *)mask);
	return hypercall(mmuext_op, &op, 1, 0, DOMID_SELF);
}

static void one_flush(const char *name, unsigned int cmd, u64 uvmf, bool sleepy)
{
	u64 mask = 2, ro = virt_to_mfn(page) << 12 | PTE_RO, was;
	long ret;

	make_writable(page);
	*page = 0;
	stop = false;
	writer_fault = -2;
	cpu_run(1, sleepy ? write_now_and_then : keep_writing);
	if (!eventually(*(volatile u64 *)page > 3)) {
		ok(false, "%s: vCPU 1 writes", name);
		stop = true;
		cpu_wait(1);
		return;
	}
	if (uvmf == UVMF_MULTI)
		ret = set_pte(page, ro, UVMF_INVLPG | (u64)&mask);
	else
		ret = set_pte(page, ro, uvmf);
	if (!ret && cmd)
		ret = flush_by(cmd, &mask);
	/* From here on nobody can write. */
	was = *(volatile u64 *)page;
	if (ret || !eventually(writer_fault != -2)) {
		ok(false, "%s: returned %ld, vCPU 1 still writes", name, ret);
		stop = true;
	} else {
		ok(writer_fault == V_PF && *(volatile u64 *)page == was, "%s%s", name,
		   sleepy ? ", of one that sleeps" : "");
	}
	cpu_wait(1);
}

static void flushes(void)
{
	static const struct {
		const char *name;
		unsigned int cmd;
		u64 uvmf;
	} kinds[] = {
		{ "update_va_mapping, INVLPG of some", 0, UVMF_MULTI },
		{ "update_va_mapping, INVLPG of all", 0, UVMF_INVLPG | UVMF_ALL },
		{ "update_va_mapping, TLB flush of all", 0, UVMF_TLB_FLUSH | UVMF_ALL },
		{ "TLB_FLUSH_MULTI", MMUEXT_TLB_FLUSH_MULTI, UVMF_NONE },
		{ "INVLPG_MULTI", MMUEXT_INVLPG_MULTI, UVMF_NONE },
		{ "TLB_FLUSH_ALL", MMUEXT_TLB_FLUSH_ALL, UVMF_NONE },
		{ "INVLPG_ALL", MMUEXT_INVLPG_ALL, UVMF_NONE },
	};
	unsigned int i;

	page = page_alloc();
	other = page_alloc();
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		one_flush(kinds[i].name, kinds[i].cmd, kinds[i].uvmf, false);
		one_flush(kinds[i].name, kinds[i].cmd, kinds[i].uvmf, true);
	}
	is(flush_by(MMUEXT_TLB_FLUSH_MULTI, BAD_PTR) < 0, 1, "a mask that is not there: refused");
	make_writable(page);
}

static volatile unsigned int flushed;

/* Everybody flushes everybody: who waits must serve. */
static void flush_all(unsigned int cpu)
{
	u64 mask = ~0UL;
	unsigned int i;

	for (i = 0; i < 300; i++) {
		flush_by(i & 1 ? MMUEXT_TLB_FLUSH_ALL : MMUEXT_INVLPG_MULTI, &mask);
		mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0);
	}
	asm volatile("lock incl %0" : "+m" (flushed) : : "memory");
}

/* And pins and unpins, which take the lock of the page tables. */
static u64 *tables[MAX_CPUS];

static void pin_and_flush(unsigned int cpu)
{
	u64 mask = ~0UL, mfn = virt_to_mfn(tables[cpu]);
	unsigned int i;

	for (i = 0; i < 200; i++) {
		if (mmuext(MMUEXT_PIN_L1_TABLE, mfn, 0))
			break;
		flush_by(MMUEXT_TLB_FLUSH_MULTI, &mask);
		if (mmuext(MMUEXT_UNPIN_TABLE, mfn, 0))
			break;
	}
	if (i == 200)
		asm volatile("lock incl %0" : "+m" (flushed) : : "memory");
}

static void storm(const char *what, void (*fn)(unsigned int cpu))
{
	unsigned int i;
	bool all = true;

	flushed = 0;
	for (i = 1; i < nr; i++)
		cpu_run(i, fn);
	fn(0);
	for (i = 1; i < nr; i++)
		all &= cpu_wait(i);
	ok(all && flushed == nr, "%s", what);
}

static void storms(void)
{
	unsigned int i;

	storm("all vCPUs flush each other", flush_all);
	for (i = 0; i < nr; i++) {
		tables[i] = page_alloc();
		make_readonly(tables[i]);
	}
	flush_by(MMUEXT_TLB_FLUSH_ALL, NULL);
	storm("and pin tables meanwhile", pin_and_flush);
	for (i = 0; i < nr; i++)
		make_writable(tables[i]);
}

/* --- down and up --- */

static volatile u64 ticks;
static volatile u64 read_back;

static void tick(unsigned int cpu)
{
	while (!stop)
		ticks++;
}

static void sleep_long(unsigned int cpu)
{
	cpus[cpu].info->evtchn_upcall_mask = 1;
	while (!stop)
		poll_port(to_cpu);
	clear_pending(to_cpu);
}

static void down_self(unsigned int cpu)
{
	read_back = *(volatile u64 *)page;
	down(cpu);
	read_back = *(volatile u64 *)page;
}

static bool stands_still(void)
{
	u64 was;

	/* It may take a moment to notice. */
	wait_ns(20000000);
	was = ticks;
	wait_ns(20000000);
	return ticks == was;
}

static void downs(void)
{
	u64 pte = virt_to_mfn(page) << 12 | PTE_KERNEL, *mine;

	/* By another, running. */
	stop = false;
	ticks = 0;
	cpu_run(1, tick);
	ok(eventually(ticks > 1000), "vCPU 1 runs");
	is(down(1), 0, "down");
	is(is_up(1), 0, "it is not up");
	ok(stands_still(), "and does nothing");
	is(state_of(1), RUNSTATE_offline, "its state is offline");
	is(down(1), 0, "down again: 0");
	ticks = 0;
	is(up(1), 0, "up");
	ok(eventually(ticks > 1000), "it goes on where it was");
	stop = true;
	ok(cpu_wait(1), "and ends");

	/* Asleep. */
	stop = false;
	mask_port(to_cpu);
	clear_pending(to_cpu);
	cpu_run(1, sleep_long);
	ok(eventually(state_of(1) == RUNSTATE_blocked), "its state is blocked in a poll");
	is(down(1), 0, "down, asleep");
	/* Xen leaves it blocked: a vCPU is offline or asleep, not both. */
	ok(on_xen() || eventually(state_of(1) == RUNSTATE_offline), "its state is offline");
	stop = true;
	evtchn_send(to_cpu);
	wait_ns(20000000);
	ok(cpus[1].fn, "an event does not wake it");
	is(up(1), 0, "up");
	ok(cpu_wait(1), "it sees the event");

	/* By itself, with a stale TLB when it comes back. */
	*page = 1;
	*other = 2;
	cpu_run(1, down_self);
	ok(eventually(!is_up(1)), "a vCPU takes itself down");
	ok(eventually(state_of(1) == RUNSTATE_offline), "offline");
	is(read_back, 1, "it has read a page");
	mine = pte_of((u64)page);
	is(mmu_update1(entry_maddr(mine), virt_to_mfn(other) << 12 | PTE_KERNEL), 0,
	   "which now is another");
	flush_by(MMUEXT_TLB_FLUSH_ALL, NULL);
	is(up(1), 0, "up");
	ok(cpu_wait(1), "it runs");
	is(read_back, 2, "and reads the new page");
	set_pte(page, pte, UVMF_INVLPG | UVMF_ALL);
}

/* --- areas --- */

static struct vcpu_runstate_info area;

static void register_area(unsigned int cpu)
{
	struct vcpu_register_runstate_memory_area reg = { };

	reg.addr.v = &area;
	read_back = hypercall(vcpu_op, VCPUOP_register_runstate_memory_area, cpu, &reg);
}

static void nap_long(unsigned int cpu)
{
	struct sched_poll poll = { .timeout = now() + 200000000 };

	hypercall(sched_op, SCHEDOP_poll, &poll);
}

static void runstates(void)
{
	struct vcpu_runstate_info rs;
	u64 before;

	cpu_run(1, register_area);
	ok(cpu_wait(1) && !read_back, "vCPU 1 registers a runstate area");
	/* Between two calls it sleeps most of the time. */
	before = area.time[RUNSTATE_blocked];
	cpu_run(1, nap_long);
	ok(eventually(*(volatile int *)&area.state == RUNSTATE_blocked),
	   "which says when it is blocked");
	cpu_wait(1);
	ok(area.time[RUNSTATE_blocked] >= before + 150000000, "and how long it was");
	stop = false;
	cpu_run(1, tick);
	ok(eventually(*(volatile int *)&area.state != RUNSTATE_blocked), "and when it runs");
	before = 0;
	ok(eventually((hypercall(vcpu_op, VCPUOP_get_runstate_info, 1, &rs), rs.state) ==
		      RUNSTATE_running || rs.state == RUNSTATE_runnable),
	   "as get_runstate_info does");
	stop = true;
	cpu_wait(1);
}

/* --- NMIs --- */

static volatile unsigned int had_nmis;

static void count_nmi(unsigned int cpu)
{
	while (!stop)
		asm volatile("pause");
}

static void nmis(void)
{
	is(hypercall(vcpu_op, VCPUOP_send_nmi, nr, 0), -XEN_ENOENT, "NMI to nobody: ENOENT");
	is(hypercall(vcpu_op, VCPUOP_send_nmi, 1, BAD_PTR), -XEN_EINVAL,
	   "NMI with an argument: EINVAL");
	stop = false;
	cpus[1].info->evtchn_upcall_mask = 1;
	cpu_run(1, count_nmi);
	had_nmis = cpus[1].nmis;
	is(hypercall(vcpu_op, VCPUOP_send_nmi, 1, 0), 0, "NMI to a vCPU that spins");
	ok(eventually(cpus[1].nmis == had_nmis + 1), "it arrives, events masked or not");
	stop = true;
	cpu_wait(1);
	clear_pending(to_cpu);
	stop = false;
	cpu_run(1, sleep_long);
	eventually(state_of(1) == RUNSTATE_blocked);
	is(hypercall(vcpu_op, VCPUOP_send_nmi, 1, 0), 0, "NMI to a vCPU that sleeps");
	ok(eventually(cpus[1].nmis == had_nmis + 2), "it arrives");
	stop = true;
	evtchn_send(to_cpu);
	ok(cpu_wait(1), "and it goes on");
}

/* --- timers --- */

static int timer_port;

static void own_timer(unsigned int cpu)
{
	struct vcpu_set_singleshot_timer shot = { .timeout_abs_ns = now() + 5000000 };

	hypercall(vcpu_op, VCPUOP_set_singleshot_timer, cpu, &shot);
	take(timer_port);
}

static void timers(void)
{
	struct vcpu_set_singleshot_timer shot = { };
	struct vcpu_set_periodic_timer periodic = { .period_ns = 5000000 };
	unsigned int i;

	timer_port = bind_virq(VIRQ_TIMER, 1);
	ok(timer_port > 0, "vCPU 1's VIRQ_TIMER");
	is(hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 1, 0), 0, "stop its periodic timer");
	mask_port(timer_port);
	clear_pending(timer_port);
	cpu_run(1, own_timer);
	ok(cpu_wait(1), "its timer wakes it");
	is(hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 1, &shot), -XEN_EINVAL,
	   "the single-shot timer of another: EINVAL");
	is(hypercall(vcpu_op, VCPUOP_set_periodic_timer, 1, &periodic), 0,
	   "the periodic timer of another");
	for (i = 0; i < 5; i++) {
		clear_pending(timer_port);
		if (!eventually(port_pending(timer_port)))
			break;
	}
	is(i, 5, "ticks for it");
	is(hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 1, 0), 0, "and is stopped");
	wait_ns(20000000);
	clear_pending(timer_port);
	wait_ns(50000000);
	ok(!port_pending(timer_port), "for good");
	evtchn_close(timer_port);
}

/* --- vcpu_info elsewhere, and vCPUs that need one --- */

static struct vcpu_info infos[MAX_CPUS] __attribute__((aligned(4096)));

static long register_info(unsigned int cpu)
{
	struct vcpu_register_vcpu_info reg = {
		.mfn = virt_to_mfn(&infos[cpu]),
		.offset = (u64)&infos[cpu] & ~PAGE_MASK,
	};

	return hypercall(vcpu_op, VCPUOP_register_vcpu_info, cpu, &reg);
}

static void far_vcpus(void)
{
	unsigned int i;
	int port;

	is(register_info(1), -XEN_EINVAL, "vcpu_info of another that is up: EINVAL");
	for (i = XEN_LEGACY_MAX_VCPUS; i < nr; i++) {
		is(initialise(i, cpu_context(i)), -XEN_EINVAL,
		   "vCPU %u without a vcpu_info: EINVAL", i);
		is(bind_ipi(i) > 0, 1, "a port can be bound to it");
		is(register_info(i), 0, "register_vcpu_info");
		is(infos[i].evtchn_upcall_mask, 1, "events are masked in it");
		is(register_info(i), -XEN_EINVAL, "again: EINVAL");
		cpus[i].info = &infos[i];
		is(cpu_start(i), 0, "it starts");
		cpu_run(i, say_who);
		ok(cpu_wait(i) && seen_cpu == i, "and runs");
		port = bind_ipi(i);
		ponged = 0;
		cpu_run(i, spin_unmasked);
		evtchn_unmask(port);
		evtchn_send(port);
		ok(eventually(port_count[port] == 1), "an IPI reaches it");
		ponged = 1;
		ok(cpu_wait(i), "it goes on");
		is(down(i), 0, "down");
	}
}

int main(void)
{
	const char *n = cmdline_value("vcpus");

	for (; n && *n >= '0' && *n <= '9'; n++)
		nr = nr * 10 + *n - '0';
	if (nr < 4 || nr > MAX_CPUS)
		bail("vcpus=4 to %u", MAX_CPUS);
	if (nr > XEN_LEGACY_MAX_VCPUS) {
		/* The rest is the same with few. */
		is(cpu_start(1), 0, "vCPU 1 starts");
		far_vcpus();
		return 0;
	}
	initialising();
	starting();
	ipis();
	flushes();
	storms();
	downs();
	runstates();
	nmis();
	timers();
	return 0;
}
