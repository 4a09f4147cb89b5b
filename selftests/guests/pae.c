// SPDX-License-Identifier: GPL-2.0
/*
 * pae.c - what a 32-bit guest may expect
 */
#include "lib32/guest.h"

static u8 page[PAGE_SIZE] __attribute__((aligned(4096)));
static u8 other[PAGE_SIZE] __attribute__((aligned(4096)));

#define FREE_VA 0xd0000000U

static u64 *l2_of_free(void)
{
	return l2e_of((void *)FREE_VA);
}

static u32 selector(u32 sel)
{
	asm volatile("mov %0, %%fs" : : "r" (sel));
	asm volatile("mov %%fs, %0" : "=r" (sel));
	return sel;
}

static void boot_state(void)
{
	is(boot_regs.cs & 0xffff, FLAT_KERNEL_CS, "cs at start");
	is(boot_regs.ss & 0xffff, FLAT_KERNEL_SS, "ss at start");
	is(boot_regs.ds & 0xffff, FLAT_KERNEL_DS, "ds at start");
	is(boot_regs.es & 0xffff, FLAT_KERNEL_DS, "es at start");
	is(boot_regs.eflags & FLAG_IF, FLAG_IF, "IF at start");
	is(boot_regs.eflags & FLAG_IOPL, 0, "no I/O privilege at start");
	is(boot_mask, 1, "events are masked at start");
	ok(!strncmp(start_info->magic, "xen-3.0-x86_32p", 16), "magic");
	is(boot_regs.esi, (u32)start_info, "esi is start_info");
	ok(start_info->nr_pages == 8192, "32 MiB");
	is(selector(FLAT_USER_DS), FLAT_USER_DS, "the segments of processes");
	traps(selector(0xe010), V_GP, "ring 0's data is not for us");
	selector(0);
}

static void calls(void)
{
	struct xen_feature_info fi = { .submap_idx = 0 };
	xen_platform_parameters_t platform;
	struct multicall_entry mc[3];
	char caps[1024];
	u32 ret = __HYPERVISOR_xen_version, mask;

	asm volatile("call *%1"
		     : "+a" (ret)
		     : "r" (hypercall_page + __HYPERVISOR_xen_version * 32),
		       "b" (XENVER_version), "c" (0) : "memory");
	is(ret >> 16, 4, "a call through the hypercall page");
	is(hypercall(xen_version, XENVER_pagesize, 0), 4096, "page size");
	is(hypercall(xen_version, XENVER_platform_parameters, &platform), 0,
	   "platform parameters");
	is(platform.virt_start, HYPERVISOR_VIRT_START_PAE, "where Xen begins");
	is(hypercall(xen_version, XENVER_get_features, &fi), 0, "features");
	ok(fi.submap & 1 << XENFEAT_pae_pgdir_above_4gb, "extended CR3");
	is(hypercall(xen_version, XENVER_capabilities, caps), 0, "capabilities");
	is(hypercall6(63, 0, 0, 0, 0, 0), -XEN_ENOSYS, "no such hypercall");
	is(hypercall6(0x10000, 0, 0, 0, 0, 0), -XEN_ENOSYS, "nor such");
	is(hypercall(set_segment_base, 0, 0), -XEN_ENOSYS, "no segment bases");
	is(hypercall(domctl, 0), -XEN_EFAULT, "no domctl");
	is(hypercall(xen_version, XENVER_get_features, 0xf5800000U), -XEN_EFAULT,
	   "no structure among Xen's addresses");
	is(hypercall(xen_version, XENVER_get_features, 0xf57ffffcU), -XEN_EFAULT,
	   "nor one that reaches into them");
	is(hypercall(xen_version, XENVER_get_features, 0xfffffffcU), -XEN_EFAULT,
	   "nor at the end");

	memset(mc, 0, sizeof(mc));
	mc[0].op = __HYPERVISOR_xen_version;
	mc[0].args[0] = XENVER_pagesize;
	mc[1].op = __HYPERVISOR_multicall;
	mc[2].op = __HYPERVISOR_set_debugreg;
	mc[2].args[0] = 9;
	is(hypercall(multicall, mc, 3), 0, "multicall");
	is(mc[0].result, 4096, "its first result");
	is(mc[1].result, -XEN_EINVAL, "it does not nest");
	is(mc[2].result, -XEN_ENODEV, "its last result");
	is(hypercall(multicall, 0xf6000000U, 1), -XEN_EFAULT, "multicall of nothing");

	is(hypercall(set_debugreg, 0, page), 0, "set_debugreg");
	is(hypercall(get_debugreg, 0), (u32)page, "get_debugreg");
	is(hypercall(set_debugreg, 0, 0xf5800000U), -XEN_EPERM, "not in Xen");
	hypercall(set_debugreg, 0, 0);
	mask = vcpu->evtchn_upcall_mask;
	is(mask, 1, "events are masked still");
}

USER(user_in, "mov $1, %eax; int $0x80");
USER(user_call, "mov $17, %eax; int $0x82");
USER(user_priv, "cli");
USER(user_data, "call 1f; 1: pop %eax; movl $42, 256(%eax); mov 256(%eax), %ecx; int $0x80");
USER(user_m2p, "mov 0xf5800000, %eax");
USER(user_kernel, "mov 0xc0100000, %eax");
USER(user_gs, "mov $0x7, %eax; mov %ax, %gs; mov %gs:0, %eax; int $0x80");
USER(user_bp, "int3");

static void exceptions(void)
{
	u32 cr;

	traps(asm volatile("ud2"), V_UD, "ud2");
	is(seen.cs & 3, 1, "from ring 1");
	is(seen.cs >> 16 & 0xff, vcpu->evtchn_upcall_mask, "with the event mask");
	is(seen.eflags & FLAG_IF, 0, "shown as IF");
	traps(asm volatile("int3"), V_BP, "int3");
	traps(asm volatile("int $0x55"), V_GP, "int without a handler");
	is(seen.error, 0x55 << 3 | 2, "names its vector");
	traps(asm volatile("hlt"), V_GP, "hlt");
	is(seen.error, 0, "without a code");
	traps(*(volatile u32 *)0xd0000000 = 1, V_PF, "a page that is not there");
	is(seen.error, 2, "a write, not by a process");
	is(vcpu->arch.cr2, 0xd0000000, "in cr2");
	traps((void)*(volatile u32 *)0xfff00000, V_PF, "beyond the M2P");
	is(vcpu->arch.cr2, 0xfff00000, "in cr2");

	asm volatile("mov %%cr0, %0" : "=r" (cr));
	is(cr & 0x80000001, 0x80000001, "cr0 is emulated");
	asm volatile("mov %%cr3, %0" : "=r" (cr));
	is(xen_cr3_to_pfn(cr), virt_to_mfn((void *)start_info->pt_base),
	   "cr3 is the level-3 table");
	works(asm volatile("mov %0, %%cr3" : : "r" (cr) : "memory"), "cr3 is set");
	traps(asm volatile("rdmsr" : : "c" (0xc0000100) : "eax", "edx"), V_GP,
	      "no FS base");
	asm volatile("rdmsr" : "=a" (cr) : "c" (0xc0000080) : "edx");
	is(cr & 0x500, 0, "no long mode in EFER");
	asm volatile("clts");
}

static void processes(void)
{
	is(run_user(user_in), 0x80, "int 0x80 of a process");
	is(seen.cs & 0xffff, FLAT_USER_CS, "cs of a process");
	is(seen.ss, FLAT_USER_SS, "ss of a process");
	is(seen.esp, (u32)user_page + PAGE_SIZE, "esp of a process");
	is(seen.eax, 1, "its registers");
	is(run_user(user_bp), V_BP, "int3 of a process");
	is(run_user(user_call), V_GP, "no hypercalls for processes");
	is(seen.error, 0x82 << 3 | 2, "but a fault");
	is(run_user(user_priv), V_GP, "no cli either");
	is(run_user(user_data), 0x80, "its data");
	is(seen.ecx, 42, "can be written");
	is(run_user(user_m2p), V_PF, "the M2P is not for it");
	is(seen.error, 5, "by right, not for want");
	is(run_user(user_kernel), V_PF, "nor is the kernel");
	is(seen.error, 5, "by right");
}

static void selectors(void)
{
	/* With a stack below, for what comes while it is the stack. */
	static struct {
		u8 stack[4096];
		struct regs r;
	} s;
	struct regs r = {
		.eip = (u32)user_page, .cs = 0xe00b, .eflags = 2,
		.ss = FLAT_USER_SS, .esp = (u32)user_page + 64,
	};

	s.r = r;
	traps(go(&s.r), V_GP, "iret to ring 0's code, with RPL 3");
	is(seen.error, 0xe008, "names it");
	s.r = r;
	s.r.cs = 0xe009;
	traps(go(&s.r), V_GP, "and with RPL 1");
	s.r = r;
	s.r.cs = FLAT_USER_CS;
	s.r.ss = 0xe010;
	traps(go(&s.r), V_GP, "iret to ring 0's stack");
	s.r = r;
	s.r.cs = FLAT_USER_CS;
	s.r.eflags = 2 | 1 << 17;
	traps(go(&s.r), V_GP, "iret to virtual 8086 mode");
}

static void tables(void)
{
	u32 mfn = virt_to_mfn(page), l3 = virt_to_mfn((void *)start_info->pt_base);
	u64 *root = (u64 *)start_info->pt_base, *l2 = mfn_to_virt(PTE_MFN(root[3]));
	u64 *l1 = (u64 *)page;
	static u8 new_l3[PAGE_SIZE] __attribute__((aligned(4096)));
	u32 done;
	struct mmu_update req;

	is(M2P[mfn], ((u32)page - VIRT_BASE) >> 12, "the M2P");
	traps(*(volatile u32 *)M2P = 0, V_PF, "is read-only");
	is(set_pte(other, (u64)mfn << 12 | PTE_KERNEL), 0, "update_va_mapping");
	page[5] = 7;
	barrier();
	is(*(volatile u8 *)&other[5], 7, "maps the page");
	is(set_pte(other, maddr(page) | PTE_RO), 0, "read-only");
	traps(other[5] = 1, V_PF, "it cannot be written");
	is(set_pte(other, 0), 0, "not at all");
	traps((void)*(volatile u8 *)other, V_PF, "it cannot be read");
	is(set_pte((void *)0xf5800000, maddr(page) | PTE_KERNEL), -XEN_EINVAL,
	   "Xen's addresses are not mapped so");
	is(set_pte(other, maddr(other) | PTE_KERNEL), 0, "as it was");
	req.ptr = maddr(pte_of(other));
	req.val = (u64)mfn << 12 | PTE_KERNEL;
	done = 0;
	is(hypercall(mmu_update, &req, 1, &done, DOMID_SELF), 0, "mmu_update");
	is(done, 1, "one done");
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0);
	is(*(volatile u8 *)&other[5], 7, "maps the page");
	is(mmu_update1(maddr(&l2[428]), 0), -XEN_EINVAL, "Xen's entries stay");
	is(mmu_update1(maddr(&root[3]), 0), -XEN_EINVAL, "and what leads to them");
	is(mmu_update1((u64)0xffffff << 12, 0), -XEN_EINVAL, "no frame of ours");
	is(PTE_MFN(*pte_of(page)), mfn, "our view of it");

	/* A level-1 table of our own. */
	is(set_pte(other, (u64)virt_to_mfn(other) << 12 | PTE_KERNEL), 0, "back");
	memset(page, 0, PAGE_SIZE);
	l1[3] = maddr(other) | PTE_KERNEL;
	is(mmuext(MMUEXT_PIN_L1_TABLE, mfn, 0), 0, "pinned as level 1");
	is(set_pte(page, (u64)mfn << 12 | PTE_RO), 0, "now read-only");
	is(mmu_update1(maddr(l2_of_free()), (u64)mfn << 12 | PTE_USER), 0, "in level 2");
	other[9] = 3;
	is(((u8 *)FREE_VA)[0x3009], 3, "maps what it says");
	is(TRAP(l1[4] = maddr(other) | PTE_KERNEL), -1, "written directly");
	is(((u8 *)FREE_VA)[0x4009], 3, "heard");
	is(mmu_update1(maddr(l2_of_free()), 0), 0, "out of level 2");
	is(mmuext(MMUEXT_UNPIN_TABLE, mfn, 0), 0, "unpinned");
	is(mmuext(MMUEXT_UNPIN_TABLE, mfn, 0), -XEN_EINVAL, "once");
	is(set_pte(page, (u64)mfn << 12 | PTE_KERNEL), 0, "writable again");

	/* Another root, with garbage behind its four entries. */
	memset(new_l3, 0xff, PAGE_SIZE);
	memcpy(new_l3, root, 32);
	is(mmuext(MMUEXT_PIN_L4_TABLE, virt_to_mfn(new_l3), 0), -XEN_EINVAL, "no level 4");
	is(mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(new_l3), 0), 0, "another level 3");
	is(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(new_l3), 0), 0, "in use");
	is(*(volatile u8 *)&other[9], 3, "shows the same");
	traps((void)*(volatile u32 *)0xfff00000, V_PF, "and no more");
	is(mmuext(MMUEXT_NEW_BASEPTR, l3, 0), 0, "the first one again");
	is(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(new_l3), 0), 0, "unpinned");
	is(mmuext(MMUEXT_NEW_USER_BASEPTR, l3, 0), -XEN_EINVAL, "one root for all");
	is(mmuext(MMUEXT_CLEAR_PAGE, virt_to_mfn(other), 0), 0, "a page cleared");
	is(other[9], 0, "it is");
	is(hypercall(mmuext_op, 0xf5900000U, 1, 0, DOMID_SELF), -XEN_EFAULT, "no operation");
}

/* One page to or from the hypervisor: what memory_op says. */
static long extent(u32 cmd, u32 *frame)
{
	struct xen_memory_reservation r = {
		.nr_extents = 1, .domid = DOMID_SELF,
	};

	set_xen_guest_handle(r.extent_start, (xen_pfn_t *)frame);
	return hypercall6(__HYPERVISOR_memory_op, cmd, (u32)&r, 0, 0, 0);
}

static u32 pfn_of(const void *p)
{
	return ((u32)p - VIRT_BASE) >> 12;
}

/* Of a page given back: a new frame, writable where the old one was. */
static void take_back(void *p)
{
	u32 frame = pfn_of(p);

	is(extent(XENMEM_populate_physmap, &frame), 1, "  a page for it");
	((u32 *)start_info->mfn_list)[pfn_of(p)] = frame;
	is(set_pte(p, (u64)frame << 12 | PTE_KERNEL), 0, "  writable");
	memset(p, 0, PAGE_SIZE);
}

static u8 spare_l3[PAGE_SIZE] __attribute__((aligned(4096)));
static u8 spare_l2[PAGE_SIZE] __attribute__((aligned(4096)));

/* A root like the one in use, with an empty level 2 of its own as well. */
static u32 spare_root(void)
{
	memset(spare_l3, 0, PAGE_SIZE);
	memset(spare_l2, 0, PAGE_SIZE);
	memcpy(spare_l3, (void *)start_info->pt_base, 32);
	((u64 *)spare_l3)[1] = maddr(spare_l2) | PTE_P;
	set_pte(spare_l3, maddr(spare_l3) | PTE_RO);
	set_pte(spare_l2, maddr(spare_l2) | PTE_RO);
	is(mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(spare_l3), 0), 0, "a root");
	return virt_to_mfn(spare_l3);
}

static void given_back(void)
{
	u32 root = virt_to_mfn((void *)start_info->pt_base), spare = spare_root();

	is(mmuext(MMUEXT_NEW_BASEPTR, spare, 0), 0, "in use");
	is(mmuext(MMUEXT_UNPIN_TABLE, spare, 0), 0, "unpinned");
	is(set_pte(spare_l3, maddr(spare_l3) | PTE_KERNEL), -XEN_EINVAL,
	   "not writable while it is in use");
	is(mmuext(MMUEXT_PIN_L1_TABLE, spare, 0), -XEN_EINVAL, "nor another table");
	is(extent(XENMEM_decrease_reservation, &spare), 0, "nor given back");
	is(mmuext(MMUEXT_NEW_BASEPTR, root, 0), 0, "another one in use");
	is(set_pte(spare_l3, maddr(spare_l3) | PTE_KERNEL), 0, "writable then");
	is(set_pte(spare_l2, maddr(spare_l2) | PTE_KERNEL), 0, "and what it led to");
	memset(spare_l3, 0, PAGE_SIZE);
	is(mmuext(MMUEXT_PIN_L1_TABLE, spare, 0), 0, "another table");
	is(mmuext(MMUEXT_UNPIN_TABLE, spare, 0), 0, "no more");
	is(set_pte(spare_l3, 0), 0, "unmapped");
	is(extent(XENMEM_decrease_reservation, &spare), 1, "given back");
	take_back(spare_l3);

	spare = spare_root();
	is(mmuext(MMUEXT_NEW_BASEPTR, spare, 0), 0, "in use");
	is(mmuext(MMUEXT_NEW_BASEPTR, root, 0), 0, "another one in use");
	is(set_pte(spare_l3, 0), 0, "unmapped");
	is(extent(XENMEM_decrease_reservation, &spare), 1, "given back with its pin");
	is(set_pte(spare_l2, maddr(spare_l2) | PTE_KERNEL), 0,
	   "what it led to is no table any more");
	take_back(spare_l3);
	is(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(spare_l3), 0), 0, "another table");
	is(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(spare_l3), 0), 0, "no more");
	ok(M2P[virt_to_mfn(page)] == pfn_of(page), "the root in use is as it was");
}

#define DESC_DATA 0x00cf93000000ffffULL		/* present, DPL 0 */

static void descriptors(void)
{
	static u64 gdt[512] __attribute__((aligned(4096)));
	static u64 ldt[512] __attribute__((aligned(4096)));
	u32 frames[1] = { virt_to_mfn(gdt) };
	u64 base = (u32)user_page + 16, tls;
	u32 v;

	gdt[1] = DESC_DATA;
	is(hypercall(set_gdt, frames, 512), 0, "set_gdt");
	is(gdt[1] >> 45 & 3, 1, "no descriptor of ring 0");
	is(selector(9), 9, "ours can be loaded");
	gdt[2] = 0x00af9b000000ffffULL;
	is(hypercall(set_gdt, frames, 512), -XEN_EINVAL, "no 64-bit code");
	gdt[2] = 0x0000e9000000ffffULL;
	is(hypercall(set_gdt, frames, 512), -XEN_EINVAL, "no system descriptor");
	gdt[2] = 0;
	is(hypercall(set_gdt, frames, 15 * 512), -XEN_EINVAL, "as many as there is room for");
	is(hypercall(set_gdt, frames, 512), 0, "set_gdt again");

	/* As glibc and wine have them: byte-grained, for processes. */
	tls = 0x0040f2000000ffffULL | (base & 0xffffff) << 16 | (base >> 24) << 56;
	is(hypercall(update_descriptor, maddr(&gdt[3]), 0, tls, tls >> 32), 0,
	   "update_descriptor");
	*(u32 *)(user_page + 20) = 77;
	selector(0x1b);
	asm volatile("mov %%fs:4, %0" : "=r" (v));
	is(v, 77, "thread-local storage");
	is(hypercall(update_descriptor, maddr(&gdt[4]), 0, 0xffff, 0x00af9b00),
	   -XEN_EINVAL, "no 64-bit code that way");
	/* Limits of older kernels, below where the M2P is now. */
	is(hypercall(update_descriptor, maddr(&gdt[4]), 0, 0x67ff, 0x00cfb300), 0,
	   "a limit among Xen's addresses");
	is((u32)gdt[4], 0xffff, "is made all there is");
	is(gdt[4] >> 48 & 15, 15, "in both parts");

	ldt[0] = tls;
	is(set_pte(ldt, maddr(ldt) | PTE_RO), 0, "the LDT is read-only");
	is(mmuext(MMUEXT_SET_LDT, (u32)ldt, 512), 0, "set_ldt");
	*(u32 *)(user_page + 16) = 0x12345;
	/* user_run() copies the code in front of what the segment shows. */
	is(run_user(user_gs), 0x80, "a process with an LDT segment");
	is(mmuext(MMUEXT_SET_LDT, 0, 0), 0, "no LDT");
	traps(selector(7), V_GP, "its segments have gone");
	selector(0);
	is(hypercall(set_gdt, 0, 0), 0, "no GDT");
}

static void memory(void)
{
	static u32 frames[40];
	struct xen_memory_reservation r = {
		.nr_extents = 1, .domid = DOMID_SELF,
	};
	struct xen_machphys_mapping map;
	struct xen_memory_map e820 = { .nr_entries = 8 };
	struct { u64 addr, size; u32 type; } __attribute__((packed)) entries[8];
	struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = 1 };
	struct gnttab_query_size query = { .dom = DOMID_SELF };
	domid_t self = DOMID_SELF;
	u32 mfn = virt_to_mfn(page);

	is(hypercall(memory_op, XENMEM_current_reservation, &self), 8192, "32 MiB");
	frames[0] = mfn;
	set_xen_guest_handle(r.extent_start, (xen_pfn_t *)frames);
	is(set_pte(page, 0), 0, "a page unmapped");
	is(hypercall(memory_op, XENMEM_decrease_reservation, &r), 1, "given back");
	is(hypercall(memory_op, XENMEM_current_reservation, &self), 8191, "one less");
	is(M2P[mfn], ~0U, "in the M2P");
	frames[0] = ((u32)page - VIRT_BASE) >> 12;
	is(hypercall(memory_op, XENMEM_populate_physmap, &r), 1, "a page to be had");
	is(M2P[frames[0]], ((u32)page - VIRT_BASE) >> 12, "in the M2P");
	is(set_pte(page, (u64)frames[0] << 12 | PTE_KERNEL), 0, "mapped");
	page[0] = 1;
	is(mmu_update1((u64)frames[0] << 12 | MMU_MACHPHYS_UPDATE, 1234), 0,
	   "M2P update");
	is(M2P[frames[0]], 1234, "is seen");
	mmu_update1((u64)frames[0] << 12 | MMU_MACHPHYS_UPDATE,
		    ((u32)page - VIRT_BASE) >> 12);
	is(hypercall(memory_op, XENMEM_machphys_mapping, &map), 0, "machphys_mapping");
	is(map.v_start, MACH2PHYS_VIRT_START, "its start");
	set_xen_guest_handle(e820.buffer, entries);
	is(hypercall(memory_op, XENMEM_memory_map, &e820), 0, "memory_map");
	ok(e820.nr_entries == 1 && entries[0].size == 32 << 20, "one entry");

	set_xen_guest_handle(setup.frame_list, (xen_pfn_t *)frames);
	is(hypercall(grant_table_op, GNTTABOP_setup_table, &setup, 1), 0, "setup_table");
	is(setup.status, GNTST_okay, "its status");
	is(M2P[frames[0]], ~0U, "no place in the M2P");
	is(M2P[start_info->shared_info >> 12], ~0U, "nor has shared_info");
	is(set_pte(page, (u64)frames[0] << 12 | PTE_KERNEL), 0, "mapped");
	is(((struct grant_entry_v1 *)page)[GNTTAB_RESERVED_CONSOLE].frame,
	   start_info->console.domU.mfn, "the console's grant");
	is(hypercall(grant_table_op, GNTTABOP_query_size, &query, 1), 0, "query_size");
	ok(query.max_nr_frames >= 1, "some frames");
}

static void fired(unsigned int port, const char *what)
{
	ok(await(&port_count[port], 1), "%s", what);
	port_count[port] = 0;
}

static void events(void)
{
	struct vcpu_runstate_info state;
	struct vcpu_register_runstate_memory_area area;
	static struct vcpu_runstate_info mine;
	struct vcpu_set_singleshot_timer timer = { 0 };
	evtchn_port_t ports[1];
	struct sched_poll poll = { .nr_ports = 1 };
	struct evtchn_unmask unmask;
	int ipi = bind_ipi(0), virq = bind_virq(VIRQ_TIMER, 0);
	u64 t;

	ok(ipi > 0 && ipi < 1024, "an IPI port");
	ok(virq > 0 && virq < 1024, "the timer's");
	hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);
	shared->evtchn_mask[ipi / 32] &= ~(1U << ipi % 32);
	unmask_events();
	is(evtchn_send(ipi), 0, "sent");
	fired(ipi, "upcall");
	shared->evtchn_mask[ipi / 32] |= 1U << ipi % 32;
	is(evtchn_send(ipi), 0, "sent, masked");
	is(port_count[ipi], 0, "no upcall");
	ok(shared->evtchn_pending[ipi / 32] & 1U << ipi % 32, "but pending");
	unmask.port = ipi;
	is(hypercall(event_channel_op, EVTCHNOP_unmask, &unmask), 0, "unmask");
	fired(ipi, "upcall then");
	unmask.port = 1024;
	is(hypercall(event_channel_op, EVTCHNOP_unmask, &unmask), -XEN_EINVAL,
	   "1024 ports there are");

	t = now();
	/* A tick may be pending from before. */
	unmask.port = virq;
	hypercall(event_channel_op, EVTCHNOP_unmask, &unmask);
	port_count[virq] = 0;
	is(hypercall(set_timer_op, (u32)(t + 5000000), (t + 5000000) >> 32), 0,
	   "set_timer_op");
	fired(virq, "the timer");
	ok(now() - t >= 5000000, "not before its time");
	timer.timeout_abs_ns = now() + 3000000;
	is(hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 0, &timer), 0, "singleshot");
	fired(virq, "the timer");
	/* Masked, so that it cannot be over before the vCPU sleeps. */
	vcpu->evtchn_upcall_mask = 1;
	timer.timeout_abs_ns = now() + 3000000;
	hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 0, &timer);
	is(hypercall(sched_op, SCHEDOP_block, 0), 0, "block");
	is(vcpu->evtchn_upcall_mask, 0, "unmasks events");
	fired(virq, "until the timer");

	vcpu->evtchn_upcall_mask = 1;
	t = now();
	ports[0] = ipi;
	set_xen_guest_handle(poll.ports, ports);
	poll.timeout = t + 4000000;
	is(hypercall(sched_op, SCHEDOP_poll, &poll), 0, "poll");
	ok(now() >= t + 4000000, "until its end");
	ports[0] = 1024;
	is(hypercall(sched_op, SCHEDOP_poll, &poll), -XEN_EINVAL, "for a port that is none");

	is(hypercall(vcpu_op, VCPUOP_get_runstate_info, 0, &state), 0, "runstate");
	is(state.state, RUNSTATE_running, "running");
	set_xen_guest_handle(area.addr.h, &mine);
	is(hypercall(vcpu_op, VCPUOP_register_runstate_memory_area, 0, &area), 0,
	   "runstate area");
	is(mine.state, RUNSTATE_running, "filled in");
	ok(mine.state_entry_time && mine.time[RUNSTATE_running], "with times");
	ok(shared->wc_version && !(shared->wc_version & 1) && shared->wc_sec,
	   "the wall clock");
}

static volatile u32 root_phase;

/* With a root of its own until it is told. */
static void on_spare_root(u32 root)
{
	mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(spare_l3), 0);
	root_phase = 1;
	while (root_phase == 1)
		asm volatile("pause");
	mmuext(MMUEXT_NEW_BASEPTR, root, 0);
	root_phase = 3;
}

static volatile u32 other_cs, other_value;
static int other_port;

static void on_other(u32 cpu)
{
	u32 cs;

	asm volatile("mov %%cs, %0" : "=r" (cs));
	other_cs = cs;
	other_value = M2P[virt_to_mfn(page)];
	on_spare_root(virt_to_mfn((void *)start_info->pt_base));
	evtchn_send(other_port);
}

static void given_back_by_two(void)
{
	u32 spare = virt_to_mfn(spare_l3);

	ok(await(&root_phase, 1), "another vCPU has another root");
	is(mmuext(MMUEXT_UNPIN_TABLE, spare, 0), 0, "unpinned");
	is(set_pte(spare_l3, maddr(spare_l3) | PTE_KERNEL), -XEN_EINVAL,
	   "not writable while it is in use there");
	is(set_pte(spare_l3, 0), 0, "unmapped");
	is(extent(XENMEM_decrease_reservation, &spare), 0, "nor given back");
	root_phase = 2;
	ok(await(&root_phase, 3), "it has the first one again");
	is(extent(XENMEM_decrease_reservation, &spare), 1, "given back then");
	take_back(spare_l3);
}

static void cpus(void)
{
	u32 mask = 3;

	if (cmdline_number("vcpus", 1) < 2)
		return;
	other_port = bind_ipi(0);
	shared->evtchn_mask[other_port / 32] &= ~(1U << other_port % 32);
	unmask_events();
	spare_root();
	is(cpu_start(1, on_other), 0, "another vCPU");
	given_back_by_two();
	ok(await(&cpu_done, 1), "it runs");
	is(other_cs, FLAT_KERNEL_CS, "in ring 1");
	is(other_value, M2P[virt_to_mfn(page)], "in our tables");
	fired(other_port, "its event");
	is(mmuext(MMUEXT_TLB_FLUSH_MULTI, 0, (u32)&mask), 0, "flush of both");
	is(mmuext(MMUEXT_TLB_FLUSH_ALL, 0, 0), 0, "flush of all");
	vcpu->evtchn_upcall_mask = 1;
}

int main(void)
{
	boot_state();
	calls();
	exceptions();
	processes();
	selectors();
	tables();
	given_back();
	descriptors();
	memory();
	events();
	cpus();
	return 0;
}
