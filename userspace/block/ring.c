// SPDX-License-Identifier: GPL-2.0
/* The shared ring of a block device. */
#include <stddef.h>
#include <string.h>

#include <xen/io/protocols.h>

#include "../util.h"
#include "ring.h"

/* Where things stand in a ring's entry.  A 32-bit guest packs 8 bytes to 4. */
struct blk_layout {
	const char *protocol;
	unsigned int entry;		/* size of one */
	unsigned int id;
	unsigned int sector;
	unsigned int segments;
	unsigned int discard_sectors;
	unsigned int indirect;
	unsigned int response;		/* size of one */
};

static const struct blk_layout layouts[] = {
	{
		.protocol = XEN_IO_PROTO_ABI_X86_64,
		.entry = sizeof(union blkif_sring_entry),
		.id = offsetof(struct blkif_request, id),
		.sector = offsetof(struct blkif_request, sector_number),
		.segments = offsetof(struct blkif_request, seg),
		.discard_sectors = offsetof(struct blkif_request_discard,
					    nr_sectors),
		.indirect = offsetof(struct blkif_request_indirect,
				     indirect_grefs),
		.response = sizeof(struct blkif_response),
	},
	{
		.protocol = XEN_IO_PROTO_ABI_X86_32,
		.entry = 108,
		.id = 4,
		.sector = 12,
		.segments = 20,
		.discard_sectors = 20,
		.indirect = 24,
		.response = 12,
	},
};

/* The same in both, and alike in requests of all kinds. */
#define REQ_OPERATION	0
#define REQ_NR_SEGMENTS	1	/* of an indirect request: its operation */
#define REQ_NR_INDIRECT	2
#define RSP_OPERATION	8
#define RSP_STATUS	10

_Static_assert(offsetof(struct blkif_request, nr_segments) == REQ_NR_SEGMENTS &&
	       offsetof(struct blkif_request_indirect, nr_segments) ==
	       REQ_NR_INDIRECT, "head of a request");
_Static_assert(offsetof(struct blkif_response, operation) == RSP_OPERATION &&
	       offsetof(struct blkif_response, status) == RSP_STATUS,
	       "response");
_Static_assert(sizeof(struct blkif_request_segment) == 8, "segment");

#define MAX_ENTRY	sizeof(union blkif_sring_entry)
#define RING_HEADER	offsetof(struct blkif_sring, ring)

const struct blk_layout *blk_layout_find(const char *protocol)
{
	unsigned int i;

	if (!protocol)
		return &layouts[0];
	for (i = 0; i < ARRAY_SIZE(layouts); i++)
		if (!strcmp(layouts[i].protocol, protocol))
			return &layouts[i];
	return NULL;
}

static struct blkif_sring *shared(const struct blk_ring *r)
{
	return (struct blkif_sring *)r->pages[0];
}

int blk_ring_attach(struct blk_ring *r, const struct blk_layout *layout,
		    uint8_t *const *pages, unsigned int nr_pages)
{
	uint32_t room = (nr_pages * PAGE_SIZE - RING_HEADER) / layout->entry;
	uint32_t req_prod;

	memset(r, 0, sizeof(*r));
	r->layout = layout;
	memcpy(r->pages, pages, nr_pages * sizeof(*pages));
	for (r->size = 1; r->size * 2 <= room; r->size *= 2)
		;
	r->rsp_prod = __atomic_load_n(&shared(r)->rsp_prod, __ATOMIC_ACQUIRE);
	r->rsp_prod_pvt = r->rsp_prod;
	r->req_cons = r->rsp_prod;
	req_prod = __atomic_load_n(&shared(r)->req_prod, __ATOMIC_ACQUIRE);
	return req_prod - r->req_cons > r->size ? -1 : 0;
}

int blk_ring_pending(const struct blk_ring *r)
{
	uint32_t prod = __atomic_load_n(&shared(r)->req_prod, __ATOMIC_ACQUIRE);

	/* An entry is free again only when its response is written. */
	if (prod - r->rsp_prod_pvt > r->size)
		return -1;
	return prod - r->req_cons;
}

/* Entries may straddle pages, which are not neighbours here. */
static void copy(const struct blk_ring *r, uint32_t index, void *buf,
		 unsigned int len, bool to_ring)
{
	size_t at = RING_HEADER + (index & (r->size - 1)) * r->layout->entry;
	uint8_t *p = buf;

	while (len) {
		uint8_t *shared = r->pages[at >> PAGE_SHIFT] +
				  (at & (PAGE_SIZE - 1));
		size_t n = PAGE_SIZE - (at & (PAGE_SIZE - 1));

		if (n > len)
			n = len;
		if (to_ring)
			memcpy(shared, p, n);
		else
			memcpy(p, shared, n);
		p += n;
		at += n;
		len -= n;
	}
}

static uint64_t get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static void parse(const struct blk_layout *l, const uint8_t *entry,
		  struct blk_request *req)
{
	req->operation = entry[REQ_OPERATION];
	req->op = req->operation;
	req->nr_segments = entry[REQ_NR_SEGMENTS];
	req->id = get64(entry + l->id);
	req->sector = get64(entry + l->sector);
	switch (req->operation) {
	case BLKIF_OP_DISCARD:
		req->nr_sectors = get64(entry + l->discard_sectors);
		break;
	case BLKIF_OP_INDIRECT:
		req->op = entry[REQ_NR_SEGMENTS];
		memcpy(&req->nr_segments, entry + REQ_NR_INDIRECT,
		       sizeof(req->nr_segments));
		memcpy(req->indirect, entry + l->indirect,
		       sizeof(req->indirect));
		break;
	default:
		memcpy(req->segments, entry + l->segments,
		       sizeof(req->segments));
		break;
	}
}

void blk_ring_take(struct blk_ring *r, struct blk_request *req)
{
	uint8_t entry[MAX_ENTRY];

	copy(r, r->req_cons++, entry, r->layout->entry, false);
	parse(r->layout, entry, req);
}

bool blk_ring_final_check(struct blk_ring *r)
{
	struct blkif_sring *s = shared(r);

	if (__atomic_load_n(&s->req_prod, __ATOMIC_ACQUIRE) != r->req_cons)
		return true;
	__atomic_store_n(&s->req_event, r->req_cons + 1, __ATOMIC_SEQ_CST);
	return __atomic_load_n(&s->req_prod, __ATOMIC_SEQ_CST) != r->req_cons;
}

void blk_ring_respond(struct blk_ring *r, uint64_t id, uint8_t operation,
		      int16_t status)
{
	/* Its padding, too, is of our making. */
	uint8_t rsp[sizeof(struct blkif_response)] = { 0 };

	memcpy(rsp, &id, sizeof(id));
	rsp[RSP_OPERATION] = operation;
	memcpy(rsp + RSP_STATUS, &status, sizeof(status));
	copy(r, r->rsp_prod_pvt++, rsp, r->layout->response, true);
}

bool blk_ring_push(struct blk_ring *r)
{
	struct blkif_sring *s = shared(r);
	uint32_t old = r->rsp_prod, new = r->rsp_prod_pvt, event;

	if (old == new)
		return false;
	r->rsp_prod = new;
	__atomic_store_n(&s->rsp_prod, new, __ATOMIC_SEQ_CST);
	event = __atomic_load_n(&s->rsp_event, __ATOMIC_SEQ_CST);
	return new - event < new - old;
}
