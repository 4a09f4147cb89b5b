// SPDX-License-Identifier: GPL-2.0
/* The helper's log: its file, its memory, and what becomes of guests' text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#undef ARRAY_SIZE	/* kselftest has its own */
#include "util.h"
#include "vmm/log.h"

#define LOG	"/var/log/xenpv/xenpv-selftest-log.log"

FIXTURE(log) {
	int saved;
};

FIXTURE_SETUP(log)
{
	unlink(LOG);
	unlink(LOG ".1");
	self->saved = dup(STDERR_FILENO);
	log_open("selftest-log", false);
	ASSERT_EQ(0, access(LOG, F_OK));
	log_take_stderr();
}

FIXTURE_TEARDOWN(log)
{
	dup2(self->saved, STDERR_FILENO);
	close(self->saved);
	unlink(LOG);
	unlink(LOG ".1");
}

/* The last line of the file, without its time and newline. */
static const char *last_line(const char *path)
{
	static char line[1024];
	FILE *f = fopen(path, "r");

	line[0] = 0;
	while (f && fgets(line, sizeof(line), f))
		;
	if (f)
		fclose(f);
	line[strcspn(line, "\n")] = 0;
	return line;
}

TEST_F(log, guests_text)
{
	static const char text[] = "a\33[2Jb\x9b\tc\r\n\nlast";

	log_text("(d1) ", text, sizeof(text) - 1);
	EXPECT_STREQ("(d1) last", last_line(LOG) + 24);
	log_text("(d1) ", text, 10);
	EXPECT_STREQ("(d1) a?[2Jb?\tc?", last_line(LOG) + 24);
}

/* A new file is begun, and what goes to standard error goes there. */
TEST_F(log, rotation)
{
	struct stat st;
	char line[400];
	int i;

	memset(line, 'x', sizeof(line));
	for (i = 0; i < 40000; i++)
		log_text("", line, sizeof(line));
	ASSERT_EQ(0, stat(LOG ".1", &st));
	EXPECT_LE(16 << 20, st.st_size);
	EXPECT_GT(17 << 20, st.st_size);
	err("after that");
	EXPECT_STREQ("xenpv: after that", last_line(LOG));
	log_line("and on");
	EXPECT_STREQ("and on", last_line(LOG) + 24);
}

TEST_F(log, memory)
{
	size_t len;
	char *text;
	FILE *out;
	int i;

	for (i = 0; i < 5000; i++)
		log_line("line %d", i);
	out = open_memstream(&text, &len);
	log_dump(out);
	fclose(out);
	EXPECT_EQ(64 << 10, len);
	EXPECT_EQ(0, strcmp(text + len - 10, "line 4999\n"));
	free(text);
}

TEST_HARNESS_MAIN
