/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A limit to what a guest sends: so many bytes, anew each interval.  One for
 * all queues of a device; any thread.
 */
#ifndef XENPV_NET_RATE_H
#define XENPV_NET_RATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct rate {
	pthread_mutex_t lock;
	uint64_t bytes;		/* per interval, 0: no limit */
	uint64_t interval;	/* ns */
	uint64_t credit;
	uint64_t next;		/* when there is new credit, ns */
};

void rate_init(struct rate *r, uint64_t bytes, uint64_t interval_us);
void rate_destroy(struct rate *r);
/*
 * May SIZE bytes go at NOW (ns)?  0, and they are paid for; otherwise the time
 * to ask again.
 */
uint64_t rate_take(struct rate *r, uint64_t size, uint64_t now);

#endif
