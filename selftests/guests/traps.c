// SPDX-License-Identifier: GPL-2.0
/*
 * traps.c - exceptions, the frames they push, iret, and user mode
 */
#include "lib/guest.h"

/* --- from kernel mode --- */

/* Traps at a known instruction with known registers. */
#define AT_LABEL(label, insn) ({						\
	asm volatile("mov $0x11112222, %%ecx\n mov $0x33334444, %%r11d\n" \
		     label ": " insn "\n"				\
		     : : : "rax", "rcx", "rdx", "r11", "cc", "memory");	\
})

extern char at_ud[], at_div[], at_gp[], at_pf[], after_bp[], after_80[];

static void frame_is_normal(const char *what, u64 rip)
{
	is(seen.rip, rip, "%s: rip", what);
	is(seen.rcx, 0x11112222, "%s: rcx in the frame", what);
	is(seen.r11, 0x33334444, "%s: r11 in the frame", what);
	is(seen.cs & 0xffff, KERNEL_CS & ~3, "%s: cs says kernel (RPL 0)", what);
	is(seen.cs >> 32 & 0xff, 1, "%s: saved upcall mask beside cs", what);
	has(seen.rflags, FLAG_IF | FLAG_IOPL, 0, "%s: IF is the inverse of the mask", what);
	is(seen.ss & 0xffff, KERNEL_SS, "%s: ss", what);
}

static void exceptions(void)
{
	char *before;

	if (traps(AT_LABEL("at_ud", "ud2"), V_UD, ANY, "ud2: #UD"))
		frame_is_normal("#UD", (u64)at_ud);
	ok(!seen.has_error && (seen.frame & 15) == 8, "#UD: frame without error code, aligned");
	is(seen.frame + 7 * 8, seen.rsp & ~15UL, "#UD: frame ends where rsp was, rounded down");
	is(seen.mask, 1, "#UD: events masked in the handler");
	has(seen.handler_flags, FLAG_IF, FLAG_IF, "#UD: the real IF stays set");

	traps(AT_LABEL("at_div", "xor %%edx, %%edx; xor %%eax, %%eax; div %%eax"), V_DE, ANY,
	      "div by zero: #DE");
	is(seen.rip, (u64)at_div + 4, "#DE: rip is the div");

	if (traps(AT_LABEL("at_gp", "mov $0xdead0000dead0000, %%rax; mov (%%rax), %%rax"),
		  V_GP, 0, "non-canonical address: #GP(0)"))
		frame_is_normal("#GP", (u64)at_gp + 10);
	is(seen.frame & 15, 0, "#GP: frame with error code starts at 16");
	is(seen.frame + 8 * 8, seen.rsp & ~15UL, "#GP: frame ends at rsp");

	vcpu->arch.cr2 = 0;
	if (traps(AT_LABEL("at_pf", "movl $1, 0x1234"), V_PF, 2, "write to nothing: #PF(write)"))
		frame_is_normal("#PF", (u64)at_pf);
	is(vcpu->arch.cr2, 0x1234, "#PF: address in vcpu_info");
	traps(*(volatile u8 *)0x5678, V_PF, 0, "read of nothing: #PF(0)");
	is(vcpu->arch.cr2, 0x5678, "#PF: address in vcpu_info");
	before = page_alloc();
	make_readonly(before);
	traps(*(volatile u8 *)before = 1, V_PF, 3, "write to read-only: #PF(write, present)");
	is(vcpu->arch.cr2, (u64)before, "#PF: that address");
	traps(((void (*)(void))0x7000)(), V_PF, 0x10, "call of nothing: #PF(fetch)");
	is(seen.rip, 0x7000, "#PF: rip is where it went");
	traps(*(volatile u8 *)XEN_VA, V_PF, ANY, "read of Xen's memory: #PF");
	is(seen.error & ~1UL, 0, "#PF: a read from kernel mode");
	is(vcpu->arch.cr2, XEN_VA, "#PF: that address");
	traps(*(volatile u64 *)M2P = 0, V_PF, ANY, "write to the M2P: #PF");
	is(seen.error, 3, "#PF: protection, write");

	traps(asm volatile("int3; .globl after_bp; after_bp:" : : : "memory"),
	      V_BP, ANY, "int3: #BP");
	is(seen.rip, (u64)after_bp, "#BP: rip is behind");
	traps(asm volatile("int $3; nop" : : : "memory"), V_BP, ANY, "int $3: #BP");
}

static void soft_interrupts(void)
{
	traps(asm volatile("int $0x80; .globl after_80; after_80:" : : : "memory"), 0x80, ANY,
	      "int $0x80 reaches its gate");
	is(seen.rip, (u64)after_80, "int $0x80: rip is behind");
	is(seen.frame & 15, 8, "int $0x80: no error code");

	traps(asm volatile("int $0x21"), V_GP, 0x21 * 8 + 2, "int without a gate: #GP(n * 8 + 2)");
	traps(asm volatile("int $0x82"), V_GP, 0x82 * 8 + 2, "int $0x82: #GP");
	traps(asm volatile("int $13"), V_GP, 13 * 8 + 2, "int $13, a gate of DPL 0: #GP");
	traps(asm volatile("int $14"), V_GP, 14 * 8 + 2, "int $14: #GP");
	traps(asm volatile("int $2"), V_GP, 2 * 8 + 2, "int $2: #GP");
	traps(asm volatile("int $1"), V_GP, 1 * 8 + 2, "int $1: #GP");

	trap_gate(0x55, 4 | 1, trap_stub(0x55));
	traps(asm volatile("int $0x55"), 0x55, ANY, "a gate of DPL 1 is open to the kernel");
	trap_gate(0x55, 4 | 3, trap_stub(0x55));
	traps(asm volatile("int $0x55"), 0x55, ANY, "a gate of DPL 3 too");
	trap_gate(0x55, 4 | 0, trap_stub(0x55));
	traps(asm volatile("int $0x55"), V_GP, 0x55 * 8 + 2, "a gate of DPL 0 is not");
	trap_gate(0xf3, 4 | 3, trap_stub(0x56));
	traps(asm volatile("int $0xf3"), 0x56, ANY, "vector 0xf3 is the guest's");
	trap_gate(0x82, 4 | 3, trap_stub(0x57));
	traps(asm volatile("int $0x82"), 0x57, ANY, "as is vector 0x82");
}

static u64 step_rips[8];
static unsigned int steps;

static bool step_hook(struct regs *r)
{
	if (r->vector != V_DB)
		return false;
	if (steps < ARRAY_SIZE(step_rips))
		step_rips[steps] = r->f.rip;
	if (++steps >= 3)
		r->f.rflags &= ~FLAG_TF;
	return true;
}

extern char step_1[], step_2[], step_3[], at_hbp[], after_wp[], at_pushf[];

static u64 watched;

static void debug(void)
{
	u64 dr6;

	steps = 0;
	trap_hook = step_hook;
	asm volatile("pushfq; orq $0x100, (%%rsp); popfq\n"
		     "nop\n"
		     ".globl step_1, step_2, step_3\n"
		     "step_1: nop\n step_2: nop\n step_3: nop\n" : : : "memory", "cc");
	trap_hook = NULL;
	is(steps, 3, "TF: a #DB for every instruction");
	is(step_rips[0], (u64)step_1, "TF: rip after the first");
	is(step_rips[2], (u64)step_3, "TF: rip after the third");
	has(seen.rflags, FLAG_TF, FLAG_TF, "TF: set in the frame");
	has(seen.handler_flags, FLAG_TF, 0, "TF: clear in the handler");
	dr6 = hypercall(get_debugreg, 6);
	has(dr6, 0x4000, 0x4000, "TF: DR6.BS");
	hypercall(set_debugreg, 6, 0xffff0ff0);
	has(hypercall(get_debugreg, 6), 0xe00f, 0, "DR6 can be cleared");

	steps = 0;
	trap_hook = step_hook;
	/* Stepping over a hypercall and over a trapping instruction. */
	asm volatile("pushfq; orq $0x100, (%%rsp); popfq\n"
		     "mov $17, %%eax; xor %%edi, %%edi; syscall; nop; nop\n"
		     : : : "memory", "cc", "rax", "rcx", "rdx", "rdi", "rsi", "r8", "r10", "r11");
	trap_hook = NULL;
	is(steps, 3, "TF: survives a hypercall");

	is(hypercall(set_debugreg, 0, at_hbp), 0, "DR0: a breakpoint");
	is(hypercall(get_debugreg, 0), (u64)at_hbp, "DR0 reads back");
	is(hypercall(set_debugreg, 7, 0x401 | 1), 0, "DR7: armed");
	traps(asm volatile("nop; .globl at_hbp; at_hbp: nop" : : : "memory"), V_DB, ANY,
	      "DR0: an instruction breakpoint hits");
	is(seen.rip, (u64)at_hbp, "DR0: rip is the instruction");
	has(hypercall(get_debugreg, 6), 1, 1, "DR0: DR6.B0");
	is(hypercall(set_debugreg, 6, 0xffff0ff0), 0, "DR6 cleared");

	is(hypercall(set_debugreg, 0, &watched), 0, "DR0: a watchpoint");
	is(hypercall(set_debugreg, 7, 0x400 | 1 | 0x1u << 16 | 3u << 18), 0,
	   "DR7: 4 bytes, writes");
	traps(asm volatile("movl $1, %0; .globl after_wp; after_wp: nop" : "=m" (watched)),
	      V_DB, ANY, "DR0: a watchpoint hits");
	is(seen.rip, (u64)after_wp, "DR0: rip is behind the write");
	has(hypercall(get_debugreg, 6), 1, 1, "DR0: DR6.B0");
	is(hypercall(set_debugreg, 7, 0), 0, "DR7: disarmed");
	is(hypercall(set_debugreg, 6, 0xffff0ff0), 0, "DR6 cleared");
	works(watched = 2, "no more hits");
	is(hypercall(set_debugreg, 0, XEN_VA), -XEN_EPERM, "DR0: not in Xen's memory");
	is(hypercall(set_debugreg, 7, 1UL << 40), -XEN_EINVAL, "DR7: upper half is reserved");
	is(hypercall(set_debugreg, 7, 1 << 13), -XEN_EPERM, "DR7: GD is not for guests");
	is(hypercall(set_debugreg, 0, 0), 0, "DR0 cleared");
	is(hypercall(set_debugreg, 8, 0), -XEN_ENODEV, "DR8: none");
	is(hypercall(get_debugreg, 8), -XEN_ENODEV, "DR8: none to read");
}

static void other_flags(void)
{
	u64 flags;

	/* What the handler must not inherit. */
	traps(asm volatile("pushfq; orq $0x40000, (%%rsp); popfq; ud2" : : : "memory", "cc"),
	      V_UD, ANY, "trap with AC set");
	has(seen.rflags, FLAG_AC, FLAG_AC, "AC in the frame");
	has(seen.handler_flags, FLAG_AC, 0, "AC clear in the handler");
	traps(asm volatile("pushfq; orq $0x4000, (%%rsp); popfq; ud2" : : : "memory", "cc"),
	      V_UD, ANY, "trap with NT set");
	has(seen.rflags, FLAG_NT, FLAG_NT, "NT in the frame");
	has(seen.handler_flags, FLAG_NT, 0, "NT clear in the handler");

	/* popf in ring 3 changes neither IF nor IOPL. */
	asm volatile("pushfq; andq $~0x200, (%%rsp); orq $0x3000, (%%rsp); popfq; pushfq; popq %0"
		     : "=r" (flags) : : "memory", "cc");
	has(flags, FLAG_IF | FLAG_IOPL, FLAG_IF, "popf changes neither IF nor IOPL");
	is(vcpu->evtchn_upcall_mask, 1, "nor the upcall mask");
	flags = 0;

	/* IF in frames follows the mask. */
	unmask_events();
	traps(asm volatile("ud2"), V_UD, ANY, "trap with events unmasked");
	has(seen.rflags, FLAG_IF, FLAG_IF, "IF set in the frame");
	is(seen.cs >> 32 & 0xff, 0, "saved mask 0 beside cs");
	is(seen.mask, 1, "events masked in the handler (flag 4 of the gate)");
	is(vcpu->evtchn_upcall_mask, 0, "and unmasked again by iret");
	trap_gate(V_UD, 0, trap_stub(V_UD));
	traps(asm volatile("ud2"), V_UD, ANY, "a gate without flag 4");
	is(seen.mask, 0, "leaves events unmasked");
	trap_gate(V_UD, 4, trap_stub(V_UD));
	mask_events();
}

static u8 stack_page[2 * PAGE_SIZE] __attribute__((aligned(4096)));

static void stack_alignment(void)
{
	volatile int i;

	for (i = 0; i < 16; i += 3) {
		u64 rsp = (u64)stack_page + 2 * PAGE_SIZE - 256 + i;

		if (TRAP(asm volatile("mov %0, %%rsp; ud2" : : "r" (rsp) : "memory")) != V_UD ||
		    seen.rsp != rsp || seen.frame != (rsp & ~15UL) - 56) {
			ok(false, "rsp ending in %d is aligned down to 16", i);
			return;
		}
	}
	ok(true, "any rsp is aligned down to 16");
}

/* --- iret --- */

static bool iret_hook(struct regs *r)
{
	if (r->vector != 0x80)
		return false;
	r->f.rax = 0x1010;
	r->f.rcx = 0x2020;
	r->f.r11 = 0x3030;
	r->rbx = 0x4040;
	r->f.rflags |= FLAG_CF | FLAG_ID;
	return true;
}

static void iret(void)
{
	u64 rax, rcx, r11, rbx, flags;

	trap_hook = iret_hook;
	asm volatile("clc; int $0x80; pushfq; popq %4"
		     : "=a" (rax), "=c" (rcx), "=b" (rbx), "=d" (r11), "=r" (flags)
		     : : "r11", "memory");
	asm volatile("int $0x80; mov %%r11, %0" : "=r" (r11) : : "rax", "rbx", "rcx", "r11",
		     "memory");
	trap_hook = NULL;
	is(rax, 0x1010, "iret restores rax");
	is(rcx, 0x2020, "iret restores rcx");
	is(r11, 0x3030, "iret restores r11");
	is(rbx, 0x4040, "and leaves the others alone");
	has(flags, FLAG_CF | FLAG_ID, FLAG_CF | FLAG_ID, "iret restores flags");
	asm volatile("pushfq; andq $~0x200000, (%%rsp); popfq" : : : "memory", "cc");
}

static struct regs bad_return;

static int return_to(u64 rip, u64 cs, u64 rsp, u64 ss)
{
	struct regs r = {
		.f = { .rip = rip, .cs = cs, .rflags = 2, .rsp = rsp, .ss = ss },
	};

	bad_return = r;
	return TRAP(go(&bad_return));
}

extern char kernel_target[];

static void bad_irets(void)
{
	u64 rsp = (u64)stack_page + PAGE_SIZE;
	int v;

	asm volatile("jmp 1f; .globl kernel_target; kernel_target: ud2; 1:");
	v = return_to((u64)kernel_target, KERNEL_CS & ~3, rsp, KERNEL_SS);
	is(v, V_UD, "iret to kernel code");
	is(seen.rip, (u64)kernel_target, "which traps there");
	is(seen.rsp, rsp, "with the stack given");

	/* A fault of Xen's own iret is the guest's, as if at the target. */
	v = return_to(0x8000000000000000, KERNEL_CS & ~3, rsp, KERNEL_SS);
	is(v, V_GP, "iret to a non-canonical rip: #GP");
	v = return_to((u64)kernel_target, 0x1230, rsp, KERNEL_SS);
	is(v, V_GP, "iret to a bad cs: #GP");
	is(seen.rip, (u64)kernel_target, "with the rip that was to be");
	is(seen.error, 0x1230, "and the selector as error code");
	v = return_to((u64)kernel_target, KERNEL_CS & ~3, rsp, 0x1230);
	is(v, V_GP, "iret to a bad ss: #GP");
	is(seen.error, 0x1230, "and the selector as error code");
}

/* --- user mode --- */

USER(u_ud, "mov $0x1111, %ecx; mov $0x2222, %r11d; mov $0x3333, %ebx; ud2");
USER(u_syscall, "mov $0x4444, %eax; mov $0x5555, %edi; mov $0x6666, %edx; std; syscall; nop");
USER(u_syscall_tf, "pushfq; orq $0x100, (%rsp); popfq; syscall; nop");
USER(u_kernel_read, "mov $0xffffffff80100000, %rax; mov (%rax), %rax");
USER(u_m2p_read, "mov $0xffff800000000000, %rax; mov (%rax), %rax; ud2");
USER(u_read, "mov $0x10005678, %eax; mov (%rax), %eax");
USER(u_write, "mov $0x10001010, %eax; movl $0xabcd, (%rax); ud2");
USER(u_int80, "int $0x80; nop");
USER(u_int3, "int3; nop");
USER(u_int55, "int $0x55; nop");
USER(u_into_kernel, "mov $0xffffffff80100000, %rax; jmp *%rax");
USER(u_cli, "cli");
USER(u_hlt, "hlt");
USER(u_in, "in $0x42, %al");
USER(u_rdmsr, "mov $0xc0000080, %ecx; rdmsr");
USER(u_cr3, "mov %cr3, %rax");
USER(u_de, "xor %eax, %eax; xor %edx, %edx; div %eax");
USER(u_ac, "pushfq; orq $0x40000, (%rsp); popfq; mov -15(%rsp), %eax; ud2");
USER(u_gs, "mov %gs:0, %rax; mov %fs:8, %rbx; ud2");
USER(u_cpuid, "xor %eax, %eax; cpuid; ud2");
USER(u_push, "push $1; push $2; ud2");
USER(u_regs, "mov %rax, (%rsp); ud2");
USER(u_where, "mov %rcx, %rax; mov %r11, %rbx; ud2");
USER(u_count, "1: inc %rbx; cmp $2000, %rbx; jne 1b; ud2");
USER(u_32, ".code32; mov $0x77, %eax; xor %ecx, %ecx; dec %ecx; ud2; .code64");
USER(u_32_syscall, ".code32; mov $0x78, %eax; syscall; nop; .code64");
USER(u_sysenter, "mov $0x7a, %eax; sysenter; nop");
USER(u_32_sysenter, ".code32; mov $0x7a, %eax; sysenter; nop; .code64");
#define SET_NT "pushf; orl $0x4001, (%esp); popf; "
USER(u_32_sysenter_nt, ".code32; " SET_NT "mov $0x7b, %eax; sysenter; nop; .code64");
USER(u_32_int80, ".code32; mov $0x79, %eax; int $0x80; nop; .code64");

extern char kernel_stack_end[];

static void user_traps(void)
{
	struct regs r;
	u64 mask;

	user_init();
	/* IF in a user frame means events unmasked: do so. */
	for (mask = 0; mask < 2; mask++) {
		vcpu->evtchn_upcall_mask = mask;
		r = user_regs();
		is(run_user(u_ud, &r), V_UD, "user ud2: #UD, mask %lu", mask);
		is(seen.rip, USER_CODE + u_ud_end - u_ud_begin - 2, "user #UD: rip");
		is(seen.cs & 0xffff, KERNEL_CS, "user #UD: cs with RPL 3");
		is(seen.cs >> 32 & 0xff, mask, "user #UD: saved mask");
		has(seen.rflags, FLAG_IF, mask ? 0 : FLAG_IF, "user #UD: IF in the frame");
		is(seen.ss & 0xffff, KERNEL_SS, "user #UD: ss");
		is(seen.rsp, USER_STACK, "user #UD: rsp");
		is(seen.rcx, 0x1111, "user #UD: rcx");
		is(seen.r11, 0x2222, "user #UD: r11");
		is(seen.regs.rbx, 0x3333, "user #UD: rbx");
		is(seen.frame, (u64)kernel_stack_end - 56, "user #UD: frame on the kernel's stack");
	}
	mask_events();

	r = user_regs();
	is(run_user(u_kernel_read, &r), V_PF, "user read of kernel memory: #PF");
	has(seen.error, 4 | 2, 4, "user #PF: the user bit is set");
	is(vcpu->arch.cr2, 0xffffffff80100000, "user #PF: cr2");
	r = user_regs();
	is(run_user(u_into_kernel, &r), V_PF, "user jump to kernel code: #PF");
	has(seen.error, 0x14, 0x14, "user #PF: fetch, user");
	r = user_regs();
	is(run_user(u_read, &r), V_PF, "user read of nothing: #PF");
	is(seen.error, 4, "user #PF: error code");
	is(vcpu->arch.cr2, 0x10005678, "user #PF: cr2");
	r = user_regs();
	memset(user_data, 0, PAGE_SIZE);
	is(run_user(u_write, &r), V_UD, "user writes its memory");
	is(*(u32 *)(user_data + 0x10), 0xabcd, "and the kernel sees it");
	r = user_regs();
	is(run_user(u_push, &r), V_UD, "user uses its stack");
	is(seen.rsp, USER_STACK - 16, "and rsp is right");

	r = user_regs();
	is(run_user(u_int80, &r), 0x80, "user int $0x80");
	is(seen.rip, USER_CODE + 2, "int $0x80: rip is behind");
	is(seen.frame, (u64)kernel_stack_end - 56, "int $0x80: on the kernel's stack");
	r = user_regs();
	is(run_user(u_int3, &r), V_BP, "user int3");
	is(seen.rip, USER_CODE + 1, "int3: rip is behind");
	trap_gate(0x55, 4 | 1, trap_stub(0x55));
	r = user_regs();
	is(run_user(u_int55, &r), V_GP, "a gate of DPL 1 is closed to users");
	is(seen.error, 0x55 * 8 + 2, "with its error code");
	is(seen.rip, USER_CODE, "at the instruction");
	trap_gate(0x55, 4 | 3, trap_stub(0x55));
	r = user_regs();
	is(run_user(u_int55, &r), 0x55, "a gate of DPL 3 is open");

	r = user_regs();
	is(run_user(u_cli, &r), V_GP, "user cli: #GP");
	r = user_regs();
	is(run_user(u_hlt, &r), V_GP, "user hlt: #GP");
	r = user_regs();
	is(run_user(u_in, &r), V_GP, "user in: #GP");
	is(seen.error, 0, "user in: error code 0");
	r = user_regs();
	is(run_user(u_de, &r), V_DE, "user div by zero: #DE");
	r = user_regs();
	if (run_user(u_ac, &r) == V_UD) {
		skip("user unaligned access # SKIP this (emulated) processor has no #AC");
	} else {
		is(seen.vector, V_AC, "user unaligned access with AC: #AC");
		is(seen.error, 0, "#AC: error code 0");
	}
	has(seen.rflags, FLAG_AC, FLAG_AC, "AC is set in the frame");
	has(seen.handler_flags, FLAG_AC, 0, "AC is clear in the handler");
	r = user_regs();
	is(run_user(u_cpuid, &r), V_UD, "user cpuid works");
	r = user_regs();
	is(run_user(u_count, &r), V_UD, "a user loop runs to its end");
	is(seen.regs.rbx, 2000, "and has counted");
}

static void set_iopl(u32 iopl)
{
	struct physdev_set_iopl set = { .iopl = iopl };

	is(hypercall(physdev_op, PHYSDEVOP_set_iopl, &set), 0, "set_iopl %u", iopl);
}

static void user_syscall(bool masks, bool masked, u32 iopl)
{
	struct regs r;

	set_callback(CALLBACKTYPE_syscall, masks ? CALLBACKF_mask_events : 0,
		     trap_stub(V_SYSCALL));
	vcpu->evtchn_upcall_mask = masked;
	r = user_regs();
	r.f.rflags |= FLAG_AC | FLAG_CF;
	r.f.rcx = 0xfcc;
	is(run_user(u_syscall, &r), V_SYSCALL,
	   "user syscall arrives; callback masks %u, masked %u, IOPL %u", masks,
	   masked, iopl);
	is(seen.rip, USER_CODE + u_syscall_end - u_syscall_begin - 1, "syscall: rip is behind");
	is(seen.rcx, seen.rip, "syscall: rcx is rip");
	has(seen.r11, FLAG_DF | FLAG_AC | FLAG_CF | FLAG_IOPL, FLAG_DF | FLAG_AC | FLAG_CF,
	    "syscall: r11 is flags");
	has(seen.rflags, FLAG_DF | FLAG_AC | FLAG_CF | FLAG_IOPL | FLAG_IF,
	    FLAG_DF | FLAG_AC | FLAG_CF | iopl << 12 | (masked ? 0 : FLAG_IF),
	    "syscall: flags in the frame");
	has(seen.handler_flags, FLAG_DF | FLAG_TF | FLAG_AC | FLAG_IOPL, 0,
	    "syscall: DF and AC clear in the kernel");
	is(seen.cs & 0xffff, KERNEL_CS, "syscall: cs");
	is(seen.cs >> 32 & 0xff, masked, "syscall: saved mask");
	is(seen.mask, masked || masks, "syscall: mask");
	is(seen.ss & 0xffff, KERNEL_SS, "syscall: ss");
	is(seen.rsp, USER_STACK, "syscall: rsp");
	is(seen.regs.f.rax, 0x4444, "syscall: rax");
	is(seen.regs.rdi, 0x5555, "syscall: rdi");
	is(seen.regs.rdx, 0x6666, "syscall: rdx");
	is(seen.frame, (u64)kernel_stack_end - 56, "syscall: on the kernel's stack");
}

/* What a frame says of IOPL is not for the processor. */
static void user_iopl(void)
{
	struct regs r = user_regs();

	r.f.rflags |= FLAG_IOPL;
	is(run_user(u_in, &r), V_GP, "user in after an iret with IOPL 3: #GP");
	r = user_regs();
	r.f.rflags |= FLAG_IOPL;
	r.f.flags = IRET_IN_SYSCALL;
	is(run_user(u_in, &r), V_GP, "and with VGCF_in_syscall: #GP");
}

static void user_syscalls(void)
{
	unsigned int i;

	for (i = 0; i < 8; i++) {
		set_iopl(i >> 2);
		user_syscall(i & 1, i & 2, i >> 2);
	}
	set_iopl(0);
	set_callback(CALLBACKTYPE_syscall, 0, trap_stub(V_SYSCALL));
	mask_events();
}

/* With events masked or not: what is unmasked may take a shorter way. */
static void user_registers(void)
{
	struct regs r = user_regs();

	r.r15 = 0xf15;
	r.r8 = 0xf08;
	r.rbp = 0xfbb;
	r.rdx = 0xfdd;
	r.f.rax = 0xfaa;
	r.f.rcx = 0xfcc;
	r.f.r11 = 0xf11;
	r.f.rsp = USER_STACK - 64;
	r.f.rflags |= FLAG_CF | FLAG_DF;
	is(run_user(u_regs, &r), V_UD, "registers through iret and back");
	is(seen.regs.r15, 0xf15, "r15");
	is(seen.regs.r8, 0xf08, "r8");
	is(seen.regs.rdx, 0xfdd, "rdx");
	is(seen.regs.rbp, 0xfbb, "rbp");
	is(seen.regs.f.rax, 0xfaa, "rax");
	is(seen.rcx, 0xfcc, "rcx");
	is(seen.r11, 0xf11, "r11");
	has(seen.rflags, FLAG_CF | FLAG_DF, FLAG_CF | FLAG_DF, "flags");
	is(*(u64 *)(user_stack + PAGE_SIZE - 64), 0xfaa, "what it stored");

	/* As after a syscall: rcx and r11 become rip and flags. */
	r = user_regs();
	r.f.flags = IRET_IN_SYSCALL;
	r.f.rcx = 0xdead;
	r.f.r11 = 0xbeef;
	r.f.rflags |= FLAG_CF;
	is(run_user(u_where, &r), V_UD, "iret with VGCF_in_syscall");
	is(seen.regs.f.rax, USER_CODE, "rcx is rip");
	has(seen.regs.rbx, FLAG_CF, FLAG_CF, "r11 is flags");
	has(seen.rflags, FLAG_CF, FLAG_CF, "and flags are");
	is(seen.rsp, USER_STACK, "rsp is as given");
}

static bool single_step_user(struct regs *r)
{
	if (r->vector != V_DB)
		return false;
	steps++;
	return seen.user;
}

static void user_steps(void)
{
	struct regs r = user_regs();

	steps = 0;
	trap_hook = single_step_user;
	is(run_user(u_syscall_tf, &r), V_SYSCALL, "single-stepping a user into a syscall");
	trap_hook = NULL;
	ok(steps <= 1, "no #DB of the kernel's on the way");
	has(seen.handler_flags, FLAG_TF, 0, "TF clear in the kernel");
	has(seen.rflags, FLAG_TF, FLAG_TF, "TF set in the frame");
	r = user_regs();
	r.f.rflags |= FLAG_TF;
	is(run_user(u_count, &r), V_DB, "iret with TF steps the user");
	is(seen.rip, USER_CODE + 3, "one instruction");
	hypercall(set_debugreg, 6, 0xffff0ff0);
}

static void user_bases(void)
{
	struct regs r = user_regs();

	((u64 *)user_data)[0] = 0x6565;
	((u64 *)user_data)[1] = 0x4646;
	is(hypercall(set_segment_base, SEGBASE_GS_USER, USER_DATA), 0, "SEGBASE_GS_USER");
	is(hypercall(set_segment_base, SEGBASE_GS_KERNEL, boot_regs.rsp), 0, "SEGBASE_GS_KERNEL");
	is(hypercall(set_segment_base, SEGBASE_FS, USER_DATA), 0, "SEGBASE_FS");
	is(run_user(u_gs, &r), V_UD, "user reads through gs and fs");
	is(seen.regs.f.rax, 0x6565, "gs base is the user's");
	is(seen.regs.rbx, 0x4646, "fs base");
}

/* In 32-bit user code AMD has syscall, and Intel sysenter. */
static bool on_intel(void)
{
	u32 a = 0, b, c = 0, d;

	asm volatile("cpuid" : "+a" (a), "=b" (b), "+c" (c), "=d" (d));
	return b == 0x756e6547;
}

static void user_32(void)
{
	struct regs r = user_regs();

	r.f.cs = USER_CS32;
	is(run_user(u_32, &r), V_UD, "32-bit user code runs");
	is(seen.cs & 0xffff, USER_CS32, "32-bit: cs");
	is(seen.rcx, 0xffffffff, "32-bit: arithmetic is 32 bits wide");
	r = user_regs();
	r.f.cs = USER_CS32;
	is(run_user(u_32_int80, &r), 0x80, "32-bit int $0x80");
	is(seen.cs & 0xffff, USER_CS32, "32-bit int $0x80: cs");
	is(seen.rip, USER_CODE + 7, "32-bit int $0x80: rip is behind");
	is(seen.regs.f.rax, 0x79, "32-bit int $0x80: eax");
	/* No callback: #UD at the instruction (AMD; on Intel it is one anyway). */
	r = user_regs();
	r.f.cs = USER_CS32;
	is(run_user(u_32_syscall, &r), V_UD, "32-bit syscall without a callback: #UD");
	is(seen.rip, USER_CODE + 5, "at the instruction");
	set_callback(CALLBACKTYPE_syscall32, CALLBACKF_mask_events, trap_stub(V_SYSCALL32));
	r = user_regs();
	r.f.cs = USER_CS32;
	if (on_intel()) {
		is(run_user(u_32_syscall, &r), V_UD, "32-bit syscall on Intel: #UD with one, too");
		is(seen.rip, USER_CODE + 5, "at the instruction");
	} else if (is(run_user(u_32_syscall, &r), V_SYSCALL32, "32-bit syscall to its callback")) {
		is(seen.cs & 0xffff, USER_CS32, "32-bit syscall: cs");
		is(seen.regs.f.rax, 0x78, "32-bit syscall: eax");
		is(seen.rip, USER_CODE + 7, "32-bit syscall: rip is behind");
		is(seen.ss & 0xffff, KERNEL_SS, "32-bit syscall: ss");
	}
}

static void user_sysenter(void)
{
	struct regs r = user_regs();

	/* In 32-bit code, too, but for QEMU. */
	if (!on_intel()) {
		is(run_user(u_sysenter, &r), V_UD, "sysenter on AMD: #UD in long mode");
		is(seen.rip, USER_CODE + 5, "at the instruction");
		return;
	}
	r.f.cs = USER_CS32;
	if (is(run_user(u_32_sysenter, &r), V_GP, "sysenter without a callback: #GP"))
		is(seen.error, 0, "with error code 0");
	set_callback(CALLBACKTYPE_sysenter, CALLBACKF_mask_events, trap_stub(V_SYSENTER));
	r = user_regs();
	r.f.cs = USER_CS32;
	if (is(run_user(u_32_sysenter_nt, &r), V_SYSENTER, "sysenter to its callback")) {
		is(seen.regs.f.rax, 0x7b, "sysenter: eax");
		is(seen.ss & 0xffff, KERNEL_SS, "sysenter: ss");
		has(seen.rflags, FLAG_CF, FLAG_CF, "sysenter: flags");
		has(seen.handler_flags, FLAG_NT, 0, "sysenter: NT is clear");
		is(seen.user, 1, "sysenter: from user mode");
	}
	r = user_regs();
	is(run_user(u_ud, &r), V_UD, "and user mode still works after it");
}

static void bad_user_irets(void)
{
	struct regs r = user_regs();

	r.f.rip = 0x8000000000000000;
	if (is(run_user(u_ud, &r), V_GP, "iret to a non-canonical user rip: #GP")) {
		is(seen.frame & 15, 0, "#GP: with an error code");
		is(seen.error, 0, "which is 0");
		is(seen.rip, 0x8000000000000000, "#GP: rip is where it was to go");
		is(seen.user, 1, "#GP: from user mode");
		is(seen.frame, (u64)kernel_stack_end - 64, "#GP: on the kernel's stack");
	}
	r = user_regs();
	r.f.cs = 0x1233;
	is(run_user(u_ud, &r), V_GP, "iret to a bad user cs: #GP");
	is(seen.error, 0x1230, "with the selector");
	r = user_regs();
	r.f.ss = 0x1233;
	is(run_user(u_ud, &r), V_GP, "iret to a bad user ss: #GP");
	is(seen.error, 0x1230, "with the selector");
	r = user_regs();
	r.f.cs = 0xe00b;	/* Xen's own code segment */
	is(run_user(u_ud, &r), V_GP, "iret to Xen's cs: #GP");
	is(seen.error, 0xe008, "with the selector");
	r = user_regs();
	r.f.rflags |= FLAG_IOPL | FLAG_NT;
	is(run_user(u_ud, &r), V_UD, "iret with IOPL and NT");
	has(seen.rflags, FLAG_IOPL, 0, "IOPL is not taken");
	r = user_regs();
	is(run_user(u_ud, &r), V_UD, "and user mode still works");
}

int main(void)
{
	exceptions();
	soft_interrupts();
	debug();
	other_flags();
	stack_alignment();
	iret();
	bad_irets();
	user_traps();
	user_syscalls();
	user_registers();
	user_iopl();
	unmask_events();
	user_registers();
	user_iopl();
	mask_events();
	user_steps();
	user_bases();
	user_32();
	user_sysenter();
	bad_user_irets();
	return 0;
}
