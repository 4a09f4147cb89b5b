// SPDX-License-Identifier: GPL-2.0
/* A guest's memory without a guest. */
#include <stdlib.h>

#include "guest.h"
#include "util.h"

void guest_new(struct guest *g, unsigned int mb)
{
	guest_mem_init(&g->mem, (uint64_t)mb << 8, (uint64_t)mb << 8);
	if (guest_mem_map(&g->mem, NR_GRANT_FRAMES * PAGE_SIZE))
		exit(1);
	g->grants_gpa = g->mem.special_gpa;
	g->grants = guest_ptr(&g->mem, g->grants_gpa,
			      NR_GRANT_FRAMES * PAGE_SIZE);
}

void guest_free(struct guest *g)
{
	guest_mem_unmap(&g->mem);
}

void *guest_page(struct guest *g, uint32_t frame)
{
	return guest_ptr(&g->mem, (uint64_t)frame << PAGE_SHIFT, PAGE_SIZE);
}

void guest_grant(struct guest *g, uint32_t ref, uint32_t frame, uint16_t flags)
{
	g->grants[ref].domid = 0;
	g->grants[ref].frame = frame;
	__atomic_store_n(&g->grants[ref].flags, GTF_permit_access | flags,
			 __ATOMIC_RELEASE);
}
