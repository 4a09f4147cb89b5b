/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XENPV_GUEST_MEM_H
#define XENPV_GUEST_MEM_H

#include <linux/types.h>

struct page;
struct xenpv_domain;
struct kvm_xenpv_memory;

/**
 * struct xenpv_pin - a pinned page of guest memory
 * @page: the page, NULL when nothing is pinned
 * @va: kernel address of the bytes asked for
 */
struct xenpv_pin {
	struct page *page;
	void *va;
};

int xenpv_memory_set(struct xenpv_domain *dom,
		     const struct kvm_xenpv_memory *memory);
int xenpv_pin(struct xenpv_domain *dom, u64 gpa, size_t size,
	      struct xenpv_pin *pin);
void xenpv_unpin(struct xenpv_domain *dom, struct xenpv_pin *pin);

#endif /* XENPV_GUEST_MEM_H */
