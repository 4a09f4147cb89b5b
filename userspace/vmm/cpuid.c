// SPDX-License-Identifier: GPL-2.0
/*
 * What a guest's CPUID says.
 *
 * Feature leaves are lists of what is let through: a bit nobody has thought
 * about stays hidden.  Left out are the features that only ring 0 can use, or
 * that need machine state which the monitor does not switch.
 */
#include <string.h>

#include <linux/kvm.h>
#include <xen/arch-x86/cpuid.h>

#include "../util.h"
#include "cpuid.h"
#include "monitor.h"

#define BIT(n)	(1U << (n))
#define ALL	0xffffffffU
#define ANY	0xffffffffU	/* every subleaf */

/* x87, SSE, AVX, and the three parts of AVX-512. */
#define XCR0_ALLOWED	0xe7U

/* FPU DE TSC MSR PAE CX8 APIC CMOV PAT CLFLUSH MMX FXSR */
#define LEAF1_COMMON							\
	(BIT(0) | BIT(2) | BIT(4) | BIT(5) | BIT(6) | BIT(8) | BIT(9) |	\
	 BIT(15) | BIT(16) | BIT(23) | BIT(24))

/* A leaf that is shown, and of each register the bits that are. */
static const struct cpuid_rule {
	uint32_t function, index;
	uint32_t eax, ebx, ecx, edx;
} rules[] = {
	{ 0x0, ANY, ALL, ALL, ALL, ALL },
	{
		.function = 0x1, .index = ANY, .eax = ALL, .ebx = ALL,
		/*
		 * SSE3 PCLMUL SSSE3 FMA CX16 SSE4.1 SSE4.2 X2APIC MOVBE POPCNT
		 * AES XSAVE OSXSAVE AVX F16C RDRAND HYPERVISOR
		 */
		.ecx = BIT(0) | BIT(1) | BIT(9) | BIT(12) | BIT(13) | BIT(19) |
		       BIT(20) | BIT(21) | BIT(22) | BIT(23) | BIT(25) |
		       BIT(26) | BIT(27) | BIT(28) | BIT(29) | BIT(30) |
		       BIT(31),
		/* also CLFSH SSE SSE2 HTT */
		.edx = LEAF1_COMMON | BIT(19) | BIT(25) | BIT(26) | BIT(28),
	},
	{ 0x2, ANY, ALL, ALL, ALL, ALL },
	{ 0x4, ANY, ALL, ALL, ALL, ALL },
	{
		.function = 0x7, .index = 0, .eax = ALL,
		/*
		 * FSGSBASE BMI1 HLE AVX2 FDP_EXCPTN BMI2 ERMS RTM ZERO_FCS_FDS
		 * AVX512F AVX512DQ RDSEED ADX AVX512IFMA CLFLUSHOPT CLWB
		 * AVX512PF AVX512ER AVX512CD SHA AVX512BW AVX512VL
		 */
		.ebx = BIT(0) | BIT(3) | BIT(4) | BIT(5) | BIT(6) | BIT(8) |
		       BIT(9) | BIT(11) | BIT(13) | BIT(16) | BIT(17) |
		       BIT(18) | BIT(19) | BIT(21) | BIT(23) | BIT(24) |
		       BIT(26) | BIT(27) | BIT(28) | BIT(29) | BIT(30) |
		       BIT(31),
		/*
		 * PREFETCHWT1 AVX512VBMI AVX512VBMI2 GFNI VAES VPCLMULQDQ
		 * AVX512VNNI AVX512BITALG AVX512VPOPCNTDQ CLDEMOTE MOVDIRI
		 * MOVDIR64B
		 */
		.ecx = BIT(0) | BIT(1) | BIT(6) | BIT(8) | BIT(9) | BIT(10) |
		       BIT(11) | BIT(12) | BIT(14) | BIT(25) | BIT(27) |
		       BIT(28),
	},
	/* AVX-VNNI AVX512-BF16 FZRM FSRS FSRC */
	{ 0x7, 1, BIT(4) | BIT(5) | BIT(10) | BIT(11) | BIT(12), 0, 0, 0 },
	{ 0xd, 0, XCR0_ALLOWED, ALL, ALL, 0 },
	/* XSAVEOPT XSAVEC XGETBV1 */
	{ 0xd, 1, BIT(0) | BIT(1) | BIT(2), ALL, 0, 0 },
	{ 0xd, 2, ALL, ALL, 0, 0 },
	{ 0xd, 5, ALL, ALL, 0, 0 },
	{ 0xd, 6, ALL, ALL, 0, 0 },
	{ 0xd, 7, ALL, ALL, 0, 0 },
	{ 0x15, ANY, ALL, ALL, ALL, 0 },
	{ 0x16, ANY, ALL, ALL, ALL, 0 },
	{ 0x80000000, ANY, ALL, ALL, ALL, ALL },
	{
		.function = 0x80000001, .index = ANY, .eax = ALL, .ebx = ALL,
		/*
		 * LAHF CMP_LEGACY LZCNT SSE4A MISALIGNSSE PREFETCHW XOP FMA4
		 * TBM TOPOEXT
		 */
		.ecx = BIT(0) | BIT(1) | BIT(5) | BIT(6) | BIT(7) | BIT(8) |
		       BIT(11) | BIT(16) | BIT(21) | BIT(22),
		/* also SYSCALL NX MMXEXT FXSR_OPT LM 3DNOWEXT 3DNOW */
		.edx = LEAF1_COMMON | BIT(11) | BIT(20) | BIT(22) | BIT(25) |
		       BIT(29) | BIT(30) | BIT(31),
	},
	{ 0x80000002, ANY, ALL, ALL, ALL, ALL },
	{ 0x80000003, ANY, ALL, ALL, ALL, ALL },
	{ 0x80000004, ANY, ALL, ALL, ALL, ALL },
	{ 0x80000005, ANY, ALL, ALL, ALL, ALL },
	{ 0x80000006, ANY, ALL, ALL, ALL, ALL },
	{ 0x80000007, ANY, 0, 0, 0, BIT(8) },		/* invariant TSC */
	/* CLZERO XSAVEERPTR */
	{ 0x80000008, ANY, ALL, BIT(0) | BIT(2), ALL, 0 },
	{ 0x8000001a, ANY, ALL, 0, 0, 0 },
	{ 0x8000001d, ANY, ALL, ALL, ALL, ALL },
	{ 0x8000001e, ANY, ALL, ALL, ALL, 0 },
	/* LFENCE is serialising, null selectors clear the base */
	{ 0x80000021, ANY, BIT(2) | BIT(6), 0, 0, 0 },
};

static const struct cpuid_rule *find_rule(const struct kvm_cpuid_entry2 *e)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].function == e->function &&
		    (rules[i].index == ANY || rules[i].index == e->index))
			return &rules[i];
	return NULL;
}

struct kvm_cpuid_entry2 *cpuid_find(const struct kvm_cpuid2 *c, uint32_t function,
				    uint32_t index)
{
	unsigned int i;

	for (i = 0; i < c->nent; i++)
		if (c->entries[i].function == function &&
		    c->entries[i].index == index)
			return (struct kvm_cpuid_entry2 *)&c->entries[i];
	return NULL;
}

static struct kvm_cpuid_entry2 *add(struct kvm_cpuid2 *c, uint32_t function,
				    uint32_t index, uint32_t flags)
{
	/* Past the room there is, write where nobody reads. */
	static struct kvm_cpuid_entry2 spare;
	struct kvm_cpuid_entry2 *e = &spare;

	if (c->nent < CPUID_MAX_LEAVES)
		e = &c->entries[c->nent++];
	memset(e, 0, sizeof(*e));
	e->function = function;
	e->index = index;
	e->flags = flags;
	return e;
}

static void xen_leaves(struct kvm_cpuid2 *c, const struct cpuid_info *info)
{
	const uint32_t base = 0x40000000, idx = KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
	struct kvm_cpuid_entry2 *e;
	uint64_t mul;
	int shift = 0;

	e = add(c, base, 0, 0);
	e->eax = base + XEN_CPUID_MAX_NUM_LEAVES;
	e->ebx = XEN_CPUID_SIGNATURE_EBX;
	e->ecx = XEN_CPUID_SIGNATURE_ECX;
	e->edx = XEN_CPUID_SIGNATURE_EDX;

	e = add(c, base + 1, 0, 0);
	e->eax = XEN_VERSION;

	e = add(c, base + 2, 0, 0);
	e->eax = 1;
	e->ebx = base;		/* the MSR that fills a hypercall page */
	e->ecx = XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD;

	/* The TSC is the host's, and safe; in one mode it is read for the guest. */
	e = add(c, base + 3, 0, idx);
	e->eax = BIT(1) | (info->tsc_mode == TSC_MODE_ALWAYS_EMULATE ? BIT(0) : 0);
	e->ebx = info->tsc_mode;
	e->ecx = info->tsc_khz;

	/* ns = (ticks << shift) * mul >> 32, mul with its top bit set */
	e = add(c, base + 3, 1, idx);
	if (info->tsc_khz) {
		mul = (1000000ULL << 32) / info->tsc_khz;
		for (; mul >> 32; mul >>= 1)
			shift++;
		for (; !(mul >> 31); mul <<= 1)
			shift--;
		e->ecx = mul;
		e->edx = shift;
	}

	e = add(c, base + 3, 2, idx);
	e->eax = info->tsc_khz;

	add(c, base + 4, 0, 0);		/* of HVM guests */

	e = add(c, base + 5, 0, 0);
	e->ebx = info->address_bits;
}

/* Processor state goes with the features that need it. */
static void fix_xcr0(struct kvm_cpuid2 *c)
{
	struct kvm_cpuid_entry2 *state = cpuid_find(c, 0xd, 0);
	struct kvm_cpuid_entry2 *one = cpuid_find(c, 1, 0);
	struct kvm_cpuid_entry2 *seven = cpuid_find(c, 7, 0);

	if (!state)
		return;
	if (!one || !(one->ecx & BIT(28)))			/* AVX */
		state->eax &= 3;
	if (!seven || !(seven->ebx & BIT(16)))			/* AVX512F */
		state->eax &= 7;
}

/* The save area must be as large as what is left of XCR0 needs. */
static void fix_xsave_size(struct kvm_cpuid2 *c)
{
	struct kvm_cpuid_entry2 *main = cpuid_find(c, 0xd, 0), *e;
	uint32_t i, end = 512 + 64;

	if (!main)
		return;
	for (i = 2; i < 8; i++) {
		e = cpuid_find(c, 0xd, i);
		if (main->eax & BIT(i) && e && e->ebx + e->eax > end)
			end = e->ebx + e->eax;
	}
	main->ecx = end;
}

static void fix_max_leaves(struct kvm_cpuid2 *c)
{
	struct kvm_cpuid_entry2 *basic = cpuid_find(c, 0, 0);
	struct kvm_cpuid_entry2 *extended = cpuid_find(c, 0x80000000, 0);
	uint32_t max = 0, max_extended = 0x80000000, i, f;

	for (i = 0; i < c->nent; i++) {
		f = c->entries[i].function;
		if (f < 0x40000000 && f > max)
			max = f;
		if (f > max_extended)
			max_extended = f;
	}
	if (basic)
		basic->eax = max;
	if (extended)
		extended->eax = max_extended;
}

void cpuid_policy(const struct kvm_cpuid2 *supported,
		  const struct cpuid_info *info, struct kvm_cpuid2 *out)
{
	const uint32_t idx = KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
	const struct kvm_cpuid_entry2 *s;
	const struct cpuid_rule *rule;
	struct kvm_cpuid_entry2 *e;
	uint32_t i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < supported->nent; i++) {
		s = &supported->entries[i];
		rule = find_rule(s);
		if (!rule)
			continue;
		e = add(out, s->function, s->index, s->flags);
		e->eax = s->eax & rule->eax;
		e->ebx = s->ebx & rule->ebx;
		e->ecx = s->ecx & rule->ecx;
		e->edx = s->edx & rule->edx;
	}

	e = cpuid_find(out, 1, 0);
	if (e)
		e->ecx |= BIT(31);
	/* Two levels of topology: one thread per core, one package. */
	add(out, 0xb, 0, idx);
	add(out, 0xb, 1, idx);
	add(out, 0xb, 2, idx);
	xen_leaves(out, info);
	fix_max_leaves(out);
	cpuid_apply(out, info->kept, info->nr_kept);
	cpuid_apply(out, info->changes, info->nr_changes);
	fix_xcr0(out);
	fix_xsave_size(out);
}

static unsigned int bits_for(unsigned int n)
{
	unsigned int bits = 0;

	while (1U << bits < n)
		bits++;
	return bits;
}

void cpuid_for_vcpu(struct kvm_cpuid2 *c, unsigned int id,
		    unsigned int nr_vcpus)
{
	const struct kvm_cpuid_entry2 *vendor = cpuid_find(c, 0, 0);
	bool intel = vendor && vendor->ebx == 0x756e6547;	/* "Genu" */
	unsigned int bits = bits_for(nr_vcpus), i;

	for (i = 0; i < c->nent; i++) {
		struct kvm_cpuid_entry2 *e = &c->entries[i];

		switch (e->function) {
		case 0x1:
			e->ebx = (e->ebx & 0xffff) | (1U << bits) << 16 |
				 id << 24;
			e->edx = (e->edx & ~BIT(28)) |
				 (nr_vcpus > 1 ? BIT(28) : 0);
			break;
		case 0x4:
			/* Threads per cache, cores per package, minus one. */
			if (e->eax & 0x1f)
				e->eax = (e->eax & 0x3fff) |
					 ((1U << bits) - 1) << 26;
			break;
		case 0xb:
			e->eax = e->index == 1 ? bits : 0;
			e->ebx = e->index == 0 ? 1 :
				 e->index == 1 ? nr_vcpus : 0;
			/* Level type: 1 threads, 2 cores, 0 no more. */
			e->ecx = e->index |
				 (e->index < 2 ? e->index + 1 : 0) << 8;
			e->edx = id;
			break;
		case 0x80000001:
			e->ecx = (e->ecx & ~BIT(1)) |
				 (nr_vcpus > 1 && e->ecx & BIT(1) ? BIT(1) : 0);
			break;
		case 0x80000008:
			e->ecx = intel ? 0 : bits << 12 | (nr_vcpus - 1);
			break;
		case 0x8000001d:
			e->eax &= 0x3fff;	/* no cache is shared */
			break;
		case 0x8000001e:
			e->eax = id;
			e->ebx = id & 0xff;
			e->ecx = 0;
			break;
		}
	}
}

void cpuid_show_x2apic(struct kvm_cpuid2 *c, bool on)
{
	unsigned int i;

	for (i = 0; i < c->nent; i++)
		if (c->entries[i].function == 1)
			c->entries[i].ecx = (c->entries[i].ecx & ~BIT(21)) |
					    (on ? BIT(21) : 0);
}

uint64_t cpuid_xcr0(const struct kvm_cpuid2 *c)
{
	const struct kvm_cpuid_entry2 *e = cpuid_find(c, 0xd, 0);

	return e && cpuid_has_xsave(c) ? e->eax & XCR0_ALLOWED : 0;
}

bool cpuid_has_xsave(const struct kvm_cpuid2 *c)
{
	const struct kvm_cpuid_entry2 *e = cpuid_find(c, 1, 0);

	return e && e->ecx & BIT(26);
}

bool cpuid_has_fsgsbase(const struct kvm_cpuid2 *c)
{
	const struct kvm_cpuid_entry2 *e = cpuid_find(c, 7, 0);

	return e && e->ebx & BIT(0);
}
