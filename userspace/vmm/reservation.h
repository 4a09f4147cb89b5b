/* SPDX-License-Identifier: GPL-2.0 */
/* Which frames of RAM the domain owns at the moment (ballooning). */
#ifndef XENPV_VMM_RESERVATION_H
#define XENPV_VMM_RESERVATION_H

#include <pthread.h>
#include <stdint.h>

#include "layout.h"
#include "memory.h"

struct reservation {
	pthread_mutex_t lock;
	const struct guest_mem *mem;
	uint64_t *m2p;			/* guest memory */
	uint32_t *m2p32;		/* the same for 32-bit guests, or NULL */
	uint64_t *owned;		/* a bit per frame of RAM */
	uint64_t nr_owned;
	uint64_t limit;			/* of nr_owned */
	uint64_t hint;			/* where to look for a free frame */
};

void reservation_init(struct reservation *r, const struct guest_mem *m,
		      const struct special_layout *l);
/* The domain has the frame of pfn INDEX from the beginning. */
void reservation_own(struct reservation *r, uint64_t index);
void reservation_free(struct reservation *r);

#define RESERVATION_MAX_ORDER	9

/*
 * Give the domain 2^ORDER frames for pseudo-physical frames from PFN (~0: the
 * guest will say later which).  The first mfn, or -1 when no such run is free or
 * it would have more than its limit.
 */
int64_t reservation_add(struct reservation *r, uint64_t pfn,
			unsigned int order);
/* Take 2^ORDER frames from MFN away.  -1: it does not own them all. */
int reservation_remove(struct reservation *r, uint64_t mfn,
		       unsigned int order);
uint64_t reservation_pages(struct reservation *r);
/* Set the limit, unless PAGES is 0; returns what it is. */
uint64_t reservation_limit(struct reservation *r, uint64_t pages);

#endif
