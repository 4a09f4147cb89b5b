// SPDX-License-Identifier: GPL-2.0
/* Network backends from attach to detach, with a frontend made of nodes. */
#include <dirent.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sanitizer/lsan_interface.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/if_tun.h>

#include "../kselftest_harness.h"
#include "../device/guest.h"
#include "../xenstore/client.h"
#include "device/device.h"
#include "device/grant.h"
#include "net/netif.h"
#include "net/packet.h"
#include "net/vif.h"

#define BACK	"/local/domain/0/backend/vif/7/0"
#define FRONT	"/local/domain/7/device/vif/0"
#define NR_PORTS	8
#define DATA_FRAME	32

/* Ports: what the guest rings, and how often it was rung itself. */
static int rings[NR_PORTS];
static unsigned int rung[NR_PORTS];

static int fake_bind(void *opaque, uint32_t port)
{
	if (port >= NR_PORTS) {
		errno = EINVAL;
		return -1;
	}
	if (rings[port] < 0)
		rings[port] = eventfd(0, EFD_NONBLOCK);
	return dup(rings[port]);
}

static void fake_notify(int fd, uint32_t port)
{
	__atomic_fetch_add(&rung[port], 1, __ATOMIC_RELEASE);
}

static const struct port_ops fake_ports = {
	.bind = fake_bind,
	.notify = fake_notify,
};

FIXTURE(backend) {
	struct guest g;
	struct xs_server *xs;
	struct client guest;
	struct device_bus *bus;
	unsigned int fds;
};

static unsigned int count(const char *path)
{
	DIR *dir = opendir(path);
	unsigned int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

FIXTURE_SETUP(backend)
{
	unsigned int i;

	memset(rings, -1, sizeof(rings));
	memset(rung, 0, sizeof(rung));
	guest_new(&self->g, 2);
	for (i = 1; i < 256; i++)
		guest_grant(&self->g, i, i, 0);
	self->xs = xs_server_new();
	client_open(&self->guest, self->xs, GUEST_DOMID);
	xs_server_write(self->xs, "n0 r7", "/local/domain/7/device", "%s", "");
	self->bus = bus_new(GUEST_DOMID, &self->g.mem, self->g.grants_gpa,
			    NR_GRANT_FRAMES, self->xs, &fake_ports, NULL);
	for (i = 0; i < NR_PORTS; i++)
		close(fake_bind(NULL, i));
	self->fds = count("/proc/self/fd");
}

FIXTURE_TEARDOWN(backend)
{
	unsigned int i;

	bus_free(self->bus);
	EXPECT_EQ(self->fds, count("/proc/self/fd"));
	/* "." and ".." and this one; ASan may have one of its own. */
	EXPECT_GE(4, count("/proc/self/task"));
	for (i = 0; i < NR_PORTS; i++)
		close(rings[i]);
	client_close(&self->guest);
	xs_server_free(self->xs);
	guest_free(&self->g);
	EXPECT_EQ(0, __lsan_do_recoverable_leak_check());
}

static const char *attach(struct device_bus *bus, const char *spec)
{
	const char *reason = "nobody's verb";
	FILE *out = fopen("/dev/null", "w");

	bus_verb(bus, "vif-attach", spec, out, &reason);
	fclose(out);
	xs_server_deliver(bus->xs);
	return reason;
}

#define set(node, value) put(&self->guest, 0, FRONT "/" node, value)
#define unset(node) ask(&self->guest, XS_RM, 0, FRONT "/" node)
#define back() get(&self->guest, 0, BACK "/state")
#define front(value) ({							\
	set("state", value);						\
	xs_server_deliver(self->xs);					\
	back(); })

/* Rings of queue ID are frames and grants 1 + 2 * ID and the next. */
static netif_tx_sring_t *tx_ring(struct guest *g, unsigned int id)
{
	return guest_page(g, 1 + 2 * id);
}

static netif_rx_sring_t *rx_ring(struct guest *g, unsigned int id)
{
	return guest_page(g, 2 + 2 * id);
}

static void clear_rings(struct guest *g)
{
	unsigned int i;

	for (i = 1; i < 5; i++) {
		memset(guest_page(g, i), 0, 4096);
		((uint32_t *)guest_page(g, i))[3] = 1;	/* rsp_event */
	}
}

/* As Linux's frontend writes them for one queue. */
#define set_nodes() do {						\
	clear_rings(&self->g);						\
	set("tx-ring-ref", "1");					\
	set("rx-ring-ref", "2");					\
	set("event-channel-tx", "1");					\
	set("event-channel-rx", "2");					\
	set("request-rx-copy", "1");					\
	set("feature-rx-notify", "1");					\
	set("feature-sg", "1");						\
	set("feature-gso-tcpv4", "1");					\
} while (0)

static void ring(unsigned int port)
{
	uint64_t one = 1;

	if (write(rings[port], &one, sizeof(one)) != sizeof(one))
		abort();
}

/* Who has ADDRESS, asks the guest by queue ID, and hears of it by any. */
static bool arp(struct guest *g, unsigned int id, unsigned int port,
		unsigned int queues, const char *address)
{
	static const uint8_t head[] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0x16, 0x3e, 0, 0, 1,
		8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 0, 0x16, 0x3e, 0, 0, 1,
	};
	netif_tx_sring_t *tx = tx_ring(g, id);
	unsigned int i, q, n = tx->req_prod % NETIF_RING_SIZE;
	uint8_t *data = guest_page(g, DATA_FRAME);
	uint32_t seen[2];

	memset(data, 0, 60);
	memcpy(data, head, sizeof(head));
	memcpy(data + 28, address, 3);
	data[31] = 15;
	memcpy(data + 38, address, 4);
	tx->ring[n].req = (netif_tx_request_t){ DATA_FRAME, 0, 0, 9, 60 };
	for (q = 0; q < queues; q++) {
		netif_rx_sring_t *rx = rx_ring(g, q);

		seen[q] = rx->rsp_prod;
		while (rx->req_prod - rx->rsp_prod < 32) {
			i = rx->req_prod++ % NETIF_RING_SIZE;
			rx->ring[i].req.id = i;
			rx->ring[i].req.gref = DATA_FRAME + 1 + q * 64 + i % 64;
		}
	}
	__atomic_store_n(&tx->req_prod, tx->req_prod + 1, __ATOMIC_RELEASE);
	ring(port);
	for (i = 0; i < 500; i++) {
		for (q = 0; q < queues; q++) {
			netif_rx_sring_t *rx = rx_ring(g, q);
			uint32_t prod = __atomic_load_n(&rx->rsp_prod,
							__ATOMIC_ACQUIRE);

			for (; seen[q] != prod; seen[q]++) {
				unsigned int at = seen[q] % NETIF_RING_SIZE;

				data = guest_page(g, DATA_FRAME + 1 + q * 64 +
						  at % 64);
				if (rx->ring[at].rsp.status > 41 &&
				    data[12] == 8 && data[13] == 6 &&
				    data[21] == 2 && !memcmp(data + 28, address, 4))
					return tx->rsp_prod == tx->req_prod &&
					       tx->ring[n].rsp.id == 9 &&
					       !tx->ring[n].rsp.status;
			}
		}
		usleep(10000);
	}
	return false;
}

TEST_F(backend, nodes)
{
	static const char *const features[] = {
		"feature-sg", "feature-gso-tcpv4", "feature-rx-copy",
		"feature-ipv6-csum-offload", "feature-multicast-control",
		"feature-dynamic-multicast-control",
		"feature-split-event-channels",
	};
	static const char many[] =
		"mac=00:16:3e:00:00:01,rate=1MB/s,mtu=1400,ip=10.0.2.20,untrusted";
	char path[100];
	unsigned int i;

	ASSERT_EQ(NULL, attach(self->bus, many));
	EXPECT_STREQ("2", back());
	for (i = 0; i < ARRAY_SIZE(features); i++) {
		snprintf(path, sizeof(path), BACK "/%s", features[i]);
		EXPECT_STREQ("1", get(&self->guest, 0, path));
	}
	EXPECT_STREQ("1", get(&self->guest, 0, BACK "/multi-queue-max-queues"));
	/* Where it is missing frontends of 2.6.18 expect pages to be flipped. */
	EXPECT_STREQ("0", get(&self->guest, 0, BACK "/feature-rx-flip"));
	EXPECT_STREQ("00:16:3e:00:00:01", get(&self->guest, 0, FRONT "/mac"));
	EXPECT_STREQ("00:16:3e:00:00:01", get(&self->guest, 0, BACK "/mac"));
	EXPECT_STREQ("0", get(&self->guest, 0, FRONT "/handle"));
	EXPECT_STREQ("50000,50000", get(&self->guest, 0, BACK "/rate"));
	EXPECT_STREQ("1400", get(&self->guest, 0, FRONT "/mtu"));
	EXPECT_STREQ("10.0.2.20", get(&self->guest, 0, BACK "/ip"));
	EXPECT_STREQ("0", get(&self->guest, 0, FRONT "/trusted"));
	EXPECT_STREQ("there is a vif 0 already", attach(self->bus, "devid=0"));
}

/* What is in the ring may be seen before the guest is told of it. */
static bool was_rung(unsigned int port)
{
	unsigned int i;

	for (i = 0; i < 500 && !__atomic_load_n(&rung[port], __ATOMIC_ACQUIRE); i++)
		usleep(10000);
	return i < 500;
}

TEST_F(backend, user_mode)
{
	ASSERT_EQ(NULL, attach(self->bus, "mac=00:16:3e:00:00:01"));
	set_nodes();
	EXPECT_STREQ("4", front("4"));
	EXPECT_TRUE(arp(&self->g, 0, 1, 1, "\12\0\2\2"));
	EXPECT_TRUE(was_rung(1));
	EXPECT_TRUE(was_rung(2));
	EXPECT_EQ(2, grant_mapped(self->bus->grants));
	EXPECT_STREQ("5", front("5"));
	EXPECT_EQ(0, grant_mapped(self->bus->grants));
	EXPECT_STREQ("6", front("6"));
	/* And again, as after a kexec. */
	EXPECT_STREQ("2", front("1"));
	set_nodes();
	EXPECT_STREQ("4", front("4"));
	EXPECT_TRUE(arp(&self->g, 0, 1, 1, "\12\0\2\2"));
}

/* What frontends of 2.6.18 write. */
TEST_F(backend, old_frontend)
{
	ASSERT_EQ(NULL, attach(self->bus, ""));
	clear_rings(&self->g);
	set("tx-ring-ref", "1");
	set("rx-ring-ref", "2");
	set("event-channel", "3");
	set("request-rx-copy", "1");
	EXPECT_STREQ("4", front("4"));
	EXPECT_TRUE(arp(&self->g, 0, 3, 1, "\12\0\2\2"));
	EXPECT_TRUE(was_rung(3));
}

/* In a process of its own: 0 when all is as it should be without privileges. */
static int without_privileges(struct device_bus *bus)
{
	const char *reason;

	if (setgid(65534) || setuid(65534))
		return 2;
	if (attach(bus, ""))
		return 3;
	reason = attach(bus, "vifname=netpriv");
	if (!reason || (!strstr(reason, "needs CAP_NET_ADMIN") &&
			!strstr(reason, "/dev/net/tun")))
		return 4;
	return access("/sys/class/net/netpriv", F_OK) ? 0 : 5;
}

TEST_F(backend, privileges)
{
	int status = -1;
	pid_t pid;

	if (geteuid())
		SKIP(return, "no privileges to give up");
	pid = fork();
	if (!pid)
		_exit(without_privileges(self->bus));
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
}

/* Two queues, on a TAP. */
TEST_F(backend, queues)
{
	unsigned int i;

	if (system("modprobe tun 2>/dev/null; test -c /dev/net/tun") ||
	    access("/dev/net/tun", R_OK | W_OK) || geteuid())
		SKIP(return, "no TAP here");
	ASSERT_EQ(NULL, attach(self->bus, "vifname=netqueues"));
	EXPECT_EQ(0, system("ip addr add 10.99.0.1/24 dev netqueues"));
	clear_rings(&self->g);
	set("multi-queue-num-queues", "2");
	set("request-rx-copy", "1");
	set("feature-rx-notify", "1");
	set("queue-0/tx-ring-ref", "1");
	set("queue-0/rx-ring-ref", "2");
	set("queue-0/event-channel-tx", "1");
	set("queue-0/event-channel-rx", "2");
	set("queue-1/tx-ring-ref", "3");
	set("queue-1/rx-ring-ref", "4");
	set("queue-1/event-channel", "3");
	EXPECT_STREQ("4", front("4"));
	EXPECT_EQ(4, grant_mapped(self->bus->grants));
	/* The kernel takes its time to believe in the carrier. */
	for (i = 0; i < 5 && !arp(&self->g, 0, 1, 2, "\12\143\0\1"); i++)
		;
	EXPECT_GT(5, i);
	EXPECT_TRUE(arp(&self->g, 1, 3, 2, "\12\143\0\1"));
	EXPECT_EQ(0, system("grep -q 1 /sys/class/net/netqueues/carrier"));
	EXPECT_STREQ("6", front("6"));
	EXPECT_EQ(0, grant_mapped(self->bus->grants));
	EXPECT_NE(0, system("grep -q 1 /sys/class/net/netqueues/carrier"));
	device_detach(self->bus->devices, false);
	EXPECT_NE(0, access("/sys/class/net/netqueues", F_OK));
}

static size_t make_ping(uint8_t *data)
{
	static const uint8_t head[] = {
		0x52, 0x55, 10, 0, 2, 2, 0, 0x16, 0x3e, 0, 0, 1, 8, 0,
		0x45, 0, 0x05, 0x78, 0, 1, 0, 0, 64, 1, 0, 0,	/* 1400 bytes */
		10, 0, 2, 15, 10, 0, 2, 2, 8, 0, 0, 0, 0, 7, 0, 7,
	};
	uint16_t sum;

	memset(data, 0, 14 + 1400);
	memcpy(data, head, sizeof(head));
	sum = ~packet_fold(packet_sum(data + 14, 20, 0));
	memcpy(data + 24, &sum, sizeof(sum));
	sum = ~packet_fold(packet_sum(data + 34, 1380, 0));
	memcpy(data + 36, &sum, sizeof(sum));
	return 14 + 1400;
}

/* A guest that asks for answers and makes no room for them: some wait. */
TEST_F(backend, backlog)
{
	netif_tx_sring_t *tx = tx_ring(&self->g, 0);
	const struct net_queue *q;
	unsigned int i, k;
	size_t len;

	ASSERT_EQ(NULL, attach(self->bus, "mac=00:16:3e:00:00:01"));
	set_nodes();
	EXPECT_STREQ("4", front("4"));
	ASSERT_TRUE(arp(&self->g, 0, 1, 1, "\12\0\2\2"));
	q = ((const struct vif *)self->bus->devices->priv)->queues[0];
	len = make_ping(guest_page(&self->g, DATA_FRAME));
	for (i = 0; i < 20; i++) {
		for (k = 0; k < 100; k++)
			tx->ring[(tx->req_prod + k) % NETIF_RING_SIZE].req =
				(netif_tx_request_t){ DATA_FRAME, 0, 0, k, len };
		__atomic_store_n(&tx->req_prod, tx->req_prod + 100,
				 __ATOMIC_RELEASE);
		ring(1);
		for (k = 0; k < 500; k++) {
			if (__atomic_load_n(&tx->rsp_prod, __ATOMIC_ACQUIRE) ==
			    tx->req_prod)
				break;
			usleep(10000);
		}
	}
	EXPECT_EQ(tx->rsp_prod, tx->req_prod);
	EXPECT_LT(1000 * 1000, q->backlog.bytes);
	EXPECT_GE(1 << 20, q->backlog.bytes);
	EXPECT_LT(1000, q->ring.stats.rx_dropped);
	EXPECT_STREQ("6", front("6"));
}

/* Another's TAP, as the other left it. */
TEST_F(backend, persistent)
{
	struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	const struct vif *v;
	int fd, size = 12;

	fd = open("/dev/net/tun", O_RDWR);
	if (fd < 0 || geteuid())
		SKIP(return, "no TAP here");
	strcpy(req.ifr_name, "netpersist");
	ASSERT_EQ(0, ioctl(fd, TUNSETIFF, &req));
	ASSERT_EQ(0, ioctl(fd, TUNSETPERSIST, 1));
	ASSERT_EQ(0, ioctl(fd, TUNSETVNETHDRSZ, &size));
	close(fd);
	EXPECT_EQ(NULL, attach(self->bus, "vifname=netpersist"));
	v = self->bus->devices->priv;
	EXPECT_EQ(0, ioctl(v->tap->fds[0], TUNGETVNETHDRSZ, &size));
	EXPECT_EQ(sizeof(struct virtio_net_hdr), size);
	device_detach(self->bus->devices, false);
	EXPECT_EQ(0, system("ip link del netpersist"));
}

/* Somebody took the interface away: no connection, and nothing left of one. */
TEST_F(backend, interface_is_gone)
{
	const struct vif *v;

	if (system("modprobe tun 2>/dev/null; test -c /dev/net/tun") ||
	    access("/dev/net/tun", R_OK | W_OK) || geteuid())
		SKIP(return, "no TAP here");
	ASSERT_EQ(NULL, attach(self->bus, "vifname=netgone"));
	ASSERT_EQ(0, system("ip link del netgone"));
	set_nodes();
	EXPECT_STREQ("5", front("4"));
	v = self->bus->devices->priv;
	EXPECT_EQ(NULL, v->queues);
	EXPECT_EQ(0, v->nr_queues);
	EXPECT_EQ(0, grant_mapped(self->bus->grants));
	front("6");
	EXPECT_STREQ("2", front("1"));
}

/* Each of these must be refused, and leave nothing. */
TEST_F(backend, refused)
{
	static const struct {
		const char *node, *value;
	} bad[] = {
		{ "request-rx-copy", "0" },
		{ "request-rx-copy", NULL },
		{ "tx-ring-ref", NULL },
		{ "tx-ring-ref", "x" },
		{ "tx-ring-ref", "4000000000" },
		{ "tx-ring-ref", "99999999999999999999" },
		{ "rx-ring-ref", "300" },
		{ "rx-ring-ref", "-1" },
		{ "event-channel-tx", NULL },
		{ "event-channel-rx", "8" },
		{ "event-channel-tx", "4294967295" },
		{ "multi-queue-num-queues", "0" },
		{ "multi-queue-num-queues", "2" },
		{ "multi-queue-num-queues", "many" },
	};
	char path[100];
	unsigned int i;

	ASSERT_EQ(NULL, attach(self->bus, ""));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		set_nodes();
		unset("multi-queue-num-queues");
		snprintf(path, sizeof(path), FRONT "/%s", bad[i].node);
		if (bad[i].value)
			put(&self->guest, 0, path, bad[i].value);
		else
			ask(&self->guest, XS_RM, 0, path);
		EXPECT_STREQ("5", front("4")) {
			TH_LOG("%s = %s", bad[i].node, bad[i].value);
		}
		EXPECT_EQ(0, grant_mapped(self->bus->grants));
		front("6");
		EXPECT_STREQ("2", front("1"));
	}
	set_nodes();
	tx_ring(&self->g, 0)->req_prod = 257;
	EXPECT_STREQ("5", front("4"));
	front("6");
	front("1");
	unset("multi-queue-num-queues");
	set_nodes();
	EXPECT_STREQ("4", front("4"));
}

/* A ring that goes wrong later is left alone; the device can be closed. */
TEST_F(backend, breaks)
{
	ASSERT_EQ(NULL, attach(self->bus, ""));
	set_nodes();
	EXPECT_STREQ("4", front("4"));
	tx_ring(&self->g, 0)->req_prod = 12345;
	ring(1);
	usleep(50000);
	ring(1);
	EXPECT_EQ(0, tx_ring(&self->g, 0)->rsp_prod);
	EXPECT_STREQ("6", front("6"));
	EXPECT_EQ(0, grant_mapped(self->bus->grants));
}

/* States and nodes at random while the queues work. */
TEST_F_TIMEOUT(backend, hostile, 600)
{
	static const char *const nodes[] = {
		"tx-ring-ref", "rx-ring-ref", "event-channel-tx",
		"event-channel-rx", "event-channel", "request-rx-copy",
		"multi-queue-num-queues", "request-multicast-control",
		"feature-sg", "feature-gso-tcpv4", "state",
	};
	static const char *const values[] = {
		"0", "1", "2", "3", "4", "5", "6", "7", "255", "-1", "", "x",
		"4294967295", "4294967296", "18446744073709551615",
	};
	unsigned int seed = 7, i, connected = 0;
	char path[100];

	ASSERT_EQ(NULL, attach(self->bus, ""));
	for (i = 0; i < 500; i++) {
		seed = seed * 1103515245 + 12345;
		if (seed >> 16 & 3) {
			snprintf(path, sizeof(path), FRONT "/%s",
				 nodes[(seed >> 18) % 11]);
			put(&self->guest, 0, path, values[(seed >> 22) % 15]);
		} else {
			front("1");
			set_nodes();
			unset("multi-queue-num-queues");
			connected += !strcmp(front("4"), "4");
			tx_ring(&self->g, 0)->req_prod = seed >> 20;
			ring(1);
		}
		xs_server_deliver(self->xs);
	}
	EXPECT_LT(50, connected);
}

TEST_HARNESS_MAIN
