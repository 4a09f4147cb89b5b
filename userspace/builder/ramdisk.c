// SPDX-License-Identifier: GPL-2.0
/* Reads the ramdisk. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "populate.h"
#include "ramdisk.h"
#include "util.h"

int ramdisk_open(const char *path, uint64_t *size)
{
	struct stat st;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0) {
		err_sys("%s", path);
	} else if (!S_ISREG(st.st_mode)) {
		err("%s: not a regular file", path);
	} else if (st.st_size == 0) {
		err("%s: empty", path);
	} else {
		*size = st.st_size;
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

int ramdisk_read(int fd, const char *path, uint64_t size,
		 const struct guest_mem *mem, uint64_t pfn)
{
	uint64_t done = 0;

	while (done < size) {
		uint64_t offset = done & (PAGE_SIZE - 1);
		uint8_t *page = populate_page(mem, pfn + (done >> PAGE_SHIFT));
		uint64_t room = PAGE_SIZE - offset;
		ssize_t n;

		if (room > size - done)
			room = size - done;
		n = pread(fd, page + offset, room, done);
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
	populate_write(mem, (pfn << PAGE_SHIFT) + size, NULL,
		       -size & (PAGE_SIZE - 1));
	return 0;
}
