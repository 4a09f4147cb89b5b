/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tree of xenstore nodes.
 *
 * A node may be shared by several trees: a transaction works on a snapshot,
 * which costs one reference on the root, and whoever writes copies the nodes on
 * the way down that it shares.
 *
 * Functions return 0 or a positive errno.  Paths are absolute and valid (see
 * xs_path_is_valid()).  DOMID says on whose behalf: 0 may do everything.
 */
#ifndef XENPV_XENSTORE_STORE_H
#define XENPV_XENSTORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XS_PERM_READ	1
#define XS_PERM_WRITE	2

/* What a guest may use. */
#define XS_MAX_NODES	1000	/* that it owns */
#define XS_MAX_VALUE	2048	/* bytes of a value */
#define XS_MAX_PERMS	8	/* entries of a node */

struct xs_perm {
	uint32_t domid;		/* the first entry's is the owner */
	uint32_t perms;		/* of the first: everybody else's */
};

struct xs_node {
	unsigned int refs;
	char *name;
	uint64_t generation;	/* of its list of children */
	void *value;
	size_t len;
	struct xs_perm *perms;
	unsigned int nr_perms;
	struct xs_node **kids;	/* sorted by name */
	unsigned int nr_kids;
};

struct xs_tree {
	struct xs_node *root;
	uint64_t generation;	/* counts changes */
	unsigned int nr_guest_nodes;	/* owned by other domains than 0 */
};

void xs_tree_init(struct xs_tree *t);
void xs_tree_free(struct xs_tree *t);
void xs_tree_snapshot(struct xs_tree *to, const struct xs_tree *from);

bool xs_path_is_valid(const char *path);

/* The node, or NULL; nobody is asked for permission. */
const struct xs_node *xs_tree_find(const struct xs_tree *t, const char *path);
/* The same for DOMID with PERM needed: ENOENT and EACCES as xenstored says. */
int xs_tree_get(const struct xs_tree *t, uint32_t domid, const char *path,
		uint32_t perm, const struct xs_node **node);

/* Missing parents are made.  A new node inherits its parent's permissions. */
int xs_tree_write(struct xs_tree *t, uint32_t domid, const char *path,
		  const void *value, size_t len);
/* *CREATED says whether it was not there yet. */
int xs_tree_mkdir(struct xs_tree *t, uint32_t domid, const char *path,
		  bool *created);
/* *REMOVED says whether there was anything. */
int xs_tree_rm(struct xs_tree *t, uint32_t domid, const char *path,
	       bool *removed);
int xs_tree_set_perms(struct xs_tree *t, uint32_t domid, const char *path,
		      const struct xs_perm *perms, unsigned int nr);

/* Would DOMID see that something happened to PATH, there or gone? */
bool xs_tree_may_notice(const struct xs_tree *t, uint32_t domid,
			const char *path);

#endif
