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
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/kvm_xenpv.h>

#include "../config.h"
#include "../console.h"
#include "../device/channel.h"
#include "../control.h"
#include "../paths.h"
#include "../device/device.h"
#include "../util.h"
#include "../xenstore/boot.h"
#include "../xenstore/local.h"
#include "../xenstore/proto.h"
#include "../xenstore/ring.h"
#include "../xenstore/socket.h"
#include "balloon.h"
#include "domain.h"
#include "helper.h"
#include "log.h"
#include "loop.h"
#include "rundir.h"
#include "vcpus.h"
#include "xen.h"

struct helper {
	const struct helper_options *opt;
	const struct domain_config *cfg;
	struct loop *loop;
	struct console *console;
	int signal_fd;
	int again_fd;			/* wakes the loop for xenstore */
	bool destroy;			/* somebody asked for it */
	bool over;			/* the domain has ended */

	/* One domain after the other. */
	struct domain *d;
	struct xs_server *xs;
	struct xs_ring *ring;
	struct xs_socket *xs_socket;
	struct device_bus *bus;
	struct control_server *control;
	struct loop_source *sources[8];
	unsigned int nr_sources;
};

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

static void run_xenstore(struct helper *h)
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
	run_xenstore(h);
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
			run_xenstore(h);
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

/* Verbs of the control socket. */

static const char *ask(struct helper *h, const char *what)
{
	if (h->over)
		return "it has ended already";
	if (xs_ask_shutdown(h->xs, h->d->domid, what))
		return "xenstore failed";
	return NULL;
}

static const char *verb_shutdown(struct helper *h, FILE *out)
{
	return ask(h, "poweroff");
}

static const char *verb_reboot(struct helper *h, FILE *out)
{
	return ask(h, "reboot");
}

static const char *verb_destroy(struct helper *h, FILE *out)
{
	log_line("destroyed on request");
	h->destroy = true;
	loop_stop(h->loop);
	return NULL;
}

static const char *set_paused(struct helper *h, bool paused)
{
	if (h->over)
		return "it has ended already";
	domain_pause(h->d, paused);
	return NULL;
}

static const char *verb_pause(struct helper *h, FILE *out)
{
	return set_paused(h, true);
}

static const char *verb_unpause(struct helper *h, FILE *out)
{
	return set_paused(h, false);
}

static const char *verb_console(struct helper *h, const char *arg, FILE *out)
{
	unsigned long number = strtoul(arg, NULL, 10);
	const char *tty;

	tty = number ? channel_tty(h->bus, number) : console_tty(h->console);
	if (!tty)
		return "it has no console of that number (channel)";
	fprintf(out, "%s\n", tty);
	return NULL;
}

static const char *verb_log(struct helper *h, FILE *out)
{
	log_dump(out);
	return NULL;
}

static const char *verb_stats(struct helper *h, FILE *out)
{
	unsigned int i;

	for (i = 0; i < h->d->nr_vcpus; i++)
		vcpu_print_stats(&h->d->vcpus[i], out);
	return NULL;
}

/* Registers of all vCPUs, to the log. */
static const char *verb_registers(struct helper *h, FILE *out)
{
	unsigned int i;

	for (i = 0; i < h->d->nr_vcpus; i++) {
		h->d->vcpus[i].dump = true;
		vcpu_kick(&h->d->vcpus[i]);
	}
	return NULL;
}

static const char *verb_mem_set(struct helper *h, const char *arg, FILE *out)
{
	return balloon_set_target(h->d, h->xs, arg);
}

static const char *verb_mem_max(struct helper *h, const char *arg, FILE *out)
{
	return balloon_set_max(h->d, h->xs, arg);
}

static const char *verb_sysrq(struct helper *h, const char *arg, FILE *out)
{
	return xs_ask_sysrq(h->xs, h->d->domid, arg[0]) ? "xenstore failed" :
							  NULL;
}

/* Verbs with an argument; what RUNNING says is for a domain that runs. */
static const struct {
	const char *name;
	const char *(*handle)(struct helper *h, const char *arg, FILE *out);
	bool running;
} arg_verbs[] = {
	{ "console", verb_console, false },
	{ "mem-set", verb_mem_set, true },
	{ "mem-max", verb_mem_max, true },
	{ "sysrq", verb_sysrq, true },
};

static const struct {
	const char *name;
	const char *(*handle)(struct helper *h, FILE *out);
} verbs[] = {
	{ "shutdown", verb_shutdown },
	{ "reboot", verb_reboot },
	{ "destroy", verb_destroy },
	{ "pause", verb_pause },
	{ "unpause", verb_unpause },
	{ "log", verb_log },
	{ "registers", verb_registers },
	{ "stats", verb_stats },
};

static const char *handle_verb(void *opaque, const char *verb, const char *arg,
			       FILE *out)
{
	struct helper *h = opaque;
	const char *reason;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verbs[i].name, verb))
			return verbs[i].handle(h, out);
	for (i = 0; i < ARRAY_SIZE(arg_verbs); i++) {
		if (strcmp(arg_verbs[i].name, verb))
			continue;
		return h->over && arg_verbs[i].running ?
		       "it has ended already" :
		       arg_verbs[i].handle(h, arg, out);
	}
	if (vcpus_verb(h->d, h->xs, verb, arg, out, &reason)) {
		run_xenstore(h);
		return reason;
	}
	if (bus_verb(h->bus, verb, arg, out, &reason))
		return reason;
	return "no such verb";
}

static const struct control_ops control_ops = { .handle = handle_verb };

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
	h->control = control_listen(d->domid, &control_ops, h);
	if (!h->control || listen_xenstore(h))
		return -1;
	console_connect(h->console, d->domid, console, &console_ops, h);
	h->bus = bus_new(d->domid, &d->mem, d->lay.grants, NR_GRANT_FRAMES,
			 h->xs, &module_ports, &d->fd);
	if (!h->bus)
		return -1;
	h->bus->loop = h->loop;
	return bus_create(h->bus, h->cfg);
}

static int begin_domain(struct helper *h, bool paused)
{
	h->destroy = false;
	h->over = false;
	h->d = domain_create(h->cfg);
	if (!h->d)
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
	    bus_settle(h->bus) || h->destroy ||
	    domain_start(h->d, paused)) {
		end_domain(h);
		return -1;
	}
	return 0;
}

static enum domain_action action_after(const struct helper *h, int code)
{
	switch (code) {
	case SHUTDOWN_poweroff:
		return h->cfg->on_poweroff;
	case SHUTDOWN_reboot:
		return h->cfg->on_reboot;
	case SHUTDOWN_watchdog:
		return h->cfg->on_watchdog;
	default:
		return h->cfg->on_crash;
	}
}

/* The old domain stays as NAME-1 or the next number that is free. */
static int rename_domain(struct helper *h)
{
	struct kvm_xenpv_name req;
	unsigned int i;

	for (i = 1; i < 1000; i++) {
		memset(&req, 0, sizeof(req));
		if (snprintf(req.name, sizeof(req.name), "%s-%u", h->cfg->name,
			     i) >= (int)sizeof(req.name))
			break;
		if (!ioctl(h->d->fd, KVM_XENPV_SET_NAME, &req)) {
			log_line("domain %u is now %s", h->d->domid, req.name);
			return 0;
		}
		if (errno != EEXIST)
			break;
	}
	log_line("domain %u cannot be renamed", h->d->domid);
	return -1;
}

static void spawn_anew(struct helper *h)
{
	pid_t pid = fork();

	if (!pid) {
		sigset_t none;

		/* Its parent shall not be us: nobody here waits for it. */
		if (fork())
			_exit(0);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		signal(SIGCHLD, SIG_DFL);
		if (!h->opt->cwd || !chdir(h->opt->cwd))
			execv("/proc/self/exe", h->opt->restart);
		log_line("cannot start the domain anew: %s", strerror(errno));
		_exit(127);
	}
	if (pid < 0)
		log_line("cannot start the domain anew: %s", strerror(errno));
	else
		waitpid(pid, NULL, 0);
}

/* Stay, with nothing running, until somebody destroys the domain. */
static void preserve(struct helper *h)
{
	log_line("domain %u is preserved", h->d->domid);
	while (!h->destroy)
		loop_run(h->loop);
}

/* What follows the end of the domain.  True: start it again. */
static bool follow_up(struct helper *h)
{
	static const char *const names[] = {
		"power-off", "reboot", "suspend", "crash", "watchdog",
	};
	int code = h->d->end_code;
	bool crashed;

	domain_stop(h->d);
	end_devices(h);
	if (h->opt->stats) {
		char *text = NULL;
		size_t len;
		FILE *out = open_memstream(&text, &len);

		if (out) {
			verb_stats(h, out);
			fclose(out);
			log_text("stats: ", text, len);
			free(text);
		}
	}
	if (h->destroy || code < 0)
		return false;

	/* Whatever the guest wrote last shall be seen. */
	console_event(h->console);
	crashed = code == SHUTDOWN_crash || code == SHUTDOWN_watchdog;
	log_line("domain %u ended: %s", h->d->domid,
		 code < (int)ARRAY_SIZE(names) ? names[code] : "unknown reason");
	domain_set_state(h->d, crashed ? KVM_XENPV_STATE_CRASHED :
					 KVM_XENPV_STATE_SHUTDOWN, code);

	switch (action_after(h, code)) {
	case ACTION_COREDUMP_RESTART:
		log_line("there are no core dumps yet: the domain is restarted");
		/* fall through */
	case ACTION_RESTART:
		/* One that crashes at once must not take a processor. */
		if (crashed)
			sleep(1);
		return true;
	case ACTION_RENAME_RESTART:
		if (!rename_domain(h))
			spawn_anew(h);
		/* fall through */
	case ACTION_PRESERVE:
		preserve(h);
		return false;
	case ACTION_COREDUMP_DESTROY:
		log_line("there are no core dumps yet: the domain is destroyed");
		return false;
	case ACTION_DESTROY:
		return false;
	}
	return false;
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
static void tell_ready(const struct helper *h)
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
	if (write(h->opt->ready_fd, "1", 1) != 1)
		log_line("nobody waits for the domain's start");
	close(h->opt->ready_fd);
}

int helper_run(const struct helper_options *opt)
{
	struct helper h = {
		.opt = opt,
		.cfg = opt->cfg,
	};
	int status = EXIT_FAILURE;
	bool again;

	log_open(opt->cfg->name, opt->foreground);
	if (begin(&h) || begin_domain(&h, opt->paused))
		goto out;
	/* By now there is a module to ask what is left over. */
	rundir_clean();
	tell_ready(&h);

	do {
		loop_run(h.loop);
		again = follow_up(&h);
		end_domain(&h);
	} while (again && !begin_domain(&h, false));
	status = again ? EXIT_FAILURE : EXIT_SUCCESS;

out:
	/* Who shows the console waits for its end. */
	if (!h.console && opt->client >= 0)
		close(opt->client);
	console_free(h.console);
	loop_free(h.loop);
	if (h.signal_fd >= 0)
		close(h.signal_fd);
	if (h.again_fd >= 0)
		close(h.again_fd);
	return status;
}
