// SPDX-License-Identifier: GPL-2.0
/* A block frontend without a guest. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "device/grant.h"
#include "front.h"
#include "paths.h"
#include "util.h"

/* Frames: data pages first, then those of segment lists, then rings. */
#define LIST_FRAME	FRONT_PAGES
#define NR_LISTS	1024
#define RING_FRAME	(LIST_FRAME + NR_LISTS)
#define REF_OF(frame)	((frame) + 8)
/* Of queue Q. */
#define PORT(q)		(30 + (q))

static struct front *current;

static int bind_port(void *opaque, uint32_t port)
{
	uint64_t one = 1;
	int fd;

	if (port < PORT(0) || port >= PORT(FRONT_QUEUES)) {
		errno = EINVAL;
		return -1;
	}
	fd = current->rings[port - PORT(0)].kick;
	/* As with the module: bound ports start pending. */
	if (write(fd, &one, sizeof(one)) != sizeof(one))
		return -1;
	return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static void notify_port(int fd, uint32_t port)
{
	uint64_t one = 1;

	if (write(current->rings[port - PORT(0)].event, &one, sizeof(one)) < 0)
		abort();
}

static const struct port_ops ports = {
	.bind = bind_port,
	.notify = notify_port,
};

uint32_t front_ref(unsigned int i)
{
	return REF_OF(i);
}

uint8_t *front_page(struct front *f, unsigned int i)
{
	return guest_page(&f->g, i);
}

void front_new(struct front *f)
{
	unsigned int i;

	memset(f, 0, sizeof(*f));
	current = f;
	/* Where records of locks go. */
	if (run_dir_make() || system("rm -f /run/xenpv/7.disk.*"))
		abort();
	f->nr_queues = 1;
	guest_new(&f->g, FRONT_RAM_MB);
	for (i = 0; i < LIST_FRAME; i++)
		guest_grant(&f->g, REF_OF(i), i, 0);
	for (; i < RING_FRAME; i++)
		guest_grant(&f->g, REF_OF(i), i, GTF_readonly);
	for (; i < RING_FRAME + FRONT_QUEUES * RING_MAX_PAGES; i++)
		guest_grant(&f->g, REF_OF(i), i, 0);
	for (i = 0; i < FRONT_QUEUES; i++) {
		f->rings[i].kick = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		f->rings[i].event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	}
	f->xs = xs_server_new();
	client_open(&f->client, f->xs, GUEST_DOMID);
	xs_server_write(f->xs, "n0 r7", "/local/domain/7/device", "%s", "");
	f->bus = bus_new(GUEST_DOMID, &f->g.mem, f->g.grants_gpa,
			 NR_GRANT_FRAMES, f->xs, &ports, NULL);
}

void front_free(struct front *f)
{
	unsigned int i;

	bus_free(f->bus);
	client_close(&f->client);
	xs_server_free(f->xs);
	guest_free(&f->g);
	for (i = 0; i < FRONT_QUEUES; i++) {
		close(f->rings[i].kick);
		close(f->rings[i].event);
	}
}

bool front_attach(struct front *f, const char *text, char why[WHY_MAX])
{
	struct disk_spec spec;

	if (disk_spec_parse(&spec, text, why))
		return false;
	f->dev = vbd_new(f->bus, &spec, why);
	disk_spec_free(&spec);
	if (f->dev)
		xs_server_deliver(f->xs);
	return f->dev;
}

int front_back_state(struct front *f)
{
	return atoi(front_get(f, "state"));
}

const char *front_get(struct front *f, const char *node)
{
	char *path = xasprintf("%s/%s", f->dev->back, node);
	const char *value = get(&f->client, 0, path);

	free(path);
	return value;
}

static void set(struct front *f, const char *node, unsigned int value)
{
	char *path = xasprintf("%s/%s", f->dev->front, node), text[16];

	snprintf(text, sizeof(text), "%u", value);
	put(&f->client, 0, path, text);
	free(path);
}

int front_state(struct front *f, int state)
{
	set(f, "state", state);
	xs_server_deliver(f->xs);
	return f->bus->devices ? front_back_state(f) : 0;
}

/* Which is where their layouts differ, as i386's ABI has it. */
struct request32 {
	uint8_t operation, nr_segments;
	uint16_t handle;
	uint64_t id;
	uint64_t sector;
	struct blkif_request_segment seg[11];
} __attribute__((packed));

struct indirect32 {
	uint8_t operation, indirect_op;
	uint16_t nr_segments;
	uint64_t id;
	uint64_t sector;
	uint16_t handle, pad;
	uint32_t grefs[8];
	uint64_t pad2;
} __attribute__((packed));

struct discard32 {
	uint8_t operation, flag;
	uint16_t handle;
	uint64_t id;
	uint64_t sector;
	uint64_t nr_sectors;
} __attribute__((packed));

struct response32 {
	uint64_t id;
	uint8_t operation, pad;
	int16_t status;
} __attribute__((packed));

union entry32 {
	struct request32 req;
	struct indirect32 indirect;
	struct discard32 discard;
	struct response32 rsp;
} __attribute__((packed));

_Static_assert(sizeof(union entry32) == 108, "i386 ring entry");

static void write_protocol(struct front *f)
{
	char *path = xasprintf("%s/protocol", f->dev->front);

	put(&f->client, 0, path, f->is_32bit ? "x86_32-abi" : "x86_64-abi");
	free(path);
}

static void offer_ring(struct front *f, unsigned int q)
{
	unsigned int frame = RING_FRAME + q * RING_MAX_PAGES, i;
	size_t entry = f->is_32bit ? sizeof(union entry32) :
				     sizeof(union blkif_sring_entry);
	size_t room = ((PAGE_SIZE << f->order) - 64) / entry;
	struct front_ring *r = &f->rings[q];
	struct blkif_sring *s;
	char prefix[24] = "", node[64];

	r->page = guest_page(&f->g, frame);
	memset(r->page, 0, PAGE_SIZE << f->order);
	s = (struct blkif_sring *)r->page;
	s->req_event = 1;
	s->rsp_event = 1;
	r->req_prod = 0;
	r->rsp_cons = 0;
	for (r->size = 1; r->size * 2 <= room; r->size *= 2)
		;

	if (f->nr_queues > 1)
		snprintf(prefix, sizeof(prefix), "queue-%u/", q);
	for (i = 0; i < 1U << f->order; i++) {
		guest_grant(&f->g, REF_OF(frame + i), frame + i, 0);
		if (f->order)
			snprintf(node, sizeof(node), "%sring-ref%u", prefix, i);
		else
			snprintf(node, sizeof(node), "%sring-ref", prefix);
		set(f, node, REF_OF(frame + i));
	}
	snprintf(node, sizeof(node), "%sevent-channel", prefix);
	set(f, node, PORT(q));
}

int front_connect(struct front *f)
{
	unsigned int q;

	if (!f->is_old) {
		write_protocol(f);
		set(f, "ring-page-order", f->order);
		set(f, "multi-queue-num-queues", f->nr_queues);
	}
	for (q = 0; q < f->nr_queues; q++)
		offer_ring(f, q);
	if (front_state(f, 3) != 4)
		return front_back_state(f);
	return front_state(f, 4);
}

int front_close(struct front *f)
{
	front_state(f, 5);
	return front_state(f, 6);
}

static void fill64(union blkif_sring_entry *e, const struct blk_request *req)
{
	struct blkif_request_indirect *ind = (void *)e;
	struct blkif_request_discard *dis = (void *)e;

	memset(e, 0xaa, sizeof(*e));
	e->req.operation = req->operation;
	e->req.nr_segments = req->nr_segments;
	e->req.id = req->id;
	e->req.sector_number = req->sector;
	if (req->operation == BLKIF_OP_INDIRECT) {
		ind->indirect_op = req->op;
		ind->nr_segments = req->nr_segments;
		memcpy(ind->indirect_grefs, req->indirect,
		       sizeof(req->indirect));
	} else if (req->operation == BLKIF_OP_DISCARD) {
		dis->nr_sectors = req->nr_sectors;
	} else {
		memcpy(e->req.seg, req->segments, sizeof(req->segments));
	}
}

static void fill32(union entry32 *e, const struct blk_request *req)
{
	memset(e, 0xaa, sizeof(*e));
	e->req.operation = req->operation;
	e->req.nr_segments = req->nr_segments;
	e->req.id = req->id;
	e->req.sector = req->sector;
	if (req->operation == BLKIF_OP_INDIRECT) {
		e->indirect.indirect_op = req->op;
		e->indirect.nr_segments = req->nr_segments;
		memcpy(e->indirect.grefs, req->indirect, sizeof(req->indirect));
	} else if (req->operation == BLKIF_OP_DISCARD) {
		e->discard.nr_sectors = req->nr_sectors;
	} else {
		memcpy(e->req.seg, req->segments, sizeof(req->segments));
	}
}

static void *entry(struct front *f, unsigned int q, uint32_t index)
{
	struct front_ring *r = &f->rings[q];
	size_t size = f->is_32bit ? sizeof(union entry32) :
				    sizeof(union blkif_sring_entry);

	return r->page + 64 + (index & (r->size - 1)) * size;
}

void front_put(struct front *f, unsigned int q, const struct blk_request *req)
{
	struct front_ring *r = &f->rings[q];

	if (f->is_32bit)
		fill32(entry(f, q, r->req_prod), req);
	else
		fill64(entry(f, q, r->req_prod), req);
	r->req_prod++;
}

void front_push(struct front *f, unsigned int q)
{
	struct front_ring *r = &f->rings[q];
	struct blkif_sring *s = (struct blkif_sring *)r->page;
	uint32_t old = s->req_prod;
	uint64_t one = 1;

	__atomic_store_n(&s->req_prod, r->req_prod, __ATOMIC_SEQ_CST);
	if (r->req_prod - __atomic_load_n(&s->req_event, __ATOMIC_SEQ_CST) >=
	    r->req_prod - old)
		return;
	if (write(r->kick, &one, sizeof(one)) < 0)
		abort();
}

bool front_wait(struct front *f, unsigned int q, struct answer *a)
{
	struct front_ring *r = &f->rings[q];
	struct blkif_sring *s = (struct blkif_sring *)r->page;
	struct pollfd pfd = { .fd = r->event, .events = POLLIN };
	uint64_t n;

	while (__atomic_load_n(&s->rsp_prod, __ATOMIC_ACQUIRE) == r->rsp_cons) {
		__atomic_store_n(&s->rsp_event, r->rsp_cons + 1,
				 __ATOMIC_SEQ_CST);
		if (__atomic_load_n(&s->rsp_prod, __ATOMIC_SEQ_CST) !=
		    r->rsp_cons)
			break;
		if (poll(&pfd, 1, 5000) != 1)
			return false;
		if (read(r->event, &n, sizeof(n)) < 0)
			return false;
	}
	if (f->is_32bit) {
		struct response32 *rsp = entry(f, q, r->rsp_cons);

		*a = (struct answer){ rsp->id, rsp->operation, rsp->status };
	} else {
		struct blkif_response *rsp = entry(f, q, r->rsp_cons);

		*a = (struct answer){ rsp->id, rsp->operation, rsp->status };
	}
	r->rsp_cons++;
	return true;
}

int front_do(struct front *f, const struct blk_request *req)
{
	/* Frontends expect to be told what the indirect request was. */
	uint8_t op = req->operation == BLKIF_OP_INDIRECT ? req->op :
							   req->operation;
	struct answer a;

	front_put(f, 0, req);
	front_push(f, 0);
	if (!front_wait(f, 0, &a) || a.id != req->id || a.operation != op)
		return 1;
	return a.status;
}

struct blk_request front_request(struct front *f, uint8_t op, uint64_t sector,
				 unsigned int nr_sectors, unsigned int page)
{
	static uint64_t id = 0x123456789abcdef0;
	static unsigned int list;
	struct blkif_request_segment segs[MAX_SEGMENTS];
	struct blk_request req = {
		.operation = op, .op = op, .sector = sector, .id = id++,
	};
	unsigned int i;

	for (i = 0; nr_sectors; i++) {
		unsigned int n = nr_sectors < 8 ? nr_sectors : 8;

		segs[i] = (struct blkif_request_segment){
			.gref = front_ref(page + i), .last_sect = n - 1,
		};
		nr_sectors -= n;
	}
	req.nr_segments = i;
	if (i <= BLKIF_MAX_SEGMENTS_PER_REQUEST) {
		memcpy(req.segments, segs, i * sizeof(segs[0]));
		return req;
	}
	req.operation = BLKIF_OP_INDIRECT;
	memset(req.indirect, 0xff, sizeof(req.indirect));
	list = (list + 1) % NR_LISTS;
	req.indirect[0] = REF_OF(LIST_FRAME + list);
	memcpy(guest_page(&f->g, LIST_FRAME + list), segs, i * sizeof(segs[0]));
	return req;
}

int front_rw(struct front *f, uint8_t op, uint64_t sector,
	     unsigned int nr_sectors, unsigned int page)
{
	struct blk_request req = front_request(f, op, sector, nr_sectors, page);

	return front_do(f, &req);
}

void make_image(const char *path, uint64_t size, unsigned int seed)
{
	FILE *out = fopen(path, "w");
	uint64_t i;

	if (!out)
		abort();
	for (i = 0; i < size / 8; i++) {
		uint64_t word = i * 0x9e3779b97f4a7c15 + seed;

		if (fwrite(&word, sizeof(word), 1, out) != 1)
			abort();
	}
	if (fclose(out))
		abort();
}
