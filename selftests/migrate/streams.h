/* SPDX-License-Identifier: GPL-2.0 */
/* A small saved domain, of 64 and of 32 bits, and where in its stream things are. */
#ifndef MIGRATE_STREAMS_H
#define MIGRATE_STREAMS_H

#include "../kselftest_harness.h"
#include "../lib/saved.h"
#include "load.h"

#define LIMIT	64
#define NR(a)	(sizeof(a) / sizeof((a)[0]))

static inline int load(struct loaded *l, const struct saved *s, size_t len)
{
	int fd = saved_open(s, s->stream, len - s->stream);
	int ret = load_stream(l, fd, SAVED_VCPUS, LIMIT);

	close(fd);
	return ret;
}

static inline void *body(struct saved *s, uint32_t type, unsigned int n)
{
	return s->data + saved_find(s, type, n)->at;
}

static inline struct record_header *head(struct saved *s, uint32_t type,
				  unsigned int n)
{
	return (void *)(s->data + saved_find(s, type, n)->at -
			sizeof(struct record_header));
}

/* Of a page's record. */
static inline uint64_t *word(struct saved *s, unsigned int pfn)
{
	return (uint64_t *)body(s, REC_PAGE_DATA, pfn) + 1;
}

static inline uint64_t *page(struct saved *s, unsigned int pfn)
{
	return (uint64_t *)body(s, REC_PAGE_DATA, pfn) + 2;
}

static inline vcpu_guest_context_t *context(struct saved *s, unsigned int id)
{
	return (void *)((uint64_t *)body(s, REC_X86_PV_VCPU_BASIC, id) + 1);
}

static inline struct vcpu_guest_context_x86_32 *context32(struct saved *s, unsigned int id)
{
	return (void *)((uint64_t *)body(s, REC_X86_PV_VCPU_BASIC, id) + 1);
}

static inline uint64_t p2m_va(const struct saved *s)
{
	return (s->is_32bit ? SAVED_VA32 : SAVED_VA) + SAVED_P2M * 4096;
}

static inline uint64_t p2m_entry(const struct saved *s, const void *p2m, int i)
{
	return s->is_32bit ? ((uint32_t *)p2m)[i] : ((uint64_t *)p2m)[i];
}

FIXTURE(saved) {
	struct saved s;
	struct loaded l;
};

FIXTURE_VARIANT(saved) {
	bool is_32bit;
};

FIXTURE_VARIANT_ADD(saved, wide) {
	.is_32bit = false,
};

FIXTURE_VARIANT_ADD(saved, narrow) {
	.is_32bit = true,
};

FIXTURE_SETUP(saved)
{
	saved_make(&self->s, variant->is_32bit);
}

FIXTURE_TEARDOWN(saved)
{
	load_free(&self->l);
	saved_free(&self->s);
}

#endif
