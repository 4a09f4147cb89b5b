// SPDX-License-Identifier: GPL-2.0
/* A vCPU and the thread that runs it. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/kvm.h>
#include <linux/kvm_xenpv.h>
#include <linux/kvm_xenpv_monitor.h>

#include "../util.h"
#include "crash.h"
#include "domain.h"
#include "hypercall.h"
#include "vcpu.h"
#include "xen.h"

#define SIG_KICK	SIGUSR1

static void count(atomic_ulong *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* Taking the signal is all it is for: it ends KVM_RUN. */
static void on_kick(int sig)
{
	(void)sig;
}

void vcpu_init_signals(void)
{
	struct sigaction sa = { .sa_handler = on_kick };

	sigaction(SIG_KICK, &sa, NULL);
}

static void serve_call(struct vcpu *v)
{
	int ret = ioctl(v->d->fd, KVM_XENPV_HYPERCALL, (unsigned long)v->id);

	if (ret == 0) {
		count(&v->stats.module_calls);
	} else if (ret == 1) {
		count(&v->stats.vmm_calls);
		hypercall_serve(v);
	} else if (errno != EINTR) {
		crash_by_vmm(v, "the module refused a hypercall: %s",
			     strerror(errno));
	}
}

/* No device is behind any other port: reads give 0, writes go nowhere. */
static void handle_io(struct vcpu *v)
{
	struct kvm_run *run = v->run;

	if (run->io.direction == KVM_EXIT_IO_OUT &&
	    run->io.port == XENPV_PORT_CALL && run->io.size == 4) {
		count(&v->stats.io_call);
		serve_call(v);
		return;
	}
	count(&v->stats.io_other);
	if (run->io.direction == KVM_EXIT_IO_IN)
		memset((uint8_t *)run + run->io.data_offset, 0,
		       (size_t)run->io.size * run->io.count);
}

/* Memory that is not there, but for writes to what is read-only. */
static void handle_mmio(struct vcpu *v)
{
	const struct kvm_run *run = v->run;

	if (run->mmio.is_write &&
	    run->mmio.phys_addr / PAGE_SIZE == XENPV_FCH_GPA / PAGE_SIZE) {
		count(&v->stats.other);
		return;
	}
	crash_by_vmm(v, "access to memory that is not there: %s %#llx, %u bytes",
		     run->mmio.is_write ? "write to" : "read of",
		     (unsigned long long)run->mmio.phys_addr, run->mmio.len);
}

static void handle_exit(struct vcpu *v)
{
	struct kvm_run *run = v->run;

	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		handle_io(v);
		return;
	case KVM_EXIT_INTR:
	case KVM_EXIT_IRQ_WINDOW_OPEN:
	case KVM_EXIT_SET_TPR:
	case KVM_EXIT_IOAPIC_EOI:
		count(&v->stats.other);
		return;
	case KVM_EXIT_MMIO:
		handle_mmio(v);
		return;
	case KVM_EXIT_SHUTDOWN:
		crash_by_vmm(v, "triple fault");
		return;
	case KVM_EXIT_FAIL_ENTRY:
		crash_by_vmm(v, "the processor refused to enter the guest, reason %#llx",
			     (unsigned long long)
			     run->fail_entry.hardware_entry_failure_reason);
		return;
	case KVM_EXIT_INTERNAL_ERROR:
		crash_by_vmm(v, "KVM internal error %u, data %#llx %#llx",
			     run->internal.suberror,
			     (unsigned long long)run->internal.data[0],
			     (unsigned long long)run->internal.data[1]);
		return;
	default:
		crash_by_vmm(v, "KVM exit %u, which nothing is there to handle",
			     run->exit_reason);
	}
}

/* While either is true; under run_lock.  Who waits is not in KVM_RUN. */
void vcpu_wait(struct vcpu *v, const bool *one, const bool *other)
{
	struct domain *d = v->d;

	v->outside = true;
	pthread_cond_broadcast(&d->run_cond);
	while ((*one || *other) && !v->stop)
		pthread_cond_wait(&d->run_cond, &d->run_lock);
	v->outside = false;
}

/* False when the thread shall end. */
static bool may_run(struct vcpu *v)
{
	struct domain *d = v->d;

	/* Before the flags are read: a kick after that sets it again. */
	__atomic_store_n(&v->run->immediate_exit, 0, __ATOMIC_SEQ_CST);

	if (atomic_exchange(&v->dump, false))
		crash_log_registers(v);

	pthread_mutex_lock(&d->run_lock);
	if (d->paused || d->halted)
		vcpu_wait(v, &d->paused, &d->halted);
	pthread_mutex_unlock(&d->run_lock);
	return !v->stop;
}

static void *vcpu_thread(void *arg)
{
	struct vcpu *v = arg;
	struct domain *d = v->d;

	v->tid = gettid();
	if (ioctl(d->fd, KVM_XENPV_ATTACH_VCPU, (unsigned long)v->id)) {
		crash_by_vmm(v, "the module refused its thread: %s",
			     strerror(errno));
		return NULL;
	}

	while (may_run(v)) {
		/* Served calls go straight back, with no lock on their way. */
		while (!v->stop) {
			if (!ioctl(v->fd, KVM_RUN, 0)) {
				handle_exit(v);
				continue;
			}
			if (errno == EINTR || errno == EAGAIN) {
				count(&v->stats.signal);
				break;
			}
			crash_by_vmm(v, "KVM_RUN: %s", strerror(errno));
		}
	}
	return NULL;
}

int vcpu_start(struct vcpu *v)
{
	sigset_t all, old;
	char name[16];
	int ret;

	/* Signals to the process are the main thread's. */
	sigfillset(&all);
	sigdelset(&all, SIG_KICK);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ret = pthread_create(&v->thread, NULL, vcpu_thread, v);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (ret) {
		errno = ret;
		err_sys("cannot start the thread of vCPU %u", v->id);
		return -1;
	}
	v->started = true;
	if (vcpu_set_affinity(v, &v->hard))
		err_sys("vCPU %u cannot be pinned", v->id);
	snprintf(name, sizeof(name), "vcpu%u", v->id);
	pthread_setname_np(v->thread, name);
	return 0;
}

int vcpu_set_affinity(struct vcpu *v, const cpu_set_t *hard)
{
	int ret = 0;

	if (v->started)
		ret = pthread_setaffinity_np(v->thread, sizeof(*hard), hard);
	if (!ret)
		v->hard = *hard;
	errno = ret;
	return ret ? -1 : 0;
}

void vcpu_kick(struct vcpu *v)
{
	if (!v->started)
		return;
	__atomic_store_n(&v->run->immediate_exit, 1, __ATOMIC_SEQ_CST);
	pthread_kill(v->thread, SIG_KICK);
}

void vcpu_join(struct vcpu *v)
{
	if (!v->started)
		return;
	pthread_join(v->thread, NULL);
	v->started = false;
}

void vcpu_print_stats(const struct vcpu *v, FILE *out)
{
	const struct vcpu_stats *s = &v->stats;
	const struct {
		const char *name;
		const atomic_ulong *value;
	} counters[] = {
		{ "io_call", &s->io_call },
		{ "io_other", &s->io_other },
		{ "signal", &s->signal },
		{ "other", &s->other },
		{ "module_calls", &s->module_calls },
		{ "vmm_calls", &s->vmm_calls },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(counters); i++)
		fprintf(out, "vcpu%u.%s %lu\n", v->id, counters[i].name,
			atomic_load(counters[i].value));
}
