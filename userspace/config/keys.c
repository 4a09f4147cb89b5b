// SPDX-License-Identifier: GPL-2.0
/* What stands in a configuration: are there such keys, with such values? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxlutil.h>

#include "config/keys.h"
#include "config/source.h"
#include "util.h"

static bool is_list(const struct config_source *s, const char *name)
{
	XLU_ConfigList *list;
	int nr;

	return !xlu_cfg_get_list(s->xlu, name, &list, &nr, 1);
}

static int check_number(const struct config_source *s, const struct key *k)
{
	const char *text;
	char *end;
	long value;

	if (xlu_cfg_get_string(s->xlu, k->name, &text, 1))
		return 0;
	errno = 0;
	value = strtol(text, &end, 0);
	if (end == text || *end || errno) {
		config_bad(s, k->name, "%s = \"%s\" is not a number", k->name,
			   text);
		return -1;
	}
	if (k->kind == KEY_BOOL && value != 0 && value != 1) {
		config_bad(s, k->name, "%s = %s must be 0 or 1", k->name, text);
		return -1;
	}
	return 0;
}

/* Wrong values are no better where nothing uses them. */
static int check_kind(const struct config_source *s, const struct key *k)
{
	bool list = is_list(s, k->name);

	if (k->kind == KEY_ANY)
		return 0;
	if (k->kind == KEY_LIST && !list) {
		config_bad(s, k->name, "%s must be a list: %s = [ '...', ... ]",
			   k->name, k->name);
		return -1;
	}
	if (k->kind != KEY_LIST && list) {
		config_bad(s, k->name, "%s must be a single value, not a list",
			   k->name);
		return -1;
	}
	return k->kind == KEY_NUMBER || k->kind == KEY_BOOL ?
	       check_number(s, k) : 0;
}

static void warn_at(const struct config_source *s, const struct config_key *at,
		    const char *text)
{
	if (at->line)
		warn("%s:%u: %s", s->path, at->line, text);
	else
		warn("command line: %s", text);
}

static void warn_ignored(const struct config_source *s,
			 const struct config_key *at, const struct key *k)
{
	char text[256];

	snprintf(text, sizeof(text), "%s is ignored: %s", k->name, k->why);
	warn_at(s, at, text);
}

static void warn_unknown(const struct config_source *s,
			 const struct config_key *at)
{
	char text[256];

	snprintf(text, sizeof(text), "unknown key %s is ignored", at->name);
	warn_at(s, at, text);
}

/* The command line is there to set what the file sets. */
static void warn_twice(const struct config_source *s, size_t i)
{
	const struct config_key *k = &s->keys[i];
	char text[256];
	size_t j = i;

	while (k->line && !k->appends && j-- > 0) {
		if (strcmp(s->keys[j].name, k->name))
			continue;
		snprintf(text, sizeof(text),
			 "%s is set again: line %u does not count", k->name,
			 s->keys[j].line);
		warn_at(s, k, text);
		return;
	}
}

static int check_key(const struct config_source *s, size_t i)
{
	const struct config_key *at = &s->keys[i];
	const struct key *k = key_find(at->name);

	if (!k) {
		warn_unknown(s, at);
		return 0;
	}
	warn_twice(s, i);
	if (k->use == KEY_USED)
		return 0;
	if (check_kind(s, k))
		return -1;
	if (at->empty || k->use == KEY_SILENT)
		return 0;
	if (k->use == KEY_REFUSED) {
		config_bad(s, k->name, "%s is not supported: %s", k->name, k->why);
		return -1;
	}
	warn_ignored(s, at, k);
	return 0;
}

int config_check_keys(const struct config_source *s)
{
	size_t i;

	for (i = 0; i < s->nr_keys; i++)
		if (check_key(s, i))
			return -1;
	return 0;
}
