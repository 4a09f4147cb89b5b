// SPDX-License-Identifier: GPL-2.0
/* A vCPU's records. */
#include <stdlib.h>
#include <string.h>

#define __XEN_TOOLS__ 1
#include "../vmm/xen.h"
#include <xen/domctl.h>

#include "../util.h"
#include "context32.h"
#include "image.h"
#include "stream.h"

#define XSAVE_MAX	16384

static int read_basic32(struct saved_vcpu *v, struct stream *s, uint32_t len)
{
	struct vcpu_guest_context_x86_32 c;

	if (len != sizeof(c))
		return stream_bad(s, "its context has %u bytes, not the %zu of a 32-bit guest",
				  len, sizeof(c));
	if (stream_read(s, &c, len))
		return -1;
	context_widen(&c, &v->basic);
	v->present = true;
	return 0;
}

static int read_basic(struct saved_vcpu *v, struct stream *s, uint32_t len)
{
	if (len != sizeof(v->basic))
		return stream_bad(s, "its context has %u bytes, not %zu", len,
				  sizeof(v->basic));
	v->present = true;
	return stream_read(s, &v->basic, len);
}

static int read_extended(struct saved_vcpu *v, struct stream *s, uint32_t len)
{
	struct xen_domctl_ext_vcpucontext x;
	uint32_t n = len < sizeof(x) ? len : sizeof(x);

	if (len > 128)
		return stream_bad(s, "its context has %u bytes, 128 at most make sense",
				  len);
	memset(&x, 0, sizeof(x));
	if (stream_read(s, &x, n) || stream_skip(s, len - n))
		return -1;
	v->syscall32_eip = x.syscall32_callback_eip;
	v->syscall32_masks = x.syscall32_disables_events;
	v->sysenter_eip = x.sysenter_callback_eip;
	v->sysenter_masks = x.sysenter_disables_events;
	v->syscall32_cs = x.syscall32_callback_cs;
	v->sysenter_cs = x.sysenter_callback_cs;
	return 0;
}

static int read_xsave(struct saved_vcpu *v, struct stream *s, uint32_t len)
{
	/* The header of the area has to be there. */
	if (len < sizeof(struct xsave_record) + 512 + 64 || len > XSAVE_MAX)
		return stream_bad(s, "%u bytes cannot be an XSAVE area", len);
	free(v->xsave);
	v->xsave = xmalloc(len);
	v->xsave_len = len;
	return stream_read(s, v->xsave, len);
}

/* Debug-register masks, TSC_AUX and the like: nothing a guest needs here. */
static int read_msrs(struct saved_vcpu *v, struct stream *s, uint32_t len)
{
	if (len % sizeof(struct msr_entry))
		return stream_bad(s, "%u bytes are no list of MSRs", len);
	return stream_skip(s, len);
}

static const struct {
	uint32_t type;
	int (*read)(struct saved_vcpu *v, struct stream *s, uint32_t len);
} parts[] = {
	{ REC_X86_PV_VCPU_BASIC, read_basic },
	{ REC_X86_PV_VCPU_EXTENDED, read_extended },
	{ REC_X86_PV_VCPU_XSAVE, read_xsave },
	{ REC_X86_PV_VCPU_MSRS, read_msrs },
};

int image_read_vcpu(struct saved_image *img, struct stream *s, uint32_t type,
		    uint32_t length)
{
	struct vcpu_record h;
	unsigned int i;

	if (length < sizeof(h))
		return stream_bad(s, "it has %u bytes, %zu are needed", length,
				  sizeof(h));
	if (stream_read(s, &h, sizeof(h)))
		return -1;
	length -= sizeof(h);
	/* Old senders wrote empty ones. */
	if (!length)
		return 0;
	if (h.id >= img->nr_vcpus)
		return stream_bad(s, "of vCPU %u, the domain has %u", h.id,
				  img->nr_vcpus);
	if (type == REC_X86_PV_VCPU_BASIC && img->is_32bit)
		return read_basic32(&img->vcpus[h.id], s, length);
	for (i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i].type == type)
			return parts[i].read(&img->vcpus[h.id], s, length);
	return -1;
}
