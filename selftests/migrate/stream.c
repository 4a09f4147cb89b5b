// SPDX-License-Identifier: GPL-2.0
/* A small saved domain, of 64 and of 32 bits: read, taken again and written. */
#include <sys/eventfd.h>
#include <sys/mman.h>

#include <linux/kvm.h>

#include "streams.h"
#include "migrate/context32.h"
#include "migrate/cpu.h"

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

/* More pages than the configuration allows. */
TEST_F(saved, too_many_pages)
{
	struct saved *s = &self->s;
	int fd = saved_open(s, s->stream, s->len - s->stream);

	EXPECT_EQ(-1, load_stream(&self->l, fd, SAVED_VCPUS, SAVED_PAGES - 1));
	EXPECT_NE(NULL, strstr(self->l.why, "more than the 31 pages"));
	close(fd);
}

TEST_HARNESS_MAIN
