// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains: creation, their ioctls, their end
 *
 * A domain ends when its fd is closed or when the mm that created it goes away,
 * whichever is first: after that nothing of it runs, no memory is pinned and
 * its name is free. The structure and the domid stay until the last event fd
 * and the last caller let go.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/anon_inodes.h>
#include <linux/ctype.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/xarray.h>

#include "debugfs.h"
#include "domain.h"
#include "main.h"
#include "trace.h"

/* Guards names and nr_domains; the array has its own lock. */
static DEFINE_MUTEX(domains_lock);
/* struct xenpv_domid by id */
static DEFINE_XARRAY_ALLOC1(domids);
static u32 next_domid;
static unsigned int nr_domains;

unsigned int xenpv_max_domains = 1024;

/**
 * xenpv_domid_get() - keep a domain id from being given again
 * @nr: the id, hostile
 *
 * Return: the id, to be put again, or NULL when it is nobody's.
 */
struct xenpv_domid *xenpv_domid_get(u16 nr)
{
	struct xenpv_domid *id;

	xa_lock(&domids);
	id = xa_load(&domids, nr);
	if (id && !kref_get_unless_zero(&id->ref))
		id = NULL;
	xa_unlock(&domids);
	return id;
}

static void domid_free(struct kref *ref)
{
	struct xenpv_domid *id = container_of(ref, struct xenpv_domid, ref);

	xa_erase(&domids, id->nr);
	kfree(id);
}

/**
 * xenpv_domid_put() - let go of a domain id
 * @id: the id or NULL
 */
void xenpv_domid_put(struct xenpv_domid *id)
{
	if (id)
		kref_put(&id->ref, domid_free);
}

/**
 * xenpv_domain_get() - find a living domain
 * @domid: its id, hostile
 *
 * Return: the domain, to be put again, or NULL.
 */
struct xenpv_domain *xenpv_domain_get(u16 domid)
{
	struct xenpv_domain *dom = NULL;
	struct xenpv_domid *id;

	xa_lock(&domids);
	id = xa_load(&domids, domid);
	if (id)
		dom = id->dom;
	if (dom && (READ_ONCE(dom->dying) || !kref_get_unless_zero(&dom->ref)))
		dom = NULL;
	xa_unlock(&domids);
	return dom;
}

static void domain_free(struct xenpv_domain *dom)
{
	unsigned int i;

	for (i = 0; i < dom->max_vcpus; i++) {
		if (!dom->vcpus[i])
			continue;
		kfree(dom->vcpus[i]->call);
		kfree(dom->vcpus[i]);
	}
	kfree(dom->vcpus);
	xenpv_evtchn_free(dom);
	put_pid(dom->owner);
	mmdrop(dom->mm);
	mutex_destroy(&dom->lock);
	kfree(dom);
}

static void domain_last_put(struct kref *ref)
{
	struct xenpv_domain *dom = container_of(ref, struct xenpv_domain, ref);

	if (dom->id) {
		mutex_lock(&domains_lock);
		nr_domains--;
		mutex_unlock(&domains_lock);
		xa_lock(&domids);
		dom->id->dom = NULL;
		xa_unlock(&domids);
		xenpv_domid_put(dom->id);
	}
	domain_free(dom);
}

/**
 * xenpv_domain_put() - let go of a domain
 * @dom: the domain
 */
void xenpv_domain_put(struct xenpv_domain *dom)
{
	kref_put(&dom->ref, domain_last_put);
}

/**
 * xenpv_vcpu_cpu_time() - CPU time of a vCPU
 * @vcpu: the vCPU, its domain locked
 *
 * Return: nanoseconds its threads have run since they attached.
 */
u64 xenpv_vcpu_cpu_time(const struct xenpv_vcpu *vcpu)
{
	u64 time = vcpu->cpu_time;

	if (vcpu->task)
		time += READ_ONCE(vcpu->task->se.sum_exec_runtime) -
			vcpu->cpu_time_base;
	return time;
}

static void set_task(struct xenpv_vcpu *vcpu, struct task_struct *task)
{
	struct task_struct *old = vcpu->task;

	lockdep_assert_held(&vcpu->dom->lock);
	vcpu->cpu_time = xenpv_vcpu_cpu_time(vcpu);
	if (task) {
		get_task_struct(task);
		vcpu->cpu_time_base = READ_ONCE(task->se.sum_exec_runtime);
	}
	/* The doorbell callback compares it, no more. */
	WRITE_ONCE(vcpu->task, task);
	if (old)
		put_task_struct(old);
}

/* Nothing is added to a dying domain, so what it has pinned stays as it is. */
static void unpin_all(struct xenpv_domain *dom)
{
	struct xenpv_vcpu *vcpu;
	unsigned int i;

	for (i = 0; i < dom->max_vcpus; i++) {
		vcpu = dom->vcpus[i];
		if (!vcpu)
			continue;
		xenpv_unpin(dom, &vcpu->info_pin);
		xenpv_unpin(dom, &vcpu->block_pin);
	}
	xenpv_unpin(dom, &dom->shared_info_pin);
}

/*
 * Makes a domain unreachable, then gives back all it holds. What still holds
 * references sees a dying domain without ports, vCPUs' eventfds or memory.
 */
static void domain_end(struct xenpv_domain *dom)
{
	struct xenpv_vcpu *vcpu;
	unsigned int i;

	mutex_lock(&dom->lock);
	if (dom->dying) {
		mutex_unlock(&dom->lock);
		return;
	}
	WRITE_ONCE(dom->dying, true);

	/* No more calls from the guest ... */
	for (i = 0; i < dom->max_vcpus; i++)
		if (dom->vcpus[i])
			xenpv_doorbell_detach(dom->vcpus[i]);
	/* ... nor events from others: nobody reaches its memory now. */
	xenpv_evtchn_close_all(dom);
	xenpv_event_fd_hangup_all(dom);
	/* Whoever found a vCPU to kick before that has done it by now. */
	synchronize_rcu();

	for (i = 0; i < dom->max_vcpus; i++) {
		vcpu = dom->vcpus[i];
		if (!vcpu)
			continue;
		xenpv_doorbell_release(vcpu);
		xenpv_kick_release(vcpu);
		set_task(vcpu, NULL);
		WRITE_ONCE(vcpu->info, NULL);
		WRITE_ONCE(vcpu->block, NULL);
	}
	WRITE_ONCE(dom->shared_info, NULL);
	mutex_unlock(&dom->lock);

	xenpv_debugfs_remove(dom);
	unpin_all(dom);
	if (dom->id) {
		trace_kvm_xenpv_domain(dom->domid, false);
		pr_debug("domain %u ended\n", dom->domid);
	}
}

/* The owner's mm goes away, though somebody else may hold the fd. */
static void owner_gone(struct mmu_notifier *notifier, struct mm_struct *mm)
{
	domain_end(container_of(notifier, struct xenpv_domain, notifier));
}

static const struct mmu_notifier_ops notifier_ops = {
	.release = owner_gone,
};

/* Ends the domain and drops the domain fd's reference. */
static void domain_close(struct xenpv_domain *dom)
{
	/* This calls owner_gone() unless the mm did. */
	mmu_notifier_unregister(&dom->notifier, dom->mm);
	domain_end(dom);
	xenpv_domain_put(dom);
}

/* Checks a name and clears what follows it. */
static int check_name(char *name)
{
	size_t len = strnlen(name, KVM_XENPV_NAME_LEN), i;

	if (!len || len == KVM_XENPV_NAME_LEN)
		return -EINVAL;
	for (i = 0; i < len; i++)
		if (!isascii(name[i]) || !isprint(name[i]) || name[i] == '/')
			return -EINVAL;
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return -EINVAL;
	memset(name + len, 0, KVM_XENPV_NAME_LEN - len);
	return 0;
}

static bool name_taken(const struct xenpv_domain *self, const char *name)
{
	const struct xenpv_domain *dom;
	struct xenpv_domid *id;
	unsigned long nr;
	bool taken = false;

	lockdep_assert_held(&domains_lock);
	xa_lock(&domids);
	xa_for_each(&domids, nr, id) {
		dom = id->dom;
		if (!dom || dom == self || READ_ONCE(dom->dying))
			continue;
		if (!strcmp(dom->name, name)) {
			taken = true;
			break;
		}
	}
	xa_unlock(&domids);
	return taken;
}

/* Enters a domain in the table. */
static int domain_publish(struct xenpv_domain *dom)
{
	struct xenpv_domid *id;
	int ret;
	u32 nr;

	id = kzalloc(sizeof(*id), GFP_KERNEL_ACCOUNT);
	if (!id)
		return -ENOMEM;
	kref_init(&id->ref);

	mutex_lock(&domains_lock);
	ret = -EEXIST;
	if (name_taken(dom, dom->name))
		goto err_unlock;
	ret = -ENOSPC;
	if (nr_domains >= xenpv_max_domains)
		goto err_unlock;
	ret = xa_alloc_cyclic(&domids, &nr, id,
			      XA_LIMIT(1, KVM_XENPV_DOMID_END - 1),
			      &next_domid, GFP_KERNEL);
	if (ret < 0) {
		if (ret == -EBUSY)
			ret = -ENOSPC;
		goto err_unlock;
	}
	dom->id = id;
	dom->domid = nr;
	xa_lock(&domids);
	id->nr = nr;
	id->dom = dom;
	xa_unlock(&domids);
	nr_domains++;
	mutex_unlock(&domains_lock);
	return 0;

err_unlock:
	mutex_unlock(&domains_lock);
	kfree(id);
	return ret;
}

static struct xenpv_domain *
domain_new(const struct kvm_xenpv_create_domain *create)
{
	struct xenpv_domain *dom;

	dom = kzalloc(sizeof(*dom), GFP_KERNEL_ACCOUNT);
	if (!dom)
		return NULL;
	kref_init(&dom->ref);
	mutex_init(&dom->lock);
	INIT_LIST_HEAD(&dom->event_fds);
	dom->flags = create->flags;
	dom->max_vcpus = create->nr_vcpus;
	dom->created = ktime_get_boottime_ns();
	memcpy(dom->name, create->name, sizeof(dom->name));
	memcpy(dom->uuid, create->uuid, sizeof(dom->uuid));
	dom->owner = get_task_pid(current, PIDTYPE_TGID);
	dom->mm = current->mm;
	mmgrab(dom->mm);

	dom->vcpus = kcalloc(dom->max_vcpus, sizeof(*dom->vcpus),
			     GFP_KERNEL_ACCOUNT);
	if (!dom->vcpus) {
		dom->max_vcpus = 0;
		goto err_free;
	}
	if (xenpv_evtchn_init(dom))
		goto err_free;
	return dom;

err_free:
	domain_free(dom);
	return NULL;
}

static int ioctl_set_memory(struct xenpv_domain *dom, void __user *uarg)
{
	struct kvm_xenpv_memory *memory;
	int ret;

	memory = memdup_user(uarg, sizeof(*memory));
	if (IS_ERR(memory))
		return PTR_ERR(memory);
	mutex_lock(&dom->lock);
	ret = xenpv_memory_set(dom, memory);
	mutex_unlock(&dom->lock);
	kfree(memory);
	return ret;
}

static int ioctl_set_shared_info(struct xenpv_domain *dom, void __user *uarg)
{
	struct xenpv_pin pin;
	int ret;
	u64 gpa;

	if (copy_from_user(&gpa, uarg, sizeof(gpa)))
		return -EFAULT;
	if (!PAGE_ALIGNED(gpa))
		return -EINVAL;
	if (READ_ONCE(dom->shared_info))
		return -EBUSY;
	ret = xenpv_pin(dom, gpa, PAGE_SIZE, &pin);
	if (ret)
		return ret;
	mutex_lock(&dom->lock);
	if (dom->shared_info) {
		ret = -EBUSY;
	} else {
		dom->shared_info_pin = pin;
		/* Senders look without the mutex. */
		smp_store_release(&dom->shared_info, pin.va);
	}
	mutex_unlock(&dom->lock);
	if (ret)
		xenpv_unpin(dom, &pin);
	return ret;
}

static void vcpu_free(struct xenpv_vcpu *vcpu)
{
	xenpv_unpin(vcpu->dom, &vcpu->block_pin);
	mutex_destroy(&vcpu->call_lock);
	kfree(vcpu->call);
	kfree(vcpu);
}

/* A vCPU with its block pinned, not in the domain yet. */
static struct xenpv_vcpu *vcpu_new(struct xenpv_domain *dom, u32 id, u64 gpa)
{
	struct xenpv_vcpu *vcpu;
	int ret = -ENOMEM;

	vcpu = kzalloc(sizeof(*vcpu), GFP_KERNEL_ACCOUNT);
	if (!vcpu)
		return ERR_PTR(-ENOMEM);
	vcpu->dom = dom;
	vcpu->id = id;
	mutex_init(&vcpu->call_lock);
	vcpu->call = kzalloc(sizeof(*vcpu->call), GFP_KERNEL_ACCOUNT);
	if (vcpu->call)
		ret = xenpv_pin(dom, gpa, PAGE_SIZE, &vcpu->block_pin);
	if (ret) {
		vcpu_free(vcpu);
		return ERR_PTR(ret);
	}
	vcpu->block = vcpu->block_pin.va;
	return vcpu;
}

/* May a vCPU of that id be added?  Good for as long as the domain is locked. */
static int vcpu_check(struct xenpv_domain *dom, u32 id)
{
	if (xenpv_vcpu_get(dom, id))
		return -EEXIST;
	return READ_ONCE(dom->shared_info) ? 0 : -ENXIO;
}

static int vcpu_add(struct xenpv_vcpu *vcpu, const struct kvm_xenpv_vcpu *arg)
{
	struct xenpv_domain *dom = vcpu->dom;
	int ret;

	lockdep_assert_held(&dom->lock);
	ret = vcpu_check(dom, vcpu->id);
	if (ret)
		return ret;
	ret = xenpv_kick_attach(vcpu, arg->irq_fd);
	if (ret)
		return ret;
	/* Last: from here on the callback runs. */
	ret = xenpv_doorbell_attach(vcpu, arg->doorbell_fd);
	if (ret) {
		xenpv_kick_release(vcpu);
		return ret;
	}

	/* Senders look up vCPUs without the mutex. */
	smp_store_release(&dom->vcpus[vcpu->id], vcpu);
	dom->nr_vcpus++;
	xenpv_2l_vcpu_added(vcpu);
	return 0;
}

static int ioctl_add_vcpu(struct xenpv_domain *dom, void __user *uarg)
{
	struct kvm_xenpv_vcpu arg;
	struct xenpv_vcpu *vcpu;
	int ret;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (arg.reserved || arg.id >= dom->max_vcpus ||
	    !PAGE_ALIGNED(arg.block_gpa))
		return -EINVAL;
	arg.id = array_index_nospec(arg.id, dom->max_vcpus);
	ret = vcpu_check(dom, arg.id);
	if (ret)
		return ret;
	vcpu = vcpu_new(dom, arg.id, arg.block_gpa);
	if (IS_ERR(vcpu))
		return PTR_ERR(vcpu);
	mutex_lock(&dom->lock);
	ret = vcpu_add(vcpu, &arg);
	mutex_unlock(&dom->lock);
	if (ret)
		vcpu_free(vcpu);
	return ret;
}

static int ioctl_attach_vcpu(struct xenpv_domain *dom, unsigned long id)
{
	struct xenpv_vcpu *vcpu = xenpv_vcpu_get(dom, id);

	if (!vcpu)
		return -ENOENT;
	mutex_lock(&dom->lock);
	set_task(vcpu, current);
	mutex_unlock(&dom->lock);
	return 0;
}

static int ioctl_hypercall(struct xenpv_domain *dom, unsigned long id)
{
	struct xenpv_vcpu *vcpu = xenpv_vcpu_get(dom, id);

	if (!vcpu)
		return -ENOENT;
	if (READ_ONCE(vcpu->task) != current)
		return -EPERM;
	return xenpv_hypercall(vcpu);
}

static void fill_info(struct xenpv_domain *dom, struct kvm_xenpv_info *info)
{
	struct xenpv_vcpu *vcpu;
	unsigned int i;

	memset(info, 0, sizeof(*info));
	info->domid = dom->domid;
	info->owner = pid_vnr(dom->owner);
	info->max_vcpus = dom->max_vcpus;
	info->created = dom->created;
	info->flags = dom->flags;
	memcpy(info->uuid, dom->uuid, sizeof(info->uuid));
	info->slow_calls = xenpv_hypercall_total(dom);

	mutex_lock(&dom->lock);
	info->state = dom->dying ? KVM_XENPV_STATE_DYING : dom->state;
	info->shutdown_code = dom->shutdown_code;
	info->nr_vcpus = dom->nr_vcpus;
	info->memory = dom->reservation;
	info->ports = dom->nr_ports;
	for (i = 0; i < dom->max_vcpus; i++) {
		vcpu = dom->vcpus[i];
		if (!vcpu)
			continue;
		/* The blocks of a dying domain may be gone. */
		if (!dom->dying)
			info->online_vcpus += READ_ONCE(vcpu->block->online) == 1;
		info->cpu_time += xenpv_vcpu_cpu_time(vcpu);
		info->events += atomic64_read(&vcpu->events);
		info->doorbells += READ_ONCE(vcpu->doorbell.answered);
		info->doorbells_bad += atomic64_read(&vcpu->doorbell.bad);
		info->kicks += atomic64_read(&vcpu->kick.sent);
	}
	mutex_unlock(&dom->lock);

	mutex_lock(&domains_lock);
	memcpy(info->name, dom->name, sizeof(info->name));
	mutex_unlock(&domains_lock);
}

static int ioctl_get_info(struct xenpv_domain *dom, void __user *uarg)
{
	struct kvm_xenpv_info info;

	fill_info(dom, &info);
	return copy_to_user(uarg, &info, sizeof(info)) ? -EFAULT : 0;
}

static int ioctl_set_state(struct xenpv_domain *dom, void __user *uarg)
{
	struct kvm_xenpv_state arg;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	switch (arg.state) {
	case KVM_XENPV_STATE_BUILDING:
	case KVM_XENPV_STATE_RUNNING:
	case KVM_XENPV_STATE_PAUSED:
		if (arg.shutdown_code)
			return -EINVAL;
		break;
	case KVM_XENPV_STATE_SHUTDOWN:
	case KVM_XENPV_STATE_CRASHED:
		break;
	default:
		return -EINVAL;
	}
	mutex_lock(&dom->lock);
	dom->state = arg.state;
	dom->shutdown_code = arg.shutdown_code;
	mutex_unlock(&dom->lock);
	return 0;
}

static int ioctl_set_reservation(struct xenpv_domain *dom, void __user *uarg)
{
	u64 bytes;
	int ret = 0;

	if (copy_from_user(&bytes, uarg, sizeof(bytes)))
		return -EFAULT;
	mutex_lock(&dom->lock);
	if (bytes > dom->memory)
		ret = -EINVAL;
	else
		dom->reservation = bytes;
	mutex_unlock(&dom->lock);
	return ret;
}

static int ioctl_set_name(struct xenpv_domain *dom, void __user *uarg)
{
	struct kvm_xenpv_name arg;
	int ret;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	ret = check_name(arg.name);
	if (ret)
		return ret;
	mutex_lock(&domains_lock);
	if (name_taken(dom, arg.name))
		ret = -EEXIST;
	else
		memcpy(dom->name, arg.name, sizeof(dom->name));
	mutex_unlock(&domains_lock);
	return ret;
}

static int ioctl_alloc_port(struct xenpv_domain *dom, void __user *uarg)
{
	struct kvm_xenpv_alloc_port arg;
	int ret;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (arg.remote >= KVM_XENPV_DOMID_END)
		return -EINVAL;
	ret = xenpv_evtchn_alloc(dom, arg.remote, &arg.port);
	if (ret)
		return ret;
	if (!copy_to_user(uarg, &arg, sizeof(arg)))
		return 0;
	mutex_lock(&dom->lock);
	xenpv_port_close(dom, arg.port);
	mutex_unlock(&dom->lock);
	return -EFAULT;
}

static int ioctl_port_status(struct xenpv_domain *dom, void __user *uarg)
{
	struct kvm_xenpv_port_status arg;
	int ret;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	ret = xenpv_evtchn_status(dom, &arg);
	if (ret)
		return ret;
	return copy_to_user(uarg, &arg, sizeof(arg)) ? -EFAULT : 0;
}

static int ioctl_raise_virq(struct xenpv_domain *dom, void __user *uarg)
{
	struct kvm_xenpv_virq arg;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	return xenpv_evtchn_raise_virq(dom, arg.virq, arg.vcpu);
}

static long domain_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct xenpv_domain *dom = file->private_data;
	void __user *uarg = (void __user *)arg;

	if (current->mm != dom->mm)
		return -EPERM;
	switch (cmd) {
	case KVM_XENPV_SET_MEMORY:
		return ioctl_set_memory(dom, uarg);
	case KVM_XENPV_SET_SHARED_INFO:
		return ioctl_set_shared_info(dom, uarg);
	case KVM_XENPV_ADD_VCPU:
		return ioctl_add_vcpu(dom, uarg);
	case KVM_XENPV_ATTACH_VCPU:
		return ioctl_attach_vcpu(dom, arg);
	case KVM_XENPV_HYPERCALL:
		return ioctl_hypercall(dom, arg);
	case KVM_XENPV_GET_INFO:
		return ioctl_get_info(dom, uarg);
	case KVM_XENPV_SET_STATE:
		return ioctl_set_state(dom, uarg);
	case KVM_XENPV_SET_NAME:
		return ioctl_set_name(dom, uarg);
	case KVM_XENPV_SET_RESERVATION:
		return ioctl_set_reservation(dom, uarg);
	case KVM_XENPV_ALLOC_PORT:
		return ioctl_alloc_port(dom, uarg);
	case KVM_XENPV_PORT_STATUS:
		return ioctl_port_status(dom, uarg);
	case KVM_XENPV_RAISE_VIRQ:
		return ioctl_raise_virq(dom, uarg);
	case KVM_XENPV_CREATE_EVENT_FD:
		return xenpv_event_fd_create(dom);
	default:
		return -ENOTTY;
	}
}

static int domain_release(struct inode *inode, struct file *file)
{
	domain_close(file->private_data);
	return 0;
}

static const struct file_operations domain_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = domain_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = domain_release,
};

static int check_create(struct kvm_xenpv_create_domain *create)
{
	if (create->flags & ~KVM_XENPV_DOMAIN_32BIT || create->reserved)
		return -EINVAL;
	if (!create->nr_vcpus || create->nr_vcpus > XENPV_MAX_VCPUS)
		return -EINVAL;
	return check_name(create->name);
}

/**
 * xenpv_domain_create() - KVM_XENPV_CREATE_DOMAIN
 * @uarg: the argument
 *
 * Return: the domain fd or a negative errno.
 */
int xenpv_domain_create(struct kvm_xenpv_create_domain __user *uarg)
{
	struct kvm_xenpv_create_domain create;
	struct xenpv_domain *dom;
	struct file *file;
	int ret, fd;

	if (copy_from_user(&create, uarg, sizeof(create)))
		return -EFAULT;
	ret = check_create(&create);
	if (ret)
		return ret;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;

	ret = -ENOMEM;
	dom = domain_new(&create);
	if (!dom)
		goto err_fd;
	dom->notifier.ops = &notifier_ops;
	ret = mmu_notifier_register(&dom->notifier, dom->mm);
	if (ret)
		goto err_put;
	ret = domain_publish(dom);
	if (ret)
		goto err_close;
	xenpv_debugfs_add(dom);
	trace_kvm_xenpv_domain(dom->domid, true);
	pr_debug("domain %u created by %d\n", dom->domid, task_tgid_nr(current));

	file = anon_inode_getfile("[kvm-xenpv-domain]", &domain_fops, dom,
				  O_RDWR);
	if (IS_ERR(file)) {
		ret = PTR_ERR(file);
		goto err_close;
	}
	/* The file has the domain now. */
	if (put_user(dom->domid, &uarg->domid)) {
		fput(file);
		ret = -EFAULT;
		goto err_fd;
	}
	fd_install(fd, file);
	return fd;

err_close:
	domain_close(dom);
	goto err_fd;
err_put:
	xenpv_domain_put(dom);
err_fd:
	put_unused_fd(fd);
	return ret;
}

/* Takes references to up to @room domains of @first and above, all at once. */
static u32 collect(struct xenpv_domain **doms, u32 first, u32 room)
{
	struct xenpv_domain *dom;
	struct xenpv_domid *id;
	unsigned long nr;
	u32 n = 0;

	xa_lock(&domids);
	xa_for_each_start(&domids, nr, id, first) {
		if (n == room)
			break;
		dom = id->dom;
		if (dom && kref_get_unless_zero(&dom->ref))
			doms[n++] = dom;
	}
	xa_unlock(&domids);
	return n;
}

/**
 * xenpv_domain_list() - KVM_XENPV_LIST_DOMAINS
 * @uarg: the argument
 *
 * Return: 0 or a negative errno.
 */
int xenpv_domain_list(struct kvm_xenpv_list __user *uarg)
{
	struct kvm_xenpv_info __user *infos;
	struct kvm_xenpv_list arg;
	struct kvm_xenpv_info info;
	struct xenpv_domain **doms;
	u32 i, n, room;
	int ret = 0;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	infos = u64_to_user_ptr(arg.infos);
	room = min(arg.count, READ_ONCE(nr_domains));
	doms = kvmalloc_array(room, sizeof(*doms), GFP_KERNEL_ACCOUNT);
	if (!doms)
		return -ENOMEM;

	n = collect(doms, arg.first, room);
	for (i = 0; i < n; i++) {
		fill_info(doms[i], &info);
		xenpv_domain_put(doms[i]);
		if (!ret && copy_to_user(&infos[i], &info, sizeof(info)))
			ret = -EFAULT;
	}
	kvfree(doms);
	return ret ?: put_user(n, &uarg->count);
}
