/* SPDX-License-Identifier: GPL-2.0 */
/* SCHEDOP_watchdog: timers that end the domain unless it sets them anew. */
#ifndef XENPV_VMM_WATCHDOG_H
#define XENPV_VMM_WATCHDOG_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define NR_WATCHDOGS	2	/* as in Xen */

struct watchdog {
	pthread_mutex_t lock;
	int fds[NR_WATCHDOGS];	/* timers; readable: the domain is late */
	bool used[NR_WATCHDOGS];
};

/* -1 after one line on stderr. */
int watchdog_init(struct watchdog *w);
void watchdog_free(struct watchdog *w);

/*
 * The call: ID 0 starts one and returns its id, others set theirs to TIMEOUT
 * seconds or (0) end it.  A negative errno of Xen otherwise.  Any thread.
 */
int64_t watchdog_set(struct watchdog *w, uint32_t id, uint32_t timeout);

#endif
