// SPDX-License-Identifier: GPL-2.0
/*
 * descriptors.c - the GDT and LDT of a guest
 */
#include "lib/guest.h"

#define BAD_PTR ((void *)0x10)

/* Data or code segments with a base, 4 GiB long. */
static u64 segment(u64 base, u64 type, u64 dpl, u64 flags)
{
	return 0xffff | (base & 0xffffff) << 16 | (type | 0x10 | dpl << 5 | 0x80) << 40 |
		0xfUL << 48 | flags << 52 | (base >> 24 & 0xff) << 56;
}

#define DATA(base, dpl) segment(base, 0x3, dpl, 0xc)
#define CODE64(dpl) segment(0, 0xb, dpl, 0xa)

static u64 *gdt, *ldt;
static u64 probe_word = 0x5a5a;

static inline void load_gs(u16 sel)
{
	asm volatile("mov %0, %%gs" : : "r" ((u32)sel) : "memory");
}

static inline void load_ds(u16 sel)
{
	asm volatile("mov %0, %%ds" : : "r" ((u32)sel) : "memory");
}

static inline void call_far(u16 sel)
{
	struct {
		u32 offset;
		u16 sel;
	} __attribute__((packed)) far = { 0, sel };

	asm volatile("lcall *%0" : : "m" (far) : "memory");
}

static u32 lar(u16 sel)
{
	u32 v = 0;

	asm volatile("lar %1, %0; jz 1f; xor %0, %0; 1:" : "+r" (v) : "r" ((u32)sel) : "cc");
	return v;
}

static u32 gs_base_low(void)
{
	u32 lo, hi;

	asm volatile("rdmsr" : "=a" (lo), "=d" (hi) : "c" (0xc0000101));
	return lo;
}

static void gdt_tests(void)
{
	xen_pfn_t frames[16] = { };

	gdt = page_alloc();
	gdt[1] = DATA(0x12345000, 3);
	gdt[2] = DATA(0x23456000, 0);
	gdt[3] = CODE64(0);
	gdt[4] = DATA(0x1000, 3) & ~(0x80UL << 40);
	gdt[5] = CODE64(3);
	frames[0] = virt_to_mfn(gdt);
	make_readonly(gdt);
	is(hypercall(set_gdt, frames, 512), 0, "set_gdt");
	works(load_gs(0x0b), "load a segment of it");
	is(gs_base_low(), 0x12345000, "its base");
	is(lar(0x0b) >> 8 & 0xff, 0xf3, "its rights");
	works(load_gs(0x13), "one that was DPL 0");
	is(gs_base_low(), 0x23456000, "its base");
	is(lar(0x13) >> 13 & 3, 3, "is DPL 3 now");
	is(lar(0x1b) >> 13 & 3, 3, "code too");
	traps(load_gs(0x23), V_NP, 0x20, "one not present: #NP(selector)");
	traps(load_ds(0x103b), V_GP, 0x1038, "beyond the GDT: #GP(selector)");
	traps(load_ds(0xf000), V_GP, 0xf000, "beyond Xen's part: #GP(selector)");
	traps(load_ds(0xe008), V_GP, 0xe008, "Xen's code segment: #GP");
	traps(load_ds(0xe010), V_GP, 0xe010, "Xen's data segment: #GP");
	traps(load_ds(0xe013), V_GP, 0xe010, "whatever the RPL");
	traps(load_ds(0xe040), V_GP, 0xe040, "the TSS: #GP");
	works(load_ds(0xe02b), "the flat data segment");
	works(load_ds(0), "none");
	works(asm volatile("push $0x2b; lea 1f(%%rip), %%rax; push %%rax; lretq; 1:\n"
			   "push $0xe033; lea 2f(%%rip), %%rax; push %%rax; lretq; 2:"
			   : : : "rax", "memory"), "far return to its code segment, and back");
	works(asm volatile("push $0x1b; lea 1f(%%rip), %%rax; push %%rax; lretq; 1:\n"
			   "push $0xe033; lea 2f(%%rip), %%rax; push %%rax; lretq; 2:"
			   : : : "rax", "memory"), "and to the one that was DPL 0");
	load_gs(0);

	traps(*(volatile u64 *)gdt = 0, V_PF, 3, "the GDT cannot be written");
	is(hypercall(update_descriptor, virt_to_mfn(gdt) << 12 | 48, DATA(0x34567000, 3)), 0,
	   "update_descriptor");
	works(load_gs(0x33), "load it");
	is(gs_base_low(), 0x34567000, "its base");
	is(hypercall(update_descriptor, virt_to_mfn(gdt) << 12 | 48, DATA(0x45678000, 0)), 0,
	   "update_descriptor, DPL 0");
	is(gdt[6] >> 45 & 3, 3, "becomes DPL 3");
	works(load_gs(0x33), "load it");
	is(gs_base_low(), 0x45678000, "its base");
	is(hypercall(update_descriptor, virt_to_mfn(gdt) << 12 | 48, 0), 0, "a null descriptor");
	traps(load_gs(0x33), V_GP, 0x30, "load it: #GP(selector)");
	is(hypercall(update_descriptor, virt_to_mfn(gdt) << 12 | 49, 0), -XEN_EINVAL,
	   "unaligned: EINVAL");
	is(hypercall(update_descriptor, 0x7fffffff000, 0), -XEN_EINVAL, "no frame: EINVAL");
	is(hypercall(update_descriptor, virt_to_mfn(gdt) << 12 | 48, 0x0000820000000067),
	   -XEN_EINVAL, "an LDT descriptor: EINVAL");
	is(hypercall(update_descriptor, virt_to_mfn(gdt) << 12 | 48, 0x0000890000000067),
	   -XEN_EINVAL, "a TSS descriptor: EINVAL");
	is(hypercall(update_descriptor, virt_to_mfn(gdt) << 12 | 48, 0x00008e0000080000),
	   -XEN_EINVAL, "an interrupt gate: EINVAL");
	is(hypercall(update_descriptor, virt_to_mfn(gdt) << 12 | 48, 0x0000ec00e0080000),
	   -XEN_EINVAL, "a call gate to Xen's code: EINVAL");
	is(hypercall(update_descriptor, virt_to_mfn(gdt) << 12 | 48, 0x0000ec0100180000),
	   -XEN_EINVAL, "a call gate with parameters: EINVAL");
	is(hypercall(update_descriptor, virt_to_mfn(gdt) << 12 | 48, 0x0000ec0000180000),
	   0, "a call gate to our code");
	is(gdt[6], 0x00008c00001b0000, "is closed to processors");
	traps(call_far(0x33), V_GP, 0x30, "and #GP(selector) when it is used");
	is(hypercall(update_descriptor, virt_to_mfn(gdt) << 12 | 48, 0x0000ec00e0330000),
	   0, "one to the flat segment");
	is(hypercall(update_descriptor, virt_to_mfn(gdt) << 12 | 48, 0x0000020000000067), 0,
	   "not present, anything goes");
	is(gdt[6], 0x0000020000000067, "and is there");

	is(hypercall(set_gdt, frames, 14 * 512 + 1), -XEN_EINVAL, "set_gdt, too many: EINVAL");
	is(hypercall(set_gdt, BAD_PTR, 512), -XEN_EFAULT, "set_gdt from nowhere: EFAULT");
	frames[0] = 0x7fffffff;
	is(hypercall(set_gdt, frames, 512), -XEN_EINVAL, "set_gdt, no frame: EINVAL");
	works(load_gs(0x0b), "the old one is still in use");
	is(gs_base_low(), 0x12345000, "its base");
	load_gs(0);
	frames[0] = virt_to_mfn(gdt);
	frames[1] = virt_to_mfn(gdt);
	is(hypercall(set_gdt, frames, 1024), 0, "the same page twice");
	works(load_gs(0x100b), "a segment on the second page");
	is(gs_base_low(), 0x12345000, "its base");
	load_gs(0);
}

static void ldt_tests(void)
{
	struct mmuext_op op = { .cmd = MMUEXT_SET_LDT };

	ldt = page_alloc();
	ldt[0] = DATA(0x11111000, 3);
	ldt[1] = DATA(0x22222000, 3);
	ldt[511] = DATA(0x33333000, 3);
	make_readonly(ldt);
	traps(load_gs(0x07), V_GP, 0x04, "no LDT: #GP(selector)");
	op.arg1.linear_addr = (u64)ldt;
	op.arg2.nr_ents = 512;
	is(hypercall(mmuext_op, &op, 1, 0, DOMID_SELF), 0, "SET_LDT");
	works(load_gs(0x07), "load a segment of it");
	is(gs_base_low(), 0x11111000, "its base");
	works(load_gs(0x0f), "the next");
	is(gs_base_low(), 0x22222000, "its base");
	works(load_gs(511 << 3 | 7), "the last");
	is(gs_base_low(), 0x33333000, "its base");
	traps(load_gs(512 << 3 | 7), V_GP, 512 << 3 | 4, "beyond: #GP(selector)");
	is(hypercall(update_descriptor, virt_to_mfn(ldt) << 12 | 16, DATA(0x44444000, 0)), 0,
	   "update_descriptor in the LDT");
	works(load_gs(0x17), "load it");
	is(gs_base_low(), 0x44444000, "its base");
	load_gs(0);
	op.arg2.nr_ents = 1;
	is(hypercall(mmuext_op, &op, 1, 0, DOMID_SELF), 0, "SET_LDT, one entry");
	works(load_gs(0x07), "load it");
	traps(load_gs(0x0f), V_GP, 0x0c, "the second: #GP(selector)");
	load_gs(0);
	op.arg1.linear_addr = (u64)ldt + 8;
	is(hypercall(mmuext_op, &op, 1, 0, DOMID_SELF), -XEN_EINVAL, "SET_LDT, unaligned: EINVAL");
	op.arg1.linear_addr = XEN_VA;
	is(hypercall(mmuext_op, &op, 1, 0, DOMID_SELF), -XEN_EINVAL, "in Xen's memory: EINVAL");
	op.arg1.linear_addr = (u64)ldt;
	op.arg2.nr_ents = 8193;
	is(hypercall(mmuext_op, &op, 1, 0, DOMID_SELF), -XEN_EINVAL, "8193 entries: EINVAL");
	op.arg1.linear_addr = 0x1000;
	op.arg2.nr_ents = 512;
	if (!hypercall(mmuext_op, &op, 1, 0, DOMID_SELF)) {
		int t = TRAP(load_gs(0x07));

		ok(t == V_PF || t == V_GP, "an LDT that is not mapped: #PF or #GP (%d)", t);
	} else {
		skip("an LDT that is not mapped is refused");
	}
	op.arg2.nr_ents = 0;
	is(hypercall(mmuext_op, &op, 1, 0, DOMID_SELF), 0, "SET_LDT, none");
	traps(load_gs(0x07), V_GP, 0x04, "none: #GP(selector)");
}

USER(u_gs_sel, "mov %eax, %gs; mov %gs:0, %rax; ud2");

static void user_tests(void)
{
	struct regs r;

	/* The user's gs by selector: SEGBASE_GS_USER_SEL. */
	user_init();
	is(hypercall(update_descriptor, virt_to_mfn(gdt) << 12 | 56, DATA(USER_DATA, 3)), 0,
	   "a segment at the user's data");
	*(u64 *)user_data = 0x7788;
	r = user_regs();
	r.f.rax = 0x3b;
	is(run_user(u_gs_sel, &r), V_UD, "user loads gs");
	is(seen.regs.f.rax, 0x7788, "and reads through it");
	is(hypercall(set_segment_base, SEGBASE_GS_USER_SEL, 0x3b), 0, "SEGBASE_GS_USER_SEL");
	is(hypercall(set_segment_base, SEGBASE_GS_USER_SEL, 0x1ff0), 0,
	   "of a bad selector: no error, it is nulled");
	load_gs(0);
	is(probe_word, 0x5a5a, "nothing else changed");
}

int main(void)
{
	gdt_tests();
	ldt_tests();
	user_tests();
	is(hypercall(set_gdt, 0, 0), 0, "set_gdt, none");
	traps(load_gs(0x0b), V_GP, 0x08, "its segments are gone");
	return 0;
}
