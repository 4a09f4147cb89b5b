/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a domain's helper has to say: lines that go to a file in log_dir(),
 * to stderr while that is a terminal or the service manager, and to a bounded
 * memory of the last ones.  Any thread may log.
 */
#ifndef XENPV_VMM_LOG_H
#define XENPV_VMM_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Until this is called, lines are only remembered.  Failure is no error. */
void log_open(const char *name, bool to_stderr);

/* What goes to stderr, goes to the file from now on. */
void log_take_stderr(void);

/* One line, time and newline are added.  Control characters become '?'. */
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Text of several lines, each with PREFIX before it. */
void log_text(const char *prefix, const char *text, size_t len);

/*
 * The same for what a guest says or provokes: when that is too much, some is
 * left out, and a line says how much.
 */
void log_guest_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_guest(const char *prefix, const char *text, size_t len);

/* Write the lines remembered to OUT. */
void log_dump(FILE *out);
/* Forget them; the file keeps them. */
void log_forget(void);

#endif
