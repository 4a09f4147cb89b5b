// SPDX-License-Identifier: GPL-2.0
/* Messages and allocation. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

static __thread char *diverted;
static __thread size_t diverted_room;

void err_divert(char *text, size_t room)
{
	diverted = text;
	diverted_room = room;
	if (text)
		*text = 0;
}

static void divert(int error, const char *text)
{
	if (!*diverted)
		snprintf(diverted, diverted_room, "%s%s%s", text,
			 error ? ": " : "", error ? strerror(error) : "");
}

/* Words of files and guests are in it: nothing a terminal takes as a command. */
static void defuse(char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < ' ' && *text != '\n' &&
		     *text != '\t') || *text == 127)
			*text = '?';
}

static void say(const char *kind, int error, const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		return;
	defuse(text);
	if (diverted) {
		divert(error, text);
		free(text);
		return;
	}
	/* One call, so that lines of several processes do not mix. */
	if (error)
		fprintf(stderr, "xenpv: %s%s: %s\n", kind, text, strerror(error));
	else
		fprintf(stderr, "xenpv: %s%s\n", kind, text);
	free(text);
}

void err(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("", 0, fmt, ap);
	va_end(ap);
}

void err_sys(const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	say("", error, fmt, ap);
	va_end(ap);
}

void warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("warning: ", 0, fmt, ap);
	va_end(ap);
}

static void *check(void *p)
{
	if (!p) {
		fputs("xenpv: out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	return p;
}

void *xmalloc(size_t size)
{
	return check(malloc(size ? size : 1));
}

void *xcalloc(size_t n, size_t size)
{
	return check(calloc(n ? n : 1, size ? size : 1));
}

char *xstrdup(const char *s)
{
	return check(strdup(s));
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	return check(n < 0 ? NULL : s);
}
