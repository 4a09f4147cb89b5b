/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The SYSCALL instruction of 64-bit code: system calls on their way from a process to
 * the guest's kernel, the iret hypercall back, and all other hypercalls.
 *
 * The first two are most of what a busy guest does, and most of them are of the
 * simplest kind: nothing else to do, and the frame is where it should be. These
 * are done right here and do what bounce_syscall() and do_iret() do. For all
 * others nothing has changed yet when they take the slow way, through
 * do_syscall(). fast_update() says when the fast ones are allowed.
 *
 * In from the stub with an empty stack, the guest's rsp in VCPU_SYSCALL_RSP.
 */
#include "layout.h"
#include "save-regs.S"

/* A field of struct vcpu when PUSHED words are on the stack. */
#define V(field, pushed)	\
	(AREA_VCPU - AREA_SIZE + VCPU_##field + 8 * (pushed))(%rsp)

#define HYPERVISOR_IRET	23

/* What the guest's kernel must not run with, and how a process may. */
#define RFLAGS_OFF	0x1f7500	/* TF DF IOPL NT RF VM AC VIF VIP */
#define RFLAGS_GUEST	0x254dd5	/* FL_GUEST */
#define RFLAGS_ON	0x202		/* IF, and one that is always set */
#define RFLAGS_TF_RF	0x10100
#define RFLAGS_IF	0x200

/* Should INSN fault, go on at TO. */
.macro MAY_FAULT to, insn:vararg
.Linsn\@:
	\insn
	.pushsection .ex_table, "a"
	.balign	8
	.quad	.Linsn\@, \to
	.popsection
.endm

	.text
	.balign	16
	.globl	entry_syscall
entry_syscall:
	cmpb	$0, V(KERNEL_MODE, 0)
	jne	from_kernel

/* ---- a process's system call ---- */

	pushq	%rax
	pushq	%rdx
	movq	V(FAST_SP, 2), %rax
	testq	%rax, %rax
	jz	no_fast_syscall
	cmpl	$0, V(TODO, 2)
	jne	no_fast_syscall
	movq	V(INFO, 2), %rdx
	cmpb	$0, INFO_MASK(%rdx)
	jne	no_fast_syscall

	swapgs
	movq	V(KERNEL_CR3, 2), %rdx
	movq	%rdx, %cr3
	movq	V(SYSCALL_RSP, 2), %rdx
	/* rcx, r11, rip, cs with the mask (0), rflags, rsp, ss */
	MAY_FAULT no_frame, movq	%rcx, (%rax)
	MAY_FAULT no_frame, movq	%r11, 8(%rax)
	MAY_FAULT no_frame, movq	%rcx, 16(%rax)
	MAY_FAULT no_frame, movq	$SEL_USER_CS64, 24(%rax)
	MAY_FAULT no_frame, movq	%rdx, 40(%rax)
	movl	V(IOPL, 2), %edx
	shll	$12, %edx
	orq	%r11, %rdx
	MAY_FAULT no_frame, movq	%rdx, 32(%rax)
	MAY_FAULT no_frame, movq	$SEL_USER_DS, 48(%rax)

	movq	V(INFO, 2), %rdx
	movb	$1, INFO_MASK(%rdx)
	movb	$1, V(KERNEL_MODE, 2)
	movq	%rax, V(SYSCALL_RSP, 2)
	movq	V(FAST_RIP, 2), %rcx
	andl	$~RFLAGS_OFF, %r11d
	popq	%rdx
	popq	%rax
	movq	V(SYSCALL_RSP, 0), %rsp
	sysretq

no_frame:
	swapgs
	movq	V(USER_CR3, 2), %rdx
	movq	%rdx, %cr3
no_fast_syscall:
	popq	%rdx
	popq	%rax
	jmp	slow

/* ---- iret, back to a process ---- */

/* The last step: an event may have come while they were masked. */
.macro TO_PROCESS
	movq	V(INFO, 5), %rdx
	movb	$0, INFO_MASK(%rdx)
	cmpb	$0, INFO_PENDING(%rdx)
	jne	event
	swapgs
	movq	V(USER_CR3, 5), %rdx
	movq	%rdx, %cr3
	movb	$0, V(KERNEL_MODE, 5)
	movq	V(FAST_RDX, 5), %rdx
.endm

from_kernel:
	cmpq	$HYPERVISOR_IRET, %rax
	jne	slow
	cmpb	$0, V(FAST, 0)
	je	slow
	movq	%rdx, V(FAST_RDX, 0)
	movq	V(SYSCALL_RSP, 0), %rax
	/* a struct iret_context: rax r11 rcx flags rip cs rflags rsp ss */
	movabsq	$GUEST_HIGH, %rdx
	cmpq	%rdx, %rax
	jb	no_fast_iret
	cmpq	$-72, %rax
	ja	no_fast_iret
	cmpl	$0, V(TODO, 0)
	jne	no_fast_iret
	cmpb	$0, V(NMI_MASKED, 0)
	jne	no_fast_iret
	cmpq	$0, V(USER_CR3, 0)
	je	no_fast_iret

	/* As if an exception had made it: should iretq fail, it is looked for here. */
	MAY_FAULT no_fast_iret, movzwl	64(%rax), %edx
	orl	$3, %edx
	pushq	%rdx
	MAY_FAULT no_fast_iret, pushq	56(%rax)
	MAY_FAULT no_fast_iret, movl	48(%rax), %edx
	testl	$RFLAGS_IF, %edx
	jz	no_fast_iret
	andl	$RFLAGS_GUEST, %edx
	orl	$RFLAGS_ON, %edx
	pushq	%rdx
	MAY_FAULT no_fast_iret, movzwl	40(%rax), %edx
	pushq	%rdx
	notl	%edx
	testb	$3, %dl
	jnz	no_fast_iret
	MAY_FAULT no_fast_iret, pushq	32(%rax)
	MAY_FAULT no_fast_iret, movq	16(%rax), %rcx
	MAY_FAULT no_fast_iret, movq	8(%rax), %r11
	MAY_FAULT no_fast_iret, testb	$1, 25(%rax)	/* VGCF_in_syscall */
	jnz	in_syscall
	MAY_FAULT no_fast_iret, movq	(%rax), %rax
	TO_PROCESS
	jmp	resume_iretq

	/* Kernels before 5.12 say so: rcx and r11 are for the taking. */
in_syscall:
	movq	(%rsp), %rcx
	movq	%rcx, %rdx
	shrq	$47, %rdx
	jnz	no_fast_iret
	movq	16(%rsp), %r11
	testl	$RFLAGS_TF_RF, %r11d
	jnz	no_fast_iret
	MAY_FAULT no_fast_iret, movq	(%rax), %rax
	TO_PROCESS
	movq	24(%rsp), %rsp
	sysretq

event:
	movb	$1, INFO_MASK(%rdx)
no_fast_iret:
	/* However many words there are on the stack. */
	decq	%rsp
	orq	$AREA_SIZE - 1, %rsp
	incq	%rsp
	movq	V(FAST_RDX, 0), %rdx
	movl	$HYPERVISOR_IRET, %eax
	/* rcx and r11 may be lost: the frame has what counts */

/* ---- the slow way ---- */

slow:
	pushq	$SEL_USER_DS
	pushq	STACK_SYSCALL_RSP + 8(%rsp)
	pushq	%r11
	pushq	$SEL_USER_CS64
	pushq	%rcx
	pushq	$0
	pushq	$VEC_SYSCALL
	SAVE_GPRS
	movq	%rsp, %rdi
	call	do_syscall
	movq	%rax, %rsp
	cmpl	$VEC_SYSCALL, REGS_VECTOR(%rsp)
	jne	resume
	/* sysret: rcx and r11 hold rip and rflags, as after any syscall */
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	addq	$8, %rsp
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	addq	$8, %rsp
	popq	%rdx
	popq	%rsi
	popq	%rdi
	movq	REGS_RIP - REGS_VECTOR(%rsp), %rcx
	movq	REGS_RFLAGS - REGS_VECTOR(%rsp), %r11
	movq	REGS_RSP - REGS_VECTOR(%rsp), %rsp
	sysretq


	.section .note.GNU-stack, "", @progbits
