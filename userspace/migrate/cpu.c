// SPDX-License-Identifier: GPL-2.0
/* Processor state between KVM and a stream. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/kvm.h>

#include "../config.h"
#include "../util.h"
#include "../vmm/cpuid.h"
#include "../vmm/domain.h"
#include "../vmm/xen.h"
#include "cpu.h"
#include "image.h"
#include "stream.h"

#define XSAVE_LEGACY	512
#define XSAVE_HEADER	64
#define XSTATE_FP_SSE	3ULL
#define SW_RESERVED	464	/* to 511: software's */

static int set_xcr0(int fd, uint64_t value)
{
	struct kvm_xcrs x = { .nr_xcrs = 1, .xcrs[0].value = value };

	return ioctl(fd, KVM_SET_XCRS, &x);
}

static uint64_t get_xcr0(int fd)
{
	struct kvm_xcrs x;

	memset(&x, 0, sizeof(x));
	if (ioctl(fd, KVM_GET_XCRS, &x) || !x.nr_xcrs)
		return XSTATE_FP_SSE;
	return x.xcrs[0].value;
}

static int set_xsave(int fd, unsigned int id, const void *area, size_t len)
{
	struct kvm_xsave x;

	memset(&x, 0, sizeof(x));
	memcpy(&x, area, len < sizeof(x) ? len : sizeof(x));
	if (!ioctl(fd, KVM_SET_XSAVE, &x))
		return 0;
	err_sys("KVM refused the floating-point state of vCPU %u", id);
	return -1;
}

static int restore_xsave(struct domain *d, unsigned int id,
			 const struct saved_vcpu *v)
{
	uint64_t here = cpuid_xcr0(d->cpuid);
	struct xsave_record h;

	memcpy(&h, v->xsave, sizeof(h));
	if ((h.xcr0 | h.xcr0_accum) & ~here) {
		err("the guest uses processor state %#" PRIx64 " (XCR0), this host has %#" PRIx64,
		    h.xcr0 | h.xcr0_accum, here);
		return -1;
	}
	if (h.xcr0 && set_xcr0(d->vcpus[id].fd, h.xcr0)) {
		err_sys("KVM refused XCR0 %#" PRIx64 " of vCPU %u", h.xcr0, id);
		return -1;
	}
	return set_xsave(d->vcpus[id].fd, id, v->xsave + sizeof(h),
			 v->xsave_len - sizeof(h));
}

/* Of a sender without XSAVE. */
static int restore_fxsave(struct domain *d, unsigned int id,
			  const struct saved_vcpu *v)
{
	uint8_t area[XSAVE_LEGACY + XSAVE_HEADER] = { 0 };
	uint64_t present = XSTATE_FP_SSE;

	if (!(v->basic.flags & VGCF_i387_valid))
		return 0;
	memcpy(area, &v->basic.fpu_ctxt, XSAVE_LEGACY);
	memcpy(area + XSAVE_LEGACY, &present, sizeof(present));
	return set_xsave(d->vcpus[id].fd, id, area, sizeof(area));
}

int cpu_restore(struct domain *d, unsigned int id, const struct saved_vcpu *v)
{
	return v->xsave ? restore_xsave(d, id, v) : restore_fxsave(d, id, v);
}

/* Bytes of the standard form that XCR0 needs. */
static size_t xsave_size(const struct kvm_cpuid2 *c, uint64_t xcr0)
{
	size_t end = XSAVE_LEGACY + XSAVE_HEADER;
	unsigned int i;

	for (i = 0; i < c->nent; i++) {
		const struct kvm_cpuid_entry2 *e = &c->entries[i];

		if (e->function == 0xd && e->index >= 2 && e->index < 63 &&
		    xcr0 >> e->index & 1 && e->ebx + e->eax > end)
			end = e->ebx + e->eax;
	}
	return end;
}

int cpu_save(const struct domain *d, unsigned int id, struct saved_vcpu *v)
{
	int fd = d->vcpus[id].fd;
	struct xsave_record h;
	struct kvm_xsave x;
	size_t size;

	if (ioctl(fd, KVM_GET_XSAVE, &x)) {
		err_sys("KVM: cannot get the floating-point state of vCPU %u",
			id);
		return -1;
	}
	memset((uint8_t *)&x + SW_RESERVED, 0, XSAVE_LEGACY - SW_RESERVED);
	memcpy(&v->basic.fpu_ctxt, &x, XSAVE_LEGACY);
	v->basic.flags |= VGCF_i387_valid;
	if (!cpuid_has_xsave(d->cpuid))
		return 0;

	h.xcr0 = get_xcr0(fd);
	h.xcr0_accum = h.xcr0;
	size = xsave_size(d->cpuid, h.xcr0);
	if (size > sizeof(x)) {
		err("vCPU %u has %zu bytes of processor state, which is too much",
		    id, size);
		return -1;
	}
	v->xsave_len = sizeof(h) + size;
	v->xsave = xmalloc(v->xsave_len);
	memcpy(v->xsave, &h, sizeof(h));
	memcpy(v->xsave + sizeof(h), &x, size);
	return 0;
}

/* The TSC. */

static uint64_t scale(uint64_t value, uint32_t mul, uint32_t div)
{
	return (__uint128_t)value * mul / div;
}

void cpu_save_tsc(const struct domain *d, struct tsc_info *tsc)
{
	uint64_t now;

	memset(tsc, 0, sizeof(*tsc));
	tsc->mode = TSC_MODE_NATIVE;
	tsc->khz = kvm_tsc_khz(d->vcpus[0].fd);
	tsc->incarnation = 1;
	if (d->cfg->tsc_mode != TSC_MODE_ALWAYS_EMULATE)
		return;
	tsc->mode = TSC_MODE_ALWAYS_EMULATE;
	if (tsc->khz && !kvm_get_tsc(d->vcpus[0].fd, &now))
		tsc->nsec = scale(now, 1000000, tsc->khz);
}

void cpu_restore_tsc(struct domain *d, const struct tsc_info *tsc)
{
	uint32_t khz = kvm_tsc_khz(d->vcpus[0].fd);
	unsigned int i;
	uint64_t now;

	if (d->cfg->tsc_mode != TSC_MODE_ALWAYS_EMULATE)
		return;
	if (tsc->khz && tsc->khz != khz)
		warn("the guest's TSC has run at %u kHz, it goes on at %u kHz",
		     tsc->khz, khz);
	now = scale(tsc->nsec, khz, 1000000);
	for (i = 0; i < d->nr_vcpus; i++)
		if (kvm_set_tsc(d->vcpus[i].fd, now))
			warn("KVM did not take the TSC of vCPU %u: it begins anew", i);
}

/* CPUID. */

size_t cpu_keep(const struct saved_image *img, struct cpuid_change **list)
{
	size_t i, nr = 0;

	*list = xcalloc(img->nr_cpuid + 1, sizeof(**list));
	for (i = 0; i < img->nr_cpuid; i++) {
		const struct cpuid_leaf *l = &img->cpuid[i];
		const uint32_t regs[] = { l->eax, l->ebx, l->ecx, l->edx };
		uint32_t sub = l->subleaf == CPUID_NO_SUBLEAF ? 0 : l->subleaf;

		nr += cpuid_keep(&(*list)[nr], l->leaf, sub, regs);
	}
	return nr;
}

/* The registers of leaves that are sets of features processes use. */
static const struct {
	uint32_t leaf, subleaf;
	unsigned int reg;	/* 0 EAX to 3 EDX */
	uint32_t mask;		/* bits that are such features */
} features[] = {
	/* SSE3 PCLMUL SSSE3 FMA CX16 SSE4.1 SSE4.2 MOVBE POPCNT AES AVX F16C RDRAND */
	{ 0x1, 0, 2, 0x72d83203 },
	/* FSGSBASE BMI1 AVX2 BMI2 ERMS RDSEED ADX CLFLUSHOPT CLWB SHA, AVX-512 */
	{ 0x7, 0, 1, 0xfdaf0329 },
	/* LAHF LZCNT SSE4A MISALIGNSSE PREFETCHW */
	{ 0x80000001, 0, 2, 0x1e1 },
};

static uint32_t reg_of(const struct kvm_cpuid_entry2 *e, unsigned int reg)
{
	const uint32_t regs[] = { e->eax, e->ebx, e->ecx, e->edx };

	return regs[reg];
}

static uint32_t feature_here(const struct kvm_cpuid2 *c, unsigned int i)
{
	unsigned int n;

	for (n = 0; n < c->nent; n++)
		if (c->entries[n].function == features[i].leaf &&
		    c->entries[n].index == features[i].subleaf)
			return reg_of(&c->entries[n], features[i].reg);
	return 0;
}

void cpu_compare(const struct domain *d, const struct saved_image *img)
{
	unsigned int i;
	size_t n;

	for (n = 0; n < img->nr_cpuid; n++) {
		const struct cpuid_leaf *l = &img->cpuid[n];
		const uint32_t regs[] = { l->eax, l->ebx, l->ecx, l->edx };
		uint32_t sub = l->subleaf == CPUID_NO_SUBLEAF ? 0 : l->subleaf;

		for (i = 0; i < ARRAY_SIZE(features); i++) {
			uint32_t missing;

			if (features[i].leaf != l->leaf ||
			    features[i].subleaf != sub)
				continue;
			missing = regs[features[i].reg] & features[i].mask &
				  ~feature_here(d->cpuid, i);
			if (missing)
				warn("this host lacks what the guest may use: CPUID %#x %c%cX %#x",
				     l->leaf, 'E', "ABCD"[features[i].reg],
				     missing);
		}
	}
}

/* The last subleaf that Xen 4.17 knows in a policy, of leaves that have any. */
static const struct {
	uint32_t leaf, last;
} subleaves[] = {
	{ 0x4, 5 },
	{ 0x7, 1 },
	{ 0xb, 1 },
	{ 0xd, 62 },
};

static int last_subleaf(uint32_t leaf)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(subleaves); i++)
		if (subleaves[i].leaf == leaf)
			return subleaves[i].last;
	return -1;
}

/* Leaves that Xen knows in a policy: for any other it refuses the domain. */
static bool in_policy(const struct kvm_cpuid_entry2 *e)
{
	int last = last_subleaf(e->function);

	if (last >= 0)
		return e->index <= (uint32_t)last;
	return e->function <= 0xd ||
	       (e->function >= 0x80000000 && e->function <= 0x80000008);
}

static uint32_t clip_max(const struct kvm_cpuid_entry2 *e)
{
	if (e->function == 0 && e->eax > 0xd)
		return 0xd;
	if (e->function == 0x80000000 && e->eax > 0x80000008)
		return 0x80000008;
	return e->eax;
}

int cpu_write_policy(const struct kvm_cpuid2 *c, struct stream *s)
{
	/* PLATFORM_INFO and ARCH_CAPABILITIES: nothing to tell. */
	static const struct msr_entry msrs[] = { { 0xce, 0, 0 },
						 { 0x10a, 0, 0 } };
	struct cpuid_leaf *leaves = xcalloc(c->nent, sizeof(*leaves));
	unsigned int i, nr = 0;
	int ret;

	for (i = 0; i < c->nent; i++) {
		const struct kvm_cpuid_entry2 *e = &c->entries[i];

		if (!in_policy(e))
			continue;
		leaves[nr++] = (struct cpuid_leaf){
			.leaf = e->function,
			.subleaf = last_subleaf(e->function) >= 0 ?
				   e->index : CPUID_NO_SUBLEAF,
			.eax = clip_max(e), .ebx = e->ebx, .ecx = e->ecx,
			.edx = e->edx,
		};
	}
	ret = stream_write_record(s, REC_X86_CPUID_POLICY, leaves,
				  nr * sizeof(*leaves));
	free(leaves);
	return ret ? ret : stream_write_record(s, REC_X86_MSR_POLICY, msrs,
					       sizeof(msrs));
}
