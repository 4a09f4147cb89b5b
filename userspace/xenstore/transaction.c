// SPDX-License-Identifier: GPL-2.0
/*
 * Transactions: a snapshot of the tree.  What was changed in it goes into the
 * tree at its end, if nothing has changed meanwhile that it looked at.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../util.h"
#include "server.h"

int xs_transaction_start(struct xs_conn *c, uint32_t *id)
{
	struct xs_transaction *t;

	if (c->domid && c->nr_transactions >= XS_MAX_TRANSACTIONS)
		return ENOSPC;
	do {
		c->next_id++;
	} while (!c->next_id || xs_transaction_find(c, c->next_id));

	t = xcalloc(1, sizeof(*t));
	t->id = c->next_id;
	xs_tree_snapshot(&t->base, &c->server->tree);
	xs_tree_snapshot(&t->tree, &c->server->tree);
	t->next = c->transactions;
	c->transactions = t;
	c->nr_transactions++;
	*id = t->id;
	return 0;
}

struct xs_transaction *xs_transaction_find(struct xs_conn *c, uint32_t id)
{
	struct xs_transaction *t;

	for (t = c->transactions; t; t = t->next)
		if (t->id == id)
			return t;
	return NULL;
}

/* FNV-1a */
static uint32_t hash_of(const char *path)
{
	uint32_t h = 2166136261u;

	for (; *path; path++)
		h = (h ^ (unsigned char)*path) * 16777619u;
	return h;
}

int xs_transaction_note(struct xs_transaction *t, const char *path,
			unsigned int what)
{
	uint32_t hash = hash_of(path);
	struct xs_access *a;
	unsigned int i;

	t->changed |= !!(what & XS_CHANGED);
	for (i = 0; i < t->nr_accesses; i++) {
		a = &t->accesses[i];
		if (a->hash == hash && !strcmp(a->path, path)) {
			a->what |= what;
			return 0;
		}
	}
	if (t->nr_accesses >= XS_MAX_ACCESSES) {
		t->failed = true;
		return ENOSPC;
	}
	if (!(t->nr_accesses & (t->nr_accesses - 1))) {
		t->accesses = realloc(t->accesses, 2 * sizeof(*a) *
				      (t->nr_accesses + 1));
		if (!t->accesses)
			abort();
	}
	a = &t->accesses[t->nr_accesses++];
	a->path = xstrdup(path);
	a->hash = hash;
	a->what = what;
	return 0;
}

static void transaction_free(struct xs_transaction *t)
{
	unsigned int i;

	for (i = 0; i < t->nr_accesses; i++)
		free(t->accesses[i].path);
	free(t->accesses);
	xs_tree_free(&t->tree);
	xs_tree_free(&t->base);
	free(t);
}

static bool has_conflict(const struct xs_transaction *t,
			 const struct xs_tree *now)
{
	const struct xs_access *a;
	unsigned int i;

	if (now->generation == t->base.generation)
		return false;
	for (i = 0; i < t->nr_accesses; i++) {
		a = &t->accesses[i];
		if (a->what & (XS_READ_IT | XS_READ_ALL) &&
		    !xs_tree_same(&t->base, now, a->path,
				  a->what & XS_READ_ALL))
			return true;
	}
	return false;
}

/* The tree as it is now, with the changes.  To be freed. */
static void merge(const struct xs_transaction *t, const struct xs_tree *now,
		  struct xs_tree *merged)
{
	unsigned int i;

	if (now->generation == t->base.generation) {
		xs_tree_snapshot(merged, &t->tree);
		return;
	}
	xs_tree_snapshot(merged, now);
	for (i = 0; i < t->nr_accesses; i++)
		if (t->accesses[i].what & XS_CHANGED)
			xs_tree_graft(merged, &t->tree, t->accesses[i].path,
				      t->accesses[i].what & XS_REMOVED);
}

static int commit(struct xs_conn *c, struct xs_transaction *t)
{
	struct xs_tree *now = &c->server->tree, merged;
	const struct xs_access *a;
	unsigned int i;

	if (t->failed)
		return ENOMEM;
	if (has_conflict(t, now))
		return EAGAIN;
	if (!t->changed)
		return 0;
	merge(t, now, &merged);
	if (c->domid && merged.nr_guest_nodes > XS_MAX_NODES &&
	    merged.nr_guest_nodes > now->nr_guest_nodes) {
		xs_tree_free(&merged);
		return ENOSPC;
	}
	xs_tree_free(now);
	*now = merged;
	for (i = 0; i < t->nr_accesses; i++) {
		a = &t->accesses[i];
		if (a->what & XS_CHANGED)
			xs_watch_fire(c->server, a->path, a->what & XS_REMOVED,
				      &t->base);
	}
	return 0;
}

int xs_transaction_end(struct xs_conn *c, uint32_t id, bool keep)
{
	struct xs_transaction **p, *t;
	int ret;

	for (p = &c->transactions; (t = *p); p = &t->next)
		if (t->id == id)
			break;
	if (!t)
		return ENOENT;
	*p = t->next;
	c->nr_transactions--;
	ret = keep ? commit(c, t) : 0;
	transaction_free(t);
	return ret;
}

void xs_transaction_end_all(struct xs_conn *c)
{
	while (c->transactions)
		xs_transaction_end(c, c->transactions->id, false);
}
