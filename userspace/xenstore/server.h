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

/* What a transaction did to a path. */
#define XS_READ_IT	(1 << 0)	/* or found that there is none */
#define XS_READ_ALL	(1 << 1)	/* with all below it */
#define XS_CHANGED	(1 << 2)
#define XS_REMOVED	(1 << 3)	/* with all below it, at some time */

struct xs_access {
	char *path;
	uint32_t hash;
	unsigned int what;
};

struct xs_transaction {
	struct xs_transaction *next;
	uint32_t id;
	struct xs_tree tree;
	struct xs_tree base;		/* the tree it began with */
	struct xs_access *accesses;
	unsigned int nr_accesses;
	bool changed;
	bool failed;			/* too large: cannot be committed */
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
	struct xs_tree special;		/* permissions of "@..." as "/@..." */
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
/*
 * Tell every connection that may know.  BEFORE is the tree without the change,
 * for permissions that were; REMOVED: what was below the path then is gone too.
 */
void xs_watch_fire(struct xs_server *s, const char *path, bool removed,
		   const struct xs_tree *before);
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
int xs_transaction_end(struct xs_conn *c, uint32_t id, bool keep);
void xs_transaction_end_all(struct xs_conn *c);
/* Remember what it does (XS_READ_IT...).  ENOSPC when that is too much. */
int xs_transaction_note(struct xs_transaction *t, const char *path,
			unsigned int what);

#endif
