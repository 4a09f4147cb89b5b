// SPDX-License-Identifier: GPL-2.0
/* The tree of xenstore nodes. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <xen/io/xs_wire.h>

#include "../util.h"
#include "store.h"

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

bool xs_path_is_valid(const char *path)
{
	static const char chars[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/_@";
	size_t len = strlen(path);

	if (path[0] != '/' || len > XENSTORE_ABS_PATH_MAX)
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

bool xs_tree_may_notice(const struct xs_tree *t, uint32_t domid,
			const char *path)
{
	const char *rest;

	return perms_of(nearest(t, path, &rest), domid) & XS_PERM_READ;
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
	n->generation = ++t->generation;
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

/* May DOMID write PATH, there or not? */
static int may_write(const struct xs_tree *t, uint32_t domid, const char *path,
		     bool *exists)
{
	const struct xs_node *n;
	const char *rest;

	n = nearest(t, path, &rest);
	*exists = !*rest || !strcmp(rest, "/");
	if (!(perms_of(n, domid) & XS_PERM_WRITE))
		return EACCES;
	if (domid && !*exists &&
	    t->nr_guest_nodes + count_components(rest) > XS_MAX_NODES)
		return ENOSPC;
	return 0;
}

int xs_tree_write(struct xs_tree *t, uint32_t domid, const char *path,
		  const void *value, size_t len)
{
	struct xs_node *n;
	bool exists;
	int ret;

	if (domid && len > XS_MAX_VALUE)
		return ENOSPC;
	ret = may_write(t, domid, path, &exists);
	if (ret)
		return ret;
	n = own_path(t, path, domid);
	free(n->value);
	n->value = copy_of(value, len);
	n->len = len;
	t->generation++;
	return 0;
}

int xs_tree_mkdir(struct xs_tree *t, uint32_t domid, const char *path,
		  bool *created)
{
	bool exists;
	int ret;

	*created = false;
	ret = may_write(t, domid, path, &exists);
	/* Of one that is there, being allowed to see it is enough. */
	if (exists) {
		const struct xs_node *n;

		return xs_tree_get(t, domid, path, XS_PERM_READ, &n);
	}
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

int xs_tree_rm(struct xs_tree *t, uint32_t domid, const char *path,
	       bool *removed)
{
	const struct xs_node *n;
	struct xs_node *parent, *kid;
	const char *rest, *slash;
	unsigned int pos;
	char *above;

	*removed = false;
	slash = strrchr(path, '/');
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

	above = xstrdup(path);
	above[slash - path] = 0;
	parent = own_path(t, above, 0);
	free(above);
	find_kid(parent, slash + 1, strlen(slash + 1), &pos);
	kid = parent->kids[pos];
	t->nr_guest_nodes -= count_guest_nodes(kid);
	memmove(parent->kids + pos, parent->kids + pos + 1,
		(parent->nr_kids - pos - 1) * sizeof(kid));
	parent->nr_kids--;
	parent->generation = ++t->generation;
	node_put(kid);
	*removed = true;
	return 0;
}

int xs_tree_set_perms(struct xs_tree *t, uint32_t domid, const char *path,
		      const struct xs_perm *perms, unsigned int nr)
{
	const struct xs_node *found;
	struct xs_node *n;
	int ret;

	if (!nr)
		return EINVAL;
	if (domid && nr > XS_MAX_PERMS)
		return ENOSPC;
	ret = xs_tree_get(t, domid, path, XS_PERM_WRITE, &found);
	if (ret)
		return ret;
	if (domid && found->perms[0].domid != domid)
		return EACCES;
	if (domid && perms[0].domid != domid)
		return EPERM;

	n = own_path(t, path, 0);
	t->nr_guest_nodes += (perms[0].domid != 0) - (n->perms[0].domid != 0);
	free(n->perms);
	n->perms = copy_of(perms, nr * sizeof(*perms));
	n->nr_perms = nr;
	t->generation++;
	return 0;
}
