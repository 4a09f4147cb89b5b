// SPDX-License-Identifier: GPL-2.0
/* A domain is being saved, or sent to another host: the helper's part. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <linux/kvm_xenpv.h>
#include <linux/sockios.h>

#include "../config.h"
#include "../console.h"
#include "../device/device.h"
#include "../util.h"
#include "../vmm/domain.h"
#include "../vmm/log.h"
#include "../vmm/loop.h"
#include "../xenstore/boot.h"
#include "../xenstore/local.h"
#include "cpu.h"
#include "session.h"
#include "snapshot.h"
#include "stream.h"

/* As libxl: for the guest to suspend itself. */
#define SUSPEND_SECONDS	60
#define AWAY		"--migratedaway"
/* Bytes of a client's socket, as the kernel counts, that progress may take. */
#define UNREAD_MAX	16384

enum state {
	ASKED,		/* the guest, to suspend */
	WRITING,	/* a thread does */
	SAVED,		/* the client says what next */
	RELEASED,
	GIVEN,		/* the copy may run already */
	LOST,		/* and the client is gone */
	COMMITTED,
	DROPPED,	/* the domain has ended otherwise */
};

struct session {
	struct session_env env;
	enum state state;
	int conn, fd;
	char *name;
	int timer_fd, done_fd, stop_fd;
	struct loop_source *sources[4];
	unsigned int nr_sources;

	pthread_t thread;
	bool joined;
	int failed;			/* the thread's result... */
	char why[512];			/* ...and reason */
	uint64_t written, total;

	char line[64];			/* of the client's, so far */
	size_t len;
};

static void tell(int conn, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* A client that does not listen misses it. */
static void tell(int conn, const char *fmt, ...)
{
	char text[600];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text) - 1, fmt, ap);
	va_end(ap);
	if (len > (int)sizeof(text) - 2)
		len = sizeof(text) - 2;
	text[len++] = '\n';
	if (send(conn, text, len, MSG_NOSIGNAL | MSG_DONTWAIT) != len)
		log_line("save: the client does not listen");
}

void session_refuse(int conn, int fd, const char *reason)
{
	tell(conn, "error %s", reason);
	close(conn);
	if (fd >= 0)
		close(fd);
}

static void over(struct session *s)
{
	s->env.over(s->env.opaque);
}

static void unwatch(struct session *s)
{
	while (s->nr_sources)
		loop_remove(s->sources[--s->nr_sources]);
}

static void say_failed(struct session *s, const char *reason)
{
	log_line("save: %s", reason);
	tell(s->conn, "error %s", reason);
	over(s);
}

/* The thread that writes. */

static void on_progress(void *opaque, uint64_t done)
{
	struct session *s = opaque;
	int queued;

	/* One that is stopped shall find the result, too, when it goes on. */
	if (ioctl(s->conn, SIOCOUTQ, &queued) || queued > UNREAD_MAX)
		return;
	tell(s->conn, "progress %" PRIu64 " %" PRIu64, done, s->total);
}

static int save_cpus(const struct domain *d, struct snapshot *snap)
{
	unsigned int i;

	for (i = 0; i < snap->nr_vcpus; i++)
		if (snap->vcpus[i].present && cpu_save(d, i, &snap->vcpus[i]))
			return -1;
	return 0;
}

static int write_stream(struct session *s)
{
	struct domain *d = s->env.d;
	const struct special_layout *l = &d->lay;
	struct snapshot snap = {
		.mem = &d->mem,
		.m2p = guest_ptr(&d->mem, l->m2p, l->m2p_entries * 8),
		.frames = guest_ptr(&d->mem, l->frame_table,
				    l->m2p_entries * 2),
		.m2p_entries = l->m2p_entries,
		.shared_info = guest_ptr(&d->mem, l->shared_info, PAGE_SIZE),
		.contexts = guest_ptr(&d->mem, l->contexts, d->nr_vcpus *
				      CONTEXT_PAGES * PAGE_SIZE),
		.nr_vcpus = d->nr_vcpus,
		.m2p32_mfn = l->m2p32 >> PAGE_SHIFT,
		.is_32bit = d->is_32bit,
		.limit = d->mem.max_pages,
		.cpuid = d->cpuid,
	};
	struct stream to;
	int ret;

	stream_init(&to, s->fd, s->name);
	to.stop_fd = s->stop_fd;
	to.progress = on_progress;
	to.opaque = s;
	cpu_save_tsc(d, &snap.tsc);
	ret = snapshot_take(&snap);
	if (!ret)
		ret = save_cpus(d, &snap);
	s->total = snap.nr_present * PAGE_SIZE;
	if (!ret)
		ret = snapshot_write(&snap, &to);
	/* Memory goes on with disks that have all it has written. */
	if (!ret)
		ret = bus_sync(s->env.bus);
	s->written = to.offset;
	snapshot_free(&snap);
	return ret;
}

static void *writer(void *opaque)
{
	struct session *s = opaque;
	int flags = fcntl(s->fd, F_GETFL);
	uint64_t one = 1;

	pthread_setname_np(pthread_self(), "save");
	err_divert(s->why, sizeof(s->why));
	/* A receiver that stalls must not keep us from giving up. */
	fcntl(s->fd, F_SETFL, flags | O_NONBLOCK);
	s->failed = write_stream(s);
	fcntl(s->fd, F_SETFL, flags);
	if (write(s->done_fd, &one, sizeof(one)) != sizeof(one))
		abort();
	return NULL;
}

static void join(struct session *s)
{
	uint64_t one = 1;

	if (s->joined)
		return;
	if (write(s->stop_fd, &one, sizeof(one)) != sizeof(one))
		abort();
	pthread_join(s->thread, NULL);
	s->joined = true;
}

static void on_done(void *opaque, uint32_t events)
{
	struct session *s = opaque;

	join(s);
	/* No more: the descriptor stays readable. */
	loop_set_events(s->sources[2], 0);
	if (s->failed) {
		say_failed(s, *s->why ? s->why : "it cannot be saved");
		return;
	}
	s->state = SAVED;
	close(s->fd);
	s->fd = -1;
	log_line("save: %" PRIu64 " MiB written to %s", s->written >> 20,
		 s->name);
	tell(s->conn, "saved %" PRIu64, s->written);
}

static int start_writer(struct session *s)
{
	sigset_t all, old;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	ret = pthread_create(&s->thread, NULL, writer, s);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	s->joined = ret != 0;
	return ret;
}

/* The guest has suspended itself. */
static void on_suspended(void *opaque, uint32_t events)
{
	struct session *s = opaque;
	uint64_t n;

	if (read(s->env.d->suspend_fd, &n, sizeof(n)) != sizeof(n) ||
	    s->state != ASKED)
		return;
	domain_halt(s->env.d);
	/* What devices still do to its memory shall be in the stream. */
	console_hold(s->env.console);
	bus_pause(s->env.bus);
	s->state = WRITING;
	domain_set_state(s->env.d, KVM_XENPV_STATE_SHUTDOWN, SHUTDOWN_suspend);
	log_line("save: the guest is suspended");
	if (start_writer(s))
		say_failed(s, "no thread can be started");
}

static void on_timer(void *opaque, uint32_t events)
{
	struct session *s = opaque;
	uint64_t n;

	if (read(s->timer_fd, &n, sizeof(n)) == sizeof(n) && s->state == ASKED)
		say_failed(s, "the guest does not answer the request to suspend");
}

/* What the client says. */

static int rename_to(struct domain *d, const char *suffix)
{
	struct kvm_xenpv_name req = { 0 };

	if (snprintf(req.name, sizeof(req.name), "%s%s", d->cfg->name,
		     suffix) >= (int)sizeof(req.name))
		return 0;	/* whoever sees both will manage */
	return ioctl(d->fd, KVM_XENPV_SET_NAME, &req);
}

static const char *release(struct session *s)
{
	if (s->state != SAVED)
		return "it is not saved";
	if (rename_to(s->env.d, AWAY))
		return "it cannot be renamed";
	bus_release(s->env.bus);
	s->state = RELEASED;
	return NULL;
}

static const char *give(struct session *s)
{
	if (s->state != RELEASED)
		return "it is not released";
	s->state = GIVEN;
	return NULL;
}

static const char *resume(struct session *s, bool paused)
{
	if (s->state < SAVED)
		return "it is not saved";
	if (paused)
		domain_pause(s->env.d, true);
	return NULL;
}

static const char *serve(struct session *s)
{
	if (!strcmp(s->line, "release"))
		return release(s);
	if (!strcmp(s->line, "given"))
		return give(s);
	if (!strcmp(s->line, "resume"))
		return resume(s, false);
	if (!strcmp(s->line, "resume paused"))
		return resume(s, true);
	return "no such request";
}

static void serve_line(struct session *s)
{
	const char *reason;

	if (!strcmp(s->line, "commit") && s->state >= SAVED) {
		s->state = COMMITTED;
		/* The connection ends with the domain. */
		unwatch(s);
		domain_end(s->env.d, SHUTDOWN_suspend);
		return;
	}
	reason = serve(s);
	if (reason)
		tell(s->conn, "error %s", reason);
	if (!reason && !strncmp(s->line, "resume", 6)) {
		/* Said when it is so: session_free() does it. */
		over(s);
		return;
	}
	if (!reason)
		tell(s->conn, "ok");
}

static void on_client(void *opaque, uint32_t events)
{
	struct session *s = opaque;
	ssize_t n;
	char c;

	n = recv(s->conn, &c, 1, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 && s->state == GIVEN) {
		log_line("save: nobody is left who knows whether the copy runs: look there");
		s->state = LOST;
		unwatch(s);
		return;
	}
	if (n <= 0 || s->len == sizeof(s->line) - 1) {
		log_line("save: the client is gone, the domain goes on");
		over(s);
		return;
	}
	if (c != '\n') {
		s->line[s->len++] = c;
		return;
	}
	s->line[s->len] = 0;
	s->len = 0;
	serve_line(s);
}

static int ask(struct session *s)
{
	const struct itimerspec limit = {
		.it_value.tv_sec = SUSPEND_SECONDS,
	};

	domain_want_suspend(s->env.d, true);
	return timerfd_settime(s->timer_fd, 0, &limit, NULL) ||
	       xs_ask_shutdown(s->env.xs, s->env.d->domid, "suspend");
}

static int watch(struct session *s)
{
	const struct {
		int fd;
		loop_fn fn;
	} fds[] = {
		{ s->timer_fd, on_timer },
		{ s->env.d->suspend_fd, on_suspended },
		{ s->done_fd, on_done },
		{ s->conn, on_client },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		s->sources[i] = loop_add(s->env.loop, fds[i].fd, EPOLLIN,
					 fds[i].fn, s);
		if (!s->sources[i])
			return -1;
		s->nr_sources++;
	}
	return 0;
}

struct session *session_new(const struct session_env *env, int conn, int fd,
			    const char *name)
{
	struct session *s = xcalloc(1, sizeof(*s));

	s->env = *env;
	s->conn = conn;
	s->fd = fd;
	s->name = xstrdup(name);
	s->joined = true;
	s->timer_fd = -1;
	s->done_fd = -1;
	s->stop_fd = -1;
	s->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC |
						      TFD_NONBLOCK);
	s->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->timer_fd >= 0 && s->done_fd >= 0 && s->stop_fd >= 0 &&
	    !watch(s) && !ask(s))
		return s;
	tell(conn, "error the helper has no resources for it");
	session_free(s);
	return NULL;
}

static void withdraw(struct session *s)
{
	domain_want_suspend(s->env.d, false);
	xs_ask_shutdown(s->env.xs, s->env.d->domid, "");
}

static void go_on(struct session *s)
{
	struct domain *d = s->env.d;
	bool released = s->state > SAVED;

	console_unhold(s->env.console);
	if (bus_resume(s->env.bus))
		tell(s->conn, "error not all of its devices are back: see xenpv dmesg");
	if (released && rename_to(d, ""))
		log_line("save: domain %u cannot have its name back", d->domid);
	domain_set_state(d, d->paused ? KVM_XENPV_STATE_PAUSED :
					KVM_XENPV_STATE_RUNNING, 0);
	domain_resume(d);
	log_line("save: the domain goes on");
	tell(s->conn, "ok");
}

bool session_is_lost(const struct session *s)
{
	return s->state == LOST;
}

static void stop(struct session *s)
{
	join(s);
	unwatch(s);
}

bool session_drop(struct session *s)
{
	if (!s || s->state == COMMITTED)
		return false;
	stop(s);
	tell(s->conn, "error the domain has ended");
	s->state = DROPPED;
	return true;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void session_free(struct session *s)
{
	if (!s)
		return;
	stop(s);
	if (s->state == ASKED)
		withdraw(s);
	else if (s->state < COMMITTED)
		go_on(s);
	close_fd(s->conn);
	close_fd(s->fd);
	close_fd(s->timer_fd);
	close_fd(s->done_fd);
	close_fd(s->stop_fd);
	free(s->name);
	free(s);
}
