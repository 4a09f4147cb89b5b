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

/* What a guest may use: xenstored's defaults. */
#define XS_MAX_NODES	1000	/* that it owns */
#define XS_MAX_NODE	2048	/* bytes of a node, as xenstored counts them */
#define XS_MAX_PERMS	5	/* entries of a node */
/* What anybody may. */
#define XS_PERMS_END	64

struct xs_perm {
	uint32_t domid;		/* the first entry's is the owner */
	uint32_t perms;		/* of the first: everybody else's */
};

struct xs_node {
	unsigned int refs;
	char *name;
	uint64_t generation;	/* of its value, permissions and children's names */
	void *value;
	size_t len;
	struct xs_perm *perms;
	unsigned int nr_perms;
	struct xs_node **kids;	/* sorted by name */
	unsigned int nr_kids;
};

struct xs_tree {
	struct xs_node *root;
	uint64_t generation;	/* of the last change */
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

/* How much of PATH there is; 1 when it is but the root. */
size_t xs_tree_existing(const struct xs_tree *t, const char *path);

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

/*
 * Make PATH as it is in FROM, there or not: its value and permissions or, when
 * WHOLE, all below it too.  Nobody is asked for permission.
 */
void xs_tree_graft(struct xs_tree *t, const struct xs_tree *from,
		   const char *path, bool whole);
/* Is PATH the same in both, or (WHOLE) all from there down? */
bool xs_tree_same(const struct xs_tree *a, const struct xs_tree *b,
		  const char *path, bool whole);

/* May DOMID hear that something happens to PATH?  Not when it is not there. */
bool xs_tree_may_notice(const struct xs_tree *t, uint32_t domid,
			const char *path);

#endif
