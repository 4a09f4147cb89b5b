/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a kernel with BSD_SYMTAB (NetBSD) finds behind itself: a 32-bit size,
 * then an ELF file of that size with nothing but its symbol and string tables.
 */
#ifndef XENPV_BUILDER_SYMBOLS_H
#define XENPV_BUILDER_SYMBOLS_H

#include <elf.h>

#include "elf_image.h"

#define SYMBOLS_ALIGN	8

struct symbols_header {
	uint32_t size;		/* of all that follows it */
	Elf64_Ehdr elf;
	Elf64_Shdr sections[3];	/* none, symbols, strings */
} __attribute__((packed));

/* Where it starts when the kernel ends at END. */
static inline uint64_t symbols_place(uint64_t end)
{
	return (end + SYMBOLS_ALIGN - 1) & -(uint64_t)SYMBOLS_ALIGN;
}

/* Bytes it takes; just the size, which is 0, for a kernel without symbols. */
uint64_t symbols_size(const struct elf_image *elf);

#endif
