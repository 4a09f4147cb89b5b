// SPDX-License-Identifier: GPL-2.0
/* Runs a fuzz target over its corpus, without libFuzzer: a test as any other. */
#include <dirent.h>
#include <err.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

static void replay(const char *path)
{
	struct stat st;
	uint8_t *data;
	FILE *f;

	f = fopen(path, "re");
	if (!f || fstat(fileno(f), &st))
		err(1, "%s", path);
	data = malloc(st.st_size ? st.st_size : 1);
	if (fread(data, 1, st.st_size, f) != (size_t)st.st_size)
		errx(1, "%s: cannot be read", path);
	fclose(f);
	/* Whoever looks for what crashed finds it in the last line. */
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(data, st.st_size);
	free(data);
}

/* The corpus of "target-replay" is "target.corpus". */
int main(int argc, char **argv)
{
	char *name = basename(argv[0]), path[512], dir[256];
	struct dirent **names;
	int i, n, nr = 0;

	snprintf(dir, sizeof(dir), "%.*s.corpus",
		 (int)strcspn(name, "-"), name);
	puts("TAP version 13\n1..1");
	fflush(stdout);
	n = scandir(argc > 1 ? argv[1] : dir, &names, NULL, alphasort);
	if (n < 0)
		err(1, "%s", dir);
	for (i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.') {
			snprintf(path, sizeof(path), "%s/%s",
				 argc > 1 ? argv[1] : dir, names[i]->d_name);
			replay(path);
			nr++;
		}
		free(names[i]);
	}
	free(names);
	if (!nr)
		errx(1, "%s is empty", dir);
	printf("ok 1 %d inputs\n", nr);
	return 0;
}
