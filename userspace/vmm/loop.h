/* SPDX-License-Identifier: GPL-2.0 */
/* The helper's event loop: one thread waits for everything but the vCPUs. */
#ifndef XENPV_VMM_LOOP_H
#define XENPV_VMM_LOOP_H

#include <stdint.h>

struct loop;
struct loop_source;
typedef void (*loop_fn)(void *opaque, uint32_t events);

struct loop *loop_new(void);
void loop_free(struct loop *l);

/* Call FN when FD has EVENTS (EPOLLIN...).  NULL when it cannot be watched. */
struct loop_source *loop_add(struct loop *l, int fd, uint32_t events,
			     loop_fn fn, void *opaque);
void loop_set_events(struct loop_source *s, uint32_t events);
/* May be called from the source's own FN.  Does not close the descriptor. */
void loop_remove(struct loop_source *s);

/* Run until loop_stop() is called from one of the functions. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);

#endif
