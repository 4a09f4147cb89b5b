// SPDX-License-Identifier: GPL-2.0
/*
 * How an event becomes bits in the guest's memory and an interrupt: the 2-level
 * ABI to the bit, as Xen 4.17's evtchn_2l_set_pending() does it.
 */
#define _GNU_SOURCE
#include "../lib/xenpv_dom.h"
#include "../lib/xenpv_test.h"

/* b sends, a receives on port pa. */
FIXTURE(deliver) {
	struct xdom da, db;
	struct xvcpu *a, *a1, *b;
	evtchn_port_t pa, pb;
};

FIXTURE_VARIANT(deliver) {
	uint32_t flags;
};

FIXTURE_VARIANT_ADD(deliver, words64) {
	.flags = 0,
};

FIXTURE_VARIANT_ADD(deliver, words32) {
	.flags = KVM_XENPV_DOMAIN_32BIT,
};

FIXTURE_SETUP(deliver)
{
	ASSERT_EQ(0, xdom_new(&self->da, variant->flags, 2));
	ASSERT_EQ(0, xdom_new(&self->db, 0, 1));
	self->a = &self->da.vcpu[0];
	self->a1 = &self->da.vcpu[1];
	self->b = &self->db.vcpu[0];
	ASSERT_EQ(0, xev_pair(self->a, self->b, &self->pa, &self->pb));
}

FIXTURE_TEARDOWN(deliver)
{
	xdom_free(&self->da);
	xdom_free(&self->db);
}

/* What Xen would make of a zeroed shared_info when this port gets an event. */
static void expected_page(struct xdom *d, uint8_t *page, evtchn_port_t port,
			  unsigned int vcpu)
{
	unsigned int bits = xdom_word_bits(d);
	unsigned int sel = d->compat ? 4 : 8;

	memset(page, 0, XDOM_PAGE);
	page[0x800 + port / 8] = 1 << (port % 8);
	page[vcpu * 64] = 1;
	page[vcpu * 64 + sel + port / bits / 8] = 1 << (port / bits % 8);
}

TEST_F(deliver, every_port_to_the_bit)
{
	static uint8_t expected[XDOM_PAGE];
	struct xdom *d = &self->da;
	unsigned int n = xdom_ports(d), port;

	EXPECT_EQ(0, xev_close(self->a, self->pa));
	for (port = 1; port < n; port++) {
		ASSERT_EQ(port, xev_ipi(self->a, port & 1));
	}
	for (port = 1; port < n; port++) {
		memset(d->si, 0, XDOM_PAGE);
		if (port % 3) {
			ASSERT_EQ(0, xev_send(self->a, port));
		} else {
			ASSERT_EQ(0, xev_ring(self->a, port));
		}
		expected_page(d, expected, port, port & 1);
		ASSERT_EQ(0, memcmp(d->si, expected, XDOM_PAGE)) TH_LOG("port %u", port);
		ASSERT_EQ(1, xvcpu_wait_kick(&d->vcpu[port & 1], 1000)) TH_LOG("port %u", port);
		ASSERT_EQ(0, xvcpu_kicks(&d->vcpu[!(port & 1)])) TH_LOG("port %u", port);
	}
}

TEST(every_vcpu_to_the_bit)
{
	static uint8_t expected[XDOM_PAGE];
	unsigned int vcpu, flags;
	struct xdom d;

	for (flags = 0; flags <= KVM_XENPV_DOMAIN_32BIT; flags++) {
		ASSERT_EQ(0, xdom_new(&d, flags, 32));
		for (vcpu = 0; vcpu < 32; vcpu++) {
			long port = xev_ipi(&d.vcpu[0], vcpu);

			memset(d.si, 0, XDOM_PAGE);
			ASSERT_EQ(0, xev_ring(&d.vcpu[0], port));
			expected_page(&d, expected, port, vcpu);
			EXPECT_EQ(0, memcmp(d.si, expected, XDOM_PAGE))
				TH_LOG("vCPU %u", vcpu);
			EXPECT_EQ(1, xvcpu_wait_kick(&d.vcpu[vcpu], 1000))
				TH_LOG("vCPU %u", vcpu);
		}
		xdom_free(&d);
	}
}

/* Nothing that is not an event's own is touched, whatever stands there. */
TEST_F(deliver, neighbours_are_left_alone)
{
	uint8_t *page = self->da.si, before[XDOM_PAGE];
	unsigned int sel = self->da.compat ? 4 : 8;

	memset(page, 0x5a, XDOM_PAGE);
	page[0] = 0;
	page[sel] &= ~1;
	page[0x800] &= ~(1 << self->pa);
	page[self->da.compat ? 0x880 : 0xa00] &= ~(1 << self->pa);
	memcpy(before, page, XDOM_PAGE);
	before[0] = 1;
	before[sel] |= 1;
	before[0x800] |= 1 << self->pa;
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(0, memcmp(page, before, XDOM_PAGE));
	EXPECT_EQ(1, xvcpu_wait_kick(self->a, 1000));
}

/* --- edges --- */

TEST_F(deliver, pending_already)
{
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(1, xvcpu_wait_kick(self->a, 1000));
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(0, xev_send(self->b, self->pb));
	EXPECT_EQ(0, xvcpu_no_kick(self->a));
	/* Even when the guest has taken the rest, but not the bit. */
	xvcpu_set_upcall(self->a, 0);
	xvcpu_take_sel(self->a);
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(0, xvcpu_upcall(self->a));
	EXPECT_EQ(0, xvcpu_sel(self->a));
	EXPECT_EQ(0, xvcpu_no_kick(self->a));
}

TEST_F(deliver, upcall_pending_already)
{
	long other = xev_ipi(self->a, 0);

	xvcpu_set_upcall(self->a, 1);
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_TRUE(xdom_pending(&self->da, self->pa));
	EXPECT_EQ(1, xvcpu_sel(self->a));
	EXPECT_EQ(0, xvcpu_no_kick(self->a));
	/* Any value but zero means pending. */
	xdom_quiet(&self->da);
	xvcpu_set_upcall(self->a, 0xff);
	EXPECT_EQ(0, xev_send(self->a, other));
	EXPECT_EQ(0, xvcpu_no_kick(self->a));
	EXPECT_NE(0, xvcpu_upcall(self->a));
}

/* The selector has the bit: the guest is still to look at that word. */
TEST_F(deliver, selector_set_already)
{
	long other = xev_ipi(self->a, 0);

	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(1, xvcpu_wait_kick(self->a, 1000));
	xvcpu_set_upcall(self->a, 0);
	EXPECT_EQ(0, xev_send(self->a, other));
	EXPECT_TRUE(xdom_pending(&self->da, other));
	EXPECT_EQ(0, xvcpu_upcall(self->a));
	EXPECT_EQ(0, xvcpu_no_kick(self->a));
}

TEST_F(deliver, again_after_the_handler)
{
	int i;

	for (i = 0; i < 50; i++) {
		EXPECT_EQ(0, xev_ring(self->b, self->pb));
		EXPECT_EQ(1, xvcpu_wait_kick(self->a, 1000));
		xvcpu_set_upcall(self->a, 0);
		EXPECT_EQ(1, xvcpu_take_sel(self->a));
		EXPECT_TRUE(xdom_clear(&self->da, self->pa));
	}
	EXPECT_EQ(0, xvcpu_no_kick(self->a));
}

/* Interrupts come whatever the guest does with its upcall mask. */
TEST_F(deliver, upcall_mask_is_the_guests)
{
	volatile uint8_t *mask = (uint8_t *)self->a->info + 1;

	*mask = 1;
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(1, xvcpu_upcall(self->a));
	EXPECT_EQ(1, *mask);
	EXPECT_EQ(1, xvcpu_wait_kick(self->a, 1000));
}

/* --- masks --- */

TEST_F(deliver, masked)
{
	xdom_mask(&self->da, self->pa, true);
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(0, xev_send(self->b, self->pb));
	EXPECT_TRUE(xdom_pending(&self->da, self->pa));
	EXPECT_TRUE(xdom_masked(&self->da, self->pa));
	EXPECT_EQ(0, xvcpu_sel(self->a));
	EXPECT_EQ(0, xvcpu_upcall(self->a));
	EXPECT_EQ(0, xvcpu_no_kick(self->a));
	/* The edge is over: clearing the mask by hand does not bring it back. */
	xdom_mask(&self->da, self->pa, false);
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(0, xvcpu_upcall(self->a));
	EXPECT_EQ(0, xvcpu_no_kick(self->a));
}

TEST_F(deliver, masks_of_others_do_not_count)
{
	uint8_t *page = self->da.si;

	memset(page + (self->da.compat ? 0x880 : 0xa00), 0xff,
	       self->da.compat ? 0x80 : 0x200);
	xdom_mask(&self->da, self->pa, false);
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(1, xvcpu_wait_kick(self->a, 1000));
}

TEST_F(deliver, unmask)
{
	struct xdom *d = &self->da;

	/* Nothing pending: the mask goes, no more. */
	xdom_mask(d, self->pa, true);
	EXPECT_EQ(0, xev_unmask(self->a, self->pa));
	EXPECT_FALSE(xdom_masked(d, self->pa));
	EXPECT_EQ(0, xvcpu_upcall(self->a));
	EXPECT_EQ(0, xvcpu_no_kick(self->a));

	/* Pending: as if it came now. */
	xdom_mask(d, self->pa, true);
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(0, xev_unmask(self->a, self->pa));
	EXPECT_FALSE(xdom_masked(d, self->pa));
	EXPECT_TRUE(xdom_pending(d, self->pa));
	EXPECT_EQ(1, xvcpu_sel(self->a));
	EXPECT_EQ(1, xvcpu_upcall(self->a));
	EXPECT_EQ(1, xvcpu_wait_kick(self->a, 1000));

	/* Not masked: nothing happens, pending or not. */
	xvcpu_set_upcall(self->a, 0);
	xvcpu_take_sel(self->a);
	EXPECT_EQ(0, xev_unmask(self->a, self->pa));
	EXPECT_EQ(0, xvcpu_upcall(self->a));
	EXPECT_EQ(0, xvcpu_sel(self->a));
	EXPECT_EQ(0, xvcpu_no_kick(self->a));
}

TEST_F(deliver, unmask_with_upcall_pending)
{
	xdom_mask(&self->da, self->pa, true);
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	xvcpu_set_upcall(self->a, 1);
	EXPECT_EQ(0, xev_unmask(self->a, self->pa));
	EXPECT_EQ(1, xvcpu_sel(self->a));
	EXPECT_EQ(0, xvcpu_no_kick(self->a));
}

/* It is the port's vCPU that hears of it, not the one that unmasks. */
TEST_F(deliver, unmask_for_another_vcpu)
{
	EXPECT_EQ(0, xev_bind_vcpu(self->a, self->pa, 1));
	xdom_mask(&self->da, self->pa, true);
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(0, xev_unmask(self->a, self->pa));
	EXPECT_EQ(1, xvcpu_upcall(self->a1));
	EXPECT_EQ(1, xvcpu_sel(self->a1));
	EXPECT_EQ(1, xvcpu_wait_kick(self->a1, 1000));
	EXPECT_EQ(0, xvcpu_upcall(self->a));
	EXPECT_EQ(0, xvcpu_no_kick(self->a));
}

TEST_F(deliver, unmask_of_each_state)
{
	struct xdom *d = &self->da;
	long port[4] = {
		xev_ipi(self->a, 0), xev_virq(self->a, VIRQ_TIMER, 0),
		xev_alloc(self->a, 0), xev_alloc(self->a, self->db.domid),
	};
	long closed = xev_ipi(self->a, 0);
	unsigned int i;

	for (i = 0; i < 4; i++) {
		xdom_mask(d, port[i], true);
		EXPECT_EQ(0, xev_unmask(self->a, port[i])) TH_LOG("port %ld", port[i]);
		EXPECT_FALSE(xdom_masked(d, port[i])) TH_LOG("port %ld", port[i]);
	}
	/* Port 0 and closed ports are no error, and stay as they are. */
	EXPECT_EQ(0, xev_close(self->a, closed));
	xdom_mask(d, 0, true);
	xdom_mask(d, closed, true);
	EXPECT_EQ(0, xev_unmask(self->a, 0));
	EXPECT_EQ(0, xev_unmask(self->a, closed));
	EXPECT_TRUE(xdom_masked(d, 0));
	EXPECT_TRUE(xdom_masked(d, closed));
	EXPECT_EQ(-EINVAL, xev_unmask(self->a, xdom_ports(d)));
	EXPECT_EQ(-EINVAL, xev_unmask(self->a, 4096));
	EXPECT_EQ(-EINVAL, xev_unmask(self->a, 0x10001));
	EXPECT_EQ(-EINVAL, xev_unmask(self->a, 0x80000001));
	EXPECT_EQ(-EINVAL, xev_unmask(self->a, ~0U));
}

/* --- SCHEDOP_poll --- */

TEST_F(deliver, polling_masked)
{
	xdom_mask(&self->da, self->pa, true);
	xvcpu_poll(self->a, self->pa);
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(1, xvcpu_wait_kick(self->a, 1000));
	/* A wake-up, not an upcall. */
	EXPECT_TRUE(xdom_pending(&self->da, self->pa));
	EXPECT_EQ(0, xvcpu_upcall(self->a));
	EXPECT_EQ(0, xvcpu_sel(self->a));
	EXPECT_FALSE(xvcpu_polls(self->a));
	/* Only for a new event. */
	xvcpu_poll(self->a, self->pa);
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(0, xvcpu_no_kick(self->a));
	EXPECT_TRUE(xdom_clear(&self->da, self->pa));
	xvcpu_poll(self->a, XENPV_POLL_ANY);
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(1, xvcpu_wait_kick(self->a, 1000));
	EXPECT_TRUE(xdom_clear(&self->da, self->pa));
	EXPECT_FALSE(xvcpu_polls(self->a));
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(0, xvcpu_no_kick(self->a));
}

/* One kick for each time that the vCPU said it polls, however many events. */
TEST_F(deliver, polling_one_kick)
{
	xdom_mask(&self->da, self->pa, true);
	xvcpu_poll(self->a, XENPV_POLL_ANY);
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(1, xvcpu_wait_kick(self->a, 1000));
	EXPECT_TRUE(xdom_clear(&self->da, self->pa));
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(0, xvcpu_no_kick(self->a));
}

TEST_F(deliver, polling_for_another_port)
{
	xdom_mask(&self->da, self->pa, true);
	xvcpu_poll(self->a, self->pa + 1);
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(0, xvcpu_no_kick(self->a));
	EXPECT_TRUE(xvcpu_polls(self->a));
}

/* Bits of vCPUs that are not there. */
TEST_F(deliver, polling_nobody)
{
	unsigned int i;

	xdom_mask(&self->da, self->pa, true);
	for (i = 0; i < XENPV_MAX_VCPUS / 64; i++)
		self->a->block->pollers[i] = ~0ULL;
	self->a->block->polling = XENPV_POLL_ANY;
	self->a1->block->polling = XENPV_POLL_ANY;
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(1, xvcpu_wait_kick(self->a, 1000));
	EXPECT_EQ(1, xvcpu_wait_kick(self->a1, 1000));
}

TEST_F(deliver, polling_unmasked)
{
	xvcpu_poll(self->a, self->pa);
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(1, xvcpu_wait_kick(self->a, 1000));
	EXPECT_EQ(1, xvcpu_upcall(self->a));
	EXPECT_EQ(0, xvcpu_no_kick(self->a));
}

/* A vCPU may poll ports that are bound to another one. */
TEST_F(deliver, polling_for_another_vcpus_port)
{
	xdom_mask(&self->da, self->pa, true);
	xvcpu_poll(self->a1, self->pa);
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(1, xvcpu_wait_kick(self->a1, 1000));
	EXPECT_EQ(0, xvcpu_no_kick(self->a));
	EXPECT_EQ(0, xvcpu_upcall(self->a));
	EXPECT_EQ(0, xvcpu_upcall(self->a1));
}

/* --- vcpu_info elsewhere --- */

#define INFO_GPA	(xdom_gpa(XDOM_PG_FREE) + 0x140)

TEST_F(deliver, vcpu_info_refused)
{
	struct xvcpu *a = self->a;
	uint64_t page = xdom_gpa(XDOM_PG_FREE);
	static const uint64_t vcpus[] = { 2, 127, 128, 0x100000000, ~0ULL };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vcpus); i++) {
		EXPECT_EQ(-ENOENT, xcall(a, XENPV_OP_VCPU_INFO, vcpus[i], page, NULL, 0));
	}
	EXPECT_EQ(-ENXIO, xvcpu_register(a, 0, page + 1));
	EXPECT_EQ(-ENXIO, xvcpu_register(a, 0, page + 2));
	EXPECT_EQ(-ENXIO, xvcpu_register(a, 0, page + 4096 - 63));
	EXPECT_EQ(-ENXIO, xvcpu_register(a, 0, page + 4096 - 56));
	EXPECT_EQ(-ENXIO, xvcpu_register(a, 0, page + 4096 - 8));
	if (!self->da.compat) {
		EXPECT_EQ(-ENXIO, xvcpu_register(a, 0, page + 4));
	}
	EXPECT_EQ(-EINVAL, xvcpu_register(a, 0, 0));
	EXPECT_EQ(-EINVAL, xvcpu_register(a, 0, XDOM_GPA - 64));
	EXPECT_EQ(-EINVAL, xvcpu_register(a, 0, XDOM_GPA + XDOM_SIZE));
	EXPECT_EQ(-EINVAL, xvcpu_register(a, 0, 1ULL << 52));
	EXPECT_EQ(-EINVAL, xvcpu_register(a, 0, -64ULL));
	ASSERT_EQ(0, mprotect(xdom_page(&self->da, XDOM_PG_FREE), XDOM_PAGE, PROT_READ));
	EXPECT_EQ(-EINVAL, xvcpu_register(a, 0, page));
	ASSERT_EQ(0, mprotect(xdom_page(&self->da, XDOM_PG_FREE), XDOM_PAGE,
			      PROT_READ | PROT_WRITE));
	/* The old place still counts. */
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(1, xvcpu_upcall(a));
	EXPECT_EQ(1, xvcpu_wait_kick(a, 1000));
	/* The first and last place in a page are good; once. */
	EXPECT_EQ(0, xvcpu_register(a, 0, page + 4096 - 64));
	EXPECT_EQ(-EINVAL, xcall(a, XENPV_OP_VCPU_INFO, 0, page + 64, NULL, 0));
	EXPECT_EQ(0, xvcpu_register(a, 1, page));
	EXPECT_EQ(-EINVAL, xcall(a, XENPV_OP_VCPU_INFO, 1, page, NULL, 0));
}

TEST_F(deliver, vcpu_info_moves)
{
	struct xdom *d = &self->da;
	struct xvcpu *a = self->a;
	uint8_t *page = xdom_page(d, XDOM_PG_FREE), *old = a->info, want[64];
	unsigned int i;

	memset(page, 0x5a, XDOM_PAGE);
	for (i = 0; i < 64; i++)
		old[i] = i + 1;
	memcpy(want, old, 64);
	want[0] = 1;
	if (d->compat)
		memset(want + 4, 0xff, 4);
	else
		memset(want + 8, 0xff, 8);
	old[0] = 0;
	ASSERT_EQ(0, xvcpu_register(a, 0, INFO_GPA));
	/* A copy in which everything is pending, and an interrupt to look. */
	EXPECT_EQ(0, memcmp(page + 0x140, want, 64));
	EXPECT_EQ(1, xvcpu_wait_kick(a, 1000));
	for (i = 0; i < XDOM_PAGE; i++) {
		if (i < 0x140 || i >= 0x180) {
			ASSERT_EQ(0x5a, page[i]) TH_LOG("byte %#x", i);
		}
	}

	/* From now on the new place alone counts. */
	xdom_quiet(d);
	memset(old, 0, 64);
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(1, xvcpu_upcall(a));
	EXPECT_EQ(1, xvcpu_sel(a));
	EXPECT_EQ(1, xvcpu_wait_kick(a, 1000));
	for (i = 0; i < 64; i++) {
		EXPECT_EQ(0, old[i]);
	}
	/* Unmasking looks there too. */
	xdom_quiet(d);
	xdom_mask(d, self->pa, true);
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(0, xev_unmask(a, self->pa));
	EXPECT_EQ(1, xvcpu_upcall(a));
	EXPECT_EQ(0, old[0]);
	/* The other vCPU has stayed where it was. */
	EXPECT_EQ(0, xev_bind_vcpu(a, self->pa, 1));
	xdom_quiet(d);
	EXPECT_EQ(0, xev_ring(self->b, self->pb));
	EXPECT_EQ(1, old[64]);
	EXPECT_EQ(0, xvcpu_upcall(a));
}

/* Those beyond shared_info have no vcpu_info to begin with. */
TEST(vcpus_beyond_the_32nd)
{
	struct xdom d;
	struct xvcpu *v;
	uint8_t before[XDOM_PAGE];
	uint8_t *info;
	long p32, p39;
	unsigned int i;

	ASSERT_EQ(0, xdom_new(&d, 0, 40));
	v = &d.vcpu[0];
	p32 = xev_ipi(v, 32);
	p39 = xev_ipi(v, 39);
	memcpy(before, d.si, XDOM_PAGE);
	before[0x800] |= 1 << p32 | 1 << p39;
	EXPECT_EQ(0, xev_ring(v, p32));
	EXPECT_EQ(0, xev_ring(v, p39));
	EXPECT_EQ(0, xev_ring(v, p32));
	EXPECT_EQ(0, memcmp(d.si, before, XDOM_PAGE));
	/* Unmasking one has nowhere to go either. */
	xdom_mask(&d, p32, true);
	EXPECT_EQ(0, xev_unmask(v, p32));
	EXPECT_FALSE(xdom_masked(&d, p32));

	info = xdom_page(&d, XDOM_PG_FREE);
	memset(info, 0x5a, XDOM_PAGE);
	xvcpu_kicks(&d.vcpu[32]);
	ASSERT_EQ(0, xvcpu_register(&d.vcpu[32], 32, xdom_gpa(XDOM_PG_FREE)));
	/* Pending, masked, all selected, the rest zero. */
	EXPECT_EQ(1, info[0]);
	EXPECT_EQ(1, info[1]);
	for (i = 2; i < 64; i++) {
		EXPECT_EQ(i >= 8 && i < 16 ? 0xff : 0, info[i]);
	}
	EXPECT_EQ(0x5a, info[64]);
	EXPECT_EQ(1, xvcpu_wait_kick(&d.vcpu[32], 1000));
	EXPECT_TRUE(xdom_pending(&d, p32));
	xdom_quiet(&d);
	EXPECT_EQ(0, xev_ring(v, p32));
	EXPECT_EQ(1, info[0]);
	EXPECT_EQ(1, info[8]);
	EXPECT_EQ(1, xvcpu_wait_kick(&d.vcpu[32], 1000));
	xdom_free(&d);
}

TEST_HARNESS_MAIN
