// SPDX-License-Identifier: GPL-2.0
/* The toolstack's own access: reads, lists, sets of nodes, watches. */
#include <errno.h>
#include <sanitizer/lsan_interface.h>
#include <stdlib.h>

#include "../kselftest_harness.h"
#include "client.h"

#define BACK	"/local/domain/0/backend/vbd/7/51712"
#define FRONT	"/local/domain/7/device/vbd/51712"

FIXTURE(store) {
	struct xs_server *s;
	struct client g;
	unsigned int woken;
};

static void on_wake(void *opaque)
{
	unsigned int *woken = opaque;

	(*woken)++;
}

FIXTURE_SETUP(store)
{
	static const char *const back[] = {
		"frontend", FRONT, "frontend-id", "7", "state", "1",
		"left-out", NULL, NULL,
	};
	static const char *const front[] = {
		"backend", BACK, "backend-id", "0", "state", "1", NULL,
	};

	self->s = xs_server_new();
	client_open(&self->g, self->s, 7);
	EXPECT_EQ(0, xs_server_write_set(self->s, "n0 r7", BACK, back));
	EXPECT_EQ(0, xs_server_write_set(self->s, "n7 r0", FRONT, front));
	self->woken = 0;
	xs_server_on_wake(self->s, on_wake, &self->woken);
}

FIXTURE_TEARDOWN(store)
{
	client_close(&self->g);
	xs_server_free(self->s);
	EXPECT_EQ(0, __lsan_do_recoverable_leak_check());
}

TEST_F(store, read)
{
	struct client *g = &self->g;
	uint64_t n = 99;
	char *v;

	v = xs_server_read(self->s, BACK, "frontend");
	EXPECT_STREQ(FRONT, v);
	free(v);
	v = xs_server_read(self->s, BACK "/frontend-id", NULL);
	EXPECT_STREQ("7", v);
	free(v);
	EXPECT_EQ(NULL, xs_server_read(self->s, BACK, "none"));
	EXPECT_EQ(NULL, xs_server_read(self->s, BACK, "a//b"));
	EXPECT_TRUE(xs_server_exists(self->s, BACK, NULL));
	EXPECT_FALSE(xs_server_exists(self->s, BACK, "left-out"));

	EXPECT_EQ(0, xs_server_read_number(self->s, BACK, "frontend-id", &n));
	EXPECT_EQ(7, n);
	EXPECT_EQ(ENOENT, xs_server_read_number(self->s, BACK, "none", &n));
	EXPECT_STREQ("ok", put(g, 0, FRONT "/x", "18446744073709551615"));
	EXPECT_EQ(0, xs_server_read_number(self->s, FRONT, "x", &n));
	EXPECT_EQ(UINT64_MAX, n);
	n = 99;
	EXPECT_STREQ("ok", put(g, 0, FRONT "/x", "18446744073709551616"));
	EXPECT_EQ(EINVAL, xs_server_read_number(self->s, FRONT, "x", &n));
	EXPECT_STREQ("ok", put(g, 0, FRONT "/x", "-1"));
	EXPECT_EQ(EINVAL, xs_server_read_number(self->s, FRONT, "x", &n));
	EXPECT_STREQ("ok", put(g, 0, FRONT "/x", "8 "));
	EXPECT_EQ(EINVAL, xs_server_read_number(self->s, FRONT, "x", &n));
	EXPECT_STREQ("ok", put(g, 0, FRONT "/x", ""));
	EXPECT_EQ(EINVAL, xs_server_read_number(self->s, FRONT, "x", &n));
	EXPECT_EQ(99, n);
}

TEST_F(store, list)
{
	char **names = xs_server_list(self->s, BACK, NULL);

	ASSERT_NE(NULL, names);
	EXPECT_STREQ("frontend", names[0]);
	EXPECT_STREQ("frontend-id", names[1]);
	EXPECT_STREQ("state", names[2]);
	EXPECT_EQ(NULL, names[3]);
	free(names);
	names = xs_server_list(self->s, BACK, "state");
	ASSERT_NE(NULL, names);
	EXPECT_EQ(NULL, names[0]);
	free(names);
	EXPECT_EQ(NULL, xs_server_list(self->s, BACK, "none"));
}

/* The guest reads its backend's nodes, and writes its own. */
TEST_F(store, permissions)
{
	struct client *g = &self->g;

	EXPECT_STREQ("1", get(g, 0, BACK "/state"));
	EXPECT_STREQ("EACCES", put(g, 0, BACK "/state", "4"));
	EXPECT_STREQ("ok", put(g, 0, FRONT "/state", "3"));
	EXPECT_STREQ("ok", put(g, 0, FRONT "/ring-ref", "8"));
	EXPECT_EQ(0, xs_server_write(self->s, NULL, BACK "/sectors", "64"));
	EXPECT_STREQ("64", get(g, 0, BACK "/sectors"));
	EXPECT_EQ(0, xs_server_rm(self->s, BACK));
	EXPECT_EQ(0, xs_server_rm(self->s, BACK));
	EXPECT_EQ(0, xs_server_rm(self->s, "/no/such/node"));
	EXPECT_EQ(EINVAL, xs_server_rm(self->s, "relative"));
}

struct seen {
	char paths[1024];
	unsigned int nr;
	struct xs_server *s;
	struct xs_watcher *end;		/* this one, when called */
	bool answer;			/* after that, write where it watches */
};

static void on_change(void *opaque, const char *path)
{
	struct seen *seen = opaque;

	seen->nr++;
	snprintf(seen->paths + strlen(seen->paths),
		 sizeof(seen->paths) - strlen(seen->paths), "%s;", path);
	if (seen->end)
		xs_server_watch_free(seen->end);
	seen->end = NULL;
	if (seen->answer)
		xs_server_write(seen->s, NULL, FRONT "/state", "5");
}

static void forget(struct seen *seen)
{
	seen->paths[0] = 0;
	seen->nr = 0;
}

TEST_F(store, watch)
{
	struct seen seen = { .nr = 0 };
	struct xs_watcher *w;

	w = xs_server_watch(self->s, FRONT "/state", on_change, &seen);
	EXPECT_EQ(1, self->woken);
	EXPECT_EQ(0, seen.nr);
	xs_server_deliver(self->s);
	EXPECT_STREQ(FRONT "/state;", seen.paths);
	forget(&seen);

	put(&self->g, 0, FRONT "/state", "3");
	put(&self->g, 0, FRONT "/state", "4");
	put(&self->g, 0, FRONT "/other", "x");
	/* Not from within the guest's request. */
	EXPECT_EQ(0, seen.nr);
	EXPECT_EQ(2, self->woken);
	xs_server_deliver(self->s);
	EXPECT_STREQ(FRONT "/state;", seen.paths);
	forget(&seen);

	/* One that goes with its parent. */
	xs_server_rm(self->s, "/local/domain/7/device");
	xs_server_deliver(self->s);
	EXPECT_STREQ(FRONT "/state;", seen.paths);
	forget(&seen);
	xs_server_deliver(self->s);
	EXPECT_EQ(0, seen.nr);

	put(&self->g, 0, FRONT "/state", "3");
	xs_server_watch_free(w);
	xs_server_deliver(self->s);
	EXPECT_EQ(0, seen.nr);
}

TEST_F(store, watch_of_a_transaction)
{
	struct seen seen = { .nr = 0 };
	struct xs_watcher *w = xs_server_watch(self->s, FRONT, on_change,
					       &seen);
	uint32_t t;

	xs_server_deliver(self->s);
	forget(&seen);
	t = start(&self->g);
	put(&self->g, t, FRONT "/ring-ref", "8");
	put(&self->g, t, FRONT "/state", "3");
	xs_server_deliver(self->s);
	EXPECT_EQ(0, seen.nr);
	end(&self->g, t, "T");
	xs_server_deliver(self->s);
	EXPECT_STREQ(FRONT "/ring-ref;" FRONT "/state;", seen.paths);
	xs_server_watch_free(w);
}

/* A guest that writes a lot does not fill this process. */
TEST_F(store, watch_of_many)
{
	struct seen seen = { .nr = 0 };
	struct xs_watcher *w = xs_server_watch(self->s, FRONT, on_change,
					       &seen);
	char path[80];
	int i;

	for (i = 0; i < 16 * 20; i++) {
		snprintf(path, sizeof(path), FRONT "/%d", i);
		ASSERT_STREQ("ok", put(&self->g, 0, path, "x"));
	}
	xs_server_deliver(self->s);
	EXPECT_LE(seen.nr, 16);
	EXPECT_EQ(0, strncmp(seen.paths, FRONT ";", strlen(FRONT) + 1));
	xs_server_watch_free(w);
}

/* A watch may end itself and others, and change what it watches. */
TEST_F(store, watch_within_watch)
{
	struct seen a = { .s = self->s }, b = { .s = self->s };
	struct xs_watcher *wa, *wb;

	wa = xs_server_watch(self->s, FRONT, on_change, &a);
	wb = xs_server_watch(self->s, FRONT, on_change, &b);
	a.end = wb;
	xs_server_deliver(self->s);
	EXPECT_EQ(1, a.nr);
	EXPECT_EQ(0, b.nr);

	put(&self->g, 0, FRONT "/a", "");
	put(&self->g, 0, FRONT "/b", "");
	a.end = wa;
	a.answer = true;
	xs_server_deliver(self->s);
	EXPECT_EQ(2, a.nr);

	wb = xs_server_watch(self->s, FRONT, on_change, &b);
	b.answer = true;
	self->woken = 0;
	xs_server_deliver(self->s);
	EXPECT_EQ(1, b.nr);
	/* Its own change comes next time. */
	EXPECT_EQ(1, self->woken);
	xs_server_deliver(self->s);
	EXPECT_EQ(2, b.nr);
	xs_server_watch_free(wb);
}

/* Clients' events wake the one who sends them, too. */
TEST_F(store, wake_for_clients)
{
	ask(&self->g, XS_WATCH, 0, FRONT, "t");
	xs_server_deliver(self->s);
	self->woken = 0;
	xs_server_write(self->s, NULL, BACK "/state", "2");
	EXPECT_EQ(0, self->woken);
	xs_server_write(self->s, NULL, FRONT "/state", "2");
	EXPECT_EQ(1, self->woken);
}

TEST_HARNESS_MAIN
