/* SPDX-License-Identifier: GPL-2.0 */
/* Processor state between KVM and a stream. */
#ifndef XENPV_MIGRATE_CPU_H
#define XENPV_MIGRATE_CPU_H

#include <stddef.h>

struct cpuid_change;
struct domain;
struct kvm_cpuid2;
struct saved_image;
struct saved_vcpu;
struct stream;
struct tsc_info;

/* FPU and the like of vCPU ID.  -1 after one line on stderr. */
int cpu_restore(struct domain *d, unsigned int id, const struct saved_vcpu *v);
/* The other way: fills in fpu_ctxt and xsave, the latter to be freed. */
int cpu_save(const struct domain *d, unsigned int id, struct saved_vcpu *v);

/* A TSC that is emulated goes on from where it was. */
void cpu_restore_tsc(struct domain *d, const struct tsc_info *tsc);
void cpu_save_tsc(const struct domain *d, struct tsc_info *tsc);

/* What of the saved CPUID is kept: *LIST is to be freed. */
size_t cpu_keep(const struct saved_image *img, struct cpuid_change **list);
/* Warn of features that the guest has seen and that are not here. */
void cpu_compare(const struct domain *d, const struct saved_image *img);
/* The records of what the guest's CPUID and MSRs say. */
int cpu_write_policy(const struct kvm_cpuid2 *c, struct stream *s);

#endif
