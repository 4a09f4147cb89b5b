// SPDX-License-Identifier: GPL-2.0
/* xenpv mem-set, xenpv mem-max: how much memory a domain has, and may have. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "control.h"
#include "domains.h"
#include "util.h"

static const char set_help[] =
"Usage: xenpv mem-set <Domain> <Size>\n\n"
"Ask the domain's balloon driver to have that much memory, up to its maximum.\n"
"The size is in MiB, or has a suffix: b, k, m, g or t.\n\n"
"  -h, --help  Show this help\n";

static const char max_help[] =
"Usage: xenpv mem-max <Domain> <Size>\n\n"
"Limit what the domain may take, at most the maxmem it was started with.\n"
"The size is in MiB, or has a suffix: b, k, m, g or t.\n\n"
"  -h, --help  Show this help\n";

/* "512", "512m", "1g"... in KiB; false for anything else. */
static bool parse_size(const char *text, unsigned long long *kib)
{
	static const struct {
		char suffix;
		int shift;
	} units[] = {
		{ '\0', 10 }, { 'b', -10 }, { 'k', 0 }, { 'm', 10 },
		{ 'g', 20 }, { 't', 30 },
	};
	unsigned long long n;
	size_t i;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno || (*end && end[1]))
		return false;
	for (i = 0; i < ARRAY_SIZE(units); i++) {
		if (units[i].suffix != tolower((unsigned char)*end))
			continue;
		if (units[i].shift < 0) {
			*kib = n >> -units[i].shift;
			return true;
		}
		*kib = n << units[i].shift;
		return *kib >> units[i].shift == n;
	}
	return false;
}

static int set_size(int argc, char **argv, const char *verb, const char *help)
{
	struct kvm_xenpv_info info;
	unsigned long long kib;
	char request[64];
	int opt;

	while ((opt = cmd_getopt(argc, argv, "h", NULL, help)) != -1)
		return opt == CMD_HELP ? EXIT_SUCCESS : EXIT_USAGE;
	if (argc - optind != 2) {
		err("%s: which domain, and how much? (xenpv %s --help)", verb,
		    verb);
		return EXIT_USAGE;
	}
	if (!parse_size(argv[optind + 1], &kib)) {
		err("%s: '%s' is not a size (xenpv %s --help)", verb,
		    argv[optind + 1], verb);
		return EXIT_USAGE;
	}
	snprintf(request, sizeof(request), "%s %llu", verb, kib);
	if (domain_find(argv[optind], &info) ||
	    control_request(info.domid, request, NULL))
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

int cmd_mem_set(int argc, char **argv)
{
	return set_size(argc, argv, "mem-set", set_help);
}

int cmd_mem_max(int argc, char **argv)
{
	return set_size(argc, argv, "mem-max", max_help);
}
