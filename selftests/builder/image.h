/* SPDX-License-Identifier: GPL-2.0 */
/* PV kernels made up here: small, correct until a test spoils them. */
#ifndef IMAGE_H
#define IMAGE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_BASE	0xffffffff80000000ULL
#define IMAGE_PADDR	0x200000ULL
#define IMAGE_TEXT	0x4000		/* bytes of the loaded segment */
#define IMAGE_BSS	0x1800
#define IMAGE_ENTRY	(IMAGE_BASE + IMAGE_PADDR + 0x40)
#define IMAGE_HYPERCALL	(IMAGE_BASE + IMAGE_PADDR + 0x1000)
#define IMAGE_P2M	0x0000008000000000ULL
#define IMAGE_ROOM	0x8000

/*
 * File: ELF header, program headers at 0x40, notes at 0x400, section headers
 * at 0x800, section names at 0xa00, __xen_guest at 0xb00, text at 0x1000.
 */
#define IMAGE_NOTES	0x400
#define IMAGE_SHDRS	0x800
#define IMAGE_NAMES	0xa00
#define IMAGE_GUEST	0xb00
#define IMAGE_SYMTAB	0xb00
#define IMAGE_STRTAB	0xc00
#define IMAGE_CODE	0x1000

#define IMAGE_STRINGS	"\0start\0end"

struct image {
	uint8_t data[IMAGE_ROOM] __attribute__((aligned(8)));
	size_t size;
	size_t notes;		/* bytes of notes so far */
};

static inline Elf64_Ehdr *image_ehdr(struct image *i)
{
	return (Elf64_Ehdr *)i->data;
}

/* 0: the loaded segment, 1: the notes. */
static inline Elf64_Phdr *image_phdr(struct image *i, unsigned int nr)
{
	return (Elf64_Phdr *)(i->data + sizeof(Elf64_Ehdr)) + nr;
}

static inline Elf64_Shdr *image_shdr(struct image *i, unsigned int nr)
{
	return (Elf64_Shdr *)(i->data + IMAGE_SHDRS) + nr;
}

/* The headers and the text; no notes. */
void image_bare(struct image *i);
void image_note(struct image *i, uint32_t type, const void *desc, size_t len);
void image_note_string(struct image *i, uint32_t type, const char *s);
void image_note_number(struct image *i, uint32_t type, uint64_t value);

/* Like Linux: all notes that it has. */
void image_linux(struct image *i);
/* As before 2007: section __xen_guest with this text, no notes. */
void image_legacy(struct image *i, const char *guest);
/* The section beside whatever notes there are. */
void image_guest_section(struct image *i, const char *guest);
/* The same notes in a section instead of a segment. */
void image_note_section(struct image *i);
/* Two symbols and their names; BSD_SYMTAB. */
void image_symbols(struct image *i);
/* 32-bit at BASE, with a few notes; PAE is what it says of that, or NULL. */
void image_32bit(struct image *i, uint32_t base, const char *pae);

#endif
