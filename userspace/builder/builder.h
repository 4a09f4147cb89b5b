/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The domain builder: puts an unmodified PV kernel and its ramdisk into guest
 * RAM, with page tables, p2m, start_info, stack, console and xenstore pages.
 */
#ifndef XENPV_BUILDER_H
#define XENPV_BUILDER_H

#include <stdbool.h>
#include <stdint.h>

struct guest_mem;
struct kernel_image;

/*
 * Read the kernel PATH, with GRUB_CONFIG put into it unless that is NULL.  NULL
 * after one line on stderr that says what is wrong with it.
 */
struct kernel_image *kernel_load(const char *path, const char *grub_config);
bool kernel_is_32bit(const struct kernel_image *k);
void kernel_unload(struct kernel_image *k);

struct build_params {
	const char *kernel;
	struct kernel_image *image;	/* loaded from it, or NULL */
	const char *ramdisk;		/* or NULL */
	const char *cmdline;
	const char *grub_config;	/* for a kernel that is PV-GRUB, or NULL */
	const struct guest_mem *mem;
	uint64_t shared_info_mfn;
	uint32_t console_port;
	uint32_t store_port;
};

/* All addresses the first vCPU starts with; all frames are mfns. */
struct build_result {
	bool is_32bit;
	uint64_t entry;			/* rip */
	uint64_t stack;			/* rsp, top of the bootstrap stack */
	uint64_t start_info;		/* rsi, virtual address */
	uint64_t cr3_mfn;		/* top-level page table */
	uint64_t console_mfn;
	uint64_t store_mfn;
	char guest_os[32];		/* for logs */
};

/*
 * Build.  On failure one line on stderr names the file and what is wrong with
 * it, and -1 is returned.
 */
int build_domain(const struct build_params *p, struct build_result *r);

#endif
