// SPDX-License-Identifier: GPL-2.0-only
/* xen_version: what this says it is.  The interface is Xen 4.17's. */
#include "monitor.h"
#include <linux/errno.h>
#include <xen/interface/version.h>

static long put_string(unsigned long va, const char *s, unsigned long size)
{
	char buf[1024];
	unsigned long n = 0;

	memset(buf, 0, size);
	while (s[n] && n < size - 1) {
		buf[n] = s[n];
		n++;
	}
	return copy_to_guest(va, buf, size);
}

static long get_features(unsigned long va)
{
	struct xen_feature_info fi;

	if (copy_from_guest(&fi, va, sizeof(fi)))
		return -EFAULT;
	/* Not writable_page_tables: guests then keep them read-only as before. */
	fi.submap = 0;
	if (fi.submap_idx == 0)
		fi.submap = 1u << XENFEAT_pae_pgdir_above_4gb |
			    1u << XENFEAT_mmu_pt_update_preserve_ad |
			    1u << XENFEAT_highmem_assist |
			    1u << XENFEAT_gnttab_map_avail_bits |
			    1u << 13 /* memory_op_vnode_supported */ |
			    1u << 16 /* not_direct_mapped */;
	else if (fi.submap_idx >= XENFEAT_NR_SUBMAPS)
		return -EINVAL;
	return copy_to_guest(va, &fi, sizeof(fi));
}

static long compile_info(unsigned long va)
{
	static const struct xen_compile_info info = {
		.compiler = "gcc",
		.compile_by = "kvm-xenpv",
		.compile_domain = "",
		.compile_date = "",
	};

	return copy_to_guest(va, &info, sizeof(info));
}

long hc_xen_version(struct vcpu *v, unsigned long *a)
{
	u64 start = guest32() ? XENPV_M2P32_VA : XENPV_M2P_VA;

	switch (a[0]) {
	case XENVER_version:
		return params.xen_version;
	case XENVER_extraversion:
		return put_string(a[1], ".kvm-xenpv", XEN_EXTRAVERSION_LEN);
	case XENVER_compile_info:
		return compile_info(a[1]);
	case XENVER_capabilities:
		return put_string(a[1], "xen-3.0-x86_64 xen-3.0-x86_32p ",
				  sizeof(struct xen_capabilities_info));
	case XENVER_changeset:
		return put_string(a[1], "unavailable", XEN_CHANGESET_INFO_LEN);
	case XENVER_platform_parameters:
		return copy_to_guest(a[1], &start, guest32() ? 4 : 8);
	case XENVER_get_features:
		return get_features(a[1]);
	case XENVER_pagesize:
		return a[1] ? -EINVAL : PAGE_BYTES;
	case XENVER_guest_handle:
		return copy_to_guest(a[1], params.uuid, sizeof(params.uuid));
	case XENVER_commandline:
		return put_string(a[1], "", 1024);
	case 10: /* XENVER_build_id */
		return -EPERM;	/* as to any guest */
	default:
		return -ENOSYS;
	}
}
