// SPDX-License-Identifier: GPL-2.0
/* What tools ask about a domain's vCPUs, by its control socket. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/kvm_xenpv_monitor.h>

#include "../config.h"
#include "../util.h"
#include "../xenstore/local.h"
#include "domain.h"
#include "vcpus.h"

/* The CPU a thread last ran on, and whether it runs now. */
static void read_stat(int tid, int *cpu, bool *runs)
{
	char path[64], line[1024], *p;
	int field;
	FILE *f;

	*cpu = 0;
	*runs = false;
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	f = fopen(path, "re");
	if (!f)
		return;
	/* "TID (NAME) STATE ..." */
	p = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
	fclose(f);
	if (!p || !p[1])
		return;
	p += 2;
	*runs = *p == 'R';
	/* STATE is field 3, the CPU field 39. */
	for (field = 3; p && field < 39; field++)
		p = strchr(p + 1, ' ');
	if (p)
		*cpu = atoi(p);
}

static unsigned long long cpu_time(const struct vcpu *v)
{
	struct timespec ts;
	clockid_t clock;

	if (!v->started || pthread_getcpuclockid(v->thread, &clock) ||
	    clock_gettime(clock, &ts))
		return 0;
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* "ID ONLINE CPU STATE NANOSECONDS HARD SOFT"; STATE is r, b or -. */
static void list_one(const struct vcpu *v, FILE *out)
{
	volatile struct xenpv_vcpu_block *block = v->block;
	char state = '-';
	bool runs;
	int cpu;

	read_stat(v->tid, &cpu, &runs);
	if (runs)
		state = 'r';
	else if (!v->d->paused)
		state = 'b';
	fprintf(out, "%u %d %d %c %llu ", v->id, block->online == 1, cpu, state,
		cpu_time(v));
	cpuset_print(&v->hard, out);
	fputc(' ', out);
	cpuset_print(&v->soft, out);
	fputc('\n', out);
}

static const char *list(struct domain *d, struct xs_server *xs, char *arg,
			FILE *out)
{
	unsigned int i;

	for (i = 0; i < d->nr_vcpus; i++)
		list_one(&d->vcpus[i], out);
	return NULL;
}

/* "VCPU|all HARD|- SOFT|-", sets as cpuset_parse() takes them. */
static const char *pin(struct domain *d, struct xs_server *xs, char *arg,
		       FILE *out)
{
	char *save, *which = strtok_r(arg, " ", &save);
	char *hard_text = strtok_r(NULL, " ", &save);
	char *soft_text = strtok_r(NULL, " ", &save);
	unsigned long first = 0, last = d->nr_vcpus - 1;
	cpu_set_t hard, soft;
	char *end;

	if (!soft_text)
		return "vcpu-pin: too few arguments";
	if (strcmp(which, "all")) {
		first = strtoul(which, &end, 10);
		if (*end || first >= d->nr_vcpus)
			return "no such vCPU";
		last = first;
	}
	if ((strcmp(hard_text, "-") && cpuset_parse(hard_text, &hard)) ||
	    (strcmp(soft_text, "-") && cpuset_parse(soft_text, &soft)))
		return "not a list of CPUs";
	for (; first <= last; first++) {
		struct vcpu *v = &d->vcpus[first];

		if (strcmp(hard_text, "-") && vcpu_set_affinity(v, &hard))
			return errno == EINVAL ? "none of these CPUs can be used" :
			       strerror(errno);
		if (strcmp(soft_text, "-"))
			v->soft = soft;
	}
	return NULL;
}

/* As Xen's toolstack does: the guest watches these nodes. */
static const char *set(struct domain *d, struct xs_server *xs, char *arg,
		       FILE *out)
{
	unsigned long nr;
	unsigned int i;
	char path[64], *end;

	nr = strtoul(arg, &end, 10);
	if (end == arg || *end || !nr)
		return "vcpu-set: not a number of vCPUs";
	if (nr > d->nr_vcpus)
		return "that is more than its maxvcpus";
	for (i = 0; i < d->nr_vcpus; i++) {
		snprintf(path, sizeof(path),
			 "/local/domain/%u/cpu/%u/availability", d->domid, i);
		if (xs_server_write(xs, NULL, path, "%s",
				    i < nr ? "online" : "offline"))
			return "xenstore failed";
	}
	return NULL;
}

bool vcpus_verb(struct domain *d, struct xs_server *xs, const char *verb,
		const char *arg, FILE *out, const char **reason)
{
	static const struct {
		const char *name;
		const char *(*handle)(struct domain *d, struct xs_server *xs,
				      char *arg, FILE *out);
	} verbs[] = {
		{ "vcpu-list", list },
		{ "vcpu-pin", pin },
		{ "vcpu-set", set },
	};
	unsigned int i;
	char *copy;

	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(verbs[i].name, verb))
			continue;
		copy = xstrdup(arg);
		*reason = verbs[i].handle(d, xs, copy, out);
		free(copy);
		return true;
	}
	return false;
}
