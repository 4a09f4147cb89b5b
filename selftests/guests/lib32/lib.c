// SPDX-License-Identifier: GPL-2.0
/*
 * lib.c - boot, output, traps, memory, events of 32-bit test guests
 */
#include "guest.h"

struct start_info *start_info;
struct shared_info *shared;
struct vcpu_info *vcpu;
u8 boot_mask;
struct regs seen;
struct catch *catching;
volatile unsigned int nr_upcalls, port_count[1024], cpu_done;

static unsigned int tests, failures;
static u8 shared_page[PAGE_SIZE] __attribute__((aligned(4096)));
u8 user_page[PAGE_SIZE] __attribute__((aligned(4096)));

/* --- the C library's --- */

void *memset(void *p, int c, size_t n)
{
	void *q = p;

	asm volatile("rep stosb" : "+D" (q), "+c" (n) : "a" (c) : "memory");
	return p;
}

void *memcpy(void *to, const void *from, size_t n)
{
	void *q = to;

	asm volatile("rep movsb" : "+D" (q), "+S" (from), "+c" (n) : : "memory");
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *p = a, *q = b;

	for (; n; n--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (*a != *b || !*a)
			return (u8)*a - (u8)*b;
	return 0;
}

/* --- output: %d %u %x %s and the console's ring --- */

static void put_number(char **p, u32 v, unsigned int base)
{
	char digits[12];
	int len = 0;

	do {
		digits[len++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	while (len)
		*(*p)++ = digits[--len];
}

static void vformat(char *p, const char *end, const char *fmt, va_list ap)
{
	for (; *fmt && p + 12 < end; fmt++) {
		const char *s;
		int d;

		if (*fmt != '%') {
			*p++ = *fmt;
			continue;
		}
		do {
			fmt++;
		} while (*fmt == 'l');
		switch (*fmt) {
		case 'd':
			d = va_arg(ap, int);
			if (d < 0)
				*p++ = '-';
			put_number(&p, d < 0 ? -d : d, 10);
			break;
		case 'u':
			put_number(&p, va_arg(ap, u32), 10);
			break;
		case 'x':
			put_number(&p, va_arg(ap, u32), 16);
			break;
		case 's':
			for (s = va_arg(ap, const char *); *s && p + 2 < end; s++)
				*p++ = *s;
			break;
		}
	}
	*p = 0;
}

static void notify(void)
{
	evtchn_send(start_info->console.domU.evtchn);
}

static void put(const char *s)
{
	struct xencons_interface *ring = mfn_to_virt(start_info->console.domU.mfn);
	unsigned int stuck = 0;

	while (*s) {
		XENCONS_RING_IDX prod = ring->out_prod;

		if (prod - *(volatile XENCONS_RING_IDX *)&ring->out_cons >=
		    sizeof(ring->out)) {
			if (stuck++ > 1000000)
				return;
			notify();
			hypercall(sched_op, SCHEDOP_yield, 0);
			continue;
		}
		ring->out[MASK_XENCONS_IDX(prod, ring->out)] = *s++;
		barrier();
		ring->out_prod = prod + 1;
	}
	notify();
}

static void vsay(const char *before, const char *fmt, va_list ap)
{
	char line[256];

	vformat(line, line + sizeof(line), fmt, ap);
	put(before);
	put(line);
	put("\n");
}

void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay("# ", fmt, ap);
	va_end(ap);
}

static void result(bool good, const char *fmt, va_list ap)
{
	char head[32], *p = head;

	memcpy(p, "not ok ", 7);
	if (good)
		memcpy(p, "ok ", 3);
	p += good ? 3 : 7;
	put_number(&p, ++tests, 10);
	memcpy(p, " - ", 4);
	failures += !good;
	vsay(head, fmt, ap);
}

bool ok(bool good, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	result(good, fmt, ap);
	va_end(ap);
	return good;
}

bool is(u32 got, u32 want, const char *fmt, ...)
{
	va_list ap;

	if (got != want)
		say("got 0x%x (%d), wanted 0x%x", got, got, want);
	va_start(ap, fmt);
	result(got == want, fmt, ap);
	va_end(ap);
	return got == want;
}

void plan(void)
{
	struct xencons_interface *ring = mfn_to_virt(start_info->console.domU.mfn);
	char line[16], *p = line;
	unsigned int tries;

	memcpy(p, "1..", 3);
	p += 3;
	put_number(&p, tests, 10);
	*p++ = '\n';
	*p = 0;
	put(line);
	for (tries = 0; tries < 100000; tries++) {
		if (*(volatile XENCONS_RING_IDX *)&ring->out_cons == ring->out_prod)
			break;
		notify();
		hypercall(sched_op, SCHEDOP_yield, 0);
	}
}

void finish(void)
{
	struct sched_shutdown op = { .reason = SHUTDOWN_poweroff };

	plan();
	hypercall(sched_op, SCHEDOP_shutdown, &op);
	for (;;)
		;
}

/* --- the command line --- */

const char *cmdline_value(const char *key)
{
	const char *s = (const char *)start_info->cmd_line;
	size_t n = strlen(key);

	while (*s) {
		while (*s == ' ')
			s++;
		if (!strncmp(s, key, n) && s[n] == '=')
			return s + n + 1;
		while (*s && *s != ' ')
			s++;
	}
	return NULL;
}

u32 cmdline_number(const char *key, u32 otherwise)
{
	const char *s = cmdline_value(key);
	u32 v = 0;

	if (!s)
		return otherwise;
	while (*s >= '0' && *s <= '9')
		v = v * 10 + *s++ - '0';
	return v;
}

/* --- traps --- */

u32 trap_stub(int vector)
{
	return (u32)trap_stubs + vector * 16;
}

/* All exceptions with events masked; 3, 4 and 0x80 for everyone. */
void trap_table(void)
{
	static struct trap_info table[24];
	unsigned int n = 0, v;

	memset(table, 0, sizeof(table));
	for (v = 0; v < 20; v++) {
		if (v == 2 || v == 9 || v == 15)
			continue;
		table[n].vector = v;
		table[n].flags = 4 | (v == 3 || v == 4 ? 3 : 0);
		table[n].cs = FLAT_KERNEL_CS;
		table[n++].address = trap_stub(v);
	}
	table[n].vector = 0x80;
	table[n].flags = 4 | 3;
	table[n].cs = FLAT_KERNEL_CS;
	table[n].address = trap_stub(0x80);
	hypercall(set_trap_table, table);
}

void take_events(struct vcpu_info *vi)
{
	unsigned int w, b;
	u32 bits;

	asm volatile("movb $0, %0; lock; addl $0, -4(%%esp)"
		     : "=m" (vi->evtchn_upcall_pending) : : "memory", "cc");
	for (w = 0; w < 32; w++) {
		if (!(vi->evtchn_pending_sel >> w & 1))
			continue;
		asm volatile("lock btr %1, %0"
			     : "+m" (vi->evtchn_pending_sel) : "r" (w) : "memory");
		bits = shared->evtchn_pending[w] & ~shared->evtchn_mask[w];
		for (b = 0; b < 32; b++) {
			if (!(bits >> b & 1))
				continue;
			asm volatile("lock btr %1, %0"
				     : "+m" (shared->evtchn_pending[w])
				     : "r" (b) : "memory");
			port_count[w * 32 + b]++;
		}
	}
}

static unsigned int this_cpu(void);

/* From start.S */
void trap(struct regs *r)
{
	struct catch *c = catching;

	if (r->vector == V_EVENT) {
		nr_upcalls++;
		take_events(&shared->vcpu_info[this_cpu()]);
		return;
	}
	seen = *r;
	if (!c) {
		say("unexpected trap %u, error 0x%x, at 0x%x, cs 0x%x, cr2 0x%x",
		    r->vector, r->error, r->eip, r->cs, (u32)vcpu->arch.cr2);
		failures++;
		finish();
	}
	catching = NULL;
	/* A process may have had segments that will not be there for long. */
	asm volatile("mov %0, %%fs; mov %0, %%gs" : : "r" (0));
	/* What the frame would bring back. */
	vcpu->evtchn_upcall_mask = r->cs >> 16;
	resume(c, r->vector + 1);
}

/* --- memory --- */

u32 virt_to_mfn(const void *p)
{
	return ((u32 *)start_info->mfn_list)[((u32)p - VIRT_BASE) >> 12];
}

void *mfn_to_virt(u32 mfn)
{
	return (void *)(VIRT_BASE + (M2P[mfn] << 12));
}

u64 maddr(const void *p)
{
	return (u64)virt_to_mfn(p) << 12 | ((u32)p & (PAGE_SIZE - 1));
}

u64 *l2e_of(const void *va)
{
	u64 *l3 = (u64 *)start_info->pt_base;
	u64 *l2 = mfn_to_virt(PTE_MFN(l3[(u32)va >> 30]));

	return &l2[(u32)va >> 21 & 511];
}

u64 *pte_of(const void *va)
{
	u64 *l1 = mfn_to_virt(PTE_MFN(*l2e_of(va)));

	return &l1[(u32)va >> 12 & 511];
}

long set_pte(const void *va, u64 pte)
{
	return hypercall(update_va_mapping, va, pte, pte >> 32, UVMF_INVLPG);
}

long mmu_update1(u64 ptr, u64 val)
{
	struct mmu_update req = { .ptr = ptr, .val = val };

	return hypercall(mmu_update, &req, 1, 0, DOMID_SELF);
}

long mmuext(u32 cmd, u32 arg1, u32 arg2)
{
	struct mmuext_op op = { .cmd = cmd };

	op.arg1.mfn = arg1;
	op.arg2.src_mfn = arg2;
	return hypercall(mmuext_op, &op, 1, 0, DOMID_SELF);
}

/* --- events and time --- */

void unmask_events(void)
{
	barrier();
	vcpu->evtchn_upcall_mask = 0;
	barrier();
	if (vcpu->evtchn_upcall_pending)
		hypercall(xen_version, XENVER_version, 0);
}

int bind_virq(u32 virq, u32 cpu)
{
	struct evtchn_bind_virq op = { .virq = virq, .vcpu = cpu };
	long ret = hypercall(event_channel_op, EVTCHNOP_bind_virq, &op);

	return ret ? ret : (int)op.port;
}

int bind_ipi(u32 cpu)
{
	struct evtchn_bind_ipi op = { .vcpu = cpu };
	long ret = hypercall(event_channel_op, EVTCHNOP_bind_ipi, &op);

	return ret ? ret : (int)op.port;
}

long evtchn_send(u32 port)
{
	struct evtchn_send op = { .port = port };

	return hypercall(event_channel_op, EVTCHNOP_send, &op);
}

u64 now(void)
{
	volatile struct vcpu_time_info *t = &shared->vcpu_info[0].time;
	u32 version, lo, hi;
	u64 delta, ns;

	do {
		version = t->version;
		barrier();
		asm volatile("rdtsc" : "=A" (delta));
		delta -= t->tsc_timestamp;
		if (t->tsc_shift < 0)
			delta >>= -t->tsc_shift;
		else
			delta <<= t->tsc_shift;
		/* The upper 64 bits of 96. */
		lo = ((u64)(u32)delta * t->tsc_to_system_mul) >> 32;
		hi = delta >> 32;
		ns = t->system_time + lo + (u64)hi * t->tsc_to_system_mul;
		barrier();
	} while ((version & 1) || version != t->version);
	return ns;
}

bool await(volatile unsigned int *word, unsigned int value)
{
	u64 end = now() + 5000000000ULL;

	while (*word < value && now() < end)
		asm volatile("pause");
	return *word >= value;
}

/* --- user mode --- */

int user_run(const char *begin, const char *end)
{
	static struct regs r;

	memcpy(user_page, begin, end - begin);
	if (set_pte(user_page, (u64)virt_to_mfn(user_page) << 12 | PTE_USER))
		return -2;
	hypercall(stack_switch, FLAT_KERNEL_SS, kernel_stack_end);
	memset(&r, 0, sizeof(r));
	r.ds = FLAT_USER_DS;
	r.es = FLAT_USER_DS;
	r.fs = FLAT_USER_DS;
	r.gs = FLAT_USER_DS;
	r.eip = (u32)user_page;
	r.cs = FLAT_USER_CS;
	r.eflags = vcpu->evtchn_upcall_mask ? 2 : FLAG_IF | 2;
	r.esp = (u32)user_page + PAGE_SIZE;
	r.ss = FLAT_USER_SS;
	return TRAP(go(&r));
}

/* --- another vCPU --- */

#define STACK 8192
static u8 stacks[4][STACK] __attribute__((aligned(8192)));
static void (*cpu_fn)(u32 cpu);

static unsigned int this_cpu(void)
{
	u32 sp;

	asm("mov %%esp, %0" : "=r" (sp));
	if (sp < (u32)stacks || sp >= (u32)stacks + sizeof(stacks))
		return 0;
	return (sp - (u32)stacks) / STACK;
}

void cpu_main(u32 cpu)
{
	cpu_fn(cpu);
	cpu_done++;
	hypercall(vcpu_op, VCPUOP_down, cpu, 0);
}

extern char cpu_entry[];

long cpu_start(u32 cpu, void (*fn)(u32 cpu))
{
	static struct vcpu_guest_context c;
	long ret;
	int v;

	cpu_fn = fn;
	memset(&c, 0, sizeof(c));
	c.flags = VGCF_in_kernel;
	c.user_regs.eip = (u32)cpu_entry;
	c.user_regs.esp = (u32)stacks[cpu + 1] - 16;
	c.user_regs.ebx = cpu;
	c.user_regs.eflags = FLAG_IF | 2;
	c.user_regs.cs = FLAT_KERNEL_CS;
	c.user_regs.ss = FLAT_KERNEL_SS;
	c.user_regs.ds = FLAT_KERNEL_DS;
	c.user_regs.es = FLAT_KERNEL_DS;
	for (v = 0; v < 20; v++) {
		c.trap_ctxt[v].vector = v;
		c.trap_ctxt[v].flags = 4;
		c.trap_ctxt[v].cs = FLAT_KERNEL_CS;
		c.trap_ctxt[v].address = trap_stub(v);
	}
	c.kernel_ss = FLAT_KERNEL_SS;
	c.kernel_sp = c.user_regs.esp;
	c.event_callback_cs = FLAT_KERNEL_CS;
	c.event_callback_eip = trap_stub(V_EVENT);
	c.failsafe_callback_cs = FLAT_KERNEL_CS;
	c.failsafe_callback_eip = trap_stub(V_FAILSAFE);
	c.ctrlreg[3] = xen_pfn_to_cr3(virt_to_mfn((void *)start_info->pt_base));
	ret = hypercall(vcpu_op, VCPUOP_initialise, cpu, &c);
	return ret ? ret : hypercall(vcpu_op, VCPUOP_up, cpu, 0);
}

/* --- the beginning --- */

void boot(struct start_info *si)
{
	start_info = si;
	shared = (struct shared_info *)shared_page;
	if (set_pte(shared_page, si->shared_info | PTE_KERNEL))
		asm volatile("ud2");
	vcpu = &shared->vcpu_info[0];
	boot_mask = vcpu->evtchn_upcall_mask;
	memset(shared->evtchn_mask, 0xff, sizeof(shared->evtchn_mask));
	vcpu->evtchn_upcall_mask = 1;
	trap_table();
	hypercall(set_callbacks, FLAT_KERNEL_CS, trap_stub(V_EVENT),
		  FLAT_KERNEL_CS, trap_stub(V_FAILSAFE));
	main();
	finish();
}
