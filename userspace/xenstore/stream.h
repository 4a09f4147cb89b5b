/* SPDX-License-Identifier: GPL-2.0 */
/* A connection as two streams of bytes: what rings and sockets share. */
#ifndef XENPV_XENSTORE_STREAM_H
#define XENPV_XENSTORE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/io/xs_wire.h>

/* Requests served in one go, before others get their turn. */
#define XS_BATCH	64

struct xs_server;

struct xs_stream {
	struct xs_conn *conn;
	const char *name;	/* of the other side, for the log */
	size_t max_out;		/* with more waiting, watch events are lost */
	bool overflow;		/* said so already */
	/* The message that is coming in. */
	struct xsd_sockmsg hdr;
	char body[XENSTORE_PAYLOAD_MAX];
	size_t in_len;		/* of header and body together */
	/* What goes out. */
	char *out;
	size_t out_start, out_len, out_room;
};

void xs_stream_init(struct xs_stream *st, struct xs_server *s, uint32_t domid,
		    const char *name, size_t max_out);
void xs_stream_destroy(struct xs_stream *st);
/* Forget what is on its way, watches and transactions too. */
void xs_stream_reset(struct xs_stream *st);

/* May more requests be taken, or are too many answers waiting? */
bool xs_stream_may_take(const struct xs_stream *st);
/* Where the next bytes go, and how many at most (never 0). */
void *xs_stream_room(struct xs_stream *st, size_t *room);
/*
 * LEN of them have come.  1 when that was a request's end, which is served by
 * then, 0 when not, -1 when a message is too long.
 */
int xs_stream_came(struct xs_stream *st, size_t len);

/* What waits to be sent; and LEN of it is gone. */
const void *xs_stream_out(const struct xs_stream *st, size_t *len);
void xs_stream_sent(struct xs_stream *st, size_t len);

#endif
