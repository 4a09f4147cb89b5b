/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How Xen's tools write a domain down.
 *
 * Three layers: xl's file header with the configuration, libxl's stream, and
 * inside it libxc's with memory and processors.  Xen's documentation has the
 * latter two (docs/specs/lib*-migration-stream).  Numbers are little-endian
 * but those of the two stream headers.
 */
#ifndef XENPV_MIGRATE_FORMAT_H
#define XENPV_MIGRATE_FORMAT_H

#include <stdint.h>

#include "../vmm/cpuid.h"

/* xl's: 32 bytes, then struct xl_header, then optional_len bytes. */
#define XL_MAGIC	"Xen saved domain, xl format\n \0 \r"
#define XL_MAGIC_LEN	32
#define XL_BYTE_ORDER	0x01020304
#define XL_FLAG_JSON	(1U << 0)	/* the configuration is JSON */
#define XL_FLAG_STREAM2	(1U << 1)	/* libxl's stream is version 2 */

struct xl_header {
	uint32_t byte_order;
	uint32_t mandatory_flags;
	uint32_t optional_flags;
	uint32_t optional_len;
	/* Then, if there is room: 32 bits of length, and the configuration. */
};

/* libxl's; big-endian. */
#define LIBXL_IDENT	0x4c6962786c466d74ULL	/* "LibxlFmt" */
#define LIBXL_VERSION	2
#define LIBXL_BIG_ENDIAN (1U << 0)
#define LIBXL_LEGACY	(1U << 1)

struct libxl_header {
	uint64_t ident;
	uint32_t version;
	uint32_t options;
};

enum libxl_record {
	LIBXL_END = 0,
	LIBXL_LIBXC_CONTEXT = 1,
	LIBXL_EMULATOR_XENSTORE = 2,
	LIBXL_EMULATOR_CONTEXT = 3,
	LIBXL_CHECKPOINT_END = 4,
};

/* libxc's; big-endian. */
#define LIBXC_MARKER	(~0ULL)
#define LIBXC_ID	0x58454e46	/* "XENF" */
#define LIBXC_VERSION	3
#define LIBXC_OLDEST	2		/* without STATIC_DATA_END */
#define LIBXC_BIG_ENDIAN (1U << 0)

struct libxc_header {
	uint64_t marker;
	uint32_t id;
	uint32_t version;
	uint16_t options;
	uint16_t reserved[3];
};

#define DOMAIN_X86_PV	1

struct libxc_domain {
	uint32_t type;
	uint16_t page_shift;
	uint16_t reserved;
	uint32_t xen_major;
	uint32_t xen_minor;
};

/* Both streams consist of records, each padded to a multiple of 8 bytes. */
struct record_header {
	uint32_t type;
	uint32_t length;
};

#define RECORD_OPTIONAL	(1U << 31)
#define RECORD_MAX	(128U << 20)	/* as Xen has it */

enum libxc_record {
	REC_END = 0x00,
	REC_PAGE_DATA = 0x01,
	REC_X86_PV_INFO = 0x02,
	REC_X86_PV_P2M_FRAMES = 0x03,
	REC_X86_PV_VCPU_BASIC = 0x04,
	REC_X86_PV_VCPU_EXTENDED = 0x05,
	REC_X86_PV_VCPU_XSAVE = 0x06,
	REC_SHARED_INFO = 0x07,
	REC_X86_TSC_INFO = 0x08,
	REC_HVM_CONTEXT = 0x09,
	REC_HVM_PARAMS = 0x0a,
	REC_TOOLSTACK = 0x0b,
	REC_X86_PV_VCPU_MSRS = 0x0c,
	REC_VERIFY = 0x0d,
	REC_CHECKPOINT = 0x0e,
	REC_CHECKPOINT_DIRTY = 0x0f,
	REC_STATIC_DATA_END = 0x10,
	REC_X86_CPUID_POLICY = 0x11,
	REC_X86_MSR_POLICY = 0x12,
};

/* PAGE_DATA: this, COUNT 64-bit words of pfn and type, the pages with data. */
struct page_data {
	uint32_t count;
	uint32_t reserved;
};

#define PAGE_PFN(word)	((word) & ((1ULL << 52) - 1))
#define PAGE_TYPE(word)	((unsigned int)((word) >> 60))
#define PAGE_RESERVED	0x0ff0000000000000ULL
#define PAGES_PER_RECORD 1024	/* when we write them */

#define PT_PINNED	0x8	/* to the levels, 1 to 4 */
#define PT_LEVEL(t)	((t) & 7)
#define PT_BROKEN	0xd
#define PT_ALLOC	0xe
#define PT_INVALID	0xf

struct pv_info {
	uint8_t width;
	uint8_t levels;
	uint8_t reserved[6];
};

/* Then the pfns of the p2m's pages, as many entries each as words fit in. */
struct p2m_frames {
	uint32_t start;
	uint32_t end;		/* inclusive */
};

struct vcpu_record {
	uint32_t id;
	uint32_t reserved;
};

/* XSAVE: these, then the area in the standard form. */
struct xsave_record {
	uint64_t xcr0;
	uint64_t xcr0_accum;
};

/* CPUID_POLICY */
struct cpuid_leaf {
	uint32_t leaf, subleaf;
	uint32_t eax, ebx, ecx, edx;
};

#define CPUID_NO_SUBLEAF 0xffffffffU

/* MSR_POLICY */
struct msr_entry {
	uint32_t index;
	uint32_t flags;
	uint64_t value;
};

struct tsc_info {
	uint32_t mode;
	uint32_t khz;
	uint64_t nsec;
	uint32_t incarnation;
	uint32_t reserved;
};

#endif
