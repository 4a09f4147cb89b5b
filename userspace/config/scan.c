// SPDX-License-Identifier: GPL-2.0
/*
 * Finds the top-level assignments of a configuration and their lines.  The
 * text has passed libxlutil's parser: this need not notice wrong syntax.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "config/source.h"
#include "util.h"

struct scanner {
	const char *p;
	unsigned int line;
	unsigned int depth;	/* of brackets */
};

static void skip_string(struct scanner *s)
{
	char quote = *s->p++;

	while (*s->p && *s->p != '\n' && *s->p != quote) {
		if (*s->p == '\\' && s->p[1])
			s->p++;
		s->p++;
	}
	if (*s->p == quote)
		s->p++;
}

static void skip_comment(struct scanner *s)
{
	while (*s->p && *s->p != '\n')
		s->p++;
}

static bool value_empty(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	if (*p == '[') {
		do
			p++;
		while (isspace((unsigned char)*p));
		return *p == ']';
	}
	return (*p == '"' || *p == '\'') && p[1] == *p;
}

static void add_key(struct config_source *src, const char *name, size_t len,
		    unsigned int line, const char *value, bool appends)
{
	struct config_key *k;

	src->keys = realloc(src->keys, (src->nr_keys + 1) * sizeof(*k));
	if (!src->keys)
		abort();
	k = &src->keys[src->nr_keys++];
	k->name = xasprintf("%.*s", (int)len, name);
	k->line = line;
	k->empty = value_empty(value);
	k->appends = appends;
}

/* An identifier at the start of a statement: KEY = or KEY += */
static void take_key(struct scanner *s, struct config_source *src)
{
	const char *name = s->p, *end;
	bool appends;

	while (isalnum((unsigned char)*s->p) || *s->p == '_' || *s->p == '.')
		s->p++;
	end = s->p;
	while (*s->p == ' ' || *s->p == '\t')
		s->p++;
	appends = *s->p == '+';
	s->p += appends;
	if (*s->p == '=')
		add_key(src, name, end - name, s->line, ++s->p, appends);
}

void config_scan(struct config_source *src, const char *text, bool lines)
{
	struct scanner s = { .p = text, .line = lines };

	while (*s.p) {
		switch (*s.p) {
		case '\n':
			s.line += lines;
			s.p++;
			break;
		case '#':
			skip_comment(&s);
			break;
		case '\'':
		case '"':
			skip_string(&s);
			break;
		case '[':
			s.depth++;
			s.p++;
			break;
		case ']':
			s.depth -= !!s.depth;
			s.p++;
			break;
		default:
			if (!s.depth && islower((unsigned char)*s.p))
				take_key(&s, src);
			else
				s.p++;
		}
	}
}
