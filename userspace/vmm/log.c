// SPDX-License-Identifier: GPL-2.0
/* What a domain's helper has to say. */
#include <pthread.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "logfile.h"

#define LINE_MAX_LEN	512
#define MEMORY		(64 * 1024)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct logfile file = { .fd = -1 };
static bool stderr_too;
static bool stderr_taken;		/* it is the file */
/* The last lines: a ring of characters. */
static char memory[MEMORY];
static size_t memory_head, memory_used;

static void remember(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		memory[(memory_head + i) % MEMORY] = s[i];
	memory_head = (memory_head + len) % MEMORY;
	memory_used = memory_used + len < MEMORY ? memory_used + len : MEMORY;
}

/* The descriptor changes with the file, when it has grown too large. */
static void take_stderr(void)
{
	if (stderr_taken && file.fd >= 0)
		dup2(file.fd, STDERR_FILENO);
}

static void emit(const char *s, size_t len)
{
	char stamp[40];
	struct timespec ts;
	struct tm tm;
	bool moved;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	n = strftime(stamp, sizeof(stamp), "%F %T", &tm);
	n += snprintf(stamp + n, sizeof(stamp) - n, ".%03ld ",
		      ts.tv_nsec / 1000000);

	pthread_mutex_lock(&lock);
	remember(stamp, n);
	remember(s, len);
	moved = logfile_write(&file, stamp, n);
	moved |= logfile_write(&file, s, len);
	if (moved)
		take_stderr();
	if (stderr_too && write(STDERR_FILENO, s, len) < 0)
		stderr_too = false;
	pthread_mutex_unlock(&lock);
}

/* LINE has room for one character more than LEN. */
static void emit_line(char *line, size_t len)
{
	size_t i;

	/* Guests write here: nothing that a terminal could take as a command. */
	for (i = 0; i < len; i++)
		if ((line[i] < ' ' && line[i] != '\t') || line[i] > '~')
			line[i] = '?';
	line[len] = '\n';
	emit(line, len + 1);
}

void log_open(const char *name, bool to_stderr)
{
	pthread_mutex_lock(&lock);
	if (file.fd < 0)
		logfile_open(&file, "xenpv", name);
	stderr_too = to_stderr;
	pthread_mutex_unlock(&lock);
}

void log_take_stderr(void)
{
	pthread_mutex_lock(&lock);
	stderr_too = false;
	stderr_taken = true;
	take_stderr();
	pthread_mutex_unlock(&lock);
}

void log_line(const char *fmt, ...)
{
	char line[LINE_MAX_LEN + 1];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, LINE_MAX_LEN, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	emit_line(line, n < LINE_MAX_LEN ? n : LINE_MAX_LEN - 1);
}

void log_text(const char *prefix, const char *text, size_t len)
{
	char line[LINE_MAX_LEN + 1];
	size_t start = strlen(prefix), n;
	const char *end;

	memcpy(line, prefix, start);
	while (len) {
		end = memchr(text, '\n', len);
		n = end ? (size_t)(end - text) : len;
		if (n > LINE_MAX_LEN - start)
			n = LINE_MAX_LEN - start;
		memcpy(line + start, text, n);
		emit_line(line, start + n);
		/* Step over the newline when the line ended with it. */
		n += end == text + n;
		text += n;
		len -= n;
	}
}

void log_dump(FILE *out)
{
	size_t start, first;

	pthread_mutex_lock(&lock);
	start = (memory_head + MEMORY - memory_used) % MEMORY;
	first = memory_used < MEMORY - start ? memory_used : MEMORY - start;
	fwrite(memory + start, 1, first, out);
	fwrite(memory, 1, memory_used - first, out);
	pthread_mutex_unlock(&lock);
}
