// SPDX-License-Identifier: GPL-2.0
/* Ballooning: frames given and taken, the M2P table with them. */
#include "../kselftest_harness.h"
#include "vmm/reservation.h"

#define MIB(n)	((uint64_t)(n) << 8)	/* in pages */

FIXTURE(res) {
	struct guest_mem m;
	struct special_layout l;
	struct reservation r;
	uint64_t *m2p;
};

FIXTURE_SETUP(res)
{
	guest_mem_init(&self->m, MIB(16), MIB(3080));
	ASSERT_EQ(0, layout_special(&self->l, &self->m, 1, 4096));
	ASSERT_EQ(0, guest_mem_map(&self->m, self->l.size));
	reservation_init(&self->r, &self->m, &self->l);
	self->m2p = guest_ptr(&self->m, self->l.m2p, self->l.m2p_entries * 8);
}

FIXTURE_TEARDOWN(res)
{
	reservation_free(&self->r);
	guest_mem_unmap(&self->m);
}

TEST_F(res, out_and_in_again)
{
	self->m.low[7 << 12] = 1;
	EXPECT_EQ(MIB(16), reservation_pages(&self->r));
	ASSERT_EQ(0, reservation_remove(&self->r, 7, 0));
	EXPECT_EQ(MIB(16) - 1, reservation_pages(&self->r));
	EXPECT_EQ(~0ULL, self->m2p[7]);
	EXPECT_EQ(0, self->m.low[7 << 12]);
	EXPECT_EQ(-1, reservation_remove(&self->r, 7, 0));
	EXPECT_EQ(7, reservation_add(&self->r, 7, 0));
	EXPECT_EQ(7, self->m2p[7]);
}

/* 32-bit guests have an M2P of their own. */
TEST_F(res, narrow)
{
	uint32_t *m2p;

	reservation_free(&self->r);
	guest_mem_unmap(&self->m);
	ASSERT_EQ(0, layout_m2p32(&self->l, &self->m));
	ASSERT_EQ(0, guest_mem_map(&self->m, self->l.size));
	reservation_init(&self->r, &self->m, &self->l);
	m2p = guest_ptr(&self->m, self->l.m2p32, self->l.m2p_entries * 4);
	ASSERT_NE(NULL, m2p);
	ASSERT_EQ(0, reservation_remove(&self->r, 7, 0));
	EXPECT_EQ(~0U, m2p[7]);
	EXPECT_EQ(7, reservation_add(&self->r, 7, 0));
	EXPECT_EQ(7, m2p[7]);
}

/* mem-max. */
TEST_F(res, limit)
{
	EXPECT_EQ(MIB(3080), reservation_limit(&self->r, 0));
	EXPECT_EQ(MIB(17), reservation_limit(&self->r, MIB(17)));
	EXPECT_LT(0, reservation_add(&self->r, MIB(20), 7));
	EXPECT_EQ(-1, reservation_add(&self->r, MIB(20) + 128, 8));
	EXPECT_LT(0, reservation_add(&self->r, MIB(20) + 128, 7));
	EXPECT_EQ(-1, reservation_add(&self->r, MIB(21), 0));
	EXPECT_EQ(MIB(17), reservation_pages(&self->r));
	ASSERT_EQ(0, reservation_remove(&self->r, 7, 0));
	EXPECT_LT(0, reservation_add(&self->r, MIB(21), 0));
}

/* Its own frame is in use: another one, and the M2P says whose it is. */
TEST_F(res, another_frame)
{
	int64_t mfn = reservation_add(&self->r, 7, 0);

	ASSERT_LT(0, mfn);
	EXPECT_NE(7, mfn);
	EXPECT_EQ(7, self->m2p[mfn]);
	/* A pfn that RAM does not reach is the guest's own affair. */
	mfn = reservation_add(&self->r, 1ULL << 40, 0);
	ASSERT_LT(0, mfn);
	EXPECT_EQ(1ULL << 40, self->m2p[mfn]);
	self->m2p[MIB(16) + 50] = 77;
	mfn = reservation_add(&self->r, ~0ULL, 0);
	ASSERT_LT(0, mfn);
}

TEST_F(res, not_its_own)
{
	static const uint64_t bad[] = {
		MIB(16), MIB(3072), 0xc0000, 0xfffff, 0x100000 + MIB(8), ~0ULL,
	};
	unsigned int i;

	for (i = 0; i < 6; i++) {
		EXPECT_EQ(-1, reservation_remove(&self->r, bad[i], 0));
		EXPECT_EQ(-1, reservation_remove(&self->r, bad[i], 9));
	}
	EXPECT_EQ(-1, reservation_remove(&self->r, MIB(16) - 1, 1));
	EXPECT_EQ(-1, reservation_remove(&self->r, 0, 63));
	EXPECT_EQ(-1, reservation_add(&self->r, 0, 10));
	EXPECT_EQ(MIB(16), reservation_pages(&self->r));
}

TEST_F(res, large_extents)
{
	int64_t mfn = reservation_add(&self->r, MIB(32), 9);
	int i;

	EXPECT_EQ(MIB(32), mfn);
	for (i = 0; i < 512; i++) {
		EXPECT_EQ(MIB(32) + i, self->m2p[mfn + i]);
	}
	mfn = reservation_add(&self->r, MIB(32), 9);
	ASSERT_LT(0, mfn);
	EXPECT_EQ(0, mfn % 512);
	EXPECT_EQ(0, reservation_remove(&self->r, mfn, 9));
	EXPECT_EQ(MIB(16) + 512, reservation_pages(&self->r));
}

/* All there is, across the hole, and not one more. */
TEST_F(res, up_to_maxmem)
{
	uint64_t n = 0;

	while (reservation_add(&self->r, MIB(16) + n * 512, 9) >= 0)
		n++;
	EXPECT_EQ((MIB(3080) - MIB(16)) / 512, n);
	EXPECT_EQ(MIB(3080), reservation_pages(&self->r));
	EXPECT_EQ(-1, reservation_add(&self->r, 1, 0));
	EXPECT_EQ(MIB(3072), self->m2p[0x100000]);
	ASSERT_EQ(0, reservation_remove(&self->r, 0x100000, 0));
	EXPECT_EQ(0x100000, reservation_add(&self->r, 1, 0));
	EXPECT_EQ(1, self->m2p[0x100000]);
}

TEST_HARNESS_MAIN
