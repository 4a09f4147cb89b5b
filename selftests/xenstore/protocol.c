// SPDX-License-Identifier: GPL-2.0
/* Requests and their answers: names, permissions, watches, bad messages. */
#include <stdlib.h>

#include "../kselftest_harness.h"
#include "client.h"

FIXTURE(store) {
	struct xs_server *s;
	struct client guest, root, other;
};

FIXTURE_SETUP(store)
{
	self->s = xs_server_new();
	client_open(&self->guest, self->s, 7);
	client_open(&self->other, self->s, 8);
	client_open(&self->root, self->s, 0);
	xs_server_write(self->s, "n0 r7", "/local/domain/7", "%s", "");
	xs_server_write(self->s, "n7", "/local/domain/7/data", "%s", "");
	xs_server_write(self->s, "n0 r7", "/local/domain/7/name", "%s", "g");
	xs_server_write(self->s, "n0 r8", "/local/domain/8/name", "%s", "h");
}

FIXTURE_TEARDOWN(store)
{
	client_close(&self->guest);
	client_close(&self->other);
	client_close(&self->root);
	xs_server_free(self->s);
}

TEST_F(store, read_and_write)
{
	struct client *g = &self->guest;

	EXPECT_STREQ("g", get(g, 0, "name"));
	EXPECT_STREQ("g", get(g, 0, "/local/domain/7/name"));
	EXPECT_EQ(0x1234, g->hdr.req_id);
	EXPECT_EQ(XS_READ, g->hdr.type);
	EXPECT_STREQ("ok", put(g, 0, "data/a/b", "value"));
	EXPECT_STREQ("value", get(g, 0, "/local/domain/7/data/a/b"));
	EXPECT_STREQ("", get(g, 0, "data/a"));
	EXPECT_EQ(0, g->hdr.len);
	EXPECT_STREQ("ENOENT", get(g, 0, "data/none"));
	EXPECT_STREQ("EINVAL", get(g, 0, "data/"));
	EXPECT_STREQ("EINVAL", get(g, 0, "data//a"));
	EXPECT_STREQ("EINVAL", get(g, 0, "da ta"));
	EXPECT_STREQ("EINVAL", get(g, 0, ""));
}

/* A value is bytes: NULs are kept. */
TEST_F(store, binary_value)
{
	struct client *g = &self->guest;
	static const char body[] = "data/bin\0a\0b";

	request(g, XS_WRITE, 0, body, sizeof(body));
	EXPECT_EQ(XS_WRITE, g->hdr.type);
	get(g, 0, "data/bin");
	EXPECT_EQ(4, g->hdr.len);
	EXPECT_EQ(0, memcmp(g->body, "a\0b", 4));
}

TEST_F(store, directory)
{
	struct client *g = &self->guest;

	put(g, 0, "data/b", "");
	put(g, 0, "data/a", "");
	put(g, 0, "data/ab", "");
	EXPECT_STREQ("ok", ask(g, XS_DIRECTORY, 0, "data"));
	ASSERT_EQ(7, g->hdr.len);
	EXPECT_EQ(0, memcmp(g->body, "a\0ab\0b", 7));
	EXPECT_STREQ("ok", ask(g, XS_DIRECTORY, 0, "data/a"));
	EXPECT_EQ(0, g->hdr.len);
	EXPECT_STREQ("ok", ask(&self->root, XS_DIRECTORY, 0, "/"));
	EXPECT_STREQ("local", self->root.body);
}

TEST_F(store, directory_part)
{
	struct client *g = &self->guest;
	char path[80], offset[16], gen[32] = "";
	unsigned int at = 0, names = 0, i;

	for (i = 0; i < 700; i++) {
		snprintf(path, sizeof(path),
			 "/local/domain/7/data/some-longish-name-%u", i);
		ASSERT_STREQ("ok", put(&self->root, 0, path, ""));
	}
	EXPECT_STREQ("E2BIG", ask(g, XS_DIRECTORY, 0, "data"));
	for (i = 0; i < 100; i++) {
		const char *p, *stop;

		snprintf(offset, sizeof(offset), "%u", at);
		ASSERT_STREQ("ok", ask(g, XS_DIRECTORY_PART, 0, "data", offset));
		if (!*gen)
			strcpy(gen, g->body);
		EXPECT_STREQ(gen, g->body);
		p = g->body + strlen(g->body) + 1;
		stop = g->body + g->hdr.len;
		at += stop - p;
		for (; p < stop && *p; p += strlen(p) + 1)
			names++;
		if (p < stop)
			break;
	}
	EXPECT_EQ(700, names);
	EXPECT_STREQ("ok", ask(g, XS_DIRECTORY_PART, 0, "data", "9999999"));
	EXPECT_STREQ(gen, g->body);
	EXPECT_EQ(strlen(gen) + 2, g->hdr.len);
	/* Any change of the node itself is seen, not one of a child's. */
	put(g, 0, "data/some-longish-name-9", "x");
	ask(g, XS_DIRECTORY_PART, 0, "data", "0");
	EXPECT_STREQ(gen, g->body);
	put(&self->root, 0, "/local/domain/7/data", "x");
	ask(g, XS_DIRECTORY_PART, 0, "data", "0");
	EXPECT_STRNE(gen, g->body);
	EXPECT_STREQ("EINVAL", ask(g, XS_DIRECTORY_PART, 0, "data", "x"));
}

TEST_F(store, permissions)
{
	struct client *g = &self->guest, *o = &self->other;

	EXPECT_STREQ("EACCES", put(g, 0, "name", "x"));
	EXPECT_STREQ("EACCES", put(g, 0, "new", "x"));
	EXPECT_STREQ("EACCES", put(g, 0, "/x", "x"));
	EXPECT_STREQ("EACCES", get(g, 0, "/local/domain/8/name"));
	EXPECT_STREQ("EACCES", get(g, 0, "/local/domain/8/none"));
	EXPECT_STREQ("EACCES", get(g, 0, "/none"));
	EXPECT_STREQ("EACCES", ask(g, XS_DIRECTORY, 0, "/"));
	EXPECT_STREQ("EACCES", ask(g, XS_RM, 0, "name"));
	EXPECT_STREQ("EACCES", ask(g, XS_RM, 0, "/local/domain/8"));
	EXPECT_STREQ("EACCES", ask(g, XS_MKDIR, 0, "/m"));
	EXPECT_STREQ("EACCES", ask(g, XS_SET_PERMS, 0, "name", "n7"));

	put(g, 0, "data/x", "1");
	EXPECT_STREQ("ok", ask(g, XS_GET_PERMS, 0, "data/x"));
	EXPECT_STREQ("n7", g->body);
	EXPECT_STREQ("EACCES", get(o, 0, "/local/domain/7/data/x"));
	EXPECT_STREQ("ok", ask(g, XS_SET_PERMS, 0, "data/x", "n7", "r8"));
	EXPECT_STREQ("1", get(o, 0, "/local/domain/7/data/x"));
	EXPECT_STREQ("EACCES", put(o, 0, "/local/domain/7/data/x", "2"));
	EXPECT_STREQ("ok", ask(g, XS_SET_PERMS, 0, "data/x", "n7", "b8"));
	EXPECT_STREQ("ok", put(o, 0, "/local/domain/7/data/x", "2"));
	EXPECT_STREQ("EPERM", ask(g, XS_SET_PERMS, 0, "data/x", "n8"));
	EXPECT_STREQ("EACCES", ask(o, XS_SET_PERMS, 0, "/local/domain/7/data/x",
				   "n8"));
	EXPECT_STREQ("EINVAL", ask(g, XS_SET_PERMS, 0, "data/x", "z7"));
	EXPECT_STREQ("EINVAL", ask(g, XS_SET_PERMS, 0, "data/x", "n"));
	EXPECT_STREQ("EINVAL", ask(g, XS_SET_PERMS, 0, "data/x", "n99999"));
	EXPECT_STREQ("EINVAL", ask(g, XS_SET_PERMS, 0, "data/x"));
	/* What others make below a node of the guest's is theirs. */
	EXPECT_STREQ("ok", put(o, 0, "/local/domain/7/data/x/y", "2"));
	ask(&self->root, XS_GET_PERMS, 0, "/local/domain/7/data/x/y");
	EXPECT_STREQ("n8", self->root.body);
}

TEST_F(store, remove)
{
	struct client *g = &self->guest;

	put(g, 0, "data/a/b/c", "1");
	EXPECT_STREQ("ok", ask(g, XS_RM, 0, "data/a"));
	EXPECT_STREQ("ENOENT", get(g, 0, "data/a/b/c"));
	EXPECT_STREQ("ok", ask(g, XS_RM, 0, "data/a"));
	EXPECT_STREQ("ENOENT", ask(g, XS_RM, 0, "data/a/b"));
	EXPECT_STREQ("EINVAL", ask(&self->root, XS_RM, 0, "/"));
	EXPECT_STREQ("ok", ask(&self->root, XS_RM, 0, "/local"));
	EXPECT_STREQ("EACCES", get(g, 0, "name"));
}

TEST_F(store, mkdir)
{
	struct client *g = &self->guest;

	EXPECT_STREQ("ok", ask(g, XS_MKDIR, 0, "data/d/e"));
	EXPECT_STREQ("", get(g, 0, "data/d/e"));
	put(g, 0, "data/d", "kept");
	EXPECT_STREQ("ok", ask(g, XS_MKDIR, 0, "data/d"));
	EXPECT_STREQ("kept", get(g, 0, "data/d"));
	/* It takes the right to write, also where it changes nothing. */
	EXPECT_STREQ("EACCES", ask(g, XS_MKDIR, 0, "name"));
}

/* "/local/domain/N/" does not count towards a path's length. */
TEST_F(store, path_lengths)
{
	struct client *g = &self->guest, *root = &self->root;
	char path[XENSTORE_ABS_PATH_MAX + 2];
	int i;

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	for (i = 2; i < (int)sizeof(path); i += 2)
		path[i] = '/';
	path[XENSTORE_REL_PATH_MAX] = 0;
	EXPECT_STREQ("ok", put(root, 0, path, ""));
	path[XENSTORE_REL_PATH_MAX] = 'a';
	path[XENSTORE_REL_PATH_MAX + 2] = 0;
	EXPECT_STREQ("EINVAL", put(root, 0, path, ""));
	EXPECT_STREQ("EINVAL", get(g, 0, path + 1));
	memset(path, 'a', sizeof(path));
	memcpy(path, "/local/domain/7/data/", 21);
	path[XENSTORE_REL_PATH_MAX + 16] = 0;
	EXPECT_STREQ("ENOENT", get(g, 0, path));
	path[XENSTORE_REL_PATH_MAX + 16] = 'a';
	path[XENSTORE_REL_PATH_MAX + 17] = 0;
	EXPECT_STREQ("EINVAL", get(g, 0, path));
}

TEST_F(store, watches)
{
	struct client *g = &self->guest;

	EXPECT_STREQ("ok", ask(g, XS_WATCH, 0, "data", "t"));
	EXPECT_STREQ("data t;", g->events);
	events_clear(g);
	put(g, 0, "/local/domain/7/data/a", "1");
	put(g, 0, "data/a", "2");
	EXPECT_STREQ("data/a t;data/a t;", g->events);
	events_clear(g);
	/* A name that only begins the same is somebody else's. */
	xs_server_write(self->s, NULL, "/local/domain/7/database", "x");
	EXPECT_STREQ("", g->events);
	EXPECT_STREQ("EEXIST", ask(g, XS_WATCH, 0, "data", "t"));
	EXPECT_STREQ("ok", ask(g, XS_WATCH, 0, "/local/domain/7/data/a/deep",
			       "abs"));
	put(g, 0, "data/a/deep", "3");
	ask(g, XS_WATCH, 0, "data/a/not-there", "n");
	events_clear(g);
	/* A subtree that goes takes what is watched below along. */
	ask(g, XS_RM, 0, "data/a");
	EXPECT_EQ(2, g->nr_events);
	EXPECT_NE(NULL, strstr(g->events, "data/a t;"));
	EXPECT_NE(NULL, strstr(g->events, "/local/domain/7/data/a/deep abs;"));
	events_clear(g);
	EXPECT_STREQ("ok", ask(g, XS_UNWATCH, 0, "data", "t"));
	EXPECT_STREQ("ENOENT", ask(g, XS_UNWATCH, 0, "data", "t"));
	put(g, 0, "data/q", "1");
	EXPECT_STREQ("", g->events);
	EXPECT_STREQ("ok", ask(g, XS_WATCH, 0, "@releaseDomain", "r"));
	EXPECT_STREQ("@releaseDomain r;", g->events);
	events_clear(g);
	request(g, XS_RESET_WATCHES, 0, "", 0);
	put(g, 0, "data/a/deep", "1");
	EXPECT_STREQ("", g->events);
}

/* Nobody hears about what they may not read. */
TEST_F(store, watches_and_permissions)
{
	struct client *g = &self->guest;

	EXPECT_STREQ("ok", ask(g, XS_WATCH, 0, "/", "all"));
	events_clear(g);
	xs_server_write(self->s, NULL, "/local/domain/8/name", "secret");
	xs_server_rm(self->s, "/local/domain/8/name");
	EXPECT_STREQ("", g->events);
	xs_server_write(self->s, NULL, "/local/domain/7/name", "new");
	EXPECT_STREQ("/local/domain/7/name all;", g->events);
	events_clear(g);
	/* One that becomes unreadable, then is not any more. */
	ask(&self->root, XS_SET_PERMS, 0, "/local/domain/7/name", "n0");
	EXPECT_STREQ("/local/domain/7/name all;", g->events);
	events_clear(g);
	ask(&self->root, XS_SET_PERMS, 0, "/local/domain/7", "n0");
	EXPECT_STREQ("/local/domain/7 all;", g->events);
	events_clear(g);
	put(&self->root, 0, "/local/domain/7/name", "hidden");
	EXPECT_STREQ("", g->events);
}

/* A node that goes is heard of by those who could read it. */
TEST_F(store, watches_of_what_goes)
{
	static const char node[] = "/local/domain/0/backend/vbd/7/1";
	struct client *g = &self->guest;
	char path[80];

	xs_server_write(self->s, "n0 r7", node, "%s", "");
	snprintf(path, sizeof(path), "%s/state", node);
	EXPECT_STREQ("ok", ask(g, XS_WATCH, 0, path, "s"));
	xs_server_write(self->s, NULL, path, "1");
	events_clear(g);
	EXPECT_STREQ("ok", ask(&self->root, XS_RM, 0, node));
	EXPECT_STREQ("/local/domain/0/backend/vbd/7/1/state s;", g->events);
	events_clear(g);
	/* There is nothing left to go. */
	xs_server_rm(self->s, "/local/domain/0/backend");
	EXPECT_STREQ("", g->events);
	xs_server_write(self->s, "n0 r7", node, "%s", "");
	xs_server_write(self->s, "n0", path, "1");
	xs_server_write(self->s, "n0", node, "%s", "");
	events_clear(g);
	xs_server_rm(self->s, node);
	EXPECT_STREQ("", g->events);
}

/* Events that are no paths: for dom0, and whom it lets know. */
TEST_F(store, special_watches)
{
	struct client *g = &self->guest, *root = &self->root, late;

	EXPECT_STREQ("ok", ask(g, XS_WATCH, 0, "@releaseDomain", "r"));
	EXPECT_STREQ("ok", ask(root, XS_WATCH, 0, "@introduceDomain", "i"));
	EXPECT_STREQ("ok", ask(root, XS_WATCH, 0, "@releaseDomain", "r"));
	EXPECT_STREQ("ok", ask(root, XS_WATCH, 0, "/", "all"));
	events_clear(g);
	events_clear(root);
	client_open(&late, self->s, 9);
	EXPECT_STREQ("@introduceDomain i;", root->events);
	events_clear(root);
	client_close(&late);
	EXPECT_STREQ("@releaseDomain r;", root->events);
	EXPECT_STREQ("", g->events);
	events_clear(root);

	EXPECT_STREQ("EACCES", ask(g, XS_GET_PERMS, 0, "@releaseDomain"));
	EXPECT_STREQ("EACCES", ask(g, XS_SET_PERMS, 0, "@releaseDomain", "n7"));
	EXPECT_STREQ("EINVAL", get(root, 0, "@releaseDomain"));
	EXPECT_STREQ("ENOENT", ask(root, XS_GET_PERMS, 0, "@other"));
	EXPECT_STREQ("ok", ask(root, XS_SET_PERMS, 0, "@releaseDomain", "n0",
			       "r7"));
	EXPECT_STREQ("ok", ask(g, XS_GET_PERMS, 0, "@releaseDomain"));
	EXPECT_STREQ("n0", g->body);
	EXPECT_STREQ("r7", g->body + 3);
	events_clear(g);
	xs_server_announce(self->s, "@releaseDomain");
	EXPECT_STREQ("@releaseDomain r;", g->events);
}

TEST_F(store, bad_messages)
{
	struct client *g = &self->guest;
	char big[XENSTORE_PAYLOAD_MAX];
	unsigned int type;

	memset(big, 'a', sizeof(big));
	for (type = 0; type < 64; type++) {
		request(g, type, 0, "", 0);
		EXPECT_EQ(0x1234, g->hdr.req_id);
		request(g, type, 0, "\0\0\0", 3);
		request(g, type, 0, "data", 4);
		request(g, type, 0, "data\0x", 6);
		request(g, type, 0, big, sizeof(big));
		request(g, type, 99, "data", 5);
	}
	ask(g, XS_INTRODUCE, 0, "8", "1", "1");
	EXPECT_STREQ("EACCES", g->body);
	ask(g, XS_SET_TARGET, 0, "7", "8");
	EXPECT_STREQ("EACCES", g->body);
	ask(g, XS_CONTROL, 0, "check");
	EXPECT_STREQ("EACCES", g->body);
	ask(&self->root, XS_CONTROL, 0, "check");
	EXPECT_STREQ("ENOSYS", self->root.body);
	/* Three strings where two are asked for; one without its NUL. */
	EXPECT_STREQ("EINVAL", ask(g, XS_WATCH, 0, "data", "t", "1"));
	request(g, XS_WATCH, 0, "data\0t", 6);
	EXPECT_STREQ("EINVAL", g->body);
	EXPECT_STREQ("EINVAL", ask(g, XS_WATCH, 0, "@release domain", "t"));
	request(g, 0xffff, 0, "", 0);
	EXPECT_STREQ("ENOSYS", g->body);
	big[3000] = 0;
	request(g, XS_READ, 0, big, 3001);
	EXPECT_STREQ("EINVAL", g->body);
}

TEST_F(store, domains)
{
	struct client *g = &self->guest;

	EXPECT_STREQ("ok", ask(g, XS_GET_DOMAIN_PATH, 0, "7"));
	EXPECT_STREQ("/local/domain/7", g->body);
	EXPECT_STREQ("EINVAL", ask(g, XS_GET_DOMAIN_PATH, 0, "x"));
	EXPECT_STREQ("EINVAL", ask(g, XS_GET_DOMAIN_PATH, 0, "7", "8"));
	EXPECT_STREQ("EACCES", ask(g, XS_IS_DOMAIN_INTRODUCED, 0, "7"));
	ask(&self->root, XS_IS_DOMAIN_INTRODUCED, 0, "7");
	EXPECT_STREQ("T", self->root.body);
	ask(&self->root, XS_IS_DOMAIN_INTRODUCED, 0, "9");
	EXPECT_STREQ("F", self->root.body);
}

TEST_HARNESS_MAIN
