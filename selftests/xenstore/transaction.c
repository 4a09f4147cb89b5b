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

	/* What one has read must not have changed either. */
	t = start(&self->a);
	EXPECT_STREQ("1", get(&self->a, t, "data/x"));
	put(&self->a, 0, "data/x", "3");
	EXPECT_STREQ("1", get(&self->a, t, "data/x"));
	EXPECT_STREQ("ok", put(&self->a, t, "data/new", "v"));
	EXPECT_STREQ("EAGAIN", end(&self->a, t, "T"));
	EXPECT_STREQ("ENOENT", get(&self->a, 0, "data/new"));
}

/* Each way to look at something, and a change that it must notice. */
TEST_F(store, conflicts)
{
	struct client *a = &self->a;
	unsigned int i;
	uint32_t t;

	put(a, 0, "data/d/e", "1");
	for (i = 0; i < 9; i++) {
		t = start(a);
		switch (i) {
		case 0:		/* a new name in a list */
			ask(a, XS_DIRECTORY, t, "data/d");
			put(a, 0, "data/d/new", "");
			break;
		case 1:		/* one less */
			ask(a, XS_DIRECTORY, t, "data/d");
			ask(a, XS_RM, 0, "data/d/new");
			break;
		case 2:
			ask(a, XS_GET_PERMS, t, "data/d");
			ask(a, XS_SET_PERMS, 0, "data/d", "n7", "r0");
			break;
		case 3:		/* there now, was not */
			get(a, t, "data/absent");
			put(a, 0, "data/absent", "");
			break;
		case 4:		/* gone */
			get(a, t, "data/absent");
			ask(a, XS_RM, 0, "data/absent");
			break;
		case 5:		/* gone and there again */
			get(a, t, "data/d/e");
			ask(a, XS_RM, 0, "data/d/e");
			put(a, 0, "data/d/e", "1");
			break;
		case 6:		/* deep below what is removed */
			ask(a, XS_RM, t, "data/d");
			put(a, 0, "data/d/e", "2");
			break;
		case 7:		/* the parent that a new node needs */
			put(a, t, "data/d/f/g", "");
			ask(a, XS_RM, 0, "data/d");
			break;
		case 8:
			ask(a, XS_DIRECTORY_PART, t, "data", "0");
			put(a, 0, "data/another", "");
			break;
		}
		EXPECT_STREQ("EAGAIN", end(a, t, "T"))
			TH_LOG("conflict %u was missed", i);
	}
}

/* What has nothing to do with each other does not disturb. */
TEST_F(store, no_conflict)
{
	struct client *a = &self->a, *b = &self->b;
	uint32_t t;

	put(a, 0, "data/d/gone", "");
	put(a, 0, "data/e/x", "1");
	ask(b, XS_WATCH, 0, "/local/domain/7/data", "w");
	t = start(a);
	put(a, t, "data/d/new/deep", "2");
	ask(a, XS_SET_PERMS, t, "data/d/new/deep", "b7");
	ask(a, XS_RM, t, "data/d/gone");
	ask(a, XS_RM, t, "data/e");
	put(a, t, "data/e/y", "3");
	ask(a, XS_MKDIR, t, "data/d/gone2");
	ask(a, XS_RM, t, "data/d/gone2");
	put(b, 0, "/local/domain/7/data/x", "other");
	put(b, 0, "/local/domain/9/y", "other");
	events_clear(b);
	EXPECT_STREQ("ok", end(a, t, "T"));
	EXPECT_STREQ("other", get(a, 0, "data/x"));
	EXPECT_STREQ("other", get(b, 0, "/local/domain/9/y"));
	EXPECT_STREQ("2", get(a, 0, "data/d/new/deep"));
	ask(a, XS_GET_PERMS, 0, "data/d/new/deep");
	EXPECT_STREQ("b7", a->body);
	ask(a, XS_GET_PERMS, 0, "data/d/new");
	EXPECT_STREQ("n7", a->body);
	EXPECT_STREQ("ENOENT", get(a, 0, "data/d/gone"));
	EXPECT_STREQ("ENOENT", get(a, 0, "data/d/gone2"));
	EXPECT_STREQ("ENOENT", get(a, 0, "data/e/x"));
	EXPECT_STREQ("3", get(a, 0, "data/e/y"));
	EXPECT_NE(NULL, strstr(b->events, "data/d/new/deep w;"));
	EXPECT_NE(NULL, strstr(b->events, "data/d/gone w;"));
	EXPECT_NE(NULL, strstr(b->events, "data/e/y w;"));
	EXPECT_EQ(NULL, strstr(b->events, "data/x w;"));
}

/* The same, as deep as a path can be. */
TEST_F(store, deep_merge)
{
	char path[XENSTORE_REL_PATH_MAX + 1] = "data";
	uint32_t t;
	int i;

	for (i = 4; i < 1600; i += 2)
		strcpy(path + i, "/a");
	t = start(&self->a);
	EXPECT_STREQ("ok", put(&self->a, t, path, "v"));
	put(&self->b, 0, "/local/domain/9/y", "other");
	EXPECT_STREQ("ok", end(&self->a, t, "T"));
	EXPECT_STREQ("v", get(&self->a, 0, path));
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
