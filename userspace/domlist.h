/* SPDX-License-Identifier: GPL-2.0 */
/* Lists of domains, in xl's columns. */
#ifndef XENPV_DOMLIST_H
#define XENPV_DOMLIST_H

#include <stddef.h>

struct domain_list;
struct kvm_xenpv_info;

/* Columns beside those that are always there. */
#define DOMLIST_VERBOSE	(1U << 0)
#define DOMLIST_LABEL	(1U << 1)
#define DOMLIST_CLAIMS	(1U << 2)
#define DOMLIST_POOL	(1U << 3)
#define DOMLIST_NODES	(1U << 4)

/* All domains, the host too where it is listed.  -1 after a line on stderr. */
int domlist_read(struct domain_list *list);
void domlist_print(const struct kvm_xenpv_info *infos, size_t nr,
		   unsigned int columns);
void domlist_print_uuid(const struct kvm_xenpv_info *info);

/* "rbpscd", a dash for each that is not. */
void domain_state_letters(const struct kvm_xenpv_info *info, char s[8]);

#endif
