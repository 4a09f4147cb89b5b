/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guest physical memory.
 *
 * RAM: pfns 0 to nr_pages - 1.  mfn == pfn below 3 GiB; RAM beyond that starts
 * at 4 GiB (mfn = pfn + 0x40000).  The special frames (shared_info, grants,
 * monitor, its tables, M2P) lie between 3 GiB and XENPV_FCH_GPA.
 *
 * A domain may own more later (maxmem): max_pages frames are mapped, those of
 * pfns nr_pages and above belong to nobody at start.
 */
#ifndef XENPV_VMM_MEMORY_H
#define XENPV_VMM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/kvm_xenpv_monitor.h>

#define MEM_HOLE_START	0xc0000000ULL	/* end of low RAM at most */
#define MEM_HOLE_END	0x100000000ULL	/* start of high RAM */
#define MEM_SPECIAL_END	XENPV_FCH_GPA

struct guest_mem {
	uint64_t nr_pages;		/* of RAM */
	uint64_t low_pages;		/* of them below the hole */
	uint8_t *low, *high;		/* mappings of RAM */
	uint64_t special_gpa;
	uint64_t special_size;
	uint8_t *special;
	uint64_t max_pages;		/* of RAM the domain may ever have */
	uint64_t low_max;		/* of them below the hole */
};

static inline uint64_t pfn_to_mfn(const struct guest_mem *m, uint64_t pfn)
{
	if (pfn < m->low_pages)
		return pfn;
	return pfn - m->low_pages + (MEM_HOLE_END >> 12);
}

/* Frames of RAM in order of address: index 0 to max_pages - 1, and back. */
static inline uint64_t frame_to_mfn(const struct guest_mem *m, uint64_t index)
{
	if (index < m->low_max)
		return index;
	return index - m->low_max + (MEM_HOLE_END >> 12);
}

/* True, and the index in *INDEX, when MFN is a frame of RAM. */
static inline bool mfn_to_frame(const struct guest_mem *m, uint64_t mfn,
				uint64_t *index)
{
	if (mfn < m->low_max) {
		*index = mfn;
		return true;
	}
	if (mfn < MEM_HOLE_END >> 12 ||
	    mfn - (MEM_HOLE_END >> 12) >= m->max_pages - m->low_max)
		return false;
	*index = mfn - (MEM_HOLE_END >> 12) + m->low_max;
	return true;
}

/* First mfn beyond all RAM. */
static inline uint64_t mem_end_mfn(const struct guest_mem *m)
{
	return frame_to_mfn(m, m->max_pages - 1) + 1;
}

/*
 * The one way to guest memory: LEN bytes at GPA, or NULL when they are not all
 * inside one region.  The guest may change them at any time.
 */
void *guest_ptr(const struct guest_mem *m, uint64_t gpa, uint64_t len);

/*
 * Fill in the numbers of *M, without any memory yet: NR_PAGES of RAM now,
 * MAX_PAGES at most.
 */
void guest_mem_init(struct guest_mem *m, uint64_t nr_pages, uint64_t max_pages);

/*
 * Map RAM and SPECIAL_SIZE bytes of special frames.  0, or -1 after one line
 * on stderr.
 */
int guest_mem_map(struct guest_mem *m, uint64_t special_size);
void guest_mem_unmap(struct guest_mem *m);

/* Give the pages of frames [MFN, MFN + NR) back to the host. */
void guest_mem_discard(const struct guest_mem *m, uint64_t mfn, uint64_t nr);

#endif
