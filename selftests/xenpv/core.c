// SPDX-License-Identifier: GPL-2.0
/*
 * core FILE VCPUS PAGES BYTES: is FILE a core dump in Xen's format, of so many
 * vCPUs and pages, whose vCPU 0 stands just behind these bytes (hexadecimal), or
 * with a + before them, in front of them?
 *
 * Written from docs/misc/dump-core-format of Xen's: it finds the instruction by
 * the registers, through the page tables, by the table of pages.
 */
#include <elf.h>
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xen/xen.h>

#define PAGE	4096UL
#define ADDRESS	0x000ffffffffff000UL

static const uint8_t *file;
static size_t size;
static const Elf64_Ehdr *header;
static const Elf64_Shdr *sections;

static const void *at(uint64_t offset, uint64_t len)
{
	if (offset > size || len > size - offset)
		errx(1, "%llu bytes at %llu are not in the file",
		     (unsigned long long)len, (unsigned long long)offset);
	return file + offset;
}

static const Elf64_Shdr *section(const char *name)
{
	const Elf64_Shdr *names = &sections[header->e_shstrndx];
	unsigned int i;

	for (i = 1; i < header->e_shnum; i++)
		if (!strcmp(at(names->sh_offset + sections[i].sh_name, 1), name))
			return &sections[i];
	errx(1, "there is no section %s", name);
}

static const void *note(uint32_t type, uint32_t want)
{
	const Elf64_Shdr *s = section(".note.Xen");
	uint64_t i = 0;

	while (i < s->sh_size) {
		const Elf64_Nhdr *n = at(s->sh_offset + i, sizeof(*n));

		if (n->n_namesz != 4 || strcmp((const char *)(n + 1), "Xen"))
			errx(1, "a note that is not Xen's");
		if (n->n_type == type && n->n_descsz == want)
			return (const char *)(n + 1) + 4;
		i += sizeof(*n) + 4 + ((n->n_descsz + 3) & ~3U);
	}
	errx(1, "there is no note %#x of %u bytes", type, want);
}

struct p2m {
	uint64_t pfn, gmfn;
};

static const struct p2m *p2m;
static const uint8_t *pages;
static uint64_t nr_pages;

static const void *frame(uint64_t mfn)
{
	uint64_t i;

	for (i = 0; i < nr_pages; i++)
		if (p2m[i].gmfn == mfn)
			return pages + i * PAGE;
	errx(1, "frame %#llx is not there", (unsigned long long)mfn);
}

static const uint8_t *virt(uint64_t cr3, uint64_t va)
{
	uint64_t entry = cr3;
	int level;

	for (level = 3; level >= 0; level--) {
		const uint64_t *table = frame((entry & ADDRESS) / PAGE);

		entry = table[va >> (12 + 9 * level) & 511];
		if (!(entry & 1))
			errx(1, "address %#llx is not mapped",
			     (unsigned long long)va);
	}
	return (const uint8_t *)frame((entry & ADDRESS) / PAGE) + va % PAGE;
}

static void check_code(const vcpu_guest_context_t *c, const char *hex)
{
	bool before = *hex != '+';
	unsigned int byte;
	size_t len, i;

	hex += !before;
	len = strlen(hex) / 2;
	for (i = 0; i < len; i++) {
		uint64_t va = c->user_regs.rip - before * len + i;

		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			errx(2, "%s are no bytes", hex);
		if (*virt(c->ctrlreg[3], va) != byte)
			errx(1, "there are other bytes at rip %#llx",
			     (unsigned long long)c->user_regs.rip);
	}
}

static void map(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		err(1, "%s", path);
	size = st.st_size;
	file = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (file == MAP_FAILED)
		err(1, "%s", path);
	header = at(0, sizeof(*header));
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) ||
	    header->e_ident[EI_CLASS] != ELFCLASS64 ||
	    header->e_type != ET_CORE || header->e_machine != EM_X86_64 ||
	    header->e_phnum)
		errx(1, "not an ELF core of that kind");
	sections = at(header->e_shoff, header->e_shnum * sizeof(*sections));
}

int main(int argc, char **argv)
{
	const vcpu_guest_context_t *contexts;
	const Elf64_Shdr *s;
	const uint64_t *h;
	uint64_t i;

	if (argc != 5)
		errx(2, "usage: core FILE VCPUS PAGES BYTES");
	map(argv[1]);
	note(0x2000000, 0);
	h = note(0x2000001, 32);
	if (h[0] != 0xf00febed || h[1] != strtoul(argv[2], NULL, 10) ||
	    h[2] != strtoul(argv[3], NULL, 10) || h[3] != PAGE)
		errx(1, "header: magic %#llx, %llu vCPUs, %llu pages of %llu",
		     (unsigned long long)h[0], (unsigned long long)h[1],
		     (unsigned long long)h[2], (unsigned long long)h[3]);
	if (*(const uint64_t *)note(0x2000003, 8) != 1)
		errx(1, "not version 0.1 of the format");
	nr_pages = h[2];

	s = section(".xen_prstatus");
	contexts = at(s->sh_offset, h[1] * sizeof(*contexts));
	if (s->sh_size != h[1] * sizeof(*contexts))
		errx(1, ".xen_prstatus has %llu bytes",
		     (unsigned long long)s->sh_size);
	at(section(".xen_shared_info")->sh_offset, PAGE);
	s = section(".xen_pages");
	if (s->sh_size != nr_pages * PAGE)
		errx(1, ".xen_pages has %llu bytes", (unsigned long long)s->sh_size);
	pages = at(s->sh_offset, s->sh_size);
	s = section(".xen_p2m");
	if (s->sh_size != nr_pages * sizeof(*p2m))
		errx(1, ".xen_p2m has %llu bytes", (unsigned long long)s->sh_size);
	p2m = at(s->sh_offset, s->sh_size);
	for (i = 1; i < nr_pages; i++)
		if (p2m[i].pfn <= p2m[i - 1].pfn)
			errx(1, ".xen_p2m is not in order");
	check_code(&contexts[0], argv[4]);
	return 0;
}
