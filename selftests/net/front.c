// SPDX-License-Identifier: GPL-2.0
/* A frontend's side of one queue, and packets for it. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "device/grant.h"
#include "front.h"
#include "net/packet.h"
#include "util.h"

#define TX_FRAME	1
#define RX_FRAME	2

static void take(void *opaque, const struct iovec *iov, unsigned int nr,
		 size_t len)
{
	struct sent *s = opaque;
	unsigned int i;

	s->nr++;
	s->len = 0;
	memcpy(&s->hdr, iov[0].iov_base, sizeof(s->hdr));
	for (i = 1; i < nr; i++) {
		if (s->len + iov[i].iov_len > sizeof(s->data))
			abort();
		memcpy(s->data + s->len, iov[i].iov_base, iov[i].iov_len);
		s->len += iov[i].iov_len;
	}
	if (s->len + sizeof(s->hdr) != len)
		abort();
}

void front_new(struct front *f)
{
	static const struct netif_features all = {
		true, true, true, true, true, true,
	};
	unsigned int i;

	memset(f, 0, sizeof(*f));
	guest_new(&f->g, 2);
	f->grants = grant_table_new(&f->g.mem, f->g.grants_gpa,
				    NR_GRANT_FRAMES);
	for (i = 0; i < FRONT_PAGES; i++)
		guest_grant(&f->g, FIRST_PAGE + i, FIRST_PAGE + i, 0);
	mcast_init(&f->mcast);
	rate_init(&f->rate, 0, 0);
	f->q.grants = f->grants;
	f->q.features = all;
	f->q.mcast = &f->mcast;
	f->q.rate = &f->rate;
	f->q.send = take;
	f->q.opaque = &f->sent;
	front_reset(f);
}

void front_free(struct front *f)
{
	mcast_destroy(&f->mcast);
	rate_destroy(&f->rate);
	grant_table_free(f->grants);
	guest_free(&f->g);
}

void front_reset(struct front *f)
{
	netif_tx_sring_t *tx = guest_page(&f->g, TX_FRAME);
	netif_rx_sring_t *rx = guest_page(&f->g, RX_FRAME);

	memset(tx, 0, PAGE_SIZE);
	memset(rx, 0, PAGE_SIZE);
	tx->rsp_event = 1;
	rx->rsp_event = 1;
	if (netif_attach(&f->q, tx, rx))
		abort();
}

void front_tx(struct front *f, unsigned int page, uint16_t offset,
	      uint16_t flags, uint16_t id, uint16_t size)
{
	netif_tx_request_t *req =
		&f->q.tx->ring[f->q.tx->req_prod++ % NETIF_RING_SIZE].req;

	req->gref = FIRST_PAGE + page;
	req->offset = offset;
	req->flags = flags;
	req->id = id;
	req->size = size;
}

void front_tx_extra(struct front *f, const netif_extra_info_t *extra)
{
	memcpy(&f->q.tx->ring[f->q.tx->req_prod++ % NETIF_RING_SIZE].req, extra,
	       sizeof(*extra));
}

void front_rx(struct front *f, unsigned int first, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		netif_rx_request_t *req =
			&f->q.rx->ring[f->q.rx->req_prod++ % NETIF_RING_SIZE].req;

		req->id = 1000 + first + i;
		req->gref = FIRST_PAGE + first + i;
	}
}

/* Both in network byte order. */
static void put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static size_t put_ip(uint8_t *ip, int version, int proto, size_t len)
{
	if (version == 4) {
		memset(ip, 0, 20);
		ip[0] = 0x45;
		put16(ip + 2, 20 + len);
		ip[8] = 64;
		ip[9] = proto;
		memcpy(ip + 12, "\12\0\0\1\12\0\0\2", 8);
		return 20;
	}
	memset(ip, 0, 40);
	ip[0] = 0x60;
	put16(ip + 4, len);
	ip[6] = proto;
	memset(ip + 8, 0x20, 32);
	return 40;
}

size_t packet_make(uint8_t *to, int version, int proto, size_t len)
{
	size_t head = proto == IPPROTO_TCP ? 20 : 8, i, at;
	struct packet p;
	uint16_t sum;

	memset(to, 0x02, 12);
	put16(to + 12, version == 4 ? 0x0800 : 0x86dd);
	at = 14 + put_ip(to + 14, version, proto, head + len);
	memset(to + at, 0, head);
	put16(to + at, 1234);
	put16(to + at + 2, 80);
	if (proto == IPPROTO_TCP)
		to[at + 12] = 5 << 4;
	else
		put16(to + at + 4, head + len);
	for (i = 0; i < len; i++)
		to[at + head + i] = i * 7 + (i >> 8);
	if (!packet_parse(to, at + head + len, &p))
		abort();
	sum = packet_pseudo_sum(to, &p, head + len);
	memcpy(to + p.csum, &sum, sizeof(sum));
	return at + head + len;
}

/* Slowly, byte by byte, unlike what is tested. */
bool packet_good(const uint8_t *data, size_t len)
{
	struct packet p;
	uint32_t sum;
	size_t i;

	if (!packet_parse(data, len, &p))
		return false;
	sum = p.proto + len - p.l4;
	for (i = 0; i < (p.version == 4 ? 8 : 32); i += 2)
		sum += data[p.l4 - (p.version == 4 ? 8 : 32) + i] << 8 |
		       data[p.l4 - (p.version == 4 ? 8 : 32) + i + 1];
	for (i = p.l4; i < len; i++)
		sum += (i - p.l4) % 2 ? data[i] : data[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}
