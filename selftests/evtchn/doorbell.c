// SPDX-License-Identifier: GPL-2.0
/* The doorbell: what it serves, for whom, and what those get who misuse it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "../lib/xenpv_dom.h"
#include "../lib/xenpv_test.h"

FIXTURE(bell) {
	struct xdom d;
	struct xvcpu *v, *w;	/* this thread's; nobody's */
	long port;
};

FIXTURE_SETUP(bell)
{
	ASSERT_EQ(0, xdom_init(&self->d, 0, 4, MAP_SHARED));
	ASSERT_EQ(0, xdom_set_memory(&self->d));
	ASSERT_EQ(0, xdom_set_shared(&self->d));
	ASSERT_EQ(0, xdom_add(&self->d, 0));
	ASSERT_EQ(0, xdom_add(&self->d, 1));
	self->v = &self->d.vcpu[0];
	self->w = &self->d.vcpu[1];
	ASSERT_EQ(0, xdom_attach(self->v));
	self->port = xev_ipi(self->v, 0);
	ASSERT_EQ(1, self->port);
}

FIXTURE_TEARDOWN(bell)
{
	xdom_free(&self->d);
}

static uint64_t answered(struct xdom *d)
{
	struct kvm_xenpv_info info;

	return xdom_info(d, &info) ? ~0ULL : info.doorbells;
}

static uint64_t ignored(struct xdom *d)
{
	struct kvm_xenpv_info info;

	return xdom_info(d, &info) ? ~0ULL : info.doorbells_bad;
}

TEST_F(bell, send_to_itself)
{
	int i;

	/* Inside the callback the own interrupt may not be signalled. */
	for (i = 0; i < 100; i++) {
		EXPECT_EQ(0, xev_ring(self->v, self->port));
		EXPECT_TRUE(xdom_pending(&self->d, self->port));
		EXPECT_EQ(1, xvcpu_wait_kick(self->v, 1000));
		xdom_quiet(&self->d);
	}
	EXPECT_EQ(100, answered(&self->d));
	EXPECT_EQ(0, ignored(&self->d));
}

TEST_F(bell, calls_it_does_not_serve)
{
	struct kvm_xenpv_info info;
	struct xvcpu *v = self->v;
	unsigned int op;

	for (op = 0; op < 64; op++) {
		if (op == EVTCHNOP_send)
			continue;
		EXPECT_GT(0, xring(v, __HYPERVISOR_event_channel_op, op, 1))
			TH_LOG("operation %u", op);
		EXPECT_NE(XCALL_SILENT, v->block->ret);
	}
	for (op = 0; op < 64; op++) {
		if (op == __HYPERVISOR_event_channel_op)
			continue;
		EXPECT_GT(0, xring(v, op, EVTCHNOP_send, self->port))
			TH_LOG("hypercall %u", op);
		EXPECT_NE(XCALL_SILENT, v->block->ret);
	}
	EXPECT_GT(0, xring(v, XENPV_OP_VCPU_INFO, 0, xdom_gpa(XDOM_PG_FREE)));
	EXPECT_GT(0, xring(v, 1ULL << 32 | __HYPERVISOR_event_channel_op, EVTCHNOP_send,
			   self->port));
	EXPECT_GT(0, xring(v, __HYPERVISOR_event_channel_op, 1ULL << 32 | EVTCHNOP_send,
			   self->port));
	EXPECT_GT(0, xring(v, ~0ULL, ~0ULL, ~0ULL));
	ASSERT_EQ(0, xdom_info(&self->d, &info));
	EXPECT_EQ(1, info.ports);
	EXPECT_EQ(0, xdom_nr_pending(&self->d));
}

/* Ring a doorbell with a send in the block, from wherever this runs. */
static void *ring(void *arg)
{
	return (void *)xev_ring(arg, 1);
}

static long in_thread(void *(*fn)(void *), void *arg)
{
	pthread_t t;
	void *ret;

	if (pthread_create(&t, NULL, fn, arg))
		return 1;
	pthread_join(t, &ret);
	return (long)ret;
}

#define EXPECT_NOTHING_CAME() do {				\
	EXPECT_EQ(0, xdom_nr_pending(&self->d));		\
	EXPECT_EQ(0, xvcpu_upcall(self->v));			\
	EXPECT_EQ(0, xvcpu_no_kick(self->v));			\
} while (0)

TEST_F(bell, rung_by_another_thread)
{
	EXPECT_EQ(XCALL_SILENT, in_thread(ring, self->v));
	EXPECT_EQ(0, answered(&self->d));
	EXPECT_EQ(1, ignored(&self->d));
	EXPECT_NOTHING_CAME();
	EXPECT_EQ(0, xev_ring(self->v, self->port));
	EXPECT_EQ(1, answered(&self->d));
}

TEST_F(bell, rung_by_another_process)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(xev_ring(self->v, 1) == XCALL_SILENT ? 0 : 1);
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, answered(&self->d));
	EXPECT_EQ(1, ignored(&self->d));
	EXPECT_NOTHING_CAME();
}

TEST_F(bell, rung_before_anybody_attached)
{
	EXPECT_EQ(XCALL_SILENT, xev_ring(self->w, self->port));
	EXPECT_EQ(1, ignored(&self->d));
	EXPECT_NOTHING_CAME();
	ASSERT_EQ(0, xdom_attach(self->w));
	EXPECT_EQ(0, xev_ring(self->w, self->port));
	EXPECT_EQ(1, answered(&self->d));
	EXPECT_TRUE(xdom_pending(&self->d, self->port));
}

static void *attach_w_and_wait(void *arg)
{
	struct xvcpu *w = arg;

	if (xdom_attach(w))
		return (void *)1;
	/* It is told to end through its own interrupt. */
	while (!xvcpu_wait_kick(w, 1000))
		;
	return NULL;
}

/* A vCPU's thread may ring its own doorbell only. */
TEST_F(bell, rung_by_another_vcpus_thread)
{
	uint64_t one = 1;
	pthread_t t;
	void *ret;
	int i;

	pthread_create(&t, NULL, attach_w_and_wait, self->w);
	for (i = 0; i < 20; i++) {
		usleep(1000);
		EXPECT_EQ(XCALL_SILENT, xev_ring(self->w, self->port));
	}
	EXPECT_EQ(20, ignored(&self->d));
	EXPECT_NOTHING_CAME();
	EXPECT_EQ(8, write(self->w->irq, &one, 8));
	pthread_join(t, &ret);
	EXPECT_EQ(NULL, ret);
	/* Nobody runs that vCPU any more. */
	EXPECT_EQ(XCALL_SILENT, xev_ring(self->w, self->port));
	EXPECT_EQ(XCALL_SILENT, in_thread(ring, self->w));
	EXPECT_EQ(0, answered(&self->d));
}

static void *attach_and_ring(void *arg)
{
	return xdom_attach(arg) ? (void *)1 : (void *)xev_ring(arg, 1);
}

TEST_F(bell, the_last_to_attach_counts)
{
	EXPECT_EQ(0, in_thread(attach_and_ring, self->v));
	xdom_quiet(&self->d);
	EXPECT_EQ(XCALL_SILENT, xev_ring(self->v, self->port));
	EXPECT_NOTHING_CAME();
	ASSERT_EQ(0, xdom_attach(self->v));
	EXPECT_EQ(0, xev_ring(self->v, self->port));
	EXPECT_EQ(2, answered(&self->d));
	EXPECT_EQ(1, ignored(&self->d));
}

/* One thread may run vCPUs of several domains; each has its own doorbell. */
TEST_F(bell, of_several_domains)
{
	struct xdom e;
	long port;

	ASSERT_EQ(0, xdom_new(&e, 0, 1));
	port = xev_ipi(&e.vcpu[0], 0);
	ASSERT_EQ(1, port);
	EXPECT_EQ(0, xev_ring(&e.vcpu[0], port));
	EXPECT_EQ(0, xdom_nr_pending(&self->d));
	EXPECT_EQ(0, xev_ring(self->v, self->port));
	EXPECT_EQ(1, answered(&self->d));
	EXPECT_EQ(1, answered(&e));
	xdom_free(&e);
	EXPECT_EQ(0, xev_ring(self->v, self->port));
}

/* Only that something was written wakes the module. */
TEST_F(bell, other_wake_ups)
{
	uint64_t n;

	self->v->block->op = __HYPERVISOR_event_channel_op;
	self->v->block->arg[0] = EVTCHNOP_send;
	self->v->block->arg[1] = self->port;
	/* A read tells writers that there is room. */
	EXPECT_EQ(0, xdoorbell(self->w));
	n = ignored(&self->d);
	while (read(self->v->doorbell, &n, sizeof(n)) > 0)
		;
	EXPECT_EQ(0, answered(&self->d));
	EXPECT_EQ(1, ignored(&self->d));
	EXPECT_NOTHING_CAME();
	/* The last close hangs up. */
	close(self->v->doorbell);
	self->v->doorbell = -1;
	close(self->w->doorbell);
	self->w->doorbell = -1;
	EXPECT_EQ(0, answered(&self->d));
	EXPECT_EQ(1, ignored(&self->d));
	EXPECT_NOTHING_CAME();
}

/* The eventfd's counter must not fill up, or KVM's signal would be lost. */
TEST_F(bell, counter_is_emptied)
{
	uint64_t most = ~0ULL - 1;
	int i;

	for (i = 0; i < 5; i++) {
		self->v->block->op = __HYPERVISOR_event_channel_op;
		self->v->block->arg[0] = EVTCHNOP_send;
		self->v->block->arg[1] = self->port;
		self->v->block->ret = XCALL_SILENT;
		EXPECT_EQ(8, write(self->v->doorbell, &most, sizeof(most)));
		EXPECT_EQ(0, self->v->block->ret);
		xdom_quiet(&self->d);
	}
	EXPECT_EQ(5, answered(&self->d));
}

TEST_F(bell, others_wait_on_it_too)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLET }, got;
	int ep = epoll_create1(0), nested = epoll_create1(0), i;

	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, self->v->doorbell, &e));
	e.events = EPOLLIN | EPOLLEXCLUSIVE;
	ASSERT_EQ(0, epoll_ctl(nested, EPOLL_CTL_ADD, self->v->doorbell, &e));
	for (i = 0; i < 20; i++) {
		EXPECT_EQ(0, xev_ring(self->v, self->port));
		EXPECT_TRUE(xdom_clear(&self->d, self->port));
		epoll_wait(ep, &got, 1, 0);
	}
	EXPECT_EQ(20, answered(&self->d));
	close(ep);
	close(nested);
	EXPECT_EQ(0, xev_ring(self->v, self->port));
}

/* Somebody waits for its interrupts with epoll, itself a waker of others. */
TEST_F(bell, interrupt_watched_by_epoll)
{
	struct epoll_event e = { .events = EPOLLIN }, got;
	int inner = epoll_create1(0), outer = epoll_create1(0), i;

	ASSERT_EQ(0, epoll_ctl(inner, EPOLL_CTL_ADD, self->v->irq, &e));
	ASSERT_EQ(0, epoll_ctl(outer, EPOLL_CTL_ADD, inner, &e));
	for (i = 0; i < 20; i++) {
		EXPECT_EQ(0, xev_ring(self->v, self->port));
		EXPECT_EQ(1, epoll_wait(outer, &got, 1, 1000));
		EXPECT_EQ(1, xvcpu_kicks(self->v));
		xdom_quiet(&self->d);
	}
}

TEST_F(bell, semaphore_eventfds)
{
	struct xvcpu *u = &self->d.vcpu[2];
	long port;
	int i;

	u->doorbell = eventfd(0, EFD_NONBLOCK | EFD_SEMAPHORE);
	u->irq = eventfd(0, EFD_NONBLOCK | EFD_SEMAPHORE);
	ASSERT_EQ(0, xdom_add(&self->d, 2));
	ASSERT_EQ(0, xdom_attach(u));
	port = xev_ipi(u, 2);
	for (i = 0; i < 20; i++) {
		EXPECT_EQ(0, xev_ring(u, port));
		EXPECT_EQ(1, xvcpu_wait_kick(u, 1000));
		xdom_quiet(&self->d);
	}
}

/* What was in the counter before is no doorbell. */
TEST_F(bell, counter_not_empty_at_the_start)
{
	struct xvcpu *u = &self->d.vcpu[3];

	u->doorbell = eventfd(7, EFD_NONBLOCK);
	u->irq = eventfd(7, EFD_NONBLOCK);
	ASSERT_EQ(0, xdom_add(&self->d, 3));
	EXPECT_EQ(0, answered(&self->d));
	EXPECT_EQ(0, ignored(&self->d));
	ASSERT_EQ(0, xdom_attach(u));
	EXPECT_EQ(0, answered(&self->d));
	EXPECT_EQ(0, xev_ring(u, self->port));
	EXPECT_EQ(1, answered(&self->d));
	EXPECT_EQ(7, xvcpu_kicks(u));
}

TEST_F(bell, after_the_domains_death)
{
	int i;

	EXPECT_EQ(0, xev_ring(self->v, self->port));
	xdom_close(&self->d);
	xdom_quiet(&self->d);
	for (i = 0; i < 20; i++) {
		EXPECT_EQ(XCALL_SILENT, xev_ring(self->v, self->port));
		EXPECT_EQ(XCALL_SILENT, xev_ring(self->w, self->port));
	}
	EXPECT_EQ(0, xdom_nr_pending(&self->d));
	EXPECT_EQ(0, xvcpu_no_kick(self->v));
}

/* The far end is gone: no interrupt, no bits, wherever it stood. */
TEST_F(bell, into_a_dead_domain)
{
	evtchn_port_t p, q;
	struct xdom e;

	ASSERT_EQ(0, xdom_new(&e, 0, 1));
	ASSERT_EQ(0, xev_pair(self->v, &e.vcpu[0], &p, &q));
	EXPECT_EQ(0, xev_ring(self->v, p));
	EXPECT_EQ(1, xvcpu_wait_kick(&e.vcpu[0], 1000));
	xdom_quiet(&e);
	xdom_close(&e);
	EXPECT_EQ(0, xev_ring(self->v, p));
	EXPECT_EQ(0, xdom_nr_pending(&e));
	EXPECT_EQ(0, xvcpu_no_kick(&e.vcpu[0]));
	xdom_free(&e);
}

/* The block is hostile: whatever stands in it, the call ends. */
TEST_F(bell, random_blocks)
{
	struct kvm_xenpv_info info;
	unsigned int i, j;

	srandom(3);
	for (i = 0; i < 5000; i++) {
		uint64_t *words = (uint64_t *)self->v->block;

		for (j = 0; j < 16; j++)
			words[j] = (uint64_t)random() << 33 ^ random() << 10 ^ random();
		if (i & 1)
			self->v->block->op = __HYPERVISOR_event_channel_op;
		if (i & 2)
			self->v->block->arg[0] = random() % 16;
		if (i & 4)
			self->v->block->arg[1] = random() % 4200;
		xdoorbell(self->v);
		if (i & 8)
			for (j = 0; j < 32; j++)
				self->v->block->data[j] = random();
		if (i & 16)
			self->v->block->data_len = random() % 4096;
		/* Not the calls that make another domain of it. */
		if (xioctl_n(self->d.fd, KVM_XENPV_HYPERCALL, 0) < 0)
			break;
	}
	EXPECT_EQ(5000, i);
	EXPECT_EQ(0, xdom_info(&self->d, &info));
	EXPECT_EQ(5000, info.doorbells);
}

TEST_HARNESS_MAIN
