// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event channels: the port table and who is connected to whom
 *
 * What a port is connected to changes under its domain's mutex and the port's
 * spinlock; both ends of an interdomain pair change together under both port
 * locks. Whoever raises an event takes the port lock only, so that the doorbell
 * callback can do it. Breaking a pair needs the mutex of one side: either
 * domain can go away without waiting for the other.
 *
 * Values returned to guests are those of Xen 4.17.
 */
#include <linux/bitmap.h>
#include <linux/slab.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/xen.h>

#include "domain.h"
#include "trace.h"

unsigned int xenpv_max_ports = XENPV_MAX_PORTS;

/* Ports this domain may have, counting port 0, which nobody gets. */
static unsigned int port_limit(const struct xenpv_domain *dom)
{
	return min(xenpv_2l_nr_ports(dom), xenpv_max_ports);
}

/* NULL: out of range, or so far beyond the ports in use that none exists. */
static struct xenpv_port *port_get(struct xenpv_domain *dom, u64 nr)
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

/* Finds a free port; it becomes used with port_take(). */
static int port_find_free(struct xenpv_domain *dom, u32 *nr,
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
	*port = port_get(dom, *nr);
	return 0;
}

static void port_take(struct xenpv_domain *dom, u32 nr)
{
	lockdep_assert_held(&dom->lock);
	__set_bit(nr, dom->ports_used);
	dom->nr_ports++;
}

static void port_lock_pair(struct xenpv_port *a, struct xenpv_port *b,
			   unsigned long *flags)
	__acquires(&a->lock) __acquires(&b->lock)
{
	if (a > b)
		swap(a, b);
	spin_lock_irqsave(&a->lock, *flags);
	spin_lock_nested(&b->lock, SINGLE_DEPTH_NESTING);
}

static void port_unlock_pair(struct xenpv_port *a, struct xenpv_port *b,
			     unsigned long flags)
	__releases(&b->lock) __releases(&a->lock)
{
	if (a > b)
		swap(a, b);
	spin_unlock(&b->lock);
	spin_unlock_irqrestore(&a->lock, flags);
}

static bool virq_is_global(u32 virq)
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
	return xenpv_vcpu_get(dom, virq_is_global(virq) ? 0 : vcpu_id);
}

/* For calls that name a domain but may only name their own. */
static int check_own_domid(struct xenpv_domain *dom, u16 domid)
{
	struct xenpv_domain *other;

	if (domid == DOMID_SELF || domid == dom->domid)
		return 0;
	if (domid == XENPV_DOMID_HOST)
		return -EPERM;
	other = xenpv_domain_get(domid);
	if (!other)
		return -ESRCH;
	xenpv_domain_put(other);
	return -EPERM;
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

	port = port_get(dom, nr);
	if (!port)
		return -EINVAL;

	spin_lock_irqsave(&port->lock, flags);
	switch (port->state) {
	case XENPV_PORT_INTERDOMAIN:
		/* Our lock holds the pair together; the far end's not needed. */
		far = port_get(port->remote, port->remote_port);
		xenpv_2l_set_pending(port->remote, port->remote_port,
				     READ_ONCE(far->vcpu));
		break;
	case XENPV_PORT_HOST:
		xenpv_event_fd_raise(port->host, nr);
		break;
	case XENPV_PORT_IPI:
		xenpv_2l_set_pending(dom, nr, port->vcpu);
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
	ret = port_find_free(dom, nr, &port);
	if (!ret) {
		spin_lock_irqsave(&port->lock, flags);
		port->state = XENPV_PORT_UNBOUND;
		port->remote_domid = remote;
		port->named = named;
		spin_unlock_irqrestore(&port->lock, flags);
		port_take(dom, *nr);
	}
	mutex_unlock(&dom->lock);
	if (ret)
		xenpv_domid_put(named);
	return ret;
}

static void lock_two_domains(struct xenpv_domain *a, struct xenpv_domain *b)
{
	if (a->domid > b->domid)
		swap(a, b);
	mutex_lock(&a->lock);
	if (a != b)
		mutex_lock_nested(&b->lock, SINGLE_DEPTH_NESTING);
}

static void unlock_two_domains(struct xenpv_domain *a, struct xenpv_domain *b)
{
	mutex_unlock(&a->lock);
	if (a != b)
		mutex_unlock(&b->lock);
}

static int connect_pair(struct xenpv_domain *dom, struct xenpv_domain *remote,
			u32 remote_nr, u32 *nr)
{
	struct xenpv_port *port, *far;
	struct xenpv_domid *named;
	unsigned long flags;
	int ret;

	ret = port_find_free(dom, nr, &port);
	if (ret)
		return ret;
	far = port_get(remote, remote_nr);
	if (!far || far == port || remote->dying)
		return -EINVAL;

	port_lock_pair(port, far, &flags);
	if (far->state != XENPV_PORT_UNBOUND ||
	    far->remote_domid != dom->domid) {
		port_unlock_pair(port, far, flags);
		return -EINVAL;
	}
	port->state = XENPV_PORT_INTERDOMAIN;
	port->remote = remote;
	port->remote_port = remote_nr;
	named = far->named;
	far->state = XENPV_PORT_INTERDOMAIN;
	far->remote = dom;
	far->remote_port = *nr;
	/* Events sent while the far end was unbound were dropped. */
	xenpv_2l_set_pending(dom, *nr, port->vcpu);
	port_unlock_pair(port, far, flags);
	xenpv_domid_put(named);
	port_take(dom, *nr);
	return 0;
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
		far = port_get(remote, port->remote_port);
		/* Its memory must stay while we hold no port lock. */
		kref_get(&remote->ref);
	}
	spin_unlock_irqrestore(&port->lock, flags);
	if (!pair)
		return false;

	port_lock_pair(port, far, &flags);
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
	port_unlock_pair(port, far, flags);
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

static int close_port(struct xenpv_domain *dom, u32 nr)
{
	struct xenpv_port *port;
	int ret;

	lockdep_assert_held(&dom->lock);
	port = port_get(dom, nr);
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
		close_port(dom, nr);
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

	port = port_get(dom, nr);
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
	if (virq_is_global(virq) && vcpu_id)
		return -EINVAL;

	nr = READ_ONCE(vcpu->virq_port[virq]);
	if (!nr)
		return -ENOENT;
	port = port_get(dom, nr);
	spin_lock_irqsave(&port->lock, flags);
	/* The guest may have closed it and used the port for something else. */
	if (port->state == XENPV_PORT_VIRQ && port->virq == virq) {
		xenpv_2l_set_pending(dom, nr, port->vcpu);
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

	port = port_get(dom, nr);
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
	struct xenpv_port *port = port_get(dom, nr);
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
		host_unbind(port_get(dom, nr), nr, efd);
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
	struct xenpv_port *port = port_get(dom, nr);
	unsigned long flags;
	int ret = -ENOENT;

	if (!port)
		return -ENOENT;
	spin_lock_irqsave(&port->lock, flags);
	if (port->state == XENPV_PORT_HOST && port->host == efd) {
		xenpv_2l_set_pending(dom, nr, port->vcpu);
		ret = 0;
	}
	spin_unlock_irqrestore(&port->lock, flags);
	return ret;
}

/**
 * xenpv_evtchn_op_alloc_unbound() - EVTCHNOP_alloc_unbound
 * @vcpu: the caller
 * @call: its call
 *
 * Return: 0 or a Xen errno.
 */
s64 xenpv_evtchn_op_alloc_unbound(struct xenpv_vcpu *vcpu,
				  struct xenpv_call *call)
{
	struct evtchn_alloc_unbound *alloc = (void *)call->data;
	struct xenpv_domain *dom = vcpu->dom;
	u16 remote = alloc->remote_dom;
	int ret;

	ret = check_own_domid(dom, alloc->dom);
	if (ret)
		return ret;
	if (remote == DOMID_SELF)
		remote = dom->domid;
	return xenpv_evtchn_alloc(dom, remote, &alloc->port);
}

/**
 * xenpv_evtchn_op_bind_interdomain() - EVTCHNOP_bind_interdomain
 * @vcpu: the caller
 * @call: its call
 *
 * Return: 0 or a Xen errno.
 */
s64 xenpv_evtchn_op_bind_interdomain(struct xenpv_vcpu *vcpu,
				     struct xenpv_call *call)
{
	struct evtchn_bind_interdomain *bind = (void *)call->data;
	struct xenpv_domain *dom = vcpu->dom, *remote;
	u16 domid = bind->remote_dom;
	s64 ret;

	remote = xenpv_domain_get(domid == DOMID_SELF ? dom->domid : domid);
	if (!remote)
		return -ESRCH;
	lock_two_domains(dom, remote);
	ret = connect_pair(dom, remote, bind->remote_port, &bind->local_port);
	unlock_two_domains(dom, remote);
	xenpv_domain_put(remote);
	return ret;
}

/**
 * xenpv_evtchn_op_bind_virq() - EVTCHNOP_bind_virq
 * @vcpu: the caller
 * @call: its call
 *
 * Return: 0 or a Xen errno.
 */
s64 xenpv_evtchn_op_bind_virq(struct xenpv_vcpu *vcpu, struct xenpv_call *call)
{
	struct evtchn_bind_virq *bind = (void *)call->data;
	struct xenpv_domain *dom = vcpu->dom;
	struct xenpv_port *port;
	unsigned long flags;
	u32 virq = bind->virq;
	int ret;

	if (virq >= XENPV_NR_VIRQS)
		return -EINVAL;
	virq = array_index_nospec(virq, XENPV_NR_VIRQS);
	if (virq_is_global(virq) && bind->vcpu)
		return -EINVAL;
	vcpu = xenpv_vcpu_get(dom, bind->vcpu);
	if (!vcpu)
		return -ENOENT;

	mutex_lock(&dom->lock);
	ret = vcpu->virq_port[virq] ? -EEXIST : 0;
	if (!ret)
		ret = port_find_free(dom, &bind->port, &port);
	if (!ret) {
		spin_lock_irqsave(&port->lock, flags);
		port->state = XENPV_PORT_VIRQ;
		port->virq = virq;
		port->vcpu = vcpu->id;
		spin_unlock_irqrestore(&port->lock, flags);
		port_take(dom, bind->port);
		WRITE_ONCE(vcpu->virq_port[virq], bind->port);
	}
	mutex_unlock(&dom->lock);
	return ret;
}

/**
 * xenpv_evtchn_op_bind_pirq() - EVTCHNOP_bind_pirq
 * @vcpu: the caller
 * @call: its call
 *
 * Return: -EINVAL: a domain without devices has no such interrupt.
 */
s64 xenpv_evtchn_op_bind_pirq(struct xenpv_vcpu *vcpu, struct xenpv_call *call)
{
	return -EINVAL;
}

/**
 * xenpv_evtchn_op_bind_ipi() - EVTCHNOP_bind_ipi
 * @vcpu: the caller
 * @call: its call
 *
 * Return: 0 or a Xen errno.
 */
s64 xenpv_evtchn_op_bind_ipi(struct xenpv_vcpu *vcpu, struct xenpv_call *call)
{
	struct evtchn_bind_ipi *bind = (void *)call->data;
	struct xenpv_domain *dom = vcpu->dom;
	struct xenpv_port *port;
	unsigned long flags;
	int ret;

	vcpu = xenpv_vcpu_get(dom, bind->vcpu);
	if (!vcpu)
		return -ENOENT;
	mutex_lock(&dom->lock);
	ret = port_find_free(dom, &bind->port, &port);
	if (!ret) {
		spin_lock_irqsave(&port->lock, flags);
		port->state = XENPV_PORT_IPI;
		port->vcpu = vcpu->id;
		spin_unlock_irqrestore(&port->lock, flags);
		port_take(dom, bind->port);
	}
	mutex_unlock(&dom->lock);
	return ret;
}

/**
 * xenpv_evtchn_op_bind_vcpu() - EVTCHNOP_bind_vcpu
 * @vcpu: the caller
 * @call: its call
 *
 * Return: 0 or a Xen errno.
 */
s64 xenpv_evtchn_op_bind_vcpu(struct xenpv_vcpu *vcpu, struct xenpv_call *call)
{
	struct evtchn_bind_vcpu *bind = (void *)call->data;
	struct xenpv_domain *dom = vcpu->dom;
	struct xenpv_port *port;
	unsigned long flags;
	int ret = 0;

	vcpu = xenpv_vcpu_get(dom, bind->vcpu);
	if (!vcpu)
		return -ENOENT;
	port = port_get(dom, bind->port);
	if (!port)
		return -EINVAL;

	mutex_lock(&dom->lock);
	spin_lock_irqsave(&port->lock, flags);
	switch (port->state) {
	case XENPV_PORT_VIRQ:
		if (!virq_is_global(port->virq)) {
			ret = -EINVAL;
			break;
		}
		fallthrough;
	case XENPV_PORT_UNBOUND:
	case XENPV_PORT_INTERDOMAIN:
	case XENPV_PORT_HOST:
		/* The far end reads it without our lock. */
		WRITE_ONCE(port->vcpu, vcpu->id);
		break;
	default:
		ret = -EINVAL;
	}
	spin_unlock_irqrestore(&port->lock, flags);
	mutex_unlock(&dom->lock);
	return ret;
}

/**
 * xenpv_evtchn_op_close() - EVTCHNOP_close
 * @vcpu: the caller
 * @call: its call
 *
 * Return: 0 or a Xen errno.
 */
s64 xenpv_evtchn_op_close(struct xenpv_vcpu *vcpu, struct xenpv_call *call)
{
	struct evtchn_close *close = (void *)call->data;
	struct xenpv_domain *dom = vcpu->dom;
	int ret;

	mutex_lock(&dom->lock);
	ret = close_port(dom, close->port);
	mutex_unlock(&dom->lock);
	return ret;
}

/**
 * xenpv_evtchn_op_send() - EVTCHNOP_send by way of the slow path
 * @vcpu: the caller
 * @call: its call
 *
 * Return: 0 or a Xen errno.
 */
s64 xenpv_evtchn_op_send(struct xenpv_vcpu *vcpu, struct xenpv_call *call)
{
	struct evtchn_send *send = (void *)call->data;

	return xenpv_evtchn_send(vcpu->dom, send->port);
}

/**
 * xenpv_evtchn_op_status() - EVTCHNOP_status
 * @vcpu: the caller
 * @call: its call
 *
 * Return: 0 or a Xen errno.
 */
s64 xenpv_evtchn_op_status(struct xenpv_vcpu *vcpu, struct xenpv_call *call)
{
	struct evtchn_status *out = (void *)call->data;
	struct kvm_xenpv_port_status status = { .port = out->port };
	struct xenpv_domain *dom = vcpu->dom;
	int ret;

	ret = check_own_domid(dom, out->dom);
	if (ret)
		return ret;
	ret = xenpv_evtchn_status(dom, &status);
	if (ret)
		return ret;

	memset(&out->u, 0, sizeof(out->u));
	out->status = status.status;
	out->vcpu = status.vcpu;
	switch (status.status) {
	case EVTCHNSTAT_unbound:
		out->u.unbound.dom = status.remote_domid;
		break;
	case EVTCHNSTAT_interdomain:
		out->u.interdomain.dom = status.remote_domid;
		out->u.interdomain.port = status.remote_port;
		break;
	case EVTCHNSTAT_virq:
		out->u.virq = status.virq;
		break;
	}
	return 0;
}

/**
 * xenpv_evtchn_op_unmask() - EVTCHNOP_unmask
 * @vcpu: the caller
 * @call: its call
 *
 * Return: 0 or a Xen errno.
 */
s64 xenpv_evtchn_op_unmask(struct xenpv_vcpu *vcpu, struct xenpv_call *call)
{
	struct evtchn_unmask *unmask = (void *)call->data;
	struct xenpv_domain *dom = vcpu->dom;
	struct xenpv_port *port;
	unsigned long flags;

	port = port_get(dom, unmask->port);
	if (!port)
		return -EINVAL;
	spin_lock_irqsave(&port->lock, flags);
	xenpv_2l_unmask(dom, unmask->port, port->vcpu);
	spin_unlock_irqrestore(&port->lock, flags);
	return 0;
}

/**
 * xenpv_evtchn_op_reset() - EVTCHNOP_reset: close all ports of the caller
 * @vcpu: the caller
 * @call: its call
 *
 * Return: 0 or a Xen errno.
 */
s64 xenpv_evtchn_op_reset(struct xenpv_vcpu *vcpu, struct xenpv_call *call)
{
	struct evtchn_reset *reset = (void *)call->data;
	struct xenpv_domain *dom = vcpu->dom;
	int ret;

	ret = check_own_domid(dom, reset->dom);
	if (ret)
		return ret;
	mutex_lock(&dom->lock);
	xenpv_evtchn_close_all(dom);
	mutex_unlock(&dom->lock);
	return 0;
}
