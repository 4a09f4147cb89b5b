// SPDX-License-Identifier: GPL-2.0
/* Domains without a virtual machine: see xenpv_dom.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "xenpv_dom.h"

int xdev(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open(XDOM_DEVICE, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int xioctl(int fd, unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

int xioctl_n(int fd, unsigned long cmd, unsigned long arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

const char *xdom_unique(char buf[KVM_XENPV_NAME_LEN])
{
	static atomic_uint seq;

	snprintf(buf, KVM_XENPV_NAME_LEN, "test-%d-%u", getpid(), seq++);
	return buf;
}

int xdom_create(const char *name, uint32_t flags, uint32_t nr_vcpus, uint32_t *domid)
{
	struct kvm_xenpv_create_domain c = {
		.flags = flags,
		.nr_vcpus = nr_vcpus,
		.uuid = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 },
	};
	int fd;

	memcpy(c.name, name, strnlen(name, sizeof(c.name)));
	fd = xioctl(xdev(), KVM_XENPV_CREATE_DOMAIN, &c);
	if (fd >= 0 && domid)
		*domid = c.domid;
	return fd;
}

int xdom_init(struct xdom *d, uint32_t flags, unsigned int max_vcpus, int map)
{
	unsigned int i;

	memset(d, 0, sizeof(*d));
	d->fd = -1;
	d->max_vcpus = max_vcpus;
	d->compat = flags & KVM_XENPV_DOMAIN_32BIT;
	for (i = 0; i < XDOM_VCPUS; i++) {
		d->vcpu[i].dom = d;
		d->vcpu[i].id = i;
		d->vcpu[i].doorbell = -1;
		d->vcpu[i].irq = -1;
	}
	d->mem = mmap(NULL, XDOM_SIZE, PROT_READ | PROT_WRITE,
		      map | MAP_ANONYMOUS, -1, 0);
	if (d->mem == MAP_FAILED) {
		d->mem = NULL;
		return -errno;
	}
	d->si = xdom_page(d, XDOM_PG_SHARED);
	xdom_unique(d->name);
	d->fd = xdom_create(d->name, flags, max_vcpus, &d->domid);
	return d->fd < 0 ? d->fd : 0;
}

int xdom_set_memory(struct xdom *d)
{
	struct kvm_xenpv_memory m = {
		.nr_regions = 1,
		.regions[0] = {
			.gpa = XDOM_GPA,
			.size = XDOM_SIZE,
			.hva = (uintptr_t)d->mem,
		},
	};

	return xioctl(d->fd, KVM_XENPV_SET_MEMORY, &m);
}

int xdom_set_shared(struct xdom *d)
{
	uint64_t gpa = xdom_gpa(XDOM_PG_SHARED);

	return xioctl(d->fd, KVM_XENPV_SET_SHARED_INFO, &gpa);
}

static void *legacy_info(struct xdom *d, unsigned int id)
{
	if (id >= XEN_LEGACY_MAX_VCPUS)
		return NULL;
	if (d->compat)
		return &((struct shared_info_x86_32 *)d->si)->vcpu_info[id];
	return &((struct shared_info *)d->si)->vcpu_info[id];
}

int xdom_add(struct xdom *d, unsigned int id)
{
	struct xvcpu *v = &d->vcpu[id];
	struct kvm_xenpv_vcpu arg = {
		.id = id,
		.block_gpa = xdom_gpa(XDOM_PG_BLOCK + id),
	};

	if (v->doorbell < 0)
		v->doorbell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (v->irq < 0)
		v->irq = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (v->doorbell < 0 || v->irq < 0)
		return -errno;
	arg.doorbell_fd = v->doorbell;
	arg.irq_fd = v->irq;
	v->block = xdom_page(d, XDOM_PG_BLOCK + id);
	v->info = legacy_info(d, id);
	return xioctl(d->fd, KVM_XENPV_ADD_VCPU, &arg);
}

int xdom_attach(struct xvcpu *v)
{
	return xioctl_n(v->dom->fd, KVM_XENPV_ATTACH_VCPU, v->id);
}

static uint64_t *pollers(const struct xvcpu *v)
{
	return (uint64_t *)&v->dom->vcpu[0].block->pollers[v->id / 64];
}

void xvcpu_poll(struct xvcpu *v, uint32_t port)
{
	v->block->polling = port;
	__atomic_fetch_or(pollers(v), 1ULL << v->id % 64, __ATOMIC_SEQ_CST);
}

void xvcpu_poll_end(struct xvcpu *v)
{
	__atomic_fetch_and(pollers(v), ~(1ULL << v->id % 64), __ATOMIC_SEQ_CST);
}

bool xvcpu_polls(const struct xvcpu *v)
{
	return *pollers(v) >> v->id % 64 & 1;
}

int xdom_new(struct xdom *d, uint32_t flags, unsigned int nr)
{
	unsigned int i;
	int ret;

	ret = xdom_init(d, flags, nr, MAP_SHARED);
	if (!ret)
		ret = xdom_set_memory(d);
	if (!ret)
		ret = xdom_set_shared(d);
	for (i = 0; !ret && i < nr; i++) {
		ret = xdom_add(d, i);
		if (!ret)
			ret = xdom_attach(&d->vcpu[i]);
	}
	return ret;
}

void xdom_close(struct xdom *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

void xdom_free(struct xdom *d)
{
	unsigned int i;

	if (!d->max_vcpus)
		return;
	xdom_close(d);
	for (i = 0; i < XDOM_VCPUS; i++) {
		if (d->vcpu[i].doorbell >= 0)
			close(d->vcpu[i].doorbell);
		if (d->vcpu[i].irq >= 0)
			close(d->vcpu[i].irq);
		d->vcpu[i].doorbell = -1;
		d->vcpu[i].irq = -1;
	}
	if (d->mem)
		munmap(d->mem, XDOM_SIZE);
	d->mem = NULL;
}

int xdom_info(struct xdom *d, struct kvm_xenpv_info *info)
{
	memset(info, 0xee, sizeof(*info));
	return xioctl(d->fd, KVM_XENPV_GET_INFO, info);
}

int xdom_listed(const char *name, struct kvm_xenpv_info *info)
{
	struct kvm_xenpv_info some[8];
	struct kvm_xenpv_list l = { .infos = (uintptr_t)some };
	unsigned int i;
	int ret;

	for (;;) {
		l.count = 8;
		ret = xioctl(xdev(), KVM_XENPV_LIST_DOMAINS, &l);
		if (ret)
			return ret;
		for (i = 0; i < l.count; i++) {
			if (!strcmp(some[i].name, name) &&
			    some[i].state != KVM_XENPV_STATE_DYING) {
				if (info)
					*info = some[i];
				return 1;
			}
		}
		if (l.count < 8)
			return 0;
		l.first = some[7].domid + 1;
	}
}

int xdom_gone(const char *name)
{
	int i, ret = 1;

	for (i = 0; i < 1000 && ret; i++) {
		ret = xdom_listed(name, NULL);
		if (ret)
			usleep(1000);
	}
	return ret;
}

int xdom_count(void)
{
	static struct kvm_xenpv_info all[1024];
	struct kvm_xenpv_list l = { .count = 1024, .infos = (uintptr_t)all };
	int ret = xioctl(xdev(), KVM_XENPV_LIST_DOMAINS, &l);

	return ret ? ret : (int)l.count;
}

/* --- hypercalls --- */

static void fill_block(struct xvcpu *v, uint64_t op, uint64_t arg0, uint64_t arg1)
{
	unsigned int i;

	v->block->op = op;
	v->block->arg[0] = arg0;
	v->block->arg[1] = arg1;
	/* Nothing may depend on what is not an argument. */
	for (i = 2; i < 6; i++)
		v->block->arg[i] = 0xdeadbeefdeadbeefULL;
	v->block->ret = XCALL_SILENT;
}

long xcall(struct xvcpu *v, uint64_t op, uint64_t arg0, uint64_t arg1,
	   void *data, size_t len)
{
	int ret;

	fill_block(v, op, arg0, arg1);
	if (len)
		memcpy((void *)v->block->data, data, len);
	v->block->data_len = len;
	ret = xioctl_n(v->dom->fd, KVM_XENPV_HYPERCALL, v->id);
	if (ret < 0)
		return XCALL_IOCTL + ret;
	if (ret > 0)
		return XCALL_FOREIGN;
	if (len)
		memcpy(data, (void *)v->block->data, len);
	return v->block->ret;
}

long xevtchn(struct xvcpu *v, unsigned int cmd, void *arg, size_t len)
{
	return xcall(v, __HYPERVISOR_event_channel_op, cmd, 0xdeadbeef, arg, len);
}

int xdoorbell(struct xvcpu *v)
{
	uint64_t one = 1;

	return write(v->doorbell, &one, sizeof(one)) == sizeof(one) ? 0 : -errno;
}

long xring(struct xvcpu *v, uint64_t op, uint64_t arg0, uint64_t arg1)
{
	int ret;

	fill_block(v, op, arg0, arg1);
	v->block->data_len = 0;
	ret = xdoorbell(v);
	return ret ? XCALL_IOCTL + ret : v->block->ret;
}

long xev_alloc(struct xvcpu *v, domid_t remote)
{
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = remote };
	long ret = xevtchn(v, EVTCHNOP_alloc_unbound, &a, sizeof(a));

	return ret ? ret : (long)a.port;
}

long xev_bind(struct xvcpu *v, domid_t remote, evtchn_port_t port)
{
	struct evtchn_bind_interdomain b = { .remote_dom = remote, .remote_port = port };
	long ret = xevtchn(v, EVTCHNOP_bind_interdomain, &b, sizeof(b));

	return ret ? ret : (long)b.local_port;
}

long xev_virq(struct xvcpu *v, uint32_t virq, uint32_t vcpu)
{
	struct evtchn_bind_virq b = { .virq = virq, .vcpu = vcpu };
	long ret = xevtchn(v, EVTCHNOP_bind_virq, &b, sizeof(b));

	return ret ? ret : (long)b.port;
}

long xev_ipi(struct xvcpu *v, uint32_t vcpu)
{
	struct evtchn_bind_ipi b = { .vcpu = vcpu };
	long ret = xevtchn(v, EVTCHNOP_bind_ipi, &b, sizeof(b));

	return ret ? ret : (long)b.port;
}

long xev_close(struct xvcpu *v, evtchn_port_t port)
{
	struct evtchn_close c = { .port = port };

	return xevtchn(v, EVTCHNOP_close, &c, sizeof(c));
}

long xev_bind_vcpu(struct xvcpu *v, evtchn_port_t port, uint32_t vcpu)
{
	struct evtchn_bind_vcpu b = { .port = port, .vcpu = vcpu };

	return xevtchn(v, EVTCHNOP_bind_vcpu, &b, sizeof(b));
}

long xev_unmask(struct xvcpu *v, evtchn_port_t port)
{
	struct evtchn_unmask u = { .port = port };

	return xevtchn(v, EVTCHNOP_unmask, &u, sizeof(u));
}

long xev_reset(struct xvcpu *v, domid_t dom)
{
	struct evtchn_reset r = { .dom = dom };

	return xevtchn(v, EVTCHNOP_reset, &r, sizeof(r));
}

long xev_status(struct xvcpu *v, domid_t dom, evtchn_port_t port,
		struct evtchn_status *st)
{
	memset(st, 0, sizeof(*st));
	st->dom = dom;
	st->port = port;
	st->status = ~0;
	return xevtchn(v, EVTCHNOP_status, st, sizeof(*st));
}

long xev_state(struct xvcpu *v, evtchn_port_t port)
{
	struct evtchn_status st;
	long ret = xev_status(v, DOMID_SELF, port, &st);

	return ret ? ret : (long)st.status;
}

long xev_send(struct xvcpu *v, evtchn_port_t port)
{
	struct evtchn_send s = { .port = port };

	return xevtchn(v, EVTCHNOP_send, &s, sizeof(s));
}

long xev_ring(struct xvcpu *v, evtchn_port_t port)
{
	return xring(v, __HYPERVISOR_event_channel_op, EVTCHNOP_send, port);
}

int xev_pair(struct xvcpu *a, struct xvcpu *b, evtchn_port_t *pa, evtchn_port_t *pb)
{
	long ret = xev_alloc(a, b->dom->domid);

	if (ret < 0)
		return ret;
	*pa = ret;
	ret = xev_bind(b, a->dom->domid, *pa);
	if (ret < 0)
		return ret;
	*pb = ret;
	xdom_quiet(a->dom);
	xdom_quiet(b->dom);
	return 0;
}

long xvcpu_register(struct xvcpu *v, unsigned int id, uint64_t gpa)
{
	long ret = xcall(v, XENPV_OP_VCPU_INFO, id, gpa, NULL, 0);

	if (!ret)
		v->dom->vcpu[id].info = v->dom->mem + (gpa - XDOM_GPA);
	return ret;
}

/* --- what the guest sees --- */

unsigned int xdom_word_bits(struct xdom *d)
{
	return d->compat ? 32 : 64;
}

unsigned int xdom_ports(struct xdom *d)
{
	return d->compat ? 1024 : 4096;
}

/* On x86 the arrays of both layouts are bit strings of 32-bit words. */
static _Atomic uint32_t *pending_word(struct xdom *d, evtchn_port_t port)
{
	uint32_t *w;

	if (d->compat)
		w = (uint32_t *)((struct shared_info_x86_32 *)d->si)->evtchn_pending;
	else
		w = (uint32_t *)((struct shared_info *)d->si)->evtchn_pending;
	return (_Atomic uint32_t *)(w + port / 32);
}

static _Atomic uint32_t *mask_word(struct xdom *d, evtchn_port_t port)
{
	uint32_t *w;

	if (d->compat)
		w = (uint32_t *)((struct shared_info_x86_32 *)d->si)->evtchn_mask;
	else
		w = (uint32_t *)((struct shared_info *)d->si)->evtchn_mask;
	return (_Atomic uint32_t *)(w + port / 32);
}

bool xdom_pending(struct xdom *d, evtchn_port_t port)
{
	return *pending_word(d, port) >> (port % 32) & 1;
}

bool xdom_masked(struct xdom *d, evtchn_port_t port)
{
	return *mask_word(d, port) >> (port % 32) & 1;
}

void xdom_mask(struct xdom *d, evtchn_port_t port, bool on)
{
	if (on)
		atomic_fetch_or(mask_word(d, port), 1U << (port % 32));
	else
		atomic_fetch_and(mask_word(d, port), ~(1U << (port % 32)));
}

bool xdom_clear(struct xdom *d, evtchn_port_t port)
{
	uint32_t bit = 1U << (port % 32);

	return atomic_fetch_and(pending_word(d, port), ~bit) & bit;
}

unsigned int xdom_nr_pending(struct xdom *d)
{
	unsigned int port, n = 0;

	for (port = 0; port < xdom_ports(d); port += 32)
		n += __builtin_popcount(*pending_word(d, port));
	return n;
}

uint64_t xvcpu_sel(struct xvcpu *v)
{
	if (v->dom->compat)
		return ((volatile struct vcpu_info_x86_32 *)v->info)->evtchn_pending_sel;
	return ((volatile struct vcpu_info *)v->info)->evtchn_pending_sel;
}

uint64_t xvcpu_take_sel(struct xvcpu *v)
{
	struct vcpu_info_x86_32 *info32 = v->info;
	struct vcpu_info *info = v->info;

	if (v->dom->compat)
		return __atomic_exchange_n(&info32->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
	return __atomic_exchange_n(&info->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
}

/* The first byte of a vcpu_info in both layouts. */
uint8_t xvcpu_upcall(struct xvcpu *v)
{
	return *(volatile uint8_t *)v->info;
}

void xvcpu_set_upcall(struct xvcpu *v, uint8_t pending)
{
	__atomic_exchange_n((uint8_t *)v->info, pending, __ATOMIC_SEQ_CST);
}

void xdom_quiet(struct xdom *d)
{
	unsigned int i;

	for (i = 0; i < d->max_vcpus; i++) {
		struct xvcpu *v = &d->vcpu[i];

		if (v->info) {
			xvcpu_set_upcall(v, 0);
			xvcpu_take_sel(v);
		}
		if (v->irq >= 0)
			xvcpu_kicks(v);
	}
	for (i = 0; i < xdom_ports(d); i += 32)
		*pending_word(d, i) = 0;
}

uint64_t xvcpu_kicks(struct xvcpu *v)
{
	uint64_t n;

	return read(v->irq, &n, sizeof(n)) == sizeof(n) ? n : 0;
}

uint64_t xvcpu_wait_kick(struct xvcpu *v, int ms)
{
	struct pollfd p = { .fd = v->irq, .events = POLLIN };

	poll(&p, 1, ms);
	return xvcpu_kicks(v);
}

unsigned int xvcpu_handle(struct xvcpu *v, void (*fn)(void *ctx, evtchn_port_t port),
			  void *ctx)
{
	struct xdom *d = v->dom;
	unsigned int bits = xdom_word_bits(d), word, bit, n = 0;
	uint64_t sel;

	while (xvcpu_upcall(v)) {
		xvcpu_set_upcall(v, 0);
		sel = xvcpu_take_sel(v);
		for (word = 0; word < bits; word++) {
			if (!(sel >> word & 1))
				continue;
			for (bit = 0; bit < bits; bit++) {
				evtchn_port_t port = word * bits + bit;

				if (xdom_masked(d, port) || !xdom_clear(d, port))
					continue;
				fn(ctx, port);
				n++;
			}
		}
	}
	return n;
}

/* --- what the kernel counts --- */

static long read_number(const char *path)
{
	FILE *f = fopen(path, "re");
	long n = -1;

	if (!f)
		return -1;
	if (fscanf(f, "%ld", &n) != 1)
		n = -1;
	fclose(f);
	return n;
}

long xdom_module_refs(void)
{
	return read_number("/sys/module/kvm_xenpv/refcnt");
}

long xdom_vmaps(void)
{
	FILE *f = fopen("/proc/vmallocinfo", "re");
	char line[512], *p;
	long n = 0;

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		p = strstr(line, "[kvm_xenpv]");
		if (p && strstr(line, "vmap"))
			n++;
	}
	fclose(f);
	return n;
}

long xdom_pins(void)
{
	int refresh = open("/proc/sys/vm/stat_refresh", O_WRONLY | O_CLOEXEC);
	char key[64];
	long value, acquired = -1, released = 0;
	FILE *f;

	/* CPUs keep parts of the counts to themselves. */
	if (refresh < 0)
		return -1;
	if (write(refresh, "1", 1) != 1) {
		close(refresh);
		return -1;
	}
	close(refresh);
	f = fopen("/proc/vmstat", "re");
	if (!f)
		return -1;
	while (fscanf(f, "%63s %ld", key, &value) == 2) {
		if (!strcmp(key, "nr_foll_pin_acquired"))
			acquired = value;
		else if (!strcmp(key, "nr_foll_pin_released"))
			released = value;
	}
	fclose(f);
	return acquired < 0 ? -1 : acquired - released;
}

uint64_t xdom_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}
