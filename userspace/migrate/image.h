/* SPDX-License-Identifier: GPL-2.0 */
/* What a stream says of a domain, while it is read. */
#ifndef XENPV_MIGRATE_IMAGE_H
#define XENPV_MIGRATE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../vmm/memory.h"
#include "../vmm/xen.h"
#include "format.h"

struct stream;

/* Entries of a page of the p2m. */
#define P2M_ENTRIES(is_32bit)	((is_32bit) ? 1024U : 512U)

#define TYPE_ABSENT	0xff	/* no page of that number */
#define SAVED_MAX_VCPUS	128

struct saved_vcpu {
	bool present;
	vcpu_guest_context_t basic;	/* of 32-bit guests, too: context32.h */
	/* Of the extended record; zero without one. */
	uint64_t syscall32_eip, sysenter_eip;
	bool syscall32_masks, sysenter_masks;
	uint16_t syscall32_cs, sysenter_cs;
	uint8_t *xsave;			/* struct xsave_record first; or NULL */
	size_t xsave_len;
};

struct saved_image {
	/* Of the configuration: what the stream is held against. */
	unsigned int nr_vcpus;
	uint64_t limit;			/* pages it may have */

	uint32_t version;		/* of libxc's stream */
	bool seen_info;
	bool is_32bit;
	bool seen_static_end;
	uint64_t nr_pfns;		/* its pages' numbers are below */
	uint64_t *p2m_frames;		/* pfns of the pages of the p2m */
	uint64_t nr_p2m_frames;
	struct cpuid_leaf *cpuid;
	size_t nr_cpuid;

	const struct guest_mem *mem;
	uint8_t *types;			/* of each pfn, as in PAGE_DATA */
	uint64_t nr_present;
	uint64_t *words;		/* of the PAGE_DATA being read */
	size_t words_room;

	bool seen_tsc;
	struct tsc_info tsc;
	bool seen_shared_info;
	uint8_t shared_info[4096] __attribute__((aligned(8)));
	struct saved_vcpu *vcpus;
};

/*
 * A stream is read in two steps, because memory has to be there for the
 * second: image_read_static() ends before the first page.  -1 after one line
 * on stderr that names record and offset.  image_free() in either case.
 */
void image_init(struct saved_image *img, unsigned int nr_vcpus,
		uint64_t limit);
int image_read_static(struct saved_image *img, struct stream *s);
/* MEM has frames for all nr_pfns. */
int image_read_pages(struct saved_image *img, struct stream *s,
		     const struct guest_mem *mem);
void image_free(struct saved_image *img);

static inline bool image_has(const struct saved_image *img, uint64_t pfn)
{
	return pfn < img->nr_pfns && img->types[pfn] != TYPE_ABSENT;
}

/* An ordinary page, of data. */
static inline bool image_has_data(const struct saved_image *img, uint64_t pfn)
{
	return image_has(img, pfn) && !img->types[pfn];
}

static inline uint64_t image_mfn(const struct saved_image *img, uint64_t pfn)
{
	return frame_to_mfn(img->mem, pfn);
}

void *image_page(const struct saved_image *img, uint64_t pfn);

/* pages.c: the body of a PAGE_DATA record of LENGTH bytes. */
int image_read_page_data(struct saved_image *img, struct stream *s,
			 uint32_t length);
/* vcpu.c: likewise of a vCPU's records. */
int image_read_vcpu(struct saved_image *img, struct stream *s, uint32_t type,
		    uint32_t length);

/*
 * localise.c: from the sender's numbering of pages to machine frames, in page
 * tables, p2m, start_info and vCPUs.  -1 after one line on stderr.
 */
struct localise {
	const char *name;		/* of the stream, for messages */
	uint64_t shared_info_mfn;
	uint32_t store_port, console_port;
	/* Out. */
	uint64_t store_mfn, console_mfn;
};

int image_localise(struct saved_image *img, struct localise *l);
/* What of the saved shared_info goes into the new one. */
void image_shared_info(const struct saved_image *img, shared_info_t *to);

#endif
