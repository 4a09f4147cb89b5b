// SPDX-License-Identifier: GPL-2.0
/* Single values of a configuration. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libxlutil.h>

#include "config/source.h"

int config_string(const struct config_source *s, const char *key,
		  const char **value)
{
	int ret = xlu_cfg_get_string(s->xlu, key, value, 1);

	if (ret == ESRCH)
		return 0;
	if (ret) {
		config_bad(s, key, "%s must be a single value, not a list", key);
		return -1;
	}
	return 1;
}

int config_number(const struct config_source *s, const char *key,
		  unsigned long long min, unsigned long long max,
		  unsigned long long *value)
{
	const char *text;
	char *end;
	int ret = config_string(s, key, &text);

	if (ret <= 0)
		return ret;
	errno = 0;
	*value = strtoull(text, &end, 0);
	if (end == text || *end || *text == '-' || *text == '+')
		config_bad(s, key, "%s = \"%s\" is not a number", key, text);
	else if (errno || *value < min || *value > max)
		config_bad(s, key, "%s = %s is out of range (%llu to %llu)",
			   key, text, min, max);
	else
		return 1;
	return -1;
}
