/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The shared ring of a block device: requests in, responses out.
 *
 * Everything in it is the guest's and may change while we look: a request is
 * copied once, and only the copy is looked at.
 */
#ifndef XENPV_BLOCK_RING_H
#define XENPV_BLOCK_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "../vmm/xen.h"
#include <xen/io/blkif.h>

#define RING_MAX_ORDER	4
#define RING_MAX_PAGES	(1U << RING_MAX_ORDER)
#define MAX_SEGMENTS	256	/* of an indirect request */

struct blk_layout;
/* The layout of a "protocol" node's value, or NULL.  NULL means the default. */
const struct blk_layout *blk_layout_find(const char *protocol);

struct blk_ring {
	const struct blk_layout *layout;
	uint8_t *pages[RING_MAX_PAGES];	/* guest memory */
	uint32_t size;			/* requests it has room for */
	uint32_t req_cons;
	uint32_t rsp_prod;		/* what the guest knows of */
	uint32_t rsp_prod_pvt;		/* what is written */
};

/* A request in a form of our own.  Nothing in it is checked. */
struct blk_request {
	uint8_t operation;	/* BLKIF_OP_* as it came */
	uint8_t op;		/* what an indirect request is about */
	uint16_t nr_segments;
	uint64_t id;
	uint64_t sector;
	union {
		uint64_t nr_sectors;	/* BLKIF_OP_DISCARD */
		struct blkif_request_segment
			segments[BLKIF_MAX_SEGMENTS_PER_REQUEST];
		grant_ref_t indirect[BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST];
	};
};

/* The frontend made it, and may have used it before: go on where it stands. */
int blk_ring_attach(struct blk_ring *r, const struct blk_layout *layout,
		    uint8_t *const *pages, unsigned int nr_pages);

/*
 * How many requests wait.  -1: more than can be: the ring is broken, or a
 * guest tries something.
 */
int blk_ring_pending(const struct blk_ring *r);
/* The next one; there must be one. */
void blk_ring_take(struct blk_ring *r, struct blk_request *req);
/* Ask for an event at the next request; true: there is one already. */
bool blk_ring_final_check(struct blk_ring *r);

void blk_ring_respond(struct blk_ring *r, uint64_t id, uint8_t operation,
		      int16_t status);
/* Let the guest see the responses; true: it wants an event. */
bool blk_ring_push(struct blk_ring *r);

#endif
