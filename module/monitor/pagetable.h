/* SPDX-License-Identifier: GPL-2.0-only */
/* Page-table entries. */
#ifndef MONITOR_PAGETABLE_H
#define MONITOR_PAGETABLE_H

#include "monitor.h"

#define PTE_P	0x001UL
#define PTE_RW	0x002UL
#define PTE_US	0x004UL
#define PTE_AD	0x060UL
#define PTE_PS	0x080UL
#define PTE_G	0x100UL
#define PTE_KERNEL	BIT(52)	/* Xen's mark: the guest had no user bit there */
#define PTE_NX	BIT(63)
#define PTE_MFN(e)	(((e) & 0x000ffffffffff000UL) >> PAGE_SHIFT_)

static inline int va_index(unsigned long va, int level)
{
	return va >> (PAGE_SHIFT_ + 9 * (level - 1)) & 511;
}

static inline int entry_index(const u64 *entry)
{
	return PAGE_OFFSET_(entry) / 8;
}

#endif
