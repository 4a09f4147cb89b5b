/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Engines: what does the I/O of one queue, on the queue's thread.  uring.c for
 * files and block devices, nbd.c for everything that qemu-nbd reads.
 */
#ifndef XENPV_BLOCK_IO_H
#define XENPV_BLOCK_IO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

struct engine;
struct image;

enum disk_op {
	DISK_READ,
	DISK_WRITE,
	DISK_FLUSH,		/* what was written is on the disk after this */
	DISK_DISCARD,
};

/* One operation.  The caller's until it is submitted and again when done. */
struct disk_io {
	enum disk_op op;
	uint64_t offset, len;	/* bytes */
	struct iovec *iov;	/* of reads and writes: LEN bytes; used up */
	unsigned int nr_iov;
	int error;		/* when done: 0 or a positive errno */

	/* The engine's. */
	struct engine *engine;
	struct disk_io *next;
	uint8_t *bounce;
	uint64_t progress;
};

struct engine_params {
	struct image *image;
	unsigned int depth;	/* operations at a time */
	int port_fd;		/* waited for, too */
	int stop_fd;
	void (*done)(void *opaque, struct disk_io *io);
	void *opaque;
};

#define ENGINE_PORT	1	/* port_fd is readable */
#define ENGINE_STOP	2	/* stop_fd is */

struct engine_ops {
	/* NULL with errno set on failure. */
	struct engine *(*new)(const struct engine_params *p);
	/* done() is called from wait(). */
	void (*submit)(struct engine *e, struct disk_io *io);
	/* ENGINE_* of what happened; with BLOCK something did. */
	unsigned int (*wait)(struct engine *e, bool block);
	/* Nothing may be in flight. */
	void (*free)(struct engine *e);
};

/* What each engine begins with. */
struct engine {
	const struct engine_ops *ops;
	struct engine_params p;
};

extern const struct engine_ops uring_engine, nbd_engine;

/* Step over N bytes. */
void iov_advance(struct disk_io *io, size_t n);

#endif
