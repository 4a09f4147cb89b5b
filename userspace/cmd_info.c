// SPDX-License-Identifier: GPL-2.0
/* xenpv info: facts of the host, in xl's lines. */
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cmd.h"
#include "domains.h"
#include "util.h"

/* The interface that guests see. */
#define XEN_MAJOR	4
#define XEN_MINOR	17

static const char help[] =
"Usage: xenpv info\n\n"
"Describe the host.\n\n"
"  -h, --help  Show this help\n";

static void line(const char *key, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void line(const char *key, const char *fmt, ...)
{
	va_list ap;

	printf("%-23s: ", key);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

/* kB that /proc/meminfo says for KEY ("MemTotal:"). */
static unsigned long meminfo(const char *key)
{
	FILE *f = fopen("/proc/meminfo", "re");
	unsigned long kb = 0;
	char text[128];

	while (f && fgets(text, sizeof(text), f))
		if (!strncmp(text, key, strlen(key)))
			sscanf(text + strlen(key), "%lu", &kb);
	if (f)
		fclose(f);
	return kb;
}

struct cpuinfo {
	double mhz;
	unsigned int cores, siblings;
	bool hvm;
};

static void read_cpuinfo(struct cpuinfo *c)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char *text = NULL;
	size_t room = 0;

	memset(c, 0, sizeof(*c));
	while (f && getline(&text, &room, f) > 0) {
		const char *value = strchr(text, ':');

		if (*text == '\n')
			break;		/* the first CPU stands for all */
		if (!value)
			continue;
		if (!strncmp(text, "cpu MHz", 7))
			c->mhz = strtod(value + 1, NULL);
		else if (!strncmp(text, "cpu cores", 9))
			c->cores = strtoul(value + 1, NULL, 10);
		else if (!strncmp(text, "siblings", 8))
			c->siblings = strtoul(value + 1, NULL, 10);
		else if (!strncmp(text, "flags", 5))
			c->hvm = strstr(value, " svm") || strstr(value, " vmx");
	}
	free(text);
	if (f)
		fclose(f);
}

static unsigned int nr_nodes(void)
{
	unsigned int n = 0;
	char path[64];

	do
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%u", n);
	while (!access(path, F_OK) && ++n);
	return n ? n : 1;
}

static void print_host(void)
{
	struct cpuinfo cpu;
	struct utsname uts;

	uname(&uts);
	line("host", "%s", uts.nodename);
	line("release", "%s", uts.release);
	line("version", "%s", uts.version);
	line("machine", "%s", uts.machine);
	read_cpuinfo(&cpu);
	line("nr_cpus", "%ld", sysconf(_SC_NPROCESSORS_ONLN));
	line("max_cpu_id", "%ld", sysconf(_SC_NPROCESSORS_CONF) - 1);
	line("nr_nodes", "%u", nr_nodes());
	line("cores_per_socket", "%u", cpu.cores ? cpu.cores : 1);
	line("threads_per_core", "%u",
	     cpu.cores && cpu.siblings > cpu.cores ? cpu.siblings / cpu.cores : 1);
	line("cpu_mhz", "%.3f", cpu.mhz);
	line("virt_caps", "pv%s", cpu.hvm ? " hvm" : "");
	line("total_memory", "%lu", meminfo("MemTotal:") / 1024);
	line("free_memory", "%lu", meminfo("MemAvailable:") / 1024);
}

static void print_xen(int api)
{
	line("xen_major", "%d", XEN_MAJOR);
	line("xen_minor", "%d", XEN_MINOR);
	line("xen_extra", "%s", ".kvm-xenpv");
	line("xen_version", "%d.%d%s", XEN_MAJOR, XEN_MINOR, ".kvm-xenpv");
	line("xen_caps", "xen-3.0-x86_64");
	line("xen_pagesize", "%lu", PAGE_SIZE);
	line("platform_params", "virt_start=0xffff800000000000");
	line("xenpv_version", "%s", XENPV_VERSION);
	line("module_api", "%d", api);
}

int cmd_info(int argc, char **argv)
{
	int opt, fd;

	while ((opt = cmd_getopt(argc, argv, "h", NULL, help)) != -1)
		return opt == CMD_HELP ? EXIT_SUCCESS : EXIT_USAGE;
	if (optind < argc) {
		err("info: takes no arguments (xenpv info --help)");
		return EXIT_USAGE;
	}
	fd = device_open();
	if (fd < 0)
		return EXIT_FAILURE;
	close(fd);
	print_host();
	print_xen(KVM_XENPV_API_VERSION);
	return EXIT_SUCCESS;
}
