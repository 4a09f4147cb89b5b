/* SPDX-License-Identifier: GPL-2.0 */
/* How far a stream is, on a terminal. */
#ifndef XENPV_MIGRATE_PROGRESS_H
#define XENPV_MIGRATE_PROGRESS_H

#include <stdint.h>

struct stream;

/* On stderr, when that is a terminal and it takes a second or more. */
void progress_begin(void);
void progress_line(const char *what, uint64_t done, uint64_t total);
/* The same of all that goes through S. */
void progress_show(struct stream *s, const char *what);
/* The line is over. */
void progress_end(void);

#endif
