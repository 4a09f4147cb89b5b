// SPDX-License-Identifier: GPL-2.0
/* A connection as two streams of bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../util.h"
#include "../vmm/log.h"
#include "proto.h"
#include "stream.h"

/* With this much waiting no more requests are taken. */
#define OUT_BUSY	(16 * 1024)

static void queue(struct xs_stream *st, const void *data, size_t len)
{
	if (st->out_start && st->out_start + st->out_len + len > st->out_room) {
		memmove(st->out, st->out + st->out_start, st->out_len);
		st->out_start = 0;
	}
	if (st->out_len + len > st->out_room) {
		st->out_room = (st->out_len + len) * 2;
		st->out = realloc(st->out, st->out_room);
		if (!st->out)
			abort();
	}
	memcpy(st->out + st->out_start + st->out_len, data, len);
	st->out_len += len;
}

static void stream_send(void *opaque, const struct xsd_sockmsg *hdr,
			const void *body)
{
	struct xs_stream *st = opaque;

	if (hdr->type == XS_WATCH_EVENT && st->out_len > st->max_out) {
		if (!st->overflow)
			log_guest_line("xenstore: %s reads too slowly, watch events are lost",
				       st->name);
		st->overflow = true;
		return;
	}
	queue(st, hdr, sizeof(*hdr));
	queue(st, body, hdr->len);
}

static const struct xs_conn_ops conn_ops = {
	.send = stream_send,
};

void xs_stream_init(struct xs_stream *st, struct xs_server *s, uint32_t domid,
		    const char *name, size_t max_out)
{
	memset(st, 0, sizeof(*st));
	st->name = name;
	st->max_out = max_out;
	st->conn = xs_conn_new(s, domid, &conn_ops, st);
}

void xs_stream_destroy(struct xs_stream *st)
{
	xs_conn_free(st->conn);
	free(st->out);
}

void xs_stream_reset(struct xs_stream *st)
{
	xs_conn_reset(st->conn);
	st->in_len = 0;
	st->out_len = 0;
	st->out_start = 0;
}

bool xs_stream_may_take(const struct xs_stream *st)
{
	return st->out_len <= OUT_BUSY;
}

void *xs_stream_room(struct xs_stream *st, size_t *room)
{
	size_t have;

	if (st->in_len < sizeof(st->hdr)) {
		*room = sizeof(st->hdr) - st->in_len;
		return (char *)&st->hdr + st->in_len;
	}
	have = st->in_len - sizeof(st->hdr);
	*room = st->hdr.len - have;
	return st->body + have;
}

int xs_stream_came(struct xs_stream *st, size_t len)
{
	st->in_len += len;
	if (st->in_len < sizeof(st->hdr))
		return 0;
	if (st->hdr.len > XENSTORE_PAYLOAD_MAX)
		return -1;
	if (st->in_len < sizeof(st->hdr) + st->hdr.len)
		return 0;
	st->in_len = 0;
	xs_conn_request(st->conn, &st->hdr, st->body);
	return 1;
}

const void *xs_stream_out(const struct xs_stream *st, size_t *len)
{
	*len = st->out_len;
	return *len ? st->out + st->out_start : NULL;
}

void xs_stream_sent(struct xs_stream *st, size_t len)
{
	st->out_start += len;
	st->out_len -= len;
	if (!st->out_len) {
		st->out_start = 0;
		st->overflow = false;
	}
}
