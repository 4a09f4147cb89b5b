/* SPDX-License-Identifier: GPL-2.0 */
/* Page-table entries of a guest. */
#ifndef XENPV_MIGRATE_PTE_H
#define XENPV_MIGRATE_PTE_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/kvm_xenpv_monitor.h>

#define PTE_PRESENT	0x001ULL
#define PTE_RW		0x002ULL
#define PTE_PSE		0x080ULL	/* above the last level */
#define PTE_FRAME_MASK	0x000ffffffffff000ULL
#define PTE_FRAME(e)	(((e) & PTE_FRAME_MASK) >> 12)
#define PTE_SET_FRAME(e, f) (((e) & ~PTE_FRAME_MASK) | (uint64_t)(f) << 12)

/* A 32-bit guest's page tables have three levels, the upper one four entries. */
static inline int pte_levels(bool is_32bit)
{
	return is_32bit ? 3 : 4;
}

/*
 * Xen's, not the guest's: neither saved nor restored.  Of a 32-bit guest there
 * are others in level 2: where its M2P is, from PTE_M2P32 on.
 */
static inline bool pte_is_xens(bool is_32bit, int level, unsigned int index)
{
	if (is_32bit)
		return level == 3 && index >= 4;
	return level == 4 && index >= XENPV_L4_FIRST &&
	       index <= XENPV_L4_LAST;
}

#define PTE_M2P32	(XENPV_M2P32_VA >> 21 & 511)

#endif
