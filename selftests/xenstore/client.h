/* SPDX-License-Identifier: GPL-2.0 */
/* A client of the server in the same process: one request, its answer. */
#ifndef CLIENT_H
#define CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "xenstore/local.h"
#include "xenstore/proto.h"

struct client {
	struct xs_conn *conn;
	/* The last reply. */
	struct xsd_sockmsg hdr;
	char body[XENSTORE_PAYLOAD_MAX + 1];
	/* Watch events since events_clear(), as "path token;". */
	char events[1 << 16];
	unsigned int nr_events;
};

void client_open(struct client *c, struct xs_server *s, uint32_t domid);
void client_close(struct client *c);
void events_clear(struct client *c);

/* Any message. */
void request(struct client *c, uint32_t type, uint32_t tx, const void *body,
	     size_t len);

/*
 * A request whose body is strings, each followed by NUL.  Returns "ok", or the
 * name of the error.
 */
#define ask(c, type, tx, ...) \
	ask_strings(c, type, tx, (const char *[]){ __VA_ARGS__, NULL })
const char *ask_strings(struct client *c, uint32_t type, uint32_t tx,
			const char *const *strings);

/* XS_WRITE: the value has no NUL. */
const char *put(struct client *c, uint32_t tx, const char *path,
		const char *value);
/* XS_READ: the value, or the name of the error. */
const char *get(struct client *c, uint32_t tx, const char *path);
/* XS_TRANSACTION_START: the id, 0 on error. */
uint32_t start(struct client *c);
const char *end(struct client *c, uint32_t tx, const char *how);

#endif
