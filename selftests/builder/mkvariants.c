// SPDX-License-Identifier: GPL-2.0
/* mkvariants VMLINUX FOLDER: the kernel packed in all ways, for linux.c. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pack.h"

static void save(const char *folder, const char *name, const struct bytes *b)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	if (!f || fwrite(b->data, b->size, 1, f) != 1 || fclose(f))
		errx(1, "%s: %m", path);
}

int main(int argc, char **argv)
{
	struct bytes elf = { 0 }, b = { 0 };
	char name[64], chunk[65536];
	unsigned int i;
	size_t n;
	FILE *f;

	if (argc != 3)
		errx(1, "usage: mkvariants VMLINUX FOLDER");
	f = fopen(argv[1], "r");
	if (!f)
		errx(1, "%s: %m", argv[1]);
	while ((n = fread(chunk, 1, sizeof(chunk), f)))
		bytes_add(&elf, chunk, n);
	fclose(f);
	for (i = 0; i < nr_packers; i++) {
		make_bzimage(&packers[i], elf.data, elf.size, &b);
		snprintf(name, sizeof(name), "bzImage.%s", packers[i].name);
		save(argv[2], name, &b);
		bytes_free(&b);
	}
	packers[0].pack(elf.data, elf.size, &b);
	save(argv[2], "vmlinux.gzip", &b);
	bytes_free(&b);
	bytes_free(&elf);
	return 0;
}
