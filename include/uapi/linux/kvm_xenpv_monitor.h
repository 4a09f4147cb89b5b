/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * kvm_xenpv_monitor.h - the ABI between the monitor, the module and the VMM
 *
 * The monitor is the ring-0 program inside a domain's virtual machine.  The
 * module ships its image; the VMM places it, builds its page tables and starts
 * the vCPUs in it.  Documentation/monitor-abi.rst tells the whole story; this
 * header is the authority for the numbers.
 *
 * Everything in these structures lives in guest memory: the module and the VMM
 * treat what they read from it as hostile.
 */
#ifndef _UAPI_LINUX_KVM_XENPV_MONITOR_H
#define _UAPI_LINUX_KVM_XENPV_MONITOR_H

#include <linux/types.h>

#define XENPV_MONITOR_MAGIC	0x3130564e4f4d5058ULL	/* "XPMONV01" */
#define XENPV_MONITOR_ABI	4

/*
 * Virtual addresses, all inside the range Xen reserves for itself
 * (L4 slots 256 to 271).
 *
 *  slot 256  M2P                   read-only for the guest
 *  slot 261  image, vCPU areas, descriptor windows    supervisor
 *  slot 262  direct map of all guest physical memory  supervisor
 */
#define XENPV_M2P_VA		0xffff800000000000ULL
#define XENPV_MONITOR_VA	0xffff828000000000ULL
#define XENPV_AREA_VA		0xffff828040000000ULL
#define XENPV_DESC_VA		0xffff828080000000ULL
#define XENPV_DIRECTMAP_VA	0xffff830000000000ULL
/* Bytes the direct map can cover: slots 262 to 271. */
#define XENPV_DIRECTMAP_SIZE	(10ULL << 39)

/* L4 slots that every page-table root carries for the monitor. */
#define XENPV_L4_M2P		256
#define XENPV_L4_MONITOR	261
#define XENPV_L4_DIRECTMAP	262
#define XENPV_L4_FIRST		256
#define XENPV_L4_LAST		271

/*
 * 32-bit guests have the first 4 GiB to themselves, up to where the M2P in words
 * of 32 bits begins; as in Xen it could reach up to 0xffe00000.
 */
#define XENPV_M2P32_VA		0xf5800000ULL
#define XENPV_M2P32_SIZE	0x0a600000ULL

#define XENPV_MAX_VCPUS		128

/*
 * One area per vCPU, aligned to its size, so that masking the stack pointer
 * finds it.  VA = XENPV_AREA_VA + id * XENPV_AREA_SIZE.
 */
#define XENPV_AREA_SIZE		0x10000
#define XENPV_AREA_STUB		0x0000	/* code LSTAR points at (copied in) */
#define XENPV_AREA_BLOCK	0x1000	/* struct xenpv_vcpu_block */
#define XENPV_AREA_VCPU		0x2000	/* the monitor's own vCPU state */
#define XENPV_AREA_GDT		0x4000	/* GDT page 14 */
#define XENPV_AREA_IST		0x5000	/* a page for NMI, #DF, #MC; one for #DB */
#define XENPV_AREA_L4		0x7000	/* level-4 table, for 32-bit guests */
#define XENPV_AREA_STACK	0x8000	/* 32 KiB, grows down from the end */

/*
 * Descriptor window of a vCPU: 16 pages of GDT (14 of the guest, page 14 of
 * the monitor, one unmapped), then 16 pages of LDT.  The VMM maps the level-1
 * tables of all windows and leaves their entries zero; the monitor fills them.
 */
#define XENPV_DESC_SIZE		0x20000
#define XENPV_DESC_LDT		0x10000

/*
 * The page of a chipset's registers that Linux from 6.16 on maps on an AMD
 * processor.  There is no chipset: it reads as ones, and writes to it are lost.
 */
#define XENPV_FCH_GPA		0xfed80000ULL

/* Guest interrupt vectors (local APIC) the monitor listens on. */
#define XENPV_VECTOR_EVENT	0xf0	/* the module raised an event */
#define XENPV_VECTOR_TIMER	0xf1	/* the vCPU's local APIC timer */
#define XENPV_VECTOR_IPI	0xf2	/* another vCPU's monitor */
#define XENPV_VECTOR_SPURIOUS	0xff

/*
 * I/O ports.  A 4-byte OUT of the vCPU's id to XENPV_PORT_CALL exits to the
 * VMM; a 4-byte OUT to XENPV_PORT_DOORBELL + id signals the vCPU's doorbell
 * eventfd (KVM_IOEVENTFD, no datamatch).  The call itself is in the vCPU's
 * block.
 */
#define XENPV_PORT_CALL		0x5800
#define XENPV_PORT_DOORBELL	0x5900

/*
 * Calls of the monitor that are no Xen hypercalls (struct xenpv_vcpu_block.op).
 * M: served by the module's ioctl path, V: by the VMM.
 */
#define XENPV_OP_BASE		0x10000
/* V: the domain crashed.  data = struct xenpv_crash.  Does not return. */
#define XENPV_OP_CRASH		(XENPV_OP_BASE + 0)
/* V: a log line.  data = text, data_len bytes. */
#define XENPV_OP_LOG		(XENPV_OP_BASE + 1)
/*
 * M: VCPUOP_register_vcpu_info.  arg[0] = vCPU id, arg[1] = guest physical
 * address (8-byte aligned, 64 bytes inside one page).
 */
#define XENPV_OP_VCPU_INFO	(XENPV_OP_BASE + 2)
/* V: vCPU arg[0] came up (arg[1] = 1) or went down (0); for tools. */
#define XENPV_OP_VCPU_STATE	(XENPV_OP_BASE + 3)

/*
 * Each vCPU's context: a struct vcpu_guest_context, with machine frames, and
 * behind it a struct xenpv_context_extra.  The VMM fills them in for the vCPUs
 * that it starts in the guest; a vCPU that suspends the domain has the monitor
 * fill them in for all that are in use.  At params.context_gpa, one after the
 * other.
 */
#define XENPV_CONTEXT_SIZE	0x2000
#define XENPV_CONTEXT_EXTRA	0x1800

/**
 * struct xenpv_context_extra - what struct vcpu_guest_context has no room for
 * @syscall32_eip: callback of SYSCALL from 32-bit user mode, or 0
 * @sysenter_eip: callback of SYSENTER, or 0
 * @syscall32_masks: 1 when @syscall32_eip is entered with events masked
 * @sysenter_masks: likewise
 * @valid: written by the monitor when the domain is suspended: 1 when the vCPU
 *	is in use and the context is its state
 * @reserved: zero
 * @syscall32_cs: code segment of @syscall32_eip, of a 32-bit guest
 * @sysenter_cs: likewise
 */
struct xenpv_context_extra {
	__u64 syscall32_eip;
	__u64 sysenter_eip;
	__u8 syscall32_masks;
	__u8 sysenter_masks;
	__u8 valid;
	__u8 reserved;
	__u16 syscall32_cs;
	__u16 sysenter_cs;
};

#define XENPV_BLOCK_DATA	3840
#define XENPV_POLL_ANY		(~0U)

/**
 * struct xenpv_vcpu_block - the hypercall block of a vCPU, one page
 * @op: hypercall number (__HYPERVISOR_*) or XENPV_OP_*
 * @arg: arguments; guest pointers are never passed, what they point at is
 *	copied to @data.  For the *_op hypercalls arg[0] is the sub-command.
 * @ret: result, written by the module or the VMM (0 or more, or a negative
 *	Xen errno)
 * @data_len: bytes of @data that are valid, in both directions
 * @polling: the port that the vCPU polls for while its bit in @pollers is
 *	set, or XENPV_POLL_ANY
 * @context_gpa: guest physical address of the struct vcpu_guest_context this
 *	vCPU starts with; zero parks it until VCPUOP_initialise and _up
 * @info_gpa: guest physical address of the vcpu_info, kept by the monitor
 * @online: 1 while the vCPU may run guest code, kept by the monitor
 * @pollers: in vCPU 0's block only: a bit for each vCPU in SCHEDOP_poll.  Who
 *	sets an event pending, masked or not, takes the bits of those who poll
 *	for its port away and kicks them
 * @reserved0: zero
 * @regs_at: offset in the vCPU's area of the guest's registers while the
 *	monitor's code runs: struct xenpv_guest_regs; set by the monitor once
 * @roots_at: offset in the vCPU's area of two 64-bit guest physical addresses:
 *	the page-table roots of the guest's kernel and user mode; set likewise
 * @reserved: zero
 * @data: sub-command structure or array, inline
 */
struct xenpv_vcpu_block {
	__u64 op;
	__u64 arg[6];
	__s64 ret;
	__u32 data_len;
	__u32 polling;
	__u64 context_gpa;
	__u64 info_gpa;
	__u32 online;
	__u32 reserved0;
	__u64 pollers[XENPV_MAX_VCPUS / 64];
	__u32 regs_at;
	__u32 roots_at;
	__u32 reserved[34];
	__u8 data[XENPV_BLOCK_DATA];
};

/**
 * struct xenpv_guest_regs - registers of a guest as the monitor keeps them
 * @gpr: r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi
 * @vector: why the monitor was entered
 * @error: of an exception
 * @rip: and the rest of the frame that iretq takes
 * @cs: selector
 * @rflags: flags
 * @rsp: stack pointer
 * @ss: selector
 */
struct xenpv_guest_regs {
	__u64 gpr[15];
	__u64 vector;
	__u64 error;
	__u64 rip;
	__u64 cs;
	__u64 rflags;
	__u64 rsp;
	__u64 ss;
};

/**
 * struct xenpv_crash - why the monitor gave a domain up (XENPV_OP_CRASH)
 * @reason: one line of text, NUL terminated
 * @in_monitor: 1 when the registers are the monitor's own
 * @trap: exception vector, or ~0
 * @error_code: of that exception
 * @regs: r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi rip cs
 *	rflags rsp ss, as of the guest (or the monitor)
 * @cr2: faulting address of a page fault
 * @cr3: page-table root in use
 * @fs_base: segment base of FS
 * @gs_base: segment base of GS
 * @kernel_mode: 1 when the guest was in kernel mode
 * @nr_stack: words of @stack that are valid
 * @stack: words from the top of the guest's stack: its call trace
 */
struct xenpv_crash {
	char reason[160];
	__u32 in_monitor;
	__u32 trap;
	__u64 error_code;
	__u64 regs[20];
	__u64 cr2;
	__u64 cr3;
	__u64 fs_base;
	__u64 gs_base;
	__u32 kernel_mode;
	__u32 nr_stack;
	__u64 stack[64];
};

/**
 * struct xenpv_monitor_header - first bytes of the monitor image
 * @magic: XENPV_MONITOR_MAGIC
 * @abi: XENPV_MONITOR_ABI
 * @header_size: sizeof(struct xenpv_monitor_header)
 * @file_size: bytes of the image
 * @mem_size: bytes it occupies at XENPV_MONITOR_VA (image and zeroed data),
 *	a multiple of 4096
 * @text_end: offset of the end of the executable part (starts at 0); a multiple
 *	of 4096.  [0, @text_end) is mapped read-only and executable
 * @rodata_end: offset of the end of the read-only data, a multiple of 4096;
 *	[@rodata_end, @mem_size) is mapped writable and never executable
 * @entry: virtual address where vCPUs start
 * @params: offset of struct xenpv_monitor_params in the image, to be filled by
 *	the VMM before a vCPU runs
 */
struct xenpv_monitor_header {
	__u64 magic;
	__u32 abi;
	__u32 header_size;
	__u64 file_size;
	__u64 mem_size;
	__u64 text_end;
	__u64 rodata_end;
	__u64 entry;
	__u64 params;
};

/* Everything goes the long way: no path is shorter for what is common. */
#define XENPV_PARAMS_SLOW	(1U << 0)

/**
 * struct xenpv_monitor_params - what the VMM tells the monitor
 * @domid: domain id
 * @nr_vcpus: areas that exist
 * @low_mfns: RAM frames below the hole: mfns [0, @low_mfns)
 * @high_base: first mfn of RAM above 4 GiB
 * @high_mfns: end (exclusive) of those; equal to @high_base when none
 * @shared_mfn: first frame a guest may map besides RAM (shared_info is this
 *	one, grant frames follow)
 * @shared_end: end (exclusive) of those frames
 * @shared_info_gpa: guest physical address of shared_info
 * @m2p_entries: entries of the M2P table: all mfns of RAM are below
 * @m2p_gpa: guest physical address of the M2P table
 * @frame_gpa: guest physical address of the monitor's frame table, two bytes
 *	for each of @m2p_entries, zero at start
 * @root_gpa: guest physical address of the monitor's own level-4 table, whose
 *	slots 256 to 271 are copied to every guest root
 * @desc_l1_gpa: guest physical address of the first level-1 table of the
 *	descriptor windows; the tables follow each other
 * @area_gpa: guest physical address of the first vCPU area
 * @context_gpa: guest physical address of the first vCPU's context
 * @m2p32_gpa: guest physical address, aligned to 2 MiB, of the M2P table that a
 *	32-bit guest reads.  0: the guest is a 64-bit one
 * @pins_gpa: guest physical address of a table of @m2p_entries bytes: the level
 *	at which each frame shall be pinned at start, 0 for none.  0 when the
 *	domain is new, and only what CR3 points at is pinned
 * @xen_version: XENVER_version value (major << 16 | minor)
 * @flags: XENPV_PARAMS_*
 * @uuid: domain UUID (XENVER_guest_handle)
 */
struct xenpv_monitor_params {
	__u32 domid;
	__u32 nr_vcpus;
	__u64 low_mfns;
	__u64 high_base;
	__u64 high_mfns;
	__u64 shared_mfn;
	__u64 shared_end;
	__u64 shared_info_gpa;
	__u64 m2p_entries;
	__u64 m2p_gpa;
	__u64 frame_gpa;
	__u64 root_gpa;
	__u64 desc_l1_gpa;
	__u64 area_gpa;
	__u64 context_gpa;
	__u64 m2p32_gpa;
	__u64 pins_gpa;
	__u32 xen_version;
	__u32 flags;
	__u8 uuid[16];
};

/*
 * State in which the VMM starts every vCPU (KVM_SET_SREGS, KVM_SET_REGS):
 *
 *  RIP   header.entry          RSP  end of the vCPU's area (VA)
 *  RDI   vCPU id               RFLAGS 2
 *  CR0   PE ET NE WP AM PG MP  (0x80050033)
 *  CR3   root_gpa
 *  CR4   PAE PGE OSFXSR OSXMMEXCPT, OSXSAVE and FSGSBASE when the CPU has them,
 *        TSD when the monitor shall emulate RDTSC
 *  EFER  SCE LME LMA NXE
 *  CS    flat 64-bit ring 0, selector 0xe008; SS DS ES flat data ring 0, 0xe010
 *  APIC base  0xfee00000, enabled, x2APIC (and BSP on vCPU 0)
 *
 * All vCPUs of nr_vcpus are started; those with context_gpa 0 park themselves.
 */

#endif /* _UAPI_LINUX_KVM_XENPV_MONITOR_H */
