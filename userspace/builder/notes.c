// SPDX-License-Identifier: GPL-2.0
/* The checks that do not depend on where a kernel's words come from. */
#include <string.h>

#include "notes.h"

void notes_string(char to[NOTE_STRING], const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len && i < NOTE_STRING - 1 && s[i]; i++)
		to[i] = s[i] >= ' ' && s[i] <= '~' ? s[i] : '?';
	to[i] = '\0';
}

static void notes_init(struct kernel_notes *n)
{
	memset(n, 0, sizeof(*n));
	n->entry = NOTE_UNSET;
	n->hypercall_page = NOTE_UNSET;
	n->virt_base = NOTE_UNSET;
	n->init_p2m = NOTE_UNSET;
	n->hv_start_low = NOTE_UNSET;
	n->paddr_offset = NOTE_UNSET;
}

const char *notes_parse(struct kernel_notes *n, const struct elf_image *elf)
{
	const char *wrong;
	bool found = false;

	notes_init(n);
	wrong = notes_parse_elf(n, elf, &found);
	if (!wrong && !found) {
		if (!elf->xen_guest.data)
			return "not a Xen PV kernel: no Xen ELF notes and no __xen_guest section";
		n->legacy = true;
		wrong = notes_parse_guest(n, &elf->xen_guest);
	}
	if (wrong)
		return wrong;

	if (n->for_pvh && n->entry == NOTE_UNSET && n->virt_base == NOTE_UNSET)
		return "a kernel for PVH only: its Xen ELF notes have no entry point for PV";
	if (*n->loader && strncmp(n->loader, "generic", 7))
		return "a kernel for a boot loader other than Xen's generic one";
	if (*n->xen_version && strcmp(n->xen_version, "xen-3.0"))
		return "a kernel for another Xen interface than xen-3.0";
	if (n->virt_base == NOTE_UNSET)
		n->virt_base = 0;
	if (n->paddr_offset == NOTE_UNSET)
		n->paddr_offset = n->legacy ? n->virt_base : 0;
	if (n->entry == NOTE_UNSET)
		n->entry = elf->entry;
	return NULL;
}
