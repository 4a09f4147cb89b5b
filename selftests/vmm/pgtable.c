// SPDX-License-Identifier: GPL-2.0
/* The monitor's page tables: sizes of pages, rights, limits. */
#include <stdlib.h>

#include "../kselftest_harness.h"
#include "vmm/pgtable.h"

#define GPA	0xc0100000ULL
#define M	(1ULL << 20)
#define G	(1ULL << 30)

FIXTURE(tables) {
	struct pgtable pt;
	uint64_t *mem;
};

FIXTURE_SETUP(tables)
{
	self->mem = calloc(64, 4096);
	pgtable_init(&self->pt, self->mem, GPA, 64);
}

FIXTURE_TEARDOWN(tables)
{
	free(self->mem);
}

TEST_F(tables, small_pages)
{
	uint64_t va = 0xffff828000000000, e;
	int level = 0;

	ASSERT_EQ(0, pgtable_map(&self->pt, va, 0x5000, 0x3000,
				 PT_NX | PT_GLOBAL));
	e = pgtable_lookup(&self->pt, va + 0x2fff, &level);
	EXPECT_EQ(1, level);
	EXPECT_EQ(0x7000 | PT_PRESENT | PT_ACCESSED | PT_DIRTY | PT_GLOBAL |
		  PT_NX, e);
	EXPECT_EQ(0, pgtable_lookup(&self->pt, va + 0x3000, &level));
	EXPECT_EQ(4, self->pt.nr);
}

/* Large pages need both addresses aligned and room for a whole one. */
TEST_F(tables, large_pages)
{
	uint64_t va = 0xffff830000000000;
	int level = 0;

	ASSERT_EQ(0, pgtable_map(&self->pt, va + 0x1ff000, 0x1ff000,
				 4 * M + 0x2000, PT_RW));
	pgtable_lookup(&self->pt, va + 0x1ff000, &level);
	EXPECT_EQ(1, level);
	EXPECT_EQ(2 * M | PT_PRESENT | PT_RW | PT_ACCESSED | PT_DIRTY | PT_PSE,
		  pgtable_lookup(&self->pt, va + 3 * M, &level));
	EXPECT_EQ(2, level);
	pgtable_lookup(&self->pt, va + 6 * M, &level);
	EXPECT_EQ(1, level);
	EXPECT_EQ(0, pgtable_lookup(&self->pt, va + 6 * M + 0x1000, &level));

	ASSERT_EQ(0, pgtable_map(&self->pt, va + G, 0x1000, 4 * M, 0));
	pgtable_lookup(&self->pt, va + G + 2 * M, &level);
	EXPECT_EQ(1, level);
}

/* Only what users may see is reachable for them from the top. */
TEST_F(tables, user_bit)
{
	pgtable_map(&self->pt, 0xffff800000000000, 0, 4096, PT_US);
	pgtable_map(&self->pt, 0xffff828000000000, 0, 4096, 0);
	EXPECT_NE(0, self->mem[256] & PT_US);
	EXPECT_EQ(0, self->mem[261] & PT_US);
	EXPECT_NE(0, self->mem[256] & PT_ACCESSED);
}

TEST_F(tables, overlap_is_refused)
{
	uint64_t va = 0xffff830000000000;

	ASSERT_EQ(0, pgtable_map(&self->pt, va, 0, 2 * M, 0));
	EXPECT_EQ(-1, pgtable_map(&self->pt, va + 4096, 0, 4096, 0));
	EXPECT_EQ(-1, pgtable_map(&self->pt, va, 0, 2 * M, 0));
	EXPECT_EQ(-1, pgtable_link_l1(&self->pt, va, 0x1000));
}

TEST_F(tables, no_table_left)
{
	self->pt.max = 3;
	EXPECT_EQ(-1, pgtable_map(&self->pt, 0, 0, 4096, 0));
	EXPECT_EQ(3, self->pt.nr);
}

TEST_F(tables, linked_table)
{
	uint64_t va = 0xffff828080000000;
	uint64_t *l3, *l2;

	ASSERT_EQ(0, pgtable_link_l1(&self->pt, va, 0xc0050000));
	l3 = self->mem + ((self->mem[261] & PT_ADDR) - GPA) / 8;
	l2 = self->mem + ((l3[va >> 30 & 511] & PT_ADDR) - GPA) / 8;
	EXPECT_EQ(0xc0050000 | PT_PRESENT | PT_RW | PT_ACCESSED | PT_DIRTY,
		  l2[va >> 21 & 511]);
}

/* pgtable_bound() is what layouts are made with: it must hold. */
TEST(bound)
{
	static const uint64_t starts[] = { 0, 0x1000, 0x1ff000, G - 0x1000 };
	static const uint64_t sizes[] = { 0x1000, 2 * M, 3 * M, G, 5 * G };
	struct pgtable pt;
	unsigned int i, j, shift;
	uint64_t *mem = calloc(3000, 4096);

	for (i = 0; i < 4; i++) {
		for (j = 0; j < 5; j++) {
			for (shift = 0; shift < 2; shift++) {
				memset(mem, 0, 3000 * 4096);
				pgtable_init(&pt, mem, GPA, 3000);
				ASSERT_EQ(0, pgtable_map(&pt, starts[i],
							 starts[i] + shift * 4096,
							 sizes[j], 0));
				EXPECT_LE(pt.nr, 1 + (shift ?
					  pgtable_bound_small(sizes[j]) :
					  pgtable_bound(sizes[j])));
			}
		}
	}
	free(mem);
}

TEST_HARNESS_MAIN
