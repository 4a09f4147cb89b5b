// SPDX-License-Identifier: GPL-2.0
/*
 * bad32.c - as bad.c, of 32-bit guests
 */
#include "lib32/guest.h"

static void wide_reason(void)
{
	struct sched_shutdown s = { .reason = 0x7f00 | SHUTDOWN_reboot };

	hypercall(sched_op, SCHEDOP_shutdown, &s);
}

static void wide_reason_compat(void)
{
	hypercall(sched_op_compat, SCHEDOP_shutdown, 0x80000500 | SHUTDOWN_reboot);
}

static const struct bad {
	const char *name, *what;
	void (*run)(void);
} bads[] = {
	{ "wide-reason", "SCHEDOP_shutdown with more bits than a reason has",
	  wide_reason },
	{ "wide-reason-compat", "the old call with more bits than a reason has",
	  wide_reason_compat },
};

static bool named(const char *word, const char *name)
{
	size_t n = strlen(name);

	return !strncmp(word, name, n) && (!word[n] || word[n] == ' ');
}

int main(void)
{
	const char *bad = cmdline_value("bad");
	unsigned int i;

	for (i = 0; bad && i < ARRAY_SIZE(bads); i++) {
		if (!named(bad, bads[i].name))
			continue;
		ok(true, "%s", bads[i].what);
		plan();
		bads[i].run();
		break;
	}
	ok(false, "the domain survived");
	return 0;
}
