// SPDX-License-Identifier: GPL-2.0
/*
 * Kernels of old: what section __xen_guest and the notes may look like, and
 * still mean the same domain.
 */
#include <string.h>

#include <xen/elfnote.h>

#include "../kselftest.h"
#include "expect.h"
#include "image.h"

#define BASE	"VIRT_BASE=0xffffffff80000000"
#define OFFSET	"ELF_PADDR_OFFSET=0xffffffff80000000"
#define ENTRY	"VIRT_ENTRY=0xffffffff80200040"
#define PAGE	"HYPERCALL_PAGE=0x201"
#define WRITABLE "writable_page_tables|writable_descriptor_tables"
#define FEATURES "FEATURES=" WRITABLE "|auto_translated_physmap|supervisor_mode_kernel"
#define REQUIRED "FEATURES=!writable_page_tables|!writable_descriptor_tables"
#define REST	"GUEST_OS=test,XEN_VER=xen-3.0,LOADER=generic"

static struct guest_mem ram;
static struct outcome o;
static struct image i;

static const struct {
	const char *name, *guest;
} sections[] = {
	{ "base-last", REST "," PAGE "," ENTRY "," OFFSET "," BASE },
	{ "page-first", PAGE "," BASE "," REST "," ENTRY "," OFFSET },
	{ "offset-unsaid", BASE "," ENTRY "," PAGE "," REST },
	/* The ELF header's own is the same. */
	{ "entry-unsaid", BASE "," OFFSET "," PAGE "," REST },
	{ "decimal", "VIRT_BASE=18446744071562067968," ENTRY ",HYPERCALL_PAGE=513," REST },
	{ "unknown-keys", "WARP=9," BASE ",LOUD," ENTRY "," PAGE ",GUEST_VER=2.6," REST },
	{ "empty-pairs", ",," BASE ",," ENTRY "," PAGE "," REST ",,GUEST_VER=," },
	{ "pae-yes", BASE "," ENTRY "," PAGE ",PAE=yes," REST },
	{ "pae-extended", BASE "," ENTRY "," PAGE ",PAE=yes[extended-cr3]," REST },
	{ "pae-no", BASE "," ENTRY "," PAGE ",PAE=no," REST },
	{ "pae-bimodal", BASE "," ENTRY "," PAGE ",PAE=bimodal," REST },
	/* Linux 2.6.18's, of which supervisor_mode_kernel is not offered. */
	{ "features", BASE "," ENTRY "," PAGE "," REST "," FEATURES },
	{ "required", BASE "," ENTRY "," PAGE "," REST "," REQUIRED },
	{ "said-twice", "VIRT_BASE=0x1000," BASE "," ENTRY "," PAGE "," REST },
};

static void same(const struct build_result *want, const char *name)
{
	build(&o, &ram, file_new(name, i.data, i.size));
	if (!o.ret && memcmp(&o.r, want, sizeof(*want))) {
		ksft_print_msg("%s: another domain, entry %#lx\n", name, (long)o.r.entry);
		ksft_test_result_fail("%s\n", name);
		return;
	}
	expect_built(&o, name);
}

/* A note with a name of its own, padded to 4 bytes. */
static void note(uint32_t type, const char *owner, uint32_t namesz, uint64_t value)
{
	uint8_t *p = i.data + IMAGE_NOTES + i.notes;
	uint32_t head[3] = { namesz, sizeof(value), type };

	memcpy(p, head, sizeof(head));
	memcpy(p + 12, owner, namesz);
	p += 12 + ((namesz + 3) & ~3U);
	memcpy(p, &value, sizeof(value));
	i.notes = p + sizeof(value) - (i.data + IMAGE_NOTES);
	image_phdr(&i, 1)->p_filesz = image_phdr(&i, 1)->p_memsz = i.notes;
}

static void notes(void)
{
	struct build_result want;

	image_bare(&i);
	image_note_string(&i, XEN_ELFNOTE_GUEST_OS, "test");
	image_note_number(&i, XEN_ELFNOTE_VIRT_BASE, IMAGE_BASE);
	image_note_number(&i, XEN_ELFNOTE_HYPERCALL_PAGE, IMAGE_HYPERCALL);
	build(&o, &ram, file_new("notes", i.data, i.size));
	expect_built(&o, "few notes");
	want = o.r;

	image_bare(&i);
	note(XEN_ELFNOTE_HYPERCALL_PAGE, "Xen", 3, IMAGE_HYPERCALL);
	note(XEN_ELFNOTE_VIRT_BASE, "Xen\0\0\0\0", 8, IMAGE_BASE);
	image_note_string(&i, XEN_ELFNOTE_GUEST_OS, "test");
	same(&want, "owners counted with and without their NUL, in another order");

	image_bare(&i);
	note(XEN_ELFNOTE_VIRT_BASE, "GNU", 4, 0x1234);
	note(XEN_ELFNOTE_VIRT_BASE, "", 0, 0x1234);
	note(XEN_ELFNOTE_VIRT_BASE, "Xenon", 6, 0x1234);
	note(XEN_ELFNOTE_VIRT_BASE, "xen", 4, 0x1234);
	image_note_number(&i, XEN_ELFNOTE_VIRT_BASE, IMAGE_BASE);
	image_note_string(&i, XEN_ELFNOTE_GUEST_OS, "test");
	image_note_number(&i, XEN_ELFNOTE_HYPERCALL_PAGE, IMAGE_HYPERCALL);
	note(XEN_ELFNOTE_VIRT_BASE, "Linux", 6, 0x1234);
	same(&want, "notes of other owners between them");

	image_bare(&i);
	image_note(&i, XEN_ELFNOTE_PADDR_OFFSET, "\0\0\0\x80\xff\xff\xff\xff", 8);
	image_phdr(&i, 0)->p_paddr = IMAGE_BASE + IMAGE_PADDR;
	image_note_number(&i, XEN_ELFNOTE_VIRT_BASE, IMAGE_BASE);
	image_note_number(&i, XEN_ELFNOTE_HYPERCALL_PAGE, IMAGE_HYPERCALL);
	image_note_string(&i, XEN_ELFNOTE_GUEST_OS, "test");
	image_note_string(&i, XEN_ELFNOTE_PAE_MODE, "bimodal");
	image_note_string(&i, XEN_ELFNOTE_FEATURES, "supervisor_mode_kernel|writable_page_tables");
	same(&want, "virtual addresses for physical ones");

	/* Notes win, where a kernel has both. */
	image_bare(&i);
	image_note_number(&i, XEN_ELFNOTE_VIRT_BASE, IMAGE_BASE);
	image_note_number(&i, XEN_ELFNOTE_HYPERCALL_PAGE, IMAGE_HYPERCALL);
	image_note_string(&i, XEN_ELFNOTE_GUEST_OS, "test");
	image_guest_section(&i, "VIRT_BASE=0x1000,GUEST_OS=other");
	same(&want, "notes and the section");
}

int main(void)
{
	struct build_result want;
	size_t n;

	ksft_print_header();
	ksft_set_plan(1 + ARRAY_SIZE(sections) + 5);
	ram_new(&ram, 32);
	image_legacy(&i, REST "," BASE "," OFFSET "," ENTRY "," PAGE);
	build(&o, &ram, file_new("legacy", i.data, i.size));
	expect_built(&o, "the section");
	want = o.r;
	for (n = 0; n < ARRAY_SIZE(sections); n++) {
		image_legacy(&i, sections[n].guest);
		same(&want, sections[n].name);
	}
	notes();
	ram_free(&ram);
	ksft_finished();
}
