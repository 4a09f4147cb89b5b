// SPDX-License-Identifier: GPL-2.0
/* The helper's log: what a guest may write there. */
#include <stdlib.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "vmm/log.h"

static char *dump(void)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	log_dump(f);
	fclose(f);
	return text;
}

static bool logged(const char *words)
{
	char *text = dump();
	bool found = strstr(text, words);

	free(text);
	return found;
}

/* A guest that never stops is cut short; the helper's own lines are not. */
TEST(too_much)
{
	char text[128];
	int i;

	for (i = 0; i < 20000; i++) {
		snprintf(text, sizeof(text), "message %d %080d\n", i, 0);
		log_guest("(guest) ", text, strlen(text));
	}
	EXPECT_TRUE(logged("(guest) message 1300 "));
	EXPECT_FALSE(logged("(guest) message 5000 "));
	EXPECT_FALSE(logged("(guest) message 19999 "));
	log_line("mine");
	EXPECT_TRUE(logged("mine\n"));
	sleep(1);
	log_guest_line("%s", "it may again");
	EXPECT_TRUE(logged("the guest says too much: "));
	EXPECT_TRUE(logged("messages were left out\n"));
	EXPECT_TRUE(logged("it may again\n"));
	/* One text of many lines counts as many. */
	memset(text, '\n', sizeof(text));
	for (i = 0; i < 20000; i++)
		log_guest("", text, sizeof(text));
	EXPECT_TRUE(logged("it may again\n"));
}

TEST_HARNESS_MAIN
