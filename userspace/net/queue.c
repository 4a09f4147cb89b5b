// SPDX-License-Identifier: GPL-2.0
/* A queue of a network device: the thread that moves its packets. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "../util.h"
#include "../vmm/log.h"
#include "queue.h"

/* Packets in one direction before the other has its turn. */
#define BUDGET		64
#define BACKLOG_BYTES	(1UL << 20)
/* A frontend that does not say when it has room is asked this often. */
#define POLL_ROOM_MS	30

struct backlog_packet {
	struct backlog_packet *next;
	struct virtio_net_hdr hdr;
	size_t len;
	uint8_t data[];
};

static void backlog_init(struct backlog *b)
{
	b->first = NULL;
	b->last = &b->first;
	b->bytes = 0;
}

static void backlog_put(struct net_queue *q, const struct virtio_net_hdr *hdr,
			const uint8_t *data, size_t len)
{
	struct backlog *b = &q->backlog;
	struct backlog_packet *p;

	if (b->bytes + len > BACKLOG_BYTES) {
		q->ring.stats.rx_dropped++;
		return;
	}
	p = xmalloc(sizeof(*p) + len);
	p->next = NULL;
	p->hdr = *hdr;
	p->len = len;
	memcpy(p->data, data, len);
	*b->last = p;
	b->last = &p->next;
	b->bytes += len;
}

static void backlog_drop_first(struct backlog *b)
{
	struct backlog_packet *p = b->first;

	b->first = p->next;
	if (!b->first)
		b->last = &b->first;
	b->bytes -= p->len;
	free(p);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* A packet of the guest for the host. */
static void send_out(void *opaque, const struct iovec *iov, unsigned int nr,
		     size_t len)
{
	struct net_queue *q = opaque;

	if (q->user)
		user_send(q->user, iov, nr, len);
	else if (writev(q->tap, iov, nr) < 0)
		q->ring.stats.tx_errors++;
}

/* A packet for the guest, now or when it has room. */
static void give(struct net_queue *q, struct virtio_net_hdr *hdr, uint8_t *data,
		 size_t len)
{
	if (q->backlog.first ||
	    netif_rx(&q->ring, hdr, data, len) == NETIF_RX_FULL)
		backlog_put(q, hdr, data, len);
}

static void user_packet(void *opaque, const uint8_t *data, size_t len)
{
	/* It never left this machine. */
	struct virtio_net_hdr hdr = { .flags = VIRTIO_NET_HDR_F_DATA_VALID };
	struct net_queue *q = opaque;

	if (len > sizeof(q->buffer))
		return;
	memcpy(q->buffer, data, len);
	give(q, &hdr, q->buffer, len);
}

/* False: the guest has no room. */
static bool give_backlog(struct net_queue *q)
{
	struct backlog_packet *p;

	while ((p = q->backlog.first)) {
		if (netif_rx(&q->ring, &p->hdr, p->data, p->len) == NETIF_RX_FULL)
			return false;
		backlog_drop_first(&q->backlog);
	}
	return true;
}

/* True when the TAP may have more. */
static bool read_tap(struct net_queue *q)
{
	unsigned int budget = BUDGET;
	struct virtio_net_hdr hdr;
	struct iovec iov[2] = {
		{ &hdr, sizeof(hdr) },
		{ q->buffer, sizeof(q->buffer) },
	};
	ssize_t len;

	while (budget--) {
		/* What does not fit stays in the TAP's own queue. */
		if (q->backlog.first)
			return false;
		len = readv(q->tap, iov, 2);
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0 && errno != EAGAIN) {
			log_line("vif %u: its interface is gone: %s", q->devid,
				 strerror(errno));
			q->tap_gone = true;
		}
		if (len < 0)
			return false;
		if ((size_t)len > sizeof(hdr))
			give(q, &hdr, q->buffer, len - sizeof(hdr));
	}
	return true;
}

static void push(struct net_queue *q)
{
	bool tx = netif_tx_push(&q->ring), rx = netif_rx_push(&q->ring);

	if (q->rx_port.fd < 0) {
		if (tx || rx)
			port_notify(&q->tx_port);
		return;
	}
	if (tx)
		port_notify(&q->tx_port);
	if (rx)
		port_notify(&q->rx_port);
}

/* True when there is more to do at once. */
static bool work(struct net_queue *q)
{
	bool more = netif_tx(&q->ring, BUDGET, now_ns());

	if (give_backlog(q) && q->tap >= 0 && !q->tap_gone && read_tap(q))
		more = true;
	push(q);
	if (q->ring.broken)
		log_guest_line("vif %u: queue %u is not served any more: %s",
			       q->devid, q->id, q->ring.broken);
	return more;
}

/* Wait for work.  False: it is over. */
static bool wait_for_work(struct net_queue *q, bool more)
{
	struct pollset *set = &q->set;
	int ret;

	set->nr = 0;
	set->timeout = more ? 0 : -1;
	pollset_add(set, q->stop_fd, POLLIN);
	if (!q->ring.broken) {
		pollset_add(set, q->tx_port.fd, POLLIN);
		/* poll() ignores -1. */
		pollset_add(set, q->rx_port.fd, POLLIN);
		pollset_add(set, q->backlog.first || q->tap_gone ? -1 : q->tap,
			    POLLIN);
		if (q->backlog.first && !q->ring.features.rx_notify)
			pollset_limit(set, POLL_ROOM_MS);
		if (q->ring.limited_until)
			pollset_limit(set, ((int64_t)(q->ring.limited_until -
						      now_ns()) + 999999) / 1000000);
		if (q->user)
			user_fill(q->user, set);
	}
	ret = poll(set->fds, set->nr, set->timeout);
	if (ret < 0 && errno != EINTR)
		return false;
	if (ret > 0 && set->fds[0].revents)
		return false;
	if (q->ring.broken)
		return true;
	if (ret > 0 && set->fds[1].revents)
		port_take(&q->tx_port);
	if (ret > 0 && set->fds[2].revents)
		port_take(&q->rx_port);
	if (q->user)
		user_poll(q->user, set, ret < 0);
	return true;
}

static void *run(void *opaque)
{
	struct net_queue *q = opaque;
	bool more = true;
	char name[16];

	snprintf(name, sizeof(name), "vif%u-%u", q->devid, q->id);
	pthread_setname_np(pthread_self(), name);
	while (wait_for_work(q, more))
		more = !q->ring.broken && work(q);
	return NULL;
}

int queue_start(struct net_queue *q)
{
	sigset_t all, old;
	int ret;

	q->ring.send = send_out;
	q->ring.opaque = q;
	q->tap_gone = false;
	backlog_init(&q->backlog);
	q->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (q->stop_fd < 0)
		return -1;
	if (q->user)
		user_attach(q->user, user_packet, q);
	/* Signals are the main loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	ret = pthread_create(&q->thread, NULL, run, q);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	q->running = !ret;
	if (!ret)
		return 0;
	if (q->user)
		user_attach(q->user, NULL, NULL);
	close(q->stop_fd);
	errno = ret;
	return -1;
}

void queue_stop(struct net_queue *q)
{
	uint64_t one = 1;

	if (!q->running)
		return;
	if (write(q->stop_fd, &one, sizeof(one)) != sizeof(one))
		abort();
	pthread_join(q->thread, NULL);
	q->running = false;
	close(q->stop_fd);
	if (q->user)
		user_attach(q->user, NULL, NULL);
	while (q->backlog.first)
		backlog_drop_first(&q->backlog);
	free(q->set.fds);
	memset(&q->set, 0, sizeof(q->set));
}
