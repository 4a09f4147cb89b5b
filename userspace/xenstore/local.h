/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The toolstack's own way into xenstore, in the server's process and with all
 * rights.
 *
 * All of it is for the thread that serves the guest.  Nothing of the guest's is
 * served before the caller goes back to the event loop, so it sees what was
 * written in a row as one change.
 *
 * Functions that return int return 0 or a positive errno.
 */
#ifndef XENPV_XENSTORE_LOCAL_H
#define XENPV_XENSTORE_LOCAL_H

#include <stdbool.h>
#include <stdint.h>

struct xs_server;
struct xs_watcher;

/*
 * Write a node and let watches know.  PERMS, when not NULL, is as in
 * XS_SET_PERMS: "n0 r1" (spaces between); without, a new node has its parent's.
 */
int xs_server_write(struct xs_server *s, const char *perms, const char *path,
		    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/*
 * BASE itself, empty, then below it name and value, name and value... up to
 * NULL, all with PERMS.  Pairs whose value is NULL are left out.
 */
int xs_server_write_set(struct xs_server *s, const char *perms,
			const char *base, const char *const *pairs);
/* A node and all below it.  One that is not there is fine. */
int xs_server_rm(struct xs_server *s, const char *path);

/* Let those who watch "@introduceDomain" or "@releaseDomain" know. */
void xs_server_announce(struct xs_server *s, const char *event);

/*
 * NAME is relative to BASE, or NULL for BASE itself.  Remember that a guest's
 * nodes hold what the guest likes.
 */
bool xs_server_exists(struct xs_server *s, const char *base, const char *name);
/* The value, NUL terminated and to be freed, or NULL. */
char *xs_server_read(struct xs_server *s, const char *base, const char *name);
/* A decimal number and nothing else: EINVAL when it is something else. */
int xs_server_read_number(struct xs_server *s, const char *base,
			  const char *name, uint64_t *value);
/*
 * The names of the children, sorted, NULL after the last: to be freed as one
 * piece.  NULL when there is no such node.
 */
char **xs_server_list(struct xs_server *s, const char *base, const char *name);

/*
 * Call FN from xs_server_deliver(), once soon and then after changes of PATH
 * and below.  It is told which path changed; of many changes at a time it is
 * told just PATH.  FN may do all that is declared here, ending its own or
 * another watch included.
 */
typedef void (*xs_watcher_fn)(void *opaque, const char *path);
struct xs_watcher *xs_server_watch(struct xs_server *s, const char *path,
				   xs_watcher_fn fn, void *opaque);
void xs_server_watch_free(struct xs_watcher *w);

/*
 * WAKE is called when there is something to deliver to watchers or to send to
 * clients: have xs_server_deliver() called soon, and then the transports.
 */
void xs_server_on_wake(struct xs_server *s, void (*wake)(void *opaque),
		       void *opaque);
void xs_server_deliver(struct xs_server *s);

#endif
