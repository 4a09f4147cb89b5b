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

/* Characters of a guest: so many at a time, and so many a second. */
#define GUEST_BURST	(256 * 1024)
#define GUEST_RATE	4096
#define LINE_COST	64	/* of each line, with its time and prefix */

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

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* Has the guest LEN characters left?  *MISSED: lines it lost before that. */
static bool guest_may(size_t len, unsigned int *missed)
{
	static int64_t budget = GUEST_BURST, then;
	static unsigned int lost;
	int64_t now = now_ms();
	bool may;

	pthread_mutex_lock(&lock);
	budget += (now - then) * GUEST_RATE / 1000;
	if (!then || budget > GUEST_BURST)
		budget = GUEST_BURST;
	then = now;
	len += LINE_COST;
	may = budget >= (int64_t)len;
	*missed = may ? lost : 0;
	lost = may ? 0 : lost + 1;
	if (may)
		budget -= len;
	pthread_mutex_unlock(&lock);
	return may;
}

static bool guest_begins(size_t len)
{
	unsigned int missed;

	if (!guest_may(len, &missed))
		return false;
	if (missed)
		log_line("the guest says too much: %u messages were left out",
			 missed);
	return true;
}

void log_guest_line(const char *fmt, ...)
{
	char line[LINE_MAX_LEN + 1];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, LINE_MAX_LEN, fmt, ap);
	va_end(ap);
	if (n > 0 && guest_begins(n))
		log_line("%s", line);
}

/* After the first: each has its time, too. */
static size_t more_lines(const char *text, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i + 1 < len; i++)
		n += text[i] == '\n';
	return n;
}

void log_guest(const char *prefix, const char *text, size_t len)
{
	if (guest_begins(len + more_lines(text, len) * LINE_COST))
		log_text(prefix, text, len);
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

void log_forget(void)
{
	pthread_mutex_lock(&lock);
	memory_used = 0;
	pthread_mutex_unlock(&lock);
}
