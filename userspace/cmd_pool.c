// SPDX-License-Identifier: GPL-2.0
/* xenpv cpupool-list: the one pool there is. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "cpuset.h"
#include "domains.h"
#include "host.h"
#include "util.h"

static const char help[] =
"Usage: xenpv cpupool-list [-c] [<CPU Pool>]\n\n"
"List the pool of the host's CPUs: there is one, Pool-0 with all of them.\n\n"
"  -c, --cpus  List the CPUs\n"
"  -h, --help  Show this help\n";

static void print_cpus(void)
{
	const char *comma = "";
	cpu_set_t all;
	int i;

	cpuset_all(&all);
	for (i = 0; i < CPU_SETSIZE && i < sysconf(_SC_NPROCESSORS_CONF); i++) {
		if (!CPU_ISSET(i, &all))
			continue;
		printf("%s%d", comma, i);
		comma = ",";
	}
}

static int list(bool cpus)
{
	struct domain_list list;

	if (domains_read(&list))
		return EXIT_FAILURE;
	printf("%-19s%s\n%-19s", "Name", cpus ? "CPU list" :
	       "CPUs   Sched     Active   Domain count", "Pool-0");
	if (cpus)
		print_cpus();
	else
		printf("%3ld %9s       y       %4zu",
		       sysconf(_SC_NPROCESSORS_ONLN), "linux",
		       list.nr + host_listed());
	putchar('\n');
	domains_free(&list);
	return EXIT_SUCCESS;
}

int cmd_cpupool_list(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "cpus", no_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool cpus = false;
	int opt;

	while ((opt = cmd_getopt(argc, argv, "ch", longopts, help)) != -1) {
		if (opt != 'c')
			return opt == CMD_HELP ? EXIT_SUCCESS : EXIT_USAGE;
		cpus = true;
	}
	if (argc - optind > 1) {
		err("cpupool-list: one pool at most (xenpv cpupool-list --help)");
		return EXIT_USAGE;
	}
	if (optind < argc && strcmp(argv[optind], "Pool-0") &&
	    strcmp(argv[optind], "0")) {
		err("Pool '%s' does not exist", argv[optind]);
		return EXIT_FAILURE;
	}
	return list(cpus);
}
