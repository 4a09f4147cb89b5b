// SPDX-License-Identifier: GPL-2.0-only
/*
 * The only way from a guest physical address to memory
 *
 * A domain's memory table is set once and never changes. What the module
 * touches of it (shared_info, hypercall blocks, vcpu_info) it pins page by
 * page while the owner is calling, charges to the owner's RLIMIT_MEMLOCK and
 * reaches through the kernel's direct map from then on.
 *
 * Faulting a page in takes as long as the owner wants it to (its memory may be
 * a file of a file system in userspace), and so does the owner's mmap_lock:
 * others who list domains or connect to this one must not wait for that, so
 * the domain is not locked meanwhile.
 */
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/uaccess.h>

#include "domain.h"

static int region_check(const struct kvm_xenpv_region *region)
{
	u64 end;

	if (!region->size)
		return -EINVAL;
	if (!PAGE_ALIGNED(region->gpa | region->size | region->hva))
		return -EINVAL;
	if (check_add_overflow(region->gpa, region->size, &end))
		return -EINVAL;
	if (check_add_overflow(region->hva, region->size, &end))
		return -EINVAL;
	if (!access_ok((void __user *)(unsigned long)region->hva, region->size))
		return -EINVAL;
	return 0;
}

/**
 * xenpv_memory_set() - set a domain's memory table
 * @dom: the domain, locked
 * @memory: kernel copy of what the owner passed
 *
 * Return: 0, -EBUSY when it is set already, -EINVAL when a range is bad.
 */
int xenpv_memory_set(struct xenpv_domain *dom,
		     const struct kvm_xenpv_memory *memory)
{
	const struct kvm_xenpv_region *regions = memory->regions;
	unsigned int i, j;
	u64 total = 0;
	int ret;

	lockdep_assert_held(&dom->lock);
	if (dom->nr_regions)
		return -EBUSY;
	if (memory->reserved || !memory->nr_regions ||
	    memory->nr_regions > KVM_XENPV_MAX_REGIONS)
		return -EINVAL;

	for (i = 0; i < memory->nr_regions; i++) {
		ret = region_check(&regions[i]);
		if (ret)
			return ret;
		for (j = 0; j < i; j++)
			if (regions[i].gpa < regions[j].gpa + regions[j].size &&
			    regions[j].gpa < regions[i].gpa + regions[i].size)
				return -EINVAL;
		total += regions[i].size;
	}

	memcpy(dom->regions, regions, sizeof(dom->regions));
	dom->memory = total;
	dom->reservation = total;
	/* Pairs with the acquire in gpa_to_hva(). */
	smp_store_release(&dom->nr_regions, memory->nr_regions);
	return 0;
}

/* Returns 0 when [gpa, gpa + size) is not inside one region. */
static unsigned long gpa_to_hva(const struct xenpv_domain *dom, u64 gpa,
				size_t size)
{
	/* Pairs with the release in xenpv_memory_set(). */
	unsigned int i, nr = smp_load_acquire(&dom->nr_regions);
	const struct kvm_xenpv_region *region;
	u64 offset;

	for (i = 0; i < nr; i++) {
		region = &dom->regions[i];
		if (gpa < region->gpa)
			continue;
		offset = gpa - region->gpa;
		if (offset >= region->size || size > region->size - offset)
			continue;
		return region->hva + offset;
	}
	return 0;
}

/**
 * xenpv_pin() - pin bytes of guest memory that lie in one page
 * @dom: the domain, not locked; the caller runs in the owner's mm
 * @gpa: guest physical address, hostile
 * @size: bytes
 * @pin: filled in on success
 *
 * Return: 0, -ENXIO when the bytes are not in the memory table or not in one
 * page, -EFAULT when the owner has them not mapped writable, -ENOMEM when the
 * owner may not lock more memory.
 */
int xenpv_pin(struct xenpv_domain *dom, u64 gpa, size_t size,
	      struct xenpv_pin *pin)
{
	unsigned int offset = offset_in_page(gpa);
	unsigned long hva;
	struct page *page;
	int ret;

	lockdep_assert_not_held(&dom->lock);
	if (WARN_ON_ONCE(current->mm != dom->mm))
		return -EFAULT;
	if (size > PAGE_SIZE - offset)
		return -ENXIO;
	hva = gpa_to_hva(dom, gpa, size);
	if (!hva)
		return -ENXIO;

	ret = account_locked_vm(dom->mm, 1, true);
	if (ret)
		return ret;
	ret = pin_user_pages_fast(hva & PAGE_MASK, 1,
				  FOLL_WRITE | FOLL_LONGTERM, &page);
	if (ret != 1) {
		account_locked_vm(dom->mm, 1, false);
		return ret == -ENOMEM ? -ENOMEM : -EFAULT;
	}

	pin->page = page;
	pin->va = page_address(page) + offset;
	return 0;
}

/**
 * xenpv_unpin() - undo xenpv_pin()
 * @dom: the domain, not locked; any mm
 * @pin: what was pinned, or an empty pin
 */
void xenpv_unpin(struct xenpv_domain *dom, struct xenpv_pin *pin)
{
	lockdep_assert_not_held(&dom->lock);
	if (!pin->page)
		return;
	unpin_user_pages_dirty_lock(&pin->page, 1, true);
	account_locked_vm(dom->mm, 1, false);
	pin->page = NULL;
	pin->va = NULL;
}
