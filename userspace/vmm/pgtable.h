/* SPDX-License-Identifier: GPL-2.0 */
/* Builds x86-64 page tables into guest memory. */
#ifndef XENPV_VMM_PGTABLE_H
#define XENPV_VMM_PGTABLE_H

#include <stdint.h>

#define PT_PRESENT	(1ULL << 0)
#define PT_RW		(1ULL << 1)
#define PT_US		(1ULL << 2)
#define PT_ACCESSED	(1ULL << 5)
#define PT_DIRTY	(1ULL << 6)
#define PT_PSE		(1ULL << 7)
#define PT_GLOBAL	(1ULL << 8)
#define PT_NX		(1ULL << 63)
#define PT_ADDR		0x000ffffffffff000ULL

/* Tables are taken one after the other from an array; the root is the first. */
struct pgtable {
	uint64_t *tables;	/* zeroed */
	uint64_t gpa;		/* of the first, multiple of 4096 */
	uint64_t nr, max;
};

/*
 * Tables one call of pgtable_map() for SIZE bytes can take, at most: when VA
 * and GPA are as far from a multiple of 2 MiB, and when they are not.
 */
static inline uint64_t pgtable_bound(uint64_t size)
{
	return (size >> 30) + (size >> 39) + 6;
}

static inline uint64_t pgtable_bound_small(uint64_t size)
{
	return (size >> 21) + pgtable_bound(size);
}

void pgtable_init(struct pgtable *pt, void *tables, uint64_t gpa, uint64_t max);

/*
 * Map SIZE bytes at VA to GPA, all multiples of 4096, with 2 MiB pages where
 * they fit.  PROT is of PT_RW, PT_US, PT_GLOBAL, PT_NX.  Accessed and dirty are
 * preset: the processor never writes to these tables.  -1 when the tables are
 * used up or something is mapped there already.
 */
int pgtable_map(struct pgtable *pt, uint64_t va, uint64_t gpa, uint64_t size,
		uint64_t prot);

/* Put the caller's own level-1 table at L1_GPA in place for the 2 MiB at VA. */
int pgtable_link_l1(struct pgtable *pt, uint64_t va, uint64_t l1_gpa);

/* The leaf entry that maps VA (*LEVEL 1 or 2), or 0. */
uint64_t pgtable_lookup(const struct pgtable *pt, uint64_t va, int *level);

#endif
