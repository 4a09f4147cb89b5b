// SPDX-License-Identifier: GPL-2.0
/* Writes a suspended domain as libxl's stream. */
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#define __XEN_TOOLS__ 1
#include "../vmm/xen.h"
#include <xen/domctl.h>

#include "../util.h"
#include "../vmm/monitor.h"
#include "context32.h"
#include "cpu.h"
#include "pte.h"
#include "snapshot.h"
#include "stream.h"

static int write_headers(struct stream *to)
{
	const struct libxl_header xl = {
		.ident = htobe64(LIBXL_IDENT),
		.version = htobe32(LIBXL_VERSION),
	};
	const struct record_header context = { .type = LIBXL_LIBXC_CONTEXT };
	const struct libxc_header xc = {
		.marker = LIBXC_MARKER,
		.id = htobe32(LIBXC_ID),
		.version = htobe32(LIBXC_VERSION),
	};
	const struct libxc_domain dom = {
		.type = DOMAIN_X86_PV,
		.page_shift = PAGE_SHIFT,
		.xen_major = XEN_VERSION >> 16,
		.xen_minor = XEN_VERSION & 0xffff,
	};
	struct iovec iov[] = {
		{ (void *)&xl, sizeof(xl) },
		{ (void *)&context, sizeof(context) },
		{ (void *)&xc, sizeof(xc) },
		{ (void *)&dom, sizeof(dom) },
	};

	return stream_writev(to, iov, ARRAY_SIZE(iov));
}

static int write_static(const struct snapshot *s, struct stream *to)
{
	const struct pv_info info = {
		.width = s->is_32bit ? 4 : 8,
		.levels = pte_levels(s->is_32bit),
	};
	const struct p2m_frames frames = { .end = s->nr_pfns - 1 };

	if (stream_write_record(to, REC_X86_PV_INFO, &info, sizeof(info)) ||
	    cpu_write_policy(s->cpuid, to) ||
	    stream_write_record(to, REC_STATIC_DATA_END, NULL, 0) ||
	    stream_write_split(to, REC_X86_PV_P2M_FRAMES, &frames,
			       sizeof(frames), s->p2m_frames,
			       s->nr_p2m_frames * 8))
		return -1;
	return 0;
}

/* A PAGE_DATA record that is being put together. */
struct batch {
	uint64_t words[PAGES_PER_RECORD];
	struct iovec iov[PAGES_PER_RECORD + 3];
	uint64_t tables[PAGES_PER_RECORD][512];
	unsigned int nr;
};

static int flush_batch(struct batch *b, struct stream *to)
{
	const struct page_data head = { .count = b->nr };
	const struct record_header h = {
		.type = REC_PAGE_DATA,
		.length = sizeof(head) + b->nr * (8 + PAGE_SIZE),
	};
	int ret;

	if (!b->nr)
		return 0;
	b->iov[0] = (struct iovec){ (void *)&h, sizeof(h) };
	b->iov[1] = (struct iovec){ (void *)&head, sizeof(head) };
	b->iov[2] = (struct iovec){ b->words, b->nr * 8 };
	ret = stream_writev(to, b->iov, b->nr + 3);
	b->nr = 0;
	return ret;
}

static int add_page(const struct snapshot *s, struct batch *b, uint64_t pfn,
		    struct stream *to)
{
	void *page = (void *)snapshot_words(s, s->p2m[pfn]);

	if (PT_LEVEL(s->types[pfn])) {
		if (snapshot_table(s, pfn, b->tables[b->nr]))
			return -1;
		page = b->tables[b->nr];
	}
	b->words[b->nr] = (uint64_t)s->types[pfn] << 60 | pfn;
	b->iov[3 + b->nr++] = (struct iovec){ page, PAGE_SIZE };
	return b->nr == PAGES_PER_RECORD ? flush_batch(b, to) : 0;
}

static int write_pages(const struct snapshot *s, struct stream *to)
{
	struct batch *b = xcalloc(1, sizeof(*b));
	uint64_t pfn;
	int ret = 0;

	for (pfn = 0; pfn < s->nr_pfns && !ret; pfn++)
		if (s->types[pfn] != TYPE_ABSENT)
			ret = add_page(s, b, pfn, to);
	if (!ret)
		ret = flush_batch(b, to);
	free(b);
	return ret;
}

static int write_tsc(const struct snapshot *s, struct stream *to)
{
	return stream_write_record(to, REC_X86_TSC_INFO, &s->tsc, sizeof(s->tsc));
}

static int write_basic(const struct snapshot *s, const struct vcpu_record *h,
		       struct stream *to)
{
	const vcpu_guest_context_t *wide = &s->vcpus[h->id].basic;
	struct vcpu_guest_context_x86_32 narrow;

	if (!s->is_32bit)
		return stream_write_split(to, REC_X86_PV_VCPU_BASIC, h,
					  sizeof(*h), wide, sizeof(*wide));
	context_narrow(wide, &narrow);
	return stream_write_split(to, REC_X86_PV_VCPU_BASIC, h, sizeof(*h),
				  &narrow, sizeof(narrow));
}

static int write_vcpu(const struct snapshot *s, unsigned int id,
		      struct stream *to)
{
	const struct saved_vcpu *v = &s->vcpus[id];
	const struct vcpu_record h = { .id = id };
	const struct xen_domctl_ext_vcpucontext x = {
		.vcpu = id,
		.size = sizeof(x),
		.syscall32_callback_eip = v->syscall32_eip,
		.syscall32_callback_cs = s->is_32bit ? v->syscall32_cs :
						       FLAT_KERNEL_CS64,
		.syscall32_disables_events = v->syscall32_masks,
		.sysenter_callback_eip = v->sysenter_eip,
		.sysenter_callback_cs = s->is_32bit ? v->sysenter_cs :
						      FLAT_KERNEL_CS64,
		.sysenter_disables_events = v->sysenter_masks,
	};

	if (write_basic(s, &h, to) ||
	    stream_write_split(to, REC_X86_PV_VCPU_EXTENDED, &h, sizeof(h), &x,
			       sizeof(x)))
		return -1;
	if (!v->xsave)
		return 0;
	return stream_write_split(to, REC_X86_PV_VCPU_XSAVE, &h, sizeof(h),
				  v->xsave, v->xsave_len);
}

static int write_vcpus(const struct snapshot *s, struct stream *to)
{
	unsigned int i;

	for (i = 0; i < s->nr_vcpus; i++)
		if (s->vcpus[i].present && write_vcpu(s, i, to))
			return -1;
	return 0;
}

int snapshot_write(const struct snapshot *s, struct stream *to)
{
	const struct record_header xl_end = { .type = LIBXL_END };

	if (write_headers(to) || write_static(s, to) ||
	    write_pages(s, to) || write_tsc(s, to) ||
	    stream_write_record(to, REC_SHARED_INFO, s->shared_info,
				PAGE_SIZE) ||
	    write_vcpus(s, to) ||
	    stream_write_record(to, REC_END, NULL, 0) ||
	    stream_write(to, &xl_end, sizeof(xl_end)))
		return -1;
	return 0;
}
