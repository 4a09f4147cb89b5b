// SPDX-License-Identifier: GPL-2.0
/*
 * Which pages are page tables, and of which level: what hangs below the roots
 * in use and below what the guest has pinned.  The monitor knows only the
 * latter for sure: guests write tables without asking.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../util.h"
#include "pte.h"
#include "snapshot.h"

/* Of the monitor's frame table: module/monitor/monitor.h. */
#define FRAME_LEVEL	0x0007
#define FRAME_PINNED	0x0008

static int mark(struct snapshot *s, uint64_t mfn, int level);

/* A 32-bit guest's level-2 table whose end is Xen's. */
static bool has_m2p(const struct snapshot *s, const uint64_t *table, int level)
{
	return s->is_32bit && level == 2 &&
	       table[PTE_M2P32] & PTE_PRESENT &&
	       PTE_FRAME(table[PTE_M2P32]) == s->m2p32_mfn;
}

/* How many of its entries can be the guest's; pte_is_xens() knows of others. */
static unsigned int nr_entries(const struct snapshot *s, const uint64_t *table,
			       int level)
{
	return has_m2p(s, table, level) ? PTE_M2P32 : 512;
}

static int mark_below(struct snapshot *s, uint64_t pfn, int level)
{
	const uint64_t *table = snapshot_words(s, s->p2m[pfn]);
	unsigned int i, nr = nr_entries(s, table, level);

	for (i = 0; i < nr; i++) {
		uint64_t e = table[i];
		int64_t below;

		if (!(e & PTE_PRESENT) || pte_is_xens(s->is_32bit, level, i))
			continue;
		if (e & PTE_PSE) {
			err("entry %u of page table %#" PRIx64 " is a large one",
			    i, pfn);
			return -1;
		}
		/* A table may show itself, read-only. */
		below = snapshot_pfn(s, PTE_FRAME(e));
		if (below >= 0 && PT_LEVEL(s->types[below]) == level &&
		    !(e & PTE_RW))
			continue;
		if (mark(s, PTE_FRAME(e), level - 1))
			return -1;
	}
	return 0;
}

/* At most four deep; each table is looked through once. */
static int mark(struct snapshot *s, uint64_t mfn, int level)
{
	int64_t pfn = snapshot_pfn(s, mfn);

	if (pfn < 0) {
		err("a page table of level %d is in frame %#" PRIx64 ", which is not the guest's",
		    level, mfn);
		return -1;
	}
	if (PT_LEVEL(s->types[pfn]) == level)
		return 0;
	if (s->types[pfn]) {
		err("page %#" PRIx64 " is a page table of level %d and of level %d",
		    pfn, level, PT_LEVEL(s->types[pfn]));
		return -1;
	}
	s->types[pfn] = level;
	return level > 1 ? mark_below(s, pfn, level) : 0;
}

static int mark_pinned(struct snapshot *s)
{
	uint64_t pfn;
	uint16_t frame;
	int level;

	/* From the top: what is below a pin of its own has its level then. */
	for (level = pte_levels(s->is_32bit); level; level--)
		for (pfn = 0; pfn < s->nr_pfns; pfn++) {
			if (s->p2m[pfn] == ~0ULL)
				continue;
			frame = s->frames[s->p2m[pfn]];
			if (!(frame & FRAME_PINNED) ||
			    (frame & FRAME_LEVEL) != level)
				continue;
			if (mark(s, s->p2m[pfn], level))
				return -1;
			s->types[pfn] |= PT_PINNED;
		}
	return 0;
}

static int mark_roots(struct snapshot *s)
{
	int level = pte_levels(s->is_32bit);
	unsigned int i;

	for (i = 0; i < s->nr_vcpus; i++) {
		const vcpu_guest_context_t *c = &s->vcpus[i].basic;

		if (!s->vcpus[i].present)
			continue;
		if (mark(s, c->ctrlreg[3] >> PAGE_SHIFT, level) ||
		    (c->ctrlreg[1] &&
		     mark(s, c->ctrlreg[1] >> PAGE_SHIFT, level)))
			return -1;
	}
	return 0;
}

int snapshot_types(struct snapshot *s)
{
	uint64_t pfn;

	s->types = xmalloc(s->nr_pfns);
	for (pfn = 0; pfn < s->nr_pfns; pfn++) {
		s->types[pfn] = s->p2m[pfn] == ~0ULL ? TYPE_ABSENT : 0;
		s->nr_present += s->p2m[pfn] != ~0ULL;
	}
	return mark_roots(s) || mark_pinned(s) ? -1 : 0;
}

int snapshot_table(const struct snapshot *s, uint64_t pfn, uint64_t to[512])
{
	const uint64_t *from = snapshot_words(s, s->p2m[pfn]);
	int level = PT_LEVEL(s->types[pfn]);
	unsigned int i, nr = nr_entries(s, from, level);
	int64_t target;

	for (i = 0; i < 512; i++) {
		to[i] = i >= nr || pte_is_xens(s->is_32bit, level, i) ? 0 :
									from[i];
		if (!(to[i] & PTE_PRESENT))
			continue;
		target = snapshot_pfn(s, PTE_FRAME(to[i]));
		if (target < 0) {
			err("entry %u of page table %#" PRIx64 ": frame %#llx is not the guest's",
			    i, pfn, PTE_FRAME(to[i]));
			return -1;
		}
		to[i] = PTE_SET_FRAME(to[i], target);
		/* The monitor lets guests write their tables; Xen emulates it. */
		if (level == 1 && PT_LEVEL(s->types[target]))
			to[i] &= ~PTE_RW;
	}
	return 0;
}
