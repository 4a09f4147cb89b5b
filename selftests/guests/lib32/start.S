/* SPDX-License-Identifier: GPL-2.0 */
/*
 * start.S - where a 32-bit test guest starts, and every way back into its kernel
 */
#include <xen/elfnote.h>
#include "../lib/vectors.h"

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
	.long 4, 4, \type
	.asciz "Xen"
	.long \val
.endm
	note_str XEN_ELFNOTE_GUEST_OS, "xenpv-selftest"
	note_str XEN_ELFNOTE_GUEST_VERSION, "1"
	note_str XEN_ELFNOTE_XEN_VERSION, "xen-3.0"
	note_str XEN_ELFNOTE_LOADER, "generic"
	note_str XEN_ELFNOTE_FEATURES, "!writable_page_tables|pae_pgdir_above_4gb"
	note_str XEN_ELFNOTE_PAE_MODE, "yes"
	note_val XEN_ELFNOTE_VIRT_BASE, 0xc0000000
	note_val XEN_ELFNOTE_ENTRY, _start
	note_val XEN_ELFNOTE_HYPERCALL_PAGE, hypercall_page

	.text
	.globl _start
_start:
	mov	%esp, boot_regs + 0
	mov	%esi, boot_regs + 4
	mov	%cs, boot_regs + 8
	mov	%ss, boot_regs + 12
	mov	%ds, boot_regs + 16
	mov	%es, boot_regs + 20
	pushfl
	popl	boot_regs + 24
	cld
	mov	$boot_stack_end, %esp
	xor	%ebp, %ebp
	push	%esi
	call	boot
	ud2

	.balign 16
	.globl trap_stubs
trap_stubs:
	vector = 0
	.rept NR_VECTORS
	.balign 16
	.if vector != 8 && (vector < 10 || vector > 14) && vector != 17
	pushl	$0
	.endif
	pushl	$vector
	jmp	entry
	vector = vector + 1
	.endr

entry:
	pushal
	pushl	%ds
	pushl	%es
	pushl	%fs
	pushl	%gs
	mov	$0xe021, %eax
	mov	%eax, %ds
	mov	%eax, %es
	cld
	mov	%esp, %eax
	pushl	%eax
	call	trap
	addl	$4, %esp
	.globl leave
leave:
	popl	%gs
	popl	%fs
	popl	%es
	popl	%ds
	popal
	addl	$8, %esp
	pushl	%eax
	mov	$23, %eax	/* __HYPERVISOR_iret */
	int	$0x82
	ud2

/* void go(struct regs *): become what the registers say; never returns. */
	.globl go
go:
	mov	4(%esp), %esp
	jmp	leave

/* int catch(struct catch *): 0 now, the caught vector + 1 when it comes. */
	.globl catch
catch:
	mov	4(%esp), %eax
	mov	%ebx, 0(%eax)
	mov	%esi, 4(%eax)
	mov	%edi, 8(%eax)
	mov	%ebp, 12(%eax)
	lea	4(%esp), %edx
	mov	%edx, 16(%eax)
	mov	(%esp), %edx
	mov	%edx, 20(%eax)
	xor	%eax, %eax
	ret

/* void resume(struct catch *, int) */
	.globl resume
resume:
	mov	4(%esp), %ecx
	mov	8(%esp), %eax
	mov	0(%ecx), %ebx
	mov	4(%ecx), %esi
	mov	8(%ecx), %edi
	mov	12(%ecx), %ebp
	mov	16(%ecx), %esp
	jmp	*20(%ecx)

/* Where another vCPU starts, with its number in ebx. */
	.globl cpu_entry
cpu_entry:
	pushl	%ebx
	call	cpu_main
	ud2

	.balign 4096
	.globl hypercall_page
hypercall_page:
	.fill	4096, 1, 0x90

	.bss
	.globl boot_regs
boot_regs:
	.skip	32
	.balign 4096
	.skip	32768
	.globl boot_stack_end
boot_stack_end:
	.skip	16384
	.globl kernel_stack_end
kernel_stack_end:
	.section .note.GNU-stack, "", @progbits
