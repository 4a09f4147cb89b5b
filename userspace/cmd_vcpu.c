// SPDX-License-Identifier: GPL-2.0
/* xenpv vcpu-list, vcpu-pin, vcpu-set. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "control.h"
#include "cpuset.h"
#include "domains.h"
#include "util.h"

static const char list_help[] =
"Usage: xenpv vcpu-list [<Domain>]...\n\n"
"List the vCPUs of all domains, or of some.\n\n"
"  -h, --help  Show this help\n";

static const char pin_help[] =
"Usage: xenpv vcpu-pin <Domain> <VCPU|all> <Hard affinity> [<Soft affinity>]\n\n"
"Say which CPUs a vCPU may run on (hard) and should run on (soft): CPUs and\n"
"ranges, nodes:N for those of a NUMA node, ^ before what is left out, all for\n"
"any, - for what it is now. Soft affinity is kept and shown, nothing else.\n\n"
"  -f, --force, -i, --ignore-global-affinity-masks\n"
"               Ignored (for xl's users)\n"
"  -h, --help   Show this help\n";

static const char set_help[] =
"Usage: xenpv vcpu-set [-i] <Domain> <vCPUs>\n\n"
"Ask a domain's system to use that many of its vCPUs.\n\n"
"  -i, --ignore-host  Even if the host has fewer CPUs\n"
"  -h, --help         Show this help\n";

/* A line of the helper's answer, in xl's columns. */
static void print_line(const struct kvm_xenpv_info *info, const char *line)
{
	char state, hard[256], soft[256];
	unsigned int id, cpu;
	unsigned long long ns;
	int online;

	if (sscanf(line, "%u %d %u %c %llu %255s %255s", &id, &online, &cpu,
		   &state, &ns, hard, soft) != 7)
		return;
	printf("%-32.*s %5u %5u", KVM_XENPV_NAME_LEN, info->name, info->domid, id);
	if (online)
		printf("%5u %3c%c- ", cpu, state == 'r' ? 'r' : '-',
		       state == 'b' ? 'b' : '-');
	else
		printf("%5c %3c%cp ", '-', '-', '-');
	printf("%9.1f  %s / %s\n", ns / 1e9, hard, soft);
}

static int list_domain(const struct kvm_xenpv_info *info)
{
	char *text = NULL, *line, *save;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	int ret;

	if (!out) {
		err_sys("vcpu-list");
		return -1;
	}
	ret = control_request(info->domid, "vcpu-list", out);
	fclose(out);
	for (line = ret ? NULL : strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		print_line(info, line);
	free(text);
	return ret;
}

static int list_all(void)
{
	struct domain_list list;
	int status = EXIT_SUCCESS;
	size_t i;

	if (domains_read(&list))
		return EXIT_FAILURE;
	for (i = 0; i < list.nr; i++)
		if (list_domain(&list.infos[i]))
			status = EXIT_FAILURE;
	domains_free(&list);
	return status;
}

int cmd_vcpu_list(int argc, char **argv)
{
	struct kvm_xenpv_info info;
	int opt;

	while ((opt = cmd_getopt(argc, argv, "h", NULL, list_help)) != -1)
		return opt == CMD_HELP ? EXIT_SUCCESS : EXIT_USAGE;
	if (optind < argc && domain_find(argv[optind], &info))
		return EXIT_FAILURE;
	printf("%-32s %5s %5s %5s %5s %9s %s\n", "Name", "ID", "VCPU", "CPU",
	       "State", "Time(s)", "Affinity (Hard / Soft)");
	if (optind == argc)
		return list_all();
	for (; optind < argc; optind++)
		if (domain_find(argv[optind], &info) || list_domain(&info))
			return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

/* In the words of the helper: without spaces, "-" for none. */
static char *affinity(const char *text)
{
	cpu_set_t set;
	const char *why;
	char *clean = NULL;
	size_t len;
	FILE *out;

	if (!strcmp(text, "-"))
		return xstrdup("-");
	why = cpuset_parse(text, &set);
	if (!why && !CPU_COUNT(&set))
		why = "has no CPU of this host";
	if (why) {
		err("vcpu-pin: '%s' %s", text, why);
		return NULL;
	}
	out = open_memstream(&clean, &len);
	if (!out)
		return NULL;
	cpuset_print(&set, out);
	fclose(out);
	return clean;
}

/* -N: what would be set, in the form of xl's. */
static int show_affinity(const char *hard, const char *soft)
{
	bool only_hard = !strcmp(soft, "-");

	printf("cpumap: %s%s%s\n", hard, only_hard ? "" : " ",
	       only_hard ? "" : soft);
	return 0;
}

static int pin(const struct kvm_xenpv_info *info, const char *vcpu, char **cpus)
{
	char *hard = affinity(cpus[0]);
	char *soft = hard ? affinity(cpus[1] ? cpus[1] : "-") : NULL;
	char *request, *end;
	int ret = -1;

	strtoul(vcpu, &end, 10);
	if (strcmp(vcpu, "all") && (*end || end == vcpu || *vcpu == '-')) {
		err("vcpu-pin: '%s' is no vCPU", vcpu);
	} else if (soft && cmd_global.dry_run) {
		ret = show_affinity(hard, soft);
	} else if (soft) {
		request = xasprintf("vcpu-pin %s %s %s", vcpu, hard, soft);
		ret = control_request(info->domid, request, NULL);
		free(request);
	}
	free(hard);
	free(soft);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}

int cmd_vcpu_pin(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "force", no_argument, NULL, 'f' },
		{ "ignore-global-affinity-masks", no_argument, NULL, 'i' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct kvm_xenpv_info info;
	int opt;

	while ((opt = cmd_getopt(argc, argv, "fih", longopts, pin_help)) != -1)
		if (opt != 'f' && opt != 'i')
			return opt == CMD_HELP ? EXIT_SUCCESS : EXIT_USAGE;
	if (argc - optind < 3 || argc - optind > 4) {
		err("vcpu-pin: domain, vCPU and CPUs (xenpv vcpu-pin --help)");
		return EXIT_USAGE;
	}
	if (domain_find(argv[optind], &info))
		return EXIT_FAILURE;
	return pin(&info, argv[optind + 1], argv + optind + 2);
}

static int set(const struct kvm_xenpv_info *info, const char *text, bool ignore_host)
{
	long host = sysconf(_SC_NPROCESSORS_CONF);
	char *end, *request;
	unsigned long nr = strtoul(text, &end, 10);
	int ret;

	if (end == text || *end || *text == '-' || !nr) {
		err("vcpu-set: '%s' is not a number of vCPUs", text);
		return EXIT_FAILURE;
	}
	if (!ignore_host && nr > info->online_vcpus && nr > (unsigned long)host) {
		err("vcpu-set: the host has %ld CPUs, fewer than %lu (--ignore-host does it)",
		    host, nr);
		return EXIT_FAILURE;
	}
	request = xasprintf("vcpu-set %lu", nr);
	ret = control_request(info->domid, request, NULL);
	free(request);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}

int cmd_vcpu_set(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "ignore-host", no_argument, NULL, 'i' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct kvm_xenpv_info info;
	bool ignore_host = false;
	int opt;

	while ((opt = cmd_getopt(argc, argv, "hi", longopts, set_help)) != -1) {
		if (opt != 'i')
			return opt == CMD_HELP ? EXIT_SUCCESS : EXIT_USAGE;
		ignore_host = true;
	}
	if (argc - optind != 2) {
		err("vcpu-set: domain and number of vCPUs (xenpv vcpu-set --help)");
		return EXIT_USAGE;
	}
	if (domain_find(argv[optind], &info))
		return EXIT_FAILURE;
	return set(&info, argv[optind + 1], ignore_host);
}
