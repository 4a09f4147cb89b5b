// SPDX-License-Identifier: GPL-2.0
/* xenpv info: facts of the host, in xl's lines. */
#include <cpuid.h>
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
#include "host.h"
#include "topology.h"
#include "util.h"

/* The interface that guests see. */
#define XEN_MAJOR	4
#define XEN_MINOR	17

static const char help[] =
"Usage: xenpv info [-n] [<Line>]\n\n"
"Describe the host, or print the value of one line alone.\n\n"
"  -n, --numa  Its CPUs' and nodes' places too\n"
"  -h, --help  Show this help\n";

/* Print the values of lines whose names begin with this, nothing else. */
static const char *only;

static void line(const char *key, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void line(const char *key, const char *fmt, ...)
{
	va_list ap;

	if (only && strncmp(key, only, strlen(only)))
		return;
	if (!only)
		printf("%-23s: ", key);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
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

/* The words that Xen shows: of leaves 1, 0x80000001, 0xd, 7, 0x80000007. */
static void print_hw_caps(void)
{
	unsigned int w[8] = { 0 }, a, b, c, d;

	if (__get_cpuid(1, &a, &b, &c, &d)) {
		w[0] = d;
		w[1] = c;
	}
	if (__get_cpuid(0x80000001, &a, &b, &c, &d)) {
		w[2] = d;
		w[3] = c;
	}
	if (__get_cpuid_count(0xd, 1, &a, &b, &c, &d))
		w[4] = a;
	if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
		w[5] = b;
		w[6] = c;
	}
	if (__get_cpuid(0x80000007, &a, &b, &c, &d))
		w[7] = d;
	line("hw_caps", "%08x:%08x:%08x:%08x:%08x:%08x:%08x:%08x", w[0], w[1],
	     w[2], w[3], w[4], w[5], w[6], w[7]);
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
	line("nr_nodes", "%u", host_nodes());
	line("cores_per_socket", "%u", cpu.cores ? cpu.cores : 1);
	line("threads_per_core", "%u",
	     cpu.cores && cpu.siblings > cpu.cores ? cpu.siblings / cpu.cores : 1);
	line("cpu_mhz", "%.3f", cpu.mhz);
	print_hw_caps();
	line("virt_caps", "pv%s", cpu.hvm ? " hvm" : "");
	line("total_memory", "%lu", host_meminfo("MemTotal:") / 1024);
	line("free_memory", "%lu", host_meminfo("MemAvailable:") / 1024);
	line("sharing_freed_memory", "0");
	line("sharing_used_memory", "0");
	line("outstanding_claims", "0");
	line("free_cpus", "0");
}

static void print_xen(int api)
{
	line("xen_major", "%d", XEN_MAJOR);
	line("xen_minor", "%d", XEN_MINOR);
	line("xen_extra", "%s", ".kvm-xenpv");
	line("xen_version", "%d.%d%s", XEN_MAJOR, XEN_MINOR, ".kvm-xenpv");
	line("xen_caps", "xen-3.0-x86_64");
	line("xen_scheduler", "linux");
	line("xen_pagesize", "%lu", PAGE_SIZE);
	line("platform_params", "virt_start=0xffff800000000000");
	line("xen_changeset", "%s", "");
	line("xen_commandline", "%s", "");
	line("cc_compiler", "%s", "gcc " __VERSION__);
	line("xenpv_version", "%s", XENPV_VERSION);
	line("module_api", "%d", api);
	line("xend_config_format", "4");
}

int cmd_info(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "numa", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool numa = false;
	int opt, fd;

	while ((opt = cmd_getopt(argc, argv, "nh", longopts, help)) != -1) {
		if (opt != 'n')
			return opt == CMD_HELP ? EXIT_SUCCESS : EXIT_USAGE;
		numa = true;
	}
	if (argc - optind > 1) {
		err("info: one line at most (xenpv info --help)");
		return EXIT_USAGE;
	}
	if (optind < argc && !numa)
		only = argv[optind];
	fd = device_open();
	if (fd < 0)
		return EXIT_FAILURE;
	close(fd);
	print_host();
	if (numa)
		topology_print();
	print_xen(KVM_XENPV_API_VERSION);
	return EXIT_SUCCESS;
}
