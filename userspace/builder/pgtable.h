/* SPDX-License-Identifier: GPL-2.0 */
/* The page tables that a PV kernel starts with: 4 KiB pages, mfns in entries. */
#ifndef XENPV_BUILDER_PGTABLE_H
#define XENPV_BUILDER_PGTABLE_H

#include <stdint.h>

struct guest_mem;
struct layout;

/* Tables of LEVELS levels that map PAGES pages at VA, the root included. */
uint64_t pgtable_count(unsigned int levels, uint64_t va, uint64_t pages);

/* Tables that MORE pages at MORE_VA need besides those. */
uint64_t pgtable_count_more(unsigned int levels, uint64_t va, uint64_t pages,
			    uint64_t more_va, uint64_t more);

/*
 * Write the tables of the layout: the initial mapping, in which the page
 * tables themselves are read-only, and the p2m list when it is apart.
 */
void pgtable_write(const struct guest_mem *mem, const struct layout *l);

#endif
