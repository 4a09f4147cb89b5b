/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The monitor's own declarations: one vCPU's state, and the entry points of
 * each file.  Interrupts are off in the monitor, except where a vCPU idles.
 */
#ifndef MONITOR_H
#define MONITOR_H

#include <linux/types.h>
#include <linux/stddef.h>
#include <xen/interface/xen.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/vcpu.h>
#include <linux/kvm_xenpv_monitor.h>
#include <uapi/asm/kvm_para.h>

#include "layout.h"
#include "lib.h"

#define PAGE_SHIFT_	12
#define PAGE_BYTES	4096UL
#define GUEST_HIGH_VA	0xffff880000000000UL	/* where Xen's range ends */
#define PAGE_OFFSET_(a)	((unsigned long)(a) & (PAGE_BYTES - 1))

/* The guest's registers, or the monitor's own when it was interrupted. */
struct regs {
	u64 r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8;
	u64 rax, rcx, rdx, rsi, rdi;
	u64 vector, error;
	u64 rip, cs, rflags, rsp, ss;
};

#define FL_TF	0x00000100UL
#define FL_IF	0x00000200UL
#define FL_DF	0x00000400UL
#define FL_IOPL	0x00003000UL
#define FL_NT	0x00004000UL
#define FL_RF	0x00010000UL
#define FL_VM	0x00020000UL
#define FL_AC	0x00040000UL
#define FL_VIF	0x00080000UL
#define FL_VIP	0x00100000UL
#define FL_MB1	0x00000002UL
/* What a guest may choose of its rflags. */
#define FL_GUEST	0x00254dd5UL	/* CF PF AF ZF SF TF DF OF NT RF AC ID */

#define TRAP_DE	0
#define TRAP_DB	1
#define TRAP_NMI 2
#define TRAP_BP	3
#define TRAP_OF	4
#define TRAP_UD	6
#define TRAP_NM	7
#define TRAP_TS	10
#define TRAP_NP	11
#define TRAP_SS	12
#define TRAP_GP	13
#define TRAP_PF	14

/* #PF error code */
#define PF_P	1UL
#define PF_W	2UL
#define PF_U	4UL
#define PF_RSV	8UL
#define PF_I	16UL

#define MSR_FS_BASE		0xc0000100
#define MSR_GS_BASE		0xc0000101
#define MSR_KERNEL_GS_BASE	0xc0000102
#define NR_PORTS	4096
#define NR_PORTS32	1024

struct tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3;
	u16 iomap_base;
} __packed;

struct callback {
	unsigned long rip;
	bool mask_events;
	u16 cs;				/* of 32-bit guests */
};

/* What a vCPU has to look at before it runs guest code again. */
#define TODO_NMI	1u
#define TODO_PARK	2u
#define TODO_STOP	4u	/* the domain is being suspended */

enum { CB_EVENT, CB_FAILSAFE, CB_SYSCALL, CB_SYSCALL32, CB_SYSENTER, NR_CB,
	CB_NMI };	/* kept as a trap */

struct vcpu {
	/* VCPU_SYSCALL_RSP: the guest's rsp, until it is on our stack */
	u64 syscall_rsp;
	/* syscall.S uses these: layout.h has their places. */
	u64 fast_sp;			/* frame of a system call; 0: the slow way */
	u64 fast_rip;
	u64 kernel_cr3, user_cr3;	/* physical; the first set once initialised */
	struct vcpu_info *info;
	u32 todo;			/* TODO_*, set by any vCPU */
	bool kernel_mode;		/* which of the guest's two modes */
	bool nmi_masked;		/* from an NMI to the next iret */
	bool fast;			/* iret may be fast */
	u32 iopl;			/* 0 or 1..3, as in rflags */
	u64 fast_rdx;			/* the guest's, meanwhile */

	u32 id;
	bool online;			/* runs, or may run, guest code */
	bool initialised;		/* has a context */
	bool parked;			/* sits in vcpu_park() */
	bool outside;			/* sleeps, without the guest's tables */
	bool stopped;			/* its state is saved: suspend.c */
	struct xenpv_vcpu_block *block;

	/* Virtual privileged state. */
	unsigned long kernel_sp;
	u16 kernel_ss;			/* of 32-bit guests */
	u64 debugreg[8];
	bool ts;			/* CR0.TS as the guest set it */
	bool tsd;			/* likewise CR4.TSD */
	u64 gs_other;			/* used only until the vCPU starts */
	u64 gs_base, fs_base;
	u16 sel_ds, sel_es, sel_fs, sel_gs;	/* the same */
	u32 gdt_ents;
	struct callback cb[NR_CB];
	unsigned long ldt_base;
	u32 ldt_ents;

	/* Events. */
	u64 info_gpa;
	u16 virq_timer;			/* port of VIRQ_TIMER, or 0 */
	bool info_registered;
	struct vcpu_info relay __aligned(64);	/* the module's: fifo.c */

	/* Time. */
	u64 singleshot;			/* deadline in ns; 0: off */
	u64 periodic_ns;		/* set by any vCPU; 0: off */
	u64 periodic_last;		/* its last tick */
	u64 poll_deadline;
	u64 armed;			/* deadline the LAPIC timer stands at */
	unsigned long runstate_va, time_va;
	u32 time_asked;			/* counts what time_va was set to */
	u32 time_done, time_version;	/* as of the last copy to it */
	u32 runstate_seq;		/* odd while runstate changes */
	struct vcpu_runstate_info runstate;

	u64 root32;			/* mfn of a 32-bit guest's level-3 table */

	/* Requests of other vCPUs. */
	u32 flush_asked, flush_done;	/* counts: behind means to be done */
	bool timer_moved;
	bool walking;			/* writes where page tables led it */

	u64 pv_eoi;			/* KVM's PV EOI flag: its low 32 bits */
	u64 steal_seen;			/* of steal.steal, in runstate */
	struct kvm_steal_time steal __aligned(64);
	struct tss tss __aligned(16);
	struct trap_info traps[256];
};

#define AREA_VA(id)	(XENPV_AREA_VA + (u64)(id) * XENPV_AREA_SIZE)

static inline struct vcpu *vcpu_of(u32 id)
{
	return (struct vcpu *)(AREA_VA(id) + XENPV_AREA_VCPU);
}

static inline bool canonical(u64 va)
{
	long top = (long)va >> 47;

	return top == 0 || top == -1;
}

static inline struct vcpu *this_vcpu(void)
{
	unsigned long sp;

	asm("mov %%rsp, %0" : "=r" (sp));
	return (struct vcpu *)((sp & ~(XENPV_AREA_SIZE - 1UL)) + XENPV_AREA_VCPU);
}

static inline struct regs *guest_regs(struct vcpu *v)
{
	return (struct regs *)(AREA_VA(v->id) + XENPV_AREA_SIZE - REGS_SIZE);
}

extern struct xenpv_monitor_params params;

/* A 32-bit guest: its kernel runs in ring 1, see compat32.c. */
static inline bool guest32(void)
{
	return unlikely(params.m2p32_gpa);
}

/*
 * The guest's addresses: the lower half, and the upper one beyond the slots
 * that are Xen's.  Those of a 32-bit guest end where its M2P begins.
 */
extern unsigned long va_low_end, va_high_start;

static inline bool va_is_guest(unsigned long va, unsigned long len)
{
	unsigned long end = va + len;

	return end >= va && (va >= va_high_start || end <= va_low_end);
}

/* CR3 of a 32-bit guest: a frame number, rotated. */
static inline u32 xen_pfn_to_cr332(u32 pfn)
{
	return pfn << 12 | pfn >> 20;
}

static inline u32 xen_cr332_to_pfn(u32 cr3)
{
	return cr3 >> 12 | cr3 << 20;
}

/* The direct map: guest physical address to pointer. */
static inline void *phys(u64 gpa)
{
	return (void *)(XENPV_DIRECTMAP_VA + gpa);
}

static inline struct shared_info *shared_info(void)
{
	return phys(params.shared_info_gpa);
}

/* traps.c */
struct regs *do_trap(struct regs *regs);
struct regs *do_syscall(struct regs *regs);
struct regs *return_to_guest(struct vcpu *v, struct regs *regs);
void do_fatal(struct regs *regs) __noreturn;
void inject_trap(struct vcpu *v, u8 vector, u64 error);
void inject_gp(struct vcpu *v, u64 error);
void inject_pf(struct vcpu *v, u64 error, u64 addr);

/* bounce.c */
void bounce(struct vcpu *v, struct regs *regs, u16 cs, unsigned long rip,
	    bool mask, bool has_error, u64 error);
void bounce_syscall(struct vcpu *v, struct regs *regs);
void fast_update(struct vcpu *v);
void toggle_mode(struct vcpu *v);
void do_iret(struct vcpu *v, struct regs *regs);

typedef long (*hypercall_fn)(struct vcpu *v, unsigned long *a);

/* compat32*.c: 32-bit guests */
u16 fix_selector32(u16 sel);
void note_ring32(struct vcpu *v, const struct regs *regs);
void bounce32(struct vcpu *v, struct regs *regs, u16 cs, u32 eip, bool mask,
	      bool has_error, u32 error);
void do_iret32(struct vcpu *v, struct regs *regs);
void hypercall32(struct vcpu *v, struct regs *regs);
void trap_syscall32(struct vcpu *v, struct regs *regs);
void use_gate32(struct vcpu *v, struct regs *regs);
long set_callback(struct vcpu *v, int which, u16 cs, unsigned long rip, int mask);
int callback_slot(u16 type);
hypercall_fn hypercall_handler(unsigned long nr);
bool hypercall_page32(u8 *page);
void l4_init32(struct vcpu *v);
u64 root_of32(struct vcpu *v);
int mmu_set_cr332(struct vcpu *v, u64 mfn);
bool is_xen_l2e32(u64 e, int index);
void add_xen_l2es32(u64 mfn);
bool copy_context32(struct vcpu_guest_context *to, unsigned long va);
int copy_runstate32(unsigned long va, const struct vcpu_runstate_info *r);
#define RUNSTATE32_ENTRY_TIME	4

/* hypercall.c */
#define NR_HYPERCALLS	64
long hypercall(struct vcpu *v, unsigned long nr, unsigned long *args);

/* call.c: the way out to the module and the VMM */
long call_slow(struct vcpu *v, u64 op, u64 a0, u64 a1, u64 a2, u64 a3);
long call_slow_data(struct vcpu *v, u64 op, u64 a0, u64 a1, void *data, u32 len);
long call_doorbell(struct vcpu *v, u64 op, u64 a0, u64 a1);

/* mmu.c, pagetable.c, mmuext.c */
int mmu_set_cr3(struct vcpu *v, u64 mfn);
int mmu_set_user_cr3(struct vcpu *v, u64 mfn);
bool mmu_fix_fault(struct vcpu *v, unsigned long addr, u64 error);
void flush_local(void);
int check_owner(u32 domid);
void set_m2p(u64 mfn, u64 pfn);
long va_flush(struct vcpu *v, unsigned long va, unsigned long flags);
#define PREEMPTED	0x80000000U	/* MMU_UPDATE_PREEMPTED */
bool mfn_is_ram(u64 mfn);
bool mfn_is_mappable(u64 mfn);
bool gpa_is_ram(u64 gpa, u64 len);
u64 *walk(struct vcpu *v, unsigned long va, int level);
bool va_to_gpa(struct vcpu *v, unsigned long va, u64 *gpa);
int use_table(struct vcpu *v, u64 mfn, int level);
int pin_table(struct vcpu *v, u64 mfn, int level);
int unpin_table(struct vcpu *v, u64 mfn);
void drop_table(struct vcpu *v, u64 mfn);
int give_up_table(struct vcpu *v, u64 mfn);
void table_is_written(u64 mfn);
int pt_write(struct vcpu *v, u64 *entry, u64 mfn, u64 val, bool preserve_ad);
u16 *frame_of(u64 mfn);
#define FRAME_LEVEL	0x0007
#define FRAME_PINNED	0x0008
#define FRAME_REF	0x0010		/* one reference */
#define FRAME_MAX_REFS	0x0fff
long hc_mmu_update(struct vcpu *v, unsigned long *a);
long hc_update_va_mapping(struct vcpu *v, unsigned long *a);
long hc_update_va_mapping_other(struct vcpu *v, unsigned long *a);
long hc_mmuext_op(struct vcpu *v, unsigned long *a);

/* descriptor.c */
void descriptor_init(struct vcpu *v);
#define GUEST_GDT_PAGES		14
int set_gdt_frames(struct vcpu *v, const u64 *frames, u32 entries);
int set_ldt(struct vcpu *v, unsigned long base, u32 entries);
void get_gdt_frames(struct vcpu *v, u64 *frames);
void load_selectors(struct vcpu *v);
long hc_set_gdt(struct vcpu *v, unsigned long *a);
long hc_update_descriptor(struct vcpu *v, unsigned long *a);
long hc_set_segment_base(struct vcpu *v, unsigned long *a);

/* emulate.c, privop.c: privileged instructions of the guest kernel */
bool emulate_gp(struct vcpu *v, struct regs *regs);
bool emulate_ud(struct vcpu *v, struct regs *regs);
u64 *reg_by_number(struct regs *regs, int n);

struct insn {
	u8 bytes[15];
	u8 len, pos;
	u8 opcode;		/* second byte when two_byte */
	bool two_byte, opsize;
	u8 rex, modrm;
};

bool privop(struct vcpu *v, struct regs *regs, struct insn *in);
void set_ts(struct vcpu *v, bool ts);
int set_debugreg(struct vcpu *v, int reg, u64 val);
u64 guest_cr0(struct vcpu *v);
u64 guest_cr4(struct vcpu *v);
void set_tsd(struct vcpu *v, bool tsd);
void tsc_init(void);
bool tsc_traps(void);
long hc_set_debugreg(struct vcpu *v, unsigned long *a);
long hc_get_debugreg(struct vcpu *v, unsigned long *a);
long hc_fpu_taskswitch(struct vcpu *v, unsigned long *a);

/* events.c */
void events_init(struct vcpu *v);
u32 nr_ports(void);
u64 *port_mask_bits(void);
void set_cr2(struct vcpu *v, u64 addr);
u64 get_cr2(struct vcpu *v);
void select_all(struct vcpu_info *info);

static inline bool event_ready(struct vcpu *v)
{
	return v->info && READ_ONCE_(v->info->evtchn_upcall_pending);
}

static inline bool event_deliverable(struct vcpu *v)
{
	return event_ready(v) && !v->info->evtchn_upcall_mask;
}

void raise_timer(struct vcpu *v);
void set_info(struct vcpu *v, u64 gpa);
bool port_is_pending(u32 port);
void collect_events(struct vcpu *v);
void relay_port(struct vcpu *v, u32 port);
void poll_begin(struct vcpu *v);
void poll_end(struct vcpu *v);
long hc_event_channel_op(struct vcpu *v, unsigned long *a);
long hc_event_channel_op_compat(struct vcpu *v, unsigned long *a);

/* fifo.c */
bool events_relayed(void);
bool fifo_active(void);
bool fifo_is_pending(u32 port);
bool fifo_raise(struct vcpu *v, u32 port, u32 target, bool *was);
void fifo_unmask(struct vcpu *v, u32 port, u32 target);
void fifo_clear(u32 port);
void fifo_reset(void);
long fifo_init_control(struct vcpu *v, struct evtchn_init_control *c);
long fifo_expand_array(struct vcpu *v, const struct evtchn_expand_array *e);
long fifo_set_priority(struct vcpu *v, const struct evtchn_set_priority *p);

/* sched.c */
long do_poll(struct vcpu *v, unsigned long ports, u32 nr, u64 timeout);
long hc_sched_op(struct vcpu *v, unsigned long *a);
long hc_sched_op_compat(struct vcpu *v, unsigned long *a);
long do_shutdown(struct vcpu *v, u8 reason);
void idle_once(void);
extern char idle_hlt[];

/* timer.c */
void timer_init(struct vcpu *v);
u64 now_ns(struct vcpu *v);
void timer_program(struct vcpu *v);
void timer_expire(struct vcpu *v);
void timer_resume(struct vcpu *v);
void timer_changed(struct vcpu *v, struct vcpu *t);
void clock_move(struct vcpu *v);
void clock_sync_copy(struct vcpu *v);
void runstate_set(struct vcpu *v, int state);
extern u64 vm_assist;
void runstate_get(struct vcpu *v, struct vcpu_runstate_info *out);
long hc_set_timer_op(struct vcpu *v, unsigned long *a);

/* vcpuop.c */
int load_context(struct vcpu *v, const struct vcpu_guest_context *c);
long hc_vcpu_op(struct vcpu *v, unsigned long *a);

/* suspend.c */
long do_suspend(struct vcpu *v);
void stop_if_suspending(struct vcpu *v);
void load_extra(struct vcpu *v, const struct xenpv_context_extra *x);
void restore_pins(struct vcpu *v);

/* smp.c */
struct regs *vcpu_start(u32 id);
void handle_interrupt(struct vcpu *v, struct regs *regs);
void smp_init(void);
void kick(u32 id);
void flush_vcpus(struct vcpu *v, const u64 *mask);
void flush_if_wanted(struct vcpu *v);
void lock(u32 *l);
void unlock(u32 *l);
void todo_add(struct vcpu *v, u32 what);
bool todo_now(struct vcpu *v);
void sleep_begin(struct vcpu *v);
void sleep_end(struct vcpu *v);
void vcpu_park(struct vcpu *v);

/* version.c, memory.c, physdev.c and the small ones in hypercall.c */
long hc_xen_version(struct vcpu *v, unsigned long *a);
long hc_memory_op(struct vcpu *v, unsigned long *a);
long hc_grant_table_op(struct vcpu *v, unsigned long *a);
long hc_physdev_op(struct vcpu *v, unsigned long *a);
bool physdev_op_is_old(unsigned long cmd);
long hc_physdev_op_compat(struct vcpu *v, unsigned long *a);
long hc_console_io(struct vcpu *v, unsigned long *a);

/* refuse.c: what is not for guests */
long refuse_memory_op(u64 cmd, unsigned long va);
long refuse_physdev_op(u64 cmd, unsigned long va);
long refuse_bind_pirq(unsigned long va);
long hc_platform_op(struct vcpu *v, unsigned long *a);
long hc_sysctl(struct vcpu *v, unsigned long *a);
long hc_domctl(struct vcpu *v, unsigned long *a);
long hc_hvm_op(struct vcpu *v, unsigned long *a);
long hc_xenoprof_op(struct vcpu *v, unsigned long *a);

/* crash.c */
void domain_crash(struct vcpu *v, const char *fmt, ...)
	__printf(2, 3) __noreturn;
void monitor_panic(struct regs *regs, const char *what) __noreturn;
void mlog(const char *fmt, ...) __printf(1, 2);

#endif
