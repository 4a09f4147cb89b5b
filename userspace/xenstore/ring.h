/* SPDX-License-Identifier: GPL-2.0 */
/* xenstore's shared ring: the transport of a guest's connection. */
#ifndef XENPV_XENSTORE_RING_H
#define XENPV_XENSTORE_RING_H

#include <stdbool.h>
#include <stdint.h>

struct xs_ring;
struct xs_server;

struct xs_ring_ops {
	void (*notify)(void *opaque);	/* raise the guest's event */
};

/* PAGE is the ring in guest memory. */
struct xs_ring *xs_ring_new(struct xs_server *s, uint32_t domid, void *page,
			    const struct xs_ring_ops *ops, void *opaque);
void xs_ring_free(struct xs_ring *r);

/*
 * Take what the guest wrote, give what waits for it.  True when it ended for
 * the sake of others and wants to be called again.
 */
bool xs_ring_run(struct xs_ring *r);

#endif
