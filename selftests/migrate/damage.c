// SPDX-License-Identifier: GPL-2.0
/* A small saved domain, of 64 and of 32 bits, damaged in every way there is. */
#include "streams.h"

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
