// SPDX-License-Identifier: GPL-2.0
/* xenpv uptime: how long domains have been there. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd.h"
#include "domains.h"
#include "host.h"
#include "util.h"

static const char help[] =
"Usage: xenpv uptime [-s] [<Domain>]...\n\n"
"Tell how long domains have been there: since they were created or last\n"
"started anew.\n\n"
"  -s          In the form of uptime(1)\n"
"  -h, --help  Show this help\n";

static unsigned long long seconds_of(const struct kvm_xenpv_info *info)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec - info->created / 1000000000ULL;
}

static void print_span(unsigned long long s, bool brief)
{
	unsigned long long days = s / 86400;
	unsigned int hours = s / 3600 % 24, minutes = s / 60 % 60;

	if (days)
		printf("%llu day%s, ", days, days > 1 ? "s" : "");
	printf("%2u:%02u", hours, minutes);
	if (!brief)
		printf(":%02u", (unsigned int)(s % 60));
}

static void print_one(const struct kvm_xenpv_info *info, bool brief)
{
	time_t now = time(NULL);
	char text[16];
	struct tm tm;

	if (brief) {
		localtime_r(&now, &tm);
		strftime(text, sizeof(text), "%T", &tm);
		printf(" %s up ", text);
		print_span(seconds_of(info), true);
		printf(", %.*s (%u)\n", KVM_XENPV_NAME_LEN, info->name,
		       info->domid);
		return;
	}
	printf("%-33.*s %4u ", KVM_XENPV_NAME_LEN, info->name, info->domid);
	print_span(seconds_of(info), false);
	putchar('\n');
}

static int all(bool brief)
{
	struct kvm_xenpv_info host;
	struct domain_list list;
	size_t i;

	if (domains_read(&list))
		return EXIT_FAILURE;
	if (!brief)
		printf("%-33s %4s %s\n", "Name", "ID", "Uptime");
	if (host_listed()) {
		host_as_domain(&host);
		print_one(&host, brief);
	}
	for (i = 0; i < list.nr; i++)
		print_one(&list.infos[i], brief);
	domains_free(&list);
	return EXIT_SUCCESS;
}

static int some(char **names, int nr, bool brief)
{
	struct kvm_xenpv_info *infos = xcalloc(nr, sizeof(*infos));
	int i, status = EXIT_SUCCESS;

	for (i = 0; i < nr && !status; i++)
		if (domain_find(names[i], &infos[i]))
			status = EXIT_FAILURE;
	if (!status && !brief)
		printf("%-33s %4s %s\n", "Name", "ID", "Uptime");
	for (i = 0; i < nr && !status; i++)
		print_one(&infos[i], brief);
	free(infos);
	return status;
}

int cmd_uptime(int argc, char **argv)
{
	bool brief = false;
	int opt;

	while ((opt = cmd_getopt(argc, argv, "sh", NULL, help)) != -1) {
		if (opt != 's')
			return opt == CMD_HELP ? EXIT_SUCCESS : EXIT_USAGE;
		brief = true;
	}
	return optind == argc ? all(brief) :
		some(argv + optind, argc - optind, brief);
}
