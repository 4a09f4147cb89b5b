// SPDX-License-Identifier: GPL-2.0
/* What a built domain looks like: start_info, page tables, p2m list, kernel. */
#include <stdlib.h>
#include <string.h>

#include <xen/elfnote.h>
#include <xen/xen.h>
#include <xen/foreign/x86_32.h>

#include "../kselftest.h"
#include "expect.h"
#include "image.h"

#define PTE_P	1ULL
#define PTE_RW	2ULL
#define PTE_US	4ULL
#define PTE_MFN	0x000ffffffffff000ULL

#define GUEST	"GUEST_OS=test,XEN_VER=xen-3.0,VIRT_BASE=0xffffffff80000000," \
		"ELF_PADDR_OFFSET=0xffffffff80000000,VIRT_ENTRY=0xffffffff80200040," \
		"HYPERCALL_PAGE=0x201,PAE=yes[extended-cr3],FEATURES=writable_page_tables," \
		"LOADER=generic"

static struct guest_mem ram;
static struct outcome out;

/* The level-1 entry of VA, or 0; *FRAME is its table's mfn. */
static uint64_t walk(uint64_t va, uint64_t *frame)
{
	uint64_t mfn = out.r.cr3_mfn, e;
	int shift;

	for (shift = 39; ; shift -= 9) {
		uint64_t *t = guest_ptr(&ram, mfn << 12, 4096);

		if (!t)
			return 0;
		*frame = mfn;
		e = t[va >> shift & 511];
		if (!(e & PTE_P) || shift == 12)
			return e & PTE_P ? e : 0;
		if ((e & (PTE_RW | PTE_US)) != (PTE_RW | PTE_US))
			return 0;
		mfn = (e & PTE_MFN) >> 12;
	}
}

static void *at(uint64_t va)
{
	uint64_t frame, e = walk(va, &frame);

	if (!e)
		return NULL;
	return (uint8_t *)guest_ptr(&ram, e & PTE_MFN, 4096) + (va & 4095);
}

static uint64_t pages_mapped(uint64_t va)
{
	uint64_t n = 0, frame;

	while (va + (n << 12) && walk(va + (n << 12), &frame))
		n++;
	return n;
}

/* Every page of the initial mapping: the right frame, the right rights. */
static bool mapping_right(const struct start_info *si)
{
	uint64_t base = IMAGE_BASE, n = pages_mapped(base), i, frame;
	uint64_t first = (si->pt_base - base) >> 12;

	if (n << 12 & ((4 << 20) - 1)) {
		ksft_print_msg("the mapping ends within 4 MiB\n");
		return false;
	}
	for (i = 0; i < n; i++) {
		uint64_t e = walk(base + (i << 12), &frame);
		bool table = i >= first && i - first < si->nr_pt_frames;

		if ((e & PTE_MFN) >> 12 != pfn_to_mfn(&ram, i) ||
		    !(e & PTE_US) || !(e & PTE_RW) != table) {
			ksft_print_msg("pfn %lu: entry %lx\n", i, e);
			return false;
		}
		if (frame < pfn_to_mfn(&ram, first) ||
		    frame >= pfn_to_mfn(&ram, first) + si->nr_pt_frames) {
			ksft_print_msg("table %lx is not among nr_pt_frames\n", frame);
			return false;
		}
	}
	/* At least 512 KiB lie behind the stack. */
	return base + (n << 12) >= out.r.stack + (512 << 10);
}

static bool p2m_right(const struct start_info *si)
{
	uint64_t pfn, *entry = NULL;

	for (pfn = 0; pfn < ram.nr_pages; pfn++) {
		if (!(pfn & 511))
			entry = at(si->mfn_list + pfn * 8);
		if (!entry || *entry++ != pfn_to_mfn(&ram, pfn)) {
			ksft_print_msg("p2m of %lu\n", pfn);
			return false;
		}
	}
	return true;
}

/* Frames [first, first + nr) of the p2m list and its tables hold just that. */
static bool p2m_span_right(const struct start_info *si)
{
	uint64_t pages = (ram.nr_pages * 8 + 4095) / 4096, i, frame, e;

	if (si->nr_p2m_frames <= pages)
		return false;
	for (i = 0; i < pages; i++) {
		e = walk(si->mfn_list + (i << 12), &frame);
		if ((e & PTE_MFN) >> 12 != pfn_to_mfn(&ram, si->first_p2m_pfn + i))
			return false;
	}
	/* Its level-1 tables are behind it. */
	return frame >= pfn_to_mfn(&ram, si->first_p2m_pfn + pages) &&
	       frame < pfn_to_mfn(&ram, si->first_p2m_pfn) + si->nr_p2m_frames;
}

static bool kernel_right(const struct image *image)
{
	uint8_t zero[IMAGE_BSS] = { 0 }, page[4096];
	uint8_t *got = guest_ptr(&ram, IMAGE_PADDR, IMAGE_TEXT + IMAGE_BSS);
	unsigned int i;

	memcpy(page, image->data + IMAGE_CODE + 0x1000, sizeof(page));
	for (i = 0; i < 128; i++) {
		uint8_t *stub = got + 0x1000 + i * 32;

		if (i == __HYPERVISOR_iret) {
			if (memcmp(stub, "\x51\x41\x53\x50\xb8\x17\0\0\0\x0f\x05", 11))
				return false;
			continue;
		}
		if (memcmp(stub, "\x51\x41\x53\xb8", 4) || stub[4] != i ||
		    memcmp(stub + 5, "\0\0\0\x0f\x05\x41\x5b\x59\xc3", 9))
			return false;
	}
	return !memcmp(got, image->data + IMAGE_CODE, 0x1000) &&
	       !memcmp(got + 0x2000, image->data + IMAGE_CODE + 0x2000,
		       IMAGE_TEXT - 0x2000) &&
	       !memcmp(got + IMAGE_TEXT, zero, IMAGE_BSS);
}

static struct start_info *start_info_right(void)
{
	struct start_info *si = at(out.r.start_info);
	static const uint8_t zero[4096];

	if (!si || strcmp(si->magic, "xen-3.0-x86_64") ||
	    si->nr_pages != ram.nr_pages ||
	    si->shared_info != 0xc0000000UL ||
	    si->flags & ~(SIF_MOD_START_PFN | SIF_VIRT_P2M_4TOOLS) ||
	    si->store_mfn != out.r.store_mfn || si->store_evtchn != 1 ||
	    si->console.domU.mfn != out.r.console_mfn ||
	    si->console.domU.evtchn != 2 ||
	    strcmp((char *)si->cmd_line, "console=hvc0"))
		return NULL;
	if (memcmp(guest_ptr(&ram, si->store_mfn << 12, 4096), zero, 4096) ||
	    memcmp(guest_ptr(&ram, si->console.domU.mfn << 12, 4096), zero, 4096))
		return NULL;
	if (!at(si->pt_base) || out.r.stack & 4095 || !at(out.r.stack - 8))
		return NULL;
	return si;
}

static void check_all(struct image *image, const char *name, bool p2m_apart)
{
	struct start_info *si;

	build(&out, &ram, file_new(name, image->data, image->size));
	expect_built(&out, name);
	si = out.ret ? NULL : start_info_right();
	ksft_test_result(si, "%s: start_info\n", name);
	ksft_test_result(si && out.r.entry == IMAGE_ENTRY &&
			 !strcmp(out.r.guest_os, "test"), "%s: result\n", name);
	ksft_test_result(si && mapping_right(si), "%s: initial mapping\n", name);
	ksft_test_result(si && p2m_right(si), "%s: p2m list\n", name);
	ksft_test_result(si && kernel_right(image), "%s: kernel\n", name);
	if (p2m_apart)
		ksft_test_result(si && si->mfn_list == IMAGE_P2M &&
				 p2m_span_right(si), "%s: p2m frames\n", name);
	else
		ksft_test_result(si && si->mfn_list > IMAGE_BASE &&
				 !si->first_p2m_pfn && !si->nr_p2m_frames,
				 "%s: p2m list in the initial mapping\n", name);
}

static void check_ramdisk(struct image *image, const char *name, bool mapped)
{
	static uint8_t disk[10000];
	char path[] = "/tmp/ramdisk.XXXXXX";
	struct build_params p = {
		.ramdisk = path, .cmdline = "console=hvc0", .mem = &ram,
		.shared_info_mfn = 0xc0000, .console_port = 2, .store_port = 1,
	};
	const struct start_info *si;
	uint8_t *got = NULL;
	int fd = mkstemp(path);

	memset(disk, 0x5a, sizeof(disk));
	if (fd < 0 || write(fd, disk, sizeof(disk)) != sizeof(disk))
		ksft_exit_fail_msg("ramdisk\n");
	p.kernel = file_new(name, image->data, image->size);
	build_with(&out, &p);
	unlink(path);
	close(fd);
	expect_built(&out, name);
	si = out.ret ? NULL : start_info_right();
	if (si && mapped)
		got = at(si->mod_start);
	else if (si)
		got = guest_ptr(&ram, si->mod_start << 12, sizeof(disk));
	ksft_test_result(si && si->mod_len == sizeof(disk) &&
			 !(si->flags & SIF_MOD_START_PFN) == mapped,
			 "%s: start_info\n", name);
	ksft_test_result(got && !memcmp(got, disk, sizeof(disk)) &&
			 !got[sizeof(disk)], "%s: content\n", name);
	/* Unmapped means: outside the initial mapping. */
	ksft_test_result(si && (mapped || si->mod_start >= pages_mapped(IMAGE_BASE)),
			 "%s: place\n", name);
}

/* --- 32-bit kernels: three levels, words of 32 bits --- */

static uint64_t walk_32(uint32_t va)
{
	uint64_t mfn = out.r.cr3_mfn, e;
	int shift;

	for (shift = 30; ; shift -= 9) {
		uint64_t *t = guest_ptr(&ram, mfn << 12, 4096);

		e = t ? t[va >> shift & 511] : 0;
		if (!(e & PTE_P) || shift == 12)
			return e & PTE_P ? e : 0;
		/* PAE has no other bits in level 3; in level 2 all are open. */
		if ((e & ~PTE_MFN) != (shift == 30 ? PTE_P : 0x67))
			return 0;
		mfn = (e & PTE_MFN) >> 12;
	}
}

static void *at_32(uint32_t va)
{
	uint64_t e = walk_32(va);

	if (!e)
		return NULL;
	return (uint8_t *)guest_ptr(&ram, e & PTE_MFN, 4096) + (va & 4095);
}

static bool mapping_32_right(const struct start_info_x86_32 *si, uint32_t base)
{
	uint64_t first = (si->pt_base - base) >> 12, i, e;
	uint64_t *root = guest_ptr(&ram, out.r.cr3_mfn << 12, 4096);

	for (i = 0; (e = walk_32(base + (i << 12))); i++) {
		bool table = i >= first && i - first < si->nr_pt_frames;

		if ((e & PTE_MFN) >> 12 != pfn_to_mfn(&ram, i) ||
		    e & PTE_US || !(e & PTE_RW) != table)
			return false;
	}
	/* Where Xen's part is to be there is a table. */
	return base + (i << 12) >= out.r.stack + (512 << 10) &&
	       !(i << 12 & ((4 << 20) - 1)) && root[3] & PTE_P &&
	       (root[3] & PTE_MFN) >> 12 < pfn_to_mfn(&ram, first) + si->nr_pt_frames;
}

static bool p2m_32_right(const struct start_info_x86_32 *si)
{
	uint64_t pfn;

	for (pfn = 0; pfn < ram.nr_pages; pfn++) {
		uint32_t *entry = at_32(si->mfn_list + pfn * 4);

		if (!entry || *entry != pfn_to_mfn(&ram, pfn))
			return false;
	}
	return true;
}

static bool stubs_32_right(void)
{
	uint8_t *stub = guest_ptr(&ram, IMAGE_PADDR + 0x1000, 4096);
	unsigned int i;

	for (i = 0; i < 128; i++, stub += 32) {
		if (i == __HYPERVISOR_iret ?
		    memcmp(stub, "\x50\xb8\x17\0\0\0\xcd\x82", 8) :
		    stub[0] != 0xb8 || stub[1] != i ||
		    memcmp(stub + 2, "\0\0\0\xcd\x82\xc3", 6))
			return false;
	}
	return true;
}

static void check_32bit(const char *name, uint32_t base)
{
	static struct image image;
	struct start_info_x86_32 *si;

	image_32bit(&image, base, "yes[extended-cr3],bimodal");
	build(&out, &ram, file_new(name, image.data, image.size));
	expect_built(&out, name);
	si = out.ret ? NULL : at_32(out.r.start_info);
	ksft_test_result(si && out.r.is_32bit &&
			 out.r.entry == base + IMAGE_PADDR + 0x40,
			 "%s: result\n", name);
	ksft_test_result(si && !strcmp(si->magic, "xen-3.0-x86_32p") &&
			 si->nr_pages == ram.nr_pages &&
			 si->shared_info == 0xc0000000U && !si->flags &&
			 si->store_mfn == out.r.store_mfn && si->store_evtchn == 1 &&
			 si->console.domU.mfn == out.r.console_mfn &&
			 si->console.domU.evtchn == 2 &&
			 !strcmp((char *)si->cmd_line, "console=hvc0"),
			 "%s: start_info\n", name);
	ksft_test_result(si && mapping_32_right(si, base),
			 "%s: initial mapping\n", name);
	ksft_test_result(si && p2m_32_right(si), "%s: p2m list\n", name);
	ksft_test_result(si && stubs_32_right(), "%s: hypercall page\n", name);
}

/* What NetBSD reads behind its end. */
static bool symbols_right(const struct image *image)
{
	uint8_t *p = guest_ptr(&ram, IMAGE_PADDR + IMAGE_TEXT + IMAGE_BSS, 4096);
	Elf64_Shdr *sh;
	Elf64_Ehdr eh;
	uint32_t size;

	memcpy(&size, p, 4);
	p += 4;
	memcpy(&eh, p, sizeof(eh));
	if (memcmp(eh.e_ident, ELFMAG, SELFMAG) || eh.e_shnum != 3 ||
	    eh.e_phnum || eh.e_shentsize != sizeof(*sh) ||
	    eh.e_shoff + 3 * sizeof(*sh) > size)
		return false;
	sh = malloc(3 * sizeof(*sh));
	memcpy(sh, p + eh.e_shoff, 3 * sizeof(*sh));
	eh.e_shnum = sh[1].sh_type == SHT_SYMTAB && sh[1].sh_link == 2 &&
		sh[1].sh_size == 3 * sizeof(Elf64_Sym) &&
		!memcmp(p + sh[1].sh_offset, image->data + IMAGE_SYMTAB,
			sh[1].sh_size) &&
		sh[2].sh_type == SHT_STRTAB &&
		sh[2].sh_offset + sh[2].sh_size == size &&
		!memcmp(p + sh[2].sh_offset, IMAGE_STRINGS,
			sizeof(IMAGE_STRINGS));
	free(sh);
	return eh.e_shnum;
}

static void check_symbols(void)
{
	static struct image image;
	uint32_t *size;

	image_linux(&image);
	image_symbols(&image);
	build(&out, &ram, file_new("symbols", image.data, image.size));
	expect_built(&out, "symbols");
	ksft_test_result(!out.ret && symbols_right(&image), "symbols: content\n");

	/* Wanted, but there are none. */
	image_ehdr(&image)->e_shnum = 0;
	build(&out, &ram, file_new("no-symbols", image.data, image.size));
	expect_built(&out, "no-symbols");
	size = guest_ptr(&ram, IMAGE_PADDR + IMAGE_TEXT + IMAGE_BSS, 4);
	ksft_test_result(!out.ret && !*size, "no-symbols: size is 0\n");
}

int main(void)
{
	static struct image linux_like, plain, section, legacy;

	ksft_print_header();
	ksft_set_plan(7 * 5 + 4 * 2 + 4 + 2 + 2 * 6);

	image_linux(&linux_like);
	image_bare(&plain);
	image_note_string(&plain, XEN_ELFNOTE_GUEST_OS, "test");
	image_note_number(&plain, XEN_ELFNOTE_VIRT_BASE, IMAGE_BASE);
	image_note_number(&plain, XEN_ELFNOTE_HYPERCALL_PAGE, IMAGE_HYPERCALL);
	image_linux(&section);
	image_note_section(&section);
	image_legacy(&legacy, GUEST);

	ram_new(&ram, 32);
	check_all(&linux_like, "notes", true);
	check_all(&plain, "few-notes", false);
	check_all(&section, "note-section", true);
	check_all(&legacy, "xen-guest-section", false);
	check_ramdisk(&linux_like, "ramdisk-unmapped", false);
	check_ramdisk(&plain, "ramdisk-mapped", true);
	check_symbols();
	/* Linux's base; and that of GRUB, far from Xen's addresses. */
	check_32bit("32bit", 0xc0000000);
	check_32bit("32bit-low", 0);
	ram_free(&ram);

	/* Just enough, and a page less than that. */
	ram_new(&ram, 5);
	build(&out, &ram, file_new("five", linux_like.data, linux_like.size));
	expect_built(&out, "5 MiB are enough");
	ram_free(&ram);
	ram_new(&ram, 4);
	build(&out, &ram, file_new("four", linux_like.data, linux_like.size));
	expect_refused(&out, file_new("four", "", 0), "need at least 5 MiB",
		       "4 MiB are not");
	ram_free(&ram);

	/* RAM on both sides of the hole. */
	ram_new(&ram, 3100);
	check_all(&linux_like, "above-4g", true);
	ram_free(&ram);
	ksft_finished();
}
