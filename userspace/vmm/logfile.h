/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file that is appended to and never grows without bound: at 16 MiB it
 * becomes FILE.1 and a new one is begun.
 */
#ifndef XENPV_VMM_LOGFILE_H
#define XENPV_VMM_LOGFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct logfile {
	int fd;			/* -1: cannot be written */
	uint64_t size;
	char *path;
};

/* PREFIX and NAME make log_dir()/<prefix>-<name>.log. */
int logfile_open(struct logfile *f, const char *prefix, const char *name);
/* True when it began a new file after that. */
bool logfile_write(struct logfile *f, const void *data, size_t len);
void logfile_close(struct logfile *f);

#endif
