// SPDX-License-Identifier: GPL-2.0
/* Event fds: the host's end of ports, as backends use it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "../lib/xenpv_dom.h"
#include "../lib/xenpv_test.h"

FIXTURE(host) {
	struct xdom d;
	struct xvcpu *v;
	int ev;			/* O_NONBLOCK */
	uint32_t port;		/* bound to ev, nothing pending */
};

static int event_fd(struct xdom *d, int flags)
{
	int fd = xioctl_n(d->fd, KVM_XENPV_CREATE_EVENT_FD, 0);

	if (fd >= 0)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | flags);
	return fd;
}

static int bind_port(int ev, unsigned long port)
{
	return xioctl_n(ev, KVM_XENPV_BIND_PORT, port);
}

static int unbind(int ev, unsigned long port)
{
	return xioctl_n(ev, KVM_XENPV_UNBIND_PORT, port);
}

static int notify(int ev, unsigned long port)
{
	return xioctl_n(ev, KVM_XENPV_NOTIFY_PORT, port);
}

/* One port, or an error. */
static long next_port(int ev)
{
	uint32_t port;
	ssize_t n = read(ev, &port, sizeof(port));

	return n == sizeof(port) ? (long)port : n < 0 ? -errno : -EPROTO;
}

/* poll(2) without waiting: revents. */
static int poll_now(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	return poll(&p, 1, 0) < 0 ? -errno : p.revents;
}

FIXTURE_SETUP(host)
{
	ASSERT_EQ(0, xdom_new(&self->d, 0, 2));
	self->v = &self->d.vcpu[0];
	self->ev = event_fd(&self->d, O_NONBLOCK);
	ASSERT_LE(0, self->ev);
	self->port = xev_alloc(self->v, 0);
	ASSERT_EQ(1, self->port);
	ASSERT_EQ(0, bind_port(self->ev, self->port));
	ASSERT_EQ(self->port, next_port(self->ev));
	ASSERT_EQ(-EAGAIN, next_port(self->ev));
}

FIXTURE_TEARDOWN(host)
{
	if (self->ev >= 0)
		close(self->ev);
	xdom_free(&self->d);
}

/* --- bind, unbind, notify --- */

TEST_F(host, create)
{
	int ev = xioctl_n(self->d.fd, KVM_XENPV_CREATE_EVENT_FD, 12345);

	ASSERT_LE(0, ev);
	EXPECT_EQ(FD_CLOEXEC, fcntl(ev, F_GETFD));
	EXPECT_EQ(0, fcntl(ev, F_GETFL) & O_NONBLOCK);
	EXPECT_EQ(0, poll_now(ev) & ~POLLOUT);
	close(ev);
}

TEST_F(host, bind_starts_pending)
{
	long port = xev_alloc(self->v, 0);
	struct evtchn_status st;

	EXPECT_EQ(0, bind_port(self->ev, port));
	EXPECT_TRUE(poll_now(self->ev) & POLLIN);
	EXPECT_EQ(port, next_port(self->ev));
	EXPECT_EQ(-EAGAIN, next_port(self->ev));
	/* The guest's end does not. */
	EXPECT_EQ(0, xdom_nr_pending(&self->d));
	EXPECT_EQ(0, xvcpu_no_kick(self->v));
	ASSERT_EQ(0, xev_status(self->v, DOMID_SELF, port, &st));
	EXPECT_EQ(EVTCHNSTAT_interdomain, st.status);
	EXPECT_EQ(0, st.u.interdomain.dom);
	EXPECT_EQ(0, st.u.interdomain.port);
}

TEST_F(host, bind_refused)
{
	struct xvcpu *v = self->v;
	long loop = xev_alloc(v, DOMID_SELF), pair = xev_bind(v, DOMID_SELF, loop);
	long ports[] = {
		self->port,		/* bound already */
		xev_alloc(v, DOMID_SELF), xev_alloc(v, 77), xev_ipi(v, 0),
		xev_virq(v, VIRQ_TIMER, 0), loop, pair,
		0, 50, 1023, 1024, 4095, 4096, 0x80000000, 0xffffffff,
		1L << 32 | xev_alloc(v, 0), 1L << 63, -1L,
	};
	unsigned int i;

	ASSERT_LE(1, pair);
	for (i = 0; i < ARRAY_SIZE(ports); i++) {
		EXPECT_EQ(-EINVAL, bind_port(self->ev, ports[i]))
			TH_LOG("port %#lx", ports[i]);
	}
	EXPECT_EQ(-EAGAIN, next_port(self->ev));
}

TEST_F(host, not_bound_here)
{
	long free = xev_alloc(self->v, 0), ipi = xev_ipi(self->v, 0);
	int other = event_fd(&self->d, O_NONBLOCK);
	long ports[] = {
		free, ipi, 0, 50, 1023, 4095, 4096, 0x80000000, 0xffffffff,
		1L << 32 | self->port, 1L << 63 | self->port, -1L,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ports); i++) {
		EXPECT_EQ(-ENOENT, notify(self->ev, ports[i])) TH_LOG("port %#lx", ports[i]);
		EXPECT_EQ(-ENOENT, unbind(self->ev, ports[i])) TH_LOG("port %#lx", ports[i]);
	}
	EXPECT_EQ(-ENOENT, notify(other, self->port));
	EXPECT_EQ(-ENOENT, unbind(other, self->port));
	EXPECT_EQ(-EINVAL, bind_port(other, self->port));
	EXPECT_EQ(0, xdom_nr_pending(&self->d));
	EXPECT_EQ(0, notify(self->ev, self->port));
	close(other);
}

TEST_F(host, notify_raises_an_event)
{
	EXPECT_EQ(0, notify(self->ev, self->port));
	EXPECT_TRUE(xdom_pending(&self->d, self->port));
	EXPECT_EQ(1, xdom_nr_pending(&self->d));
	EXPECT_EQ(1, xvcpu_upcall(self->v));
	EXPECT_EQ(1, xvcpu_wait_kick(self->v, 1000));
	/* An edge, as for everybody. */
	EXPECT_EQ(0, notify(self->ev, self->port));
	EXPECT_EQ(0, xvcpu_no_kick(self->v));
	EXPECT_EQ(-EAGAIN, next_port(self->ev));
	xdom_quiet(&self->d);
	xdom_mask(&self->d, self->port, true);
	EXPECT_EQ(0, notify(self->ev, self->port));
	EXPECT_TRUE(xdom_pending(&self->d, self->port));
	EXPECT_EQ(0, xvcpu_upcall(self->v));
	EXPECT_EQ(0, xev_unmask(self->v, self->port));
	EXPECT_EQ(1, xvcpu_wait_kick(self->v, 1000));
	/* On the vCPU of the port. */
	xdom_quiet(&self->d);
	EXPECT_EQ(0, xev_bind_vcpu(self->v, self->port, 1));
	EXPECT_EQ(0, notify(self->ev, self->port));
	EXPECT_EQ(0, xvcpu_upcall(self->v));
	EXPECT_EQ(1, xvcpu_wait_kick(&self->d.vcpu[1], 1000));
}

TEST_F(host, unbinding)
{
	EXPECT_EQ(0, xev_ring(self->v, self->port));
	EXPECT_EQ(0, unbind(self->ev, self->port));
	/* What was not read yet is not told any more. */
	EXPECT_EQ(0, poll_now(self->ev) & POLLIN);
	EXPECT_EQ(-EAGAIN, next_port(self->ev));
	EXPECT_EQ(EVTCHNSTAT_unbound, xev_state(self->v, self->port));
	EXPECT_EQ(0, xev_ring(self->v, self->port));
	EXPECT_EQ(-EAGAIN, next_port(self->ev));
	EXPECT_EQ(-ENOENT, unbind(self->ev, self->port));
	EXPECT_EQ(-ENOENT, notify(self->ev, self->port));
	EXPECT_EQ(0, xdom_nr_pending(&self->d));
	/* And bound again, by anybody. */
	EXPECT_EQ(0, bind_port(self->ev, self->port));
	EXPECT_EQ(self->port, next_port(self->ev));
}

TEST_F(host, guest_closes)
{
	EXPECT_EQ(0, xev_ring(self->v, self->port));
	EXPECT_EQ(0, xev_close(self->v, self->port));
	EXPECT_EQ(-EAGAIN, next_port(self->ev));
	EXPECT_EQ(-ENOENT, notify(self->ev, self->port));
	EXPECT_EQ(-ENOENT, unbind(self->ev, self->port));
	EXPECT_EQ(-EINVAL, bind_port(self->ev, self->port));
	/* The same number may mean something else now. */
	EXPECT_EQ(self->port, xev_ipi(self->v, 0));
	EXPECT_EQ(-ENOENT, notify(self->ev, self->port));
	EXPECT_EQ(0, xdom_nr_pending(&self->d));
}

TEST_F(host, guest_resets)
{
	EXPECT_EQ(0, xev_ring(self->v, self->port));
	EXPECT_EQ(0, xev_reset(self->v, DOMID_SELF));
	EXPECT_EQ(-EAGAIN, next_port(self->ev));
	EXPECT_EQ(-ENOENT, notify(self->ev, self->port));
	EXPECT_EQ(self->port, xev_alloc(self->v, 0));
	EXPECT_EQ(0, bind_port(self->ev, self->port));
	EXPECT_EQ(self->port, next_port(self->ev));
}

TEST_F(host, closing_the_fd_unbinds)
{
	long second = xev_alloc(self->v, 0);
	int other = event_fd(&self->d, O_NONBLOCK);

	EXPECT_EQ(0, bind_port(other, second));
	EXPECT_EQ(0, bind_port(self->ev, xev_alloc(self->v, 0)));
	close(self->ev);
	self->ev = -1;
	EXPECT_EQ(EVTCHNSTAT_unbound, xev_state(self->v, self->port));
	EXPECT_EQ(EVTCHNSTAT_interdomain, xev_state(self->v, second));
	EXPECT_EQ(0, xev_ring(self->v, self->port));
	EXPECT_EQ(second, next_port(other));
	EXPECT_EQ(0, bind_port(other, self->port));
	EXPECT_EQ(self->port, next_port(other));
	EXPECT_EQ(-EAGAIN, next_port(other));
	close(other);
	EXPECT_EQ(EVTCHNSTAT_unbound, xev_state(self->v, second));
}

/* A descriptor that somebody else still has keeps the ports bound. */
TEST_F(host, closing_one_of_two_descriptors)
{
	int copy = dup(self->ev);

	close(self->ev);
	self->ev = copy;
	EXPECT_EQ(0, xev_ring(self->v, self->port));
	EXPECT_EQ(self->port, next_port(self->ev));
}

TEST_F(host, ports_of_two_fds_are_apart)
{
	int other = event_fd(&self->d, O_NONBLOCK);
	long second = xev_alloc(self->v, 0);

	EXPECT_EQ(0, bind_port(other, second));
	EXPECT_EQ(second, next_port(other));
	EXPECT_EQ(0, xev_ring(self->v, self->port));
	EXPECT_EQ(-EAGAIN, next_port(other));
	EXPECT_EQ(0, poll_now(other) & POLLIN);
	EXPECT_EQ(0, xev_ring(self->v, second));
	EXPECT_EQ(self->port, next_port(self->ev));
	EXPECT_EQ(-EAGAIN, next_port(self->ev));
	EXPECT_EQ(second, next_port(other));
	close(other);
}

/* An event fd speaks of its own domain's ports only. */
TEST_F(host, ports_of_two_domains_are_apart)
{
	struct xdom e;
	int ev;

	ASSERT_EQ(0, xdom_new(&e, 0, 1));
	ev = event_fd(&e, O_NONBLOCK);
	EXPECT_EQ(-EINVAL, bind_port(ev, self->port));
	EXPECT_EQ(1, xev_alloc(&e.vcpu[0], 0));
	EXPECT_EQ(0, bind_port(ev, 1));
	EXPECT_EQ(1, next_port(ev));
	EXPECT_EQ(0, notify(ev, 1));
	EXPECT_EQ(1, xdom_nr_pending(&e));
	EXPECT_EQ(0, xdom_nr_pending(&self->d));
	EXPECT_EQ(0, xev_ring(self->v, 1));
	EXPECT_EQ(-EAGAIN, next_port(ev));
	close(ev);
	xdom_free(&e);
}

/* --- read and poll --- */

TEST_F(host, read_and_poll)
{
	EXPECT_EQ(0, poll_now(self->ev) & POLLIN);
	EXPECT_EQ(0, xev_ring(self->v, self->port));
	EXPECT_EQ(POLLIN, poll_now(self->ev) & (POLLIN | POLLERR | POLLHUP));
	EXPECT_EQ(self->port, next_port(self->ev));
	EXPECT_EQ(0, poll_now(self->ev) & POLLIN);
	EXPECT_EQ(-EAGAIN, next_port(self->ev));
	/* By the slow path just the same. */
	EXPECT_EQ(0, xev_send(self->v, self->port));
	EXPECT_EQ(self->port, next_port(self->ev));
	/* The guest is not told of its own events. */
	EXPECT_EQ(0, xdom_nr_pending(&self->d));
	EXPECT_EQ(0, xvcpu_no_kick(self->v));
}

TEST_F(host, events_coalesce)
{
	uint32_t got[8];
	int i;

	for (i = 0; i < 10; i++) {
		EXPECT_EQ(0, xev_ring(self->v, self->port));
	}
	EXPECT_EQ(4, read(self->ev, got, sizeof(got)));
	EXPECT_EQ(self->port, got[0]);
	EXPECT_EQ(-EAGAIN, next_port(self->ev));
}

TEST_F(host, short_and_odd_buffers)
{
	static const size_t bad[] = { 0, 1, 2, 3, 5, 6, 7, 9, 4097 };
	char buf[8192];
	unsigned int i;

	EXPECT_EQ(0, xev_ring(self->v, self->port));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		errno = 0;
		EXPECT_EQ(-1, read(self->ev, buf, bad[i])) TH_LOG("%zu bytes", bad[i]);
		EXPECT_EQ(EINVAL, errno) TH_LOG("%zu bytes", bad[i]);
	}
	EXPECT_EQ(4, read(self->ev, buf, 8192));
}

TEST_F(host, bad_buffers_lose_nothing)
{
	uint32_t *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *volatile nowhere = (void *)8;
	bool seen[256] = {};
	unsigned int i;
	ssize_t n;

	ASSERT_EQ(0, munmap(page + 1024, 4096));
	for (i = 0; i < 100; i++) {
		EXPECT_EQ(0, bind_port(self->ev, xev_alloc(self->v, 0)));
	}
	errno = 0;
	EXPECT_EQ(-1, read(self->ev, nowhere, 400));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, read(self->ev, page + 1024, 400));
	EXPECT_EQ(EFAULT, errno);
	/* A buffer that ends in the middle. */
	n = read(self->ev, page + 1024 - 50, 400);
	if (n > 0) {
		EXPECT_GE(200, n);
		for (i = 0; i < n / 4; i++)
			seen[page[1024 - 50 + i]] = true;
	}
	for (n = 0; n >= 0;) {
		n = next_port(self->ev);
		if (n >= 0) {
			EXPECT_FALSE(seen[n]);
			seen[n] = true;
		}
	}
	for (i = 2; i < 102; i++) {
		EXPECT_TRUE(seen[i]) TH_LOG("port %u", i);
	}
}

TEST_F(host, many_ports)
{
	static uint32_t got[4096];
	static bool seen[4096];
	unsigned int i, n = 0;
	ssize_t r;

	for (i = 2; i < 4096; i++) {
		ASSERT_EQ(i, xev_alloc(self->v, 0));
		ASSERT_EQ(0, bind_port(self->ev, i));
	}
	for (i = 1; i < 4096; i++) {
		ASSERT_EQ(0, xev_ring(self->v, i));
	}
	/* Any number at a time; each once. */
	while ((r = read(self->ev, got, n < 100 ? 28 : sizeof(got))) > 0) {
		ASSERT_EQ(0, r % 4);
		for (i = 0; i < r / 4; i++) {
			ASSERT_LE(1, got[i]);
			ASSERT_GT(4096, got[i]);
			ASSERT_FALSE(seen[got[i]]);
			seen[got[i]] = true;
			n++;
		}
	}
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(4095, n);
	/* The other way round. */
	for (i = 1; i < 4096; i++) {
		ASSERT_EQ(0, notify(self->ev, i));
	}
	EXPECT_EQ(4095, xdom_nr_pending(&self->d));
	EXPECT_EQ(~0ULL, xvcpu_sel(self->v));
	EXPECT_EQ(1, xvcpu_wait_kick(self->v, 1000));
}

/* A port that never stops does not hide the others. */
TEST_F(host, every_port_gets_its_turn)
{
	long last = 0, port;
	unsigned int i, turns[8] = {};

	for (i = 0; i < 3; i++)
		last = xev_alloc(self->v, 0);
	EXPECT_EQ(0, bind_port(self->ev, 2));
	EXPECT_EQ(0, bind_port(self->ev, 3));
	EXPECT_EQ(0, bind_port(self->ev, last));
	for (i = 0; i < 400; i++) {
		EXPECT_EQ(0, xev_ring(self->v, 1));
		EXPECT_EQ(0, xev_ring(self->v, 2));
		EXPECT_EQ(0, xev_ring(self->v, last));
		port = next_port(self->ev);
		ASSERT_LE(1, port);
		ASSERT_GE(4, port);
		turns[port]++;
	}
	EXPECT_LT(50, turns[1]);
	EXPECT_LT(50, turns[2]);
	EXPECT_EQ(1, turns[3]);
	EXPECT_LT(50, turns[last]);
}

TEST_F(host, vectors)
{
	uint32_t a[2], b[2];
	struct iovec iov[2] = { { a, 8 }, { b, 8 } };
	int i;

	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, bind_port(self->ev, xev_alloc(self->v, 0)));
	}
	EXPECT_EQ(12, readv(self->ev, iov, 2));
	EXPECT_EQ(2 + 3 + 4, a[0] + a[1] + b[0]);
	EXPECT_EQ(-EAGAIN, next_port(self->ev));
}

TEST_F(host, nothing_to_write_or_map)
{
	uint32_t port = self->port;

	EXPECT_EQ(-1, write(self->ev, &port, 4));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->ev, 0));
	EXPECT_EQ(0, xdom_nr_pending(&self->d));
}

/* --- waiting --- */

struct waiter {
	int fd;
	long result;
	int error;
	volatile int ready;
};

static void *read_one(void *arg)
{
	struct waiter *w = arg;
	uint32_t port = ~0U;

	w->ready = 1;
	w->result = read(w->fd, &port, sizeof(port));
	w->error = errno;
	if (w->result == 4)
		w->result = port;
	return NULL;
}

static void *poll_one(void *arg)
{
	struct waiter *w = arg;
	struct pollfd p = { .fd = w->fd, .events = POLLIN };

	w->ready = 1;
	w->result = poll(&p, 1, 5000) == 1 ? p.revents : 0;
	return NULL;
}

static void start(pthread_t *t, struct waiter *w, int fd, void *(*fn)(void *))
{
	*w = (struct waiter){ .fd = fd };
	pthread_create(t, NULL, fn, w);
	while (!w->ready)
		sched_yield();
	usleep(20000);
}

TEST_F(host, read_waits)
{
	int ev = event_fd(&self->d, 0);
	struct waiter w;
	pthread_t t;
	long port;

	port = xev_alloc(self->v, 0);
	EXPECT_EQ(0, bind_port(ev, port));
	EXPECT_EQ(port, next_port(ev));
	start(&t, &w, ev, read_one);
	EXPECT_EQ(0, xev_ring(self->v, port));
	pthread_join(t, NULL);
	EXPECT_EQ(port, w.result);
	/* Binding wakes too. */
	start(&t, &w, ev, read_one);
	port = xev_alloc(self->v, 0);
	EXPECT_EQ(0, bind_port(ev, port));
	pthread_join(t, NULL);
	EXPECT_EQ(port, w.result);
	close(ev);
}

TEST_F(host, two_readers_one_event_each)
{
	int ev = event_fd(&self->d, 0);
	struct waiter w[2];
	pthread_t t[2];
	long port[2];
	int i;

	for (i = 0; i < 2; i++) {
		port[i] = xev_alloc(self->v, 0);
		EXPECT_EQ(0, bind_port(ev, port[i]));
		EXPECT_EQ(port[i], next_port(ev));
	}
	start(&t[0], &w[0], ev, read_one);
	start(&t[1], &w[1], ev, read_one);
	EXPECT_EQ(0, xev_ring(self->v, port[0]));
	EXPECT_EQ(0, xev_ring(self->v, port[1]));
	pthread_join(t[0], NULL);
	pthread_join(t[1], NULL);
	EXPECT_EQ(port[0] + port[1], w[0].result + w[1].result);
	EXPECT_NE(w[0].result, w[1].result);
	close(ev);
}

TEST_F(host, poll_waits)
{
	struct waiter w;
	pthread_t t;

	start(&t, &w, self->ev, poll_one);
	EXPECT_EQ(0, xev_ring(self->v, self->port));
	pthread_join(t, NULL);
	EXPECT_EQ(POLLIN, w.result);
}

TEST_F(host, epoll_edges)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLET }, got;
	int ep = epoll_create1(0);
	long second = xev_alloc(self->v, 0);

	EXPECT_EQ(0, bind_port(self->ev, second));
	EXPECT_EQ(second, next_port(self->ev));
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, self->ev, &e));
	EXPECT_EQ(0, epoll_wait(ep, &got, 1, 0));
	EXPECT_EQ(0, xev_ring(self->v, self->port));
	EXPECT_EQ(1, epoll_wait(ep, &got, 1, 1000));
	EXPECT_EQ(0, epoll_wait(ep, &got, 1, 0));
	/* A new event is a new edge, though the first was not read. */
	EXPECT_EQ(0, xev_ring(self->v, second));
	EXPECT_EQ(1, epoll_wait(ep, &got, 1, 1000));
	close(ep);
}

static volatile int signalled;

static void on_signal(int sig)
{
	signalled++;
}

static void *read_until_told(void *arg)
{
	return read_one(arg);
}

TEST_F(host, signals_interrupt)
{
	struct sigaction sa = { .sa_handler = on_signal };
	int ev = event_fd(&self->d, 0), i;
	struct waiter w;
	pthread_t t;
	long port;

	port = xev_alloc(self->v, 0);
	EXPECT_EQ(0, bind_port(ev, port));
	EXPECT_EQ(port, next_port(ev));

	sigaction(SIGUSR1, &sa, NULL);
	start(&t, &w, ev, read_until_told);
	pthread_kill(t, SIGUSR1);
	pthread_join(t, NULL);
	EXPECT_EQ(-1, w.result);
	EXPECT_EQ(EINTR, w.error);
	EXPECT_EQ(1, signalled);

	/* Or the read goes on, if that is asked for. */
	sa.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &sa, NULL);
	start(&t, &w, ev, read_until_told);
	for (i = 0; i < 5; i++) {
		pthread_kill(t, SIGUSR1);
		usleep(5000);
	}
	EXPECT_EQ(0, xev_ring(self->v, port));
	pthread_join(t, NULL);
	EXPECT_EQ(port, w.result);
	close(ev);
}

/* --- the domain's death --- */

TEST_F(host, death_hangs_up)
{
	int ev = event_fd(&self->d, 0);
	struct waiter r, p;
	pthread_t t[2];
	long n;

	start(&t[0], &r, ev, read_one);
	start(&t[1], &p, ev, poll_one);
	xdom_close(&self->d);
	pthread_join(t[0], NULL);
	pthread_join(t[1], NULL);
	EXPECT_GT(1, r.result);
	EXPECT_NE(EAGAIN, r.error);
	EXPECT_TRUE(p.result & POLLHUP);
	EXPECT_TRUE(p.result & POLLERR);
	EXPECT_TRUE(poll_now(self->ev) & POLLHUP);
	EXPECT_TRUE(poll_now(self->ev) & POLLERR);
	/* Nothing waits, nothing works, nothing breaks. */
	n = next_port(ev);
	EXPECT_TRUE(n < 0 && n != -EAGAIN) TH_LOG("%ld", n);
	EXPECT_EQ(-EINVAL, bind_port(ev, 1));
	EXPECT_EQ(-EINVAL, bind_port(ev, self->port));
	EXPECT_EQ(-ENOENT, unbind(self->ev, self->port));
	EXPECT_EQ(-ENOENT, notify(self->ev, self->port));
	close(ev);
}

TEST_F(host, death_with_events_unread)
{
	EXPECT_EQ(0, xev_ring(self->v, self->port));
	xdom_close(&self->d);
	EXPECT_TRUE(poll_now(self->ev) & POLLHUP);
	EXPECT_NE(-EAGAIN, next_port(self->ev));
	EXPECT_NE(-EAGAIN, next_port(self->ev));
}

/* --- whoever polls may have an eventfd signalled, a doorbell even --- */

/* When EV becomes readable the kernel signals DOORBELL. */
static int poll_to(aio_context_t ctx, int ev, int doorbell)
{
	struct iocb cb = {
		.aio_lio_opcode = IOCB_CMD_POLL, .aio_fildes = ev, .aio_buf = POLLIN,
		.aio_flags = IOCB_FLAG_RESFD, .aio_resfd = doorbell,
	}, *cbs = &cb;

	return syscall(SYS_io_submit, ctx, 1L, &cbs);
}

/* Waits up to a second for a doorbell that is none. */
static int bad_doorbell(struct xdom *d, uint64_t before)
{
	struct kvm_xenpv_info info;
	int i;

	for (i = 0; i < 1000; i++) {
		if (!xdom_info(d, &info) && info.doorbells_bad > before)
			return 1;
		usleep(1000);
	}
	return 0;
}

/*
 * In the vCPU's own thread it would be taken for a call of the guest, in the
 * midst of what the thread is doing: with the port locked.
 */
TEST_F(host, polled_for_a_doorbell)
{
	struct evtchn_send send = { .port = self->port };
	struct kvm_xenpv_info before, after;
	long other = xev_ipi(self->v, 0), second = xev_alloc(self->v, 0);
	aio_context_t ctx = 0;

	ASSERT_LE(1, other);
	ASSERT_LE(1, second);
	ASSERT_EQ(0, syscall(SYS_io_setup, 4L, &ctx));
	ASSERT_EQ(0, xdom_info(&self->d, &before));

	/* A send by ioctl, which leaves a call for the doorbell in the block. */
	ASSERT_EQ(1, poll_to(ctx, self->ev, self->v->doorbell));
	EXPECT_EQ(0, xcall(self->v, __HYPERVISOR_event_channel_op, EVTCHNOP_send, other,
			   &send, sizeof(send)));
	EXPECT_FALSE(xdom_pending(&self->d, other));
	EXPECT_EQ(1, bad_doorbell(&self->d, before.doorbells_bad));
	EXPECT_EQ(self->port, next_port(self->ev));

	/* It is still there when a port is bound. */
	ASSERT_EQ(1, poll_to(ctx, self->ev, self->v->doorbell));
	EXPECT_EQ(0, bind_port(self->ev, second));
	EXPECT_FALSE(xdom_pending(&self->d, other));
	EXPECT_EQ(1, bad_doorbell(&self->d, before.doorbells_bad + 1));
	EXPECT_EQ(second, next_port(self->ev));

	/* What a doorbell itself raises was never signalled from there. */
	ASSERT_EQ(1, poll_to(ctx, self->ev, self->v->doorbell));
	EXPECT_EQ(0, xev_ring(self->v, self->port));
	EXPECT_EQ(1, bad_doorbell(&self->d, before.doorbells_bad + 2));

	ASSERT_EQ(0, xdom_info(&self->d, &after));
	EXPECT_EQ(before.doorbells + 1, after.doorbells);
	EXPECT_EQ(before.doorbells_bad + 3, after.doorbells_bad);
	syscall(SYS_io_destroy, ctx);
}

/* Whatever the order in which things are closed. */
TEST(orders_of_closing)
{
	long refs;
	int i;

	xdev();
	refs = xdom_module_refs();
	for (i = 0; i < 24; i++) {
		struct xdom d;
		int ev[2], j;

		ASSERT_EQ(0, xdom_new(&d, 0, 1));
		for (j = 0; j < 2; j++) {
			ev[j] = event_fd(&d, 0);
			ASSERT_EQ(0, bind_port(ev[j], xev_alloc(&d.vcpu[0], 0)));
		}
		if (i % 3 == 0)
			xdom_close(&d);
		close(ev[i & 1]);
		if (i % 3 == 1)
			xdom_close(&d);
		close(ev[!(i & 1)]);
		xdom_free(&d);
	}
	EXPECT_EQ(0, xdom_count());
	EXPECT_EQ(refs, xdom_module_refs());
}

TEST_HARNESS_MAIN
