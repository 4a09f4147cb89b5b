/* SPDX-License-Identifier: GPL-2.0 */
/* What a guest's CPUID says. */
#ifndef XENPV_VMM_CPUID_H
#define XENPV_VMM_CPUID_H

#include <stdbool.h>
#include <stdint.h>

struct kvm_cpuid2;

struct cpuid_info {
	unsigned int nr_vcpus;
	uint32_t domid;
	uint32_t tsc_khz;
	unsigned int address_bits;	/* that cover all guest memory */
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

/* Leaf 1's x2APIC bit, on or off. */
void cpuid_show_x2apic(struct kvm_cpuid2 *c, bool on);

/* XCR0 with everything the guest may use, 0 without XSAVE. */
uint64_t cpuid_xcr0(const struct kvm_cpuid2 *c);
bool cpuid_has_xsave(const struct kvm_cpuid2 *c);
bool cpuid_has_fsgsbase(const struct kvm_cpuid2 *c);

#endif
