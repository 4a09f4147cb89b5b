/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small saved domain, put together by hand: the start of tests that damage
 * it.  Each page has a record of its own, so that what belongs to it is found.
 */
#ifndef SELFTESTS_SAVED_H
#define SELFTESTS_SAVED_H

/* For domctl.h, before any of Xen's. */
#ifndef __XEN_TOOLS__
#define __XEN_TOOLS__ 1
#endif
#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "migrate/format.h"
#include "migrate/image.h"
#include "vmm/xen.h"
#include <xen/domctl.h>

#define SAVED_PAGES	32
#define SAVED_RECORDS	64
#define SAVED_VCPUS	2

/* Which page is what. */
enum {
	SAVED_L4 = 1, SAVED_L3, SAVED_L2, SAVED_L1, SAVED_USER_L4, SAVED_P2M,
	SAVED_START_INFO, SAVED_STORE, SAVED_CONSOLE, SAVED_GDT, SAVED_DATA,
};

/* Where its kernel and p2m are mapped: the last 2 MiB. */
#define SAVED_VA	0xffffffffffe00000ULL
/*
 * Of a 32-bit domain, whose root is SAVED_L3, that is where the last of the four
 * level-2 tables begins.  SAVED_USER_L4 is another such table, of the first GiB;
 * SAVED_L4 is of no meaning.
 */
#define SAVED_VA32	0xc0000000ULL

struct saved_record {
	uint32_t type;
	size_t at, len;		/* of the body */
};

struct saved {
	bool is_32bit;
	uint8_t *data;
	size_t len, room;
	size_t stream;		/* where libxl's begins */
	struct saved_record records[SAVED_RECORDS];
	unsigned int nr;
};

static inline void saved_put(struct saved *s, const void *data, size_t len)
{
	if (s->len + len > s->room) {
		s->room = (s->len + len) * 2;
		s->data = realloc(s->data, s->room);
	}
	if (len)
		memcpy(s->data + s->len, data, len);
	s->len += len;
}

static inline void saved_record(struct saved *s, uint32_t type,
				const void *head, size_t head_len,
				const void *body, size_t len)
{
	struct record_header h = { .type = type, .length = head_len + len };
	static const char zero[8];

	saved_put(s, &h, sizeof(h));
	s->records[s->nr++] = (struct saved_record){ type, s->len,
						     head_len + len };
	saved_put(s, head, head_len);
	saved_put(s, body, len);
	saved_put(s, zero, -h.length & 7);
}

static inline unsigned int saved_type(const struct saved *s, unsigned int pfn)
{
	static const uint8_t types[][SAVED_USER_L4 + 1] = {
		{ [SAVED_L4] = 4 | PT_PINNED, [SAVED_L3] = 3, [SAVED_L2] = 2,
		  [SAVED_L1] = 1, [SAVED_USER_L4] = 4 | PT_PINNED },
		{ [SAVED_L3] = 3 | PT_PINNED, [SAVED_L2] = 2, [SAVED_L1] = 1,
		  [SAVED_USER_L4] = 2 },
	};

	return pfn <= SAVED_USER_L4 ? types[s->is_32bit][pfn] : 0;
}

static inline void saved_fill_page32(const struct saved *s, unsigned int pfn,
				     uint64_t *p)
{
	struct start_info_x86_32 *si = (void *)p;
	uint32_t *words = (void *)p;
	unsigned int i;

	switch (pfn) {
	case SAVED_L4:
		break;
	case SAVED_L3:
		p[0] = SAVED_USER_L4 << 12 | 7;
		p[3] = SAVED_L2 << 12 | 7;
		break;
	case SAVED_L2:
	case SAVED_USER_L4:
		p[0] = SAVED_L1 << 12 | 7;
		break;
	case SAVED_P2M:
		for (i = 0; i < SAVED_PAGES; i++)
			words[i] = 0x12340 + i;
		break;
	case SAVED_START_INFO:
		si->store_mfn = SAVED_STORE;
		si->console.domU.mfn = SAVED_CONSOLE;
		break;
	}
}

static inline void saved_fill_page(const struct saved *s, unsigned int pfn,
				   uint64_t *p)
{
	struct start_info *si = (void *)p;
	unsigned int i;

	memset(p, 0, 4096);
	if (s->is_32bit && pfn != SAVED_L1 && pfn <= SAVED_START_INFO) {
		saved_fill_page32(s, pfn, p);
		return;
	}
	switch (pfn) {
	case SAVED_L4:
	case SAVED_USER_L4:
		p[511] = SAVED_L3 << 12 | 7;
		break;
	case SAVED_L3:
		p[511] = SAVED_L2 << 12 | 7;
		break;
	case SAVED_L2:
		p[511] = SAVED_L1 << 12 | 7;
		break;
	case SAVED_L1:
		for (i = 0; i < SAVED_PAGES; i++)
			p[i] = i << 12 | (saved_type(s, i) ? 5 : 7);
		break;
	case SAVED_P2M:
		/* The sender's frames: none of ours. */
		for (i = 0; i < SAVED_PAGES; i++)
			p[i] = 0x12340 + i;
		break;
	case SAVED_START_INFO:
		si->store_mfn = SAVED_STORE;
		si->console.domU.mfn = SAVED_CONSOLE;
		break;
	case SAVED_GDT:
		break;
	default:
		for (i = 0; i < 512; i++)
			p[i] = (uint64_t)pfn * 0x0101010101010101ULL + i;
	}
}

static inline void saved_page(struct saved *s, unsigned int pfn)
{
	struct {
		struct page_data h;
		uint64_t word;
	} head = { .h.count = 1 };
	uint64_t page[512];

	head.word = (uint64_t)saved_type(s, pfn) << 60 | pfn;
	saved_fill_page(s, pfn, page);
	saved_record(s, REC_PAGE_DATA, &head, sizeof(head), page,
		     sizeof(page));
}

/* Each field has a value of its own. */
static inline void saved_vcpu32(struct saved *s, uint32_t id)
{
	const struct vcpu_record h = { .id = id };
	const struct xen_domctl_ext_vcpucontext x = {
		.vcpu = id, .size = sizeof(x),
		.syscall32_callback_eip = SAVED_VA32 + 0x30,
		.syscall32_callback_cs = 0xe019,
		.sysenter_callback_eip = SAVED_VA32 + 0x40,
		.sysenter_callback_cs = 0x61,
		.sysenter_disables_events = 1,
	};
	vcpu_guest_context_x86_32_t c;
	uint8_t *regs = (void *)&c.user_regs;
	unsigned int i;

	memset(&c, 0, sizeof(c));
	memset(&c.fpu_ctxt, 0x5a, sizeof(c.fpu_ctxt));
	c.flags = VGCF_in_kernel | VGCF_online;
	for (i = 0; i < sizeof(c.user_regs); i++)
		regs[i] = i + 1;
	c.user_regs._pad0 = 0;
	c.user_regs._pad1 = 0;
	c.user_regs._pad2 = 0;
	c.user_regs._pad3 = 0;
	c.user_regs._pad4 = 0;
	c.user_regs._pad5 = 0;
	c.user_regs.eip = SAVED_VA32;
	c.user_regs.edx = SAVED_START_INFO;
	for (i = 0; i < 256; i++)
		c.trap_ctxt[i] = (struct trap_info_x86_32){
			i, i & 7, 0xe019 + i, SAVED_VA32 + i };
	c.ldt_base = 0x1000;
	c.ldt_ents = 2;
	c.ctrlreg[0] = 8;
	c.ctrlreg[3] = xen_pfn_to_cr3_x86_32(SAVED_L3);
	c.ctrlreg[4] = 4;
	c.debugreg[0] = 0x77;
	c.gdt_ents = 16;
	c.gdt_frames[0] = SAVED_GDT;
	c.kernel_ss = 0xe021;
	c.kernel_sp = 0xc0001000;
	c.event_callback_cs = 0xe019;
	c.event_callback_eip = SAVED_VA32 + 0x10;
	c.failsafe_callback_cs = 0x71;
	c.failsafe_callback_eip = SAVED_VA32 + 0x20;
	c.vm_assist = 8;
	saved_record(s, REC_X86_PV_VCPU_BASIC, &h, sizeof(h), &c, sizeof(c));
	saved_record(s, REC_X86_PV_VCPU_EXTENDED, &h, sizeof(h), &x, sizeof(x));
}

static inline void saved_vcpu(struct saved *s, uint32_t id)
{
	const struct vcpu_record h = { .id = id };
	vcpu_guest_context_t c;

	if (s->is_32bit) {
		saved_vcpu32(s, id);
		return;
	}
	memset(&c, 0, sizeof(c));
	c.flags = VGCF_in_kernel | VGCF_online;
	c.user_regs.rip = SAVED_VA;
	c.user_regs.rdx = SAVED_START_INFO;
	c.ctrlreg[3] = SAVED_L4 << 12;
	c.ctrlreg[1] = SAVED_USER_L4 << 12 | 1;
	c.gdt_ents = 16;
	c.gdt_frames[0] = SAVED_GDT;
	saved_record(s, REC_X86_PV_VCPU_BASIC, &h, sizeof(h), &c, sizeof(c));
}

static inline void saved_headers(struct saved *s, const char *json)
{
	/* Behind it all is aligned, for those who look at it in place. */
	uint32_t json_len = ((52 + strlen(json) + 8) & ~7UL) - 52;
	const struct xl_header xl = {
		.byte_order = XL_BYTE_ORDER,
		.mandatory_flags = XL_FLAG_JSON | XL_FLAG_STREAM2,
		.optional_len = 4 + json_len,
	};
	const struct libxl_header libxl = {
		.ident = htobe64(LIBXL_IDENT),
		.version = htobe32(LIBXL_VERSION),
	};
	const struct record_header context = { .type = LIBXL_LIBXC_CONTEXT };
	const struct libxc_header libxc = {
		.marker = LIBXC_MARKER,
		.id = htobe32(LIBXC_ID),
		.version = htobe32(LIBXC_VERSION),
	};
	const struct libxc_domain dom = {
		.type = DOMAIN_X86_PV, .page_shift = 12, .xen_major = 4,
		.xen_minor = 17,
	};

	saved_put(s, XL_MAGIC, XL_MAGIC_LEN);
	saved_put(s, &xl, sizeof(xl));
	saved_put(s, &json_len, sizeof(json_len));
	saved_put(s, json, strlen(json));
	saved_put(s, "\0\0\0\0\0\0\0\0", json_len - strlen(json));
	s->stream = s->len;
	saved_put(s, &libxl, sizeof(libxl));
	saved_put(s, &context, sizeof(context));
	saved_put(s, &libxc, sizeof(libxc));
	saved_put(s, &dom, sizeof(dom));
}

static const char saved_json[] =
"{ \"c_info\": { \"type\": \"pv\", \"name\": \"small\",\n"
" \"uuid\": \"01234567-89ab-cdef-0123-456789abcdef\" },\n"
" \"b_info\": { \"max_vcpus\": 2, \"avail_vcpus\": [ 0, 1 ],\n"
" \"max_memkb\": 1024, \"target_memkb\": 1024, \"kernel\": \"/none\" },\n"
" \"on_reboot\": \"restart\" }";

static inline void saved_make(struct saved *s, bool is_32bit)
{
	const struct pv_info info = { .width = is_32bit ? 4 : 8,
				      .levels = is_32bit ? 3 : 4 };
	const struct p2m_frames p2m = { .end = SAVED_PAGES - 1 };
	const uint64_t frames[] = { SAVED_P2M };
	const struct tsc_info tsc = { .mode = TSC_MODE_NATIVE,
				      .khz = 1000000 };
	const struct record_header end = { .type = LIBXL_END };
	static const uint8_t shared_info[4096];
	unsigned int i;

	memset(s, 0, sizeof(*s));
	s->is_32bit = is_32bit;
	saved_headers(s, saved_json);
	saved_record(s, REC_X86_PV_INFO, &info, sizeof(info), NULL, 0);
	saved_record(s, REC_STATIC_DATA_END, NULL, 0, NULL, 0);
	saved_record(s, REC_X86_PV_P2M_FRAMES, &p2m, sizeof(p2m), frames,
		     sizeof(frames));
	for (i = 0; i < SAVED_PAGES; i++)
		saved_page(s, i);
	saved_record(s, REC_X86_TSC_INFO, &tsc, sizeof(tsc), NULL, 0);
	saved_record(s, REC_SHARED_INFO, NULL, 0, shared_info,
		     sizeof(shared_info));
	for (i = 0; i < SAVED_VCPUS; i++)
		saved_vcpu(s, i);
	saved_record(s, REC_END, NULL, 0, NULL, 0);
	saved_put(s, &end, sizeof(end));
}

/* The N-th record of TYPE. */
static inline struct saved_record *saved_find(struct saved *s, uint32_t type,
					      unsigned int n)
{
	unsigned int i;

	for (i = 0; i < s->nr; i++)
		if (s->records[i].type == type && !n--)
			return &s->records[i];
	abort();
}

/* LEN bytes from FROM on, as a file. */
static inline int saved_open(const struct saved *s, size_t from, size_t len)
{
	int fd = memfd_create("saved", MFD_CLOEXEC);

	if (fd < 0 || write(fd, s->data + from, len) != (ssize_t)len ||
	    lseek(fd, 0, SEEK_SET))
		abort();
	return fd;
}

static inline void saved_free(struct saved *s)
{
	free(s->data);
	s->data = NULL;
}

#endif
