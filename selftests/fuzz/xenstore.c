// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target: xenstore with two guests and the toolstack at it at once.
 *
 * The input is a list of actions, one byte each with their arguments after
 * them.  Domain 7 talks through a ring, in pieces, and may do to the ring what
 * it likes; domain 8 and dom0 have connections of their own.  Whatever comes,
 * domain 8's secret stays what it is, and no guest has more than its share.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/local.h"
#include "xenstore/ring.h"
#include "xenstore/server.h"

#include "fuzz.h"

#define MINE	"/local/domain/7"
#define SECRET	"/local/domain/8/secret"

struct input {
	const uint8_t *p;
	size_t len;
};

struct world {
	struct xs_server *s;
	struct xenstore_domain_interface *page;
	struct xs_ring *ring;
	struct xs_conn *other, *root;
	struct xs_watcher *watcher;
};

static uint8_t byte(struct input *in)
{
	if (!in->len)
		return 0;
	in->len--;
	return *in->p++;
}

static const void *bytes(struct input *in, size_t *len)
{
	const void *p = in->p;

	if (*len > in->len)
		*len = in->len;
	in->p += *len;
	in->len -= *len;
	return p;
}

static void message(struct input *in, struct xsd_sockmsg *hdr,
		    const void **body)
{
	size_t len;

	memset(hdr, 0, sizeof(*hdr));
	hdr->type = byte(in);
	hdr->tx_id = byte(in) & 15;
	len = byte(in);
	if (len == 255)
		len = byte(in) * 16;
	*body = bytes(in, &len);
	hdr->len = len;
}

static void run(struct world *w)
{
	unsigned int i;

	for (i = 0; i < 100 && xs_ring_run(w->ring); i++)
		;
}

/* As much as there is room for, the rest is lost. */
static void ring_put(struct world *w, const void *data, size_t len)
{
	const char *p = data;

	while (len && w->page->req_prod - w->page->req_cons <
	       XENSTORE_RING_SIZE) {
		w->page->req[MASK_XENSTORE_IDX(w->page->req_prod)] = *p++;
		w->page->req_prod++;
		len--;
	}
}

static void ring_message(struct world *w, struct input *in)
{
	size_t chunk = byte(in), len, n;
	struct xsd_sockmsg hdr;
	const void *body;
	char *all;

	message(in, &hdr, &body);
	len = sizeof(hdr) + hdr.len;
	all = malloc(len);
	memcpy(all, &hdr, sizeof(hdr));
	memcpy(all + sizeof(hdr), body, hdr.len);
	for (n = 0; n < len; n += chunk) {
		chunk = chunk && chunk < len - n ? chunk : len - n;
		ring_put(w, all + n, chunk);
		run(w);
	}
	free(all);
}

static void ring_abuse(struct world *w, struct input *in)
{
	uint32_t n;

	switch (byte(in) & 7) {
	case 0:
		w->page->connection = XENSTORE_RECONNECT;
		break;
	case 1:
		w->page->rsp_cons = w->page->rsp_prod;
		break;
	case 2:
		w->page->rsp_cons += byte(in);
		break;
	case 3:
		w->page->req_prod += byte(in) << 4;
		break;
	case 4:
		w->page->req_cons = byte(in);
		break;
	case 5:
		w->page->rsp_prod = byte(in);
		break;
	case 6:
		n = byte(in);
		memset(w->page->req, n, sizeof(w->page->req));
		break;
	case 7:
		w->page->req_prod = w->page->req_cons;
		break;
	}
	run(w);
}

/* An exact copy: what is read past its end is found. */
static void direct(struct xs_conn *c, const struct xsd_sockmsg *hdr,
		   const void *body)
{
	void *copy = malloc(hdr->len ? hdr->len : 1);

	memcpy(copy, body, hdr->len);
	xs_conn_request(c, hdr, copy);
	free(copy);
}

/* dom0 may do everything, here only to domain 7. */
static void root_message(struct world *w, struct input *in)
{
	struct xsd_sockmsg hdr;
	const void *body;

	message(in, &hdr, &body);
	switch (hdr.type) {
	case XS_WRITE:
	case XS_MKDIR:
	case XS_RM:
	case XS_SET_PERMS:
		if (hdr.len <= strlen(MINE) ||
		    memcmp(body, MINE "/", strlen(MINE) + 1))
			return;
	}
	direct(w->root, &hdr, body);
}

static void toolstack(struct world *w, struct input *in)
{
	static const char *const names[] = {
		"control/shutdown", "data", "data/a", "device/vbd/1/state",
	};
	uint8_t what = byte(in);
	char path[64];

	snprintf(path, sizeof(path), MINE "/%s", names[what & 3]);
	switch (what >> 2 & 3) {
	case 0:
		xs_server_write(w->s, "n7", path, "%u", what);
		break;
	case 1:
		xs_server_rm(w->s, path);
		break;
	case 2:
		xs_server_write(w->s, "n0 r7", path, "%s", "x");
		break;
	case 3:
		free(xs_server_list(w->s, path, NULL));
		break;
	}
	xs_server_deliver(w->s);
	run(w);
}

static void ignore_message(void *opaque, const struct xsd_sockmsg *hdr,
			   const void *body)
{
	/* It is read all the same: ASan looks at it. */
	volatile char sum = 0;
	uint32_t i;

	for (i = 0; i < hdr->len; i++)
		sum ^= ((const char *)body)[i];
}

static void ignore_change(void *opaque, const char *path)
{
}

static void ignore_notify(void *opaque)
{
}

static const struct xs_conn_ops conn_ops = { .send = ignore_message };
static const struct xs_ring_ops ring_ops = { .notify = ignore_notify };

static void begin(struct world *w)
{
	w->s = xs_server_new();
	w->page = aligned_alloc(4096, 4096);
	memset(w->page, 0, 4096);
	w->ring = xs_ring_new(w->s, 7, w->page, &ring_ops, NULL);
	w->other = xs_conn_new(w->s, 8, &conn_ops, NULL);
	w->root = xs_conn_new(w->s, 0, &conn_ops, NULL);
	w->watcher = xs_server_watch(w->s, MINE, ignore_change, NULL);
	xs_server_write(w->s, "n0 r7", MINE "/name", "g");
	xs_server_write(w->s, "n7", MINE "/data", "%s", "");
	xs_server_write(w->s, "n8", "/local/domain/8/data", "%s", "");
	xs_server_write(w->s, "n0", SECRET, "secret");
}

static unsigned int guest_nodes(const struct xs_node *n)
{
	unsigned int nr = n->perms[0].domid != 0, i;

	for (i = 0; i < n->nr_kids; i++)
		nr += guest_nodes(n->kids[i]);
	return nr;
}

static void must(bool right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

static void check(struct world *w)
{
	const struct xs_node *n = xs_tree_find(&w->s->tree, SECRET);
	unsigned int nr = guest_nodes(w->s->tree.root);
	struct xs_conn *c;

	must(n && n->len == 6 && !memcmp(n->value, "secret", 6) &&
	     n->nr_perms == 1 && n->perms[0].domid == 0,
	     "the secret has changed");
	must(xs_tree_get(&w->s->tree, 7, SECRET, XS_PERM_READ, &n),
	     "the secret can be read");
	must(nr == w->s->tree.nr_guest_nodes, "guests' nodes are miscounted");
	for (c = w->s->conns; c; c = c->next) {
		must(!c->domid || (c->nr_watches <= XS_MAX_WATCHES &&
				   c->nr_transactions <= XS_MAX_TRANSACTIONS),
		     "a guest has more than its share");
	}
}

static void end(struct world *w)
{
	xs_server_watch_free(w->watcher);
	xs_ring_free(w->ring);
	xs_conn_free(w->other);
	xs_conn_free(w->root);
	xs_server_free(w->s);
	free(w->page);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct xsd_sockmsg hdr;
	struct world w;
	const void *p;
	size_t len;

	begin(&w);
	while (in.len) {
		switch (byte(&in) & 7) {
		case 0:
		case 1:
		case 2:
			ring_message(&w, &in);
			break;
		case 3:
			message(&in, &hdr, &p);
			direct(w.other, &hdr, p);
			break;
		case 4:
			root_message(&w, &in);
			break;
		case 5:
			len = byte(&in);
			p = bytes(&in, &len);
			ring_put(&w, p, len);
			run(&w);
			break;
		case 6:
			ring_abuse(&w, &in);
			break;
		case 7:
			toolstack(&w, &in);
			break;
		}
	}
	check(&w);
	end(&w);
	return 0;
}
