// SPDX-License-Identifier: GPL-2.0
/*
 * A guest's request, from the ring's words to I/O on guest pages.
 *
 * Sectors are 512 bytes in all that is said over the ring, whatever the disk's
 * are: what all frontends and backends do, as against what blkif.h says.
 */
#include <assert.h>
#include <string.h>

#include "../device/grant.h"
#include "../util.h"
#include "image.h"
#include "queue.h"
#include "request.h"

#define SEGMENTS_PER_PAGE (PAGE_SIZE / sizeof(struct blkif_request_segment))

static bool within(const struct disk *disk, uint64_t sector, uint64_t nr)
{
	uint64_t all = atomic_load_explicit(&disk->sectors,
					    memory_order_relaxed);

	return nr <= all && sector <= all - nr;
}

/* The segments of an indirect request, copied once out of the guest's pages. */
static int fetch_indirect(const struct disk *disk,
			  const struct blk_request *req,
			  struct blkif_request_segment *segs)
{
	unsigned int left = req->nr_segments, i, n;
	const void *page;

	for (i = 0; left; i++) {
		n = left < SEGMENTS_PER_PAGE ? left : SEGMENTS_PER_PAGE;
		page = grant_map(disk->grants, req->indirect[i], false);
		if (!page)
			return -1;
		memcpy(segs, page, n * sizeof(*segs));
		grant_unmap(disk->grants, req->indirect[i], false);
		segs += n;
		left -= n;
	}
	return 0;
}

static_assert(BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST * SEGMENTS_PER_PAGE >=
	      MAX_SEGMENTS, "indirect pages");

static void add_piece(struct slot *s, uint8_t *p, size_t len)
{
	struct iovec *v = &s->iov[s->io.nr_iov];

	if (s->io.nr_iov && (uint8_t *)v[-1].iov_base + v[-1].iov_len == p) {
		v[-1].iov_len += len;
		return;
	}
	v->iov_base = p;
	v->iov_len = len;
	s->io.nr_iov++;
}

static int map_segments(const struct disk *disk,
			const struct blkif_request_segment *segs,
			unsigned int nr, struct slot *s)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		size_t first = segs[i].first_sect, last = segs[i].last_sect;
		uint8_t *page;

		page = grant_map(disk->grants, segs[i].gref, s->writable);
		if (!page)
			return -1;
		s->refs[s->nr_mapped++] = segs[i].gref;
		add_piece(s, page + (first << SECTOR_SHIFT),
			  (last - first + 1) << SECTOR_SHIFT);
	}
	return 0;
}

/* Sectors of all segments; 0 when one of them makes no sense. */
static uint64_t count_sectors(const struct blkif_request_segment *segs,
			      unsigned int nr)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (segs[i].last_sect >= SECTORS_PER_PAGE ||
		    segs[i].first_sect > segs[i].last_sect)
			return 0;
		sum += segs[i].last_sect - segs[i].first_sect + 1;
	}
	return sum;
}

/* With O_DIRECT the device takes whole sectors of its own only. */
static bool aligned(const struct disk *disk, uint64_t sector, uint64_t nr)
{
	uint32_t mask;

	if (!disk->image || !disk->image->direct)
		return true;
	mask = (disk->image->sector_size >> SECTOR_SHIFT) - 1;
	return !((sector | nr) & mask);
}

static int prepare_data(const struct disk *disk, const struct blk_request *req,
			struct slot *s)
{
	struct blkif_request_segment indirect[MAX_SEGMENTS];
	const struct blkif_request_segment *segs = req->segments;
	uint64_t sectors;

	if (req->operation == BLKIF_OP_INDIRECT) {
		if (req->nr_segments > MAX_SEGMENTS ||
		    fetch_indirect(disk, req, indirect))
			return BLKIF_RSP_ERROR;
		segs = indirect;
	} else if (req->nr_segments > BLKIF_MAX_SEGMENTS_PER_REQUEST) {
		return BLKIF_RSP_ERROR;
	}
	sectors = count_sectors(segs, req->nr_segments);
	if (!sectors || !within(disk, req->sector, sectors) ||
	    !aligned(disk, req->sector, sectors))
		return BLKIF_RSP_ERROR;
	if (disk->readonly && s->op == DISK_WRITE)
		return BLKIF_RSP_ERROR;

	s->writable = s->op == DISK_READ;
	if (map_segments(disk, segs, req->nr_segments, s)) {
		request_release(disk, s);
		return BLKIF_RSP_ERROR;
	}
	s->io.offset = req->sector << SECTOR_SHIFT;
	s->io.len = sectors << SECTOR_SHIFT;
	s->io.iov = s->iov;
	s->steps |= STEP_DATA;
	return BLKIF_RSP_OKAY;
}

static int prepare_discard(const struct disk *disk,
			   const struct blk_request *req, struct slot *s)
{
	if (!disk->image || !disk->image->can_discard)
		return BLKIF_RSP_EOPNOTSUPP;
	if (disk->readonly || !req->nr_sectors ||
	    !within(disk, req->sector, req->nr_sectors) ||
	    !aligned(disk, req->sector, req->nr_sectors))
		return BLKIF_RSP_ERROR;
	s->op = DISK_DISCARD;
	s->io.offset = req->sector << SECTOR_SHIFT;
	s->io.len = req->nr_sectors << SECTOR_SHIFT;
	s->steps = STEP_DATA;
	return BLKIF_RSP_OKAY;
}

/* A flush may carry data, to be written after it. */
static int prepare_flush(const struct disk *disk, const struct blk_request *req,
			 struct slot *s)
{
	if (!disk->image)
		return BLKIF_RSP_ERROR;
	s->op = DISK_FLUSH;
	s->steps = STEP_PREFLUSH;
	if (!req->nr_segments)
		return BLKIF_RSP_OKAY;
	s->op = DISK_WRITE;
	return prepare_data(disk, req, s);
}

/*
 * All before it is on the disk before its data, and that before all after it.
 * Old frontends send one without data.
 */
static int prepare_barrier(const struct disk *disk,
			   const struct blk_request *req, struct slot *s)
{
	int status = prepare_flush(disk, req, s);

	if (status == BLKIF_RSP_OKAY)
		s->steps |= STEP_DRAIN |
			    (s->steps & STEP_DATA ? STEP_POSTFLUSH : 0);
	return status;
}

int request_prepare(const struct disk *disk, const struct blk_request *req,
		    struct slot *s)
{
	s->id = req->id;
	s->operation = req->op;
	s->steps = 0;
	s->nr_mapped = 0;
	s->io.nr_iov = 0;
	s->io.offset = 0;
	s->io.len = 0;
	switch (req->op) {
	case BLKIF_OP_READ:
		s->op = DISK_READ;
		return prepare_data(disk, req, s);
	case BLKIF_OP_WRITE:
		s->op = DISK_WRITE;
		return prepare_data(disk, req, s);
	}
	if (req->operation == BLKIF_OP_INDIRECT)
		return BLKIF_RSP_ERROR;
	switch (req->op) {
	case BLKIF_OP_FLUSH_DISKCACHE:
		return prepare_flush(disk, req, s);
	case BLKIF_OP_WRITE_BARRIER:
		return prepare_barrier(disk, req, s);
	case BLKIF_OP_DISCARD:
		return prepare_discard(disk, req, s);
	default:
		return BLKIF_RSP_EOPNOTSUPP;
	}
}

void request_release(const struct disk *disk, struct slot *s)
{
	while (s->nr_mapped)
		grant_unmap(disk->grants, s->refs[--s->nr_mapped], s->writable);
}
