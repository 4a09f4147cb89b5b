/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every way into and out of the monitor.
 *
 * Guest registers are saved as a struct regs at the very end of the vCPU's
 * area, in the order the hardware and these pushes give them.  The C handlers
 * return the struct regs to resume, normally the same one.
 */
#include "layout.h"
#include "save-regs.S"

	.text

/* ---- start ---- */

	.globl	monitor_entry
monitor_entry:
	xorl	%ebp, %ebp
	subq	$REGS_SIZE, %rsp	/* the guest's registers come here */
	movabsq	$vcpu_start, %rax
	call	*%rax
	/* rax: the guest registers to start with */
	movq	%rax, %rsp
	jmp	resume

/* ---- syscall ----
 *
 * The stubs are copied to page 0 of every vCPU area: only code that knows its
 * own address can find a stack when the guest's registers are all in use.
 * stub_init() aims the final jumps; entry_syscall is in syscall.S.
 */
	.balign	16
	.globl	stub_start, stub_syscall_jmp, stub_compat, stub_compat_jmp
	.globl	stub_sysenter, stub_sysenter_jmp, stub_end
stub_start:
	movq	%rsp, stub_start + AREA_SYSCALL_RSP(%rip)
	leaq	stub_start + 0x10000(%rip), %rsp
stub_syscall_jmp:
	.byte	0xe9
	.long	0
	.balign	16
stub_compat:
	movq	%rsp, stub_start + AREA_SYSCALL_RSP(%rip)
	leaq	stub_start + 0x10000(%rip), %rsp
stub_compat_jmp:
	.byte	0xe9
	.long	0
	.balign	16
stub_sysenter:
	/* the hardware gave us the stack; its old pointer is lost */
	leaq	stub_start + 0x10000(%rip), %rsp
stub_sysenter_jmp:
	.byte	0xe9
	.long	0
stub_end:

	.balign	16
	.globl	entry_compat
entry_compat:
	pushq	$SEL_USER_DS
	pushq	STACK_SYSCALL_RSP + 8(%rsp)
	pushq	%r11
	pushq	$SEL_USER_CS32
	pushq	%rcx
	pushq	$0
	pushq	$VEC_SYSCALL32
	jmp	common_entry

	.balign	16
	.globl	entry_sysenter
entry_sysenter:
	pushq	$SEL_USER_DS
	pushq	$0
	pushfq
	pushq	$SEL_USER_CS32
	pushq	$0
	pushq	$0
	pushq	$VEC_SYSENTER
	orl	$0x200, 32(%rsp)
	/* sysenter leaves NT and TF as they were: iretq cannot have them */
	pushq	$2
	popfq
	/* fall through */

/* ---- exceptions and interrupts ---- */

common_entry:
	cld
	SAVE_GPRS
	movq	%rsp, %rdi
	call	do_trap
	movq	%rax, %rsp
	.globl	resume
resume:
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	popq	%rcx
	popq	%rdx
	popq	%rsi
	popq	%rdi
	addq	$16, %rsp
	/* A fault here is the guest's: do_trap() knows this address. */
	.globl	resume_iretq
resume_iretq:
	iretq

/*
 * #DB has a stack of its own: a guest can make one hit on the first
 * instruction of the syscall stub, with the guest's rsp.  From the guest it
 * continues on the normal stack.
 */
	.balign	16
entry_db:
	testb	$3, 8(%rsp)
	jz	db_ignore
	pushq	%rax
	/* the IST stack is in the vCPU's area: its end is where masking says */
	movq	%rsp, %rax
	orq	$0xffff, %rax
	incq	%rax
	pushq	%rbx
	movq	%rsp, %rbx
	movq	%rax, %rsp
	pushq	48(%rbx)		/* ss */
	pushq	40(%rbx)		/* rsp */
	pushq	32(%rbx)		/* rflags */
	pushq	24(%rbx)		/* cs */
	pushq	16(%rbx)		/* rip */
	pushq	$0
	pushq	$1
	movq	8(%rbx), %rax
	movq	(%rbx), %rbx
	jmp	common_entry
db_ignore:
	/*
	 * A guest's watchpoint on memory the monitor writes, or its TF: note
	 * nothing, step no further.
	 */
	pushq	%rax
	movl	$0xffff0ff0, %eax
	movq	%rax, %db6
	popq	%rax
	andq	$~0x100, 16(%rsp)
	iretq

/* Nothing sends NMIs for the monitor's own use. */
	.balign	16
entry_nmi:
	iretq

.macro FATAL vec, has_error
	.balign	16
	.if	!\has_error
	pushq	$0
	.endif
	pushq	$\vec
	cld
	SAVE_GPRS
	movq	%rsp, %rdi
	call	do_fatal
	ud2
.endm

entry_df:
	FATAL	8, 1
entry_mc:
	FATAL	18, 0

.macro TRAP vec, has_error=0
	.balign	16
trap_\vec:
	.if	!\has_error
	pushq	$0
	.endif
	pushq	$\vec
	jmp	common_entry
.endm

/*
 * An interrupt.  In the monitor it finds IF set only where a vCPU sleeps: one
 * that comes elsewhere is none.  QEMU's SVM delivers an injected interrupt twice
 * when something else ends its run just then, without a look at IF; on the first
 * instruction of the syscall stub, say, where the stack is still the guest's.
 */
.macro IRQ vec
	.balign	16
trap_\vec:
	testb	$3, 8(%rsp)
	jnz	1f
	testl	$0x200, 16(%rsp)
	jz	irq_spurious
1:	pushq	$0
	pushq	$\vec
	jmp	common_entry
.endm

	TRAP	0
	TRAP	3
	TRAP	4
	TRAP	5
	TRAP	6
	TRAP	7
	TRAP	9
	TRAP	10, 1
	TRAP	11, 1
	TRAP	12, 1
	TRAP	13, 1
	TRAP	14, 1
	TRAP	16
	TRAP	17, 1
	TRAP	19
	TRAP	20
	TRAP	21, 1
	TRAP	28
	TRAP	29, 1
	TRAP	30, 1
	TRAP	0x80
	TRAP	0x82
	IRQ	0xf0
	IRQ	0xf1
	IRQ	0xf2
	IRQ	0xff
	.balign	16
irq_spurious:
	iretq

/* struct idt_init[]: vector, DPL, IST, handler; vector 0x1ff ends it */
.macro GATE vec, handler, dpl=0, ist=0
	.long	\vec
	.byte	\dpl, \ist
	.word	0
	.quad	\handler
.endm

	.section .rodata
	.balign	8
	.globl	idt_init
idt_init:
	GATE	0, trap_0
	GATE	1, entry_db, 0, 2
	GATE	2, entry_nmi, 0, 1
	GATE	3, trap_3, 3
	GATE	4, trap_4, 3
	GATE	5, trap_5
	GATE	6, trap_6
	GATE	7, trap_7
	GATE	8, entry_df, 0, 1
	GATE	9, trap_9
	GATE	10, trap_10
	GATE	11, trap_11
	GATE	12, trap_12
	GATE	13, trap_13
	GATE	14, trap_14
	GATE	16, trap_16
	GATE	17, trap_17
	GATE	18, entry_mc, 0, 1
	GATE	19, trap_19
	GATE	20, trap_20
	GATE	21, trap_21
	GATE	28, trap_28
	GATE	29, trap_29
	GATE	30, trap_30
	GATE	0x80, trap_0x80, 3
	GATE	VEC_INT82, trap_0x82, 1
	GATE	0xf0, trap_0xf0
	GATE	0xf1, trap_0xf1
	GATE	0xf2, trap_0xf2
	GATE	0xff, trap_0xff
	GATE	0x1ff, 0

	.section .note.GNU-stack, "", @progbits
