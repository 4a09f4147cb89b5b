// SPDX-License-Identifier: GPL-2.0
/* Raw files and block devices, through io_uring. */
#include <errno.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <liburing.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../util.h"
#include "image.h"
#include "io.h"

/*
 * BLKDISCARD has no asynchronous form, and may take its time: that much in one
 * go, then the others get their turn.
 */
#define DISCARD_CHUNK	(128ULL << 20)

struct uring {
	struct engine e;
	struct io_uring ring;
	struct disk_io *discards;	/* of block devices, waiting for a go */
	char port_tag, stop_tag;	/* addresses that are no I/O's */
};

static void arm(struct uring *u, int fd, char *tag);

static struct engine *uring_new(const struct engine_params *p)
{
	struct uring *u = xcalloc(1, sizeof(*u));
	int ret;

	u->e.ops = &uring_engine;
	u->e.p = *p;
	/* Kernels before 5.19 do not know the flag: it only saves interrupts. */
	ret = io_uring_queue_init(p->depth + 2, &u->ring,
				  IORING_SETUP_COOP_TASKRUN);
	if (ret == -EINVAL)
		ret = io_uring_queue_init(p->depth + 2, &u->ring, 0);
	if (ret < 0) {
		free(u);
		errno = -ret;
		return NULL;
	}
	arm(u, p->port_fd, &u->port_tag);
	arm(u, p->stop_fd, &u->stop_tag);
	return &u->e;
}

static void uring_free(struct engine *e)
{
	struct uring *u = (struct uring *)e;

	io_uring_queue_exit(&u->ring);
	free(u);
}

static struct io_uring_sqe *get_sqe(struct uring *u)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&u->ring);

	/* There is one for each that may be in flight; continuations come on top. */
	while (!sqe) {
		io_uring_submit(&u->ring);
		sqe = io_uring_get_sqe(&u->ring);
	}
	return sqe;
}

static void arm(struct uring *u, int fd, char *tag)
{
	struct io_uring_sqe *sqe = get_sqe(u);

	io_uring_prep_poll_add(sqe, fd, POLLIN);
	io_uring_sqe_set_data(sqe, tag);
}

static void queue_io(struct uring *u, struct disk_io *io)
{
	const struct iovec *v = io->iov;
	int fd = u->e.p.image ? u->e.p.image->fd : -1;
	uint64_t at = io->offset + io->progress;
	struct io_uring_sqe *sqe = get_sqe(u);

	switch (io->op) {
	case DISK_READ:
		if (io->nr_iov == 1)
			io_uring_prep_read(sqe, fd, v->iov_base, v->iov_len, at);
		else
			io_uring_prep_readv(sqe, fd, v, io->nr_iov, at);
		break;
	case DISK_WRITE:
		if (io->nr_iov == 1)
			io_uring_prep_write(sqe, fd, v->iov_base, v->iov_len, at);
		else
			io_uring_prep_writev(sqe, fd, v, io->nr_iov, at);
		break;
	case DISK_FLUSH:
		io_uring_prep_fsync(sqe, fd, IORING_FSYNC_DATASYNC);
		break;
	case DISK_DISCARD:
		io_uring_prep_fallocate(sqe, fd, FALLOC_FL_PUNCH_HOLE |
					FALLOC_FL_KEEP_SIZE, io->offset,
					io->len);
		break;
	}
	io_uring_sqe_set_data(sqe, io);
}

static void uring_submit(struct engine *e, struct disk_io *io)
{
	struct uring *u = (struct uring *)e;

	io->engine = e;
	io->progress = 0;
	io->error = 0;
	if (io->op == DISK_DISCARD && e->p.image && e->p.image->is_device) {
		io->next = u->discards;
		u->discards = io;
		return;
	}
	queue_io(u, io);
}

static void finish(struct uring *u, struct disk_io *io, int error)
{
	io->error = error;
	u->e.p.done(u->e.p.opaque, io);
}

static void complete(struct uring *u, struct disk_io *io, int res)
{
	if (res == -EINTR || res == -EAGAIN) {
		queue_io(u, io);
		return;
	}
	if (res < 0 || io->op == DISK_FLUSH || io->op == DISK_DISCARD) {
		finish(u, io, res < 0 ? -res : 0);
		return;
	}
	/* A file that became shorter has nothing to read. */
	if (!res) {
		finish(u, io, EIO);
		return;
	}
	io->progress += res;
	if (io->progress >= io->len) {
		finish(u, io, 0);
		return;
	}
	/* A full disk takes a part; the rest will say what is wrong. */
	iov_advance(io, res);
	queue_io(u, io);
}

/* One chunk of one discard. */
static void discard_some(struct uring *u)
{
	struct disk_io *io = u->discards;
	uint64_t range[2] = { io->offset + io->progress,
			      io->len - io->progress };
	int error = 0;

	if (range[1] > DISCARD_CHUNK)
		range[1] = DISCARD_CHUNK;
	if (ioctl(u->e.p.image->fd, BLKDISCARD, range))
		error = errno;
	io->progress += range[1];
	if (!error && io->progress < io->len)
		return;
	u->discards = io->next;
	finish(u, io, error);
}

static unsigned int handle(struct uring *u, struct io_uring_cqe *cqe)
{
	void *data = io_uring_cqe_get_data(cqe);

	if (data == &u->port_tag) {
		arm(u, u->e.p.port_fd, &u->port_tag);
		return ENGINE_PORT;
	}
	if (data == &u->stop_tag) {
		/* Once is enough: it stays readable. */
		return ENGINE_STOP;
	}
	complete(u, data, cqe->res);
	return 0;
}

static unsigned int uring_wait(struct engine *e, bool block)
{
	struct uring *u = (struct uring *)e;
	unsigned int what = 0, head, nr = 0;
	struct io_uring_cqe *cqe;

	if (u->discards) {
		io_uring_submit(&u->ring);
		discard_some(u);
	} else {
		io_uring_submit_and_wait(&u->ring, block);
	}
	io_uring_for_each_cqe(&u->ring, head, cqe) {
		what |= handle(u, cqe);
		nr++;
	}
	io_uring_cq_advance(&u->ring, nr);
	return what;
}

const struct engine_ops uring_engine = {
	.new = uring_new,
	.submit = uring_submit,
	.wait = uring_wait,
	.free = uring_free,
};
