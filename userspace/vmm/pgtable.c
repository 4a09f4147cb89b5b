// SPDX-License-Identifier: GPL-2.0
/* Builds x86-64 page tables into guest memory. */
#include <stddef.h>

#include "pgtable.h"

#define ENTRIES	512
#define SMALL	0x1000ULL
#define LARGE	0x200000ULL

void pgtable_init(struct pgtable *pt, void *tables, uint64_t gpa, uint64_t max)
{
	pt->tables = tables;
	pt->gpa = gpa;
	pt->nr = 1;
	pt->max = max;
}

static unsigned int slot(uint64_t va, int level)
{
	return va >> (12 + 9 * (level - 1)) & (ENTRIES - 1);
}

static uint64_t *table_at(const struct pgtable *pt, uint64_t entry)
{
	return pt->tables + ((entry & PT_ADDR) - pt->gpa) / 8;
}

/* The entry for VA at LEVEL; missing tables above are made, as open as US. */
static uint64_t *walk(struct pgtable *pt, uint64_t va, int level, uint64_t us)
{
	uint64_t *e = pt->tables + slot(va, 4);
	int l;

	for (l = 3; l >= level; l--) {
		if (!*e) {
			if (pt->nr == pt->max)
				return NULL;
			*e = (pt->gpa + pt->nr++ * SMALL) | PT_PRESENT | PT_RW |
			     PT_ACCESSED | PT_DIRTY;
		}
		if (*e & PT_PSE)
			return NULL;
		*e |= us;
		e = table_at(pt, *e) + slot(va, l);
	}
	return e;
}

int pgtable_map(struct pgtable *pt, uint64_t va, uint64_t gpa, uint64_t size,
		uint64_t prot)
{
	const uint64_t flags = prot | PT_PRESENT | PT_ACCESSED | PT_DIRTY;
	uint64_t step, *e;

	for (; size; va += step, gpa += step, size -= step) {
		int large = !((va | gpa) & (LARGE - 1)) && size >= LARGE;

		step = large ? LARGE : SMALL;
		e = walk(pt, va, large ? 2 : 1, prot & PT_US);
		if (!e || *e)
			return -1;
		*e = gpa | flags | (large ? PT_PSE : 0);
	}
	return 0;
}

int pgtable_link_l1(struct pgtable *pt, uint64_t va, uint64_t l1_gpa)
{
	uint64_t *e = walk(pt, va, 2, 0);

	if (!e || *e)
		return -1;
	*e = l1_gpa | PT_PRESENT | PT_RW | PT_ACCESSED | PT_DIRTY;
	return 0;
}

uint64_t pgtable_lookup(const struct pgtable *pt, uint64_t va, int *level)
{
	uint64_t e = pt->tables[slot(va, 4)], first = pt->gpa;
	int l;

	for (l = 3; e && l >= 1; l--) {
		/* A table of the caller's own cannot be seen from here. */
		if ((e & PT_ADDR) < first ||
		    (e & PT_ADDR) >= first + pt->nr * SMALL)
			return 0;
		e = table_at(pt, e)[slot(va, l)];
		if (l == 1 || e & PT_PSE) {
			*level = l;
			return e;
		}
	}
	return 0;
}
