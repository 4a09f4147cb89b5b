/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM kvm_xenpv

#if !defined(XENPV_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define XENPV_TRACE_H

#include <linux/tracepoint.h>

TRACE_EVENT(kvm_xenpv_domain,
	TP_PROTO(u16 domid, bool created),
	TP_ARGS(domid, created),
	TP_STRUCT__entry(
		__field(u16, domid)
		__field(bool, created)
	),
	TP_fast_assign(
		__entry->domid = domid;
		__entry->created = created;
	),
	TP_printk("dom %u %s", __entry->domid,
		  __entry->created ? "created" : "destroyed")
);

DECLARE_EVENT_CLASS(kvm_xenpv_call,
	TP_PROTO(u16 domid, u32 vcpu, u64 op, u64 arg0, u64 arg1, s64 ret),
	TP_ARGS(domid, vcpu, op, arg0, arg1, ret),
	TP_STRUCT__entry(
		__field(u16, domid)
		__field(u32, vcpu)
		__field(u64, op)
		__field(u64, arg0)
		__field(u64, arg1)
		__field(s64, ret)
	),
	TP_fast_assign(
		__entry->domid = domid;
		__entry->vcpu = vcpu;
		__entry->op = op;
		__entry->arg0 = arg0;
		__entry->arg1 = arg1;
		__entry->ret = ret;
	),
	TP_printk("dom %u vcpu %u op %llu arg %llu %#llx ret %lld",
		  __entry->domid, __entry->vcpu, __entry->op, __entry->arg0,
		  __entry->arg1, __entry->ret)
);

DEFINE_EVENT(kvm_xenpv_call, kvm_xenpv_hypercall,
	TP_PROTO(u16 domid, u32 vcpu, u64 op, u64 arg0, u64 arg1, s64 ret),
	TP_ARGS(domid, vcpu, op, arg0, arg1, ret)
);

DEFINE_EVENT(kvm_xenpv_call, kvm_xenpv_doorbell,
	TP_PROTO(u16 domid, u32 vcpu, u64 op, u64 arg0, u64 arg1, s64 ret),
	TP_ARGS(domid, vcpu, op, arg0, arg1, ret)
);

TRACE_EVENT(kvm_xenpv_evtchn_send,
	TP_PROTO(u16 domid, u32 port, u32 state, int ret),
	TP_ARGS(domid, port, state, ret),
	TP_STRUCT__entry(
		__field(u16, domid)
		__field(u32, port)
		__field(u32, state)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->domid = domid;
		__entry->port = port;
		__entry->state = state;
		__entry->ret = ret;
	),
	TP_printk("dom %u port %u (%s) ret %d", __entry->domid, __entry->port,
		  __print_symbolic(__entry->state,
				   { XENPV_PORT_FREE, "free" },
				   { XENPV_PORT_UNBOUND, "unbound" },
				   { XENPV_PORT_INTERDOMAIN, "interdomain" },
				   { XENPV_PORT_HOST, "host" },
				   { XENPV_PORT_VIRQ, "virq" },
				   { XENPV_PORT_IPI, "ipi" }),
		  __entry->ret)
);

#endif /* XENPV_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
