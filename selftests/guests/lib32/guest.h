/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guest.h - what a 32-bit test guest has to work with
 *
 * The same idea as ../lib/guest.h, in less: a PAE kernel in ring 1 whose main()
 * runs with trap table, callbacks and console set up, and reports with ok() and
 * is().  The public headers, seen by a 32-bit compiler, are the ABI that is
 * tested.
 */
#ifndef GUEST32_H
#define GUEST32_H

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
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/errno.h>
#include <xen/io/console.h>

#include "../lib/vectors.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define PAGE_SIZE	4096U
#define VIRT_BASE	0xc0000000U
#define M2P		((const volatile u32 *)MACH2PHYS_VIRT_START)
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define PTE_P		0x001ULL
#define PTE_RW		0x002ULL
#define PTE_US		0x004ULL
#define PTE_KERNEL	0x063ULL
#define PTE_RO		0x061ULL
#define PTE_USER	0x067ULL
#define PTE_MFN(e)	((u32)((e) >> 12))

#define FLAG_IF		0x200U
#define FLAG_IOPL	0x3000U

static inline void barrier(void)
{
	asm volatile("" ::: "memory");
}

struct boot_regs {
	u32 esp, esi, cs, ss, ds, es, eflags;
};

/* As built by start.S. */
struct regs {
	u32 gs, fs, es, ds;
	u32 edi, esi, ebp, unused, ebx, edx, ecx, eax;
	u32 vector, error;
	u32 eip, cs, eflags;
	u32 esp, ss;		/* from user mode only */
};

struct catch {
	u32 ebx, esi, edi, ebp, esp, eip;
};

extern struct boot_regs boot_regs;
extern struct start_info *start_info;
extern struct shared_info *shared;
extern struct vcpu_info *vcpu;
extern u8 boot_mask;
extern char trap_stubs[], kernel_stack_end[];
extern u8 hypercall_page[];
extern struct regs seen;		/* at the last trap */
extern struct catch *catching;
extern volatile unsigned int nr_upcalls, port_count[1024];

int main(void);
void go(struct regs *r) __attribute__((noreturn));
int catch(struct catch *c) __attribute__((returns_twice));
void resume(struct catch *c, int value) __attribute__((noreturn));

void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool ok(bool good, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool is(u32 got, u32 want, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void plan(void);
__attribute__((noreturn)) void finish(void);
const char *cmdline_value(const char *key);
u32 cmdline_number(const char *key, u32 otherwise);
void *memset(void *p, int c, size_t n);
void *memcpy(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strncmp(const char *a, const char *b, size_t n);

static inline long hypercall6(u32 op, u32 a1, u32 a2, u32 a3, u32 a4, u32 a5)
{
	long ret = op;

	asm volatile("int $0x82"
		     : "+a" (ret), "+b" (a1), "+c" (a2), "+d" (a3), "+S" (a4),
		       "+D" (a5)
		     : : "memory");
	return ret;
}

#define HC_(op, a, b, c, d, e, ...)	\
	hypercall6(op, (u32)(a), (u32)(b), (u32)(c), (u32)(d), (u32)(e))
#define hypercall(name, ...)		\
	HC_(__HYPERVISOR_##name, ##__VA_ARGS__, 0, 0, 0, 0, 0)

/* The statement ends in the trap of this vector; -1: in none. */
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
#define traps(stmt, vector, ...) is(TRAP(stmt), vector, __VA_ARGS__)
#define works(stmt, ...) is(TRAP(stmt), -1, __VA_ARGS__)

u32 trap_stub(int vector);
void trap_table(void);
u32 virt_to_mfn(const void *p);
void *mfn_to_virt(u32 mfn);
u64 *pte_of(const void *va);
u64 *l2e_of(const void *va);
long set_pte(const void *va, u64 pte);
long mmu_update1(u64 ptr, u64 val);
long mmuext(u32 cmd, u32 arg1, u32 arg2);
u64 maddr(const void *p);
void take_events(struct vcpu_info *vi);
void unmask_events(void);
int bind_virq(u32 virq, u32 cpu);
int bind_ipi(u32 cpu);
long evtchn_send(u32 port);
u64 now(void);
bool await(volatile unsigned int *word, unsigned int value);	/* 5 s */

/* Runs the code in user mode until something brings the kernel back. */
int user_run(const char *begin, const char *end);
extern u8 user_page[];
#define USER(name, text)						\
	asm(".pushsection .rodata\n.globl " #name "_begin, " #name	\
	    "_end\n" #name "_begin:\n" text "\n" #name			\
	    "_end:\n.popsection");					\
	extern const char name##_begin[], name##_end[]
#define run_user(name) user_run(name##_begin, name##_end)

/* A call gate to OFFSET in the segment SEL, open to ring DPL. */
static inline u64 call_gate(u32 sel, u32 offset, u32 dpl, u32 count)
{
	return (offset & 0xffff) | (u64)sel << 16 | (u64)count << 32 |
	       0x8cULL << 40 | (u64)dpl << 45 | (u64)(offset >> 16) << 48;
}

/* Another vCPU, which runs FN once. */
long cpu_start(u32 cpu, void (*fn)(u32 cpu));
extern volatile unsigned int cpu_done;

#endif
