// SPDX-License-Identifier: GPL-2.0
/* KVM: the virtual machine a domain lives in. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>
#include <linux/kvm_xenpv_monitor.h>

#include "../util.h"
#include "cpuid.h"
#include "kvm.h"

/* Intel needs four pages of the address space that no guest memory uses. */
#define IDENTITY_MAP	0xfffbc000UL
#define TSS_ADDR	0xfffbd000UL

#define APIC_BASE	0xfee00000UL
#define APIC_BSP	(1U << 8)
#define APIC_X2APIC	(1U << 10)
#define APIC_ENABLE	(1U << 11)

#define MSR_TSC		0x10
#define MSR_PAT		0x277
#define PAT_XEN		0x50100070406ULL

static const struct {
	int cap;
	const char *name;
} needed[] = {
	{ KVM_CAP_SPLIT_IRQCHIP, "KVM_CAP_SPLIT_IRQCHIP" },
	{ KVM_CAP_IRQ_ROUTING, "KVM_CAP_IRQ_ROUTING" },
	{ KVM_CAP_IRQFD, "KVM_CAP_IRQFD" },
	{ KVM_CAP_IOEVENTFD, "KVM_CAP_IOEVENTFD" },
	{ KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT" },
	{ KVM_CAP_XCRS, "KVM_CAP_XCRS" },
	{ KVM_CAP_READONLY_MEM, "KVM_CAP_READONLY_MEM" },
};

static int get_supported_cpuid(struct kvm *k)
{
	struct kvm_cpuid2 *c;
	unsigned int room = 64;

	for (;;) {
		c = xcalloc(1, sizeof(*c) + room * sizeof(c->entries[0]));
		c->nent = room;
		if (!ioctl(k->sys, KVM_GET_SUPPORTED_CPUID, c)) {
			k->supported = c;
			return 0;
		}
		free(c);
		if (errno != E2BIG || room > 4096) {
			err_sys("KVM: cannot get the CPUID leaves");
			return -1;
		}
		room *= 2;
	}
}

static int create_vm(struct kvm *k)
{
	struct kvm_enable_cap split = { .cap = KVM_CAP_SPLIT_IRQCHIP };
	uint64_t identity = IDENTITY_MAP;

	do {
		k->vm = ioctl(k->sys, KVM_CREATE_VM, 0);
	} while (k->vm < 0 && errno == EINTR);
	if (k->vm < 0) {
		err_sys("KVM: cannot create a virtual machine");
		return -1;
	}
	if (ioctl(k->vm, KVM_SET_IDENTITY_MAP_ADDR, &identity) ||
	    ioctl(k->vm, KVM_SET_TSS_ADDR, TSS_ADDR)) {
		err_sys("KVM: cannot set aside its own pages");
		return -1;
	}
	if (ioctl(k->vm, KVM_ENABLE_CAP, &split)) {
		err_sys("KVM: cannot create local APICs");
		return -1;
	}
	return 0;
}

int kvm_open(struct kvm *k)
{
	unsigned int i;
	int n;

	k->vm = -1;
	k->supported = NULL;
	k->sys = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (k->sys < 0) {
		err("cannot open /dev/kvm: %m (is kvm-amd or kvm-intel loaded?)");
		return -1;
	}
	n = ioctl(k->sys, KVM_GET_API_VERSION, 0);
	if (n != KVM_API_VERSION) {
		err("KVM speaks API %d, not %d", n, KVM_API_VERSION);
		goto fail;
	}
	for (i = 0; i < ARRAY_SIZE(needed); i++)
		if (ioctl(k->sys, KVM_CHECK_EXTENSION, needed[i].cap) <= 0) {
			err("this host's KVM lacks %s", needed[i].name);
			goto fail;
		}
	n = ioctl(k->sys, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (n < (int)sizeof(struct kvm_run)) {
		err_sys("KVM: size of a vCPU");
		goto fail;
	}
	k->run_size = n;
	if (get_supported_cpuid(k) || create_vm(k))
		goto fail;
	return 0;

fail:
	kvm_close(k);
	return -1;
}

void kvm_close(struct kvm *k)
{
	if (k->vm >= 0)
		close(k->vm);
	if (k->sys >= 0)
		close(k->sys);
	free(k->supported);
	k->vm = -1;
	k->sys = -1;
	k->supported = NULL;
}

static int add_slot(const struct kvm *k, unsigned int slot, uint32_t flags,
		    uint64_t gpa, uint64_t size, void *hva)
{
	struct kvm_userspace_memory_region r = {
		.slot = slot,
		.flags = flags,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)hva,
	};

	if (!size || !ioctl(k->vm, KVM_SET_USER_MEMORY_REGION, &r))
		return 0;
	err_sys("KVM: cannot set guest memory");
	return -1;
}

int kvm_set_memory(const struct kvm *k, const struct guest_mem *m)
{
	/* What a bus without a device reads as; no domain can change it. */
	static uint8_t nothing[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

	memset(nothing, 0xff, sizeof(nothing));
	if (add_slot(k, 0, 0, 0, m->low_max << PAGE_SHIFT, m->low) ||
	    add_slot(k, 1, 0, m->special_gpa, m->special_size, m->special) ||
	    add_slot(k, 2, 0, MEM_HOLE_END,
		     (m->max_pages - m->low_max) << PAGE_SHIFT, m->high) ||
	    add_slot(k, 3, KVM_MEM_READONLY, XENPV_FCH_GPA, sizeof(nothing),
		     nothing))
		return -1;
	return 0;
}

int kvm_route_events(const struct kvm *k, unsigned int nr_vcpus)
{
	struct kvm_irq_routing *r;
	unsigned int i;
	int ret;

	r = xcalloc(1, sizeof(*r) + nr_vcpus * sizeof(r->entries[0]));
	r->nr = nr_vcpus;
	for (i = 0; i < nr_vcpus; i++) {
		r->entries[i].gsi = i;
		r->entries[i].type = KVM_IRQ_ROUTING_MSI;
		/* Fixed, edge, to the APIC whose id is the vCPU's. */
		r->entries[i].u.msi.address_lo = APIC_BASE | i << 12;
		r->entries[i].u.msi.data = XENPV_VECTOR_EVENT;
	}
	ret = ioctl(k->vm, KVM_SET_GSI_ROUTING, r);
	free(r);
	if (ret)
		err_sys("KVM: cannot route interrupts");
	return ret;
}

int kvm_bind_vcpu_fds(const struct kvm *k, unsigned int id, int doorbell_fd,
		      int irq_fd)
{
	struct kvm_ioeventfd doorbell = {
		.addr = XENPV_PORT_DOORBELL + id,
		.len = 4,
		.fd = doorbell_fd,
		.flags = KVM_IOEVENTFD_FLAG_PIO,
	};
	struct kvm_irqfd irq = {
		.fd = irq_fd,
		.gsi = id,
	};

	if (ioctl(k->vm, KVM_IOEVENTFD, &doorbell) ||
	    ioctl(k->vm, KVM_IRQFD, &irq)) {
		err_sys("KVM: cannot bind eventfds of vCPU %u", id);
		return -1;
	}
	return 0;
}

int kvm_create_vcpu(const struct kvm *k, unsigned int id, int *fd,
		    struct kvm_run **run)
{
	*fd = ioctl(k->vm, KVM_CREATE_VCPU, id);
	if (*fd < 0) {
		err_sys("KVM: cannot create vCPU %u", id);
		return -1;
	}
	*run = mmap(NULL, k->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, *fd,
		    0);
	if (*run == MAP_FAILED) {
		err_sys("KVM: cannot map vCPU %u", id);
		close(*fd);
		*fd = -1;
		*run = NULL;
		return -1;
	}
	return 0;
}

uint32_t kvm_tsc_khz(int vcpu_fd)
{
	int khz = ioctl(vcpu_fd, KVM_GET_TSC_KHZ, 0);

	return khz > 0 ? khz : 0;
}

static const struct kvm_segment code_segment = {
	.limit = 0xffffffff, .selector = 0xe008, .type = 0xb,
	.present = 1, .s = 1, .l = 1, .g = 1,
};

static const struct kvm_segment data_segment = {
	.limit = 0xffffffff, .selector = 0xe010, .type = 0x3,
	.present = 1, .s = 1, .db = 1, .g = 1,
};

static int set_sregs(int fd, const struct kvm_vcpu_start *start)
{
	struct kvm_sregs s;

	if (ioctl(fd, KVM_GET_SREGS, &s))
		return -1;

	s.cs = code_segment;
	s.ss = data_segment;
	s.ds = data_segment;
	s.es = data_segment;
	s.fs = data_segment;
	s.fs.selector = 0;
	s.gs = s.fs;
	s.cr0 = 0x80050033;	/* PE MP ET NE WP AM PG */
	s.cr3 = start->root_gpa;
	s.cr4 = 0x6a0;		/* PAE PGE OSFXSR OSXMMEXCPT */
	if (cpuid_has_fsgsbase(start->cpuid))
		s.cr4 |= 1 << 16;
	if (cpuid_has_xsave(start->cpuid))
		s.cr4 |= 1 << 18;
	if (start->emulate_tsc)
		s.cr4 |= 1 << 2;	/* TSD */
	s.efer = 0xd01;		/* SCE LME LMA NXE */
	s.apic_base = APIC_BASE | APIC_ENABLE | APIC_X2APIC |
		      (start->id == 0 ? APIC_BSP : 0);
	return ioctl(fd, KVM_SET_SREGS, &s);
}

struct one_msr {
	struct kvm_msrs head;
	struct kvm_msr_entry entry;
};

static int set_msr(int fd, uint32_t index, uint64_t value)
{
	struct one_msr msr = {
		.head.nmsrs = 1,
		.entry = { .index = index, .data = value },
	};

	return ioctl(fd, KVM_SET_MSRS, &msr) == 1 ? 0 : -1;
}

static int set_pat(int fd)
{
	return set_msr(fd, MSR_PAT, PAT_XEN);
}

int kvm_get_tsc(int vcpu_fd, uint64_t *tsc)
{
	struct one_msr msr = { .head.nmsrs = 1, .entry.index = MSR_TSC };

	if (ioctl(vcpu_fd, KVM_GET_MSRS, &msr) != 1)
		return -1;
	*tsc = msr.entry.data;
	return 0;
}

int kvm_set_tsc(int vcpu_fd, uint64_t tsc)
{
	return set_msr(vcpu_fd, MSR_TSC, tsc);
}

static int set_xcr0(int fd, uint64_t value)
{
	struct kvm_xcrs x = { .nr_xcrs = 1, .xcrs[0].value = value };

	return value ? ioctl(fd, KVM_SET_XCRS, &x) : 0;
}

int kvm_init_vcpu(int fd, const struct kvm_vcpu_start *start)
{
	struct kvm_mp_state runnable = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct kvm_regs regs = {
		.rip = start->entry,
		.rsp = XENPV_AREA_VA + (start->id + 1ULL) * XENPV_AREA_SIZE,
		.rdi = start->id,
		.rflags = 2,
	};
	const char *what;

	/* CPUID first: KVM holds the other registers against it. */
	what = "CPUID";
	cpuid_show_x2apic(start->cpuid, true);
	if (ioctl(fd, KVM_SET_CPUID2, start->cpuid))
		goto fail;
	what = "system registers";
	if (set_sregs(fd, start))
		goto fail;
	what = "registers";
	if (ioctl(fd, KVM_SET_REGS, &regs))
		goto fail;
	what = "XCR0";
	if (set_xcr0(fd, cpuid_xcr0(start->cpuid)))
		goto fail;
	what = "the PAT";
	if (set_pat(fd))
		goto fail;
	/*
	 * KVM puts the APIC into x2APIC mode only while CPUID has it; it is the
	 * monitor's, and Xen shows its guests none.
	 */
	what = "CPUID without x2APIC";
	cpuid_show_x2apic(start->cpuid, false);
	if (ioctl(fd, KVM_SET_CPUID2, start->cpuid))
		goto fail;
	what = "its state";
	if (ioctl(fd, KVM_SET_MP_STATE, &runnable))
		goto fail;
	return 0;

fail:
	err_sys("KVM: cannot set %s of vCPU %u", what, start->id);
	return -1;
}
