// SPDX-License-Identifier: GPL-2.0
/*
 * entry.c - what a PV kernel finds when it starts
 */
#include "lib/guest.h"

static bool all_zero(const void *p, size_t n)
{
	const u8 *b = p;

	while (n--)
		if (*b++)
			return false;
	return true;
}

static void registers(void)
{
	is(boot_regs.rsi, (u64)start_info, "rsi is start_info");
	is(boot_regs.cs & 0xffff, KERNEL_CS, "cs is FLAT_KERNEL_CS");
	is(boot_regs.ss & 0xffff, KERNEL_SS, "ss is FLAT_KERNEL_SS");
	has(boot_regs.rflags, FLAG_IF, FLAG_IF, "the real IF is set");
	has(boot_regs.rflags, FLAG_TF | FLAG_DF | FLAG_NT | FLAG_AC | FLAG_IOPL, 0,
	    "no other control flag is set");
	is(boot_mask, 1, "events start masked");
	ok(boot_regs.rsp > (u64)start_info->pt_base && !(boot_regs.rsp & 7),
	   "rsp is a stack above the page tables");
	ok(boot_regs.rsp >= VIRT_BASE && boot_regs.rsp < VIRT_BASE + (32UL << 20),
	   "rsp is in the bootstrap region");
	is(boot_regs.fs & 0xffff, 0, "fs is null");
	is(boot_regs.gs & 0xffff, 0, "gs is null");
}

static void info(void)
{
	struct start_info *si = start_info;
	u64 pfn;

	ok(!strncmp(si->magic, "xen-3.0-x86_64", 14), "magic: %s", si->magic);
	is(si->nr_pages, 32 * 256, "nr_pages is the domain's memory");
	is(si->shared_info & ~PAGE_MASK, 0, "shared_info is page aligned");
	ok(si->shared_info != 0, "there is a shared_info");
	has(si->flags, SIF_PRIVILEGED | SIF_INITDOMAIN | SIF_MULTIBOOT_MOD, 0,
	    "not privileged, not the initial domain");
	ok(si->store_evtchn != 0, "a xenstore port");
	ok(console_info->evtchn != 0, "a console port");
	ok(si->store_evtchn != console_info->evtchn, "two different ports");
	pfn = M2P[si->store_mfn];
	is(((u64 *)si->mfn_list)[pfn], si->store_mfn, "store_mfn is one of ours");
	pfn = M2P[console_info->mfn];
	is(((u64 *)si->mfn_list)[pfn], console_info->mfn, "console mfn is one of ours");
	is((u64)si & ~PAGE_MASK, 0, "start_info is page aligned");
	is(si->mod_start, 0, "no module");
	is(si->mod_len, 0, "of no length");
	ok(si->mfn_list >= (u64)_end && si->mfn_list < (u64)si,
	   "the p2m follows the kernel, start_info follows the p2m");
	ok((u64)mfn_to_virt(si->store_mfn) > (u64)si, "xenstore page after start_info");
	is((u64)mfn_to_virt(console_info->mfn),
	   (u64)mfn_to_virt(si->store_mfn) + PAGE_SIZE, "console page after that");
	ok(si->pt_base > (u64)mfn_to_virt(console_info->mfn), "page tables after that");
	ok(si->nr_pt_frames >= 4, "at least four page-table frames");
	ok(boot_regs.rsp > si->pt_base + si->nr_pt_frames * PAGE_SIZE, "then the stack");
	ok(cmdline("entry-test"), "command line: %s", (char *)si->cmd_line);
}

static void mapping(void)
{
	u64 *p2m = (u64 *)start_info->mfn_list;
	u64 top = boot_regs.rsp, va, end, pfn;
	u64 *l1e;
	bool good;

	/* 512 KiB at least beyond the last element, then to 4 MiB. */
	end = ((top + (512 << 10)) + (4 << 20) - 1) & ~((4UL << 20) - 1);
	good = true;
	for (va = VIRT_BASE; va < end; va += PAGE_SIZE) {
		l1e = pte_of(va);
		pfn = (va - VIRT_BASE) >> 12;
		if (!l1e || !(*l1e & PTE_P) ||
		    (PTE_MFN(*l1e) != p2m[pfn] && va != (u64)shared)) {
			say("va 0x%lx", va);
			good = false;
			break;
		}
	}
	ok(good, "initial mapping covers the region to 4 MiB, 512 KiB spare");

	good = true;
	for (va = VIRT_BASE; va < end; va += PAGE_SIZE) {
		bool table = va >= start_info->pt_base && va < start_info->pt_base +
			start_info->nr_pt_frames * PAGE_SIZE;

		l1e = pte_of(va);
		if (!!(*l1e & PTE_RW) == table) {
			say("va 0x%lx: 0x%lx", va, *l1e);
			good = false;
			break;
		}
	}
	ok(good, "page tables are mapped read-only, all else writable");

	good = true;
	for (pfn = 0; pfn < start_info->nr_pages; pfn++)
		if (M2P[p2m[pfn]] != pfn)
			good = false;
	ok(good, "M2P and p2m agree on every page");

	traps(*(volatile u64 *)0x1000 = 1, V_PF, 2, "nothing mapped at low addresses");
	is(seen.cr2, 0x1000, "cr2 of that");
	is(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn((void *)start_info->pt_base), 0), 0,
	   "the L4 was pinned by the builder");
	is(mmuext(MMUEXT_PIN_L4_TABLE, virt_to_mfn((void *)start_info->pt_base), 0), 0,
	   "and can be pinned again");
}

static void shared_info(void)
{
	ok(all_zero(shared->evtchn_pending, sizeof(shared->evtchn_pending)) ||
	   port_pending(console_info->evtchn) ||
	   port_pending(start_info->store_evtchn),
	   "no event pending but from xenstore or console");
	ok(shared->wc_sec > 1000000000, "wall clock is set");
	ok(!(shared->wc_version & 1), "and not being changed");
	ok(vcpu->time.version && !(vcpu->time.version & 1), "time info is there");
	ok(vcpu->time.tsc_to_system_mul != 0, "with a TSC scale");
	is(shared->arch.max_pfn, 0, "max_pfn is the kernel's to set");
	is(shared->arch.pfn_to_mfn_frame_list_list, 0, "as is the frame list");
}

int main(void)
{
	registers();
	info();
	mapping();
	shared_info();
	return 0;
}
