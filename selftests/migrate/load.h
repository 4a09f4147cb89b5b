/* SPDX-License-Identifier: GPL-2.0 */
/* Reads a stream into memory of the test's own. */
#ifndef SELFTESTS_MIGRATE_LOAD_H
#define SELFTESTS_MIGRATE_LOAD_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/kvm_xenpv_monitor.h>

#include "migrate/image.h"
#include "migrate/pte.h"
#include "migrate/snapshot.h"
#include "migrate/stream.h"
/* kselftest.h has one of its own. */
#undef ARRAY_SIZE
#include "util.h"
#include "vmm/memory.h"

#define SHARED_INFO_MFN	0xc0000UL
#define STORE_PORT	1
#define CONSOLE_PORT	2

struct loaded {
	struct saved_image img;
	struct guest_mem mem;
	struct localise l;
	char why[512];
};

/* From FD, at libxl's header.  0, or -1 and WHY. */
static inline int load_stream(struct loaded *l, int fd, unsigned int nr_vcpus,
			      uint64_t limit)
{
	struct stream s;
	int ret;

	memset(l, 0, sizeof(*l));
	err_divert(l->why, sizeof(l->why));
	stream_init(&s, fd, "test");
	image_init(&l->img, nr_vcpus, limit);
	l->l = (struct localise){
		.name = "test", .shared_info_mfn = SHARED_INFO_MFN,
		.store_port = STORE_PORT, .console_port = CONSOLE_PORT,
	};
	ret = image_read_static(&l->img, &s);
	if (!ret) {
		guest_mem_init(&l->mem, l->img.nr_pfns, l->img.nr_pfns);
		ret = guest_mem_map(&l->mem, 4096);
	}
	if (!ret)
		ret = image_read_pages(&l->img, &s, &l->mem);
	if (!ret)
		ret = image_localise(&l->img, &l->l);
	err_divert(NULL, 0);
	return ret;
}

static inline void load_free(struct loaded *l)
{
	image_free(&l->img);
	guest_mem_unmap(&l->mem);
}

/*
 * A snapshot of what was loaded, as if the guest had suspended itself at once,
 * with its p2m list at P2M_VA.
 */
struct retaken {
	struct snapshot s;
	uint64_t *m2p;
	uint16_t *frames;
	shared_info_t *shared_info;
	uint8_t *contexts;
};

/* What the monitor puts at the end of a 32-bit guest's page tables. */
static inline void retake_m2p32(struct loaded *l, uint64_t mfn)
{
	uint64_t pfn, *l3, *l2;

	for (pfn = 0; pfn < l->img.nr_pfns; pfn++) {
		if (!image_has(&l->img, pfn) || PT_LEVEL(l->img.types[pfn]) != 3)
			continue;
		l3 = image_page(&l->img, pfn);
		l2 = guest_ptr(&l->mem, PTE_FRAME(l3[3]) << 12, 4096);
		if (!(l3[3] & PTE_PRESENT) || !l2)
			continue;
		l2[PTE_M2P32] = mfn << 12 | 0xe1;
		l2[PTE_M2P32 + 1] = (mfn + 512) << 12 | 0xe1;
	}
}

static inline void retake_place(struct retaken *r, const struct loaded *l,
				uint64_t p2m_va)
{
	shared_info_x86_32_t *narrow = (void *)r->shared_info;
	uint64_t root = l->img.vcpus[0].basic.ctrlreg[3];

	image_shared_info(&l->img, r->shared_info);
	if (l->img.is_32bit) {
		narrow->arch.max_pfn = l->img.nr_pfns;
		narrow->arch.p2m_vaddr = p2m_va;
		narrow->arch.p2m_cr3 = xen_pfn_to_cr3_x86_32(root >> 12);
		return;
	}
	r->shared_info->arch.max_pfn = l->img.nr_pfns;
	r->shared_info->arch.p2m_vaddr = p2m_va;
	r->shared_info->arch.p2m_cr3 = root;
}

static inline void retake_begin(struct retaken *r, struct loaded *l,
				uint64_t p2m_va)
{
	uint64_t n = mem_end_mfn(&l->mem), pfn;
	unsigned int i;

	memset(r, 0, sizeof(*r));
	r->m2p = malloc(n * 8);
	r->frames = calloc(n, 2);
	r->shared_info = calloc(1, 4096);
	r->contexts = calloc(l->img.nr_vcpus, XENPV_CONTEXT_SIZE);
	memset(r->m2p, 0xff, n * 8);
	for (pfn = 0; pfn < l->img.nr_pfns; pfn++) {
		if (!image_has(&l->img, pfn))
			continue;
		r->m2p[image_mfn(&l->img, pfn)] = pfn;
		r->frames[image_mfn(&l->img, pfn)] = l->img.types[pfn] & 0xf;
	}
	for (i = 0; i < l->img.nr_vcpus; i++) {
		const struct saved_vcpu *v = &l->img.vcpus[i];
		struct xenpv_context_extra x = {
			.syscall32_eip = v->syscall32_eip,
			.sysenter_eip = v->sysenter_eip,
			.syscall32_masks = v->syscall32_masks,
			.sysenter_masks = v->sysenter_masks,
			.syscall32_cs = v->syscall32_cs,
			.sysenter_cs = v->sysenter_cs,
			.valid = v->present,
		};
		uint8_t *at = r->contexts + i * XENPV_CONTEXT_SIZE;

		memcpy(at, &v->basic, sizeof(v->basic));
		memcpy(at + XENPV_CONTEXT_EXTRA, &x, sizeof(x));
	}
	retake_place(r, l, p2m_va);
	/* Some frame that is not the guest's. */
	if (l->img.is_32bit)
		retake_m2p32(l, 0xf0000);
	r->s = (struct snapshot){
		.mem = &l->mem,
		.m2p = r->m2p,
		.frames = r->frames,
		.m2p_entries = n,
		.shared_info = r->shared_info,
		.contexts = r->contexts,
		.nr_vcpus = l->img.nr_vcpus,
		.is_32bit = l->img.is_32bit,
		.m2p32_mfn = 0xf0000,
		.limit = l->img.limit,
	};
}

static inline int retake(struct retaken *r, char *why, size_t room)
{
	int ret;

	err_divert(why, room);
	ret = snapshot_take(&r->s);
	err_divert(NULL, 0);
	return ret;
}

static inline void retake_end(struct retaken *r)
{
	snapshot_free(&r->s);
	free(r->m2p);
	free(r->frames);
	free(r->shared_info);
	free(r->contexts);
}

#endif
