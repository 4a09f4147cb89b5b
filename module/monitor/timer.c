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
	/* Another vCPU sets the address first, then counts. */
	u32 asked = READ_ONCE_(v->time_asked), odd;
	unsigned long va = READ_ONCE_(v->time_va);

	if (!va || !t || (t->version & 1) ||
	    (t->version == v->time_version && asked == v->time_done))
		return;
	/* Without page tables of the guest: sleep_end() comes back to it. */
	if (v->outside || !v->initialised)
		return;
	/* The copy is at an address of the guest's kernel. */
	if (!v->kernel_mode)
		write_cr3_(v->kernel_cr3);
	copy = *t;
	odd = copy.version | 1;
	if (!copy_to_guest(va, &odd, sizeof(odd))) {
		barrier_();
		copy_to_guest(va + 4, (u8 *)&copy + 4, sizeof(copy) - 4);
		barrier_();
		if (!copy_to_guest(va, &copy.version, sizeof(copy.version))) {
			v->time_version = copy.version;
			v->time_done = asked;
		}
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

/*
 * When the periodic timer is due; 0: it is off or nobody would hear it.  As in
 * Xen it stands still while the vCPU sleeps.
 */
static u64 periodic_due(struct vcpu *v)
{
	u64 ns = READ_ONCE_(v->periodic_ns);

	if (!ns || !v->virq_timer || v->runstate.state != RUNSTATE_running)
		return 0;
	return v->periodic_last + ns;
}

static void periodic_tick(struct vcpu *v, u64 now)
{
	u64 due = periodic_due(v);

	if (!due || due > now)
		return;
	/* Ticks missed are one tick. */
	v->periodic_last = now;
	raise_timer(v);
}

/* Set the local APIC's timer to the first deadline, if it is not there yet. */
void timer_program(struct vcpu *v)
{
	u64 first = earliest(v->singleshot, periodic_due(v));
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
	periodic_tick(v, now);
	timer_program(v);
}

/* The vCPU has slept. */
void timer_resume(struct vcpu *v)
{
	if (!periodic_due(v))
		return;
	periodic_tick(v, now_ns(v));
	timer_program(v);
}

/* T's periodic timer changed: its local APIC is only its own to set. */
void timer_changed(struct vcpu *v, struct vcpu *t)
{
	if (t == v) {
		timer_program(t);
		return;
	}
	WRITE_ONCE_(t->timer_moved, true);
	kick(t->id);
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

/* Since the state was entered; STOLEN of it the host has taken. */
static void spend(struct vcpu_runstate_info *r, u64 now, u64 stolen)
{
	u64 delta = now > r->state_entry_time ? now - r->state_entry_time : 0;

	if (r->state == RUNSTATE_offline)
		stolen = 0;
	else if (stolen > delta)
		stolen = delta;
	r->time[RUNSTATE_runnable] += stolen;
	r->time[r->state] += delta - stolen;
}

static void account(struct vcpu *v, u64 now)
{
	u64 stolen = READ_ONCE_(v->steal.steal) - v->steal_seen;

	spend(&v->runstate, now, stolen);
	v->steal_seen += stolen;
	v->runstate.state_entry_time = now;
}

/*
 * What the guest has switched on.  Most are always on; one is that readers on
 * other vCPUs are told when a runstate is being written.
 */
u64 vm_assist;

static void put_runstate(unsigned long va, const struct vcpu_runstate_info *r)
{
	if (guest32())
		copy_runstate32(va, r);
	else
		copy_to_guest(va, r, sizeof(*r));
}

static void copy_runstate(struct vcpu *v)
{
	/* Once: another vCPU may set it meanwhile. */
	const unsigned long va = READ_ONCE_(v->runstate_va);
	const unsigned long entry = va + (guest32() ? RUNSTATE32_ENTRY_TIME :
		offset_of(struct vcpu_runstate_info, state_entry_time));
	struct vcpu_runstate_info info = v->runstate;

	if (!va)
		return;
	if (!(vm_assist & 1UL << VMASST_TYPE_runstate_update_flag)) {
		put_runstate(va, &info);
		return;
	}
	info.state_entry_time |= XEN_RUNSTATE_UPDATE;
	if (put_guest64(entry, info.state_entry_time))
		return;
	barrier_();
	put_runstate(va, &info);
	barrier_();
	put_guest64(entry, v->runstate.state_entry_time);
}

void runstate_set(struct vcpu *v, int state)
{
	u64 now = now_ns(v);

	v->runstate_seq++;
	barrier_();
	account(v, now);
	v->runstate.state = state;
	barrier_();
	v->runstate_seq++;
	if (!v->runstate_va || !v->initialised)
		return;
	/* The area is at an address of the guest's kernel. */
	if (!v->kernel_mode)
		write_cr3_(v->kernel_cr3);
	copy_runstate(v);
	if (!v->kernel_mode)
		write_cr3_(v->user_cr3);
}

/*
 * Another vCPU's may change while it is read.  Not for long, unless the host
 * has preempted it just then: that is not waited for.  Returns how much of its
 * steal time is in it.
 */
static u64 runstate_read(struct vcpu *v, struct vcpu_runstate_info *out)
{
	u64 seen = 0;
	int tries;
	u32 seq;

	for (tries = 0; tries < 1000; tries++) {
		seq = READ_ONCE_(v->runstate_seq);
		barrier_();
		memcpy(out, &v->runstate, sizeof(*out));
		seen = READ_ONCE_(v->steal_seen);
		barrier_();
		if (!(seq & 1) && READ_ONCE_(v->runstate_seq) == seq)
			break;
		pause_();
	}
	return seen;
}

void runstate_get(struct vcpu *v, struct vcpu_runstate_info *out)
{
	u64 seen = runstate_read(v, out);

	/* What KVM has not counted yet is not in here: no time may go back. */
	spend(out, now_ns(this_vcpu()), READ_ONCE_(v->steal.steal) - seen);
	if (out->state == RUNSTATE_running && v != this_vcpu() &&
	    (READ_ONCE_(v->steal.preempted) & KVM_VCPU_PREEMPTED))
		out->state = RUNSTATE_runnable;
}

#define WC32		0x900	/* a 32-bit guest's wall clock, in shared_info */

/* What PV guests have until they say otherwise. */
#define DEFAULT_PERIOD	10000000UL

void timer_init(struct vcpu *v)
{
	v->periodic_ns = DEFAULT_PERIOD;
	if (!v->id)
		wrmsr_(MSR_KVM_WALL_CLOCK_NEW, params.shared_info_gpa +
		       (guest32() ? WC32 : offset_of(struct shared_info, wc)));
	clock_move(v);
	/* Hosts without it do not say who is preempted, nor for how long. */
	wrmsr_safe_(MSR_KVM_STEAL_TIME,
		    (params.area_gpa + (u64)v->id * XENPV_AREA_SIZE +
		     XENPV_AREA_VCPU + offset_of(struct vcpu, steal)) |
		    KVM_MSR_ENABLED);
	v->runstate.state = RUNSTATE_running;
	v->runstate.state_entry_time = now_ns(v);
}
