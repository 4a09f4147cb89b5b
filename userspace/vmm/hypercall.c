// SPDX-License-Identifier: GPL-2.0
/* The hypercalls that the VMM serves: the table, and the short ones. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../util.h"
#include "crash.h"
#include "domain.h"
#include "hypercall.h"
#include "log.h"
#include "vcpu.h"
#include "xen.h"

static int64_t op_crash(struct vcpu *v, struct hypercall *c, uint32_t len)
{
	struct xenpv_crash report;

	memset(&report, 0, sizeof(report));
	memcpy(&report, c->data, len < sizeof(report) ? len : sizeof(report));
	crash_by_monitor(v, &report);
	return 0;
}

static int64_t op_log(struct vcpu *v, struct hypercall *c, uint32_t len)
{
	log_guest("(monitor) ", (const char *)c->data, len);
	return 0;
}

static int64_t op_vcpu_state(struct vcpu *v, struct hypercall *c, uint32_t len)
{
	struct domain *d = v->d;

	if (c->arg[0] >= d->nr_vcpus)
		return -ENOENT;
	d->vcpus[c->arg[0]].online = c->arg[1] != 0;
	return 0;
}

int64_t hc_sched_op(struct vcpu *v, struct hypercall *c, uint32_t len)
{
	unsigned int reason = c->arg[1];

	if (c->arg[0] == SCHEDOP_watchdog)
		return watchdog_set(&v->d->watchdog, c->arg[1], c->arg[2]);
	if (c->arg[0] != SCHEDOP_shutdown)
		return -ENOSYS;

	switch (reason) {
	case SHUTDOWN_suspend:
		return domain_suspended(v);
	case SHUTDOWN_soft_reset:
		/* Nothing would resume it: the guest must stay up. */
		return -EOPNOTSUPP;
	case SHUTDOWN_poweroff:
	case SHUTDOWN_reboot:
		break;
	case SHUTDOWN_crash:
		log_line("domain %u says it crashed", v->d->domid);
		break;
	default:
		log_line("domain %u shut down for reason %u", v->d->domid,
			 reason);
		reason = reason == SHUTDOWN_watchdog ? reason : SHUTDOWN_crash;
	}
	v->stop = true;
	domain_end(v->d, reason);
	return 0;
}

/*
 * Kernels write in pieces as small as a character: lines are put together
 * before they are logged.
 */
int64_t hc_console_io(struct vcpu *v, struct hypercall *c, uint32_t len)
{
	struct domain *d = v->d;
	uint64_t n = c->arg[1];
	char prefix[16];
	uint64_t i;

	if (c->arg[0] == CONSOLEIO_read)
		return 0;
	if (c->arg[0] != CONSOLEIO_write)
		return -ENOSYS;
	if (n > len)
		return -EINVAL;

	snprintf(prefix, sizeof(prefix), "(d%u) ", d->domid);
	pthread_mutex_lock(&d->line_lock);
	for (i = 0; i < n; i++) {
		char ch = c->data[i];

		if (ch && ch != '\n' && ch != '\r')
			d->line[d->line_len++] = ch;
		if (d->line_len == sizeof(d->line) ||
		    (ch == '\n' && d->line_len)) {
			log_guest(prefix, d->line, d->line_len);
			d->line_len = 0;
		}
	}
	pthread_mutex_unlock(&d->line_lock);
	return 0;
}

static const struct {
	uint64_t op;
	int64_t (*handle)(struct vcpu *v, struct hypercall *c, uint32_t len);
} table[] = {
	{ __HYPERVISOR_memory_op, hc_memory_op },
	{ __HYPERVISOR_console_io, hc_console_io },
	{ __HYPERVISOR_grant_table_op, hc_grant_table_op },
	{ __HYPERVISOR_sched_op, hc_sched_op },
	{ XENPV_OP_CRASH, op_crash },
	{ XENPV_OP_LOG, op_log },
	{ XENPV_OP_VCPU_STATE, op_vcpu_state },
};

static int64_t dispatch(struct vcpu *v, struct hypercall *c)
{
	uint32_t len = c->len;
	unsigned int i;

	c->len = 0;
	if (len > sizeof(c->data))
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].op == c->op)
			return table[i].handle(v, c, len);
	return -ENOSYS;
}

void hypercall_serve(struct vcpu *v)
{
	struct xenpv_vcpu_block *b = v->block;
	volatile struct xenpv_vcpu_block *vb = b;
	struct hypercall c;
	int64_t ret;
	int i;

	c.op = vb->op;
	for (i = 0; i < 6; i++)
		c.arg[i] = vb->arg[i];
	c.len = vb->data_len;
	if (c.len <= sizeof(c.data))
		memcpy(c.data, b->data, c.len);

	ret = dispatch(v, &c);
	memcpy(b->data, c.data, c.len);
	vb->data_len = c.len;
	vb->ret = ret;
}
