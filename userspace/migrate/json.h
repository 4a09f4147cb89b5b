/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A domain's configuration as libxl writes it down: JSON.  What libxl has no
 * words for goes into an object "kvm_xenpv" that it ignores.
 */
#ifndef XENPV_MIGRATE_JSON_H
#define XENPV_MIGRATE_JSON_H

#include <stddef.h>
#include <stdint.h>

struct domain_config;

/* Settings as on the command line, "key=value", to be released. */
struct json_settings {
	char **list;
	int nr;
};

/* -1 after one line on stderr that begins with NAME. */
int json_to_settings(const char *json, const char *name,
		     struct json_settings *settings);
void json_settings_free(struct json_settings *settings);

/*
 * To be freed; NULL after one line on stderr.  MEMORY_KB is what the domain
 * shall have now.
 */
char *json_of_config(const struct domain_config *cfg, uint64_t memory_kb);

#endif
