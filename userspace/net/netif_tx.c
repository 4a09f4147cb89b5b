// SPDX-License-Identifier: GPL-2.0
/*
 * Packets from the guest.
 *
 * A packet is some slots of the ring: the first with the size of it all, extra
 * infos, then the rest of the data.  Requests are served in order, and answered
 * when the packet has been sent, so consumer and response index are the same.
 */
#include <netinet/in.h>
#include <string.h>

#include "../device/grant.h"
#include "../util.h"
#include "mcast.h"
#include "netif.h"
#include "netif_ring.h"
#include "packet.h"
#include "rate.h"

/* What every frontend may use, and what only a hostile one does. */
#define MAX_SLOTS	XEN_NETIF_NR_SLOTS_MIN
#define FATAL_SLOTS	20

/* A packet's slots, copied from the ring. */
struct tx_packet {
	netif_tx_request_t slot[MAX_SLOTS];
	unsigned int nr_slots;		/* in slot[] */
	unsigned int nr_dropped;	/* slots beyond these */
	netif_extra_info_t extra[XEN_NETIF_EXTRA_TYPE_MAX];
	unsigned int nr_extras;		/* slots with extra infos */
	RING_IDX end;
	size_t len;
};

static void break_ring(struct netif_queue *q, const char *why)
{
	if (!q->broken)
		q->broken = why;
}

static netif_tx_request_t copy_request(struct netif_queue *q, RING_IDX i)
{
	netif_tx_request_t req;

	memcpy(&req, &q->tx->ring[i % NETIF_RING_SIZE].req, sizeof(req));
	/* The copy is what counts from here on. */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	return req;
}

static void respond(struct netif_queue *q, uint16_t id, int16_t status)
{
	netif_tx_response_t *rsp =
		&q->tx->ring[q->tx_cons++ % NETIF_RING_SIZE].rsp;

	rsp->id = id;
	rsp->status = status;
}

/* All of the packet's slots get the same answer. */
static void respond_packet(struct netif_queue *q, const struct tx_packet *p,
			   int16_t status)
{
	unsigned int i;

	respond(q, p->slot[0].id, status);
	for (i = 0; i < p->nr_extras; i++)
		respond(q, 0, NETIF_RSP_NULL);
	for (i = 1; i < p->nr_slots; i++)
		respond(q, p->slot[i].id, status);
	/* Their requests are still in place. */
	for (i = 0; i < p->nr_dropped; i++)
		respond(q, copy_request(q, q->tx_cons).id, status);
}

/* Extra infos, each type at its place in extra[]. */
static int take_extras(struct netif_queue *q, struct tx_packet *p, RING_IDX prod)
{
	netif_extra_info_t extra;

	do {
		if (p->end == prod) {
			break_ring(q, "an extra info is missing");
			return -1;
		}
		memcpy(&extra, &q->tx->ring[p->end++ % NETIF_RING_SIZE].req,
		       sizeof(extra));
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		p->nr_extras++;
		if (!extra.type || extra.type >= XEN_NETIF_EXTRA_TYPE_MAX) {
			break_ring(q, "an extra info of unknown type");
			return -1;
		}
		p->extra[extra.type] = extra;
	} while (extra.flags & XEN_NETIF_EXTRA_FLAG_MORE);
	return 0;
}

/* The slots after the first.  -1: the ring is broken; 1: drop the packet. */
static int take_slots(struct netif_queue *q, struct tx_packet *p, RING_IDX prod)
{
	netif_tx_request_t req = p->slot[0];
	size_t rest = p->len;
	int drop = 0;

	while (req.flags & NETTXF_more_data) {
		if (p->end == prod) {
			break_ring(q, "a packet's end is missing");
			return -1;
		}
		if (p->nr_slots + p->nr_dropped > FATAL_SLOTS) {
			break_ring(q, "a packet of too many slots");
			return -1;
		}
		req = copy_request(q, p->end++);
		if (req.offset + req.size > PAGE_SIZE) {
			break_ring(q, "a slot that crosses a page");
			return -1;
		}
		if (!drop && p->nr_slots < MAX_SLOTS && req.size <= rest) {
			p->slot[p->nr_slots++] = req;
			rest -= req.size;
		} else {
			/* There are frontends that do this by mistake. */
			p->nr_dropped++;
			drop = 1;
		}
	}
	p->slot[0].size = rest;
	if (p->slot[0].offset + rest > PAGE_SIZE && !drop) {
		break_ring(q, "a slot that crosses a page");
		return -1;
	}
	return drop;
}

static void unmap_slots(struct netif_queue *q, const struct tx_packet *p,
			unsigned int nr)
{
	while (nr--)
		if (p->slot[nr].size)
			grant_unmap(q->grants, p->slot[nr].gref, false);
}

static int map_slots(struct netif_queue *q, const struct tx_packet *p,
		     struct iovec *iov)
{
	unsigned int i;
	uint8_t *page;

	for (i = 0; i < p->nr_slots; i++) {
		iov[i].iov_base = NULL;
		iov[i].iov_len = p->slot[i].size;
		if (!p->slot[i].size)
			continue;
		page = grant_map(q->grants, p->slot[i].gref, false);
		if (!page) {
			unmap_slots(q, p, i);
			return -1;
		}
		iov[i].iov_base = page + p->slot[i].offset;
	}
	return 0;
}

/* Copy up to ROOM bytes out of the pages; what is copied leaves IOV. */
static size_t take_headers(struct iovec *iov, unsigned int nr, uint8_t *to,
			   size_t room)
{
	size_t len = 0, n;
	unsigned int i;

	for (i = 0; i < nr && len < room; i++) {
		n = iov[i].iov_len < room - len ? iov[i].iov_len : room - len;
		if (!n)
			continue;
		memcpy(to + len, iov[i].iov_base, n);
		iov[i].iov_base = (uint8_t *)iov[i].iov_base + n;
		iov[i].iov_len -= n;
		len += n;
	}
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	return len;
}

/*
 * From the flags to a virtio header.  HEAD, the copy of the packet's headers,
 * gets a pseudo header's sum where a frontend left it out.
 */
static int set_header(const struct tx_packet *p, struct virtio_net_hdr *hdr,
		      uint8_t *head, size_t head_len)
{
	const netif_extra_info_t *gso = &p->extra[XEN_NETIF_EXTRA_TYPE_GSO];
	bool blank = p->slot[0].flags & NETTXF_csum_blank;
	struct packet pkt;
	uint16_t sum;

	memset(hdr, 0, sizeof(*hdr));
	if (!blank && !gso->type) {
		if (p->slot[0].flags & NETTXF_data_validated)
			hdr->flags = VIRTIO_NET_HDR_F_DATA_VALID;
		return 0;
	}
	if (!packet_parse(head, head_len, &pkt))
		return -1;
	hdr->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	hdr->csum_start = pkt.l4;
	hdr->csum_offset = pkt.csum - pkt.l4;
	hdr->hdr_len = pkt.payload;
	if (!gso->type)
		return 0;

	if (pkt.proto != IPPROTO_TCP || !gso->u.gso.size ||
	    gso->u.gso.type != (pkt.version == 4 ? XEN_NETIF_GSO_TYPE_TCPV4 :
						   XEN_NETIF_GSO_TYPE_TCPV6))
		return -1;
	hdr->gso_type = pkt.version == 4 ? VIRTIO_NET_HDR_GSO_TCPV4 :
					   VIRTIO_NET_HDR_GSO_TCPV6;
	if (pkt.cwr)
		hdr->gso_type |= VIRTIO_NET_HDR_GSO_ECN;
	hdr->gso_size = gso->u.gso.size;
	if (!blank) {
		sum = packet_pseudo_sum(head, &pkt, p->len - pkt.l4);
		memcpy(head + pkt.csum, &sum, sizeof(sum));
	}
	return 0;
}

static int send_packet(struct netif_queue *q, const struct tx_packet *p)
{
	uint8_t head[PACKET_HEADERS];
	struct iovec iov[2 + MAX_SLOTS];
	struct virtio_net_hdr hdr;
	unsigned int i, nr = 2;
	size_t head_len;
	int ret;

	if (p->len < PACKET_ETH_HLEN || map_slots(q, p, iov + 2))
		return -1;
	head_len = take_headers(iov + 2, p->nr_slots, head, sizeof(head));
	ret = set_header(p, &hdr, head, head_len);
	if (!ret) {
		iov[0] = (struct iovec){ &hdr, sizeof(hdr) };
		iov[1] = (struct iovec){ head, head_len };
		for (i = 2; i < 2 + p->nr_slots; i++)
			if (iov[i].iov_len)
				iov[nr++] = iov[i];
		q->stats.tx_csum += hdr.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
		q->stats.tx_gso += hdr.gso_type != VIRTIO_NET_HDR_GSO_NONE;
		q->send(q->opaque, iov, nr, sizeof(hdr) + p->len);
	}
	unmap_slots(q, p, p->nr_slots);
	return ret;
}

/* The filter's commands come as packets without content. */
static bool take_mcast(struct netif_queue *q, const struct tx_packet *p)
{
	const netif_extra_info_t *add = &p->extra[XEN_NETIF_EXTRA_TYPE_MCAST_ADD];
	const netif_extra_info_t *del = &p->extra[XEN_NETIF_EXTRA_TYPE_MCAST_DEL];
	bool ok = true;

	if (!add->type && !del->type)
		return false;
	if (add->type)
		ok = mcast_add(q->mcast, add->u.mcast.addr);
	else
		mcast_del(q->mcast, del->u.mcast.addr);
	respond_packet(q, p, ok ? NETIF_RSP_OKAY : NETIF_RSP_ERROR);
	return true;
}

/* False: nothing was taken, the ring is broken or the guest has to wait. */
static bool tx_one(struct netif_queue *q, RING_IDX prod, uint64_t now)
{
	struct tx_packet p = { .nr_slots = 1, .end = q->tx_cons + 1 };
	int drop;

	p.slot[0] = copy_request(q, q->tx_cons);
	p.len = p.slot[0].size;
	q->limited_until = rate_take(q->rate, p.len, now);
	if (q->limited_until)
		return false;
	if (p.slot[0].flags & NETTXF_extra_info && take_extras(q, &p, prod))
		return false;
	if (take_mcast(q, &p))
		return true;
	drop = take_slots(q, &p, prod);
	if (drop < 0)
		return false;
	if (drop || send_packet(q, &p)) {
		q->stats.tx_errors++;
		respond_packet(q, &p, NETIF_RSP_ERROR);
	} else {
		q->stats.tx_packets++;
		q->stats.tx_bytes += p.len;
		respond_packet(q, &p, NETIF_RSP_OKAY);
	}
	return true;
}

bool netif_tx(struct netif_queue *q, unsigned int budget, uint64_t now)
{
	RING_IDX prod;

	if (q->broken)
		return false;
	q->limited_until = 0;
	for (;;) {
		prod = ring_load(&q->tx->req_prod);
		if (prod - q->tx_cons > NETIF_RING_SIZE) {
			break_ring(q, "tx indices that cannot be");
			return false;
		}
		if (prod == q->tx_cons) {
			ring_want(&q->tx->req_event, q->tx_cons + 1);
			if (ring_load(&q->tx->req_prod) == q->tx_cons)
				return false;
			continue;
		}
		if (!budget--)
			return true;
		if (!tx_one(q, prod, now))
			return false;
	}
}

bool netif_tx_push(struct netif_queue *q)
{
	return ring_push(&q->tx->rsp_prod, &q->tx->rsp_event, &q->tx_pushed,
			 q->tx_cons);
}
