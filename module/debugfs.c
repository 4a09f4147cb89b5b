// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/kvm_xenpv/<domid>/: stats, ports, vcpus
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <xen/interface/event_channel.h>

#include "debugfs.h"
#include "domain.h"

static struct dentry *root;

static int stats_show(struct seq_file *m, void *unused)
{
	struct xenpv_domain *dom = m->private;
	u64 events = 0, doorbells = 0, bad = 0, kicks = 0;
	struct xenpv_vcpu *vcpu;
	unsigned int i;

	for (i = 0; i < dom->max_vcpus; i++) {
		vcpu = xenpv_vcpu_get(dom, i);
		if (!vcpu)
			continue;
		events += atomic64_read(&vcpu->events);
		doorbells += READ_ONCE(vcpu->doorbell.answered);
		bad += atomic64_read(&vcpu->doorbell.bad);
		kicks += atomic64_read(&vcpu->kick.sent);
	}
	seq_printf(m, "events %llu\n", events);
	seq_printf(m, "doorbells %llu\n", doorbells);
	seq_printf(m, "doorbells_bad %llu\n", bad);
	seq_printf(m, "kicks %llu\n", kicks);
	seq_printf(m, "slow_calls %llu\n", xenpv_hypercall_total(dom));
	xenpv_hypercall_stats(m, dom);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

static void port_show(struct seq_file *m, struct xenpv_domain *dom, u32 nr)
{
	struct kvm_xenpv_port_status status = { .port = nr };

	if (xenpv_evtchn_status(dom, &status))
		return;
	seq_printf(m, "%4u vcpu %u %c%c ", nr, status.vcpu,
		   xenpv_2l_is_pending(dom, nr) ? 'P' : '-',
		   xenpv_2l_is_masked(dom, nr) ? 'M' : '-');
	switch (status.status) {
	case EVTCHNSTAT_unbound:
		seq_printf(m, "unbound remote %u\n", status.remote_domid);
		break;
	case EVTCHNSTAT_interdomain:
		if (status.remote_domid == XENPV_DOMID_HOST)
			seq_puts(m, "host\n");
		else
			seq_printf(m, "interdomain remote %u port %u\n",
				   status.remote_domid, status.remote_port);
		break;
	case EVTCHNSTAT_virq:
		seq_printf(m, "virq %u\n", status.virq);
		break;
	case EVTCHNSTAT_ipi:
		seq_puts(m, "ipi\n");
		break;
	default:
		seq_puts(m, "closed\n");
	}
}

static int ports_show(struct seq_file *m, void *unused)
{
	struct xenpv_domain *dom = m->private;
	unsigned int nr;

	mutex_lock(&dom->lock);
	for_each_set_bit(nr, dom->ports_used, XENPV_MAX_PORTS)
		if (!dom->dying)
			port_show(m, dom, nr);
	mutex_unlock(&dom->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(ports);

/* The port that the vCPU polls for, -1 for any, -2 when it does not. */
static int polling(const struct xenpv_vcpu *vcpu)
{
	struct xenpv_vcpu *first = xenpv_vcpu_get(vcpu->dom, 0);

	if (!first || !test_bit(vcpu->id,
				(unsigned long *)first->block->pollers))
		return -2;
	return READ_ONCE(vcpu->block->polling);
}

static void vcpu_show(struct seq_file *m, struct xenpv_vcpu *vcpu)
{
	seq_printf(m, "vcpu %u task %d cpu_time %llu events %lld kicks %lld doorbells %llu bad %lld polling %d vcpu_info %s\n",
		   vcpu->id, vcpu->task ? task_pid_nr(vcpu->task) : 0,
		   xenpv_vcpu_cpu_time(vcpu),
		   (long long)atomic64_read(&vcpu->events),
		   (long long)atomic64_read(&vcpu->kick.sent),
		   READ_ONCE(vcpu->doorbell.answered),
		   (long long)atomic64_read(&vcpu->doorbell.bad),
		   polling(vcpu),
		   vcpu->info ? "registered" : "initial");
}

static int vcpus_show(struct seq_file *m, void *unused)
{
	struct xenpv_domain *dom = m->private;
	struct xenpv_vcpu *vcpu;
	unsigned int i;

	mutex_lock(&dom->lock);
	for (i = 0; i < dom->max_vcpus && !dom->dying; i++) {
		vcpu = xenpv_vcpu_get(dom, i);
		if (vcpu)
			vcpu_show(m, vcpu);
	}
	mutex_unlock(&dom->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vcpus);

/**
 * xenpv_debugfs_init() - make the module's folder
 */
void xenpv_debugfs_init(void)
{
	root = debugfs_create_dir("kvm_xenpv", NULL);
}

/**
 * xenpv_debugfs_exit() - remove the module's folder
 */
void xenpv_debugfs_exit(void)
{
	debugfs_remove(root);
}

/**
 * xenpv_debugfs_add() - make a domain's folder
 * @dom: the domain; the folder must be gone before it is freed
 */
void xenpv_debugfs_add(struct xenpv_domain *dom)
{
	char name[8];

	snprintf(name, sizeof(name), "%u", dom->domid);
	dom->debugfs = debugfs_create_dir(name, root);
	debugfs_create_file("stats", 0400, dom->debugfs, dom, &stats_fops);
	debugfs_create_file("ports", 0400, dom->debugfs, dom, &ports_fops);
	debugfs_create_file("vcpus", 0400, dom->debugfs, dom, &vcpus_fops);
}

/**
 * xenpv_debugfs_remove() - remove a domain's folder
 * @dom: the domain, not locked: this waits for readers
 */
void xenpv_debugfs_remove(struct xenpv_domain *dom)
{
	debugfs_remove(dom->debugfs);
	dom->debugfs = NULL;
}
