/* SPDX-License-Identifier: GPL-2.0 */
/* A guest's request, from the ring's words to I/O on guest pages. */
#ifndef XENPV_BLOCK_REQUEST_H
#define XENPV_BLOCK_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "io.h"
#include "ring.h"

struct disk;

#define SECTOR_SHIFT		9
#define SECTORS_PER_PAGE	8

/* What is left to be done, in this order. */
enum step {
	STEP_DRAIN = 1,		/* wait for all others (barrier) */
	STEP_PREFLUSH = 2,
	STEP_DATA = 4,
	STEP_POSTFLUSH = 8,
};

/* A request in flight. */
struct slot {
	struct disk_io io;	/* first: engines give it back */
	struct slot *next;	/* free */
	uint64_t id;
	uint8_t operation;
	enum disk_op op;	/* what it is about: io.op is the step's */
	uint8_t steps;		/* left */
	bool writable;		/* pages are mapped for writing */
	unsigned int nr_mapped;
	uint32_t refs[MAX_SEGMENTS];
	struct iovec iov[MAX_SEGMENTS];
};

/*
 * Check REQ against DISK, map its pages, and say in the slot what to do.
 * BLKIF_RSP_OKAY, or the status to answer; nothing is mapped then.
 */
int request_prepare(const struct disk *disk, const struct blk_request *req,
		    struct slot *slot);
/* Unmap its pages. */
void request_release(const struct disk *disk, struct slot *slot);

#endif
