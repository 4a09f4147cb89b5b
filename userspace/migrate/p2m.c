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

/* The frame that VA is in, by the guest's page tables; NONE. */
static uint64_t walk(const struct snapshot *s, uint64_t root, uint64_t va)
{
	uint64_t mfn = root, entry;
	const uint64_t *table;
	unsigned int index;
	int level;

	for (level = 4; level; level--) {
		table = snapshot_words(s, mfn);
		index = va >> (3 + 9 * level) & 511;
		if (!table || pte_is_xens(level, index))
			return NONE;
		entry = table[index];
		if (!(entry & PTE_PRESENT) ||
		    (level > 1 && entry & PTE_PSE))
			return NONE;
		mfn = PTE_FRAME(entry);
	}
	return mfn;
}

/* The frame with entries PART * 512 and on. */
static uint64_t list_frame(const struct snapshot *s, uint64_t part)
{
	const struct arch_shared_info *a = &s->shared_info->arch;

	return walk(s, a->p2m_cr3 >> PAGE_SHIFT,
		    a->p2m_vaddr + part * PAGE_SIZE);
}

static uint64_t tree_frame(const struct snapshot *s, uint64_t part)
{
	uint64_t top = s->shared_info->arch.pfn_to_mfn_frame_list_list;
	const uint64_t *table = snapshot_words(s, top);

	if (!table || part / 512 >= 512)
		return NONE;
	table = snapshot_words(s, table[part / 512]);
	return table ? table[part % 512] : NONE;
}

static uint64_t p2m_frame(const struct snapshot *s, uint64_t part)
{
	return s->shared_info->arch.p2m_cr3 ? list_frame(s, part) :
					      tree_frame(s, part);
}

/* What the guest says of pages PART * 512 and on, if the M2P agrees. */
static void take_part(struct snapshot *s, uint64_t part,
		      const uint64_t *entries)
{
	uint64_t i, pfn, mfn, index;

	for (i = 0; i < 512; i++) {
		pfn = part * 512 + i;
		if (pfn >= s->nr_pfns)
			return;
		/* Upper bits mark what is not the domain's own. */
		mfn = entries[i];
		s->p2m[pfn] = mfn_to_frame(s->mem, mfn, &index) &&
			      mfn < s->m2p_entries && s->m2p[mfn] == pfn ?
			      mfn : NONE;
	}
}

/* Without pages at the end there is no need for their part of the p2m. */
static void trim(struct snapshot *s)
{
	while (s->nr_pfns && s->p2m[s->nr_pfns - 1] == NONE)
		s->nr_pfns--;
	s->nr_p2m_frames = (s->nr_pfns + 511) / 512;
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
	const uint64_t *entries;
	uint64_t i;

	s->nr_pfns = s->shared_info->arch.max_pfn;
	if (!s->nr_pfns || s->nr_pfns > PFNS_MAX(s->limit)) {
		err("the guest's p2m of %" PRIu64 " pages makes no sense",
		    s->nr_pfns);
		return -1;
	}
	s->nr_p2m_frames = (s->nr_pfns + 511) / 512;
	s->p2m = xcalloc(s->nr_pfns, 8);
	s->p2m_frames = xcalloc(s->nr_p2m_frames, 8);
	for (i = 0; i < s->nr_p2m_frames; i++) {
		s->p2m_frames[i] = p2m_frame(s, i);
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
