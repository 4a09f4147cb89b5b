// SPDX-License-Identifier: GPL-2.0
/* I/O of images that qemu-nbd reads. */
#include <errno.h>
#include <libnbd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "../util.h"
#include "image.h"
#include "io.h"
#include "nbd.h"

/* What one NBD command can discard. */
#define TRIM_CHUNK	(1ULL << 30)

struct nbd_queue {
	struct engine e;
	struct nbd_handle *h;
	struct disk_io *finished;	/* to be told in wait() */
};

static struct engine *nbd_queue_new(const struct engine_params *p)
{
	struct nbd_queue *q = xcalloc(1, sizeof(*q));

	q->e.ops = &nbd_engine;
	q->e.p = *p;
	q->h = nbd_connection(p->image->nbd);
	return &q->e;
}

static void nbd_queue_free(struct engine *e)
{
	free(e);
}

static void finish(struct disk_io *io, int error)
{
	struct nbd_queue *q = (struct nbd_queue *)io->engine;

	io->error = error;
	io->next = q->finished;
	q->finished = io;
}

/* An NBD command has one buffer. */
static uint8_t *buffer_of(struct disk_io *io)
{
	uint8_t *p;
	unsigned int i;

	if (io->nr_iov == 1)
		return io->iov->iov_base;
	io->bounce = malloc(io->len);
	if (!io->bounce || io->op == DISK_READ)
		return io->bounce;
	p = io->bounce;
	for (i = 0; i < io->nr_iov; i++) {
		memcpy(p, io->iov[i].iov_base, io->iov[i].iov_len);
		p += io->iov[i].iov_len;
	}
	return io->bounce;
}

static void scatter(struct disk_io *io)
{
	const uint8_t *p = io->bounce;
	unsigned int i;

	for (i = 0; i < io->nr_iov; i++) {
		memcpy(io->iov[i].iov_base, p, io->iov[i].iov_len);
		p += io->iov[i].iov_len;
	}
}

/*
 * Called by libnbd when a command is over; 1 means we are done with it.  It
 * has its lock: no function of its may be called here.
 */
static int on_reply(void *opaque, int *error)
{
	struct disk_io *io = opaque;

	if (!*error && io->op == DISK_READ && io->bounce)
		scatter(io);
	free(io->bounce);
	io->bounce = NULL;
	finish(io, *error);
	return 1;
}

static void issue(struct disk_io *io)
{
	struct nbd_queue *q = (struct nbd_queue *)io->engine;
	nbd_completion_callback cb = { .callback = on_reply, .user_data = io };
	uint64_t at = io->offset + io->progress, n;
	uint8_t *buf = NULL;
	int64_t ret = -1;

	if (io->op == DISK_READ || io->op == DISK_WRITE) {
		buf = buffer_of(io);
		if (!buf) {
			finish(io, ENOMEM);
			return;
		}
	}
	switch (io->op) {
	case DISK_READ:
		ret = nbd_aio_pread(q->h, buf, io->len, at, cb, 0);
		break;
	case DISK_WRITE:
		ret = nbd_aio_pwrite(q->h, buf, io->len, at, cb, 0);
		break;
	case DISK_FLUSH:
		ret = nbd_aio_flush(q->h, cb, 0);
		break;
	case DISK_DISCARD:
		n = io->len - io->progress;
		if (n > TRIM_CHUNK)
			n = TRIM_CHUNK;
		io->progress += n;
		ret = nbd_aio_trim(q->h, n, at, cb, 0);
		break;
	}
	/* The connection is gone: the command was never made. */
	if (ret < 0) {
		free(io->bounce);
		io->bounce = NULL;
		finish(io, EIO);
	}
}

static void nbd_queue_submit(struct engine *e, struct disk_io *io)
{
	io->engine = e;
	io->progress = 0;
	io->bounce = NULL;
	issue(io);
}

static void tell_finished(struct nbd_queue *q)
{
	struct disk_io *io;

	while ((io = q->finished)) {
		q->finished = io->next;
		if (!io->error && io->op == DISK_DISCARD &&
		    io->progress < io->len)
			issue(io);
		else
			q->e.p.done(q->e.p.opaque, io);
	}
}

static unsigned int nbd_queue_wait(struct engine *e, bool block)
{
	struct nbd_queue *q = (struct nbd_queue *)e;
	unsigned int direction = nbd_aio_get_direction(q->h), what = 0;
	struct pollfd fds[3] = {
		{ .fd = e->p.port_fd, .events = POLLIN },
		{ .fd = e->p.stop_fd, .events = POLLIN },
		{ .fd = direction ? nbd_aio_get_fd(q->h) : -1 },
	};

	if (direction & LIBNBD_AIO_DIRECTION_READ)
		fds[2].events |= POLLIN;
	if (direction & LIBNBD_AIO_DIRECTION_WRITE)
		fds[2].events |= POLLOUT;
	if (poll(fds, ARRAY_SIZE(fds), block && !q->finished ? -1 : 0) > 0) {
		if (fds[2].revents & (POLLIN | POLLHUP | POLLERR))
			nbd_aio_notify_read(q->h);
		else if (fds[2].revents & POLLOUT)
			nbd_aio_notify_write(q->h);
		if (fds[0].revents)
			what |= ENGINE_PORT;
		if (fds[1].revents) {
			what |= ENGINE_STOP;
			/* Once is enough: it stays readable. */
			q->e.p.stop_fd = -1;
		}
	}
	tell_finished(q);
	return what;
}

const struct engine_ops nbd_engine = {
	.new = nbd_queue_new,
	.submit = nbd_queue_submit,
	.wait = nbd_queue_wait,
	.free = nbd_queue_free,
};
