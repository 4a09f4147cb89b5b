// SPDX-License-Identifier: GPL-2.0
/* From a configuration to what the rest of xenpv works with. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <libxlutil.h>

#include "block/spec.h"
#include "config.h"
#include "config/source.h"
#include "util.h"

#define NAME_MAX_LEN	63		/* KVM_XENPV_NAME_LEN, with its NUL */
/* The tables that go with it have to fit below 4 GiB (vmm/layout.c). */
#define MAX_MEMORY_MB	(384ULL << 10)
#define MAX_VCPUS	128
/* As libxl's, when the file says nothing. */
#define DEFAULT_MEMORY_MB 32

static const struct {
	const char *name;
	enum domain_action action;
} actions[] = {
	{ "destroy", ACTION_DESTROY },
	{ "restart", ACTION_RESTART },
	{ "rename-restart", ACTION_RENAME_RESTART },
	{ "preserve", ACTION_PRESERVE },
	{ "coredump-destroy", ACTION_COREDUMP_DESTROY },
	{ "coredump-restart", ACTION_COREDUMP_RESTART },
};

static int load_name(const struct config_source *s, struct domain_config *cfg)
{
	const char *name, *p;
	int ret = config_string(s, "name", &name);

	if (ret < 0)
		return -1;
	if (!ret) {
		config_bad(s, "name", "name is missing: every domain needs one");
		return -1;
	}
	for (p = name; *p; p++)
		if (*p < ' ' || *p > '~' || *p == '/')
			break;
	if (!*name || *p || p - name > NAME_MAX_LEN || !strcmp(name, ".") ||
	    !strcmp(name, "..")) {
		config_bad(s, "name",
			   "name must be 1 to %d printable ASCII characters without '/', and neither . nor ..",
			   NAME_MAX_LEN);
		return -1;
	}
	cfg->name = xstrdup(name);
	return 0;
}

static int load_type(const struct config_source *s)
{
	static const char *const pv[] = { "pv", "generic", "linux" };
	static const char *const keys[] = { "type", "builder" };
	const char *value;
	size_t k, i;

	for (k = 0; k < ARRAY_SIZE(keys); k++) {
		int ret = config_string(s, keys[k], &value);

		if (ret < 0)
			return -1;
		if (!ret)
			continue;
		for (i = 0; i < ARRAY_SIZE(pv); i++)
			if (!strcmp(value, pv[i]))
				break;
		if (i < ARRAY_SIZE(pv))
			continue;
		config_bad(s, keys[k], "%s = \"%s\": only PV domains are supported (type = \"pv\")",
			   keys[k], value);
		return -1;
	}
	return 0;
}

static int random_uuid(uint8_t uuid[16])
{
	if (getrandom(uuid, 16, 0) != 16) {
		err_sys("getrandom");
		return -1;
	}
	uuid[6] = (uuid[6] & 0x0f) | 0x40;
	uuid[8] = (uuid[8] & 0x3f) | 0x80;
	return 0;
}

/* "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" */
static bool parse_uuid(const char *text, uint8_t uuid[16])
{
	unsigned int i, n = 0;
	char byte[3] = "";

	if (strlen(text) != 36)
		return false;
	for (i = 0; i < 36; i += 2) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text[i++] != '-')
				return false;
		}
		if (!isxdigit((unsigned char)text[i]) ||
		    !isxdigit((unsigned char)text[i + 1]))
			return false;
		memcpy(byte, text + i, 2);
		uuid[n++] = strtoul(byte, NULL, 16);
	}
	return n == 16;
}

static int load_uuid(const struct config_source *s, struct domain_config *cfg)
{
	const char *text;
	int ret = config_string(s, "uuid", &text);

	if (ret < 0)
		return -1;
	if (!ret)
		return random_uuid(cfg->uuid);
	if (parse_uuid(text, cfg->uuid))
		return 0;
	config_bad(s, "uuid",
		   "uuid = \"%s\" is not of the form 01234567-89ab-cdef-0123-456789abcdef",
		   text);
	return -1;
}

/* A file that must be readable; its path is made absolute. */
static int load_file(struct config_source *s, const char *key, char **to)
{
	const char *path;
	char cwd[PATH_MAX];
	int ret = config_string(s, key, &path);

	if (ret <= 0)
		return ret;
	if (!*path)
		return 0;
	if (!s->saved && access(path, R_OK)) {
		/* Xen's own, which a KVM host will not have. */
		config_bad(s, key, "%s = \"%s\": %m%s", key, path,
			   strstr(path, "/pv-grub-x86_32") ?
			   " (bootloader = \"pvgrub32\" finds the kernel on the disk)" :
			   strstr(path, "/pv-grub-") ?
			   " (bootloader = \"pvgrub\" finds the kernel on the disk)" : "");
		s->no_file = true;
		return -1;
	}
	if (*path == '/' || !getcwd(cwd, sizeof(cwd)))
		*to = xstrdup(path);
	else
		*to = xasprintf("%s/%s", cwd, path);
	return 1;
}

static int load_files(struct config_source *s, struct domain_config *cfg)
{
	int ret = config_bootloader(s, cfg);

	if (ret)
		return ret < 0 ? -1 : 0;
	ret = load_file(s, "kernel", &cfg->kernel);
	if (!ret && !s->saved)
		config_bad(s, "kernel",
			   "kernel is missing: the file to boot, or bootloader = \"pvgrub\" to find it on the disk");
	if (ret < 0 || (!ret && !s->saved))
		return -1;
	return load_file(s, "ramdisk", &cfg->ramdisk) < 0 ? -1 : 0;
}

static int load_cmdline(const struct config_source *s,
			struct domain_config *cfg)
{
	const char *cmdline, *root, *extra;
	int have_cmdline = config_string(s, "cmdline", &cmdline);
	int have_root = have_cmdline < 0 ? -1 : config_string(s, "root", &root);
	int have_extra = have_root < 0 ? -1 : config_string(s, "extra", &extra);

	if (have_extra < 0)
		return -1;
	if (have_cmdline) {
		if (have_root || have_extra)
			warn("%s: root and extra are ignored: cmdline is given",
			     config_where(s, have_root ? "root" : "extra"));
		cfg->cmdline = xstrdup(cmdline);
	} else if (have_root && have_extra) {
		cfg->cmdline = xasprintf("root=%s %s", root, extra);
	} else if (have_root) {
		cfg->cmdline = xasprintf("root=%s", root);
	} else {
		cfg->cmdline = xstrdup(have_extra ? extra : "");
	}
	return 0;
}

static int load_memory(const struct config_source *s, struct domain_config *cfg)
{
	unsigned long long memory = DEFAULT_MEMORY_MB, maxmem;
	int ret;

	if (config_number(s, "memory", 1, MAX_MEMORY_MB, &memory) < 0)
		return -1;
	ret = config_number(s, "maxmem", 1, MAX_MEMORY_MB, &maxmem);
	if (ret < 0)
		return -1;
	if (!ret)
		maxmem = memory;
	if (maxmem < memory) {
		config_bad(s, "maxmem", "maxmem = %llu is less than memory = %llu",
			   maxmem, memory);
		return -1;
	}
	cfg->memory_mb = memory;
	cfg->maxmem_mb = maxmem;
	return 0;
}

static int load_vcpus(const struct config_source *s, struct domain_config *cfg)
{
	unsigned long long vcpus = 1, maxvcpus;
	int ret;

	if (config_number(s, "vcpus", 1, MAX_VCPUS, &vcpus) < 0)
		return -1;
	ret = config_number(s, "maxvcpus", 1, MAX_VCPUS, &maxvcpus);
	if (ret < 0)
		return -1;
	if (!ret)
		maxvcpus = vcpus;
	if (maxvcpus < vcpus) {
		config_bad(s, "maxvcpus", "maxvcpus = %llu is less than vcpus = %llu",
			   maxvcpus, vcpus);
		return -1;
	}
	cfg->vcpus = vcpus;
	cfg->maxvcpus = maxvcpus;
	return 0;
}

static int load_action(const struct config_source *s, const char *key,
		       enum domain_action *action)
{
	const char *text;
	int ret = config_string(s, key, &text);
	size_t i;

	if (ret <= 0)
		return ret;
	for (i = 0; i < ARRAY_SIZE(actions); i++) {
		if (strcmp(actions[i].name, text))
			continue;
		*action = actions[i].action;
		return 0;
	}
	if (!strcmp(text, "soft-reset")) {
		config_bad(s, key,
			   "%s = \"soft-reset\" is not supported: that is for HVM domains",
			   key);
		return -1;
	}
	config_bad(s, key,
		   "%s = \"%s\" must be one of destroy, restart, rename-restart, preserve, coredump-destroy, coredump-restart",
		   key, text);
	return -1;
}

static int load_actions(const struct config_source *s,
			struct domain_config *cfg)
{
	cfg->on_poweroff = ACTION_DESTROY;
	cfg->on_reboot = ACTION_RESTART;
	cfg->on_crash = ACTION_DESTROY;
	cfg->on_watchdog = ACTION_DESTROY;
	if (load_action(s, "on_poweroff", &cfg->on_poweroff) ||
	    load_action(s, "on_reboot", &cfg->on_reboot) ||
	    load_action(s, "on_crash", &cfg->on_crash) ||
	    load_action(s, "on_watchdog", &cfg->on_watchdog))
		return -1;
	return 0;
}

/* Two disks of one name would be one device twice. */
static const struct disk_spec *find_disk(const struct domain_config *cfg,
					 uint32_t devid)
{
	size_t i;

	for (i = 0; i < cfg->nr_disks; i++)
		if (cfg->disks[i].devid == devid)
			return &cfg->disks[i];
	return NULL;
}

static int load_disk(const struct config_source *s, struct domain_config *cfg,
		     const char *text)
{
	const struct disk_spec *other;
	struct disk_spec spec;
	char why[WHY_MAX];

	if (!text) {
		config_bad(s, "disk", "disk must be a list of strings");
		return -1;
	}
	if (disk_spec_parse(&spec, text, why)) {
		config_bad(s, "disk", "'%s': %s", text, why);
		return -1;
	}
	other = find_disk(cfg, spec.devid);
	if (other) {
		config_bad(s, "disk", "%s is there twice%s%s", spec.vdev,
			   strcmp(spec.vdev, other->vdev) ? ", once as " : "",
			   strcmp(spec.vdev, other->vdev) ? other->vdev : "");
		disk_spec_free(&spec);
		return -1;
	}
	cfg->disks[cfg->nr_disks++] = spec;
	return 0;
}

static int load_disks(const struct config_source *s, struct domain_config *cfg)
{
	XLU_ConfigList *list;
	int nr, i, ret;

	ret = xlu_cfg_get_list(s->xlu, "disk", &list, &nr, 1);
	if (ret == ESRCH)
		return 0;
	if (ret) {
		config_bad(s, "disk",
			   "disk must be a list: disk = [ '...', ... ]");
		return -1;
	}
	cfg->disks = xcalloc(nr, sizeof(*cfg->disks));
	for (i = 0; i < nr; i++)
		if (load_disk(s, cfg, xlu_cfg_get_listitem(list, i)))
			return -1;
	return 0;
}

static int load(const char *path, char *const overrides[], int nr_overrides,
		bool saved, struct domain_config *cfg)
{
	struct config_source s;
	int ret;

	memset(cfg, 0, sizeof(*cfg));
	ret = config_source_read(&s, path, overrides, nr_overrides);
	s.saved = saved;
	if (!ret) {
		cfg->path = xstrdup(path);
		cfg->text = xstrdup(s.text);
		cfg->folder = getcwd(NULL, 0);
		if (config_check_keys(&s) || load_name(&s, cfg) ||
		    load_type(&s) || load_uuid(&s, cfg) ||
		    load_memory(&s, cfg) || load_vcpus(&s, cfg) ||
		    config_load_cpus(&s, cfg) || config_load_processor(&s, cfg) ||
		    load_actions(&s, cfg) || load_cmdline(&s, cfg) ||
		    load_disks(&s, cfg) || load_files(&s, cfg) ||
		    config_channels(&s, cfg) || config_vifs(&s, cfg))
			ret = -1;
	}
	config_source_free(&s);
	if (!ret)
		return 0;
	config_free(cfg);
	return s.no_file ? CONFIG_NO_FILE : -1;
}

int config_load(const char *path, char *const overrides[], int nr_overrides,
		struct domain_config *cfg)
{
	return load(path, overrides, nr_overrides, false, cfg);
}

int config_load_saved(char *const settings[], int nr_settings,
		      struct domain_config *cfg)
{
	return load("/dev/null", settings, nr_settings, true, cfg);
}

void config_free(struct domain_config *cfg)
{
	unsigned int i;

	for (i = 0; i < cfg->nr_disks; i++)
		disk_spec_free(&cfg->disks[i]);
	free(cfg->disks);
	for (i = 0; i < cfg->nr_channels; i++) {
		free(cfg->channels[i].name);
		free(cfg->channels[i].connection);
		free(cfg->channels[i].path);
	}
	free(cfg->path);
	free(cfg->text);
	free(cfg->folder);
	free(cfg->name);
	free(cfg->kernel);
	free(cfg->ramdisk);
	free(cfg->cmdline);
	free(cfg->bootloader);
	while (cfg->nr_bootloader_args)
		free(cfg->bootloader_args[--cfg->nr_bootloader_args]);
	free(cfg->bootloader_args);
	free(cfg->grub_config);
	while (cfg->nr_vifs)
		free(cfg->vifs[--cfg->nr_vifs]);
	free(cfg->vifs);
	while (cfg->nr_cpuid_words)
		free(cfg->cpuid_words[--cfg->nr_cpuid_words]);
	free(cfg->cpuid_words);
	free(cfg->cpuid);
	free(cfg->cpus);
	free(cfg->cpus_soft);
	memset(cfg, 0, sizeof(*cfg));
}
