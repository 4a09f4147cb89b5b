// SPDX-License-Identifier: GPL-2.0
/*
 * gates.c - call gates of a 32-bit guest
 */
#include "lib32/guest.h"

/* What is where in the GDT. */
enum {
	CODE1 = 1, CODE3, DATA1, ABSENT1, SHORT1, CONFORM1, STACK1, DATA3, GATE = 10,
};

#define SEL(index, rpl)	((index) << 3 | (rpl))
#define GATE_SEL	"0x53"		/* SEL(GATE, 3), for asm() */
#define LDT_GATE_SEL	"0x0f"
#define TARGET		0x400		/* in user_page: code */
#define POINTER		0x800		/* in user_page: a far pointer */
#define TF		0x100U

static u64 gdt[512] __attribute__((aligned(4096)));
static u64 ldt[512] __attribute__((aligned(4096)));
static u32 user_esp;			/* if not at the end of user_page */
static u32 user_flags;

u32 gate_esp, gate_cs;
extern char gate_entry[], gate_ud[], gate_ret[], gate_sum[];

/* Where gates lead to: say where the stack is; return; add up and return. */
asm("gate_entry: mov %esp, gate_esp\n"
	"push %eax; mov 8(%esp), %eax; mov %eax, gate_cs; pop %eax\n"
	"gate_ud: ud2\n"
	"gate_ret: lret\n"
	"gate_sum: mov 16(%esp), %eax\n"
	"lea (%eax,%eax), %eax; add 12(%esp), %eax\n"
	"lea (%eax,%eax), %eax; add 8(%esp), %eax\n"
	"lret $12");

static u64 segment(u32 base, u32 limit, u64 type, u64 dpl, u64 flags)
{
	return (limit & 0xffff) | (u64)(base & 0xffffff) << 16 |
	       (type | 0x90 | dpl << 5) << 40 | (u64)(limit >> 16 & 15) << 48 |
	       flags << 52 | (u64)(base >> 24) << 56;
}

static long set(u64 *entry, u64 desc)
{
	return hypercall(update_descriptor, maddr(entry), 0, desc, desc >> 32);
}

static void set_gate(u64 desc)
{
	if (set(&gdt[GATE], desc))
		ok(false, "a gate was refused");
}

static void tables(void)
{
	static const u64 bad[][2] = {
		{ 0x8c0000000000ULL | 0xe008 << 16, 1 },
		{ 0x8c0000000000ULL | 0xe00bULL << 16, 1 },
		{ 0x8c0000000000ULL | 0xe040ULL << 16, 1 },
		{ 0x8c2000000000ULL | 8 << 16, 2 },
		{ 0x840000000000ULL | 8 << 16, 3 },
		{ 0x850000000000ULL | 8 << 16, 3 },
		{ 0x8e0000000000ULL | 8 << 16, 3 },
	};
	static const char *const why[] = {
		"", "not to Xen's segments", "no reserved bits", "no other gates",
	};
	u32 frame = virt_to_mfn(gdt), i;

	gdt[CODE1] = segment(0, 0xfffff, 0xb, 1, 0xc);
	gdt[CODE3] = segment(0, 0xfffff, 0xb, 3, 0xc);
	gdt[DATA1] = segment(0, 0xfffff, 3, 1, 0xc);
	gdt[ABSENT1] = gdt[CODE1] & ~(1ULL << 47);
	gdt[SHORT1] = segment(0, 0xfff, 0xb, 1, 0x4);
	gdt[CONFORM1] = segment(0, 0xfffff, 0xf, 1, 0xc);
	gdt[DATA3] = segment((u32)user_page, 0xfff, 3, 3, 0x4);
	gdt[GATE] = call_gate(FLAT_KERNEL_CS, (u32)gate_entry, 3, 5);
	is(hypercall(set_gdt, &frame, 512), 0, "a GDT with a gate");
	is(gdt[GATE] >> 45 & 3, 0, "processors cannot use it");
	is(gdt[GATE] >> 16 & 3, 3, "its DPL is kept");
	is(hypercall(set_gdt, &frame, 512), 0, "the GDT again");
	is(gdt[GATE] >> 16 & 3, 3, "its DPL is kept still");
	is(gdt[GATE] >> 32 & 31, 5, "and its count");
	is(set(&gdt[GATE], call_gate(SEL(CODE1, 3), 0, 0, 0)), 0, "a gate for ring 0");
	is(gdt[GATE] >> 16 & 3, 1, "is one for ring 1");
	is(set(&gdt[GATE], call_gate(0, 0, 3, 0)), 0, "a gate to nothing");
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		is(set(&gdt[GATE], bad[i][0]), -XEN_EINVAL, "%s", why[bad[i][1]]);
}

/* As user_run(), with the stack and flags that a test wants. */
static int user(const void *code, size_t n)
{
	static struct regs r;
	u32 *far = (u32 *)(user_page + POINTER);

	memcpy(user_page, code, n);
	user_page[TARGET] = 0xcd;		/* int $0x80 */
	user_page[TARGET + 1] = 0x80;
	far[0] = 0xdeadbeef;
	far[1] = SEL(GATE, 3);
	memset(&r, 0, sizeof(r));
	r.ds = FLAT_USER_DS;
	r.es = FLAT_USER_DS;
	r.eip = (u32)user_page;
	r.cs = FLAT_USER_CS;
	r.eflags = 2 | user_flags;
	r.esp = user_esp ? user_esp : (u32)user_page + PAGE_SIZE;
	r.ss = FLAT_USER_SS;
	gate_esp = 0;
	return TRAP(go(&r));
}

#define run(name) user(name##_begin, name##_end - name##_begin)

USER(far_call, "lcall $" GATE_SEL ", $0; int $0x80");
USER(far_call3, "push $3; push $2; push $1; lcall $" GATE_SEL ", $0; int $0x80");
USER(far_jump, "ljmp $" GATE_SEL ", $0; int $0x80");
USER(far_ldt, "lcall $" LDT_GATE_SEL ", $0; int $0x80");
USER(far_nothing, "lcall $0xffb, $0; int $0x80");
USER(load_gate, "mov $" GATE_SEL ", %eax; mov %ax, %fs; int $0x80");
USER(in_ring3, "movl $0x111, %eax; lcall $" GATE_SEL ", $0; int $0x80");

/* The gate was gone through from where the process's next instruction is. */
static void entered(int vector, u32 count, const char *what)
{
	u32 *w = (u32 *)gate_esp, end = (u32)user_page + PAGE_SIZE;

	is(vector, V_UD, "%s", what);
	if (!gate_esp)
		return;
	is(seen.eip, (u32)gate_ud, "  at its target");
	is(seen.cs & 0xffff, FLAT_KERNEL_CS, "  in the kernel");
	is(gate_esp, (u32)kernel_stack_end - 16 - 4 * count, "  on its stack");
	is(w[0] & ~(PAGE_SIZE - 1), (u32)user_page, "  eip");
	is(*(u16 *)w[0], 0x80cd, "  behind the call");
	is(w[1], FLAT_USER_CS, "  cs");
	ok(w[2 + count] <= end && w[2 + count] > end - 64, "  esp");
	is(w[3 + count], FLAT_USER_SS, "  ss");
}

static void calls(void)
{
	u32 *w;

	set_gate(call_gate(FLAT_KERNEL_CS, (u32)gate_entry, 3, 0));
	entered(run(far_call), 0, "a call gate");
	set_gate(call_gate(SEL(CODE1, 0), (u32)gate_entry, 3, 0));
	is(run(far_call), V_UD, "one to another segment of the kernel");
	is(seen.cs & 0xffff, SEL(CODE1, 1), "is ring 1");
	set_gate(call_gate(FLAT_KERNEL_CS, (u32)gate_entry, 3, 3));
	entered(run(far_call3), 3, "with three parameters");
	w = (u32 *)gate_esp;
	ok(w && w[2] == 1 && w[3] == 2 && w[4] == 3, "  and here they are");
	set_gate(call_gate(FLAT_KERNEL_CS, (u32)gate_entry, 3, 31));
	user_esp = (u32)user_page + PAGE_SIZE - 31 * 4;
	is(run(far_call), V_UD, "with 31");
	user_esp = 0;
	is(gate_esp, (u32)kernel_stack_end - 35 * 4, "all of them");
	set_gate(call_gate(FLAT_KERNEL_CS, (u32)gate_sum, 3, 3));
	is(run(far_call3), 0x80, "and back");
	is(seen.eax, 1 + 2 * 2 + 4 * 3, "with the result");
	is(seen.esp, (u32)user_page + PAGE_SIZE, "the parameters are gone");
	is(seen.cs & 0xffff, FLAT_USER_CS, "in ring 3");
	set_gate(call_gate(FLAT_KERNEL_CS, (u32)gate_entry, 3, 0));
	user_flags = TF;
	is(run(far_call), V_DB, "a single step");
	user_flags = 0;
	is(seen.eip, (u32)gate_entry, "ends at the target");
	is(seen.cs & 3, 1, "in the kernel");
}

/* Ways to say the same. ebx is user_page. */
#define BASE	"call 1f; 1: pop %ebx; and $~4095, %ebx; "
USER(form_disp32, BASE "lcall *0x800(%ebx); int $0x80");
USER(form_disp8, BASE "lea 0x7f0(%ebx), %ecx; lcall *16(%ecx); int $0x80");
USER(form_minus, BASE "lea 0x810(%ebx), %edi; lcall *-16(%edi); int $0x80");
USER(form_plain, BASE "lea 0x800(%ebx), %esi; lcall *(%esi); int $0x80");
USER(form_sib, BASE "mov $0x100, %edx; lcall *(%ebx,%edx,8); int $0x80");
USER(form_index, BASE "mov %ebx, %edx; shr $3, %edx; lcall *0x800(,%edx,8); int $0x80");
USER(form_esp, "push $" GATE_SEL "; push $0; lcall *(%esp); int $0x80");
USER(form_esp8, "push $" GATE_SEL "; push $0; push $0; lcall *4(%esp); int $0x80");
USER(form_ebp, BASE "lea 0x800(%ebx), %ebp; lcall *0(%ebp); int $0x80");
USER(form_ebp_sib, BASE "lea 0x700(%ebx), %ebp; mov $0x80, %eax; lcall *(%ebp,%eax,2); int $0x80");
USER(form_ds_ebp, BASE "lea 0x800(%ebx), %ebp; ds lcall *0(%ebp); int $0x80");
USER(form_es, BASE "es lcall *0x800(%ebx); int $0x80");
USER(form_cs, BASE "cs lcall *0x800(%ebx); int $0x80");
USER(form_rep, BASE "rep; lcall *0x800(%ebx); int $0x80");
USER(form_word, BASE "lcallw *0x802(%ebx); int $0x80");
USER(form_far_word, ".byte 0x66, 0x9a; .word 0, " GATE_SEL "; int $0x80");
#define FS	"mov $0x43, %eax; mov %ax, %fs; "	/* SEL(DATA3, 3) */
USER(form_fs, FS "lcall *%fs:0x800; int $0x80");
USER(form_16_abs, FS ".byte 0x64, 0x67, 0xff, 0x1e, 0x00, 0x08; int $0x80");
USER(form_16_bx_si, FS
	"mov $0x50700, %ebx; mov $0x100, %esi; .byte 0x64, 0x67, 0xff, 0x18; int $0x80");
USER(form_16_bp_di, FS
	"mov $0x7f0, %ebp; mov $0x20, %edi; .byte 0x64, 0x67, 0xff, 0x5b, 0xf0; int $0x80");
USER(form_16_di, FS "mov $0x700, %edi; .byte 0x64, 0x67, 0xff, 0x9d, 0x00, 0x01; int $0x80");

static void forms(void)
{
	set_gate(call_gate(FLAT_KERNEL_CS, (u32)gate_entry, 3, 0));
#define FORM(name) entered(run(form_##name), 0, #name)
	FORM(disp32);
	FORM(disp8);
	FORM(minus);
	FORM(plain);
	FORM(sib);
	FORM(index);
	FORM(esp);
	FORM(esp8);
	FORM(ebp);
	FORM(ebp_sib);
	FORM(ds_ebp);
	FORM(es);
	FORM(cs);
	FORM(rep);
	FORM(word);
	FORM(far_word);
	FORM(fs);
	FORM(16_abs);
	FORM(16_bx_si);
	FORM(16_bp_di);
	FORM(16_di);
}

static void refused(void)
{
	const u32 gate_sel = SEL(GATE, 0), in = (u32)gate_entry;
	const struct {
		const char *what;
		u64 gate;
		u32 vector, error;
	} bad[] = {
		{ "a gate for the kernel", call_gate(SEL(CODE1, 0), in, 1, 0), V_GP, gate_sel },
		{ "one that was for ring 0", call_gate(SEL(CODE1, 3), in, 0, 0), V_GP, gate_sel },
		{ "one for ring 2", call_gate(SEL(CODE1, 3), in, 2, 0), V_GP, gate_sel },
		{ "one not present", call_gate(SEL(CODE1, 0), in, 3, 0) & ~(1ULL << 47),
		  V_NP, gate_sel },
		{ "nor open", call_gate(SEL(CODE1, 1), in, 0, 0) & ~(1ULL << 47),
		  V_GP, gate_sel },
		{ "one to data", call_gate(SEL(DATA1, 0), in, 3, 0), V_GP, SEL(DATA1, 0) },
		{ "one to nothing", call_gate(0, in, 3, 0), V_GP, 0 },
		{ "one to an empty descriptor", call_gate(0x6ff9, in, 3, 0), V_GP, 0x6ff8 },
		{ "one to no LDT", call_gate(0x0f, in, 3, 0), V_GP, 0x0c },
		{ "one to itself", call_gate(SEL(GATE, 0), in, 3, 0), V_GP, gate_sel },
		{ "one to code that is absent", call_gate(SEL(ABSENT1, 0), in, 3, 0),
		  V_NP, SEL(ABSENT1, 0) },
		{ "one beyond a limit", call_gate(SEL(SHORT1, 0), 0x1000, 3, 0), V_GP, 0 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		set_gate(bad[i].gate);
		is(run(far_call), bad[i].vector, "%s", bad[i].what);
		is(seen.error, bad[i].error, "  its error");
		is(seen.eip, (u32)user_page, "  at the call");
		is(seen.cs & 0xffff, FLAT_USER_CS, "  in the process");
		is(seen.esp, (u32)user_page + PAGE_SIZE, "  and its stack");
	}
	set_gate(call_gate(SEL(CODE1, 0), in, 3, 0));
	is(run(load_gate), V_GP, "a gate is no segment");
	is(seen.error, gate_sel, "  its error");
	is(run(far_nothing), V_GP, "an empty descriptor is no gate");
	is(seen.error, 0xff8, "  its error");
	is(run(far_jump), V_GP, "no jump to another ring");
	is(seen.error, SEL(CODE1, 0), "  its error");
}

/* Gates that lead to ring 3 again, and whose stack is looked at as ring 3 does. */
static void same_ring(void)
{
	static u32 kernels_own[16];
	const u32 at = (u32)user_page + TARGET, end = (u32)user_page + PAGE_SIZE;
	u32 *w = (u32 *)end;

	set_gate(call_gate(SEL(CODE3, 0), at, 3, 7));
	is(run(in_ring3), 0x80, "a gate from ring 3 to ring 3");
	is(seen.eip, at + 2, "  at its target");
	is(seen.cs & 0xffff, SEL(CODE3, 3), "  with its segment");
	is(seen.eax, 0x111, "  its registers");
	is(seen.esp, end - 8, "  two words on its stack");
	is(w[-1], FLAT_USER_CS, "  cs");
	is(*(u16 *)w[-2], 0x80cd, "  eip");
	is(run(far_jump), 0x80, "a jump");
	is(seen.eip, at + 2, "  to the target");
	is(seen.esp, end, "  nothing on the stack");
	set_gate(call_gate(SEL(CONFORM1, 0), at, 3, 0));
	is(run(in_ring3), 0x80, "conforming code of the kernel");
	is(seen.cs & 0xffff, SEL(CONFORM1, 3), "  runs in ring 3");
	is(seen.esp, end - 8, "  on its stack");
	is(run(far_jump), 0x80, "  jumped to as well");
	set_gate(call_gate(SEL(CODE3, 0), at, 3, 0));
	user_esp = (u32)&kernels_own[8];
	w = (u32 *)user_esp;
	w[-1] = 0x1234;
	is(run(far_call), V_PF, "its stack is the kernel's memory");
	is(vcpu->arch.cr2, user_esp - 4, "  cr2");
	is(seen.error, 6, "  a write of a process");
	is(w[-1], 0x1234, "  nothing was written");
	user_esp = 0xd0000010;
	is(run(far_call), V_PF, "its stack is nowhere");
	is(vcpu->arch.cr2, 0xd000000c, "  cr2");
	user_esp = 0xf5800010;
	is(run(far_call), V_GP, "its stack is Xen's");
	is(seen.error, SEL(GATE, 0), "  its error");

	set_gate(call_gate(FLAT_KERNEL_CS, (u32)gate_entry, 3, 3));
	user_esp = (u32)&kernels_own[8];
	is(run(far_call), V_PF, "its parameters are the kernel's memory");
	is(vcpu->arch.cr2, user_esp + 8, "  cr2");
	is(seen.error, 4, "  a read of a process");
	user_esp = 0xd0000000 - 8;
	is(run(far_call), V_PF, "its parameters are nowhere");
	is(vcpu->arch.cr2, 0xd0000000, "  cr2");
	user_esp = 0xf5800000 - 4;
	is(run(far_call), V_GP, "its parameters are Xen's");
	user_esp = 0;
}

/* A limit in the middle of the kernel's stack, which traps can do with. */
static void short_stack(void)
{
	u32 middle = (u32)kernel_stack_end - 8192;

	gdt[STACK1] = 0;
	set(&gdt[STACK1], segment(0, (middle >> 12) - 1, 3, 1, 0xc));
	set_gate(call_gate(FLAT_KERNEL_CS, (u32)gate_entry, 3, 3));
	hypercall(stack_switch, SEL(STACK1, 1), middle);
	is(run(far_call3), V_UD, "a stack with a limit");
	is(gate_esp, middle - 28, "  is the one used");
	hypercall(stack_switch, SEL(STACK1, 1), middle + 4);
	is(run(far_call3), V_SS, "a stack beyond its limit");
	is(seen.error, SEL(STACK1, 0), "  its error");
	is(gate_esp, 0, "  the gate was not gone through");
	hypercall(stack_switch, FLAT_KERNEL_SS, kernel_stack_end);
}

static void local_table(void)
{
	ldt[1] = call_gate(FLAT_KERNEL_CS, (u32)gate_entry, 3, 0);
	set_pte(ldt, maddr(ldt) | PTE_RO);
	is(run(far_ldt), V_GP, "no LDT");
	is(seen.error, 0xc, "  its error");
	is(mmuext(MMUEXT_SET_LDT, (u32)ldt, 2), 0, "an LDT with a gate");
	entered(run(far_ldt), 0, "that gate");
	is(mmuext(MMUEXT_SET_LDT, 0, 0), 0, "no LDT again");
	is(mmuext(MMUEXT_SET_LDT, (u32)ldt, 2), 0, "and the same once more");
	entered(run(far_ldt), 0, "its gate");
	is(mmuext(MMUEXT_SET_LDT, (u32)ldt, 1), 0, "a shorter one");
	is(run(far_ldt), V_GP, "without that gate");
	is(mmuext(MMUEXT_SET_LDT, 0, 0), 0, "no LDT");
}

static void kernels(void)
{
	struct {
		u32 offset;
		u16 sel;
	} __attribute__((packed)) far = { 0, SEL(GATE, 1) };
	u32 before, after;

	set_gate(call_gate(FLAT_KERNEL_CS, (u32)gate_ret, 1, 3));
	works(asm volatile("mov %%esp, %0; lcall $0x51, $0; mov %%esp, %1"
			   : "=&r" (before), "=&r" (after) : : "memory"),
	      "a gate from ring 1 to ring 1");
	is(after, before, "  and back");
	works(asm volatile("lcall *%0" : : "m" (far) : "memory"), "through memory");
	traps(asm volatile("lcall $0x53, $0"), V_GP, "with RPL 3");
	is(seen.error, SEL(GATE, 0), "  its error");
	is(seen.cs & 3, 1, "  in the kernel");
	set_gate(call_gate(SEL(CODE1, 0), (u32)gate_entry, 1, 0));
	traps(asm volatile("lcall $0x50, $0"), V_UD, "with RPL 0");
	is(gate_cs, FLAT_KERNEL_CS, "  cs");
	is(seen.cs & 0xffff, SEL(CODE1, 1), "  in the other segment");
	gate_esp = 0;
	traps(asm volatile("ljmp $0x51, $0"), V_UD, "a jump");
	is(seen.eip, (u32)gate_ud, "  to the target");
	set_gate(call_gate(SEL(CODE3, 0), 0, 3, 0));
	traps(asm volatile("lcall $0x51, $0"), V_GP, "not outwards");
	is(seen.error, SEL(CODE3, 0), "  its error");
	traps(asm volatile("mov %0, %%gs" : : "r" (SEL(GATE, 1))), V_GP,
	      "a gate is no segment");
	set_gate(call_gate(FLAT_KERNEL_CS, (u32)gate_ret, 1, 0));
	far.sel = SEL(GATE, 1);
	works(asm volatile("push %%ds; pop %%fs; lcall *%%fs:(%0)"
			   : : "r" (&far), "m" (far) : "memory"), "by FS");
	traps(asm volatile("mov %1, %%fs; lcall *%%fs:(%0)"
			   : : "r" (&far), "r" (0), "m" (far) : "memory"), V_GP,
	      "by a segment that is none");
}

int main(void)
{
	tables();
	if (set_pte(user_page, maddr(user_page) | PTE_USER))
		return 1;
	hypercall(stack_switch, FLAT_KERNEL_SS, kernel_stack_end);
	calls();
	forms();
	refused();
	same_ring();
	short_stack();
	local_table();
	kernels();
	return 0;
}
