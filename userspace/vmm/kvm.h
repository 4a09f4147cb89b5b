/* SPDX-License-Identifier: GPL-2.0 */
/* KVM: the virtual machine a domain lives in. */
#ifndef XENPV_VMM_KVM_H
#define XENPV_VMM_KVM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory.h"

struct kvm_cpuid2;
struct kvm_run;

struct kvm {
	int sys;			/* /dev/kvm */
	int vm;
	size_t run_size;
	struct kvm_cpuid2 *supported;
};

/* All return 0, or -1 after one line on stderr. */

int kvm_open(struct kvm *k);
void kvm_close(struct kvm *k);
int kvm_set_memory(const struct kvm *k, const struct guest_mem *m);

/* For each vCPU a route from GSI = its id to its event vector. */
int kvm_route_events(const struct kvm *k, unsigned int nr_vcpus);
/* IRQ_FD raises GSI, DOORBELL_FD is signalled by the vCPU's doorbell port. */
int kvm_bind_vcpu_fds(const struct kvm *k, unsigned int id, int doorbell_fd,
		      int irq_fd);

int kvm_create_vcpu(const struct kvm *k, unsigned int id, int *fd,
		    struct kvm_run **run);
/* kHz of the guest's TSC, 0 when KVM does not know. */
uint32_t kvm_tsc_khz(int vcpu_fd);
/* The guest's TSC as it is now.  -1: KVM does not say, or not take it. */
int kvm_get_tsc(int vcpu_fd, uint64_t *tsc);
int kvm_set_tsc(int vcpu_fd, uint64_t tsc);

/* The state in which the monitor wants to be entered. */
struct kvm_vcpu_start {
	unsigned int id;
	uint64_t entry;
	uint64_t root_gpa;
	struct kvm_cpuid2 *cpuid;
	bool emulate_tsc;	/* RDTSC traps to the monitor */
};

int kvm_init_vcpu(int vcpu_fd, const struct kvm_vcpu_start *start);

#endif
