// SPDX-License-Identifier: GPL-2.0-only
/*
 * Time.  KVM's clock structure is Xen's vcpu_time_info, and its wall clock is
 * Xen's: KVM itself writes both where the guest reads them, and keeps them
 * right.  Timers are the local APIC's one-shot, in nanoseconds.
 */
#include "monitor.h"
#include <linux/errno.h>

#define MSR_X2APIC_TMICT	0x838

/* The LAPIC counts 32 bits of nanoseconds; longer waits take several. */
#define MAX_ARM_NS	4000000000UL
#define MIN_ARM_NS	1000UL

static struct pvclock_vcpu_time_info *clock_of(struct vcpu *v)
{
	return v->info ? &v->info->time : NULL;
}

/* vcpu_info moved: KVM's clock moves with it. */
void clock_move(struct vcpu *v)
{
	if (v->info_gpa)
		wrmsr_(MSR_KVM_SYSTEM_TIME_NEW,
		       (v->info_gpa + offset_of(struct vcpu_info, time)) | 1);
	v->time_version = ~0U;
}

/* A second copy, for the guest's vDSO, follows when the first has changed. */
void clock_sync_copy(struct vcpu *v)
{
	struct pvclock_vcpu_time_info *t = clock_of(v), copy;
	u32 odd;

	if (!v->time_va || !t || t->version == v->time_version || (t->version & 1))
		return;
	/* Without page tables of the guest: sleep_end() comes back to it. */
	if (v->outside || !v->initialised)
		return;
	/* The copy is at an address of the guest's kernel. */
	if (!v->kernel_mode)
		write_cr3_(v->kernel_cr3);
	copy = *t;
	odd = copy.version | 1;
	if (!copy_to_guest(v->time_va, &odd, sizeof(odd))) {
		barrier_();
		copy_to_guest(v->time_va + 4, (u8 *)&copy + 4, sizeof(copy) - 4);
		barrier_();
		if (!copy_to_guest(v->time_va, &copy.version, sizeof(copy.version)))
			v->time_version = copy.version;
	}
	if (!v->kernel_mode)
		write_cr3_(v->user_cr3);
}

static u64 scale(u64 delta, u32 mul, s8 shift)
{
	if (shift < 0)
		delta >>= -shift & 63;
	else
		delta <<= shift & 63;
	return ((__uint128_t)delta * mul) >> 32;
}

/* The guest could corrupt its clock: that bends its own timers, no more. */
u64 now_ns(struct vcpu *v)
{
	struct pvclock_vcpu_time_info *t = clock_of(v);
	u64 ns = 0;
	u32 version;
	int tries;

	if (!t)
		return 0;
	for (tries = 0; tries < 64; tries++) {
		version = READ_ONCE_(t->version);
		barrier_();
		ns = t->system_time + scale(rdtsc_() - t->tsc_timestamp,
					    t->tsc_to_system_mul, t->tsc_shift);
		barrier_();
		if (!(version & 1) && READ_ONCE_(t->version) == version)
			break;
	}
	return ns;
}

static u64 earliest(u64 a, u64 b)
{
	return !a || (b && b < a) ? b : a;
}

/* Set the local APIC's timer to the first deadline, if it is not there yet. */
void timer_program(struct vcpu *v)
{
	u64 first = earliest(v->singleshot, v->periodic_next);
	u64 now = now_ns(v), delta;

	/* A poll looks at the clock itself; once due it needs no interrupt. */
	if (v->poll_deadline > now)
		first = earliest(first, v->poll_deadline);
	if (first == v->armed)
		return;
	v->armed = first;
	if (!first) {
		wrmsr_(MSR_X2APIC_TMICT, 0);
		return;
	}
	delta = first > now ? first - now : 0;
	if (delta < MIN_ARM_NS)
		delta = MIN_ARM_NS;
	if (delta > MAX_ARM_NS) {
		delta = MAX_ARM_NS;
		v->armed = 0;
	}
	wrmsr_(MSR_X2APIC_TMICT, delta);
}

/* The timer fired: raise what is due, arm the next. */
void timer_expire(struct vcpu *v)
{
	u64 now = now_ns(v);

	v->armed = 0;
	if (v->singleshot && v->singleshot <= now) {
		v->singleshot = 0;
		raise_timer(v);
	}
	if (v->periodic_next && v->periodic_next <= now) {
		/* Ticks missed while descheduled are one tick. */
		v->periodic_next += v->periodic_ns;
		if (v->periodic_next <= now)
			v->periodic_next = now + v->periodic_ns;
		raise_timer(v);
	}
	timer_program(v);
}

long hc_set_timer_op(struct vcpu *v, unsigned long *a)
{
	s64 timeout = a[0];
	u64 now = now_ns(v);

	/*
	 * The single-shot timer by another name.  Old kernels pass times before
	 * or far beyond all others when they mean "some time": Xen makes that
	 * 100 ms.
	 */
	if (timeout < 0 || (timeout > now && (timeout - now) >> 50))
		v->singleshot = now + 100000000;
	else
		v->singleshot = timeout;
	timer_program(v);
	return 0;
}

static void account(struct vcpu *v, u64 now)
{
	struct vcpu_runstate_info *r = &v->runstate;
	u64 stolen = READ_ONCE_(v->steal.steal) - v->steal_seen;
	u64 delta = now > r->state_entry_time ? now - r->state_entry_time : 0;

	v->steal_seen += stolen;
	if (r->state == RUNSTATE_offline)
		stolen = 0;
	else if (stolen > delta)
		stolen = delta;
	r->time[RUNSTATE_runnable] += stolen;
	r->time[r->state] += delta - stolen;
	r->state_entry_time = now;
}

/* VM assist: tell readers on other vCPUs when an area is being written. */
bool runstate_flagged;

static void copy_runstate(struct vcpu *v)
{
	const unsigned long entry = v->runstate_va +
		offset_of(struct vcpu_runstate_info, state_entry_time);
	struct vcpu_runstate_info info = v->runstate;

	if (!runstate_flagged) {
		copy_to_guest(v->runstate_va, &info, sizeof(info));
		return;
	}
	info.state_entry_time |= XEN_RUNSTATE_UPDATE;
	if (put_guest64(entry, info.state_entry_time))
		return;
	barrier_();
	copy_to_guest(v->runstate_va, &info, sizeof(info));
	barrier_();
	put_guest64(entry, v->runstate.state_entry_time);
}

void runstate_set(struct vcpu *v, int state)
{
	account(v, now_ns(v));
	v->runstate.state = state;
	if (!v->runstate_va || !v->initialised)
		return;
	/* The area is at an address of the guest's kernel. */
	if (!v->kernel_mode)
		write_cr3_(v->kernel_cr3);
	copy_runstate(v);
	if (!v->kernel_mode)
		write_cr3_(v->user_cr3);
}

/* Another vCPU's may be read while it changes: only numbers, no matter. */
void runstate_get(struct vcpu *v, struct vcpu_runstate_info *out)
{
	u64 now = now_ns(this_vcpu());

	*out = v->runstate;
	if (out->state == RUNSTATE_running && v != this_vcpu() &&
	    (READ_ONCE_(v->steal.preempted) & KVM_VCPU_PREEMPTED))
		out->state = RUNSTATE_runnable;
	if (out->state < 4 && now > out->state_entry_time)
		out->time[out->state] += now - out->state_entry_time;
}

void timer_init(struct vcpu *v)
{
	if (!v->id)
		wrmsr_(MSR_KVM_WALL_CLOCK_NEW, params.shared_info_gpa +
		       offset_of(struct shared_info, wc));
	clock_move(v);
	/* Hosts without it do not say who is preempted, nor for how long. */
	wrmsr_safe_(MSR_KVM_STEAL_TIME,
		    (params.area_gpa + (u64)v->id * XENPV_AREA_SIZE +
		     XENPV_AREA_VCPU + offset_of(struct vcpu, steal)) |
		    KVM_MSR_ENABLED);
	v->runstate.state = RUNSTATE_running;
	v->runstate.state_entry_time = now_ns(v);
}
