// SPDX-License-Identifier: GPL-2.0
/* The helper's event loop: one thread waits for everything but the vCPUs. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "../util.h"
#include "loop.h"

struct loop_source {
	struct loop *loop;
	struct loop_source *next;
	int fd;
	uint32_t events;
	loop_fn fn;		/* NULL: removed */
	void *opaque;
};

struct loop {
	int fd;
	bool stop;
	bool dirty;		/* a removed source waits to be freed */
	struct loop_source *sources;
};

struct loop *loop_new(void)
{
	struct loop *l = xcalloc(1, sizeof(*l));

	l->fd = epoll_create1(EPOLL_CLOEXEC);
	if (l->fd < 0) {
		err_sys("cannot create an event loop");
		free(l);
		return NULL;
	}
	return l;
}

/* A batch of events may still name a removed source: free it after that. */
static void bury(struct loop *l)
{
	struct loop_source **p = &l->sources, *s;

	if (!l->dirty)
		return;
	l->dirty = false;
	while ((s = *p)) {
		if (s->fn) {
			p = &s->next;
			continue;
		}
		*p = s->next;
		free(s);
	}
}

void loop_free(struct loop *l)
{
	struct loop_source *s;

	if (!l)
		return;
	while ((s = l->sources)) {
		l->sources = s->next;
		free(s);
	}
	close(l->fd);
	free(l);
}

struct loop_source *loop_add(struct loop *l, int fd, uint32_t events,
			     loop_fn fn, void *opaque)
{
	struct loop_source *s = xcalloc(1, sizeof(*s));
	struct epoll_event ev = { .events = events, .data.ptr = s };

	s->loop = l;
	s->fd = fd;
	s->events = events;
	s->fn = fn;
	s->opaque = opaque;
	if (epoll_ctl(l->fd, EPOLL_CTL_ADD, fd, &ev)) {
		free(s);
		return NULL;
	}
	s->next = l->sources;
	l->sources = s;
	return s;
}

void loop_set_events(struct loop_source *s, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = s };

	if (events == s->events)
		return;
	s->events = events;
	epoll_ctl(s->loop->fd, EPOLL_CTL_MOD, s->fd, &ev);
}

void loop_remove(struct loop_source *s)
{
	if (!s)
		return;
	epoll_ctl(s->loop->fd, EPOLL_CTL_DEL, s->fd, NULL);
	s->fn = NULL;
	s->loop->dirty = true;
}

void loop_run(struct loop *l)
{
	struct epoll_event events[16];
	struct loop_source *s;
	int n, i;

	l->stop = false;
	while (!l->stop) {
		n = epoll_wait(l->fd, events, ARRAY_SIZE(events), -1);
		if (n < 0 && errno != EINTR) {
			err_sys("event loop");
			return;
		}
		for (i = 0; i < n; i++) {
			s = events[i].data.ptr;
			if (s->fn)
				s->fn(s->opaque, events[i].events);
		}
		bury(l);
	}
}

void loop_stop(struct loop *l)
{
	l->stop = true;
}
