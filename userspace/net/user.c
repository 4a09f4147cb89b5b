// SPDX-License-Identifier: GPL-2.0
/* The network in user mode: libslirp. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <linux/virtio_net.h>
#include <slirp/libslirp.h>

#include "../util.h"
#include "../vmm/log.h"
#include "packet.h"
#include "user.h"
#include "vif_config.h"

#define DEFAULT_NET	"10.0.2.0"
#define HOST_NUMBER	2	/* gateway, the host as the guest sees it */
#define DNS_NUMBER	3
#define GUEST_NUMBER	15	/* first address that DHCP gives */

struct user_timer {
	SlirpTimerCb fn;
	void *opaque;
	int64_t at;		/* ms; -1: not set */
	struct user_timer *next;
};

struct user_net {
	Slirp *slirp;
	user_packet_fn packet;
	void *opaque;
	struct user_timer *timers;
	bool hostloopback;
	bool full;		/* said so already */
	uint8_t buffer[PACKET_MAX];
};

/* libslirp keeps a few things, such as the time, for all instances. */
static pthread_mutex_t slirp_lock = PTHREAD_MUTEX_INITIALIZER;

unsigned int pollset_add(struct pollset *set, int fd, short events)
{
	if (set->nr == set->room) {
		set->room = set->room ? set->room * 2 : 16;
		set->fds = realloc(set->fds, set->room * sizeof(*set->fds));
		if (!set->fds)
			abort();
	}
	set->fds[set->nr] = (struct pollfd){ .fd = fd, .events = events };
	return set->nr++;
}

void pollset_limit(struct pollset *set, int64_t timeout_ms)
{
	if (timeout_ms < 0)
		timeout_ms = 0;
	if (set->timeout < 0 || timeout_ms < set->timeout)
		set->timeout = timeout_ms;
}

/* What libslirp wants of us. */

static ssize_t send_packet(const void *data, size_t len, void *opaque)
{
	struct user_net *u = opaque;

	/* Nobody attached yet, or no more: lost, as on a cable. */
	if (u->packet)
		u->packet(u->opaque, data, len);
	return len;
}

static void guest_error(const char *msg, void *opaque)
{
	log_guest_line("vif: user mode: %s", msg);
}

static int64_t clock_ns(void *opaque)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void *timer_new(SlirpTimerCb fn, void *fn_opaque, void *opaque)
{
	struct user_timer *t = xcalloc(1, sizeof(*t));
	struct user_net *u = opaque;

	t->fn = fn;
	t->opaque = fn_opaque;
	t->at = -1;
	t->next = u->timers;
	u->timers = t;
	return t;
}

static void timer_free(void *timer, void *opaque)
{
	struct user_net *u = opaque;
	struct user_timer **p;

	for (p = &u->timers; *p; p = &(*p)->next) {
		if (*p != timer)
			continue;
		*p = (*p)->next;
		break;
	}
	free(timer);
}

static void timer_mod(void *timer, int64_t expire, void *opaque)
{
	struct user_timer *t = timer;

	t->at = expire;
}

static void run_timers(struct user_net *u)
{
	int64_t now = clock_ns(NULL) / 1000000;
	struct user_timer *t;

	for (t = u->timers; t; t = t->next) {
		if (t->at < 0 || t->at > now)
			continue;
		t->at = -1;
		t->fn(t->opaque);
	}
}

/* Its descriptors are asked for each time, so nothing is to be remembered. */
static void register_fd(int fd, void *opaque)
{
}

static void notify(void *opaque)
{
}

static const SlirpCb callbacks = {
	.send_packet = send_packet,
	.guest_error = guest_error,
	.clock_get_ns = clock_ns,
	.timer_new = timer_new,
	.timer_free = timer_free,
	.timer_mod = timer_mod,
	.register_poll_fd = register_fd,
	.unregister_poll_fd = register_fd,
	.notify = notify,
};

/*
 * The IPv4 network: that of the address in the configuration, which DHCP gives
 * to the guest then; its size is that of the prefix, 24 bits without one.
 */
static int choose_network(SlirpConfig *c, const char *ip, char why[WHY_MAX])
{
	unsigned int bits = 24;
	char text[64];
	uint32_t net, mask, guest;
	struct in_addr addr;
	char *slash;

	inet_pton(AF_INET, DEFAULT_NET, &addr);
	guest = ntohl(addr.s_addr) + GUEST_NUMBER;
	if (ip) {
		snprintf(text, sizeof(text), "%s", ip);
		slash = strchr(text, '/');
		if (slash) {
			*slash++ = '\0';
			bits = strtoul(slash, NULL, 10);
		}
		if (inet_pton(AF_INET, text, &addr) != 1 || bits < 8 ||
		    bits > 28) {
			why_set(why,
				"ip = '%s': user mode takes one IPv4 address, with a prefix of 8 to 28 bits",
				ip);
			return -1;
		}
		guest = ntohl(addr.s_addr);
	}
	mask = ~0U << (32 - bits);
	net = guest & mask;
	if (guest - net <= DNS_NUMBER || guest == (net | ~mask)) {
		why_set(why,
			"ip = '%s': the first three addresses and the last of a network are taken in user mode",
			ip);
		return -1;
	}
	c->vnetwork.s_addr = htonl(net);
	c->vnetmask.s_addr = htonl(mask);
	c->vhost.s_addr = htonl(net + HOST_NUMBER);
	c->vnameserver.s_addr = htonl(net + DNS_NUMBER);
	c->vdhcp_start.s_addr = htonl(guest);
	return 0;
}

static int configure(SlirpConfig *c, const struct vif_config *cfg,
		     char why[WHY_MAX])
{
	/* All that is used is in the first version of the structure. */
	c->version = 1;
	c->in_enabled = true;
	c->in6_enabled = true;
	c->vprefix_len = 64;
	inet_pton(AF_INET6, "fec0::", &c->vprefix_addr6);
	inet_pton(AF_INET6, "fec0::2", &c->vhost6);
	inet_pton(AF_INET6, "fec0::3", &c->vnameserver6);
	c->vhostname = "xenpv";
	c->if_mtu = cfg->mtu;
	c->if_mru = cfg->mtu;
	c->disable_host_loopback = !cfg->hostloopback;
	return choose_network(c, cfg->ip, why);
}

static int add_forwards(struct user_net *u, const struct vif_config *cfg,
			char why[WHY_MAX])
{
	const struct vif_forward *f;
	unsigned int i;

	for (i = 0; i < cfg->nr_forwards; i++) {
		f = &cfg->forwards[i];
		if (!slirp_add_hostfwd(u->slirp, f->udp, f->host, f->host_port,
				       f->guest, f->guest_port))
			continue;
		why_set(why, "cannot listen on %s port %u: %s",
			f->udp ? "UDP" : "TCP", f->host_port, strerror(errno));
		return -1;
	}
	return 0;
}

struct user_net *user_new(const struct vif_config *cfg, char why[WHY_MAX])
{
	struct user_net *u = xcalloc(1, sizeof(*u));
	SlirpConfig c = { 0 };
	int ret;

	if (configure(&c, cfg, why)) {
		free(u);
		return NULL;
	}
	u->hostloopback = cfg->hostloopback;
	pthread_mutex_lock(&slirp_lock);
	u->slirp = slirp_new(&c, &callbacks, u);
	ret = u->slirp ? add_forwards(u, cfg, why) : -1;
	pthread_mutex_unlock(&slirp_lock);
	if (!u->slirp)
		why_set(why, "libslirp does not start");
	if (!ret)
		return u;
	user_free(u);
	return NULL;
}

void user_free(struct user_net *u)
{
	if (!u)
		return;
	pthread_mutex_lock(&slirp_lock);
	if (u->slirp)
		slirp_cleanup(u->slirp);
	pthread_mutex_unlock(&slirp_lock);
	while (u->timers)
		timer_free(u->timers, u);
	free(u);
}

void user_attach(struct user_net *u, user_packet_fn packet, void *opaque)
{
	u->packet = packet;
	u->opaque = opaque;
}

/*
 * Is it for an address that is the host's own loopback when libslirp connects
 * to it?  It looks at what its aliases stand for, and takes all else as it
 * comes: 127.0.0.1 and 0.0.0.0, ::1, :: and ::ffff:127.0.0.1.
 */
static bool is_for_loopback(const uint8_t *data, size_t len)
{
	static const uint8_t zero[10];
	const uint8_t *ip = data + PACKET_ETH_HLEN, *to;
	unsigned int type;

	if (len < PACKET_ETH_HLEN)
		return false;
	type = data[12] << 8 | data[13];
	len -= PACKET_ETH_HLEN;
	if (type == ETHERTYPE_IP && len >= sizeof(struct iphdr)) {
		to = ip + offsetof(struct iphdr, daddr);
		return *to == 0 || *to == 127;
	}
	if (type == ETHERTYPE_IPV6 && len >= sizeof(struct ip6_hdr)) {
		to = ip + offsetof(struct ip6_hdr, ip6_dst);
		return !memcmp(to, zero, sizeof(zero));
	}
	return false;
}

/* Could it begin a connection?  UDP and ping are no different there. */
static bool opens_socket(const uint8_t *data, size_t len)
{
	const uint8_t begins = TH_SYN | TH_FIN | TH_RST | TH_URG | TH_ACK;
	struct packet p;

	/* Of IPv6 it answers all else by itself; fragments are IPv4's. */
	if (!packet_parse(data, len, &p))
		return len < PACKET_ETH_HLEN ||
		       (data[12] << 8 | data[13]) == ETHERTYPE_IP;
	return p.proto != IPPROTO_TCP ||
	       (data[p.l4 + offsetof(struct tcphdr, th_flags)] & begins) == TH_SYN;
}

/*
 * Half of what this process may open is for others.  libslirp does not tell how
 * many sockets it has, and polls not all of them: where the next one would be.
 */
static bool has_room(struct user_net *u)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	struct rlimit files;
	bool room;

	room = fd >= 0 && (getrlimit(RLIMIT_NOFILE, &files) ||
			   (rlim_t)fd < files.rlim_cur / 2);
	if (fd >= 0)
		close(fd);
	if (!room && !u->full)
		log_guest_line("vif: user mode: so many connections, there can be no more");
	u->full = !room;
	return room;
}

void user_send(struct user_net *u, const struct iovec *iov, unsigned int nr,
	       size_t len)
{
	struct virtio_net_hdr hdr;
	size_t used = 0;
	unsigned int i;

	len -= sizeof(hdr);
	if (len > sizeof(u->buffer))
		return;
	memcpy(&hdr, iov[0].iov_base, sizeof(hdr));
	for (i = 1; i < nr; i++) {
		memcpy(u->buffer + used, iov[i].iov_base, iov[i].iov_len);
		used += iov[i].iov_len;
	}
	/* libslirp takes long segments as they are, but checks their sum. */
	if (!packet_finish(&hdr, u->buffer, used))
		return;
	if (!u->hostloopback && is_for_loopback(u->buffer, used))
		return;
	pthread_mutex_lock(&slirp_lock);
	if (!opens_socket(u->buffer, used) || has_room(u))
		slirp_input(u->slirp, u->buffer, used);
	pthread_mutex_unlock(&slirp_lock);
}

static const struct {
	int slirp;
	short poll;
} events[] = {
	{ SLIRP_POLL_IN, POLLIN },
	{ SLIRP_POLL_OUT, POLLOUT },
	{ SLIRP_POLL_PRI, POLLPRI },
	{ SLIRP_POLL_ERR, POLLERR },
	{ SLIRP_POLL_HUP, POLLHUP },
};

static int add_poll(int fd, int wanted, void *opaque)
{
	struct pollset *set = opaque;
	short bits = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(events); i++)
		if (wanted & events[i].slirp)
			bits |= events[i].poll;
	return pollset_add(set, fd, bits);
}

static int get_events(int index, void *opaque)
{
	const struct pollset *set = opaque;
	unsigned int i;
	int bits = 0;

	for (i = 0; i < ARRAY_SIZE(events); i++)
		if (set->fds[index].revents & events[i].poll)
			bits |= events[i].slirp;
	return bits;
}

void user_fill(struct user_net *u, struct pollset *set)
{
	int64_t now = clock_ns(NULL) / 1000000;
	uint32_t timeout = UINT32_MAX;
	struct user_timer *t;

	pthread_mutex_lock(&slirp_lock);
	slirp_pollfds_fill(u->slirp, &timeout, add_poll, set);
	pthread_mutex_unlock(&slirp_lock);
	if (timeout != UINT32_MAX)
		pollset_limit(set, timeout);
	for (t = u->timers; t; t = t->next)
		if (t->at >= 0)
			pollset_limit(set, t->at - now);
}

void user_poll(struct user_net *u, const struct pollset *set, bool failed)
{
	pthread_mutex_lock(&slirp_lock);
	slirp_pollfds_poll(u->slirp, failed, get_events, (void *)set);
	run_timers(u);
	pthread_mutex_unlock(&slirp_lock);
}
