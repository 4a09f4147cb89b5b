// SPDX-License-Identifier: GPL-2.0
/*
 * conform.c - every hypercall of Xen 4.17's public headers, once
 *
 * Each row is one call with arguments that a domain would use: what it returns
 * is compared with what it has to, and printed as "row NUMBER NAME: RESULT".
 * Documentation/hypercalls.rst has the same rows: conform.sh compares them.  Where
 * Xen's answer to the very same call is another one, the row has both, and
 * run-under-xen checks Xen's.
 */
#define __XEN_TOOLS__
#include "lib/guest.h"
#include <xen/platform.h>
#include <xen/sysctl.h>
#include <xen/domctl.h>

#define BAD_PTR	((void *)0x10)
#define SOME	0x7fffffffL	/* any number above 0 */
#define NONE	-1		/* no sub-operation */
#define OTHER	12345		/* a domain that there is not */
#define IRQ_UNMASK_NOTIFY 4	/* hidden from the ABI of today */

#define E(name)	(-XEN_E##name)

static const struct {
	long value;
	const char *name;
} errors[] = {
	{ E(PERM), "-EPERM" }, { E(NOENT), "-ENOENT" }, { E(SRCH), "-ESRCH" },
	{ E(IO), "-EIO" }, { E(NXIO), "-ENXIO" }, { E(AGAIN), "-EAGAIN" },
	{ E(NOMEM), "-ENOMEM" }, { E(ACCES), "-EACCES" }, { E(FAULT), "-EFAULT" },
	{ E(BUSY), "-EBUSY" }, { E(EXIST), "-EEXIST" }, { E(NODEV), "-ENODEV" },
	{ E(INVAL), "-EINVAL" }, { E(NOSPC), "-ENOSPC" }, { E(NOSYS), "-ENOSYS" },
	{ E(NODATA), "-ENODATA" }, { E(NOBUFS), "-ENOBUFS" },
	{ E(OPNOTSUPP), "-EOPNOTSUPP" },
};

static const char *text_of(long v, char *room)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].value == v)
			return errors[i].name;
	format(room, 24, "%ld", v);
	return room;
}

static const char *want_of(long v, char *room)
{
	return v == SOME ? ">0" : text_of(v, room);
}

static bool fits(long got, long want)
{
	return want == SOME ? got > 0 : got == want;
}

/* OURS is what the call returns here, XEN what it does on Xen. */
static void row(unsigned int nr, int cmd, const char *name, long got, long ours, long xen)
{
	long want = on_xen() ? xen : ours;
	char number[24], a[24], b[24];

	format(number, sizeof(number), cmd == NONE ? "%u" : "%u.%d", nr, cmd);
	if (ours == xen)
		ok(fits(got, want), "row %s %s: %s", number, name, want_of(ours, a));
	else
		ok(fits(got, want), "row %s %s: %s, Xen %s", number, name,
		   want_of(ours, a), want_of(xen, b));
	if (!fits(got, want))
		say("  got %s", text_of(got, a));
}

static void same(unsigned int nr, int cmd, const char *name, long got, long want)
{
	row(nr, cmd, name, got, want, want);
}

/* Of a call with a structure: and with one that is nowhere. */
static void with_arg(unsigned int nr, int cmd, const char *name, void *arg, long want)
{
	is(hypercall5(nr, cmd, (u64)BAD_PTR, 1, 0, 0), E(FAULT), "%s from nowhere: -EFAULT", name);
	same(nr, cmd, name, hypercall5(nr, cmd, (u64)arg, 1, 0, 0), want);
}

#define ROW(op, cmd, name, got, want) same(__HYPERVISOR_##op, cmd, #op name, got, want)
#define DIFFERS(op, cmd, name, got, ours, xen) \
	row(__HYPERVISOR_##op, cmd, #op name, got, ours, xen)
#define ARG(op, cmd, name, arg, want) with_arg(__HYPERVISOR_##op, cmd, #op name, arg, want)

/* Zeros for calls that are refused whatever they say. */
static u8 zeros[4096] __attribute__((aligned(64)));

static void traps_and_stacks(void)
{
	struct trap_info last = { };
	u64 reg;

	is(hypercall(set_trap_table, BAD_PTR), E(FAULT), "set_trap_table from nowhere: -EFAULT");
	ROW(set_trap_table, NONE, "", hypercall(set_trap_table, &last), 0);
	ROW(stack_switch, NONE, "", hypercall(stack_switch, KERNEL_SS, boot_regs.rsp), 0);
	ROW(set_callbacks, NONE, "",
	    hypercall(set_callbacks, trap_stub(V_EVENT), trap_stub(V_FAILSAFE),
		      trap_stub(V_SYSCALL)), 0);
	ROW(fpu_taskswitch, NONE, "", hypercall(fpu_taskswitch, 1), 0);
	asm volatile("mov %%cr0, %0" : "=r" (reg));
	has(reg, 8, 8, "TS is set");
	hypercall(fpu_taskswitch, 0);
	ROW(set_debugreg, NONE, "", hypercall(set_debugreg, 1, 4096), 0);
	ROW(get_debugreg, NONE, "", hypercall(get_debugreg, 1), 4096);
	hypercall(set_debugreg, 1, 0);
}

static void descriptors(void)
{
	u64 *page = page_alloc();
	u64 desc = 0x00affb000000ffff;

	ROW(set_gdt, NONE, "", hypercall(set_gdt, zeros, 0), 0);
	ROW(update_descriptor, NONE, "",
	    hypercall(update_descriptor, virt_to_mfn(page) << 12 | 8, desc), 0);
	is(page[1], desc, "the descriptor is there");
	ROW(set_segment_base, SEGBASE_FS, " fs", hypercall(set_segment_base, SEGBASE_FS, 0), 0);
	ROW(set_segment_base, SEGBASE_GS_USER, " gs_user",
	    hypercall(set_segment_base, SEGBASE_GS_USER, 0), 0);
	ROW(set_segment_base, SEGBASE_GS_KERNEL, " gs_kernel",
	    hypercall(set_segment_base, SEGBASE_GS_KERNEL, 0), 0);
	ROW(set_segment_base, SEGBASE_GS_USER_SEL, " gs_user_sel",
	    hypercall(set_segment_base, SEGBASE_GS_USER_SEL, 0), 0);
}

static void page_tables(void)
{
	u64 *page = page_alloc(), *pte = pte_of((u64)page);
	u64 mfn = virt_to_mfn(page), pfn = ((u64)page - VIRT_BASE) >> 12;
	u64 maddr = entry_maddr(pte);

	is(hypercall(mmu_update, BAD_PTR, 1, 0, DOMID_SELF), E(FAULT),
	   "mmu_update from nowhere: -EFAULT");
	ROW(mmu_update, MMU_NORMAL_PT_UPDATE, " normal_pt_update",
	    mmu_update1(maddr, mfn << 12 | PTE_RO), 0);
	is(*pte & PTE_RW, 0, "the entry is written");
	ROW(mmu_update, MMU_MACHPHYS_UPDATE, " machphys_update",
	    mmu_update1(mfn << 12 | MMU_MACHPHYS_UPDATE, pfn), 0);
	ROW(mmu_update, MMU_PT_UPDATE_PRESERVE_AD, " pt_update_preserve_ad",
	    mmu_update1(maddr | MMU_PT_UPDATE_PRESERVE_AD, mfn << 12 | PTE_KERNEL), 0);
	is(*pte & PTE_RW, PTE_RW, "the entry is written");
	ROW(mmu_update, MMU_PT_UPDATE_NO_TRANSLATE, " pt_update_no_translate",
	    mmu_update1(maddr | MMU_PT_UPDATE_NO_TRANSLATE, mfn << 12 | PTE_KERNEL), 0);
	ROW(update_va_mapping, NONE, "",
	    set_pte(page, mfn << 12 | PTE_RO, UVMF_INVLPG | UVMF_LOCAL), 0);
	is(*pte & PTE_RW, 0, "the entry is written");
	ROW(update_va_mapping_otherdomain, NONE, "",
	    hypercall(update_va_mapping_otherdomain, page, mfn << 12 | PTE_KERNEL,
		      UVMF_INVLPG | UVMF_LOCAL, DOMID_SELF), 0);
	works(*page = 1, "which can be written to");
}

static void mmuext_tables(void)
{
	static const char *const names[] = {
		" pin_l1_table", " pin_l2_table", " pin_l3_table", " pin_l4_table",
	};
	u64 *page = page_alloc(), *pte = pte_of((u64)page), mfn = virt_to_mfn(page);
	char name[40];
	unsigned int i;

	make_readonly(page);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		format(name, sizeof(name), "mmuext_op%s", names[i]);
		row(__HYPERVISOR_mmuext_op, MMUEXT_PIN_L1_TABLE + i, name,
		    mmuext(MMUEXT_PIN_L1_TABLE + i, mfn, 0), 0, 0);
		if (i < 3)
			mmuext(MMUEXT_UNPIN_TABLE, mfn, 0);
	}
	ROW(mmuext_op, MMUEXT_UNPIN_TABLE, " unpin_table", mmuext(MMUEXT_UNPIN_TABLE, mfn, 0), 0);
	ROW(mmuext_op, MMUEXT_NEW_BASEPTR, " new_baseptr",
	    mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn((void *)start_info->pt_base), 0), 0);
	user_init();
	ROW(mmuext_op, MMUEXT_NEW_USER_BASEPTR, " new_user_baseptr",
	    mmuext(MMUEXT_NEW_USER_BASEPTR, virt_to_mfn(user_l4), 0), 0);
	make_writable(page);
	is(*pte & PTE_RW, PTE_RW, "an unpinned table can be mapped writable");
}

static void mmuext_rest(void)
{
	u64 *page = page_alloc(), *copy = page_alloc(), mask = 1;
	u64 va = (u64)page, mfn;

	is(hypercall(mmuext_op, BAD_PTR, 1, 0, DOMID_SELF), E(FAULT),
	   "mmuext_op from nowhere: -EFAULT");
	ROW(mmuext_op, MMUEXT_TLB_FLUSH_LOCAL, " tlb_flush_local",
	    mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0), 0);
	ROW(mmuext_op, MMUEXT_INVLPG_LOCAL, " invlpg_local", mmuext(MMUEXT_INVLPG_LOCAL, va, 0), 0);
	ROW(mmuext_op, MMUEXT_TLB_FLUSH_MULTI, " tlb_flush_multi",
	    mmuext(MMUEXT_TLB_FLUSH_MULTI, 0, (u64)&mask), 0);
	ROW(mmuext_op, MMUEXT_INVLPG_MULTI, " invlpg_multi",
	    mmuext(MMUEXT_INVLPG_MULTI, va, (u64)&mask), 0);
	ROW(mmuext_op, MMUEXT_TLB_FLUSH_ALL, " tlb_flush_all",
	    mmuext(MMUEXT_TLB_FLUSH_ALL, 0, 0), 0);
	ROW(mmuext_op, MMUEXT_INVLPG_ALL, " invlpg_all", mmuext(MMUEXT_INVLPG_ALL, va, 0), 0);
	ROW(mmuext_op, MMUEXT_FLUSH_CACHE, " flush_cache",
	    mmuext(MMUEXT_FLUSH_CACHE, 0, 0), E(ACCES));
	ROW(mmuext_op, MMUEXT_SET_LDT, " set_ldt", mmuext(MMUEXT_SET_LDT, 0, 0), 0);
	ROW(mmuext_op, 14, " 14", mmuext(14, 0, 0), E(NOSYS));
	mfn = virt_to_mfn(page);
	page[5] = 5;
	ROW(mmuext_op, MMUEXT_COPY_PAGE, " copy_page",
	    mmuext(MMUEXT_COPY_PAGE, virt_to_mfn(copy), mfn), 0);
	is(copy[5], 5, "the page is copied");
	ROW(mmuext_op, MMUEXT_CLEAR_PAGE, " clear_page", mmuext(MMUEXT_CLEAR_PAGE, mfn, 0), 0);
	is(page[5], 0, "the page is clear");
	ROW(mmuext_op, MMUEXT_FLUSH_CACHE_GLOBAL, " flush_cache_global",
	    mmuext(MMUEXT_FLUSH_CACHE_GLOBAL, 0, 0), E(INVAL));
	ROW(mmuext_op, MMUEXT_MARK_SUPER, " mark_super",
	    mmuext(MMUEXT_MARK_SUPER, mfn, 0), E(OPNOTSUPP));
	ROW(mmuext_op, MMUEXT_UNMARK_SUPER, " unmark_super",
	    mmuext(MMUEXT_UNMARK_SUPER, mfn, 0), E(OPNOTSUPP));
}

/* Memory that comes and goes; what comes is left where it is. */
static void reservations(void)
{
	xen_pfn_t frame;
	struct xen_memory_reservation res = { .nr_extents = 1, .domid = DOMID_SELF };
	void *page = page_alloc();
	u64 pfn = ((u64)page - VIRT_BASE) >> 12;

	set_xen_guest_handle(res.extent_start, &frame);
	frame = virt_to_mfn(page);
	set_pte(page, 0, UVMF_INVLPG | UVMF_LOCAL);
	is(hypercall(memory_op, XENMEM_decrease_reservation, BAD_PTR), 0,
	   "decrease_reservation from nowhere: nothing done");
	ROW(memory_op, XENMEM_decrease_reservation, " decrease_reservation",
	    hypercall(memory_op, XENMEM_decrease_reservation, &res), 1);
	frame = pfn;
	ROW(memory_op, XENMEM_populate_physmap, " populate_physmap",
	    hypercall(memory_op, XENMEM_populate_physmap, &res), 1);
	is(M2P[frame], pfn, "M2P knows it");
	is(hypercall(memory_op, XENMEM_decrease_reservation, &res), 1, "given back");
	frame = 0;
	ROW(memory_op, XENMEM_increase_reservation, " increase_reservation",
	    hypercall(memory_op, XENMEM_increase_reservation, &res), 1);
	ok(frame, "a frame came");
}

static void memory_facts(void)
{
	static xen_pfn_t frames[600];
	struct xen_machphys_mfn_list list = { .max_extents = 1 };
	struct xen_machphys_mapping mapping;
	struct xen_memory_map map = { .nr_entries = 8 };
	static u8 e820[20 * 8];
	domid_t self = DOMID_SELF;

	set_xen_guest_handle(list.extent_start, frames);
	set_xen_guest_handle(map.buffer, e820);
	ROW(memory_op, XENMEM_maximum_ram_page, " maximum_ram_page",
	    hypercall(memory_op, XENMEM_maximum_ram_page, 0), SOME);
	ARG(memory_op, XENMEM_current_reservation, " current_reservation", &self, SOME);
	ARG(memory_op, XENMEM_maximum_reservation, " maximum_reservation", &self, SOME);
	ARG(memory_op, XENMEM_machphys_mfn_list, " machphys_mfn_list", &list, 0);
	ok(list.nr_extents == 1 && frames[0], "with a frame");
	ARG(memory_op, XENMEM_memory_map, " memory_map", &map, 0);
	ARG(memory_op, XENMEM_machphys_mapping, " machphys_mapping", &mapping, 0);
	is(mapping.v_start, (u64)M2P, "of the M2P");
	/* As Linux says it, for tools. */
	shared->arch.max_pfn = start_info->nr_pages;
	ARG(memory_op, XENMEM_maximum_gpfn, " maximum_gpfn", &self, (long)start_info->nr_pages - 1);
}

static void memory_refused(void)
{
	static xen_pfn_t in, out;
	void *page = page_alloc();
	struct xen_memory_exchange exchange = { };
	struct xen_add_to_physmap add = { .domid = DOMID_SELF, .space = XENMAPSPACE_shared_info };
	struct xen_remove_from_physmap remove = { .domid = DOMID_SELF };
	struct xen_foreign_memory_map set = { .domid = DOMID_SELF };
	xen_pod_target_t pod = { .domid = DOMID_SELF };
	struct xen_memory_reservation claim = { .domid = DOMID_SELF };
	struct xen_vnuma_topology_info vnuma = { .domid = DOMID_SELF };
	struct xen_mem_acquire_resource resource = { .domid = DOMID_SELF };
	struct xen_add_to_physmap_batch batch = { .domid = DOMID_SELF };

	ARG(memory_op, XENMEM_add_to_physmap, " add_to_physmap", &add, E(ACCES));
	ROW(memory_op, 8, " translate_gpfn_list", hypercall(memory_op, 8, zeros), E(NOSYS));
	ROW(memory_op, XENMEM_machine_memory_map, " machine_memory_map",
	    hypercall(memory_op, XENMEM_machine_memory_map, zeros), E(PERM));
	exchange.in.domid = DOMID_SELF;
	exchange.out.domid = DOMID_SELF;
	exchange.in.nr_extents = 1;
	exchange.out.nr_extents = 1;
	in = virt_to_mfn(page);
	out = ((u64)page - VIRT_BASE) >> 12;
	set_pte(page, 0, UVMF_INVLPG | UVMF_LOCAL);
	set_xen_guest_handle(exchange.in.extent_start, &in);
	set_xen_guest_handle(exchange.out.extent_start, &out);
	DIFFERS(memory_op, XENMEM_exchange, " exchange",
		hypercall(memory_op, XENMEM_exchange, &exchange), E(NOSYS), 0);
	DIFFERS(memory_op, XENMEM_set_memory_map, " set_memory_map",
		hypercall(memory_op, XENMEM_set_memory_map, &set), E(PERM), 0);
	ARG(memory_op, XENMEM_remove_from_physmap, " remove_from_physmap", &remove, E(ACCES));
	ARG(memory_op, XENMEM_set_pod_target, " set_pod_target", &pod, E(INVAL));
	ARG(memory_op, XENMEM_get_pod_target, " get_pod_target", &pod, E(INVAL));
	ROW(memory_op, XENMEM_get_sharing_freed_pages, " get_sharing_freed_pages",
	    hypercall(memory_op, XENMEM_get_sharing_freed_pages, 0), 0);
	ROW(memory_op, XENMEM_get_sharing_shared_pages, " get_sharing_shared_pages",
	    hypercall(memory_op, XENMEM_get_sharing_shared_pages, 0), 0);
	ROW(memory_op, XENMEM_paging_op, " paging_op",
	    hypercall(memory_op, XENMEM_paging_op, zeros), E(NOSYS));
	ROW(memory_op, XENMEM_access_op, " access_op",
	    hypercall(memory_op, XENMEM_access_op, zeros), E(INVAL));
	ROW(memory_op, XENMEM_sharing_op, " sharing_op",
	    hypercall(memory_op, XENMEM_sharing_op, zeros), E(NOSYS));
	ARG(memory_op, XENMEM_add_to_physmap_batch, " add_to_physmap_batch", &batch, E(ACCES));
	ARG(memory_op, XENMEM_claim_pages, " claim_pages", &claim, E(INVAL));
	ROW(memory_op, XENMEM_machphys_compat_mfn_list, " machphys_compat_mfn_list",
	    hypercall(memory_op, XENMEM_machphys_compat_mfn_list, zeros), E(OPNOTSUPP));
	ARG(memory_op, XENMEM_get_vnumainfo, " get_vnumainfo", &vnuma, E(OPNOTSUPP));
	ARG(memory_op, XENMEM_reserved_device_memory_map, " reserved_device_memory_map",
	    zeros, 0);
	ARG(memory_op, XENMEM_acquire_resource, " acquire_resource", &resource, E(SRCH));
}

static void multicalls(void)
{
	static struct multicall_entry m = { .op = __HYPERVISOR_xen_version };

	m.args[0] = XENVER_pagesize;
	is(hypercall(multicall, BAD_PTR, 1), E(FAULT), "multicall from nowhere: -EFAULT");
	ROW(multicall, NONE, "", hypercall(multicall, &m, 1), 0);
	is(m.result, 4096, "its result");
}

static void versions(void)
{
	static char text[1024];
	xen_feature_info_t features = { };

	ROW(xen_version, XENVER_version, " version",
	    hypercall(xen_version, XENVER_version, 0), SOME);
	ARG(xen_version, XENVER_extraversion, " extraversion", text, 0);
	ARG(xen_version, XENVER_compile_info, " compile_info", text, 0);
	ARG(xen_version, XENVER_capabilities, " capabilities", text, 0);
	is(strncmp(text, "xen-3.0-x86_64", 14), 0, "with xen-3.0-x86_64");
	ARG(xen_version, XENVER_changeset, " changeset", text, 0);
	ARG(xen_version, XENVER_platform_parameters, " platform_parameters", text, 0);
	ARG(xen_version, XENVER_get_features, " get_features", &features, 0);
	ROW(xen_version, XENVER_pagesize, " pagesize",
	    hypercall(xen_version, XENVER_pagesize, 0), 4096);
	ARG(xen_version, XENVER_guest_handle, " guest_handle", text, 0);
	ARG(xen_version, XENVER_commandline, " commandline", text, 0);
	ROW(xen_version, XENVER_build_id, " build_id",
	    hypercall(xen_version, XENVER_build_id, 0), E(PERM));
}

static void console(void)
{
	static const char text[] = "conform\n";
	char c;

	DIFFERS(console_io, CONSOLEIO_write, " write",
		hypercall(console_io, CONSOLEIO_write, sizeof(text) - 1, text), 0, E(PERM));
	DIFFERS(console_io, CONSOLEIO_read, " read",
		hypercall(console_io, CONSOLEIO_read, 1, &c), 0, E(PERM));
}

static void grant(int cmd, const char *name, void *arg, long ours, long xen)
{
	row(__HYPERVISOR_grant_table_op, cmd, name, hypercall(grant_table_op, cmd, arg, 1), ours,
	    xen);
}

static void grants(void)
{
	static xen_pfn_t frames[32];
	struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = 1 };
	struct gnttab_query_size size = { .dom = DOMID_SELF };
	struct gnttab_get_version version = { .dom = DOMID_SELF };
	struct gnttab_set_version set = { .version = 1 };
	struct gnttab_dump_table dump = { .dom = DOMID_SELF };
	struct gnttab_get_status_frames status = { .dom = DOMID_SELF };
	struct gnttab_swap_grant_ref swap = { .ref_a = 20, .ref_b = 21 };

#define GRANT(cmd, name, arg, ours, xen) grant(cmd, "grant_table_op" name, arg, ours, xen)
	GRANT(GNTTABOP_map_grant_ref, " map_grant_ref", zeros, E(NOSYS), 0);
	GRANT(GNTTABOP_unmap_grant_ref, " unmap_grant_ref", zeros, E(NOSYS), 0);
	set_xen_guest_handle(setup.frame_list, frames);
	ARG(grant_table_op, GNTTABOP_setup_table, " setup_table", &setup, 0);
	is(setup.status, GNTST_okay, "okay");
	ok(frames[0], "with a frame");
	GRANT(GNTTABOP_dump_table, " dump_table", &dump, E(NOSYS), E(NOSYS));
	GRANT(GNTTABOP_transfer, " transfer", zeros, E(NOSYS), 0);
	GRANT(GNTTABOP_copy, " copy", zeros, E(NOSYS), 0);
	ARG(grant_table_op, GNTTABOP_query_size, " query_size", &size, 0);
	is(size.status, GNTST_okay, "okay");
	GRANT(GNTTABOP_unmap_and_replace, " unmap_and_replace", zeros, E(NOSYS), 0);
	ARG(grant_table_op, GNTTABOP_set_version, " set_version", &set, 0);
	GRANT(GNTTABOP_get_status_frames, " get_status_frames", &status, E(NOSYS), 0);
	ARG(grant_table_op, GNTTABOP_get_version, " get_version", &version, 0);
	is(version.version, 1, "version 1");
	GRANT(GNTTABOP_swap_grant_ref, " swap_grant_ref", &swap, E(NOSYS), 0);
	GRANT(GNTTABOP_cache_flush, " cache_flush", zeros, E(NOSYS), 0);
}

static void assists(void)
{
	static const struct {
		int type;
		const char *name;
	} known[] = {
		{ VMASST_TYPE_4gb_segments, "vm_assist 4gb_segments" },
		{ VMASST_TYPE_4gb_segments_notify, "vm_assist 4gb_segments_notify" },
		{ VMASST_TYPE_writable_pagetables, "vm_assist writable_pagetables" },
		{ VMASST_TYPE_pae_extended_cr3, "vm_assist pae_extended_cr3" },
		{ VMASST_TYPE_architectural_iopl, "vm_assist architectural_iopl" },
		{ VMASST_TYPE_runstate_update_flag, "vm_assist runstate_update_flag" },
		{ VMASST_TYPE_m2p_strict, "vm_assist m2p_strict" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		row(__HYPERVISOR_vm_assist, known[i].type, known[i].name,
		    hypercall(vm_assist, VMASST_CMD_enable, known[i].type), 0, 0);
		is(hypercall(vm_assist, VMASST_CMD_disable, known[i].type), 0, "and off");
	}
}

static void nothing(unsigned int cpu)
{
}

static void vcpu_row(int cmd, const char *name, unsigned int id, void *arg, long want)
{
	same(__HYPERVISOR_vcpu_op, cmd, name, hypercall(vcpu_op, cmd, id, arg), want);
}

static void vcpus(void)
{
	static struct vcpu_runstate_info runstate;
	static struct vcpu_time_info time;
	static struct vcpu_info info __attribute__((aligned(64)));
	struct vcpu_register_runstate_memory_area area = { };
	struct vcpu_register_time_memory_area tarea = { };
	struct vcpu_register_vcpu_info reg = { };
	struct vcpu_set_periodic_timer periodic = { .period_ns = 1000000000 };
	struct vcpu_set_singleshot_timer shot = { };

#define VCPU(cmd, name, id, arg, want) vcpu_row(cmd, "vcpu_op" name, id, arg, want)
	reg.mfn = virt_to_mfn(&info);
	reg.offset = (u64)&info & ~PAGE_MASK;
	VCPU(VCPUOP_initialise, " initialise", 1, cpu_context(1), 0);
	VCPU(VCPUOP_register_vcpu_info, " register_vcpu_info", 1, &reg, 0);
	cpus[1].info = &info;
	VCPU(VCPUOP_is_up, " is_up", 0, 0, 1);
	VCPU(VCPUOP_up, " up", 1, 0, 0);
	cpu_run(1, nothing);
	ok(cpu_wait(1), "it runs");
	VCPU(VCPUOP_send_nmi, " send_nmi", 1, 0, 0);
	ok(eventually(cpus[1].nmis == 1), "it has an NMI");
	VCPU(VCPUOP_down, " down", 1, 0, 0);
	is(hypercall(vcpu_op, VCPUOP_is_up, 1, 0), 0, "it is down");
	VCPU(VCPUOP_get_runstate_info, " get_runstate_info", 0, &runstate, 0);
	is(runstate.state, RUNSTATE_running, "running");
	set_xen_guest_handle(area.addr.h, &runstate);
	VCPU(VCPUOP_register_runstate_memory_area, " register_runstate_memory_area", 0, &area, 0);
	VCPU(VCPUOP_set_periodic_timer, " set_periodic_timer", 0, &periodic, 0);
	VCPU(VCPUOP_stop_periodic_timer, " stop_periodic_timer", 0, 0, 0);
	shot.timeout_abs_ns = now() + 1000000000;
	VCPU(VCPUOP_set_singleshot_timer, " set_singleshot_timer", 0, &shot, 0);
	VCPU(VCPUOP_stop_singleshot_timer, " stop_singleshot_timer", 0, 0, 0);
	VCPU(VCPUOP_get_physid, " get_physid", 0, zeros, E(INVAL));
	set_xen_guest_handle(tarea.addr.h, &time);
	VCPU(VCPUOP_register_vcpu_time_memory_area, " register_vcpu_time_memory_area", 0, &tarea,
	     0);
	ok(time.tsc_to_system_mul, "with the time");
	ROW(set_timer_op, NONE, "", hypercall(set_timer_op, now() + 1000000000), 0);
	hypercall(set_timer_op, 0);
}

static void callbacks(void)
{
	struct callback_register reg = {
		.type = CALLBACKTYPE_syscall, .address = trap_stub(V_SYSCALL),
	};
	struct callback_unregister unreg = { .type = CALLBACKTYPE_nmi };
	struct xennmi_callback nmi = { .handler_address = trap_stub(V_NMI) };

	ARG(nmi_op, XENNMI_register_callback, " register_callback", &nmi, 0);
	ROW(nmi_op, XENNMI_unregister_callback, " unregister_callback",
	    hypercall(nmi_op, XENNMI_unregister_callback, 0), 0);
	ARG(callback_op, CALLBACKOP_register, " register", &reg, 0);
	ARG(callback_op, CALLBACKOP_unregister, " unregister", &unreg, 0);
	unreg.type = CALLBACKTYPE_sysenter;
	is(hypercall(callback_op, CALLBACKOP_unregister, &unreg), E(INVAL),
	   "but only that of NMIs: -EINVAL");
}

/* An event is pending: blocking is over at once, and events are unmasked. */
static long block(bool compat, int port)
{
	long ret;

	mask_events();
	unmask_port_quietly(port);
	evtchn_send(port);
	ret = compat ? hypercall(sched_op_compat, SCHEDOP_block, 0) :
	      hypercall(sched_op, SCHEDOP_block, 0);
	mask_events();
	mask_port(port);
	return ret;
}

static void scheduling(void)
{
	int port = bind_ipi(0);
	evtchn_port_t ports[1] = { port };
	struct sched_poll poll = { .nr_ports = 1, .timeout = now() + 1000000 };
	struct sched_remote_shutdown remote = { .domain_id = 0 };
	/* Which the end is called, see conform.list. */
	struct sched_shutdown code = { .reason = SHUTDOWN_reboot };
	struct sched_watchdog dog = { .timeout = 100 };

	ROW(sched_op, SCHEDOP_yield, " yield", hypercall(sched_op, SCHEDOP_yield, 0), 0);
	ROW(sched_op, SCHEDOP_block, " block", block(false, port), 0);
	ROW(sched_op_compat, SCHEDOP_yield, " yield",
	    hypercall(sched_op_compat, SCHEDOP_yield, 0), 0);
	ROW(sched_op_compat, SCHEDOP_block, " block", block(true, port), 0);
	is(port_count[port], 2, "the event came each time");
	ROW(sched_op_compat, SCHEDOP_poll, " poll",
	    hypercall(sched_op_compat, SCHEDOP_poll, 0), E(NOSYS));
	set_xen_guest_handle(poll.ports, ports);
	ARG(sched_op, SCHEDOP_poll, " poll", &poll, 0);
	ARG(sched_op, SCHEDOP_remote_shutdown, " remote_shutdown", &remote, E(PERM));
	ARG(sched_op, SCHEDOP_shutdown_code, " shutdown_code", &code, 0);
	ARG(sched_op, SCHEDOP_watchdog, " watchdog", &dog, 1);
	dog.id = 1;
	dog.timeout = 0;
	hypercall(sched_op, SCHEDOP_watchdog, &dog);
	ROW(sched_op, SCHEDOP_pin_override, " pin_override",
	    hypercall(sched_op, SCHEDOP_pin_override, zeros), E(PERM));
	evtchn_close(port);
}

static void event_channels(void)
{
	struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
	struct evtchn_bind_interdomain bind = { .remote_dom = DOMID_SELF };
	struct evtchn_bind_virq virq = { .virq = VIRQ_DEBUG };
	struct evtchn_bind_pirq pirq = { };
	struct evtchn_bind_ipi ipi = { };
	struct evtchn_bind_vcpu vcpu0 = { };
	struct evtchn_status status = { .dom = DOMID_SELF };
	struct evtchn_send send = { };
	struct evtchn_unmask unmask = { };
	struct evtchn_close close = { };
	struct evtchn_reset reset = { .dom = OTHER };
	struct evtchn_init_control control = { .offset = PAGE_SIZE };
	struct evtchn_expand_array array = { };
	struct evtchn_set_priority priority = { };

#define EVTCHN(cmd, name, arg, want) ARG(event_channel_op, EVTCHNOP_##cmd, name, arg, want)
	EVTCHN(alloc_unbound, " alloc_unbound", &alloc, 0);
	bind.remote_port = alloc.port;
	EVTCHN(bind_interdomain, " bind_interdomain", &bind, 0);
	EVTCHN(bind_virq, " bind_virq", &virq, 0);
	EVTCHN(bind_pirq, " bind_pirq", &pirq, E(PERM));
	EVTCHN(bind_ipi, " bind_ipi", &ipi, 0);
	send.port = ipi.port;
	EVTCHN(send, " send", &send, 0);
	ok(port_pending(ipi.port), "it is pending");
	clear_pending(ipi.port);
	status.port = ipi.port;
	EVTCHN(status, " status", &status, 0);
	is(status.status, EVTCHNSTAT_ipi, "an IPI's");
	vcpu0.port = bind.local_port;
	EVTCHN(bind_vcpu, " bind_vcpu", &vcpu0, 0);
	unmask.port = ipi.port;
	EVTCHN(unmask, " unmask", &unmask, 0);
	ok(!port_masked(ipi.port), "it is not masked");
	mask_port(ipi.port);
	close.port = ipi.port;
	EVTCHN(close, " close", &close, 0);
	evtchn_close(bind.local_port);
	evtchn_close(alloc.port);
	evtchn_close(virq.port);
	EVTCHN(reset, " reset", &reset, E(SRCH));
	/* With the right arguments there would be no way back. */
	DIFFERS(event_channel_op, EVTCHNOP_init_control, " init_control",
		evtchn_op(EVTCHNOP_init_control, &control), E(NOSYS), E(INVAL));
	DIFFERS(event_channel_op, EVTCHNOP_expand_array, " expand_array",
		evtchn_op(EVTCHNOP_expand_array, &array), E(NOSYS), E(OPNOTSUPP));
	ROW(event_channel_op, EVTCHNOP_set_priority, " set_priority",
	    evtchn_op(EVTCHNOP_set_priority, &priority), E(NOSYS));
}

static void evtchn_compat(struct evtchn_op *op, int cmd, const char *name, long want)
{
	op->cmd = cmd;
	same(__HYPERVISOR_event_channel_op_compat, cmd, name,
	     hypercall(event_channel_op_compat, op), want);
}

/* The ABI of before Xen 3.0.3: number and arguments in one structure. */
static void event_channels_compat(void)
{
	struct evtchn_op op = { .cmd = EVTCHNOP_bind_ipi };
	unsigned int port, local;

#define COMPAT(name, CMD, want) \
	evtchn_compat(&op, EVTCHNOP_##CMD, "event_channel_op_compat" name, want)
	is(hypercall(event_channel_op_compat, BAD_PTR), E(FAULT),
	   "event_channel_op_compat from nowhere: -EFAULT");
	op.u.alloc_unbound.dom = DOMID_SELF;
	op.u.alloc_unbound.remote_dom = DOMID_SELF;
	COMPAT(" alloc_unbound", alloc_unbound, 0);
	port = op.u.alloc_unbound.port;
	op.u.bind_interdomain.remote_dom = DOMID_SELF;
	op.u.bind_interdomain.remote_port = port;
	COMPAT(" bind_interdomain", bind_interdomain, 0);
	local = op.u.bind_interdomain.local_port;
	op.u.bind_vcpu.port = local;
	op.u.bind_vcpu.vcpu = 0;
	COMPAT(" bind_vcpu", bind_vcpu, 0);
	evtchn_close(local);
	evtchn_close(port);
	op.u.bind_virq.virq = VIRQ_DEBUG;
	op.u.bind_virq.vcpu = 0;
	COMPAT(" bind_virq", bind_virq, 0);
	port = op.u.bind_virq.port;
	memset(&op, 0, sizeof(op));
	COMPAT(" bind_pirq", bind_pirq, E(PERM));
	evtchn_close(port);
	op.u.bind_ipi.vcpu = 0;
	COMPAT(" bind_ipi", bind_ipi, 0);
	port = op.u.bind_ipi.port;
	op.u.send.port = port;
	COMPAT(" send", send, 0);
	ok(port_pending(port), "it is pending");
	clear_pending(port);
	op.u.unmask.port = port;
	COMPAT(" unmask", unmask, 0);
	mask_port(port);
	op.u.status.dom = DOMID_SELF;
	op.u.status.port = port;
	COMPAT(" status", status, 0);
	is(op.u.status.status, EVTCHNSTAT_ipi, "an IPI's");
	op.u.close.port = port;
	COMPAT(" close", close, 0);
	COMPAT(" reset", reset, E(NOSYS));
}

static void physical(void)
{
	struct physdev_irq_status_query query = { .irq = 1000 };
	struct physdev_eoi eoi = { .irq = 1000 };
	struct physdev_set_iopl iopl = { .iopl = 1 };
	struct physdev_set_iobitmap bitmap = { };
	struct physdev_map_pirq map = {
		.domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .pirq = -1,
	};
	struct physdev_unmap_pirq unmap = { .domid = DOMID_SELF };
	struct physdev_setup_gsi gsi = { };
	struct physdev_pirq_eoi_gmfn gmfn = { .gmfn = virt_to_mfn(page_alloc()) };

#define PHYS(cmd, name, arg, want) ARG(physdev_op, cmd, name, arg, want)
	ROW(physdev_op, IRQ_UNMASK_NOTIFY, " irq_unmask_notify",
	    hypercall(physdev_op, IRQ_UNMASK_NOTIFY, 0), 0);
	PHYS(PHYSDEVOP_irq_status_query, " irq_status_query", &query, E(INVAL));
	PHYS(PHYSDEVOP_set_iopl, " set_iopl", &iopl, 0);
	PHYS(PHYSDEVOP_set_iobitmap, " set_iobitmap", &bitmap, 0);
	PHYS(PHYSDEVOP_apic_read, " apic_read", zeros, E(PERM));
	PHYS(PHYSDEVOP_apic_write, " apic_write", zeros, E(PERM));
	PHYS(PHYSDEVOP_alloc_irq_vector, " alloc_irq_vector", zeros, E(PERM));
	ROW(physdev_op, PHYSDEVOP_free_irq_vector, " free_irq_vector",
	    hypercall(physdev_op, PHYSDEVOP_free_irq_vector, zeros), E(NOSYS));
	PHYS(PHYSDEVOP_eoi, " eoi", &eoi, E(INVAL));
	PHYS(PHYSDEVOP_map_pirq, " map_pirq", &map, E(PERM));
	PHYS(PHYSDEVOP_unmap_pirq, " unmap_pirq", &unmap, E(PERM));
	PHYS(PHYSDEVOP_manage_pci_add, " manage_pci_add", zeros, E(PERM));
	PHYS(PHYSDEVOP_manage_pci_remove, " manage_pci_remove", zeros, E(PERM));
	DIFFERS(physdev_op, PHYSDEVOP_pirq_eoi_gmfn_v1, " pirq_eoi_gmfn_v1",
		hypercall(physdev_op, PHYSDEVOP_pirq_eoi_gmfn_v1, &gmfn), E(INVAL), 0);
	PHYS(PHYSDEVOP_restore_msi, " restore_msi", zeros, E(PERM));
	PHYS(PHYSDEVOP_manage_pci_add_ext, " manage_pci_add_ext", zeros, E(PERM));
	PHYS(PHYSDEVOP_setup_gsi, " setup_gsi", &gsi, E(PERM));
	ROW(physdev_op, 22, " get_nr_pirqs", hypercall(physdev_op, 22, zeros), E(NOSYS));
	DIFFERS(physdev_op, PHYSDEVOP_get_free_pirq, " get_free_pirq",
		hypercall(physdev_op, PHYSDEVOP_get_free_pirq, zeros), E(NOSYS), 0);
	ROW(physdev_op, PHYSDEVOP_pci_mmcfg_reserved, " pci_mmcfg_reserved",
	    hypercall(physdev_op, PHYSDEVOP_pci_mmcfg_reserved, zeros), E(PERM));
	PHYS(PHYSDEVOP_pci_device_add, " pci_device_add", zeros, E(PERM));
	PHYS(PHYSDEVOP_pci_device_remove, " pci_device_remove", zeros, E(PERM));
	PHYS(PHYSDEVOP_restore_msi_ext, " restore_msi_ext", zeros, E(PERM));
	DIFFERS(physdev_op, PHYSDEVOP_pirq_eoi_gmfn_v2, " pirq_eoi_gmfn_v2",
		hypercall(physdev_op, PHYSDEVOP_pirq_eoi_gmfn_v2, &gmfn), E(INVAL), E(BUSY));
	ROW(physdev_op, PHYSDEVOP_dbgp_op, " dbgp_op",
	    hypercall(physdev_op, PHYSDEVOP_dbgp_op, zeros), E(PERM));
	PHYS(PHYSDEVOP_prepare_msix, " prepare_msix", zeros, E(PERM));
	PHYS(PHYSDEVOP_release_msix, " release_msix", zeros, E(PERM));
}

static void physdev_compat(struct physdev_op *op, int cmd, const char *name, long want)
{
	op->cmd = cmd;
	same(__HYPERVISOR_physdev_op_compat, cmd, name, hypercall(physdev_op_compat, op), want);
}

static void physical_compat(void)
{
	struct physdev_op op = { };

#define PCOMPAT(name, cmd, want) \
	physdev_compat(&op, cmd, "physdev_op_compat" name, want)
	is(hypercall(physdev_op_compat, BAD_PTR), E(FAULT),
	   "physdev_op_compat from nowhere: -EFAULT");
	PCOMPAT(" irq_unmask_notify", IRQ_UNMASK_NOTIFY, 0);
	op.u.irq_status_query.irq = 1000;
	PCOMPAT(" irq_status_query", PHYSDEVOP_irq_status_query, E(INVAL));
	op.u.set_iopl.iopl = 1;
	PCOMPAT(" set_iopl", PHYSDEVOP_set_iopl, 0);
	memset(&op, 0, sizeof(op));
	PCOMPAT(" set_iobitmap", PHYSDEVOP_set_iobitmap, 0);
	PCOMPAT(" apic_read", PHYSDEVOP_apic_read, E(PERM));
	PCOMPAT(" apic_write", PHYSDEVOP_apic_write, E(PERM));
	PCOMPAT(" alloc_irq_vector", PHYSDEVOP_alloc_irq_vector, E(PERM));
}

/* Of the control domain, of HVM domains, and what Xen is built without. */
static void not_for_guests(void)
{
	struct xen_platform_op platform = {
		.cmd = XENPF_getidletime, .interface_version = XENPF_INTERFACE_VERSION,
	};
	struct xen_sysctl sysctl = {
		.cmd = XEN_SYSCTL_physinfo, .interface_version = XEN_SYSCTL_INTERFACE_VERSION,
	};
	static struct xen_domctl domctl = {
		.cmd = XEN_DOMCTL_getdomaininfo, .interface_version = XEN_DOMCTL_INTERFACE_VERSION,
	};

	struct {
		void *at;
		u64 size;
	} buf = { zeros, 64 };

	is(hypercall(platform_op, BAD_PTR), E(FAULT), "platform_op from nowhere: -EFAULT");
	ROW(platform_op, NONE, "", hypercall(platform_op, &platform), E(PERM));
	is(hypercall(sysctl, BAD_PTR), E(FAULT), "sysctl from nowhere: -EFAULT");
	ROW(sysctl, NONE, "", hypercall(sysctl, &sysctl), E(PERM));
	is(hypercall(domctl, BAD_PTR), E(FAULT), "domctl from nowhere: -EFAULT");
	ROW(domctl, NONE, "", hypercall(domctl, &domctl), E(PERM));
	sysctl.interface_version++;
	is(hypercall(sysctl, &sysctl), E(ACCES), "sysctl of another version: -EACCES");
	domctl.interface_version++;
	is(hypercall(domctl, &domctl), E(ACCES), "domctl of another version: -EACCES");
	platform.interface_version++;
	is(hypercall(platform_op, &platform), E(ACCES), "platform_op of another version: -EACCES");
	ROW(xsm_op, NONE, "", hypercall(xsm_op, 0, zeros, 1), E(NOSYS));
	ROW(xenoprof_op, 0, " init", hypercall(xenoprof_op, 0, zeros), E(NODEV));
	ROW(xenoprof_op, 1, " reset_active_list", hypercall(xenoprof_op, 1, zeros), E(PERM));
	ARG(hvm_op, 0, " set_param", zeros, E(INVAL));
	ARG(hvm_op, 1, " get_param", zeros, E(INVAL));
	ROW(hvm_op, 5, " flush_tlbs", hypercall(hvm_op, 5, 0), E(INVAL));
	DIFFERS(hvm_op, 10, " get_time", hypercall(hvm_op, 10, zeros), E(NOSYS), 0);
	ROW(kexec_op, NONE, "", hypercall(kexec_op, 0, zeros, 1), E(PERM));
	ROW(tmem_op, NONE, "", hypercall(tmem_op, zeros), E(NOSYS));
	row(39, NONE, "argo_op", hypercall5(39, 0, 0, 0, 0, 0), E(NOSYS), E(NOSYS));
	row(40, NONE, "xenpmu_op", hypercall5(40, 0, (u64)zeros, 0, 0, 0), E(OPNOTSUPP),
	    E(OPNOTSUPP));
	row(41, NONE, "dm_op", hypercall5(41, 0, 1, (u64)&buf, 0, 0), E(INVAL), E(INVAL));
	row(42, NONE, "hypfs_op", hypercall5(42, 0, 0, 0, 0, 0), E(PERM), E(PERM));
	row(48, NONE, "mca", hypercall5(48, (u64)zeros, 0, 0, 0, 0), E(PERM), E(PERM));
	row(49, NONE, "paging_domctl_cont", hypercall5(49, (u64)zeros, 0, 0, 0, 0), E(OPNOTSUPP),
	    E(OPNOTSUPP));
}

static void unused(void)
{
	static const u8 none[] = {
		11, 43, 44, 45, 46, 47, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(none); i++)
		is(hypercall5(none[i], 0, 0, 0, 0, 0), E(NOSYS), "%u: -ENOSYS", none[i]);
}

/* Shown by what follows: the handler ran in user mode, and the domain ends. */
static void ends(void)
{
	USER(back, "syscall");
	struct regs regs = user_regs();

	is(run_user(back, &regs), V_SYSCALL, "user mode and back");
	ok(seen.user, "row %u iret: -", __HYPERVISOR_iret);
	is(hypercall(sched_op, SCHEDOP_shutdown, BAD_PTR), E(FAULT),
	   "shutdown from nowhere: -EFAULT");
	ok(true, "row %u.%u sched_op shutdown: -", __HYPERVISOR_sched_op, SCHEDOP_shutdown);
	ok(true, "row %u.%u sched_op_compat shutdown: -", __HYPERVISOR_sched_op_compat,
	   SCHEDOP_shutdown);
	plan();
	hypercall(sched_op_compat, SCHEDOP_shutdown, SHUTDOWN_poweroff);
}

int main(void)
{
	traps_and_stacks();
	descriptors();
	page_tables();
	mmuext_tables();
	mmuext_rest();
	reservations();
	memory_facts();
	memory_refused();
	multicalls();
	versions();
	console();
	grants();
	assists();
	vcpus();
	callbacks();
	scheduling();
	event_channels();
	event_channels_compat();
	physical();
	physical_compat();
	not_for_guests();
	unused();
	ends();
	return 0;
}
