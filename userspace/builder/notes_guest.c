// SPDX-License-Identifier: GPL-2.0
/*
 * Section __xen_guest of kernels before Linux 2.6.18's ELF notes:
 * "GUEST_OS=linux,VIRT_BASE=0xffffffff80000000,...", ending with a NUL.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "notes.h"
#include "util.h"

static bool key_is(const char *key, size_t len, const char *name)
{
	return strlen(name) == len && !memcmp(key, name, len);
}

static const char *number(const char *s, size_t len, uint64_t *value)
{
	char text[NOTE_STRING], *end;

	notes_string(text, s, len);
	errno = 0;
	*value = strtoull(text, &end, 0);
	if (errno || end == text || *end)
		return "a corrupt __xen_guest section: a value is not a number";
	return NULL;
}

static const char *use_pair(struct kernel_notes *n, const char *key, size_t klen,
			    const char *val, size_t vlen)
{
	const struct { const char *name; uint64_t *to; } numbers[] = {
		{ "VIRT_BASE", &n->virt_base },
		{ "VIRT_ENTRY", &n->entry },
		{ "ELF_PADDR_OFFSET", &n->paddr_offset },
		{ "HYPERCALL_PAGE", &n->hypercall_page },
	};
	const struct { const char *name; char *to; } strings[] = {
		{ "GUEST_OS", n->guest_os },
		{ "GUEST_VER", n->guest_version },
		{ "XEN_VER", n->xen_version },
		{ "LOADER", n->loader },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		if (key_is(key, klen, numbers[i].name))
			return number(val, vlen, numbers[i].to);
	for (i = 0; i < ARRAY_SIZE(strings); i++)
		if (key_is(key, klen, strings[i].name))
			notes_string(strings[i].to, val, vlen);
	if (key_is(key, klen, "FEATURES"))
		notes_parse_features(n, val, vlen);
	if (key_is(key, klen, "BSD_SYMTAB"))
		n->bsd_symtab = true;
	if (key_is(key, klen, "PAE") && vlen >= 3 && !memcmp(val, "yes", 3))
		n->pae = key_is(val, vlen, "yes[extended-cr3]") ?
			PAE_EXTENDED_CR3 : PAE_YES;
	return NULL;
}

const char *notes_parse_guest(struct kernel_notes *n,
			      const struct elf_area *section)
{
	const char *p = (const char *)section->data;
	const char *end = p + strnlen(p, section->size);
	const char *wrong = NULL;

	while (p < end && !wrong) {
		const char *comma = memchr(p, ',', end - p);
		const char *stop = comma ? comma : end;
		const char *equal = memchr(p, '=', stop - p);
		const char *val = equal ? equal + 1 : stop;

		wrong = use_pair(n, p, (equal ? equal : stop) - p, val, stop - val);
		p = stop + 1;
	}
	if (wrong)
		return wrong;
	/* Here the hypercall page is a page number, from the base. */
	if (n->hypercall_page != NOTE_UNSET)
		n->hypercall_page = (n->hypercall_page << PAGE_SHIFT) +
			(n->virt_base == NOTE_UNSET ? 0 : n->virt_base);
	return NULL;
}
