// SPDX-License-Identifier: GPL-2.0
/*
 * Who uses which image.
 *
 * The lock is an open file description's: the kernel drops it whatever becomes
 * of us.  It covers one byte far behind any data, where qemu's locks on the
 * same file are not.  Beside it there is a file in the run directory whose name
 * says which domain has which image; only messages are made of it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../domains.h"
#include "../paths.h"
#include "../util.h"
#include "lock.h"
#include "spec.h"

#define LOCK_BYTE	0x4000000000000000LL

struct image_lock {
	char *record;
};

/* "DEV-INODE", the same for all names of a file or block device. */
static int image_key(int fd, char key[64])
{
	struct stat st;

	if (fstat(fd, &st))
		return -1;
	if (S_ISBLK(st.st_mode))
		snprintf(key, 64, "b%jx", (uintmax_t)st.st_rdev);
	else
		snprintf(key, 64, "%jx-%jx", (uintmax_t)st.st_dev,
			 (uintmax_t)st.st_ino);
	return 0;
}

static void name_of_domain(uint32_t domid, char text[WHY_MAX])
{
	struct kvm_xenpv_info info;
	char id[16];

	snprintf(id, sizeof(id), "%u", domid);
	if (domain_lookup(id, &info) == 1)
		snprintf(text, WHY_MAX, " (domain %s has it)", info.name);
	else
		snprintf(text, WHY_MAX, " (domain %u has it)", domid);
}

void image_holder(int fd, char text[WHY_MAX])
{
	const struct dirent *de;
	char key[64], rest[64];
	uint32_t domid;
	DIR *dir;

	*text = 0;
	dir = image_key(fd, key) ? NULL : opendir(run_dir());
	if (!dir)
		return;
	while ((de = readdir(dir))) {
		if (sscanf(de->d_name, "%" SCNu32 ".disk.%*u.%63s", &domid,
			   rest) != 2 || strcmp(rest, key))
			continue;
		name_of_domain(domid, text);
		break;
	}
	closedir(dir);
}

static char *write_record(int fd, const struct disk_spec *d, uint32_t domid)
{
	char key[64], suffix[128], *path;
	int record;

	if (image_key(fd, key))
		return NULL;
	snprintf(suffix, sizeof(suffix), "disk.%u.%s", d->devid, key);
	path = run_path(domid, suffix);
	record = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (record >= 0)
		close(record);
	return path;
}

struct image_lock *image_lock(int fd, const struct disk_spec *d, uint32_t domid,
			      char why[WHY_MAX])
{
	struct flock lock = {
		.l_type = d->readonly ? F_RDLCK : F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = LOCK_BYTE,
		.l_len = 1,
	};
	char holder[WHY_MAX];
	struct image_lock *l;

	if (!d->shared && fcntl(fd, F_OFD_SETLK, &lock) &&
	    (errno == EAGAIN || errno == EACCES)) {
		image_holder(fd, holder);
		why_set(why, "%s is in use%s", d->path, holder);
		return NULL;
	}
	l = xcalloc(1, sizeof(*l));
	l->record = write_record(fd, d, domid);
	return l;
}

void image_unlock(struct image_lock *l)
{
	if (!l)
		return;
	if (l->record)
		unlink(l->record);
	free(l->record);
	free(l);
}
