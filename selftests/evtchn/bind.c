// SPDX-License-Identifier: GPL-2.0
/*
 * The port table: every event_channel_op as Xen 4.17 answers it, and the
 * ioctls that do the same on a domain's behalf. Where an event goes and how is
 * deliver.c's.
 */
#define _GNU_SOURCE
#include "../lib/xenpv_dom.h"
#include "../lib/xenpv_test.h"

#define NR_VIRQS 24

/* Two domains a and b with two vCPUs each, and c with none to spare. */
FIXTURE(bind) {
	struct xdom da, db, dc;
	struct xvcpu *a, *b, *c;
};

FIXTURE_VARIANT(bind) {
	uint32_t flags;
};

FIXTURE_VARIANT_ADD(bind, words64) {
	.flags = 0,
};

FIXTURE_VARIANT_ADD(bind, words32) {
	.flags = KVM_XENPV_DOMAIN_32BIT,
};

FIXTURE_SETUP(bind)
{
	ASSERT_EQ(0, xdom_new(&self->da, variant->flags, 2));
	ASSERT_EQ(0, xdom_new(&self->db, variant->flags, 2));
	ASSERT_EQ(0, xdom_new(&self->dc, 0, 1));
	self->a = &self->da.vcpu[0];
	self->b = &self->db.vcpu[0];
	self->c = &self->dc.vcpu[0];
}

FIXTURE_TEARDOWN(bind)
{
	xdom_free(&self->da);
	xdom_free(&self->db);
	xdom_free(&self->dc);
}

/* No domain has this id. */
static domid_t nobody(void)
{
	return KVM_XENPV_DOMID_END - 1;
}

static unsigned int ports_in_use(struct xdom *d)
{
	struct kvm_xenpv_info info;

	return xdom_info(d, &info) ? ~0U : info.ports;
}

#define EXPECT_STATUS(_v, _nr, _state, _vcpu, _dom, _port) do {			\
	domid_t dom_ = _dom;							\
	struct evtchn_status st_;						\
	long ret_ = xev_status(_v, DOMID_SELF, _nr, &st_);			\
										\
	EXPECT_EQ(0, ret_);							\
	EXPECT_EQ(_state, st_.status);						\
	EXPECT_EQ(_vcpu, st_.vcpu);						\
	if (st_.status == EVTCHNSTAT_unbound) {					\
		EXPECT_EQ(dom_, st_.u.unbound.dom);				\
	} else if (st_.status == EVTCHNSTAT_interdomain) {			\
		EXPECT_EQ(dom_, st_.u.interdomain.dom);				\
		EXPECT_EQ(_port, st_.u.interdomain.port);			\
	}									\
} while (0)

/* --- alloc_unbound --- */

TEST_F(bind, alloc_unbound)
{
	struct xvcpu *a = self->a;
	domid_t own = self->da.domid;

	/* The lowest free port, from 1 on. */
	EXPECT_EQ(1, xev_alloc(a, self->db.domid));
	EXPECT_EQ(2, xev_alloc(a, DOMID_SELF));
	EXPECT_EQ(3, xev_alloc(a, 0));
	EXPECT_EQ(4, xev_alloc(a, nobody()));
	EXPECT_EQ(5, xev_alloc(a, own));
	EXPECT_STATUS(a, 1, EVTCHNSTAT_unbound, 0, self->db.domid, 0);
	EXPECT_STATUS(a, 2, EVTCHNSTAT_unbound, 0, own, 0);
	EXPECT_STATUS(a, 3, EVTCHNSTAT_unbound, 0, 0, 0);
	EXPECT_STATUS(a, 4, EVTCHNSTAT_unbound, 0, nobody(), 0);
	EXPECT_STATUS(a, 5, EVTCHNSTAT_unbound, 0, own, 0);
	EXPECT_EQ(5, ports_in_use(&self->da));
	EXPECT_EQ(0, xdom_nr_pending(&self->da));
	EXPECT_EQ(0, xev_close(a, 3));
	EXPECT_EQ(3, xev_alloc(a, 0));
	EXPECT_EQ(6, xev_alloc(a, 0));
}

static long alloc_for(struct xvcpu *v, domid_t dom, domid_t remote)
{
	struct evtchn_alloc_unbound al = { .dom = dom, .remote_dom = remote };
	long ret = xevtchn(v, EVTCHNOP_alloc_unbound, &al, sizeof(al));

	return ret ? ret : (long)al.port;
}

TEST_F(bind, alloc_unbound_in_other_domains)
{
	domid_t own = self->da.domid;

	/* Its own id is as good as DOMID_SELF. */
	EXPECT_EQ(1, alloc_for(self->a, own, self->db.domid));
	EXPECT_EQ(-EPERM, alloc_for(self->a, self->db.domid, own));
	EXPECT_EQ(-EPERM, alloc_for(self->a, self->db.domid, self->db.domid));
	EXPECT_EQ(-ESRCH, alloc_for(self->a, nobody(), own));
	EXPECT_EQ(-ESRCH, alloc_for(self->a, 0x7ff1, own));
	EXPECT_EQ(-ESRCH, alloc_for(self->a, 0xffff, own));
	/* The host is no domain that could be told from one. */
	EXPECT_GT(0, alloc_for(self->a, 0, own));
	EXPECT_EQ(0, ports_in_use(&self->db));
	EXPECT_EQ(1, ports_in_use(&self->da));
}

/* --- bind_interdomain --- */

TEST_F(bind, both_directions)
{
	evtchn_port_t pa, pb, qa, qb;

	/* Different numbers at both ends. */
	ASSERT_EQ(1, xev_ipi(self->b, 0));
	ASSERT_EQ(0, xev_pair(self->a, self->b, &pa, &pb));
	EXPECT_EQ(1, pa);
	EXPECT_EQ(2, pb);
	ASSERT_EQ(0, xev_pair(self->b, self->a, &qb, &qa));
	EXPECT_EQ(3, qb);
	EXPECT_EQ(2, qa);
	EXPECT_STATUS(self->a, pa, EVTCHNSTAT_interdomain, 0, self->db.domid, pb);
	EXPECT_STATUS(self->b, pb, EVTCHNSTAT_interdomain, 0, self->da.domid, pa);
	EXPECT_STATUS(self->a, qa, EVTCHNSTAT_interdomain, 0, self->db.domid, qb);
	EXPECT_STATUS(self->b, qb, EVTCHNSTAT_interdomain, 0, self->da.domid, qa);

	EXPECT_EQ(0, xev_send(self->a, pa));
	EXPECT_TRUE(xdom_pending(&self->db, pb));
	EXPECT_EQ(1, xdom_nr_pending(&self->db));
	EXPECT_EQ(0, xdom_nr_pending(&self->da));
	EXPECT_EQ(0, xev_send(self->b, pb));
	EXPECT_TRUE(xdom_pending(&self->da, pa));
	EXPECT_EQ(1, xdom_nr_pending(&self->da));
	xdom_quiet(&self->da);
	xdom_quiet(&self->db);
	EXPECT_EQ(0, xev_send(self->a, qa));
	EXPECT_TRUE(xdom_pending(&self->db, qb));
	EXPECT_EQ(0, xev_send(self->b, qb));
	EXPECT_TRUE(xdom_pending(&self->da, qa));
}

/* 32-bit and 64-bit domains may talk to each other. */
TEST_F(bind, between_word_sizes)
{
	evtchn_port_t pa, pc;

	ASSERT_EQ(0, xev_pair(self->a, self->c, &pa, &pc));
	EXPECT_EQ(0, xev_send(self->a, pa));
	EXPECT_TRUE(xdom_pending(&self->dc, pc));
	EXPECT_EQ(0, xev_send(self->c, pc));
	EXPECT_TRUE(xdom_pending(&self->da, pa));
}

/* Events may have been lost while the port was unbound: the binder looks. */
TEST_F(bind, binder_starts_pending)
{
	long pa = xev_alloc(self->a, self->db.domid), pb;

	ASSERT_LE(1, pa);
	pb = xev_bind(self->b, self->da.domid, pa);
	ASSERT_LE(1, pb);
	EXPECT_TRUE(xdom_pending(&self->db, pb));
	EXPECT_EQ(1, xvcpu_upcall(self->b));
	EXPECT_EQ(1, xvcpu_wait_kick(self->b, 1000));
	EXPECT_FALSE(xdom_pending(&self->da, pa));
	EXPECT_EQ(0, xvcpu_no_kick(self->a));
}

TEST_F(bind, bind_denied)
{
	struct xvcpu *a = self->a, *b = self->b, *c = self->c;
	long for_b = xev_alloc(a, self->db.domid);
	long for_host = xev_alloc(a, 0);
	long ipi = xev_ipi(a, 0), virq = xev_virq(a, VIRQ_DEBUG, 0);
	long for_c = xev_alloc(a, self->dc.domid);
	domid_t da = self->da.domid;

	/* Not the one it is for. */
	EXPECT_EQ(-EINVAL, xev_bind(c, da, for_b));
	EXPECT_EQ(-EINVAL, xev_bind(a, DOMID_SELF, for_b));
	EXPECT_EQ(-EINVAL, xev_bind(a, da, for_b));
	EXPECT_EQ(-EINVAL, xev_bind(b, da, for_c));
	EXPECT_EQ(-EINVAL, xev_bind(b, da, for_host));
	/* Not unbound. */
	EXPECT_EQ(-EINVAL, xev_bind(b, da, ipi));
	EXPECT_EQ(-EINVAL, xev_bind(b, da, virq));
	EXPECT_EQ(-EINVAL, xev_bind(b, da, 0));
	EXPECT_EQ(-EINVAL, xev_bind(b, da, 63));
	EXPECT_EQ(-EINVAL, xev_bind(b, da, 1023));
	EXPECT_EQ(-EINVAL, xev_bind(b, da, 1024));
	EXPECT_EQ(-EINVAL, xev_bind(b, da, 4096));
	EXPECT_EQ(-EINVAL, xev_bind(b, da, 0x10000 + for_b));
	EXPECT_EQ(-EINVAL, xev_bind(b, da, ~0U));
	/* Nobody there. */
	EXPECT_EQ(-ESRCH, xev_bind(b, nobody(), for_b));
	EXPECT_EQ(-ESRCH, xev_bind(b, 0x7ff1, for_b));
	EXPECT_EQ(-ESRCH, xev_bind(b, 0xffff, for_b));
	EXPECT_GT(0, xev_bind(b, 0, for_b));
	/* Nothing was bound, here or there. */
	EXPECT_EQ(0, ports_in_use(&self->db));
	EXPECT_EQ(0, ports_in_use(&self->dc));
	EXPECT_EQ(0, xdom_nr_pending(&self->db));
	EXPECT_STATUS(a, for_b, EVTCHNSTAT_unbound, 0, self->db.domid, 0);
	/* Only once. */
	EXPECT_EQ(1, xev_bind(b, da, for_b));
	EXPECT_EQ(-EINVAL, xev_bind(b, da, for_b));
	EXPECT_EQ(1, xev_bind(c, da, for_c));
	EXPECT_EQ(1, ports_in_use(&self->db));
}

TEST_F(bind, loopback)
{
	struct xvcpu *a = self->a;
	domid_t own = self->da.domid;
	long p, q;

	p = xev_alloc(a, DOMID_SELF);
	ASSERT_EQ(1, p);
	q = xev_bind(a, DOMID_SELF, p);
	ASSERT_EQ(2, q);
	EXPECT_TRUE(xdom_pending(&self->da, q));
	EXPECT_FALSE(xdom_pending(&self->da, p));
	EXPECT_STATUS(a, p, EVTCHNSTAT_interdomain, 0, own, q);
	EXPECT_STATUS(a, q, EVTCHNSTAT_interdomain, 0, own, p);
	xdom_quiet(&self->da);
	EXPECT_EQ(0, xev_send(a, p));
	EXPECT_TRUE(xdom_pending(&self->da, q));
	EXPECT_FALSE(xdom_pending(&self->da, p));
	xdom_quiet(&self->da);
	EXPECT_EQ(0, xev_send(a, q));
	EXPECT_TRUE(xdom_pending(&self->da, p));
	EXPECT_FALSE(xdom_pending(&self->da, q));
	/* Closing one end leaves the other waiting for itself. */
	EXPECT_EQ(0, xev_close(a, q));
	EXPECT_STATUS(a, p, EVTCHNSTAT_unbound, 0, own, 0);
	EXPECT_EQ(q, xev_bind(a, own, p));
	EXPECT_EQ(0, xev_close(a, p));
	EXPECT_STATUS(a, q, EVTCHNSTAT_unbound, 0, own, 0);
}

/* A port that waits for its own domain may not be bound to itself. */
TEST_F(bind, loopback_to_the_next_free_port)
{
	struct xvcpu *a = self->a;

	ASSERT_EQ(1, xev_alloc(a, DOMID_SELF));
	EXPECT_EQ(-EINVAL, xev_bind(a, DOMID_SELF, 2));
	EXPECT_EQ(EVTCHNSTAT_unbound, xev_state(a, 1));
	EXPECT_EQ(1, ports_in_use(&self->da));
}

/* --- bind_virq --- */

static bool per_vcpu(uint32_t virq)
{
	return virq == VIRQ_TIMER || virq == VIRQ_DEBUG || virq == VIRQ_XENOPROF ||
	       virq == VIRQ_XENPMU;
}

TEST_F(bind, virqs)
{
	struct xvcpu *a = self->a;
	struct evtchn_status st;
	uint32_t virq;
	long port;

	for (virq = 0; virq < NR_VIRQS; virq++) {
		port = xev_virq(a, virq, 0);
		ASSERT_LE(1, port) TH_LOG("VIRQ %u", virq);
		EXPECT_EQ(-EEXIST, xev_virq(a, virq, 0)) TH_LOG("VIRQ %u", virq);
		ASSERT_EQ(0, xev_status(a, DOMID_SELF, port, &st));
		EXPECT_EQ(EVTCHNSTAT_virq, st.status);
		EXPECT_EQ(virq, st.u.virq);
		EXPECT_EQ(0, st.vcpu);
		if (per_vcpu(virq)) {
			port = xev_virq(a, virq, 1);
			ASSERT_LE(1, port) TH_LOG("VIRQ %u", virq);
			ASSERT_EQ(0, xev_status(a, DOMID_SELF, port, &st));
			EXPECT_EQ(1, st.vcpu);
			EXPECT_EQ(-EEXIST, xev_virq(a, virq, 1)) TH_LOG("VIRQ %u", virq);
			EXPECT_EQ(-ENOENT, xev_virq(a, virq, 2)) TH_LOG("VIRQ %u", virq);
		} else {
			EXPECT_EQ(-EINVAL, xev_virq(a, virq, 1)) TH_LOG("VIRQ %u", virq);
			EXPECT_EQ(-EINVAL, xev_virq(a, virq, 2)) TH_LOG("VIRQ %u", virq);
		}
	}
	EXPECT_EQ(NR_VIRQS + 4, ports_in_use(&self->da));
	EXPECT_EQ(0, xdom_nr_pending(&self->da));
}

TEST_F(bind, virq_bounds)
{
	static const uint32_t bad[] = { NR_VIRQS, 25, 31, 32, 255, 0x10000, 0x80000000, ~0U };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, xev_virq(self->a, bad[i], 0)) TH_LOG("VIRQ %u", bad[i]);
	}
	EXPECT_EQ(-ENOENT, xev_virq(self->a, VIRQ_TIMER, 128));
	EXPECT_EQ(-ENOENT, xev_virq(self->a, VIRQ_TIMER, 0x10000));
	EXPECT_EQ(-ENOENT, xev_virq(self->a, VIRQ_TIMER, ~0U));
	EXPECT_EQ(0, ports_in_use(&self->da));
}

TEST_F(bind, virq_again_after_close)
{
	struct xvcpu *a = self->a;
	long timer = xev_virq(a, VIRQ_TIMER, 1), global = xev_virq(a, VIRQ_ARGO, 0);

	ASSERT_EQ(1, timer);
	ASSERT_EQ(2, global);
	/* A global one that has moved is still found. */
	EXPECT_EQ(0, xev_bind_vcpu(a, global, 1));
	EXPECT_EQ(0, xev_close(a, global));
	EXPECT_EQ(0, xev_close(a, timer));
	EXPECT_EQ(1, xev_virq(a, VIRQ_ARGO, 0));
	EXPECT_EQ(2, xev_virq(a, VIRQ_TIMER, 1));
	EXPECT_STATUS(a, 1, EVTCHNSTAT_virq, 0, 0, 0);
}

static int raise_virq(struct xdom *d, uint32_t virq, uint32_t vcpu)
{
	struct kvm_xenpv_virq r = { .virq = virq, .vcpu = vcpu };

	return xioctl(d->fd, KVM_XENPV_RAISE_VIRQ, &r);
}

TEST_F(bind, raising_virqs)
{
	struct xdom *d = &self->da;
	struct xvcpu *a = self->a;
	long t0, t1, g;

	EXPECT_EQ(-ENOENT, raise_virq(d, VIRQ_TIMER, 0));
	EXPECT_EQ(-ENOENT, raise_virq(d, VIRQ_TIMER, 1));
	EXPECT_EQ(-ENOENT, raise_virq(d, VIRQ_ARGO, 0));
	EXPECT_EQ(-EINVAL, raise_virq(d, VIRQ_TIMER, 2));
	EXPECT_EQ(-EINVAL, raise_virq(d, VIRQ_TIMER, 128));
	EXPECT_EQ(-EINVAL, raise_virq(d, VIRQ_TIMER, ~0U));
	EXPECT_EQ(-EINVAL, raise_virq(d, NR_VIRQS, 0));
	EXPECT_EQ(-EINVAL, raise_virq(d, 0x80000000, 0));
	EXPECT_EQ(-EINVAL, raise_virq(d, ~0U, 0));

	t1 = xev_virq(a, VIRQ_TIMER, 1);
	EXPECT_EQ(-ENOENT, raise_virq(d, VIRQ_TIMER, 0));
	t0 = xev_virq(a, VIRQ_TIMER, 0);
	g = xev_virq(a, VIRQ_ARGO, 0);
	EXPECT_EQ(0, raise_virq(d, VIRQ_TIMER, 1));
	EXPECT_TRUE(xdom_pending(d, t1));
	EXPECT_EQ(1, xdom_nr_pending(d));
	EXPECT_EQ(0, xvcpu_upcall(a));
	EXPECT_EQ(1, xvcpu_upcall(&d->vcpu[1]));
	EXPECT_EQ(1, xvcpu_wait_kick(&d->vcpu[1], 1000));
	EXPECT_EQ(0, raise_virq(d, VIRQ_TIMER, 0));
	EXPECT_TRUE(xdom_pending(d, t0));
	EXPECT_EQ(1, xvcpu_wait_kick(a, 1000));
	xdom_quiet(d);
	/* A global one goes where its port was bound to. */
	EXPECT_EQ(0, xev_bind_vcpu(a, g, 1));
	EXPECT_EQ(0, raise_virq(d, VIRQ_ARGO, 0));
	EXPECT_TRUE(xdom_pending(d, g));
	EXPECT_EQ(0, xvcpu_upcall(a));
	EXPECT_EQ(1, xvcpu_upcall(&d->vcpu[1]));

	EXPECT_EQ(0, xev_close(a, g));
	EXPECT_EQ(-ENOENT, raise_virq(d, VIRQ_ARGO, 0));
	EXPECT_EQ(0, xev_close(a, t1));
	EXPECT_EQ(-ENOENT, raise_virq(d, VIRQ_TIMER, 1));
	EXPECT_EQ(0, raise_virq(d, VIRQ_TIMER, 0));
}

TEST(raise_virq_without_vcpus)
{
	struct xdom d;

	ASSERT_EQ(0, xdom_init(&d, 0, 4, MAP_SHARED));
	EXPECT_EQ(-EINVAL, raise_virq(&d, VIRQ_TIMER, 0));
	EXPECT_EQ(-EINVAL, raise_virq(&d, VIRQ_TIMER, 1));
	xdom_free(&d);
}

/* --- bind_ipi, bind_pirq --- */

TEST_F(bind, ipi)
{
	struct xvcpu *a = self->a;

	EXPECT_EQ(-ENOENT, xev_ipi(a, 2));
	EXPECT_EQ(-ENOENT, xev_ipi(a, 127));
	EXPECT_EQ(-ENOENT, xev_ipi(a, 128));
	EXPECT_EQ(-ENOENT, xev_ipi(a, 0x10000));
	EXPECT_EQ(-ENOENT, xev_ipi(a, ~0U));
	EXPECT_EQ(1, xev_ipi(a, 0));
	EXPECT_EQ(2, xev_ipi(a, 1));
	/* As many as one likes. */
	EXPECT_EQ(3, xev_ipi(a, 1));
	EXPECT_STATUS(a, 1, EVTCHNSTAT_ipi, 0, 0, 0);
	EXPECT_STATUS(a, 2, EVTCHNSTAT_ipi, 1, 0, 0);
	EXPECT_EQ(0, xdom_nr_pending(&self->da));
	EXPECT_EQ(0, xev_send(a, 2));
	EXPECT_TRUE(xdom_pending(&self->da, 2));
	EXPECT_EQ(1, xdom_nr_pending(&self->da));
	EXPECT_EQ(1, xvcpu_upcall(&self->da.vcpu[1]));
	EXPECT_EQ(0, xvcpu_upcall(a));
}

/* A domain without devices has no physical interrupts. */
TEST_F(bind, pirq)
{
	static const uint32_t pirqs[] = { 0, 1, 15, 16, 255, 256, 0x80000000, ~0U };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pirqs); i++) {
		struct evtchn_bind_pirq b = { .pirq = pirqs[i] };
		long ret = xevtchn(self->a, EVTCHNOP_bind_pirq, &b, sizeof(b));

		EXPECT_TRUE(ret == -EINVAL || ret == -EPERM)
			TH_LOG("pirq %u: %ld", pirqs[i], ret);
	}
	EXPECT_EQ(0, ports_in_use(&self->da));
}

/* --- bind_vcpu --- */

TEST_F(bind, bind_vcpu)
{
	struct xvcpu *a = self->a;
	long unbound = xev_alloc(a, self->db.domid), host = xev_alloc(a, 0);
	long ipi = xev_ipi(a, 0), timer = xev_virq(a, VIRQ_TIMER, 0);
	long global = xev_virq(a, VIRQ_ARGO, 0), peer;
	static const uint32_t bad[] = { 2, 127, 128, 0x10000, 0x80000000, ~0U };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-ENOENT, xev_bind_vcpu(a, unbound, bad[i]));
		/* The vCPU is looked at first. */
		EXPECT_EQ(-ENOENT, xev_bind_vcpu(a, ipi, bad[i]));
		EXPECT_EQ(-ENOENT, xev_bind_vcpu(a, ~0U, bad[i]));
	}
	EXPECT_EQ(0, xev_bind_vcpu(a, unbound, 1));
	EXPECT_STATUS(a, unbound, EVTCHNSTAT_unbound, 1, self->db.domid, 0);
	EXPECT_EQ(0, xev_bind_vcpu(a, host, 1));
	EXPECT_EQ(0, xev_bind_vcpu(a, global, 1));
	EXPECT_STATUS(a, global, EVTCHNSTAT_virq, 1, 0, 0);
	/* Fixed for good. */
	EXPECT_EQ(-EINVAL, xev_bind_vcpu(a, ipi, 1));
	EXPECT_EQ(-EINVAL, xev_bind_vcpu(a, ipi, 0));
	EXPECT_EQ(-EINVAL, xev_bind_vcpu(a, timer, 1));
	EXPECT_EQ(-EINVAL, xev_bind_vcpu(a, timer, 0));
	/* No port. */
	EXPECT_EQ(-EINVAL, xev_bind_vcpu(a, 0, 0));
	EXPECT_EQ(-EINVAL, xev_bind_vcpu(a, 60, 0));
	EXPECT_EQ(-EINVAL, xev_bind_vcpu(a, 4095, 0));
	EXPECT_EQ(-EINVAL, xev_bind_vcpu(a, 4096, 0));
	EXPECT_EQ(-EINVAL, xev_bind_vcpu(a, ~0U, 0));

	/* It stays when the port is bound, and when it is unbound again. */
	peer = xev_bind(self->b, self->da.domid, unbound);
	ASSERT_LE(1, peer);
	EXPECT_STATUS(a, unbound, EVTCHNSTAT_interdomain, 1, self->db.domid, peer);
	EXPECT_EQ(0, xev_close(self->b, peer));
	EXPECT_STATUS(a, unbound, EVTCHNSTAT_unbound, 1, self->db.domid, 0);
	/* But not when it is closed. */
	EXPECT_EQ(0, xev_close(a, unbound));
	EXPECT_EQ(unbound, xev_alloc(a, 0));
	EXPECT_STATUS(a, unbound, EVTCHNSTAT_unbound, 0, 0, 0);
}

TEST_F(bind, bind_vcpu_of_a_pair)
{
	struct xvcpu *a1 = &self->da.vcpu[1];
	evtchn_port_t pa, pb;

	ASSERT_EQ(0, xev_pair(self->a, self->b, &pa, &pb));
	EXPECT_EQ(0, xev_bind_vcpu(self->a, pa, 1));
	EXPECT_EQ(0, xev_send(self->b, pb));
	EXPECT_EQ(0, xvcpu_upcall(self->a));
	EXPECT_EQ(1, xvcpu_upcall(a1));
	EXPECT_EQ(1, xvcpu_wait_kick(a1, 1000));
	EXPECT_EQ(0, xvcpu_no_kick(self->a));
	/* Any vCPU may say so. */
	EXPECT_EQ(0, xev_bind_vcpu(a1, pa, 0));
	EXPECT_STATUS(self->a, pa, EVTCHNSTAT_interdomain, 0, self->db.domid, pb);
}

/* --- send, unmask and status of every state --- */

TEST_F(bind, send_to_each_state)
{
	struct xvcpu *a = self->a;
	long unbound = xev_alloc(a, self->db.domid), host = xev_alloc(a, 0);
	long ipi = xev_ipi(a, 0), timer = xev_virq(a, VIRQ_TIMER, 0);
	long closed = xev_ipi(a, 0);
	static const uint32_t bad[] = {
		0, 50, 63, 64, 1023, 1024, 4095, 4096, 0x10001, 0x80000001, ~0U,
	};
	unsigned int i;

	ASSERT_EQ(0, xev_close(a, closed));
	EXPECT_EQ(0, xev_send(a, ipi));
	/* Dropped in silence. */
	EXPECT_EQ(0, xev_send(a, unbound));
	EXPECT_EQ(0, xev_send(a, host));
	EXPECT_EQ(-EINVAL, xev_send(a, timer));
	EXPECT_EQ(-EINVAL, xev_send(a, closed));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, xev_send(a, bad[i])) TH_LOG("port %u", bad[i]);
		EXPECT_EQ(-EINVAL, xev_ring(a, bad[i])) TH_LOG("port %u", bad[i]);
	}
	/* The same through the doorbell. */
	EXPECT_EQ(0, xev_ring(a, ipi));
	EXPECT_EQ(0, xev_ring(a, unbound));
	EXPECT_EQ(0, xev_ring(a, host));
	EXPECT_EQ(-EINVAL, xev_ring(a, timer));
	EXPECT_EQ(-EINVAL, xev_ring(a, closed));
	EXPECT_EQ(1, xdom_nr_pending(&self->da));
	EXPECT_TRUE(xdom_pending(&self->da, ipi));
	EXPECT_EQ(0, xdom_nr_pending(&self->db));
}

/* The doorbell's argument has 64 bits, a port has not. */
TEST_F(bind, doorbell_port_is_not_cut_off)
{
	long ipi = xev_ipi(self->a, 0);

	EXPECT_EQ(-EINVAL, xring(self->a, __HYPERVISOR_event_channel_op, EVTCHNOP_send,
				 1ULL << 32 | ipi));
	EXPECT_EQ(-EINVAL, xring(self->a, __HYPERVISOR_event_channel_op, EVTCHNOP_send,
				 1ULL << 63 | ipi));
	EXPECT_EQ(0, xdom_nr_pending(&self->da));
}

TEST_F(bind, status_of_other_domains_and_no_ports)
{
	struct evtchn_status st;
	long p = xev_alloc(self->b, self->da.domid), mine = xev_alloc(self->a, 0);

	ASSERT_EQ(1, p);
	ASSERT_EQ(1, mine);
	EXPECT_EQ(-EPERM, xev_status(self->a, self->db.domid, p, &st));
	EXPECT_EQ(-ESRCH, xev_status(self->a, nobody(), p, &st));
	EXPECT_EQ(-ESRCH, xev_status(self->a, 0x7ff1, p, &st));
	EXPECT_EQ(0, xev_status(self->a, self->da.domid, mine, &st));
	EXPECT_EQ(EVTCHNSTAT_unbound, st.status);
	/* Port 0 exists, and is always closed. */
	EXPECT_EQ(EVTCHNSTAT_closed, xev_state(self->a, 0));
	EXPECT_EQ(0, xev_close(self->a, mine));
	EXPECT_EQ(EVTCHNSTAT_closed, xev_state(self->a, mine));
	EXPECT_EQ(-EINVAL, xev_state(self->a, xdom_ports(&self->da)));
	EXPECT_EQ(-EINVAL, xev_state(self->a, 4096));
	EXPECT_EQ(-EINVAL, xev_state(self->a, 0x10001));
	EXPECT_EQ(-EINVAL, xev_state(self->a, 0x80000001));
	EXPECT_EQ(-EINVAL, xev_state(self->a, ~0U));
}

/* What a guest gets to see holds nothing it did not write itself. */
TEST_F(bind, status_leaks_nothing)
{
	struct evtchn_status st;
	uint8_t *p = (uint8_t *)&st;
	long port = xev_ipi(self->a, 1);
	unsigned int i;

	memset(&st, 0, sizeof(st));
	st.dom = DOMID_SELF;
	st.port = port;
	ASSERT_EQ(0, xevtchn(self->a, EVTCHNOP_status, &st, sizeof(st)));
	for (i = offsetof(struct evtchn_status, u); i < sizeof(st); i++) {
		EXPECT_EQ(0, p[i]);
	}
	EXPECT_EQ(0, p[2] | p[3]);
}

/* --- close --- */

TEST_F(bind, close_each_state)
{
	struct xvcpu *a = self->a;
	long port[4] = {
		xev_alloc(a, 0), xev_ipi(a, 0), xev_virq(a, VIRQ_TIMER, 0),
		xev_virq(a, VIRQ_ARGO, 0),
	};
	static const uint32_t bad[] = {
		0, 50, 63, 64, 1023, 1024, 4095, 4096, 0x10001, 0x80000001, ~0U,
	};
	unsigned int i;

	for (i = 0; i < 4; i++) {
		EXPECT_EQ(i + 1, port[i]);
		EXPECT_EQ(0, xev_close(a, port[i]));
		EXPECT_EQ(EVTCHNSTAT_closed, xev_state(a, port[i]));
		EXPECT_EQ(-EINVAL, xev_close(a, port[i]));
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, xev_close(a, bad[i])) TH_LOG("port %u", bad[i]);
	}
	EXPECT_EQ(0, ports_in_use(&self->da));
}

TEST_F(bind, close_of_a_pair)
{
	evtchn_port_t pa, pb;

	ASSERT_EQ(0, xev_pair(self->a, self->b, &pa, &pb));
	/* The side that bound it closes. */
	EXPECT_EQ(0, xev_send(self->a, pa));
	EXPECT_EQ(0, xev_close(self->b, pb));
	EXPECT_EQ(EVTCHNSTAT_closed, xev_state(self->b, pb));
	EXPECT_FALSE(xdom_pending(&self->db, pb));
	EXPECT_STATUS(self->a, pa, EVTCHNSTAT_unbound, 0, self->db.domid, 0);
	EXPECT_EQ(0, xdom_nr_pending(&self->da));
	EXPECT_EQ(0, xvcpu_no_kick(self->a));
	EXPECT_EQ(0, xev_send(self->a, pa));
	EXPECT_EQ(0, xdom_nr_pending(&self->db));
	EXPECT_EQ(-EINVAL, xev_send(self->b, pb));

	/* And binds it again; nobody else may. */
	EXPECT_EQ(-EINVAL, xev_bind(self->c, self->da.domid, pa));
	EXPECT_EQ(pb, xev_bind(self->b, self->da.domid, pa));
	xdom_quiet(&self->db);

	/* The side that allocated it closes: the other end waits for it. */
	EXPECT_EQ(0, xev_close(self->a, pa));
	EXPECT_STATUS(self->b, pb, EVTCHNSTAT_unbound, 0, self->da.domid, 0);
	EXPECT_EQ(0, xev_send(self->b, pb));
	EXPECT_EQ(0, xdom_nr_pending(&self->da));
	EXPECT_EQ(pa, xev_bind(self->a, self->db.domid, pb));
	EXPECT_STATUS(self->b, pb, EVTCHNSTAT_interdomain, 0, self->da.domid, pa);
}

/* The pending bit goes with the port, the mask bit is the guest's own. */
TEST_F(bind, close_clears_pending)
{
	struct xdom *d = &self->da;
	long port = xev_ipi(self->a, 0);

	xdom_mask(d, port, true);
	EXPECT_EQ(0, xev_send(self->a, port));
	EXPECT_TRUE(xdom_pending(d, port));
	EXPECT_EQ(0, xev_close(self->a, port));
	EXPECT_FALSE(xdom_pending(d, port));
	EXPECT_TRUE(xdom_masked(d, port));
	EXPECT_EQ(port, xev_alloc(self->a, 0));
	EXPECT_FALSE(xdom_pending(d, port));
}

TEST_F(bind, domain_death_is_a_close)
{
	evtchn_port_t pa, pb, qa, qb;
	struct evtchn_status st;
	uint32_t dead = self->db.domid;

	ASSERT_EQ(0, xev_pair(self->a, self->b, &pa, &pb));
	ASSERT_EQ(0, xev_pair(self->b, self->a, &qb, &qa));
	ASSERT_EQ(0, xev_bind_vcpu(self->a, qa, 1));
	xdom_free(&self->db);
	EXPECT_STATUS(self->a, pa, EVTCHNSTAT_unbound, 0, dead, 0);
	EXPECT_STATUS(self->a, qa, EVTCHNSTAT_unbound, 1, dead, 0);
	EXPECT_EQ(0, xev_send(self->a, pa));
	EXPECT_EQ(0, xev_ring(self->a, qa));
	EXPECT_EQ(-ESRCH, xev_bind(self->a, dead, pb));
	EXPECT_EQ(-ESRCH, xev_status(self->a, dead, pb, &st));
	EXPECT_EQ(0, xev_close(self->a, pa));
	EXPECT_EQ(0, xev_close(self->a, qa));
}

/* --- reset --- */

TEST_F(bind, reset)
{
	struct xvcpu *a = self->a;
	evtchn_port_t pa, pb;
	long keep, ipi;

	ASSERT_EQ(0, xev_pair(a, self->b, &pa, &pb));
	ipi = xev_ipi(a, 1);
	xev_virq(a, VIRQ_TIMER, 0);
	xev_virq(a, VIRQ_TIMER, 1);
	xev_virq(a, VIRQ_ARGO, 0);
	xev_alloc(a, 0);
	xev_bind(a, DOMID_SELF, xev_alloc(a, DOMID_SELF));
	EXPECT_EQ(0, xev_send(a, ipi));
	keep = xev_alloc(self->c, self->da.domid);
	EXPECT_LE(1, xev_bind(a, self->dc.domid, keep));
	EXPECT_EQ(9, ports_in_use(&self->da));

	EXPECT_EQ(-EPERM, xev_reset(a, self->db.domid));
	EXPECT_EQ(-ESRCH, xev_reset(a, nobody()));
	EXPECT_EQ(-ESRCH, xev_reset(a, 0x7ff1));
	EXPECT_EQ(9, ports_in_use(&self->da));

	EXPECT_EQ(0, xev_reset(a, DOMID_SELF));
	EXPECT_EQ(0, ports_in_use(&self->da));
	EXPECT_EQ(0, xdom_nr_pending(&self->da));
	EXPECT_EQ(EVTCHNSTAT_closed, xev_state(a, pa));
	EXPECT_EQ(EVTCHNSTAT_closed, xev_state(a, ipi));
	EXPECT_STATUS(self->b, pb, EVTCHNSTAT_unbound, 0, self->da.domid, 0);
	EXPECT_STATUS(self->c, keep, EVTCHNSTAT_unbound, 0, self->da.domid, 0);
	EXPECT_EQ(1, ports_in_use(&self->db));
	/* From the start again. */
	EXPECT_EQ(1, xev_virq(a, VIRQ_TIMER, 1));
	EXPECT_EQ(2, xev_virq(a, VIRQ_ARGO, 0));
	EXPECT_EQ(3, xev_bind(a, self->db.domid, pb));
	/* Nothing to do is fine, by its own id too. */
	EXPECT_EQ(0, xev_reset(a, self->da.domid));
	EXPECT_EQ(0, xev_reset(a, self->da.domid));
}

/* --- what is not there --- */

TEST_F(bind, no_such_operation)
{
	static const unsigned int ops[] = {
		EVTCHNOP_init_control, EVTCHNOP_expand_array, 14, 15, 16, 100, 0x7fffffff,
		0x80000000, ~0U,
	};
	char data[64] = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		EXPECT_EQ(-ENOSYS, xevtchn(self->a, ops[i], data, sizeof(data)))
			TH_LOG("operation %u", ops[i]);
		EXPECT_EQ(-ENOSYS, xevtchn(self->a, ops[i], data, 0))
			TH_LOG("operation %u", ops[i]);
	}
	EXPECT_EQ(0, ports_in_use(&self->da));
}

TEST_F(bind, set_priority)
{
	struct evtchn_set_priority s = { .port = xev_ipi(self->a, 0) };

	EXPECT_EQ(-ENOSYS, xevtchn(self->a, EVTCHNOP_set_priority, &s, sizeof(s)));
}

/* --- as many ports as there are --- */

TEST_F(bind, all_ports)
{
	unsigned int n = xdom_ports(&self->da), i;
	struct xvcpu *a = self->a;
	long far;

	far = xev_alloc(self->b, self->da.domid);
	for (i = 1; i < n; i++) {
		long port = xev_alloc(a, 0);

		ASSERT_EQ(i, port);
	}
	EXPECT_EQ(n - 1, ports_in_use(&self->da));
	EXPECT_EQ(-ENOSPC, xev_alloc(a, 0));
	EXPECT_EQ(-ENOSPC, xev_ipi(a, 0));
	EXPECT_EQ(-ENOSPC, xev_virq(a, VIRQ_TIMER, 0));
	EXPECT_EQ(-ENOSPC, xev_bind(a, self->db.domid, far));
	EXPECT_EQ(-ENOSPC, xioctl(self->da.fd, KVM_XENPV_ALLOC_PORT,
				  &(struct kvm_xenpv_alloc_port){ 0 }));
	/* A port that was refused is nobody's. */
	EXPECT_EQ(EVTCHNSTAT_unbound, xev_state(self->b, far));
	EXPECT_EQ(-ENOENT, raise_virq(&self->da, VIRQ_TIMER, 0));
	/* The last one is as good as the others, and the next is none. */
	EXPECT_EQ(EVTCHNSTAT_unbound, xev_state(a, n - 1));
	EXPECT_EQ(-EINVAL, xev_state(a, n));
	EXPECT_EQ(-EINVAL, xev_close(a, n));
	EXPECT_EQ(-EINVAL, xev_send(a, n));
	EXPECT_EQ(-EINVAL, xev_ring(a, n));
	EXPECT_EQ(-EINVAL, xev_unmask(a, n));
	EXPECT_EQ(-EINVAL, xev_bind_vcpu(a, n, 0));
	EXPECT_EQ(0, xev_close(a, n - 1));
	EXPECT_EQ(n - 1, xev_bind(a, self->db.domid, far));
	EXPECT_TRUE(xdom_pending(&self->da, n - 1));
	xdom_quiet(&self->da);
	EXPECT_EQ(0, xev_send(self->b, far));
	EXPECT_TRUE(xdom_pending(&self->da, n - 1));
	EXPECT_EQ(1ULL << (xdom_word_bits(&self->da) - 1), xvcpu_sel(a));
	EXPECT_EQ(0, xev_reset(a, DOMID_SELF));
	EXPECT_EQ(0, ports_in_use(&self->da));
	EXPECT_EQ(1, xev_alloc(a, 0));
}

/* --- on a domain's behalf --- */

static int alloc_port(struct xdom *d, uint32_t remote, uint32_t *port)
{
	struct kvm_xenpv_alloc_port arg = { .remote = remote, .port = ~0U };
	int ret = xioctl(d->fd, KVM_XENPV_ALLOC_PORT, &arg);

	*port = arg.port;
	return ret;
}

static int port_status(struct xdom *d, uint32_t port, struct kvm_xenpv_port_status *st)
{
	memset(st, 0xee, sizeof(*st));
	st->port = port;
	return xioctl(d->fd, KVM_XENPV_PORT_STATUS, st);
}

TEST_F(bind, alloc_port)
{
	static const uint32_t bad[] = {
		KVM_XENPV_DOMID_END, 0x7ff1, 0x7fff, 0x8000, 0xffff, 0x10000, 0x10001,
		0x80000000, ~0U,
	};
	unsigned int i;
	uint32_t port;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, alloc_port(&self->da, bad[i], &port))
			TH_LOG("remote %#x", bad[i]);
	}
	EXPECT_EQ(0, ports_in_use(&self->da));
	EXPECT_EQ(0, alloc_port(&self->da, 0, &port));
	EXPECT_EQ(1, port);
	EXPECT_EQ(0, alloc_port(&self->da, self->db.domid, &port));
	EXPECT_EQ(2, port);
	EXPECT_EQ(0, alloc_port(&self->da, nobody(), &port));
	EXPECT_EQ(3, port);
	EXPECT_EQ(0, alloc_port(&self->da, self->da.domid, &port));
	EXPECT_EQ(4, port);
	EXPECT_STATUS(self->a, 1, EVTCHNSTAT_unbound, 0, 0, 0);
	EXPECT_STATUS(self->a, 2, EVTCHNSTAT_unbound, 0, self->db.domid, 0);
	EXPECT_EQ(1, xev_bind(self->b, self->da.domid, 2));
	EXPECT_EQ(5, xev_bind(self->a, DOMID_SELF, 4));
}

/* Before there is any memory: xenstore's and the console's ports. */
TEST(alloc_port_in_a_new_domain)
{
	struct kvm_xenpv_port_status st;
	struct xdom d;
	uint32_t port;

	ASSERT_EQ(0, xdom_init(&d, 0, 1, MAP_SHARED));
	EXPECT_EQ(0, alloc_port(&d, 0, &port));
	EXPECT_EQ(1, port);
	EXPECT_EQ(0, port_status(&d, 1, &st));
	EXPECT_EQ(EVTCHNSTAT_unbound, st.status);
	xdom_free(&d);
}

TEST_F(bind, port_status)
{
	struct kvm_xenpv_port_status st;
	struct xdom *d = &self->da;
	long host = xev_alloc(self->a, 0), virq = xev_virq(self->a, VIRQ_TIMER, 1);
	long ipi = xev_ipi(self->a, 1);
	evtchn_port_t pa, pb;
	int event;

	ASSERT_EQ(0, xev_pair(self->a, self->b, &pa, &pb));
	EXPECT_EQ(0, port_status(d, host, &st));
	EXPECT_EQ(host, st.port);
	EXPECT_EQ(EVTCHNSTAT_unbound, st.status);
	EXPECT_EQ(0, st.vcpu);
	EXPECT_EQ(0, st.remote_domid);
	EXPECT_EQ(0, st.remote_port);
	EXPECT_EQ(0, st.virq);
	EXPECT_EQ(0, port_status(d, virq, &st));
	EXPECT_EQ(EVTCHNSTAT_virq, st.status);
	EXPECT_EQ(1, st.vcpu);
	EXPECT_EQ(VIRQ_TIMER, st.virq);
	EXPECT_EQ(0, st.remote_domid);
	EXPECT_EQ(0, port_status(d, ipi, &st));
	EXPECT_EQ(EVTCHNSTAT_ipi, st.status);
	EXPECT_EQ(1, st.vcpu);
	EXPECT_EQ(0, port_status(d, pa, &st));
	EXPECT_EQ(EVTCHNSTAT_interdomain, st.status);
	EXPECT_EQ(self->db.domid, st.remote_domid);
	EXPECT_EQ(pb, st.remote_port);
	event = xioctl_n(d->fd, KVM_XENPV_CREATE_EVENT_FD, 0);
	ASSERT_EQ(0, xioctl_n(event, KVM_XENPV_BIND_PORT, host));
	EXPECT_EQ(0, port_status(d, host, &st));
	EXPECT_EQ(EVTCHNSTAT_interdomain, st.status);
	EXPECT_EQ(0, st.remote_domid);
	EXPECT_EQ(0, st.remote_port);
	/* The guest sees the same. */
	EXPECT_STATUS(self->a, host, EVTCHNSTAT_interdomain, 0, 0, 0);
	EXPECT_EQ(0, port_status(d, 0, &st));
	EXPECT_EQ(EVTCHNSTAT_closed, st.status);
	EXPECT_EQ(-EINVAL, port_status(d, xdom_ports(d), &st));
	EXPECT_EQ(-EINVAL, port_status(d, 0x80000001, &st));
	EXPECT_EQ(-EINVAL, port_status(d, ~0U, &st));
	close(event);
}

TEST_HARNESS_MAIN
