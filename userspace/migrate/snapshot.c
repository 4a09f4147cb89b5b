// SPDX-License-Identifier: GPL-2.0
/* A suspended domain's vCPUs, with the numbers of pages for frames. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kvm_xenpv_monitor.h>

#include "../util.h"
#include "snapshot.h"

static int frame_to_page(const struct snapshot *s, unsigned int id,
			 const char *what, uint64_t mfn, uint64_t *pfn)
{
	int64_t ret = snapshot_pfn(s, mfn);

	if (ret < 0) {
		err("vCPU %u: %s, frame %#" PRIx64 ", is not the guest's", id,
		    what, mfn);
		return -1;
	}
	*pfn = ret;
	return 0;
}

/* As the monitor left it, with frames. */
static void take_context(struct snapshot *s, unsigned int id)
{
	const uint8_t *at = s->contexts + id * XENPV_CONTEXT_SIZE;
	struct saved_vcpu *v = &s->vcpus[id];
	struct xenpv_context_extra x;

	memcpy(&x, at + XENPV_CONTEXT_EXTRA, sizeof(x));
	memcpy(&v->basic, at, sizeof(v->basic));
	v->present = x.valid;
	v->syscall32_eip = x.syscall32_eip;
	v->syscall32_masks = x.syscall32_masks;
	v->sysenter_eip = x.sysenter_eip;
	v->sysenter_masks = x.sysenter_masks;
	v->syscall32_cs = x.syscall32_cs;
	v->sysenter_cs = x.sysenter_cs;
}

static int convert_gdt(const struct snapshot *s, unsigned int id,
		       vcpu_guest_context_t *c)
{
	unsigned int i, nr = (c->gdt_ents + 511) / 512;
	uint64_t pfn;

	if (c->gdt_ents > 14 * 512) {
		err("vCPU %u: its GDT makes no sense", id);
		return -1;
	}
	for (i = 0; i < nr; i++) {
		if (frame_to_page(s, id, "its GDT", c->gdt_frames[i], &pfn))
			return -1;
		c->gdt_frames[i] = pfn;
	}
	return 0;
}

static int convert_context(const struct snapshot *s, unsigned int id,
			   vcpu_guest_context_t *c)
{
	uint64_t pfn;

	if (convert_gdt(s, id, c) ||
	    frame_to_page(s, id, "cr3", c->ctrlreg[3] >> PAGE_SHIFT, &pfn))
		return -1;
	c->ctrlreg[3] = pfn << PAGE_SHIFT;
	if (c->ctrlreg[1]) {
		if (frame_to_page(s, id, "the user's cr3",
				  c->ctrlreg[1] >> PAGE_SHIFT, &pfn))
			return -1;
		c->ctrlreg[1] = pfn << PAGE_SHIFT | 1;
	}
	/* What it passed to SCHEDOP_shutdown. */
	if (!id) {
		if (frame_to_page(s, id, "start_info", c->user_regs.rdx, &pfn))
			return -1;
		c->user_regs.rdx = pfn;
	}
	return 0;
}

int snapshot_take(struct snapshot *s)
{
	unsigned int i;

	s->vcpus = xcalloc(s->nr_vcpus, sizeof(*s->vcpus));
	for (i = 0; i < s->nr_vcpus; i++)
		take_context(s, i);
	if (!s->vcpus[0].present) {
		err("vCPU 0 is not in use");
		return -1;
	}
	if (snapshot_p2m(s) || snapshot_types(s))
		return -1;
	for (i = 0; i < s->nr_vcpus; i++)
		if (s->vcpus[i].present &&
		    convert_context(s, i, &s->vcpus[i].basic))
			return -1;
	return 0;
}

void snapshot_free(struct snapshot *s)
{
	unsigned int i;

	for (i = 0; s->vcpus && i < s->nr_vcpus; i++)
		free(s->vcpus[i].xsave);
	free(s->vcpus);
	free(s->p2m);
	free(s->p2m_frames);
	free(s->types);
	s->vcpus = NULL;
	s->p2m = NULL;
	s->p2m_frames = NULL;
	s->types = NULL;
}
