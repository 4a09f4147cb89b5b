/* SPDX-License-Identifier: GPL-2.0 */
/* Runs the builder on files made up here, and looks at what it says. */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "builder/builder.h"
#include "vmm/memory.h"

struct outcome {
	int ret;
	unsigned int lines;	/* on stderr */
	char said[2048];
	struct build_result r;
};

/* RAM of so many MiB, all ones: the builder must not rely on zeroes. */
void ram_new(struct guest_mem *m, unsigned long mb);
void ram_free(struct guest_mem *m);

/* DATA as a file in a folder of our own; the path is valid until the next. */
const char *file_new(const char *name, const void *data, size_t len);

/* What standard error got while something ran. */
void capture_begin(void);
void capture_end(struct outcome *o);

/* Build KERNEL with M and everything else as usual. */
void build(struct outcome *o, const struct guest_mem *m, const char *kernel);
void build_with(struct outcome *o, const struct build_params *p);

/* Refused as it must be: -1 and one line that names PATH. */
bool refused(const struct outcome *o, const char *path);

#endif
