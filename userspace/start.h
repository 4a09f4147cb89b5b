/* SPDX-License-Identifier: GPL-2.0 */
/* Starts the process behind a domain. */
#ifndef XENPV_START_H
#define XENPV_START_H

#include <stdbool.h>

struct helper_options;

/*
 * Run the helper that OPT describes: in this process until the domain ends
 * (FOREGROUND), or in a child of its own, until the domain runs.  CONSOLE: show
 * the domain's console here.  An exit status.
 */
int start_domain(struct helper_options *opt, bool console, bool foreground);

/*
 * The same in the background for a domain that comes from elsewhere: TALK, in
 * this process, meets the helper at the other end of OPT->go_fd, whose own end
 * TALK_FD is, and says whether the domain may begin (0, -1).
 */
enum start_result {
	START_REFUSED,		/* it was never to begin */
	START_FAILED,		/* it was, but could not */
	START_RUNS,
};

enum start_result start_incoming(struct helper_options *opt, int talk_fd,
				 int (*talk)(void *opaque), void *opaque);

#endif
