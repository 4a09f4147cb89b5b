/* SPDX-License-Identifier: GPL-2.0 */
/* A queue of a disk: a ring, an event channel, a thread that serves them. */
#ifndef XENPV_BLOCK_QUEUE_H
#define XENPV_BLOCK_QUEUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../device/device.h"
#include "../device/port.h"
#include "ring.h"

struct grant_table;
struct image;

/* What a disk's queues share.  They only read it, but for the counters. */
struct disk {
	struct grant_table *grants;
	struct image *image;		/* NULL: no medium */
	atomic_ullong sectors;		/* of 512 bytes; requests stay within */
	bool readonly;
	int resize_fd;			/* eventfd: the image has another size */
	const char *name;		/* for messages */

	/* Counters of what was done well, and of errors. */
	atomic_ullong reads, writes, flushes, discards, errors;
	atomic_ullong read_bytes, write_bytes;
};

struct blk_queue_params {
	struct disk *disk;
	const struct blk_layout *layout;
	uint32_t refs[RING_MAX_PAGES];	/* of the ring's pages */
	unsigned int nr_pages;
	struct port port;		/* open; the queue's from now on */
};

struct blk_queue;

/* NULL and WHY: a page is not granted, the ring's indices make no sense. */
struct blk_queue *blk_queue_new(const struct blk_queue_params *p, char why[WHY_MAX]);
/* Start its thread, for the disk's image as it is now.  -1 and WHY. */
int blk_queue_start(struct blk_queue *q, char why[WHY_MAX]);
/*
 * Returns when all that was taken from the ring is answered.  It may be
 * started again.
 */
void blk_queue_stop(struct blk_queue *q);
void blk_queue_free(struct blk_queue *q);	/* stopped */

#endif
