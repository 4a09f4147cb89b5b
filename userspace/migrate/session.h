/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A domain is being saved, or sent to another host: the helper's part.
 *
 * A client has passed the descriptor to write to and keeps the connection.  It
 * hears "progress DONE TOTAL" now and then, and "saved BYTES" or "error REASON"
 * at last.  After "saved" it says, and hears "ok" or "error REASON" to each but
 * "commit":
 *
 *  release	give up what the copy elsewhere needs: images, the name
 *  given	from now on the copy may run: should the client disappear, only
 *		somebody who knows that it does not may have the domain go on
 *  resume [paused]  go on here, as if nothing had happened
 *  commit	the copy is what counts: the connection ends with the domain
 *
 * Whatever else happens, the client's end included, the domain goes on here.
 */
#ifndef XENPV_MIGRATE_SESSION_H
#define XENPV_MIGRATE_SESSION_H

#include <stdbool.h>
#include <stdint.h>

struct console;
struct device_bus;
struct domain;
struct loop;
struct session;
struct xs_server;

struct session_env {
	struct domain *d;
	struct xs_server *xs;
	struct loop *loop;
	struct device_bus *bus;
	struct console *console;
	/* The domain has ended or gone on: the session is to be freed. */
	void (*over)(void *opaque);
	void *opaque;
};

/*
 * CONN and FD are the session's; NAME, of what FD is, is copied.  NULL after
 * telling the client why.
 */
struct session *session_new(const struct session_env *env, int conn, int fd,
			    const char *name);
/*
 * The copy may or may not run, and nobody is left who could tell: the domain is
 * paused in all but name.
 */
bool session_is_lost(const struct session *s);
/* The domain goes on, unless it was committed or dropped. */
void session_free(struct session *s);
/*
 * It has ended, or shall: it does not go on.  True: the session is to be freed;
 * it is not when somebody waits for the domain to be gone.  May be NULL.
 */
bool session_drop(struct session *s);

/* Tell a client that is not served, and close what it sent. */
void session_refuse(int conn, int fd, const char *reason);

#endif
