// SPDX-License-Identifier: GPL-2.0
/* Puts a saved domain into a new one. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/kvm_xenpv_monitor.h>

#include "../config.h"
#include "../util.h"
#include "../vmm/domain.h"
#include "cpu.h"
#include "header.h"
#include "json.h"
#include "progress.h"
#include "restore.h"

/* Xen lets a domain have a little more than its configuration says. */
#define SLACK_PAGES	256

int restore_open(struct restore *r, int fd, const char *name)
{
	memset(r, 0, sizeof(*r));
	stream_init(&r->s, fd, name);
	r->json = header_read(&r->s);
	return r->json ? 0 : -1;
}

int restore_config(struct restore *r, struct domain_config *cfg)
{
	struct json_settings settings;
	int ret;

	if (json_to_settings(r->json, r->s.name, &settings))
		return -1;
	ret = config_load_saved(settings.list, settings.nr, cfg);
	json_settings_free(&settings);
	if (ret)
		err("%s: its configuration cannot be used", r->s.name);
	return ret;
}

int restore_begin(struct restore *r, const struct domain_config *cfg)
{
	image_init(&r->img, cfg->maxvcpus, (cfg->maxmem_mb << 8) + SLACK_PAGES);
	return image_read_static(&r->img, &r->s);
}

uint64_t restore_max_pages(const struct restore *r,
			   const struct domain_config *cfg)
{
	uint64_t max = cfg->maxmem_mb << 8;

	return r->img.nr_pfns > max ? r->img.nr_pfns : max;
}

size_t restore_cpuid(const struct restore *r, struct cpuid_change **list)
{
	return cpu_keep(&r->img, list);
}

static void own_pages(struct saved_image *img, struct domain *d)
{
	uint64_t pfn;

	for (pfn = 0; pfn < img->nr_pfns; pfn++)
		if (image_has(img, pfn))
			reservation_own(&d->reservation, pfn);
	d->mem.nr_pages = img->nr_present;
	reservation_limit(&d->reservation, img->limit);
	domain_tell_reservation(d);
}

/* The monitor pins what was pinned: it can look at the tables, and counts. */
static void ask_for_pins(struct saved_image *img, struct domain *d)
{
	uint8_t *pins = guest_ptr(&d->mem, d->lay.pins, d->lay.m2p_entries);
	uint64_t pfn;

	for (pfn = 0; pfn < img->nr_pfns; pfn++)
		if (image_has(img, pfn) && img->types[pfn] & PT_PINNED)
			pins[image_mfn(img, pfn)] = PT_LEVEL(img->types[pfn]);
}

static void place_context(struct domain *d, unsigned int id,
			  const struct saved_vcpu *v)
{
	uint64_t gpa = d->lay.contexts + id * XENPV_CONTEXT_SIZE;
	struct xenpv_context_extra x = {
		.syscall32_eip = v->syscall32_eip,
		.sysenter_eip = v->sysenter_eip,
		.syscall32_masks = v->syscall32_masks,
		.sysenter_masks = v->sysenter_masks,
		.syscall32_cs = v->syscall32_cs,
		.sysenter_cs = v->sysenter_cs,
	};
	uint8_t *at = guest_ptr(&d->mem, gpa, XENPV_CONTEXT_SIZE);

	memcpy(at, &v->basic, sizeof(v->basic));
	memcpy(at + XENPV_CONTEXT_EXTRA, &x, sizeof(x));
	d->vcpus[id].block->context_gpa = gpa;
	d->vcpus[id].block->online = 1;
}

static int place_vcpus(struct restore *r, struct domain *d)
{
	unsigned int i;

	for (i = 0; i < r->img.nr_vcpus; i++) {
		if (!r->img.vcpus[i].present)
			continue;
		place_context(d, i, &r->img.vcpus[i]);
		if (cpu_restore(d, i, &r->img.vcpus[i]))
			return -1;
	}
	return 0;
}

int restore_domain(struct restore *r, struct domain *d)
{
	struct localise l = {
		.name = r->s.name,
		.shared_info_mfn = d->lay.shared_info >> PAGE_SHIFT,
		.store_port = d->store_port,
		.console_port = d->console_port,
	};
	struct saved_image *img = &r->img;

	int ret;

	ret = image_read_pages(img, &r->s, &d->mem);
	progress_end();
	if (ret || image_localise(img, &l))
		return -1;
	cpu_compare(d, img);
	own_pages(img, d);
	ask_for_pins(img, d);
	image_shared_info(img, guest_ptr(&d->mem, d->lay.shared_info,
					 PAGE_SIZE));
	d->built.store_mfn = l.store_mfn;
	d->built.console_mfn = l.console_mfn;
	strcpy(d->built.guest_os, "restored");
	cpu_restore_tsc(d, &img->tsc);
	return place_vcpus(r, d);
}

void restore_close(struct restore *r)
{
	image_free(&r->img);
	free(r->json);
	r->json = NULL;
	/* Standard input has to stay something. */
	if (r->s.fd > STDERR_FILENO)
		close(r->s.fd);
	r->s.fd = -1;
}
