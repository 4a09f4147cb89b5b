// SPDX-License-Identifier: GPL-2.0
/* The tree of xenstore nodes. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/io/xs_wire.h>

#include "../util.h"
#include "store.h"

/*
 * Of all trees together: two nodes of the same name and generation are the
 * same, whichever trees they are in.
 */
static uint64_t last_generation;

static void node_put(struct xs_node *n)
{
	unsigned int i;

	if (--n->refs)
		return;
	/* As deep as the tree: a path's length bounds it. */
	for (i = 0; i < n->nr_kids; i++)
		node_put(n->kids[i]);
	free(n->kids);
	free(n->perms);
	free(n->value);
	free(n->name);
	free(n);
}

static void *copy_of(const void *p, size_t len)
{
	void *q = xmalloc(len ? len : 1);

	if (len)
		memcpy(q, p, len);
	return q;
}

static struct xs_node *node_new(const char *name, size_t len,
				const struct xs_perm *perms, unsigned int nr)
{
	struct xs_node *n = xcalloc(1, sizeof(*n));

	n->refs = 1;
	n->name = xmalloc(len + 1);
	memcpy(n->name, name, len);
	n->name[len] = 0;
	n->value = xmalloc(1);
	n->perms = copy_of(perms, nr * sizeof(*perms));
	n->nr_perms = nr;
	return n;
}

/* Make the node behind *P this tree's own, to be written. */
static struct xs_node *node_own(struct xs_node **p)
{
	struct xs_node *old = *p, *n;
	unsigned int i;

	if (old->refs == 1)
		return old;
	n = node_new(old->name, strlen(old->name), old->perms, old->nr_perms);
	n->generation = old->generation;
	free(n->value);
	n->value = copy_of(old->value, old->len);
	n->len = old->len;
	n->kids = copy_of(old->kids, old->nr_kids * sizeof(*n->kids));
	n->nr_kids = old->nr_kids;
	for (i = 0; i < n->nr_kids; i++)
		n->kids[i]->refs++;
	node_put(old);
	*p = n;
	return n;
}

static void node_changed(struct xs_tree *t, struct xs_node *n)
{
	n->generation = ++last_generation;
	t->generation = n->generation;
}

/* Where the child NAME is (true) or belongs (false). */
static bool find_kid(const struct xs_node *n, const char *name, size_t len,
		     unsigned int *pos)
{
	unsigned int lo = 0, hi = n->nr_kids;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;
		int cmp = strncmp(n->kids[mid]->name, name, len);

		if (!cmp && n->kids[mid]->name[len])
			cmp = 1;
		if (!cmp) {
			*pos = mid;
			return true;
		}
		if (cmp < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	*pos = lo;
	return false;
}

/* The next component of *PATH, and step over it; 0 at the end. */
static size_t component(const char **path, const char **name)
{
	size_t len;

	while (**path == '/')
		(*path)++;
	*name = *path;
	len = strcspn(*path, "/");
	*path += len;
	return len;
}

void xs_tree_init(struct xs_tree *t)
{
	const struct xs_perm perms = { 0, 0 };

	memset(t, 0, sizeof(*t));
	t->root = node_new("", 0, &perms, 1);
}

void xs_tree_free(struct xs_tree *t)
{
	if (t->root)
		node_put(t->root);
	t->root = NULL;
}

void xs_tree_snapshot(struct xs_tree *to, const struct xs_tree *from)
{
	*to = *from;
	to->root->refs++;
}

/* "/local/domain/N/" is not counted. */
static size_t counted_length(const char *path)
{
	unsigned int domid;
	int skip = 0;

	if (sscanf(path, "/local/domain/%5u/%n", &domid, &skip) != 1)
		skip = 0;
	return strlen(path) - skip;
}

bool xs_path_is_valid(const char *path)
{
	static const char chars[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/_@";
	size_t len = strlen(path);

	if (path[0] != '/' || len > XENSTORE_ABS_PATH_MAX ||
	    counted_length(path) > XENSTORE_REL_PATH_MAX)
		return false;
	if (len > 1 && path[len - 1] == '/')
		return false;
	return !strstr(path, "//") && strspn(path, chars) == len;
}

/* The deepest node on the way to PATH; *REST is what is missing below it. */
static const struct xs_node *nearest(const struct xs_tree *t, const char *path,
				     const char **rest)
{
	const struct xs_node *n = t->root;
	const char *name, *p = path;
	unsigned int pos;
	size_t len;

	*rest = p;
	while ((len = component(&p, &name))) {
		if (!find_kid(n, name, len, &pos))
			return n;
		n = n->kids[pos];
		*rest = p;
	}
	return n;
}

const struct xs_node *xs_tree_find(const struct xs_tree *t, const char *path)
{
	const struct xs_node *n;
	const char *rest;

	n = nearest(t, path, &rest);
	return *rest && strcmp(rest, "/") ? NULL : n;
}

static uint32_t perms_of(const struct xs_node *n, uint32_t domid)
{
	unsigned int i;

	if (domid == 0 || n->perms[0].domid == domid)
		return XS_PERM_READ | XS_PERM_WRITE;
	for (i = 1; i < n->nr_perms; i++)
		if (n->perms[i].domid == domid)
			return n->perms[i].perms;
	return n->perms[0].perms;
}

int xs_tree_get(const struct xs_tree *t, uint32_t domid, const char *path,
		uint32_t perm, const struct xs_node **node)
{
	const struct xs_node *n;
	const char *rest;

	n = nearest(t, path, &rest);
	if ((perms_of(n, domid) & perm) != perm)
		return EACCES;
	if (*rest && strcmp(rest, "/"))
		return ENOENT;
	*node = n;
	return 0;
}

size_t xs_tree_existing(const struct xs_tree *t, const char *path)
{
	const char *rest;

	nearest(t, path, &rest);
	return rest > path ? rest - path : 1;
}

static bool parent_of(const char *path, char parent[XENSTORE_ABS_PATH_MAX + 1])
{
	size_t len = strrchr(path, '/') - path;

	if (!path[1])
		return false;
	memcpy(parent, path, len);
	strcpy(parent + len, len ? "" : "/");
	return true;
}

bool xs_tree_may_notice(const struct xs_tree *t, uint32_t domid,
			const char *path)
{
	char parent[XENSTORE_ABS_PATH_MAX + 1];
	const struct xs_node *n = xs_tree_find(t, path);

	if (!n)
		return false;
	if (perms_of(n, domid) & XS_PERM_READ)
		return true;
	/* Who sees the name in its parent's list may know, as in xenstored. */
	return parent_of(path, parent) &&
	       perms_of(xs_tree_find(t, parent), domid) & XS_PERM_READ;
}

static struct xs_node *add_kid(struct xs_tree *t, struct xs_node *n,
			       unsigned int pos, const char *name, size_t len,
			       uint32_t domid)
{
	struct xs_node *kid, **kids;

	kid = node_new(name, len, n->perms, n->nr_perms);
	if (domid)
		kid->perms[0].domid = domid;
	if (kid->perms[0].domid)
		t->nr_guest_nodes++;

	kids = realloc(n->kids, (n->nr_kids + 1) * sizeof(*kids));
	if (!kids)
		abort();
	memmove(kids + pos + 1, kids + pos,
		(n->nr_kids - pos) * sizeof(*kids));
	kids[pos] = kid;
	n->kids = kids;
	n->nr_kids++;
	node_changed(t, n);
	node_changed(t, kid);
	return kid;
}

/* The node of PATH, to be written; missing ones are made. */
static struct xs_node *own_path(struct xs_tree *t, const char *path,
				uint32_t domid)
{
	struct xs_node *n = node_own(&t->root);
	const char *name;
	unsigned int pos;
	size_t len;

	while ((len = component(&path, &name))) {
		if (find_kid(n, name, len, &pos))
			n = node_own(&n->kids[pos]);
		else
			n = add_kid(t, n, pos, name, len, domid);
	}
	return n;
}

static unsigned int count_components(const char *path)
{
	const char *name;
	unsigned int n = 0;

	while (component(&path, &name))
		n++;
	return n;
}

/* As xenstored counts: its header, permissions, value, names of children. */
static size_t node_size(unsigned int nr_perms, size_t len, size_t kids_len)
{
	return 24 + 8 * nr_perms + len + kids_len;
}

static size_t kids_length(const struct xs_node *n)
{
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < n->nr_kids; i++)
		len += strlen(n->kids[i]->name) + 1;
	return len;
}

/* Do the nodes REST below N stay within a guest's limits? */
static bool new_nodes_fit(const struct xs_tree *t, const struct xs_node *n,
			  const char *rest, size_t value_len)
{
	size_t len = n->len, kids_len = kids_length(n), name_len;
	const char *name;

	if (t->nr_guest_nodes + count_components(rest) > XS_MAX_NODES)
		return false;
	while ((name_len = component(&rest, &name))) {
		if (node_size(n->nr_perms, len, kids_len + name_len + 1) >=
		    XS_MAX_NODE)
			return false;
		len = 0;
		kids_len = 0;
	}
	return node_size(n->nr_perms, value_len, 0) < XS_MAX_NODE;
}

/* May DOMID write PATH, there or not? */
static int may_write(const struct xs_tree *t, uint32_t domid, const char *path,
		     size_t len, bool *exists)
{
	const struct xs_node *n;
	const char *rest;
	bool fits;

	n = nearest(t, path, &rest);
	*exists = !*rest || !strcmp(rest, "/");
	if (!(perms_of(n, domid) & XS_PERM_WRITE))
		return EACCES;
	if (!domid)
		return 0;
	fits = *exists ?
	       node_size(n->nr_perms, len, kids_length(n)) < XS_MAX_NODE :
	       new_nodes_fit(t, n, rest, len);
	return fits ? 0 : ENOSPC;
}

static void set_value(struct xs_tree *t, struct xs_node *n, const void *value,
		      size_t len)
{
	free(n->value);
	n->value = copy_of(value, len);
	n->len = len;
	node_changed(t, n);
}

int xs_tree_write(struct xs_tree *t, uint32_t domid, const char *path,
		  const void *value, size_t len)
{
	bool exists;
	int ret;

	ret = may_write(t, domid, path, len, &exists);
	if (!ret)
		set_value(t, own_path(t, path, domid), value, len);
	return ret;
}

int xs_tree_mkdir(struct xs_tree *t, uint32_t domid, const char *path,
		  bool *created)
{
	bool exists;
	int ret;

	*created = false;
	ret = may_write(t, domid, path, 0, &exists);
	if (exists)
		return ret == EACCES ? ret : 0;
	if (ret)
		return ret;
	own_path(t, path, domid);
	*created = true;
	return 0;
}

static unsigned int count_guest_nodes(const struct xs_node *n)
{
	unsigned int nr = n->perms[0].domid != 0, i;

	for (i = 0; i < n->nr_kids; i++)
		nr += count_guest_nodes(n->kids[i]);
	return nr;
}

/* PATH is there, and not the root. */
static void remove_node(struct xs_tree *t, const char *path)
{
	char above[XENSTORE_ABS_PATH_MAX + 1];
	const char *name = strrchr(path, '/') + 1;
	struct xs_node *parent, *kid;
	unsigned int pos;

	parent_of(path, above);
	parent = own_path(t, above, 0);
	find_kid(parent, name, strlen(name), &pos);
	kid = parent->kids[pos];
	t->nr_guest_nodes -= count_guest_nodes(kid);
	memmove(parent->kids + pos, parent->kids + pos + 1,
		(parent->nr_kids - pos - 1) * sizeof(kid));
	parent->nr_kids--;
	node_changed(t, parent);
	node_put(kid);
}

int xs_tree_rm(struct xs_tree *t, uint32_t domid, const char *path,
	       bool *removed)
{
	const struct xs_node *n;
	const char *rest;

	*removed = false;
	if (!strcmp(path, "/"))
		return EINVAL;
	n = nearest(t, path, &rest);
	if (*rest) {
		/* Gone already is fine, as long as its parent is there. */
		if (!(perms_of(n, domid) & XS_PERM_WRITE))
			return EACCES;
		return count_components(rest) == 1 ? 0 : ENOENT;
	}
	if (!(perms_of(n, domid) & XS_PERM_WRITE))
		return EACCES;

	remove_node(t, path);
	*removed = true;
	return 0;
}

static void set_perms(struct xs_tree *t, struct xs_node *n,
		      const struct xs_perm *perms, unsigned int nr)
{
	t->nr_guest_nodes += (perms[0].domid != 0) - (n->perms[0].domid != 0);
	free(n->perms);
	n->perms = copy_of(perms, nr * sizeof(*perms));
	n->nr_perms = nr;
	node_changed(t, n);
}

int xs_tree_set_perms(struct xs_tree *t, uint32_t domid, const char *path,
		      const struct xs_perm *perms, unsigned int nr)
{
	const struct xs_node *n;
	int ret;

	if (!nr)
		return EINVAL;
	if (domid && nr > XS_MAX_PERMS)
		return ENOSPC;
	ret = xs_tree_get(t, domid, path, XS_PERM_WRITE, &n);
	if (ret)
		return ret;
	if (domid && n->perms[0].domid != domid)
		return EACCES;
	if (domid && perms[0].domid != domid)
		return EPERM;
	if (domid && node_size(nr, n->len, kids_length(n)) >= XS_MAX_NODE)
		return ENOSPC;
	set_perms(t, own_path(t, path, 0), perms, nr);
	return 0;
}

/* Have PATH share the node that FROM has there. */
static void graft_whole(struct xs_tree *t, const struct xs_node *from,
			const char *path)
{
	char above[XENSTORE_ABS_PATH_MAX + 1];
	const char *name = strrchr(path, '/') + 1;
	struct xs_node *parent, *kid;
	unsigned int pos;

	if (xs_tree_find(t, path))
		remove_node(t, path);
	parent_of(path, above);
	parent = own_path(t, above, 0);
	find_kid(parent, name, strlen(name), &pos);
	kid = add_kid(t, parent, pos, name, strlen(name), 0);
	t->nr_guest_nodes -= count_guest_nodes(kid);
	node_put(kid);
	parent->kids[pos] = (struct xs_node *)from;
	parent->kids[pos]->refs++;
	t->nr_guest_nodes += count_guest_nodes(from);
}

/* One node; its parent is there. */
static void graft_one(struct xs_tree *t, const struct xs_node *from,
		      const char *path)
{
	struct xs_node *n = own_path(t, path, 0);

	set_value(t, n, from->value, from->len);
	set_perms(t, n, from->perms, from->nr_perms);
}

/* Parents that are new, with what they were made with. */
static void graft_parents(struct xs_tree *t, const struct xs_tree *from,
			  const char *path)
{
	size_t len = xs_tree_existing(t, path), end;
	char above[XENSTORE_ABS_PATH_MAX + 1];

	strcpy(above, path);
	for (len = len > 1 ? len + 1 : 1; path[len]; len = end + 1) {
		end = len + strcspn(path + len, "/");
		if (!path[end])
			break;
		above[end] = 0;
		graft_one(t, xs_tree_find(from, above), above);
		above[end] = '/';
	}
}

void xs_tree_graft(struct xs_tree *t, const struct xs_tree *from,
		   const char *path, bool whole)
{
	const struct xs_node *n = xs_tree_find(from, path);

	if (!n) {
		if (whole && xs_tree_find(t, path))
			remove_node(t, path);
		return;
	}
	if (!xs_tree_find(t, path))
		graft_parents(t, from, path);
	if (whole)
		graft_whole(t, n, path);
	else
		graft_one(t, n, path);
}

bool xs_tree_same(const struct xs_tree *a, const struct xs_tree *b,
		  const char *path, bool whole)
{
	const struct xs_node *n = xs_tree_find(a, path);
	const struct xs_node *m = xs_tree_find(b, path);

	/* What is written is copied, with all above it, while it is shared. */
	if (n == m)
		return true;
	return n && m && !whole && n->generation == m->generation;
}
