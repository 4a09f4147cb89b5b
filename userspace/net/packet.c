// SPDX-License-Identifier: GPL-2.0
/* What offloads have to know of an Ethernet packet, and checksums. */
#include <net/ethernet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>

#include <linux/virtio_net.h>

#include "packet.h"

#define VLAN_HLEN	4
#define MAX_VLANS	2
#define MAX_IP6_HEADERS	8
#define TCP_CWR		0x80	/* in the byte of the flags */

static uint16_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

/* The EtherType, and where what it names begins. */
static uint16_t ether_type(const uint8_t *data, size_t len, size_t *at)
{
	unsigned int tags = 0;
	uint16_t type;

	*at = PACKET_ETH_HLEN;
	if (len < *at)
		return 0;
	type = get16(data + 12);
	while (type == ETHERTYPE_VLAN || type == 0x88a8) {
		if (++tags > MAX_VLANS || len < *at + VLAN_HLEN)
			return 0;
		type = get16(data + *at + 2);
		*at += VLAN_HLEN;
	}
	return type;
}

static bool parse_ip4(const uint8_t *data, size_t len, struct packet *p)
{
	struct iphdr ip;

	if (len < p->l3 + sizeof(ip))
		return false;
	memcpy(&ip, data + p->l3, sizeof(ip));
	if (ip.version != 4 || ip.ihl < 5 ||
	    ip.frag_off & htons(IP_MF | IP_OFFMASK))
		return false;
	p->version = 4;
	p->proto = ip.protocol;
	p->l4 = p->l3 + ip.ihl * 4;
	return true;
}

static bool parse_ip6(const uint8_t *data, size_t len, struct packet *p)
{
	size_t at = p->l3 + sizeof(struct ip6_hdr);
	unsigned int n;
	uint8_t next;

	if (len < at || data[p->l3] >> 4 != 6)
		return false;
	next = data[p->l3 + offsetof(struct ip6_hdr, ip6_nxt)];
	for (n = 0; n < MAX_IP6_HEADERS; n++) {
		if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING &&
		    next != IPPROTO_DSTOPTS)
			break;
		if (len < at + 8)
			return false;
		next = data[at];
		at += (data[at + 1] + 1) * 8;
	}
	p->version = 6;
	p->proto = next;
	if (at > PACKET_HEADERS)
		return false;
	p->l4 = at;
	return true;
}

static bool parse_l4(const uint8_t *data, size_t len, struct packet *p)
{
	if (p->proto == IPPROTO_UDP) {
		p->csum = p->l4 + offsetof(struct udphdr, check);
		p->payload = p->l4 + sizeof(struct udphdr);
	} else if (p->proto == IPPROTO_TCP) {
		if (len < p->l4 + sizeof(struct tcphdr))
			return false;
		p->csum = p->l4 + offsetof(struct tcphdr, check);
		p->payload = p->l4 + (data[p->l4 + 12] >> 4) * 4;
		p->cwr = data[p->l4 + 13] & TCP_CWR;
		if (p->payload < p->l4 + sizeof(struct tcphdr))
			return false;
	} else {
		return false;
	}
	return p->payload <= len;
}

bool packet_parse(const uint8_t *data, size_t len, struct packet *p)
{
	uint16_t type;
	size_t at;

	memset(p, 0, sizeof(*p));
	type = ether_type(data, len, &at);
	p->l3 = at;
	if (type == ETHERTYPE_IP)
		return parse_ip4(data, len, p) && parse_l4(data, len, p);
	if (type == ETHERTYPE_IPV6)
		return parse_ip6(data, len, p) && parse_l4(data, len, p);
	return false;
}

uint32_t packet_sum(const void *data, size_t len, uint32_t sum)
{
	const uint8_t *p = data;
	uint64_t wide = sum;
	uint32_t word;

	/* In the machine's byte order: the sum does not mind until its end. */
	while (len >= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		wide += word;
		p += sizeof(word);
		len -= sizeof(word);
	}
	word = 0;
	memcpy(&word, p, len);
	wide += word;
	wide = (wide & 0xffffffff) + (wide >> 32);
	return (wide & 0xffffffff) + (wide >> 32);
}

uint16_t packet_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

uint16_t packet_pseudo_sum(const uint8_t *data, const struct packet *p,
			   size_t l4_len)
{
	const uint8_t *ip = data + p->l3;
	uint32_t sum = packet_fold(htonl(l4_len)) + htons(p->proto);

	if (p->version == 4)
		sum = packet_sum(ip + offsetof(struct iphdr, saddr), 8, sum);
	else
		sum = packet_sum(ip + offsetof(struct ip6_hdr, ip6_src), 32, sum);
	return packet_fold(sum);
}

bool packet_finish(struct virtio_net_hdr *hdr, uint8_t *data, size_t len)
{
	size_t start = hdr->csum_start, at = start + hdr->csum_offset;
	uint16_t sum;

	if (!(hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
		return true;
	if (start > len || at + sizeof(sum) > len)
		return false;
	/* The field holds the pseudo header's sum. */
	sum = ~packet_fold(packet_sum(data + start, len - start, 0));
	/* In UDP zero says that there is none. */
	if (!sum)
		sum = 0xffff;
	memcpy(data + at, &sum, sizeof(sum));
	hdr->flags &= ~VIRTIO_NET_HDR_F_NEEDS_CSUM;
	hdr->flags |= VIRTIO_NET_HDR_F_DATA_VALID;
	return true;
}
