// SPDX-License-Identifier: GPL-2.0
/* Disk specifications: libxlutil reads them, this makes sense of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libxlutil.h>

#include "../util.h"
#include "names.h"
#include "spec.h"

static const struct {
	libxl_disk_format xl;
	enum disk_format format;
	const char *name;
	const char *driver;
} formats[] = {
	{ LIBXL_DISK_FORMAT_RAW, DISK_RAW, "raw", "raw" },
	{ LIBXL_DISK_FORMAT_QCOW, DISK_QCOW, "qcow", "qcow" },
	{ LIBXL_DISK_FORMAT_QCOW2, DISK_QCOW2, "qcow2", "qcow2" },
	{ LIBXL_DISK_FORMAT_VHD, DISK_VHD, "vhd", "vpc" },
	{ LIBXL_DISK_FORMAT_QED, DISK_QED, "qed", "qed" },
};

const char *disk_format_name(enum disk_format format)
{
	return formats[format].name;
}

const char *disk_format_driver(enum disk_format format)
{
	return formats[format].driver;
}

/* What libxlutil says on a parse error, without its head and line end. */
static void take_words(char why[WHY_MAX], char *said)
{
	static const char head[] = "config parsing error in disk specification: ";
	char *text = strstr(said, head);

	text = text ? text + strlen(head) : said;
	text[strcspn(text, "\n")] = 0;
	why_set(why, "%s", *text ? text : "the disk specification is wrong");
}

static int parse_xl(libxl_device_disk *disk, const char *text,
		    char why[WHY_MAX])
{
	char *said = NULL;
	size_t len;
	FILE *report = open_memstream(&said, &len);
	XLU_Config *xlu;
	int ret;

	if (!report)
		abort();
	xlu = xlu_cfg_init(report, "disk");
	if (!xlu)
		abort();
	ret = xlu_disk_parse(xlu, 1, &text, disk);
	xlu_cfg_destroy(xlu);
	fclose(report);
	if (ret)
		take_words(why, said);
	free(said);
	return ret ? -1 : 0;
}

/*
 * "w!" is in Xen's hot-plug scripts and in what people write, yet libxlutil
 * does not know it: take the mark out.  A target= takes all that follows.
 */
static char *take_shared(const char *text, bool *shared)
{
	static const char *const marked[] = {
		"w!", "rw!", "!", "access=w!", "access=rw!",
	};
	/* A mark grows by a character at most, and has one itself. */
	char *copy = xcalloc(2, strlen(text) + 1), *to = copy;
	unsigned int i;
	size_t len;

	while (*text) {
		text += strspn(text, " ");
		if (!strncmp(text, "target=", 7)) {
			strcpy(to, text);
			break;
		}
		len = strcspn(text, ",");
		memcpy(to, text, len);
		to[len] = 0;
		for (i = 0; i < ARRAY_SIZE(marked); i++) {
			if (strcmp(to, marked[i]))
				continue;
			*shared = true;
			strcpy(to, i < 3 ? "rw" : "access=rw");
		}
		to += strlen(to);
		text += len;
		if (*text)
			*to++ = *text++;
		*to = 0;
	}
	return copy;
}

static char *absolute(const char *path)
{
	char *cwd, *full;

	if (*path == '/')
		return xstrdup(path);
	cwd = getcwd(NULL, 0);
	full = xasprintf("%s/%s", cwd ? cwd : "", path);
	free(cwd);
	if (!access(full, F_OK))
		return full;
	free(full);
	return xasprintf("/dev/%s", path);
}

/* What xl takes and we have no use for, or cannot do. */
static const char *unsupported(const libxl_device_disk *disk)
{
	if (disk->script)
		return "script= is not supported: attach the block device that it makes";
	if (disk->backend_domname && strcmp(disk->backend_domname, "0") &&
	    strcmp(disk->backend_domname, "Domain-0"))
		return "backend= is not supported: disks are served by the host";
	if (disk->backend == LIBXL_DISK_BACKEND_TAP)
		return "backendtype=tap is not supported";
	if (disk->specification == LIBXL_DISK_SPECIFICATION_VIRTIO)
		return "specification=virtio is not supported";
	if (libxl_defbool_val(disk->colo_enable))
		return "colo is not supported";
	return NULL;
}

static int convert_format(struct disk_spec *d, libxl_disk_format xl,
			  char why[WHY_MAX])
{
	unsigned int i;

	d->format = DISK_RAW;
	if (xl == LIBXL_DISK_FORMAT_EMPTY)
		return 0;
	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		if (formats[i].xl != xl)
			continue;
		d->format = formats[i].format;
		return 0;
	}
	why_set(why, "the disk's format is not supported");
	return -1;
}

static int convert(struct disk_spec *d, const libxl_device_disk *disk,
		   char why[WHY_MAX])
{
	const char *reason = unsupported(disk);

	if (reason) {
		why_set(why, "%s", reason);
		return -1;
	}
	if (vdev_number(disk->vdev, &d->devid)) {
		why_set(why, "'%s' is not the name of a virtual disk",
			disk->vdev);
		return -1;
	}
	if (convert_format(d, disk->format, why))
		return -1;
	if (disk->pdev_path && *disk->pdev_path) {
		d->path = absolute(disk->pdev_path);
	} else if (!disk->is_cdrom && !disk->removable) {
		why_set(why, "disk %s has no target", disk->vdev);
		return -1;
	}
	d->vdev = xstrdup(disk->vdev);
	d->readonly = !disk->readwrite || disk->is_cdrom;
	d->cdrom = disk->is_cdrom;
	d->removable = disk->removable || disk->is_cdrom;
	d->direct_io = disk->direct_io_safe;
	d->discard = !d->readonly &&
		     (libxl_defbool_is_default(disk->discard_enable) ||
		      libxl_defbool_val(disk->discard_enable));
	return 0;
}

int disk_spec_parse(struct disk_spec *d, const char *text, char why[WHY_MAX])
{
	libxl_device_disk disk;
	char *clean;
	int ret;

	memset(d, 0, sizeof(*d));
	libxl_device_disk_init(&disk);
	libxl_defbool_setdefault(&disk.colo_enable, false);
	clean = take_shared(text, &d->shared);
	ret = parse_xl(&disk, clean, why);
	if (!ret)
		ret = convert(d, &disk, why);
	if (ret)
		disk_spec_free(d);
	free(clean);
	libxl_device_disk_dispose(&disk);
	return ret;
}

char *disk_spec_text(const struct disk_spec *d)
{
	const char *access = d->readonly ? "ro" : d->shared ? "rw!" : "rw";

	return xasprintf("vdev=%s,format=%s,access=%s%s%s%s,target=%s",
			 d->vdev, d->path ? disk_format_name(d->format) : "empty",
			 access, d->cdrom ? ",devtype=cdrom" : "",
			 d->direct_io ? ",direct-io-safe" : "",
			 d->discard ? ",discard" : ",no-discard",
			 d->path ? d->path : "");
}

void disk_spec_free(struct disk_spec *d)
{
	free(d->vdev);
	free(d->path);
	memset(d, 0, sizeof(*d));
}
