// SPDX-License-Identifier: GPL-2.0-only
/*
 * EVTCHNOP_*: what a guest asks of event channels
 *
 * The handlers of hypercall.c's table. They work on the module's copy of the
 * caller's structure; values returned are those of Xen 4.17.
 */
#include <linux/types.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/xen.h>

#include "domain.h"

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

	ret = xenpv_port_find_free(dom, nr, &port);
	if (ret)
		return ret;
	far = xenpv_port_get(remote, remote_nr);
	if (!far || far == port || remote->dying)
		return -EINVAL;

	xenpv_port_lock_pair(port, far, &flags);
	if (far->state != XENPV_PORT_UNBOUND ||
	    far->remote_domid != dom->domid) {
		xenpv_port_unlock_pair(port, far, flags);
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
	xenpv_2l_raise(dom, *nr, port->vcpu);
	xenpv_port_unlock_pair(port, far, flags);
	xenpv_domid_put(named);
	xenpv_port_take(dom, *nr);
	return 0;
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
	if (xenpv_virq_is_global(virq) && bind->vcpu)
		return -EINVAL;
	vcpu = xenpv_vcpu_get(dom, bind->vcpu);
	if (!vcpu)
		return -ENOENT;

	mutex_lock(&dom->lock);
	ret = vcpu->virq_port[virq] ? -EEXIST : 0;
	if (!ret)
		ret = xenpv_port_find_free(dom, &bind->port, &port);
	if (!ret) {
		spin_lock_irqsave(&port->lock, flags);
		port->state = XENPV_PORT_VIRQ;
		port->virq = virq;
		port->vcpu = vcpu->id;
		spin_unlock_irqrestore(&port->lock, flags);
		xenpv_port_take(dom, bind->port);
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
	ret = xenpv_port_find_free(dom, &bind->port, &port);
	if (!ret) {
		spin_lock_irqsave(&port->lock, flags);
		port->state = XENPV_PORT_IPI;
		port->vcpu = vcpu->id;
		spin_unlock_irqrestore(&port->lock, flags);
		xenpv_port_take(dom, bind->port);
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
	port = xenpv_port_get(dom, bind->port);
	if (!port)
		return -EINVAL;

	mutex_lock(&dom->lock);
	spin_lock_irqsave(&port->lock, flags);
	switch (port->state) {
	case XENPV_PORT_VIRQ:
		if (!xenpv_virq_is_global(port->virq)) {
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
	ret = xenpv_port_close(dom, close->port);
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

	port = xenpv_port_get(dom, unmask->port);
	if (!port)
		return -EINVAL;
	spin_lock_irqsave(&port->lock, flags);
	if (port->state != XENPV_PORT_FREE)
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
