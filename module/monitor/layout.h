/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers that assembly and C share; main.c asserts them against the structs. */
#ifndef MONITOR_LAYOUT_H
#define MONITOR_LAYOUT_H

/* Selectors of the monitor's GDT page: Xen's own, which guests hard-code. */
#define SEL_RING0_CS	0xe008
#define SEL_RING0_DS	0xe010
#define SEL_RING1_CS	0xe019
#define SEL_RING1_DS	0xe021
#define SEL_USER_CS32	0xe023
/* Those of processes of 32-bit guests, in the places of the next two. */
#define SEL_RING3_CS32	0xe02b
#define SEL_RING3_DS32	0xe033
#define SEL_USER_DS	0xe02b
#define SEL_USER_CS64	0xe033
#define SEL_TSS		0xe040
#define SEL_LDT		0xe050

/* struct regs */
#define REGS_SIZE	176
#define REGS_VECTOR	120
#define REGS_ERROR	128
#define REGS_RIP	136
#define REGS_CS		144
#define REGS_RFLAGS	152
#define REGS_RSP	160
#define REGS_SS		168

#define VEC_INT82	0x82	/* hypercalls of 32-bit guests */

/* regs.vector beyond the hardware's 0-255 */
#define VEC_SYSCALL	0x100	/* entered by syscall; may leave by sysret */
#define VEC_SYSCALL32	0x101	/* compat-mode syscall */
#define VEC_SYSENTER	0x102
#define VEC_RESUME	0x103	/* leave by iretq */

/* struct vcpu */
#define VCPU_SYSCALL_RSP	0
#define VCPU_FAST_SP		8
#define VCPU_FAST_RIP		16
#define VCPU_KERNEL_CR3		24
#define VCPU_USER_CR3		32
#define VCPU_INFO		40
#define VCPU_TODO		48
#define VCPU_KERNEL_MODE	52
#define VCPU_NMI_MASKED		53
#define VCPU_FAST		54
#define VCPU_IOPL		56
#define VCPU_FAST_RDX		64

/* A vCPU's area; where struct vcpu is in it, and from the end of the stack */
#define AREA_SIZE		0x10000
#define AREA_VCPU		0x2000
#define AREA_SYSCALL_RSP	(AREA_VCPU + VCPU_SYSCALL_RSP)
#define STACK_SYSCALL_RSP	(AREA_SYSCALL_RSP - AREA_SIZE)

/* struct vcpu_info */
#define INFO_PENDING		0
#define INFO_MASK		1

#define GUEST_HIGH		0xffff880000000000

#endif
