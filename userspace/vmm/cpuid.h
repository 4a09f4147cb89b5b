/* SPDX-License-Identifier: GPL-2.0 */
/* What a guest's CPUID says. */
#ifndef XENPV_VMM_CPUID_H
#define XENPV_VMM_CPUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kvm_cpuid2;
struct kvm_cpuid_entry2;

#define CPUID_NO_INDEX	0xffffffffU

/* As Xen numbers them. */
enum tsc_mode {
	TSC_MODE_DEFAULT,
	TSC_MODE_ALWAYS_EMULATE,
	TSC_MODE_NATIVE,
	TSC_MODE_NATIVE_PARAVIRT,	/* gone */
};

/*
 * What to change of a leaf: of each register, from bit 31 on, '0' or '1' where
 * it shall be that and anything else where it stays; "" for all of them.
 */
struct cpuid_change {
	uint32_t leaf;
	uint32_t subleaf;	/* or CPUID_NO_INDEX */
	char reg[4][33];
};

struct cpuid_info {
	unsigned int nr_vcpus;
	uint32_t domid;
	uint32_t tsc_khz;
	unsigned int address_bits;	/* that cover all guest memory */
	enum tsc_mode tsc_mode;
	const struct cpuid_change *changes;
	size_t nr_changes;
	const struct cpuid_change *kept;	/* what a saved domain saw */
	size_t nr_kept;
};

/* Room for a guest's leaves, more than any processor has. */
#define CPUID_MAX_LEAVES	128

/*
 * From what KVM supports to what a PV guest shall see: bits that a kernel in
 * ring 3 cannot use are masked, KVM's own leaves replaced by Xen's.  OUT has
 * room for CPUID_MAX_LEAVES.
 */
void cpuid_policy(const struct kvm_cpuid2 *supported,
		  const struct cpuid_info *info, struct kvm_cpuid2 *out);

/* Write the leaves that differ between vCPUs. */
void cpuid_for_vcpu(struct kvm_cpuid2 *c, unsigned int id,
		    unsigned int nr_vcpus);

/* The leaf, or NULL. */
struct kvm_cpuid_entry2 *cpuid_find(const struct kvm_cpuid2 *c, uint32_t function,
				    uint32_t index);

/*
 * cpuid_change.c.  Features that are taken away take those with them that
 * depend on them; one that the host or PV has not is warned about.
 */
void cpuid_apply(struct kvm_cpuid2 *c, const struct cpuid_change *list, size_t nr);
/*
 * What keeps a leaf as it was, as far as the host has the features: false, when
 * it is one that nobody need keep.
 */
bool cpuid_keep(struct cpuid_change *ch, uint32_t leaf, uint32_t index,
		const uint32_t regs[4]);

/* Leaf 1's x2APIC bit, on or off. */
void cpuid_show_x2apic(struct kvm_cpuid2 *c, bool on);

/* XCR0 with everything the guest may use, 0 without XSAVE. */
uint64_t cpuid_xcr0(const struct kvm_cpuid2 *c);
bool cpuid_has_xsave(const struct kvm_cpuid2 *c);
bool cpuid_has_fsgsbase(const struct kvm_cpuid2 *c);

#endif
