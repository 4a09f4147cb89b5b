// SPDX-License-Identifier: GPL-2.0
/* What the control socket can do to disks. */
#include <stdlib.h>
#include <string.h>

#include "../util.h"
#include "../vmm/log.h"
#include "image.h"
#include "vbd.h"

struct context {
	struct device_bus *bus;
	const char *arg;
	FILE *out;
	char *why;
};

/* "vbd-attach SPEC" */
static const char *attach(struct context *c)
{
	struct disk_spec spec;
	const char *reason = NULL;

	if (disk_spec_parse(&spec, c->arg, c->why) ||
	    !vbd_new(c->bus, &spec, c->why))
		reason = c->why;
	disk_spec_free(&spec);
	return reason;
}

/* The disk whose number the argument begins with; *REST is what follows. */
static struct device *named(struct context *c, const char **rest)
{
	struct device *dev;
	uint32_t devid;
	char *end;

	devid = strtoul(c->arg, &end, 10);
	dev = bus_find(c->bus, &vbd_type, devid);
	if (!dev)
		why_set(c->why, "there is no vbd %u", devid);
	else if (rest)
		*rest = end + strspn(end, " ");
	return dev;
}

/* "vbd-resize DEVID" */
static const char *resize(struct context *c)
{
	struct device *dev = named(c, NULL);
	const struct vbd *vbd;

	if (!dev)
		return c->why;
	vbd = dev->priv;
	if (vbd->disk.image && vbd->disk.image->nbd)
		return "only raw images and block devices can be resized while they are attached";
	vbd_update_size(dev);
	return NULL;
}

static struct device *named_drive(struct context *c, const char **rest)
{
	struct device *dev = named(c, rest);
	const struct vbd *vbd = dev ? dev->priv : NULL;

	if (vbd && !vbd->spec.cdrom) {
		why_set(c->why, "%s is no CD drive", vbd->spec.vdev);
		return NULL;
	}
	return dev;
}

/* IMAGE is what *FROM says, or NULL; that is what the drive's own words say now. */
static int change(struct device *dev, struct image *image,
		  struct disk_spec *from, char why[WHY_MAX])
{
	struct disk_spec *spec = &((struct vbd *)dev->priv)->spec;

	free(spec->path);
	spec->path = from->path;
	spec->format = from->format;
	from->path = NULL;
	return vbd_change_image(dev, image, why);
}

/* "vbd-eject DEVID" */
static const char *eject(struct context *c)
{
	struct device *dev = named_drive(c, NULL);
	struct disk_spec none = { .format = DISK_RAW };

	if (!dev || change(dev, NULL, &none, c->why))
		return c->why;
	return NULL;
}

/* "vbd-insert DEVID SPEC" */
static const char *insert(struct context *c)
{
	const char *text = "", *reason = NULL;
	struct device *dev = named_drive(c, &text);
	struct disk_spec spec;
	struct image *image;

	if (!dev || disk_spec_parse(&spec, text, c->why))
		return c->why;
	/* As the drive is, whatever else the words say. */
	spec.devid = dev->devid;
	spec.readonly = true;
	spec.removable = true;
	image = spec.path ? image_open(&spec, c->bus->domid, c->why) : NULL;
	if (spec.path && !image)
		reason = c->why;
	else if (change(dev, image, &spec, c->why))
		reason = c->why;
	disk_spec_free(&spec);
	return reason;
}

static void print(FILE *out, const char *disk, const char *what,
		  const atomic_ullong *n)
{
	fprintf(out, "%s.%s %llu\n", disk, what, atomic_load(n));
}

/* "vbd-stats": counters of all disks. */
static const char *stats(struct context *c)
{
	const struct device *dev;

	for (dev = c->bus->devices; dev; dev = dev->next) {
		const struct vbd *vbd = dev->priv;
		const struct disk *d = &vbd->disk;

		if (dev->type != &vbd_type)
			continue;
		print(c->out, d->name, "reads", &d->reads);
		print(c->out, d->name, "read_bytes", &d->read_bytes);
		print(c->out, d->name, "writes", &d->writes);
		print(c->out, d->name, "write_bytes", &d->write_bytes);
		print(c->out, d->name, "flushes", &d->flushes);
		print(c->out, d->name, "discards", &d->discards);
		print(c->out, d->name, "errors", &d->errors);
	}
	return NULL;
}

static const struct {
	const char *name;
	const char *(*handle)(struct context *c);
} verbs[] = {
	{ "attach", attach },
	{ "resize", resize },
	{ "eject", eject },
	{ "insert", insert },
	{ "stats", stats },
};

const char *vbd_verb(struct device_bus *bus, const char *verb, const char *arg,
		     FILE *out, char why[WHY_MAX])
{
	struct context c = { bus, arg, out, why };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verbs[i].name, verb))
			return verbs[i].handle(&c);
	return "no such verb";
}
