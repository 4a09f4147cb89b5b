// SPDX-License-Identifier: GPL-2.0
/*
 * Packets to the guest, copied to pages that it has granted.
 *
 * Frontends do not look at a response's id: the response to a request must be
 * in the slot that the request was in.
 */
#include <string.h>

#include "../device/grant.h"
#include "../util.h"
#include "mcast.h"
#include "netif.h"
#include "netif_ring.h"
#include "packet.h"

#define MAX_SLOTS	XEN_NETIF_NR_SLOTS_MIN

static unsigned int slots_for(size_t len, bool gso)
{
	return (len + PAGE_SIZE - 1) / PAGE_SIZE + gso;
}

/* NR requests are there, or the guest will say when there are more. */
static bool have_requests(struct netif_queue *q, unsigned int nr)
{
	RING_IDX prod = ring_load(&q->rx->req_prod), seen;

	for (;;) {
		if (prod - q->rx_cons > NETIF_RING_SIZE) {
			q->broken = "rx indices that cannot be";
			return false;
		}
		if (prod - q->rx_cons >= nr)
			return true;
		ring_want(&q->rx->req_event, prod + 1);
		seen = prod;
		prod = ring_load(&q->rx->req_prod);
		if (seen == prod)
			return false;
	}
}

/*
 * What this guest cannot do for itself is done here.  False: it cannot have
 * the packet.
 */
static bool adapt(struct netif_queue *q, struct virtio_net_hdr *hdr,
		  uint8_t *data, size_t len, bool *blank)
{
	const struct netif_features *f = &q->features;
	uint8_t gso = hdr->gso_type & ~VIRTIO_NET_HDR_GSO_ECN;
	struct packet p;

	*blank = false;
	if (gso == VIRTIO_NET_HDR_GSO_TCPV4 && !f->gso_tcpv4)
		return false;
	if (gso == VIRTIO_NET_HDR_GSO_TCPV6 && !f->gso_tcpv6)
		return false;
	if (gso && gso != VIRTIO_NET_HDR_GSO_TCPV4 &&
	    gso != VIRTIO_NET_HDR_GSO_TCPV6)
		return false;
	if (!(hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
		return true;
	/* Frontends find the field by themselves, in TCP and UDP only. */
	*blank = packet_parse(data, len, &p) && p.l4 == hdr->csum_start &&
		 p.csum == hdr->csum_start + hdr->csum_offset &&
		 (p.version == 4 ? f->csum_ipv4 : f->csum_ipv6);
	if (*blank)
		return true;
	return !gso && packet_finish(hdr, data, len);
}

/* The next request's page gets some bytes; its slot becomes the answer. */
static void give_slot(struct netif_queue *q, const uint8_t *data, size_t len,
		      uint16_t flags)
{
	union netif_rx_sring_entry *slot =
		&q->rx->ring[q->rx_cons++ % NETIF_RING_SIZE];
	netif_rx_request_t req;
	int16_t status = len;
	void *page;

	memcpy(&req, &slot->req, sizeof(req));
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	page = grant_map(q->grants, req.gref, true);
	if (page) {
		memcpy(page, data, len);
		/* The guest takes the grant back as soon as it has the answer. */
		grant_unmap(q->grants, req.gref, true);
	} else {
		status = NETIF_RSP_ERROR;
	}
	slot->rsp = (netif_rx_response_t){
		.id = req.id, .flags = flags, .status = status,
	};
}

static void give_gso(struct netif_queue *q, const struct virtio_net_hdr *hdr)
{
	union netif_rx_sring_entry *slot =
		&q->rx->ring[q->rx_cons++ % NETIF_RING_SIZE];
	netif_extra_info_t extra = { .type = XEN_NETIF_EXTRA_TYPE_GSO };

	_Static_assert(sizeof(extra) <= sizeof(*slot), "extra info in a slot");
	extra.u.gso.size = hdr->gso_size;
	extra.u.gso.type = (hdr->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) ==
			   VIRTIO_NET_HDR_GSO_TCPV4 ?
			   XEN_NETIF_GSO_TYPE_TCPV4 : XEN_NETIF_GSO_TYPE_TCPV6;
	memcpy(slot, &extra, sizeof(extra));
}

enum netif_rx netif_rx(struct netif_queue *q, struct virtio_net_hdr *hdr,
		       uint8_t *data, size_t len)
{
	bool gso = hdr->gso_type != VIRTIO_NET_HDR_GSO_NONE, blank;
	unsigned int slots = slots_for(len, gso);
	uint16_t flags = 0;
	size_t n;

	if (q->broken)
		return NETIF_RX_DROPPED;
	if (len < PACKET_ETH_HLEN || slots > MAX_SLOTS ||
	    (len > PAGE_SIZE && !q->features.sg) ||
	    !mcast_passes(q->mcast, data))
		goto drop;
	if (!have_requests(q, slots)) {
		if (q->broken)
			goto drop;
		return NETIF_RX_FULL;
	}
	if (!adapt(q, hdr, data, len, &blank))
		goto drop;

	if (blank)
		flags |= NETRXF_csum_blank | NETRXF_data_validated;
	else if (hdr->flags & VIRTIO_NET_HDR_F_DATA_VALID)
		flags |= NETRXF_data_validated;
	if (gso)
		flags |= NETRXF_extra_info;
	q->stats.rx_packets++;
	q->stats.rx_bytes += len;
	q->stats.rx_gso += gso;
	q->stats.rx_csum += blank;

	n = len < PAGE_SIZE ? len : PAGE_SIZE;
	give_slot(q, data, n, flags | (n < len ? NETRXF_more_data : 0));
	if (gso)
		give_gso(q, hdr);
	while (len -= n) {
		data += n;
		n = len < PAGE_SIZE ? len : PAGE_SIZE;
		give_slot(q, data, n, n < len ? NETRXF_more_data : 0);
	}
	return NETIF_RX_DONE;

drop:
	q->stats.rx_dropped++;
	return NETIF_RX_DROPPED;
}

bool netif_rx_push(struct netif_queue *q)
{
	return ring_push(&q->rx->rsp_prod, &q->rx->rsp_event, &q->rx_pushed,
			 q->rx_cons);
}
