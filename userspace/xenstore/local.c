// SPDX-License-Identifier: GPL-2.0
/* The toolstack's own way into xenstore. */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util.h"
#include "local.h"
#include "server.h"

/* With more changes than this at a time the watched path stands for all. */
#define MAX_PENDING	16

struct xs_watcher {
	struct xs_watcher *next;
	struct xs_server *server;
	char *path;
	xs_watcher_fn fn;		/* NULL: freed while it was delivered */
	void *opaque;
	/* The changes to tell. */
	char *pending[MAX_PENDING];
	unsigned int nr_pending;
	bool busy;			/* in xs_server_deliver()'s hands */
};

static int set_perms(struct xs_server *s, const char *path, const char *text)
{
	struct xs_perm perms[XS_PERMS_END];
	char *copy = xstrdup(text), *save = NULL, *word;
	unsigned int nr = 0;
	int ret = 0;

	for (word = strtok_r(copy, " ", &save); word && !ret;
	     word = strtok_r(NULL, " ", &save))
		ret = nr < XS_PERMS_END ? xs_perm_parse(word, &perms[nr++]) :
					  ENOSPC;
	free(copy);
	return ret ? ret : xs_tree_set_perms(&s->tree, 0, path, perms, nr);
}

static int write_node(struct xs_server *s, const char *perms, const char *path,
		      const char *value)
{
	struct xs_tree before;
	int ret;

	if (!xs_path_is_valid(path))
		return EINVAL;
	xs_tree_snapshot(&before, &s->tree);
	ret = xs_tree_write(&s->tree, 0, path, value, strlen(value));
	if (!ret && perms)
		ret = set_perms(s, path, perms);
	if (!ret)
		xs_watch_fire(s, path, false, &before);
	xs_tree_free(&before);
	return ret;
}

int xs_server_write(struct xs_server *s, const char *perms, const char *path,
		    const char *fmt, ...)
{
	char *value;
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = vasprintf(&value, fmt, ap);
	va_end(ap);
	if (ret < 0)
		abort();
	ret = write_node(s, perms, path, value);
	free(value);
	return ret;
}

int xs_server_write_set(struct xs_server *s, const char *perms,
			const char *base, const char *const *pairs)
{
	int ret = write_node(s, perms, base, "");
	char *path;

	for (; !ret && pairs[0]; pairs += 2) {
		if (!pairs[1])
			continue;
		path = xasprintf("%s/%s", base, pairs[0]);
		ret = write_node(s, perms, path, pairs[1]);
		free(path);
	}
	return ret;
}

int xs_server_rm(struct xs_server *s, const char *path)
{
	struct xs_tree before;
	bool removed = false;
	int ret;

	if (!xs_path_is_valid(path))
		return EINVAL;
	xs_tree_snapshot(&before, &s->tree);
	ret = xs_tree_rm(&s->tree, 0, path, &removed);
	if (removed)
		xs_watch_fire(s, path, true, &before);
	xs_tree_free(&before);
	return ret == ENOENT ? 0 : ret;
}

void xs_server_announce(struct xs_server *s, const char *event)
{
	xs_watch_fire(s, event, false, &s->tree);
}

static const struct xs_node *find(struct xs_server *s, const char *base,
				  const char *name)
{
	const struct xs_node *n = NULL;
	char *path = name ? xasprintf("%s/%s", base, name) : xstrdup(base);

	if (xs_path_is_valid(path))
		n = xs_tree_find(&s->tree, path);
	free(path);
	return n;
}

bool xs_server_exists(struct xs_server *s, const char *base, const char *name)
{
	return find(s, base, name);
}

char *xs_server_read(struct xs_server *s, const char *base, const char *name)
{
	const struct xs_node *n = find(s, base, name);
	char *value;

	if (!n)
		return NULL;
	value = xmalloc(n->len + 1);
	memcpy(value, n->value, n->len);
	value[n->len] = 0;
	return value;
}

int xs_server_read_number(struct xs_server *s, const char *base,
			  const char *name, uint64_t *value)
{
	char *text = xs_server_read(s, base, name), *end;
	unsigned long long n;
	int ret = EINVAL;

	if (!text)
		return ENOENT;
	errno = 0;
	n = strtoull(text, &end, 10);
	/* strtoull() would take blanks and signs. */
	if (text[0] >= '0' && text[0] <= '9' && !*end && !errno) {
		*value = n;
		ret = 0;
	}
	free(text);
	return ret;
}

char **xs_server_list(struct xs_server *s, const char *base, const char *name)
{
	const struct xs_node *n = find(s, base, name);
	size_t size, len;
	unsigned int i;
	char **list, *p;

	if (!n)
		return NULL;
	size = (n->nr_kids + 1) * sizeof(*list);
	for (i = 0; i < n->nr_kids; i++)
		size += strlen(n->kids[i]->name) + 1;
	list = xmalloc(size);
	p = (char *)(list + n->nr_kids + 1);
	for (i = 0; i < n->nr_kids; i++) {
		len = strlen(n->kids[i]->name) + 1;
		list[i] = memcpy(p, n->kids[i]->name, len);
		p += len;
	}
	list[i] = NULL;
	return list;
}

/* Watchers. */

static void drop_pending(struct xs_watcher *w)
{
	while (w->nr_pending)
		free(w->pending[--w->nr_pending]);
}

static void add_pending(struct xs_watcher *w, const char *path)
{
	unsigned int i;

	/* The watched path, when others were dropped, stands for all. */
	for (i = 0; i < w->nr_pending; i++)
		if (!strcmp(w->pending[i], path))
			return;
	if (w->nr_pending == MAX_PENDING) {
		drop_pending(w);
		path = w->path;
	}
	w->pending[w->nr_pending++] = xstrdup(path);
	xs_server_wake(w->server);
}

void xs_watchers_fire(struct xs_server *s, const char *path, bool removed)
{
	struct xs_watcher *w;

	for (w = s->watchers; w; w = w->next) {
		if (!w->fn)
			continue;
		if (xs_path_is_below(path, w->path))
			add_pending(w, path);
		else if (removed && xs_path_is_below(w->path, path))
			add_pending(w, w->path);
	}
}

struct xs_watcher *xs_server_watch(struct xs_server *s, const char *path,
				   xs_watcher_fn fn, void *opaque)
{
	struct xs_watcher *w = xcalloc(1, sizeof(*w)), **p;

	w->server = s;
	w->path = xstrdup(path);
	w->fn = fn;
	w->opaque = opaque;
	/* At the end: whoever came first is told first. */
	for (p = &s->watchers; *p; p = &(*p)->next)
		;
	*p = w;
	add_pending(w, path);
	return w;
}

static void unlink_and_free(struct xs_watcher *w)
{
	struct xs_watcher **p;

	for (p = &w->server->watchers; *p != w; p = &(*p)->next)
		;
	*p = w->next;
	free(w->path);
	free(w);
}

void xs_server_watch_free(struct xs_watcher *w)
{
	if (!w)
		return;
	drop_pending(w);
	w->fn = NULL;
	if (!w->busy)
		unlink_and_free(w);
}

void xs_server_on_wake(struct xs_server *s, void (*wake)(void *opaque),
		       void *opaque)
{
	s->wake = wake;
	s->wake_opaque = opaque;
	if (s->awake && wake)
		wake(opaque);
}

void xs_server_wake(struct xs_server *s)
{
	if (s->awake)
		return;
	s->awake = true;
	if (s->wake)
		s->wake(s->wake_opaque);
}

/* What is pending now; more that comes meanwhile is left for the next time. */
static void deliver_one(struct xs_watcher *w)
{
	char *paths[MAX_PENDING];
	unsigned int nr = w->nr_pending, i;

	memcpy(paths, w->pending, nr * sizeof(*paths));
	w->nr_pending = 0;
	for (i = 0; i < nr; i++) {
		if (w->fn)
			w->fn(w->opaque, paths[i]);
		free(paths[i]);
	}
}

void xs_server_deliver(struct xs_server *s)
{
	struct xs_watcher *w, *next;

	s->awake = false;
	for (w = s->watchers; w; w = next) {
		w->busy = true;
		deliver_one(w);
		w->busy = false;
		/* Others that FN ended are busy no more, or not yet. */
		next = w->next;
		if (!w->fn)
			unlink_and_free(w);
	}
}
