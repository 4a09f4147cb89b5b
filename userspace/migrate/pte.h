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

/* Xen's, not the guest's: neither saved nor restored. */
static inline bool pte_is_xens(int level, unsigned int index)
{
	return level == 4 && index >= XENPV_L4_FIRST &&
	       index <= XENPV_L4_LAST;
}

#endif
