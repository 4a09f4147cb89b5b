// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event channels: the port table and who is connected to whom
 *
 * What a port is connected to changes under its domain's mutex and the port's
 * spinlock; both ends of an interdomain pair change together under both port
 * locks. Whoever raises an event takes the port lock only, so that the doorbell
 * callback can do it. Breaking a pair needs the mutex of one side: either
 * domain can go away without waiting for the other.
 */
#include <linux/bitmap.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/xen.h>

#include "domain.h"
#include "trace.h"

unsigned int xenpv_max_ports = XENPV_MAX_PORTS;

/* The first number this domain gets no port of; nobody gets port 0. */
static unsigned int port_limit(const struct xenpv_domain *dom)
{
	return min(xenpv_2l_nr_ports(dom), xenpv_max_ports + 1);
}

/**
 * xenpv_port_get() - find a port
 * @dom: the domain
 * @nr: number, hostile
 *
 * Return: the port, which lives as long as the domain, or NULL when @nr is out
 * of range or so far beyond the ports ever used that there is none yet.
 */
struct xenpv_port *xenpv_port_get(struct xenpv_domain *dom, u64 nr)
{
	struct xenpv_port *bucket;

	if (nr >= xenpv_2l_nr_ports(dom))
		return NULL;
	nr = array_index_nospec(nr, xenpv_2l_nr_ports(dom));
	/* Pairs with the release in bucket_add(). */
	bucket = smp_load_acquire(&dom->buckets[nr / XENPV_PORTS_PER_BUCKET]);
	return bucket ? &bucket[nr % XENPV_PORTS_PER_BUCKET] : NULL;
}

static int bucket_add(struct xenpv_domain *dom, unsigned int index)
{
	struct xenpv_port *bucket;
	unsigned int i;

	bucket = kcalloc(XENPV_PORTS_PER_BUCKET, sizeof(*bucket),
			 GFP_KERNEL_ACCOUNT);
	if (!bucket)
		return -ENOMEM;
	for (i = 0; i < XENPV_PORTS_PER_BUCKET; i++)
		spin_lock_init(&bucket[i].lock);
	/* Senders look up ports without the mutex. */
	smp_store_release(&dom->buckets[index], bucket);
	return 0;
}

/**
 * xenpv_port_find_free() - find a port that is not in use
 * @dom: the domain, locked
 * @nr: its number, out
 * @port: the port, out; still free until xenpv_port_take()
 *
 * Return: 0, -ENOSPC, -ENOMEM, or -EINVAL when the domain is going away.
 */
int xenpv_port_find_free(struct xenpv_domain *dom, u32 *nr,
			 struct xenpv_port **port)
{
	unsigned int index;
	int ret;

	lockdep_assert_held(&dom->lock);
	if (dom->dying)
		return -EINVAL;
	*nr = find_next_zero_bit(dom->ports_used, port_limit(dom), 1);
	if (*nr >= port_limit(dom))
		return -ENOSPC;
	index = *nr / XENPV_PORTS_PER_BUCKET;
	if (!dom->buckets[index]) {
		ret = bucket_add(dom, index);
		if (ret)
			return ret;
	}
	*port = xenpv_port_get(dom, *nr);
	return 0;
}

/**
 * xenpv_port_take() - count a port as used
 * @dom: the domain, locked
 * @nr: a free port, connected by now
 */
void xenpv_port_take(struct xenpv_domain *dom, u32 nr)
{
	lockdep_assert_held(&dom->lock);
	__set_bit(nr, dom->ports_used);
	dom->nr_ports++;
}

/**
 * xenpv_port_lock_pair() - lock two ports
 * @a: one
 * @b: the other
 * @flags: interrupt state, out
 */
void xenpv_port_lock_pair(struct xenpv_port *a, struct xenpv_port *b,
			  unsigned long *flags)
	__acquires(&a->lock) __acquires(&b->lock)
{
	if (a > b)
		swap(a, b);
	spin_lock_irqsave(&a->lock, *flags);
	spin_lock_nested(&b->lock, SINGLE_DEPTH_NESTING);
}

/**
 * xenpv_port_unlock_pair() - unlock two ports
 * @a: one
 * @b: the other
 * @flags: as they were before
 */
void xenpv_port_unlock_pair(struct xenpv_port *a, struct xenpv_port *b,
			    unsigned long flags)
	__releases(&b->lock) __releases(&a->lock)
{
	if (a > b)
		swap(a, b);
	spin_unlock(&b->lock);
	spin_unlock_irqrestore(&a->lock, flags);
}

/**
 * xenpv_virq_is_global() - tell VIRQs of the domain from those of a vCPU
 * @virq: VIRQ_*
 *
 * Return: whether there is one for the whole domain.
 */
bool xenpv_virq_is_global(u32 virq)
{
	switch (virq) {
	case VIRQ_TIMER:
	case VIRQ_DEBUG:
	case VIRQ_XENOPROF:
	case VIRQ_XENPMU:
		return false;
	default:
		return true;
	}
}

/* The VIRQ table that a VIRQ port of @vcpu_id is entered in. */
static struct xenpv_vcpu *virq_owner(struct xenpv_domain *dom, u32 virq,
				     u32 vcpu_id)
{
	return xenpv_vcpu_get(dom, xenpv_virq_is_global(virq) ? 0 : vcpu_id);
}

/**
 * xenpv_evtchn_init() - prepare a new domain's port table
 * @dom: the domain
 *
 * Return: 0 or -ENOMEM.
 */
int xenpv_evtchn_init(struct xenpv_domain *dom)
{
	return bucket_add(dom, 0);
}

/**
 * xenpv_evtchn_free() - free the port table
 * @dom: the domain, nobody refers to it any more
 */
void xenpv_evtchn_free(struct xenpv_domain *dom)
{
	unsigned int i;

	for (i = 0; i < XENPV_NR_BUCKETS; i++)
		kfree(dom->buckets[i]);
}

/**
 * xenpv_evtchn_send() - EVTCHNOP_send
 * @dom: the sender
 * @nr: its port, hostile
 *
 * Called from the doorbell callback and from ioctls.
 *
 * Return: 0, or -EINVAL when the port is none to send on.
 */
int xenpv_evtchn_send(struct xenpv_domain *dom, u64 nr)
{
	struct xenpv_port *port, *far;
	unsigned long flags;
	int ret = 0;

	port = xenpv_port_get(dom, nr);
	if (!port)
		return -EINVAL;

	spin_lock_irqsave(&port->lock, flags);
	switch (port->state) {
	case XENPV_PORT_INTERDOMAIN:
		/* Our lock holds the pair together; the far end's not needed. */
		far = xenpv_port_get(port->remote, port->remote_port);
		xenpv_2l_raise(port->remote, port->remote_port,
			       READ_ONCE(far->vcpu));
		break;
	case XENPV_PORT_HOST:
		xenpv_event_fd_raise(port->host, nr);
		break;
	case XENPV_PORT_IPI:
		xenpv_2l_raise(dom, nr, port->vcpu);
		break;
	case XENPV_PORT_UNBOUND:
		break;
	default:
		ret = -EINVAL;
	}
	trace_kvm_xenpv_evtchn_send(dom->domid, nr, port->state, ret);
	spin_unlock_irqrestore(&port->lock, flags);
	return ret;
}

/**
 * xenpv_evtchn_alloc() - make a port that @remote may bind
 * @dom: the port's domain, not locked
 * @remote: domid, any
 * @nr: the port, out
 *
 * Return: 0, -ENOSPC, -ENOMEM, or -EINVAL when the domain is going away.
 */
int xenpv_evtchn_alloc(struct xenpv_domain *dom, u16 remote, u32 *nr)
{
	struct xenpv_domid *named = xenpv_domid_get(remote);
	struct xenpv_port *port;
	unsigned long flags;
	int ret;

	mutex_lock(&dom->lock);
	ret = xenpv_port_find_free(dom, nr, &port);
	if (!ret) {
		spin_lock_irqsave(&port->lock, flags);
		port->state = XENPV_PORT_UNBOUND;
		port->remote_domid = remote;
		port->named = named;
		spin_unlock_irqrestore(&port->lock, flags);
		xenpv_port_take(dom, *nr);
	}
	mutex_unlock(&dom->lock);
	if (ret)
		xenpv_domid_put(named);
	return ret;
}

/* Breaks an interdomain pair from one side; false: it is none any more. */
static bool close_pair(struct xenpv_domain *dom, u32 nr,
		       struct xenpv_port *port)
{
	struct xenpv_domain *remote;
	struct xenpv_port *far;
	unsigned long flags;
	bool pair;

	spin_lock_irqsave(&port->lock, flags);
	pair = port->state == XENPV_PORT_INTERDOMAIN;
	if (pair) {
		remote = port->remote;
		far = xenpv_port_get(remote, port->remote_port);
		/* Its memory must stay while we hold no port lock. */
		kref_get(&remote->ref);
	}
	spin_unlock_irqrestore(&port->lock, flags);
	if (!pair)
		return false;

	xenpv_port_lock_pair(port, far, &flags);
	/*
	 * The far side may have closed meanwhile. It cannot have bound again:
	 * that takes our mutex.
	 */
	pair = port->state == XENPV_PORT_INTERDOMAIN;
	if (pair) {
		far->state = XENPV_PORT_UNBOUND;
		far->remote_domid = dom->domid;
		far->named = dom->id;
		kref_get(&dom->id->ref);
		port->state = XENPV_PORT_FREE;
		port->remote = NULL;
		port->vcpu = 0;
		xenpv_2l_clear_pending(dom, nr);
	}
	xenpv_port_unlock_pair(port, far, flags);
	xenpv_domain_put(remote);
	return pair;
}

/* Closes any port but an interdomain one. */
static int close_single(struct xenpv_domain *dom, u32 nr,
			struct xenpv_port *port)
{
	struct xenpv_domid *named = NULL;
	struct xenpv_vcpu *owner;
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&port->lock, flags);
	switch (port->state) {
	case XENPV_PORT_HOST:
		xenpv_event_fd_clear(port->host, nr);
		port->host = NULL;
		break;
	case XENPV_PORT_VIRQ:
		owner = virq_owner(dom, port->virq, port->vcpu);
		WRITE_ONCE(owner->virq_port[port->virq], 0);
		break;
	case XENPV_PORT_UNBOUND:
		named = port->named;
		port->named = NULL;
		break;
	case XENPV_PORT_IPI:
		break;
	default:
		ret = -EINVAL;
	}
	if (!ret) {
		port->state = XENPV_PORT_FREE;
		port->vcpu = 0;
		xenpv_2l_clear_pending(dom, nr);
	}
	spin_unlock_irqrestore(&port->lock, flags);
	xenpv_domid_put(named);
	return ret;
}

/**
 * xenpv_port_close() - close a port, whatever it is
 * @dom: the domain, locked
 * @nr: the port, hostile
 *
 * Return: 0, or -EINVAL when it is not in use.
 */
int xenpv_port_close(struct xenpv_domain *dom, u32 nr)
{
	struct xenpv_port *port;
	int ret;

	lockdep_assert_held(&dom->lock);
	port = xenpv_port_get(dom, nr);
	if (!port)
		return -EINVAL;
	if (!close_pair(dom, nr, port)) {
		ret = close_single(dom, nr, port);
		if (ret)
			return ret;
	}
	__clear_bit(nr, dom->ports_used);
	dom->nr_ports--;
	return 0;
}

/**
 * xenpv_evtchn_close_all() - close every port of a domain
 * @dom: the domain, locked
 *
 * When it returns no other domain and no event fd can reach the domain.
 */
void xenpv_evtchn_close_all(struct xenpv_domain *dom)
{
	unsigned int nr;

	lockdep_assert_held(&dom->lock);
	for_each_set_bit(nr, dom->ports_used, XENPV_MAX_PORTS) {
		xenpv_port_close(dom, nr);
		cond_resched();
	}
}

/**
 * xenpv_evtchn_status() - describe a port
 * @dom: the domain, not locked
 * @status: port in, the rest out
 *
 * Return: 0, or -EINVAL when there is no such port.
 */
int xenpv_evtchn_status(struct xenpv_domain *dom,
			struct kvm_xenpv_port_status *status)
{
	struct xenpv_port *port;
	unsigned long flags;
	u32 nr = status->port;

	port = xenpv_port_get(dom, nr);
	if (!port)
		return -EINVAL;
	memset(status, 0, sizeof(*status));
	status->port = nr;

	spin_lock_irqsave(&port->lock, flags);
	status->vcpu = port->vcpu;
	switch (port->state) {
	case XENPV_PORT_FREE:
		status->status = EVTCHNSTAT_closed;
		break;
	case XENPV_PORT_UNBOUND:
		status->status = EVTCHNSTAT_unbound;
		status->remote_domid = port->remote_domid;
		break;
	case XENPV_PORT_INTERDOMAIN:
		status->status = EVTCHNSTAT_interdomain;
		status->remote_domid = port->remote->domid;
		status->remote_port = port->remote_port;
		break;
	case XENPV_PORT_HOST:
		status->status = EVTCHNSTAT_interdomain;
		status->remote_domid = XENPV_DOMID_HOST;
		break;
	case XENPV_PORT_VIRQ:
		status->status = EVTCHNSTAT_virq;
		status->virq = port->virq;
		break;
	case XENPV_PORT_IPI:
		status->status = EVTCHNSTAT_ipi;
		break;
	}
	spin_unlock_irqrestore(&port->lock, flags);
	return 0;
}

/**
 * xenpv_evtchn_raise_virq() - raise a VIRQ
 * @dom: the domain, not locked
 * @virq: VIRQ_*, hostile
 * @vcpu_id: vCPU, hostile; 0 for a global VIRQ
 *
 * Return: 0, -EINVAL: no such VIRQ or vCPU, -ENOENT: the guest has not bound
 * it.
 */
int xenpv_evtchn_raise_virq(struct xenpv_domain *dom, u32 virq, u32 vcpu_id)
{
	struct xenpv_vcpu *vcpu = xenpv_vcpu_get(dom, vcpu_id);
	struct xenpv_port *port;
	unsigned long flags;
	int ret = -ENOENT;
	u32 nr;

	if (!vcpu || virq >= XENPV_NR_VIRQS)
		return -EINVAL;
	virq = array_index_nospec(virq, XENPV_NR_VIRQS);
	if (xenpv_virq_is_global(virq) && vcpu_id)
		return -EINVAL;

	nr = READ_ONCE(vcpu->virq_port[virq]);
	if (!nr)
		return -ENOENT;
	port = xenpv_port_get(dom, nr);
	spin_lock_irqsave(&port->lock, flags);
	/* The guest may have closed it and used the port for something else. */
	if (port->state == XENPV_PORT_VIRQ && port->virq == virq) {
		xenpv_2l_raise(dom, nr, port->vcpu);
		ret = 0;
	}
	spin_unlock_irqrestore(&port->lock, flags);
	return ret;
}

/**
 * xenpv_evtchn_host_bind() - connect an event fd to a port
 * @dom: the port's domain, not locked
 * @nr: the port, hostile
 * @efd: an event fd of the domain
 *
 * Return: 0, or -EINVAL when the port does not wait for the host.
 */
int xenpv_evtchn_host_bind(struct xenpv_domain *dom, u64 nr,
			   struct xenpv_event_fd *efd)
{
	struct xenpv_port *port;
	unsigned long flags;
	int ret = -EINVAL;

	port = xenpv_port_get(dom, nr);
	if (!port)
		return -EINVAL;
	mutex_lock(&dom->lock);
	spin_lock_irqsave(&port->lock, flags);
	if (!dom->dying && port->state == XENPV_PORT_UNBOUND &&
	    port->remote_domid == XENPV_DOMID_HOST) {
		port->state = XENPV_PORT_HOST;
		port->host = efd;
		/* As between domains: earlier events were dropped. */
		xenpv_event_fd_raise(efd, nr);
		ret = 0;
	}
	spin_unlock_irqrestore(&port->lock, flags);
	mutex_unlock(&dom->lock);
	return ret;
}

static int host_unbind(struct xenpv_port *port, u32 nr,
		       struct xenpv_event_fd *efd)
{
	unsigned long flags;
	int ret = -ENOENT;

	spin_lock_irqsave(&port->lock, flags);
	if (port->state == XENPV_PORT_HOST && port->host == efd) {
		port->state = XENPV_PORT_UNBOUND;
		port->remote_domid = XENPV_DOMID_HOST;
		port->named = NULL;
		xenpv_event_fd_clear(efd, nr);
		ret = 0;
	}
	spin_unlock_irqrestore(&port->lock, flags);
	return ret;
}

/**
 * xenpv_evtchn_host_unbind() - take an event fd off a port
 * @dom: the port's domain, not locked
 * @nr: the port, hostile
 * @efd: the event fd
 *
 * Return: 0, or -ENOENT when the port is not bound to @efd.
 */
int xenpv_evtchn_host_unbind(struct xenpv_domain *dom, u64 nr,
			     struct xenpv_event_fd *efd)
{
	struct xenpv_port *port = xenpv_port_get(dom, nr);
	int ret;

	if (!port)
		return -ENOENT;
	mutex_lock(&dom->lock);
	ret = host_unbind(port, nr, efd);
	mutex_unlock(&dom->lock);
	return ret;
}

/**
 * xenpv_evtchn_host_unbind_all() - take an event fd off all its ports
 * @dom: the domain, locked
 * @efd: the event fd; nothing uses it any more when this returns
 */
void xenpv_evtchn_host_unbind_all(struct xenpv_domain *dom,
				  struct xenpv_event_fd *efd)
{
	unsigned int nr;

	lockdep_assert_held(&dom->lock);
	for_each_set_bit(nr, dom->ports_used, XENPV_MAX_PORTS)
		host_unbind(xenpv_port_get(dom, nr), nr, efd);
}

/**
 * xenpv_evtchn_host_notify() - raise an event in the guest from an event fd
 * @dom: the port's domain, not locked
 * @nr: the port, hostile
 * @efd: the event fd
 *
 * Return: 0, or -ENOENT when the port is not bound to @efd.
 */
int xenpv_evtchn_host_notify(struct xenpv_domain *dom, u64 nr,
			     struct xenpv_event_fd *efd)
{
	struct xenpv_port *port = xenpv_port_get(dom, nr);
	struct xenpv_vcpu *vcpu = NULL;
	unsigned long flags;
	int ret = -ENOENT;

	if (!port)
		return -ENOENT;
	/* Pairs with the grace period in domain_end(). */
	rcu_read_lock();
	spin_lock_irqsave(&port->lock, flags);
	if (port->state == XENPV_PORT_HOST && port->host == efd) {
		vcpu = xenpv_2l_set_pending(dom, nr, port->vcpu);
		ret = 0;
	}
	spin_unlock_irqrestore(&port->lock, flags);
	if (vcpu)
		xenpv_kick_now(vcpu);
	rcu_read_unlock();
	return ret;
}
