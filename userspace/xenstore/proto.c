// SPDX-License-Identifier: GPL-2.0
/* The xenstore protocol: requests in, replies out. */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util.h"
#include "server.h"

/* A request on its way: what it says, and what is answered. */
struct request {
	struct xs_conn *conn;
	struct xs_transaction *transaction;	/* or NULL */
	struct xs_tree *tree;			/* its, or the server's */
	const char *body;			/* a NUL follows it */
	size_t len;
	/* Filled in when the handler's table entry asks for a path. */
	char path[XENSTORE_ABS_PATH_MAX + 1];
	size_t skip;				/* see struct xs_watch */
	const char *rest;			/* what follows the path */
	size_t rest_len;
	size_t reply_len;
	char reply[XENSTORE_PAYLOAD_MAX];
	bool first_event;			/* of a new watch is due */
};

static int reply_ok(struct request *r)
{
	memcpy(r->reply, "OK", 3);
	r->reply_len = 3;
	return 0;
}

static int reply_string(struct request *r, const char *s)
{
	r->reply_len = strlen(s) + 1;
	memcpy(r->reply, s, r->reply_len);
	return 0;
}

/* Absolute form of a path as clients give them. */
static int resolve(struct request *r, const char *path)
{
	int n;

	r->skip = 0;
	if (path[0] == '@')
		return EINVAL;
	if (path[0] == '/') {
		n = snprintf(r->path, sizeof(r->path), "%s", path);
	} else {
		r->skip = snprintf(r->path, sizeof(r->path),
				   "/local/domain/%" PRIu32 "/",
				   r->conn->domid);
		n = r->skip + snprintf(r->path + r->skip,
				       sizeof(r->path) - r->skip, "%s", path);
	}
	if (n >= (int)sizeof(r->path) || !xs_path_is_valid(r->path))
		return EINVAL;
	return 0;
}

/* The events that are no paths have permissions all the same. */
static int resolve_special(struct request *r, const char *name)
{
	int n = snprintf(r->path, sizeof(r->path), "/%s", name);

	if (n >= (int)sizeof(r->path) || !xs_path_is_valid(r->path))
		return EINVAL;
	r->tree = &r->conn->server->special;
	r->transaction = NULL;
	return 0;
}

static int note(struct request *r, const char *path, unsigned int what)
{
	return r->transaction ? xs_transaction_note(r->transaction, path, what) :
				0;
}

static int get_node(struct request *r, const struct xs_node **n)
{
	int ret = note(r, r->path, XS_READ_IT);

	return ret ? ret : xs_tree_get(r->tree, r->conn->domid, r->path,
				       XS_PERM_READ, n);
}

static int do_read(struct request *r)
{
	const struct xs_node *n;
	int ret = get_node(r, &n);

	if (ret)
		return ret;
	if (n->len > sizeof(r->reply))
		return E2BIG;
	memcpy(r->reply, n->value, n->len);
	r->reply_len = n->len;
	return 0;
}

/* The children's names one after the other, each with its NUL. */
static char *list_kids(const struct xs_node *n, size_t *len)
{
	char *list, *p;
	unsigned int i;

	*len = 0;
	for (i = 0; i < n->nr_kids; i++)
		*len += strlen(n->kids[i]->name) + 1;
	list = xmalloc(*len + 1);
	p = list;
	for (i = 0; i < n->nr_kids; i++)
		p = stpcpy(p, n->kids[i]->name) + 1;
	*p = 0;
	return list;
}

static int do_directory(struct request *r)
{
	const struct xs_node *n;
	char *list;
	size_t len;
	int ret = get_node(r, &n);

	if (ret)
		return ret;
	list = list_kids(n, &len);
	if (len > sizeof(r->reply)) {
		ret = E2BIG;
	} else {
		memcpy(r->reply, list, len);
		r->reply_len = len;
	}
	free(list);
	return ret;
}

/* A list too long for one reply comes in parts, an empty name at its end. */
static int do_directory_part(struct request *r)
{
	const struct xs_node *n;
	size_t len, offset, part;
	char *list, *end;
	int ret = get_node(r, &n);

	if (ret)
		return ret;
	offset = strtoul(r->rest, &end, 10);
	if (!r->rest_len || end == r->rest || *end)
		return EINVAL;
	list = list_kids(n, &len);
	if (offset > len)
		offset = len;
	r->reply_len = snprintf(r->reply, sizeof(r->reply), "%" PRIu64,
				n->generation) + 1;
	part = len + 1 - offset;
	if (part > sizeof(r->reply) - r->reply_len) {
		part = sizeof(r->reply) - r->reply_len;
		/* Whole names only. */
		while (part && list[offset + part - 1])
			part--;
	}
	memcpy(r->reply + r->reply_len, list + offset, part);
	r->reply_len += part;
	free(list);
	return 0;
}

/* The path and what of its parents is there: to make it, they all count. */
static int note_path(struct request *r)
{
	char above[XENSTORE_ABS_PATH_MAX + 1];
	size_t len = xs_tree_existing(r->tree, r->path);
	int ret = note(r, r->path, XS_READ_IT);

	if (ret || !r->path[len])
		return ret;
	memcpy(above, r->path, len);
	above[len] = 0;
	return note(r, above, XS_READ_IT);
}

/* All that goes with a path, and the list of names it is in. */
static int note_removal(struct request *r)
{
	char above[XENSTORE_ABS_PATH_MAX + 1];
	size_t len = strrchr(r->path, '/') - r->path;
	int ret = note(r, r->path, XS_READ_ALL);

	memcpy(above, r->path, len);
	strcpy(above + len, len ? "" : "/");
	return ret ? ret : note(r, above, XS_READ_IT);
}

static int write_op(struct request *r, bool *changed)
{
	return xs_tree_write(r->tree, r->conn->domid, r->path, r->rest,
			     r->rest_len);
}

static int mkdir_op(struct request *r, bool *changed)
{
	return xs_tree_mkdir(r->tree, r->conn->domid, r->path, changed);
}

static int rm_op(struct request *r, bool *changed)
{
	return xs_tree_rm(r->tree, r->conn->domid, r->path, changed);
}

/* Do it, and tell those who watch: now, or when the transaction ends. */
static int change(struct request *r, int (*op)(struct request *r, bool *changed),
		  bool removes)
{
	bool special = r->tree == &r->conn->server->special, changed = true;
	struct xs_tree before;
	int ret;

	ret = removes ? note_removal(r) : note_path(r);
	if (ret)
		return ret;
	xs_tree_snapshot(&before, r->tree);
	ret = op(r, &changed);
	if (!ret && changed) {
		if (r->transaction)
			note(r, r->path, XS_CHANGED | (removes ? XS_REMOVED : 0));
		else
			xs_watch_fire(r->conn->server, r->path + special,
				      removes, &before);
	}
	xs_tree_free(&before);
	return ret ? ret : reply_ok(r);
}

static int do_write(struct request *r)
{
	return change(r, write_op, false);
}

static int do_mkdir(struct request *r)
{
	return change(r, mkdir_op, false);
}

static int do_rm(struct request *r)
{
	return change(r, rm_op, true);
}

static const char perm_letters[] = "nrwb";

static int do_get_perms(struct request *r)
{
	const struct xs_node *n;
	unsigned int i;
	int ret = get_node(r, &n);

	if (ret)
		return ret;
	for (i = 0; i < n->nr_perms; i++)
		r->reply_len += sprintf(r->reply + r->reply_len, "%c%" PRIu32,
					perm_letters[n->perms[i].perms],
					n->perms[i].domid) + 1;
	return 0;
}

int xs_perm_parse(const char *s, struct xs_perm *perm)
{
	const char *letter = *s ? strchr(perm_letters, *s) : NULL;
	unsigned long domid;
	char *end;

	if (!letter || s[1] < '0' || s[1] > '9')
		return EINVAL;
	domid = strtoul(s + 1, &end, 10);
	if (*end || domid > 0x7fff)
		return EINVAL;
	perm->perms = letter - perm_letters;
	perm->domid = domid;
	return 0;
}

static int set_perms_op(struct request *r, bool *changed)
{
	struct xs_perm perms[XS_PERMS_END];
	const char *s = r->rest, *end = r->rest + r->rest_len;
	unsigned int nr = 0;
	int ret;

	for (; s < end; s += strlen(s) + 1) {
		if (nr == XS_PERMS_END)
			return ENOSPC;
		ret = xs_perm_parse(s, &perms[nr++]);
		if (ret)
			return ret;
	}
	return xs_tree_set_perms(r->tree, r->conn->domid, r->path, perms, nr);
}

static int do_set_perms(struct request *r)
{
	return change(r, set_perms_op, false);
}

/* "path\0token\0": the path may also be one of xenstored's own events. */
static int watch_arguments(struct request *r, const char **token)
{
	size_t len = strlen(r->body);

	if (len == r->len || len + strlen(r->body + len + 1) + 2 != r->len)
		return EINVAL;
	*token = r->body + len + 1;
	if (r->body[0] != '@')
		return resolve(r, r->body);
	/* Not a path, but with a path's letters. */
	if (resolve_special(r, r->body))
		return EINVAL;
	memmove(r->path, r->path + 1, len + 1);
	r->skip = 0;
	return 0;
}

static int do_watch(struct request *r)
{
	const char *token;
	int ret = watch_arguments(r, &token);

	if (!ret)
		ret = xs_watch_add(r->conn, r->path, r->skip, token);
	r->first_event = !ret;
	return ret ? ret : reply_ok(r);
}

static int do_unwatch(struct request *r)
{
	const char *token;
	int ret = watch_arguments(r, &token);

	if (!ret)
		ret = xs_watch_remove(r->conn, r->path, token);
	return ret ? ret : reply_ok(r);
}

static int do_reset_watches(struct request *r)
{
	xs_watch_remove_all(r->conn);
	xs_transaction_end_all(r->conn);
	return reply_ok(r);
}

static int do_transaction_start(struct request *r)
{
	char text[16];
	uint32_t id;
	int ret;

	if (r->transaction)
		return EBUSY;
	ret = xs_transaction_start(r->conn, &id);
	if (ret)
		return ret;
	snprintf(text, sizeof(text), "%" PRIu32, id);
	return reply_string(r, text);
}

static int do_transaction_end(struct request *r)
{
	int ret;

	if (r->len != 2 || r->body[1] ||
	    (r->body[0] != 'T' && r->body[0] != 'F'))
		return EINVAL;
	if (!r->transaction)
		return ENOENT;
	ret = xs_transaction_end(r->conn, r->transaction->id,
				 r->body[0] == 'T');
	return ret ? ret : reply_ok(r);
}

static int domid_argument(struct request *r, uint32_t *domid)
{
	unsigned long n;
	char *end;

	if (r->body[0] < '0' || r->body[0] > '9')
		return EINVAL;
	n = strtoul(r->body, &end, 10);
	if (*end || (size_t)(end - r->body) + 1 != r->len || n > 0x7fff)
		return EINVAL;
	*domid = n;
	return 0;
}

static int do_get_domain_path(struct request *r)
{
	uint32_t domid;
	char text[32];
	int ret = domid_argument(r, &domid);

	if (ret)
		return ret;
	snprintf(text, sizeof(text), "/local/domain/%" PRIu32, domid);
	return reply_string(r, text);
}

static int do_is_domain_introduced(struct request *r)
{
	const struct xs_conn *c;
	uint32_t domid;
	bool there;
	int ret = domid_argument(r, &domid);

	if (ret)
		return ret;
	there = domid == 0;
	for (c = r->conn->server->conns; c; c = c->next)
		there |= c->domid == domid;
	return reply_string(r, there ? "T" : "F");
}

/* There is one store a domain: its helper introduces it and lets it go. */
static int do_not_here(struct request *r)
{
	return ENOSYS;
}

/* How the body begins, and who may. */
#define ARG_PATH	(1 << 0)	/* with a path... */
#define ARG_SPECIAL	(1 << 1)	/* ...or with "@..." */
#define ARG_MORE	(1 << 2)	/* anything follows */
#define ARG_STRINGS	(1 << 3)	/* strings follow, one at least */
#define NO_TRANSACTION	(1 << 4)	/* whatever the header says */
#define PRIVILEGED	(1 << 5)

static const struct {
	int (*handle)(struct request *r);
	unsigned int flags;
} table[XS_TYPE_COUNT] = {
	[XS_CONTROL] = { do_not_here, PRIVILEGED },
	[XS_DIRECTORY] = { do_directory, ARG_PATH },
	[XS_READ] = { do_read, ARG_PATH },
	[XS_GET_PERMS] = { do_get_perms, ARG_PATH | ARG_SPECIAL },
	[XS_WATCH] = { do_watch, NO_TRANSACTION },
	[XS_UNWATCH] = { do_unwatch, NO_TRANSACTION },
	[XS_TRANSACTION_START] = { do_transaction_start, 0 },
	[XS_TRANSACTION_END] = { do_transaction_end, 0 },
	[XS_INTRODUCE] = { do_not_here, PRIVILEGED },
	[XS_RELEASE] = { do_not_here, PRIVILEGED },
	[XS_GET_DOMAIN_PATH] = { do_get_domain_path, 0 },
	[XS_WRITE] = { do_write, ARG_PATH | ARG_MORE },
	[XS_MKDIR] = { do_mkdir, ARG_PATH },
	[XS_RM] = { do_rm, ARG_PATH },
	[XS_SET_PERMS] = { do_set_perms, ARG_PATH | ARG_SPECIAL | ARG_STRINGS },
	[XS_IS_DOMAIN_INTRODUCED] = { do_is_domain_introduced, PRIVILEGED },
	[XS_RESUME] = { do_not_here, PRIVILEGED },
	[XS_SET_TARGET] = { do_not_here, PRIVILEGED },
	[XS_RESET_WATCHES] = { do_reset_watches, 0 },
	[XS_DIRECTORY_PART] = { do_directory_part, ARG_PATH | ARG_STRINGS },
};

static int take_path(struct request *r, unsigned int flags)
{
	size_t len = strlen(r->body);

	if (!(flags & ARG_PATH))
		return 0;
	if (len == r->len)		/* no NUL */
		return EINVAL;
	r->rest = r->body + len + 1;
	r->rest_len = r->len - len - 1;
	if (flags & ARG_STRINGS) {
		if (!r->rest_len || r->rest[r->rest_len - 1])
			return EINVAL;
	} else if (!(flags & ARG_MORE) && r->rest_len) {
		return EINVAL;
	}
	if (flags & ARG_SPECIAL && r->body[0] == '@')
		return resolve_special(r, r->body);
	return resolve(r, r->body);
}

static const char *error_name(int error)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(xsd_errors); i++)
		if (xsd_errors[i].errnum == error)
			return xsd_errors[i].errstring;
	return "EINVAL";
}

static int serve(struct request *r, const struct xsd_sockmsg *hdr)
{
	struct xs_conn *c = r->conn;
	unsigned int flags;
	int ret;

	if (hdr->type >= XS_TYPE_COUNT || !table[hdr->type].handle)
		return ENOSYS;
	flags = table[hdr->type].flags;
	if (flags & PRIVILEGED && c->domid)
		return EACCES;

	r->tree = &c->server->tree;
	if (hdr->tx_id && !(flags & NO_TRANSACTION)) {
		r->transaction = xs_transaction_find(c, hdr->tx_id);
		if (!r->transaction)
			return ENOENT;
		r->tree = &r->transaction->tree;
	}

	ret = take_path(r, flags);
	return ret ? ret : table[hdr->type].handle(r);
}

void xs_conn_request(struct xs_conn *c, const struct xsd_sockmsg *hdr,
		     const void *body)
{
	struct xsd_sockmsg answer = *hdr;
	char copy[XENSTORE_PAYLOAD_MAX + 1];
	struct request r;
	int ret;

	memcpy(copy, body, hdr->len);
	copy[hdr->len] = 0;
	memset(&r, 0, offsetof(struct request, reply));
	r.first_event = false;
	r.conn = c;
	r.body = copy;
	r.len = hdr->len;

	ret = serve(&r, hdr);
	if (ret) {
		answer.type = XS_ERROR;
		reply_string(&r, error_name(ret));
	}
	answer.len = r.reply_len;
	c->ops->send(c->opaque, &answer, r.reply);
	if (r.first_event)
		xs_watch_fire_first(c);
}

struct xs_server *xs_server_new(void)
{
	struct xs_server *s = xcalloc(1, sizeof(*s));
	bool created;

	xs_tree_init(&s->tree);
	xs_tree_init(&s->special);
	xs_tree_mkdir(&s->special, 0, "/@introduceDomain", &created);
	xs_tree_mkdir(&s->special, 0, "/@releaseDomain", &created);
	return s;
}

void xs_server_free(struct xs_server *s)
{
	if (!s)
		return;
	xs_tree_free(&s->tree);
	xs_tree_free(&s->special);
	free(s);
}

struct xs_conn *xs_conn_new(struct xs_server *s, uint32_t domid,
			    const struct xs_conn_ops *ops, void *opaque)
{
	struct xs_conn *c = xcalloc(1, sizeof(*c));

	c->server = s;
	c->domid = domid;
	c->ops = ops;
	c->opaque = opaque;
	c->next = s->conns;
	s->conns = c;
	if (domid)
		xs_watch_fire(s, "@introduceDomain", false, &s->tree);
	return c;
}

void xs_conn_reset(struct xs_conn *c)
{
	xs_watch_remove_all(c);
	xs_transaction_end_all(c);
}

void xs_conn_free(struct xs_conn *c)
{
	struct xs_conn **p;

	if (!c)
		return;
	xs_conn_reset(c);
	for (p = &c->server->conns; *p != c; p = &(*p)->next)
		;
	*p = c->next;
	if (c->domid)
		xs_watch_fire(c->server, "@releaseDomain", false,
			      &c->server->tree);
	free(c);
}
