// SPDX-License-Identifier: GPL-2.0
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"

#define SHARED_INFO_MFN	0xc0000

static char folder[64];
static char path[256];
static int saved_stderr, caught;

static void remove_folder(void)
{
	unlink(path);
	rmdir(folder);
}

const char *file_new(const char *name, const void *data, size_t len)
{
	static bool made;
	FILE *f;

	if (!made) {
		strcpy(folder, "/tmp/builder.XXXXXX");
		if (!mkdtemp(folder))
			errx(1, "%s: %m", folder);
		atexit(remove_folder);
		made = true;
	}
	unlink(path);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	if (!f || (len && fwrite(data, len, 1, f) != 1) || fclose(f))
		errx(1, "%s: %m", path);
	return path;
}

void ram_new(struct guest_mem *m, unsigned long mb)
{
	uint64_t pages = (uint64_t)mb << 8, low = MEM_HOLE_START >> 12;
	uint64_t dirty;

	memset(m, 0, sizeof(*m));
	m->nr_pages = pages;
	m->max_pages = pages;
	m->low_pages = pages < low ? pages : low;
	m->low_max = m->low_pages;
	m->low = mmap(NULL, m->low_pages << 12, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (pages > low)
		m->high = mmap(NULL, (pages - low) << 12, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (m->low == MAP_FAILED || m->high == MAP_FAILED)
		errx(1, "%lu MiB: %m", mb);
	dirty = m->low_pages << 12;
	memset(m->low, 0xff, dirty > 64 << 20 ? 64 << 20 : dirty);
}

void ram_free(struct guest_mem *m)
{
	munmap(m->low, m->low_pages << 12);
	if (m->high)
		munmap(m->high, (m->nr_pages - m->low_pages) << 12);
}

void capture_begin(void)
{
	fflush(stderr);
	saved_stderr = dup(STDERR_FILENO);
	caught = memfd_create("stderr", 0);
	if (saved_stderr < 0 || caught < 0)
		errx(1, "capture: %m");
	dup2(caught, STDERR_FILENO);
}

void capture_end(struct outcome *o)
{
	ssize_t n;
	char *p;

	fflush(stderr);
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	n = pread(caught, o->said, sizeof(o->said) - 1, 0);
	close(caught);
	o->said[n < 0 ? 0 : n] = '\0';
	o->lines = 0;
	for (p = o->said; (p = strchr(p, '\n')); p++)
		o->lines++;
}

void build_with(struct outcome *o, const struct build_params *p)
{
	memset(o, 0, sizeof(*o));
	capture_begin();
	o->ret = build_domain(p, &o->r);
	capture_end(o);
}

void build(struct outcome *o, const struct guest_mem *m, const char *kernel)
{
	struct build_params p = {
		.kernel = kernel,
		.cmdline = "console=hvc0",
		.mem = m,
		.shared_info_mfn = SHARED_INFO_MFN,
		.console_port = 2,
		.store_port = 1,
	};

	build_with(o, &p);
}

bool refused(const struct outcome *o, const char *where)
{
	char start[300];
	size_t len = snprintf(start, sizeof(start), "xenpv: %s: ", where);

	return o->ret == -1 && o->lines == 1 && !strncmp(o->said, start, len) &&
	       o->said[strlen(o->said) - 1] == '\n';
}
