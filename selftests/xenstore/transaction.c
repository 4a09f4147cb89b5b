// SPDX-License-Identifier: GPL-2.0
/* Transactions: what is seen when, and what conflicts. */
#include "../kselftest_harness.h"
#include "client.h"

FIXTURE(store) {
	struct xs_server *s;
	struct client a, b;
};

FIXTURE_SETUP(store)
{
	self->s = xs_server_new();
	client_open(&self->a, self->s, 7);
	client_open(&self->b, self->s, 0);
	xs_server_write(self->s, "n7", "/local/domain/7/data", "%s", "");
	put(&self->a, 0, "data/x", "old");
}

FIXTURE_TEARDOWN(store)
{
	client_close(&self->a);
	client_close(&self->b);
	xs_server_free(self->s);
}

TEST_F(store, isolated_until_commit)
{
	uint32_t t = start(&self->a);

	ASSERT_NE(0, t);
	ask(&self->a, XS_WATCH, 0, "data", "w");
	events_clear(&self->a);
	EXPECT_STREQ("ok", put(&self->a, t, "data/x", "new"));
	EXPECT_STREQ("ok", put(&self->a, t, "data/y/z", "more"));
	EXPECT_STREQ("new", get(&self->a, t, "data/x"));
	EXPECT_STREQ("old", get(&self->a, 0, "data/x"));
	EXPECT_STREQ("old", get(&self->b, 0, "/local/domain/7/data/x"));
	EXPECT_STREQ("", self->a.events);
	EXPECT_STREQ("ok", end(&self->a, t, "T"));
	EXPECT_STREQ("data/x w;data/y/z w;", self->a.events);
	EXPECT_STREQ("new", get(&self->b, 0, "/local/domain/7/data/x"));
	EXPECT_STREQ("ENOENT", end(&self->a, t, "T"));
	EXPECT_STREQ("ENOENT", get(&self->a, t, "data/x"));
}

TEST_F(store, abort)
{
	uint32_t t = start(&self->a);

	put(&self->a, t, "data/x", "new");
	ask(&self->a, XS_RM, t, "data/x");
	EXPECT_STREQ("ENOENT", get(&self->a, t, "data/x"));
	EXPECT_STREQ("ok", end(&self->a, t, "F"));
	EXPECT_STREQ("old", get(&self->a, 0, "data/x"));
}

TEST_F(store, conflict)
{
	uint32_t t = start(&self->a), u = start(&self->a);

	EXPECT_NE(t, u);
	put(&self->a, t, "data/x", "1");
	put(&self->a, u, "data/x", "2");
	EXPECT_STREQ("ok", end(&self->a, t, "T"));
	EXPECT_STREQ("EAGAIN", end(&self->a, u, "T"));
	EXPECT_STREQ("1", get(&self->a, 0, "data/x"));

	/* One that only read sees one state, and has no conflict. */
	t = start(&self->a);
	EXPECT_STREQ("1", get(&self->a, t, "data/x"));
	put(&self->a, 0, "data/x", "3");
	EXPECT_STREQ("1", get(&self->a, t, "data/x"));
	EXPECT_STREQ("ok", end(&self->a, t, "T"));
}

TEST_F(store, others_cannot_use_it)
{
	uint32_t t = start(&self->a);

	EXPECT_STREQ("ENOENT", get(&self->b, t, "/local/domain/7/data/x"));
	EXPECT_STREQ("ENOENT", end(&self->b, t, "T"));
	EXPECT_STREQ("EINVAL", end(&self->a, t, "X"));
	EXPECT_STREQ("ok", end(&self->a, t, "F"));
	EXPECT_STREQ("ENOENT", end(&self->a, 0, "T"));
}

TEST_F(store, left_open)
{
	int i, opened = 0;

	for (i = 0; i < 100; i++)
		opened += start(&self->a) != 0;
	EXPECT_EQ(XS_MAX_TRANSACTIONS, opened);
	EXPECT_STREQ("ENOSPC", self->a.body);
	request(&self->a, XS_RESET_WATCHES, 0, "", 0);
	EXPECT_NE(0, start(&self->a));
}

TEST_HARNESS_MAIN
