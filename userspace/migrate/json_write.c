// SPDX-License-Identifier: GPL-2.0
/* From a configuration to libxl's JSON, with what libxl has no words for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_gen.h>

#include "../block/spec.h"
#include "../config.h"
#include "../config/json.h"
#include "../util.h"
#include "json.h"

static void text(yajl_gen g, const char *s)
{
	yajl_gen_string(g, (const unsigned char *)s, strlen(s));
}

static void open_list(yajl_gen g, const char *key)
{
	text(g, key);
	yajl_gen_array_open(g);
}

static void put_disks(yajl_gen g, const struct domain_config *cfg)
{
	size_t i;
	char *s;

	open_list(g, "disk");
	for (i = 0; i < cfg->nr_disks; i++) {
		s = disk_spec_text(&cfg->disks[i]);
		text(g, s);
		free(s);
	}
	yajl_gen_array_close(g);
}

static void put_vifs(yajl_gen g, const struct domain_config *cfg)
{
	size_t i;

	open_list(g, "vif");
	for (i = 0; i < cfg->nr_vifs; i++)
		text(g, cfg->vifs[i]);
	yajl_gen_array_close(g);
}

static void put_channels(yajl_gen g, const struct domain_config *cfg)
{
	const struct channel_config *c;
	size_t i;
	char *s;

	open_list(g, "channel");
	for (i = 0; i < cfg->nr_channels; i++) {
		c = &cfg->channels[i];
		s = xasprintf("name=%s,connection=%s%s%s", c->name,
			      c->connection, c->path ? ",path=" : "",
			      c->path ? c->path : "");
		text(g, s);
		free(s);
	}
	yajl_gen_array_close(g);
}

/* Devices in our own words, which say all. */
static char *own_words(const struct domain_config *cfg)
{
	yajl_gen g = json_generator();
	const unsigned char *buf;
	size_t len;
	char *json;

	yajl_gen_map_open(g);
	put_disks(g, cfg);
	put_vifs(g, cfg);
	put_channels(g, cfg);
	yajl_gen_map_close(g);
	yajl_gen_get_buf(g, &buf, &len);
	json = xstrdup((const char *)buf);
	yajl_gen_free(g);
	return json;
}

char *json_of_config(const struct domain_config *cfg, uint64_t memory_kb)
{
	char *json = json_config_saved(cfg, memory_kb), *own, *both;

	if (!json)
		return NULL;
	/* One member more, at the end of libxl's object. */
	*strrchr(json, '}') = '\0';
	own = own_words(cfg);
	both = xasprintf("%s, \"kvm_xenpv\": %s}", json, own);
	free(json);
	free(own);
	return both;
}
