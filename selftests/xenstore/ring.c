// SPDX-License-Identifier: GPL-2.0
/* The shared ring: messages in pieces, a slow reader, a hostile one. */
#include <stdint.h>
#include <stdlib.h>

#include "../kselftest_harness.h"
#include "xenstore/local.h"
#include "xenstore/proto.h"
#include "xenstore/ring.h"

FIXTURE(ring) {
	struct xs_server *s;
	struct xenstore_domain_interface *page;
	struct xs_ring *r;
	unsigned int notified;
};

static void notify(void *opaque)
{
	(*(unsigned int *)opaque)++;
}

static const struct xs_ring_ops ops = { .notify = notify };

FIXTURE_SETUP(ring)
{
	self->s = xs_server_new();
	self->page = aligned_alloc(4096, 4096);
	memset(self->page, 0, 4096);
	self->notified = 0;
	xs_server_write(self->s, "n7", "/local/domain/7/data", "%s", "");
	self->r = xs_ring_new(self->s, 7, self->page, &ops, &self->notified);
}

FIXTURE_TEARDOWN(ring)
{
	xs_ring_free(self->r);
	xs_server_free(self->s);
	free(self->page);
}

static void push(struct xenstore_domain_interface *p, const void *data,
		 size_t len)
{
	const char *c = data;

	while (len--)
		p->req[MASK_XENSTORE_IDX(p->req_prod++)] = *c++;
}

static size_t pull(struct xenstore_domain_interface *p, void *data, size_t max)
{
	char *c = data;
	size_t n;

	for (n = 0; n < max && p->rsp_cons != p->rsp_prod; n++)
		c[n] = p->rsp[MASK_XENSTORE_IDX(p->rsp_cons++)];
	return n;
}

static size_t make(char *out, uint32_t type, uint32_t id, const void *body,
		   uint32_t len)
{
	struct xsd_sockmsg hdr = { .type = type, .req_id = id, .len = len };

	memcpy(out, &hdr, sizeof(hdr));
	memcpy(out + sizeof(hdr), body, len);
	return sizeof(hdr) + len;
}

TEST_F(ring, features)
{
	EXPECT_EQ(3, self->page->server_features);
	EXPECT_FALSE(xs_ring_run(self->r));
	EXPECT_EQ(0, self->notified);
}

/* A byte at a time, and each is taken at once. */
TEST_F(ring, byte_by_byte)
{
	char msg[64], answer[256];
	size_t len = make(msg, XS_READ, 5, "data", 5), i, n;
	struct xsd_sockmsg hdr;

	for (i = 0; i < len; i++) {
		push(self->page, msg + i, 1);
		EXPECT_FALSE(xs_ring_run(self->r));
		EXPECT_EQ(self->page->req_prod, self->page->req_cons);
		EXPECT_EQ(i + 1, self->notified);
	}
	n = pull(self->page, answer, sizeof(answer));
	ASSERT_EQ(sizeof(hdr), n);
	memcpy(&hdr, answer, sizeof(hdr));
	EXPECT_EQ(XS_READ, hdr.type);
	EXPECT_EQ(5, hdr.req_id);
	EXPECT_EQ(0, hdr.len);
}

/* Larger than the ring, both ways, with indices that wrap. */
TEST_F(ring, large)
{
	static char value[2000], body[XENSTORE_PAYLOAD_MAX];
	static char msg[8192], answer[8192];
	size_t len, done, n, got;
	int round;

	self->page->req_cons = 0xfffffe00;
	self->page->req_prod = 0xfffffe00;
	self->page->rsp_cons = 0xffffff00;
	self->page->rsp_prod = 0xffffff00;
	for (round = 0; round < 5; round++) {
		memset(value, 'a' + round, sizeof(value));
		memcpy(body, "data/v", 7);
		memcpy(body + 7, value, sizeof(value));
		len = make(msg, XS_WRITE, 1, body, 7 + sizeof(value));
		len += make(msg + len, XS_READ, 2, "data/v", 7);
		for (done = 0; done < len; done += n) {
			n = XENSTORE_RING_SIZE -
			    (self->page->req_prod - self->page->req_cons);
			if (n > len - done)
				n = len - done;
			ASSERT_NE(0, n);
			push(self->page, msg + done, n);
			xs_ring_run(self->r);
		}
		got = 0;
		do {
			n = pull(self->page, answer + got, sizeof(answer) - got);
			got += n;
			xs_ring_run(self->r);
		} while (n);
		ASSERT_EQ(16 + 3 + 16 + sizeof(value), got);
		EXPECT_EQ(0, memcmp(answer + 35, value, sizeof(value)));
	}
}

/* Who reads nothing is served nothing more, and gets it all later. */
TEST_F(ring, slow_reader)
{
	static char msg[64], sink[65536];
	size_t len = make(msg, XS_GET_DOMAIN_PATH, 1, "7", 2), taken = 0, got = 0;
	size_t n;
	int i;

	for (i = 0; i < 5000; i++) {
		if (self->page->req_prod - self->page->req_cons + len >
		    XENSTORE_RING_SIZE)
			break;
		push(self->page, msg, len);
		taken++;
		xs_ring_run(self->r);
	}
	EXPECT_LT(i, 5000);
	do {
		n = pull(self->page, sink + got, sizeof(sink) - got);
		got += n;
		while (xs_ring_run(self->r))
			;
	} while (n);
	EXPECT_EQ(taken * (16 + sizeof("/local/domain/7")), got);
}

/* One that never stops asking gets its turn, not all of them. */
TEST_F(ring, batches)
{
	char msg[64];
	size_t len = make(msg, XS_UNWATCH, 1, "", 0);
	int i;

	for (i = 0; i < 64; i++)
		push(self->page, msg, len);
	EXPECT_TRUE(xs_ring_run(self->r));
	EXPECT_EQ(0, self->page->error);
}

TEST_F(ring, bad_indices)
{
	self->page->req_prod = 5000;
	EXPECT_FALSE(xs_ring_run(self->r));
	EXPECT_EQ(XENSTORE_ERROR_RINGIDX, self->page->error);
	self->page->req_prod = 16;
	EXPECT_FALSE(xs_ring_run(self->r));
	EXPECT_EQ(0, self->page->req_cons);

	self->page->connection = XENSTORE_RECONNECT;
	self->page->req_prod = 12345;
	EXPECT_FALSE(xs_ring_run(self->r));
	EXPECT_EQ(XENSTORE_CONNECTED, self->page->connection);
	EXPECT_EQ(0, self->page->error);
	EXPECT_EQ(0, self->page->req_prod);
	self->page->rsp_cons = 1;
	xs_server_write(self->s, NULL, "/local/domain/7/data", "x");
	EXPECT_FALSE(xs_ring_run(self->r));
	EXPECT_EQ(XENSTORE_ERROR_RINGIDX, self->page->error);
}

TEST_F(ring, message_too_long)
{
	struct xsd_sockmsg hdr = { .type = XS_READ, .len = 4097 };

	push(self->page, &hdr, sizeof(hdr));
	EXPECT_FALSE(xs_ring_run(self->r));
	EXPECT_EQ(XENSTORE_ERROR_PROTO, self->page->error);
}

/* Watch events for a reader that is gone do not pile up. */
TEST_F_TIMEOUT(ring, event_flood, 600)
{
	char msg[64];
	size_t len = make(msg, XS_WATCH, 1, "data\0t", 7);
	int i;

	push(self->page, msg, len);
	xs_ring_run(self->r);
	for (i = 0; i < 20000; i++)
		xs_server_write(self->s, NULL, "/local/domain/7/data", "%d", i);
	xs_ring_run(self->r);
	EXPECT_EQ(0, self->page->error);
}

TEST_HARNESS_MAIN
