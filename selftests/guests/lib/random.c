// SPDX-License-Identifier: GPL-2.0
/*
 * random.c - the same surprises each time
 */
#include "guest.h"

static u64 state;

u64 rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

u64 cmdline_number(const char *key, u64 otherwise)
{
	const char *s = cmdline_value(key);
	u64 v = 0;

	if (!s)
		return otherwise;
	while (*s >= '0' && *s <= '9')
		v = v * 10 + *s++ - '0';
	return v;
}

u64 rnd_begin(void)
{
	state = cmdline_number("seed", 1) * 0x9e3779b97f4a7c15 + 1;
	return cmdline_number("count", 1000);
}
