// SPDX-License-Identifier: GPL-2.0
/*
 * The file or block device behind a disk.
 *
 * Block devices are used with O_DIRECT, as Xen's blkback uses them.  Files go
 * through the page cache unless the specification has direct-io-safe: they may
 * be on a file system that knows no direct I/O, and a flush is a flush either
 * way.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../util.h"
#include "image.h"
#include "io.h"
#include "lock.h"
#include "nbd.h"
#include "spec.h"

/* Each has a thread; more do not pay for one disk. */
#define RAW_QUEUES	4

/* A number that the kernel tells about the queue of DEV; 0 when it does not. */
static uint64_t queue_limit(dev_t dev, const char *name)
{
	/* The queue of a partition is its disk's. */
	static const char *const places[] = { "queue", "../queue" };
	unsigned long long value = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		char *path = xasprintf("/sys/dev/block/%u:%u/%s/%s", major(dev),
				       minor(dev), places[i], name);
		FILE *f = fopen(path, "re");

		free(path);
		if (!f)
			continue;
		if (fscanf(f, "%llu", &value) != 1)
			value = 0;
		fclose(f);
		break;
	}
	return value;
}

/* Can a guest's smallest request be done with O_DIRECT? */
static bool direct_works(int fd, uint32_t sector)
{
	/* Aligned to a sector and to no more than that. */
	uint8_t *buf = aligned_alloc(PAGE_SIZE, 2 * PAGE_SIZE);
	bool works = buf && pread(fd, buf + sector, sector, 0) == sector;

	free(buf);
	return works;
}

static void try_direct(struct image *img)
{
	int flags = fcntl(img->fd, F_GETFL);

	if (img->size < img->sector_size ||
	    fcntl(img->fd, F_SETFL, flags | O_DIRECT))
		return;
	img->direct = direct_works(img->fd, img->sector_size);
	if (!img->direct)
		fcntl(img->fd, F_SETFL, flags);
}

uint64_t image_size_now(const struct image *img)
{
	struct stat st;
	uint64_t size;

	if (img->nbd)
		return img->size;
	if (img->is_device)
		return ioctl(img->fd, BLKGETSIZE64, &size) ? 0 : size;
	return fstat(img->fd, &st) ? 0 : st.st_size;
}

static int describe_device(struct image *img, const struct stat *st)
{
	unsigned int physical;
	int sector;

	if (ioctl(img->fd, BLKSSZGET, &sector) ||
	    ioctl(img->fd, BLKPBSZGET, &physical))
		return -1;
	img->is_device = true;
	img->sector_size = sector;
	img->physical_size = physical;
	img->can_discard = queue_limit(st->st_rdev, "discard_max_bytes") != 0;
	img->discard_granularity = queue_limit(st->st_rdev,
					       "discard_granularity");
	return 0;
}

static int describe(struct image *img, const struct disk_spec *d,
		    char why[WHY_MAX])
{
	struct stat st;
	int ret = fstat(img->fd, &st);

	img->sector_size = 512;
	img->physical_size = 512;
	if (!ret && S_ISBLK(st.st_mode))
		ret = describe_device(img, &st);
	if (ret) {
		why_set(why, "%s: %s", d->path, strerror(errno));
		return -1;
	}
	if (!img->is_device) {
		img->can_discard = true;
		img->discard_granularity = st.st_blksize;
	}
	return 0;
}

static int open_raw(struct image *img, const struct disk_spec *d,
		    char why[WHY_MAX])
{
	img->engine = &uring_engine;
	img->max_queues = RAW_QUEUES;
	img->size = image_size_now(img);
	if (img->size < img->sector_size) {
		why_set(why, "%s is empty", d->path);
		return -1;
	}
	/* The next medium may have other sectors than this one. */
	if (d->removable)
		img->sector_size = 512;
	else if (img->is_device || d->direct_io)
		try_direct(img);
	if (d->removable)
		img->max_queues = 1;
	return 0;
}

static int open_other(struct image *img, const struct disk_spec *d,
		      uint32_t domid, char why[WHY_MAX])
{
	img->engine = &nbd_engine;
	img->max_queues = 1;
	img->nbd = nbd_start(d, domid, why);
	if (!img->nbd)
		return -1;
	img->size = nbd_size(img->nbd);
	img->can_discard = nbd_has_trim(img->nbd);
	img->discard_granularity = 65536;
	return 0;
}

/*
 * A block device that is written must be nobody else's: not mounted on the
 * host, no part of an array, no other domain's.
 */
static int open_place(int place, const struct disk_spec *d, char why[WHY_MAX])
{
	int flags = (d->readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC, fd;
	char name[40], holder[WHY_MAX];
	struct stat st;

	if (fstat(place, &st)) {
		why_set(why, "%s: %s", d->path, strerror(errno));
		return -1;
	}
	/* Opening a pipe might never come back. */
	if (!S_ISBLK(st.st_mode) && !S_ISREG(st.st_mode)) {
		why_set(why, "%s is neither a file nor a block device", d->path);
		return -1;
	}
	if (S_ISBLK(st.st_mode) && !d->readonly && !d->shared &&
	    d->format == DISK_RAW)
		flags |= O_EXCL;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", place);
	fd = open(name, flags);
	if (fd < 0 && errno == EBUSY) {
		image_holder(place, holder);
		why_set(why, "%s is in use%s", d->path,
			*holder ? holder : " (mounted on the host?)");
	} else if (fd < 0) {
		why_set(why, "%s: %s", d->path, strerror(errno));
	}
	return fd;
}

/* What is looked at is what is opened, whoever renames things meanwhile. */
static int open_fd(const struct disk_spec *d, char why[WHY_MAX])
{
	int place = open(d->path, O_PATH | O_CLOEXEC), fd;

	if (place < 0) {
		why_set(why, "%s: %s", d->path, strerror(errno));
		return -1;
	}
	fd = open_place(place, d, why);
	close(place);
	return fd;
}

struct image *image_open(const struct disk_spec *d, uint32_t domid,
			 char why[WHY_MAX])
{
	struct image *img = xcalloc(1, sizeof(*img));

	img->fd = open_fd(d, why);
	if (img->fd < 0)
		goto fail;
	if (describe(img, d, why))
		goto fail;
	img->lock = image_lock(img->fd, d, domid, why);
	if (!img->lock)
		goto fail;
	if (d->format == DISK_RAW ? open_raw(img, d, why) :
				    open_other(img, d, domid, why))
		goto fail;
	img->can_discard &= d->discard;
	return img;

fail:
	image_close(img);
	return NULL;
}

int image_sync(const struct image *img, const char *path)
{
	if (img->nbd && nbd_sync(img->nbd)) {
		err("%s: qemu-nbd did not flush it", path);
		return -1;
	}
	if (!img->nbd && fdatasync(img->fd)) {
		err_sys("%s", path);
		return -1;
	}
	return 0;
}

void image_close(struct image *img)
{
	if (!img)
		return;
	nbd_stop(img->nbd);
	image_unlock(img->lock);
	if (img->fd >= 0)
		close(img->fd);
	free(img);
}
