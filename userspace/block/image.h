/* SPDX-License-Identifier: GPL-2.0 */
/* The file or block device behind a disk, open and locked. */
#ifndef XENPV_BLOCK_IMAGE_H
#define XENPV_BLOCK_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "../device/device.h"

struct disk_spec;
struct engine_ops;
struct image_lock;
struct nbd;

struct image {
	const struct engine_ops *engine;
	struct image_lock *lock;
	int fd;			/* of raw images; otherwise for the lock only */
	struct nbd *nbd;	/* of other formats */
	bool is_device;
	bool direct;		/* O_DIRECT: requests must be aligned */
	uint64_t size;		/* bytes */
	uint32_t sector_size;
	uint32_t physical_size;
	bool can_discard;
	uint32_t discard_granularity;
	unsigned int max_queues;
};

/*
 * Open what D names for domain DOMID, writable or not as D says, and lock it.
 * NULL and WHY.
 */
struct image *image_open(const struct disk_spec *d, uint32_t domid,
			 char why[WHY_MAX]);
/* No engine may use it any more.  May be NULL. */
void image_close(struct image *img);

/* What no engine writes any more is on disk, or -1 after one line on stderr. */
int image_sync(const struct image *img, const char *path);

/* How large it is by now; any thread.  0 when it cannot be told. */
uint64_t image_size_now(const struct image *img);

#endif
