// SPDX-License-Identifier: GPL-2.0
/*
 * memory.c - page tables
 */
#include "guest.h"

static u8 pool[128][PAGE_SIZE] __attribute__((aligned(4096)));
static unsigned int used;

void *page_alloc(void)
{
	if (used == ARRAY_SIZE(pool))
		bail("out of pages");
	return memset(pool[used++], 0, PAGE_SIZE);
}

u64 virt_to_mfn(const void *p)
{
	return ((u64 *)start_info->mfn_list)[((u64)p - VIRT_BASE) >> 12];
}

void *mfn_to_virt(u64 mfn)
{
	return (void *)(VIRT_BASE + (M2P[mfn] << 12));
}

u64 *table_entry(u64 va, int level)
{
	u64 *table = (u64 *)start_info->pt_base;
	int l;

	for (l = 4; ; l--) {
		u64 *e = &table[va >> (12 + 9 * (l - 1)) & 511];

		if (l == level)
			return e;
		if (!(*e & PTE_P) || (l < 4 && (*e & PTE_PS)))
			return NULL;
		table = mfn_to_virt(PTE_MFN(*e));
	}
}

u64 *pte_of(u64 va)
{
	return table_entry(va, 1);
}

u64 entry_maddr(const u64 *entry)
{
	return virt_to_mfn(entry) << 12 | ((u64)entry & ~PAGE_MASK);
}

long set_pte(const void *va, u64 pte, u64 flags)
{
	return hypercall(update_va_mapping, va, pte, flags);
}

long mmu_update1(u64 ptr, u64 val)
{
	struct mmu_update req = { .ptr = ptr, .val = val };

	return hypercall(mmu_update, &req, 1, 0, DOMID_SELF);
}

long mmuext(unsigned int cmd, u64 arg1, u64 arg2)
{
	struct mmuext_op op = { .cmd = cmd };

	op.arg1.mfn = arg1;
	op.arg2.src_mfn = arg2;
	return hypercall(mmuext_op, &op, 1, 0, DOMID_SELF);
}

void make_readonly(const void *page)
{
	long ret = set_pte(page, virt_to_mfn(page) << 12 | PTE_RO,
			   UVMF_INVLPG | UVMF_LOCAL);

	if (ret)
		bail("make_readonly: %ld", ret);
}

void make_writable(const void *page)
{
	long ret = set_pte(page, virt_to_mfn(page) << 12 | PTE_KERNEL,
			   UVMF_INVLPG | UVMF_LOCAL);

	if (ret)
		bail("make_writable: %ld", ret);
}
