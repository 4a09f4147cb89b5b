// SPDX-License-Identifier: GPL-2.0
/* The symbol table behind a kernel that asks for it. */
#include <stddef.h>
#include <string.h>

#include "populate.h"
#include "symbols.h"

/* Offsets from the size word; the tables are aligned from there, as in Xen. */
#define SYMTAB	symbols_place(sizeof(struct symbols_header))

static uint64_t strtab(const struct elf_image *elf)
{
	return symbols_place(SYMTAB + elf->symtab.size);
}

/* Only of 64-bit kernels: no other asks for them that we know. */
static bool has_symbols(const struct elf_image *elf)
{
	return elf->symtab.data && elf->is_64;
}

uint64_t symbols_size(const struct elf_image *elf)
{
	if (!has_symbols(elf))
		return sizeof(uint32_t);
	return symbols_place(strtab(elf) + elf->strtab.size);
}

static void fill_header(struct symbols_header *h, const struct elf_image *elf)
{
	const size_t base = offsetof(struct symbols_header, elf);

	memset(h, 0, sizeof(*h));
	if (!has_symbols(elf))
		return;
	h->size = strtab(elf) + elf->strtab.size - base;
	memcpy(&h->elf, elf->data, sizeof(h->elf));
	h->elf.e_version = EV_CURRENT;
	h->elf.e_phoff = 0;
	h->elf.e_phentsize = 0;
	h->elf.e_phnum = 0;
	h->elf.e_ehsize = sizeof(h->elf);
	h->elf.e_shoff = sizeof(h->elf);
	h->elf.e_shentsize = sizeof(h->sections[0]);
	h->elf.e_shnum = 3;
	h->elf.e_shstrndx = 0;
	h->sections[1].sh_type = SHT_SYMTAB;
	h->sections[1].sh_offset = SYMTAB - base;
	h->sections[1].sh_size = elf->symtab.size;
	h->sections[1].sh_link = 2;
	h->sections[1].sh_addralign = SYMBOLS_ALIGN;
	h->sections[1].sh_entsize = sizeof(Elf64_Sym);
	h->sections[2].sh_type = SHT_STRTAB;
	h->sections[2].sh_offset = strtab(elf) - base;
	h->sections[2].sh_size = elf->strtab.size;
	h->sections[2].sh_addralign = 1;
}

void populate_symbols(const struct guest_mem *mem, const struct elf_image *elf,
		      const struct kernel_notes *n)
{
	uint64_t at = symbols_place(elf->pend - n->paddr_offset);
	struct symbols_header h;

	populate_write(mem, at, NULL, symbols_size(elf));
	fill_header(&h, elf);
	if (!has_symbols(elf)) {
		populate_write(mem, at, &h.size, sizeof(h.size));
		return;
	}
	populate_write(mem, at, &h, sizeof(h));
	populate_write(mem, at + SYMTAB, elf->symtab.data, elf->symtab.size);
	populate_write(mem, at + strtab(elf), elf->strtab.data, elf->strtab.size);
}
