// SPDX-License-Identifier: GPL-2.0
/* The process behind a domain: runs it, and what follows its end. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/kvm_xenpv.h>

#include "../console.h"
#include "../paths.h"
#include "../device/device.h"
#include "../migrate/restore.h"
#include "../migrate/session.h"
#include "../util.h"
#include "../xenstore/boot.h"
#include "../xenstore/local.h"
#include "../xenstore/proto.h"
#include "../xenstore/ring.h"
#include "../xenstore/socket.h"
#include "coredump.h"
#include "domain.h"
#include "ending.h"
#include "helper.h"
#include "helper_state.h"
#include "log.h"
#include "loop.h"
#include "rundir.h"
#include "xen.h"

/* How long a guest is watched before it counts as started. */
#define START_NS	200000000

static void notify(struct helper *h, uint32_t port)
{
	/* A port that the guest has closed is no news here. */
	ioctl(h->d->event_fd, KVM_XENPV_NOTIFY_PORT, (unsigned long)port);
}

static void notify_console(void *opaque)
{
	struct helper *h = opaque;

	notify(h, h->d->console_port);
}

static void notify_store(void *opaque)
{
	struct helper *h = opaque;

	notify(h, h->d->store_port);
}

static const struct console_ops console_ops = { .notify = notify_console };
static const struct xs_ring_ops ring_ops = { .notify = notify_store };

static void wake_xenstore(void *opaque)
{
	struct helper *h = opaque;
	uint64_t one = 1;

	if (write(h->again_fd, &one, sizeof(one)) != sizeof(one))
		log_line("xenstore: cannot wake its loop");
}

void helper_run_xenstore(struct helper *h)
{
	/* More to do: let the others have their turn first. */
	if (xs_ring_run(h->ring))
		wake_xenstore(h);
}

static void on_again(void *opaque, uint32_t events)
{
	struct helper *h = opaque;
	uint64_t n;

	if (read(h->again_fd, &n, sizeof(n)) != sizeof(n) || !h->ring)
		return;
	xs_server_deliver(h->xs);
	helper_run_xenstore(h);
	xs_socket_flush(h->xs_socket);
}

static void on_event(void *opaque, uint32_t events)
{
	struct helper *h = opaque;
	uint32_t ports[16];
	ssize_t n, i;

	n = read(h->d->event_fd, ports, sizeof(ports));
	for (i = 0; i < n / (ssize_t)sizeof(ports[0]); i++) {
		if (ports[i] == h->d->store_port)
			helper_run_xenstore(h);
		else if (ports[i] == h->d->console_port)
			console_event(h->console);
	}
}

static void on_end(void *opaque, uint32_t events)
{
	struct helper *h = opaque;
	uint64_t n;

	if (read(h->d->end_fd, &n, sizeof(n)) != sizeof(n))
		return;
	h->over = true;
	loop_stop(h->loop);
}

static void on_watchdog(void *opaque, uint32_t events)
{
	struct helper *h = opaque;
	unsigned int i;
	uint64_t n;

	for (i = 0; i < NR_WATCHDOGS; i++) {
		if (read(h->d->watchdog.fds[i], &n, sizeof(n)) != sizeof(n))
			continue;
		/* Suspended it cannot set it anew, and a copy may run. */
		if (domain_is_halted(h->d))
			continue;
		log_line("watchdog timer %u fired", i + 1);
		domain_end(h->d, SHUTDOWN_watchdog);
	}
}

static void on_signal(void *opaque, uint32_t events)
{
	struct helper *h = opaque;
	struct signalfd_siginfo info;

	if (read(h->signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	log_line("signal %u: destroying the domain", info.ssi_signo);
	h->destroy = true;
	loop_stop(h->loop);
}

static void on_control(void *opaque, uint32_t events)
{
	struct helper *h = opaque;

	control_serve(h->control);
}

/* A domain begins and ends. */

static int watch_fd(struct helper *h, int fd, loop_fn fn)
{
	struct loop_source *s = loop_add(h->loop, fd, EPOLLIN, fn, h);

	if (!s) {
		err_sys("cannot wait for events");
		return -1;
	}
	h->sources[h->nr_sources++] = s;
	return 0;
}

/* Their data threads use guest memory and images: both are free after this. */
static void end_devices(struct helper *h)
{
	struct device_bus *bus = h->bus;

	/* It may run the loop, where nobody shall find it. */
	h->bus = NULL;
	bus_free(bus);
}

static void end_domain(struct helper *h)
{
	coredump_finish(&h->dump, true);
	end_devices(h);
	while (h->nr_sources)
		loop_remove(h->sources[--h->nr_sources]);
	console_disconnect(h->console);
	control_close(h->control);
	h->control = NULL;
	xs_ring_free(h->ring);
	h->ring = NULL;
	xs_socket_free(h->xs_socket);
	h->xs_socket = NULL;
	xs_server_free(h->xs);
	h->xs = NULL;
	domain_destroy(h->d);
	h->d = NULL;
	/* Whoever had it saved waits for this. */
	helper_end_session(h);
}

static void *ring_page(struct helper *h, uint64_t mfn)
{
	void *p = guest_ptr(&h->d->mem, mfn << PAGE_SHIFT, PAGE_SIZE);

	if (!p)
		err("the builder put a ring outside guest memory");
	return p;
}

static int listen_xenstore(struct helper *h)
{
	char *path = run_path(h->d->domid, "xs");

	h->xs_socket = xs_socket_listen(h->xs, h->loop, path);
	free(path);
	return h->xs_socket ? 0 : -1;
}

static int begin_devices(struct helper *h)
{
	struct domain *d = h->d;
	const struct xs_boot boot = {
		.domid = d->domid,
		.cfg = h->cfg,
		.console_mfn = d->built.console_mfn,
		.console_port = d->console_port,
		.tty = console_tty(h->console),
		.store_mfn = d->built.store_mfn,
		.store_port = d->store_port,
	};
	void *console = ring_page(h, d->built.console_mfn);
	void *store = ring_page(h, d->built.store_mfn);

	if (!console || !store)
		return -1;
	h->xs = xs_server_new();
	xs_boot_nodes(h->xs, &boot);
	xs_server_on_wake(h->xs, wake_xenstore, h);
	h->ring = xs_ring_new(h->xs, d->domid, store, &ring_ops, h);
	h->control = control_listen(d->domid, &helper_verbs, h);
	if (!h->control || listen_xenstore(h))
		return -1;
	console_connect(h->console, d->domid, console, &console_ops, h);
	h->bus = bus_new(d->domid, &d->mem, d->lay.grants, NR_GRANT_FRAMES,
			 h->xs, &module_ports, &d->fd);
	if (!h->bus)
		return -1;
	h->bus->loop = h->loop;
	h->bus->is_32bit = d->is_32bit;
	return bus_create(h->bus, h->cfg);
}

/*
 * Its devices' scripts have ended, and nobody has destroyed it meanwhile. Signals
 * wait while memory is read: a checkpoint goes on with its disks as they were, so
 * not one instruction shall be run in vain.
 */
static int settle(struct helper *h)
{
	if (bus_settle(h->bus))
		return -1;
	on_signal(h, 0);
	if (!h->destroy)
		return 0;
	err("domain %u (%s) was destroyed before it ran", h->d->domid,
	    h->cfg->name);
	return -1;
}

/* A domain from another host begins when that host has let go of it. */
static int wait_for_go(struct helper *h)
{
	struct kvm_xenpv_name req = { 0 };
	char c;

	if (write(h->opt->go_fd, "b", 1) != 1 ||
	    read(h->opt->go_fd, &c, 1) != 1) {
		log_line("the sender did not let go of the domain");
		return -1;
	}
	strcpy(req.name, h->cfg->name);
	if (ioctl(h->d->fd, KVM_XENPV_SET_NAME, &req)) {
		err_sys("the domain cannot have its name, '%s'", req.name);
		return -1;
	}
	return 0;
}

static struct domain *create_domain(struct helper *h)
{
	char incoming[KVM_XENPV_NAME_LEN];
	bool comes = h->restore && h->opt->go_fd >= 0;
	struct domain *d;

	snprintf(incoming, sizeof(incoming), "%.50s--incoming", h->cfg->name);
	d = domain_create(h->cfg, comes ? incoming : h->cfg->name, h->restore);
	h->name_taken = !d && errno == EEXIST;
	h->restored = h->restore;
	/* The file is somebody's to remove, and to have its room back. */
	if (h->restore)
		restore_close(h->restore);
	h->restore = NULL;
	h->d = d;
	if (d && comes && wait_for_go(h)) {
		domain_destroy(d);
		h->d = NULL;
	}
	if (comes)
		close(h->opt->go_fd);
	return h->d;
}

static int begin_domain(struct helper *h, bool paused)
{
	h->destroy = false;
	h->over = false;
	h->no_kernel = false;
	if (!create_domain(h))
		return -1;
	log_line("domain %u (%s): %s, %u vCPUs, %llu MiB", h->d->domid,
		 h->cfg->name, h->d->built.guest_os, h->d->nr_vcpus,
		 (unsigned long long)h->cfg->memory_mb);
	if (begin_devices(h) ||
	    watch_fd(h, h->d->event_fd, on_event) ||
	    watch_fd(h, h->d->end_fd, on_end) ||
	    watch_fd(h, h->d->watchdog.fds[0], on_watchdog) ||
	    watch_fd(h, h->d->watchdog.fds[1], on_watchdog) ||
	    watch_fd(h, control_fd(h->control), on_control) ||
	    settle(h) ||
	    domain_start(h->d, paused)) {
		end_domain(h);
		return -1;
	}
	return 0;
}

/* What the domain is started with the next time. */
static struct domain_config *next_config(struct helper *h)
{
	return h->next.name ? &h->next : h->cfg;
}

/* Stay, with nothing running, until somebody destroys the domain. */
static void preserve(struct helper *h)
{
	log_line("domain %u is preserved", h->d->domid);
	while (!h->destroy)
		loop_run(h->loop);
}

static void rename_restart(struct helper *h)
{
	char to[KVM_XENPV_NAME_LEN];

	if (ending_rename(h->d, h->cfg->name, to))
		return;
	ending_spawn(h->loop, h->opt, next_config(h), h->cfg->name);
	helper_set_name(h->cfg, to);
	helper_tell_name(h, to);
}

static void log_stats(struct helper *h)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return;
	helper_print_stats(h, out);
	fclose(out);
	log_text("stats: ", text, len);
	free(text);
}

static void on_timer(void *opaque, uint32_t events)
{
	struct helper *h = opaque;

	loop_stop(h->loop);
}

/* Serve all who ask, for so long or until something ends the loop. */
static void serve_for(struct helper *h, const struct timespec *time)
{
	const struct itimerspec t = { .it_value = *time };
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	struct loop_source *s;

	if (timer < 0)
		return;
	s = loop_add(h->loop, timer, EPOLLIN, on_timer, h);
	timerfd_settime(timer, 0, &t, NULL);
	if (s)
		loop_run(h->loop);
	loop_remove(s);
	close(timer);
}

/* What follows the end of the domain.  True: start it again. */
static bool follow_up(struct helper *h)
{
	int code = h->d->end_code;
	enum domain_action action;

	domain_stop(h->d);
	coredump_finish(&h->dump, true);
	if (session_drop(h->session))
		helper_end_session(h);
	end_devices(h);
	if (h->opt->stats)
		log_stats(h);
	if (h->destroy || code < 0)
		return false;

	/* Whatever the guest wrote last shall be seen. */
	console_event(h->console);
	ending_say(h->d, code);
	h->no_kernel = h->cfg->grub_config && !h->restored &&
		       ending_no_kernel(h->d);
	action = ending_action(h->d, h->cfg, code);
	/* One that crashes at once must not take a processor. */
	if (ending_is_crash(code) && (action == ACTION_RESTART ||
				      action == ACTION_RENAME_RESTART))
		serve_for(h, &(struct timespec){ .tv_sec = 1 });
	if (h->destroy)
		return false;
	switch (action) {
	case ACTION_RESTART:
		return true;
	case ACTION_RENAME_RESTART:
		rename_restart(h);
		/* fall through */
	case ACTION_PRESERVE:
		preserve(h);
		return false;
	default:
		return false;
	}
}

static int begin(struct helper *h)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (h->opt->foreground)
		sigaddset(&set, SIGHUP);
	else
		signal(SIGHUP, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* With ulimit -f what is too long fails, and that is all. */
	signal(SIGXFSZ, SIG_IGN);
	/* The status of scripts is asked for. */
	signal(SIGCHLD, SIG_DFL);
	vcpu_init_signals();

	h->again_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	h->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	h->loop = loop_new();
	if (!h->loop)
		return -1;
	if (h->again_fd < 0 || h->signal_fd < 0 ||
	    !loop_add(h->loop, h->again_fd, EPOLLIN, on_again, h) ||
	    !loop_add(h->loop, h->signal_fd, EPOLLIN, on_signal, h)) {
		err_sys("cannot start an event loop");
		return -1;
	}
	h->console = console_new(h->loop, h->cfg->name, 0, h->opt->client);
	return h->console ? 0 : -1;
}

/* The caller has waited for this. */
static void tell_ready(struct helper *h)
{
	int null;

	if (h->opt->ready_fd < 0)
		return;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	close(null);
	log_take_stderr();
	if (write(h->opt->ready_fd, "1", 1) != 1) {
		/* One from another host has run: there it must not go on. */
		if (h->opt->go_fd < 0)
			h->destroy = true;
		log_line("who created it is gone%s",
			 h->destroy ? ": destroying the domain" : "");
	}
	close(h->opt->ready_fd);
}

/* Lines of the guest's, with nothing a terminal could take as a command. */
static void show_tail(const struct helper *h)
{
	size_t len, start, end;
	const char *tail = console_tail(h->console, &len);

	for (start = 0; start < len; start = end + 1) {
		char line[128];
		size_t n = 0, i;

		for (end = start; end < len && tail[end] != '\n'; end++)
			;
		for (i = start; i < end && n < sizeof(line) - 1; i++)
			if (tail[i] != '\r')
				line[n++] = tail[i] < ' ' || tail[i] > '~' ?
					    '?' : tail[i];
		line[n] = '\0';
		if (n)
			err("console: %s", line);
	}
}

/*
 * A kernel that cannot run here crashes at once: who creates the domain shall
 * hear of it.  False: it did, and nothing keeps it or starts it anew.  A domain
 * that comes from another host has run once it has begun, and its sender must
 * know.
 */
static bool outlives_start(struct helper *h)
{
	enum domain_action action;
	int code;

	if (h->opt->ready_fd < 0 || h->opt->paused || h->opt->client >= 0 ||
	    h->opt->go_fd >= 0)
		return true;
	serve_for(h, &(struct timespec){ .tv_nsec = START_NS });
	code = h->d->end_code;
	if (!h->over || !ending_is_crash(code))
		return true;
	action = ending_configured(h->cfg, code);
	if (action != ACTION_DESTROY && action != ACTION_COREDUMP_DESTROY)
		return true;
	console_event(h->console);
	err("domain %u (%s) crashed at its start (xenpv-%s.log in %s says more)",
	    h->d->domid, h->cfg->name, h->cfg->name, log_dir());
	show_tail(h);
	return false;
}

/* Nothing uses the old configuration any more. */
static void take_next(struct helper *h)
{
	if (!h->next.name)
		return;
	config_free(h->cfg);
	*h->cfg = h->next;
	memset(&h->next, 0, sizeof(h->next));
}

int helper_run(const struct helper_options *opt)
{
	struct helper h = {
		.opt = opt,
		.cfg = opt->cfg,
		.restore = opt->restore,
	};
	int status = CREATE_FAILED;
	bool again;

	log_open(opt->cfg->name, opt->foreground);
	if (begin(&h))
		goto out;
	if (begin_domain(&h, opt->paused)) {
		if (h.name_taken)
			status = CREATE_INVALID;
		goto out;
	}
	/* By now there is a module to ask what is left over. */
	rundir_clean();
	if (!outlives_start(&h)) {
		follow_up(&h);
		end_domain(&h);
		goto out;
	}
	tell_ready(&h);

	do {
		if (!h.over && !h.destroy)
			loop_run(h.loop);
		again = follow_up(&h);
		end_domain(&h);
		take_next(&h);
	} while (again && !begin_domain(&h, false));
	status = again || h.no_kernel ? EXIT_FAILURE : EXIT_SUCCESS;

out:
	/* Who shows the console waits for its end. */
	if (!h.console && opt->client >= 0)
		close(opt->client);
	console_free(h.console);
	config_free(&h.next);
	loop_free(h.loop);
	if (h.signal_fd >= 0)
		close(h.signal_fd);
	if (h.again_fd >= 0)
		close(h.again_fd);
	return status;
}
