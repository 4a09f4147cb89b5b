// SPDX-License-Identifier: GPL-2.0
/* Builds a domain: reads the files, checks, lays out, and then writes RAM. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xen/xen.h>

#include "builder.h"
#include "grub.h"
#include "kernel.h"
#include "layout.h"
#include "pgtable.h"
#include "populate.h"
#include "ramdisk.h"
#include "util.h"
#include "vmm/memory.h"

struct kernel_image {
	struct blob file;
	struct elf_image elf;
	struct kernel_notes notes;
};

struct build {
	const struct build_params *p;
	const struct kernel_image *k;
	int ramdisk_fd;
	uint64_t ramdisk_size;
	struct layout layout;
};

static int check_features(const char *path, const struct kernel_notes *n)
{
	uint32_t missing = n->required & ~features_offered;

	if (*n->unknown_feature)
		err("%s: the kernel requires the unknown feature %s", path,
		    n->unknown_feature);
	else if (missing)
		err("%s: the kernel requires the feature %s, which is not offered",
		    path, feature_name(__builtin_ctz(missing)));
	else
		return 0;
	return -1;
}

static int parse(struct kernel_image *k, const char *path,
		 const char *grub_config)
{
	const char *wrong;

	wrong = elf_parse(&k->elf, k->file.data, k->file.size);
	if (!wrong && grub_config)
		wrong = grub_set_config(&k->file, &k->elf, grub_config);
	if (!wrong)
		wrong = notes_parse(&k->notes, &k->elf);
	if (!wrong && !k->elf.is_64 && k->notes.pae == PAE_NO)
		wrong = "a 32-bit kernel without PAE, which Xen has not run for long";
	if (wrong) {
		err("%s: %s", path, wrong);
		return -1;
	}
	return check_features(path, &k->notes);
}

struct kernel_image *kernel_load(const char *path, const char *grub_config)
{
	struct kernel_image *k = xcalloc(1, sizeof(*k));

	if (!kernel_read(path, &k->file) && !parse(k, path, grub_config))
		return k;
	kernel_unload(k);
	return NULL;
}

bool kernel_is_32bit(const struct kernel_image *k)
{
	return !k->elf.is_64;
}

void kernel_unload(struct kernel_image *k)
{
	if (!k)
		return;
	blob_free(&k->file);
	free(k);
}

static int check_cmdline(const struct build_params *p)
{
	if (strlen(p->cmdline) < MAX_GUEST_CMDLINE)
		return 0;
	err("%s: the command line has %zu characters, a PV kernel takes %d at most",
	    p->kernel, strlen(p->cmdline), MAX_GUEST_CMDLINE - 1);
	return -1;
}

static int open_ramdisk(struct build *b)
{
	if (!b->p->ramdisk)
		return 0;
	b->ramdisk_fd = ramdisk_open(b->p->ramdisk, &b->ramdisk_size);
	if (b->ramdisk_fd < 0)
		return -1;
	if (b->ramdisk_size >> PAGE_SHIFT < b->p->mem->nr_pages)
		return 0;
	err("%s: with %llu MiB larger than the domain's memory (%llu MiB)",
	    b->p->ramdisk, (unsigned long long)b->ramdisk_size >> 20,
	    (unsigned long long)b->p->mem->nr_pages >> (20 - PAGE_SHIFT));
	return -1;
}

static int write_ram(struct build *b, struct build_result *r)
{
	const struct guest_mem *mem = b->p->mem;
	const struct kernel_image *k = b->k;
	const struct layout *l = &b->layout;

	populate_kernel(mem, l, &k->elf, &k->notes);
	if (k->notes.bsd_symtab)
		populate_symbols(mem, &k->elf, &k->notes);
	if (b->ramdisk_fd >= 0 &&
	    ramdisk_read(b->ramdisk_fd, b->p->ramdisk, b->ramdisk_size, mem,
			 l->ramdisk.pfn))
		return -1;
	populate_p2m(mem, l);
	pgtable_write(mem, l);
	populate_start_info(b->p, l, b->ramdisk_size);

	r->is_32bit = kernel_is_32bit(k);
	r->entry = k->notes.entry;
	r->stack = layout_va(l, l->stack + 1);
	r->start_info = layout_va(l, l->start_info);
	r->cr3_mfn = pfn_to_mfn(mem, l->tables.pfn);
	r->console_mfn = pfn_to_mfn(mem, l->console);
	r->store_mfn = pfn_to_mfn(mem, l->store);
	snprintf(r->guest_os, sizeof(r->guest_os), "%.31s", k->notes.guest_os);
	return 0;
}

int build_domain(const struct build_params *p, struct build_result *r)
{
	struct build b = { .p = p, .k = p->image, .ramdisk_fd = -1 };
	struct kernel_image *own = NULL;
	int ret = -1;

	memset(r, 0, sizeof(*r));
	if (check_cmdline(p))
		return -1;
	if (!b.k) {
		own = kernel_load(p->kernel, p->grub_config);
		b.k = own;
	}
	if (b.k && !open_ramdisk(&b) &&
	    !layout_domain(&b.layout, p->kernel, &b.k->elf, &b.k->notes,
			   b.ramdisk_size, p->mem->nr_pages))
		ret = write_ram(&b, r);
	if (b.ramdisk_fd >= 0)
		close(b.ramdisk_fd);
	kernel_unload(own);
	return ret;
}
