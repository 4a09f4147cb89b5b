// SPDX-License-Identifier: GPL-2.0
/*
 * A small saved domain, of 64 and of 32 bits: read as it is, and damaged in every
 * way there is.
 */
#include <sys/eventfd.h>
#include <sys/mman.h>

#include <linux/kvm.h>

#include "../kselftest_harness.h"
#include "../lib/saved.h"
#include "load.h"
#include "migrate/context32.h"
#include "migrate/cpu.h"

#define LIMIT	64
#define NR(a)	(sizeof(a) / sizeof((a)[0]))

static int load(struct loaded *l, const struct saved *s, size_t len)
{
	int fd = saved_open(s, s->stream, len - s->stream);
	int ret = load_stream(l, fd, SAVED_VCPUS, LIMIT);

	close(fd);
	return ret;
}

static void *body(struct saved *s, uint32_t type, unsigned int n)
{
	return s->data + saved_find(s, type, n)->at;
}

static struct record_header *head(struct saved *s, uint32_t type,
				  unsigned int n)
{
	return (void *)(s->data + saved_find(s, type, n)->at -
			sizeof(struct record_header));
}

/* Of a page's record. */
static uint64_t *word(struct saved *s, unsigned int pfn)
{
	return (uint64_t *)body(s, REC_PAGE_DATA, pfn) + 1;
}

static uint64_t *page(struct saved *s, unsigned int pfn)
{
	return (uint64_t *)body(s, REC_PAGE_DATA, pfn) + 2;
}

static vcpu_guest_context_t *context(struct saved *s, unsigned int id)
{
	return (void *)((uint64_t *)body(s, REC_X86_PV_VCPU_BASIC, id) + 1);
}

static struct vcpu_guest_context_x86_32 *context32(struct saved *s, unsigned int id)
{
	return (void *)((uint64_t *)body(s, REC_X86_PV_VCPU_BASIC, id) + 1);
}

static uint64_t p2m_va(const struct saved *s)
{
	return (s->is_32bit ? SAVED_VA32 : SAVED_VA) + SAVED_P2M * 4096;
}

static uint64_t p2m_entry(const struct saved *s, const void *p2m, int i)
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

/* Ours, not the sender's. */
TEST_F(saved, localised)
{
	struct loaded *l = &self->l;
	struct start_info_x86_32 *narrow;
	struct start_info *si;
	void *p;
	int i;

	ASSERT_EQ(0, load(l, &self->s, self->s.len)) TH_LOG("%s", l->why);
	EXPECT_EQ(SAVED_PAGES, l->img.nr_present);
	EXPECT_EQ(variant->is_32bit, l->img.is_32bit);
	p = image_page(&l->img, SAVED_P2M);
	for (i = 0; i < SAVED_PAGES; i++)
		EXPECT_EQ(image_mfn(&l->img, i), p2m_entry(&self->s, p, i));
	EXPECT_EQ(0, p2m_entry(&self->s, p, i));
	EXPECT_EQ(image_mfn(&l->img, SAVED_STORE), l->l.store_mfn);
	EXPECT_EQ(image_mfn(&l->img, SAVED_CONSOLE), l->l.console_mfn);
	si = image_page(&l->img, SAVED_START_INFO);
	narrow = (void *)si;
	if (variant->is_32bit) {
		EXPECT_EQ(SAVED_PAGES, narrow->nr_pages);
		EXPECT_EQ(SHARED_INFO_MFN << 12, narrow->shared_info);
		EXPECT_EQ(0, narrow->flags);
		EXPECT_EQ(l->l.store_mfn, narrow->store_mfn);
		EXPECT_EQ(STORE_PORT, narrow->store_evtchn);
		EXPECT_EQ(l->l.console_mfn, narrow->console.domU.mfn);
		EXPECT_EQ(CONSOLE_PORT, narrow->console.domU.evtchn);
		EXPECT_EQ(SAVED_L3 << 12, l->img.vcpus[1].basic.ctrlreg[3]);
		EXPECT_EQ(0, l->img.vcpus[1].basic.ctrlreg[1]);
		return;
	}
	EXPECT_EQ(SAVED_PAGES, si->nr_pages);
	EXPECT_EQ(SHARED_INFO_MFN << 12, si->shared_info);
	EXPECT_EQ(0, si->flags);
	EXPECT_EQ(l->l.store_mfn, si->store_mfn);
	EXPECT_EQ(STORE_PORT, si->store_evtchn);
	EXPECT_EQ(l->l.console_mfn, si->console.domU.mfn);
	EXPECT_EQ(CONSOLE_PORT, si->console.domU.evtchn);
	EXPECT_EQ(SAVED_L4 << 12, l->img.vcpus[1].basic.ctrlreg[3]);
	EXPECT_EQ(SAVED_USER_L4 << 12, l->img.vcpus[1].basic.ctrlreg[1]);
}

/* Where the monitor looks for what only 32-bit vCPUs have. */
TEST_F(saved, context)
{
	struct loaded *l = &self->l;
	const struct saved_vcpu *v;
	const struct vcpu_guest_context_x86_32 *c = context32(&self->s, 1);
	const vcpu_guest_context_t *w;
	int i;

	if (!variant->is_32bit)
		SKIP(return, "of 32-bit guests");
	ASSERT_EQ(0, load(l, &self->s, self->s.len)) TH_LOG("%s", l->why);
	v = &l->img.vcpus[1];
	w = &v->basic;
	EXPECT_EQ(0x71UL << 32 | 0xe019, w->syscall_callback_eip);
	EXPECT_EQ(SAVED_VA32 + 0x10, w->event_callback_eip);
	EXPECT_EQ(SAVED_VA32 + 0x20, w->failsafe_callback_eip);
	EXPECT_EQ(SAVED_VA32 + 0x30, v->syscall32_eip);
	EXPECT_EQ(0xe019, v->syscall32_cs);
	EXPECT_EQ(SAVED_VA32 + 0x40, v->sysenter_eip);
	EXPECT_EQ(0x61, v->sysenter_cs);
	EXPECT_TRUE(v->sysenter_masks);
	EXPECT_EQ(c->user_regs.eax, w->user_regs.rax);
	EXPECT_EQ(c->user_regs.ebp, w->user_regs.rbp);
	EXPECT_EQ(c->user_regs.eflags, w->user_regs.rflags);
	EXPECT_EQ(c->user_regs.gs, w->user_regs.gs);
	EXPECT_EQ(0xe021, w->kernel_ss);
	EXPECT_EQ(0xc0001000, w->kernel_sp);
	EXPECT_EQ(0x1000, w->ldt_base);
	EXPECT_EQ(2, w->ldt_ents);
	for (i = 0; i < 256; i++) {
		EXPECT_EQ(i, w->trap_ctxt[i].vector);
		EXPECT_EQ(i & 7, w->trap_ctxt[i].flags);
		EXPECT_EQ(0xe019 + i, w->trap_ctxt[i].cs);
		EXPECT_EQ(SAVED_VA32 + i, w->trap_ctxt[i].address);
	}
}

/* In 32 bits the number of a root's frame comes with its upper bits last. */
TEST(rotated_cr3)
{
	vcpu_guest_context_t wide = { .ctrlreg[3] = 0x12345678000UL }, again;
	struct vcpu_guest_context_x86_32 narrow;

	context_narrow(&wide, &narrow);
	EXPECT_EQ(0x45678123, narrow.ctrlreg[3]) TH_LOG("%#x", narrow.ctrlreg[3]);
	context_widen(&narrow, &again);
	EXPECT_EQ(0x12345678000UL, again.ctrlreg[3]);
}

/* And what was read goes out again as it came. */
TEST_F(saved, taken_again)
{
	unsigned int root = variant->is_32bit ? SAVED_L3 : SAVED_L4;
	struct loaded *l = &self->l;
	uint64_t table[512], i;
	struct retaken r;

	ASSERT_EQ(0, load(l, &self->s, self->s.len)) TH_LOG("%s", l->why);
	retake_begin(&r, l, p2m_va(&self->s));
	ASSERT_EQ(0, retake(&r, l->why, sizeof(l->why))) TH_LOG("%s", l->why);
	EXPECT_EQ(SAVED_PAGES, r.s.nr_pfns);
	EXPECT_EQ(1, r.s.nr_p2m_frames);
	EXPECT_EQ(SAVED_P2M, r.s.p2m_frames[0]);
	EXPECT_EQ(SAVED_START_INFO, r.s.vcpus[0].basic.user_regs.rdx);
	EXPECT_EQ(root << 12, r.s.vcpus[1].basic.ctrlreg[3]);
	if (!variant->is_32bit)
		EXPECT_EQ(SAVED_USER_L4 << 12 | 1,
			  r.s.vcpus[1].basic.ctrlreg[1]);
	for (i = 0; i < SAVED_PAGES; i++) {
		EXPECT_EQ(saved_type(&self->s, i), r.s.types[i]);
		if (!PT_LEVEL(saved_type(&self->s, i)))
			continue;
		ASSERT_EQ(0, snapshot_table(&r.s, i, table));
		EXPECT_EQ(0, memcmp(table, page(&self->s, i), 4096))
			TH_LOG("page %u", (unsigned int)i);
	}
	retake_end(&r);
}

/* Into a file, as it came; but for memory that was changed on purpose. */
TEST_F(saved, written_again)
{
	static const struct kvm_cpuid_entry2 leaf = { .function = 0, .eax = 1 };
	struct kvm_cpuid2 *cpuid = calloc(1, sizeof(*cpuid) + sizeof(leaf));
	int fd = memfd_create("again", MFD_CLOEXEC);
	struct loaded *l = &self->l, again;
	struct retaken r;
	struct stream to;
	unsigned int i;

	cpuid->nent = 1;
	memcpy(cpuid->entries, &leaf, sizeof(leaf));
	ASSERT_EQ(0, load(l, &self->s, self->s.len)) TH_LOG("%s", l->why);
	retake_begin(&r, l, p2m_va(&self->s));
	ASSERT_EQ(0, retake(&r, l->why, sizeof(l->why))) TH_LOG("%s", l->why);
	r.s.cpuid = cpuid;
	stream_init(&to, fd, "again");
	ASSERT_EQ(0, snapshot_write(&r.s, &to));
	lseek(fd, 0, SEEK_SET);
	ASSERT_EQ(0, load_stream(&again, fd, SAVED_VCPUS, LIMIT))
		TH_LOG("%s", again.why);
	EXPECT_EQ(variant->is_32bit, again.img.is_32bit);
	EXPECT_EQ(0, memcmp(l->img.types, again.img.types, SAVED_PAGES));
	for (i = 0; i < SAVED_VCPUS; i++) {
		struct saved_vcpu *a = &l->img.vcpus[i], *b = &again.img.vcpus[i];

		EXPECT_EQ(0, memcmp(&a->basic, &b->basic, sizeof(a->basic)));
		EXPECT_EQ(a->syscall32_eip, b->syscall32_eip);
		EXPECT_EQ(a->sysenter_eip, b->sysenter_eip);
		EXPECT_EQ(a->sysenter_masks, b->sysenter_masks);
		if (!variant->is_32bit)
			continue;
		EXPECT_EQ(a->syscall32_cs, b->syscall32_cs);
		EXPECT_EQ(a->sysenter_cs, b->sysenter_cs);
	}
	/* Xen's own were left out. */
	if (variant->is_32bit)
		EXPECT_EQ(0, ((uint64_t *)image_page(&again.img, SAVED_L2))[PTE_M2P32]);
	load_free(&again);
	retake_end(&r);
	free(cpuid);
	close(fd);
}

/* What a sender leaves where the M2P goes is dropped; elsewhere it is a table. */
TEST_F(saved, end_of_level_2)
{
	struct loaded *l = &self->l;

	if (!variant->is_32bit)
		SKIP(return, "of 32-bit guests");
	page(&self->s, SAVED_L2)[PTE_M2P32] = SAVED_L1 << 12 | 7;
	page(&self->s, SAVED_USER_L4)[PTE_M2P32] = SAVED_L1 << 12 | 7;
	page(&self->s, SAVED_L3)[4] = ~0UL;
	ASSERT_EQ(0, load(l, &self->s, self->s.len)) TH_LOG("%s", l->why);
	EXPECT_EQ(0, ((uint64_t *)image_page(&l->img, SAVED_L2))[PTE_M2P32]);
	EXPECT_NE(0, ((uint64_t *)image_page(&l->img, SAVED_USER_L4))[PTE_M2P32]);
	EXPECT_EQ(0, ((uint64_t *)image_page(&l->img, SAVED_L3))[4]);
}

/* What is nobody's any more, and what stays. */
TEST_F(saved, shared_info)
{
	uint8_t *from = body(&self->s, REC_SHARED_INFO, 0);
	static uint64_t to[512];
	struct loaded *l = &self->l;
	const shared_info_x86_32_t *narrow = (void *)to;
	const shared_info_t *wide = (void *)to;

	memset(from, 0x55, 4096);
	memset(to, 0, sizeof(to));
	ASSERT_EQ(0, load(l, &self->s, self->s.len)) TH_LOG("%s", l->why);
	image_shared_info(&l->img, (void *)to);
	if (variant->is_32bit) {
		EXPECT_EQ(0, narrow->vcpu_info[31].evtchn_pending_sel);
		EXPECT_EQ(0x55555555, narrow->vcpu_info[31].arch.cr2);
		EXPECT_EQ(0, narrow->evtchn_pending[31]);
		EXPECT_EQ(~0U, narrow->evtchn_mask[0]);
		EXPECT_EQ(~0U, narrow->evtchn_mask[31]);
		EXPECT_EQ(0, narrow->wc_version);
		EXPECT_EQ(0, narrow->arch.pfn_to_mfn_frame_list_list);
		EXPECT_EQ(0x55555555, narrow->arch.max_pfn);
		EXPECT_EQ(0, *(const uint32_t *)(narrow + 1));
		return;
	}
	EXPECT_EQ(0, wide->vcpu_info[31].evtchn_pending_sel);
	EXPECT_EQ(0x5555555555555555, wide->vcpu_info[31].arch.cr2);
	EXPECT_EQ(0, wide->evtchn_pending[63]);
	EXPECT_EQ(~0UL, wide->evtchn_mask[63]);
	EXPECT_EQ(0, wide->wc_version);
	EXPECT_EQ(0, wide->arch.pfn_to_mfn_frame_list_list);
	EXPECT_EQ(0x5555555555555555, wide->arch.max_pfn);
}

/* The monitor lets a guest map its tables writable; Xen would not have them. */
TEST_F(saved, writable_tables)
{
	struct loaded *l = &self->l;
	uint64_t table[512], *l1;
	struct retaken r;

	ASSERT_EQ(0, load(l, &self->s, self->s.len));
	l1 = image_page(&l->img, SAVED_L1);
	l1[SAVED_L2] |= 2;
	retake_begin(&r, l, p2m_va(&self->s));
	ASSERT_EQ(0, retake(&r, l->why, sizeof(l->why)));
	ASSERT_EQ(0, snapshot_table(&r.s, SAVED_L1, table));
	EXPECT_EQ(0, table[SAVED_L2] & 2);
	EXPECT_EQ(2, table[SAVED_DATA] & 2);
	retake_end(&r);
}

enum place { PLACE_MAX_PFN, PLACE_TREE, PLACE_CR3, PLACE_VA };

static void set_place(struct retaken *r, enum place what, uint64_t value)
{
	shared_info_x86_32_t *narrow = (void *)r->shared_info;
	struct arch_shared_info *a = &r->shared_info->arch;
	unsigned long *const wide[] = {
		&a->max_pfn, (unsigned long *)&a->pfn_to_mfn_frame_list_list,
		&a->p2m_cr3, &a->p2m_vaddr,
	};
	void *const at[] = {
		&narrow->arch.max_pfn, &narrow->arch.pfn_to_mfn_frame_list_list,
		&narrow->arch.p2m_cr3, &narrow->arch.p2m_vaddr,
	};

	if (r->s.is_32bit)
		memcpy(at[what], &value, 4);
	else
		*wide[what] = value;
}

/* What a guest may have left that no stream can carry. */
TEST_F(saved, cannot_be_taken)
{
	struct loaded *l = &self->l;
	uint64_t table[512], *l1;
	struct retaken r;

	ASSERT_EQ(0, load(l, &self->s, self->s.len));
	l1 = image_page(&l->img, SAVED_L1);
	retake_begin(&r, l, p2m_va(&self->s));
	/* A frame that is not its own: a grant, shared_info. */
	l1[SAVED_DATA] = SHARED_INFO_MFN << 12 | 7;
	ASSERT_EQ(0, retake(&r, l->why, sizeof(l->why)));
	err_divert(l->why, sizeof(l->why));
	EXPECT_EQ(-1, snapshot_table(&r.s, SAVED_L1, table));
	err_divert(NULL, 0);
	EXPECT_NE(NULL, strstr(l->why, "is not the guest's"));
	snapshot_free(&r.s);
	r.s.nr_present = 0;

	set_place(&r, PLACE_MAX_PFN, 0xffffffff);
	EXPECT_EQ(-1, retake(&r, l->why, sizeof(l->why)));
	EXPECT_NE(NULL, strstr(l->why, "makes no sense")) TH_LOG("%s", l->why);
	snapshot_free(&r.s);
	set_place(&r, PLACE_MAX_PFN, SAVED_PAGES);
	set_place(&r, PLACE_VA, variant->is_32bit ? XENPV_M2P32_VA :
						    0xffff820000000000UL);
	EXPECT_EQ(-1, retake(&r, l->why, sizeof(l->why)));
	EXPECT_NE(NULL, strstr(l->why, "is nowhere")) TH_LOG("%s", l->why);
	snapshot_free(&r.s);
	set_place(&r, PLACE_VA, p2m_va(&self->s));
	set_place(&r, PLACE_CR3, ~0UL);
	EXPECT_EQ(-1, retake(&r, l->why, sizeof(l->why)));
	EXPECT_NE(NULL, strstr(l->why, "is nowhere")) TH_LOG("%s", l->why);
	retake_end(&r);
}

/* Entries that a guest wrote over Xen's are its own mistake: it cannot go. */
TEST_F(saved, m2p_overwritten)
{
	struct loaded *l = &self->l;
	struct retaken r;
	uint64_t *l2;

	if (!variant->is_32bit)
		SKIP(return, "of 32-bit guests");
	ASSERT_EQ(0, load(l, &self->s, self->s.len));
	retake_begin(&r, l, p2m_va(&self->s));
	l2 = image_page(&l->img, SAVED_L2);
	l2[PTE_M2P32] = 0;
	EXPECT_EQ(-1, retake(&r, l->why, sizeof(l->why)));
	EXPECT_NE(NULL, strstr(l->why, "a large one")) TH_LOG("%s", l->why);
	retake_end(&r);
}

/* Older guests have a tree. */
TEST_F(saved, p2m_tree)
{
	struct loaded *l = &self->l;
	struct retaken r;
	uint64_t *p;

	ASSERT_EQ(0, load(l, &self->s, self->s.len));
	/* Words of 32 bits have another behind them. */
	p = image_page(&l->img, SAVED_DATA);
	p[0] = SAVED_DATA + 1;
	p = image_page(&l->img, SAVED_DATA + 1);
	p[0] = SAVED_P2M;
	if (variant->is_32bit)
		p[0] |= 0x77UL << 32;
	retake_begin(&r, l, 0);
	set_place(&r, PLACE_CR3, 0);
	set_place(&r, PLACE_TREE, SAVED_DATA);
	ASSERT_EQ(0, retake(&r, l->why, sizeof(l->why))) TH_LOG("%s", l->why);
	EXPECT_EQ(SAVED_PAGES, r.s.nr_pfns);
	EXPECT_EQ(SAVED_P2M, r.s.p2m_frames[0]);
	retake_end(&r);
}

/* Every place in headers and the last records, some in what pages have. */
static size_t next_cut(const struct saved *s, size_t len)
{
	if (len < s->stream + 1024 || len % 4096 < 64)
		return len + 1;
	return len + (s->len - len < 8192 ? 7 : 61);
}

/* Cut off anywhere, it is refused, and the message tells where. */
TEST_F_TIMEOUT(saved, cut_off, 600)
{
	size_t len;

	for (len = self->s.stream; len < self->s.len;
	     len = next_cut(&self->s, len)) {
		EXPECT_EQ(-1, load(&self->l, &self->s, len))
			TH_LOG("%zu bytes", len);
		EXPECT_NE(NULL, strstr(self->l.why, "too early"))
			TH_LOG("%s", self->l.why);
		EXPECT_NE(NULL, strstr(self->l.why, " at offset "));
		load_free(&self->l);
	}
}

/* A page that comes again counts as it came last. */
TEST_F(saved, pages_again)
{
	struct {
		struct page_data h;
		uint64_t word;
		uint64_t page[512];
	} again = { .h.count = 1, .word = SAVED_DATA, .page = { 42 } };
	struct {
		struct page_data h;
		uint64_t words[2];
	} gone = { .h.count = 2,
		   .words = { 15ULL << 60 | (SAVED_DATA + 1),
			      13ULL << 60 | (SAVED_DATA + 2) } };
	struct saved *s = &self->s, with;
	size_t at = saved_find(s, REC_X86_TSC_INFO, 0)->at - 8;
	struct loaded *l = &self->l;
	uint64_t *p;

	p = page(s, SAVED_L1);
	p[SAVED_DATA + 1] = 0;
	p[SAVED_DATA + 2] = 0;
	memset(&with, 0, sizeof(with));
	with.stream = s->stream;
	saved_put(&with, s->data, at);
	saved_record(&with, REC_PAGE_DATA, NULL, 0, &again, sizeof(again));
	saved_record(&with, REC_PAGE_DATA, NULL, 0, &gone, sizeof(gone));
	saved_put(&with, s->data + at, s->len - at);
	ASSERT_EQ(0, load(l, &with, with.len)) TH_LOG("%s", l->why);
	EXPECT_EQ(42, *(uint64_t *)image_page(&l->img, SAVED_DATA));
	EXPECT_FALSE(image_has(&l->img, SAVED_DATA + 1));
	EXPECT_FALSE(image_has(&l->img, SAVED_DATA + 2));
	EXPECT_EQ(SAVED_PAGES - 2, l->img.nr_present);
	EXPECT_EQ(variant->is_32bit ? ~0U : ~0ULL,
		  p2m_entry(s, image_page(&l->img, SAVED_P2M), SAVED_DATA + 1));
	saved_free(&with);
}

/* Gone in the same record: no memory is left where there is no page. */
TEST_F(saved, page_and_gone)
{
	struct {
		struct page_data h;
		uint64_t words[2];
		uint64_t page[512];
	} both = { .h.count = 2, .page = { 42 },
		   .words = { SAVED_DATA + 1, 15ULL << 60 | (SAVED_DATA + 1) } };
	struct saved *s = &self->s, with;
	size_t at = saved_find(s, REC_X86_TSC_INFO, 0)->at - 8;
	struct loaded *l = &self->l;

	page(s, SAVED_L1)[SAVED_DATA + 1] = 0;
	memset(&with, 0, sizeof(with));
	with.stream = s->stream;
	saved_put(&with, s->data, at);
	saved_record(&with, REC_PAGE_DATA, NULL, 0, &both, sizeof(both));
	saved_put(&with, s->data + at, s->len - at);
	ASSERT_EQ(0, load(l, &with, with.len)) TH_LOG("%s", l->why);
	EXPECT_FALSE(image_has(&l->img, SAVED_DATA + 1));
	EXPECT_EQ(SAVED_PAGES - 1, l->img.nr_present);
	EXPECT_EQ(0, *(uint64_t *)image_page(&l->img, SAVED_DATA + 1));
	saved_free(&with);
}

/* A table that became data, and data that became a table. */
TEST_F(saved, types_change)
{
	struct {
		struct page_data h;
		uint64_t word;
		uint64_t page[512];
	} data = { .h.count = 1, .word = 20 }, table = { .h.count = 1 };
	struct saved *s = &self->s, with;
	size_t at = saved_find(s, REC_PAGE_DATA, SAVED_DATA)->at - 8;
	struct loaded *l = &self->l;

	/* First as an L1 table, of whatever is in page 20; then as data. */
	table.word = 1ULL << 60 | 20;
	table.page[0] = 0x123456007;
	data.page[0] = 0x123456007;
	memset(&with, 0, sizeof(with));
	with.stream = s->stream;
	saved_put(&with, s->data, at);
	saved_record(&with, REC_PAGE_DATA, NULL, 0, &table, sizeof(table));
	at = saved_find(s, REC_X86_TSC_INFO, 0)->at - 8;
	saved_put(&with, s->data + saved_find(s, REC_PAGE_DATA, SAVED_DATA)->at -
		  8, at - (saved_find(s, REC_PAGE_DATA, SAVED_DATA)->at - 8));
	saved_record(&with, REC_PAGE_DATA, NULL, 0, &data, sizeof(data));
	saved_put(&with, s->data + at, s->len - at);
	ASSERT_EQ(0, load(l, &with, with.len)) TH_LOG("%s", l->why);
	EXPECT_EQ(0x123456007, *(uint64_t *)image_page(&l->img, 20));
	saved_free(&with);
}

/* Version 2, of Xen 4.6 to 4.13, has no STATIC_DATA_END. */
TEST_F(saved, version_2)
{
	struct saved *s = &self->s;
	struct libxc_header *h = (void *)(s->data + s->stream + 24);

	h->version = htobe32(2);
	EXPECT_EQ(0, load(&self->l, s, s->len)) TH_LOG("%s", self->l.why);
}

/* Everything else that can be wrong, and a word of what is said of it. */

static void m_ident(struct saved *s) { s->data[s->stream] ^= 1; }
static void m_xl_version(struct saved *s) { s->data[s->stream + 11] = 3; }
static void m_xl_endian(struct saved *s) { s->data[s->stream + 15] = 1; }
static void m_xl_legacy(struct saved *s) { s->data[s->stream + 15] = 2; }
static void m_xl_record(struct saved *s) { s->data[s->stream + 16] = 3; }
static void m_marker(struct saved *s) { s->data[s->stream + 24] ^= 1; }
static void m_xc_version(struct saved *s) { s->data[s->stream + 24 + 15] = 4; }
static void m_xc_endian(struct saved *s) { s->data[s->stream + 24 + 17] = 1; }
static void m_hvm(struct saved *s) { s->data[s->stream + 48] = 2; }
static void m_arm(struct saved *s) { s->data[s->stream + 48] = 4; }
static void m_shift(struct saved *s) { s->data[s->stream + 52] = 16; }

/* Of the other width than all the rest. */
static void m_info_other(struct saved *s)
{
	((uint8_t *)body(s, REC_X86_PV_INFO, 0))[0] = s->is_32bit ? 8 : 4;
	((uint8_t *)body(s, REC_X86_PV_INFO, 0))[1] = s->is_32bit ? 4 : 3;
}

static void m_info_width(struct saved *s)
{
	((uint8_t *)body(s, REC_X86_PV_INFO, 0))[0] = s->is_32bit ? 8 : 4;
}

static void m_info_levels(struct saved *s)
{
	((uint8_t *)body(s, REC_X86_PV_INFO, 0))[1] = s->is_32bit ? 4 : 3;
}

static void m_info_odd(struct saved *s)
{
	((uint8_t *)body(s, REC_X86_PV_INFO, 0))[1] = 5;
}

static void m_info_twice(struct saved *s)
{
	head(s, REC_X86_PV_P2M_FRAMES, 0)->type = REC_X86_PV_INFO;
}

static void m_no_info(struct saved *s)
{
	head(s, REC_X86_PV_INFO, 0)->type = RECORD_OPTIONAL | 1;
}

static void m_no_static_end(struct saved *s)
{
	head(s, REC_STATIC_DATA_END, 0)->type = RECORD_OPTIONAL | 1;
}

static void m_no_p2m(struct saved *s)
{
	head(s, REC_X86_PV_P2M_FRAMES, 0)->type = RECORD_OPTIONAL | 1;
}

static void m_p2m_huge(struct saved *s)
{
	((struct p2m_frames *)body(s, REC_X86_PV_P2M_FRAMES, 0))->end = ~0U;
}

static void m_p2m_order(struct saved *s)
{
	((struct p2m_frames *)body(s, REC_X86_PV_P2M_FRAMES, 0))->start = 99;
}

static void m_p2m_length(struct saved *s)
{
	/* Two pages of it. */
	((struct p2m_frames *)body(s, REC_X86_PV_P2M_FRAMES, 0))->end =
		s->is_32bit ? 1024 : 512;
}

static void m_p2m_pfn(struct saved *s)
{
	((uint64_t *)body(s, REC_X86_PV_P2M_FRAMES, 0))[1] = 1ULL << 50;
}

static void m_p2m_table(struct saved *s)
{
	((uint64_t *)body(s, REC_X86_PV_P2M_FRAMES, 0))[1] = SAVED_L3;
}

static void m_unknown(struct saved *s)
{
	head(s, REC_X86_TSC_INFO, 0)->type = 0x13;
}

static void m_hvm_record(struct saved *s)
{
	head(s, REC_X86_TSC_INFO, 0)->type = REC_HVM_PARAMS;
}

static void m_checkpoint(struct saved *s)
{
	head(s, REC_X86_TSC_INFO, 0)->type = REC_CHECKPOINT;
}

static void m_huge_record(struct saved *s)
{
	head(s, REC_PAGE_DATA, 3)->length = ~0U;
}

static void m_page_length(struct saved *s)
{
	head(s, REC_PAGE_DATA, 3)->length += 8;
}

static void m_page_short(struct saved *s)
{
	head(s, REC_PAGE_DATA, 3)->length = 4;
}

static void m_count_none(struct saved *s)
{
	((struct page_data *)body(s, REC_PAGE_DATA, 5))->count = 0;
}

static void m_count_huge(struct saved *s)
{
	((struct page_data *)body(s, REC_PAGE_DATA, 5))->count = ~0U;
}

static void m_page_type(struct saved *s) { *word(s, 11) |= 5ULL << 60; }
static void m_page_type_8(struct saved *s) { *word(s, 11) |= 8ULL << 60; }
static void m_page_reserved(struct saved *s) { *word(s, 11) |= 1ULL << 52; }
static void m_page_pfn(struct saved *s) { *word(s, 11) = SAVED_PAGES; }
static void m_page_pfn_huge(struct saved *s) { *word(s, 11) = (1ULL << 52) - 1; }
static void m_page_table(struct saved *s) { *word(s, 11) |= 4ULL << 60; }
static void m_pte_pfn(struct saved *s) { page(s, SAVED_L1)[3] = 99 << 12 | 7; }

static void m_pte_pfn_huge(struct saved *s)
{
	page(s, SAVED_L1)[3] = 0x000ffffffffff007ULL;
}

static void m_pte_large(struct saved *s) { page(s, SAVED_L2)[511] |= 0x80; }

static void m_pte_level(struct saved *s)
{
	page(s, SAVED_L3)[511] = SAVED_L1 << 12 | 7;
}

static void m_pte_data(struct saved *s)
{
	page(s, SAVED_L3)[0] = SAVED_DATA << 12 | 7;
}

static void m_pte_self(struct saved *s)
{
	page(s, SAVED_L4)[0] = SAVED_L4 << 12 | 7;
}

static void m_store(struct saved *s)
{
	((struct start_info *)page(s, SAVED_START_INFO))->store_mfn = ~0UL;
}

static void m_console(struct saved *s)
{
	((struct start_info *)page(s, SAVED_START_INFO))->console.domU.mfn =
		SAVED_L4;
}

static void m_start_info(struct saved *s)
{
	context(s, 0)->user_regs.rdx = 1UL << 60;
}

static void m_cr3(struct saved *s) { context(s, 1)->ctrlreg[3] = SAVED_L3 << 12; }
static void m_cr3_huge(struct saved *s) { context(s, 1)->ctrlreg[3] = ~0UL; }
static void m_cr1(struct saved *s) { context(s, 1)->ctrlreg[1] = 99 << 12 | 1; }

static void m_page_table32(struct saved *s) { *word(s, 11) |= 1ULL << 60; }
static void m_page_level32(struct saved *s) { *word(s, 11) |= 0xcULL << 60; }
static void m_pte_large32(struct saved *s) { page(s, SAVED_L2)[0] |= 0x80; }

static void m_pte_level32(struct saved *s)
{
	page(s, SAVED_L3)[1] = SAVED_L1 << 12 | 7;
}

static void m_pte_data32(struct saved *s)
{
	page(s, SAVED_L3)[1] = SAVED_DATA << 12 | 7;
}

static void m_pte_self32(struct saved *s)
{
	page(s, SAVED_L3)[1] = SAVED_L3 << 12 | 1;
}

static void m_store32(struct saved *s)
{
	((struct start_info_x86_32 *)page(s, SAVED_START_INFO))->store_mfn = ~0U;
}

static void m_console32(struct saved *s)
{
	((struct start_info_x86_32 *)page(s, SAVED_START_INFO))->console.domU.mfn =
		SAVED_L3;
}

static void m_start_info32(struct saved *s)
{
	context32(s, 0)->user_regs.edx = ~0U;
}

static void m_cr3_32(struct saved *s)
{
	context32(s, 1)->ctrlreg[3] = SAVED_L2 << 12;
}

static void m_cr3_huge32(struct saved *s) { context32(s, 1)->ctrlreg[3] |= 7; }
static void m_gdt32(struct saved *s) { context32(s, 0)->gdt_ents = 8000; }
static void m_gdt_frame32(struct saved *s) { context32(s, 0)->gdt_frames[0] = 3; }
static void m_ldt32(struct saved *s) { context32(s, 0)->ldt_ents = 9000; }

static void m_callback32(struct saved *s)
{
	context32(s, 0)->event_callback_eip = XENPV_M2P32_VA;
}

static void m_sysenter32(struct saved *s)
{
	struct xen_domctl_ext_vcpucontext *x = (void *)
		((uint64_t *)body(s, REC_X86_PV_VCPU_EXTENDED, 0) + 1);

	x->sysenter_callback_eip = 1UL << 32;
}

static void m_trap32(struct saved *s)
{
	context32(s, 0)->trap_ctxt[14].address = XENPV_M2P32_VA;
}

static void m_user(struct saved *s)
{
	context(s, 1)->ctrlreg[1] = 0;
	context(s, 1)->flags = 0;
}

static void m_gdt(struct saved *s) { context(s, 0)->gdt_ents = 8000; }
static void m_gdt_frame(struct saved *s) { context(s, 0)->gdt_frames[0] = 1; }
static void m_ldt(struct saved *s) { context(s, 0)->ldt_ents = 9000; }

static void m_callback(struct saved *s)
{
	context(s, 0)->event_callback_eip = 0xffff828000000000UL;
}

static void m_trap(struct saved *s)
{
	context(s, 0)->trap_ctxt[14].address = 0xffff828000000000UL;
}

static void m_base(struct saved *s) { context(s, 1)->fs_base = 1UL << 62; }

static void m_vcpu_id(struct saved *s)
{
	((struct vcpu_record *)body(s, REC_X86_PV_VCPU_BASIC, 1))->id = 2;
}

static void m_vcpu_id_huge(struct saved *s)
{
	((struct vcpu_record *)body(s, REC_X86_PV_VCPU_BASIC, 1))->id = ~0U;
}

static void m_no_vcpu_0(struct saved *s)
{
	((struct vcpu_record *)body(s, REC_X86_PV_VCPU_BASIC, 0))->id = 1;
}

static void m_vcpu_short(struct saved *s)
{
	head(s, REC_X86_PV_VCPU_BASIC, 1)->length = 7;
}

static void m_xsave_short(struct saved *s)
{
	head(s, REC_X86_TSC_INFO, 0)->type = REC_X86_PV_VCPU_XSAVE;
	((struct vcpu_record *)body(s, REC_X86_TSC_INFO, 0))->id = 0;
}

static void m_extended_long(struct saved *s)
{
	head(s, REC_X86_PV_VCPU_BASIC, 1)->type = REC_X86_PV_VCPU_EXTENDED;
}

static void m_msrs(struct saved *s)
{
	head(s, REC_X86_PV_VCPU_BASIC, 1)->type = REC_X86_PV_VCPU_MSRS;
	head(s, REC_X86_PV_VCPU_BASIC, 1)->length = 9;
}

static void m_no_shared_info(struct saved *s)
{
	head(s, REC_SHARED_INFO, 0)->type = RECORD_OPTIONAL | 1;
}

static void m_shared_info_length(struct saved *s)
{
	head(s, REC_SHARED_INFO, 0)->length = 4088;
}

static void m_tsc_length(struct saved *s)
{
	head(s, REC_X86_TSC_INFO, 0)->length = 16;
}

static void m_end_length(struct saved *s) { head(s, REC_END, 0)->length = 8; }

static void m_xl_end(struct saved *s)
{
	((struct record_header *)(s->data + s->len))[-1].type = 4;
}

static void m_xl_end_unknown(struct saved *s)
{
	((struct record_header *)(s->data + s->len))[-1].type = 9;
}

static void m_cpuid(struct saved *s)
{
	head(s, REC_STATIC_DATA_END, 0)->type = REC_X86_CPUID_POLICY;
	head(s, REC_STATIC_DATA_END, 0)->length = 23;
}

struct damage {
	const char *name;
	void (*damage)(struct saved *s);
	const char *record, *said;
};

static const struct damage of_both[] = {
	{ "ident", m_ident, "libxl header", "no libxl stream" },
	{ "libxl version", m_xl_version, "libxl header", "version 3 is not known" },
	{ "libxl big-endian", m_xl_endian, "libxl header", "big-endian" },
	{ "libxl legacy", m_xl_legacy, "libxl header", "4.5" },
	{ "no LIBXC_CONTEXT", m_xl_record, "libxl record", "LIBXC_CONTEXT" },
	{ "marker", m_marker, "libxc header", "no libxc stream" },
	{ "libxc version", m_xc_version, "libxc header", "version 4 is not known" },
	{ "libxc big-endian", m_xc_endian, "libxc header", "big-endian" },
	{ "HVM", m_hvm, "domain header", "x86 HVM" },
	{ "ARM", m_arm, "domain header", "ARM" },
	{ "page size", m_shift, "domain header", "2^16" },
	{ "width alone", m_info_width, "X86_PV_INFO", "makes no sense" },
	{ "levels alone", m_info_levels, "X86_PV_INFO", "makes no sense" },
	{ "5 levels", m_info_odd, "X86_PV_INFO", "makes no sense" },
	{ "X86_PV_INFO twice", m_info_twice, "X86_PV_INFO", "twice" },
	{ "no X86_PV_INFO", m_no_info, "STATIC_DATA_END", "X86_PV_INFO" },
	{ "no STATIC_DATA_END", m_no_static_end, "X86_PV_P2M_FRAMES", "STATIC_DATA_END" },
	{ "no P2M_FRAMES", m_no_p2m, "PAGE_DATA", "before X86_PV_P2M_FRAMES" },
	{ "huge p2m", m_p2m_huge, "X86_PV_P2M_FRAMES", "too much" },
	{ "p2m backwards", m_p2m_order, "X86_PV_P2M_FRAMES", "no sense" },
	{ "p2m length", m_p2m_length, "X86_PV_P2M_FRAMES", "bytes" },
	{ "p2m outside", m_p2m_pfn, NULL, "cannot be part 0 of the p2m" },
	{ "p2m in a table", m_p2m_table, NULL, "cannot be part 0 of the p2m" },
	{ "unknown record", m_unknown, "libxc record", "0x13 is unknown" },
	{ "HVM record", m_hvm_record, "HVM_PARAMS", "PV domains have none" },
	{ "checkpoint", m_checkpoint, "CHECKPOINT", "not supported" },
	{ "huge record", m_huge_record, "PAGE_DATA", "makes no sense" },
	{ "record length", m_page_length, "PAGE_DATA", "pages of data" },
	{ "short record", m_page_short, "PAGE_DATA", "are needed" },
	{ "no pages", m_count_none, "PAGE_DATA", "count of 0" },
	{ "huge count", m_count_huge, "PAGE_DATA", "count of 4294967295" },
	{ "page type 5", m_page_type, "PAGE_DATA", "unknown page type 0x5" },
	{ "page type 8", m_page_type_8, "PAGE_DATA", "unknown page type 0x8" },
	{ "reserved bits", m_page_reserved, "PAGE_DATA", "reserved bits" },
	{ "page outside", m_page_pfn, "PAGE_DATA", "the domain's end" },
	{ "page far outside", m_page_pfn_huge, "PAGE_DATA", "the domain's end" },
	{ "entry outside", m_pte_pfn, NULL, "not in the stream" },
	{ "entry far outside", m_pte_pfn_huge, NULL, "not in the stream" },
	{ "vCPU 2", m_vcpu_id, "X86_PV_VCPU_BASIC", "vCPU 2, the domain has 2" },
	{ "vCPU ~0", m_vcpu_id_huge, "X86_PV_VCPU_BASIC", "the domain has 2" },
	{ "no vCPU 0", m_no_vcpu_0, "END", "of vCPU 0" },
	{ "short vCPU", m_vcpu_short, "X86_PV_VCPU_BASIC", "are needed" },
	{ "short XSAVE", m_xsave_short, "X86_PV_VCPU_XSAVE", "XSAVE area" },
	{ "long EXTENDED", m_extended_long, "X86_PV_VCPU_EXTENDED", "128 at most" },
	{ "MSRs", m_msrs, "X86_PV_VCPU_MSRS", "list of MSRs" },
	{ "no SHARED_INFO", m_no_shared_info, "END", "SHARED_INFO" },
	{ "SHARED_INFO length", m_shared_info_length, "SHARED_INFO", "not 4096" },
	{ "TSC_INFO length", m_tsc_length, "X86_TSC_INFO", "not 24" },
	{ "END length", m_end_length, "END", "should have none" },
	{ "libxl's END", m_xl_end, "libxl record", "where END should be" },
	{ "libxl's END unknown", m_xl_end_unknown, "libxl record", "where END should be" },
	{ "CPUID length", m_cpuid, "X86_CPUID_POLICY", "CPUID leaves" },
};

static const struct damage of_wide[] = {
	{ "all but 32-bit", m_info_other, "PAGE_DATA", "has level 4, a 32-bit guest has none" },
	{ "data as table", m_page_table, NULL, "not in the stream" },
	{ "large page", m_pte_large, NULL, "is a large one" },
	{ "wrong level", m_pte_level, NULL, "is of type 0x1" },
	{ "data below", m_pte_data, NULL, "is of type 0" },
	{ "writable self", m_pte_self, NULL, "is of type 0xc" },
	{ "xenstore's ring", m_store, NULL, "xenstore's ring" },
	{ "console's ring", m_console, NULL, "console's ring" },
	{ "start_info", m_start_info, NULL, "cannot be start_info" },
	{ "cr3", m_cr3, NULL, "no top-level page table" },
	{ "cr3 outside", m_cr3_huge, NULL, "no top-level page table" },
	{ "user's cr3", m_cr1, NULL, "no top-level page table" },
	{ "user without tables", m_user, NULL, "user mode" },
	{ "GDT size", m_gdt, NULL, "GDT of 8000" },
	{ "GDT frame", m_gdt_frame, NULL, "cannot be a GDT" },
	{ "LDT", m_ldt, NULL, "LDT" },
	{ "callback", m_callback, NULL, "callback" },
	{ "trap", m_trap, NULL, "trap 14" },
	{ "FS base", m_base, NULL, "not canonical" },
};

static const struct damage of_narrow[] = {
	{ "all but 64-bit", m_info_other, "X86_PV_VCPU_BASIC", "bytes, not 5168" },
	{ "data as table", m_page_table32, NULL, "not in the stream" },
	{ "level 4", m_page_level32, "PAGE_DATA", "has level 4, a 32-bit guest has none" },
	{ "large page", m_pte_large32, NULL, "is a large one" },
	{ "wrong level", m_pte_level32, NULL, "is of type 0x1" },
	{ "data below", m_pte_data32, NULL, "is of type 0" },
	{ "read-only self", m_pte_self32, NULL, "is of type 0xb" },
	{ "xenstore's ring", m_store32, NULL, "xenstore's ring" },
	{ "console's ring", m_console32, NULL, "console's ring" },
	{ "start_info", m_start_info32, NULL, "cannot be start_info" },
	{ "cr3", m_cr3_32, NULL, "no top-level page table" },
	{ "cr3 outside", m_cr3_huge32, NULL, "no top-level page table" },
	{ "GDT size", m_gdt32, NULL, "GDT of 8000" },
	{ "GDT frame", m_gdt_frame32, NULL, "cannot be a GDT" },
	{ "LDT", m_ldt32, NULL, "LDT" },
	{ "callback", m_callback32, NULL, "callback" },
	{ "sysenter", m_sysenter32, NULL, "callback" },
	{ "trap", m_trap32, NULL, "trap 14" },
};

static void check_damage(struct __test_metadata *_metadata, struct saved *s,
			 struct loaded *l, const struct damage *d)
{
	bool is_32bit = s->is_32bit;
	char text[64];

	saved_free(s);
	saved_make(s, is_32bit);
	d->damage(s);
	EXPECT_EQ(-1, load(l, s, s->len))
		TH_LOG("%s", d->name);
	EXPECT_NE(NULL, strstr(l->why, d->said))
		TH_LOG("%s: '%s'", d->name, l->why);
	EXPECT_EQ(NULL, strchr(l->why, '\n'))
		TH_LOG("%s: '%s'", d->name, l->why);
	if (d->record) {
		snprintf(text, sizeof(text), "%s at offset ", d->record);
		EXPECT_NE(NULL, strstr(l->why, text))
			TH_LOG("%s: '%s'", d->name, l->why);
	}
	load_free(l);
}

TEST_F(saved, damaged)
{
	const struct damage *own = variant->is_32bit ? of_narrow : of_wide;
	size_t nr = variant->is_32bit ? NR(of_narrow) : NR(of_wide), i;

	for (i = 0; i < NR(of_both); i++)
		check_damage(_metadata, &self->s, &self->l, &of_both[i]);
	for (i = 0; i < nr; i++)
		check_damage(_metadata, &self->s, &self->l, &own[i]);
}

/* Whoever is told to give up writes no more, not even to a file. */
TEST(stopped)
{
	int fd = memfd_create("file", MFD_CLOEXEC);
	char why[256];
	struct stream s;

	stream_init(&s, fd, "test");
	s.stop_fd = eventfd(0, EFD_CLOEXEC);
	ASSERT_EQ(0, stream_write(&s, "12345678", 8));
	ASSERT_EQ(0, eventfd_write(s.stop_fd, 1));
	err_divert(why, sizeof(why));
	EXPECT_EQ(-1, stream_write(&s, "12345678", 8));
	err_divert(NULL, 0);
	EXPECT_NE(NULL, strstr(why, "canceled")) TH_LOG("%s", why);
	EXPECT_EQ(8, lseek(fd, 0, SEEK_END));
	close(s.stop_fd);
	close(fd);
}

/* More pages than the configuration allows. */
/* Xen refuses a domain for one leaf that its policies have no place for. */
TEST(policy)
{
	static const struct { uint32_t leaf, index; bool kept; } leaves[] = {
		{ 0x1, 0, true }, { 0x4, 5, true }, { 0x4, 6, false },
		{ 0x7, 1, true }, { 0x7, 2, false }, { 0xb, 1, true },
		{ 0xb, 2, false }, { 0xd, 62, true }, { 0xd, 63, false },
		{ 0xe, 0, false }, { 0x40000000, 0, false },
		{ 0x80000008, 0, true }, { 0x8000001e, 0, false },
	};
	struct kvm_cpuid2 *c = calloc(1, sizeof(*c) + sizeof(c->entries[0]) *
					 ARRAY_SIZE(leaves));
	int fd = memfd_create("file", MFD_CLOEXEC);
	struct record_header h;
	struct cpuid_leaf l;
	struct stream s;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(leaves); i++) {
		c->entries[i].function = leaves[i].leaf;
		c->entries[i].index = leaves[i].index;
	}
	c->nent = i;
	stream_init(&s, fd, "test");
	ASSERT_EQ(0, cpu_write_policy(c, &s));
	lseek(fd, 0, SEEK_SET);
	ASSERT_EQ((ssize_t)sizeof(h), read(fd, &h, sizeof(h)));
	EXPECT_EQ(REC_X86_CPUID_POLICY, h.type);
	EXPECT_EQ(6 * sizeof(l), h.length);
	for (i = 0; i < ARRAY_SIZE(leaves); i++) {
		if (!leaves[i].kept)
			continue;
		ASSERT_EQ((ssize_t)sizeof(l), read(fd, &l, sizeof(l)));
		EXPECT_EQ(leaves[i].leaf, l.leaf);
		if (leaves[i].index)
			EXPECT_EQ(leaves[i].index, l.subleaf);
	}
	free(c);
	close(fd);
}

TEST_F(saved, too_many_pages)
{
	struct saved *s = &self->s;
	int fd = saved_open(s, s->stream, s->len - s->stream);

	EXPECT_EQ(-1, load_stream(&self->l, fd, SAVED_VCPUS, SAVED_PAGES - 1));
	EXPECT_NE(NULL, strstr(self->l.why, "more than the 31 pages"));
	close(fd);
}

/* Any bit: refused or not, nothing breaks (ASan looks on). */
TEST_F_TIMEOUT(saved, flipped_bits, 600)
{
	struct saved *s = &self->s;
	unsigned int i, seed = 1;

	for (i = 0; i < 1500; i++) {
		size_t at = s->stream + rand_r(&seed) % (s->len - s->stream);
		uint8_t bit = 1 << rand_r(&seed) % 8;

		s->data[at] ^= bit;
		load(&self->l, s, s->len);
		load_free(&self->l);
		s->data[at] ^= bit;
	}
}

TEST_HARNESS_MAIN
