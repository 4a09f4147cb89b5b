// SPDX-License-Identifier: GPL-2.0
/* The features that kernels require or support, by name and by bit. */
#include <string.h>

#include <xen/features.h>

#include "notes.h"
#include "util.h"

#define BIT(n)	(1U << (n))

/*
 * Linux "requires" writable_page_tables and means that it may write to its
 * page tables, which Xen emulates and the monitor allows; guests are not told
 * that feature bit (XENVER_get_features).
 */
const uint32_t features_offered =
	BIT(XENFEAT_writable_page_tables) |
	BIT(XENFEAT_writable_descriptor_tables) |
	BIT(XENFEAT_pae_pgdir_above_4gb) |
	BIT(XENFEAT_mmu_pt_update_preserve_ad) |
	BIT(XENFEAT_highmem_assist) |
	BIT(XENFEAT_gnttab_map_avail_bits) |
	BIT(XENFEAT_memory_op_vnode_supported) |
	BIT(XENFEAT_not_direct_mapped);

static const char *const names[32] = {
	[XENFEAT_writable_page_tables] = "writable_page_tables",
	[XENFEAT_writable_descriptor_tables] = "writable_descriptor_tables",
	[XENFEAT_auto_translated_physmap] = "auto_translated_physmap",
	[XENFEAT_supervisor_mode_kernel] = "supervisor_mode_kernel",
	[XENFEAT_pae_pgdir_above_4gb] = "pae_pgdir_above_4gb",
	[XENFEAT_mmu_pt_update_preserve_ad] = "mmu_pt_update_preserve_ad",
	[XENFEAT_highmem_assist] = "highmem_assist",
	[XENFEAT_gnttab_map_avail_bits] = "gnttab_map_avail_bits",
	[XENFEAT_hvm_callback_vector] = "hvm_callback_vector",
	[XENFEAT_hvm_safe_pvclock] = "hvm_safe_pvclock",
	[XENFEAT_hvm_pirqs] = "hvm_pirqs",
	[XENFEAT_dom0] = "dom0",
	[XENFEAT_memory_op_vnode_supported] = "memory_op_vnode_supported",
	[XENFEAT_ARM_SMCCC_supported] = "ARM_SMCCC_supported",
	[XENFEAT_linux_rsdp_unrestricted] = "linux_rsdp_unrestricted",
	[XENFEAT_not_direct_mapped] = "not_direct_mapped",
	[XENFEAT_direct_mapped] = "direct_mapped",
};

const char *feature_name(unsigned int bit)
{
	return bit < ARRAY_SIZE(names) && names[bit] ? names[bit] : "unknown";
}

static void parse_one(struct kernel_notes *n, const char *s, size_t len)
{
	bool required = len && *s == '!';
	unsigned int i;

	if (required) {
		s++;
		len--;
	}
	if (!len)
		return;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!names[i] || strlen(names[i]) != len ||
		    memcmp(names[i], s, len))
			continue;
		n->supported |= BIT(i);
		if (required)
			n->required |= BIT(i);
		return;
	}
	if (required)
		notes_string(n->unknown_feature, s, len);
}

/* "a|b|!c": supports a and b, and requires c. */
void notes_parse_features(struct kernel_notes *n, const char *s, size_t len)
{
	const char *end = s + strnlen(s, len), *bar;

	while (s < end) {
		bar = memchr(s, '|', end - s);
		if (!bar)
			bar = end;
		parse_one(n, s, bar - s);
		s = bar + 1;
	}
}
