// SPDX-License-Identifier: GPL-2.0
/* Reads a configuration with libxlutil, and says where its keys stand. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libxlutil.h>

#include "config/source.h"
#include "util.h"

#define MAX_CONFIG	(1 << 20)
#define COMMAND_LINE	"command line"

static int read_fd(int fd, const char *path, char **text)
{
	size_t used = 0, room = 4096;
	char *buf = xmalloc(room);
	ssize_t n;

	for (;;) {
		n = read(fd, buf + used, room - used - 2);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		used += n;
		if (used > MAX_CONFIG)
			break;
		if (room - used < 1024) {
			room *= 2;
			buf = realloc(buf, room);
			if (!buf)
				abort();
		}
	}
	if (n < 0)
		err_sys("%s", path);
	else if (n > 0)
		err("%s: too large for a configuration file", path);
	else if (memchr(buf, '\0', used))
		err("%s: not a text file", path);
	if (n || memchr(buf, '\0', used)) {
		free(buf);
		return -1;
	}
	/* The last line may lack its end. */
	if (used && buf[used - 1] != '\n')
		buf[used++] = '\n';
	buf[used] = '\0';
	*text = buf;
	return 0;
}

static int read_text(struct config_source *s, char **text)
{
	int fd, ret;

	fd = open(s->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err_sys("%s", s->path);
		s->no_file = true;
		return -1;
	}
	ret = read_fd(fd, s->path, text);
	close(fd);
	s->no_file = ret;
	return ret;
}

/* The first of the parser's complaints, with the line that it counted in. */
static void say_wrong(const char *said, const char *name, int error)
{
	size_t len = strlen(COMMAND_LINE ":");

	if (!*said)
		err("%s: %s", name, strerror(error));
	else if (!strncmp(said, COMMAND_LINE ":", len))
		err(COMMAND_LINE "%s", said + len +
		    strspn(said + len, "0123456789"));
	else
		err("%s", said);
}

/* Parses TEXT, or says what is wrong. */
static XLU_Config *parse(const char *text, const char *name)
{
	char *said = NULL;
	size_t said_len = 0;
	FILE *report = open_memstream(&said, &said_len);
	XLU_Config *xlu = report ? xlu_cfg_init(report, name) : NULL;
	int ret;

	if (!xlu) {
		err("out of memory");
		exit(EXIT_FAILURE);
	}
	ret = xlu_cfg_readdata(xlu, text, strlen(text));
	fclose(report);
	if (!ret) {
		free(said);
		/* It keeps the stream: give it one that lasts. */
		xlu_cfg_destroy(xlu);
		xlu = xlu_cfg_init(stderr, name);
		if (!xlu || xlu_cfg_readdata(xlu, text, strlen(text)))
			abort();
		return xlu;
	}
	said[strcspn(said, "\n")] = '\0';
	say_wrong(said, name, ret);
	free(said);
	xlu_cfg_destroy(xlu);
	return NULL;
}

/* As xl: the command line's words are lines behind the file's. */
static char *append(char *text, const char *line)
{
	char *both = xasprintf("%s%s\n", text, line);

	free(text);
	return both;
}

int config_source_read(struct config_source *s, const char *path,
		       char *const overrides[], int nr_overrides)
{
	char *text;
	int i;

	memset(s, 0, sizeof(*s));
	s->path = path;
	if (read_text(s, &text))
		return -1;
	/* Alone, so that what is wrong is found where it stands. */
	s->xlu = parse(text, path);
	if (s->xlu)
		config_scan(s, text, true);
	for (i = 0; i < nr_overrides && s->xlu; i++) {
		char *line = append(xstrdup(""), overrides[i]);

		xlu_cfg_destroy(s->xlu);
		s->xlu = parse(line, COMMAND_LINE);
		if (s->xlu)
			config_scan(s, line, false);
		free(line);
		text = append(text, overrides[i]);
	}
	if (s->xlu && nr_overrides) {
		xlu_cfg_destroy(s->xlu);
		s->xlu = parse(text, path);
	}
	s->text = text;
	return s->xlu ? 0 : -1;
}

void config_source_free(struct config_source *s)
{
	size_t i;

	for (i = 0; i < s->nr_keys; i++)
		free(s->keys[i].name);
	free(s->keys);
	free(s->text);
	if (s->xlu)
		xlu_cfg_destroy(s->xlu);
}

const char *config_where(const struct config_source *s, const char *key)
{
	static char text[4200];
	size_t i = s->nr_keys;

	/* The last one counts. */
	while (i-- > 0) {
		if (strcmp(s->keys[i].name, key))
			continue;
		if (!s->keys[i].line)
			return COMMAND_LINE;
		snprintf(text, sizeof(text), "%s:%u", s->path, s->keys[i].line);
		return text;
	}
	return s->path;
}

void config_bad(const struct config_source *s, const char *key,
		const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	err("%s: %s", config_where(s, key), text);
	free(text);
}
