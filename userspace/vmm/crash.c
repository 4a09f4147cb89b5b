// SPDX-License-Identifier: GPL-2.0
/* A domain that cannot go on: say why, and end it. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/kvm.h>
#include <linux/kvm_xenpv_monitor.h>

#include "../util.h"
#include "crash.h"
#include "domain.h"
#include "log.h"
#include "vcpu.h"
#include "xen.h"

static void end(struct vcpu *v)
{
	v->stop = true;
	domain_end(v->d, SHUTDOWN_crash);
}

static void log_words(const uint64_t *words, unsigned int nr)
{
	char line[96];
	unsigned int i, n = 0;

	for (i = 0; i < nr; i++) {
		n += snprintf(line + n, sizeof(line) - n, " %016" PRIx64,
			      words[i]);
		if (i % 4 == 3 || i + 1 == nr) {
			log_line("  stack%s", line);
			n = 0;
		}
	}
}

/* What is at the top of the stack, up to the end of its page. */
static void log_kvm_stack(struct vcpu *v, uint64_t rsp)
{
	struct kvm_translation t = { .linear_address = rsp };
	uint64_t words[64], room;
	const void *p;

	if (rsp & 7 || ioctl(v->fd, KVM_TRANSLATE, &t) || !t.valid)
		return;
	room = PAGE_SIZE - rsp % PAGE_SIZE;
	if (room > sizeof(words))
		room = sizeof(words);
	p = guest_ptr(&v->d->mem, t.physical_address, room);
	if (!p)
		return;
	memcpy(words, p, room);
	log_words(words, room / sizeof(words[0]));
}

static void log_kvm_registers(struct vcpu *v)
{
	struct kvm_sregs s;
	struct kvm_regs r;

	if (ioctl(v->fd, KVM_GET_REGS, &r) || ioctl(v->fd, KVM_GET_SREGS, &s)) {
		log_line("  registers cannot be read");
		return;
	}
	log_line("  rip %04x:%016llx rsp %04x:%016llx rflags %08llx",
		 s.cs.selector, r.rip, s.ss.selector, r.rsp, r.rflags);
	log_line("  rax %016llx rbx %016llx rcx %016llx rdx %016llx",
		 r.rax, r.rbx, r.rcx, r.rdx);
	log_line("  rsi %016llx rdi %016llx rbp %016llx r8  %016llx",
		 r.rsi, r.rdi, r.rbp, r.r8);
	log_line("  r9  %016llx r10 %016llx r11 %016llx r12 %016llx",
		 r.r9, r.r10, r.r11, r.r12);
	log_line("  r13 %016llx r14 %016llx r15 %016llx",
		 r.r13, r.r14, r.r15);
	log_line("  cr0 %08llx cr2 %016llx cr3 %016llx cr4 %08llx efer %llx",
		 s.cr0, s.cr2, s.cr3, s.cr4, s.efer);
	log_line("  fs %016llx gs %016llx gdt %016llx/%x idt %016llx/%x tr %04x",
		 s.fs.base, s.gs.base, s.gdt.base, s.gdt.limit, s.idt.base,
		 s.idt.limit, s.tr.selector);
	log_kvm_stack(v, r.rsp);
}

void crash_log_registers(struct vcpu *v)
{
	log_line("domain %u, vCPU %u:", v->d->domid, v->id);
	log_kvm_registers(v);
}

void crash_by_vmm(struct vcpu *v, const char *fmt, ...)
{
	char reason[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	log_line("domain %u crashed, vCPU %u: %s", v->d->domid, v->id, reason);
	log_kvm_registers(v);
	end(v);
}

void crash_by_monitor(struct vcpu *v, struct xenpv_crash *c)
{
	/* In the order of struct xenpv_crash.regs, four to a line. */
	static const char *const names[20] = {
		"r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9",
		"r8", "rax", "rcx", "rdx", "rsi", "rdi", "rip", "cs", "rflags",
		"rsp", "ss",
	};
	char line[160];
	unsigned int i, j;
	int n;

	c->reason[sizeof(c->reason) - 1] = 0;
	log_line("domain %u crashed, vCPU %u, in the %s: %s", v->d->domid,
		 v->id, c->in_monitor ? "monitor" :
		 c->kernel_mode ? "guest's kernel" : "guest's user mode",
		 c->reason);
	if (c->trap != ~0U)
		log_line("  trap %u error %#" PRIx64, c->trap,
			 (uint64_t)c->error_code);
	for (i = 0; i < ARRAY_SIZE(names); i += 4) {
		n = 0;
		for (j = i; j < i + 4; j++)
			n += snprintf(line + n, sizeof(line) - n,
				      " %-6s %016" PRIx64, names[j],
				      (uint64_t)c->regs[j]);
		log_line(" %s", line);
	}
	log_line("  cr2    %016" PRIx64 " cr3    %016" PRIx64, (uint64_t)c->cr2,
		 (uint64_t)c->cr3);
	log_line("  fsbase %016" PRIx64 " gsbase %016" PRIx64,
		 (uint64_t)c->fs_base, (uint64_t)c->gs_base);
	log_words((const uint64_t *)c->stack,
		  c->nr_stack < ARRAY_SIZE(c->stack) ? c->nr_stack :
						       ARRAY_SIZE(c->stack));
	end(v);
}
