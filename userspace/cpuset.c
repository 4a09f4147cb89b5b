// SPDX-License-Identifier: GPL-2.0
/* Sets of the host's CPUs, as xl's users write them: "0-3,^1,nodes:1". */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpuset.h"
#include "util.h"

static int nr_host_cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_CONF);

	if (n < 1)
		return 1;
	return n < CPU_SETSIZE ? n : CPU_SETSIZE;
}

void cpuset_all(cpu_set_t *set)
{
	int i, n = nr_host_cpus();

	CPU_ZERO(set);
	for (i = 0; i < n; i++)
		CPU_SET(i, set);
}

static bool parse_number(const char **p, unsigned long *value)
{
	char *end;

	if (!isdigit((unsigned char)**p))
		return false;
	*value = strtoul(*p, &end, 10);
	*p = end;
	return true;
}

/* "2" or "2-5", the whole of TEXT. */
static bool parse_range(const char *text, unsigned long *first,
			unsigned long *last)
{
	if (!parse_number(&text, first))
		return false;
	*last = *first;
	if (*text == '-') {
		text++;
		if (!parse_number(&text, last))
			return false;
	}
	return !*text && *first <= *last;
}

static void add_range(cpu_set_t *set, unsigned long first, unsigned long last)
{
	unsigned long n = nr_host_cpus();

	for (; first <= last && first < n; first++)
		CPU_SET(first, set);
}

/* The CPUs of a NUMA node: Linux writes them as ranges. */
static void add_node(cpu_set_t *set, unsigned long node)
{
	unsigned long first, last;
	char path[64], line[4096], *item, *save;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%lu/cpulist",
		 node);
	f = fopen(path, "re");
	if (!f)
		return;
	if (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		for (item = strtok_r(line, ",", &save); item;
		     item = strtok_r(NULL, ",", &save))
			if (parse_range(item, &first, &last))
				add_range(set, first, last);
	}
	fclose(f);
}

static bool strip(const char **text, const char *prefix)
{
	size_t n = strlen(prefix);

	if (strncmp(*text, prefix, n))
		return false;
	*text += n;
	return true;
}

/* One item without its "^". */
static bool parse_item(const char *item, cpu_set_t *set)
{
	bool nodes = strip(&item, "nodes:") || strip(&item, "node:");
	unsigned long first, last;

	CPU_ZERO(set);
	if (!strcmp(item, "all")) {
		cpuset_all(set);
		return true;
	}
	if (!nodes && !strcmp(item, "none"))
		return true;
	if (!parse_range(item, &first, &last))
		return false;
	if (!nodes)
		add_range(set, first, last);
	for (; nodes && first <= last && first < CPU_SETSIZE; first++)
		add_node(set, first);
	return true;
}

const char *cpuset_parse(const char *text, cpu_set_t *set)
{
	char *copy, *rest, *item;
	const char *why = NULL;
	cpu_set_t one;

	CPU_ZERO(set);
	copy = xstrdup(text);
	rest = copy;
	while (!why && (item = strsep(&rest, ","))) {
		bool without;

		item += strspn(item, " \t");
		item[strcspn(item, " \t")] = 0;
		without = *item == '^';
		if (!parse_item(item + without, &one)) {
			why = "is not a list of CPUs, such as 0-3,^1";
		} else if (without) {
			CPU_AND(&one, &one, set);
			CPU_XOR(set, set, &one);
		} else {
			CPU_OR(set, set, &one);
		}
	}
	free(copy);
	return why;
}

void cpuset_print(const cpu_set_t *set, FILE *out)
{
	const char *comma = "";
	cpu_set_t all;
	int i, first;

	cpuset_all(&all);
	if (CPU_EQUAL(set, &all)) {
		fputs("all", out);
		return;
	}
	if (!CPU_COUNT(set)) {
		fputs("none", out);
		return;
	}
	for (i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, set))
			continue;
		first = i;
		while (i + 1 < CPU_SETSIZE && CPU_ISSET(i + 1, set))
			i++;
		fprintf(out, "%s%d", comma, first);
		if (i > first)
			fprintf(out, "-%d", i);
		comma = ",";
	}
}
