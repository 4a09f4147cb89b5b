// SPDX-License-Identifier: GPL-2.0
/* Lists of domains, in xl's columns. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domains.h"
#include "domlist.h"
#include "host.h"

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

	if (!info->domid)
		return true;	/* the host: we run there */
	snprintf(path, sizeof(path), "/proc/%d/task", info->owner);
	dir = info->owner ? opendir(path) : NULL;
	if (!dir)
		return false;
	while (!runs && (entry = readdir(dir)))
		runs = vcpu_thread_runs(info->owner, entry->d_name);
	closedir(dir);
	return runs;
}

void domain_state_letters(const struct kvm_xenpv_info *info, char s[8])
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

void domlist_print_uuid(const struct kvm_xenpv_info *info)
{
	size_t i;

	for (i = 0; i < sizeof(info->uuid); i++)
		printf("%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
		       info->uuid[i]);
}

static void print_verbose(const struct kvm_xenpv_info *info)
{
	putchar(' ');
	domlist_print_uuid(info);
	if (info->state == KVM_XENPV_STATE_SHUTDOWN ||
	    info->state == KVM_XENPV_STATE_CRASHED)
		printf(" %8x", info->shutdown_code);
	else
		printf(" %8s", "-");
}

static void print_domain(const struct kvm_xenpv_info *info, unsigned int columns)
{
	char state[8];

	domain_state_letters(info, state);
	printf("%-40.*s %5u %5llu %5u     %s  %8.1f", KVM_XENPV_NAME_LEN,
	       info->name, info->domid, (unsigned long long)info->memory >> 20,
	       info->online_vcpus, state, info->cpu_time / 1e9);
	if (columns & DOMLIST_VERBOSE)
		print_verbose(info);
	if (columns & DOMLIST_CLAIMS)
		printf(" %5u", 0);
	if (columns & (DOMLIST_VERBOSE | DOMLIST_LABEL))
		printf(" %16s", "-");
	if (columns & DOMLIST_POOL)
		printf("%16s", "Pool-0");
	if (columns & DOMLIST_NODES)
		fputs(" all", stdout);
	putchar('\n');
}

static void print_header(unsigned int columns)
{
	fputs("Name                                        ID   Mem VCPUs\tState\tTime(s)",
	      stdout);
	if (columns & DOMLIST_VERBOSE)
		fputs("   UUID                            Reason-Code\tSecurity Label",
		      stdout);
	else if (columns & DOMLIST_LABEL)
		fputs("   Security Label", stdout);
	if (columns & DOMLIST_CLAIMS)
		fputs("  Claimed", stdout);
	if (columns & DOMLIST_POOL)
		fputs("         Cpupool", stdout);
	if (columns & DOMLIST_NODES)
		fputs(" NODE Affinity", stdout);
	putchar('\n');
}

void domlist_print(const struct kvm_xenpv_info *infos, size_t nr,
		   unsigned int columns)
{
	size_t i;

	print_header(columns);
	for (i = 0; i < nr; i++)
		print_domain(&infos[i], columns);
}

int domlist_read(struct domain_list *list)
{
	struct kvm_xenpv_info *more;

	if (domains_read(list))
		return -1;
	if (!host_listed())
		return 0;
	more = realloc(list->infos, (list->nr + 1) * sizeof(*more));
	if (!more)
		abort();
	memmove(more + 1, more, list->nr * sizeof(*more));
	host_as_domain(more);
	list->infos = more;
	list->nr++;
	return 0;
}
