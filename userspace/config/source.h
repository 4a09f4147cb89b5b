/* SPDX-License-Identifier: GPL-2.0 */
/* A configuration file and what the command line adds to it. */
#ifndef XENPV_CONFIG_SOURCE_H
#define XENPV_CONFIG_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

struct XLU_Config;

/* A top-level assignment; libxlutil does not tell these. */
struct config_key {
	char *name;
	unsigned int line;	/* 0: from the command line */
	bool empty;		/* its value is [] or "" */
	bool appends;		/* += */
};

struct config_source {
	const char *path;
	struct XLU_Config *xlu;
	char *text;		/* of the file, then the command line's */
	struct config_key *keys;
	size_t nr_keys;
	bool no_file;		/* it, or one that it names, cannot be read */
	bool saved;		/* of a domain that has booted already */
};

/*
 * Read and parse.  -1 after one line on stderr that names file and line.
 * config_source_free() in either case.
 */
int config_source_read(struct config_source *s, const char *path,
		       char *const overrides[], int nr_overrides);
void config_source_free(struct config_source *s);

/* Append the top-level keys of TEXT; LINES: count lines, from 1. */
void config_scan(struct config_source *s, const char *text, bool lines);

/* "FILE:LINE" or "command line" for KEY, "FILE" when it is not set. */
const char *config_where(const struct config_source *s, const char *key);

/* One line on stderr about KEY's value. */
void config_bad(const struct config_source *s, const char *key,
		const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * Warn of keys that change nothing: unknown, ignored, or set again.  -1 after
 * one line on stderr when a value is of the wrong kind, or a key asks for a
 * device that there is not.
 */
int config_check_keys(const struct config_source *s);

/*
 * Values by key.  They return 1 when KEY is set, 0 when it is not, -1 after one
 * line on stderr when its value is of the wrong kind.
 */
int config_string(const struct config_source *s, const char *key,
		  const char **value);
int config_number(const struct config_source *s, const char *key,
		  unsigned long long min, unsigned long long max,
		  unsigned long long *value);

/* vif.c: fill in cfg->vifs.  -1 after one line on stderr. */
struct domain_config;
int config_vifs(const struct config_source *s, struct domain_config *cfg);
/* channel.c: 0, or -1 after one line on stderr. */
int config_channels(const struct config_source *s, struct domain_config *cfg);
/*
 * bootloader.c: 1 when a boot loader will find the kernel, and cfg->kernel is
 * that loader, or NULL when it is only known where the domain was saved; 0 when
 * none does.  After the disks are known.
 */
int config_bootloader(struct config_source *s, struct domain_config *cfg);
/* cpus.c; after the number of vCPUs is known. */
int config_load_cpus(const struct config_source *s, struct domain_config *cfg);
/* cpuid.c */
int config_load_processor(const struct config_source *s, struct domain_config *cfg);

#endif
