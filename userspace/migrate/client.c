// SPDX-License-Identifier: GPL-2.0
/* Has a running domain written to a descriptor: the command's part. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../config.h"
#include "../control.h"
#include "../util.h"
#include "client.h"
#include "header.h"
#include "json.h"
#include "progress.h"
#include "stream.h"

static char *running_config(uint32_t domid)
{
	char *json = NULL;
	size_t len;
	FILE *f = open_memstream(&json, &len);
	int ret;

	if (!f)
		abort();
	ret = control_request(domid, "config saved", f);
	fclose(f);
	if (!ret)
		return json;
	free(json);
	return NULL;
}

static char *config_of_file(const char *path)
{
	struct domain_config cfg;
	char *json;

	if (config_load(path, NULL, 0, &cfg))
		return NULL;
	json = json_of_config(&cfg, cfg.memory_mb << 10);
	config_free(&cfg);
	return json;
}

int client_begin(struct client *c, uint32_t domid, const char *config, int fd,
		 const char *name)
{
	struct stream s;
	char *json;
	int ret;

	*c = (struct client){ .domid = domid, .conn = -1, .fd = fd,
			      .name = name };
	json = config ? config_of_file(config) : running_config(domid);
	if (!json)
		return -1;
	stream_init(&s, fd, name);
	ret = header_write(&s, json);
	free(json);
	return ret;
}

/* 1: more to come. */
static int take_line(struct client *c, const char *what, char *line)
{
	unsigned long long done, total;

	if (sscanf(line, "progress %llu %llu", &done, &total) == 2) {
		progress_line(what, done, total);
		return 1;
	}
	progress_end();
	if (!strncmp(line, "saved ", 6))
		return 0;
	err("domain %u: %s", c->domid,
	    strncmp(line, "error ", 6) ? line : line + 6);
	return -1;
}

int client_save(struct client *c, const char *what)
{
	char *request, *line;
	int ret;

	request = xasprintf("save %.200s", c->name);
	c->conn = control_open(c->domid, request, c->fd);
	free(request);
	if (c->conn < 0)
		return -1;
	progress_begin();
	do {
		line = control_line(c->conn);
		if (!line) {
			progress_end();
			err("domain %u: its helper broke off", c->domid);
			return -1;
		}
		ret = take_line(c, what, line);
		free(line);
	} while (ret > 0);
	return ret;
}

int client_say(struct client *c, const char *request)
{
	char *line = NULL;
	int ret;

	if (control_say(c->conn, request))
		line = control_line(c->conn);
	ret = line && !strcmp(line, "ok") ? 0 : -1;
	if (!line)
		err("domain %u: its helper broke off", c->domid);
	else if (ret)
		err("domain %u: %s", c->domid,
		    strncmp(line, "error ", 6) ? line : line + 6);
	free(line);
	return ret;
}

int client_commit(struct client *c)
{
	char *line;

	if (!control_say(c->conn, "commit")) {
		err("domain %u: its helper broke off", c->domid);
		return -1;
	}
	while ((line = control_line(c->conn)))
		free(line);
	return 0;
}

void client_end(struct client *c)
{
	if (c->conn >= 0)
		close(c->conn);
	c->conn = -1;
}
