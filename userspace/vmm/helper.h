/* SPDX-License-Identifier: GPL-2.0 */
/* The process behind a domain: runs it, and what follows its end. */
#ifndef XENPV_VMM_HELPER_H
#define XENPV_VMM_HELPER_H

#include <stdbool.h>

struct domain_config;

struct helper_options {
	const struct domain_config *cfg;
	bool paused;		/* leave the first domain paused */
	bool foreground;	/* log to stderr too */
	bool stats;		/* log the counters of each domain at its end */
	int client;		/* socket of an attached console, or -1 */
	int ready_fd;		/* written to once it runs, then closed; or -1 */
	char *const *restart;	/* arguments that start the domain anew... */
	const char *cwd;	/* ...and the folder they are relative to */
};

/*
 * Run the domain to its end, restarts included.  An exit status; when the
 * domain cannot be started there is one line on stderr.
 */
int helper_run(const struct helper_options *opt);

#endif
