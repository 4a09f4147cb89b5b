// SPDX-License-Identifier: GPL-2.0
/*
 * xenstore's shared ring: the transport of a guest's connection.
 *
 * Guests raise an event only when the server had taken all they wrote before,
 * so whatever is there is taken at once, whole message or not.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../util.h"
#include "../vmm/log.h"
#include "proto.h"
#include "ring.h"

/* Requests served in one go, before others get their turn. */
#define BATCH		64
/* With this much waiting for the guest no more requests are taken... */
#define OUT_BUSY	(16 * 1024)
/* ...and with this much watch events are dropped. */
#define OUT_MAX		(256 * 1024)

struct xs_ring {
	struct xenstore_domain_interface *page;
	struct xs_conn *conn;
	const struct xs_ring_ops *ops;
	void *opaque;
	bool dead;		/* the guest broke the protocol */
	bool overflow;		/* said so already */
	/* The message that is coming in. */
	struct xsd_sockmsg hdr;
	char body[XENSTORE_PAYLOAD_MAX];
	size_t in_len;		/* of header and body together */
	/* What goes out. */
	char *out;
	size_t out_start, out_len, out_room;
};

static uint32_t load(const uint32_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

/* With a full barrier: what is read next must not be older. */
static void store(uint32_t *p, uint32_t v)
{
	__atomic_store_n(p, v, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void queue(struct xs_ring *r, const void *data, size_t len)
{
	if (r->out_start && r->out_start + r->out_len + len > r->out_room) {
		memmove(r->out, r->out + r->out_start, r->out_len);
		r->out_start = 0;
	}
	if (r->out_len + len > r->out_room) {
		r->out_room = (r->out_len + len) * 2;
		r->out = realloc(r->out, r->out_room);
		if (!r->out)
			abort();
	}
	memcpy(r->out + r->out_start + r->out_len, data, len);
	r->out_len += len;
}

static void ring_send(void *opaque, const struct xsd_sockmsg *hdr,
		      const void *body)
{
	struct xs_ring *r = opaque;

	if (r->dead)
		return;
	if (hdr->type == XS_WATCH_EVENT && r->out_len > OUT_MAX) {
		if (!r->overflow)
			log_line("xenstore: the guest reads too slowly, watch events are lost");
		r->overflow = true;
		return;
	}
	queue(r, hdr, sizeof(*hdr));
	queue(r, body, hdr->len);
}

static const struct xs_conn_ops conn_ops = {
	.send = ring_send,
};

static void die(struct xs_ring *r, uint32_t error, const char *why)
{
	log_line("xenstore: %s, the connection is closed", why);
	r->dead = true;
	r->out_len = 0;
	r->in_len = 0;
	xs_conn_reset(r->conn);
	store(&r->page->error, error);
}

/* Copy from the ring into the message; returns what was copied. */
static size_t take(struct xs_ring *r, void *to, size_t want)
{
	uint32_t cons = load(&r->page->req_cons);
	uint32_t avail = load(&r->page->req_prod) - cons;
	uint32_t at = MASK_XENSTORE_IDX(cons);

	if (avail > XENSTORE_RING_SIZE) {
		die(r, XENSTORE_ERROR_RINGIDX, "the guest's indices are wrong");
		return 0;
	}
	if (want > avail)
		want = avail;
	if (want > XENSTORE_RING_SIZE - at)
		want = XENSTORE_RING_SIZE - at;
	if (!want)
		return 0;
	memcpy(to, r->page->req + at, want);
	store(&r->page->req_cons, cons + want);
	return want;
}

/* Some of a message, header first; serves it when it is whole. */
static bool run_in(struct xs_ring *r, unsigned int *served)
{
	size_t n;

	if (r->out_len > OUT_BUSY)
		return false;

	if (r->in_len < sizeof(r->hdr)) {
		n = take(r, (char *)&r->hdr + r->in_len,
			 sizeof(r->hdr) - r->in_len);
		if (!n)
			return false;
		r->in_len += n;
		if (r->in_len < sizeof(r->hdr))
			return true;
		if (r->hdr.len > XENSTORE_PAYLOAD_MAX) {
			die(r, XENSTORE_ERROR_PROTO,
			    "a message is too long");
			return false;
		}
	} else {
		size_t have = r->in_len - sizeof(r->hdr);

		n = take(r, r->body + have, r->hdr.len - have);
		if (!n)
			return false;
		r->in_len += n;
	}

	if (r->in_len == sizeof(r->hdr) + r->hdr.len) {
		r->in_len = 0;
		(*served)++;
		xs_conn_request(r->conn, &r->hdr, r->body);
	}
	return true;
}

static bool run_out(struct xs_ring *r)
{
	uint32_t prod = load(&r->page->rsp_prod);
	uint32_t used = prod - load(&r->page->rsp_cons);
	uint32_t at = MASK_XENSTORE_IDX(prod), n;

	if (used > XENSTORE_RING_SIZE) {
		die(r, XENSTORE_ERROR_RINGIDX, "the guest's indices are wrong");
		return false;
	}
	n = XENSTORE_RING_SIZE - used;
	if (n > XENSTORE_RING_SIZE - at)
		n = XENSTORE_RING_SIZE - at;
	if (n > r->out_len)
		n = r->out_len;
	if (!n)
		return false;
	memcpy(r->page->rsp + at, r->out + r->out_start, n);
	store(&r->page->rsp_prod, prod + n);
	r->out_start += n;
	r->out_len -= n;
	if (!r->out_len) {
		r->out_start = 0;
		r->overflow = false;
	}
	return true;
}

/* The guest starts over, as after kexec. */
static void reconnect(struct xs_ring *r)
{
	xs_conn_reset(r->conn);
	r->dead = false;
	r->in_len = 0;
	r->out_len = 0;
	r->out_start = 0;
	store(&r->page->req_cons, 0);
	store(&r->page->req_prod, 0);
	store(&r->page->rsp_cons, 0);
	store(&r->page->rsp_prod, 0);
	store(&r->page->error, XENSTORE_ERROR_NONE);
	store(&r->page->connection, XENSTORE_CONNECTED);
}

bool xs_ring_run(struct xs_ring *r)
{
	unsigned int served = 0;
	bool did_something = false, progress = true;

	if (load(&r->page->connection) == XENSTORE_RECONNECT) {
		reconnect(r);
		did_something = true;
	}

	while (progress && !r->dead && served < BATCH) {
		progress = run_in(r, &served);
		progress |= !r->dead && run_out(r);
		did_something |= progress;
	}
	if (did_something)
		r->ops->notify(r->opaque);
	return progress && !r->dead;
}

struct xs_ring *xs_ring_new(struct xs_server *s, uint32_t domid, void *page,
			    const struct xs_ring_ops *ops, void *opaque)
{
	struct xs_ring *r = xcalloc(1, sizeof(*r));

	r->page = page;
	r->ops = ops;
	r->opaque = opaque;
	r->conn = xs_conn_new(s, domid, &conn_ops, r);
	r->page->server_features = XENSTORE_SERVER_FEATURE_RECONNECTION |
				   XENSTORE_SERVER_FEATURE_ERROR;
	return r;
}

void xs_ring_free(struct xs_ring *r)
{
	if (!r)
		return;
	xs_conn_free(r->conn);
	free(r->out);
	free(r);
}
