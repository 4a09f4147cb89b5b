// SPDX-License-Identifier: GPL-2.0
/*
 * hostile32.c - a 32-bit guest that means harm
 *
 * mode=MODE on the command line, with seed=N and count=N:
 *
 *  calls     random hypercalls, sparing only what would end the test
 *  wild      random hypercalls, sparing nothing but returns, which end it at once
 *  mmu       page-table calls on frames of its own, whatever breaks
 *  frames    returns to random places with random segments
 *  gates     far calls through random gates, with random stacks
 */
#include "../guests/lib32/guest.h"

#define SPARE_VA	0xd0000000U

static u32 buf[1024] __attribute__((aligned(4096)));
static u32 state;

static u32 rnd(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static u32 word(void)
{
	u32 r = rnd();

	switch (rnd() & 15) {
	case 0 ... 4:
		return r & 63;
	case 5:
		return (u32)&buf[r & 511];
	case 6:
		return 0;
	case 7:
		return DOMID_SELF;
	case 8:
		return r & 0xffff;
	case 9:
		return 0xf5800000 + (r & 0xffffff);
	case 10:
		return 0xf57fff00 + (r & 0x1ff);
	case 11:
		return 0x80000000 | r;
	case 12:
		return ~0U - (r & 7);
	case 13:
		return VIRT_BASE + (r & 0x3ffffff);
	case 14:
		return (r & 31) << 3 | 0xe001;
	default:
		return r;
	}
}

static void fill(void)
{
	unsigned int i;

	for (i = 0; i < 64; i++)
		buf[i] = word();
	for (i = 512; i < 528; i++)
		buf[i] = word();
}

static bool in_kernel(u32 va)
{
	return va >= VIRT_BASE && va < VIRT_BASE + (64U << 20);
}

/* Not what ends the domain or takes from us what we need to tell of it. */
static void spare(u32 *op, u32 *a)
{
	unsigned int i;

	switch (*op) {
	case __HYPERVISOR_iret:
	case __HYPERVISOR_multicall:
	case __HYPERVISOR_nmi_op:
	case __HYPERVISOR_event_channel_op_compat:
	case __HYPERVISOR_console_io:
		*op = __HYPERVISOR_xen_version;
		break;
	case __HYPERVISOR_sched_op:
	case __HYPERVISOR_sched_op_compat:
		if (a[0] >= 1 && a[0] <= 6)
			a[0] = SCHEDOP_yield;
		break;
	case __HYPERVISOR_vcpu_op:
		if (a[0] == VCPUOP_down || a[0] == VCPUOP_send_nmi ||
		    a[0] == VCPUOP_register_vcpu_info ||
		    a[0] == VCPUOP_register_runstate_memory_area ||
		    a[0] == VCPUOP_register_vcpu_time_memory_area)
			a[0] = VCPUOP_is_up;
		break;
	case __HYPERVISOR_update_va_mapping:
	case __HYPERVISOR_update_va_mapping_otherdomain:
		if (in_kernel(a[0]))
			a[0] = SPARE_VA;
		break;
	case __HYPERVISOR_mmuext_op:
		for (i = 0; i < ARRAY_SIZE(buf); i++)
			if (buf[i] == MMUEXT_NEW_BASEPTR)
				buf[i] = MMUEXT_TLB_FLUSH_LOCAL;
		break;
	case __HYPERVISOR_memory_op:
		if (a[0] == XENMEM_decrease_reservation || a[0] == XENMEM_exchange)
			a[0] = XENMEM_populate_physmap;
		break;
	case __HYPERVISOR_event_channel_op:
		if (a[0] == EVTCHNOP_close || a[0] == EVTCHNOP_reset || a[0] == 14)
			a[0] = EVTCHNOP_status;
		break;
	case __HYPERVISOR_set_debugreg:
		if (a[0] == 7)
			a[0] = 6;
		break;
	}
}

static void repair(void)
{
	trap_table();
	hypercall(set_callbacks, FLAT_KERNEL_CS, trap_stub(V_EVENT),
		  FLAT_KERNEL_CS, trap_stub(V_FAILSAFE));
	hypercall(stack_switch, FLAT_KERNEL_SS, kernel_stack_end);
	hypercall(set_debugreg, 7, 0);
	hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);
	hypercall(set_timer_op, 0, 0);
	hypercall(fpu_taskswitch, 0);
}

static void calls(u32 count, bool sparing)
{
	u32 i, j, op, a[5], failed = 0;

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
			a[1] = (u32)buf;
		if ((rnd() & 1) && (op == __HYPERVISOR_mmu_update ||
				    op == __HYPERVISOR_mmuext_op))
			a[0] = (u32)buf;
		if (rnd() % 4 == 0)
			a[3] = DOMID_SELF;
		if (sparing)
			spare(&op, a);
		else if (op == __HYPERVISOR_iret)
			op = __HYPERVISOR_multicall;
		/* A debug exception or a missing FPU is no surprise. */
		TRAP({
			if ((int)hypercall6(op, a[0], a[1], a[2], a[3], a[4]) < 0)
				failed++;
		});
		if (sparing && (op < 4 || op == __HYPERVISOR_callback_op ||
				op == __HYPERVISOR_set_debugreg || i % 256 == 0))
			repair();
		if (i % 10000 == 9999)
			say("%u calls, %u failed", i + 1, failed);
	}
	repair();
	hypercall(set_gdt, 0, 0);
	is(hypercall(xen_version, XENVER_pagesize, 0), 4096, "hypercalls still work");
	traps(asm volatile("ud2"), V_UD, "traps still work");
	ok(true, "survived %u random hypercalls", count);
}

static void calls_sparing(u32 count)
{
	calls(count, true);
}

static void calls_wild(u32 count)
{
	calls(count, false);
}

static void mmu(u32 count)
{
	u32 i, nr = start_info->nr_pages, *p2m = (u32 *)start_info->mfn_list;

	/* The tables and the image itself are spared at first, then nothing is. */
	for (i = 0; i < count; i++) {
		bool gentle = i < count / 10 * 9;
		u32 first = gentle ? nr / 2 : 0;
		u64 frame = p2m[first + rnd() % (nr - first)];
		u64 to = p2m[first + rnd() % (nr - first)];
		u64 flags = rnd() & 0xfff;

		if (rnd() & 1)
			flags |= 1ULL << 63;
		if (rnd() % 16 == 0)
			to = rnd() & 0xffffff;
		switch (rnd() % 8) {
		case 0: case 1: case 2:
			mmu_update1(frame << 12 | (rnd() & 0xfff), to << 12 | flags);
			break;
		case 3:
			mmuext(rnd() % 5, frame, to);
			break;
		case 4:
			mmuext(gentle ? MMUEXT_COPY_PAGE : rnd() % 24, frame, to);
			break;
		case 5:
			hypercall(update_va_mapping, SPARE_VA + (rnd() & 0xfffff),
				  to << 12 | flags, (to << 12 | flags) >> 32, rnd() & 3);
			break;
		case 6:
			mmu_update1(frame << 12 | MMU_MACHPHYS_UPDATE, M2P[frame]);
			break;
		default:
			mmuext(MMUEXT_CLEAR_PAGE, frame, 0);
			break;
		}
		if (i % 10000 == 9999)
			say("%u calls", i + 1);
	}
	ok(true, "survived %u page-table calls", count);
}

/* Of all that may follow nothing but a trap brings us back. */
static void frames(u32 count)
{
	static u64 gdt[512] __attribute__((aligned(4096)));
	static struct regs r;
	u32 frame = virt_to_mfn(gdt), i, j;

	repair();
	set_pte(user_page, maddr(user_page) | PTE_USER);
	for (i = 0; i < count; i++) {
		for (j = 0; j < 8; j++) {
			u32 lo = rnd(), hi = rnd();

			hypercall(update_descriptor, maddr(&gdt[j]), 0, lo, hi);
		}
		if (i % 64 == 0)
			hypercall(set_gdt, &frame, 512);
		memset(&r, 0, sizeof(r));
		r.eip = rnd() & 1 ? (u32)user_page : word();
		r.cs = rnd() & 1 ? word() & 0xffff : (rnd() & 7) << 3 | 3;
		/* Ring 0 ends the domain, and ours goes on somewhere. */
		if ((r.cs & 3) < 2)
			r.cs |= 3;
		r.eflags = (rnd() & ~(1U << 17)) | 2;
		r.eflags &= ~FLAG_IF;
		r.ss = rnd() & 1 ? FLAT_USER_SS : word() & 0xffff;
		r.esp = word();
		/* ud2, so that it is over soon */
		memset(user_page, 0, 16);
		user_page[0] = 0x0f;
		user_page[1] = 0x0b;
		TRAP(go(&r));
		if (i % 10000 == 9999)
			say("%u frames", i + 1);
	}
	hypercall(set_gdt, 0, 0);
	ok(true, "survived %u frames", count);
}

/* A number of a few bits, or one beyond what makes sense. */
static u32 some(u32 r, u32 usual)
{
	return rnd() % 16 ? r % usual : rnd();
}

/* To int3 or to nowhere: what loops would not come back. */
static u64 gate(void)
{
	u64 type = rnd() % 16 ? 0x0c : rnd() & 0x1f;
	u32 sel = rnd() & 1 ? FLAT_KERNEL_CS : some(rnd(), 8) << 3 | (rnd() & 7);
	u32 to = word();

	if ((rnd() & 1) || in_kernel(to))
		to = (u32)user_page + 32;
	return call_gate(sel & 0xffff, to, rnd() & 3, rnd() & 0x1f) |
	       (rnd() % 16 ? 0 : (u64)(rnd() & 0xe0) << 32) | type << 40;
}

/* Whatever comes of it, a trap brings us back, or it is the end. */
static void gates(u32 count)
{
	static u64 gdt[512] __attribute__((aligned(4096)));
	static u64 ldt[512] __attribute__((aligned(4096)));
	static struct regs r;
	u32 frame = virt_to_mfn(gdt), i, j, sel;

	repair();
	set_pte(user_page, maddr(user_page) | PTE_USER);
	set_pte(ldt, maddr(ldt) | PTE_RO);
	is(hypercall(set_gdt, &frame, 512), 0, "a GDT");
	for (i = 0; i < count; i++) {
		for (j = 1; j < 8; j++) {
			u64 *table = rnd() & 1 ? gdt : ldt;
			u64 d = j < 4 ? gate() : (u64)rnd() << 32 | rnd();

			if (j >= 4 && rnd() % 4)
				d = 0x00cf93000000ffffULL | (u64)(rnd() & 0x7f) << 40;
			hypercall(update_descriptor, maddr(&table[j]), 0, d, d >> 32);
		}
		if (i % 16 == 0) {
			hypercall(set_gdt, &frame, 512);
			mmuext(MMUEXT_SET_LDT, (u32)ldt, some(rnd(), 12));
		}
		sel = some(rnd(), 4) << 3 | (rnd() & 7);
		memset(&r, 0, sizeof(r));
		r.eip = (u32)user_page;
		r.cs = FLAT_USER_CS;
		r.ds = FLAT_USER_DS;
		r.es = FLAT_USER_DS;
		r.ss = FLAT_USER_SS;
		r.esp = rnd() & 1 ? (u32)user_page + 2048 : word();
		r.ebx = rnd() & 1 ? (u32)user_page + 1024 : word();
		r.eflags = 2 | (rnd() % 4 ? 0 : 0x100);
		memset(user_page, 0xcc, 64);
		user_page[0] = rnd() & 1 ? 0x66 : 0x2e;
		user_page[1] = rnd() & 1 ? 0x67 : 0x3e;
		j = rnd() % 4;
		user_page[2] = j == 0 ? 0x9a : j == 1 ? 0xea : 0xff;
		if (j < 2) {
			memcpy(user_page + 7, &sel, 2);
		} else {
			user_page[3] = 0x18 | (rnd() & 0xe7);
			memcpy(user_page + 1024 + (rnd() & 4), &sel, 2);
		}
		TRAP(go(&r));
		if (i % 10000 == 9999)
			say("%u gates", i + 1);
	}
	mmuext(MMUEXT_SET_LDT, 0, 0);
	hypercall(set_gdt, 0, 0);
	repair();
	traps(asm volatile("ud2"), V_UD, "traps still work");
	ok(true, "survived %u gates", count);
}

static const struct mode {
	const char *name;
	void (*run)(u32 count);
} modes[] = {
	{ "calls", calls_sparing },
	{ "wild", calls_wild },
	{ "mmu", mmu },
	{ "frames", frames },
	{ "gates", gates },
};

int main(void)
{
	const char *name = cmdline_value("mode");
	u32 count = cmdline_number("count", 1000);
	unsigned int i;

	state = cmdline_number("seed", 1) * 0x9e3779b9 + 1;
	for (i = 0; name && i < ARRAY_SIZE(modes); i++)
		if (!strncmp(name, modes[i].name, strlen(modes[i].name)))
			modes[i].run(count);
	return 0;
}
