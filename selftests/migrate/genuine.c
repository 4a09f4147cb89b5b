// SPDX-License-Identifier: GPL-2.0
/*
 * A domain that genuine Xen saved: read, and taken apart again, it must come out
 * as it was.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "../kselftest.h"
#include "load.h"
#include "migrate/header.h"
#include "migrate/pte.h"

#define LIMIT	(96UL << 8)

/* What the stream had of each page, before anything was translated. */
struct original {
	uint8_t *types;
	uint8_t (*pages)[4096];
};

static void read_original(struct original *o, int fd)
{
	struct record_header h;
	uint64_t words[1024];
	struct page_data d;
	unsigned int i;

	o->types = malloc(LIMIT);
	memset(o->types, TYPE_ABSENT, LIMIT);
	o->pages = malloc(LIMIT * 4096);
	/* libxl's header and record, libxc's headers. */
	lseek(fd, 16 + 8 + 24 + 16, SEEK_CUR);
	for (;;) {
		if (read(fd, &h, sizeof(h)) != sizeof(h))
			ksft_exit_fail_msg("the file is cut off\n");
		if (h.type == REC_END)
			return;
		if (h.type != REC_PAGE_DATA) {
			lseek(fd, (h.length + 7) & ~7U, SEEK_CUR);
			continue;
		}
		if (read(fd, &d, sizeof(d)) != sizeof(d) || d.count > 1024 ||
		    read(fd, words, d.count * 8) != d.count * 8)
			ksft_exit_fail_msg("a record cannot be read\n");
		for (i = 0; i < d.count; i++) {
			uint64_t pfn = PAGE_PFN(words[i]);

			if (pfn >= LIMIT || PAGE_TYPE(words[i]) >= PT_BROKEN ||
			    read(fd, o->pages[pfn], 4096) != 4096)
				ksft_exit_fail_msg("a page cannot be read\n");
			o->types[pfn] = PAGE_TYPE(words[i]);
		}
	}
}

static bool is_rewritten(const struct saved_image *img, uint64_t pfn,
			 uint64_t start_info)
{
	uint64_t i;

	if (pfn == start_info)
		return true;
	for (i = 0; i < img->nr_p2m_frames; i++)
		if (img->p2m_frames[i] == pfn)
			return true;
	return false;
}

static unsigned int compare(const struct loaded *l, const struct retaken *r,
			    const struct original *o, uint64_t start_info)
{
	unsigned int wrong = 0;
	uint64_t pfn, table[512];
	const void *page;

	for (pfn = 0; pfn < l->img.nr_pfns; pfn++) {
		if (r->s.types[pfn] != o->types[pfn]) {
			if (wrong++ < 10)
				ksft_print_msg("page %#lx: type %#x, was %#x\n",
					       pfn, r->s.types[pfn],
					       o->types[pfn]);
			continue;
		}
		if (o->types[pfn] == TYPE_ABSENT ||
		    is_rewritten(&l->img, pfn, start_info))
			continue;
		page = snapshot_words(&r->s, r->s.p2m[pfn]);
		if (PT_LEVEL(o->types[pfn])) {
			if (snapshot_table(&r->s, pfn, table))
				wrong++;
			page = table;
		}
		if (memcmp(page, o->pages[pfn], 4096) && wrong++ < 10)
			ksft_print_msg("page %#lx (type %#x) differs\n", pfn,
				       o->types[pfn]);
	}
	return wrong;
}

/* KEEP_STREAM=FILE keeps it, for verify-stream-v2 of Xen's utilities. */
static int write_again(struct snapshot *snap, const uint8_t *types)
{
	const char *path = getenv("KEEP_STREAM");
	static const struct kvm_cpuid_entry2 leaf = { .function = 0, .eax = 1 };
	struct kvm_cpuid2 *cpuid = calloc(1, sizeof(*cpuid) + sizeof(leaf));
	static struct loaded l;
	struct stream to;
	int fd, ret;

	fd = path ? open(path, O_RDWR | O_CREAT | O_TRUNC, 0600) :
		    memfd_create("again", MFD_CLOEXEC);
	cpuid->nent = 1;
	memcpy(cpuid->entries, &leaf, sizeof(leaf));
	snap->cpuid = cpuid;
	snap->tsc.mode = TSC_MODE_NATIVE;
	snap->tsc.khz = 1000000;
	snap->tsc.incarnation = 1;
	stream_init(&to, fd, "again");
	ret = snapshot_write(snap, &to);
	lseek(fd, 0, SEEK_SET);
	if (!ret)
		ret = load_stream(&l, fd, 1, LIMIT);
	if (ret)
		ksft_print_msg("%s\n", l.why);
	else
		ret = memcmp(l.img.types, types, l.img.nr_pfns);
	load_free(&l);
	free(cpuid);
	close(fd);
	return ret;
}

int main(void)
{
	int fd = open("genuine.save", O_RDONLY | O_CLOEXEC);
	static struct loaded l;
	struct retaken r;
	struct original o;
	struct stream s;
	uint64_t start_info;
	char *json;
	off_t at;
	int ret;

	ksft_print_header();
	if (fd < 0)
		ksft_exit_skip("no genuine.save (XENPV_XEN_SAVE=FILE when it is built)\n");
	ksft_set_plan(6);

	stream_init(&s, fd, "genuine");
	json = header_read(&s);
	ksft_test_result(json && strstr(json, "\"pv\""), "header\n");
	free(json);
	at = lseek(fd, 0, SEEK_CUR);
	read_original(&o, fd);
	lseek(fd, at, SEEK_SET);

	ret = load_stream(&l, fd, 1, LIMIT);
	if (ret)
		ksft_print_msg("%s\n", l.why);
	ksft_test_result(!ret, "read and localised\n");
	if (ret)
		ksft_exit_fail();
	ksft_test_result(l.img.vcpus[0].xsave_len == 848, "XSAVE area\n");

	start_info = l.img.vcpus[0].basic.user_regs.rdx;
	retake_begin(&r, &l, ((shared_info_t *)l.img.shared_info)->arch.p2m_vaddr);
	ret = retake(&r, l.why, sizeof(l.why));
	if (ret)
		ksft_print_msg("%s\n", l.why);
	ksft_test_result(!ret, "taken apart again\n");
	if (ret)
		ksft_exit_fail();
	ksft_test_result(!compare(&l, &r, &o, start_info),
			 "every page has its type and content\n");
	ksft_test_result(!write_again(&r.s, l.img.types), "written, and read again\n");
	retake_end(&r);
	load_free(&l);
	free(o.types);
	free(o.pages);
	ksft_finished();
}
