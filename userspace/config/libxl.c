// SPDX-License-Identifier: GPL-2.0
/* A configuration in libxl's types, which know their JSON. */
#include <stdlib.h>
#include <string.h>

/* Which its headers want to be told. */
#define HAVE_YAJL_YAJL_VERSION_H 1

#include <libxl.h>
#include <libxl_json.h>
#include <libxl_utils.h>
#include <yajl/yajl_gen.h>

#include "../block/spec.h"
#include "../config.h"
#include "../net/vif_config.h"
#include "../util.h"
#include "cpuid.h"
#include "json.h"

static libxl_action_on_shutdown action_of(enum domain_action action)
{
	static const libxl_action_on_shutdown actions[] = {
		[ACTION_DESTROY] = LIBXL_ACTION_ON_SHUTDOWN_DESTROY,
		[ACTION_RESTART] = LIBXL_ACTION_ON_SHUTDOWN_RESTART,
		[ACTION_RENAME_RESTART] = LIBXL_ACTION_ON_SHUTDOWN_RESTART_RENAME,
		[ACTION_PRESERVE] = LIBXL_ACTION_ON_SHUTDOWN_PRESERVE,
		[ACTION_COREDUMP_DESTROY] =
			LIBXL_ACTION_ON_SHUTDOWN_COREDUMP_DESTROY,
		[ACTION_COREDUMP_RESTART] =
			LIBXL_ACTION_ON_SHUTDOWN_COREDUMP_RESTART,
	};

	return actions[action];
}

static char *copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

static void alloc_bitmap(libxl_bitmap *map, unsigned int bits)
{
	map->size = (bits + 7) / 8;
	map->map = xcalloc(map->size, 1);
}

static void fill_set(const cpu_set_t *sets, unsigned int nr,
		     libxl_bitmap **maps, int *nr_maps)
{
	unsigned int i, cpu;

	if (!sets)
		return;
	*maps = xcalloc(nr, sizeof(**maps));
	*nr_maps = nr;
	for (i = 0; i < nr; i++) {
		alloc_bitmap(&(*maps)[i], CPU_SETSIZE);
		for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
			if (CPU_ISSET(cpu, &sets[i]))
				libxl_bitmap_set(&(*maps)[i], cpu);
	}
}

static libxl_string_list copy_list(char *const *words, size_t nr)
{
	libxl_string_list list;
	size_t i;

	if (!nr)
		return NULL;
	list = xcalloc(nr + 1, sizeof(*list));
	for (i = 0; i < nr; i++)
		list[i] = xstrdup(words[i]);
	return list;
}

static void fill_affinity(libxl_domain_build_info *b, const struct domain_config *cfg)
{
	fill_set(cfg->cpus, cfg->maxvcpus, &b->vcpu_hard_affinity,
		 &b->num_vcpu_hard_affinity);
	fill_set(cfg->cpus_soft, cfg->maxvcpus, &b->vcpu_soft_affinity,
		 &b->num_vcpu_soft_affinity);
}

static void fill_processor(libxl_domain_build_info *b, const struct domain_config *cfg)
{
	static const libxl_tsc_mode modes[] = {
		[TSC_MODE_DEFAULT] = LIBXL_TSC_MODE_DEFAULT,
		[TSC_MODE_ALWAYS_EMULATE] = LIBXL_TSC_MODE_ALWAYS_EMULATE,
		[TSC_MODE_NATIVE] = LIBXL_TSC_MODE_NATIVE,
	};
	const char *bad, *why;

	b->tsc_mode = modes[cfg->tsc_mode];
	/* It has been parsed before. */
	config_cpuid_parse(cfg, &b->cpuid, &bad, &why);
}

static void fill_build(libxl_domain_build_info *b, const struct domain_config *cfg)
{
	unsigned int i;

	libxl_domain_build_info_init_type(b, LIBXL_DOMAIN_TYPE_PV);
	/* As xl without a configuration file of its own. */
	libxl_defbool_set(&b->claim_mode, true);
	b->max_vcpus = cfg->maxvcpus;
	alloc_bitmap(&b->avail_vcpus, cfg->maxvcpus);
	for (i = 0; i < cfg->vcpus; i++)
		libxl_bitmap_set(&b->avail_vcpus, i);
	b->max_memkb = cfg->maxmem_mb << 10;
	b->target_memkb = cfg->memory_mb << 10;
	fill_processor(b, cfg);
	b->bootloader = copy(cfg->bootloader);
	b->bootloader_args = copy_list(cfg->bootloader_args,
				       cfg->nr_bootloader_args);
	/* One that a boot loader finds is not known yet. */
	b->kernel = copy(cfg->bootloader ? NULL : cfg->kernel);
	b->ramdisk = copy(cfg->ramdisk);
	b->cmdline = copy(*cfg->cmdline ? cfg->cmdline : NULL);
}

static void fill_disk(libxl_device_disk *to, const struct disk_spec *from)
{
	static const libxl_disk_format formats[] = {
		[DISK_RAW] = LIBXL_DISK_FORMAT_RAW,
		[DISK_QCOW] = LIBXL_DISK_FORMAT_QCOW,
		[DISK_QCOW2] = LIBXL_DISK_FORMAT_QCOW2,
		[DISK_VHD] = LIBXL_DISK_FORMAT_VHD,
		[DISK_QED] = LIBXL_DISK_FORMAT_QED,
	};

	libxl_device_disk_init(to);
	to->pdev_path = copy(from->path);
	to->vdev = copy(from->vdev);
	to->format = from->path ? formats[from->format] : LIBXL_DISK_FORMAT_EMPTY;
	to->readwrite = !from->readonly;
	to->is_cdrom = from->cdrom;
	to->removable = from->removable || from->cdrom;
	to->direct_io_safe = from->direct_io;
	/* The default stays unsaid. */
	if (from->discard != !from->readonly)
		libxl_defbool_set(&to->discard_enable, from->discard);
}

static void fill_disks(libxl_domain_config *d, const struct domain_config *cfg)
{
	size_t i;

	d->disks = xcalloc(cfg->nr_disks, sizeof(*d->disks));
	for (i = 0; i < cfg->nr_disks; i++)
		fill_disk(&d->disks[i], &cfg->disks[i]);
	d->num_disks = cfg->nr_disks;
}

/* INDEX: its number unless SPEC has one. */
static int fill_nic(libxl_device_nic *nic, const char *spec, int index)
{
	struct vif_config v;
	char *error;

	libxl_device_nic_init(nic);
	if (vif_config_parse(&v, spec, &error)) {
		err("%s", error);
		free(error);
		return -1;
	}
	nic->devid = v.devid < 0 ? index : v.devid;
	if (v.has_mac)
		memcpy(nic->mac, v.mac, sizeof(v.mac));
	nic->bridge = copy(v.bridge);
	nic->gatewaydev = copy(v.gatewaydev);
	nic->ifname = copy(v.vifname);
	nic->script = copy(v.script);
	nic->ip = copy(v.ip);
	nic->mtu = v.mtu;
	nic->rate_bytes_per_interval = v.rate_bytes;
	nic->rate_interval_usecs = v.rate_bytes ? v.rate_usecs : 0;
	vif_config_free(&v);
	return 0;
}

static int fill_nics(libxl_domain_config *d, const struct domain_config *cfg)
{
	unsigned int i;

	d->nics = xcalloc(cfg->nr_vifs, sizeof(*d->nics));
	for (i = 0; i < cfg->nr_vifs; i++) {
		d->num_nics++;
		if (fill_nic(&d->nics[i], cfg->vifs[i], i))
			return -1;
	}
	return 0;
}

static void fill_channels(libxl_domain_config *d, const struct domain_config *cfg)
{
	unsigned int i;

	d->channels = xcalloc(cfg->nr_channels, sizeof(*d->channels));
	for (i = 0; i < cfg->nr_channels; i++) {
		const struct channel_config *from = &cfg->channels[i];
		libxl_device_channel *to = &d->channels[i];
		bool socket = !strcmp(from->connection, "socket");

		libxl_device_channel_init(to);
		libxl_device_channel_init_connection(to, socket ?
			LIBXL_CHANNEL_CONNECTION_SOCKET :
			LIBXL_CHANNEL_CONNECTION_PTY);
		to->devid = i;
		to->name = copy(from->name);
		if (socket)
			to->u.socket.path = copy(from->path);
		d->num_channels++;
	}
}

static int fill(libxl_domain_config *d, const struct domain_config *cfg)
{
	d->c_info.type = LIBXL_DOMAIN_TYPE_PV;
	d->c_info.name = copy(cfg->name);
	memcpy(libxl_uuid_bytearray(&d->c_info.uuid), cfg->uuid, 16);
	libxl_defbool_set(&d->c_info.run_hotplug_scripts, true);
	fill_build(&d->b_info, cfg);
	d->on_poweroff = action_of(cfg->on_poweroff);
	d->on_reboot = action_of(cfg->on_reboot);
	d->on_crash = action_of(cfg->on_crash);
	d->on_watchdog = action_of(cfg->on_watchdog);
	d->on_soft_reset = LIBXL_ACTION_ON_SHUTDOWN_SOFT_RESET;
	fill_channels(d, cfg);
	fill_disks(d, cfg);
	return fill_nics(d, cfg);
}

/* What was generated, to be freed; NULL if that failed. */
static char *text_of(yajl_gen gen, yajl_gen_status status)
{
	const unsigned char *text;
	char *json = NULL;
	size_t len;

	if (status == yajl_gen_status_ok &&
	    yajl_gen_get_buf(gen, &text, &len) == yajl_gen_status_ok)
		json = xstrdup((const char *)text);
	yajl_gen_free(gen);
	return json;
}

static char *config_text(libxl_domain_config *d, const char *name)
{
	yajl_gen gen = json_generator();
	char *json = text_of(gen, libxl_domain_config_gen_json(gen, d));

	if (!json)
		err("the configuration of %s cannot be written as JSON", name);
	return json;
}

char *json_config(const struct domain_config *cfg, uint32_t domid)
{
	libxl_domain_config d;
	char *json = NULL;

	libxl_domain_config_init(&d);
	if (!fill(&d, cfg)) {
		fill_affinity(&d.b_info, cfg);
		if (domid)
			d.c_info.domid = domid;
		json = config_text(&d, cfg->name);
	}
	libxl_domain_config_dispose(&d);
	return json;
}

char *json_config_saved(const struct domain_config *cfg, uint64_t memory_kb)
{
	libxl_domain_config d;
	char *json = NULL;

	libxl_domain_config_init(&d);
	if (!fill(&d, cfg)) {
		d.b_info.target_memkb = memory_kb;
		/* Xen would emulate on a host of another rate, which KVM scales. */
		if (cfg->tsc_mode == TSC_MODE_DEFAULT)
			d.b_info.tsc_mode = LIBXL_TSC_MODE_NATIVE;
		json = config_text(&d, cfg->name);
	}
	libxl_domain_config_dispose(&d);
	return json;
}

char *json_disk(const struct disk_spec *spec)
{
	yajl_gen gen = json_generator();
	libxl_device_disk disk;
	char *json;

	fill_disk(&disk, spec);
	json = text_of(gen, libxl_device_disk_gen_json(gen, &disk));
	libxl_device_disk_dispose(&disk);
	if (!json)
		err("disk %s cannot be written as JSON", spec->vdev);
	return json;
}

char *json_vif(const char *spec)
{
	libxl_device_nic nic;
	char *json = NULL;
	yajl_gen gen;

	if (!fill_nic(&nic, spec, -1)) {
		gen = json_generator();
		json = text_of(gen, libxl_device_nic_gen_json(gen, &nic));
		if (!json)
			err("vif '%s' cannot be written as JSON", spec);
	}
	libxl_device_nic_dispose(&nic);
	return json;
}
