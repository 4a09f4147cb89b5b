// SPDX-License-Identifier: GPL-2.0
/* A file that is appended to and never grows without bound. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../paths.h"
#include "../util.h"
#include "logfile.h"

#define LOGFILE_MAX	(16ULL << 20)

static int begin(struct logfile *f)
{
	struct stat st;

	f->fd = open(f->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC |
			      O_NOFOLLOW, 0600);
	f->size = 0;
	if (f->fd < 0)
		return -1;
	if (!fstat(f->fd, &st))
		f->size = st.st_size;
	return 0;
}

int logfile_open(struct logfile *f, const char *prefix, const char *name)
{
	f->path = xasprintf("%s/%s-%s.log", log_dir(), prefix, name);
	log_dir_make();
	return begin(f);
}

static void rotate(struct logfile *f)
{
	char *old = xasprintf("%s.1", f->path);

	close(f->fd);
	f->fd = -1;
	if (!rename(f->path, old))
		begin(f);
	free(old);
}

bool logfile_write(struct logfile *f, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	while (f->fd >= 0 && len) {
		n = write(f->fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)	/* a full disk must not stop a guest */
			return false;
		p += n;
		len -= n;
		f->size += n;
	}
	if (f->fd < 0 || f->size < LOGFILE_MAX)
		return false;
	rotate(f);
	return true;
}

void logfile_close(struct logfile *f)
{
	if (f->fd >= 0)
		close(f->fd);
	free(f->path);
	f->fd = -1;
	f->path = NULL;
}
