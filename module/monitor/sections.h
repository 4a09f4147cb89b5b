/* SPDX-License-Identifier: GPL-2.0-only */
/* What entry.S and the linker script define. */
#ifndef MONITOR_SECTIONS_H
#define MONITOR_SECTIONS_H

#include <linux/types.h>

struct gate_init {
	u32 vector;
	u8 dpl, ist;
	u16 pad;
	u64 handler;
};

/* Ends with a vector beyond 255. */
extern const struct gate_init idt_init[];

/* The stubs, the places of their jumps, and where those go. */
extern char stub_start[], stub_syscall_jmp[], stub_compat[], stub_compat_jmp[];
extern char stub_sysenter[], stub_sysenter_jmp[], stub_end[];
extern char entry_syscall[], entry_compat[], entry_sysenter[];

/* The iretq to the guest. */
extern char resume_iretq[];

/* An instruction that may fault, and where to go on when it does. */
struct ex_entry {
	unsigned long from, to;
};

extern const struct ex_entry ex_table_start[], ex_table_end[];

#endif
