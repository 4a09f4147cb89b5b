// SPDX-License-Identifier: GPL-2.0
/* Guest physical memory: frame numbers, the checked pointer, the layout. */
#include "../kselftest_harness.h"
#include "vmm/layout.h"
#include "vmm/memory.h"

#define MIB(n)	((uint64_t)(n) << 8)	/* in pages */

TEST(frames_below_the_hole)
{
	struct guest_mem m;
	uint64_t f;

	guest_mem_init(&m, MIB(256), MIB(512));
	EXPECT_EQ(MIB(256), m.low_pages);
	EXPECT_EQ(MIB(512), m.low_max);
	EXPECT_EQ(MIB(512), mem_end_mfn(&m));
	EXPECT_EQ(5, pfn_to_mfn(&m, 5));
	EXPECT_TRUE(mfn_to_frame(&m, MIB(512) - 1, &f));
	EXPECT_FALSE(mfn_to_frame(&m, MIB(512), &f));
	EXPECT_FALSE(mfn_to_frame(&m, 0x100000, &f));
	EXPECT_FALSE(mfn_to_frame(&m, ~0ULL, &f));
}

TEST(frames_on_both_sides)
{
	struct guest_mem m;
	uint64_t f;

	guest_mem_init(&m, MIB(4096), MIB(5120));
	EXPECT_EQ(MIB(3072), m.low_pages);
	EXPECT_EQ(0x100000, pfn_to_mfn(&m, MIB(3072)));
	EXPECT_EQ(0x100000 + MIB(2048), mem_end_mfn(&m));
	EXPECT_TRUE(mfn_to_frame(&m, 0x100000, &f));
	EXPECT_EQ(MIB(3072), f);
	EXPECT_FALSE(mfn_to_frame(&m, 0xfffff, &f));
	EXPECT_FALSE(mfn_to_frame(&m, 0xc0000, &f));
	EXPECT_EQ(0x100000 + MIB(2048) - 1, frame_to_mfn(&m, MIB(5120) - 1));
}

/* maxmem beyond the hole, memory below it. */
TEST(frames_to_grow_into)
{
	struct guest_mem m;

	guest_mem_init(&m, MIB(64), MIB(4096));
	EXPECT_EQ(MIB(64), m.low_pages);
	EXPECT_EQ(MIB(3072), m.low_max);
	EXPECT_EQ(0x100000 + MIB(1024), mem_end_mfn(&m));
}

/* What a configuration may ask for has room for its tables. */
TEST(largest)
{
	struct special_layout l;
	struct guest_mem m;

	guest_mem_init(&m, MIB(16), MIB(384 << 10));
	EXPECT_EQ(0, layout_special(&l, &m, 128, 1 << 20));
	EXPECT_GE(MEM_SPECIAL_END, m.special_gpa + l.size);
}

TEST(pointers)
{
	struct guest_mem m;
	const uint64_t top = 5ULL << 30;	/* of RAM: 3 GiB, hole, 1 GiB */

	guest_mem_init(&m, MIB(16), MIB(4096));
	ASSERT_EQ(0, guest_mem_map(&m, 4 << 20));

	EXPECT_EQ(0, (uintptr_t)m.low % (2 << 20));
	EXPECT_EQ(0, (uintptr_t)m.high % (2 << 20));
	EXPECT_EQ(0, (uintptr_t)m.special % (2 << 20));
	EXPECT_EQ(m.low, guest_ptr(&m, 0, 3ULL << 30));
	EXPECT_EQ(NULL, guest_ptr(&m, 0, (3ULL << 30) + 1));
	EXPECT_EQ(NULL, guest_ptr(&m, 4096, 3ULL << 30));
	EXPECT_EQ(m.special, guest_ptr(&m, 3ULL << 30, 4 << 20));
	EXPECT_EQ(NULL, guest_ptr(&m, 3ULL << 30, (4 << 20) + 1));
	EXPECT_EQ(NULL, guest_ptr(&m, (3ULL << 30) + (4 << 20), 1));
	EXPECT_EQ(NULL, guest_ptr(&m, 0xfee00000, 4));
	EXPECT_EQ(m.high, guest_ptr(&m, 1ULL << 32, 1 << 30));
	EXPECT_EQ(m.high + (1 << 30) - 1, guest_ptr(&m, top - 1, 1));
	EXPECT_EQ(NULL, guest_ptr(&m, top - 1, 2));
	EXPECT_EQ(NULL, guest_ptr(&m, top, 1));
	EXPECT_EQ(NULL, guest_ptr(&m, ~0ULL, 1));
	EXPECT_EQ(NULL, guest_ptr(&m, 8, ~0ULL));
	EXPECT_EQ(NULL, guest_ptr(&m, top - 8, ~0ULL - 8));

	m.low[8192] = 1;
	guest_mem_discard(&m, 2, 1);
	EXPECT_EQ(0, m.low[8192]);
	guest_mem_unmap(&m);
	EXPECT_EQ(NULL, m.low);
}

TEST(layout)
{
	static const uint64_t sizes[] = { 16, 3072, 3073, 65536, 400000 };
	struct special_layout l;
	struct guest_mem m;
	unsigned int i, n;

	for (i = 0; i < 5; i++) {
		for (n = 1; n <= 128; n += 127) {
			guest_mem_init(&m, MIB(16), MIB(sizes[i]));
			ASSERT_EQ(0, layout_special(&l, &m, n, 300000));
			EXPECT_EQ(l.shared_info + 4096, l.grants);
			EXPECT_LE(l.grants + 64 * 4096, l.image);
			EXPECT_LE(l.image + 300000, l.contexts);
			EXPECT_LE(l.contexts + n * 8192, l.desc_l1);
			EXPECT_LE(l.desc_l1 + (n + 15) / 16 * 4096, l.areas);
			EXPECT_EQ(0, l.areas % 0x10000);
			EXPECT_LE(l.areas + n * 0x10000, l.tables);
			EXPECT_LE(l.tables + l.nr_tables * 4096, l.m2p_none);
			EXPECT_LE(l.m2p_none + 4096, l.frame_table);
			EXPECT_LE((m.special_gpa + l.size) >> 12, layout_m2p_end(&l));
			EXPECT_LE(l.m2p_entries, layout_m2p_end(&l));
			EXPECT_LE(l.frame_table + mem_end_mfn(&m), l.m2p);
			EXPECT_EQ(0, l.m2p % (2 << 20));
			EXPECT_EQ(mem_end_mfn(&m), l.m2p_entries);
			EXPECT_LE(l.m2p + l.m2p_entries * 8,
				  m.special_gpa + l.size);
			EXPECT_LE(m.special_gpa + l.size, MEM_SPECIAL_END);
		}
	}
}

/* Of a 32-bit domain: what there is for Xen's addresses limits it. */
TEST(layout_32bit)
{
	struct special_layout l;
	struct guest_mem m;

	guest_mem_init(&m, MIB(16), MIB(65536));
	ASSERT_EQ(0, layout_special(&l, &m, 128, 300000));
	EXPECT_EQ(0, l.m2p32);
	ASSERT_EQ(0, layout_m2p32(&l, &m));
	EXPECT_EQ(0, l.m2p32 % (2 << 20));
	EXPECT_LE(l.m2p + l.m2p_entries * 8, l.m2p32);
	EXPECT_LE(l.m2p32 + l.m2p_entries * 4, m.special_gpa + l.size);
	EXPECT_LE(l.m2p32 + layout_m2p_end(&l) * 4, m.special_gpa + l.size);
	EXPECT_LE(m.special_gpa + l.size, MEM_SPECIAL_END);

	/* 166 GiB, less the hole, and more than that. */
	guest_mem_init(&m, MIB(16), MIB(165 << 10));
	ASSERT_EQ(0, layout_special(&l, &m, 1, 300000));
	EXPECT_EQ(0, layout_m2p32(&l, &m));
	guest_mem_init(&m, MIB(16), MIB(166 << 10));
	ASSERT_EQ(0, layout_special(&l, &m, 1, 300000));
	EXPECT_EQ(-1, layout_m2p32(&l, &m));
}

TEST(layout_too_large)
{
	struct special_layout l;
	struct guest_mem m;

	guest_mem_init(&m, MIB(16), MIB(500000));
	EXPECT_EQ(-1, layout_special(&l, &m, 1, 300000));
	guest_mem_init(&m, MIB(16), 1ULL << 40);
	EXPECT_EQ(-1, layout_special(&l, &m, 1, 300000));
}

TEST(more_than_the_host_has)
{
	struct guest_mem m;

	guest_mem_init(&m, MIB(1 << 26), MIB(1 << 26));
	EXPECT_EQ(-1, guest_mem_map(&m, 1 << 20));
	EXPECT_EQ(NULL, m.low);
}

TEST_HARNESS_MAIN
