// SPDX-License-Identifier: GPL-2.0
/* How far a stream is, on a terminal. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"
#include "stream.h"

static const char *shown_what;
static int64_t begun, shown;
static bool any;

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

void progress_begin(void)
{
	begun = now_ms();
}

void progress_line(const char *what, uint64_t done, uint64_t total)
{
	int64_t now = now_ms();
	unsigned int percent;

	/* What is over in a moment needs no line, ten a second are enough. */
	if (!isatty(STDERR_FILENO) || now - begun < 1000 || now - shown < 100)
		return;
	shown = now;
	any = true;
	if (total) {
		percent = done < total ? done * 100 / total : 100;
		fprintf(stderr, "\r%s: %3u%%", what, percent);
	} else {
		fprintf(stderr, "\r%s:", what);
	}
	fprintf(stderr, " %llu MiB", (unsigned long long)(done >> 20));
}

static void show(void *opaque, uint64_t done)
{
	const struct stream *s = opaque;

	progress_line(shown_what, done, s->size);
}

void progress_show(struct stream *s, const char *what)
{
	shown_what = what;
	progress_begin();
	s->progress = show;
	s->opaque = s;
}

void progress_end(void)
{
	if (any)
		fputc('\n', stderr);
	any = false;
}
