// SPDX-License-Identifier: GPL-2.0
/* SCHEDOP_watchdog: timers that end the domain unless it sets them anew. */
#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "../util.h"
#include "watchdog.h"

int watchdog_init(struct watchdog *w)
{
	unsigned int i;

	pthread_mutex_init(&w->lock, NULL);
	for (i = 0; i < NR_WATCHDOGS; i++) {
		w->used[i] = false;
		w->fds[i] = timerfd_create(CLOCK_MONOTONIC,
					   TFD_CLOEXEC | TFD_NONBLOCK);
		if (w->fds[i] < 0) {
			err_sys("cannot create a timer");
			return -1;
		}
	}
	return 0;
}

void watchdog_free(struct watchdog *w)
{
	unsigned int i;

	for (i = 0; i < NR_WATCHDOGS; i++)
		if (w->fds[i] >= 0)
			close(w->fds[i]);
	pthread_mutex_destroy(&w->lock);
}

static void set_timer(int fd, uint32_t seconds, bool on)
{
	struct itimerspec t = { .it_value.tv_sec = seconds };

	/* Of 0 seconds is one that fires at once. */
	if (on && !seconds)
		t.it_value.tv_nsec = 1;
	timerfd_settime(fd, 0, &t, NULL);
}

static int64_t start_one(struct watchdog *w, uint32_t timeout)
{
	unsigned int i;

	for (i = 0; i < NR_WATCHDOGS; i++) {
		if (w->used[i])
			continue;
		w->used[i] = true;
		set_timer(w->fds[i], timeout, true);
		return i + 1;
	}
	return -ENOSPC;
}

int64_t watchdog_set(struct watchdog *w, uint32_t id, uint32_t timeout)
{
	int64_t ret = 0;

	if (id > NR_WATCHDOGS)
		return -EINVAL;
	pthread_mutex_lock(&w->lock);
	if (!id) {
		ret = start_one(w, timeout);
	} else if (!w->used[id - 1]) {
		ret = -EINVAL;
	} else {
		set_timer(w->fds[id - 1], timeout, timeout != 0);
		w->used[id - 1] = timeout != 0;
	}
	pthread_mutex_unlock(&w->lock);
	return ret;
}
