/* SPDX-License-Identifier: GPL-2.0 */
/* The host's domains, as the module tells them. */
#ifndef XENPV_DOMAINS_H
#define XENPV_DOMAINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/kvm_xenpv.h>

/* A descriptor of /dev/kvm-xenpv, or -1 after one line on stderr. */
int device_open(void);

struct domain_list {
	struct kvm_xenpv_info *infos;
	size_t nr;
};

/* -1 after one line on stderr. */
int domains_read(struct domain_list *list);
void domains_free(struct domain_list *list);

/*
 * The domain that WHAT names, by domid or by name.  -1 after one line on
 * stderr, with the words of xl's.
 */
int domain_find(const char *what, struct kvm_xenpv_info *info);

/* The same without a word when there is none: 1, 0 for none, -1 on failure. */
int domain_lookup(const char *what, struct kvm_xenpv_info *info);

/* Is the domain that INFO describes still there?  -1 on failure. */
int domain_exists(const struct kvm_xenpv_info *info,
		  struct kvm_xenpv_info *now);

#endif
