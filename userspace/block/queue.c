// SPDX-License-Identifier: GPL-2.0
/*
 * A queue of a disk, served by a thread of its own.
 *
 * There is a slot for each request the ring has room for: what the guest can
 * have in flight, and the memory that takes, is bounded by the ring.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "../device/grant.h"
#include "../util.h"
#include "../vmm/log.h"
#include "image.h"
#include "io.h"
#include "queue.h"
#include "request.h"

struct blk_queue {
	struct disk *disk;
	struct port port;
	struct blk_ring ring;
	uint32_t refs[RING_MAX_PAGES];
	unsigned int nr_pages;		/* mapped */
	int stop_fd;

	pthread_t thread;
	bool running;
	struct engine *engine;
	struct slot *slots;
	struct slot *free;
	unsigned int in_flight;
	struct slot *barrier;		/* waits for the others; nothing is taken */
	bool broken;			/* the ring makes no sense any more */
	time_t looked;			/* at the image's size */
};

static void add(atomic_ullong *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static void count(struct disk *disk, const struct slot *s)
{
	switch (s->op) {
	case DISK_READ:
		add(&disk->reads, 1);
		add(&disk->read_bytes, s->io.len);
		break;
	case DISK_WRITE:
		add(&disk->writes, 1);
		add(&disk->write_bytes, s->io.len);
		break;
	case DISK_FLUSH:
		add(&disk->flushes, 1);
		break;
	case DISK_DISCARD:
		add(&disk->discards, 1);
		break;
	}
}

static void respond(struct blk_queue *q, uint64_t id, uint8_t operation, int status)
{
	if (status != BLKIF_RSP_OKAY)
		add(&q->disk->errors, 1);
	blk_ring_respond(&q->ring, id, operation, status);
}

static void end_request(struct blk_queue *q, struct slot *s, int status)
{
	if (status == BLKIF_RSP_OKAY)
		count(q->disk, s);
	/* The guest may use its pages as soon as it sees the response. */
	request_release(q->disk, s);
	respond(q, s->id, s->operation, status);
	if (q->barrier == s)
		q->barrier = NULL;
	s->next = q->free;
	q->free = s;
	q->in_flight--;
}

static void submit(struct blk_queue *q, struct slot *s, enum disk_op op)
{
	s->io.op = op;
	q->engine->ops->submit(q->engine, &s->io);
}

/* Do the next thing that is to be done for it. */
static void go_on(struct blk_queue *q, struct slot *s)
{
	if (s->steps & STEP_PREFLUSH) {
		s->steps &= ~STEP_PREFLUSH;
		submit(q, s, DISK_FLUSH);
	} else if (s->steps & STEP_DATA) {
		s->steps &= ~STEP_DATA;
		submit(q, s, s->op);
	} else if (s->steps & STEP_POSTFLUSH) {
		s->steps &= ~STEP_POSTFLUSH;
		submit(q, s, DISK_FLUSH);
	} else {
		end_request(q, s, BLKIF_RSP_OKAY);
	}
}

static void log_error(struct blk_queue *q, const struct slot *s)
{
	static const char *const names[] = {
		[DISK_READ] = "read", [DISK_WRITE] = "write",
		[DISK_FLUSH] = "flush", [DISK_DISCARD] = "discard",
	};

	log_guest_line("%s: %s at sector %llu: %s", q->disk->name,
		       names[s->io.op],
		       (unsigned long long)(s->io.offset >> SECTOR_SHIFT),
		       strerror(s->io.error));
}

static void on_done(void *opaque, struct disk_io *io)
{
	struct slot *s = (struct slot *)io;
	struct blk_queue *q = opaque;

	if (!io->error) {
		go_on(q, s);
	} else if (io->error == EOPNOTSUPP && s->op == DISK_DISCARD) {
		end_request(q, s, BLKIF_RSP_EOPNOTSUPP);
	} else {
		log_error(q, s);
		end_request(q, s, BLKIF_RSP_ERROR);
	}
	/* The last one that a barrier waits for. */
	if (q->barrier && q->barrier->steps & STEP_DRAIN && q->in_flight == 1) {
		q->barrier->steps &= ~STEP_DRAIN;
		go_on(q, q->barrier);
	}
}

static void take_one(struct blk_queue *q)
{
	struct slot *s = q->free;
	struct blk_request req;
	int status;

	blk_ring_take(&q->ring, &req);
	status = request_prepare(q->disk, &req, s);
	if (status != BLKIF_RSP_OKAY) {
		respond(q, req.id, req.op, status);
		return;
	}
	q->free = s->next;
	q->in_flight++;
	if (s->steps & STEP_DRAIN) {
		q->barrier = s;
		if (q->in_flight > 1)
			return;
		s->steps &= ~STEP_DRAIN;
	}
	go_on(q, s);
}

/*
 * Take what the guest wrote, no more than a ring full at a time.  True: there
 * may be more that no event will tell of.
 */
static bool take(struct blk_queue *q)
{
	unsigned int i;
	int pending;

	for (i = 0; i < q->ring.size; i++) {
		if (q->broken || q->barrier || !q->free)
			return false;
		pending = blk_ring_pending(&q->ring);
		if (pending < 0) {
			log_guest_line("%s: the guest's ring is broken, it is left alone",
				       q->disk->name);
			q->broken = true;
			return false;
		}
		if (pending)
			take_one(q);
		else if (!blk_ring_final_check(&q->ring))
			return false;
	}
	return true;
}

/* As with blkback: whoever uses a disk finds out that it has grown. */
static void look_at_size(struct blk_queue *q)
{
	struct timespec now;
	uint64_t one = 1, sectors;

	if (!q->disk->image)
		return;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (now.tv_sec == q->looked)
		return;
	q->looked = now.tv_sec;
	sectors = image_size_now(q->disk->image) >> SECTOR_SHIFT;
	if (sectors && sectors != atomic_load_explicit(&q->disk->sectors,
						       memory_order_relaxed) &&
	    write(q->disk->resize_fd, &one, sizeof(one)) < 0)
		q->looked = 0;
}

static void *run(void *opaque)
{
	struct blk_queue *q = opaque;
	bool stopping = false, more;
	unsigned int what;

	for (;;) {
		more = stopping ? false : take(q);
		if (blk_ring_push(&q->ring))
			port_notify(&q->port);
		if (stopping && !q->in_flight)
			return NULL;
		what = q->engine->ops->wait(q->engine, !more);
		if (what & ENGINE_STOP)
			stopping = true;
		if (what & ENGINE_PORT) {
			port_take(&q->port);
			look_at_size(q);
		}
	}
}

static int make_engine(struct blk_queue *q)
{
	struct image *image = q->disk->image;
	const struct engine_ops *ops = image ? image->engine : &uring_engine;
	const struct engine_params p = {
		.image = image,
		.depth = q->ring.size,
		.port_fd = q->port.fd,
		.stop_fd = q->stop_fd,
		.done = on_done,
		.opaque = q,
	};

	q->engine = ops->new(&p);
	return q->engine ? 0 : -1;
}

int blk_queue_start(struct blk_queue *q, char why[WHY_MAX])
{
	char name[16];
	int error;

	if (make_engine(q)) {
		why_set(why, "io_uring: %s", strerror(errno));
		return -1;
	}
	error = pthread_create(&q->thread, NULL, run, q);
	if (error) {
		why_set(why, "cannot start a thread: %s", strerror(error));
		q->engine->ops->free(q->engine);
		q->engine = NULL;
		return -1;
	}
	snprintf(name, sizeof(name), "%s", q->disk->name);
	pthread_setname_np(q->thread, name);
	q->running = true;
	return 0;
}

void blk_queue_stop(struct blk_queue *q)
{
	uint64_t n = 1;

	if (!q->running)
		return;
	if (write(q->stop_fd, &n, sizeof(n)) != sizeof(n))
		log_line("%s: cannot stop its thread", q->disk->name);
	pthread_join(q->thread, NULL);
	q->running = false;
	if (read(q->stop_fd, &n, sizeof(n)) != sizeof(n))
		log_line("%s: its thread was not stopped", q->disk->name);
	q->engine->ops->free(q->engine);
	q->engine = NULL;
}

static int map_ring(struct blk_queue *q, const struct blk_queue_params *p,
		    char why[WHY_MAX])
{
	uint8_t *pages[RING_MAX_PAGES];

	for (; q->nr_pages < p->nr_pages; q->nr_pages++) {
		q->refs[q->nr_pages] = p->refs[q->nr_pages];
		pages[q->nr_pages] = grant_map(q->disk->grants,
					       q->refs[q->nr_pages], true);
		if (!pages[q->nr_pages]) {
			why_set(why, "ring page %u: nothing is granted as %u",
				q->nr_pages, p->refs[q->nr_pages]);
			return -1;
		}
	}
	if (blk_ring_attach(&q->ring, p->layout, pages, p->nr_pages)) {
		why_set(why, "its ring's indices make no sense");
		return -1;
	}
	return 0;
}

struct blk_queue *blk_queue_new(const struct blk_queue_params *p, char why[WHY_MAX])
{
	struct blk_queue *q = xcalloc(1, sizeof(*q));
	unsigned int i;

	q->disk = p->disk;
	q->port = p->port;
	q->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (q->stop_fd < 0) {
		why_set(why, "cannot create an eventfd");
		goto fail;
	}
	if (map_ring(q, p, why))
		goto fail;
	q->slots = xcalloc(q->ring.size, sizeof(*q->slots));
	for (i = 0; i < q->ring.size; i++) {
		q->slots[i].next = q->free;
		q->free = &q->slots[i];
	}
	return q;

fail:
	blk_queue_free(q);
	return NULL;
}

void blk_queue_free(struct blk_queue *q)
{
	while (q->nr_pages)
		grant_unmap(q->disk->grants, q->refs[--q->nr_pages], true);
	port_close(&q->port);
	if (q->stop_fd >= 0)
		close(q->stop_fd);
	free(q->slots);
	free(q);
}
