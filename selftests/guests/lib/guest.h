/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guest.h - what a test guest has to work with
 *
 * A test guest is a 64-bit Xen PV kernel: main() runs in kernel mode with the
 * trap table, callbacks and console set up, reports with ok() and is(), and
 * returns.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define __XEN_INTERFACE_VERSION__ 0x00040e00
#include <xen/xen.h>
#include <xen/version.h>
#include <xen/features.h>
#include <xen/callback.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/nmi.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/io/console.h>

#include "vectors.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;

/* Xen's error numbers are Linux's. */
#include <xen/errno.h>

#define PAGE_SIZE	4096UL
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define VIRT_BASE	0xffffffff80000000UL
#define M2P		((u64 *)0xffff800000000000UL)
#define XEN_VA		0xffff828000000000UL	/* where Xen lives: not for guests */

#define KERNEL_CS	0xe033
#define KERNEL_SS	0xe02b
#define USER_CS32	0xe023

#define PTE_P		0x001UL
#define PTE_RW		0x002UL
#define PTE_US		0x004UL
#define PTE_A		0x020UL
#define PTE_D		0x040UL
#define PTE_PS		0x080UL
#define PTE_NX		(1UL << 63)
#define PTE_KERNEL	(PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)
#define PTE_RO		(PTE_P | PTE_US | PTE_A | PTE_D)
#define PTE_MFN(pte)	(((pte) & 0x000ffffffffff000UL) >> 12)

#define FLAG_CF		0x001UL
#define FLAG_TF		0x100UL
#define FLAG_IF		0x200UL
#define FLAG_DF		0x400UL
#define FLAG_IOPL	0x3000UL
#define FLAG_NT		0x4000UL
#define FLAG_RF		0x10000UL
#define FLAG_AC		0x40000UL
#define FLAG_ID		0x200000UL

#define IRET_IN_SYSCALL	0x100UL		/* VGCF_in_syscall */

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static inline void barrier(void)
{
	asm volatile("" ::: "memory");
}

/* --- boot --- */

/* start_info's console: where it is a guest's. */
struct console_info {
	u64 mfn;
	u32 evtchn;
};

#define console_info ((const struct console_info *)&start_info->console)

struct boot_regs {
	u64 rax, rbx, rcx, rdx, rsi, rdi, rsp, rbp;
	u64 ds, es, fs, gs, cs, ss, rflags;
};

extern struct boot_regs boot_regs;
extern u8 boot_mask;			/* upcall mask as found */
extern u8 boot_pending;
extern struct start_info *start_info;
extern struct shared_info *shared;
extern struct vcpu_info *vcpu;		/* of vCPU 0 */
extern u64 boot_l1e;			/* PTE that shared was mapped over */
extern char _end[];

int main(void);

bool cmdline(const char *word);		/* is the word on the command line? */
const char *cmdline_value(const char *key);	/* after "key=", or NULL */
u64 cmdline_number(const char *key, u64 otherwise);
/* Begin anew with seed=N (1); count=N (1000) is returned. */
u64 rnd_begin(void);
u64 rnd(void);
/* On real Xen, which validates page tables; word "xen" on the command line. */
bool on_xen(void);

/* --- output --- */

void say(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
int vformat(char *buf, int size, const char *fmt, va_list ap);
int format(char *buf, int size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool ok(bool good, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
bool is(u64 got, u64 want, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* got & mask is want */
bool has(u64 got, u64 mask, u64 want, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void skip(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
void bail(const char *fmt, ...) __attribute__((noreturn))
	__attribute__((format(printf, 1, 2)));
void plan(void);			/* so many tests, no more */
__attribute__((noreturn)) void finish(void);
void drain(void);			/* waits until the console was read */
bool await_key(void);			/* typed on the console, in 10 s */
extern bool hasty;			/* never wait for the console's reader */

void *memset(void *p, int c, size_t n);
void *memcpy(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);

/* --- hypercalls --- */

static inline long hypercall5(unsigned long op, u64 a1, u64 a2, u64 a3, u64 a4,
			      u64 a5)
{
	register u64 r10 asm("r10") = a4;
	register u64 r8 asm("r8") = a5;
	long ret = op;

	asm volatile("syscall"
		     : "+a" (ret), "+D" (a1), "+S" (a2), "+d" (a3), "+r" (r10),
		       "+r" (r8)
		     : : "rcx", "r11", "memory");
	return ret;
}

#define HC(op, a, b, c, d, e, ...) \
	hypercall5(__HYPERVISOR_##op, (u64)(a), (u64)(b), (u64)(c), (u64)(d), (u64)(e))
#define hypercall(op, ...) HC(op, ##__VA_ARGS__, 0, 0, 0, 0, 0)

long hypercall_by_page(unsigned long op, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5);
extern char hypercall_page[];

/* --- traps --- */

struct iret_frame {
	u64 rax, r11, rcx, flags, rip, cs, rflags, rsp, ss;
};

/* As built by start.S; @raw is the frame that the hypervisor pushed. */
struct regs {
	u64 r15, r14, r13, r12, rbp, rbx, r10, r9, r8, rdx, rsi, rdi;
	struct iret_frame f;
	u64 vector;
	u64 raw[];
};

/* What was seen at the last trap (not event). */
struct seen {
	u64 vector;
	bool user;		/* from user mode */
	bool has_error;
	u64 error;
	u64 rcx, r11;		/* from the pushed frame */
	u64 ds, es, fs, gs;	/* failsafe only */
	u64 rip, cs, rflags, rsp, ss;
	u64 cr2;
	u64 frame;		/* where the pushed frame began */
	u64 handler_flags;	/* rflags in the handler */
	u8 mask;		/* upcall mask in the handler */
	struct regs regs;	/* the other registers */
};

extern struct seen seen;
extern unsigned int nr_traps;

struct catch {
	u64 rbx, rbp, r12, r13, r14, r15, rsp, rip;
};

int catch(struct catch *c) __attribute__((returns_twice));
extern struct catch *catching;
void go(struct regs *regs) __attribute__((noreturn));

/* Runs the statement; the vector of the trap that it ended in, or -1. */
#define TRAP(stmt) ({						\
	struct catch c_, *old_ = catching;			\
	int v_ = catch(&c_);					\
	if (!v_) {						\
		catching = &c_;					\
		barrier();					\
		stmt;						\
		barrier();					\
	}							\
	catching = old_;					\
	v_ - 1;							\
})

/* The statement traps with this vector (and, if not ANY, error code). */
#define ANY (~0UL)
bool trapped(int got, int want, u64 error, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
#define traps(stmt, vector, error, ...) \
	trapped(TRAP(stmt), vector, error, __VA_ARGS__)
#define works(stmt, ...) trapped(TRAP(stmt), -1, ANY, __VA_ARGS__)

/* Called first for every trap; true: handled, return to what regs->f says. */
extern bool (*trap_hook)(struct regs *r);
void trap_table_default(void);
void trap_gate(int vector, u8 flags, u64 address);
u64 trap_stub(int vector);
void set_callback(unsigned int type, unsigned int flags, u64 address);

void read_frame(struct seen *s, struct regs *r, u64 flags,
		struct vcpu_info *vi);
void take_events(struct vcpu_info *vi);

/* --- memory --- */

void *page_alloc(void);			/* zeroed, mapped read-write */
u64 virt_to_mfn(const void *p);
void *mfn_to_virt(u64 mfn);
u64 *pte_of(u64 va);			/* level-1 entry, or NULL */
u64 *table_entry(u64 va, int level);	/* entry at a level (4 to 1), or NULL */
long set_pte(const void *va, u64 pte, u64 flags);	/* update_va_mapping */
long mmu_update1(u64 ptr, u64 val);
long mmuext(unsigned int cmd, u64 arg1, u64 arg2);
void make_readonly(const void *page);
void make_writable(const void *page);
u64 entry_maddr(const u64 *entry);	/* machine address of a table entry */

/* --- user mode --- */

#define USER_CODE	0x10000000UL
#define USER_DATA	0x10001000UL
#define USER_STACK	0x10003000UL	/* end of the page before */

extern u64 *user_l4, *user_l3, *user_l2, *user_l1;
extern u8 *user_code, *user_data, *user_stack;	/* kernel's view */

void user_init(void);
/*
 * Copies code to USER_CODE, runs it in user mode from there with @regs until
 * something brings the kernel back, and says which vector; details in seen.
 */
int user_run(const void *code, const void *end, struct regs *regs);
struct regs user_regs(void);		/* registers to start with */

#define USER(name, text)						\
	asm(".pushsection .rodata\n.globl " #name "_begin, " #name	\
	    "_end\n" #name "_begin:\n" text "\n" #name			\
	    "_end:\n.popsection");					\
	extern const char name##_begin[], name##_end[]
#define run_user(name, regs) user_run(name##_begin, name##_end, regs)

/* --- events and time --- */

extern volatile unsigned int nr_upcalls;
extern volatile unsigned int port_count[4096];
extern struct seen upcall_seen;
extern void (*upcall_hook)(struct regs *regs);

void mask_events(void);
void unmask_events(void);		/* and takes what is pending */
long evtchn_op(int cmd, void *arg);
int bind_virq(unsigned int virq, unsigned int vcpu_id);	/* port or error */
int bind_ipi(unsigned int vcpu_id);
long evtchn_send(unsigned int port);
long evtchn_close(unsigned int port);
long evtchn_unmask(unsigned int port);
bool port_pending(unsigned int port);
bool port_masked(unsigned int port);
void clear_pending(unsigned int port);
void mask_port(unsigned int port);
void unmask_port_quietly(unsigned int port);	/* only the bit */
bool test_and_set_bit(unsigned long *words, unsigned int bit);

u64 now(void);				/* system time in ns */

static inline u64 rdtsc(void)
{
	u32 lo, hi;

	asm volatile("rdtsc" : "=a" (lo), "=d" (hi));
	return lo | (u64)hi << 32;
}

void wait_ns(u64 ns);			/* busy */

/* --- other vCPUs --- */

#define MAX_CPUS	64
#define SOON		10000000000UL	/* ns: whoever takes longer is stuck */

/* What a vCPU other than the first is doing. */
struct cpu {
	void (*volatile fn)(unsigned int cpu);
	volatile unsigned int done;		/* calls of fn that returned */
	volatile unsigned int upcalls, nmis;
	volatile int fault;			/* vector of the last trap, or -1 */
	volatile u64 fault_address;
	void *volatile resume;			/* where a trap leads */
	struct vcpu_info *info;
};

extern struct cpu cpus[MAX_CPUS];

unsigned int this_cpu(void);			/* by its stack */
void cpu_trap(struct regs *r, u64 flags);
/* A context that starts vCPU CPU in the library; one at a time. */
struct vcpu_guest_context *cpu_context(unsigned int cpu);
/* initialise and up; it then runs what cpu_run() gives it. */
long cpu_start(unsigned int cpu);
void cpu_run(unsigned int cpu, void (*fn)(unsigned int cpu));
bool cpu_wait(unsigned int cpu);		/* for its end: false after SOON */
void cpu_unmask(unsigned int cpu);		/* by itself */
/* On any vCPU but the first: store to P; the trap's vector, or -1. */
int cpu_store(volatile u64 *p, u64 val);
#define eventually(cond) ({				\
	u64 end_ = now() + SOON;			\
	bool is_ = false;				\
	while (!is_ && now() < end_) {			\
		asm volatile("pause");			\
		is_ = (cond);				\
	}						\
	is_;						\
})

#endif
