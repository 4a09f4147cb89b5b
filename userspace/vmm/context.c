// SPDX-License-Identifier: GPL-2.0
/* What is in a domain's vCPUs, in Xen's words. */
#include <string.h>
#include <sys/ioctl.h>

#include <linux/kvm.h>
#include <linux/kvm_xenpv_monitor.h>

#include "../util.h"
#include "context.h"
#include "domain.h"
#include "vcpu.h"

/*
 * LEN bytes of a vCPU's area, or NULL; the monitor, and so the guest, says where.
 * OFFSET 0: it has not said so yet.
 */
static const void *in_area(const struct vcpu *v, uint32_t offset, uint32_t len)
{
	if (!offset || offset > XENPV_AREA_SIZE - len)
		return NULL;
	return guest_ptr(&v->d->mem, v->d->lay.areas +
			 (uint64_t)v->id * XENPV_AREA_SIZE + offset, len);
}

static void from_kvm(const struct kvm_regs *r, const struct kvm_sregs *s,
		     vcpu_guest_context_t *c)
{
	cpu_user_regs_t *u = &c->user_regs;

	u->r15 = r->r15;
	u->r14 = r->r14;
	u->r13 = r->r13;
	u->r12 = r->r12;
	u->rbp = r->rbp;
	u->rbx = r->rbx;
	u->r11 = r->r11;
	u->r10 = r->r10;
	u->r9 = r->r9;
	u->r8 = r->r8;
	u->rax = r->rax;
	u->rcx = r->rcx;
	u->rdx = r->rdx;
	u->rsi = r->rsi;
	u->rdi = r->rdi;
	u->rip = r->rip;
	u->rflags = r->rflags;
	u->rsp = r->rsp;
	u->cs = s->cs.selector;
	u->ss = s->ss.selector;
}

/* The monitor's code runs: it has put the guest's registers away. */
static void from_monitor(const struct vcpu *v, vcpu_guest_context_t *c)
{
	uint32_t at = __atomic_load_n(&v->block->regs_at, __ATOMIC_RELAXED);
	cpu_user_regs_t *u = &c->user_regs;
	struct xenpv_guest_regs g;
	const void *p = in_area(v, at, sizeof(g));

	if (!p)
		return;
	memcpy(&g, p, sizeof(g));
	u->r15 = g.gpr[0];
	u->r14 = g.gpr[1];
	u->r13 = g.gpr[2];
	u->r12 = g.gpr[3];
	u->rbp = g.gpr[4];
	u->rbx = g.gpr[5];
	u->r11 = g.gpr[6];
	u->r10 = g.gpr[7];
	u->r9 = g.gpr[8];
	u->r8 = g.gpr[9];
	u->rax = g.gpr[10];
	u->rcx = g.gpr[11];
	u->rdx = g.gpr[12];
	u->rsi = g.gpr[13];
	u->rdi = g.gpr[14];
	u->entry_vector = g.vector;
	u->error_code = g.error;
	u->rip = g.rip;
	u->rflags = g.rflags;
	u->rsp = g.rsp;
	u->cs = g.cs;
	u->ss = g.ss;
}

static void read_roots(const struct vcpu *v, const struct kvm_sregs *s,
		       vcpu_guest_context_t *c)
{
	uint32_t at = __atomic_load_n(&v->block->roots_at, __ATOMIC_RELAXED);
	uint64_t roots[2] = { s->cr3, 0 };
	const void *p = in_area(v, at, sizeof(roots));

	if (p)
		memcpy(roots, p, sizeof(roots));
	/* One that has never run has none. */
	c->ctrlreg[3] = roots[0] ? roots[0] : s->cr3;
	c->ctrlreg[1] = roots[1];
	if (s->cr3 != roots[1])
		c->flags |= VGCF_in_kernel;
}

static void read_one(struct vcpu *v, vcpu_guest_context_t *c)
{
	struct kvm_sregs s;
	struct kvm_regs r;
	struct kvm_xsave x;

	memset(c, 0, sizeof(*c));
	if (ioctl(v->fd, KVM_GET_REGS, &r) || ioctl(v->fd, KVM_GET_SREGS, &s))
		return;
	if (s.cs.selector & 3)
		from_kvm(&r, &s, c);
	else
		from_monitor(v, c);
	/* It begins with what FXSAVE writes. */
	if (!ioctl(v->fd, KVM_GET_XSAVE, &x))
		memcpy(&c->fpu_ctxt, &x, sizeof(c->fpu_ctxt));
	if (v->block->online == 1)
		c->flags |= VGCF_online;
	read_roots(v, &s, c);
	c->ctrlreg[0] = s.cr0;
	c->ctrlreg[2] = s.cr2;
	c->ctrlreg[4] = s.cr4;
	c->fs_base = s.fs.base;
	c->gs_base_kernel = s.gs.base;
}

void context_read_all(struct domain *d, vcpu_guest_context_t *contexts)
{
	bool paused = d->paused;
	unsigned int i;

	/* Each read waits until its vCPU has left KVM_RUN. */
	if (!paused)
		domain_hold(d, true);
	for (i = 0; i < d->nr_vcpus; i++)
		read_one(&d->vcpus[i], &contexts[i]);
	if (!paused)
		domain_hold(d, false);
}
