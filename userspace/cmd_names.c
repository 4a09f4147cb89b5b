// SPDX-License-Identifier: GPL-2.0
/* xenpv domid, domname, rename: domains' names. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "control.h"
#include "domains.h"
#include "host.h"
#include "util.h"

static const char domid_help[] =
"Usage: xenpv domid <DomainName>\n\n"
"Tell a domain's id from its name.\n\n"
"  -h, --help  Show this help\n";

static const char domname_help[] =
"Usage: xenpv domname <DomainId>\n\n"
"Tell a domain's name from its id.\n\n"
"  -h, --help  Show this help\n";

static const char rename_help[] =
"Usage: xenpv rename <Domain> <NewDomainName>\n\n"
"Give a domain another name; it keeps it when it is started anew.\n\n"
"  -h, --help  Show this help\n";

/* The domain of that name, whatever number that may be: 1, 0, -1. */
static int find_name(const char *name, struct kvm_xenpv_info *info)
{
	struct domain_list list;
	size_t i;
	int found = 0;

	if (host_listed() && !strcmp(name, HOST_NAME)) {
		host_as_domain(info);
		return 1;
	}
	if (domains_read(&list))
		return -1;
	for (i = 0; i < list.nr && !found; i++) {
		found = !strncmp(list.infos[i].name, name, KVM_XENPV_NAME_LEN);
		*info = list.infos[i];
	}
	domains_free(&list);
	return found;
}

static int find_id(unsigned long domid, struct kvm_xenpv_info *info)
{
	struct domain_list list;
	size_t i;
	int found = 0;

	if (host_listed() && !domid) {
		host_as_domain(info);
		return 1;
	}
	if (domains_read(&list))
		return -1;
	for (i = 0; i < list.nr && !found; i++) {
		found = list.infos[i].domid == domid;
		*info = list.infos[i];
	}
	domains_free(&list);
	return found;
}

int cmd_domid(int argc, char **argv)
{
	struct kvm_xenpv_info info;
	int opt, found;

	while ((opt = cmd_getopt(argc, argv, "h", NULL, domid_help)) != -1)
		return opt == CMD_HELP ? EXIT_SUCCESS : EXIT_USAGE;
	if (argc - optind != 1) {
		err("domid: which name? (xenpv domid --help)");
		return EXIT_USAGE;
	}
	found = find_name(argv[optind], &info);
	if (!found)
		err("Can't get domid of domain name '%s', maybe this domain does not exist.",
		    argv[optind]);
	if (found <= 0)
		return EXIT_FAILURE;
	printf("%u\n", info.domid);
	return EXIT_SUCCESS;
}

int cmd_domname(int argc, char **argv)
{
	struct kvm_xenpv_info info;
	unsigned long domid;
	int opt, found;
	char *end;

	while ((opt = cmd_getopt(argc, argv, "h", NULL, domname_help)) != -1)
		return opt == CMD_HELP ? EXIT_SUCCESS : EXIT_USAGE;
	if (argc - optind != 1) {
		err("domname: which id? (xenpv domname --help)");
		return EXIT_USAGE;
	}
	domid = strtoul(argv[optind], &end, 10);
	if (end == argv[optind] || *end) {
		err("Invalid domain id.");
		return EXIT_FAILURE;
	}
	found = find_id(domid, &info);
	if (!found)
		err("Can't get domain name of domain id '%s', maybe this domain does not exist.",
		    argv[optind]);
	if (found <= 0)
		return EXIT_FAILURE;
	printf("%.*s\n", KVM_XENPV_NAME_LEN, info.name);
	return EXIT_SUCCESS;
}

int cmd_rename(int argc, char **argv)
{
	struct kvm_xenpv_info info;
	char *request;
	int opt, ret;

	while ((opt = cmd_getopt(argc, argv, "h", NULL, rename_help)) != -1)
		return opt == CMD_HELP ? EXIT_SUCCESS : EXIT_USAGE;
	if (argc - optind != 2) {
		err("rename: which domain, and its new name? (xenpv rename --help)");
		return EXIT_USAGE;
	}
	if (strchr(argv[optind + 1], '\n')) {
		err("rename: a newline in a name");
		return EXIT_FAILURE;
	}
	if (domain_find(argv[optind], &info))
		return EXIT_FAILURE;
	request = xasprintf("rename %s", argv[optind + 1]);
	ret = control_request(info.domid, request, NULL);
	free(request);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
