// SPDX-License-Identifier: GPL-2.0-only
/* Between vCPUs: interrupts, remote TLB flushes, locks, sleeping, parking. */
#include "monitor.h"

#define MSR_X2APIC_EOI	0x80b
#define MSR_X2APIC_ICR	0x830
#define KVM_HC_SEND_IPI	10

#define NR_WORDS	(XENPV_MAX_VCPUS / 64)

/* Which instruction is a hypercall to KVM; the other is #UD. */
static bool has_vmmcall;

void smp_init(void)
{
	u32 r[4];

	cpuid_(0, 0, r);
	/* AuthenticAMD, HygonGenuine */
	has_vmmcall = r[1] == 0x68747541 || r[1] == 0x6f677948;
}

static long kvm_send_ipi(const u64 *set, u64 icr)
{
	long ret = KVM_HC_SEND_IPI;

	if (has_vmmcall)
		asm volatile("vmmcall" : "+a" (ret)
			     : "b" (set[0]), "c" (set[1]), "d" (0UL), "S" (icr)
			     : "memory");
	else
		asm volatile("vmcall" : "+a" (ret)
			     : "b" (set[0]), "c" (set[1]), "d" (0UL), "S" (icr)
			     : "memory");
	return ret;
}

/* KVM's PV EOI: when it left the bit set, clearing it is the EOI. */
static void eoi(struct vcpu *v)
{
	if (!test_and_clear(&v->pv_eoi, 0))
		wrmsr_(MSR_X2APIC_EOI, 0);
}

void handle_interrupt(struct vcpu *v, struct regs *regs)
{
	u8 vector = regs->vector;

	if (vector == XENPV_VECTOR_SPURIOUS)
		return;
	eoi(v);
	flush_if_wanted(v);
	if (unlikely(events_relayed()))
		collect_events(v);
	if (vector == XENPV_VECTOR_TIMER) {
		timer_expire(v);
	} else if (unlikely(READ_ONCE_(v->timer_moved)) &&
		   __atomic_exchange_n(&v->timer_moved, false, __ATOMIC_SEQ_CST)) {
		timer_program(v);
	}
	/* The host took time from us: tell before the guest looks. */
	if ((regs->cs & 3) && READ_ONCE_(v->steal.steal) != v->steal_seen)
		runstate_set(v, RUNSTATE_running);
	clock_sync_copy(v);
}

void kick(u32 id)
{
	wrmsr_(MSR_X2APIC_ICR, (u64)id << 32 | XENPV_VECTOR_IPI);
}

/* Kick all vCPUs of SET, in a single exit when there are more. */
static void kick_set(const u64 *set)
{
	u32 i, word = set[0] ? 0 : 1;
	bool one = !(set[0] && set[1]) && !(set[word] & (set[word] - 1));

	if (!one && kvm_send_ipi(set, XENPV_VECTOR_IPI) >= 0)
		return;
	for (i = 0; i < params.nr_vcpus; i++)
		if (test_bit_(set, i))
			kick(i);
}

/*
 * TLB flushes asked for by other vCPUs.
 *
 * flush_asked counts requests, flush_done those served.  Who asks kicks only
 * when nobody else's request is under way, and waits until flush_done has come
 * up to his.  The two counts are each other's flag: he adds to flush_asked,
 * then reads flush_done; we write flush_done, then read flush_asked again.
 * With a full barrier in between on both sides either he sees that he has to
 * kick or we see his request.
 *
 * flush_done moves after the flush: who waited may reuse the memory of a page
 * table at once, and a processor may walk stale tables at any time.
 */
static void serve_flush(struct vcpu *v)
{
	u32 asked;

	do {
		asked = READ_ONCE_(v->flush_asked);
		flush_local();
		WRITE_ONCE_(v->flush_done, asked);
		full_barrier();
	} while (asked != READ_ONCE_(v->flush_asked));
}

void flush_if_wanted(struct vcpu *v)
{
	if (READ_ONCE_(v->flush_asked) != v->flush_done)
		serve_flush(v);
}

/*
 * A vCPU that the host has preempted: have KVM flush its TLB before it goes on,
 * instead of waiting until it does.  Not in the midst of a walk, which would go
 * on in tables that may be gone; looked at last, so that a walk that began
 * before the request is either seen or over.
 */
static bool leave_to_kvm(struct vcpu *t)
{
	u8 was = READ_ONCE_(t->steal.preempted);

	return (was & KVM_VCPU_PREEMPTED) &&
	       __atomic_compare_exchange_n(&t->steal.preempted, &was,
					   was | KVM_VCPU_FLUSH_TLB, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) &&
	       !READ_ONCE_(t->walking);
}

/*
 * Flush the TLBs of the other vCPUs in MASK and wait until they have.  Those
 * that sleep have no guest mappings: they load CR3 when they wake.
 */
void flush_vcpus(struct vcpu *v, const u64 *mask)
{
	u64 ipi[NR_WORDS] = { 0 }, wait[NR_WORDS] = { 0 };
	u32 until[XENPV_MAX_VCPUS], i;

	/* The new page tables before a look at who sleeps: see sleep_end(). */
	full_barrier();
	for (i = 0; i < params.nr_vcpus; i++) {
		struct vcpu *t = vcpu_of(i);
		u32 before;

		if (t == v || !test_bit_(mask, i) || READ_ONCE_(t->outside) ||
		    leave_to_kvm(t))
			continue;
		before = __atomic_fetch_add(&t->flush_asked, 1, __ATOMIC_SEQ_CST);
		until[i] = before + 1;
		wait[i / 64] |= 1UL << (i % 64);
		if (before == READ_ONCE_(t->flush_done))
			ipi[i / 64] |= 1UL << (i % 64);
	}
	if (ipi[0] | ipi[1])
		kick_set(ipi);
	for (i = 0; i < params.nr_vcpus; i++) {
		struct vcpu *t = vcpu_of(i);

		if (!test_bit_(wait, i))
			continue;
		/* Whoever waits also serves, or two would wait for each other. */
		while ((s32)(READ_ONCE_(t->flush_done) - until[i]) < 0 &&
		       !READ_ONCE_(t->outside) && !leave_to_kvm(t)) {
			flush_if_wanted(v);
			pause_();
		}
	}
}

/*
 * Whoever waits serves flushes, or who asks for one waits for the lock as well.
 * Not in the midst of a walk, which would go on in tables that may be gone; no
 * holder waits for a flush, so it is served soon.
 */
void lock(u32 *l)
{
	while (__atomic_exchange_n(l, 1, __ATOMIC_ACQUIRE)) {
		struct vcpu *v = this_vcpu();

		do {
			if (!v->walking)
				flush_if_wanted(v);
			pause_();
		} while (READ_ONCE_(*l));
	}
}

void unlock(u32 *l)
{
	__atomic_store_n(l, 0, __ATOMIC_RELEASE);
}

/* WHAT is looked at before V runs guest code again; kicks another one. */
void todo_add(struct vcpu *v, u32 what)
{
	__atomic_fetch_or(&v->todo, what, __ATOMIC_SEQ_CST);
	if (v != this_vcpu())
		kick(v->id);
}

/* Is there something to do that a sleeper has to wake for? */
bool todo_now(struct vcpu *v)
{
	u32 todo = READ_ONCE_(v->todo);

	return (todo & (TODO_PARK | TODO_STOP)) ||
	       ((todo & TODO_NMI) && !v->nmi_masked);
}

/*
 * A vCPU that sleeps leaves the guest's page tables, so that nobody need wake
 * it for a flush.  A single vCPU has nobody to spare that.
 */
void sleep_begin(struct vcpu *v)
{
	if (params.nr_vcpus == 1)
		return;
	/* Once they can see it outside there must be nothing to flush. */
	write_cr3_(params.root_gpa);
	WRITE_ONCE_(v->outside, true);
}

/*
 * Pairs with flush_vcpus(): either it sees us inside, and asks, or its new
 * page tables are what we load.
 */
void sleep_end(struct vcpu *v)
{
	if (params.nr_vcpus == 1)
		return;
	WRITE_ONCE_(v->outside, false);
	full_barrier();
	write_cr3_(v->kernel_mode ? v->kernel_cr3 : v->user_cr3);
	flush_if_wanted(v);
	clock_sync_copy(v);
}

/* Not in use: sleep until VCPUOP_up. */
void vcpu_park(struct vcpu *v)
{
	v->block->online = 0;
	runstate_set(v, RUNSTATE_offline);
	sleep_begin(v);
	WRITE_ONCE_(v->parked, true);
	while (!READ_ONCE_(v->online))
		idle_once();
	WRITE_ONCE_(v->parked, false);
	/* Another vCPU may have registered a vcpu_info for us. */
	clock_move(v);
	sleep_end(v);
	v->block->online = 1;
	runstate_set(v, RUNSTATE_running);
	timer_resume(v);
}
