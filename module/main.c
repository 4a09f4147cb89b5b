// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/kvm-xenpv
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/uaccess.h>

#include "debugfs.h"
#include "domain.h"
#include "main.h"

module_param_named(max_domains, xenpv_max_domains, uint, 0644);
MODULE_PARM_DESC(max_domains, "Domains the host may have at a time");
module_param_named(max_ports, xenpv_max_ports, uint, 0444);
MODULE_PARM_DESC(max_ports, "Event channels a domain may have (up to 4096)");

static int get_monitor(struct kvm_xenpv_monitor __user *uarg)
{
	size_t size = xenpv_monitor_image_end - xenpv_monitor_image;
	struct kvm_xenpv_monitor arg;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (put_user(size, &uarg->size))
		return -EFAULT;
	if (arg.size < size)
		return -ENOSPC;
	if (copy_to_user(u64_to_user_ptr(arg.addr), xenpv_monitor_image, size))
		return -EFAULT;
	return 0;
}

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case KVM_XENPV_GET_API_VERSION:
		return KVM_XENPV_API_VERSION;
	case KVM_XENPV_CREATE_DOMAIN:
		return xenpv_domain_create(uarg);
	case KVM_XENPV_LIST_DOMAINS:
		return xenpv_domain_list(uarg);
	case KVM_XENPV_GET_MONITOR:
		return get_monitor(uarg);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "kvm-xenpv",
	.mode = 0660,
	.fops = &device_fops,
};

static int __init xenpv_init(void)
{
	int ret;

	if (!xenpv_max_ports || xenpv_max_ports > XENPV_MAX_PORTS) {
		pr_err("max_ports must be 1 to %u\n", XENPV_MAX_PORTS);
		return -EINVAL;
	}
	xenpv_debugfs_init();
	ret = misc_register(&device);
	if (ret)
		goto err_debugfs;
	return 0;

err_debugfs:
	xenpv_debugfs_exit();
	return ret;
}

/* Every open fd holds the module: nothing is left by now. */
static void __exit xenpv_exit(void)
{
	misc_deregister(&device);
	xenpv_debugfs_exit();
}

module_init(xenpv_init);
module_exit(xenpv_exit);

MODULE_DESCRIPTION("Xen PV guests on KVM: domains and event channels");
MODULE_LICENSE("GPL");
