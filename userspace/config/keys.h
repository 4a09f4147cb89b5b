/* SPDX-License-Identifier: GPL-2.0 */
/* All keys of xl.cfg(5). */
#ifndef XENPV_CONFIG_KEYS_H
#define XENPV_CONFIG_KEYS_H

enum key_kind {
	KEY_STRING,
	KEY_NUMBER,
	KEY_BOOL,		/* 0 or 1 */
	KEY_LIST,
	KEY_ANY,		/* a single value or a list */
};

enum key_use {
	KEY_USED,		/* whoever uses it checks its value */
	KEY_SILENT,		/* nothing uses it, and nobody misses that */
	KEY_IGNORED,
	KEY_REFUSED,		/* a guest would wait for it, or miss it */
};

struct key {
	const char *name;
	enum key_kind kind;
	enum key_use use;
	const char *why;	/* it is ignored or refused */
};

const struct key *key_find(const char *name);

#endif
