/* SPDX-License-Identifier: GPL-2.0 */
/* The process behind a domain: runs it, and what follows its end. */
#ifndef XENPV_VMM_HELPER_H
#define XENPV_VMM_HELPER_H

#include <stdbool.h>

struct domain_config;
struct restore;

/* Exit statuses of xl create: libxl's errors without the sign. */
#define CREATE_FAILED	3
#define CREATE_INVALID	6

struct helper_options {
	struct domain_config *cfg;	/* its name may change */
	bool paused;		/* leave the first domain paused */
	bool foreground;	/* log to stderr too */
	bool stats;		/* log the counters of each domain at its end */
	int client;		/* socket of an attached console, or -1 */
	int ready_fd;		/* written to once it runs, then closed; or -1 */
	struct restore *restore;	/* what the first domain goes on with, or NULL */
	/*
	 * Of an incoming migration, or -1: a byte is written when the domain is
	 * there, one is read when it may begin.
	 */
	int go_fd;
};

/*
 * Run the domain to its end, restarts included.  An exit status; when the
 * domain cannot be started there is one line on stderr, and the status is
 * CREATE_INVALID if there is one of that name, or else CREATE_FAILED.
 */
int helper_run(const struct helper_options *opt);

#endif
