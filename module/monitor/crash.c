// SPDX-License-Identifier: GPL-2.0-only
/* Giving a domain up, and log lines: reported through the VMM. */
#include "monitor.h"

static void __noreturn report(struct vcpu *v, struct regs *regs,
			      const char *reason, bool in_monitor)
{
	struct xenpv_crash *c = (struct xenpv_crash *)v->block->data;
	unsigned int i;

	memset(c, 0, sizeof(*c));
	for (i = 0; i < sizeof(c->reason) - 1 && reason[i]; i++)
		c->reason[i] = reason[i];
	c->in_monitor = in_monitor;
	c->trap = regs->vector < 256 ? regs->vector : ~0U;
	c->error_code = regs->error;
	memcpy(c->regs, regs, offset_of(struct regs, vector));
	memcpy(&c->regs[15], &regs->rip, 5 * sizeof(u64));
	c->cr2 = read_cr2_();
	c->cr3 = read_cr3_();
	c->fs_base = rdmsr_(MSR_FS_BASE);
	c->gs_base = rdmsr_(MSR_GS_BASE);
	c->kernel_mode = v->kernel_mode;
	for (i = 0; i < ARRAY_LEN(c->stack); i++) {
		u64 *sp = (u64 *)regs->rsp + i;

		if (in_monitor) {
			if (PAGE_OFFSET_(sp) + 8 > PAGE_BYTES ||
			    (u64)(sp + 1) > AREA_VA(v->id) + XENPV_AREA_SIZE)
				break;
			c->stack[i] = *sp;
		} else if (get_guest64((unsigned long)sp, &c->stack[i])) {
			break;
		}
	}
	c->nr_stack = i;
	v->block->data_len = sizeof(*c);
	v->block->op = XENPV_OP_CRASH;
	for (;;)
		out32(XENPV_PORT_CALL, v->id);
}

void domain_crash(struct vcpu *v, const char *fmt, ...)
{
	char reason[160];
	__builtin_va_list ap;

	__builtin_va_start(ap, fmt);
	vformat(reason, sizeof(reason), fmt, ap);
	__builtin_va_end(ap);
	report(v, guest_regs(v), reason, false);
}

void monitor_panic(struct regs *regs, const char *what)
{
	report(this_vcpu(), regs, what, true);
}

void mlog(const char *fmt, ...)
{
	struct vcpu *v = this_vcpu();
	__builtin_va_list ap;

	__builtin_va_start(ap, fmt);
	v->block->data_len = vformat((char *)v->block->data, 256, fmt, ap);
	__builtin_va_end(ap);
	call_slow(v, XENPV_OP_LOG, 0, 0, 0, 0);
}
