/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guest physical memory.
 *
 * RAM: pfns 0 to nr_pages - 1.  mfn == pfn below 3 GiB; RAM beyond that starts
 * at 4 GiB (mfn = pfn + 0x40000).  The special frames (shared_info, grants,
 * monitor, its tables, M2P) lie between 3 GiB and 0xfee00000.
 */
#ifndef XENPV_VMM_MEMORY_H
#define XENPV_VMM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEM_HOLE_START	0xc0000000ULL	/* end of low RAM at most */
#define MEM_HOLE_END	0x100000000ULL	/* start of high RAM */

struct guest_mem {
	uint64_t nr_pages;		/* of RAM */
	uint64_t low_pages;		/* of them below the hole */
	uint8_t *low, *high;		/* mappings of RAM */
	uint64_t special_gpa;
	uint64_t special_size;
	uint8_t *special;
};

static inline uint64_t pfn_to_mfn(const struct guest_mem *m, uint64_t pfn)
{
	if (pfn < m->low_pages)
		return pfn;
	return pfn - m->low_pages + (MEM_HOLE_END >> 12);
}

/*
 * The one way to guest memory: LEN bytes at GPA, or NULL when they are not all
 * inside one region.  The guest may change them at any time.
 */
void *guest_ptr(const struct guest_mem *m, uint64_t gpa, uint64_t len);

#endif
