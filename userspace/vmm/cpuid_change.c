// SPDX-License-Identifier: GPL-2.0
/* cpuid of a configuration, and the policy that a saved domain comes with. */
#include <string.h>

#include <linux/kvm.h>
#include <xen/arch-x86/cpuid.h>

#include "../util.h"
#include "cpuid.h"

#define BIT(n)		(1U << (n))
#define XEN_BASE	0x40000000U

enum reg { EAX, EBX, ECX, EDX };

static uint32_t *reg_of(struct kvm_cpuid_entry2 *e, enum reg r)
{
	uint32_t *const regs[] = { &e->eax, &e->ebx, &e->ecx, &e->edx };

	return regs[r];
}

/*
 * Registers whose bits are features: none can be there that the host or PV has
 * not, and a 64-bit PV kernel cannot do without some.
 */
static const struct feature_reg {
	uint32_t leaf, index;
	enum reg reg;
	uint32_t needed;
} feature_regs[] = {
	{ 0x1, 0, ECX, 0 },
	/* FPU TSC MSR PAE CX8 CMOV FXSR SSE SSE2 */
	{ 0x1, 0, EDX, BIT(0) | BIT(4) | BIT(5) | BIT(6) | BIT(8) | BIT(15) | BIT(24) |
		       BIT(25) | BIT(26) },
	{ 0x7, 0, EBX, 0 },
	{ 0x7, 0, ECX, 0 },
	{ 0x7, 0, EDX, 0 },
	{ 0x7, 1, EAX, 0 },
	{ 0xd, 1, EAX, 0 },
	/* SYSCALL NX LM */
	{ 0x80000001, 0, EDX, BIT(11) | BIT(20) | BIT(29) },
	{ 0x80000001, 0, ECX, 0 },
	{ 0x80000007, 0, EDX, 0 },
	{ 0x80000008, 0, EBX, 0 },
	{ 0x80000021, 0, EAX, 0 },
};

static const struct feature_reg *feature_reg(uint32_t leaf, uint32_t index, enum reg reg)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(feature_regs); i++)
		if (feature_regs[i].leaf == leaf && feature_regs[i].index == index &&
		    feature_regs[i].reg == reg)
			return &feature_regs[i];
	return NULL;
}

/* What goes with a feature when that is taken away. */
#define AVX512	(BIT(16) | BIT(17) | BIT(21) | BIT(26) | BIT(27) | BIT(28) | BIT(30) | BIT(31))

static const struct dependency {
	uint32_t leaf, index;
	enum reg reg;
	uint32_t feature;
	uint32_t to_leaf, to_index;
	enum reg to_reg;
	uint32_t to;
} dependencies[] = {
	/* SSE3 SSSE3 SSE4.1 SSE4.2, in this order */
	{ 0x1, 0, ECX, BIT(0), 0x1, 0, ECX, BIT(9) },
	{ 0x1, 0, ECX, BIT(0), 0x80000001, 0, ECX, BIT(6) },	/* SSE4A */
	{ 0x1, 0, ECX, BIT(9), 0x1, 0, ECX, BIT(19) },
	{ 0x1, 0, ECX, BIT(19), 0x1, 0, ECX, BIT(20) },
	/* XSAVE: AVX, XSAVEOPT XSAVEC XGETBV1 */
	{ 0x1, 0, ECX, BIT(26), 0x1, 0, ECX, BIT(28) },
	{ 0x1, 0, ECX, BIT(26), 0xd, 1, EAX, BIT(0) | BIT(1) | BIT(2) },
	/* AVX: FMA F16C, AVX2, XOP FMA4 */
	{ 0x1, 0, ECX, BIT(28), 0x1, 0, ECX, BIT(12) | BIT(29) },
	{ 0x1, 0, ECX, BIT(28), 0x7, 0, EBX, BIT(5) },
	{ 0x1, 0, ECX, BIT(28), 0x80000001, 0, ECX, BIT(11) | BIT(16) },
	/* AVX2: AVX512F, VAES VPCLMULQDQ, AVX-VNNI */
	{ 0x7, 0, EBX, BIT(5), 0x7, 0, EBX, BIT(16) },
	{ 0x7, 0, EBX, BIT(5), 0x7, 0, ECX, BIT(9) | BIT(10) },
	{ 0x7, 0, EBX, BIT(5), 0x7, 1, EAX, BIT(4) },
	/* AVX512F: all of its kind */
	{ 0x7, 0, EBX, BIT(16), 0x7, 0, EBX, AVX512 },
	{ 0x7, 0, EBX, BIT(16), 0x7, 0, ECX, BIT(1) | BIT(6) | BIT(11) | BIT(12) | BIT(14) },
	{ 0x7, 0, EBX, BIT(16), 0x7, 1, EAX, BIT(5) },
	/* MMX: MMXEXT 3DNOW; 3DNOW: 3DNOWEXT */
	{ 0x1, 0, EDX, BIT(23), 0x80000001, 0, EDX, BIT(22) | BIT(31) },
	{ 0x80000001, 0, EDX, BIT(31), 0x80000001, 0, EDX, BIT(30) },
};

static bool is_set(struct kvm_cpuid2 *c, uint32_t leaf, uint32_t index, enum reg reg,
		   uint32_t bits)
{
	struct kvm_cpuid_entry2 *e = cpuid_find(c, leaf, index);

	return e && *reg_of(e, reg) & bits;
}

/* In the table's order: what depends on something stands behind it. */
static void drop_dependents(struct kvm_cpuid2 *c)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dependencies); i++) {
		const struct dependency *d = &dependencies[i];
		struct kvm_cpuid_entry2 *e;

		if (is_set(c, d->leaf, d->index, d->reg, d->feature))
			continue;
		e = cpuid_find(c, d->to_leaf, d->to_index);
		if (e)
			*reg_of(e, d->to_reg) &= ~d->to;
	}
}

/* Text of 32 characters, bit 31 first: which bits are this one? */
static uint32_t bits_that_are(const char *text, char which)
{
	uint32_t bits = 0;
	unsigned int i;

	for (i = 0; i < 32; i++)
		if (text[i] == which)
			bits |= BIT(31 - i);
	return bits;
}

static void cannot_set(const struct cpuid_change *ch, enum reg r, uint32_t bits)
{
	warn("cpuid: leaf %#x e%cx: %#x cannot be set, this host or PV does not have it",
	     ch->leaf, "abcd"[r], bits);
}

static void change_register(struct kvm_cpuid_entry2 *e, const struct cpuid_change *ch,
			    enum reg r)
{
	const struct feature_reg *f = feature_reg(e->function, e->index, r);
	uint32_t zero = bits_that_are(ch->reg[r], '0');
	uint32_t one = bits_that_are(ch->reg[r], '1');
	uint32_t *value = reg_of(e, r);

	if (f) {
		if (one & ~*value)
			cannot_set(ch, r, one & ~*value);
		one &= *value;
		zero &= ~f->needed;
	}
	*value = (*value & ~zero) | one;
}

/* Leaves above what a range says is its last are not there. */
static void cut_range(struct kvm_cpuid2 *c, uint32_t base, uint32_t end, uint32_t last)
{
	uint32_t i, kept = 0;

	for (i = 0; i < c->nent; i++) {
		uint32_t leaf = c->entries[i].function;

		if (leaf >= base && leaf < end && leaf > last)
			continue;
		c->entries[kept++] = c->entries[i];
	}
	c->nent = kept;
}

static void cut_leaves(struct kvm_cpuid2 *c)
{
	static const struct {
		uint32_t base, end, least;
	} ranges[] = {
		{ 0, XEN_BASE, 1 },
		{ 0x80000000, 0xffffffff, 0x80000001 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		struct kvm_cpuid_entry2 *e = cpuid_find(c, ranges[i].base, 0);
		uint32_t last = e ? e->eax : 0;

		if (e)
			cut_range(c, ranges[i].base, ranges[i].end,
				  last < ranges[i].least ? ranges[i].least : last);
	}
}

/* Of Xen's own leaves only their number can be chosen, and two are needed. */
static void change_xen(struct kvm_cpuid2 *c, const struct cpuid_change *ch)
{
	struct kvm_cpuid_entry2 *e = cpuid_find(c, XEN_BASE, 0);
	uint32_t last = bits_that_are(ch->reg[EAX], '1') & 0xff;

	if (ch->leaf != XEN_BASE || !e || !last)
		return;
	last = XEN_BASE + (last < 2 ? 2 : last);
	if (last >= e->eax)
		return;
	e->eax = last;
	cut_range(c, XEN_BASE, XEN_BASE + 0x100, last);
}

static void change_missing(const struct cpuid_change *ch)
{
	enum reg r;

	for (r = EAX; r <= EDX; r++)
		if (bits_that_are(ch->reg[r], '1'))
			cannot_set(ch, r, bits_that_are(ch->reg[r], '1'));
}

void cpuid_apply(struct kvm_cpuid2 *c, const struct cpuid_change *list, size_t nr)
{
	size_t i;
	enum reg r;

	for (i = 0; i < nr; i++) {
		const struct cpuid_change *ch = &list[i];
		uint32_t index = ch->subleaf == CPUID_NO_INDEX ? 0 : ch->subleaf;
		struct kvm_cpuid_entry2 *e = cpuid_find(c, ch->leaf, index);

		if (ch->leaf >> 8 == XEN_BASE >> 8) {
			change_xen(c, ch);
			continue;
		}
		if (!e) {
			change_missing(ch);
			continue;
		}
		for (r = EAX; r <= EDX; r++)
			change_register(e, ch, r);
	}
	if (!nr)
		return;
	cut_leaves(c);
	drop_dependents(c);
}

static void want_zeros(char *text, uint32_t value)
{
	unsigned int i;

	for (i = 0; i < 32; i++)
		text[i] = value & BIT(31 - i) ? 'x' : '0';
	text[32] = '\0';
}

static void want_value(char *text, uint32_t value)
{
	unsigned int i;

	for (i = 0; i < 32; i++)
		text[i] = value & BIT(31 - i) ? '1' : '0';
	text[32] = '\0';
}

/* OSXSAVE and the APIC: KVM shows them as they are. */
static uint32_t always_shown(uint32_t leaf, enum reg reg)
{
	if (leaf == 0x1 && reg == ECX)
		return BIT(27);
	if (leaf == 0x1 && reg == EDX)
		return BIT(9) | BIT(28);
	return 0;
}

bool cpuid_keep(struct cpuid_change *ch, uint32_t leaf, uint32_t index,
		const uint32_t regs[4])
{
	bool any = false;
	enum reg r;

	memset(ch, 0, sizeof(*ch));
	ch->leaf = leaf;
	ch->subleaf = index;
	for (r = EAX; r <= EDX; r++)
		if (feature_reg(leaf, index, r)) {
			want_zeros(ch->reg[r], regs[r] | always_shown(leaf, r));
			any = true;
		}
	/* Family and model; the processor's name. */
	if (leaf == 0x1) {
		want_value(ch->reg[EAX], regs[EAX]);
	} else if (leaf >= 0x80000002 && leaf <= 0x80000004) {
		for (r = EAX; r <= EDX; r++)
			want_value(ch->reg[r], regs[r]);
		any = true;
	}
	return any;
}
