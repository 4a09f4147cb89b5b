// SPDX-License-Identifier: GPL-2.0
/* What both rings of a queue share. */
#include "netif.h"
#include "netif_ring.h"

_Static_assert(__CONST_RING_SIZE(netif_tx, 4096) == NETIF_RING_SIZE, "tx ring");
_Static_assert(__CONST_RING_SIZE(netif_rx, 4096) == NETIF_RING_SIZE, "rx ring");

int netif_attach(struct netif_queue *q, void *tx, void *rx)
{
	q->tx = tx;
	q->rx = rx;
	/* Not always 0: the frontend may go on with a ring of before. */
	q->tx_cons = ring_load(&q->tx->rsp_prod);
	q->rx_cons = ring_load(&q->rx->rsp_prod);
	q->tx_pushed = q->tx_cons;
	q->rx_pushed = q->rx_cons;
	q->broken = NULL;
	q->limited_until = 0;
	if (ring_load(&q->tx->req_prod) - q->tx_cons > NETIF_RING_SIZE ||
	    ring_load(&q->rx->req_prod) - q->rx_cons > NETIF_RING_SIZE)
		return -1;
	return 0;
}

bool ring_push(RING_IDX *rsp_prod, const RING_IDX *rsp_event, RING_IDX *pushed,
	       RING_IDX to)
{
	RING_IDX old = *pushed;

	if (to == old)
		return false;
	*pushed = to;
	__atomic_store_n(rsp_prod, to, __ATOMIC_RELEASE);
	/* The guest sees the answers before we look whether it sleeps. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return to - ring_load(rsp_event) < to - old;
}
