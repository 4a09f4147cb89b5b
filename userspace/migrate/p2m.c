// SPDX-License-Identifier: GPL-2.0
/*
 * Where a guest's pages are: its own p2m, which shared_info leads to, held
 * against the host's M2P.
 *
 * Guests have it in one of two ways: a list at a virtual address, or a tree of
 * frames, three levels deep.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../util.h"
#include "pte.h"
#include "snapshot.h"

#define NONE		(~0ULL)
#define PFNS_MAX(limit)	((limit) * 8 + (4ULL << 20))

const uint64_t *snapshot_words(const struct snapshot *s, uint64_t mfn)
{
	uint64_t index;

	if (!mfn_to_frame(s->mem, mfn, &index))
		return NULL;
	return guest_ptr(s->mem, mfn << PAGE_SHIFT, PAGE_SIZE);
}

int64_t snapshot_pfn(const struct snapshot *s, uint64_t mfn)
{
	uint64_t index, pfn;

	if (mfn >= s->m2p_entries || !mfn_to_frame(s->mem, mfn, &index))
		return -1;
	pfn = s->m2p[mfn];
	return pfn < s->nr_pfns && s->p2m[pfn] == mfn ? (int64_t)pfn : -1;
}

/* Where the guest says that its p2m is. */
struct place {
	uint64_t max_pfn;
	uint64_t tree;		/* frame of the tree's top */
	uint64_t cr3, va;	/* of the list; cr3 is 0 when there is a tree */
};

static struct place place_of(const struct snapshot *s)
{
	const shared_info_x86_32_t *narrow = (const void *)s->shared_info;
	const struct arch_shared_info *a = &s->shared_info->arch;

	if (s->is_32bit)
		return (struct place){
			narrow->arch.max_pfn,
			narrow->arch.pfn_to_mfn_frame_list_list,
			narrow->arch.p2m_cr3, narrow->arch.p2m_vaddr,
		};
	return (struct place){ a->max_pfn, a->pfn_to_mfn_frame_list_list,
			       a->p2m_cr3, a->p2m_vaddr };
}

/* The I-th of a page's words, which are as wide as the guest's; NONE. */
static uint64_t word(const struct snapshot *s, const void *page, uint64_t i)
{
	uint32_t narrow;

	if (!s->is_32bit)
		return ((const uint64_t *)page)[i];
	narrow = ((const uint32_t *)page)[i];
	return narrow == ~0U ? NONE : narrow;
}

static uint64_t cr3_frame(const struct snapshot *s, uint64_t cr3)
{
	return s->is_32bit ? xen_cr3_to_pfn_x86_32(cr3) : cr3 >> PAGE_SHIFT;
}

/* The frame that VA is in, by the guest's page tables; NONE. */
static uint64_t walk(const struct snapshot *s, uint64_t root, uint64_t va)
{
	uint64_t mfn = root, entry;
	const uint64_t *table;
	unsigned int index;
	int level;

	if (s->is_32bit && va >= XENPV_M2P32_VA)
		return NONE;
	for (level = pte_levels(s->is_32bit); level; level--) {
		table = snapshot_words(s, mfn);
		index = va >> (3 + 9 * level) & 511;
		if (!table || pte_is_xens(s->is_32bit, level, index))
			return NONE;
		entry = table[index];
		if (!(entry & PTE_PRESENT) ||
		    (level > 1 && entry & PTE_PSE))
			return NONE;
		mfn = PTE_FRAME(entry);
	}
	return mfn;
}

static uint64_t tree_frame(const struct snapshot *s, uint64_t top,
			   uint64_t part)
{
	uint64_t per_page = P2M_ENTRIES(s->is_32bit);
	const void *table = snapshot_words(s, top);

	if (!table || part / per_page >= per_page)
		return NONE;
	table = snapshot_words(s, word(s, table, part / per_page));
	return table ? word(s, table, part % per_page) : NONE;
}

/* The frame of the PART-th page of the p2m. */
static uint64_t p2m_frame(const struct snapshot *s, const struct place *at,
			  uint64_t part)
{
	if (!at->cr3)
		return tree_frame(s, at->tree, part);
	return walk(s, cr3_frame(s, at->cr3), at->va + part * PAGE_SIZE);
}

/* What the guest says there, if the M2P agrees. */
static void take_part(struct snapshot *s, uint64_t part, const void *entries)
{
	uint64_t i, pfn, mfn, index, nr = P2M_ENTRIES(s->is_32bit);

	for (i = 0; i < nr; i++) {
		pfn = part * nr + i;
		if (pfn >= s->nr_pfns)
			return;
		/* Upper bits mark what is not the domain's own. */
		mfn = word(s, entries, i);
		s->p2m[pfn] = mfn_to_frame(s->mem, mfn, &index) &&
			      mfn < s->m2p_entries && s->m2p[mfn] == pfn ?
			      mfn : NONE;
	}
}

static uint64_t nr_parts(const struct snapshot *s)
{
	uint64_t per_page = P2M_ENTRIES(s->is_32bit);

	return (s->nr_pfns + per_page - 1) / per_page;
}

/* Without pages at the end there is no need for their part of the p2m. */
static void trim(struct snapshot *s)
{
	while (s->nr_pfns && s->p2m[s->nr_pfns - 1] == NONE)
		s->nr_pfns--;
	s->nr_p2m_frames = nr_parts(s);
}

static int find_pages(struct snapshot *s)
{
	uint64_t i;
	int64_t pfn;

	for (i = 0; i < s->nr_p2m_frames; i++) {
		pfn = snapshot_pfn(s, s->p2m_frames[i]);
		if (pfn < 0) {
			err("part %" PRIu64 " of the p2m is in frame %#" PRIx64 ", not the guest's",
			    i, s->p2m_frames[i]);
			return -1;
		}
		s->p2m_frames[i] = pfn;
	}
	return 0;
}

int snapshot_p2m(struct snapshot *s)
{
	const struct place at = place_of(s);
	const uint64_t *entries;
	uint64_t i;

	s->nr_pfns = at.max_pfn;
	if (!s->nr_pfns || s->nr_pfns > PFNS_MAX(s->limit)) {
		err("the guest's p2m of %" PRIu64 " pages makes no sense",
		    s->nr_pfns);
		return -1;
	}
	s->nr_p2m_frames = nr_parts(s);
	s->p2m = xcalloc(s->nr_pfns, 8);
	s->p2m_frames = xcalloc(s->nr_p2m_frames, 8);
	for (i = 0; i < s->nr_p2m_frames; i++) {
		s->p2m_frames[i] = p2m_frame(s, &at, i);
		entries = snapshot_words(s, s->p2m_frames[i]);
		if (!entries) {
			err("part %" PRIu64 " of the guest's p2m is nowhere", i);
			return -1;
		}
		take_part(s, i, entries);
	}
	trim(s);
	if (!s->nr_pfns) {
		err("the guest's p2m is empty");
		return -1;
	}
	return find_pages(s);
}
