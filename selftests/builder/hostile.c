// SPDX-License-Identifier: GPL-2.0
/* ELF kernels that lie: each is refused with one line that says why. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include <xen/elfnote.h>

#include "../kselftest.h"
#include "expect.h"
#include "image.h"

#define GUEST "GUEST_OS=test,VIRT_BASE=0xffffffff80000000"

static struct guest_mem ram;

#define SPOIL(name, what) static void name(struct image *i) { what; }

SPOIL(spoil_magic, i->data[0] = 0)
SPOIL(spoil_class, i->data[EI_CLASS] = 7)
SPOIL(spoil_endian, i->data[EI_DATA] = ELFDATA2MSB)
SPOIL(spoil_machine, image_ehdr(i)->e_machine = EM_ARM)
SPOIL(spoil_arm64, image_ehdr(i)->e_machine = EM_AARCH64)
SPOIL(spoil_odd, image_ehdr(i)->e_machine = 0x7777)

static void spoil_s390(struct image *i)
{
	i->data[EI_DATA] = ELFDATA2MSB;
	image_ehdr(i)->e_machine = __builtin_bswap16(EM_S390);
}

SPOIL(no_phdrs, image_ehdr(i)->e_phnum = 0)
SPOIL(many_phdrs, image_ehdr(i)->e_phnum = 0xffff)
SPOIL(far_phdrs, image_ehdr(i)->e_phoff = ~0ULL - 8)
SPOIL(small_phdrs, image_ehdr(i)->e_phentsize = 1)
SPOIL(no_load, image_phdr(i, 0)->p_type = PT_NULL)
SPOIL(far_data, image_phdr(i, 0)->p_offset = ~0ULL - 100)
SPOIL(long_data, image_phdr(i, 0)->p_filesz = 1ULL << 40)
SPOIL(odd_memsz, image_phdr(i, 0)->p_memsz = 16)
SPOIL(wrap_paddr, image_phdr(i, 0)->p_paddr = ~0ULL - 16)
SPOIL(far_paddr, image_phdr(i, 0)->p_paddr = 1ULL << 60)
SPOIL(high_paddr, image_phdr(i, 0)->p_paddr = 1ULL << 40)
SPOIL(huge_bss, image_phdr(i, 0)->p_memsz = 1ULL << 35)
SPOIL(wrap_bss, image_phdr(i, 0)->p_memsz = ~0ULL - IMAGE_PADDR)
SPOIL(far_notes, image_phdr(i, 1)->p_offset = ~0ULL)
SPOIL(long_notes, image_phdr(i, 1)->p_filesz = ~0ULL)
SPOIL(no_notes, image_ehdr(i)->e_phnum = 1)

static Elf64_Nhdr *nhdr(struct image *i)
{
	return (Elf64_Nhdr *)(i->data + IMAGE_NOTES);
}

SPOIL(long_name, nhdr(i)->n_namesz = 0xffffffff)
SPOIL(long_desc, nhdr(i)->n_descsz = 0xfffffffd)

static void odd_number(struct image *i)
{
	image_note(i, XEN_ELFNOTE_ENTRY, "abc", 3);
}

static void cut_number(struct image *i)
{
	image_note_number(i, XEN_ELFNOTE_ENTRY, IMAGE_ENTRY);
	image_phdr(i, 1)->p_filesz -= 6;
}

static void number(struct image *i, uint32_t type, uint64_t value)
{
	image_note_number(i, type, value);
}

SPOIL(entry_low, number(i, XEN_ELFNOTE_ENTRY, 0x1000))
SPOIL(entry_high, number(i, XEN_ELFNOTE_ENTRY, -2ULL))
SPOIL(base_odd, number(i, XEN_ELFNOTE_VIRT_BASE, 0xffffffff80000001))
SPOIL(base_xen, number(i, XEN_ELFNOTE_VIRT_BASE, 0xffff830000000000))
SPOIL(base_below_xen, number(i, XEN_ELFNOTE_VIRT_BASE, 0x7fffffffe000))
SPOIL(base_hole, number(i, XEN_ELFNOTE_VIRT_BASE, 0x800000000000))
SPOIL(base_end, number(i, XEN_ELFNOTE_VIRT_BASE, 0xfffffffffffff000))
SPOIL(offset_high, number(i, XEN_ELFNOTE_PADDR_OFFSET, 1ULL << 50))
SPOIL(page_odd, number(i, XEN_ELFNOTE_HYPERCALL_PAGE, IMAGE_HYPERCALL + 1))
SPOIL(page_low, number(i, XEN_ELFNOTE_HYPERCALL_PAGE, IMAGE_BASE))
SPOIL(page_high, number(i, XEN_ELFNOTE_HYPERCALL_PAGE, -4096ULL))
static void p2m_xen(struct image *i)
{
	number(i, XEN_ELFNOTE_INIT_P2M, 0xffff800000000000);
}

SPOIL(p2m_hole, number(i, XEN_ELFNOTE_INIT_P2M, 0x7ffffffff000))
static void p2m_kernel(struct image *i)
{
	number(i, XEN_ELFNOTE_INIT_P2M, IMAGE_BASE - 0x1000);
}

static void string(struct image *i, uint32_t type, const char *s)
{
	image_note_string(i, type, s);
}

SPOIL(bad_loader, string(i, XEN_ELFNOTE_LOADER, "special"))
SPOIL(bad_version, string(i, XEN_ELFNOTE_XEN_VERSION, "xen-9"))
static void needs_auto(struct image *i)
{
	string(i, XEN_ELFNOTE_FEATURES, "dom0|!auto_translated_physmap");
}

static void needs_supervisor(struct image *i)
{
	string(i, XEN_ELFNOTE_FEATURES, "!supervisor_mode_kernel");
}

static void needs_odd(struct image *i)
{
	string(i, XEN_ELFNOTE_FEATURES, "!warp\033drive|pae_pgdir_above_4gb");
}

static void far_sections(struct image *i)
{
	image_note_section(i);
	image_ehdr(i)->e_shoff = ~0ULL - 4;
}

static void far_section(struct image *i)
{
	image_note_section(i);
	image_shdr(i, 2)->sh_offset = ~0ULL - 4;
}

static void far_names(struct image *i)
{
	image_note_section(i);
	image_shdr(i, 1)->sh_size = ~0ULL;
}

/* Linux without PV has this one and a few that say nothing about it. */
static void only_pvh(struct image *i)
{
	image_bare(i);
	image_note_string(i, XEN_ELFNOTE_GUEST_OS, "linux");
	image_note_number(i, XEN_ELFNOTE_PHYS32_ENTRY, IMAGE_PADDR);
}

static void odd_sections(struct image *i)
{
	image_note_section(i);
	image_ehdr(i)->e_shentsize = 3;
}

static void no_pae(struct image *i)
{
	image_32bit(i, 0xc0000000, NULL);
}

static void pae_no(struct image *i)
{
	image_32bit(i, 0xc0000000, "no");
}

static void base_xen_32(struct image *i)
{
	image_32bit(i, 0xf5600000, "yes");
}

static void arm_32(struct image *i)
{
	image_32bit(i, 0xc0000000, "yes");
	((Elf32_Ehdr *)i->data)->e_machine = EM_ARM;
}

/* What 64-bit kernels say of themselves, in a 32-bit file. */
static void machine_64(struct image *i)
{
	image_32bit(i, 0xc0000000, "yes");
	((Elf32_Ehdr *)i->data)->e_machine = EM_X86_64;
}

/* The second such note wins, as the kernel's own would with Xen. */
static const struct {
	const char *name;
	void (*spoil)(struct image *i);
	const char *words;
} cases[] = {
	{ "magic", spoil_magic, "not a kernel" },
	{ "class", spoil_class, "neither 32-bit nor 64-bit" },
	{ "endian", spoil_endian, "big-endian" },
	{ "machine", spoil_machine, "another kind of machine: ARM, not x86" },
	{ "machine-arm64", spoil_arm64, "another kind of machine: AArch64, not x86" },
	{ "machine-s390", spoil_s390, "another kind of machine: S/390, not x86" },
	{ "machine-odd", spoil_odd, "another kind of machine than x86" },
	{ "no-phdrs", no_phdrs, "without segments" },
	{ "many-phdrs", many_phdrs, "program headers lie beyond" },
	{ "far-phdrs", far_phdrs, "program headers lie beyond" },
	{ "small-phdrs", small_phdrs, "wrong size" },
	{ "no-load", no_load, "without loadable segments" },
	{ "far-data", far_data, "a segment lies beyond" },
	{ "long-data", long_data, "a segment lies beyond" },
	{ "odd-memsz", odd_memsz, "larger in the file" },
	{ "wrap-paddr", wrap_paddr, "wraps around" },
	{ "far-paddr", far_paddr, "impossible physical address" },
	{ "high-paddr", high_paddr, "not a guest's" },
	{ "huge-bss", huge_bss, "not a guest's" },
	{ "wrap-bss", wrap_bss, "impossible physical address" },
	{ "far-notes", far_notes, "notes lie beyond" },
	{ "long-notes", long_notes, "notes lie beyond" },
	{ "no-notes", no_notes, "not a Xen PV kernel" },
	{ "long-name", long_name, "not a Xen PV kernel" },
	{ "long-desc", long_desc, "entry point lies outside" },
	{ "cut-number", cut_number, "a number of impossible size" },
	{ "odd-number", odd_number, "a number of impossible size" },
	{ "entry-low", entry_low, "entry point lies outside" },
	{ "entry-high", entry_high, "entry point lies outside" },
	{ "base-odd", base_odd, "multiple of the page size" },
	{ "base-xen", base_xen, "not a guest's" },
	{ "base-below-xen", base_below_xen, "not a guest's" },
	{ "base-hole", base_hole, "not a guest's" },
	{ "base-end", base_end, "not a guest's" },
	{ "offset-high", offset_high, "below its own base" },
	{ "hypercall-odd", page_odd, "hypercall page" },
	{ "hypercall-low", page_low, "hypercall page" },
	{ "hypercall-high", page_high, "hypercall page" },
	{ "p2m-xen", p2m_xen, "p2m list at an impossible address" },
	{ "p2m-hole", p2m_hole, "p2m list at an impossible address" },
	{ "p2m-kernel", p2m_kernel, "p2m list at an impossible address" },
	{ "loader", bad_loader, "boot loader other" },
	{ "version", bad_version, "another Xen interface" },
	{ "needs-auto", needs_auto, "auto_translated_physmap, which is not offered" },
	{ "needs-supervisor", needs_supervisor, "supervisor_mode_kernel" },
	{ "needs-odd", needs_odd, "unknown feature warp?drive" },
	{ "far-sections", far_sections, "section headers lie beyond" },
	{ "far-section", far_section, "notes lie beyond" },
	{ "far-names", far_names, "section names" },
	{ "odd-sections", odd_sections, "section headers" },
	{ "only-pvh", only_pvh, "a kernel for PVH only" },
	{ "32bit-no-pae", no_pae, "32-bit kernel without PAE" },
	{ "32bit-pae-no", pae_no, "32-bit kernel without PAE" },
	{ "32bit-base-xen", base_xen_32, "not a guest's" },
	{ "32bit-arm", arm_32, "another kind of machine" },
	{ "32bit-x86-64", machine_64, "another kind of machine" },
};

static const struct {
	const char *name, *guest, *words;
} sections[] = {
	{ "guest-base", "VIRT_BASE=12monkeys", "not a number" },
	{ "guest-empty-number", "VIRT_BASE=", "not a number" },
	{ "guest-huge-number", "VIRT_BASE=0x11111111111111111", "not a number" },
	{ "guest-entry", GUEST ",VIRT_ENTRY=0x10", "entry point" },
	{ "guest-page", GUEST ",HYPERCALL_PAGE=0xffffffffffff", "hypercall page" },
	{ "guest-feature", GUEST ",FEATURES=!dom0", "dom0, which is not offered" },
	{ "guest-loader", GUEST ",LOADER=other", "boot loader other" },
	{ "guest-nothing", "", "impossible physical address" },
};

/* Each prefix of a file is refused, or complete as far as it matters. */
static void every_length(void)
{
	static struct image i;
	struct outcome o;
	bool ok = true;
	size_t n;

	image_linux(&i);
	for (n = 0; n < i.size && ok; n += n < 0x100 ? 1 : n < 0x600 ? 5 : 61) {
		const char *path = file_new("short", i.data, n);

		build(&o, &ram, path);
		ok = refused(&o, path);
		if (!ok)
			ksft_print_msg("%zu bytes: ret %d: %s\n", n, o.ret, o.said);
	}
	ksft_test_result(ok, "every shorter file\n");
}

/* Files that people take for kernels, or that are kernels of other machines. */
static void foreign_files(void)
{
	static const struct {
		const char *name, *magic;
		size_t at, len;
		const char *words;
	} files[] = {
		{ "arm64", "ARM\x64", 0x38, 4, "AArch64 (Image); expected is a Linux" },
		{ "arm", "\x18\x28\x6f\x01", 0x24, 4, "a kernel for ARM (zImage)" },
		{ "riscv", "RSC\x05", 0x38, 4, "a kernel for RISC-V (Image)" },
		{ "u-boot", "\x27\x05\x19\x56", 0, 4, "an image for U-Boot" },
		{ "android", "ANDROID!", 0, 8, "a boot image for Android" },
		{ "initramfs", "070701", 0, 6, "a cpio archive" },
		{ "efi", "MZ", 0, 2, "an EFI program" },
		{ "cd", "CD001", 0x8001, 5, "an image of a CD" },
		{ "qcow2", "QFI\xfb", 0, 4, "a qcow2 disk image" },
		{ "disk", "\x55\xaa", 0x1fe, 2, "a boot sector" },
		{ "script", "#!", 0, 2, "a script" },
		{ "zeros", "", 0, 0, "not a kernel: neither ELF nor bzImage" },
	};
	static uint8_t data[0x9000];
	struct outcome o;
	const char *path;
	size_t n;

	for (n = 0; n < ARRAY_SIZE(files); n++) {
		memset(data, 0, sizeof(data));
		memcpy(data + files[n].at, files[n].magic, files[n].len);
		path = file_new(files[n].name, data, sizeof(data));
		build(&o, &ram, path);
		expect_refused(&o, path, files[n].words, files[n].name);
	}
}

static void odd_files(void)
{
	static struct image i;
	struct outcome o;
	char line[1100];
	struct build_params p = {
		.mem = &ram, .cmdline = "", .kernel = "/nonexistent/kernel",
	};

	build_with(&o, &p);
	expect_refused(&o, p.kernel, "No such file", "missing kernel");
	p.kernel = "/tmp";
	build_with(&o, &p);
	expect_refused(&o, p.kernel, "not a regular file", "folder as kernel");
	p.kernel = "/dev/zero";
	build_with(&o, &p);
	expect_refused(&o, p.kernel, "not a regular file", "device as kernel");

	image_linux(&i);
	p.kernel = file_new("kernel", i.data, i.size);
	p.ramdisk = "/nonexistent/ramdisk";
	build_with(&o, &p);
	expect_refused(&o, p.ramdisk, "No such file", "missing ramdisk");
	p.ramdisk = "/tmp";
	build_with(&o, &p);
	expect_refused(&o, p.ramdisk, "not a regular file", "folder as ramdisk");
	p.ramdisk = "/tmp/huge-ramdisk";
	close(open(p.ramdisk, O_CREAT | O_WRONLY, 0600));
	build_with(&o, &p);
	expect_refused(&o, p.ramdisk, "empty", "empty ramdisk");
	if (truncate(p.ramdisk, 64 << 20))
		ksft_exit_fail_msg("truncate\n");
	build_with(&o, &p);
	expect_refused(&o, p.ramdisk, "larger than the domain's memory",
		       "ramdisk larger than memory");
	if (truncate(p.ramdisk, 31 << 20))
		ksft_exit_fail_msg("truncate\n");
	build_with(&o, &p);
	expect_refused(&o, p.kernel, "need at least", "ramdisk too large");
	unlink(p.ramdisk);
	p.ramdisk = NULL;

	memset(line, 'x', sizeof(line));
	line[1024] = '\0';
	p.cmdline = line;
	build_with(&o, &p);
	expect_refused(&o, p.kernel, "1024 characters", "long command line");
	line[1023] = '\0';
	build_with(&o, &p);
	expect_built(&o, "longest command line");
}

int main(void)
{
	static struct image i;
	struct outcome o;
	const char *path;
	size_t n;

	ksft_print_header();
	ksft_set_plan(ARRAY_SIZE(cases) + ARRAY_SIZE(sections) + 12 + 1 + 10);
	ram_new(&ram, 32);
	for (n = 0; n < ARRAY_SIZE(cases); n++) {
		image_linux(&i);
		cases[n].spoil(&i);
		path = file_new(cases[n].name, i.data, i.size);
		build(&o, &ram, path);
		expect_refused(&o, path, cases[n].words, cases[n].name);
	}
	for (n = 0; n < ARRAY_SIZE(sections); n++) {
		image_legacy(&i, sections[n].guest);
		path = file_new(sections[n].name, i.data, i.size);
		build(&o, &ram, path);
		expect_refused(&o, path, sections[n].words, sections[n].name);
	}
	foreign_files();
	every_length();
	odd_files();
	ram_free(&ram);
	ksft_finished();
}
