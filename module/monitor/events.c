// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event channels, the monitor's share: events that never leave the domain.
 *
 * The module owns every port.  What a bind result tells about a port is kept
 * in port_table, so that IPIs, the timer VIRQ and unmask need no exit.  The
 * 2-level bitmaps are shared with the module and changed by atomic operations
 * only.
 */
#include "monitor.h"
#include <linux/errno.h>

struct port {
	u8 vcpu;
	u8 ipi;
};

static struct port port_table[NR_PORTS];

bool port_is_pending(u32 port)
{
	return test_bit_(shared_info()->evtchn_pending, nospec(port, NR_PORTS));
}

/* An unmasked port became pending: tell its vCPU. */
static void mark_vcpu(struct vcpu *v, u32 port, u32 target)
{
	struct vcpu *t = vcpu_of(target);

	if (!t->info)
		return;
	if (test_and_set(&t->info->evtchn_pending_sel, port / 64))
		return;
	if (__atomic_exchange_n(&t->info->evtchn_upcall_pending, 1,
				__ATOMIC_SEQ_CST))
		return;
	if (t != v)
		kick(target);
}

static void kick_pollers(struct vcpu *v)
{
	u32 i;

	full_barrier();
	for (i = 0; i < params.nr_vcpus; i++)
		if (i != v->id && READ_ONCE_(vcpu_of(i)->block->polling))
			kick(i);
}

static void set_pending(struct vcpu *v, u32 port, u32 target)
{
	struct shared_info *s = shared_info();

	if (test_and_set(s->evtchn_pending, port))
		return;
	if (!test_bit_(s->evtchn_mask, port))
		mark_vcpu(v, port, target);
	/* Whoever polls the port need not be whom it notifies. */
	kick_pollers(v);
}

void raise_timer(struct vcpu *v)
{
	if (v->virq_timer)
		set_pending(v, v->virq_timer, v->id);
}

static long send(struct vcpu *v, unsigned long va)
{
	struct evtchn_send op;
	struct port *p;

	if (copy_from_guest(&op, va, sizeof(op)))
		return -EFAULT;
	if (op.port < NR_PORTS) {
		p = &port_table[nospec(op.port, NR_PORTS)];
		if (p->ipi) {
			set_pending(v, op.port, p->vcpu);
			return 0;
		}
	}
	return call_doorbell(v, __HYPERVISOR_event_channel_op, EVTCHNOP_send,
			     op.port);
}

static long unmask(struct vcpu *v, unsigned long va)
{
	struct shared_info *s = shared_info();
	struct evtchn_unmask op;

	if (copy_from_guest(&op, va, sizeof(op)))
		return -EFAULT;
	if (op.port >= NR_PORTS)
		return -EINVAL;
	op.port = nospec(op.port, NR_PORTS);
	if (test_and_clear(s->evtchn_mask, op.port) &&
	    test_bit_(s->evtchn_pending, op.port))
		mark_vcpu(v, op.port, port_table[op.port].vcpu);
	return 0;
}

/* What a successful slow operation taught us about a port. */
static void learn(u32 cmd, void *arg)
{
	struct evtchn_bind_virq *virq = arg;
	struct evtchn_bind_ipi *ipi = arg;
	struct evtchn_bind_vcpu *bind = arg;
	struct evtchn_close *close = arg;
	struct port *p;
	u32 i, vcpu;

	switch (cmd) {
	case EVTCHNOP_bind_virq:
		vcpu = virq->vcpu;
		if (virq->port >= NR_PORTS || vcpu >= params.nr_vcpus)
			return;
		p = &port_table[nospec(virq->port, NR_PORTS)];
		*p = (struct port){ .vcpu = vcpu };
		if (virq->virq == VIRQ_TIMER)
			vcpu_of(nospec(vcpu, XENPV_MAX_VCPUS))->virq_timer =
				virq->port;
		return;
	case EVTCHNOP_bind_ipi:
		vcpu = ipi->vcpu;
		if (ipi->port >= NR_PORTS || vcpu >= params.nr_vcpus)
			return;
		port_table[nospec(ipi->port, NR_PORTS)] =
			(struct port){ .vcpu = vcpu, .ipi = 1 };
		return;
	case EVTCHNOP_bind_vcpu:
		if (bind->port < NR_PORTS && bind->vcpu < params.nr_vcpus)
			port_table[nospec(bind->port, NR_PORTS)].vcpu = bind->vcpu;
		return;
	case EVTCHNOP_close:
		if (close->port >= NR_PORTS)
			return;
		port_table[nospec(close->port, NR_PORTS)] = (struct port){ };
		for (i = 0; i < params.nr_vcpus; i++)
			if (vcpu_of(i)->virq_timer == close->port)
				vcpu_of(i)->virq_timer = 0;
		return;
	case EVTCHNOP_reset:
		memset(port_table, 0, sizeof(port_table));
		for (i = 0; i < params.nr_vcpus; i++)
			vcpu_of(i)->virq_timer = 0;
		return;
	}
}

/* Size of each operation's structure; 0: unknown to the 2-level ABI. */
static const u8 op_size[] = {
	[EVTCHNOP_bind_interdomain]	= sizeof(struct evtchn_bind_interdomain),
	[EVTCHNOP_bind_virq]		= sizeof(struct evtchn_bind_virq),
	[EVTCHNOP_close]		= sizeof(struct evtchn_close),
	[EVTCHNOP_send]			= sizeof(struct evtchn_send),
	[EVTCHNOP_status]		= sizeof(struct evtchn_status),
	[EVTCHNOP_alloc_unbound]	= sizeof(struct evtchn_alloc_unbound),
	[EVTCHNOP_bind_ipi]		= sizeof(struct evtchn_bind_ipi),
	[EVTCHNOP_bind_vcpu]		= sizeof(struct evtchn_bind_vcpu),
	[EVTCHNOP_unmask]		= sizeof(struct evtchn_unmask),
	[EVTCHNOP_reset]		= sizeof(struct evtchn_reset),
};

long hc_event_channel_op(struct vcpu *v, unsigned long *a)
{
	u32 cmd = a[0], size;
	u8 arg[32];
	long ret;

	if (cmd == EVTCHNOP_send)
		return send(v, a[1]);
	if (cmd == EVTCHNOP_unmask)
		return unmask(v, a[1]);

	if (cmd >= ARRAY_LEN(op_size))
		return -ENOSYS;
	size = op_size[nospec(cmd, ARRAY_LEN(op_size))];
	if (!size)
		return -ENOSYS;
	if (copy_from_guest(arg, a[1], size))
		return -EFAULT;
	ret = call_slow_data(v, __HYPERVISOR_event_channel_op, cmd, 0, arg, size);
	if (ret < 0)
		return ret;
	learn(cmd, arg);
	if (copy_to_guest(a[1], arg, size))
		return -EFAULT;
	return ret;
}

/* The vcpu_info of V is at GPA from now on. */
void set_info(struct vcpu *v, u64 gpa)
{
	v->info_gpa = gpa;
	v->info = gpa ? phys(gpa) : NULL;
	v->block->info_gpa = gpa;
}

void events_init(struct vcpu *v)
{
	if (v->id < MAX_VIRT_CPUS)
		set_info(v, params.shared_info_gpa +
			 v->id * sizeof(struct vcpu_info));
}
