/* SPDX-License-Identifier: GPL-2.0 */
/* Results of the builder as test results; kselftest.h counts in each file. */
#ifndef EXPECT_H
#define EXPECT_H

#include <string.h>

#include "../kselftest.h"
#include "harness.h"

/* Report the test NAME: refused, with WORDS in the line. */
static inline void expect_refused(const struct outcome *o, const char *where,
				  const char *words, const char *name)
{
	bool ok = refused(o, where) && strstr(o->said, words);

	if (!ok)
		ksft_print_msg("%s: ret %d, %u lines, wanted \"%s\": %s\n", name,
			       o->ret, o->lines, words, o->said);
	ksft_test_result(ok, "%s\n", name);
}

static inline void expect_built(const struct outcome *o, const char *name)
{
	bool ok = !o->ret && !o->lines;

	if (!ok)
		ksft_print_msg("%s: ret %d: %s\n", name, o->ret, o->said);
	ksft_test_result(ok, "%s\n", name);
}

#endif
