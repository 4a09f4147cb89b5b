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
#include "ring.h"
#include "stream.h"

/* With this much waiting for a guest it hears of no more changes. */
#define OUT_MAX		(256 * 1024)

struct xs_ring {
	struct xenstore_domain_interface *page;
	struct xs_stream stream;
	const struct xs_ring_ops *ops;
	void *opaque;
	bool dead;		/* the guest broke the protocol */
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

static void die(struct xs_ring *r, uint32_t error, const char *why)
{
	log_guest_line("xenstore: %s, the connection is closed", why);
	r->dead = true;
	xs_stream_reset(&r->stream);
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

/* Some of a message; true when there was anything. */
static bool run_in(struct xs_ring *r, unsigned int *served)
{
	size_t room, n;
	void *to;
	int ret;

	if (!xs_stream_may_take(&r->stream))
		return false;
	to = xs_stream_room(&r->stream, &room);
	n = take(r, to, room);
	if (!n)
		return false;
	ret = xs_stream_came(&r->stream, n);
	if (ret < 0) {
		die(r, XENSTORE_ERROR_PROTO, "a message is too long");
		return false;
	}
	*served += ret;
	return true;
}

static bool run_out(struct xs_ring *r)
{
	uint32_t prod = load(&r->page->rsp_prod);
	uint32_t used = prod - load(&r->page->rsp_cons);
	uint32_t at = MASK_XENSTORE_IDX(prod), n;
	const void *out;
	size_t len;

	if (used > XENSTORE_RING_SIZE) {
		die(r, XENSTORE_ERROR_RINGIDX, "the guest's indices are wrong");
		return false;
	}
	n = XENSTORE_RING_SIZE - used;
	if (n > XENSTORE_RING_SIZE - at)
		n = XENSTORE_RING_SIZE - at;
	out = xs_stream_out(&r->stream, &len);
	if (n > len)
		n = len;
	if (!n)
		return false;
	memcpy(r->page->rsp + at, out, n);
	store(&r->page->rsp_prod, prod + n);
	xs_stream_sent(&r->stream, n);
	return true;
}

/* The guest starts over, as after kexec. */
static void reconnect(struct xs_ring *r)
{
	xs_stream_reset(&r->stream);
	r->dead = false;
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

	while (progress && !r->dead && served < XS_BATCH) {
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
	xs_stream_init(&r->stream, s, domid, "the guest", OUT_MAX);
	r->page->server_features = XENSTORE_SERVER_FEATURE_RECONNECTION |
				   XENSTORE_SERVER_FEATURE_ERROR;
	return r;
}

void xs_ring_free(struct xs_ring *r)
{
	if (!r)
		return;
	xs_stream_destroy(&r->stream);
	free(r);
}
