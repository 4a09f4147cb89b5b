// SPDX-License-Identifier: GPL-2.0
/* Builds a domain: reads the files, checks, lays out, and then writes RAM. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <xen/xen.h>

#include "builder.h"
#include "kernel.h"
#include "layout.h"
#include "pgtable.h"
#include "populate.h"
#include "ramdisk.h"
#include "util.h"
#include "vmm/memory.h"

struct build {
	const struct build_params *p;
	struct blob file;
	struct elf_image elf;
	struct kernel_notes notes;
	int ramdisk_fd;
	uint64_t ramdisk_size;
	struct layout layout;
};

static int check_features(const struct build *b)
{
	const struct kernel_notes *n = &b->notes;
	uint32_t missing = n->required & ~features_offered;

	if (*n->unknown_feature)
		err("%s: the kernel requires the unknown feature %s",
		    b->p->kernel, n->unknown_feature);
	else if (missing)
		err("%s: the kernel requires the feature %s, which is not offered",
		    b->p->kernel, feature_name(__builtin_ctz(missing)));
	else
		return 0;
	return -1;
}

static int read_kernel(struct build *b)
{
	const char *path = b->p->kernel;
	const char *wrong;

	if (strlen(b->p->cmdline) >= MAX_GUEST_CMDLINE) {
		err("%s: the command line has %zu characters, a PV kernel takes %d at most",
		    path, strlen(b->p->cmdline), MAX_GUEST_CMDLINE - 1);
		return -1;
	}
	if (kernel_read(path, &b->file))
		return -1;
	wrong = elf_parse(&b->elf, b->file.data, b->file.size);
	if (!wrong)
		wrong = notes_parse(&b->notes, &b->elf);
	if (!wrong && !b->elf.is_64)
		wrong = "32-bit kernels are not supported yet";
	if (wrong) {
		err("%s: %s", path, wrong);
		return -1;
	}
	return check_features(b);
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
	const struct layout *l = &b->layout;

	populate_kernel(mem, l, &b->elf, &b->notes);
	if (b->notes.bsd_symtab)
		populate_symbols(mem, &b->elf, &b->notes);
	if (b->ramdisk_fd >= 0 &&
	    ramdisk_read(b->ramdisk_fd, b->p->ramdisk, b->ramdisk_size, mem,
			 l->ramdisk.pfn))
		return -1;
	populate_p2m(mem, l);
	pgtable_write(mem, l);
	populate_start_info(b->p, l, b->ramdisk_size);

	r->is_32bit = !b->elf.is_64;
	r->entry = b->notes.entry;
	r->stack = layout_va(l, l->stack + 1);
	r->start_info = layout_va(l, l->start_info);
	r->cr3_mfn = pfn_to_mfn(mem, l->tables.pfn);
	r->console_mfn = pfn_to_mfn(mem, l->console);
	r->store_mfn = pfn_to_mfn(mem, l->store);
	snprintf(r->guest_os, sizeof(r->guest_os), "%.31s", b->notes.guest_os);
	return 0;
}

int build_domain(const struct build_params *p, struct build_result *r)
{
	struct build b = { .p = p, .ramdisk_fd = -1 };
	int ret = -1;

	memset(r, 0, sizeof(*r));
	if (!read_kernel(&b) && !open_ramdisk(&b) &&
	    !layout_domain(&b.layout, p->kernel, &b.elf, &b.notes,
			   b.ramdisk_size, p->mem->nr_pages))
		ret = write_ram(&b, r);
	if (b.ramdisk_fd >= 0)
		close(b.ramdisk_fd);
	blob_free(&b.file);
	return ret;
}
