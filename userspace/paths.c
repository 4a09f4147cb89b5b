// SPDX-License-Identifier: GPL-2.0
/* Where files are. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "domains.h"
#include "paths.h"
#include "util.h"

static char *run_dir_of(uid_t uid)
{
	const char *dir = uid == geteuid() ? getenv("XDG_RUNTIME_DIR") : NULL;

	if (!uid)
		return xstrdup("/run/xenpv");
	if (dir && dir[0] == '/')
		return xasprintf("%s/xenpv", dir);
	return xasprintf("/run/user/%ju/xenpv", (uintmax_t)uid);
}

const char *run_dir(void)
{
	static char *dir;

	if (!dir)
		dir = run_dir_of(geteuid());
	return dir;
}

const char *log_dir(void)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	static char *dir;

	if (dir)
		return dir;
	if (!geteuid())
		dir = xstrdup("/var/log/xenpv");
	else if (state && state[0] == '/')
		dir = xasprintf("%s/xenpv", state);
	else
		dir = xasprintf("%s/.local/state/xenpv", home ? home : "");
	return dir;
}

int run_dir_make(void)
{
	/* Others may list root's domains, and see which consoles there are. */
	mode_t mode = geteuid() ? 0700 : 0755;
	struct stat st;

	if (!mkdir(run_dir(), mode))
		return 0;
	if (errno != EEXIST || lstat(run_dir(), &st))
		return -1;
	/* Whoever can write there can be the helper of our domains. */
	if (S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
	    !(st.st_mode & 0022))
		return 0;
	errno = EPERM;
	return -1;
}

/* With its parents: ~/.local/state need not be there.  Frees PATH. */
static int make_all(char *path)
{
	char *p = path;
	int ret = 0;

	while (!ret && p) {
		p = strchr(p + 1, '/');
		if (p)
			*p = 0;
		if (mkdir(path, geteuid() ? 0700 : 0750) && errno != EEXIST)
			ret = -1;
		if (p)
			*p = '/';
	}
	free(path);
	return ret;
}

int log_dir_make(void)
{
	return make_all(xstrdup(log_dir()));
}

static char *dump_dir(void)
{
	if (!geteuid())
		return xstrdup("/var/lib/xen/dump");
	return xasprintf("%s/dump", log_dir());
}

int dump_dir_make(void)
{
	return make_all(dump_dir());
}

char *dump_path(const char *name)
{
	char *dir = dump_dir(), *path = xasprintf("%s/%s", dir, name);

	free(dir);
	return path;
}

char *run_path(uint32_t domid, const char *suffix)
{
	return xasprintf("%s/%" PRIu32 ".%s", run_dir(), domid, suffix);
}

/* The user whose process holds the domain. */
static bool owner_of(uint32_t domid, uid_t *uid)
{
	struct domain_list list;
	char proc[32] = "";
	struct stat st;
	size_t i;

	if (domains_read(&list))
		return false;
	for (i = 0; i < list.nr; i++)
		if (list.infos[i].domid == domid && list.infos[i].owner)
			snprintf(proc, sizeof(proc), "/proc/%u",
				 (unsigned int)list.infos[i].owner);
	domains_free(&list);
	if (!proc[0] || stat(proc, &st))
		return false;
	*uid = st.st_uid;
	return true;
}

char *run_path_of_owner(uint32_t domid, const char *suffix)
{
	char *own = run_path(domid, suffix), *dir;
	uid_t uid;

	if (!access(own, F_OK) || !owner_of(domid, &uid) || uid == geteuid())
		return own;
	free(own);
	dir = run_dir_of(uid);
	own = xasprintf("%s/%" PRIu32 ".%s", dir, domid, suffix);
	free(dir);
	return own;
}
