// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that writes what it likes into rings, grants and packets.
 *
 * Always the same rounds: the generator's seed is fixed.  What must hold: no
 * report of a sanitizer, no grant left mapped, never more answers than
 * requests, and a guest that behaves afterwards is served.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../kselftest.h"
#include "device/grant.h"
#include "front.h"
#include "net/packet.h"

#define ROUNDS	100000

static struct front front;
static uint64_t state = 0x9e3779b97f4a7c15ULL;

static uint32_t any(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state >> 16;
}

static bool once_in(unsigned int n)
{
	return any() % n == 0;
}

/* Numbers near the edges more often than others. */
static uint32_t edge(void)
{
	static const uint32_t edges[] = {
		0, 1, 13, 14, 255, 256, 257, 4095, 4096, 4097, 0x7fff, 0x8000,
		0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
	};

	return once_in(2) ? edges[any() % ARRAY_SIZE(edges)] : any();
}

static void random_grant(struct front *f)
{
	unsigned int ref = FIRST_PAGE + any() % FRONT_PAGES;

	f->g.grants[ref].flags = once_in(8) ? any() : GTF_permit_access |
				 (once_in(4) ? GTF_readonly : 0);
	f->g.grants[ref].domid = once_in(8) ? any() : 0;
	f->g.grants[ref].frame = once_in(4) ? edge() :
					      FIRST_PAGE + any() % FRONT_PAGES;
}

static void random_content(struct front *f)
{
	uint8_t *page = front_page(f, any() % FRONT_PAGES);
	int version = once_in(2) ? 4 : 6;

	packet_make(page, version, once_in(2) ? IPPROTO_TCP : IPPROTO_UDP,
		    any() % 3000);
	if (once_in(2))
		page[any() % 80] = any();
}

/* A packet, more or less as it should be. */
static void random_packet(struct front *f)
{
	unsigned int slots = once_in(8) ? any() % 24 : any() % 4, i;
	netif_extra_info_t extra;
	uint16_t flags = once_in(4) ? any() : any() % 4;

	if (slots)
		flags |= NETTXF_more_data;
	front_tx(f, once_in(16) ? edge() : any() % FRONT_PAGES,
		 once_in(8) ? edge() : any() % 2048, flags, any(),
		 once_in(4) ? edge() : 60 + any() % 1400 + slots * 300);
	for (i = 0; flags & NETTXF_extra_info && i < 4; i++) {
		uint32_t raw[2] = { any(), any() };

		memcpy(&extra, raw, sizeof(extra));
		if (!once_in(16))
			extra.type = 1 + any() % 4;
		if (once_in(2)) {
			extra.u.gso.type = any() % 4;
			extra.flags = 0;
		}
		front_tx_extra(f, &extra);
		if (!(extra.flags & XEN_NETIF_EXTRA_FLAG_MORE))
			break;
	}
	for (i = 1; i <= slots; i++)
		front_tx(f, any() % FRONT_PAGES, any() % 2048,
			 once_in(32) ? any() : i < slots ? NETTXF_more_data : 0,
			 any(), once_in(16) ? edge() : any() % 300);
}

/* One that nothing is wrong with, in a page or two. */
static void good_packet(struct front *f)
{
	netif_extra_info_t gso = { .type = XEN_NETIF_EXTRA_TYPE_GSO };
	unsigned int page = any() % (FRONT_PAGES - 1), i;
	int version = once_in(2) ? 4 : 6;
	uint8_t data[6000];
	size_t len = packet_make(data, version, IPPROTO_TCP, any() % 5500);

	for (i = page; i < page + 2; i++)
		guest_grant(&f->g, FIRST_PAGE + i, FIRST_PAGE + i, 0);
	memcpy(front_page(f, page), data, sizeof(data));
	gso.u.gso.size = 1448;
	gso.u.gso.type = version == 4 ? XEN_NETIF_GSO_TYPE_TCPV4 :
					XEN_NETIF_GSO_TYPE_TCPV6;
	front_tx(f, page, 0, NETTXF_csum_blank | NETTXF_extra_info |
		 (len > 4096 ? NETTXF_more_data : 0), any(), len);
	front_tx_extra(f, &gso);
	if (len > 4096)
		front_tx(f, page + 1, 0, 0, any(), len - 4096);
}

static void random_indices(struct front *f)
{
	uint32_t *fields[] = {
		&f->q.tx->req_prod, &f->q.tx->req_event, &f->q.tx->rsp_prod,
		&f->q.tx->rsp_event, &f->q.rx->req_prod, &f->q.rx->req_event,
		&f->q.rx->rsp_prod, &f->q.rx->rsp_event,
	};

	*fields[any() % ARRAY_SIZE(fields)] = edge();
}

static void random_slots(struct front *f)
{
	uint8_t *ring = once_in(2) ? (uint8_t *)f->q.tx : (uint8_t *)f->q.rx;
	unsigned int i, n = any() % 64;

	for (i = 0; i < n; i++)
		ring[64 + any() % (4096 - 64)] = any();
}

static void random_features(struct front *f)
{
	uint32_t bits = any();
	struct netif_features features = {
		bits & 1, bits & 2, bits & 4, bits & 8, bits & 16, bits & 32,
	};

	f->q.features = features;
	mcast_enable(&f->mcast, bits & 64);
}

/* What the host's side gives: from the kernel, so of the right form. */
static void random_receive(struct front *f)
{
	static uint8_t data[PACKET_MAX];
	struct virtio_net_hdr hdr = { 0 };
	int version = once_in(2) ? 4 : 6;
	size_t len = packet_make(data, version, IPPROTO_TCP,
				 once_in(4) ? any() % 65000 : any() % 1460);

	if (once_in(4))
		data[0] |= 1;
	if (once_in(2)) {
		hdr.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		hdr.csum_start = version == 4 ? 34 : 54;
		hdr.csum_offset = 16;
		if (len > 1514) {
			hdr.gso_type = version == 4 ? VIRTIO_NET_HDR_GSO_TCPV4 :
						      VIRTIO_NET_HDR_GSO_TCPV6;
			hdr.gso_size = 1448;
		}
		/* Another guest's header, passed on by a bridge. */
		if (once_in(16))
			hdr.csum_start = edge();
	}
	netif_rx(&f->q, &hdr, data, len);
}

static const char *check(struct front *f)
{
	if (grant_mapped(f->grants))
		return "a grant is left mapped";
	if (f->q.tx_cons - f->q.tx_pushed > NETIF_RING_SIZE ||
	    f->q.rx_cons - f->q.rx_pushed > NETIF_RING_SIZE)
		return "more answers than a ring holds";
	return NULL;
}

static void (*const doings[])(struct front *) = {
	random_grant, random_grant, random_content, random_content,
	random_packet, random_packet, random_packet, random_packet, good_packet,
	random_slots, random_features, random_receive, random_receive,
};

static const char *one_round(struct front *f)
{
	unsigned int i, n = 1 + any() % 6;
	const char *wrong;

	for (i = 0; i < n; i++)
		doings[any() % ARRAY_SIZE(doings)](f);
	if (once_in(2))
		front_rx(f, any() % FRONT_PAGES, any() % 24);
	if (once_in(16))
		random_indices(f);
	netif_tx(&f->q, any() % 300, state);
	wrong = check(f);
	netif_tx_push(&f->q);
	netif_rx_push(&f->q);
	if (wrong || (!f->q.broken && !once_in(64)))
		return wrong;
	front_reset(f);
	mcast_clear(&f->mcast);
	return NULL;
}

/* The same queue, a good packet each way. */
static bool still_works(struct front *f)
{
	struct virtio_net_hdr hdr = { 0 };
	unsigned int before = f->sent.nr;
	uint8_t data[100] = { 2 };
	size_t len;

	front_reset(f);
	mcast_enable(&f->mcast, false);
	guest_grant(&f->g, FIRST_PAGE, FIRST_PAGE, 0);
	len = packet_make(front_page(f, 0), 4, IPPROTO_UDP, 40);
	front_tx(f, 0, 0, NETTXF_csum_blank, 1, len);
	netif_tx(&f->q, 64, state);
	front_rx(f, 0, 1);
	return f->sent.nr == before + 1 && f->sent.len == len &&
	       netif_rx(&f->q, &hdr, data, sizeof(data)) == NETIF_RX_DONE &&
	       f->q.rx->ring[0].rsp.status == sizeof(data);
}

int main(void)
{
	struct netif_stats *s = &front.q.stats;
	const char *wrong = NULL;
	unsigned int i;

	ksft_print_header();
	ksft_set_plan(3);
	front_new(&front);
	for (i = 0; i < ROUNDS && !wrong; i++)
		wrong = one_round(&front);
	ksft_print_msg("%llu packets sent, %llu long, %llu bad; %llu received, %llu dropped\n",
		       (unsigned long long)s->tx_packets,
		       (unsigned long long)s->tx_gso,
		       (unsigned long long)s->tx_errors,
		       (unsigned long long)s->rx_packets,
		       (unsigned long long)s->rx_dropped);
	if (wrong)
		ksft_print_msg("round %u: %s\n", i, wrong);
	ksft_test_result(!wrong, "%u rounds\n", ROUNDS);
	/* A test that never gets past the first check would show nothing. */
	ksft_test_result(s->tx_packets > ROUNDS / 10 && s->tx_gso > ROUNDS / 100 &&
			 s->tx_errors > ROUNDS / 10 &&
			 s->rx_packets > ROUNDS / 10 &&
			 s->rx_dropped > ROUNDS / 100,
			 "the rounds came far\n");
	ksft_test_result(still_works(&front), "the queue still works\n");
	front_free(&front);
	ksft_finished();
}
