// SPDX-License-Identifier: GPL-2.0
/* User mode: what guests reach of the host, and what they do not. */
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/virtio_net.h>

#include "../kselftest_harness.h"
#include "net/packet.h"
#include "net/user.h"
#include "net/vif_config.h"

FIXTURE(user) {
	struct user_net *u;
	int fd;			/* hears on all addresses of the host */
	uint16_t port;
};

FIXTURE_VARIANT(user) {
	bool hostloopback;
};

FIXTURE_VARIANT_ADD(user, closed) {
	.hostloopback = false,
};

FIXTURE_VARIANT_ADD(user, open) {
	.hostloopback = true,
};

static void from_host(void *opaque, const uint8_t *data, size_t len)
{
}

FIXTURE_SETUP(user)
{
	struct vif_config cfg = { .hostloopback = variant->hostloopback };
	struct sockaddr_in6 addr = { .sin6_family = AF_INET6 };
	socklen_t len = sizeof(addr);
	char why[WHY_MAX];
	int off = 0;

	self->u = user_new(&cfg, why);
	ASSERT_NE(NULL, self->u) TH_LOG("%s", why);
	user_attach(self->u, from_host, NULL);
	self->fd = socket(AF_INET6, SOCK_DGRAM, 0);
	if (self->fd < 0)
		SKIP(return, "no IPv6 here");
	setsockopt(self->fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	ASSERT_EQ(0, bind(self->fd, (struct sockaddr *)&addr, len));
	ASSERT_EQ(0, getsockname(self->fd, (struct sockaddr *)&addr, &len));
	self->port = ntohs(addr.sin6_port);
}

FIXTURE_TEARDOWN(user)
{
	user_free(self->u);
	if (self->fd >= 0)
		close(self->fd);
}

static size_t udp(uint8_t *to, uint16_t port)
{
	struct udphdr head = {
		.source = htons(1234), .dest = htons(port),
		.len = htons(sizeof(head) + 4),
	};

	memcpy(to, &head, sizeof(head));
	memcpy(to + sizeof(head), "ping", 4);
	return sizeof(head) + 4;
}

/* A datagram for ADDRESS in an Ethernet packet; its length. */
static size_t make(uint8_t *to, const char *address, uint16_t port)
{
	static const uint8_t macs[] = {
		0x52, 0x55, 10, 0, 2, 2, 0, 0x16, 0x3e, 0, 0, 1,
	};
	struct iphdr ip4 = {
		.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP,
		.saddr = inet_addr("10.0.2.15"),
	};
	struct ip6_hdr ip6 = {
		.ip6_flow = htonl(6 << 28), .ip6_nxt = IPPROTO_UDP,
		.ip6_hlim = 64,
	};
	struct packet p;
	uint16_t sum;
	size_t len;

	memcpy(to, macs, sizeof(macs));
	if (inet_pton(AF_INET, address, &ip4.daddr) == 1) {
		memcpy(to + 12, "\x08\x00", 2);
		len = udp(to + 14 + sizeof(ip4), port);
		ip4.tot_len = htons(sizeof(ip4) + len);
		ip4.check = ~packet_fold(packet_sum(&ip4, sizeof(ip4), 0));
		memcpy(to + 14, &ip4, sizeof(ip4));
		/* Without a checksum, which IPv4 allows. */
		return 14 + sizeof(ip4) + len;
	}
	inet_pton(AF_INET6, "fec0::15", &ip6.ip6_src);
	inet_pton(AF_INET6, address, &ip6.ip6_dst);
	memcpy(to + 12, "\x86\xdd", 2);
	len = udp(to + 14 + sizeof(ip6), port);
	ip6.ip6_plen = htons(len);
	memcpy(to + 14, &ip6, sizeof(ip6));
	if (!packet_parse(to, 14 + sizeof(ip6) + len, &p))
		abort();
	sum = packet_pseudo_sum(to, &p, len);
	sum = ~packet_fold(packet_sum(to + p.l4, len, sum));
	memcpy(to + p.csum, &sum, sizeof(sum));
	return 14 + sizeof(ip6) + len;
}

/* Does it arrive, sent by the guest to this address? */
static bool reaches(struct user_net *u, int fd, uint16_t port,
		    const char *address)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct virtio_net_hdr hdr = { 0 };
	uint8_t data[128] = { 0 };
	struct iovec iov[2] = { { &hdr, sizeof(hdr) }, { data, 0 } };
	struct pollset set = { .timeout = 20 };

	iov[1].iov_len = make(data, address, port);
	user_send(u, iov, 2, sizeof(hdr) + iov[1].iov_len);
	user_fill(u, &set);
	user_poll(u, &set, poll(set.fds, set.nr, 0) < 0);
	free(set.fds);
	return poll(&pfd, 1, 100) == 1 && recv(fd, data, sizeof(data), 0) == 4;
}

TEST_F(user, loopback)
{
	static const struct {
		const char *address;
		bool there;	/* when it is not kept from it */
	} list[] = {
		{ "10.0.2.2", true }, { "127.0.0.1", true },
		{ "127.1.2.3", true }, { "0.0.0.0", true },
		{ "fec0::2", true }, { "::1", true }, { "::", true },
		{ "::ffff:127.0.0.1", true }, { "::ffff:0.0.0.0", true },
		{ "::127.0.0.1", false }, { "10.0.2.99", false },
	};
	unsigned int i;

	if (self->fd < 0)
		return;
	for (i = 0; i < ARRAY_SIZE(list); i++) {
		EXPECT_EQ(list[i].there && variant->hostloopback,
			  reaches(self->u, self->fd, self->port,
				  list[i].address)) {
			TH_LOG("%s", list[i].address);
		}
	}
}

static unsigned int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	if (!dir)
		return ~0U;	/* not one more */
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/*
 * Each datagram from another port is a socket here, also where there is no way to
 * its receiver: not all that we may have.
 */
TEST(many_sockets)
{
	struct virtio_net_hdr hdr = { 0 };
	uint8_t data[128] = { 0 };
	struct iovec iov[2] = { { &hdr, sizeof(hdr) }, { data, 0 } };
	unsigned int round, i, source = 2000;
	struct vif_config cfg = { 0 };
	struct user_net *u;
	struct rlimit few;
	char why[WHY_MAX];

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &few));
	few.rlim_cur = 256;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &few));
	u = user_new(&cfg, why);
	ASSERT_NE(NULL, u) TH_LOG("%s", why);
	for (round = 0; round < 10; round++) {
		struct pollset set = { .timeout = 0 };

		for (i = 0; i < 32; i++, source++) {
			iov[1].iov_len = make(data, "198.51.100.7", 9);
			data[14 + sizeof(struct iphdr)] = source >> 8;
			data[15 + sizeof(struct iphdr)] = source;
			user_send(u, iov, 2, sizeof(hdr) + iov[1].iov_len);
		}
		user_fill(u, &set);
		user_poll(u, &set, poll(set.fds, set.nr, 0) < 0);
		free(set.fds);
	}
	EXPECT_LT(100, open_files());
	EXPECT_GT(200, open_files());
	user_free(u);
	EXPECT_GT(20, open_files());
}

TEST_HARNESS_MAIN
