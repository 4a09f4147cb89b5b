// SPDX-License-Identifier: GPL-2.0
/* xenpv list, vm-list, claims, sharing: the host's domains. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "config/json.h"
#include "control.h"
#include "domains.h"
#include "domlist.h"
#include "util.h"
#include "vmm/rundir.h"

static const char list_help[] =
"Usage: xenpv list [options] [<Domain>]\n\n"
"List all domains, or one.\n\n"
"  -l, --long     Their configurations, as JSON\n"
"  -v, --verbose  UUIDs and shutdown codes too\n"
"  -Z, --context  Security labels too: there are none\n"
"  -c, --cpupool  CPU pools too: there is one\n"
"  -n, --numa     NUMA nodes too\n"
"  -h, --help     Show this help\n";

static const char vm_list_help[] =
"Usage: xenpv vm-list\n\n"
"List the domains with their UUIDs.\n\n"
"  -h, --help  Show this help\n";

static const char claims_help[] =
"Usage: xenpv claims\n\n"
"List the domains with memory that they may yet claim: they get theirs when\n"
"they use it, so there is never any.\n\n"
"  -h, --help  Show this help\n";

static const char sharing_help[] =
"Usage: xenpv sharing [<Domain>]\n\n"
"List the domains with memory they share: none, as far as xenpv is concerned.\n\n"
"  -h, --help  Show this help\n";

/* Its helper knows; the host as a domain has none. */
static char *config_of(const struct kvm_xenpv_info *info)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out;
	int ret;

	if (!info->domid)
		return NULL;
	out = open_memstream(&text, &len);
	if (!out)
		return NULL;
	ret = control_request(info->domid, "config", out);
	if (!fclose(out) && !ret)
		return text;
	free(text);
	return NULL;
}

static int print_long(const struct kvm_xenpv_info *infos, size_t nr)
{
	struct json_list *list = json_list_new();
	int status = EXIT_SUCCESS;
	char *text;
	size_t i;

	for (i = 0; i < nr; i++) {
		text = config_of(&infos[i]);
		if (text && json_list_add(list, infos[i].domid, text))
			status = EXIT_FAILURE;
		else if (!text && infos[i].domid)
			status = EXIT_FAILURE;
		free(text);
	}
	json_list_print(list, stdout);
	json_list_free(list);
	return status;
}

static int print_list(const struct kvm_xenpv_info *infos, size_t nr,
		      unsigned int columns, bool details)
{
	if (details)
		return print_long(infos, nr);
	domlist_print(infos, nr, columns);
	return EXIT_SUCCESS;
}

static int list_all(unsigned int columns, bool details)
{
	struct domain_list list;
	int status;

	if (domlist_read(&list))
		return EXIT_FAILURE;
	rundir_clean();
	status = print_list(list.infos, list.nr, columns, details);
	domains_free(&list);
	return status;
}

int cmd_list(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "long", no_argument, NULL, 'l' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "context", no_argument, NULL, 'Z' },
		{ "cpupool", no_argument, NULL, 'c' },
		{ "numa", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct kvm_xenpv_info info;
	unsigned int columns = 0;
	bool details = false;
	int opt;

	while ((opt = cmd_getopt(argc, argv, "lvZcnh", longopts,
				 list_help)) != -1) {
		switch (opt) {
		case 'l':
			details = true;
			break;
		case 'v':
			columns |= DOMLIST_VERBOSE;
			break;
		case 'Z':
			columns |= DOMLIST_LABEL;
			break;
		case 'c':
			columns |= DOMLIST_POOL;
			break;
		case 'n':
			columns |= DOMLIST_NODES;
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
	if (optind == argc)
		return list_all(columns, details);
	if (domain_find(argv[optind], &info))
		return EXIT_FAILURE;
	return print_list(&info, 1, columns, details);
}

int cmd_vm_list(int argc, char **argv)
{
	struct domain_list list;
	size_t i;
	int opt;

	while ((opt = cmd_getopt(argc, argv, "h", NULL, vm_list_help)) != -1)
		return opt == CMD_HELP ? EXIT_SUCCESS : EXIT_USAGE;
	if (optind < argc) {
		err("vm-list: takes no arguments (xenpv vm-list --help)");
		return EXIT_USAGE;
	}
	if (domains_read(&list))
		return EXIT_FAILURE;
	puts("UUID                                  ID    name");
	for (i = 0; i < list.nr; i++) {
		domlist_print_uuid(&list.infos[i]);
		printf("  %u    %-30.*s\n", list.infos[i].domid,
		       KVM_XENPV_NAME_LEN, list.infos[i].name);
	}
	domains_free(&list);
	return EXIT_SUCCESS;
}

int cmd_claims(int argc, char **argv)
{
	int opt;

	while ((opt = cmd_getopt(argc, argv, "h", NULL, claims_help)) != -1)
		return opt == CMD_HELP ? EXIT_SUCCESS : EXIT_USAGE;
	if (optind < argc) {
		err("claims: takes no arguments (xenpv claims --help)");
		return EXIT_USAGE;
	}
	return list_all(DOMLIST_CLAIMS, false);
}

int cmd_sharing(int argc, char **argv)
{
	struct kvm_xenpv_info info;
	struct domain_list list;
	size_t i;
	int opt;

	while ((opt = cmd_getopt(argc, argv, "h", NULL, sharing_help)) != -1)
		return opt == CMD_HELP ? EXIT_SUCCESS : EXIT_USAGE;
	if (argc - optind > 1) {
		err("sharing: one domain at most (xenpv sharing --help)");
		return EXIT_USAGE;
	}
	if (optind < argc && domain_find(argv[optind], &info))
		return EXIT_FAILURE;
	if (domlist_read(&list))
		return EXIT_FAILURE;
	puts("Name                                        ID   Mem Shared");
	for (i = 0; i < list.nr; i++)
		if (optind == argc || list.infos[i].domid == info.domid)
			printf("%-40.*s %5u %5llu  %5u\n", KVM_XENPV_NAME_LEN,
			       list.infos[i].name, list.infos[i].domid,
			       (unsigned long long)list.infos[i].memory >> 20, 0);
	domains_free(&list);
	return EXIT_SUCCESS;
}
