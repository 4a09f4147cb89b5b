// SPDX-License-Identifier: GPL-2.0
/* Reads a kernel file and unpacks it, by the magic numbers it starts with. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"
#include "foreign.h"
#include "kernel.h"
#include "util.h"

void blob_free(struct blob *b)
{
	free(b->data);
	b->data = NULL;
	b->size = 0;
}

static int read_all(int fd, const char *path, struct blob *b)
{
	size_t done = 0;
	ssize_t n;

	while (done < b->size) {
		n = read(fd, b->data + done, b->size - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err_sys("%s", path);
			return -1;
		}
		if (n == 0) {
			err("%s: became shorter while it was read", path);
			return -1;
		}
		done += n;
	}
	return 0;
}

static int read_file(const char *path, struct blob *b)
{
	struct stat st;
	int fd, ret = -1;

	/* O_NONBLOCK: a FIFO must not make us wait. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0) {
		err_sys("%s", path);
	} else if (!S_ISREG(st.st_mode)) {
		err("%s: not a regular file", path);
	} else if (st.st_size == 0) {
		err("%s: empty", path);
	} else if ((uint64_t)st.st_size > kernel_max_size) {
		err("%s: too large for a kernel: %lld bytes, at most %zu are accepted",
		    path, (long long)st.st_size, kernel_max_size);
	} else {
		b->size = st.st_size;
		b->data = xmalloc(b->size);
		ret = read_all(fd, path, b);
	}
	if (fd >= 0)
		close(fd);
	if (ret)
		blob_free(b);
	return ret;
}

static bool is_elf(const struct blob *b)
{
	return b->size >= SELFMAG && !memcmp(b->data, ELFMAG, SELFMAG);
}

/* Replaces B by what SIZE bytes at OFFSET of it unpack to. */
static const char *unpack(struct blob *b, size_t offset, size_t size,
			  bool trailer)
{
	struct blob out = { 0 };
	const char *wrong;

	wrong = decompress(b->data + offset, size, trailer, &out);
	if (wrong)
		return wrong;
	blob_free(b);
	*b = out;
	return NULL;
}

static const char *unpack_bzimage(struct blob *b)
{
	size_t offset, size;
	const char *wrong;

	wrong = bzimage_payload(b, &offset, &size);
	if (wrong)
		return wrong;
	if (size >= SELFMAG && !memcmp(b->data + offset, ELFMAG, SELFMAG)) {
		/* CONFIG_KERNEL_UNCOMPRESSED */
		memmove(b->data, b->data + offset, size);
		b->size = size;
		return NULL;
	}
	if (!decompress_probe(b->data + offset, size))
		return "a bzImage whose kernel is packed in a way that is not known";
	return unpack(b, offset, size, true);
}

static const char *unpack_all(struct blob *b)
{
	const char *wrong;

	if (is_elf(b))
		return NULL;
	if (!bzimage_probe(b) && decompress_probe(b->data, b->size)) {
		wrong = unpack(b, 0, b->size, false);
		if (wrong || is_elf(b))
			return wrong;
	}
	if (!bzimage_probe(b))
		return foreign_file(b->data, b->size);
	wrong = unpack_bzimage(b);
	if (!wrong && !is_elf(b))
		wrong = "a bzImage whose kernel is no ELF file";
	return wrong;
}

int kernel_read(const char *path, struct blob *elf)
{
	const char *wrong;

	if (read_file(path, elf))
		return -1;
	wrong = unpack_all(elf);
	if (!wrong)
		return 0;
	err("%s: %s", path, wrong);
	blob_free(elf);
	return -1;
}
