// SPDX-License-Identifier: GPL-2.0
/* A guest's grant table (version 1), from the side of backends. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "../util.h"
#include "../vmm/memory.h"
#include "../vmm/xen.h"
#include "grant.h"

/* Grants are spread over locks: threads seldom meet. */
#define NR_LOCKS	64
/* How often a guest may change an entry under our hands, as in Xen. */
#define RETRIES		5

/* A mapped entry.  The guest's may say something else by now. */
struct active {
	uint32_t frame;
	uint32_t readers;
	uint32_t writers;
};

struct grant_table {
	const struct guest_mem *mem;
	grant_entry_v1_t *entries;	/* guest memory */
	uint32_t nr;
	struct active *active;
	atomic_ullong mapped;
	pthread_mutex_t locks[NR_LOCKS];
};

/* flags and domid change together; so we look at them together. */
union shared_word {
	uint32_t raw;
	struct {
		uint16_t flags;
		uint16_t domid;
	};
};

_Static_assert(offsetof(grant_entry_v1_t, flags) == 0 &&
	       offsetof(grant_entry_v1_t, domid) == 2, "a word of flags, domid");

struct grant_table *grant_table_new(const struct guest_mem *mem, uint64_t gpa,
				    unsigned int nr_frames)
{
	void *entries = guest_ptr(mem, gpa, nr_frames * PAGE_SIZE);
	struct grant_table *t;
	unsigned int i;

	if (!entries)
		return NULL;
	t = xcalloc(1, sizeof(*t));
	t->mem = mem;
	t->entries = entries;
	t->nr = nr_frames * (PAGE_SIZE / sizeof(*t->entries));
	t->active = xcalloc(t->nr, sizeof(*t->active));
	for (i = 0; i < NR_LOCKS; i++)
		pthread_mutex_init(&t->locks[i], NULL);
	return t;
}

void grant_table_free(struct grant_table *t)
{
	unsigned int i;

	if (!t)
		return;
	for (i = 0; i < NR_LOCKS; i++)
		pthread_mutex_destroy(&t->locks[i]);
	free(t->active);
	free(t);
}

static uint32_t *shared_word(struct grant_table *t, uint32_t ref)
{
	return (uint32_t *)&t->entries[ref];
}

static bool permits(union shared_word w, bool writable)
{
	return (w.flags & GTF_type_mask) == GTF_permit_access && w.domid == 0 &&
	       (!writable || !(w.flags & GTF_readonly));
}

/* Mark the entry in use, as long as it permits that. */
static bool mark(struct grant_table *t, uint32_t ref, bool writable)
{
	uint32_t *word = shared_word(t, ref);
	union shared_word old, new;
	unsigned int i;

	old.raw = __atomic_load_n(word, __ATOMIC_ACQUIRE);
	for (i = 0; i < RETRIES; i++) {
		if (!permits(old, writable))
			return false;
		new = old;
		new.flags |= GTF_reading | (writable ? GTF_writing : 0);
		if (__atomic_compare_exchange_n(word, &old.raw, new.raw, false,
						__ATOMIC_SEQ_CST,
						__ATOMIC_ACQUIRE))
			return true;
	}
	return false;
}

static void unmark(struct grant_table *t, uint32_t ref, uint16_t flags)
{
	/* What we wrote to the page is there before the guest may take it. */
	__atomic_fetch_and(shared_word(t, ref), ~(uint32_t)flags,
			   __ATOMIC_SEQ_CST);
}

/* Only RAM can be granted: not the grant table, nor what the monitor uses. */
static void *frame_page(const struct grant_table *t, uint32_t frame)
{
	uint64_t index;

	if (!mfn_to_frame(t->mem, frame, &index))
		return NULL;
	return guest_ptr(t->mem, (uint64_t)frame << PAGE_SHIFT, PAGE_SIZE);
}

static void *map_first(struct grant_table *t, uint32_t ref, bool writable)
{
	struct active *a = &t->active[ref];
	void *page;

	if (!mark(t, ref, writable))
		return NULL;
	a->frame = __atomic_load_n(&t->entries[ref].frame, __ATOMIC_RELAXED);
	page = frame_page(t, a->frame);
	if (!page)
		unmark(t, ref, GTF_reading | GTF_writing);
	return page;
}

static void *map_again(struct grant_table *t, uint32_t ref, bool writable)
{
	const struct active *a = &t->active[ref];

	/* In use means the guest cannot have withdrawn it: only more rights count. */
	if (writable && !a->writers && !mark(t, ref, true))
		return NULL;
	return frame_page(t, a->frame);
}

void *grant_map(struct grant_table *t, uint32_t ref, bool writable)
{
	struct active *a;
	void *page;

	if (ref >= t->nr)
		return NULL;
	a = &t->active[ref];
	pthread_mutex_lock(&t->locks[ref % NR_LOCKS]);
	if (a->readers || a->writers)
		page = map_again(t, ref, writable);
	else
		page = map_first(t, ref, writable);
	if (page) {
		if (writable)
			a->writers++;
		else
			a->readers++;
		atomic_fetch_add_explicit(&t->mapped, 1, memory_order_relaxed);
	}
	pthread_mutex_unlock(&t->locks[ref % NR_LOCKS]);
	return page;
}

void grant_unmap(struct grant_table *t, uint32_t ref, bool writable)
{
	struct active *a = &t->active[ref];
	uint16_t done = 0;

	pthread_mutex_lock(&t->locks[ref % NR_LOCKS]);
	if (writable) {
		if (!--a->writers)
			done |= GTF_writing;
	} else {
		a->readers--;
	}
	if (!a->readers && !a->writers)
		done |= GTF_reading;
	if (done)
		unmark(t, ref, done);
	atomic_fetch_sub_explicit(&t->mapped, 1, memory_order_relaxed);
	pthread_mutex_unlock(&t->locks[ref % NR_LOCKS]);
}

uint64_t grant_mapped(const struct grant_table *t)
{
	return atomic_load_explicit(&t->mapped, memory_order_relaxed);
}
