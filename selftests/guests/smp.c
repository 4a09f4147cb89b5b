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
	unsigned int i;
	u64 *roots[2];

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
	roots[0] = page_alloc();
	roots[1] = page_alloc();
	for (i = 0; i < 2; i++) {
		memcpy(roots[i], (void *)start_info->pt_base, PAGE_SIZE);
		make_readonly(roots[i]);
		c = cpu_context(1);
		c->ctrlreg[i ? 1 : 3] = xen_pfn_to_cr3(virt_to_mfn(roots[i]));
		c->ctrlreg[i ? 3 : 1] = xen_pfn_to_cr3(0x7ffffff);
		is(initialise(1, c), -XEN_EINVAL, "one of two CR3 is no memory: EINVAL");
		/* Xen keeps the first one when the second is refused. */
		ok((!i && on_xen()) ||
		   !set_pte(roots[i], virt_to_mfn(roots[i]) << 12 | PTE_KERNEL, UVMF_INVLPG),
		   "the other is no page table by that");
	}

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

static volatile unsigned int at_page;

/* Each time with the page that the sender says. */
static void write_on(unsigned int cpu)
{
	while (!stop && cpu_store(page, at_page) < 0)
		;
}

/*
 * Whether somebody wrote through a mapping that is gone is seen by chance:
 * many times, and with all vCPUs at once.
 */
static void many_flushes(void)
{
	unsigned int round, cpu, late = 0;
	u64 ro = virt_to_mfn(page) << 12 | PTE_RO;

	for (round = 1; round <= 50; round++) {
		make_writable(page);
		stop = false;
		at_page = 0;
		for (cpu = 1; cpu < nr; cpu++)
			cpu_run(cpu, write_on);
		wait_ns(2000000);
		set_pte(page, ro, UVMF_TLB_FLUSH | UVMF_ALL);
		at_page = round;
		for (cpu = 1; cpu < nr; cpu++)
			late += !eventually(!cpus[cpu].fn);
		late += *(volatile u64 *)page == round;
	}
	stop = true;
	is(late, 0, "nobody writes after a flush, %u times", round - 1);
	make_writable(page);
}

/* --- entries that change while another vCPU faults on them --- */

static void store_always(unsigned int cpu)
{
	while (!stop)
		cpu_store(page, 1);
}

/*
 * An entry that the guest itself writes may lack the user bit; who faults on it
 * has that set.  One that has been cleared meanwhile must stay clear.  That
 * takes two vCPUs that do run at the same time: elsewhere it cannot fail.
 */
static void entries_change(void)
{
	volatile u64 *entry = pte_of((u64)page);
	u64 pte = virt_to_mfn(page) << 12 | (PTE_KERNEL & ~PTE_US);
	unsigned int i, j, not_clear = 0;
	u64 end = now() + 2000000000;

	stop = false;
	cpu_run(1, store_always);
	for (i = 0; i < 10000 && now() < end; i++) {
		*entry = pte;
		for (j = i % 128; j; j--)
			asm volatile("pause");
		*entry = 0;
		/* Whoever was looking at it is through when this returns. */
		flush_by(MMUEXT_INVLPG_ALL, NULL);
		not_clear += *entry != 0;
	}
	stop = true;
	ok(cpu_wait(1), "vCPU 1 faults and goes on");
	is(not_clear, 0, "an entry that was cleared stays clear, %u times", i);
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

/* One pins and unpins a table, the others write to it: references stay right. */
static u64 *table, *children[MAX_CPUS];

static void pin_and_unpin(unsigned int cpu)
{
	u64 mfn = virt_to_mfn(table);

	while (!stop) {
		mmuext(MMUEXT_PIN_L2_TABLE, mfn, 0);
		mmuext(MMUEXT_UNPIN_TABLE, mfn, 0);
	}
}

/* Write an entry of T that refers to CHILD, and take it away. */
static void refer(u64 *t, unsigned int cpu, u64 *child)
{
	u64 at = entry_maddr(&t[cpu]), pde = virt_to_mfn(child) << 12 | PTE_KERNEL;
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		mmu_update1(at, pde);
		mmu_update1(at, 0);
	}
	asm volatile("lock incl %0" : "+m" (flushed) : : "memory");
}

static void write_to_one(unsigned int cpu)
{
	if (cpu == 1)
		pin_and_unpin(cpu);
	else
		refer(table, cpu, children[cpu]);
	stop = true;
}

static void refer_to_one(unsigned int cpu)
{
	refer(tables[cpu], cpu, children[0]);
}

static long writable(u64 *page)
{
	return set_pte(page, virt_to_mfn(page) << 12 | PTE_KERNEL, UVMF_INVLPG);
}

static void table_races(void)
{
	unsigned int i, good = 0;

	table = page_alloc();
	make_readonly(table);
	for (i = 0; i < nr; i++) {
		children[i] = page_alloc();
		make_readonly(children[i]);
		make_readonly(tables[i]);
	}
	flush_by(MMUEXT_TLB_FLUSH_ALL, NULL);

	/* A pinned table each, all of which refer to the same one. */
	for (i = 0; i < nr; i++)
		mmuext(MMUEXT_PIN_L2_TABLE, virt_to_mfn(tables[i]), 0);
	storm("all vCPUs refer to one table", refer_to_one);
	for (i = 0; i < nr; i++)
		good += !mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(tables[i]), 0) &&
			!writable(tables[i]);
	is(good, nr, "each from one of its own");
	is(writable(children[0]), 0, "which is none any more");

	make_readonly(children[0]);
	flush_by(MMUEXT_TLB_FLUSH_ALL, NULL);
	stop = false;
	flushed = 0;
	for (i = 1; i < nr; i++)
		cpu_run(i, write_to_one);
	write_to_one(0);
	for (i = 1, good = 0; i < nr; i++)
		good += cpu_wait(i);
	is(good + flushed, 2 * nr - 2, "they write to a table that one pins and unpins");
	for (i = 0, good = 0; i < nr; i++)
		good += !mmu_update1(entry_maddr(&table[i]), 0) && !writable(children[i]);
	is(good, nr, "what it referred to can be mapped writable");
	is(writable(table), 0, "and so can it");
}

/* --- down and up --- */

static volatile u64 ticks;
static volatile u64 read_back;

static void tick(unsigned int cpu)
{
	while (!stop)
		ticks++;
}

static volatile bool asleep;

static void sleep_long(unsigned int cpu)
{
	cpus[cpu].info->evtchn_upcall_mask = 1;
	asleep = true;
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
	asleep = false;
	cpu_run(1, sleep_long);
	ok(eventually(asleep && state_of(1) == RUNSTATE_blocked),
	   "its state is blocked in a poll");
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

/* Sleeps and wakes all the time. */
static void nap_often(unsigned int cpu)
{
	while (!stop) {
		struct sched_poll poll = { .timeout = now() + 20000 };

		hypercall(sched_op, SCHEDOP_poll, &poll);
	}
}

/* The same, but runs for longer. */
static void work_and_nap(unsigned int cpu)
{
	while (!stop) {
		struct sched_poll poll = { };

		wait_ns(500000);
		poll.timeout = now() + 20000;
		hypercall(sched_op, SCHEDOP_poll, &poll);
	}
}

static u64 total(const struct vcpu_runstate_info *rs)
{
	return rs->time[0] + rs->time[1] + rs->time[2] + rs->time[3];
}

/*
 * The other vCPUs keep the host from running it all the time: what time it
 * spent that way is told later, other times must be right at once.
 */
static void runstates_add_up(void)
{
	struct vcpu_runstate_info rs, last = { };
	unsigned int i, back = 0, more = 0;
	u64 age;

	stop = false;
	cpu_run(1, work_and_nap);
	for (i = 2; i < nr; i++)
		cpu_run(i, tick);
	for (i = 0; i < 20000; i++) {
		hypercall(vcpu_op, VCPUOP_get_runstate_info, 1, &rs);
		age = now();
		if (total(&rs) < total(&last) ||
		    rs.time[RUNSTATE_runnable] < last.time[RUNSTATE_runnable] ||
		    rs.time[RUNSTATE_offline] < last.time[RUNSTATE_offline])
			back++;
		if (total(&rs) > age + 1000000)
			more++;
		last = rs;
	}
	stop = true;
	for (i = 1; i < nr; i++)
		cpu_wait(i);
	is(back, 0, "another vCPU's times never go back");
	is(more, 0, "nor are they more than has passed");
}

static struct vcpu_runstate_info areas[2];
static struct vcpu_time_info clocks[2];

/* Areas are given to a vCPU by another while it uses them. */
static void areas_move(void)
{
	struct vcpu_register_runstate_memory_area reg = { };
	struct vcpu_register_time_memory_area treg = { };
	struct vcpu_runstate_info was;
	volatile u64 *entry;
	unsigned int i;

	stop = false;
	cpu_run(1, nap_often);
	for (i = 0; i < 50; i++) {
		reg.addr.v = &areas[i & 1];
		if (hypercall(vcpu_op, VCPUOP_register_runstate_memory_area, 1, &reg))
			break;
		entry = &areas[i & 1].state_entry_time;
		was = areas[i & 1];
		if (!eventually(*entry != was.state_entry_time))
			break;
		/* Whatever it was doing with the other one is over. */
		was = areas[!(i & 1)];
		if (!eventually(*entry > was.state_entry_time + 1000000) ||
		    memcmp(&was, &areas[!(i & 1)], sizeof(was)))
			break;
	}
	is(i, 50, "a runstate area moves by another's word, and only one is written");
	stop = true;
	cpu_wait(1);
	reg.addr.v = NULL;
	is(hypercall(vcpu_op, VCPUOP_register_runstate_memory_area, 1, &reg), 0, "it goes");

	stop = false;
	cpu_run(1, tick);
	for (i = 0; i < 50; i++) {
		volatile struct vcpu_time_info *t = &clocks[i & 1];

		memset(&clocks[i & 1], 0, sizeof(clocks[0]));
		treg.addr.v = &clocks[i & 1];
		if (hypercall(vcpu_op, VCPUOP_register_vcpu_time_memory_area, 1, &treg) ||
		    !eventually(t->version && !(t->version & 1) && t->tsc_to_system_mul))
			break;
	}
	is(i, 50, "so does a clock, which is filled at once");
	stop = true;
	cpu_wait(1);
	treg.addr.v = NULL;
	is(hypercall(vcpu_op, VCPUOP_register_vcpu_time_memory_area, 1, &treg), 0, "it goes");
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
	asleep = false;
	cpu_run(1, sleep_long);
	ok(eventually(asleep && state_of(1) == RUNSTATE_blocked), "it sleeps");
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

static void nap_once(unsigned int cpu)
{
	asleep = true;
	nap_long(cpu);
	asleep = false;
}

static void open_and_close(unsigned int cpu)
{
	while (!stop) {
		struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF,
						      .remote_dom = DOMID_SELF };

		evtchn_op(EVTCHNOP_alloc_unbound, &alloc);
		evtchn_close(alloc.port);
	}
}

/* What a port was before must not come back to whoever has it now. */
/* 1000 rounds, or as many as 5 seconds hold on a busy machine. */
static void recycled_ports(void)
{
	struct vcpu_set_singleshot_timer shot = { };
	u64 until = now() + 5000000000UL;
	unsigned int i;
	bool good = true;
	int port;

	hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);
	stop = false;
	cpu_run(1, open_and_close);
	for (i = 0; good && i < 1000 && (i < 50 || now() < until); i++) {
		port = bind_virq(VIRQ_TIMER, 0);
		if (port > 0) {
			mask_port(port);
			wait_ns(200000);
			clear_pending(port);
			hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 0, &shot);
		}
		good = port > 0 && port_pending(port) && !evtchn_close(port);
	}
	ok(good, "a VIRQ's port works that another vCPU had just before");
	stop = true;
	ok(cpu_wait(1), "whatever that does");
}

static void timers(void)
{
	struct vcpu_set_singleshot_timer shot = { };
	struct vcpu_set_periodic_timer periodic = { .period_ns = 5000000 };
	unsigned int i;
	bool ticked;

	timer_port = bind_virq(VIRQ_TIMER, 1);
	ok(timer_port > 0, "vCPU 1's VIRQ_TIMER");
	is(hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 1, 0), 0, "stop its periodic timer");
	mask_port(timer_port);
	clear_pending(timer_port);
	cpu_run(1, own_timer);
	ok(cpu_wait(1), "its timer wakes it");
	is(hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 1, &shot), -XEN_EINVAL,
	   "the single-shot timer of another: EINVAL");
	/* It runs, and nothing but a tick interrupts it. */
	stop = false;
	ticks = 0;
	cpu_run(1, tick);
	eventually(ticks > 1000);
	is(hypercall(vcpu_op, VCPUOP_set_periodic_timer, 1, &periodic), 0,
	   "the periodic timer of another");
	for (i = 0; i < 5; i++) {
		clear_pending(timer_port);
		if (!eventually(port_pending(timer_port)))
			break;
	}
	is(i, 5, "ticks for it");
	stop = true;
	cpu_wait(1);
	asleep = false;
	cpu_run(1, nap_once);
	ok(eventually(asleep && state_of(1) == RUNSTATE_blocked), "it sleeps");
	wait_ns(10000000);
	clear_pending(timer_port);
	wait_ns(60000000);
	ticked = port_pending(timer_port);
	/* Or it has slept enough by now: the host may be busy. */
	ok(!ticked || !asleep || state_of(1) != RUNSTATE_blocked, "and does not tick");
	ok(cpu_wait(1) && eventually(port_pending(timer_port)), "awake it does");
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
	const unsigned int some[] = {
		XEN_LEGACY_MAX_VCPUS, XEN_LEGACY_MAX_VCPUS + 1, nr - 1
	};
	unsigned int n, i;
	int port;

	is(register_info(1), -XEN_EINVAL, "vcpu_info of another that is up: EINVAL");
	for (n = 0; n < ARRAY_SIZE(some); n++) {
		i = some[n];
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
	many_flushes();
	entries_change();
	storms();
	table_races();
	downs();
	runstates();
	runstates_add_up();
	areas_move();
	nmis();
	timers();
	recycled_ports();
	return 0;
}
