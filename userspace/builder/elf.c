// SPDX-License-Identifier: GPL-2.0
/*
 * ELF images.  Every offset, size and count of the file is checked here before
 * anything else of the builder sees it.
 */
#include <elf.h>

#include "elf_image.h"
#include "bytes.h"
#include "foreign.h"

#define MAX_SECTIONS	4096

/* The fields needed of the headers of both widths. */
struct header {
	uint64_t phoff, shoff;
	unsigned int phnum, phentsize, shnum, shentsize, shstrndx;
};

struct phdr {
	uint32_t type;
	uint64_t offset, paddr, filesz, memsz, align;
};

struct shdr {
	uint32_t name, type, link;
	uint64_t offset, size, align;
};

static const char *read_header(struct elf_image *elf, struct header *h)
{
	const uint8_t *ident = elf->data;
	uint16_t machine;
	Elf64_Ehdr e64;
	Elf32_Ehdr e32;

	if (elf->size < EI_NIDENT || memcmp(ident, ELFMAG, SELFMAG))
		return "not an ELF file";
	if (ident[EI_DATA] != ELFDATA2LSB)
		return foreign_machine(ident, elf->size);
	if (ident[EI_CLASS] == ELFCLASS64) {
		if (elf->size < sizeof(e64))
			return "an ELF file cut short in its header";
		memcpy(&e64, elf->data, sizeof(e64));
		machine = e64.e_machine;
		elf->is_64 = true;
		elf->entry = e64.e_entry;
		*h = (struct header){ e64.e_phoff, e64.e_shoff, e64.e_phnum,
			e64.e_phentsize, e64.e_shnum, e64.e_shentsize,
			e64.e_shstrndx };
	} else if (ident[EI_CLASS] == ELFCLASS32) {
		if (elf->size < sizeof(e32))
			return "an ELF file cut short in its header";
		memcpy(&e32, elf->data, sizeof(e32));
		machine = e32.e_machine;
		elf->is_64 = false;
		elf->entry = e32.e_entry;
		*h = (struct header){ e32.e_phoff, e32.e_shoff, e32.e_phnum,
			e32.e_phentsize, e32.e_shnum, e32.e_shentsize,
			e32.e_shstrndx };
	} else {
		return "an ELF file that is neither 32-bit nor 64-bit";
	}
	if (machine != (elf->is_64 ? EM_X86_64 : EM_386))
		return foreign_machine(ident, elf->size);
	return NULL;
}

static void read_phdr(const struct elf_image *elf, const uint8_t *p,
		      struct phdr *ph)
{
	Elf64_Phdr p64;
	Elf32_Phdr p32;

	if (elf->is_64) {
		memcpy(&p64, p, sizeof(p64));
		*ph = (struct phdr){ p64.p_type, p64.p_offset, p64.p_paddr,
			p64.p_filesz, p64.p_memsz, p64.p_align };
	} else {
		memcpy(&p32, p, sizeof(p32));
		*ph = (struct phdr){ p32.p_type, p32.p_offset, p32.p_paddr,
			p32.p_filesz, p32.p_memsz, p32.p_align };
	}
}

static void read_shdr(const struct elf_image *elf, const uint8_t *p,
		      struct shdr *sh)
{
	Elf64_Shdr s64;
	Elf32_Shdr s32;

	if (elf->is_64) {
		memcpy(&s64, p, sizeof(s64));
		*sh = (struct shdr){ s64.sh_name, s64.sh_type, s64.sh_link,
			s64.sh_offset, s64.sh_size, s64.sh_addralign };
	} else {
		memcpy(&s32, p, sizeof(s32));
		*sh = (struct shdr){ s32.sh_name, s32.sh_type, s32.sh_link,
			s32.sh_offset, s32.sh_size, s32.sh_addralign };
	}
}

static void add_notes(struct elf_image *elf, uint64_t offset, uint64_t size,
		      uint64_t align)
{
	struct elf_area *a;

	if (elf->nr_notes == ELF_MAX_NOTE_AREAS)
		return;
	a = &elf->notes[elf->nr_notes++];
	a->data = elf->data + offset;
	a->size = size;
	a->align = align == 8 ? 8 : 4;
}

static const char *add_segment(struct elf_image *elf, const struct phdr *ph)
{
	struct elf_segment *s;

	if (!ph->memsz)
		return NULL;
	if (elf->nr_segments == ELF_MAX_SEGMENTS)
		return "an ELF file with too many loadable segments";
	if (!range_inside(ph->offset, ph->filesz, elf->size))
		return "an ELF file cut short: a segment lies beyond its end";
	if (ph->filesz > ph->memsz)
		return "a corrupt ELF file: a segment is larger in the file than in memory";
	/* Legacy kernels put virtual addresses there, close to the end. */
	if (ph->memsz > UINT64_MAX - ph->paddr)
		return "a corrupt ELF file: a segment wraps around the end of the address space";
	s = &elf->segments[elf->nr_segments++];
	*s = (struct elf_segment){ ph->offset, ph->filesz, ph->paddr, ph->memsz };
	if (elf->nr_segments == 1 || s->paddr < elf->pstart)
		elf->pstart = s->paddr;
	if (s->paddr + s->memsz > elf->pend)
		elf->pend = s->paddr + s->memsz;
	return NULL;
}

static const char *read_segments(struct elf_image *elf, const struct header *h)
{
	size_t want = elf->is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	const char *wrong = NULL;
	struct phdr ph;
	unsigned int i;

	if (!h->phnum)
		return "an ELF file without segments: not a kernel image";
	if (h->phentsize != want)
		return "a corrupt ELF file: its program headers have the wrong size";
	if (!range_inside(h->phoff, (uint64_t)h->phnum * want, elf->size))
		return "an ELF file cut short: its program headers lie beyond its end";
	for (i = 0; i < h->phnum && !wrong; i++) {
		read_phdr(elf, elf->data + h->phoff + i * want, &ph);
		if (ph.type == PT_LOAD) {
			wrong = add_segment(elf, &ph);
		} else if (ph.type == PT_NOTE) {
			if (!range_inside(ph.offset, ph.filesz, elf->size))
				return "an ELF file cut short: its notes lie beyond its end";
			add_notes(elf, ph.offset, ph.filesz, ph.align);
		}
	}
	if (!wrong && !elf->nr_segments)
		wrong = "an ELF file without loadable segments: not a kernel image";
	return wrong;
}

/* Is the string at OFFSET of STRTAB this one? */
static bool section_named(const struct elf_image *elf, const struct shdr *strtab,
			  uint32_t offset, const char *name)
{
	size_t len = strlen(name) + 1;

	return range_inside(offset, len, strtab->size) &&
	       !memcmp(elf->data + strtab->offset + offset, name, len);
}

/* Symbols are wanted by few kernels: without right ones we go on. */
static void take_symbols(struct elf_image *elf, const struct header *h,
			 const struct shdr *symtab)
{
	size_t want = elf->is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
	struct shdr strtab;

	if (!symtab->link || symtab->link >= h->shnum ||
	    !range_inside(symtab->offset, symtab->size, elf->size))
		return;
	read_shdr(elf, elf->data + h->shoff + symtab->link * want, &strtab);
	if (strtab.type != SHT_STRTAB ||
	    !range_inside(strtab.offset, strtab.size, elf->size))
		return;
	elf->symtab = (struct elf_area){ elf->data + symtab->offset,
		symtab->size, 8 };
	elf->strtab = (struct elf_area){ elf->data + strtab.offset,
		strtab.size, 1 };
}

static const char *read_sections(struct elf_image *elf, const struct header *h)
{
	size_t want = elf->is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
	struct shdr sh, strtab = { 0 };
	unsigned int i;

	if (!h->shoff || !h->shnum)
		return NULL;
	if (h->shentsize != want || h->shnum > MAX_SECTIONS)
		return "a corrupt ELF file: impossible section headers";
	if (!range_inside(h->shoff, (uint64_t)h->shnum * want, elf->size))
		return "an ELF file cut short: its section headers lie beyond its end";
	if (h->shstrndx && h->shstrndx < h->shnum) {
		read_shdr(elf, elf->data + h->shoff + h->shstrndx * want, &strtab);
		if (strtab.type != SHT_STRTAB ||
		    !range_inside(strtab.offset, strtab.size, elf->size))
			return "a corrupt ELF file: impossible table of section names";
	}
	for (i = 0; i < h->shnum; i++) {
		bool guest;

		read_shdr(elf, elf->data + h->shoff + i * want, &sh);
		if (sh.type == SHT_SYMTAB)
			take_symbols(elf, h, &sh);
		guest = section_named(elf, &strtab, sh.name, "__xen_guest");
		if (sh.type == SHT_NOBITS || (sh.type != SHT_NOTE && !guest))
			continue;
		if (!range_inside(sh.offset, sh.size, elf->size))
			return "an ELF file cut short: its notes lie beyond its end";
		if (guest)
			elf->xen_guest = (struct elf_area){
				elf->data + sh.offset, sh.size, 1 };
		else
			add_notes(elf, sh.offset, sh.size, sh.align);
	}
	return NULL;
}

const char *elf_parse(struct elf_image *elf, const uint8_t *data, size_t size)
{
	struct header h = { 0 };
	const char *wrong;

	memset(elf, 0, sizeof(*elf));
	elf->data = data;
	elf->size = size;
	wrong = read_header(elf, &h);
	if (!wrong)
		wrong = read_segments(elf, &h);
	if (!wrong)
		wrong = read_sections(elf, &h);
	return wrong;
}
