// SPDX-License-Identifier: GPL-2.0
/* start_info: what a PV kernel finds at %rsi when it starts. */
#include <stdio.h>
#include <stdint.h>
#include <string.h>

#include <xen/xen.h>

#include "populate.h"
#include "util.h"
#include "vmm/memory.h"

static void clear_page(const struct guest_mem *mem, uint64_t pfn)
{
	memset(populate_page(mem, pfn), 0, PAGE_SIZE);
}

void populate_start_info(const struct build_params *p, const struct layout *l,
			 uint64_t ramdisk_size)
{
	const struct guest_mem *mem = p->mem;
	struct start_info *si = populate_page(mem, l->start_info);

	clear_page(mem, l->start_info);
	clear_page(mem, l->store);
	clear_page(mem, l->console);
	clear_page(mem, l->stack);

	strcpy(si->magic, "xen-3.0-x86_64");
	si->nr_pages = mem->nr_pages;
	si->shared_info = p->shared_info_mfn << PAGE_SHIFT;
	/* Our tools find the p2m list without the three-level tree. */
	si->flags = SIF_VIRT_P2M_4TOOLS;
	si->store_mfn = pfn_to_mfn(mem, l->store);
	si->store_evtchn = p->store_port;
	si->console.domU.mfn = pfn_to_mfn(mem, l->console);
	si->console.domU.evtchn = p->console_port;
	si->pt_base = layout_va(l, l->tables.pfn);
	si->nr_pt_frames = l->tables.pages;
	si->mfn_list = l->p2m_va;
	if (l->p2m_apart) {
		si->first_p2m_pfn = l->p2m.pfn;
		si->nr_p2m_frames = l->p2m.pages + l->p2m_tables.pages;
	}
	if (ramdisk_size && l->ramdisk_mapped) {
		si->mod_start = layout_va(l, l->ramdisk.pfn);
	} else if (ramdisk_size) {
		si->mod_start = l->ramdisk.pfn;
		si->flags |= SIF_MOD_START_PFN;
	}
	si->mod_len = ramdisk_size;
	snprintf((char *)si->cmd_line, sizeof(si->cmd_line), "%s", p->cmdline);
}
