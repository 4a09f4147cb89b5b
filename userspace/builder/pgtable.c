// SPDX-License-Identifier: GPL-2.0
/* Initial page tables of a PV kernel. */
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "pgtable.h"
#include "populate.h"
#include "util.h"
#include "vmm/memory.h"

#define PTE_PRESENT	(1ULL << 0)
#define PTE_RW		(1ULL << 1)
#define PTE_USER	(1ULL << 2)
#define PTE_ACCESSED	(1ULL << 5)
#define PTE_DIRTY	(1ULL << 6)
#define PTE_ADDR	0x000ffffffffff000ULL

/* 64-bit kernels run in ring 3, 32-bit ones in ring 1. */
#define PROT_LEAF_32	(PTE_PRESENT | PTE_RW | PTE_ACCESSED)
#define PROT_LEAF	(PROT_LEAF_32 | PTE_USER)
#define PROT_TABLE	(PROT_LEAF | PTE_DIRTY)
/* Level 3 of PAE has no other bits. */
#define PROT_ROOT_32	PTE_PRESENT

/* Xen's addresses begin in the last of four level-2 tables, which must be there. */
#define XEN_VA_32	0xf5800000ULL

/* Address bits above a table of LEVEL (1 is the last). */
static unsigned int table_shift(unsigned int level)
{
	return PAGE_SHIFT + 9 * level;
}

static uint64_t canonical_bits(uint64_t va)
{
	return va & ((1ULL << 48) - 1);
}

/* First and last table of a level that PAGES pages at VA touch. */
struct range {
	uint64_t first, last;
};

static struct range tables_of(unsigned int level, uint64_t va, uint64_t pages)
{
	uint64_t from = canonical_bits(va);
	uint64_t to = from + (pages << PAGE_SHIFT) - 1;

	return (struct range){ from >> table_shift(level),
			       to >> table_shift(level) };
}

uint64_t pgtable_count(unsigned int levels, uint64_t va, uint64_t pages)
{
	uint64_t nr = 1;
	unsigned int level;

	for (level = 1; level < levels; level++) {
		struct range r = tables_of(level, va, pages);

		nr += r.last - r.first + 1;
		if (levels == 3 && level == 2 &&
		    r.last < XEN_VA_32 >> table_shift(level))
			nr++;
	}
	return nr;
}

uint64_t pgtable_count_more(unsigned int levels, uint64_t va, uint64_t pages,
			    uint64_t more_va, uint64_t more)
{
	uint64_t nr = 0;
	unsigned int level;

	for (level = 1; level < levels; level++) {
		struct range a = tables_of(level, va, pages);
		struct range b = tables_of(level, more_va, more);
		uint64_t first = a.first > b.first ? a.first : b.first;
		uint64_t last = a.last < b.last ? a.last : b.last;

		nr += b.last - b.first + 1;
		if (first <= last)
			nr -= last - first + 1;
	}
	return nr;
}

struct writer {
	const struct guest_mem *mem;
	const struct layout *l;
	struct span pool;	/* tables not yet used */
};

static uint64_t new_table(struct writer *w)
{
	uint64_t pfn = w->pool.pfn++;

	/* pgtable_count() is wrong otherwise. */
	if (!w->pool.pages--)
		abort();
	memset(populate_page(w->mem, pfn), 0, PAGE_SIZE);
	return pfn_to_mfn(w->mem, pfn);
}

static uint64_t *table_at(const struct writer *w, uint64_t mfn)
{
	uint64_t *t = guest_ptr(w->mem, mfn << PAGE_SHIFT, PAGE_SIZE);

	if (!t)
		abort();
	return t;
}

/* The entry of VA at level LAST, its tables made as needed. */
static uint64_t *entry_of(struct writer *w, uint64_t va, unsigned int last)
{
	uint64_t mfn = pfn_to_mfn(w->mem, w->l->tables.pfn);
	unsigned int level;

	for (level = w->l->levels; ; level--) {
		unsigned int index = va >> (PAGE_SHIFT + 9 * (level - 1)) & 511;
		uint64_t *e = table_at(w, mfn) + index;

		if (level == last)
			return e;
		if (!*e)
			*e = new_table(w) << PAGE_SHIFT |
			     (level == 3 && w->l->levels == 3 ? PROT_ROOT_32 :
								PROT_TABLE);
		mfn = (*e & PTE_ADDR) >> PAGE_SHIFT;
	}
}

static void map(struct writer *w, uint64_t va, uint64_t pfn, uint64_t pages)
{
	const struct span *ro = &w->l->tables;
	uint64_t *e = NULL;
	uint64_t i;

	for (i = 0; i < pages; i++, va += PAGE_SIZE, pfn++) {
		uint64_t prot = w->l->levels == 3 ? PROT_LEAF_32 : PROT_LEAF;

		if (pfn >= ro->pfn && pfn - ro->pfn < ro->pages)
			prot &= ~PTE_RW;
		/* Entries of one table follow each other. */
		if (!e || !(va >> PAGE_SHIFT & 511))
			e = entry_of(w, va, 1);
		else
			e++;
		*e = pfn_to_mfn(w->mem, pfn) << PAGE_SHIFT | prot;
	}
}

void pgtable_write(const struct guest_mem *mem, const struct layout *l)
{
	struct writer w = { .mem = mem, .l = l, .pool = l->tables };

	new_table(&w);		/* the root */
	map(&w, l->virt_base, 0, l->map_pages);
	if (l->levels == 3)
		entry_of(&w, XEN_VA_32, 2);
	if (l->p2m_apart) {
		w.pool = l->p2m_tables;
		map(&w, l->p2m_va, l->p2m.pfn, l->p2m.pages);
	}
}
