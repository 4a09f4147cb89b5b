/* SPDX-License-Identifier: GPL-2.0 */
/* A vCPU and the thread that runs it. */
#ifndef XENPV_VMM_VCPU_H
#define XENPV_VMM_VCPU_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct domain;
struct kvm_run;
struct xenpv_vcpu_block;

/* Why KVM_RUN came back, and what the calls were; read while they change. */
struct vcpu_stats {
	atomic_ulong io_call;
	atomic_ulong io_other;
	atomic_ulong signal;
	atomic_ulong other;
	atomic_ulong module_calls;
	atomic_ulong vmm_calls;
};

struct vcpu {
	struct domain *d;
	unsigned int id;
	int fd;
	int doorbell_fd;
	int irq_fd;
	struct kvm_run *run;
	struct xenpv_vcpu_block *block;	/* guest memory */
	pthread_t thread;
	atomic_int tid;			/* of the thread, 0 before it runs */
	cpu_set_t hard, soft;		/* where it may, and should, run */
	bool started;
	bool outside;			/* waits, not in KVM_RUN; under run_lock */
	atomic_bool stop;
	atomic_bool dump;		/* log its registers when kicked */
	atomic_bool online;		/* as the monitor last said */
	struct vcpu_stats stats;
};

/* Once per process, before any vCPU. */
void vcpu_init_signals(void);

int vcpu_start(struct vcpu *v);		/* 0, or -1 after a line on stderr */
void vcpu_kick(struct vcpu *v);		/* make it look at stop and pause */
void vcpu_join(struct vcpu *v);
/* In its thread, under run_lock: wait while *ONE or *OTHER. */
void vcpu_wait(struct vcpu *v, const bool *one, const bool *other);
/* Where its thread may run; -1 and errno when that is nowhere. */
int vcpu_set_affinity(struct vcpu *v, const cpu_set_t *hard);

/* One "vcpuN.counter value" line each. */
void vcpu_print_stats(const struct vcpu *v, FILE *out);

#endif
