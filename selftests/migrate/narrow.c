// SPDX-License-Identifier: GPL-2.0
/*
 * narrow.c - a 32-bit guest that suspends itself until it wakes up elsewhere
 *
 * As nobody tells it that somebody wants to save it, it tries again and again: it
 * is told at once that it was cancelled, or finds itself restored.  Then it looks
 * whether all is there that it had.  ROUNDS times.  With "p2m=tree" it has an
 * older kernel's p2m.  A second vCPU is in user mode meanwhile, or sleeps.
 */
#include "../guests/lib32/guest.h"

#define FREE_VA		0xd0000000U	/* nothing is mapped there at first */
#define DESC_DATA	0x0000f2000000ffffULL	/* of processes, 64 KiB */
#define SEL_FS		0x1b		/* the third of the GDT */
#define SEL_GS		7		/* the first of the LDT */
#define V_OWN		0x81
#define PATTERN(i)	(0x01000193U * (i) + 0x811c9dc5U)

#define ALIGNED __attribute__((aligned(4096)))

/* Of vCPU 0 and 1. */
static u64 gdt[2][512] ALIGNED, ldt[2][512] ALIGNED;
static u32 stack[2][1024] ALIGNED, words[2][4];
static u64 l1[512] ALIGNED, new_l2[512] ALIGNED, new_l3[512] ALIGNED;
static u32 data[16][1024] ALIGNED, given[2][1024] ALIGNED, shown[1024] ALIGNED;
static u32 top[1024] ALIGNED, mid[1024] ALIGNED;

static u32 *p2m(void)
{
	return (u32 *)start_info->mfn_list;
}

static u32 pfn_of(const void *p)
{
	return ((u32)p - VIRT_BASE) >> 12;
}

static u64 descriptor(const void *base)
{
	u32 b = (u32)base;

	return DESC_DATA | 1ULL << 54 | (u64)(b & 0xffffff) << 16 |
	       (u64)(b >> 24) << 56;
}

static long read_only(const void *p)
{
	return set_pte(p, maddr(p) | PTE_RO);
}

/* On the vCPU itself: descriptors, and a stack for what comes from processes. */
static void set_up_segments(u32 cpu, const void *fs, const void *gs)
{
	u32 frames[1] = { virt_to_mfn(gdt[cpu]) };

	gdt[cpu][SEL_FS >> 3] = descriptor(fs);
	ldt[cpu][SEL_GS >> 3] = descriptor(gs);
	is(read_only(gdt[cpu]), 0, "the GDT is read-only");
	is(read_only(ldt[cpu]), 0, "the LDT is read-only");
	is(hypercall(set_gdt, frames, 512), 0, "set_gdt");
	is(mmuext(MMUEXT_SET_LDT, (u32)ldt[cpu], 512), 0, "set_ldt");
	is(hypercall(stack_switch, FLAT_KERNEL_SS, stack[cpu] + 1024), 0,
	   "stack_switch");
}

/* --- event channels --- */

/* One may be pending already. */
static void unmask(u32 port)
{
	struct evtchn_unmask op = { .port = port };

	hypercall(event_channel_op, EVTCHNOP_unmask, &op);
}

static void close_port(u32 port)
{
	struct evtchn_close op = { .port = port };

	is(hypercall(event_channel_op, EVTCHNOP_close, &op), 0, "close");
}

/* --- memory --- */

static void fill_memory(void)
{
	u32 i, j;

	for (i = 0; i < ARRAY_SIZE(data); i++)
		for (j = 0; j < 1024; j++)
			data[i][j] = PATTERN(i * 1024 + j);
}

static void check_memory(void)
{
	u32 i, j, bad = 0;

	for (i = 0; i < ARRAY_SIZE(data); i++)
		for (j = 0; j < 1024; j++)
			bad += data[i][j] != PATTERN(i * 1024 + j);
	is(bad, 0, "memory is what it was");
	for (i = 0; i < start_info->nr_pages; i++)
		bad += i != pfn_of(given[0]) && M2P[p2m()[i]] != i;
	is(bad, 0, "M2P and p2m agree");
	is(p2m()[pfn_of(given[0])], ~0U, "a page that was given back stays so");
	is(given[1][7], 7777, "one has changed its frame");
}

/* A page less, and one whose frame is another's. */
static void mix_memory(void)
{
	static u32 frames[2];
	struct xen_memory_reservation r = {
		.nr_extents = 2, .domid = DOMID_SELF,
	};
	u32 i;

	for (i = 0; i < 2; i++) {
		frames[i] = virt_to_mfn(given[i]);
		set_pte(given[i], 0);
		p2m()[pfn_of(given[i])] = ~0U;
	}
	set_xen_guest_handle(r.extent_start, (xen_pfn_t *)frames);
	is(hypercall(memory_op, XENMEM_decrease_reservation, &r), 2, "pages given back");
	frames[0] = pfn_of(given[1]);
	r.nr_extents = 1;
	is(hypercall(memory_op, XENMEM_populate_physmap, &r), 1, "one is back");
	p2m()[pfn_of(given[1])] = frames[0];
	say("page %x is in frame %x", pfn_of(given[1]), frames[0]);
	is(set_pte(given[1], (u64)frames[0] << 12 | PTE_KERNEL), 0, "mapped");
	given[1][7] = 7777;
}

/* --- page tables --- */

static void set_up_tables(void)
{
	u64 *root = (u64 *)start_info->pt_base;
	u64 *l2 = mfn_to_virt(PTE_MFN(root[3]));

	/* A table pinned by itself, and in use. */
	l1[5] = maddr(shown) | PTE_KERNEL;
	shown[3] = 333;
	is(read_only(l1), 0, "a level-1 table");
	is(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(l1), 0), 0, "pinned");
	is(mmu_update1(maddr(l2e_of((void *)FREE_VA)), maddr(l1) | PTE_USER), 0,
	   "in use");
	/* Another root: its last table is a copy, Xen's entries and all. */
	memcpy(new_l2, l2, PAGE_SIZE);
	memcpy(new_l3, root, 32);
	new_l3[3] = maddr(new_l2) | PTE_P;
	is(read_only(new_l2), 0, "a level-2 table");
	is(read_only(new_l3), 0, "a level-3 table");
	is(mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(new_l3), 0), 0, "pinned");
}

static void check_tables(void)
{
	u64 *root = (u64 *)start_info->pt_base;
	u32 mfn = virt_to_mfn(root), cr3;

	is(((u32 *)FREE_VA)[5 * 1024 + 3], 333, "a mapping");
	is(PTE_MFN(*pte_of(l1)), virt_to_mfn(l1), "its table");
	is(*pte_of(l1) & PTE_RW, 0, "is read-only");
	is(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(l1), 0), 0, "it was pinned");
	is(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(l1), 0), -XEN_EINVAL, "once");
	is(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(l1), 0), 0, "as level 1");
	asm volatile("mov %%cr3, %0" : "=r" (cr3));
	is(xen_cr3_to_pfn(cr3), mfn, "cr3");
	is(mmuext(MMUEXT_UNPIN_TABLE, mfn, 0), 0, "the first root was pinned");
	is(mmuext(MMUEXT_PIN_L3_TABLE, mfn, 0), 0, "at level 3");
	is(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(new_l3), 0), 0, "so was the other");
	is(mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(new_l3), 0), 0, "at level 3");
	is(mmuext(MMUEXT_PIN_L2_TABLE, virt_to_mfn(new_l2), 0), 0, "but not what is below");
	is(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(new_l2), 0), 0, "it");
	is(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(new_l3), 0), 0, "the other root");
	is(M2P[virt_to_mfn(l1)], pfn_of(l1), "shows the M2P");
	is(((u32 *)FREE_VA)[5 * 1024 + 3], 333, "and the mapping");
	is(mmuext(MMUEXT_NEW_BASEPTR, mfn, 0), 0, "the first one again");
}

/* --- vCPU 1: in user mode, every second time in a call that sleeps --- */

/* At gs: 8: go, 12: it has arrived. */
USER(user_wait, "movl $1, %gs:12; 1: pause; cmpl $0, %gs:8; je 1b; int $0x80");

static volatile u32 *const flags = (u32 *)(user_page + 2048);
static volatile u32 round, rounds_done;

static void check_process(int vector)
{
	u32 cr3;

	is(vector, 0x80, "the process goes on");
	is(seen.ebx, 0xb1b1b1b1, "its ebx");
	is(seen.ecx, 0xc1c1c1c1, "its ecx");
	is(seen.edx, 0xd1d1d1d1, "its edx");
	is(seen.esi, 0x51515151, "its esi");
	is(seen.edi, 0x61616161, "its edi");
	is(seen.ebp, 0x71717171, "its ebp");
	is(seen.eax, 0xa1a1a1a1, "its eax");
	is(seen.esp, (u32)user_page + 3000, "its esp");
	is(seen.eip, (u32)user_page + (user_wait_end - user_wait_begin), "its eip");
	is(seen.cs & 0xffff, FLAT_USER_CS, "its cs");
	is(seen.ss, FLAT_USER_SS, "its ss");
	is(seen.ds, FLAT_USER_DS, "its ds");
	is(seen.fs, SEL_FS, "its fs, of the GDT");
	is(seen.gs, SEL_GS, "its gs, of the LDT");
	is(stack[1][1023], FLAT_USER_SS, "the stack of its kernel");
	asm volatile("mov %%cr3, %0" : "=r" (cr3));
	is(xen_cr3_to_pfn(cr3), virt_to_mfn(new_l3), "its root");
	is(M2P[virt_to_mfn(l1)], pfn_of(l1), "has the M2P");
}

static void run_process(void)
{
	static struct {
		u32 stack[1024];
		struct regs r;
	} s;
	int vector;

	stack[1][1023] = 0;
	s.r = (struct regs){
		.ebx = 0xb1b1b1b1, .ecx = 0xc1c1c1c1, .edx = 0xd1d1d1d1,
		.esi = 0x51515151, .edi = 0x61616161, .ebp = 0x71717171,
		.eax = 0xa1a1a1a1, .esp = (u32)user_page + 3000,
		.eip = (u32)user_page, .eflags = 2,
		.cs = FLAT_USER_CS, .ss = FLAT_USER_SS,
		.ds = FLAT_USER_DS, .es = FLAT_USER_DS,
		.fs = SEL_FS, .gs = SEL_GS,
	};
	vector = TRAP(go(&s.r));
	check_process(vector);
}

/*
 * A suspension ends the call: again until it shall go on.  The ports are those
 * that fetch_other() may get.
 */
static void sleep_on(void)
{
	static evtchn_port_t ports[] = { 3, 4, 5, 6, 7, 8 };
	struct sched_poll poll = { .nr_ports = ARRAY_SIZE(ports) };
	u32 bad = 0, fs = SEL_FS, gs = SEL_GS;

	set_xen_guest_handle(poll.ports, ports);
	asm volatile("mov %0, %%fs; mov %1, %%gs" : : "r" (fs), "r" (gs));
	flags[3] = 1;
	while (!flags[2])
		bad += hypercall(sched_op, SCHEDOP_poll, &poll) != 0;
	asm volatile("mov %%fs, %0; mov %%gs, %1" : "=r" (fs), "=r" (gs));
	is(bad, 0, "the call goes on");
	is(fs, SEL_FS, "fs of the kernel");
	is(gs, SEL_GS, "gs of the kernel");
}

static void on_other(u32 cpu)
{
	is(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(new_l3), 0), 0, "another root");
	set_up_segments(1, words[1], (void *)flags);
	trap_table();
	for (;;) {
		while (rounds_done == round)
			asm volatile("pause");
		if (round % 2)
			run_process();
		else
			sleep_on();
		barrier();
		rounds_done = round;
	}
}

static bool has_other(void)
{
	return cmdline_number("vcpus", 1) > 1;
}

static void send_other(void)
{
	flags[2] = 0;
	flags[3] = 0;
	barrier();
	round++;
	if (has_other())
		ok(await(flags + 3, 1), "vCPU 1 is busy");
}

static void fetch_other(void)
{
	int port;

	flags[2] = 1;
	if (!has_other())
		return;
	/* To wake it. */
	port = bind_ipi(1);
	unmask(port);
	evtchn_send(port);
	ok(await(&rounds_done, round), "vCPU 1 has come back");
	close_port(port);
	shared->evtchn_pending[port / 32] &= ~(1U << port % 32);
}

static void check_masks(void)
{
	u32 i, clear = 0;

	for (i = 0; i < 32; i++)
		clear += shared->evtchn_mask[i] != ~0U;
	is(clear, 0, "all ports are masked");
}

/* --- vCPU 0: in the call --- */

/* void suspend(struct sched_shutdown *, u32 mfn): with all registers in use. */
void suspend(struct sched_shutdown *op, u32 mfn);
asm(".text\n"
	"suspend:\n"
	"	pushal\n"
	"	mov	36(%esp), %ecx\n"
	"	mov	40(%esp), %edx\n"
	"	mov	$0x1b, %eax\n"
	"	mov	%eax, %fs\n"
	"	mov	$7, %eax\n"
	"	mov	%eax, %gs\n"
	"	mov	%esp, now_regs + 32\n"
	"	mov	$0x51525354, %esi\n"
	"	mov	$0x61626364, %edi\n"
	"	mov	$0x71727374, %ebp\n"
	"	mov	$2, %ebx\n"		/* SCHEDOP_shutdown */
	"	mov	$29, %eax\n"		/* __HYPERVISOR_sched_op */
	"	std\n"
	"	int	$0x82\n"
	"	mov	%eax, now_regs\n"
	"	mov	%ebx, now_regs + 4\n"
	"	mov	%ecx, now_regs + 8\n"
	"	mov	%edx, now_regs + 12\n"
	"	mov	%esi, now_regs + 16\n"
	"	mov	%edi, now_regs + 20\n"
	"	mov	%ebp, now_regs + 24\n"
	"	mov	%esp, now_regs + 28\n"
	"	pushfl\n"
	"	popl	now_regs + 36\n"
	"	cld\n"
	"	mov	%ds, now_regs + 40\n"
	"	mov	%es, now_regs + 44\n"
	"	mov	%ss, now_regs + 48\n"
	"	mov	%cs, now_regs + 52\n"
	"	mov	%fs, now_regs + 56\n"
	"	mov	%gs, now_regs + 60\n"
	"	mov	%fs:4, %eax\n"
	"	mov	%eax, now_regs + 64\n"
	"	mov	%gs:8, %eax\n"
	"	mov	%eax, now_regs + 68\n"
	"	popal\n"
	"	ret\n");

struct {
	u32 eax, ebx, ecx, edx, esi, edi, ebp, esp, old_esp, eflags;
	u32 ds, es, ss, cs, fs, gs, fs_word, gs_word;
} now_regs;

static struct sched_shutdown shutdown = { .reason = SHUTDOWN_suspend };
static const u32 xmm[4] = { 0x11223344, 0x55667788, 0x99aabbcc, 0xddeeff00 };

/* As kernels do: what is not theirs is not mapped, and rings are pages. */
static void suspend_once(void)
{
	u32 mfn = virt_to_mfn(start_info);

	start_info->store_mfn = M2P[start_info->store_mfn];
	start_info->console.domU.mfn = M2P[start_info->console.domU.mfn];
	set_pte(shared, 0);
	suspend(&shutdown, mfn);
	if (now_regs.eax) {
		start_info->store_mfn = p2m()[start_info->store_mfn];
		start_info->console.domU.mfn = p2m()[start_info->console.domU.mfn];
	}
	set_pte(shared, start_info->shared_info | PTE_KERNEL);
}

static void sleep_a_little(void)
{
	struct sched_poll poll = { .timeout = now() + 20000000 };

	hypercall(sched_op, SCHEDOP_poll, &poll);
}

USER(user_int, "int $0x80");
USER(user_own, "int $0x81");
USER(user_syscall, "mov $77, %eax; syscall");

static void set_up_traps(void)
{
	static struct trap_info own[2] = {
		{ .vector = V_OWN, .flags = 4 | 3, .cs = FLAT_KERNEL_CS },
	};
	struct callback_register reg = {
		.type = CALLBACKTYPE_syscall32, .flags = CALLBACKF_mask_events,
		.address = { .cs = FLAT_KERNEL_CS,
			     .eip = trap_stub(V_SYSCALL32) },
	};
	struct physdev_set_iopl iopl = { .iopl = 1 };

	own[0].address = trap_stub(V_OWN);
	is(hypercall(set_trap_table, own), 0, "a trap of our own");
	is(hypercall(callback_op, CALLBACKOP_register, &reg), 0, "a callback");
	is(hypercall(physdev_op, PHYSDEVOP_set_iopl, &iopl), 0, "set_iopl");
	is(hypercall(set_debugreg, 1, data), 0, "set_debugreg");
}

/* Intel's processors have no SYSCALL in 32-bit code: to them it is unknown. */
static void check_traps(void)
{
	static struct {
		u32 stack[1024];
		struct regs r;
	} s;
	int vector;

	memcpy(user_page, user_int_begin, user_int_end - user_int_begin);
	s.r = (struct regs){
		.eip = (u32)user_page, .esp = (u32)user_page + 3000,
		.eflags = 2, .cs = FLAT_USER_CS, .ss = FLAT_USER_SS,
		.ds = FLAT_USER_DS, .es = FLAT_USER_DS,
	};
	stack[0][1023] = 0;
	traps(go(&s.r), 0x80, "a process");
	is(stack[0][1023], FLAT_USER_SS, "its kernel's stack");
	is(run_user(user_own), V_OWN, "a trap of our own");
	vector = run_user(user_syscall);
	ok(vector == V_SYSCALL32 || vector == V_UD, "a callback");
	if (vector == V_SYSCALL32)
		is(seen.eax, 77, "with its argument");
	traps(asm volatile("ud2"), V_UD, "a trap of the kernel's");
	is(seen.eflags & FLAG_IOPL, 0x1000, "IOPL");
	is(hypercall(get_debugreg, 1), (u32)data, "get_debugreg");
}

static void load_xmm(void)
{
	hypercall(fpu_taskswitch, 0);
	asm volatile("movups %0, %%xmm3" : : "m" (xmm));
	hypercall(fpu_taskswitch, 1);
}

static void check_xmm(void)
{
	u32 got[4];

	traps(asm volatile("movups %%xmm3, %0" : "=m" (got)), V_NM, "CR0.TS");
	hypercall(fpu_taskswitch, 0);
	asm volatile("movups %%xmm3, %0" : "=m" (got));
	is(memcmp(got, xmm, 16), 0, "xmm3");
}

static void check_regs(void)
{
	is(now_regs.ebx, SCHEDOP_shutdown, "ebx");
	is(now_regs.ecx, (u32)&shutdown, "ecx");
	is(now_regs.edx, virt_to_mfn(start_info), "edx has start_info's frame");
	is(now_regs.esi, 0x51525354, "esi");
	is(now_regs.edi, 0x61626364, "edi");
	is(now_regs.ebp, 0x71727374, "ebp");
	is(now_regs.esp, now_regs.old_esp, "esp");
	is(now_regs.eflags & 0x400, 0x400, "DF");
	is(now_regs.ds & 0xffff, FLAT_KERNEL_DS, "ds");
	is(now_regs.es & 0xffff, FLAT_KERNEL_DS, "es");
	is(now_regs.ss & 0xffff, FLAT_KERNEL_SS, "ss");
	is(now_regs.cs & 0xffff, FLAT_KERNEL_CS, "cs");
	is(now_regs.fs & 0xffff, SEL_FS, "fs");
	is(now_regs.gs & 0xffff, SEL_GS, "gs");
	is(now_regs.fs_word, 4444, "what fs shows");
	is(now_regs.gs_word, 8888, "what gs shows");
}

static void fired(u32 port, const char *what)
{
	ok(await(&port_count[port], 1), "%s", what);
	port_count[port] = 0;
}

/* Ports are gone; the callback is there, and there may be ports again. */
static void check_events(void)
{
	int ipi = bind_ipi(0), timer = bind_virq(VIRQ_TIMER, 0);
	u64 t;

	ok(ipi > 0 && timer > 0, "new ports");
	unmask(ipi);
	unmask_events();
	is(evtchn_send(ipi), 0, "an event");
	fired(ipi, "comes");
	hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);
	unmask(timer);
	port_count[timer] = 0;
	t = now() + 3000000;
	is(hypercall(set_timer_op, (u32)t, t >> 32), 0, "the timer");
	fired(timer, "fires");
	ok(now() >= t, "not before its time");
	vcpu->evtchn_upcall_mask = 1;
	close_port(ipi);
	close_port(timer);
}

/* --- */

static void set_up_p2m(void)
{
	const char *kind = cmdline_value("p2m");
	u32 i;

	shared->arch.max_pfn = start_info->nr_pages;
	if (!kind || strncmp(kind, "tree", 4)) {
		shared->arch.p2m_vaddr = start_info->mfn_list;
		shared->arch.p2m_cr3 =
			xen_pfn_to_cr3(virt_to_mfn((void *)start_info->pt_base));
		return;
	}
	for (i = 0; i < start_info->nr_pages / 1024; i++)
		mid[i] = virt_to_mfn((u8 *)p2m() + i * PAGE_SIZE);
	top[0] = virt_to_mfn(mid);
	shared->arch.pfn_to_mfn_frame_list_list = virt_to_mfn(top);
}

static void one_round(u32 n)
{
	memcpy(user_page, user_wait_begin, user_wait_end - user_wait_begin);
	set_up_p2m();
	send_other();
	load_xmm();
	say("waiting %u", n);
	do {
		sleep_a_little();
		suspend_once();
	} while (now_regs.eax);
	say("restored %u", n);
	check_masks();
	fetch_other();
	check_regs();
	check_xmm();
	check_traps();
	check_events();
	check_memory();
	check_tables();
	/* run_user() has changed it. */
	hypercall(stack_switch, FLAT_KERNEL_SS, stack[0] + 1024);
	say("round %u is over", n);
}

int main(void)
{
	u32 i, n = cmdline_number("rounds", 1);

	words[0][1] = 4444;
	words[0][2] = 8888;
	is(set_pte(user_page, maddr(user_page) | PTE_USER), 0, "a page for processes");
	fill_memory();
	mix_memory();
	set_up_tables();
	set_up_segments(0, words[0], words[0]);
	set_up_traps();
	if (has_other())
		is(cpu_start(1, on_other), 0, "another vCPU");
	for (i = 1; i <= n; i++)
		one_round(i);
	return 0;
}
