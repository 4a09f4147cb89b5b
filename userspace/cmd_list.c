// SPDX-License-Identifier: GPL-2.0
/* xenpv list: the host's domains, in xl's columns. */
#include <dirent.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "domains.h"
#include "util.h"

static const char help[] =
"Usage: xenpv list [-v] [<Domain>]\n\n"
"List all domains, or one.\n\n"
"  -v, --verbose  Show UUIDs and shutdown codes too\n"
"  -h, --help     Show this help\n";

/* Does thread TID of process PID run a vCPU, and not sleep? */
static bool vcpu_thread_runs(int pid, const char *tid)
{
	char path[64], line[256], *paren;
	bool runs = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%.16s/stat", pid, tid);
	f = fopen(path, "re");
	if (!f)
		return false;
	/* "TID (NAME) STATE ..." */
	if (fgets(line, sizeof(line), f) && strstr(line, "(vcpu")) {
		paren = strrchr(line, ')');
		runs = paren && !strncmp(paren, ") R", 3);
	}
	fclose(f);
	return runs;
}

/* The module does not know whether a vCPU runs or waits: Linux does. */
static bool domain_runs(const struct kvm_xenpv_info *info)
{
	struct dirent *entry;
	bool runs = false;
	char path[32];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", info->owner);
	dir = info->owner ? opendir(path) : NULL;
	if (!dir)
		return false;
	while (!runs && (entry = readdir(dir)))
		runs = vcpu_thread_runs(info->owner, entry->d_name);
	closedir(dir);
	return runs;
}

static void state_letters(const struct kvm_xenpv_info *info, char *s)
{
	static const char reasons[] = "-rscwS";

	strcpy(s, "------");
	switch (info->state) {
	case KVM_XENPV_STATE_RUNNING:
		if (domain_runs(info))
			s[0] = 'r';
		else
			s[1] = 'b';
		break;
	case KVM_XENPV_STATE_BUILDING:
	case KVM_XENPV_STATE_PAUSED:
		s[2] = 'p';
		break;
	case KVM_XENPV_STATE_SHUTDOWN:
		s[3] = 's';
		s[4] = info->shutdown_code < sizeof(reasons) - 1 ?
			reasons[info->shutdown_code] : '?';
		break;
	case KVM_XENPV_STATE_CRASHED:
		s[3] = 's';
		s[4] = 'c';
		break;
	case KVM_XENPV_STATE_DYING:
		s[5] = 'd';
		break;
	}
}

static void print_uuid(const struct kvm_xenpv_info *info)
{
	size_t i;

	putchar(' ');
	for (i = 0; i < sizeof(info->uuid); i++)
		printf("%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
		       info->uuid[i]);
	if (info->state == KVM_XENPV_STATE_SHUTDOWN ||
	    info->state == KVM_XENPV_STATE_CRASHED)
		printf(" %8x", info->shutdown_code);
	else
		printf(" %8s", "-");
	printf(" %16s", "-");
}

static void print_domain(const struct kvm_xenpv_info *info, bool verbose)
{
	char state[8];

	state_letters(info, state);
	printf("%-40.*s %5u %5llu %5u     %s  %8.1f", KVM_XENPV_NAME_LEN,
	       info->name, info->domid, (unsigned long long)info->memory >> 20,
	       info->online_vcpus, state, info->cpu_time / 1e9);
	if (verbose)
		print_uuid(info);
	putchar('\n');
}

static void print_header(bool verbose)
{
	fputs("Name                                        ID   Mem VCPUs\tState\tTime(s)",
	      stdout);
	if (verbose)
		fputs("   UUID                            Reason-Code\tSecurity Label",
		      stdout);
	putchar('\n');
}

static int list_all(bool verbose)
{
	struct domain_list list;
	size_t i;

	if (domains_read(&list))
		return EXIT_FAILURE;
	print_header(verbose);
	for (i = 0; i < list.nr; i++)
		print_domain(&list.infos[i], verbose);
	domains_free(&list);
	return EXIT_SUCCESS;
}

static int list_one(const char *what, bool verbose)
{
	struct kvm_xenpv_info info;

	if (domain_find(what, &info))
		return EXIT_FAILURE;
	print_header(verbose);
	print_domain(&info, verbose);
	return EXIT_SUCCESS;
}

int cmd_list(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool verbose = false;
	int opt;

	while ((opt = cmd_getopt(argc, argv, "hv", longopts, help)) != -1) {
		switch (opt) {
		case 'v':
			verbose = true;
			break;
		case CMD_HELP:
			return EXIT_SUCCESS;
		default:
			return EXIT_USAGE;
		}
	}
	if (argc - optind > 1) {
		err("list: one domain at most (xenpv list --help)");
		return EXIT_USAGE;
	}
	return optind < argc ? list_one(argv[optind], verbose) :
		list_all(verbose);
}
