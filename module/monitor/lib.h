/* SPDX-License-Identifier: GPL-2.0-only */
/* What the compiler and the CPU need: memory functions, MSRs, guest access. */
#ifndef MONITOR_LIB_H
#define MONITOR_LIB_H

#include <linux/types.h>

#define ARRAY_LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define likely(x)	__builtin_expect(!!(x), 1)
#define BIT(n)		(1UL << (n))
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define offset_of(t, m)	__builtin_offsetof(t, m)

void *memcpy(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
int vformat(char *buf, int size, const char *fmt, __builtin_va_list ap);

/*
 * The one way to memory at a guest virtual address, in the address space in
 * use.  Fault-safe.  copy_* return 0 or -EFAULT; the range must be the guest's.
 */
int copy_from_guest(void *dst, unsigned long src, unsigned long n);
int copy_to_guest(unsigned long dst, const void *src, unsigned long n);
int get_guest8(unsigned long va, u8 *val);
int get_guest64(unsigned long va, u64 *val);
int put_guest64(unsigned long va, u64 val);

/* An instruction that may fault: from its address to a fixup, or to a C label. */
#define EX_ENTRY(from, to)				\
	".pushsection .ex_table, \"a\"\n"		\
	".quad " from ", " to "\n"			\
	".popsection\n"
#define EX_TABLE(from, to)		EX_ENTRY(#from, #to)
#define EX_TABLE_GOTO(from, label)	EX_ENTRY(#from, "%l[" #label "]")
unsigned long ex_fixup(unsigned long rip);

static inline u64 rdmsr_(u32 msr)
{
	u32 lo, hi;

	asm volatile("rdmsr" : "=a" (lo), "=d" (hi) : "c" (msr));
	return (u64)hi << 32 | lo;
}

static inline void wrmsr_(u32 msr, u64 val)
{
	asm volatile("wrmsr" : : "c" (msr), "a" ((u32)(val & 0xffffffff)),
		     "d" ((u32)(val >> 32))
		     : "memory");
}

/* False when there is no such MSR. */
static inline bool wrmsr_safe_(u32 msr, u64 val)
{
	asm goto("1: wrmsr\n" EX_TABLE_GOTO(1b, fault)
		 : : "c" (msr), "a" ((u32)val), "d" ((u32)(val >> 32))
		 : "memory" : fault);
	return true;
fault:
	return false;
}

static inline u64 rdtsc_(void)
{
	u32 lo, hi;

	asm volatile("rdtsc" : "=a" (lo), "=d" (hi));
	return (u64)hi << 32 | lo;
}

static inline u64 read_cr0_(void)
{
	u64 v;

	asm volatile("mov %%cr0, %0" : "=r" (v));
	return v;
}

static inline void write_cr0_(u64 v)
{
	asm volatile("mov %0, %%cr0" : : "r" (v) : "memory");
}

static inline u64 read_cr2_(void)
{
	u64 v;

	asm volatile("mov %%cr2, %0" : "=r" (v));
	return v;
}

static inline u64 read_cr3_(void)
{
	u64 v;

	asm volatile("mov %%cr3, %0" : "=r" (v));
	return v;
}

static inline void write_cr3_(u64 v)
{
	asm volatile("mov %0, %%cr3" : : "r" (v) : "memory");
}

static inline void write_cr4_(u64 val)
{
	asm volatile("mov %0, %%cr4" : : "r" (val) : "memory");
}

static inline u64 read_cr4_(void)
{
	u64 v;

	asm volatile("mov %%cr4, %0" : "=r" (v));
	return v;
}

static inline void invlpg_(unsigned long va)
{
	asm volatile("invlpg (%0)" : : "r" (va) : "memory");
}

static inline void swapgs_(void)
{
	asm volatile("swapgs" : : : "memory");
}

static inline void cpuid_(u32 leaf, u32 sub, u32 *r)
{
	asm volatile("cpuid" : "=a" (r[0]), "=b" (r[1]), "=c" (r[2]), "=d" (r[3])
		     : "a" (leaf), "c" (sub));
}

static inline void out32(u16 port, u32 val)
{
	asm volatile("outl %0, %1" : : "a" (val), "Nd" (port) : "memory");
}

static inline void pause_(void)
{
	asm volatile("pause" : : : "memory");
}

/* Bit operations on memory shared with the module and other vCPUs. */
static inline bool test_and_set(volatile void *base, unsigned long nr)
{
	bool old;

	asm volatile("lock btsq %2, %1" : "=@ccc" (old),
		     "+m" (*(volatile u64 *)base) : "r" (nr) : "memory");
	return old;
}

static inline bool test_and_clear(volatile void *base, unsigned long nr)
{
	bool old;

	asm volatile("lock btrq %2, %1" : "=@ccc" (old),
		     "+m" (*(volatile u64 *)base) : "r" (nr) : "memory");
	return old;
}

/* The same in a word of 32 bits, at any address. */
static inline bool test_and_set32(volatile u32 *word, u32 nr)
{
	bool old;

	asm volatile("lock btsl %2, %1" : "=@ccc" (old), "+m" (*word)
		     : "r" (nr) : "memory");
	return old;
}

static inline bool test_bit_(const volatile void *base, unsigned long nr)
{
	return ((const volatile u64 *)base)[nr / 64] >> (nr % 64) & 1;
}

#define READ_ONCE_(x)		(*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE_(x, v)	(*(volatile typeof(x) *)&(x) = (v))

static inline void barrier_(void)
{
	asm volatile("" : : : "memory");
}

static inline void full_barrier(void)
{
	asm volatile("lock addl $0, -4(%%rsp)" : : : "memory", "cc");
}

/*
 * Bound INDEX to [0, SIZE) for speculation as well: the guest chooses it.
 * Yields 0 when it is out of range.
 */
static inline unsigned long nospec(unsigned long index, unsigned long size)
{
	unsigned long mask;

	asm volatile("cmp %1, %2; sbb %0, %0" : "=r" (mask)
		     : "r" (size), "r" (index) : "cc");
	return index & mask;
}

#endif
