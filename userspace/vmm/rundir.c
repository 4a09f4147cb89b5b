// SPDX-License-Identifier: GPL-2.0
/* The run directory: files of domains whose helper was killed stay there. */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../domains.h"
#include "../paths.h"
#include "../util.h"
#include "rundir.h"

#define NAME_ROOM	96

struct entry {
	struct entry *next;
	uint32_t domid;
	char name[NAME_ROOM];
};

/* "<domid>.ctl" and its like, and those that go on: "<domid>.disk.51712..." */
static bool parse(const char *name, uint32_t *domid)
{
	static const char *const suffixes[] = {
		".ctl", ".console", ".xs", ".disk", ".nbd", ".cfg",
	};
	unsigned long n;
	unsigned int i;
	size_t len;
	char *end;

	if (name[0] < '0' || name[0] > '9' || strlen(name) >= NAME_ROOM)
		return false;
	n = strtoul(name, &end, 10);
	*domid = n;
	if (n >= KVM_XENPV_DOMID_END)
		return false;
	for (i = 0; i < ARRAY_SIZE(suffixes); i++) {
		len = strlen(suffixes[i]);
		if (strncmp(end, suffixes[i], len))
			continue;
		len += strspn(end + len, "0123456789");
		if (!end[len] || end[len] == '.')
			return true;
	}
	return false;
}

static struct entry *read_entries(DIR *dir)
{
	struct entry *list = NULL, *e;
	const struct dirent *de;
	uint32_t domid;

	while ((de = readdir(dir))) {
		if (!parse(de->d_name, &domid))
			continue;
		e = xcalloc(1, sizeof(*e));
		e->domid = domid;
		strcpy(e->name, de->d_name);
		e->next = list;
		list = e;
	}
	return list;
}

static bool is_alive(const struct domain_list *list, uint32_t domid)
{
	size_t i;

	for (i = 0; i < list->nr; i++)
		if (list->infos[i].domid == domid)
			return true;
	return false;
}

void rundir_clean(void)
{
	struct domain_list live;
	struct entry *e, *next;
	DIR *dir;

	dir = opendir(run_dir());
	if (!dir)
		return;
	/* A file seen before the domains are listed is no new domain's. */
	e = read_entries(dir);
	if (e && !domains_read(&live)) {
		for (next = e; next; next = next->next)
			if (!is_alive(&live, next->domid))
				unlinkat(dirfd(dir), next->name, 0);
		domains_free(&live);
	}
	for (; e; e = next) {
		next = e->next;
		free(e);
	}
	closedir(dir);
}
