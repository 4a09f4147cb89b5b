// SPDX-License-Identifier: GPL-2.0
/* Watches: who wants to know about which path. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util.h"
#include "server.h"

static void watch_free(struct xs_watch *w)
{
	free(w->path);
	free(w->token);
	free(w);
}

int xs_watch_add(struct xs_conn *c, const char *path, size_t skip,
		 const char *token)
{
	struct xs_watch *w;

	for (w = c->watches; w; w = w->next)
		if (!strcmp(w->path, path) && !strcmp(w->token, token))
			return EEXIST;
	if (c->domid && c->nr_watches >= XS_MAX_WATCHES)
		return ENOSPC;

	w = xcalloc(1, sizeof(*w));
	w->path = xstrdup(path);
	w->token = xstrdup(token);
	w->skip = skip;
	w->next = c->watches;
	c->watches = w;
	c->nr_watches++;
	return 0;
}

int xs_watch_remove(struct xs_conn *c, const char *path, const char *token)
{
	struct xs_watch **p, *w;

	for (p = &c->watches; (w = *p); p = &w->next) {
		if (strcmp(w->path, path) || strcmp(w->token, token))
			continue;
		*p = w->next;
		watch_free(w);
		c->nr_watches--;
		return 0;
	}
	return ENOENT;
}

void xs_watch_remove_all(struct xs_conn *c)
{
	struct xs_watch *w;

	while ((w = c->watches)) {
		c->watches = w->next;
		watch_free(w);
	}
	c->nr_watches = 0;
}

static void send_event(struct xs_conn *c, const struct xs_watch *w,
		       const char *path)
{
	struct xsd_sockmsg hdr = { .type = XS_WATCH_EVENT };
	char body[XENSTORE_PAYLOAD_MAX];
	size_t path_len, token_len = strlen(w->token) + 1;

	path += w->skip;
	path_len = strlen(path) + 1;
	if (path_len + token_len > sizeof(body))
		return;
	memcpy(body, path, path_len);
	memcpy(body + path_len, w->token, token_len);
	hdr.len = path_len + token_len;
	c->ops->send(c->opaque, &hdr, body);
	xs_server_wake(c->server);
}

bool xs_path_is_below(const char *path, const char *above)
{
	size_t len = strlen(above);

	if (!strcmp(above, "/"))
		return path[0] == '/';
	return !strncmp(path, above, len) && (!path[len] || path[len] == '/');
}

static bool may_notice(const struct xs_conn *c, const char *path,
		       const struct xs_tree *before)
{
	char special[XENSTORE_ABS_PATH_MAX + 2];

	if (path[0] != '@')
		return xs_tree_may_notice(before, c->domid, path) ||
		       xs_tree_may_notice(&c->server->tree, c->domid, path);
	snprintf(special, sizeof(special), "/%s", path);
	return xs_tree_may_notice(&c->server->special, c->domid, special);
}

static void fire_watch(struct xs_conn *c, const struct xs_watch *w,
		       const char *path, bool removed,
		       const struct xs_tree *before)
{
	if (xs_path_is_below(path, w->path)) {
		if (may_notice(c, path, before))
			send_event(c, w, path);
	} else if (removed && xs_path_is_below(w->path, path)) {
		if (xs_tree_may_notice(before, c->domid, w->path))
			send_event(c, w, w->path);
	}
}

void xs_watch_fire(struct xs_server *s, const char *path, bool removed,
		   const struct xs_tree *before)
{
	struct xs_conn *c;
	struct xs_watch *w;

	xs_watchers_fire(s, path, removed);
	for (c = s->conns; c; c = c->next)
		for (w = c->watches; w; w = w->next)
			fire_watch(c, w, path, removed, before);
}

void xs_watch_fire_first(struct xs_conn *c)
{
	send_event(c, c->watches, c->watches->path);
}
