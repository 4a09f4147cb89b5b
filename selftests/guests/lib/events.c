// SPDX-License-Identifier: GPL-2.0
/*
 * events.c - event channels (2-level) and the clock
 */
#include "guest.h"

void mask_events(void)
{
	vcpu->evtchn_upcall_mask = 1;
	barrier();
}

void unmask_events(void)
{
	barrier();
	vcpu->evtchn_upcall_mask = 0;
	barrier();
	/* Any hypercall takes what came in between. */
	if (vcpu->evtchn_upcall_pending)
		hypercall(xen_version, XENVER_version, 0);
}

long evtchn_op(int cmd, void *arg)
{
	return hypercall(event_channel_op, cmd, arg);
}

int bind_virq(unsigned int virq, unsigned int vcpu_id)
{
	struct evtchn_bind_virq op = { .virq = virq, .vcpu = vcpu_id };
	long ret = evtchn_op(EVTCHNOP_bind_virq, &op);

	return ret ? ret : (int)op.port;
}

int bind_ipi(unsigned int vcpu_id)
{
	struct evtchn_bind_ipi op = { .vcpu = vcpu_id };
	long ret = evtchn_op(EVTCHNOP_bind_ipi, &op);

	return ret ? ret : (int)op.port;
}

long evtchn_send(unsigned int port)
{
	struct evtchn_send op = { .port = port };

	return evtchn_op(EVTCHNOP_send, &op);
}

long evtchn_close(unsigned int port)
{
	struct evtchn_close op = { .port = port };

	return evtchn_op(EVTCHNOP_close, &op);
}

long evtchn_unmask(unsigned int port)
{
	struct evtchn_unmask op = { .port = port };

	return evtchn_op(EVTCHNOP_unmask, &op);
}

bool port_pending(unsigned int port)
{
	return *(volatile unsigned long *)&shared->evtchn_pending[port / 64] >>
		(port % 64) & 1;
}

bool port_masked(unsigned int port)
{
	return *(volatile unsigned long *)&shared->evtchn_mask[port / 64] >>
		(port % 64) & 1;
}

bool test_and_set_bit(unsigned long *words, unsigned int bit)
{
	bool old;

	asm volatile("lock bts %2, %1; setc %0"
		     : "=q" (old), "+m" (words[bit / 64])
		     : "r" ((u64)bit % 64) : "memory");
	return old;
}

void clear_pending(unsigned int port)
{
	asm volatile("lock btr %1, %0"
		     : "+m" (shared->evtchn_pending[port / 64])
		     : "r" ((u64)port % 64) : "memory");
}

void mask_port(unsigned int port)
{
	test_and_set_bit(shared->evtchn_mask, port);
}

void unmask_port_quietly(unsigned int port)
{
	asm volatile("lock btr %1, %0"
		     : "+m" (shared->evtchn_mask[port / 64])
		     : "r" ((u64)port % 64) : "memory");
}

u64 now(void)
{
	volatile struct vcpu_time_info *t = &vcpu->time;
	u64 delta, ns;
	u32 version;

	do {
		version = t->version;
		barrier();
		delta = rdtsc() - t->tsc_timestamp;
		if (t->tsc_shift < 0)
			delta >>= -t->tsc_shift;
		else
			delta <<= t->tsc_shift;
		asm("mul %2; shrd $32, %%rdx, %%rax"
		    : "+a" (delta) : "0" (delta), "r" ((u64)t->tsc_to_system_mul)
		    : "rdx");
		ns = t->system_time + delta;
		barrier();
	} while ((version & 1) || version != t->version);
	return ns;
}

void wait_ns(u64 ns)
{
	u64 until = now() + ns;

	while (now() < until)
		asm volatile("pause");
}
