// SPDX-License-Identifier: GPL-2.0
/*
 * hostile.c - a guest that means harm
 *
 * mode=MODE on the command line, with seed=N and count=N:
 *
 *  calls     random hypercalls, sparing only what would end the test
 *  wild      random hypercalls, sparing nothing
 *  mmu       page-table calls on frames of its own, whatever breaks
 *  rings     garbage in the console, xenstore and grant pages
 *  doorbell  takes its monitor over, then rings the module with garbage
 *  slow      the same through the port of slow calls
 *  ports     the same on every other port
 *  crash     a crash report full of garbage
 *  triple    a triple fault
 *  mmio      reads where there is no memory
 *  halt      halts for good with interrupts off
 *  spin      spins for good with interrupts off
 *  beacon    harmless: says so every now and then, for ever
 *
 * The modes from doorbell to spin need a monitor that lets its guest write
 * page tables unchecked; a hypervisor that does not has won.
 */
#include "../guests/lib/guest.h"
#include <linux/kvm_xenpv_monitor.h>

#define SPARE_VA (VIRT_BASE + (512UL << 20))

/* --- random hypercalls --- */

static u64 buf[512] __attribute__((aligned(4096)));

static u64 word(void)
{
	u64 r = rnd();

	switch (r >> 60) {
	case 0 ... 4:
		return r >> 8 & 63;
	case 5:
		return (u64)&buf[r & 255];
	case 6:
		return 0;
	case 7:
		return DOMID_SELF;
	case 8:
		return r & 0xffff;
	case 9:
		return XEN_VA + (r & 0xffffff);
	case 10:
		return 0xffff830000000000 + (r & 0xffffffffff);
	case 11:
		return 0x8000000000000000 | r;
	case 12:
		return ~0UL - (r & 7);
	case 13:
		return 0xffff800000000000 + (r & 0xfffffff);
	case 14:
		return r & 0xffffffff;
	default:
		return rnd();
	}
}

static void fill(void)
{
	unsigned int i;

	for (i = 0; i < 64; i++)
		buf[i] = word();
	/* Handles in structures often follow each other in 32-bit fields. */
	if (rnd() & 1)
		buf[0] = (rnd() & 63) | (rnd() & 63) << 32;
	for (i = 256; i < 272; i++)
		buf[i] = word();
}

static bool in_kernel(u64 va)
{
	return va >= VIRT_BASE && va < VIRT_BASE + (64UL << 20);
}

/* Not what ends the domain or takes from us what we need to tell of it. */
static void spare(u64 *op, u64 *a)
{
	switch (*op) {
	case __HYPERVISOR_iret:
	case __HYPERVISOR_multicall:
		*op = __HYPERVISOR_xen_version;
		break;
	case __HYPERVISOR_sched_op:
	case __HYPERVISOR_sched_op_compat:
		/* block, shutdown, poll, watchdog */
		if ((u32)a[0] >= 1 && (u32)a[0] <= 6)
			a[0] = SCHEDOP_yield;
		break;
	case __HYPERVISOR_vcpu_op:
		if ((u32)a[0] == VCPUOP_down || (u32)a[0] == VCPUOP_send_nmi ||
		    (u32)a[0] == VCPUOP_register_vcpu_info ||
		    (u32)a[0] == VCPUOP_register_runstate_memory_area ||
		    (u32)a[0] == VCPUOP_register_vcpu_time_memory_area)
			a[0] = VCPUOP_is_up;
		break;
	case __HYPERVISOR_update_va_mapping:
	case __HYPERVISOR_update_va_mapping_otherdomain:
		if (in_kernel(a[0]))
			a[0] = SPARE_VA;
		break;
	case __HYPERVISOR_mmuext_op: {
		unsigned int i;

		for (i = 0; i < ARRAY_SIZE(buf); i++)
			if ((u32)buf[i] == MMUEXT_NEW_BASEPTR)
				buf[i] = MMUEXT_TLB_FLUSH_LOCAL;
		break;
	}
	case __HYPERVISOR_memory_op:
		if ((u32)a[0] == XENMEM_decrease_reservation || (u32)a[0] == XENMEM_exchange)
			a[0] = XENMEM_populate_physmap;
		break;
	case __HYPERVISOR_event_channel_op:
		if ((u32)a[0] == EVTCHNOP_close || (u32)a[0] == EVTCHNOP_reset ||
		    (u32)a[0] == 14 /* reset_cont */)
			a[0] = EVTCHNOP_status;
		break;
	case __HYPERVISOR_set_debugreg:
		if ((u32)a[0] == 7)
			a[0] = 6;
		break;
	case __HYPERVISOR_nmi_op:
	case __HYPERVISOR_event_channel_op_compat:
	case __HYPERVISOR_console_io:
		*op = __HYPERVISOR_xen_version;
		break;
	}
}

static void repair(void)
{
	trap_table_default();
	trap_gate(2, 4, trap_stub(V_NMI));
	hypercall(set_callbacks, trap_stub(V_EVENT), trap_stub(V_FAILSAFE), trap_stub(V_SYSCALL));
	hypercall(stack_switch, KERNEL_SS, boot_regs.rsp);
	hypercall(set_debugreg, 7, 0);
	hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);
	hypercall(set_timer_op, 0);
	hypercall(fpu_taskswitch, 0);
	hypercall(vm_assist, VMASST_CMD_disable, VMASST_TYPE_runstate_update_flag);
}

static bool shrug(struct regs *r)
{
	switch (r->vector) {
	case V_DB:
		hypercall(set_debugreg, 7, 0);
		r->f.rflags &= ~FLAG_TF;
		return true;
	case V_NM:
	case V_NMI:
		return true;
	}
	return false;
}

static void calls(u64 count, bool sparing)
{
	u64 i, op, a[5], failed = 0;
	unsigned int j;
	long ret;

	trap_hook = shrug;
	repair();
	for (i = 0; i < count; i++) {
		fill();
		op = rnd() % 56;
		if (rnd() % 64 == 0)
			op = word();
		for (j = 0; j < 5; j++)
			a[j] = word();
		/* Most calls want a small number and a pointer. */
		if (rnd() & 1)
			a[0] &= 63;
		if (rnd() & 1)
			a[1] = (u64)buf;
		if (rnd() & 1)
			a[0] = op == __HYPERVISOR_mmu_update || op == __HYPERVISOR_mmuext_op ?
				(u64)buf : a[0];
		if (rnd() % 4 == 0)
			a[3] = DOMID_SELF;
		if (sparing)
			spare(&op, a);
		ret = hypercall5(op, a[0], a[1], a[2], a[3], a[4]);
		if (ret < 0)
			failed++;
		if (sparing && (op < 4 || op == __HYPERVISOR_callback_op ||
				op == __HYPERVISOR_set_debugreg || i % 256 == 0))
			repair();
		if (i % 10000 == 9999)
			say("%lu calls, %lu failed", i + 1, failed);
	}
	repair();
	hypercall(set_gdt, 0, 0);
	trap_hook = NULL;
	is(hypercall(xen_version, XENVER_pagesize, 0), 4096, "hypercalls still work");
	traps(asm volatile("ud2"), V_UD, ANY, "traps still work");
	ok(true, "survived %lu random hypercalls", count);
}

static void calls_sparing(u64 count)
{
	calls(count, true);
}

static void calls_wild(u64 count)
{
	calls(count, false);
}

/* --- page tables --- */

static void mmu(u64 count)
{
	u64 i, nr = start_info->nr_pages, *p2m = (u64 *)start_info->mfn_list;
	long ret;

	trap_hook = shrug;
	/* The tables and the image itself are spared at first, then nothing is. */
	for (i = 0; i < count; i++) {
		bool gentle = i < count * 9 / 10;
		u64 first = gentle ? nr / 2 : 0;
		u64 frame = p2m[first + rnd() % (nr - first)];
		u64 other = p2m[first + rnd() % (nr - first)];
		u64 flags = rnd() & 0x8000000000000fff;

		if (rnd() % 16 == 0)
			other = rnd() & 0xffffff;
		switch (rnd() % 8) {
		case 0: case 1: case 2:
			ret = mmu_update1(frame << 12 | (rnd() & 0xfff), other << 12 | flags);
			break;
		case 3:
			ret = mmuext(rnd() % 5, frame, other);
			break;
		case 4:
			ret = mmuext(gentle ? MMUEXT_COPY_PAGE : rnd() % 24, frame, other);
			break;
		case 5:
			ret = set_pte((void *)(SPARE_VA + (rnd() & 0xfffff)), other << 12 | flags,
				      rnd() & 3);
			break;
		case 6:
			ret = mmu_update1(frame << 12 | MMU_MACHPHYS_UPDATE, M2P[frame]);
			break;
		default:
			ret = mmuext(MMUEXT_CLEAR_PAGE, frame, 0);
			break;
		}
		(void)ret;
		if (i % 10000 == 9999)
			say("%lu calls", i + 1);
	}
	trap_hook = NULL;
	ok(true, "survived %lu page-table calls", count);
}

/* --- rings --- */

static void rings(u64 count)
{
	u32 *store = mfn_to_virt(start_info->store_mfn);
	struct xencons_interface *con = mfn_to_virt(console_info->mfn);
	struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = 1 };
	xen_pfn_t frame = 0;
	u64 *grants = NULL, i;
	unsigned int j;

	set_xen_guest_handle(setup.frame_list, &frame);
	if (!hypercall(grant_table_op, GNTTABOP_setup_table, &setup, 1) && !setup.status) {
		grants = page_alloc();
		if (set_pte(grants, frame << 12 | PTE_KERNEL, UVMF_INVLPG | UVMF_LOCAL))
			grants = NULL;
	}
	for (i = 0; i < count; i++) {
		unsigned int n = rnd() & 15;

		for (j = 0; j < n; j++) {
			store[rnd() & 1023] = word();
			store[512 + (rnd() & 3)] = rnd() & 1 ? word() : rnd() & 0x7ff;
			if (grants)
				grants[rnd() & 511] = word();
		}
		if (rnd() & 1) {
			/* A plausible header with a terrible length or type. */
			store[0] = rnd() & 31;
			store[1] = rnd();
			store[2] = rnd() & 3;
			store[3] = rnd() & 1 ? rnd() & 0x1fff : word();
			store[512] = 16 + (rnd() & 0x7ff);
			store[513] = 0;
		}
		evtchn_send(start_info->store_evtchn);
		if (i % 16 == 0) {
			con->out_prod = word();
			con->out_cons = word();
			con->in_prod = word();
			con->in_cons = word();
			evtchn_send(console_info->evtchn);
			hypercall(sched_op, SCHEDOP_yield, 0);
		}
		if (i % 64 == 0)
			wait_ns(1000000);
	}
	wait_ns(100000000);
	/* Whoever reads may have given us up: then nobody hears this. */
	hasty = true;
	con->out_prod = con->out_cons;
	con->in_cons = con->in_prod;
	ok(true, "survived %lu rounds of garbage in the rings", count);
}

/* --- in ring 0 --- */

static void (*payload)(u64 count);
static u64 payload_count;
static volatile u64 payload_done;

/* Runs with the monitor's privileges, interrupts off, on the guest's stack. */
static u8 *stub, stub_saved[12];
static u64 block_saved[16];

__attribute__((used)) static void in_ring0(void)
{
	u64 *block = (u64 *)(XENPV_AREA_VA + XENPV_AREA_BLOCK);

	memcpy(block_saved, block, sizeof(block_saved));
	payload(payload_count);
	payload_done = 1;
	/* Everything as it was: the monitor goes on. */
	memcpy(block, block_saved, sizeof(block_saved));
	memcpy(stub, stub_saved, sizeof(stub_saved));
}

extern char ring0_entry[];
asm(".globl ring0_entry\n"
	"ring0_entry:\n"
	"push %rcx; push %r11; push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
	"mov %rsp, %rbx; and $-16, %rsp\n"
	"call in_ring0\n"
	"mov %rbx, %rsp\n"
	"pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx; pop %r11; pop %rcx\n"
	"sysretq\n");

static u64 *window;	/* an L1 that we write as we like; maps SPARE_VA on */

static void *map_frame(u64 mfn)
{
	window[0] = mfn << 12 | PTE_KERNEL;
	window[1] = (mfn + 1) << 12 | PTE_KERNEL;
	barrier();
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0);
	return (void *)SPARE_VA;
}

/* False when the hypervisor does not let us. */
static bool take_over(void)
{
	const struct xenpv_monitor_header *h;
	const struct xenpv_monitor_params *p;
	u64 mfn, slot = entry_maddr(table_entry(SPARE_VA, 2)), params, area = 0;
	int t;

	window = page_alloc();
	make_readonly(window);
	hypercall(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables);
	if (mmu_update1(slot, virt_to_mfn(window) << 12 | PTE_KERNEL))
		return false;
	t = TRAP(window[1] = (start_info->shared_info & PAGE_MASK) | PTE_KERNEL);
	if (t != -1) {
		say("direct writes of page tables trap (%d)", t);
		return false;
	}
	for (mfn = start_info->shared_info >> 12; mfn < 0xfee00; mfn++) {
		t = TRAP(window[0] = mfn << 12 | PTE_KERNEL);
		if (t != -1)
			return false;
		t = TRAP(h = map_frame(mfn); area = *(volatile u64 *)h);
		if (t != -1)
			return false;
		if (area == XENPV_MONITOR_MAGIC)
			break;
		if (mfn > (start_info->shared_info >> 12) + 4096)
			return false;
	}
	if (area != XENPV_MONITOR_MAGIC)
		return false;
	params = h->params;
	say("the monitor's image is at frame 0x%lx", mfn);
	p = (void *)((u8 *)map_frame(mfn + (params >> 12)) + (params & ~PAGE_MASK));
	area = p->area_gpa;
	say("its vCPU area at 0x%lx", area);
	stub = map_frame(area >> 12);
	memcpy(stub_saved, stub, sizeof(stub_saved));
	return true;
}

static inline void outl(u16 port, u32 v)
{
	asm volatile("outl %0, %1" : : "a" (v), "d" (port) : "memory");
}

static inline u32 inl(u16 port)
{
	u32 v;

	asm volatile("inl %1, %0" : "=a" (v) : "d" (port) : "memory");
	return v;
}

#define BLOCK ((volatile struct xenpv_vcpu_block *)(XENPV_AREA_VA + XENPV_AREA_BLOCK))

static void garble_block(void)
{
	volatile u64 *words = (volatile u64 *)BLOCK;
	static const u64 ops[] = {
		__HYPERVISOR_event_channel_op, __HYPERVISOR_grant_table_op,
		__HYPERVISOR_memory_op, __HYPERVISOR_console_io, __HYPERVISOR_domctl,
		__HYPERVISOR_xen_version, __HYPERVISOR_vcpu_op, __HYPERVISOR_physdev_op,
		XENPV_OP_LOG, XENPV_OP_VCPU_INFO, XENPV_OP_VCPU_STATE, XENPV_OP_BASE + 7,
	};
	u64 r = rnd();
	unsigned int i;

	for (i = 0; i < 6; i++)
		BLOCK->arg[i] = rnd() & 1 ? word() : rnd() & 31;
	BLOCK->op = r & 7 ? ops[rnd() % ARRAY_SIZE(ops)] : word();
	if (BLOCK->op == __HYPERVISOR_sched_op || BLOCK->op == XENPV_OP_CRASH)
		BLOCK->op = __HYPERVISOR_event_channel_op;
	BLOCK->ret = word();
	BLOCK->data_len = rnd() & 3 ? rnd() & 0xfff : (u32)word();
	BLOCK->polling = word();
	BLOCK->pollers[0] = word();
	BLOCK->pollers[1] = word();
	BLOCK->info_gpa = word();
	BLOCK->context_gpa = word();
	for (i = 0; i < 8; i++)
		*(volatile u64 *)&BLOCK->data[i * 8] = rnd() & 1 ? word() : rnd() & 31;
	if (r >> 56 == 0)
		for (i = 0; i < 512; i++)
			words[i] = word();
	if (BLOCK->op == __HYPERVISOR_sched_op || BLOCK->op == XENPV_OP_CRASH)
		BLOCK->op = __HYPERVISOR_event_channel_op;
}

static void ring_doorbell(u64 count)
{
	while (count--) {
		garble_block();
		outl(XENPV_PORT_DOORBELL, word());
	}
}

static void ring_slow(u64 count)
{
	while (count--) {
		garble_block();
		/* Log lines by the hundred thousand prove nothing. */
		if (BLOCK->op == XENPV_OP_LOG || BLOCK->op == __HYPERVISOR_console_io)
			BLOCK->op = count & 1023 ? __HYPERVISOR_grant_table_op : XENPV_OP_LOG;
		outl(XENPV_PORT_CALL, rnd() & 7 ? 0 : word());
	}
}

static void ring_ports(u64 count)
{
	while (count--) {
		u16 port = rnd();

		garble_block();
		if (port == XENPV_PORT_CALL)
			port++;
		if (rnd() & 1)
			outl(port, word());
		else
			inl(port);
	}
}

static void ring_crash(u64 count)
{
	volatile u64 *words = (volatile u64 *)BLOCK;
	unsigned int i;

	for (i = 0; i < 512; i++)
		words[i] = rnd();
	BLOCK->op = XENPV_OP_CRASH;
	BLOCK->data_len = ~0U;
	outl(XENPV_PORT_CALL, 0);
	BLOCK->op = XENPV_OP_CRASH;
	BLOCK->data_len = sizeof(struct xenpv_crash);
	outl(XENPV_PORT_CALL, 0);
	for (;;)
		asm volatile("pause");
}

static void triple(u64 count)
{
	static const u8 none[10];

	asm volatile("lidt %0; ud2" : : "m" (none));
	__builtin_unreachable();
}

static void mmio(u64 count)
{
	u64 i, gpa;

	for (i = 0; i < count; i++) {
		gpa = 0xe0000000 + (rnd() & 0xffff000);
		window[2] = gpa | PTE_KERNEL;
		asm volatile("invlpg (%0)" : : "r" (SPARE_VA + 0x2000) : "memory");
		*(volatile u32 *)(SPARE_VA + 0x2000) = i;
	}
}

static void halt(u64 count)
{
	for (;;)
		asm volatile("cli; hlt");
}

static void spin(u64 count)
{
	for (;;)
		asm volatile("cli; pause");
}

static void ring0(const char *mode, void (*fn)(u64), u64 count)
{
	/* movabs $ring0_entry, %rax; jmp *%rax */
	static u8 patch[12] = { 0x48, 0xb8, [10] = 0xff, 0xe0 };

	if (!take_over()) {
		skip("%s # SKIP the hypervisor does not let page tables be written", mode);
		return;
	}
	ok(true, "%s: the monitor is taken over", mode);
	payload = fn;
	payload_count = count;
	*(u64 *)(patch + 2) = (u64)ring0_entry;
	drain();
	/* What the next syscall does. */
	memcpy(stub, patch, sizeof(patch));
	hypercall(xen_version, XENVER_version, 0);
	/* Ports and console may be gone: do not wait for anybody. */
	hasty = fn == ring_slow;
	ok(payload_done, "survived %lu rounds of %s", count, mode);
}

static void beacon(u64 count)
{
	u64 n = 0;

	for (;;) {
		evtchn_port_t port = start_info->store_evtchn;
		struct sched_poll poll = { .nr_ports = 1, .timeout = now() + 500000000 };

		say("beacon %lu", n++);
		clear_pending(port);
		set_xen_guest_handle(poll.ports, &port);
		hypercall(sched_op, SCHEDOP_poll, &poll);
	}
}

static const struct mode {
	const char *name;
	void (*run)(u64 count);
	bool in_ring0;
} modes[] = {
	{ "calls", calls_sparing, false },
	{ "wild", calls_wild, false },
	{ "mmu", mmu, false },
	{ "rings", rings, false },
	{ "beacon", beacon, false },
	{ "doorbell", ring_doorbell, true },
	{ "slow", ring_slow, true },
	{ "ports", ring_ports, true },
	{ "crash", ring_crash, true },
	{ "triple", triple, true },
	{ "mmio", mmio, true },
	{ "halt", halt, true },
	{ "spin", spin, true },
};

int main(void)
{
	const char *name = cmdline_value("mode");
	u64 count = rnd_begin();
	unsigned int i;

	if (!name)
		bail("mode=MODE wanted");
	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		const struct mode *m = &modes[i];

		if (strncmp(name, m->name, strlen(m->name)))
			continue;
		if (m->in_ring0)
			ring0(m->name, m->run, count);
		else
			m->run(count);
		return 0;
	}
	bail("no such mode: %s", name);
}
