// SPDX-License-Identifier: GPL-2.0
/* Debian's kernel: as it comes, and packed in all other ways. */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../kselftest.h"
#include "expect.h"
#include "pack.h"

static const char *const variants[] = {
	"vmlinuz", "vmlinux", "vmlinux.gzip", "bzImage.gzip", "bzImage.bzip2",
	"bzImage.lzma", "bzImage.xz", "bzImage.lzo", "bzImage.lz4",
	"bzImage.zstd",
};

/* Cut at each page, whatever was meant to stand there: a line each. */
static void every_page(void)
{
	static char said[2048];
	unsigned int kinds = 0;
	struct guest_mem ram;
	struct outcome o;
	struct stat st;
	const char *cut;
	uint8_t *data;
	bool ok = true;
	off_t n;
	FILE *f = fopen("./vmlinuz", "r");

	if (!f || fstat(fileno(f), &st))
		err(1, "vmlinuz");
	data = malloc(st.st_size);
	if (!data || fread(data, st.st_size, 1, f) != 1)
		err(1, "vmlinuz");
	fclose(f);
	cut = file_new("cut", data, st.st_size);
	free(data);
	ram_new(&ram, 256);
	for (n = (st.st_size - 1) & ~4095; n >= 0 && ok; n -= 4096) {
		if (truncate(cut, n))
			err(1, "%s", cut);
		build(&o, &ram, cut);
		ok = refused(&o, cut);
		if (!ok)
			ksft_print_msg("%ld bytes: ret %d, %u lines: %s\n", (long)n, o.ret,
				       o.lines, o.said);
		if (strcmp(said, o.said)) {
			strcpy(said, o.said);
			ksft_print_msg("%ld bytes: %s", (long)n, said);
			kinds++;
		}
	}
	ram_free(&ram);
	ksft_test_result(ok && kinds < 6, "cut at each page: one clear line\n");
}

int main(void)
{
	/* Places where the real file means something, and the middle. */
	static const size_t cuts[] = { 1, 0x1ff, 0x201, 0x206, 0x24f, 0x1000,
				       64 << 10, 4 << 20 };
	struct build_result first = { 0 };
	struct guest_mem ram;
	struct outcome o;
	char path[64];
	size_t i;

	ksft_print_header();
	ksft_set_plan(ARRAY_SIZE(variants) + 2 + ARRAY_SIZE(cuts));
	ram_new(&ram, 256);
	for (i = 0; i < ARRAY_SIZE(variants); i++) {
		snprintf(path, sizeof(path), "./%s", variants[i]);
		if (access(path, R_OK)) {
			ksft_test_result_skip("%s: built without it\n", variants[i]);
			continue;
		}
		build(&o, &ram, path);
		if (!i)
			first = o.r;
		if (!o.ret && memcmp(&o.r, &first, sizeof(first)))
			ksft_test_result_fail("%s: not the same domain\n", variants[i]);
		else
			expect_built(&o, variants[i]);
	}
	ram_free(&ram);

	ram_new(&ram, 64);
	build(&o, &ram, "./vmlinuz");
	expect_refused(&o, "./vmlinuz", "need at least", "64 MiB are too little");
	for (i = ARRAY_SIZE(cuts); i-- > 0; ) {
		FILE *f = fopen("./vmlinuz", "r");
		uint8_t *data = malloc(cuts[i]);
		const char *cut;

		if (!f || fread(data, cuts[i], 1, f) != 1)
			errx(1, "vmlinuz: %m");
		fclose(f);
		cut = file_new("cut", data, cuts[i]);
		free(data);
		build(&o, &ram, cut);
		snprintf(path, sizeof(path), "the first %zu bytes", cuts[i]);
		expect_refused(&o, cut, "", path);
	}
	ram_free(&ram);
	every_page();
	ksft_finished();
}
