// SPDX-License-Identifier: GPL-2.0-only
/*
 * The 2-level event ABI: bits in shared_info and vcpu_info
 *
 *                     64-bit guest        32-bit guest
 *  ports              4096                1024
 *  shared_info
 *    vcpu_info[32]    0x000               0x000      64 bytes each
 *    evtchn_pending   0x800, 64 x 8       0x800, 32 x 4
 *    evtchn_mask      0xa00, 64 x 8       0x880, 32 x 4
 *  vcpu_info
 *    upcall_pending   0, one byte         0, one byte
 *    upcall_mask      1, one byte         1, one byte
 *    pending_sel      8, 8 bytes          4, 4 bytes
 *
 * On a little-endian machine the pending and mask arrays are plain bitmaps
 * indexed by port whatever the word size; only the selector's differs.
 *
 * The guest and its monitor change the same words at any time. Each of our
 * steps is one locked instruction, never a loop; nothing read back is used for
 * more than deciding whether to interrupt the guest.
 */
#include <linux/bitops.h>
#include <linux/mm.h>
#include <xen/interface/xen.h>

#include "domain.h"

#define VCPU_INFO_SIZE		64
#define LEGACY_VCPUS		32

#define SHARED_PENDING		0x800
#define SHARED_MASK_64		0xa00
#define SHARED_MASK_32		0x880

#define INFO_UPCALL_PENDING	0
#define INFO_UPCALL_MASK	1
#define INFO_SEL_64		8
#define INFO_SEL_32		4

static_assert(sizeof(struct vcpu_info) == VCPU_INFO_SIZE);
static_assert(offsetof(struct vcpu_info, evtchn_upcall_pending) ==
	      INFO_UPCALL_PENDING);
static_assert(offsetof(struct vcpu_info, evtchn_upcall_mask) ==
	      INFO_UPCALL_MASK);
static_assert(offsetof(struct vcpu_info, evtchn_pending_sel) == INFO_SEL_64);
static_assert(offsetof(struct shared_info, evtchn_pending) == SHARED_PENDING);
static_assert(offsetof(struct shared_info, evtchn_mask) == SHARED_MASK_64);
static_assert(MAX_VIRT_CPUS == LEGACY_VCPUS);

/**
 * xenpv_2l_nr_ports() - ports the guest's word size allows
 * @dom: the domain
 *
 * Return: the first number that is no port.
 */
unsigned int xenpv_2l_nr_ports(const struct xenpv_domain *dom)
{
	return xenpv_domain_32bit(dom) ? 1024 : XENPV_MAX_PORTS;
}

/* NULL until it is set; without the domain's mutex. */
static void *shared_info(struct xenpv_domain *dom)
{
	/* Pairs with the release in ioctl_set_shared_info(). */
	return smp_load_acquire(&dom->shared_info);
}

static unsigned long *pending_bits(void *shared)
{
	return shared + SHARED_PENDING;
}

static unsigned long *mask_bits(const struct xenpv_domain *dom, void *shared)
{
	return shared + (xenpv_domain_32bit(dom) ? SHARED_MASK_32 :
						   SHARED_MASK_64);
}

/* Where a vCPU's vcpu_info is now; NULL when it has none yet. */
static void *find_info(const struct xenpv_domain *dom, void *shared,
		       struct xenpv_vcpu *vcpu, u32 vcpu_id)
{
	void *info = vcpu ? READ_ONCE(vcpu->info) : NULL;

	if (!info && vcpu_id < LEGACY_VCPUS)
		info = shared + vcpu_id * VCPU_INFO_SIZE;
	return info;
}

/*
 * One locked 32-bit bit-set: a 32-bit guest's selector is only 4-aligned, and
 * the kernel's bitops would touch the 8 bytes around it.
 */
static bool test_and_set_bit32(unsigned int bit, u32 *word)
{
	bool was;

	asm volatile(LOCK_PREFIX "btsl %2, %1"
		     : "=@ccc" (was), "+m" (*word)
		     : "Ir" (bit)
		     : "memory");
	return was;
}

static bool select_word(const struct xenpv_domain *dom, void *info, u32 nr)
{
	if (xenpv_domain_32bit(dom))
		return test_and_set_bit32(nr / 32, info + INFO_SEL_32);
	return test_and_set_bit(nr / 64, info + INFO_SEL_64);
}

/* Returns whether the vCPU has to be interrupted. */
static bool mark_upcall(void *info)
{
	return !xchg((u8 *)info + INFO_UPCALL_PENDING, 1);
}

static bool polls_for(const struct xenpv_vcpu *vcpu, u32 nr)
{
	u32 polling = READ_ONCE(vcpu->block->polling);

	return polling == nr || polling == XENPV_POLL_ANY;
}

/*
 * Wakes vCPUs that sit in SCHEDOP_poll for port @nr. Such a vCPU sets its bit in
 * pollers, then looks for pending ports, then halts; we set the pending bit,
 * then look at pollers: with a full barrier on both sides one sees the other.
 *
 * The bits are the receiver's memory. Taking them away bounds what it can have
 * us do to a kick for each time that one of its vCPUs set a bit.
 */
static void kick_pollers(struct xenpv_domain *dom, u32 nr,
			 struct xenpv_vcpu *kicked)
{
	struct xenpv_vcpu *vcpu = xenpv_vcpu_get(dom, 0);
	DECLARE_BITMAP(set, XENPV_MAX_VCPUS);
	unsigned long *pollers;
	unsigned int i;

	if (!vcpu)
		return;
	pollers = (unsigned long *)vcpu->block->pollers;
	/* Pairs with the locked instruction that sets a bit of pollers. */
	smp_mb__after_atomic();
	for (i = 0; i < BITS_TO_LONGS(XENPV_MAX_VCPUS); i++)
		set[i] = READ_ONCE(pollers[i]);
	for_each_set_bit(i, set, dom->max_vcpus) {
		vcpu = xenpv_vcpu_get(dom, i);
		if (vcpu && vcpu != kicked && polls_for(vcpu, nr) &&
		    test_and_clear_bit(i, pollers))
			xenpv_kick(vcpu);
	}
}

/**
 * xenpv_2l_set_pending() - raise an event in a domain
 * @dom: the domain; the caller holds a port lock or mutex that keeps it from
 *	being torn down
 * @nr: port, in range
 * @vcpu_id: vCPU that the port is bound to
 *
 * Called from the doorbell callback (under a wait queue's lock, interrupts
 * off) and from ioctls.
 *
 * Return: the vCPU that the caller has to kick, or NULL.
 */
struct xenpv_vcpu *xenpv_2l_set_pending(struct xenpv_domain *dom, u32 nr,
					u32 vcpu_id)
{
	struct xenpv_vcpu *vcpu, *kick = NULL;
	void *shared = shared_info(dom);
	void *info;

	/* A domain without shared_info has not started. */
	if (!shared)
		return NULL;
	if (test_and_set_bit(nr, pending_bits(shared)))
		return NULL;

	/*
	 * The pending bit is visible before the vcpu_info is looked up: see
	 * xenpv_2l_op_vcpu_info().
	 */
	vcpu = xenpv_vcpu_get(dom, vcpu_id);
	info = find_info(dom, shared, vcpu, vcpu_id);
	if (info && !test_bit(nr, mask_bits(dom, shared)) &&
	    !select_word(dom, info, nr) && mark_upcall(info))
		kick = vcpu;
	if (vcpu)
		atomic64_inc(&vcpu->events);
	kick_pollers(dom, nr, kick);
	return kick;
}

/**
 * xenpv_2l_raise() - raise an event and kick whom it concerns
 * @dom: the domain, as for xenpv_2l_set_pending()
 * @nr: port, in range
 * @vcpu_id: vCPU that the port is bound to
 */
void xenpv_2l_raise(struct xenpv_domain *dom, u32 nr, u32 vcpu_id)
{
	struct xenpv_vcpu *vcpu = xenpv_2l_set_pending(dom, nr, vcpu_id);

	if (vcpu)
		xenpv_kick(vcpu);
}

/**
 * xenpv_2l_clear_pending() - forget a port's event
 * @dom: the domain, locked
 * @nr: port, in range
 */
void xenpv_2l_clear_pending(struct xenpv_domain *dom, u32 nr)
{
	if (dom->shared_info)
		clear_bit(nr, pending_bits(dom->shared_info));
}

/**
 * xenpv_2l_unmask() - unmask a port and raise what came in meanwhile
 * @dom: the domain
 * @nr: port, in range
 * @vcpu_id: vCPU that the port is bound to
 */
void xenpv_2l_unmask(struct xenpv_domain *dom, u32 nr, u32 vcpu_id)
{
	struct xenpv_vcpu *vcpu = xenpv_vcpu_get(dom, vcpu_id);
	void *shared = shared_info(dom);
	void *info;

	if (!shared)
		return;
	info = find_info(dom, shared, vcpu, vcpu_id);
	if (!test_and_clear_bit(nr, mask_bits(dom, shared)) || !info)
		return;
	if (test_bit(nr, pending_bits(shared)) &&
	    !select_word(dom, info, nr) && mark_upcall(info) && vcpu)
		xenpv_kick(vcpu);
}

/**
 * xenpv_2l_is_pending() - look at a port's pending bit
 * @dom: the domain, locked
 * @nr: port, in range
 *
 * Return: whether it is set; for display only.
 */
bool xenpv_2l_is_pending(const struct xenpv_domain *dom, u32 nr)
{
	return dom->shared_info &&
	       test_bit(nr, pending_bits(dom->shared_info));
}

/**
 * xenpv_2l_is_masked() - look at a port's mask bit
 * @dom: the domain, locked
 * @nr: port, in range
 *
 * Return: whether it is set; for display only.
 */
bool xenpv_2l_is_masked(const struct xenpv_domain *dom, u32 nr)
{
	return dom->shared_info &&
	       test_bit(nr, mask_bits(dom, dom->shared_info));
}

/**
 * xenpv_2l_vcpu_added() - interrupt a new vCPU for events older than it
 * @vcpu: the vCPU, just published
 */
void xenpv_2l_vcpu_added(struct xenpv_vcpu *vcpu)
{
	struct xenpv_domain *dom = vcpu->dom;
	void *info;

	info = find_info(dom, dom->shared_info, vcpu, vcpu->id);
	if (info && READ_ONCE(*((u8 *)info + INFO_UPCALL_PENDING)))
		xenpv_kick(vcpu);
}

static void mark_everything(struct xenpv_vcpu *vcpu, void *info)
{
	if (xenpv_domain_32bit(vcpu->dom))
		WRITE_ONCE(*(u32 *)(info + INFO_SEL_32), U32_MAX);
	else
		WRITE_ONCE(*(u64 *)(info + INFO_SEL_64), U64_MAX);
	xchg((u8 *)info + INFO_UPCALL_PENDING, 1);
	xenpv_kick(vcpu);
}

static s64 map_info(struct xenpv_vcpu *vcpu, struct xenpv_pin pin)
{
	struct xenpv_domain *dom = vcpu->dom;
	void *old;

	lockdep_assert_held(&dom->lock);
	if (vcpu->info || dom->dying)
		return -EINVAL;

	old = find_info(dom, dom->shared_info, vcpu, vcpu->id);
	if (old) {
		memcpy(pin.va, old, VCPU_INFO_SIZE);
	} else {
		memset(pin.va, 0, VCPU_INFO_SIZE);
		*((u8 *)pin.va + INFO_UPCALL_MASK) = 1;
	}
	vcpu->info_pin = pin;

	/*
	 * Who raises an event now may still use the old place. He has set the
	 * pending bit before he looked up the place (set_pending), so the bit
	 * is set by now, and marking everything in the new place makes the
	 * guest find it.
	 */
	smp_store_mb(vcpu->info, pin.va);
	mark_everything(vcpu, pin.va);
	return 0;
}

/**
 * xenpv_2l_op_vcpu_info() - XENPV_OP_VCPU_INFO: register a vcpu_info
 * @vcpu: the calling vCPU
 * @call: arg[0] = vCPU id, arg[1] = guest physical address
 *
 * Return: 0, -ENOENT: no such vCPU, -ENXIO: misaligned or not in one page,
 * -EINVAL: registered already or not memory, -ENOMEM: over the owner's limit.
 */
s64 xenpv_2l_op_vcpu_info(struct xenpv_vcpu *vcpu, struct xenpv_call *call)
{
	struct xenpv_domain *dom = vcpu->dom;
	u64 gpa = call->arg[1];
	struct xenpv_pin pin;
	s64 ret;

	vcpu = xenpv_vcpu_get(dom, call->arg[0]);
	if (!vcpu)
		return -ENOENT;
	if (!IS_ALIGNED(gpa, xenpv_domain_32bit(dom) ? 4 : 8) ||
	    offset_in_page(gpa) > PAGE_SIZE - VCPU_INFO_SIZE)
		return -ENXIO;
	if (READ_ONCE(vcpu->info))
		return -EINVAL;
	ret = xenpv_pin(dom, gpa, VCPU_INFO_SIZE, &pin);
	if (ret)
		return ret == -ENOMEM ? -ENOMEM : -EINVAL;

	mutex_lock(&dom->lock);
	ret = map_info(vcpu, pin);
	mutex_unlock(&dom->lock);
	if (ret)
		xenpv_unpin(dom, &pin);
	return ret;
}
