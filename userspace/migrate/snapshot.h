/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A domain that is suspended, as it goes into a stream.
 *
 * All of it comes from guest memory, page tables and the monitor's tables
 * alike: nothing is believed, and nothing is changed.
 */
#ifndef XENPV_MIGRATE_SNAPSHOT_H
#define XENPV_MIGRATE_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "image.h"

struct kvm_cpuid2;
struct stream;

struct snapshot {
	/* Filled in by whoever makes it. */
	const struct guest_mem *mem;
	const uint64_t *m2p;
	const uint16_t *frames;		/* the monitor's: levels and pins */
	uint64_t m2p_entries;
	const shared_info_t *shared_info;
	const uint8_t *contexts;	/* of nr_vcpus vCPUs */
	unsigned int nr_vcpus;
	bool is_32bit;
	uint64_t m2p32_mfn;		/* where the M2P of 32-bit guests begins */
	uint64_t limit;			/* pages it may have */
	const struct kvm_cpuid2 *cpuid;	/* the guest's */
	struct tsc_info tsc;

	/* snapshot_take() does the rest. */
	uint64_t nr_pfns;
	uint64_t *p2m;			/* ~0: no page */
	uint64_t *p2m_frames;		/* pfns of the pages it is in */
	uint64_t nr_p2m_frames;
	uint8_t *types;			/* of each pfn, as in PAGE_DATA */
	uint64_t nr_present;
	struct saved_vcpu *vcpus;
};

/*
 * -1 after one line on stderr, when the guest's state cannot be understood.
 * snapshot_free() in either case.
 */
int snapshot_take(struct snapshot *s);
void snapshot_free(struct snapshot *s);

/* The page's number, or -1 when MFN is no page of the domain's. */
int64_t snapshot_pfn(const struct snapshot *s, uint64_t mfn);
/* 512 words of frame MFN, or NULL when it is no RAM. */
const uint64_t *snapshot_words(const struct snapshot *s, uint64_t mfn);

/* p2m.c: where its pages are.  types.c: which are page tables. */
int snapshot_p2m(struct snapshot *s);
int snapshot_types(struct snapshot *s);

/*
 * A page table as the stream has it: pfns for frames, no entries of Xen's, and
 * read-only what Xen has read-only.  -1 after one line on stderr.
 */
int snapshot_table(const struct snapshot *s, uint64_t pfn, uint64_t to[512]);

/* write.c: libxl's stream.  -1 after one line on stderr. */
int snapshot_write(const struct snapshot *s, struct stream *to);

#endif
