/* SPDX-License-Identifier: GPL-2.0 */
/* Small things every part of xenpv uses. */
#ifndef XENPV_UTIL_H
#define XENPV_UTIL_H

#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define PAGE_SIZE	4096UL
#define PAGE_SHIFT	12

/* One line on stderr: "xenpv: ...". err_sys() appends strerror(errno). */
void err(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void err_sys(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * From now on what this thread has to say, first line only, goes to TEXT of ROOM
 * bytes, to be told to somebody else.  NULL: to stderr again.
 */
void err_divert(char *text, size_t room);

/* malloc and friends that never return NULL: out of memory ends the process. */
void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
char *xstrdup(const char *s);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
