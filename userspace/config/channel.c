// SPDX-License-Identifier: GPL-2.0
/* channel=[ "name=...,connection=pty", "name=...,connection=socket,path=..." ] */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libxlutil.h>

#include "config.h"
#include "config/source.h"
#include "util.h"

static int bad(const struct config_source *s, const char *spec, const char *why)
{
	config_bad(s, "channel", "channel \"%s\": %s", spec, why);
	return -1;
}

/* One "key=value"; blanks around both do not count. */
static int take_pair(const struct config_source *s, const char *spec,
		     char *pair, struct channel_config *c)
{
	char *key = pair + strspn(pair, " "), *value = strchr(pair, '=');
	char **to;

	if (!value)
		return bad(s, spec, "settings have the form key=value");
	*value++ = 0;
	key[strcspn(key, " ")] = 0;
	value += strspn(value, " ");
	while (*value && value[strlen(value) - 1] == ' ')
		value[strlen(value) - 1] = 0;

	if (!strcmp(key, "name"))
		to = &c->name;
	else if (!strcmp(key, "path"))
		to = &c->path;
	else if (!strcmp(key, "connection"))
		to = &c->connection;
	else if (!strcmp(key, "backend") && !strcmp(value, "0"))
		return 0;
	else
		return bad(s, spec, "only name, connection and path can be set");
	free(*to);
	*to = xstrdup(value);
	return 0;
}

static int check(const struct config_source *s, const char *spec,
		 const struct channel_config *c)
{
	if (!c->name || !*c->name)
		return bad(s, spec, "name is missing");
	if (!c->connection)
		return bad(s, spec, "connection is missing: pty or socket");
	if (!strcmp(c->connection, "pty"))
		return c->path ? bad(s, spec, "a pty has no path") : 0;
	if (strcmp(c->connection, "socket"))
		return bad(s, spec, "connection must be pty or socket");
	if (!c->path || c->path[0] != '/')
		return bad(s, spec, "a socket needs its absolute path");
	return 0;
}

static int load_one(const struct config_source *s, const char *spec,
		    struct channel_config *c)
{
	char *copy = xstrdup(spec), *save = NULL, *pair;
	int ret = 0;

	for (pair = strtok_r(copy, ",", &save); pair && !ret;
	     pair = strtok_r(NULL, ",", &save))
		ret = take_pair(s, spec, pair, c);
	free(copy);
	return ret ? ret : check(s, spec, c);
}

int config_channels(const struct config_source *s, struct domain_config *cfg)
{
	const char *spec;
	XLU_ConfigList *list;
	int nr, i, ret;

	ret = xlu_cfg_get_list(s->xlu, "channel", &list, &nr, 1);
	if (ret == ESRCH)
		return 0;
	if (ret) {
		config_bad(s, "channel", "channel must be a list of strings");
		return -1;
	}
	/* hvc_xen takes one digit. */
	if (nr > MAX_CHANNELS) {
		config_bad(s, "channel", "there can be %d channels at most",
			   MAX_CHANNELS);
		return -1;
	}
	for (i = 0; i < nr; i++) {
		spec = xlu_cfg_get_listitem(list, i);
		if (!spec) {
			config_bad(s, "channel", "channel must be a list of strings");
			return -1;
		}
		cfg->nr_channels++;
		if (load_one(s, spec, &cfg->channels[i]))
			return -1;
	}
	return 0;
}
