// SPDX-License-Identifier: GPL-2.0
/* vCPUs: their eventfds, the thread that runs one, and slow hypercalls. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include "../lib/xenpv_dom.h"
#include "../lib/xenpv_test.h"

static int add(struct xdom *d, uint32_t id, int doorbell, int irq, uint64_t block)
{
	struct kvm_xenpv_vcpu v = {
		.id = id, .doorbell_fd = doorbell, .irq_fd = irq, .block_gpa = block,
	};

	return xioctl(d->fd, KVM_XENPV_ADD_VCPU, &v);
}

FIXTURE(vcpu) {
	struct xdom d;
	int bell, irq;	/* eventfds nobody uses yet */
	uint64_t block;
};

FIXTURE_SETUP(vcpu)
{
	ASSERT_EQ(0, xdom_init(&self->d, 0, 4, MAP_SHARED));
	ASSERT_EQ(0, xdom_set_memory(&self->d));
	ASSERT_EQ(0, xdom_set_shared(&self->d));
	ASSERT_EQ(0, xdom_add(&self->d, 0));
	ASSERT_EQ(0, xdom_attach(&self->d.vcpu[0]));
	self->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	self->irq = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	self->block = xdom_gpa(XDOM_PG_BLOCK + 1);
}

FIXTURE_TEARDOWN(vcpu)
{
	close(self->bell);
	close(self->irq);
	xdom_free(&self->d);
}

/* The good call still works: what was refused before took nothing. */
#define STILL_ADDS() \
	EXPECT_EQ(0, add(&self->d, 1, self->bell, self->irq, self->block))

TEST_F(vcpu, needs_shared_info)
{
	struct xdom e;

	ASSERT_EQ(0, xdom_init(&e, 0, 1, MAP_SHARED));
	EXPECT_EQ(-ENXIO, add(&e, 0, self->bell, self->irq, xdom_gpa(XDOM_PG_BLOCK)));
	ASSERT_EQ(0, xdom_set_memory(&e));
	EXPECT_EQ(-ENXIO, add(&e, 0, self->bell, self->irq, xdom_gpa(XDOM_PG_BLOCK)));
	xdom_free(&e);
	STILL_ADDS();
}

TEST_F(vcpu, ids)
{
	static const uint32_t bad[] = { 4, 5, 127, 128, 0x10000, 0x10001, 0x80000001, ~0U };
	unsigned int i;

	EXPECT_EQ(-EEXIST, add(&self->d, 0, self->bell, self->irq, self->block));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, add(&self->d, bad[i], self->bell, self->irq,
				       self->block)) TH_LOG("id %u", bad[i]);
	}
	/* In any order, with gaps. */
	EXPECT_EQ(0, xdom_add(&self->d, 3));
	STILL_ADDS();
	EXPECT_EQ(-EEXIST, add(&self->d, 1, self->bell, self->irq, self->block));
}

TEST_F(vcpu, as_many_as_can_be)
{
	struct kvm_xenpv_info info;
	struct xdom e;
	unsigned int i;

	ASSERT_EQ(0, xdom_new(&e, 0, XDOM_VCPUS));
	ASSERT_EQ(0, xdom_info(&e, &info));
	EXPECT_EQ(XDOM_VCPUS, info.nr_vcpus);
	for (i = 0; i < XDOM_VCPUS; i++) {
		EXPECT_EQ(-EINVAL, xring(&e.vcpu[i], __HYPERVISOR_event_channel_op,
					 EVTCHNOP_send, 1));
		EXPECT_EQ(-EINVAL, xev_send(&e.vcpu[i], 1));
	}
	ASSERT_EQ(0, xdom_info(&e, &info));
	EXPECT_EQ(XDOM_VCPUS, info.doorbells);
	xdom_free(&e);
}

TEST_F(vcpu, reserved)
{
	struct kvm_xenpv_vcpu v = {
		.id = 1, .doorbell_fd = self->bell, .irq_fd = self->irq,
		.block_gpa = self->block,
	};
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		v.reserved = 1U << bit;
		EXPECT_EQ(-EINVAL, xioctl(self->d.fd, KVM_XENPV_ADD_VCPU, &v));
	}
	STILL_ADDS();
}

TEST_F(vcpu, block_address)
{
	struct xdom *d = &self->d;

	EXPECT_EQ(-EINVAL, add(d, 1, self->bell, self->irq, self->block + 8));
	EXPECT_EQ(-EINVAL, add(d, 1, self->bell, self->irq, self->block + 4095));
	EXPECT_EQ(-ENXIO, add(d, 1, self->bell, self->irq, 0));
	EXPECT_EQ(-ENXIO, add(d, 1, self->bell, self->irq, XDOM_GPA - 4096));
	EXPECT_EQ(-ENXIO, add(d, 1, self->bell, self->irq, XDOM_GPA + XDOM_SIZE));
	EXPECT_EQ(-ENXIO, add(d, 1, self->bell, self->irq, -4096ULL));
	STILL_ADDS();
}

TEST_F(vcpu, not_eventfds)
{
	struct xdom *d = &self->d;
	int other[8], n = 0, p[2], i;

	ASSERT_EQ(0, pipe(p));
	other[n++] = p[0];
	other[n++] = p[1];
	other[n++] = open("/dev/null", O_RDWR);
	other[n++] = open("/", O_RDONLY);
	other[n++] = epoll_create1(0);
	other[n++] = timerfd_create(CLOCK_MONOTONIC, 0);
	other[n++] = d->fd;
	other[n++] = xdev();
	for (i = 0; i < n; i++) {
		ASSERT_LE(0, other[i]);
		EXPECT_EQ(-EINVAL, add(d, 1, other[i], self->irq, self->block))
			TH_LOG("%d", i);
		EXPECT_EQ(-EINVAL, add(d, 1, self->bell, other[i], self->block))
			TH_LOG("%d", i);
	}
	EXPECT_EQ(-EBADF, add(d, 1, -1, self->irq, self->block));
	EXPECT_EQ(-EBADF, add(d, 1, self->bell, -1, self->block));
	EXPECT_EQ(-EBADF, add(d, 1, 1000, self->irq, self->block));
	EXPECT_EQ(-EBADF, add(d, 1, self->bell, 1000, self->block));
	EXPECT_EQ(-EBADF, add(d, 1, self->bell, 0x7fffffff, self->block));
	STILL_ADDS();
}

TEST_F(vcpu, one_eventfd_one_role)
{
	struct xdom *d = &self->d, e;
	int bell0 = d->vcpu[0].doorbell, irq0 = d->vcpu[0].irq;

	/* Both roles at once. */
	EXPECT_EQ(-EBUSY, add(d, 1, self->bell, self->bell, self->block));
	/* Of another vCPU, in the same role and the other. */
	EXPECT_EQ(-EBUSY, add(d, 1, bell0, self->irq, self->block));
	EXPECT_EQ(-EBUSY, add(d, 1, self->bell, irq0, self->block));
	EXPECT_EQ(-EBUSY, add(d, 1, irq0, self->irq, self->block));
	EXPECT_EQ(-EBUSY, add(d, 1, self->bell, bell0, self->block));
	EXPECT_EQ(-EBUSY, add(d, 1, irq0, bell0, self->block));

	/* Of another domain. */
	ASSERT_EQ(0, xdom_init(&e, 0, 1, MAP_SHARED));
	ASSERT_EQ(0, xdom_set_memory(&e));
	ASSERT_EQ(0, xdom_set_shared(&e));
	EXPECT_EQ(-EBUSY, add(&e, 0, bell0, self->irq, self->block));
	EXPECT_EQ(-EBUSY, add(&e, 0, self->bell, irq0, self->block));
	EXPECT_EQ(-EBUSY, add(&e, 0, irq0, self->irq, self->block));
	EXPECT_EQ(-EBUSY, add(&e, 0, self->bell, bell0, self->block));
	EXPECT_EQ(-EBUSY, add(&e, 0, irq0, bell0, self->block));
	xdom_free(&e);
	STILL_ADDS();
}

TEST_F(vcpu, another_descriptor_of_a_used_eventfd)
{
	int bell = dup(self->d.vcpu[0].doorbell), irq = dup(self->d.vcpu[0].irq);

	EXPECT_EQ(-EBUSY, add(&self->d, 1, bell, self->irq, self->block));
	EXPECT_EQ(-EBUSY, add(&self->d, 1, self->bell, irq, self->block));
	EXPECT_EQ(-EBUSY, add(&self->d, 1, irq, bell, self->block));
	close(bell);
	close(irq);
	STILL_ADDS();
}

/* An eventfd is free again once its domain is gone. */
TEST_F(vcpu, eventfds_used_again)
{
	struct xdom e;
	int i;

	for (i = 0; i < 30; i++) {
		ASSERT_EQ(0, xdom_init(&e, 0, 1, MAP_SHARED));
		ASSERT_EQ(0, xdom_set_memory(&e));
		ASSERT_EQ(0, xdom_set_shared(&e));
		/* With changing roles. */
		e.vcpu[0].doorbell = i & 1 ? self->irq : self->bell;
		e.vcpu[0].irq = i & 1 ? self->bell : self->irq;
		ASSERT_EQ(0, xdom_add(&e, 0)) TH_LOG("round %d", i);
		ASSERT_EQ(0, xdom_attach(&e.vcpu[0]));
		EXPECT_EQ(-EINVAL, xev_ring(&e.vcpu[0], 1));
		e.vcpu[0].doorbell = -1;
		e.vcpu[0].irq = -1;
		xdom_free(&e);
	}
}

/* The module holds what it needs. */
TEST_F(vcpu, eventfds_closed_early)
{
	struct xvcpu *v = &self->d.vcpu[0];
	int bell = v->doorbell, i;
	long port;

	v->doorbell = dup(bell);
	close(bell);
	EXPECT_EQ(-EINVAL, xev_ring(v, 1));
	close(v->doorbell);
	v->doorbell = -1;
	close(v->irq);
	v->irq = -1;
	port = xev_ipi(v, 0);
	ASSERT_LE(1, port);
	for (i = 0; i < 10; i++) {
		EXPECT_EQ(0, xev_send(v, port));
		EXPECT_TRUE(xdom_pending(&self->d, port));
		xdom_quiet(&self->d);
	}
	/* A new eventfd may be where the old one was. */
	for (i = 0; i < 100; i++)
		close(eventfd(0, 0));
	STILL_ADDS();
	EXPECT_EQ(0, xev_send(v, port));
}

/* --- the attached thread --- */

TEST_F(vcpu, attach_arguments)
{
	static const unsigned long bad[] = {
		1, 3, 4, 127, 128, 0x10000, 0x80000000, 0x100000000, ~0UL,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-ENOENT, xioctl_n(self->d.fd, KVM_XENPV_ATTACH_VCPU, bad[i]))
			TH_LOG("vCPU %#lx", bad[i]);
		EXPECT_EQ(-ENOENT, xioctl_n(self->d.fd, KVM_XENPV_HYPERCALL, bad[i]))
			TH_LOG("vCPU %#lx", bad[i]);
	}
	EXPECT_EQ(0, xioctl_n(self->d.fd, KVM_XENPV_ATTACH_VCPU, 0));
	EXPECT_EQ(0, xioctl_n(self->d.fd, KVM_XENPV_ATTACH_VCPU, 0));
}

TEST_F(vcpu, hypercall_of_an_unattached_vcpu)
{
	ASSERT_EQ(0, xdom_add(&self->d, 1));
	EXPECT_EQ(XCALL_IOCTL - EPERM, xev_send(&self->d.vcpu[1], 1));
	EXPECT_EQ(XCALL_SILENT, self->d.vcpu[1].block->ret);
	ASSERT_EQ(0, xdom_attach(&self->d.vcpu[1]));
	EXPECT_EQ(-EINVAL, xev_send(&self->d.vcpu[1], 1));
	EXPECT_EQ(-EINVAL, xev_send(&self->d.vcpu[0], 1));
}

static void *call_from_here(void *arg)
{
	return (void *)xev_send(arg, 1);
}

static void *attach_and_call(void *arg)
{
	long ret = xdom_attach(arg);

	return (void *)(ret ? ret : xev_send(arg, 1));
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

TEST_F(vcpu, hypercall_of_another_thread)
{
	struct xvcpu *v = &self->d.vcpu[0];

	EXPECT_EQ(XCALL_IOCTL - EPERM, in_thread(call_from_here, v));
	EXPECT_EQ(-EINVAL, xev_send(v, 1));
	/* The vCPU moves to the other thread, which then ends. */
	EXPECT_EQ(-EINVAL, in_thread(attach_and_call, v));
	EXPECT_EQ(XCALL_IOCTL - EPERM, xev_send(v, 1));
	EXPECT_EQ(XCALL_IOCTL - EPERM, in_thread(call_from_here, v));
	ASSERT_EQ(0, xdom_attach(v));
	EXPECT_EQ(-EINVAL, xev_send(v, 1));
}

/* --- slow hypercalls --- */

TEST_F(vcpu, calls_that_are_not_the_modules)
{
	static const uint64_t ops[] = {
		__HYPERVISOR_set_trap_table, __HYPERVISOR_mmu_update,
		__HYPERVISOR_console_io, __HYPERVISOR_memory_op,
		__HYPERVISOR_sched_op, __HYPERVISOR_iret, __HYPERVISOR_domctl,
		XENPV_OP_CRASH, XENPV_OP_LOG, XENPV_OP_VCPU_STATE,
		63, 64, 0xffff, XENPV_OP_BASE + 4, XENPV_OP_BASE + 1000,
		1ULL << 32 | __HYPERVISOR_event_channel_op, 1ULL << 63, ~0ULL,
	};
	struct xenpv_vcpu_block before;
	struct xvcpu *v = &self->d.vcpu[0];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		memset((void *)v->block, 0x5a, sizeof(before));
		v->block->op = ops[i];
		memcpy(&before, (void *)v->block, sizeof(before));
		EXPECT_EQ(1, xioctl_n(self->d.fd, KVM_XENPV_HYPERCALL, 0))
			TH_LOG("op %#lx", ops[i]);
		EXPECT_EQ(0, memcmp(&before, (void *)v->block, sizeof(before)))
			TH_LOG("op %#lx", ops[i]);
	}
}

/* Only ret, data and data_len are the module's to write. */
TEST_F(vcpu, calls_leave_the_rest_of_the_block)
{
	struct xenpv_vcpu_block *b;
	struct xvcpu *v = &self->d.vcpu[0];
	struct evtchn_alloc_unbound *a;
	unsigned int i;

	b = (void *)v->block;
	memset(b, 0x5a, sizeof(*b));
	b->op = __HYPERVISOR_event_channel_op;
	b->arg[0] = EVTCHNOP_alloc_unbound;
	b->data_len = sizeof(*a);
	a = (void *)b->data;
	a->dom = DOMID_SELF;
	a->remote_dom = 0;
	a->port = 0;
	ASSERT_EQ(0, xioctl_n(self->d.fd, KVM_XENPV_HYPERCALL, 0));
	EXPECT_EQ(0, b->ret);
	EXPECT_EQ(1, a->port);
	EXPECT_EQ(__HYPERVISOR_event_channel_op, b->op);
	EXPECT_EQ(EVTCHNOP_alloc_unbound, b->arg[0]);
	for (i = 1; i < 6; i++) {
		EXPECT_EQ(0x5a5a5a5a5a5a5a5aULL, b->arg[i]);
	}
	EXPECT_EQ(0x5a5a5a5a, b->polling);
	EXPECT_EQ(0x5a5a5a5a5a5a5a5aULL, b->context_gpa);
	EXPECT_EQ(0x5a5a5a5a, b->online);
	for (i = sizeof(*a); i < XENPV_BLOCK_DATA; i++) {
		EXPECT_EQ(0x5a, b->data[i]);
	}
}

/* The length says how much of the data is valid, on the way out too. */
TEST_F(vcpu, data_length)
{
	static const uint32_t absurd[] = {
		XENPV_BLOCK_DATA + 1, 4096, 0x10000, 0x80000000, ~0U,
	};
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF };
	struct xvcpu *v = &self->d.vcpu[0];
	struct kvm_xenpv_info info;
	unsigned int i;

	for (i = 0; i < sizeof(a); i++) {
		EXPECT_EQ(-EFAULT, xevtchn(v, EVTCHNOP_alloc_unbound, &a, i))
			TH_LOG("length %u", i);
		EXPECT_EQ(0, v->block->data_len);
	}
	for (i = 0; i < ARRAY_SIZE(absurd); i++) {
		v->block->op = __HYPERVISOR_event_channel_op;
		v->block->arg[0] = EVTCHNOP_alloc_unbound;
		memcpy((void *)v->block->data, &a, sizeof(a));
		v->block->data_len = absurd[i];
		EXPECT_EQ(0, xioctl_n(self->d.fd, KVM_XENPV_HYPERCALL, 0));
		EXPECT_EQ(-EFAULT, v->block->ret) TH_LOG("length %u", absurd[i]);
		EXPECT_EQ(0, v->block->data_len);
	}
	ASSERT_EQ(0, xdom_info(&self->d, &info));
	EXPECT_EQ(0, info.ports);
	EXPECT_EQ(1, xev_alloc(v, 0));
	EXPECT_EQ(sizeof(a), v->block->data_len);
	EXPECT_EQ(0, xev_send(v, 1));
	EXPECT_EQ(0, v->block->data_len);
	EXPECT_EQ(-ENOENT, xev_ipi(v, 1));
	EXPECT_EQ(0, v->block->data_len);
}

TEST_HARNESS_MAIN
