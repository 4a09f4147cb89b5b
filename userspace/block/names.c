// SPDX-License-Identifier: GPL-2.0
/*
 * Names of virtual disks.
 *
 * A number is what Linux 2.6 used as dev_t for that name, or for an xvd that
 * does not fit there, a form that Xen made up: docs/man/xen-vbd-interface(7).
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util.h"
#include "names.h"

#define XVD_MAJOR	202
#define SD_MAJOR	8
#define EXTENDED	(1U << 28)

static uint32_t xvd_number(uint32_t disk, uint32_t part)
{
	if (disk < 16 && part < 16)
		return XVD_MAJOR << 8 | disk << 4 | part;
	return EXTENDED | disk << 8 | part;
}

static uint32_t sd_number(uint32_t disk, uint32_t part)
{
	return SD_MAJOR << 8 | disk << 4 | part;
}

/* Two disks on each IDE channel. */
static uint32_t hd_number(uint32_t disk, uint32_t part)
{
	return (disk < 2 ? 3 : 22) << 8 | (disk & 1) << 6 | part;
}

static const struct {
	const char *prefix;
	uint32_t max_disk, max_part;
	uint32_t (*number)(uint32_t disk, uint32_t part);
} kinds[] = {
	{ "xvd", (1U << 20) - 1, 255, xvd_number },
	{ "hd", 3, 63, hd_number },
	{ "sd", 15, 15, sd_number },
};

/* "a" is 0, "z" 25, "aa" 26. */
static bool parse_letters(const char **p, uint32_t max, uint32_t *disk)
{
	uint32_t n = 0;

	if (!islower((unsigned char)**p))
		return false;
	for (; islower((unsigned char)**p); (*p)++) {
		n = n * 26 + (**p - 'a') + 1;
		if (n - 1 > max)
			return false;
	}
	*disk = n - 1;
	return true;
}

static bool parse_part(const char *p, uint32_t max, uint32_t *part)
{
	unsigned long n;
	char *end;

	*part = 0;
	if (!*p)
		return true;
	/* "xvda0" and "xvda01" are nobody's names. */
	if (*p < '1' || *p > '9')
		return false;
	errno = 0;
	n = strtoul(p, &end, 10);
	*part = n;
	return !errno && !*end && n <= max;
}

/* "d0p1" is xvda1. */
static bool parse_dp(const char *name, uint32_t *number)
{
	unsigned int disk, part;
	int used = 0;

	if (sscanf(name, "d%up%u%n", &disk, &part, &used) != 2 ||
	    name[used] || disk > kinds[0].max_disk || part > kinds[0].max_part)
		return false;
	*number = xvd_number(disk, part);
	return true;
}

static bool parse_plain(const char *name, uint32_t *number)
{
	unsigned long n;
	char *end;

	if (!isdigit((unsigned char)*name))
		return false;
	errno = 0;
	n = strtoul(name, &end, 0);
	*number = n;
	return !errno && !*end && n <= INT_MAX;
}

int vdev_number(const char *name, uint32_t *number)
{
	uint32_t disk, part;
	unsigned int i;

	if (parse_dp(name, number) || parse_plain(name, number))
		return 0;
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t len = strlen(kinds[i].prefix);
		const char *p = name + len;

		if (strncmp(name, kinds[i].prefix, len))
			continue;
		if (!parse_letters(&p, kinds[i].max_disk, &disk) ||
		    !parse_part(p, kinds[i].max_part, &part))
			return -1;
		*number = kinds[i].number(disk, part);
		return 0;
	}
	return -1;
}
