// SPDX-License-Identifier: GPL-2.0
/* A domain, from its creation to its end, as its helper process holds it. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>
#include <linux/kvm_xenpv.h>
#include <linux/kvm_xenpv_monitor.h>

#include "../config.h"
#include "../domains.h"
#include "../migrate/restore.h"
#include "../util.h"
#include "cpuid.h"
#include "domain.h"
#include "log.h"
#include "xen.h"

/* 0 or an errno, after a line on stderr. */
static int create_in_module(struct domain *d, const char *name)
{
	struct kvm_xenpv_create_domain req = {
		.nr_vcpus = d->nr_vcpus,
		.flags = d->is_32bit ? KVM_XENPV_DOMAIN_32BIT : 0,
	};
	int error;

	if (strlen(name) >= sizeof(req.name)) {
		err("domain name '%s' is longer than %zu characters", name,
		    sizeof(req.name) - 1);
		return ENAMETOOLONG;
	}
	strcpy(req.name, name);
	memcpy(req.uuid, d->cfg->uuid, sizeof(req.uuid));

	d->fd = ioctl(d->dev, KVM_XENPV_CREATE_DOMAIN, &req);
	error = d->fd < 0 ? errno : 0;
	if (error == EEXIST)
		err("a domain named '%s' exists already", name);
	else if (error == ENOSPC)
		err("domain '%s': the host has as many domains as max_domains allows",
		    name);
	else if (error)
		err_sys("cannot create domain '%s'", name);
	d->domid = req.domid;
	return error;
}

static int map_memory(struct domain *d, const struct restore *from)
{
	const struct domain_config *cfg = d->cfg;
	struct guest_mem *m = &d->mem;

	guest_mem_init(m, cfg->memory_mb << 8,
		       from ? restore_max_pages(from, cfg) :
			      cfg->maxmem_mb << 8);
	if (layout_special(&d->lay, m, d->nr_vcpus, d->image.hdr.mem_size) ||
	    (d->is_32bit && layout_m2p32(&d->lay, m)) ||
	    (from && layout_pins(&d->lay, m)) ||
	    guest_mem_map(m, d->lay.size))
		return -1;
	/* Which pages it has, the stream tells one by one. */
	if (from) {
		m->nr_pages = 0;
		m->low_pages = m->low_max;
	}
	return kvm_set_memory(&d->kvm, m);
}

static int tell_memory(struct domain *d)
{
	const struct guest_mem *m = &d->mem;
	struct kvm_xenpv_memory table = {
		.nr_regions = m->high ? 3 : 2,
		.regions = {
			{ 0, m->low_max << PAGE_SHIFT, (uintptr_t)m->low },
			{ m->special_gpa, m->special_size,
			  (uintptr_t)m->special },
			{ MEM_HOLE_END, (m->max_pages - m->low_max) << PAGE_SHIFT,
			  (uintptr_t)m->high },
		},
	};
	__u64 shared_info = d->lay.shared_info;

	if (!m->high)
		memset(&table.regions[2], 0, sizeof(table.regions[2]));
	if (ioctl(d->fd, KVM_XENPV_SET_MEMORY, &table)) {
		err_sys("the module refused the memory table");
		return -1;
	}
	if (ioctl(d->fd, KVM_XENPV_SET_SHARED_INFO, &shared_info)) {
		err_sys("the module refused shared_info");
		return -1;
	}
	return 0;
}

static int add_vcpu(struct domain *d, struct vcpu *v)
{
	uint64_t block = d->lay.areas + v->id * XENPV_AREA_SIZE +
			 XENPV_AREA_BLOCK;
	struct kvm_xenpv_vcpu req = { .id = v->id, .block_gpa = block };

	v->block = guest_ptr(&d->mem, block, sizeof(*v->block));
	v->doorbell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	v->irq_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (v->doorbell_fd < 0 || v->irq_fd < 0) {
		err_sys("cannot create eventfds of vCPU %u", v->id);
		return -1;
	}
	if (kvm_create_vcpu(&d->kvm, v->id, &v->fd, &v->run) ||
	    kvm_bind_vcpu_fds(&d->kvm, v->id, v->doorbell_fd, v->irq_fd))
		return -1;

	req.doorbell_fd = v->doorbell_fd;
	req.irq_fd = v->irq_fd;
	if (ioctl(d->fd, KVM_XENPV_ADD_VCPU, &req)) {
		err_sys("the module refused vCPU %u", v->id);
		return -1;
	}
	return 0;
}

static int add_vcpus(struct domain *d)
{
	unsigned int i;

	if (kvm_route_events(&d->kvm, d->nr_vcpus))
		return -1;
	for (i = 0; i < d->nr_vcpus; i++)
		if (add_vcpu(d, &d->vcpus[i]))
			return -1;
	return 0;
}

static int alloc_port(struct domain *d, uint32_t *port)
{
	struct kvm_xenpv_alloc_port req = { .remote = 0 };

	if (ioctl(d->fd, KVM_XENPV_ALLOC_PORT, &req) ||
	    ioctl(d->event_fd, KVM_XENPV_BIND_PORT, (unsigned long)req.port)) {
		err_sys("cannot set up an event channel");
		return -1;
	}
	*port = req.port;
	return 0;
}

static int open_ports(struct domain *d)
{
	d->event_fd = ioctl(d->fd, KVM_XENPV_CREATE_EVENT_FD);
	if (d->event_fd < 0 ||
	    fcntl(d->event_fd, F_SETFL, O_NONBLOCK) < 0) {
		err_sys("cannot open the domain's event channels");
		return -1;
	}
	if (alloc_port(d, &d->store_port) || alloc_port(d, &d->console_port))
		return -1;
	return 0;
}

/* The width of a domain is that of its kernel. */
static int load_kernel(struct domain *d)
{
	const struct domain_config *cfg = d->cfg;

	if (!cfg->kernel) {
		err("domain '%s' has no kernel to boot", cfg->name);
		return -1;
	}
	d->kernel = kernel_load(cfg->kernel, cfg->grub_config);
	if (!d->kernel)
		return -1;
	d->is_32bit = kernel_is_32bit(d->kernel);
	return 0;
}

static int build(struct domain *d)
{
	const struct domain_config *cfg = d->cfg;
	const struct build_params p = {
		.kernel = cfg->kernel,
		.image = d->kernel,
		.ramdisk = cfg->ramdisk,
		.cmdline = cfg->cmdline,
		.mem = &d->mem,
		.shared_info_mfn = d->lay.shared_info >> PAGE_SHIFT,
		.console_port = d->console_port,
		.store_port = d->store_port,
	};
	int ret = build_domain(&p, &d->built);

	kernel_unload(d->kernel);
	d->kernel = NULL;
	return ret;
}

/* Events stay masked until the guest's kernel can take them. */
static void init_shared_info(struct domain *d)
{
	shared_info_t *s = guest_ptr(&d->mem, d->lay.shared_info, PAGE_SIZE);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(s->vcpu_info); i++)
		s->vcpu_info[i].evtchn_upcall_mask = 1;
}

/* The two entries that every toolstack fills in. */
static void init_grants(struct domain *d)
{
	grant_entry_v1_t *g = guest_ptr(&d->mem, d->lay.grants, PAGE_SIZE);

	g[GNTTAB_RESERVED_CONSOLE].flags = GTF_permit_access;
	g[GNTTAB_RESERVED_CONSOLE].frame = d->built.console_mfn;
	g[GNTTAB_RESERVED_XENSTORE].flags = GTF_permit_access;
	g[GNTTAB_RESERVED_XENSTORE].frame = d->built.store_mfn;
}

/* A kernel in ring 1: flat segments of 32 bits. */
static void narrow_context(vcpu_guest_context_t *c)
{
	cpu_user_regs_t *u = &c->user_regs;

	u->cs = FLAT_KERNEL_CS_X86_32;
	u->ss = FLAT_KERNEL_SS_X86_32;
	u->ds = FLAT_KERNEL_DS_X86_32;
	u->es = FLAT_KERNEL_DS_X86_32;
	u->fs = FLAT_KERNEL_DS_X86_32;
	u->gs = FLAT_KERNEL_DS_X86_32;
	c->kernel_ss = FLAT_KERNEL_SS_X86_32;
}

/* What the monitor loads into vCPU 0 when it enters the guest. */
static void init_context(struct domain *d)
{
	const struct build_result *b = &d->built;
	vcpu_guest_context_t *c;

	static_assert(sizeof(*c) <= CONTEXT_PAGES * 4096, "context pages");
	c = guest_ptr(&d->mem, d->lay.contexts, sizeof(*c));
	c->flags = VGCF_in_kernel | VGCF_online;
	c->user_regs.rip = b->entry;
	c->user_regs.rsp = b->stack;
	c->user_regs.rsi = b->start_info;
	c->user_regs.rflags = 0x200;
	c->user_regs.cs = FLAT_KERNEL_CS64;
	c->user_regs.ss = FLAT_KERNEL_SS64;
	c->user_regs.saved_upcall_mask = 1;
	c->kernel_ss = FLAT_KERNEL_SS64;
	c->kernel_sp = b->stack;
	c->ctrlreg[3] = b->cr3_mfn << PAGE_SHIFT;
	if (d->is_32bit)
		narrow_context(c);
	d->vcpus[0].block->context_gpa = d->lay.contexts;
	/* It is in use although its monitor has yet to say so. */
	d->vcpus[0].block->online = 1;
}

/* Bits of the largest guest physical address there is. */
static unsigned int address_bits(const struct domain *d)
{
	uint64_t end = mem_end_mfn(&d->mem) << PAGE_SHIFT;
	unsigned int bits = 32;

	while (end > 1ULL << bits)
		bits++;
	return bits;
}

static int init_vcpus(struct domain *d, const struct cpuid_change *kept, size_t nr_kept)
{
	struct cpuid_info info = {
		.nr_vcpus = d->nr_vcpus,
		.domid = d->domid,
		.tsc_khz = kvm_tsc_khz(d->vcpus[0].fd),
		.address_bits = address_bits(d),
		.tsc_mode = d->cfg->tsc_mode,
		.changes = d->cfg->cpuid,
		.nr_changes = d->cfg->nr_cpuid,
		.kept = kept,
		.nr_kept = nr_kept,
	};
	struct kvm_vcpu_start start = {
		.entry = d->image.hdr.entry,
		.root_gpa = d->lay.tables,
		.emulate_tsc = d->cfg->tsc_mode == TSC_MODE_ALWAYS_EMULATE,
	};
	struct kvm_cpuid2 *cpuid;
	unsigned int i;
	int ret = 0;

	cpuid = xcalloc(1, sizeof(*cpuid) +
			   CPUID_MAX_LEAVES * sizeof(cpuid->entries[0]));
	d->cpuid = cpuid;
	cpuid_policy(d->kvm.supported, &info, cpuid);
	start.cpuid = cpuid;
	for (i = 0; i < d->nr_vcpus && !ret; i++) {
		start.id = i;
		cpuid_for_vcpu(cpuid, i, d->nr_vcpus);
		ret = kvm_init_vcpu(d->vcpus[i].fd, &start);
	}
	return ret;
}

static int place_monitor(struct domain *d)
{
	const struct monitor_info info = {
		.domid = d->domid,
		.nr_vcpus = d->nr_vcpus,
		.uuid = d->cfg->uuid,
	};

	return monitor_place(&d->image, &d->mem, &d->lay, &info);
}

static void set_cpus(cpu_set_t *set, const cpu_set_t *sets, unsigned int i)
{
	if (sets)
		*set = sets[i];
	else
		cpuset_all(set);
}

static struct domain *domain_alloc(const struct domain_config *cfg)
{
	struct domain *d = xcalloc(1, sizeof(*d));
	unsigned int i;

	d->cfg = cfg;
	d->nr_vcpus = cfg->maxvcpus;
	d->dev = -1;
	d->fd = -1;
	d->event_fd = -1;
	d->end_fd = -1;
	d->suspend_fd = -1;
	for (i = 0; i < NR_WATCHDOGS; i++)
		d->watchdog.fds[i] = -1;
	d->kvm.sys = -1;
	d->kvm.vm = -1;
	d->end_code = -1;
	d->paused = true;
	pthread_mutex_init(&d->line_lock, NULL);
	pthread_mutex_init(&d->run_lock, NULL);
	pthread_cond_init(&d->run_cond, NULL);
	d->vcpus = xcalloc(d->nr_vcpus, sizeof(*d->vcpus));
	for (i = 0; i < d->nr_vcpus; i++) {
		d->vcpus[i].d = d;
		d->vcpus[i].id = i;
		d->vcpus[i].fd = -1;
		d->vcpus[i].doorbell_fd = -1;
		d->vcpus[i].irq_fd = -1;
		set_cpus(&d->vcpus[i].hard, cfg->cpus, i);
		set_cpus(&d->vcpus[i].soft, cfg->cpus_soft, i);
	}
	return d;
}

/* What the domain begins with: its kernel, or what was saved. */
static int boot(struct domain *d)
{
	if (build(d) || place_monitor(d) || init_vcpus(d, NULL, 0))
		return -1;
	init_context(d);
	return 0;
}

static int go_on(struct domain *d, struct restore *from)
{
	struct cpuid_change *kept;
	size_t nr = restore_cpuid(from, &kept);
	int ret = -1;

	if (!place_monitor(d) && !init_vcpus(d, kept, nr) && !restore_domain(from, d))
		ret = 0;
	free(kept);
	return ret;
}

struct domain *domain_create(const struct domain_config *cfg, const char *name,
			     struct restore *from)
{
	struct domain *d;
	int error = EIO;

	if (!cfg->maxvcpus || cfg->maxvcpus > XENPV_MAX_VCPUS) {
		err("maxvcpus must be 1 to %u", XENPV_MAX_VCPUS);
		errno = error;
		return NULL;
	}
	d = domain_alloc(cfg);
	d->end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	d->suspend_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (d->end_fd < 0 || d->suspend_fd < 0) {
		err_sys("cannot create an eventfd");
		goto fail;
	}

	d->dev = device_open();
	if (d->dev < 0)
		goto fail;
	if (from)
		d->is_32bit = from->img.is_32bit;
	else if (load_kernel(d))
		goto fail;
	/* The module next: it knows whether there is such a domain already. */
	error = create_in_module(d, name);
	if (error)
		goto fail;
	error = EIO;
	if (monitor_fetch(d->dev, &d->image) || kvm_open(&d->kvm) ||
	    map_memory(d, from) || tell_memory(d) || add_vcpus(d) || open_ports(d))
		goto fail;
	if (watchdog_init(&d->watchdog))
		goto fail;
	reservation_init(&d->reservation, &d->mem, &d->lay);
	domain_tell_reservation(d);
	init_shared_info(d);
	if (from ? go_on(d, from) : boot(d))
		goto fail;
	init_grants(d);
	monitor_release(&d->image);
	return d;

fail:
	domain_destroy(d);
	errno = error;
	return NULL;
}

int domain_start(struct domain *d, bool paused)
{
	unsigned int i;

	domain_pause(d, paused);
	for (i = 0; i < d->nr_vcpus; i++)
		if (vcpu_start(&d->vcpus[i]))
			return -1;
	return 0;
}

static void kick_all(struct domain *d)
{
	unsigned int i;

	for (i = 0; i < d->nr_vcpus; i++)
		vcpu_kick(&d->vcpus[i]);
}

void domain_hold(struct domain *d, bool hold)
{
	pthread_mutex_lock(&d->run_lock);
	d->paused = hold;
	pthread_cond_broadcast(&d->run_cond);
	pthread_mutex_unlock(&d->run_lock);
	if (hold)
		kick_all(d);
}

void domain_pause(struct domain *d, bool pause)
{
	domain_hold(d, pause);
	domain_set_state(d, pause ? KVM_XENPV_STATE_PAUSED :
				    KVM_XENPV_STATE_RUNNING, 0);
}

int64_t domain_suspended(struct vcpu *v)
{
	struct domain *d = v->d;
	uint64_t n = 1;

	pthread_mutex_lock(&d->run_lock);
	/* Nobody would resume it otherwise: it goes on at once. */
	if (d->want_suspend) {
		d->want_suspend = false;
		d->suspended = write(d->suspend_fd, &n, sizeof(n)) == sizeof(n);
		vcpu_wait(v, &d->suspended, &d->suspended);
	}
	pthread_mutex_unlock(&d->run_lock);
	return 1;
}

void domain_want_suspend(struct domain *d, bool want)
{
	uint64_t n;

	pthread_mutex_lock(&d->run_lock);
	d->want_suspend = want;
	if (!want)
		d->suspended = false;
	pthread_cond_broadcast(&d->run_cond);
	pthread_mutex_unlock(&d->run_lock);
	/* Of one that came too late nobody shall hear the next time. */
	if (!want && read(d->suspend_fd, &n, sizeof(n)) == sizeof(n))
		log_line("the guest suspended itself too late: it goes on");
}

void domain_halt(struct domain *d)
{
	unsigned int i;

	pthread_mutex_lock(&d->run_lock);
	d->halted = true;
	pthread_mutex_unlock(&d->run_lock);
	kick_all(d);
	pthread_mutex_lock(&d->run_lock);
	for (i = 0; i < d->nr_vcpus; i++)
		while (d->vcpus[i].started && !d->vcpus[i].outside &&
		       !d->vcpus[i].stop)
			pthread_cond_wait(&d->run_cond, &d->run_lock);
	pthread_mutex_unlock(&d->run_lock);
}

bool domain_is_halted(struct domain *d)
{
	bool halted;

	pthread_mutex_lock(&d->run_lock);
	halted = d->halted;
	pthread_mutex_unlock(&d->run_lock);
	return halted;
}

void domain_resume(struct domain *d)
{
	pthread_mutex_lock(&d->run_lock);
	d->halted = false;
	d->suspended = false;
	pthread_cond_broadcast(&d->run_cond);
	pthread_mutex_unlock(&d->run_lock);
}

void domain_stop(struct domain *d)
{
	unsigned int i;

	pthread_mutex_lock(&d->run_lock);
	for (i = 0; i < d->nr_vcpus; i++)
		d->vcpus[i].stop = true;
	pthread_cond_broadcast(&d->run_cond);
	pthread_mutex_unlock(&d->run_lock);
	kick_all(d);
	for (i = 0; i < d->nr_vcpus; i++)
		vcpu_join(&d->vcpus[i]);
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void domain_destroy(struct domain *d)
{
	unsigned int i;

	if (!d)
		return;
	domain_stop(d);
	close_fd(d->event_fd);
	close_fd(d->fd);
	for (i = 0; i < d->nr_vcpus; i++) {
		struct vcpu *v = &d->vcpus[i];

		if (v->run)
			munmap(v->run, d->kvm.run_size);
		close_fd(v->fd);
		close_fd(v->doorbell_fd);
		close_fd(v->irq_fd);
	}
	kvm_close(&d->kvm);
	close_fd(d->dev);
	close_fd(d->end_fd);
	close_fd(d->suspend_fd);
	monitor_release(&d->image);
	kernel_unload(d->kernel);
	watchdog_free(&d->watchdog);
	reservation_free(&d->reservation);
	guest_mem_unmap(&d->mem);
	free(d->cpuid);
	pthread_cond_destroy(&d->run_cond);
	pthread_mutex_destroy(&d->run_lock);
	pthread_mutex_destroy(&d->line_lock);
	free(d->vcpus);
	free(d);
}

void domain_end(struct domain *d, int code)
{
	uint64_t one = 1;
	int running = -1;

	if (!atomic_compare_exchange_strong(&d->end_code, &running, code))
		return;
	if (write(d->end_fd, &one, sizeof(one)) != sizeof(one))
		log_line("cannot say that the domain ended");
}

void domain_tell_reservation(struct domain *d)
{
	__u64 bytes = reservation_pages(&d->reservation) << PAGE_SHIFT;

	if (ioctl(d->fd, KVM_XENPV_SET_RESERVATION, &bytes))
		log_line("the module refused the domain's size");
}

void domain_set_state(struct domain *d, uint32_t state, uint32_t code)
{
	struct kvm_xenpv_state s = { .state = state, .shutdown_code = code };

	if (ioctl(d->fd, KVM_XENPV_SET_STATE, &s))
		log_line("the module refused state %u", state);
}
