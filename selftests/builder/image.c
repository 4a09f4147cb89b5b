// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include <xen/elfnote.h>

#include "image.h"

static void fill_text(struct image *i)
{
	unsigned int n;

	for (n = 0; n < IMAGE_TEXT; n++)
		i->data[IMAGE_CODE + n] = n * 7 + (n >> 8);
	i->size = IMAGE_CODE + IMAGE_TEXT;
}

void image_bare(struct image *i)
{
	Elf64_Ehdr *eh = image_ehdr(i);

	memset(i, 0, sizeof(*i));
	fill_text(i);
	memcpy(eh->e_ident, ELFMAG, SELFMAG);
	eh->e_ident[EI_CLASS] = ELFCLASS64;
	eh->e_ident[EI_DATA] = ELFDATA2LSB;
	eh->e_ident[EI_VERSION] = EV_CURRENT;
	eh->e_type = ET_EXEC;
	eh->e_machine = EM_X86_64;
	eh->e_version = EV_CURRENT;
	eh->e_entry = IMAGE_ENTRY;
	eh->e_phoff = sizeof(*eh);
	eh->e_ehsize = sizeof(*eh);
	eh->e_phentsize = sizeof(Elf64_Phdr);
	eh->e_phnum = 2;
	*image_phdr(i, 0) = (Elf64_Phdr) {
		.p_type = PT_LOAD, .p_flags = PF_R | PF_W | PF_X,
		.p_offset = IMAGE_CODE, .p_vaddr = IMAGE_BASE + IMAGE_PADDR,
		.p_paddr = IMAGE_PADDR, .p_filesz = IMAGE_TEXT,
		.p_memsz = IMAGE_TEXT + IMAGE_BSS, .p_align = 0x1000,
	};
	*image_phdr(i, 1) = (Elf64_Phdr) {
		.p_type = PT_NOTE, .p_offset = IMAGE_NOTES, .p_align = 4,
	};
}

void image_note(struct image *i, uint32_t type, const void *desc, size_t len)
{
	uint8_t *p = i->data + IMAGE_NOTES + i->notes;
	Elf64_Nhdr nh = { .n_namesz = 4, .n_descsz = len, .n_type = type };

	if (IMAGE_NOTES + i->notes + sizeof(nh) + 8 + len > IMAGE_SHDRS)
		abort();
	memcpy(p, &nh, sizeof(nh));
	memcpy(p + sizeof(nh), "Xen", 4);
	memcpy(p + sizeof(nh) + 4, desc, len);
	i->notes += sizeof(nh) + 4 + ((len + 3) & ~3UL);
	image_phdr(i, 1)->p_filesz = image_phdr(i, 1)->p_memsz = i->notes;
}

void image_note_string(struct image *i, uint32_t type, const char *s)
{
	image_note(i, type, s, strlen(s) + 1);
}

void image_note_number(struct image *i, uint32_t type, uint64_t value)
{
	image_note(i, type, &value, sizeof(value));
}

static void few_notes(struct image *i)
{
	image_note_string(i, XEN_ELFNOTE_GUEST_OS, "test");
	image_note_string(i, XEN_ELFNOTE_XEN_VERSION, "xen-3.0");
	image_note_string(i, XEN_ELFNOTE_LOADER, "generic");
	image_note_number(i, XEN_ELFNOTE_VIRT_BASE, IMAGE_BASE);
	image_note_number(i, XEN_ELFNOTE_ENTRY, IMAGE_ENTRY);
	image_note_number(i, XEN_ELFNOTE_HYPERCALL_PAGE, IMAGE_HYPERCALL);
	image_note_string(i, XEN_ELFNOTE_PAE_MODE, "yes");
}

void image_linux(struct image *i)
{
	static const uint64_t mfn_valid[2] = { 1, 1 };

	image_bare(i);
	few_notes(i);
	image_note_number(i, XEN_ELFNOTE_PADDR_OFFSET, 0);
	image_note_string(i, XEN_ELFNOTE_FEATURES,
			  "!writable_page_tables|pae_pgdir_above_4gb");
	image_note(i, XEN_ELFNOTE_SUPPORTED_FEATURES, "\x01\x88\0\0", 4);
	image_note_number(i, XEN_ELFNOTE_INIT_P2M, IMAGE_P2M);
	image_note(i, XEN_ELFNOTE_MOD_START_PFN, "\1\0\0\0", 4);
	image_note(i, XEN_ELFNOTE_SUSPEND_CANCEL, "\1\0\0\0", 4);
	image_note(i, XEN_ELFNOTE_L1_MFN_VALID, mfn_valid, sizeof(mfn_valid));
	image_note_number(i, XEN_ELFNOTE_HV_START_LOW, 0xffff800000000000ULL);
	image_note_number(i, XEN_ELFNOTE_PHYS32_ENTRY, IMAGE_PADDR);
}

static void add_sections(struct image *i, const char *name, uint32_t type,
			 uint64_t offset, uint64_t size)
{
	static const char first[] = "\0.shstrtab";
	Elf64_Ehdr *eh = image_ehdr(i);
	char *names = (char *)i->data + IMAGE_NAMES;

	memcpy(names, first, sizeof(first));
	strcpy(names + sizeof(first), name);
	eh->e_shoff = IMAGE_SHDRS;
	eh->e_shentsize = sizeof(Elf64_Shdr);
	eh->e_shnum = 3;
	eh->e_shstrndx = 1;
	*image_shdr(i, 1) = (Elf64_Shdr) {
		.sh_name = 1, .sh_type = SHT_STRTAB, .sh_offset = IMAGE_NAMES,
		.sh_size = sizeof(first) + strlen(name) + 1,
	};
	*image_shdr(i, 2) = (Elf64_Shdr) {
		.sh_name = sizeof(first), .sh_type = type, .sh_offset = offset,
		.sh_size = size, .sh_addralign = 4,
	};
}

void image_legacy(struct image *i, const char *guest)
{
	image_bare(i);
	image_ehdr(i)->e_phnum = 1;
	/* They have virtual addresses for physical ones. */
	image_phdr(i, 0)->p_paddr = IMAGE_BASE + IMAGE_PADDR;
	image_guest_section(i, guest);
}

void image_guest_section(struct image *i, const char *guest)
{
	strcpy((char *)i->data + IMAGE_GUEST, guest);
	add_sections(i, "__xen_guest", SHT_PROGBITS, IMAGE_GUEST,
		     strlen(guest) + 1);
}

void image_note_section(struct image *i)
{
	image_ehdr(i)->e_phnum = 1;
	add_sections(i, ".note.Xen", SHT_NOTE, IMAGE_NOTES, i->notes);
}

void image_symbols(struct image *i)
{
	Elf64_Sym *symbols = (Elf64_Sym *)(i->data + IMAGE_SYMTAB);

	image_note_string(i, XEN_ELFNOTE_BSD_SYMTAB, "yes");
	add_sections(i, ".symtab", SHT_SYMTAB, IMAGE_SYMTAB, 3 * sizeof(Elf64_Sym));
	image_ehdr(i)->e_shnum = 4;
	image_shdr(i, 2)->sh_link = 3;
	image_shdr(i, 2)->sh_entsize = sizeof(Elf64_Sym);
	*image_shdr(i, 3) = (Elf64_Shdr) {
		.sh_type = SHT_STRTAB, .sh_offset = IMAGE_STRTAB,
		.sh_size = sizeof(IMAGE_STRINGS),
	};
	symbols[1].st_name = 1;
	symbols[1].st_value = IMAGE_ENTRY;
	symbols[2].st_name = 7;
	symbols[2].st_value = IMAGE_ENTRY + 4;
	memcpy(i->data + IMAGE_STRTAB, IMAGE_STRINGS, sizeof(IMAGE_STRINGS));
}

void image_32bit(struct image *i, uint32_t base, const char *pae)
{
	uint32_t hypercalls = base + IMAGE_PADDR + 0x1000;
	Elf32_Ehdr eh = {
		.e_type = ET_EXEC, .e_machine = EM_386, .e_version = EV_CURRENT,
		.e_entry = base + IMAGE_PADDR + 0x40, .e_phoff = sizeof(eh),
		.e_ehsize = sizeof(eh), .e_phentsize = sizeof(Elf32_Phdr),
		.e_phnum = 2,
	};
	Elf32_Phdr ph[2] = {
		{
			.p_type = PT_LOAD, .p_offset = IMAGE_CODE,
			.p_vaddr = base + IMAGE_PADDR, .p_paddr = IMAGE_PADDR,
			.p_filesz = IMAGE_TEXT, .p_memsz = IMAGE_TEXT,
			.p_align = 0x1000,
		}, {
			.p_type = PT_NOTE, .p_offset = IMAGE_NOTES, .p_align = 4,
		},
	};

	memset(i, 0, sizeof(*i));
	fill_text(i);
	image_note_string(i, XEN_ELFNOTE_XEN_VERSION, "xen-3.0");
	image_note_string(i, XEN_ELFNOTE_GUEST_OS, "test");
	image_note(i, XEN_ELFNOTE_VIRT_BASE, &base, 4);
	image_note(i, XEN_ELFNOTE_HYPERCALL_PAGE, &hypercalls, 4);
	if (pae)
		image_note_string(i, XEN_ELFNOTE_PAE_MODE, pae);
	memcpy(eh.e_ident, ELFMAG, SELFMAG);
	eh.e_ident[EI_CLASS] = ELFCLASS32;
	eh.e_ident[EI_DATA] = ELFDATA2LSB;
	eh.e_ident[EI_VERSION] = EV_CURRENT;
	ph[1].p_filesz = i->notes;
	memcpy(i->data, &eh, sizeof(eh));
	memcpy(i->data + sizeof(eh), ph, sizeof(ph));
}
