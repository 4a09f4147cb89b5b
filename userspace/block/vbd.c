// SPDX-License-Identifier: GPL-2.0
/* Disks as devices: what frontend and backend tell each other in xenstore. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <xen/io/protocols.h>

#include "../config.h"
#include "../util.h"
#include "../vmm/log.h"
#include "../vmm/loop.h"
#include "image.h"
#include "request.h"
#include "vbd.h"

static void set_size_nodes(struct device *dev)
{
	const struct vbd *vbd = dev->priv;
	const struct image *image = vbd->disk.image;
	unsigned int info = 0;

	if (vbd->spec.cdrom)
		info |= VDISK_CDROM;
	if (vbd->spec.removable)
		info |= VDISK_REMOVABLE;
	if (vbd->spec.readonly)
		info |= VDISK_READONLY;
	device_set_back(dev, "info", "%u", info);
	/* In 512 bytes, whatever the sector size: as all frontends take it. */
	device_set_back(dev, "sectors", "%llu",
			atomic_load(&vbd->disk.sectors));
	device_set_back(dev, "sector-size", "%u",
			image ? image->sector_size : 512);
	device_set_back(dev, "physical-sector-size", "%u",
			image ? image->physical_size : 512);
}

static int publish(struct device *dev)
{
	const struct vbd *vbd = dev->priv;
	const struct image *image = vbd->disk.image;
	bool writable = !vbd->spec.readonly;

	set_size_nodes(dev);
	device_set_back(dev, "feature-flush-cache", "1");
	device_set_back(dev, "feature-barrier", "%d", writable);
	if (image && image->can_discard) {
		device_set_back(dev, "feature-discard", "1");
		device_set_back(dev, "discard-granularity", "%u",
				image->discard_granularity);
		device_set_back(dev, "discard-alignment", "0");
		device_set_back(dev, "discard-secure", "0");
	}
	/*
	 * Guests copy all data to and from grants that stay: worse than mapping,
	 * which costs nothing here.
	 */
	device_set_back(dev, "feature-persistent", "0");
	device_set_back(dev, "feature-max-indirect-segments", "%u",
			MAX_SEGMENTS);
	device_set_back(dev, "max-ring-page-order", "%u", RING_MAX_ORDER);
	device_set_back(dev, "multi-queue-max-queues", "%u",
			image ? image->max_queues : 1);
	return 0;
}

/* What a connection is made of. */
struct front {
	const struct blk_layout *layout;
	unsigned int nr_queues;
	unsigned int nr_pages;
	bool single;		/* "ring-ref", not "ring-ref0" */
};

static int read_optional(const struct device *dev, const char *node,
			 uint64_t max, uint64_t *value, char why[WHY_MAX])
{
	int ret = device_get_number(dev, node, max, value);

	if (ret && ret != ENOENT) {
		why_set(why, "the frontend's %s makes no sense", node);
		return -1;
	}
	return 0;
}

static int read_front(const struct device *dev, struct front *f,
		      char why[WHY_MAX])
{
	const struct vbd *vbd = dev->priv;
	uint64_t queues = 1, order = 0;
	char *protocol;

	protocol = device_get_front(dev, "protocol");
	f->layout = blk_layout_find(protocol);
	free(protocol);
	if (!f->layout) {
		why_set(why, "the frontend's protocol is unknown");
		return -1;
	}
	if (read_optional(dev, "multi-queue-num-queues",
			  vbd->disk.image ? vbd->disk.image->max_queues : 1,
			  &queues, why) ||
	    read_optional(dev, "ring-page-order", RING_MAX_ORDER, &order, why))
		return -1;
	if (!queues) {
		why_set(why, "the frontend has no queues");
		return -1;
	}
	f->nr_queues = queues;
	f->nr_pages = 1U << order;
	return 0;
}

/* A number below "queue-N/" when there are several queues. */
static int read_of_queue(const struct device *dev, const struct front *f,
			 unsigned int queue, const char *node, uint64_t *value)
{
	char path[64];

	if (f->nr_queues == 1)
		snprintf(path, sizeof(path), "%s", node);
	else
		snprintf(path, sizeof(path), "queue-%u/%s", queue, node);
	return device_get_number(dev, path, UINT32_MAX, value);
}

static int read_refs(const struct device *dev, const struct front *f,
		     unsigned int queue, uint32_t *refs, char why[WHY_MAX])
{
	unsigned int i;
	char node[24];
	uint64_t ref;

	for (i = 0; i < f->nr_pages; i++) {
		snprintf(node, sizeof(node), "ring-ref%u", i);
		if (read_of_queue(dev, f, queue, node, &ref) &&
		    (f->nr_pages > 1 ||
		     read_of_queue(dev, f, queue, "ring-ref", &ref))) {
			why_set(why, "queue %u: no %s", queue, node);
			return -1;
		}
		refs[i] = ref;
	}
	return 0;
}

static struct blk_queue *make_queue(struct device *dev, const struct front *f,
				    unsigned int queue, char why[WHY_MAX])
{
	struct vbd *vbd = dev->priv;
	struct blk_queue_params p = {
		.disk = &vbd->disk,
		.layout = f->layout,
		.nr_pages = f->nr_pages,
	};
	uint64_t port;

	if (read_refs(dev, f, queue, p.refs, why))
		return NULL;
	if (read_of_queue(dev, f, queue, "event-channel", &port)) {
		why_set(why, "queue %u: no event-channel", queue);
		return NULL;
	}
	if (device_port_open(dev, &p.port, port)) {
		why_set(why, "queue %u: event channel %" PRIu64 ": %s", queue,
			port, strerror(errno));
		return NULL;
	}
	return blk_queue_new(&p, why);
}

static void vbd_disconnect(struct device *dev)
{
	struct vbd *vbd = dev->priv;

	while (vbd->nr_queues) {
		struct blk_queue *q = vbd->queues[--vbd->nr_queues];

		blk_queue_stop(q);
		blk_queue_free(q);
	}
}

static int vbd_connect(struct device *dev, char why[WHY_MAX])
{
	struct vbd *vbd = dev->priv;
	struct front f;

	if (read_front(dev, &f, why))
		return -1;
	while (vbd->nr_queues < f.nr_queues) {
		struct blk_queue *q = make_queue(dev, &f, vbd->nr_queues, why);

		if (!q)
			goto fail;
		vbd->queues[vbd->nr_queues++] = q;
		if (blk_queue_start(q, why))
			goto fail;
	}
	set_size_nodes(dev);
	return 0;

fail:
	vbd_disconnect(dev);
	return -1;
}

static void vbd_pause(struct device *dev)
{
	struct vbd *vbd = dev->priv;
	unsigned int i;

	for (i = 0; i < vbd->nr_queues; i++)
		blk_queue_stop(vbd->queues[i]);
}

static int vbd_sync(struct device *dev)
{
	const struct vbd *vbd = dev->priv;

	if (!vbd->disk.image || vbd->spec.readonly)
		return 0;
	return image_sync(vbd->disk.image, vbd->spec.path);
}

/* The image's lock is what another host may want. */
static void vbd_release(struct device *dev)
{
	struct vbd *vbd = dev->priv;

	image_close(vbd->disk.image);
	vbd->disk.image = NULL;
}

static int vbd_resume(struct device *dev)
{
	struct vbd *vbd = dev->priv;
	char why[WHY_MAX];
	unsigned int i;

	if (!vbd->disk.image && vbd->spec.path)
		vbd->disk.image = image_open(&vbd->spec, dev->bus->domid, why);
	if (!vbd->disk.image && vbd->spec.path) {
		log_line("%s: %s", vbd->spec.vdev, why);
		return -1;
	}
	for (i = 0; i < vbd->nr_queues; i++)
		if (blk_queue_start(vbd->queues[i], why)) {
			log_line("%s: %s", vbd->spec.vdev, why);
			return -1;
		}
	return 0;
}

static void vbd_free(struct device *dev)
{
	struct vbd *vbd = dev->priv;

	loop_remove(vbd->resize);
	image_close(vbd->disk.image);
	if (vbd->disk.resize_fd >= 0)
		close(vbd->disk.resize_fd);
	disk_spec_free(&vbd->spec);
	free(vbd);
}

/* A node of the frontend as lists show it. */
static int64_t number_or_none(const struct device *dev, const char *node)
{
	uint64_t value;

	if (device_get_number(dev, node, UINT32_MAX, &value))
		return -1;
	return value;
}

static void vbd_describe(const struct device *dev, FILE *out)
{
	int64_t port = number_or_none(dev, "event-channel");
	int64_t ref = number_or_none(dev, "ring-ref");

	if (port < 0)
		port = number_or_none(dev, "queue-0/event-channel");
	if (ref < 0)
		ref = number_or_none(dev, "ring-ref0");
	if (ref < 0)
		ref = number_or_none(dev, "queue-0/ring-ref");
	/* What xl shows as "handle" is the frontend's domain. */
	fprintf(out, "%-5u %-3d %-6u %-5d %-6" PRId64 " %-8" PRId64 " %-30s\n",
		dev->devid, 0, dev->bus->domid, dev->state, port, ref,
		dev->back);
}

void vbd_update_size(struct device *dev)
{
	struct vbd *vbd = dev->priv;
	uint64_t old = atomic_load(&vbd->disk.sectors), new = 0;

	if (vbd->disk.image)
		new = image_size_now(vbd->disk.image) >> SECTOR_SHIFT;
	if (new == old)
		return;
	log_line("%s: %" PRIu64 " sectors, it had %" PRIu64, vbd->spec.vdev,
		 new, old);
	atomic_store(&vbd->disk.sectors, new);
	set_size_nodes(dev);
	if (dev->state == XenbusStateConnected)
		device_poke(dev);
}

static void on_resize(void *opaque, uint32_t events)
{
	struct device *dev = opaque;
	struct vbd *vbd = dev->priv;
	uint64_t n;

	if (read(vbd->disk.resize_fd, &n, sizeof(n)) == sizeof(n))
		vbd_update_size(dev);
}

int vbd_change_image(struct device *dev, struct image *image,
		     char why[WHY_MAX])
{
	struct vbd *vbd = dev->priv;
	int ret = 0;
	unsigned int i;

	for (i = 0; i < vbd->nr_queues; i++)
		blk_queue_stop(vbd->queues[i]);
	image_close(vbd->disk.image);
	vbd->disk.image = image;
	for (i = 0; i < vbd->nr_queues; i++)
		if (blk_queue_start(vbd->queues[i], why))
			ret = -1;
	vbd_update_size(dev);
	return ret;
}

static int watch_resize(struct device *dev)
{
	struct vbd *vbd = dev->priv;

	vbd->disk.resize_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (vbd->disk.resize_fd < 0)
		return -1;
	/* A test may do without. */
	if (!dev->bus->loop)
		return 0;
	vbd->resize = loop_add(dev->bus->loop, vbd->disk.resize_fd, EPOLLIN,
			       on_resize, dev);
	return vbd->resize ? 0 : -1;
}

/* As libxl has them; what only tells about the host is left out. */
static void set_own_nodes(struct device *dev)
{
	const struct vbd *vbd = dev->priv;
	const struct disk_spec *spec = &vbd->spec;
	const char *type = spec->cdrom ? "cdrom" : "disk";

	device_set_back(dev, "bootable", "1");
	device_set_back(dev, "dev", "%s", spec->vdev);
	device_set_back(dev, "type", "%s",
			spec->format == DISK_RAW ? "phy" : "qdisk");
	device_set_back(dev, "mode", "%s", spec->readonly ? "r" : "w");
	device_set_back(dev, "device-type", "%s", type);
	device_set_back(dev, "removable", "%d", spec->removable);
	device_set_back(dev, "discard-enable", "%d", spec->discard);
	device_set_back(dev, "direct-io-safe", "%d", spec->direct_io);
	device_set_front(dev, "virtual-device", "%u", spec->devid);
	device_set_front(dev, "device-type", "%s", type);
	/* Linux before 2.6.26 does not tell its ring's layout: toolstacks do. */
	device_set_front(dev, "protocol", "%s", dev->bus->is_32bit ?
			 XEN_IO_PROTO_ABI_X86_32 : XEN_IO_PROTO_ABI_X86_64);
}

struct device *vbd_new(struct device_bus *bus, struct disk_spec *spec,
		       char why[WHY_MAX])
{
	struct image *image = NULL;
	struct device *dev;
	struct vbd *vbd;

	if (bus_find(bus, &vbd_type, spec->devid)) {
		why_set(why, "%s is there already", spec->vdev);
		return NULL;
	}
	if (spec->path) {
		image = image_open(spec, bus->domid, why);
		if (!image)
			return NULL;
	}
	vbd = xcalloc(1, sizeof(*vbd));
	vbd->spec = *spec;
	memset(spec, 0, sizeof(*spec));
	vbd->disk.grants = bus->grants;
	vbd->disk.image = image;
	vbd->disk.sectors = image ? image->size >> SECTOR_SHIFT : 0;
	vbd->disk.readonly = vbd->spec.readonly;
	vbd->disk.name = vbd->spec.vdev;
	vbd->disk.resize_fd = -1;

	dev = device_new(bus, &vbd_type, vbd->spec.devid, vbd);
	if (watch_resize(dev)) {
		why_set(why, "%s: cannot watch its size", vbd->spec.vdev);
		device_remove(dev);
		return NULL;
	}
	set_own_nodes(dev);
	device_start(dev);
	return dev;
}

static int vbd_create(struct device_bus *bus, const struct domain_config *cfg)
{
	char why[WHY_MAX];
	size_t i;

	for (i = 0; i < cfg->nr_disks; i++) {
		char *text = disk_spec_text(&cfg->disks[i]);
		struct disk_spec spec;
		int ret = disk_spec_parse(&spec, text, why);

		if (!ret && !vbd_new(bus, &spec, why))
			ret = -1;
		free(text);
		disk_spec_free(&spec);
		if (ret) {
			err("disk %s: %s", cfg->disks[i].vdev, why);
			return -1;
		}
	}
	return 0;
}

const struct device_type vbd_type = {
	.name = "vbd",
	.serves_closing = true,
	.create = vbd_create,
	.publish = publish,
	.connect = vbd_connect,
	.disconnect = vbd_disconnect,
	.free = vbd_free,
	.pause = vbd_pause,
	.sync = vbd_sync,
	.release = vbd_release,
	.resume = vbd_resume,
	.describe = vbd_describe,
	.verb = vbd_verb,
};
