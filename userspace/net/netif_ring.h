/* SPDX-License-Identifier: GPL-2.0 */
/* Indices of rings that the guest writes at the same time. */
#ifndef XENPV_NET_NETIF_RING_H
#define XENPV_NET_NETIF_RING_H

#include <stdbool.h>

#include <xen/io/ring.h>

static inline RING_IDX ring_load(const RING_IDX *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

/* Ask for an event at the next index, and let that be seen before we go on. */
static inline void ring_want(RING_IDX *event, RING_IDX at)
{
	__atomic_store_n(event, at, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Publish the answers up to TO.  True: the guest wants to know. */
bool ring_push(RING_IDX *rsp_prod, const RING_IDX *rsp_event, RING_IDX *pushed,
	       RING_IDX to);

#endif
