// SPDX-License-Identifier: GPL-2.0
/*
 * A limit to what a guest sends: so many bytes, anew each interval.  One for
 * all queues of a device; any thread.
 */
#include <string.h>

#include "rate.h"

/* Any packet must get through at some time. */
#define BURST	(128 << 10)

void rate_init(struct rate *r, uint64_t bytes, uint64_t interval_us)
{
	memset(r, 0, sizeof(*r));
	pthread_mutex_init(&r->lock, NULL);
	r->bytes = bytes;
	r->interval = (interval_us ? interval_us : 1) * 1000;
	r->credit = bytes;
}

void rate_destroy(struct rate *r)
{
	pthread_mutex_destroy(&r->lock);
}

static void refill(struct rate *r, uint64_t now)
{
	uint64_t most = r->bytes > BURST ? r->bytes : BURST;
	uint64_t intervals;

	if (!r->next)
		r->next = now + r->interval;
	if (now < r->next)
		return;
	intervals = (now - r->next) / r->interval + 1;
	r->next += intervals * r->interval;
	if (intervals > most / r->bytes)
		r->credit = most;
	else
		r->credit += intervals * r->bytes;
	if (r->credit > most)
		r->credit = most;
}

uint64_t rate_take(struct rate *r, uint64_t size, uint64_t now)
{
	uint64_t until = 0;

	if (!r->bytes)
		return 0;
	pthread_mutex_lock(&r->lock);
	refill(r, now);
	if (size <= r->credit)
		r->credit -= size;
	else
		until = r->next;
	pthread_mutex_unlock(&r->lock);
	return until;
}
