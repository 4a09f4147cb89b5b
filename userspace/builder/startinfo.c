// SPDX-License-Identifier: GPL-2.0
/* start_info: what a PV kernel finds at %rsi or %esi when it starts. */
#include <stdio.h>
#include <stdint.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/foreign/x86_32.h>

#include "populate.h"
#include "util.h"
#include "vmm/memory.h"

static void clear_page(const struct guest_mem *mem, uint64_t pfn)
{
	memset(populate_page(mem, pfn), 0, PAGE_SIZE);
}

static void module(struct start_info *si, const struct layout *l,
		   uint64_t ramdisk_size)
{
	if (ramdisk_size && l->ramdisk_mapped) {
		si->mod_start = layout_va(l, l->ramdisk.pfn);
	} else if (ramdisk_size) {
		si->mod_start = l->ramdisk.pfn;
		si->flags |= SIF_MOD_START_PFN;
	}
	si->mod_len = ramdisk_size;
}

/* The same with the words of a 32-bit kernel. */
static void narrow(struct start_info_x86_32 *to, const struct start_info *si)
{
	strcpy(to->magic, "xen-3.0-x86_32p");
	to->nr_pages = si->nr_pages;
	to->shared_info = si->shared_info;
	to->flags = si->flags;
	to->store_mfn = si->store_mfn;
	to->store_evtchn = si->store_evtchn;
	to->console.domU.mfn = si->console.domU.mfn;
	to->console.domU.evtchn = si->console.domU.evtchn;
	to->pt_base = si->pt_base;
	to->nr_pt_frames = si->nr_pt_frames;
	to->mfn_list = si->mfn_list;
	to->mod_start = si->mod_start;
	to->mod_len = si->mod_len;
	memcpy(to->cmd_line, si->cmd_line, sizeof(to->cmd_line));
}

void populate_start_info(const struct build_params *p, const struct layout *l,
			 uint64_t ramdisk_size)
{
	const struct guest_mem *mem = p->mem;
	struct start_info si = {
		.magic = "xen-3.0-x86_64",
		.nr_pages = mem->nr_pages,
		.shared_info = p->shared_info_mfn << PAGE_SHIFT,
		.store_mfn = pfn_to_mfn(mem, l->store),
		.store_evtchn = p->store_port,
		.console.domU.mfn = pfn_to_mfn(mem, l->console),
		.console.domU.evtchn = p->console_port,
		.pt_base = layout_va(l, l->tables.pfn),
		.nr_pt_frames = l->tables.pages,
		.mfn_list = l->p2m_va,
	};

	clear_page(mem, l->start_info);
	clear_page(mem, l->store);
	clear_page(mem, l->console);
	clear_page(mem, l->stack);

	module(&si, l, ramdisk_size);
	snprintf((char *)si.cmd_line, sizeof(si.cmd_line), "%s", p->cmdline);
	if (l->levels == 3) {
		narrow(populate_page(mem, l->start_info), &si);
		return;
	}
	/* Our tools find the p2m list without the three-level tree. */
	si.flags |= SIF_VIRT_P2M_4TOOLS;
	if (l->p2m_apart) {
		si.first_p2m_pfn = l->p2m.pfn;
		si.nr_p2m_frames = l->p2m.pages + l->p2m_tables.pages;
	}
	memcpy(populate_page(mem, l->start_info), &si, sizeof(si));
}
