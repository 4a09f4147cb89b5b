/* SPDX-License-Identifier: GPL-2.0 */
/* Configurations as JSON, in the form of libxl's. */
#ifndef XENPV_CONFIG_JSON_H
#define XENPV_CONFIG_JSON_H

#include <stdint.h>
#include <stdio.h>

struct disk_spec;
struct domain_config;

/*
 * What libxl would make of CFG, to be freed; NULL after one line on stderr.
 * DOMID 0: none yet.
 */
char *json_config(const struct domain_config *cfg, uint32_t domid);
/*
 * The same for a saved domain: with MEMORY_KB now, and nothing that is of this
 * host only.
 */
char *json_config_saved(const struct domain_config *cfg, uint64_t memory_kb);
/* The same of a disk, and of a network device as vif_config_parse() takes it. */
char *json_disk(const struct disk_spec *spec);
char *json_vif(const char *spec);

/* The generator of all these: indented as xl's. */
struct yajl_gen_t *json_generator(void);

/* { "domid": null, "config": CONFIG }, as xl prints the one to come. */
void json_config_print(const char *config, FILE *out);

/* A list of domains: [ { "domid": N, "config": { ... } }, ... ] */
struct json_list;
struct json_list *json_list_new(void);
/*
 * CONFIG is JSON of somebody who may not be trusted.  -1 after one line on
 * stderr when it makes no sense: the domain's is null then.
 */
int json_list_add(struct json_list *list, uint32_t domid, const char *config);
void json_list_print(const struct json_list *list, FILE *out);
void json_list_free(struct json_list *list);

#endif
