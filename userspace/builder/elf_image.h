/* SPDX-License-Identifier: GPL-2.0 */
/* ELF images, 32 and 64 bits, read with distrust. */
#ifndef XENPV_BUILDER_ELF_H
#define XENPV_BUILDER_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_MAX_SEGMENTS	64
#define ELF_MAX_NOTE_AREAS	64

struct elf_segment {
	uint64_t offset, filesz;	/* inside the image */
	uint64_t paddr, memsz;		/* paddr + memsz does not overflow */
};

struct elf_area {
	const uint8_t *data;
	size_t size;
	size_t align;
};

struct elf_image {
	const uint8_t *data;
	size_t size;
	bool is_64;
	uint64_t entry;
	unsigned int nr_segments;	/* PT_LOAD, at least one */
	struct elf_segment segments[ELF_MAX_SEGMENTS];
	uint64_t pstart, pend;		/* they lie in [pstart, pend) */
	unsigned int nr_notes;		/* PT_NOTE segments, then SHT_NOTE sections */
	struct elf_area notes[ELF_MAX_NOTE_AREAS];
	struct elf_area symtab, strtab;	/* data NULL: none */
	struct elf_area xen_guest;	/* section __xen_guest, data NULL: none */
};

/* DATA must outlive the image.  NULL, or what is wrong. */
const char *elf_parse(struct elf_image *elf, const uint8_t *data, size_t size);

#endif
