/* SPDX-License-Identifier: GPL-2.0 */
/* A domain's memory and registers in a file: Xen's dump-core format. */
#ifndef XENPV_VMM_COREDUMP_H
#define XENPV_VMM_COREDUMP_H

#include <stdatomic.h>
#include <stdbool.h>

struct coredump;
struct domain;

/*
 * Begin to write PATH; the domain runs on.  NULL, or what is wrong.  One at a
 * time: *C is NULL before and belongs to the caller until coredump_finish().
 */
const char *coredump_begin(struct coredump **c, struct domain *d,
			   const char *path);
/* Percent done; 100: it is over, and *FAILED is NULL or what was wrong. */
unsigned int coredump_progress(struct coredump *c, const char **failed);
/* Wait for its end, or (CANCEL) do not write what is left.  *C is NULL then. */
void coredump_finish(struct coredump **c, bool cancel);

/* What coredump-destroy and -restart do.  The name of the file is logged. */
void coredump_at_end(struct domain *d, const char *name);

#endif
