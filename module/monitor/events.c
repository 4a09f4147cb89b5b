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

/* What depends on the guest's width: ports, their mask, and vcpu_info. */
u32 nr_ports(void)
{
	return guest32() ? NR_PORTS32 : NR_PORTS;
}

u64 *port_mask_bits(void)
{
	struct shared_info *s = shared_info();

	return guest32() ? (u64 *)((u8 *)s->evtchn_pending + NR_PORTS32 / 8) :
			   (u64 *)s->evtchn_mask;
}

#define SEL32	4	/* in vcpu_info: where events are */
#define CR2_32	8

static void *info32(struct vcpu_info *info, u32 offset)
{
	return (u8 *)info + offset;
}

void set_cr2(struct vcpu *v, u64 addr)
{
	if (!v->info)
		return;
	if (guest32())
		*(u32 *)info32(v->info, CR2_32) = addr;
	else
		v->info->arch.cr2 = addr;
}

u64 get_cr2(struct vcpu *v)
{
	if (!v->info)
		return 0;
	return guest32() ? *(u32 *)info32(v->info, CR2_32) : v->info->arch.cr2;
}

/* True: the word that PORT is in was selected before. */
static bool select_word(struct vcpu_info *info, u32 port)
{
	if (guest32())
		return test_and_set32(info32(info, SEL32), port / 32);
	return test_and_set(&info->evtchn_pending_sel, port / 64);
}

void select_all(struct vcpu_info *info)
{
	if (guest32())
		*(u32 *)info32(info, SEL32) = ~0U;
	else
		info->evtchn_pending_sel = ~0UL;
}

static void select_more(struct vcpu_info *info, u64 sel)
{
	if (guest32())
		__atomic_fetch_or((u32 *)info32(info, SEL32), (u32)sel,
				  __ATOMIC_SEQ_CST);
	else
		__atomic_fetch_or(&info->evtchn_pending_sel, sel,
				  __ATOMIC_SEQ_CST);
}

static u64 take_selected(struct vcpu_info *info)
{
	if (guest32())
		return __atomic_exchange_n((u32 *)info32(info, SEL32), 0,
					   __ATOMIC_SEQ_CST);
	return __atomic_exchange_n(&info->evtchn_pending_sel, 0,
				   __ATOMIC_SEQ_CST);
}

bool port_is_pending(u32 port)
{
	port = nospec(port, NR_PORTS);
	return test_bit_(shared_info()->evtchn_pending, port) ||
	       (fifo_active() && fifo_is_pending(port));
}

/* An unmasked port became pending: tell its vCPU.  True: it was kicked. */
static bool mark_vcpu(struct vcpu *v, u32 port, u32 target)
{
	struct vcpu *t = vcpu_of(target);
	struct vcpu_info *info = READ_ONCE_(t->info);

	if (!info)
		return false;
	if (select_word(info, port))
		return false;
	if (__atomic_exchange_n(&info->evtchn_upcall_pending, 1,
				__ATOMIC_SEQ_CST))
		return false;
	if (t == v)
		return false;
	kick(target);
	return true;
}

/*
 * vCPUs in SCHEDOP_poll have their bit in the first block's pollers, for the
 * module as well.  A poller sets its bit, then looks for pending ports, then
 * halts; a sender sets the pending bit, then looks for pollers.  All of these
 * are locked instructions, so one of the two sees the other.  The sender takes
 * the bit away: one kick wakes a poller, more would tell it nothing.  Once
 * awake the poller sets the bit again before it looks again.
 *
 * The kick cannot be lost between the poller's look and its hlt: interrupts are
 * off from the one to the other, and an interrupt taken on the hlt itself makes
 * do_trap() step past it.
 */
static u64 *pollers(void)
{
	return vcpu_of(0)->block->pollers;
}

void poll_begin(struct vcpu *v)
{
	test_and_set(pollers(), v->id);
}

void poll_end(struct vcpu *v)
{
	test_and_clear(pollers(), v->id);
}

static bool polls_for(struct vcpu *t, u32 port)
{
	u32 polling = READ_ONCE_(t->block->polling);

	return polling == port || polling == XENPV_POLL_ANY;
}

static void kick_pollers(struct vcpu *v, u32 port, bool kicked, u32 target)
{
	u64 *set = pollers();
	u32 i;

	/* Set up by the locked instruction that made the port pending. */
	if (likely(!(READ_ONCE_(set[0]) | READ_ONCE_(set[1]))))
		return;
	for (i = 0; i < params.nr_vcpus; i++)
		if (i != v->id && !(kicked && i == target) &&
		    test_bit_(set, i) && polls_for(vcpu_of(i), port) &&
		    test_and_clear(set, i))
			kick(i);
}

static void set_pending_fifo(struct vcpu *v, u32 port, u32 target)
{
	bool was, kicked = fifo_raise(v, port, target, &was);

	if (!was)
		kick_pollers(v, port, kicked, target);
}

static void set_pending(struct vcpu *v, u32 port, u32 target)
{
	struct shared_info *s = shared_info();
	bool kicked = false;

	if (fifo_active()) {
		set_pending_fifo(v, port, target);
		return;
	}
	if (test_and_set(s->evtchn_pending, port))
		return;
	if (!test_bit_(port_mask_bits(), port))
		kicked = mark_vcpu(v, port, target);
	/* Whoever polls the port need not be whom it notifies. */
	kick_pollers(v, port, kicked, target);
}

/* The module set PORT pending; the bit is taken away already. */
void relay_port(struct vcpu *v, u32 port)
{
	set_pending_fifo(v, port, port_table[port].vcpu);
}

/* All ports of WORD, whomever they notify. */
static void collect_word(struct vcpu *v, u32 word)
{
	xen_ulong_t *pending = shared_info()->evtchn_pending;
	u32 port;

	if (!READ_ONCE_(pending[word]))
		return;
	for (port = word * 64; port < word * 64 + 64; port++)
		if (test_and_clear(pending, port))
			relay_port(v, port);
}

/*
 * In a restored domain the module's events are in a vcpu_info of our own.  The
 * module kicks when it finds upcall_pending clear there, so none is missed.
 */
void collect_events(struct vcpu *v)
{
	struct vcpu_info *info = v->info;
	u64 sel;
	u32 i;

	if (!__atomic_exchange_n(&v->relay.evtchn_upcall_pending, 0,
				 __ATOMIC_SEQ_CST))
		return;
	sel = take_selected(&v->relay);
	if (fifo_active()) {
		for (i = 0; i < nr_ports() / 64; i++)
			if (guest32() ? sel >> 2 * i & 3 : sel >> i & 1)
				collect_word(v, i);
	} else if (info) {
		select_more(info, sel);
		__atomic_exchange_n(&info->evtchn_upcall_pending, 1,
				    __ATOMIC_SEQ_CST);
	}
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
	if (op.port >= nr_ports())
		return -EINVAL;
	op.port = nospec(op.port, NR_PORTS);
	if (fifo_active()) {
		fifo_unmask(v, op.port, port_table[op.port].vcpu);
		return 0;
	}
	if (test_and_clear(port_mask_bits(), op.port) &&
	    test_bit_(s->evtchn_pending, op.port))
		mark_vcpu(v, op.port, port_table[op.port].vcpu);
	return 0;
}

static void forget_port(u32 port)
{
	u32 i;

	port_table[nospec(port, NR_PORTS)] = (struct port){ };
	fifo_clear(port);
	for (i = 0; i < params.nr_vcpus; i++)
		if (vcpu_of(i)->virq_timer == port)
			vcpu_of(i)->virq_timer = 0;
}

/*
 * Before the module closes ports: as soon as it has, another vCPU may be given
 * one for something else, and what it learns must stay.
 */
static void forget(u32 cmd, void *arg)
{
	struct evtchn_close *close = arg;
	struct evtchn_reset *reset = arg;
	u32 i;

	if (cmd == EVTCHNOP_close && close->port < NR_PORTS)
		forget_port(close->port);
	if (cmd != EVTCHNOP_reset || check_owner(reset->dom))
		return;
	memset(port_table, 0, sizeof(port_table));
	fifo_reset();
	for (i = 0; i < params.nr_vcpus; i++)
		vcpu_of(i)->virq_timer = 0;
}

/* What a successful slow operation taught us about a port. */
static void learn(struct vcpu *v, u32 cmd, void *arg)
{
	struct evtchn_bind_virq *virq = arg;
	struct evtchn_bind_ipi *ipi = arg;
	struct evtchn_bind_vcpu *bind = arg;
	struct vcpu *t;
	u32 vcpu;

	switch (cmd) {
	case EVTCHNOP_bind_virq:
		vcpu = virq->vcpu;
		if (virq->port >= NR_PORTS || vcpu >= params.nr_vcpus)
			return;
		port_table[nospec(virq->port, NR_PORTS)] =
			(struct port){ .vcpu = vcpu };
		if (virq->virq != VIRQ_TIMER)
			return;
		t = vcpu_of(nospec(vcpu, XENPV_MAX_VCPUS));
		t->virq_timer = virq->port;
		timer_changed(v, t);
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
	}
}

/* What the FIFO ABI adds; only restored domains are offered it. */
static long fifo_op(struct vcpu *v, u32 cmd, unsigned long va)
{
	union {
		struct evtchn_init_control control;
		struct evtchn_expand_array array;
		struct evtchn_set_priority priority;
	} arg;
	long ret;

	switch (cmd) {
	case EVTCHNOP_init_control:
		if (copy_from_guest(&arg, va, sizeof(arg.control)))
			return -EFAULT;
		ret = fifo_init_control(v, &arg.control);
		if (!ret && copy_to_guest(va, &arg, sizeof(arg.control)))
			ret = -EFAULT;
		return ret;
	case EVTCHNOP_expand_array:
		if (copy_from_guest(&arg, va, sizeof(arg.array)))
			return -EFAULT;
		return fifo_expand_array(v, &arg.array);
	case EVTCHNOP_set_priority:
		if (copy_from_guest(&arg, va, sizeof(arg.priority)))
			return -EFAULT;
		return fifo_set_priority(v, &arg.priority);
	default:
		return -ENOSYS;
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
		return events_relayed() ? fifo_op(v, cmd, a[1]) : -ENOSYS;
	size = op_size[nospec(cmd, ARRAY_LEN(op_size))];
	if (!size)
		return refuse_bind_pirq(a[1]);
	if (copy_from_guest(arg, a[1], size))
		return -EFAULT;
	forget(cmd, arg);
	ret = call_slow_data(v, __HYPERVISOR_event_channel_op, cmd, 0, arg, size);
	if (ret < 0)
		return ret;
	learn(v, cmd, arg);
	if (copy_to_guest(a[1], arg, size))
		return -EFAULT;
	return ret;
}

/* The ABI before Xen 3.0.3: the command is the structure's first word. */
long hc_event_channel_op_compat(struct vcpu *v, unsigned long *a)
{
	unsigned long args[2];
	struct evtchn_op op;

	if (copy_from_guest(&op, a[0], sizeof(op)))
		return -EFAULT;
	if (op.cmd > EVTCHNOP_unmask)
		return -ENOSYS;
	args[0] = op.cmd;
	args[1] = a[0] + offset_of(struct evtchn_op, u);
	return hc_event_channel_op(v, args);
}

/* The vcpu_info of V is at GPA from now on. */
void set_info(struct vcpu *v, u64 gpa)
{
	v->info_gpa = gpa;
	WRITE_ONCE_(v->info, gpa ? phys(gpa) : NULL);
	v->block->info_gpa = gpa;
	fast_update(v);
}

/* Where the module finds this vCPU's vcpu_info in a restored domain. */
static u64 relay_gpa(struct vcpu *v)
{
	return params.area_gpa + (u64)v->id * XENPV_AREA_SIZE +
	       XENPV_AREA_VCPU + offset_of(struct vcpu, relay);
}

void events_init(struct vcpu *v)
{
	if (events_relayed() &&
	    call_slow(v, XENPV_OP_VCPU_INFO, v->id, relay_gpa(v), 0, 0))
		domain_crash(v, "the module refused a vcpu_info");
	if (v->id < MAX_VIRT_CPUS)
		set_info(v, params.shared_info_gpa +
			 v->id * sizeof(struct vcpu_info));
}
