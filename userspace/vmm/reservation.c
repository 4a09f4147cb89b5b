// SPDX-License-Identifier: GPL-2.0
/* Which frames of RAM the domain owns at the moment (ballooning). */
#include <stdlib.h>
#include <string.h>

#include "../util.h"
#include "reservation.h"

#define NONE	(~0ULL)

static bool owned(const struct reservation *r, uint64_t f)
{
	return r->owned[f / 64] >> (f % 64) & 1;
}

static void set_owned(struct reservation *r, uint64_t f, uint64_t nr, bool on)
{
	for (; nr; nr--, f++) {
		if (on)
			r->owned[f / 64] |= 1ULL << (f % 64);
		else
			r->owned[f / 64] &= ~(1ULL << (f % 64));
	}
}

static void set_m2p(struct reservation *r, uint64_t mfn, uint64_t pfn)
{
	r->m2p[mfn] = pfn;
	if (r->m2p32)
		r->m2p32[mfn] = pfn;
}

void reservation_init(struct reservation *r, const struct guest_mem *m,
		      const struct special_layout *l)
{
	pthread_mutex_init(&r->lock, NULL);
	r->mem = m;
	r->m2p = guest_ptr(m, l->m2p, l->m2p_entries * 8);
	r->m2p32 = l->m2p32 ? guest_ptr(m, l->m2p32, l->m2p_entries * 4) : NULL;
	r->owned = xcalloc(m->max_pages / 64 + 1, 8);
	/* At start frame and pfn are the same number. */
	memset(r->owned, 0xff, m->nr_pages / 64 * 8);
	set_owned(r, m->nr_pages / 64 * 64, m->nr_pages % 64, true);
	r->nr_owned = m->nr_pages;
	r->limit = m->max_pages;
	r->hint = m->nr_pages;
}

void reservation_own(struct reservation *r, uint64_t index)
{
	pthread_mutex_lock(&r->lock);
	if (!owned(r, index)) {
		set_owned(r, index, 1, true);
		r->nr_owned++;
	}
	set_m2p(r, frame_to_mfn(r->mem, index), index);
	pthread_mutex_unlock(&r->lock);
}

void reservation_free(struct reservation *r)
{
	if (!r->owned)
		return;
	free(r->owned);
	r->owned = NULL;
	pthread_mutex_destroy(&r->lock);
}

/* Are frames [f, f + nr) there, free, and one run of mfns? */
static bool is_free(const struct reservation *r, uint64_t f, uint64_t nr)
{
	uint64_t i;

	if (f >= r->mem->max_pages || nr > r->mem->max_pages - f)
		return false;
	if (f < r->mem->low_max && f + nr > r->mem->low_max)
		return false;
	for (i = 0; i < nr; i++)
		if (owned(r, f + i))
			return false;
	return true;
}

static uint64_t find_free(struct reservation *r, uint64_t nr)
{
	uint64_t max = r->mem->max_pages, f, tried;

	f = r->hint / nr * nr;
	for (tried = 0; tried < max + nr; ) {
		if (f >= max)
			f = 0;
		/* Whole words of owned frames are stepped over at once. */
		if (f % 64 == 0 && nr <= 64 && r->owned[f / 64] == NONE) {
			f += 64;
			tried += 64;
			continue;
		}
		if (is_free(r, f, nr))
			return f;
		f += nr;
		tried += nr;
	}
	return NONE;
}

int64_t reservation_add(struct reservation *r, uint64_t pfn, unsigned int order)
{
	uint64_t nr = 1ULL << order, f, mfn, i;

	if (order > RESERVATION_MAX_ORDER)
		return -1;

	pthread_mutex_lock(&r->lock);
	/* The frame of the same number keeps mfn == pfn where that can be. */
	if (r->nr_owned + nr > r->limit)
		f = NONE;
	else
		f = pfn % nr == 0 && is_free(r, pfn, nr) ? pfn : find_free(r, nr);
	if (f == NONE) {
		pthread_mutex_unlock(&r->lock);
		return -1;
	}
	set_owned(r, f, nr, true);
	r->nr_owned += nr;
	r->hint = f + nr;
	mfn = frame_to_mfn(r->mem, f);
	if (pfn != NONE)
		for (i = 0; i < nr; i++)
			set_m2p(r, mfn + i, pfn + i);
	pthread_mutex_unlock(&r->lock);
	return mfn;
}

int reservation_remove(struct reservation *r, uint64_t mfn, unsigned int order)
{
	uint64_t nr = 1ULL << order, f, i;

	if (order > RESERVATION_MAX_ORDER || !mfn_to_frame(r->mem, mfn, &f) ||
	    nr > r->mem->max_pages - f ||
	    (f < r->mem->low_max && f + nr > r->mem->low_max))
		return -1;

	pthread_mutex_lock(&r->lock);
	for (i = 0; i < nr; i++)
		if (!owned(r, f + i))
			break;
	if (i < nr) {
		pthread_mutex_unlock(&r->lock);
		return -1;
	}
	set_owned(r, f, nr, false);
	r->nr_owned -= nr;
	for (i = 0; i < nr; i++)
		set_m2p(r, mfn + i, NONE);
	/* Under the lock: nobody must get the frame before it is emptied. */
	guest_mem_discard(r->mem, mfn, nr);
	pthread_mutex_unlock(&r->lock);
	return 0;
}

uint64_t reservation_limit(struct reservation *r, uint64_t pages)
{
	uint64_t limit;

	pthread_mutex_lock(&r->lock);
	if (pages)
		r->limit = pages;
	limit = r->limit;
	pthread_mutex_unlock(&r->lock);
	return limit;
}

uint64_t reservation_pages(struct reservation *r)
{
	uint64_t n;

	pthread_mutex_lock(&r->lock);
	n = r->nr_owned;
	pthread_mutex_unlock(&r->lock);
	return n;
}
