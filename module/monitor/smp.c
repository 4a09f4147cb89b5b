// SPDX-License-Identifier: GPL-2.0-only
/* Between vCPUs: interrupts, remote TLB flushes, parking. */
#include "monitor.h"

#define MSR_X2APIC_EOI	0x80b
#define MSR_X2APIC_ICR	0x830

/* KVM's PV EOI: when it left the bit set, clearing it is the EOI. */
static void eoi(struct vcpu *v)
{
	if (!test_and_clear(&v->pv_eoi, 0))
		wrmsr_(MSR_X2APIC_EOI, 0);
}

/* Do the flush another vCPU asked for. */
void flush_if_wanted(struct vcpu *v)
{
	if (READ_ONCE_(v->flush_wanted) &&
	    __atomic_exchange_n(&v->flush_wanted, 0, __ATOMIC_SEQ_CST))
		flush_local();
}

void handle_interrupt(struct vcpu *v, struct regs *regs)
{
	u8 vector = regs->vector;

	if (vector == XENPV_VECTOR_SPURIOUS)
		return;
	eoi(v);
	flush_if_wanted(v);
	if (vector == XENPV_VECTOR_TIMER)
		timer_expire(v);
	clock_sync_copy(v);
	/* Taken down by another vCPU: park before the guest runs again. */
	if (v->initialised && !v->online && (regs->cs & 3))
		vcpu_park(v);
}

void kick(u32 id)
{
	wrmsr_(MSR_X2APIC_ICR, (u64)id << 32 | XENPV_VECTOR_IPI);
}

/* Flush the TLBs of the other vCPUs in MASK and wait until they have. */
void flush_vcpus(struct vcpu *v, const u64 *mask)
{
	u32 i;

	for (i = 0; i < params.nr_vcpus; i++) {
		struct vcpu *t = vcpu_of(i);

		if (t == v || !test_bit_(mask, i) || !READ_ONCE_(t->online))
			continue;
		if (!__atomic_exchange_n(&t->flush_wanted, 1, __ATOMIC_SEQ_CST))
			kick(i);
	}
	for (i = 0; i < params.nr_vcpus; i++) {
		struct vcpu *t = vcpu_of(i);

		if (t == v || !test_bit_(mask, i))
			continue;
		/* Whoever waits also serves, or two would wait for each other. */
		while (READ_ONCE_(t->flush_wanted) && READ_ONCE_(t->online)) {
			flush_if_wanted(v);
			pause_();
		}
	}
}

/* Not in use: sleep until VCPUOP_up. */
void vcpu_park(struct vcpu *v)
{
	v->block->online = 0;
	runstate_set(v, RUNSTATE_offline);
	WRITE_ONCE_(v->parked, true);
	while (!READ_ONCE_(v->online))
		idle_once();
	WRITE_ONCE_(v->parked, false);
	/* Nobody flushed a vCPU that was not there. */
	flush_local();
	v->block->online = 1;
	runstate_set(v, RUNSTATE_running);
}
