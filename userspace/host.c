// SPDX-License-Identifier: GPL-2.0
/* Facts of the host, and the host as a domain. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "domains.h"
#include "host.h"

unsigned long host_meminfo(const char *key)
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

unsigned int host_nodes(void)
{
	char path[64];
	unsigned int n = 0;

	do
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%u", n);
	while (!access(path, F_OK) && ++n);
	return n ? n : 1;
}

/* Nanoseconds its CPUs were busy, domains included. */
static unsigned long long busy_time(void)
{
	unsigned long long t[8] = { 0 };
	FILE *f = fopen("/proc/stat", "re");
	long hz = sysconf(_SC_CLK_TCK);
	int n = 0;

	if (f) {
		/* user nice system idle iowait irq softirq steal */
		n = fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu %llu",
			   &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]);
		fclose(f);
	}
	if (n < 7 || hz <= 0)
		return 0;
	return (t[0] + t[1] + t[2] + t[5] + t[6]) * (1000000000ULL / hz);
}

bool host_listed(void)
{
	return cmd_global.as_xl;
}

void host_as_domain(struct kvm_xenpv_info *info)
{
	memset(info, 0, sizeof(*info));
	strcpy(info->name, HOST_NAME);
	info->state = KVM_XENPV_STATE_RUNNING;
	info->memory = (unsigned long long)host_meminfo("MemTotal:") << 10;
	info->cpu_time = busy_time();
	info->max_vcpus = sysconf(_SC_NPROCESSORS_CONF);
	info->nr_vcpus = info->max_vcpus;
	info->online_vcpus = sysconf(_SC_NPROCESSORS_ONLN);
}
