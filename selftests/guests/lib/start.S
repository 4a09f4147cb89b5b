/* SPDX-License-Identifier: GPL-2.0 */
/*
 * start.S - where a test guest starts, and every way back into its kernel
 */
#include <xen/elfnote.h>
#include "vectors.h"

/* --- ELF notes: what the domain builder reads --- */

	.section .note.Xen, "a", @note
.macro note_str type, text
	.balign 4
	.long 4, 2f - 1f, \type
	.asciz "Xen"
1:	.asciz "\text"
2:	.balign 4
.endm
.macro note_val type, val:vararg
	.balign 4
	.long 4, 8, \type
	.asciz "Xen"
	.quad \val
.endm
	note_str XEN_ELFNOTE_GUEST_OS, "xenpv-selftest"
	note_str XEN_ELFNOTE_GUEST_VERSION, "1"
	note_str XEN_ELFNOTE_XEN_VERSION, "xen-3.0"
	note_str XEN_ELFNOTE_LOADER, "generic"
	note_str XEN_ELFNOTE_FEATURES, "!writable_page_tables|pae_pgdir_above_4gb"
	note_str XEN_ELFNOTE_PAE_MODE, "yes"
	note_val XEN_ELFNOTE_VIRT_BASE, 0xffffffff80000000
	note_val XEN_ELFNOTE_ENTRY, _start
	note_val XEN_ELFNOTE_HYPERCALL_PAGE, hypercall_page

	.text
	.globl _start
_start:
	/* Everything as it was found, before anything changes. */
	mov	%rax, boot_regs + 0
	mov	%rbx, boot_regs + 8
	mov	%rcx, boot_regs + 16
	mov	%rdx, boot_regs + 24
	mov	%rsi, boot_regs + 32
	mov	%rdi, boot_regs + 40
	mov	%rsp, boot_regs + 48
	mov	%rbp, boot_regs + 56
	mov	%ds, %eax
	mov	%rax, boot_regs + 64
	mov	%es, %eax
	mov	%rax, boot_regs + 72
	mov	%fs, %eax
	mov	%rax, boot_regs + 80
	mov	%gs, %eax
	mov	%rax, boot_regs + 88
	mov	%cs, %eax
	mov	%rax, boot_regs + 96
	mov	%ss, %eax
	mov	%rax, boot_regs + 104
	pushfq
	popq	boot_regs + 112
	cld
	lea	boot_stack_end(%rip), %rsp
	xor	%ebp, %ebp
	mov	%rsi, %rdi
	call	boot
	ud2

/* --- traps, events, callbacks ---
 *
 * One 16-byte stub per vector; all meet in `entry` with the vector on top of
 * the frame. trap() may change what is returned to; the way back is always
 * the iret hypercall.
 */
	.balign 16
	.globl trap_stubs
trap_stubs:
	vector = 0
	.rept NR_VECTORS
	.balign 16
	pushq	$vector
	jmp	entry
	vector = vector + 1
	.endr

	.balign 16
entry:
	sub	$9 * 8, %rsp
	mov	%rax, (%rsp)
	push	%rdi
	push	%rsi
	push	%rdx
	push	%r8
	push	%r9
	push	%r10
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, %rdi
	mov	%rsp, %rbx
	and	$-16, %rsp
	/* the flags we came with, before anything sets them right */
	pushfq
	pop	%rsi
	cld
	call	trap
	mov	%rbx, %rsp
	.globl leave
leave:
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdx
	pop	%rsi
	pop	%rdi
	mov	$23, %eax	/* __HYPERVISOR_iret */
	syscall
	ud2

/* void go(struct regs *): become what the registers say; never returns. */
	.globl go
go:
	mov	%rdi, %rsp
	jmp	leave

/* int catch(struct catch *): 0 now, the caught vector + 1 when it comes. */
	.globl catch
catch:
	mov	%rbx, 0(%rdi)
	mov	%rbp, 8(%rdi)
	mov	%r12, 16(%rdi)
	mov	%r13, 24(%rdi)
	mov	%r14, 32(%rdi)
	mov	%r15, 40(%rdi)
	lea	8(%rsp), %rax
	mov	%rax, 48(%rdi)
	mov	(%rsp), %rax
	mov	%rax, 56(%rdi)
	xor	%eax, %eax
	ret

/* long hypercall_by_page(op, a1, a2, a3, a4, a5) */
	.globl hypercall_by_page
hypercall_by_page:
	mov	%rdi, %rax
	mov	%rsi, %rdi
	mov	%rdx, %rsi
	mov	%rcx, %rdx
	mov	%r8, %r10
	mov	%r9, %r8
	shl	$5, %rax
	add	$hypercall_page, %rax
	call	*%rax
	ret

	.balign 4096
	.globl hypercall_page
hypercall_page:
	.fill	4096, 1, 0x90

	.bss
	.globl boot_regs
boot_regs:
	.skip	128
	.balign 4096
	.skip	32768
	.globl boot_stack_end
boot_stack_end:
	/* Where traps from user mode land. */
	.skip	16384
	.globl kernel_stack_end
kernel_stack_end:
	.section .note.GNU-stack, "", @progbits
