// SPDX-License-Identifier: GPL-2.0
/* A client of the server in the same process. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "client.h"

static void on_message(void *opaque, const struct xsd_sockmsg *hdr,
		       const void *body)
{
	struct client *c = opaque;
	size_t used = strlen(c->events);
	const char *path = body;

	if (hdr->type != XS_WATCH_EVENT) {
		c->hdr = *hdr;
		memcpy(c->body, body, hdr->len);
		c->body[hdr->len] = 0;
		return;
	}
	c->nr_events++;
	snprintf(c->events + used, sizeof(c->events) - used, "%s %s;", path,
		 path + strlen(path) + 1);
}

static const struct xs_conn_ops ops = { .send = on_message };

void client_open(struct client *c, struct xs_server *s, uint32_t domid)
{
	memset(c, 0, sizeof(*c));
	c->conn = xs_conn_new(s, domid, &ops, c);
}

void client_close(struct client *c)
{
	xs_conn_free(c->conn);
}

void events_clear(struct client *c)
{
	c->events[0] = 0;
	c->nr_events = 0;
}

void request(struct client *c, uint32_t type, uint32_t tx, const void *body,
	     size_t len)
{
	struct xsd_sockmsg hdr = {
		.type = type, .req_id = 0x1234, .tx_id = tx, .len = len,
	};

	/* Exactly as large: a byte read past it is found. */
	void *copy = malloc(len ? len : 1);

	memcpy(copy, body, len);
	memset(&c->hdr, 0xff, sizeof(c->hdr));
	xs_conn_request(c->conn, &hdr, copy);
	free(copy);
}

static const char *outcome(struct client *c)
{
	return c->hdr.type == XS_ERROR ? c->body : "ok";
}

const char *ask_strings(struct client *c, uint32_t type, uint32_t tx,
			const char *const *strings)
{
	char body[2 * XENSTORE_PAYLOAD_MAX];
	size_t len = 0;

	for (; *strings; strings++)
		len += sprintf(body + len, "%s", *strings) + 1;
	request(c, type, tx, body, len);
	return outcome(c);
}

const char *put(struct client *c, uint32_t tx, const char *path,
		const char *value)
{
	char body[2 * XENSTORE_PAYLOAD_MAX];
	size_t len = sprintf(body, "%s", path) + 1;

	len += sprintf(body + len, "%s", value);
	request(c, XS_WRITE, tx, body, len);
	return outcome(c);
}

const char *get(struct client *c, uint32_t tx, const char *path)
{
	request(c, XS_READ, tx, path, strlen(path) + 1);
	return c->body;
}

uint32_t start(struct client *c)
{
	request(c, XS_TRANSACTION_START, 0, "", 1);
	return c->hdr.type == XS_ERROR ? 0 : strtoul(c->body, NULL, 10);
}

const char *end(struct client *c, uint32_t tx, const char *how)
{
	return ask(c, XS_TRANSACTION_END, tx, how);
}
