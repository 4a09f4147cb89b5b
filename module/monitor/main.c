// SPDX-License-Identifier: GPL-2.0-only
/* Start of a vCPU. */
#include "monitor.h"
#include "sections.h"
#include <linux/build_bug.h>

struct xenpv_monitor_params params = { .domid = ~0U };	/* the VMM fills it */
unsigned long va_low_end = 0x0000800000000000UL, va_high_start = GUEST_HIGH_VA;

static_assert(sizeof(struct regs) == REGS_SIZE);
static_assert(sizeof(struct xenpv_guest_regs) == REGS_SIZE);
static_assert(offset_of(struct vcpu, user_cr3) ==
	      offset_of(struct vcpu, kernel_cr3) + 8);
static_assert(offset_of(struct regs, vector) == REGS_VECTOR);
static_assert(offset_of(struct regs, error) == REGS_ERROR);
static_assert(offset_of(struct regs, rip) == REGS_RIP);
static_assert(offset_of(struct regs, cs) == REGS_CS);
static_assert(offset_of(struct regs, rflags) == REGS_RFLAGS);
static_assert(offset_of(struct regs, rsp) == REGS_RSP);
static_assert(offset_of(struct regs, ss) == REGS_SS);
static_assert(offset_of(struct vcpu, syscall_rsp) == VCPU_SYSCALL_RSP);
static_assert(offset_of(struct vcpu, fast_sp) == VCPU_FAST_SP);
static_assert(offset_of(struct vcpu, fast_rip) == VCPU_FAST_RIP);
static_assert(offset_of(struct vcpu, kernel_cr3) == VCPU_KERNEL_CR3);
static_assert(offset_of(struct vcpu, user_cr3) == VCPU_USER_CR3);
static_assert(offset_of(struct vcpu, info) == VCPU_INFO);
static_assert(offset_of(struct vcpu, todo) == VCPU_TODO);
static_assert(offset_of(struct vcpu, kernel_mode) == VCPU_KERNEL_MODE);
static_assert(offset_of(struct vcpu, nmi_masked) == VCPU_NMI_MASKED);
static_assert(offset_of(struct vcpu, fast) == VCPU_FAST);
static_assert(offset_of(struct vcpu, iopl) == VCPU_IOPL);
static_assert(offset_of(struct vcpu, fast_rdx) == VCPU_FAST_RDX);
static_assert(offset_of(struct vcpu_info, evtchn_upcall_pending) == INFO_PENDING);
static_assert(offset_of(struct vcpu_info, evtchn_upcall_mask) == INFO_MASK);
static_assert(XENPV_AREA_SIZE == AREA_SIZE && XENPV_AREA_VCPU == AREA_VCPU);
static_assert(GUEST_HIGH_VA == GUEST_HIGH);
static_assert(sizeof(struct vcpu) <= XENPV_AREA_GDT - XENPV_AREA_VCPU);
static_assert(sizeof(struct xenpv_vcpu_block) == PAGE_BYTES);
static_assert(sizeof(struct xenpv_crash) <= XENPV_BLOCK_DATA);
static_assert(sizeof(struct vcpu_info) == 64);
static_assert(sizeof(struct vcpu_guest_context) <= XENPV_CONTEXT_EXTRA);

#define MSR_SYSENTER_CS		0x174
#define MSR_SYSENTER_ESP	0x175
#define MSR_SYSENTER_EIP	0x176
#define MSR_STAR		0xc0000081
#define MSR_LSTAR		0xc0000082
#define MSR_CSTAR		0xc0000083
#define MSR_SFMASK		0xc0000084
#define MSR_X2APIC_TPR		0x808
#define MSR_X2APIC_SVR		0x80f
#define MSR_X2APIC_LVTT		0x832
#define MSR_X2APIC_TDCR		0x83e

static struct {
	u64 lo, hi;
} idt[256] __aligned(16);

static void idt_load(void)
{
	struct {
		u16 limit;
		u64 base;
	} __packed idtr = { sizeof(idt) - 1, (u64)idt };
	const struct gate_init *g;

	for (g = idt_init; g->vector < 256; g++) {
		/* To 64-bit guests it is like any other. */
		if (g->vector == VEC_INT82 && !guest32())
			continue;
		idt[g->vector].lo = (g->handler & 0xffff) |
				    (u64)SEL_RING0_CS << 16 |
				    (u64)g->ist << 32 | 0x8e00UL << 32 |
				    (u64)g->dpl << 45 |
				    (g->handler >> 16 & 0xffff) << 48;
		idt[g->vector].hi = g->handler >> 32;
	}
	asm volatile("lidt %0" : : "m" (idtr));
}

/* Copy the entry stubs to the vCPU's area and aim their jumps. */
static u64 stub_init(struct vcpu *v)
{
	static const struct {
		char *jmp, *target;
	} jumps[] = {
		{ stub_syscall_jmp, entry_syscall },
		{ stub_compat_jmp, entry_compat },
		{ stub_sysenter_jmp, entry_sysenter },
	};
	u64 va = AREA_VA(v->id) + XENPV_AREA_STUB;
	u8 *copy = phys(params.area_gpa + (u64)v->id * XENPV_AREA_SIZE +
			XENPV_AREA_STUB);
	int i;

	memcpy(copy, stub_start, stub_end - stub_start);
	for (i = 0; i < ARRAY_LEN(jumps); i++) {
		u64 at = jumps[i].jmp - stub_start;
		s32 rel = (u64)jumps[i].target - (va + at + 5);

		memcpy(copy + at + 1, &rel, sizeof(rel));
	}
	return va;
}

static void syscall_init(struct vcpu *v)
{
	u64 stub = stub_init(v);

	wrmsr_(MSR_STAR, (u64)SEL_USER_CS32 << 48 | (u64)SEL_RING0_CS << 32);
	wrmsr_(MSR_LSTAR, stub);
	wrmsr_(MSR_CSTAR, stub + (stub_compat - stub_start));
	wrmsr_(MSR_SFMASK, FL_TF | FL_IF | FL_DF | FL_IOPL | FL_NT |
	       FL_RF | FL_AC);
	wrmsr_(MSR_SYSENTER_CS, SEL_RING0_CS);
	wrmsr_(MSR_SYSENTER_ESP, AREA_VA(v->id) + XENPV_AREA_SIZE);
	wrmsr_(MSR_SYSENTER_EIP, stub + (stub_sysenter - stub_start));
}

static void apic_init(struct vcpu *v)
{
	wrmsr_(MSR_X2APIC_SVR, 0x100 | XENPV_VECTOR_SPURIOUS);
	wrmsr_(MSR_X2APIC_TPR, 0);
	wrmsr_(MSR_X2APIC_LVTT, XENPV_VECTOR_TIMER);
	wrmsr_(MSR_X2APIC_TDCR, 0xb);		/* divide by 1 */
	wrmsr_(MSR_KVM_PV_EOI_EN, (params.area_gpa + (u64)v->id * XENPV_AREA_SIZE +
				   XENPV_AREA_VCPU +
				   offset_of(struct vcpu, pv_eoi)) | 1);
}

static void tss_init(struct vcpu *v)
{
	u64 area = AREA_VA(v->id);

	v->tss.rsp[0] = area + XENPV_AREA_SIZE;
	v->tss.ist[0] = area + XENPV_AREA_IST + 0x1000;	/* NMI, #DF, #MC */
	v->tss.ist[1] = area + XENPV_AREA_IST + 0x2000;	/* #DB */
	v->tss.iomap_base = sizeof(v->tss);
}

/* An LDT is at an address of the guest's kernel, whichever mode it is in. */
static void load_initial_ldt(struct vcpu *v)
{
	bool mode = v->kernel_mode;

	v->kernel_mode = true;
	if (v->ldt_ents && set_ldt(v, v->ldt_base, v->ldt_ents))
		domain_crash(v, "bad LDT in the initial context");
	v->kernel_mode = mode;
}

/* Load what load_context() could not: it may have run on another vCPU. */
static void load_cpu_state(struct vcpu *v)
{
	write_cr3_(v->kernel_mode ? v->kernel_cr3 : v->user_cr3);
	load_initial_ldt(v);
	load_selectors(v);
	/* Here the descriptors are all there is. */
	if (guest32())
		return;
	wrmsr_(MSR_FS_BASE, v->fs_base);
	wrmsr_(MSR_GS_BASE, v->gs_base);
	wrmsr_(MSR_KERNEL_GS_BASE, v->gs_other);
}

static void name_area(u32 id)
{
	struct vcpu *v = vcpu_of(id);

	v->id = id;
	v->block = (struct xenpv_vcpu_block *)(AREA_VA(id) + XENPV_AREA_BLOCK);
	v->block->regs_at = XENPV_AREA_SIZE - REGS_SIZE;
	v->block->roots_at = XENPV_AREA_VCPU + offset_of(struct vcpu, kernel_cr3);
}

/* First code of a vCPU; returns the guest registers to resume. */
struct regs *vcpu_start(u32 id)
{
	struct vcpu *v = this_vcpu();
	u32 i;

	if (!id) {
		smp_init();
		tsc_init();
	}
	name_area(id);
	if (guest32()) {
		va_low_end = XENPV_M2P32_VA;
		va_high_start = ~0UL;
		l4_init32(v);
	}
	/* The others may be looked at before they get here. */
	for (i = 1; !id && i < params.nr_vcpus; i++)
		name_area(i);
	tss_init(v);
	descriptor_init(v);
	idt_load();
	syscall_init(v);
	apic_init(v);
	events_init(v);
	timer_init(v);

	if (v->block->context_gpa) {
		if (load_context(v, phys(v->block->context_gpa)))
			domain_crash(v, "bad initial context");
		load_extra(v, phys(v->block->context_gpa + XENPV_CONTEXT_EXTRA));
		/* Guests find the tables they start on pinned, and unpin them. */
		if (params.pins_gpa)
			restore_pins(v);
		else
			pin_table(v, guest32() ? v->root32 :
					v->kernel_cr3 >> PAGE_SHIFT_,
				  guest32() ? 3 : 4);
		v->online = true;
		v->block->online = 1;
	} else {
		vcpu_park(v);
	}
	fast_update(v);
	load_cpu_state(v);
	return return_to_guest(v, guest_regs(v));
}
