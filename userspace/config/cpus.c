// SPDX-License-Identifier: GPL-2.0
/* cpus and cpus_soft: where vCPUs may run. */
#include <errno.h>
#include <stdlib.h>

#include <libxlutil.h>

#include "config.h"
#include "config/source.h"
#include "util.h"

static int parse(const struct config_source *s, const char *key,
		 const char *text, cpu_set_t *set)
{
	const char *why = cpuset_parse(text, set);

	if (!why && !CPU_COUNT(set))
		why = "has no CPU of this host";
	if (why)
		config_bad(s, key, "%s = \"%s\" %s", key, text, why);
	return why ? -1 : 0;
}

/* A list has an item for each vCPU; a string is for all of them. */
static int load(const struct config_source *s, const char *key,
		unsigned int nr_vcpus, cpu_set_t **sets)
{
	const char *text, *item;
	XLU_ConfigList *list;
	unsigned int i;
	int nr;

	if (!xlu_cfg_get_string(s->xlu, key, &text, 1)) {
		*sets = xcalloc(nr_vcpus, sizeof(**sets));
		if (parse(s, key, text, *sets))
			return -1;
		for (i = 1; i < nr_vcpus; i++)
			(*sets)[i] = (*sets)[0];
		return 0;
	}
	if (xlu_cfg_get_list(s->xlu, key, &list, &nr, 1))
		return 0;
	*sets = xcalloc(nr_vcpus, sizeof(**sets));
	for (i = 0; i < nr_vcpus; i++) {
		item = i < (unsigned int)nr ? xlu_cfg_get_listitem(list, i) : "all";
		if (!item) {
			config_bad(s, key, "%s must be a list of strings", key);
			return -1;
		}
		if (parse(s, key, item, &(*sets)[i]))
			return -1;
	}
	return 0;
}

int config_load_cpus(const struct config_source *s, struct domain_config *cfg)
{
	if (load(s, "cpus", cfg->maxvcpus, &cfg->cpus) ||
	    load(s, "cpus_soft", cfg->maxvcpus, &cfg->cpus_soft))
		return -1;
	return 0;
}
