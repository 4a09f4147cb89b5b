/* SPDX-License-Identifier: GPL-2.0 */
/* A domain, from its creation to its end, as its helper process holds it. */
#ifndef XENPV_VMM_DOMAIN_H
#define XENPV_VMM_DOMAIN_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../builder/builder.h"
#include "kvm.h"
#include "layout.h"
#include "memory.h"
#include "monitor.h"
#include "reservation.h"
#include "vcpu.h"
#include "watchdog.h"

struct domain_config;
struct kvm_cpuid2;
struct restore;

struct domain {
	const struct domain_config *cfg;
	uint32_t domid;
	unsigned int nr_vcpus;

	int dev;			/* /dev/kvm-xenpv */
	int fd;				/* the module's side of the domain */
	int event_fd;			/* the host's ends of its ports */
	struct kvm kvm;
	struct monitor_image image;
	struct guest_mem mem;
	struct special_layout lay;
	struct kernel_image *kernel;	/* loaded, and not built yet */
	struct build_result built;
	bool is_32bit;
	struct kvm_cpuid2 *cpuid;	/* the guest's, of the last vCPU */
	struct vcpu *vcpus;
	struct reservation reservation;
	struct watchdog watchdog;

	uint32_t console_port;
	uint32_t store_port;

	/* Text of console_io that has no newline yet; under line_lock. */
	pthread_mutex_t line_lock;
	char line[256];
	size_t line_len;

	/* Readable once the domain has ended, whoever ended it. */
	int end_fd;
	atomic_int end_code;		/* SHUTDOWN_*, -1 while it runs */

	pthread_mutex_t run_lock;
	pthread_cond_t run_cond;	/* any of the following changed */
	bool paused;
	bool halted;			/* the same, for the helper's own ends */
	bool suspended;			/* a vCPU is in SCHEDOP_shutdown for it */
	bool want_suspend;		/* somebody waits for that: on suspend_fd */
	int suspend_fd;
};

/*
 * Create a domain up to the point where its vCPUs can run; its console and
 * xenstore ports are bound to event_fd.  FROM, when not NULL, is a saved domain
 * for it to go on with; otherwise it boots its kernel.  NAME is what the host
 * shall call it.  NULL after one line on stderr, with nothing left behind;
 * errno is EEXIST when its name is taken.
 */
struct domain *domain_create(const struct domain_config *cfg, const char *name,
			     struct restore *from);
/* Let the vCPUs run, or (PAUSED) be ready to.  -1 after a line on stderr. */
int domain_start(struct domain *d, bool paused);
void domain_pause(struct domain *d, bool pause);
/* The same for a moment: tools do not see it. */
void domain_hold(struct domain *d, bool hold);
/* Stop the vCPUs for good; everything else stays as it is. */
void domain_stop(struct domain *d);
void domain_destroy(struct domain *d);

/* The domain is over (SHUTDOWN_*).  Any thread; the first call counts. */
void domain_end(struct domain *d, int code);

/*
 * A vCPU suspends the domain: returns, with what the guest shall see, when
 * domain_resume() says so.
 */
int64_t domain_suspended(struct vcpu *v);
/* Whether anybody waits for that; false: one that is suspended goes on. */
void domain_want_suspend(struct domain *d, bool want);
/*
 * Nothing of the guest runs any more when this returns, nor before
 * domain_resume(), which makes SCHEDOP_shutdown return 1: cancelled.
 */
void domain_halt(struct domain *d);
bool domain_is_halted(struct domain *d);
void domain_resume(struct domain *d);

/* Tell the module how much memory it has at the moment. */
void domain_tell_reservation(struct domain *d);

/* Tell the module what tools shall see (KVM_XENPV_STATE_*). */
void domain_set_state(struct domain *d, uint32_t state, uint32_t code);

#endif
