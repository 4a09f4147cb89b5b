/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * kvm_xenpv.h - ioctl interface of /dev/kvm-xenpv
 *
 * A program that runs a Xen PV guest in a KVM virtual machine (the VMM) opens
 * /dev/kvm-xenpv, creates a domain, and hands over what the module needs to
 * act as the hypervisor: the guest's memory table, and for each vCPU a
 * doorbell eventfd (bound to an I/O port with KVM_IOEVENTFD), an interrupt
 * eventfd (bound to an MSI with KVM_IRQFD) and the address of its hypercall
 * block.  See Documentation/api.rst.
 *
 * Three kinds of file descriptor:
 *
 *  the device    /dev/kvm-xenpv; whoever may open it may create and list
 *  a domain      from KVM_XENPV_CREATE_DOMAIN; closing it ends the domain
 *  an event fd   from KVM_XENPV_CREATE_EVENT_FD; the host end of ports
 *
 * Ioctls of a domain fd and of its event fds work only in a process that has
 * the mm of the one that created the domain; others get EPERM.  Reserved
 * fields and unknown flags must be zero (EINVAL).  An unknown ioctl is ENOTTY,
 * a bad user pointer EFAULT, memory that cannot be had ENOMEM.
 */
#ifndef _UAPI_LINUX_KVM_XENPV_H
#define _UAPI_LINUX_KVM_XENPV_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define KVM_XENPV_API_VERSION	1

/* In the kernel's list of ioctl numbers nobody has this type. */
#define KVM_XENPV_IOC		0xBE

#define KVM_XENPV_NAME_LEN	64
#define KVM_XENPV_MAX_REGIONS	16
/* The first domid that is no domain's (DOMID_FIRST_RESERVED). */
#define KVM_XENPV_DOMID_END	0x7ff0

/**
 * struct kvm_xenpv_create_domain - argument of KVM_XENPV_CREATE_DOMAIN
 * @flags: in, KVM_XENPV_DOMAIN_*
 * @domid: out, the domain's id: 1 or more, unique on this host, and not given
 *	again while anything refers to it
 * @nr_vcpus: in, vCPUs the domain may ever have, 1 to 128
 * @reserved: zero
 * @name: in, NUL terminated, unique among the host's domains, not empty, made
 *	of printable ASCII without '/', neither "." nor ".."
 * @uuid: in
 */
struct kvm_xenpv_create_domain {
	__u32 flags;
	__u32 domid;
	__u32 nr_vcpus;
	__u32 reserved;
	char name[KVM_XENPV_NAME_LEN];
	__u8 uuid[16];
};

/* The guest has 32-bit words: 1024 ports, 32-bit shared_info layout. */
#define KVM_XENPV_DOMAIN_32BIT	(1U << 0)

/**
 * struct kvm_xenpv_region - a range of guest physical memory
 * @gpa: guest physical address, multiple of 4096
 * @size: bytes, multiple of 4096, not zero
 * @hva: address in the owner's mm, multiple of 4096
 */
struct kvm_xenpv_region {
	__u64 gpa;
	__u64 size;
	__u64 hva;
};

/**
 * struct kvm_xenpv_memory - argument of KVM_XENPV_SET_MEMORY
 * @nr_regions: 1 to KVM_XENPV_MAX_REGIONS
 * @reserved: zero
 * @regions: ranges, none overlapping another
 */
struct kvm_xenpv_memory {
	__u32 nr_regions;
	__u32 reserved;
	struct kvm_xenpv_region regions[KVM_XENPV_MAX_REGIONS];
};

/**
 * struct kvm_xenpv_vcpu - argument of KVM_XENPV_ADD_VCPU
 * @id: 0 to nr_vcpus - 1
 * @doorbell_fd: eventfd that KVM_IOEVENTFD signals
 * @irq_fd: eventfd that KVM_IRQFD turns into the vCPU's event vector
 * @reserved: zero
 * @block_gpa: guest physical address of the vCPU's struct xenpv_vcpu_block,
 *	multiple of 4096
 */
struct kvm_xenpv_vcpu {
	__u32 id;
	__s32 doorbell_fd;
	__s32 irq_fd;
	__u32 reserved;
	__u64 block_gpa;
};

/* struct kvm_xenpv_info.state: what the VMM last said of the domain. */
#define KVM_XENPV_STATE_BUILDING	0
#define KVM_XENPV_STATE_RUNNING		1
#define KVM_XENPV_STATE_PAUSED		2
#define KVM_XENPV_STATE_SHUTDOWN	3
#define KVM_XENPV_STATE_CRASHED		4
#define KVM_XENPV_STATE_DYING		5	/* said by the module itself */

/**
 * struct kvm_xenpv_info - a domain as tools see it
 * @domid: domain id
 * @state: KVM_XENPV_STATE_*
 * @owner: pid of the process that created it, in the caller's pid namespace
 *	(0 when it has none there)
 * @nr_vcpus: vCPUs added
 * @max_vcpus: vCPUs it may have
 * @shutdown_code: SHUTDOWN_* once state is SHUTDOWN or CRASHED
 * @memory: bytes of RAM it has: what KVM_XENPV_SET_RESERVATION said last, the
 *	size of its memory table before that
 * @cpu_time: CPU time its vCPU threads have used, in nanoseconds
 * @created: CLOCK_BOOTTIME of its creation, in nanoseconds
 * @events: events set pending in the domain
 * @doorbells: doorbells answered
 * @doorbells_bad: doorbells ignored: rung by someone else than the vCPU
 * @slow_calls: hypercalls that came by ioctl
 * @kicks: interrupts sent to its vCPUs
 * @ports: event-channel ports in use
 * @flags: KVM_XENPV_DOMAIN_*
 * @online_vcpus: vCPUs in use now, as the guest's monitor says
 * @reserved: zero
 * @name: NUL terminated
 * @uuid: as given at creation
 */
struct kvm_xenpv_info {
	__u32 domid;
	__u32 state;
	__s32 owner;
	__u32 nr_vcpus;
	__u32 max_vcpus;
	__u32 shutdown_code;
	__u64 memory;
	__u64 cpu_time;
	__u64 created;
	__u64 events;
	__u64 doorbells;
	__u64 doorbells_bad;
	__u64 slow_calls;
	__u64 kicks;
	__u32 ports;
	__u32 flags;
	__u32 online_vcpus;
	__u32 reserved;
	char name[KVM_XENPV_NAME_LEN];
	__u8 uuid[16];
};

/**
 * struct kvm_xenpv_list - argument of KVM_XENPV_LIST_DOMAINS
 * @first: in, lowest domid wanted
 * @count: in: room in @infos, out: entries written, in order of domid
 * @infos: in, user pointer to an array of struct kvm_xenpv_info
 */
struct kvm_xenpv_list {
	__u32 first;
	__u32 count;
	__u64 infos;
};

/**
 * struct kvm_xenpv_monitor - argument of KVM_XENPV_GET_MONITOR
 * @size: in: room at @addr in bytes, out: size of the image
 * @addr: in, user pointer; the image is copied there when it fits, otherwise
 *	the call fails with ENOSPC and @size says what is needed
 */
struct kvm_xenpv_monitor {
	__u64 size;
	__u64 addr;
};

/**
 * struct kvm_xenpv_state - argument of KVM_XENPV_SET_STATE
 * @state: KVM_XENPV_STATE_BUILDING to _CRASHED
 * @shutdown_code: SHUTDOWN_* of Xen, 0 when @state is neither SHUTDOWN nor
 *	CRASHED
 */
struct kvm_xenpv_state {
	__u32 state;
	__u32 shutdown_code;
};

/**
 * struct kvm_xenpv_name - argument of KVM_XENPV_SET_NAME
 * @name: as in struct kvm_xenpv_create_domain
 */
struct kvm_xenpv_name {
	char name[KVM_XENPV_NAME_LEN];
};

/**
 * struct kvm_xenpv_alloc_port - argument of KVM_XENPV_ALLOC_PORT
 * @remote: in, domid that may bind the port; 0 is the host: an event fd of
 *	this domain
 * @port: out, the new unbound port of the domain
 */
struct kvm_xenpv_alloc_port {
	__u32 remote;
	__u32 port;
};

/**
 * struct kvm_xenpv_port_status - argument of KVM_XENPV_PORT_STATUS
 * @port: in
 * @status: out, EVTCHNSTAT_*
 * @vcpu: out, vCPU that events of the port go to
 * @remote_domid: out, for interdomain and unbound ports; 0 for the host
 * @remote_port: out, for interdomain ports, 0 when the host holds the far end
 * @virq: out, for VIRQ ports
 */
struct kvm_xenpv_port_status {
	__u32 port;
	__u32 status;
	__u32 vcpu;
	__u32 remote_domid;
	__u32 remote_port;
	__u32 virq;
};

/**
 * struct kvm_xenpv_virq - argument of KVM_XENPV_RAISE_VIRQ
 * @virq: VIRQ_*, 0 to 23
 * @vcpu: vCPU of a per-vCPU VIRQ, 0 for a global one
 */
struct kvm_xenpv_virq {
	__u32 virq;
	__u32 vcpu;
};

/* ------------------------------------------------------------------------
 * Ioctls of the device.
 */

/*
 * KVM_XENPV_GET_API_VERSION - returns KVM_XENPV_API_VERSION; never fails.
 */
#define KVM_XENPV_GET_API_VERSION _IO(KVM_XENPV_IOC, 0x00)

/*
 * KVM_XENPV_CREATE_DOMAIN - create a domain owned by the calling process
 *
 * Returns the domain fd (close-on-exec).  EEXIST: the name is taken.  EINVAL:
 * a field is out of range.  ENOSPC: the host has as many domains as the
 * module parameter max_domains allows.  EMFILE/ENFILE: no descriptor left.
 */
#define KVM_XENPV_CREATE_DOMAIN	_IOWR(KVM_XENPV_IOC, 0x01, struct kvm_xenpv_create_domain)

/*
 * KVM_XENPV_LIST_DOMAINS - describe the host's domains
 *
 * Writes up to count entries for domids of first and above, all of one moment.
 * Domains that ended but are still referred to are listed as DYING.  Returns 0.
 */
#define KVM_XENPV_LIST_DOMAINS	_IOWR(KVM_XENPV_IOC, 0x02, struct kvm_xenpv_list)

/*
 * KVM_XENPV_GET_MONITOR - copy the monitor image (struct xenpv_monitor_header
 * first) to user memory.  Returns 0; ENOSPC: see struct kvm_xenpv_monitor.
 */
#define KVM_XENPV_GET_MONITOR	_IOWR(KVM_XENPV_IOC, 0x03, struct kvm_xenpv_monitor)

/* ------------------------------------------------------------------------
 * Ioctls of a domain fd.
 */

/*
 * KVM_XENPV_SET_MEMORY - set the guest memory table, once, before anything
 * that takes a guest physical address.  EBUSY: set already.  EINVAL:
 * unaligned, empty, wrapping or overlapping ranges.
 */
#define KVM_XENPV_SET_MEMORY	_IOW(KVM_XENPV_IOC, 0x10, struct kvm_xenpv_memory)

/*
 * KVM_XENPV_SET_SHARED_INFO - tell where shared_info is (guest physical
 * address, multiple of 4096, passed by pointer to __u64), once, before the
 * first vCPU is added.  The page is pinned and accounted to RLIMIT_MEMLOCK.
 * Events raised before are lost.  EINVAL: unaligned.  EBUSY: set already.
 * ENXIO: not in the memory table.  EFAULT: not mapped writable.  ENOMEM: over
 * the limit.
 */
#define KVM_XENPV_SET_SHARED_INFO _IOW(KVM_XENPV_IOC, 0x11, __u64)

/*
 * KVM_XENPV_ADD_VCPU - add a vCPU
 *
 * Its vcpu_info is the one in shared_info for the first 32 vCPUs (none for
 * later ones until registered).  Both eventfds may be closed afterwards as far as
 * the module goes, but KVM_IRQFD ends when irq_fd is closed.  EINVAL: the id is
 * out of range or block_gpa unaligned.  EEXIST: the id is taken.  EBUSY: an eventfd
 * is already used by this module, in whichever role and domain.  EBADF,
 * EINVAL: not an eventfd.  ENXIO: no shared_info yet, or block_gpa is not in
 * the memory table.  The block is pinned as shared_info is.
 */
#define KVM_XENPV_ADD_VCPU	_IOW(KVM_XENPV_IOC, 0x12, struct kvm_xenpv_vcpu)

/*
 * KVM_XENPV_ATTACH_VCPU - the calling thread is from now on the one that runs
 * vCPU arg (a number, not a pointer): only its doorbells count.  ENOENT: no
 * such vCPU.
 */
#define KVM_XENPV_ATTACH_VCPU	_IO(KVM_XENPV_IOC, 0x13)

/*
 * KVM_XENPV_HYPERCALL - serve the call that stands in the block of vCPU arg (a
 * number), from the thread attached to it (EPERM otherwise, ENOENT: no such
 * vCPU).  Returns 0 when the call was the module's: its result, good or bad,
 * is in the block.  Returns 1 when the call is not the module's: the block is
 * untouched and the VMM serves it.
 */
#define KVM_XENPV_HYPERCALL	_IO(KVM_XENPV_IOC, 0x14)

/*
 * KVM_XENPV_GET_INFO - describe this domain.
 */
#define KVM_XENPV_GET_INFO	_IOR(KVM_XENPV_IOC, 0x15, struct kvm_xenpv_info)

/*
 * KVM_XENPV_SET_STATE - say what tools shall see.  EINVAL: no such state.
 */
#define KVM_XENPV_SET_STATE	_IOW(KVM_XENPV_IOC, 0x16, struct kvm_xenpv_state)

/*
 * KVM_XENPV_SET_NAME - rename the domain.  EEXIST, EINVAL as for creation.
 */
#define KVM_XENPV_SET_NAME	_IOW(KVM_XENPV_IOC, 0x17, struct kvm_xenpv_name)

/*
 * KVM_XENPV_ALLOC_PORT - EVTCHNOP_alloc_unbound on the domain's behalf.
 * ENOSPC: its ports are used up.  EINVAL: remote is no possible domid.
 */
#define KVM_XENPV_ALLOC_PORT	_IOWR(KVM_XENPV_IOC, 0x18, struct kvm_xenpv_alloc_port)

/*
 * KVM_XENPV_PORT_STATUS - EVTCHNOP_status on the domain's behalf.  EINVAL: no
 * such port.
 */
#define KVM_XENPV_PORT_STATUS	_IOWR(KVM_XENPV_IOC, 0x19, struct kvm_xenpv_port_status)

/*
 * KVM_XENPV_RAISE_VIRQ - raise a VIRQ in the domain.  EINVAL: no such VIRQ or
 * vCPU.  ENOENT: the guest has not bound it.
 */
#define KVM_XENPV_RAISE_VIRQ	_IOW(KVM_XENPV_IOC, 0x1a, struct kvm_xenpv_virq)

/*
 * KVM_XENPV_CREATE_EVENT_FD - returns a new event fd (close-on-exec) for the
 * domain.
 *
 * It is the host's end of ports, as /dev/xen/evtchn is.  read() returns an
 * array of __u32: the bound ports that had an event since they were last read,
 * each once (the buffer must hold a multiple of 4 bytes, at least 4: EINVAL);
 * it blocks while there is none unless O_NONBLOCK (EAGAIN) and is interrupted
 * by signals.  poll() says POLLIN when read would not block, POLLERR|POLLHUP
 * when the domain is gone: read() then fails with EIDRM.  Closing it closes the
 * host's end of its ports.
 */
#define KVM_XENPV_CREATE_EVENT_FD _IO(KVM_XENPV_IOC, 0x1b)

/*
 * KVM_XENPV_SET_RESERVATION - say how many bytes of RAM the domain has at the
 * moment, for tools.  EINVAL: more than its memory table has.
 */
#define KVM_XENPV_SET_RESERVATION _IOW(KVM_XENPV_IOC, 0x1c, __u64)

/* ------------------------------------------------------------------------
 * Ioctls of an event fd.  The argument is a port number of the domain.
 */

/*
 * KVM_XENPV_BIND_PORT - bind the host's end of an unbound port whose remote is
 * the host.  As with EVTCHNOP_bind_interdomain, the host's end starts pending.
 * EINVAL: no such port, or not unbound, or its remote is not the host.
 */
#define KVM_XENPV_BIND_PORT	_IO(KVM_XENPV_IOC, 0x30)

/*
 * KVM_XENPV_UNBIND_PORT - close the host's end; the port is unbound again, its
 * remote the host.  ENOENT: not bound to this event fd.
 */
#define KVM_XENPV_UNBIND_PORT	_IO(KVM_XENPV_IOC, 0x31)

/*
 * KVM_XENPV_NOTIFY_PORT - raise an event on the domain's end.  ENOENT: not
 * bound to this event fd.
 */
#define KVM_XENPV_NOTIFY_PORT	_IO(KVM_XENPV_IOC, 0x32)

#endif /* _UAPI_LINUX_KVM_XENPV_H */
