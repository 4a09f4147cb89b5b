// SPDX-License-Identifier: GPL-2.0
/* The console between its ring, an attached client and the pty. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <xen/io/console.h>

#include "../kselftest_harness.h"
#include "config.h"
#include "console.h"
#include "vmm/helper.h"
#include "vmm/loop.h"

FIXTURE(console) {
	struct loop *loop;
	struct console *c;
	struct xencons_interface *page;
	int client, pty;
	unsigned int notified;
};

static void notify(void *opaque)
{
	(*(unsigned int *)opaque)++;
}

static const struct console_ops ops = { .notify = notify };

FIXTURE_SETUP(console)
{
	int pair[2];

	signal(SIGPIPE, SIG_IGN);
	mkdir("/run/xenpv", 0755);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	fcntl(pair[1], F_SETFL, O_NONBLOCK);
	self->client = pair[0];
	self->loop = loop_new();
	self->c = console_new(self->loop, "selftest", 0, pair[1]);
	ASSERT_NE(NULL, self->c);
	self->page = aligned_alloc(4096, 4096);
	memset(self->page, 0, 4096);
	self->notified = 0;
	console_connect(self->c, 32751, self->page, &ops, &self->notified);
	self->pty = open(console_tty(self->c), O_RDWR | O_NONBLOCK | O_NOCTTY);
	ASSERT_LE(0, self->pty);
}

FIXTURE_TEARDOWN(console)
{
	close(self->pty);
	console_disconnect(self->c);
	close(self->client);
	console_free(self->c);
	loop_free(self->loop);
	free(self->page);
	unlink("/var/log/xenpv/console-selftest.log");
}

static void print(struct xencons_interface *p, const char *s)
{
	while (*s) {
		p->out[MASK_XENCONS_IDX(p->out_prod, p->out)] = *s++;
		p->out_prod++;
	}
}

static void stop(void *opaque, uint32_t events)
{
	loop_stop(opaque);
}

/* Let the loop see what has happened so far. */
static void turn(struct loop *loop)
{
	struct loop_source *s;
	int p[2], i;

	for (i = 0; i < 4; i++) {
		if (pipe(p))
			abort();
		close(p[1]);
		s = loop_add(loop, p[0], 1, stop, loop);
		loop_run(loop);
		loop_remove(s);
		close(p[0]);
	}
}

TEST_F(console, output)
{
	char text[32] = "";

	self->page->out_prod = 0xfffffffa;
	self->page->out_cons = 0xfffffffa;
	print(self->page, "hello\r\nworld");
	console_event(self->c);
	EXPECT_EQ(self->page->out_prod, self->page->out_cons);
	EXPECT_EQ(1, self->notified);
	EXPECT_EQ(12, read(self->client, text, sizeof(text)));
	EXPECT_STREQ("hello\r\nworld", text);
	memset(text, 0, sizeof(text));
	EXPECT_EQ(12, read(self->pty, text, sizeof(text)));
	EXPECT_STREQ("hello\r\nworld", text);
}

TEST_F(console, input)
{
	int i;

	ASSERT_EQ(3, write(self->client, "abc", 3));
	turn(self->loop);
	EXPECT_EQ(3, self->page->in_prod);
	EXPECT_EQ(0, memcmp(self->page->in, "abc", 3));
	EXPECT_EQ(1, self->notified);
	ASSERT_EQ(2, write(self->pty, "de", 2));
	/* A terminal hands its input over when it finds the time. */
	for (i = 0; i < 1000 && self->page->in_prod < 5; i++) {
		usleep(1000);
		turn(self->loop);
	}
	EXPECT_EQ(5, self->page->in_prod);
	EXPECT_EQ(0, memcmp(self->page->in, "abcde", 5));
}

/* What is copied with the guest is neither shown twice nor typed for nothing. */
TEST_F(console, held)
{
	print(self->page, "before");
	console_hold(self->c);
	EXPECT_EQ(6, self->page->out_cons);
	print(self->page, "after");
	console_event(self->c);
	ASSERT_EQ(3, write(self->client, "abc", 3));
	turn(self->loop);
	EXPECT_EQ(6, self->page->out_cons);
	EXPECT_EQ(0, self->page->in_prod);
	console_unhold(self->c);
	turn(self->loop);
	EXPECT_EQ(11, self->page->out_cons);
	EXPECT_EQ(3, self->page->in_prod);
	print(self->page, "never");
	console_hold(self->c);
	print(self->page, "seen");
	console_disconnect(self->c);
	EXPECT_EQ(16, self->page->out_cons);
}

/* Who comes late finds what came last, all of it and in order. */
TEST_F(console, late_reader)
{
	static char text[512 * 1024];
	unsigned int line, i;
	size_t len = 0;
	char *p, *end;
	ssize_t n;

	for (line = 0; line < 40000; line++) {
		char s[32];

		snprintf(s, sizeof(s), "line %06u\n", line);
		print(self->page, s);
		if (line % 20 != 19)
			continue;
		console_event(self->c);
		/* The client's side has readers of its own. */
		while (read(self->client, text, sizeof(text)) > 0)
			;
	}
	for (i = 0; i < 1000 && len < sizeof(text) - 1; i++) {
		n = read(self->pty, text + len, sizeof(text) - 1 - len);
		if (n > 0) {
			len += n;
			i = 0;
		} else {
			usleep(100);
		}
		turn(self->loop);
	}
	text[len] = 0;
	ASSERT_LT(32 * 1024, len);
	ASSERT_GT(200 * 1024, len);
	p = strchr(text, '\n') + 1;
	line = strtoul(p + 5, NULL, 10);
	EXPECT_LT(20000, line);
	for (; *p; p = end + 1, line++) {
		char s[32];

		end = strchr(p, '\n');
		ASSERT_NE(NULL, end);
		snprintf(s, sizeof(s), "line %06u\n", line);
		ASSERT_EQ(0, strncmp(p, s, strlen(s)));
	}
	EXPECT_EQ(40000, line);
}

TEST_F(console, last_words)
{
	const char *tail;
	char s[32];
	size_t len;
	int i;

	for (i = 0; i < 500; i++) {
		snprintf(s, sizeof(s), "%03d.", i);
		print(self->page, s);
		console_event(self->c);
	}
	tail = console_tail(self->c, &len);
	ASSERT_EQ(1024, len);
	EXPECT_EQ(0, strncmp(tail + len - 8, "498.499.", 8));
	EXPECT_EQ(0, strncmp(tail, "244.245.", 8));
}

/* No more than the ring holds is taken from who types. */
TEST_F(console, input_waits_for_room)
{
	char many[3000];

	memset(many, 'x', sizeof(many));
	ASSERT_EQ(sizeof(many), write(self->client, many, sizeof(many)));
	turn(self->loop);
	EXPECT_EQ(1024, self->page->in_prod);
	self->page->in_cons = 1000;
	console_event(self->c);
	turn(self->loop);
	EXPECT_EQ(2024, self->page->in_prod);
	self->page->in_cons = 2024;
	console_event(self->c);
	turn(self->loop);
	EXPECT_EQ(3000, self->page->in_prod);
}

/* Nobody reads: the guest's output is taken all the same, and logged. */
TEST_F(console, nobody_reads)
{
	struct stat st;
	char line[1001];
	int i;

	memset(line, 'y', 1000);
	line[1000] = 0;
	for (i = 0; i < 5000; i++) {
		print(self->page, line);
		console_event(self->c);
		ASSERT_EQ(self->page->out_prod, self->page->out_cons);
	}
	ASSERT_EQ(0, stat("/var/log/xenpv/console-selftest.log", &st));
	EXPECT_EQ(5000000, st.st_size);
}

TEST_F(console, bad_indices)
{
	self->page->out_prod = 5000;
	console_event(self->c);
	EXPECT_EQ(0, self->page->out_cons);
	EXPECT_EQ(0, self->notified);
	self->page->out_prod = 4;
	console_event(self->c);
	EXPECT_EQ(0, self->page->out_cons);
}

/* Milliseconds of CPU that the loop takes in 200 of waiting. */
static long busy_ms(struct loop *loop)
{
	const struct itimerspec when = { .it_value.tv_nsec = 200000000 };
	int timer = timerfd_create(CLOCK_MONOTONIC, 0);
	struct loop_source *s = loop_add(loop, timer, 1, stop, loop);
	struct timespec before, after;

	timerfd_settime(timer, 0, &when, NULL);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
	loop_run(loop);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
	loop_remove(s);
	close(timer);
	return (after.tv_sec - before.tv_sec) * 1000 +
	       (after.tv_nsec - before.tv_nsec) / 1000000;
}

/* Whose guest broke the ring may type and leave: nobody waits busily for him. */
TEST_F(console, typing_at_a_broken_ring)
{
	self->page->out_prod = 5000;
	console_event(self->c);
	ASSERT_EQ(1, write(self->pty, "a", 1));
	usleep(10000);
	EXPECT_GT(20, busy_ms(self->loop));
	ASSERT_EQ(1, write(self->client, "b", 1));
	EXPECT_GT(20, busy_ms(self->loop));
	close(self->client);
	self->client = -1;
	EXPECT_GT(20, busy_ms(self->loop));
}

/* What was written last arrives, though the domain is gone. */
TEST_F(console, the_end)
{
	char text[32] = "";

	print(self->page, "bye");
	console_disconnect(self->c);
	EXPECT_EQ(3, self->page->out_cons);
	EXPECT_EQ(3, read(self->client, text, sizeof(text)));
	console_event(self->c);
	EXPECT_NE(0, access("/run/xenpv/32751.console", F_OK));
}

/* A client that leaves changes nothing for the others. */
TEST_F(console, client_leaves)
{
	char text[32] = "";

	shutdown(self->client, SHUT_RDWR);
	turn(self->loop);
	print(self->page, "on");
	console_event(self->c);
	EXPECT_EQ(2, read(self->pty, text, sizeof(text)));
}

/* A helper that cannot begin does not keep who shows its console waiting. */
TEST(no_console)
{
	struct domain_config cfg = { .name = "selftest" };
	struct helper_options opt = { .cfg = &cfg, .ready_fd = -1 };
	struct pollfd pfd = { .events = POLLIN };
	struct rlimit none;
	int pair[2];
	char c;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	pfd.fd = pair[0];
	opt.client = pair[1];
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &none));
	none.rlim_cur = pair[1] + 1;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(CREATE_FAILED, helper_run(&opt));
	EXPECT_EQ(1, poll(&pfd, 1, 0));
	EXPECT_EQ(0, read(pair[0], &c, 1));
	unlink("/var/log/xenpv/xenpv-selftest.log");
}

TEST_HARNESS_MAIN
