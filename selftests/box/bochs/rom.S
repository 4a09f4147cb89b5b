/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ROM that starts Linux in Bochs: no boot loader, no disc.
 *
 * Reading a kernel through an emulated drive and decompressing it on an emulated
 * processor takes a minute. Bochs can read a file into the guest's memory before it
 * starts (optramimage), but it gives out its memory in pieces of 128 KiB, when the guest
 * first touches them and in that order, while it reads the file as if they all
 * followed each other. So the file begins with padding, which the BIOS and the ROMs
 * before this one may have got as their memory. Touch memory that nobody needs
 * until the mark at the padding's end is seen, then the image's own from its beginning
 * to its end.
 */
#include "layout.h"

	.code16
	.text
rom:	.byte	0x55, 0xaa, ROM_SIZE / 512
	cli
	cld
	inb	$0x92, %al		/* A20 */
	orb	$2, %al
	outb	%al, $0x92
	movw	%cs, %ax
	movw	%ax, %ds
	lgdtl	gdtr - rom
	movl	%cr0, %eax
	orl	$1, %eax
	movl	%eax, %cr0
	ljmpl	$8, $start32

	.code32
start32:
	movw	$16, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %fs
	movw	%ax, %gs
	movw	%ax, %ss

	movl	$SPARE_ADDR, %ebx
	movl	$PAD, %ecx
	movl	$was_reset, %esi
1:	addl	$PIECE, %ebx
	cmpl	$PAD_MARK, (%ebx)
	je	2f
	loop	1b
	jmp	fail

2:	movl	$0, (%ebx)		/* once: a reset ends here */
	movl	$IMAGE_ADDR, %ebx
	movl	$no_image, %esi
	cmpl	$IMAGE_MARK, (%ebx)
	jne	fail
	movl	IMAGE_PIECES(%ebx), %ecx
	movl	%ebx, %edi
3:	movl	(%edi), %eax
	addl	$PIECE, %edi
	loop	3b

	addl	$IMAGE_INFO, %ebx
	jmp	*IMAGE_ENTRY - IMAGE_INFO(%ebx)

fail:	/* to the serial console, in bytes of eight bits */
	movw	$0x3fb, %dx
	movb	$3, %al
	outb	%al, %dx
	movw	$0x3f8, %dx
4:	lodsb
	testb	%al, %al
	jz	6f
	outb	%al, %dx
	movl	$1000000, %ecx		/* longer than a character takes */
5:	loop	5b
	jmp	4b
6:	movl	$shutdown, %esi	/* Bochs ends when it has seen the word */
	movl	$8, %ecx
	movw	$0x8900, %dx
	rep outsb
7:	hlt
	jmp	7b

was_reset:	.asciz	"rom: the machine was reset\r\n"
no_image:	.asciz	"rom: no image after its padding\r\n"
shutdown:	.ascii	"Shutdown"

	.balign	8
gdt:	.quad	0
	.quad	0x00cf9b000000ffff
	.quad	0x00cf93000000ffff
gdtr:	.word	. - gdt - 1
	.long	gdt

	.org	ROM_SIZE - 1
	.byte	CHECKSUM
