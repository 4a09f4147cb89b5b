/* SPDX-License-Identifier: GPL-2.0 */
/* What offloads have to know of an Ethernet packet, and checksums. */
#ifndef XENPV_NET_PACKET_H
#define XENPV_NET_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKET_ETH_HLEN	14
/* The largest one: an IP packet of 64 KiB, an Ethernet header, two VLAN tags. */
#define PACKET_MAX	(65535 + PACKET_ETH_HLEN + 8)
/* No header that matters here ends later. */
#define PACKET_HEADERS	256

struct virtio_net_hdr;

/* Offsets count from the packet's first byte. */
struct packet {
	uint8_t version;	/* of IP: 4 or 6 */
	uint8_t proto;		/* IPPROTO_TCP or IPPROTO_UDP */
	uint16_t l3;		/* IP header */
	uint16_t l4;		/* TCP or UDP header */
	uint16_t csum;		/* the latter's checksum field */
	uint16_t payload;	/* what follows its header */
	bool cwr;		/* TCP's flag of that name */
};

/*
 * Look at the first LEN bytes of a packet.  False when it is not TCP or UDP in
 * IP, is a fragment, or its headers do not end within LEN.
 */
bool packet_parse(const uint8_t *data, size_t len, struct packet *p);

/* One's complement sum of LEN bytes, not inverted; SUM is what came before. */
uint32_t packet_sum(const void *data, size_t len, uint32_t sum);
uint16_t packet_fold(uint32_t sum);

/* The sum over the pseudo header when TCP or UDP has L4_LEN bytes. */
uint16_t packet_pseudo_sum(const uint8_t *data, const struct packet *p,
			   size_t l4_len);

/*
 * Calculate the checksum that HDR says is still missing, in place, and tell
 * HDR.  False when HDR asks for the impossible.
 */
bool packet_finish(struct virtio_net_hdr *hdr, uint8_t *data, size_t len);

#endif
