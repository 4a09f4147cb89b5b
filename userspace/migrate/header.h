/* SPDX-License-Identifier: GPL-2.0 */
/* The head of a saved domain: xl's header with the configuration. */
#ifndef XENPV_MIGRATE_HEADER_H
#define XENPV_MIGRATE_HEADER_H

#include <stddef.h>

struct stream;

/* The configuration as JSON, NUL terminated, to be freed; NULL after a line. */
char *header_read(struct stream *s);
int header_write(struct stream *s, const char *json);

#endif
