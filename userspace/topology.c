// SPDX-License-Identifier: GPL-2.0
/* Where the host's CPUs, nodes and PCI devices are, in xl's tables. */
#include <dirent.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "topology.h"
#include "util.h"

/* A number in a file of /sys. */
static bool read_number(int *value, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static bool read_number(int *value, const char *fmt, ...)
{
	char path[160];
	va_list ap;
	bool ok;
	FILE *f;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	f = fopen(path, "re");
	ok = f && fscanf(f, "%d", value) == 1;
	if (f)
		fclose(f);
	return ok;
}

static unsigned int node_of_cpu(unsigned int cpu)
{
	unsigned int node, nr = host_nodes();
	char path[96];

	for (node = 0; node < nr; node++) {
		snprintf(path, sizeof(path),
			 "/sys/devices/system/node/node%u/cpu%u", node, cpu);
		if (!access(path, F_OK))
			return node;
	}
	return 0;
}

static void print_cpus(void)
{
	long cpu, nr = sysconf(_SC_NPROCESSORS_CONF);
	int core, socket;

	printf("%-23s:\n", "cpu_topology");
	puts("cpu:    core    socket     node");
	for (cpu = 0; cpu < nr; cpu++)
		if (read_number(&core, "/sys/devices/system/cpu/cpu%ld/topology/core_id",
				cpu) &&
		    read_number(&socket,
				"/sys/devices/system/cpu/cpu%ld/topology/physical_package_id",
				cpu))
			printf("%3ld:    %4d     %4d     %4u\n", cpu, core,
			       socket, node_of_cpu(cpu));
}

static void print_devices(void)
{
	DIR *dir = opendir("/sys/bus/pci/devices");
	const struct dirent *e;
	unsigned int nr = 0;
	int node;

	printf("%-23s:\n", "device topology");
	puts("device           node");
	while (dir && (e = readdir(dir))) {
		if (e->d_name[0] == '.' ||
		    !read_number(&node, "/sys/bus/pci/devices/%.64s/numa_node",
				 e->d_name) || node < 0)
			continue;
		printf("%s      %d\n", e->d_name, node);
		nr++;
	}
	if (dir)
		closedir(dir);
	if (!nr)
		puts("No device topology data available");
}

/* MB that a node's meminfo says; "Node 0 MemTotal:  4028440 kB" */
static unsigned long node_memory(unsigned int node, const char *key)
{
	unsigned long kb = 0;
	char text[160], *p;
	FILE *f;

	snprintf(text, sizeof(text), "/sys/devices/system/node/node%u/meminfo", node);
	f = fopen(text, "re");
	if (!f)
		return host_meminfo(key) / 1024;
	while (fgets(text, sizeof(text), f)) {
		p = strstr(text, key);
		if (p)
			sscanf(p + strlen(key), "%lu", &kb);
	}
	fclose(f);
	return kb / 1024;
}

static void print_distances(unsigned int node)
{
	char text[1024] = "10\n", path[96], *word, *save;
	const char *comma = "";
	FILE *f;

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%u/distance", node);
	f = fopen(path, "re");
	if (f && !fgets(text, sizeof(text), f))
		*text = '\0';
	if (f)
		fclose(f);
	for (word = strtok_r(text, "\n ", &save); word;
	     word = strtok_r(NULL, "\n ", &save)) {
		printf("%s%s", comma, word);
		comma = ",";
	}
}

static void print_nodes(void)
{
	unsigned int node, nr = host_nodes();

	printf("%-23s:\n", "numa_info");
	puts("node:    memsize    memfree    distances");
	for (node = 0; node < nr; node++) {
		printf("%4u:    %6lu     %6lu      ", node,
		       node_memory(node, "MemTotal:"), node_memory(node, "MemFree:"));
		print_distances(node);
		putchar('\n');
	}
}

void topology_print(void)
{
	print_cpus();
	print_devices();
	print_nodes();
}
