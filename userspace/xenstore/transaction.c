// SPDX-License-Identifier: GPL-2.0
/*
 * Transactions: a snapshot of the tree that replaces the tree when nothing
 * else has changed it meanwhile.
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
	t->base = c->server->tree.generation;
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

int xs_transaction_note(struct xs_transaction *t, const char *path,
			bool removed)
{
	struct xs_change *changes;
	unsigned int i;

	for (i = 0; i < t->nr_changes; i++) {
		if (!strcmp(t->changes[i].path, path)) {
			t->changes[i].removed |= removed;
			return 0;
		}
	}
	if (t->nr_changes >= XS_MAX_CHANGES)
		return ENOSPC;
	changes = realloc(t->changes, (t->nr_changes + 1) * sizeof(*changes));
	if (!changes)
		abort();
	t->changes = changes;
	changes[t->nr_changes].path = xstrdup(path);
	changes[t->nr_changes].removed = removed;
	t->nr_changes++;
	return 0;
}

static void transaction_free(struct xs_transaction *t)
{
	unsigned int i;

	for (i = 0; i < t->nr_changes; i++)
		free(t->changes[i].path);
	free(t->changes);
	xs_tree_free(&t->tree);
	free(t);
}

int xs_transaction_end(struct xs_conn *c, uint32_t id, bool commit)
{
	struct xs_server *s = c->server;
	struct xs_transaction **p, *t;
	unsigned int i;
	int ret = 0;

	for (p = &c->transactions; (t = *p); p = &t->next)
		if (t->id == id)
			break;
	if (!t)
		return ENOENT;
	*p = t->next;
	c->nr_transactions--;

	if (commit && t->nr_changes) {
		if (s->tree.generation != t->base) {
			ret = EAGAIN;
		} else {
			xs_tree_free(&s->tree);
			xs_tree_snapshot(&s->tree, &t->tree);
			for (i = 0; i < t->nr_changes; i++)
				xs_watch_fire(s, t->changes[i].path,
					      t->changes[i].removed);
		}
	}
	transaction_free(t);
	return ret;
}

void xs_transaction_end_all(struct xs_conn *c)
{
	while (c->transactions)
		xs_transaction_end(c, c->transactions->id, false);
}
