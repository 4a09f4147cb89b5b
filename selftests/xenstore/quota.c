// SPDX-License-Identifier: GPL-2.0
/* What a guest cannot do to its xenstore: fill it. */
#include <stdio.h>

#include "../kselftest_harness.h"
#include "client.h"

FIXTURE(store) {
	struct xs_server *s;
	struct client g;
};

FIXTURE_SETUP(store)
{
	self->s = xs_server_new();
	client_open(&self->g, self->s, 7);
	xs_server_write(self->s, "n7", "/local/domain/7/data", "%s", "");
}

FIXTURE_TEARDOWN(store)
{
	client_close(&self->g);
	xs_server_free(self->s);
}

/* In folders: the names in one have a limit of their own. */
static int fill(struct client *g, uint32_t tx)
{
	char path[64];
	int i;

	for (i = 0; i < 3000; i++) {
		if (i % 50)
			snprintf(path, sizeof(path), "data/%d/%d", i / 50, i);
		else
			snprintf(path, sizeof(path), "data/%d", i / 50);
		if (strcmp(put(g, tx, path, "v"), "ok"))
			break;
	}
	return i;
}

TEST_F(store, nodes)
{
	int nr = fill(&self->g, 0);

	/* data itself is one. */
	EXPECT_EQ(XS_MAX_NODES - 1, nr);
	EXPECT_STREQ("ENOSPC", self->g.body);
	EXPECT_STREQ("ENOSPC", ask(&self->g, XS_MKDIR, 0, "data/m"));
	EXPECT_STREQ("ok", put(&self->g, 0, "data/0/5", "other"));
	EXPECT_STREQ("ok", ask(&self->g, XS_RM, 0, "data/0/5"));
	EXPECT_STREQ("ENOSPC", put(&self->g, 0, "data/a/b", "v"));
	EXPECT_STREQ("ok", put(&self->g, 0, "data/a", "v"));
	/* The toolstack is not bound by it. */
	EXPECT_EQ(0, xs_server_write(self->s, "n7", "/local/domain/7/data/t",
				     "x"));
}

TEST_F(store, nodes_of_a_transaction)
{
	uint32_t t = start(&self->g);

	EXPECT_EQ(XS_MAX_NODES - 1, fill(&self->g, t));
	EXPECT_STREQ("ok", end(&self->g, t, "F"));
	EXPECT_EQ(XS_MAX_NODES - 1, fill(&self->g, 0));
}

/* The paths that a transaction uses, whether they are there or not. */
TEST_F(store, paths_of_a_transaction)
{
	uint32_t t = start(&self->g);
	char path[64];
	int i;

	for (i = 0; i < 10000; i++) {
		snprintf(path, sizeof(path), "data/%d", i);
		if (!strcmp(get(&self->g, t, path), "ENOSPC"))
			break;
	}
	EXPECT_EQ(XS_MAX_ACCESSES, i);
	/* It cannot check the rest, so it does not take place. */
	EXPECT_STREQ("ENOMEM", end(&self->g, t, "T"));
}

TEST_F(store, nodes_of_two_transactions)
{
	uint32_t t = start(&self->g), u = start(&self->g);
	char path[64];
	int i;

	ASSERT_STREQ("ok", put(&self->g, 0, "data/t", ""));
	ASSERT_STREQ("ok", put(&self->g, 0, "data/u", ""));
	end(&self->g, t, "F");
	end(&self->g, u, "F");
	t = start(&self->g);
	u = start(&self->g);
	for (i = 0; i < 300; i++) {
		snprintf(path, sizeof(path), "data/t/%d", i);
		ASSERT_STREQ("ok", put(&self->g, t, path, ""));
		snprintf(path, sizeof(path), "data/u/%d", i);
		ASSERT_STREQ("ok", put(&self->g, u, path, ""));
	}
	EXPECT_STREQ("ok", end(&self->g, t, "T"));
	EXPECT_STREQ("ok", end(&self->g, u, "T"));
	for (i = 0; i < 300; i++) {
		snprintf(path, sizeof(path), "data/v/%d", i);
		ASSERT_STREQ("ok", put(&self->g, 0, path, ""));
	}
	t = start(&self->g);
	for (i = 0; i < 60; i++) {
		snprintf(path, sizeof(path), "data/t/x%d", i);
		ASSERT_STREQ("ok", put(&self->g, t, path, ""));
		snprintf(path, sizeof(path), "data/v/x%d", i);
		ASSERT_STREQ("ok", put(&self->g, 0, path, ""));
	}
	EXPECT_STREQ("ENOSPC", end(&self->g, t, "T"));
	EXPECT_STREQ("ENOENT", get(&self->g, 0, "data/t/x0"));
}

TEST_F(store, node_size)
{
	/* Header 24, one permission 8. */
	enum { ROOM = XS_MAX_NODE - 24 - 8 - 1 };
	char value[ROOM + 2], name[64];
	int i;

	memset(value, 'v', sizeof(value));
	value[ROOM + 1] = 0;
	EXPECT_STREQ("ENOSPC", put(&self->g, 0, "data/v", value));
	value[ROOM] = 0;
	EXPECT_STREQ("ok", put(&self->g, 0, "data/v", value));
	EXPECT_STREQ("ENOSPC", ask(&self->g, XS_SET_PERMS, 0, "data/v", "n7",
				   "r1"));
	EXPECT_STREQ("ENOSPC", ask(&self->g, XS_MKDIR, 0, "data/v/w"));
	EXPECT_STREQ("ok", put(&self->g, 0, "data/v", ""));
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "data/v/name-%03d", i);
		if (strcmp(put(&self->g, 0, name, ""), "ok"))
			break;
	}
	EXPECT_EQ(ROOM / 9, i);
	EXPECT_STREQ("ENOSPC", self->g.body);
	value[ROOM - 9 * i + 1] = 0;
	EXPECT_STREQ("ENOSPC", put(&self->g, 0, "data/v", value));
	value[ROOM - 9 * i] = 0;
	EXPECT_STREQ("ok", put(&self->g, 0, "data/v", value));
	/* The toolstack is not bound by it. */
	EXPECT_EQ(0, xs_server_write(self->s, NULL,
				     "/local/domain/7/data/v/more", "x"));
}

TEST_F(store, permissions)
{
	EXPECT_STREQ("ok",
		     ask(&self->g, XS_SET_PERMS, 0, "data", "n7", "r1", "r2",
			 "r3", "r4"));
	EXPECT_STREQ("ENOSPC",
		     ask(&self->g, XS_SET_PERMS, 0, "data", "n7", "r1", "r2",
			 "r3", "r4", "r5"));
}

TEST_F(store, watches)
{
	char token[16];
	int i;

	for (i = 0; i < 1000; i++) {
		snprintf(token, sizeof(token), "%d", i);
		if (strcmp(ask(&self->g, XS_WATCH, 0, "data", token), "ok"))
			break;
	}
	EXPECT_EQ(XS_MAX_WATCHES, i);
	EXPECT_STREQ("ENOSPC", self->g.body);
}

/* As deep as a path can be. */
TEST_F(store, depth)
{
	char path[XENSTORE_REL_PATH_MAX + 1] = "data";
	int i;

	for (i = 4; i + 2 <= XENSTORE_REL_PATH_MAX; i += 2)
		strcpy(path + i, "/a");
	EXPECT_STREQ("ENOSPC", put(&self->g, 0, path, "v"));
	path[1600] = 0;
	EXPECT_STREQ("ok", put(&self->g, 0, path, "v"));
	EXPECT_STREQ("ok", ask(&self->g, XS_RM, 0, "data"));
}

TEST_HARNESS_MAIN
