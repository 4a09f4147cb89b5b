/* SPDX-License-Identifier: GPL-2.0 */
/* What a domain's configuration file (xl.cfg syntax) says. */
#ifndef XENPV_CONFIG_H
#define XENPV_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpuset.h"
#include "vmm/cpuid.h"

enum domain_action {
	ACTION_DESTROY,
	ACTION_RESTART,
	ACTION_RENAME_RESTART,
	ACTION_PRESERVE,
	ACTION_COREDUMP_DESTROY,
	ACTION_COREDUMP_RESTART,
};

/* A console beside the first. */
struct channel_config {
	char *name;
	char *connection;	/* "pty" or "socket" */
	char *path;		/* of the socket, absolute; or NULL */
};

#define MAX_CHANNELS	9
struct disk_spec;

struct domain_config {
	char *path;		/* of the file, for messages */
	char *text;		/* the file's, with the overrides at its end */
	char *folder;		/* what its paths are relative to, or NULL */
	char *name;
	uint8_t uuid[16];	/* random when the file has none */
	char *kernel;
	char *ramdisk;		/* NULL: none */
	char *cmdline;		/* never NULL: cmdline=, or root= and extra= */
	char *bootloader;	/* as it was named; or NULL, and kernel was */
	char **bootloader_args;
	size_t nr_bootloader_args;
	char *grub_config;	/* kernel is PV-GRUB, this is its script; or NULL */
	uint64_t memory_mb;	/* at start */
	uint64_t maxmem_mb;	/* memory_mb when not given */
	unsigned int vcpus;
	unsigned int maxvcpus;
	char **vifs;		/* as vif_config_parse() takes them */
	unsigned int nr_vifs;
	cpu_set_t *cpus;	/* of each vCPU, maxvcpus of them; NULL: all */
	cpu_set_t *cpus_soft;
	struct cpuid_change *cpuid;	/* what it changes */
	size_t nr_cpuid;
	char **cpuid_words;	/* "key=value"; of a list "leaf:register=..." */
	size_t nr_cpuid_words;
	bool cpuid_is_list;
	enum tsc_mode tsc_mode;
	struct disk_spec *disks;
	size_t nr_disks;
	enum domain_action on_poweroff;
	enum domain_action on_reboot;
	enum domain_action on_crash;
	enum domain_action on_watchdog;
	struct channel_config channels[MAX_CHANNELS];
	unsigned int nr_channels;
};

/* That file, or the kernel's or ramdisk's, cannot be read. */
#define CONFIG_NO_FILE	(-2)

/*
 * Read PATH, then apply OVERRIDES ("key=value", as on xl's command line).
 * Says what is wrong on stderr (file, line, what was expected) and returns -1
 * or CONFIG_NO_FILE, or 0 with *CFG filled, to be released with config_free().
 */
int config_load(const char *path, char *const overrides[], int nr_overrides,
		struct domain_config *cfg);
/*
 * The same of settings that a saved domain came with: its kernel, ramdisk and
 * boot loader need not be there, it runs already.
 */
int config_load_saved(char *const settings[], int nr_settings,
		      struct domain_config *cfg);
void config_free(struct domain_config *cfg);

#endif
