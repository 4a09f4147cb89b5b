// SPDX-License-Identifier: GPL-2.0
/* What guests see of a processor that has everything. */
#include <stdlib.h>

#include <linux/kvm.h>

#include "../kselftest_harness.h"
#include "vmm/cpuid.h"

#define ROOM (CPUID_MAX_LEAVES * sizeof(struct kvm_cpuid_entry2))

static const uint32_t functions[] = {
	0, 1, 2, 4, 5, 6, 7, 0xa, 0xb, 0x14, 0x15, 0x1d, 0x1e, 0x1f, 0x24,
	0x40000000, 0x40000001, 0x80000000, 0x80000001, 0x80000007,
	0x80000008, 0x8000000a, 0x8000001e, 0x8000001f, 0x80000021, 0x80000022,
};

FIXTURE(cpuid) {
	struct kvm_cpuid2 *all, *c;
	struct cpuid_info info;
};

FIXTURE_SETUP(cpuid)
{
	struct kvm_cpuid_entry2 *e;
	unsigned int i;

	self->info = (struct cpuid_info){
		.nr_vcpus = 4, .domid = 3, .tsc_khz = 2500000,
		.address_bits = 36,
	};
	self->all = calloc(1, sizeof(*self->all) + ROOM);
	self->c = calloc(1, sizeof(*self->c) + ROOM);
	e = self->all->entries;
	for (i = 0; i < ARRAY_SIZE(functions); i++, e++) {
		memset(e, 0xff, sizeof(*e));
		e->function = functions[i];
		e->index = 0;
	}
	/* x87, SSE, AVX, MPX, AVX-512, PKRU; AVX at 576, PKRU last. */
	for (i = 0; i < 10; i++, e++) {
		memset(e, 0, sizeof(*e));
		e->function = 0xd;
		e->index = i;
		e->flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
		e->eax = i == 0 ? 0x2ff : i == 1 ? 0xf : 64;
		e->ebx = 512 + 64 * i;
	}
	self->all->nent = e - self->all->entries;
	cpuid_policy(self->all, &self->info, self->c);
}

FIXTURE_TEARDOWN(cpuid)
{
	free(self->all);
	free(self->c);
}

static const struct kvm_cpuid_entry2 *leaf(struct kvm_cpuid2 *c, uint32_t f,
					   uint32_t index)
{
	static const struct kvm_cpuid_entry2 none = { .function = ~0U };
	unsigned int i;

	for (i = 0; i < c->nent; i++)
		if (c->entries[i].function == f && c->entries[i].index == index)
			return &c->entries[i];
	return &none;
}

TEST_F(cpuid, hidden)
{
	static const struct {
		uint32_t f, reg, bit;
	} hidden[] = {
		{ 1, 2, 3 },	/* MONITOR */
		{ 1, 2, 5 },	/* VMX */
		{ 1, 2, 17 },	/* PCID */
		{ 1, 2, 24 },	/* TSC_DEADLINE */
		{ 1, 3, 3 },	/* PSE */
		{ 1, 3, 7 },	/* MCE */
		{ 1, 3, 12 },	/* MTRR */
		{ 1, 3, 13 },	/* PGE */
		{ 1, 3, 14 },	/* MCA */
		{ 1, 3, 17 },	/* PSE36 */
		{ 7, 1, 7 },	/* SMEP */
		{ 7, 1, 20 },	/* SMAP */
		{ 7, 1, 10 },	/* INVPCID */
		{ 7, 2, 2 },	/* UMIP */
		{ 7, 2, 3 },	/* PKU */
		{ 7, 2, 16 },	/* LA57 */
		{ 0x80000001, 2, 2 },	/* SVM */
		{ 0x80000001, 3, 26 },	/* 1 GB pages */
		{ 0x80000001, 3, 27 },	/* RDTSCP */
	};
	const struct kvm_cpuid_entry2 *e;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hidden); i++) {
		e = leaf(self->c, hidden[i].f, 0);
		EXPECT_EQ(hidden[i].f, e->function);
		EXPECT_EQ(0, (&e->eax)[hidden[i].reg] >> hidden[i].bit & 1) {
			TH_LOG("leaf %x register %u bit %u", hidden[i].f,
			       hidden[i].reg, hidden[i].bit);
		}
	}
	EXPECT_EQ(0, leaf(self->c, 7, 0)->edx);
	EXPECT_EQ(~0U, leaf(self->c, 0xa, 0)->function);
	EXPECT_EQ(~0U, leaf(self->c, 0x8000000a, 0)->function);
	EXPECT_EQ(~0U, leaf(self->c, 0x1f, 0)->function);
	EXPECT_EQ(1, leaf(self->c, 1, 0)->ecx >> 21 & 1);	/* X2APIC */
	EXPECT_EQ(1, leaf(self->c, 1, 0)->ecx >> 31);	/* a hypervisor */
}

TEST_F(cpuid, xen)
{
	const struct kvm_cpuid_entry2 *e = leaf(self->c, 0x40000000, 0);
	uint64_t ns;

	EXPECT_EQ(0x40000005, e->eax);
	EXPECT_EQ(0, memcmp(&e->ebx, "XenVMMXenVMM", 12));
	EXPECT_EQ(0x00040011, leaf(self->c, 0x40000001, 0)->eax);
	EXPECT_EQ(1, leaf(self->c, 0x40000002, 0)->eax);
	EXPECT_EQ(0x40000000, leaf(self->c, 0x40000002, 0)->ebx);
	EXPECT_EQ(2500000, leaf(self->c, 0x40000003, 0)->ecx);
	EXPECT_EQ(36, leaf(self->c, 0x40000005, 0)->ebx);

	/* A second of ticks is a second. */
	e = leaf(self->c, 0x40000003, 1);
	ns = (int)e->edx < 0 ? 2500000000ULL >> -(int)e->edx :
	     2500000000ULL << e->edx;
	ns = ns * e->ecx >> 32;
	EXPECT_LE(999999990, ns);
	EXPECT_GE(1000000010, ns);
}

TEST_F(cpuid, xsave)
{
	EXPECT_EQ(0xe7, cpuid_xcr0(self->c));
	EXPECT_EQ(512 + 64 * 7 + 64, leaf(self->c, 0xd, 0)->ecx);
	EXPECT_EQ(7, leaf(self->c, 0xd, 1)->eax);
	EXPECT_EQ(~0U, leaf(self->c, 0xd, 3)->function);
	EXPECT_EQ(~0U, leaf(self->c, 0xd, 9)->function);
}

TEST_F(cpuid, largest_leaves)
{
	EXPECT_EQ(0x15, leaf(self->c, 0, 0)->eax);
	EXPECT_EQ(0x80000021, leaf(self->c, 0x80000000, 0)->eax);
}

TEST_F(cpuid, topology)
{
	cpuid_for_vcpu(self->c, 3, 4);
	EXPECT_EQ(3, leaf(self->c, 1, 0)->ebx >> 24);
	EXPECT_EQ(4, leaf(self->c, 1, 0)->ebx >> 16 & 0xff);
	EXPECT_EQ(3, leaf(self->c, 0xb, 0)->edx);
	EXPECT_EQ(1, leaf(self->c, 0xb, 0)->ebx);
	EXPECT_EQ(2, leaf(self->c, 0xb, 1)->eax);
	EXPECT_EQ(4, leaf(self->c, 0xb, 1)->ebx);
	EXPECT_EQ(0x201, leaf(self->c, 0xb, 1)->ecx);
	EXPECT_EQ(0, leaf(self->c, 0xb, 2)->ebx);
	cpuid_for_vcpu(self->c, 0, 4);
	EXPECT_EQ(0, leaf(self->c, 1, 0)->ebx >> 24);
	cpuid_for_vcpu(self->c, 0, 1);
	EXPECT_EQ(0, leaf(self->c, 1, 0)->edx >> 28 & 1);
}

#define ZERO(bit) { [31 - (bit)] = '0' }
#define ONE(bit) { [31 - (bit)] = '1' }

/* The policy with these changes of the configuration. */
static void changed(struct _test_data_cpuid *self, const struct cpuid_change *list, size_t nr)
{
	self->info.changes = list;
	self->info.nr_changes = nr;
	cpuid_policy(self->all, &self->info, self->c);
}

TEST_F(cpuid, change_features)
{
	static const struct cpuid_change list[] = {
		{ 1, CPUID_NO_INDEX, .reg[2] = ZERO(25), .reg[3] = ZERO(25) },
		{ 7, 0, .reg[1] = ZERO(3) },
		{ 0x80000001, CPUID_NO_INDEX, .reg[3] = ZERO(29) },
		{ 1, CPUID_NO_INDEX, .reg[2] = ONE(5) },
		{ 0x77, CPUID_NO_INDEX, .reg[2] = ZERO(5) },
	};
	uint32_t before = leaf(self->c, 1, 0)->ecx;

	changed(self, list, 5);
	EXPECT_EQ(before & ~(1U << 25), leaf(self->c, 1, 0)->ecx);	/* AES; no VMX */
	EXPECT_EQ(1, leaf(self->c, 1, 0)->edx >> 25 & 1);	/* SSE is needed */
	EXPECT_EQ(0, leaf(self->c, 7, 0)->ebx >> 3 & 1);	/* BMI1 */
	EXPECT_EQ(1, leaf(self->c, 7, 0)->ebx >> 8 & 1);
	EXPECT_EQ(1, leaf(self->c, 0x80000001, 0)->edx >> 29 & 1);	/* LM is needed */
	EXPECT_EQ(~0U, leaf(self->c, 0x77, 0)->function);
}

TEST_F(cpuid, change_takes_dependents)
{
	static const struct cpuid_change avx = { 1, CPUID_NO_INDEX, .reg[2] = ZERO(28) };
	static const struct cpuid_change avx512 = { 7, 0, .reg[1] = ZERO(16) };
	static const struct cpuid_change xsave = { 1, CPUID_NO_INDEX, .reg[2] = ZERO(26) };

	changed(self, &avx512, 1);
	EXPECT_EQ(7, cpuid_xcr0(self->c));
	EXPECT_EQ(1, leaf(self->c, 7, 0)->ebx >> 5 & 1);	/* AVX2 */
	EXPECT_EQ(0, leaf(self->c, 7, 0)->ebx & 0xdc230000);
	EXPECT_EQ(0, leaf(self->c, 7, 0)->ecx & 0x5842);
	EXPECT_EQ(512 + 64 * 2 + 64, leaf(self->c, 0xd, 0)->ecx);
	changed(self, &avx, 1);
	EXPECT_EQ(3, cpuid_xcr0(self->c));
	EXPECT_EQ(0, leaf(self->c, 7, 0)->ebx >> 5 & 1);
	EXPECT_EQ(0, leaf(self->c, 7, 0)->ebx >> 16 & 1);
	EXPECT_EQ(0, leaf(self->c, 1, 0)->ecx >> 12 & 1);	/* FMA */
	EXPECT_EQ(1, leaf(self->c, 1, 0)->ecx >> 26 & 1);
	changed(self, &xsave, 1);
	EXPECT_EQ(0, cpuid_xcr0(self->c));
	EXPECT_FALSE(cpuid_has_xsave(self->c));
	EXPECT_EQ(0, leaf(self->c, 1, 0)->ecx >> 28 & 1);
	EXPECT_EQ(0, leaf(self->c, 0xd, 1)->eax);
}

TEST_F(cpuid, change_values)
{
	static const struct cpuid_change list[] = {
		{ 1, CPUID_NO_INDEX, .reg[0] = "xxxx000000000000xxxx11111011xxxx" },
		{ 0, CPUID_NO_INDEX, .reg[0] = "00000000000000000000000000000110" },
		{ 0x40000000, CPUID_NO_INDEX, .reg[0] = "xxxxxxxxxxxxxxxxxxxxxxxx00000011" },
	};

	changed(self, list, 3);
	EXPECT_EQ(0xf000ffbf, leaf(self->c, 1, 0)->eax);
	EXPECT_EQ(6, leaf(self->c, 0, 0)->eax);
	EXPECT_EQ(~0U, leaf(self->c, 7, 0)->function);
	EXPECT_EQ(1, leaf(self->c, 1, 0)->function);
	EXPECT_EQ(0x40000003, leaf(self->c, 0x40000000, 0)->eax);
	EXPECT_EQ(~0U, leaf(self->c, 0x40000004, 0)->function);
	EXPECT_EQ(0, memcmp(&leaf(self->c, 0x40000000, 0)->ebx, "XenVMMXenVMM", 12));
}

/* A saved domain's processor has no more than it had. */
TEST_F(cpuid, kept)
{
	const uint32_t one[] = { 0x306c3, 1, ~0U & ~(1U << 25), ~0U };
	const uint32_t name[] = { 1, 2, 3, 4 };
	struct cpuid_change kept[2];

	EXPECT_TRUE(cpuid_keep(&kept[0], 1, 0, one));
	EXPECT_TRUE(cpuid_keep(&kept[1], 0x80000001, 0, name));
	EXPECT_FALSE(cpuid_keep(&kept[1], 4, 0, name));
	self->info.kept = kept;
	self->info.nr_kept = 1;
	cpuid_policy(self->all, &self->info, self->c);
	EXPECT_EQ(0x306c3, leaf(self->c, 1, 0)->eax);
	EXPECT_EQ(0, leaf(self->c, 1, 0)->ecx >> 25 & 1);
	EXPECT_EQ(1, leaf(self->c, 1, 0)->ecx >> 26 & 1);
	EXPECT_EQ(0, leaf(self->c, 1, 0)->ecx >> 5 & 1);	/* VMX */
}

TEST_F(cpuid, tsc_mode)
{
	EXPECT_EQ(2, leaf(self->c, 0x40000003, 0)->eax);
	EXPECT_EQ(0, leaf(self->c, 0x40000003, 0)->ebx);
	self->info.tsc_mode = TSC_MODE_ALWAYS_EMULATE;
	cpuid_policy(self->all, &self->info, self->c);
	EXPECT_EQ(3, leaf(self->c, 0x40000003, 0)->eax);
	EXPECT_EQ(1, leaf(self->c, 0x40000003, 0)->ebx);
}

/* More leaves than there is room for do no harm. */
TEST(too_many_leaves)
{
	const struct cpuid_info info = { .nr_vcpus = 1 };
	struct kvm_cpuid2 *all, *c;
	unsigned int i;

	all = calloc(1, sizeof(*all) + 2 * ROOM);
	c = calloc(1, sizeof(*c) + ROOM);
	for (i = 0; i < 2 * CPUID_MAX_LEAVES; i++)
		all->entries[i].function = 4;
	all->nent = 2 * CPUID_MAX_LEAVES;
	cpuid_policy(all, &info, c);
	EXPECT_EQ(CPUID_MAX_LEAVES, c->nent);
	free(all);
	free(c);
}

TEST_HARNESS_MAIN
