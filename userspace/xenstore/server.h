/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of the protocol share, and nobody else sees. */
#ifndef XENPV_XENSTORE_SERVER_H
#define XENPV_XENSTORE_SERVER_H

#include "proto.h"

struct xs_watch {
	struct xs_watch *next;
	char *path;		/* absolute, or "@..." */
	char *token;
	size_t skip;		/* of a path, when it was given relative */
};

struct xs_change {
	char *path;
	bool removed;		/* with all below it */
};

struct xs_transaction {
	struct xs_transaction *next;
	uint32_t id;
	struct xs_tree tree;
	uint64_t base;		/* generation of the tree it began with */
	struct xs_change *changes;
	unsigned int nr_changes;
};

struct xs_conn {
	struct xs_conn *next;
	struct xs_server *server;
	uint32_t domid;
	const struct xs_conn_ops *ops;
	void *opaque;
	struct xs_watch *watches;
	unsigned int nr_watches;
	struct xs_transaction *transactions;
	unsigned int nr_transactions;
	uint32_t next_id;
};

struct xs_server {
	struct xs_tree tree;
	struct xs_conn *conns;
	struct xs_watcher *watchers;
	void (*wake)(void *opaque);	/* see xs_server_on_wake() */
	void *wake_opaque;
	bool awake;			/* it was called, nothing came of it yet */
};

/* proto.c */
/* One permission as the protocol spells it: "r7". */
int xs_perm_parse(const char *s, struct xs_perm *perm);

/* watch.c */
int xs_watch_add(struct xs_conn *c, const char *path, size_t skip,
		 const char *token);
int xs_watch_remove(struct xs_conn *c, const char *path, const char *token);
void xs_watch_remove_all(struct xs_conn *c);
/* Tell every connection that may know; REMOVED: with all below it. */
void xs_watch_fire(struct xs_server *s, const char *path, bool removed);
/* Is PATH the same as ABOVE, or below it? */
bool xs_path_is_below(const char *path, const char *above);
/* The event that every new watch begins with. */
void xs_watch_fire_first(struct xs_conn *c);

/* local.c */
void xs_watchers_fire(struct xs_server *s, const char *path, bool removed);
void xs_server_wake(struct xs_server *s);

/* transaction.c */
int xs_transaction_start(struct xs_conn *c, uint32_t *id);
struct xs_transaction *xs_transaction_find(struct xs_conn *c, uint32_t id);
int xs_transaction_end(struct xs_conn *c, uint32_t id, bool commit);
void xs_transaction_end_all(struct xs_conn *c);
/* Remember a change, to be told at commit. */
int xs_transaction_note(struct xs_transaction *t, const char *path,
			bool removed);

#endif
