// SPDX-License-Identifier: GPL-2.0
/* What lies where in the special region of guest physical memory. */
#include <inttypes.h>
#include <string.h>

#include <linux/kvm_xenpv_monitor.h>

#include "../util.h"
#include "layout.h"
#include "pgtable.h"

#define M2P_SPECIAL	(MEM_SPECIAL_END >> PAGE_SHIFT)

static uint64_t align(uint64_t v, uint64_t to)
{
	return (v + to - 1) & ~(to - 1);
}

/* Tables the monitor's address space takes, at most. */
static uint64_t count_tables(const struct guest_mem *m, unsigned int nr_vcpus,
			     uint64_t image_size, uint64_t m2p_size)
{
	return 1 + pgtable_bound(m2p_size) + pgtable_bound_small(M2P_SPECIAL * 8) +
	       /* the parts of the image */
	       4 * pgtable_bound_small(image_size) +
	       pgtable_bound_small((uint64_t)nr_vcpus * XENPV_AREA_SIZE) +
	       pgtable_bound_small((uint64_t)nr_vcpus * XENPV_DESC_SIZE) +
	       pgtable_bound(m->low_max << PAGE_SHIFT) +
	       pgtable_bound((m->max_pages - m->low_max) << PAGE_SHIFT) +
	       pgtable_bound(MEM_SPECIAL_END - MEM_HOLE_START);
}

int layout_special(struct special_layout *l, const struct guest_mem *m,
		   unsigned int nr_vcpus, uint64_t image_size)
{
	const uint64_t huge = 2ULL << 20;
	uint64_t gpa = m->special_gpa, m2p_size;

	memset(l, 0, sizeof(*l));
	l->m2p_entries = mem_end_mfn(m);
	m2p_size = align(l->m2p_entries * 8, PAGE_SIZE);
	if (mem_end_mfn(m) > XENPV_DIRECTMAP_SIZE >> PAGE_SHIFT)
		goto too_large;

	l->shared_info = gpa;
	gpa += PAGE_SIZE;
	l->grants = gpa;
	gpa += NR_GRANT_FRAMES * PAGE_SIZE;
	l->image = gpa;
	gpa += align(image_size, PAGE_SIZE);
	l->contexts = gpa;
	gpa += nr_vcpus * CONTEXT_PAGES * PAGE_SIZE;
	l->desc_l1 = gpa;
	gpa += DESC_L1_TABLES(nr_vcpus) * PAGE_SIZE;
	gpa = align(gpa, XENPV_AREA_SIZE);
	l->areas = gpa;
	gpa += (uint64_t)nr_vcpus * XENPV_AREA_SIZE;
	l->tables = gpa;
	l->nr_tables = count_tables(m, nr_vcpus, image_size, m2p_size);
	gpa += l->nr_tables * PAGE_SIZE;
	l->m2p_none = gpa;
	gpa += PAGE_SIZE;
	l->frame_table = gpa;
	gpa += align(l->m2p_entries * 2, PAGE_SIZE);
	/* Aligned, so that the guest's view of it takes large pages. */
	l->m2p = align(gpa, huge);
	gpa = align(l->m2p + m2p_size, huge);
	if (gpa > MEM_SPECIAL_END)
		goto too_large;

	l->size = gpa - m->special_gpa;
	return 0;

too_large:
	err("maxmem of %" PRIu64 " MiB is more than a domain can have",
	    m->max_pages >> 8);
	return -1;
}

uint64_t layout_m2p_end(const struct special_layout *l)
{
	return l->m2p_entries > M2P_SPECIAL ? l->m2p_entries : M2P_SPECIAL;
}

int layout_m2p32(struct special_layout *l, const struct guest_mem *m)
{
	uint64_t size = align(layout_m2p_end(l) * 4, 2ULL << 20);

	if (size > XENPV_M2P32_SIZE ||
	    m->special_gpa + l->size + size > MEM_SPECIAL_END) {
		err("maxmem of %" PRIu64 " MiB is more than a 32-bit domain can have",
		    m->max_pages >> 8);
		return -1;
	}
	l->m2p32 = m->special_gpa + l->size;
	l->size += size;
	return 0;
}

int layout_pins(struct special_layout *l, const struct guest_mem *m)
{
	uint64_t size = align(l->m2p_entries, 2ULL << 20);

	if (m->special_gpa + l->size + size > MEM_SPECIAL_END) {
		err("%" PRIu64 " MiB are more than a restored domain can have",
		    m->max_pages >> 8);
		return -1;
	}
	l->pins = m->special_gpa + l->size;
	l->size += size;
	return 0;
}
