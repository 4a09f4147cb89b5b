// SPDX-License-Identifier: GPL-2.0
/* ELF notes of the owner "Xen". */
#include <elf.h>

#include <xen/elfnote.h>

#include "bytes.h"
#include "notes.h"

struct note {
	uint32_t type;
	const uint8_t *desc;
	uint32_t size;
};

static const char *number(const struct note *note, uint64_t *value)
{
	switch (note->size) {
	case 4:
		*value = get_le32(note->desc);
		return NULL;
	case 8:
		*value = get_le64(note->desc);
		return NULL;
	}
	return "a corrupt Xen ELF note: a number of impossible size";
}

static bool string_is(const struct note *note, const char *s)
{
	return strnlen((const char *)note->desc, note->size) == strlen(s) &&
	       !memcmp(note->desc, s, strlen(s));
}

static const char *use_note(struct kernel_notes *n, const struct note *note)
{
	const char *text = (const char *)note->desc;
	const char *wrong;
	uint64_t value;

	switch (note->type) {
	case XEN_ELFNOTE_ENTRY:
		return number(note, &n->entry);
	case XEN_ELFNOTE_HYPERCALL_PAGE:
		return number(note, &n->hypercall_page);
	case XEN_ELFNOTE_VIRT_BASE:
		return number(note, &n->virt_base);
	case XEN_ELFNOTE_PADDR_OFFSET:
		return number(note, &n->paddr_offset);
	case XEN_ELFNOTE_HV_START_LOW:
		return number(note, &n->hv_start_low);
	case XEN_ELFNOTE_INIT_P2M:
		return number(note, &n->init_p2m);
	case XEN_ELFNOTE_MOD_START_PFN:
		wrong = number(note, &value);
		n->mod_start_pfn = !wrong && value;
		return wrong;
	case XEN_ELFNOTE_SUPPORTED_FEATURES:
		wrong = number(note, &value);
		if (!wrong)
			n->supported |= value;
		return wrong;
	case XEN_ELFNOTE_FEATURES:
		notes_parse_features(n, text, note->size);
		return NULL;
	case XEN_ELFNOTE_XEN_VERSION:
		notes_string(n->xen_version, text, note->size);
		return NULL;
	case XEN_ELFNOTE_GUEST_OS:
		notes_string(n->guest_os, text, note->size);
		return NULL;
	case XEN_ELFNOTE_GUEST_VERSION:
		notes_string(n->guest_version, text, note->size);
		return NULL;
	case XEN_ELFNOTE_LOADER:
		notes_string(n->loader, text, note->size);
		return NULL;
	case XEN_ELFNOTE_PAE_MODE:
		if (string_is(note, "yes"))
			n->pae = PAE_EXTENDED_CR3;
		else if (memmem(text, note->size, "bimodal", 7))
			n->pae = PAE_YES;
		return NULL;
	case XEN_ELFNOTE_PHYS32_ENTRY:
		n->for_pvh = true;
		return NULL;
	case XEN_ELFNOTE_BSD_SYMTAB:
		n->bsd_symtab = string_is(note, "yes");
		return NULL;
	}
	/* Those for PVH, for suspend and for tools, and those yet unknown. */
	return NULL;
}

static uint64_t align_up(uint64_t v, size_t align)
{
	return (v + align - 1) & ~(uint64_t)(align - 1);
}

/* Some count the name's NUL, or padding, and some do not. */
static bool is_xen(const char *name, uint32_t size)
{
	return size >= 3 && strnlen(name, size) == 3 && !memcmp(name, "Xen", 3);
}

/*
 * One area.  Notes of other owners share PT_NOTE, with padding of their own
 * ideas: what makes no sense ends the area rather than the boot.
 */
static const char *use_area(struct kernel_notes *n, const struct elf_area *a,
			    bool *found)
{
	uint64_t pos = 0;

	while (range_inside(pos, sizeof(Elf64_Nhdr), a->size)) {
		const uint8_t *p = a->data + pos;
		uint32_t namesz = get_le32(p), descsz = get_le32(p + 4);
		struct note note = { .type = get_le32(p + 8), .size = descsz };
		uint64_t name = pos + sizeof(Elf64_Nhdr);
		uint64_t desc = align_up(name + namesz, a->align);
		const char *wrong;

		if (!range_inside(name, namesz, a->size))
			return NULL;
		pos = align_up(desc + descsz, a->align);
		if (!is_xen((const char *)a->data + name, namesz))
			continue;
		/* The last one of GRUB for i386 is longer than its segment. */
		if (desc > a->size)
			return NULL;
		if (descsz > a->size - desc)
			note.size = a->size - desc;
		note.desc = a->data + desc;
		*found = true;
		wrong = use_note(n, &note);
		if (wrong)
			return wrong;
	}
	return NULL;
}

const char *notes_parse_elf(struct kernel_notes *n, const struct elf_image *elf,
			    bool *found)
{
	const char *wrong = NULL;
	unsigned int i;

	for (i = 0; i < elf->nr_notes && !wrong; i++)
		wrong = use_area(n, &elf->notes[i], found);
	return wrong;
}
