// SPDX-License-Identifier: GPL-2.0
/* What a stream says of a domain: its headers and the table of its records. */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "../util.h"
#include "image.h"
#include "pte.h"
#include "stream.h"

/* A p2m may have more entries than the domain has pages, within reason. */
#define P2M_MAX(limit)	((limit) * 8 + (4ULL << 20))
#define CPUID_LEAVES_MAX 256

void image_init(struct saved_image *img, unsigned int nr_vcpus, uint64_t limit)
{
	memset(img, 0, sizeof(*img));
	img->nr_vcpus = nr_vcpus;
	img->limit = limit;
	img->vcpus = xcalloc(nr_vcpus, sizeof(*img->vcpus));
}

void image_free(struct saved_image *img)
{
	unsigned int i;

	for (i = 0; img->vcpus && i < img->nr_vcpus; i++)
		free(img->vcpus[i].xsave);
	free(img->vcpus);
	free(img->p2m_frames);
	free(img->cpuid);
	free(img->types);
	free(img->words);
	memset(img, 0, sizeof(*img));
}

void *image_page(const struct saved_image *img, uint64_t pfn)
{
	return guest_ptr(img->mem, image_mfn(img, pfn) << PAGE_SHIFT,
			 PAGE_SIZE);
}

/* Records of fixed meaning. */

static int read_pv_info(struct saved_image *img, struct stream *s,
			uint32_t length)
{
	struct pv_info info;

	if (img->seen_info)
		return stream_bad(s, "it is there twice");
	if (length < sizeof(info))
		return stream_bad(s, "it has %u bytes, %zu are needed", length,
				  sizeof(info));
	if (stream_read(s, &info, sizeof(info)) ||
	    stream_skip(s, length - sizeof(info)))
		return -1;
	img->is_32bit = info.width == 4;
	if ((info.width != 8 && info.width != 4) ||
	    info.levels != pte_levels(img->is_32bit))
		return stream_bad(s, "words of %u bytes, %u levels of tables: this makes no sense",
				  info.width, info.levels);
	img->seen_info = true;
	return 0;
}

static int read_static_end(struct saved_image *img, struct stream *s,
			   uint32_t length)
{
	if (length)
		return stream_bad(s, "it has %u bytes, it should have none",
				  length);
	if (!img->seen_info)
		return stream_bad(s, "there was no X86_PV_INFO before it");
	img->seen_static_end = true;
	return 0;
}

static int read_cpuid(struct saved_image *img, struct stream *s,
		      uint32_t length)
{
	size_t nr = length / sizeof(*img->cpuid);

	if (length % sizeof(*img->cpuid) || nr > CPUID_LEAVES_MAX)
		return stream_bad(s, "%u bytes are no list of CPUID leaves",
				  length);
	free(img->cpuid);
	img->nr_cpuid = 0;
	img->cpuid = xmalloc(length + 1);
	if (stream_read(s, img->cpuid, length))
		return -1;
	img->nr_cpuid = nr;
	return 0;
}

static int read_p2m_frames(struct saved_image *img, struct stream *s,
			   uint32_t length)
{
	struct p2m_frames f;
	uint64_t first, nr, end, part = P2M_ENTRIES(img->is_32bit);

	if (!img->seen_info)
		return stream_bad(s, "there was no X86_PV_INFO before it");
	if (img->version >= 3 && !img->seen_static_end)
		return stream_bad(s, "there was no STATIC_DATA_END before it");
	if (length < sizeof(f))
		return stream_bad(s, "it has %u bytes, %zu are needed", length,
				  sizeof(f));
	if (stream_read(s, &f, sizeof(f)))
		return -1;
	if (f.start > f.end)
		return stream_bad(s, "pages %#x to %#x make no sense", f.start,
				  f.end);
	end = f.end + 1ULL;
	if (end > P2M_MAX(img->limit))
		return stream_bad(s, "page %#x is too much for a domain of %llu pages",
				  f.end, (unsigned long long)img->limit);
	first = f.start / part;
	nr = f.end / part + 1 - first;
	if (length != sizeof(f) + nr * 8)
		return stream_bad(s, "it has %u bytes, pages %#x to %#x take %llu",
				  length, f.start, f.end,
				  (unsigned long long)(sizeof(f) + nr * 8));
	if (!img->p2m_frames) {
		if (f.start)
			return stream_bad(s, "it begins with page %#x, not 0",
					  f.start);
		img->nr_pfns = end;
		img->nr_p2m_frames = nr;
		img->p2m_frames = xcalloc(nr, 8);
	} else if (first + nr > img->nr_p2m_frames) {
		return stream_bad(s, "the p2m grew to page %#x", f.end);
	}
	return stream_read(s, img->p2m_frames + first, nr * 8);
}

static int read_tsc(struct saved_image *img, struct stream *s, uint32_t length)
{
	if (length != sizeof(img->tsc))
		return stream_bad(s, "it has %u bytes, not %zu", length,
				  sizeof(img->tsc));
	img->seen_tsc = true;
	return stream_read(s, &img->tsc, sizeof(img->tsc));
}

static int read_shared_info(struct saved_image *img, struct stream *s,
			    uint32_t length)
{
	if (length != sizeof(img->shared_info))
		return stream_bad(s, "it has %u bytes, not %zu", length,
				  sizeof(img->shared_info));
	img->seen_shared_info = true;
	return stream_read(s, img->shared_info, length);
}

static int skip(struct saved_image *img, struct stream *s, uint32_t length)
{
	return stream_skip(s, length);
}

static int read_basic(struct saved_image *img, struct stream *s,
		      uint32_t length)
{
	return image_read_vcpu(img, s, REC_X86_PV_VCPU_BASIC, length);
}

static int read_extended(struct saved_image *img, struct stream *s,
			 uint32_t length)
{
	return image_read_vcpu(img, s, REC_X86_PV_VCPU_EXTENDED, length);
}

static int read_xsave(struct saved_image *img, struct stream *s,
		      uint32_t length)
{
	return image_read_vcpu(img, s, REC_X86_PV_VCPU_XSAVE, length);
}

static int read_msrs(struct saved_image *img, struct stream *s,
		     uint32_t length)
{
	return image_read_vcpu(img, s, REC_X86_PV_VCPU_MSRS, length);
}

static int of_hvm(struct saved_image *img, struct stream *s, uint32_t length)
{
	return stream_bad(s, "PV domains have none");
}

static int of_checkpoints(struct saved_image *img, struct stream *s,
			  uint32_t length)
{
	return stream_bad(s, "checkpointed streams (Remus, COLO) are not supported");
}

/* When a record may come. */
#define STATIC	1	/* before memory */
#define PAGES	2	/* after it is there */

static const struct record {
	uint32_t type;
	const char *name;
	unsigned int when;
	int (*read)(struct saved_image *img, struct stream *s, uint32_t length);
} records[] = {
	{ REC_PAGE_DATA, "PAGE_DATA", PAGES, image_read_page_data },
	{ REC_X86_PV_INFO, "X86_PV_INFO", STATIC, read_pv_info },
	{ REC_X86_PV_P2M_FRAMES, "X86_PV_P2M_FRAMES", STATIC | PAGES,
	  read_p2m_frames },
	{ REC_X86_PV_VCPU_BASIC, "X86_PV_VCPU_BASIC", PAGES, read_basic },
	{ REC_X86_PV_VCPU_EXTENDED, "X86_PV_VCPU_EXTENDED", PAGES,
	  read_extended },
	{ REC_X86_PV_VCPU_XSAVE, "X86_PV_VCPU_XSAVE", PAGES, read_xsave },
	{ REC_SHARED_INFO, "SHARED_INFO", PAGES, read_shared_info },
	{ REC_X86_TSC_INFO, "X86_TSC_INFO", STATIC | PAGES, read_tsc },
	{ REC_HVM_CONTEXT, "HVM_CONTEXT", STATIC | PAGES, of_hvm },
	{ REC_HVM_PARAMS, "HVM_PARAMS", STATIC | PAGES, of_hvm },
	{ REC_TOOLSTACK, "TOOLSTACK", STATIC | PAGES, skip },
	{ REC_X86_PV_VCPU_MSRS, "X86_PV_VCPU_MSRS", PAGES, read_msrs },
	{ REC_VERIFY, "VERIFY", PAGES, skip },
	{ REC_CHECKPOINT, "CHECKPOINT", STATIC | PAGES, of_checkpoints },
	{ REC_CHECKPOINT_DIRTY, "CHECKPOINT_DIRTY_PFN_LIST", STATIC | PAGES,
	  of_checkpoints },
	{ REC_STATIC_DATA_END, "STATIC_DATA_END", STATIC, read_static_end },
	{ REC_X86_CPUID_POLICY, "X86_CPUID_POLICY", STATIC, read_cpuid },
	{ REC_X86_MSR_POLICY, "X86_MSR_POLICY", STATIC, skip },
};

static const struct record *find_record(uint32_t type)
{
	static const struct record optional = {
		.name = "optional record", .when = STATIC | PAGES, .read = skip,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(records); i++)
		if (records[i].type == type)
			return &records[i];
	return type & RECORD_OPTIONAL ? &optional : NULL;
}

/* One record.  1: it was the last. */
static int read_record(struct saved_image *img, struct stream *s,
		       unsigned int when)
{
	const struct record *r;
	struct record_header h;

	stream_enter(s, "libxc record");
	if (stream_read(s, &h, sizeof(h)))
		return -1;
	if (h.type == REC_END) {
		s->record = "END";
		if (h.length)
			return stream_bad(s, "it has %u bytes, it should have none",
					  h.length);
		return 1;
	}
	r = find_record(h.type);
	if (!r)
		return stream_bad(s, "type %#x is unknown: a newer Xen's stream?",
				  h.type);
	s->record = r->name;
	if (h.length > RECORD_MAX)
		return stream_bad(s, "a length of %u makes no sense", h.length);
	if (!(r->when & when))
		return stream_bad(s, when == STATIC ?
				  "it comes before X86_PV_P2M_FRAMES" :
				  "it comes after X86_PV_P2M_FRAMES");
	if (r->read(img, s, h.length))
		return -1;
	return stream_skip(s, -h.length & 7);
}

/* libxl's header and its only record before libxc's stream. */
static int read_libxl_header(struct stream *s)
{
	struct libxl_header h;
	struct record_header r;

	stream_enter(s, "libxl header");
	if (stream_read(s, &h, sizeof(h)))
		return -1;
	if (be64toh(h.ident) != LIBXL_IDENT)
		return stream_bad(s, "this is no libxl stream");
	if (be32toh(h.version) != LIBXL_VERSION)
		return stream_bad(s, "version %u is not known, only %u is",
				  be32toh(h.version), LIBXL_VERSION);
	if (be32toh(h.options) & LIBXL_BIG_ENDIAN)
		return stream_bad(s, "it is of a big-endian machine");
	if (be32toh(h.options) & LIBXL_LEGACY)
		return stream_bad(s, "converted streams of Xen 4.5 and earlier are not supported");

	stream_enter(s, "libxl record");
	if (stream_read(s, &r, sizeof(r)))
		return -1;
	if (r.type != LIBXL_LIBXC_CONTEXT || r.length)
		return stream_bad(s, "type %#x with %u bytes where LIBXC_CONTEXT should be",
				  r.type, r.length);
	return 0;
}

static int read_domain_header(struct stream *s)
{
	static const char *const types[] = { "?", "x86 PV", "x86 HVM",
					     "x86 PVH", "ARM" };
	struct libxc_domain d;

	stream_enter(s, "libxc domain header");
	if (stream_read(s, &d, sizeof(d)))
		return -1;
	if (d.type != DOMAIN_X86_PV)
		return stream_bad(s, "an %s domain (type %u): only x86 PV can be restored",
				  d.type < ARRAY_SIZE(types) ? types[d.type] :
							       "unknown",
				  d.type);
	if (d.page_shift != PAGE_SHIFT)
		return stream_bad(s, "pages of 2^%u bytes make no sense",
				  d.page_shift);
	return 0;
}

static int read_libxc_header(struct saved_image *img, struct stream *s)
{
	struct libxc_header h;

	stream_enter(s, "libxc header");
	if (stream_read(s, &h, sizeof(h)))
		return -1;
	if (h.marker != LIBXC_MARKER || be32toh(h.id) != LIBXC_ID)
		return stream_bad(s, "this is no libxc stream");
	img->version = be32toh(h.version);
	if (img->version < LIBXC_OLDEST || img->version > LIBXC_VERSION)
		return stream_bad(s, "version %u is not known, only %u and %u are",
				  img->version, LIBXC_OLDEST, LIBXC_VERSION);
	if (be16toh(h.options) & LIBXC_BIG_ENDIAN)
		return stream_bad(s, "it is of a big-endian machine");
	return read_domain_header(s);
}

int image_read_static(struct saved_image *img, struct stream *s)
{
	int ret;

	if (read_libxl_header(s) || read_libxc_header(img, s))
		return -1;
	while (!img->p2m_frames) {
		ret = read_record(img, s, STATIC);
		if (ret > 0)
			return stream_bad(s, "there was no X86_PV_P2M_FRAMES before it");
		if (ret)
			return -1;
	}
	return 0;
}

static int read_libxl_end(struct stream *s)
{
	struct record_header h;

	for (;;) {
		stream_enter(s, "libxl record");
		if (stream_read(s, &h, sizeof(h)))
			return -1;
		if (h.type == LIBXL_END && !h.length)
			return 0;
		/* Emulators' records are not for PV domains, yet harmless. */
		if (h.type == LIBXL_END || h.type == LIBXL_LIBXC_CONTEXT ||
		    h.type == LIBXL_CHECKPOINT_END ||
		    (h.type > LIBXL_CHECKPOINT_END &&
		     !(h.type & RECORD_OPTIONAL)))
			return stream_bad(s, "type %#x with %u bytes where END should be",
					  h.type, h.length);
		if (h.length > RECORD_MAX)
			return stream_bad(s, "a length of %u makes no sense",
					  h.length);
		if (stream_skip(s, (h.length + 7ULL) & ~7ULL))
			return -1;
	}
}

static int check_complete(const struct saved_image *img, struct stream *s)
{
	if (!img->seen_shared_info)
		return stream_bad(s, "there was no SHARED_INFO before it");
	if (!img->vcpus[0].present)
		return stream_bad(s, "there was no X86_PV_VCPU_BASIC of vCPU 0 before it");
	return 0;
}

int image_read_pages(struct saved_image *img, struct stream *s,
		     const struct guest_mem *mem)
{
	int ret;

	img->mem = mem;
	img->types = xmalloc(img->nr_pfns);
	memset(img->types, TYPE_ABSENT, img->nr_pfns);
	do
		ret = read_record(img, s, PAGES);
	while (!ret);
	if (ret < 0 || check_complete(img, s))
		return -1;
	return read_libxl_end(s);
}
