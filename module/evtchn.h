/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XENPV_EVTCHN_H
#define XENPV_EVTCHN_H

#include <linux/spinlock.h>
#include <linux/types.h>

struct kvm_xenpv_port_status;
struct xenpv_call;
struct xenpv_domain;
struct xenpv_domid;
struct xenpv_event_fd;
struct xenpv_vcpu;

#define XENPV_MAX_PORTS		4096
#define XENPV_PORTS_PER_BUCKET	64
#define XENPV_NR_BUCKETS	(XENPV_MAX_PORTS / XENPV_PORTS_PER_BUCKET)

enum xenpv_port_state {
	XENPV_PORT_FREE,
	XENPV_PORT_UNBOUND,	/* waits for remote_domid to bind it */
	XENPV_PORT_INTERDOMAIN,	/* far end: remote, remote_port */
	XENPV_PORT_HOST,	/* far end: host */
	XENPV_PORT_VIRQ,	/* virq */
	XENPV_PORT_IPI,
};

/**
 * struct xenpv_port - an event channel port
 * @lock: held while the state is used or changed
 * @state: enum xenpv_port_state; only what belongs to the state is valid below
 * @vcpu: vCPU that events go to
 * @remote_domid: UNBOUND: domain that may bind it
 * @remote_port: INTERDOMAIN: port of @remote
 * @virq: VIRQ
 * @remote: INTERDOMAIN: domain of the far end, which holds the pair together:
 *	either domain's end breaks it before it goes away
 * @host: HOST: event fd that holds the far end
 * @named: UNBOUND: keeps @remote_domid from being given to another domain; NULL
 *	when it was nobody's; a reference
 */
struct xenpv_port {
	spinlock_t lock;	/* also taken in the doorbell callback */
	u8 state;
	u8 vcpu;
	u16 remote_domid;
	union {
		u32 remote_port;
		u32 virq;
	};
	union {
		struct xenpv_domain *remote;
		struct xenpv_event_fd *host;
		struct xenpv_domid *named;
	};
};

extern unsigned int xenpv_max_ports;

/* evtchn.c */
struct xenpv_port *xenpv_port_get(struct xenpv_domain *dom, u64 nr);
int xenpv_port_find_free(struct xenpv_domain *dom, u32 *nr,
			 struct xenpv_port **port);
void xenpv_port_take(struct xenpv_domain *dom, u32 nr);
int xenpv_port_close(struct xenpv_domain *dom, u32 nr);
void xenpv_port_lock_pair(struct xenpv_port *a, struct xenpv_port *b,
			  unsigned long *flags);
void xenpv_port_unlock_pair(struct xenpv_port *a, struct xenpv_port *b,
			    unsigned long flags);
bool xenpv_virq_is_global(u32 virq);
int xenpv_evtchn_init(struct xenpv_domain *dom);
void xenpv_evtchn_close_all(struct xenpv_domain *dom);
void xenpv_evtchn_free(struct xenpv_domain *dom);
int xenpv_evtchn_send(struct xenpv_domain *dom, u64 nr);
int xenpv_evtchn_alloc(struct xenpv_domain *dom, u16 remote, u32 *nr);
int xenpv_evtchn_status(struct xenpv_domain *dom,
			struct kvm_xenpv_port_status *status);
int xenpv_evtchn_raise_virq(struct xenpv_domain *dom, u32 virq, u32 vcpu_id);
int xenpv_evtchn_host_bind(struct xenpv_domain *dom, u64 nr,
			   struct xenpv_event_fd *efd);
int xenpv_evtchn_host_unbind(struct xenpv_domain *dom, u64 nr,
			     struct xenpv_event_fd *efd);
void xenpv_evtchn_host_unbind_all(struct xenpv_domain *dom,
				  struct xenpv_event_fd *efd);
int xenpv_evtchn_host_notify(struct xenpv_domain *dom, u64 nr,
			     struct xenpv_event_fd *efd);

/* evtchn_ops.c */
s64 xenpv_evtchn_op_bind_interdomain(struct xenpv_vcpu *vcpu,
				     struct xenpv_call *call);
s64 xenpv_evtchn_op_bind_virq(struct xenpv_vcpu *vcpu, struct xenpv_call *call);
s64 xenpv_evtchn_op_bind_pirq(struct xenpv_vcpu *vcpu, struct xenpv_call *call);
s64 xenpv_evtchn_op_close(struct xenpv_vcpu *vcpu, struct xenpv_call *call);
s64 xenpv_evtchn_op_send(struct xenpv_vcpu *vcpu, struct xenpv_call *call);
s64 xenpv_evtchn_op_status(struct xenpv_vcpu *vcpu, struct xenpv_call *call);
s64 xenpv_evtchn_op_alloc_unbound(struct xenpv_vcpu *vcpu,
				  struct xenpv_call *call);
s64 xenpv_evtchn_op_bind_ipi(struct xenpv_vcpu *vcpu, struct xenpv_call *call);
s64 xenpv_evtchn_op_bind_vcpu(struct xenpv_vcpu *vcpu, struct xenpv_call *call);
s64 xenpv_evtchn_op_unmask(struct xenpv_vcpu *vcpu, struct xenpv_call *call);
s64 xenpv_evtchn_op_reset(struct xenpv_vcpu *vcpu, struct xenpv_call *call);

/* evtchn_2l.c */
unsigned int xenpv_2l_nr_ports(const struct xenpv_domain *dom);
struct xenpv_vcpu *xenpv_2l_set_pending(struct xenpv_domain *dom, u32 nr,
					u32 vcpu_id);
void xenpv_2l_raise(struct xenpv_domain *dom, u32 nr, u32 vcpu_id);
void xenpv_2l_clear_pending(struct xenpv_domain *dom, u32 nr);
void xenpv_2l_unmask(struct xenpv_domain *dom, u32 nr, u32 vcpu_id);
void xenpv_2l_vcpu_added(struct xenpv_vcpu *vcpu);
bool xenpv_2l_is_pending(const struct xenpv_domain *dom, u32 nr);
bool xenpv_2l_is_masked(const struct xenpv_domain *dom, u32 nr);
s64 xenpv_2l_op_vcpu_info(struct xenpv_vcpu *vcpu, struct xenpv_call *call);

/* evtchn_host.c */
int xenpv_event_fd_create(struct xenpv_domain *dom);
void xenpv_event_fd_raise(struct xenpv_event_fd *efd, u32 nr);
void xenpv_event_fd_clear(struct xenpv_event_fd *efd, u32 nr);
void xenpv_event_fd_hangup_all(struct xenpv_domain *dom);

#endif /* XENPV_EVTCHN_H */
