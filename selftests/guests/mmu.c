// SPDX-License-Identifier: GPL-2.0
/*
 * mmu.c - page tables: mmu_update, mmuext_op, update_va_mapping, direct writes
 */
#include "lib/guest.h"

/* Set in a count by the hypervisor that restarts a call. */
#define MMU_UPDATE_PREEMPTED 0x80000000UL
#define BAD_PTR ((void *)0x10)
#define XEN_PTR ((void *)(XEN_VA + 0x1000))
/* A mapping to play with: nothing is there at first. */
#define SPARE_VA (VIRT_BASE + (512UL << 20))
/* Registers of AMD's chipset, the one of 0xc0 of its power management among them. */
#define FCH_MADDR 0xfed80000UL
#define FCH_S5_STATUS (0x3c0 / sizeof(u32))

static u64 l2_entry_maddr(u64 va)
{
	return entry_maddr(table_entry(va, 2));
}

static void updates(void)
{
	u64 *a = page_alloc(), *b = page_alloc();
	u64 *pte = pte_of((u64)a), old = *pte, ptr = entry_maddr(pte);
	struct mmu_update req[4];
	unsigned int done;
	int i;

	a[0] = 0xaaaa;
	b[0] = 0xbbbb;
	is(mmu_update1(ptr, virt_to_mfn(b) << 12 | PTE_KERNEL), 0, "an L1 entry to another page");
	is(mmuext(MMUEXT_INVLPG_LOCAL, (u64)a, 0), 0, "INVLPG_LOCAL");
	is(*(volatile u64 *)a, 0xbbbb, "shows the other page");
	is(PTE_MFN(*pte), virt_to_mfn(b), "as the table says");
	is(mmu_update1(ptr, 0), 0, "an L1 entry to nothing");
	mmuext(MMUEXT_INVLPG_LOCAL, (u64)a, 0);
	traps(*(volatile u64 *)a, V_PF, 0, "and it is gone");
	is(mmu_update1(ptr, virt_to_mfn(a) << 12 | PTE_P | PTE_RW), 0,
	   "an entry without the user bit");
	works(*(volatile u64 *)a = 0xaaab, "is the kernel's to use all the same");
	is(mmu_update1(ptr, virt_to_mfn(a) << 12 | PTE_RO), 0, "read-only");
	mmuext(MMUEXT_INVLPG_LOCAL, (u64)a, 0);
	traps(*(volatile u64 *)a = 1, V_PF, 3, "a write faults");
	is(*(volatile u64 *)a, 0xaaab, "and changes nothing");
	is(mmu_update1(ptr, virt_to_mfn(a) << 12 | PTE_KERNEL | PTE_NX), 0, "no execution");
	mmuext(MMUEXT_INVLPG_LOCAL, (u64)a, 0);
	*(u8 *)a = 0xc3;
	traps(((void (*)(void))a)(), V_PF, 0x11, "a call there faults");

	is(mmu_update1(ptr, virt_to_mfn(a) << 12 | PTE_P | PTE_RW | PTE_US), 0, "A and D clear");
	mmuext(MMUEXT_INVLPG_LOCAL, (u64)a, 0);
	*(volatile u64 *)a = 2;
	has(*pte, PTE_A | PTE_D, PTE_A | PTE_D, "a write sets them");
	is(mmu_update1(ptr | MMU_PT_UPDATE_PRESERVE_AD, virt_to_mfn(a) << 12 | PTE_P | PTE_US), 0,
	   "PRESERVE_AD");
	has(*pte, PTE_A | PTE_D | PTE_RW, PTE_A | PTE_D, "keeps them");
	is(mmu_update1(ptr, virt_to_mfn(a) << 12 | PTE_P | PTE_US), 0, "without it");
	has(*pte, PTE_A | PTE_D, 0, "they are as given");
	is(mmu_update1(ptr, old), 0, "the entry as it was");
	mmuext(MMUEXT_INVLPG_LOCAL, (u64)a, 0);

	/* What cannot be. */
	is(mmu_update1(ptr | 4, old), -XEN_ENOSYS, "command 4: ENOSYS");
	is(mmu_update1(ptr | 7, old), -XEN_ENOSYS, "command 7: ENOSYS");
	is(mmu_update1(0x7fffffff000, old), -XEN_EINVAL, "a table that is no frame: EINVAL");
	i = mmu_update1(ptr, 0x7fffffff000 | PTE_KERNEL);
	ok(i == -XEN_EINVAL || i == -XEN_EPERM, "an entry to no frame fails (%d)", i);
	is(*pte & ~(PTE_A | PTE_D), old & ~(PTE_A | PTE_D), "and changes nothing");
	is(mmu_update1(ptr, 0x7fffffff000), 0, "an entry that is not present may say anything");
	is(mmu_update1(ptr, old), 0, "the entry as it was");
	mmuext(MMUEXT_INVLPG_LOCAL, (u64)a, 0);

	is(hypercall(mmu_update, req, 0, 0, DOMID_SELF), 0, "no updates");
	is(hypercall(mmu_update, BAD_PTR, 1, 0, DOMID_SELF), -XEN_EFAULT,
	   "updates nowhere: EFAULT");
	is(hypercall(mmu_update, XEN_PTR, 1, 0, DOMID_SELF), -XEN_EFAULT,
	   "in Xen's memory: EFAULT");
	is(hypercall(mmu_update, req, 1, 0, 12345), -XEN_ESRCH, "of no domain: ESRCH");
	for (i = 0; i < 4; i++) {
		req[i].ptr = ptr;
		req[i].val = old;
	}
	done = 99;
	is(hypercall(mmu_update, req, 4, &done, DOMID_SELF), 0, "four updates");
	is(done, 4, "all done");
	req[2].ptr = ptr | 4;
	is(hypercall(mmu_update, req, 4, &done, DOMID_SELF), -XEN_ENOSYS, "the third is bad");
	is(done, 2, "two done");
	done = 5;
	is(hypercall(mmu_update, req, 2 | MMU_UPDATE_PREEMPTED, &done, DOMID_SELF), 0,
	   "continued from a preempted call");
	is(done, 7, "done is counted on");
	if (on_xen())
		is(hypercall(mmu_update, 0, MMU_UPDATE_PREEMPTED, 0, 42), 42,
		   "the end of a preempted call");
	else
		skip("the end of a preempted call # SKIP how Xen says it to itself");

	/* A frame's place in the M2P. */
	{
		u64 mfn = virt_to_mfn(b), pfn = M2P[mfn];

		is(mmu_update1(mfn << 12 | MMU_MACHPHYS_UPDATE, 0x1234), 0, "MACHPHYS");
		is(M2P[mfn], 0x1234, "the M2P says so");
		is(mmu_update1(mfn << 12 | MMU_MACHPHYS_UPDATE, pfn), 0, "and back");
		is(M2P[mfn], pfn, "it is");
		is(mmu_update1(0x7fffffff000 | MMU_MACHPHYS_UPDATE, 1), -XEN_EINVAL,
		   "MACHPHYS of no frame: EINVAL");
	}

	/* Frames that Xen shares with the guest have none. */
	{
		static xen_pfn_t frames[1];
		struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = 1 };

		setup.frame_list.p = frames;
		is(M2P[start_info->shared_info >> 12], ~0UL, "M2P of shared_info");
		is(hypercall(grant_table_op, GNTTABOP_setup_table, &setup, 1), 0, "grants");
		is(M2P[frames[0]], ~0UL, "M2P of the grant table");
	}

	/* A full page of requests. */
	{
		static struct mmu_update many[512];

		for (i = 0; i < 512; i++) {
			many[i].ptr = ptr | (i & 1 ? MMU_PT_UPDATE_PRESERVE_AD : 0);
			many[i].val = old;
		}
		is(hypercall(mmu_update, many, 512, &done, DOMID_SELF), 0, "512 updates");
		is(done, 512, "all done");
	}
}

static void va_mapping(void)
{
	u64 *a = page_alloc(), *b = page_alloc();
	u64 entry = virt_to_mfn(b) << 12 | PTE_KERNEL;
	unsigned long vcpus = 1;

	a[0] = 0xaaaa;
	b[0] = 0xbbbb;
	is(set_pte(a, entry, UVMF_INVLPG | UVMF_LOCAL), 0, "update_va_mapping, INVLPG local");
	is(*(volatile u64 *)a, 0xbbbb, "took effect");
	is(set_pte(a, 0, UVMF_TLB_FLUSH | UVMF_LOCAL), 0, "update_va_mapping, TLB flush local");
	traps(*(volatile u64 *)a, V_PF, 0, "took effect");
	is(set_pte(a, entry, UVMF_NONE), 0, "update_va_mapping, no flush");
	works(*(volatile u64 *)a, "nothing was cached of a page not there");
	is(set_pte(a, entry & ~PTE_RW, UVMF_INVLPG | UVMF_ALL), 0, "INVLPG all");
	traps(*(volatile u64 *)a = 1, V_PF, 3, "took effect");
	is(set_pte(a, entry, UVMF_TLB_FLUSH | UVMF_ALL), 0, "TLB flush all");
	works(*(volatile u64 *)a = 0xbbbb, "took effect");
	is(set_pte(a, entry & ~PTE_RW, UVMF_INVLPG | UVMF_MULTI | (u64)&vcpus), 0, "INVLPG multi");
	traps(*(volatile u64 *)a = 1, V_PF, 3, "took effect");
	is(set_pte(a, entry, UVMF_TLB_FLUSH | UVMF_MULTI | (u64)&vcpus), 0, "TLB flush multi");
	is(set_pte((void *)SPARE_VA, entry, 0), -XEN_EINVAL, "where there is no L1: EINVAL");
	is(set_pte((void *)0x1000, entry, 0), -XEN_EINVAL, "nor an L3: EINVAL");
	is(set_pte((void *)XEN_VA, entry, 0), -XEN_EINVAL, "in Xen's memory: EINVAL");
	is(set_pte((void *)M2P, entry, 0), -XEN_EINVAL, "in the M2P: EINVAL");
	is(set_pte((void *)0x8000000000000000, entry, 0), -XEN_EINVAL, "non-canonical: EINVAL");
	set_pte(a, virt_to_mfn(a) << 12 | PTE_KERNEL, UVMF_INVLPG | UVMF_LOCAL);
	is(a[0], 0xaaaa, "all as before");
	is(hypercall(update_va_mapping_otherdomain, a, virt_to_mfn(a) << 12 | PTE_KERNEL,
		     UVMF_INVLPG | UVMF_LOCAL, DOMID_SELF), 0, "the same of a domain: self");
	is(hypercall(update_va_mapping_otherdomain, a, virt_to_mfn(a) << 12 | PTE_KERNEL,
		     UVMF_INVLPG | UVMF_LOCAL, 12345), -XEN_ESRCH, "no domain: ESRCH");
}

/* Linux from 6.16 on asks a chipset what the last reset was, on a processor of AMD's. */
static void chipset(void)
{
	u64 *page = page_alloc();
	volatile u32 *reg = (u32 *)page + FCH_S5_STATUS;
	u64 entry = FCH_MADDR | PTE_KERNEL;

	if (on_xen()) {
		is(set_pte(page, entry, 0), -XEN_EPERM, "registers of the chipset: EPERM");
		return;
	}
	is(set_pte(page, entry, UVMF_INVLPG | UVMF_LOCAL), 0, "registers of the chipset");
	works(*reg, "can be read");
	is(*reg, ~0U, "as if there were none");
	works(*reg = 0x800, "and written");
	is(*reg, ~0U, "in vain");
	is(set_pte(page, entry + PAGE_SIZE, 0), -XEN_EINVAL, "the page behind it: EINVAL");
	is(set_pte(page, entry - PAGE_SIZE, 0), -XEN_EINVAL, "the one before: EINVAL");
	set_pte(page, virt_to_mfn(page) << 12 | PTE_KERNEL, UVMF_INVLPG | UVMF_LOCAL);
	page[0] = 1;
	is(page[0], 1, "the page is as before");
}

/* A new L1 hung in, used, taken out. */
static void tables(void)
{
	u64 *l1 = page_alloc(), *page = page_alloc();
	volatile u64 *va = (volatile u64 *)SPARE_VA;
	u64 slot = l2_entry_maddr(SPARE_VA);

	l1[0] = virt_to_mfn(page) << 12 | PTE_KERNEL;
	l1[1] = virt_to_mfn(page) << 12 | PTE_RO;
	page[0] = 0x9999;
	if (on_xen())
		is(mmu_update1(slot, virt_to_mfn(l1) << 12 | PTE_KERNEL), -XEN_EINVAL,
		   "a writable page as a table: EINVAL");
	else
		skip("a writable page as a table # SKIP types are not checked");
	make_readonly(l1);
	is(mmu_update1(slot, virt_to_mfn(l1) << 12 | PTE_KERNEL), 0, "a new L1 in an L2");
	is(*va, 0x9999, "shows its page");
	works(*va = 0x8888, "to write");
	is(page[0], 0x8888, "which it is");
	traps(va[512] = 1, V_PF, 3, "the read-only one faults");
	traps(va[1024], V_PF, 0, "the next is not there");
	is(set_pte((void *)(SPARE_VA + 0x2000), virt_to_mfn(page) << 12 | PTE_KERNEL,
		   UVMF_INVLPG | UVMF_LOCAL), 0, "update_va_mapping finds the new L1");
	is(va[1024], 0x8888, "and it works");

	/* Written directly, as Linux does now and then. */
	is(hypercall(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0,
	   "vm_assist writable_pagetables");
	traps(((volatile u64 *)l1)[3] = virt_to_mfn(page) << 12 | PTE_KERNEL, -1, ANY,
	      "a direct write of an entry of the live L1");
	is(PTE_MFN(l1[3]), virt_to_mfn(page), "is there");
	is(va[3 * 512], 0x8888, "and in effect");
	traps(asm volatile("lock cmpxchg %2, %0"
			   : "+m" (l1[3]) : "a" (l1[3]), "r" (0UL) : "memory", "cc"), -1, ANY,
	      "a direct cmpxchg");
	is(l1[3], 0, "took the entry out");
	mmuext(MMUEXT_INVLPG_LOCAL, (u64)(va + 3 * 512), 0);
	traps(va[3 * 512], V_PF, 0, "and it is gone");
	traps(asm volatile("xchg %1, %0" : "+m" (l1[2]) : "r" (0UL) : "memory"), -1, ANY,
	      "a direct xchg");
	is(l1[2], 0, "took the other out");

	is(mmu_update1(slot, 0), 0, "the L1 out of the L2");
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0);
	traps(*va, V_PF, 0, "all gone");
	make_readonly(l1);
	traps(*(volatile u64 *)l1 = 1, V_PF, 3,
	      "what was a table is an ordinary read-only page: a write faults");
	make_writable(l1);
	works(*(volatile u64 *)l1 = 0, "and can be made writable");

	/* Never a page table: never to be written. */
	make_readonly(page);
	traps(*(volatile u64 *)page = 1, V_PF, 3, "a read-only data page: a write faults");
	traps(*(volatile u64 *)page = 1, V_PF, 3, "every time");
	make_writable(page);
	is(hypercall(vm_assist, VMASST_CMD_disable, VMASST_TYPE_writable_pagetables), 0,
	   "vm_assist off");
}

/* One direct write, with its mapping read-only before; entries that are not present. */
#define WRITES(at, want, text, ...) do {				\
	u64 *to = &l1[at];						\
	u64 d __attribute__((unused)) = (u64)to;			\
	u64 s __attribute__((unused)) = (u64)from;			\
	u64 n __attribute__((unused)) = 2;				\
									\
	make_readonly(l1);						\
	traps(asm volatile(__VA_ARGS__), -1, ANY, "%s", text);		\
	is(*(volatile u64 *)to, want, "  has written");			\
} while (0)

/* Guests of old write their tables with whatever the compiler chose. */
static void addressing(void)
{
	u64 *l1 = page_alloc(), *from = page_alloc();

	from[0] = 0x7000;
	from[1] = 0x8000;
	make_readonly(l1);
	is(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(l1), 0), 0, "a pinned L1");
	is(hypercall(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0,
	   "vm_assist writable_pagetables");
	WRITES(0, 0x1000, "mov %reg, (%reg)", "mov %1, (%0)" : : "r" (to), "r" (0x1000UL)
	       : "memory");
	WRITES(1, 0x2000, "movq $imm, disp8(%reg)", "movq $0x2000, -8(%0)" : : "r" (to + 1)
	       : "memory");
	WRITES(2, 0x3000, "movq $imm, disp32(%reg,%reg,8)", "movq $0x3000, -0x4000(%0,%1,8)"
	       : : "r" (to), "r" (0x800UL) : "memory");
	WRITES(3, 0x4000, "movl to the lower half", "movl $0x4000, (%0)" : : "r" (to) : "memory");
	WRITES(3, 0x1000000004000, "movl to the upper half", "movl $0x10000, 4(%0)" : : "r" (to)
	       : "memory");
	WRITES(4, 0x5000, "stosq", "stosq" : "+D" (d) : "a" (0x5000UL) : "memory");
	WRITES(5, 0x7000, "movsq", "movsq" : "+D" (d), "+S" (s) : : "memory");
	WRITES(6, 0x7000, "rep movsq", "rep movsq"
	       : "+D" (d), "+S" (s), "+c" (n) : : "memory");
	is(l1[7], 0x8000, "  to its end");
	WRITES(7, 0x9000, "movb to a byte of it", "movb $0x90, 1(%0)" : : "r" (to) : "memory");
	WRITES(8, 0x6000, "orq", "orq $0x6000, (%0)" : : "r" (to) : "memory", "cc");
	WRITES(8, 0x2000, "andq", "andq $0x2000, (%0)" : : "r" (to) : "memory", "cc");
	WRITES(8, 0x2200, "btsq", "lock btsq $9, (%0)" : : "r" (to) : "memory", "cc");
	WRITES(8, 0x2000, "btrq", "lock btrq $9, (%0)" : : "r" (to) : "memory", "cc");
	WRITES(9, 0x9000, "xadd", "mov $0x9000, %%ecx\n lock xaddq %%rcx, (%0)" : : "r" (to)
	       : "rcx", "memory", "cc");
	WRITES(10, 0xa000, "cmpxchg8b", "xor %%eax, %%eax\n xor %%edx, %%edx\n"
	       "xor %%ecx, %%ecx\n mov $0xa000, %%ebx\n lock cmpxchg8b (%0)"
	       : : "D" (to) : "rax", "rbx", "rcx", "rdx", "memory", "cc");
	WRITES(11, 0x7000, "push",
	       "mov %%rsp, %%rbx\n lea 8(%0), %%rsp\n push %1\n mov %%rbx, %%rsp"
	       : : "r" (to), "r" (0x7000UL) : "rbx", "memory");
	WRITES(12, 0x7000, "pop", "push $0x7000\n popq (%0)" : : "r" (to) : "memory");
	hypercall(set_segment_base, SEGBASE_FS, l1);
	/* Which Xen does not emulate. */
	if (!on_xen())
		WRITES(13, 0xd000, "mov with a segment", "movq $0xd000, %%fs:104" : : : "memory");
	hypercall(set_segment_base, SEGBASE_FS, 0);
	is(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(l1), 0), 0, "unpinned");
	make_writable(l1);
	is(hypercall(vm_assist, VMASST_CMD_disable, VMASST_TYPE_writable_pagetables), 0,
	   "vm_assist off");
}

static void pins(void)
{
	u64 *l1 = page_alloc(), *l2 = page_alloc(), *page = page_alloc();
	u64 mfn = virt_to_mfn(l1);

	l1[0] = virt_to_mfn(page) << 12 | PTE_KERNEL;
	make_readonly(l1);
	is(mmuext(MMUEXT_PIN_L1_TABLE, mfn, 0), 0, "PIN_L1");
	is(mmuext(MMUEXT_PIN_L1_TABLE, mfn, 0), -XEN_EINVAL, "pinned already: EINVAL");
	is(mmuext(MMUEXT_UNPIN_TABLE, mfn, 0), 0, "UNPIN");
	is(mmuext(MMUEXT_UNPIN_TABLE, mfn, 0), -XEN_EINVAL, "not pinned: EINVAL");
	l2[0] = mfn << 12 | PTE_KERNEL;
	make_readonly(l2);
	is(mmuext(MMUEXT_PIN_L2_TABLE, virt_to_mfn(l2), 0), 0, "PIN_L2");
	traps(*(volatile u64 *)l2 = 0, on_xen() ? V_PF : -1, ANY,
	      "direct writes of an L2: %s", on_xen() ? "not emulated" : "let through");
	is(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(l2), 0), 0, "UNPIN");
	make_writable(l2);
	make_writable(l1);
	works(l2[0] = l1[0] = 0, "both are ordinary pages again");
	is(mmuext(MMUEXT_PIN_L1_TABLE, 0x7fffffff, 0), -XEN_EINVAL, "PIN_L1 of no frame: EINVAL");
	is(mmuext(MMUEXT_PIN_L4_TABLE, 0x7fffffff, 0), -XEN_EINVAL, "PIN_L4 of no frame: EINVAL");
	is(mmuext(MMUEXT_UNPIN_TABLE, 0x7fffffff, 0), -XEN_EINVAL, "UNPIN of no frame: EINVAL");
	if (on_xen()) {
		ok(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(page), 0) < 0,
		   "PIN_L1 of a writable page fails");
	} else {
		skip("PIN_L1 of a writable page # SKIP types are not checked");
	}
}

static void roots(void)
{
	u64 *boot_l4 = (u64 *)start_info->pt_base, *l4 = page_alloc();
	u64 boot = virt_to_mfn(boot_l4), mfn = virt_to_mfn(l4), cr3;
	u64 *page = page_alloc();

	l4[511] = boot_l4[511];
	make_readonly(l4);
	is(mmuext(MMUEXT_PIN_L4_TABLE, mfn, 0), 0, "PIN_L4");
	is(mmuext(MMUEXT_NEW_BASEPTR, mfn, 0), 0, "NEW_BASEPTR");
	asm volatile("mov %%cr3, %0" : "=r" (cr3));
	is(cr3, mfn << 12, "cr3 is the new one");
	is(M2P[mfn], ((u64)l4 - VIRT_BASE) >> 12, "the M2P is still there");
	traps(*(volatile u8 *)XEN_VA, V_PF, ANY, "Xen's memory is still not");
	traps(*(volatile u8 *)0xffff830000000000, V_PF, ANY, "nor is the direct map");
	is(hypercall(xen_version, XENVER_pagesize, 0), 4096, "hypercalls work");
	/* A change of the active root. */
	user_init();
	is(mmu_update1(entry_maddr(&l4[0]), virt_to_mfn(user_l3) << 12 | PTE_KERNEL), 0,
	   "the user's L3 in the active L4");
	user_data[0] = 0x77;
	is(*(volatile u8 *)USER_DATA, 0x77, "the kernel sees user memory");
	is(mmu_update1(entry_maddr(&l4[0]), 0), 0, "out again");
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0);
	traps(*(volatile u8 *)USER_DATA, V_PF, 0, "gone");
	is(mmuext(MMUEXT_NEW_BASEPTR, boot, 0), 0, "back to the first");
	is(mmuext(MMUEXT_UNPIN_TABLE, mfn, 0), 0, "UNPIN the other");
	make_writable(l4);
	l4[511] = 0;
	is(mmuext(MMUEXT_NEW_BASEPTR, 0x7fffffff, 0), -XEN_EINVAL,
	   "NEW_BASEPTR of no frame: EINVAL");
	asm volatile("mov %%cr3, %0" : "=r" (cr3));
	is(cr3, boot << 12, "changes nothing");
	is(mmuext(MMUEXT_NEW_USER_BASEPTR, 0x7fffffff, 0), -XEN_EINVAL,
	   "NEW_USER_BASEPTR of no frame: EINVAL");

	/* Slots that are Xen's. */
	is(mmu_update1(entry_maddr(&boot_l4[256]), virt_to_mfn(user_l3) << 12 | PTE_KERNEL),
	   -XEN_EINVAL, "L4 slot 256: EINVAL");
	is(mmu_update1(entry_maddr(&boot_l4[261]), 0), -XEN_EINVAL, "L4 slot 261, cleared: EINVAL");
	is(mmu_update1(entry_maddr(&boot_l4[262]), virt_to_mfn(user_l3) << 12 | PTE_KERNEL),
	   -XEN_EINVAL, "L4 slot 262: EINVAL");
	is(mmu_update1(entry_maddr(&boot_l4[271]), virt_to_mfn(user_l3) << 12 | PTE_KERNEL),
	   -XEN_EINVAL, "L4 slot 271: EINVAL");
	is(mmu_update1(entry_maddr(&boot_l4[272]), virt_to_mfn(user_l3) << 12 | PTE_KERNEL), 0,
	   "L4 slot 272 is the guest's");
	user_data[1] = 0x66;
	is(*(volatile u8 *)(0xffff880000000000 + USER_DATA + 1), 0x66, "and works");
	is(mmu_update1(entry_maddr(&boot_l4[272]), 0), 0, "out again");
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0);
	(void)page;
}

/* The kernel writes user memory that is read-only: it must fault. */
static void copy_on_write(void)
{
	u64 *boot_l4 = (u64 *)start_info->pt_base;
	u64 *was_table = page_alloc(), *never_writable = page_alloc();
	u64 rw = virt_to_mfn(user_data) << 12 | PTE_KERNEL;
	volatile u64 *va = (volatile u64 *)USER_DATA;

	user_init();
	is(mmu_update1(entry_maddr(&boot_l4[0]), virt_to_mfn(user_l3) << 12 | PTE_KERNEL), 0,
	   "user memory in the kernel's root");
	is(mmu_update1(entry_maddr(&user_l1[1]), rw & ~PTE_RW), 0, "a user page read-only");
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0);
	traps(*va = 1, V_PF, 3, "a kernel write faults");
	is(vcpu->arch.cr2, USER_DATA, "there");

	/* The same where the frame was a page table and became the kernel's own. */
	make_readonly(was_table);
	is(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(was_table), 0), 0, "a page was a table");
	is(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(was_table), 0), 0, "and is none any more");
	make_writable(was_table);
	is(mmu_update1(entry_maddr(&user_l1[1]), virt_to_mfn(was_table) << 12 | PTE_RO), 0,
	   "a user page read-only");
	mmuext(MMUEXT_INVLPG_LOCAL, USER_DATA, 0);
	traps(*va = 1, V_PF, 3, "a kernel write faults there too");
	is(was_table[0], 0, "and changed nothing");

	/* The same with no writable mapping in between. */
	make_readonly(never_writable);
	is(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(never_writable), 0), 0, "another was a table");
	is(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(never_writable), 0), 0, "and is none any more");
	is(mmu_update1(entry_maddr(&user_l1[1]), virt_to_mfn(never_writable) << 12 | PTE_RO), 0,
	   "read-only for a user at once");
	mmuext(MMUEXT_INVLPG_LOCAL, USER_DATA, 0);
	traps(*va = 1, V_PF, 3, "a kernel write faults even so");
	is(never_writable[0], 0, "and changed nothing");
	make_writable(never_writable);

	/* And where an L1 below the root was freed with its tree. */
	is(mmu_update1(entry_maddr(&user_l1[1]), rw), 0, "as it was");
	mmuext(MMUEXT_INVLPG_LOCAL, USER_DATA, 0);
	works(*va = 2, "writable again");
	is(mmu_update1(entry_maddr(&boot_l4[0]), 0), 0, "user memory out of the kernel's root");
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0);
}

static void ext(void)
{
	u8 *a = page_alloc(), *b = page_alloc();
	struct mmuext_op ops[3];
	unsigned long vcpus = 1;
	unsigned int done = 99;
	struct mmuext_op op = { .cmd = MMUEXT_TLB_FLUSH_MULTI };

	memset(a, 0x11, PAGE_SIZE);
	memset(b, 0x22, PAGE_SIZE);
	is(mmuext(MMUEXT_COPY_PAGE, virt_to_mfn(b), virt_to_mfn(a)), 0, "COPY_PAGE");
	is(memcmp(a, b, PAGE_SIZE), 0, "copied");
	is(mmuext(MMUEXT_CLEAR_PAGE, virt_to_mfn(a), 0), 0, "CLEAR_PAGE");
	ok(!a[0] && !a[2048] && !a[4095], "cleared");
	is(mmuext(MMUEXT_CLEAR_PAGE, 0x7fffffff, 0), -XEN_EINVAL, "CLEAR_PAGE of no frame: EINVAL");
	is(mmuext(MMUEXT_COPY_PAGE, virt_to_mfn(a), 0x7fffffff), -XEN_EINVAL,
	   "COPY_PAGE of no frame: EINVAL");
	is(mmuext(MMUEXT_COPY_PAGE, 0x7fffffff, virt_to_mfn(a)), -XEN_EINVAL,
	   "COPY_PAGE to no frame: EINVAL");
	is(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0), 0, "TLB_FLUSH_LOCAL");
	is(mmuext(MMUEXT_TLB_FLUSH_ALL, 0, 0), 0, "TLB_FLUSH_ALL");
	is(mmuext(MMUEXT_INVLPG_LOCAL, (u64)a, 0), 0, "INVLPG_LOCAL");
	is(mmuext(MMUEXT_INVLPG_ALL, (u64)a, 0), 0, "INVLPG_ALL");
	is(mmuext(MMUEXT_INVLPG_LOCAL, XEN_VA, 0), 0, "INVLPG_LOCAL of Xen's memory");
	is(mmuext(MMUEXT_INVLPG_LOCAL, 0x8000000000000000, 0), 0, "INVLPG_LOCAL, non-canonical");
	set_xen_guest_handle(op.arg2.vcpumask, &vcpus);
	is(hypercall(mmuext_op, &op, 1, 0, DOMID_SELF), 0, "TLB_FLUSH_MULTI");
	op.cmd = MMUEXT_INVLPG_MULTI;
	op.arg1.linear_addr = (u64)a;
	is(hypercall(mmuext_op, &op, 1, 0, DOMID_SELF), 0, "INVLPG_MULTI");
	set_xen_guest_handle(op.arg2.vcpumask, BAD_PTR);
	is(hypercall(mmuext_op, &op, 1, 0, DOMID_SELF), -XEN_EINVAL, "vCPU mask nowhere: EINVAL");
	is(mmuext(MMUEXT_MARK_SUPER, virt_to_mfn(a), 0), -XEN_EOPNOTSUPP, "MARK_SUPER: EOPNOTSUPP");
	is(mmuext(MMUEXT_FLUSH_CACHE, 0, 0), -XEN_EACCES, "FLUSH_CACHE: EACCES");
	is(mmuext(MMUEXT_FLUSH_CACHE_GLOBAL, 0, 0), -XEN_EINVAL, "FLUSH_CACHE_GLOBAL: EINVAL");
	is(mmuext(99, 0, 0), -XEN_ENOSYS, "command 99: ENOSYS");

	memset(ops, 0, sizeof(ops));
	ops[0].cmd = MMUEXT_TLB_FLUSH_LOCAL;
	ops[1].cmd = 99;
	ops[2].cmd = MMUEXT_TLB_FLUSH_LOCAL;
	is(hypercall(mmuext_op, ops, 3, &done, DOMID_SELF), -XEN_ENOSYS,
	   "the second of three is bad");
	is(done, 1, "one done");
	is(hypercall(mmuext_op, ops, 0, &done, DOMID_SELF), 0, "none");
	is(done, 0, "none done");
	is(hypercall(mmuext_op, BAD_PTR, 1, 0, DOMID_SELF), -XEN_EFAULT, "nowhere: EFAULT");
	is(hypercall(mmuext_op, XEN_PTR, 1, 0, DOMID_SELF), -XEN_EFAULT, "in Xen's memory: EFAULT");
	is(hypercall(mmuext_op, ops, 1, 0, 12345), -XEN_ESRCH, "of no domain: ESRCH");
	done = 3;
	is(hypercall(mmuext_op, ops, 1 | MMU_UPDATE_PREEMPTED, &done, DOMID_SELF), 0,
	   "continued from a preempted call");
	is(done, 4, "done is counted on");
}

static void xen_memory(void)
{
	static const u64 places[] = {
		0xffff808000000000, 0xffff820000000000, 0xffff828000000000, 0xffff828040000000,
		0xffff828080000000, 0xffff830000000000, 0xffff83ffffffffff, 0xffff87fffffff000,
	};
	unsigned int i;
	u64 v;
	int t;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		t = TRAP(*(volatile u8 *)places[i]);
		if (i == 0 && t == -1)
			continue;	/* the M2P of a big machine */
		ok(t == V_PF && !(seen.error & 4), "read of 0x%lx: #PF (%d)", places[i], t);
		t = TRAP(*(volatile u8 *)places[i] = 0);
		ok(t == V_PF, "write: #PF (%d)", t);
	}
	t = TRAP(((void (*)(void))(XEN_VA + 0x1000))());
	is(t, V_PF, "call into Xen's memory: #PF");
	t = TRAP(v = *(volatile u64 *)(M2P + 0x7fffffff));
	ok(t == V_PF || v == ~0UL, "M2P beyond all memory: nothing");
	ok(TRAP(*(volatile u64 *)M2P = 1) == V_PF, "M2P cannot be written");
}

int main(void)
{
	updates();
	va_mapping();
	chipset();
	tables();
	addressing();
	pins();
	ext();
	roots();
	copy_on_write();
	xen_memory();
	return 0;
}
