// SPDX-License-Identifier: GPL-2.0
/* The rings of a network queue, both ways, with a frontend that behaves. */
#include <netinet/in.h>
#include <string.h>

#include "../kselftest_harness.h"
#include "device/grant.h"
#include "front.h"
#include "net/packet.h"

FIXTURE(ring) {
	struct front f;
};

FIXTURE_SETUP(ring)
{
	front_new(&self->f);
}

FIXTURE_TEARDOWN(ring)
{
	EXPECT_EQ(0, grant_mapped(self->f.grants));
	front_free(&self->f);
}

#define TX_RSP(f, i) ((f)->q.tx->ring[(i) % NETIF_RING_SIZE].rsp)
#define RX_RSP(f, i) ((f)->q.rx->ring[(i) % NETIF_RING_SIZE].rsp)

TEST_F(ring, tx_one)
{
	struct front *f = &self->f;
	size_t len = packet_make(front_page(f, 3) + 100, 4, IPPROTO_UDP, 50);

	front_tx(f, 3, 100, 0, 77, len);
	EXPECT_FALSE(netif_tx(&f->q, 64, 0));
	EXPECT_TRUE(netif_tx_push(&f->q));
	EXPECT_FALSE(netif_tx_push(&f->q));
	EXPECT_EQ(1, f->sent.nr);
	EXPECT_EQ(len, f->sent.len);
	EXPECT_EQ(0, memcmp(f->sent.data, front_page(f, 3) + 100, len));
	EXPECT_EQ(0, f->sent.hdr.flags);
	EXPECT_EQ(0, f->sent.hdr.gso_type);
	EXPECT_EQ(1, f->q.tx->rsp_prod);
	EXPECT_EQ(77, TX_RSP(f, 0).id);
	EXPECT_EQ(NETIF_RSP_OKAY, TX_RSP(f, 0).status);
	EXPECT_EQ(2, f->q.tx->req_event);
}

/* The guest asked to hear of the tenth answer only. */
TEST_F(ring, tx_notify)
{
	struct front *f = &self->f;
	size_t len = packet_make(front_page(f, 0), 4, IPPROTO_UDP, 0);
	unsigned int i;

	f->q.tx->rsp_event = 10;
	for (i = 0; i < 9; i++)
		front_tx(f, 0, 0, 0, i, len);
	netif_tx(&f->q, 64, 0);
	EXPECT_FALSE(netif_tx_push(&f->q));
	front_tx(f, 0, 0, 0, 9, len);
	netif_tx(&f->q, 64, 0);
	EXPECT_TRUE(netif_tx_push(&f->q));
}

TEST_F(ring, tx_budget)
{
	struct front *f = &self->f;
	size_t len = packet_make(front_page(f, 0), 4, IPPROTO_UDP, 0);
	unsigned int i;

	for (i = 0; i < 100; i++)
		front_tx(f, 0, 0, 0, i, len);
	EXPECT_TRUE(netif_tx(&f->q, 64, 0));
	EXPECT_EQ(64, f->sent.nr);
	EXPECT_FALSE(netif_tx(&f->q, 64, 0));
	EXPECT_EQ(100, f->sent.nr);
}

/* Indices wrap, the ring many times. */
TEST_F(ring, tx_wrap)
{
	struct front *f = &self->f;
	size_t len = packet_make(front_page(f, 0), 4, IPPROTO_UDP, 9);
	unsigned int i;

	f->q.tx->req_prod = 0xffffff00;
	f->q.tx->rsp_prod = 0xffffff00;
	ASSERT_EQ(0, netif_attach(&f->q, f->q.tx, f->q.rx));
	for (i = 0; i < 1000; i++) {
		front_tx(f, 0, 0, 0, i, len);
		netif_tx(&f->q, 64, 0);
		netif_tx_push(&f->q);
		ASSERT_EQ(i, TX_RSP(f, 0xffffff00 + i).id);
	}
	EXPECT_EQ(1000, f->sent.nr);
	EXPECT_EQ(NULL, f->q.broken);
}

/* Sizes: the first slot's is that of the whole packet. */
TEST_F(ring, tx_slots)
{
	struct front *f = &self->f;
	uint8_t whole[12014];
	size_t len = packet_make(whole, 4, IPPROTO_TCP, 11950);

	memcpy(front_page(f, 0) + 4000, whole, 10);
	memcpy(front_page(f, 1), whole + 10, 4096);
	memcpy(front_page(f, 2), whole + 4106, 4096);
	memcpy(front_page(f, 3) + 96, whole + 8202, len - 8202);
	front_tx(f, 0, 4000, NETTXF_more_data, 10, len);
	front_tx(f, 1, 0, NETTXF_more_data, 11, 4096);
	front_tx(f, 2, 0, NETTXF_more_data, 12, 4096);
	front_tx(f, 3, 96, 0, 13, len - 8202);
	netif_tx(&f->q, 64, 0);
	netif_tx_push(&f->q);
	ASSERT_EQ(len, f->sent.len);
	EXPECT_EQ(0, memcmp(f->sent.data, whole, len));
	EXPECT_EQ(4, f->q.tx->rsp_prod);
	EXPECT_EQ(10, TX_RSP(f, 0).id);
	EXPECT_EQ(13, TX_RSP(f, 3).id);
	EXPECT_EQ(NETIF_RSP_OKAY, TX_RSP(f, 3).status);
}

TEST_F(ring, tx_checksum)
{
	static const int versions[] = { 4, 6 }, protos[] = { IPPROTO_TCP, IPPROTO_UDP };
	struct front *f = &self->f;
	unsigned int v, p;
	size_t len;

	for (v = 0; v < 2; v++) {
		for (p = 0; p < 2; p++) {
			len = packet_make(front_page(f, 0), versions[v],
					  protos[p], 333);
			front_tx(f, 0, 0, NETTXF_csum_blank |
				 NETTXF_data_validated, 1, len);
			netif_tx(&f->q, 64, 0);
			ASSERT_EQ(VIRTIO_NET_HDR_F_NEEDS_CSUM, f->sent.hdr.flags);
			EXPECT_EQ(v ? 54 : 34, f->sent.hdr.csum_start);
			EXPECT_EQ(p ? 6 : 16, f->sent.hdr.csum_offset);
			ASSERT_TRUE(packet_finish(&f->sent.hdr, f->sent.data,
						  f->sent.len));
			EXPECT_TRUE(packet_good(f->sent.data, f->sent.len));
		}
	}
	EXPECT_EQ(4, f->q.stats.tx_csum);
}

/* Headers that lie over slots are found, and the vlan's tag is skipped. */
TEST_F(ring, tx_scattered_headers)
{
	struct front *f = &self->f;
	uint8_t whole[200];
	size_t len = packet_make(whole, 4, IPPROTO_TCP, 90);

	memmove(whole + 16, whole + 12, len - 12);
	memcpy(whole + 12, "\x81\0\0\5", 4);
	len += 4;
	memcpy(front_page(f, 0), whole, 15);
	memcpy(front_page(f, 1), whole + 15, 20);
	memcpy(front_page(f, 2), whole + 35, len - 35);
	front_tx(f, 0, 0, NETTXF_csum_blank | NETTXF_more_data, 1, len);
	front_tx(f, 1, 0, NETTXF_more_data, 2, 20);
	front_tx(f, 2, 0, 0, 3, len - 35);
	netif_tx(&f->q, 64, 0);
	ASSERT_EQ(len, f->sent.len);
	EXPECT_EQ(0, memcmp(f->sent.data, whole, len));
	EXPECT_EQ(38, f->sent.hdr.csum_start);
}

static void send_gso(struct front *f, int version, uint8_t type, uint16_t size,
		     uint16_t flags)
{
	netif_extra_info_t gso = { .type = XEN_NETIF_EXTRA_TYPE_GSO };
	uint8_t whole[9000];
	size_t len = packet_make(whole, version, IPPROTO_TCP, 8000);

	gso.u.gso.size = size;
	gso.u.gso.type = type;
	if (!(flags & NETTXF_csum_blank))
		memset(whole + (version == 4 ? 50 : 70), 0x55, 2);
	memcpy(front_page(f, 0), whole, 4096);
	memcpy(front_page(f, 1), whole + 4096, len - 4096);
	front_tx(f, 0, 0, flags | NETTXF_more_data | NETTXF_extra_info, 1, len);
	front_tx_extra(f, &gso);
	front_tx(f, 1, 0, 0, 2, len - 4096);
	netif_tx(&f->q, 64, 0);
	netif_tx_push(&f->q);
}

TEST_F(ring, tx_gso)
{
	struct front *f = &self->f;

	send_gso(f, 4, XEN_NETIF_GSO_TYPE_TCPV4, 1448, NETTXF_csum_blank);
	EXPECT_EQ(1, f->sent.nr);
	EXPECT_EQ(VIRTIO_NET_HDR_GSO_TCPV4, f->sent.hdr.gso_type);
	EXPECT_EQ(1448, f->sent.hdr.gso_size);
	EXPECT_EQ(54, f->sent.hdr.hdr_len);
	EXPECT_EQ(NETIF_RSP_NULL, TX_RSP(f, 1).status);
	EXPECT_EQ(NETIF_RSP_OKAY, TX_RSP(f, 2).status);
	EXPECT_EQ(2, TX_RSP(f, 2).id);

	/* Some frontends leave the flag out, and the pseudo header's sum. */
	send_gso(f, 6, XEN_NETIF_GSO_TYPE_TCPV6, 1428, 0);
	ASSERT_EQ(2, f->sent.nr);
	EXPECT_EQ(VIRTIO_NET_HDR_GSO_TCPV6, f->sent.hdr.gso_type);
	ASSERT_TRUE(packet_finish(&f->sent.hdr, f->sent.data, f->sent.len));
	EXPECT_TRUE(packet_good(f->sent.data, f->sent.len));
}

TEST_F(ring, tx_gso_wrong)
{
	struct front *f = &self->f;

	send_gso(f, 4, XEN_NETIF_GSO_TYPE_TCPV6, 1448, NETTXF_csum_blank);
	send_gso(f, 4, XEN_NETIF_GSO_TYPE_TCPV4, 0, NETTXF_csum_blank);
	send_gso(f, 4, 9, 1448, NETTXF_csum_blank);
	EXPECT_EQ(0, f->sent.nr);
	EXPECT_EQ(9, f->q.tx->rsp_prod);
	EXPECT_EQ(NETIF_RSP_ERROR, TX_RSP(f, 0).status);
	EXPECT_EQ(NETIF_RSP_ERROR, TX_RSP(f, 8).status);
	EXPECT_EQ(NULL, f->q.broken);
}

/* What is dropped is answered; the ring goes on. */
TEST_F(ring, tx_bad_packets)
{
	struct front *f = &self->f;
	size_t len = packet_make(front_page(f, 0), 4, IPPROTO_UDP, 9), i;

	front_tx(f, 0, 0, 0, 1, 13);				/* no header */
	front_tx(f, 0, 0, NETTXF_csum_blank, 2, 20);		/* no IP header */
	front_tx(f, 5000, 0, 0, 3, len);			/* not granted */
	front_tx(f, 0xfffffff, 0, 0, 4, len);
	front_tx(f, 0, 0, NETTXF_more_data, 5, 100);		/* less than a part */
	front_tx(f, 1, 0, NETTXF_more_data, 6, 101);
	front_tx(f, 2, 0, 0, 7, 10);
	front_tx(f, 0, 0, NETTXF_more_data, 8, 4000);		/* 20 slots */
	for (i = 0; i < 19; i++)
		front_tx(f, 1, 0, i < 18 ? NETTXF_more_data : 0, 9 + i, 10);
	front_tx(f, 0, 0, 0, 99, len);				/* well */
	netif_tx(&f->q, 64, 0);
	netif_tx_push(&f->q);
	EXPECT_EQ(NULL, f->q.broken);
	EXPECT_EQ(1, f->sent.nr);
	ASSERT_EQ(28, f->q.tx->rsp_prod);
	for (i = 0; i < 27; i++) {
		EXPECT_EQ(NETIF_RSP_ERROR, TX_RSP(f, i).status);
		EXPECT_EQ(i + 1, TX_RSP(f, i).id);
	}
	EXPECT_EQ(99, TX_RSP(f, 27).id);
	EXPECT_EQ(NETIF_RSP_OKAY, TX_RSP(f, 27).status);
	EXPECT_EQ(6, f->q.stats.tx_errors);
}

/* Rings that break the rules. */

static void far_index(struct front *f)
{
	f->q.tx->req_prod = 257;
}

static void back_index(struct front *f)
{
	f->q.tx->req_prod = -1;
}

static void no_end(struct front *f)
{
	front_tx(f, 0, 0, NETTXF_more_data, 1, 100);
}

static void no_extra(struct front *f)
{
	front_tx(f, 0, 0, NETTXF_extra_info, 1, 100);
}

static void crosses_page(struct front *f)
{
	front_tx(f, 0, 4000, 0, 1, 97);
}

static void part_crosses_page(struct front *f)
{
	front_tx(f, 0, 0, NETTXF_more_data, 1, 200);
	front_tx(f, 1, 4095, 0, 2, 2);
}

static void too_many_slots(struct front *f)
{
	unsigned int i;

	front_tx(f, 0, 0, NETTXF_more_data, 1, 200);
	for (i = 0; i < 22; i++)
		front_tx(f, 1, 0, i < 21 ? NETTXF_more_data : 0, i, 1);
}

static void extra_type(struct front *f)
{
	netif_extra_info_t extra = { .type = XEN_NETIF_EXTRA_TYPE_MAX };

	front_tx(f, 0, 0, NETTXF_extra_info, 1, 100);
	front_tx_extra(f, &extra);
}

static void endless_extras(struct front *f)
{
	netif_extra_info_t extra = {
		.type = XEN_NETIF_EXTRA_TYPE_GSO,
		.flags = XEN_NETIF_EXTRA_FLAG_MORE,
	};
	unsigned int i;

	front_tx(f, 0, 0, NETTXF_extra_info, 1, 100);
	for (i = 0; i < 255; i++)
		front_tx_extra(f, &extra);
}

/* It is not read any more. */
TEST_F(ring, tx_breaks)
{
	static void (*const breaks[])(struct front *) = {
		far_index, back_index, no_end, no_extra, crosses_page,
		part_crosses_page, too_many_slots, extra_type, endless_extras,
	};
	struct front *f = &self->f;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(breaks); i++) {
		front_reset(f);
		breaks[i](f);
		EXPECT_FALSE(netif_tx(&f->q, 64, 0));
		EXPECT_NE(NULL, f->q.broken) {
			TH_LOG("number %u", i);
		}
		EXPECT_FALSE(netif_tx(&f->q, 64, 0));
		EXPECT_EQ(0, f->q.tx_cons);
		EXPECT_FALSE(netif_tx_push(&f->q));
	}
	EXPECT_EQ(0, f->sent.nr);
}

TEST_F(ring, attach_refuses)
{
	struct front *f = &self->f;

	f->q.tx->req_prod = 300;
	EXPECT_EQ(-1, netif_attach(&f->q, f->q.tx, f->q.rx));
	f->q.tx->req_prod = 0;
	f->q.rx->rsp_prod = 5;
	EXPECT_EQ(-1, netif_attach(&f->q, f->q.tx, f->q.rx));
}

static void send_mcast(struct front *f, uint8_t type, uint8_t last)
{
	netif_extra_info_t extra = { .type = type };

	memcpy(extra.u.mcast.addr, "\x33\x33\0\0\0", 5);
	extra.u.mcast.addr[5] = last;
	front_tx(f, 0, 0, NETTXF_extra_info, 5, 0);
	front_tx_extra(f, &extra);
	netif_tx(&f->q, 64, 0);
	netif_tx_push(&f->q);
}

TEST_F(ring, multicast)
{
	uint8_t data[60] = "\x33\x33\0\0\0\7";
	struct virtio_net_hdr hdr = { 0 };
	struct front *f = &self->f;
	unsigned int i;

	front_rx(f, 0, 10);
	EXPECT_EQ(NETIF_RX_DONE, netif_rx(&f->q, &hdr, data, 60));
	mcast_enable(&f->mcast, true);
	EXPECT_EQ(NETIF_RX_DROPPED, netif_rx(&f->q, &hdr, data, 60));
	send_mcast(f, XEN_NETIF_EXTRA_TYPE_MCAST_ADD, 7);
	EXPECT_EQ(NETIF_RSP_OKAY, TX_RSP(f, 0).status);
	EXPECT_EQ(NETIF_RSP_NULL, TX_RSP(f, 1).status);
	EXPECT_EQ(NETIF_RX_DONE, netif_rx(&f->q, &hdr, data, 60));
	send_mcast(f, XEN_NETIF_EXTRA_TYPE_MCAST_DEL, 7);
	EXPECT_EQ(NETIF_RX_DROPPED, netif_rx(&f->q, &hdr, data, 60));
	memset(data, 255, 6);
	EXPECT_EQ(NETIF_RX_DONE, netif_rx(&f->q, &hdr, data, 60));
	EXPECT_EQ(0, f->sent.nr);

	for (i = 0; i <= MCAST_MAX; i++)
		send_mcast(f, XEN_NETIF_EXTRA_TYPE_MCAST_ADD, i);
	EXPECT_EQ(NETIF_RSP_OKAY, TX_RSP(f, f->q.tx_cons - 4).status);
	EXPECT_EQ(NETIF_RSP_ERROR, TX_RSP(f, f->q.tx_cons - 2).status);
}

TEST_F(ring, rate)
{
	struct front *f = &self->f;
	size_t len = packet_make(front_page(f, 0), 4, IPPROTO_UDP, 958);
	unsigned int i;

	/* 2500 bytes every 50 ms */
	rate_destroy(&f->rate);
	rate_init(&f->rate, 2500, 50000);
	ASSERT_EQ(1000, len);
	for (i = 0; i < 6; i++)
		front_tx(f, 0, 0, 0, i, len);
	EXPECT_FALSE(netif_tx(&f->q, 64, 1000));
	EXPECT_EQ(2, f->sent.nr);
	EXPECT_EQ(50001000, f->q.limited_until);
	EXPECT_FALSE(netif_tx(&f->q, 64, 50000999));
	EXPECT_EQ(2, f->sent.nr);
	netif_tx(&f->q, 64, 50001000);
	EXPECT_EQ(5, f->sent.nr);
	netif_tx(&f->q, 64, 100001000);
	EXPECT_EQ(6, f->sent.nr);
	EXPECT_EQ(0, f->q.limited_until);
}

TEST_F(ring, rx_one)
{
	struct virtio_net_hdr hdr = { 0 };
	struct front *f = &self->f;
	uint8_t data[100];
	size_t len = packet_make(data, 4, IPPROTO_UDP, 30);

	EXPECT_EQ(NETIF_RX_FULL, netif_rx(&f->q, &hdr, data, len));
	EXPECT_EQ(1, f->q.rx->req_event);
	front_rx(f, 4, 1);
	EXPECT_EQ(NETIF_RX_DONE, netif_rx(&f->q, &hdr, data, len));
	EXPECT_TRUE(netif_rx_push(&f->q));
	EXPECT_EQ(1, f->q.rx->rsp_prod);
	EXPECT_EQ(1004, RX_RSP(f, 0).id);
	EXPECT_EQ(len, RX_RSP(f, 0).status);
	EXPECT_EQ(0, RX_RSP(f, 0).offset);
	EXPECT_EQ(0, RX_RSP(f, 0).flags);
	EXPECT_EQ(0, memcmp(front_page(f, 4), data, len));
}

TEST_F(ring, rx_gso)
{
	struct virtio_net_hdr hdr = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = 34,
		.csum_offset = 16, .gso_type = VIRTIO_NET_HDR_GSO_TCPV4 |
		VIRTIO_NET_HDR_GSO_ECN, .gso_size = 1448,
	};
	static uint8_t data[PACKET_MAX];
	struct front *f = &self->f;
	size_t len = packet_make(data, 4, IPPROTO_TCP, 65481), at = 0;
	netif_extra_info_t extra;
	unsigned int i, page;

	front_rx(f, 0, 16);
	EXPECT_EQ(NETIF_RX_FULL, netif_rx(&f->q, &hdr, data, len));
	front_rx(f, 16, 1);
	EXPECT_EQ(NETIF_RX_DONE, netif_rx(&f->q, &hdr, data, len));
	netif_rx_push(&f->q);
	ASSERT_EQ(17, f->q.rx->rsp_prod);
	EXPECT_EQ(NETRXF_csum_blank | NETRXF_data_validated | NETRXF_more_data |
		  NETRXF_extra_info, RX_RSP(f, 0).flags);
	memcpy(&extra, &f->q.rx->ring[1], sizeof(extra));
	EXPECT_EQ(XEN_NETIF_EXTRA_TYPE_GSO, extra.type);
	EXPECT_EQ(0, extra.flags);
	EXPECT_EQ(XEN_NETIF_GSO_TYPE_TCPV4, extra.u.gso.type);
	EXPECT_EQ(1448, extra.u.gso.size);
	for (i = 0; i < 17; i++) {
		if (i == 1)
			continue;
		page = i;
		EXPECT_EQ(1000 + i, RX_RSP(f, i).id);
		EXPECT_EQ(0, memcmp(front_page(f, page), data + at,
				    RX_RSP(f, i).status));
		at += RX_RSP(f, i).status;
		if (i)
			EXPECT_EQ(i < 16 ? NETRXF_more_data : 0,
				  RX_RSP(f, i).flags);
	}
	EXPECT_EQ(len, at);
}

/* What an old frontend does not know is done for it, or kept from it. */
TEST_F(ring, rx_old_frontend)
{
	struct virtio_net_hdr hdr = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = 34,
		.csum_offset = 6,
	}, plain = { 0 };
	static uint8_t data[PACKET_MAX];
	struct front *f = &self->f;
	size_t len = packet_make(data, 4, IPPROTO_UDP, 1001);

	memset(&f->q.features, 0, sizeof(f->q.features));
	front_rx(f, 0, 20);
	EXPECT_EQ(NETIF_RX_DONE, netif_rx(&f->q, &hdr, data, len));
	EXPECT_EQ(NETRXF_data_validated, RX_RSP(f, 0).flags);
	EXPECT_TRUE(packet_good(front_page(f, 0), len));

	hdr.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	hdr.csum_offset = 16;
	hdr.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
	len = packet_make(data, 4, IPPROTO_TCP, 3000);
	EXPECT_EQ(NETIF_RX_DROPPED, netif_rx(&f->q, &hdr, data, len));
	EXPECT_EQ(NETIF_RX_DROPPED, netif_rx(&f->q, &plain, data, 4097));
	EXPECT_EQ(NETIF_RX_DONE, netif_rx(&f->q, &plain, data, 4096));

	/* An IPv6 packet for one that knows IPv4's checksums. */
	f->q.features.csum_ipv4 = true;
	hdr.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	hdr.csum_start = 54;
	hdr.gso_type = 0;
	len = packet_make(data, 6, IPPROTO_TCP, 77);
	EXPECT_EQ(NETIF_RX_DONE, netif_rx(&f->q, &hdr, data, len));
	EXPECT_TRUE(packet_good(front_page(f, 2), len));
	EXPECT_EQ(NETRXF_data_validated, RX_RSP(f, 2).flags);
}

TEST_F(ring, rx_too_long)
{
	static uint8_t data[NETIF_RING_SIZE * 4096];
	struct virtio_net_hdr hdr = { 0 };
	struct front *f = &self->f;

	front_rx(f, 0, 100);
	EXPECT_EQ(NETIF_RX_DROPPED, netif_rx(&f->q, &hdr, data, 18 * 4096 + 1));
	EXPECT_EQ(NETIF_RX_DROPPED, netif_rx(&f->q, &hdr, data, 13));
	EXPECT_EQ(NETIF_RX_DONE, netif_rx(&f->q, &hdr, data, 14));
}

/* A sum of zero is written as 0xffff: zero says that UDP has none. */
TEST_F(ring, zero_checksum)
{
	struct virtio_net_hdr hdr;
	unsigned int i, zeros = 0;
	uint8_t data[100];
	size_t len;

	for (i = 0; i < 0x10000; i++) {
		hdr = (struct virtio_net_hdr){
			.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
			.csum_start = 34, .csum_offset = 6,
		};
		len = packet_make(data, 4, IPPROTO_UDP, 2);
		memcpy(data + 42, &i, 2);
		ASSERT_TRUE(packet_finish(&hdr, data, len));
		ASSERT_TRUE(data[40] || data[41]);
		zeros += data[40] == 0xff && data[41] == 0xff;
	}
	EXPECT_LT(0, zeros);
}

/* A page that is not granted costs the guest that packet, nothing else. */
TEST_F(ring, rx_not_granted)
{
	struct virtio_net_hdr hdr = { 0 };
	struct front *f = &self->f;
	uint8_t data[5000] = { 2 };

	front_rx(f, 0, 4);
	f->g.grants[FIRST_PAGE].flags = 0;
	f->g.grants[FIRST_PAGE + 1].flags |= GTF_readonly;
	f->q.rx->ring[2].req.gref = 0xffffffff;
	EXPECT_EQ(NETIF_RX_DONE, netif_rx(&f->q, &hdr, data, 5000));
	EXPECT_EQ(NETIF_RX_DONE, netif_rx(&f->q, &hdr, data, 60));
	EXPECT_EQ(NETIF_RX_DONE, netif_rx(&f->q, &hdr, data, 60));
	EXPECT_EQ(NETIF_RSP_ERROR, RX_RSP(f, 0).status);
	EXPECT_EQ(NETRXF_more_data, RX_RSP(f, 0).flags);
	EXPECT_EQ(NETIF_RSP_ERROR, RX_RSP(f, 1).status);
	EXPECT_EQ(NETIF_RSP_ERROR, RX_RSP(f, 2).status);
	EXPECT_EQ(60, RX_RSP(f, 3).status);
	f->q.rx->req_prod = 1000;
	EXPECT_EQ(NETIF_RX_DROPPED, netif_rx(&f->q, &hdr, data, 60));
	EXPECT_NE(NULL, f->q.broken);
}

TEST_HARNESS_MAIN
