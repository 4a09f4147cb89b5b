/* SPDX-License-Identifier: GPL-2.0 */
/* What a PV kernel says about itself: Xen's ELF notes, or section __xen_guest. */
#ifndef XENPV_BUILDER_NOTES_H
#define XENPV_BUILDER_NOTES_H

#include <stdbool.h>
#include <stdint.h>

#include "elf_image.h"

#define NOTE_UNSET	UINT64_MAX
#define NOTE_STRING	64

enum pae_mode { PAE_NO, PAE_YES, PAE_EXTENDED_CR3 };

struct kernel_notes {
	bool legacy;			/* from __xen_guest */
	uint64_t entry;			/* virtual addresses, or NOTE_UNSET */
	uint64_t hypercall_page;
	uint64_t virt_base;
	uint64_t init_p2m;
	uint64_t hv_start_low;
	uint64_t paddr_offset;		/* or NOTE_UNSET */
	bool mod_start_pfn;		/* the ramdisk need not be mapped */
	bool for_pvh;			/* has an entry point for PVH */
	bool bsd_symtab;		/* wants its symbol table behind itself */
	enum pae_mode pae;
	uint32_t required, supported;	/* bits XENFEAT_* */
	char guest_os[NOTE_STRING];	/* printable, perhaps empty */
	char guest_version[NOTE_STRING];
	char loader[NOTE_STRING];
	char xen_version[NOTE_STRING];
	char unknown_feature[NOTE_STRING]; /* required, but nobody knows it */
};

/* Features of Xen's that a kernel may require. */
extern const uint32_t features_offered;
const char *feature_name(unsigned int bit);

/* NULL, or what is wrong. */
const char *notes_parse(struct kernel_notes *n, const struct elf_image *elf);

/* Parts: the notes proper, the section, and a feature string of either. */
const char *notes_parse_elf(struct kernel_notes *n, const struct elf_image *elf,
			    bool *found);
const char *notes_parse_guest(struct kernel_notes *n,
			      const struct elf_area *section);
void notes_parse_features(struct kernel_notes *n, const char *s, size_t len);
/* LEN bytes of S (or up to a NUL) to TO, unprintable ones replaced. */
void notes_string(char to[NOTE_STRING], const char *s, size_t len);

#endif
