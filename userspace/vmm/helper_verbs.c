// SPDX-License-Identifier: GPL-2.0
/* What tools ask of the helper: the verbs of its control socket. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/kvm_xenpv.h>

#include "../config/json.h"
#include "../console.h"
#include "../device/channel.h"
#include "../device/device.h"
#include "../migrate/json.h"
#include "../migrate/session.h"
#include "../paths.h"
#include "../util.h"
#include "../xenstore/boot.h"
#include "../xenstore/local.h"
#include "balloon.h"
#include "coredump.h"
#include "current.h"
#include "domain.h"
#include "helper_state.h"
#include "log.h"
#include "loop.h"
#include "vcpus.h"

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

void helper_end_session(struct helper *h)
{
	struct session *s = h->session;

	h->session = NULL;
	session_free(s);
}

static const char *verb_unpause(struct helper *h, FILE *out)
{
	helper_end_session(h);
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

void helper_print_stats(const struct helper *h, FILE *out)
{
	unsigned int i;

	for (i = 0; i < h->d->nr_vcpus; i++)
		vcpu_print_stats(&h->d->vcpus[i], out);
}

static const char *verb_stats(struct helper *h, FILE *out)
{
	helper_print_stats(h, out);
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

/* Both by its tools' names and by its own. */
void helper_tell_name(struct helper *h, const char *name)
{
	char path[96], uuid[37];

	snprintf(path, sizeof(path), "/local/domain/%u/name", h->d->domid);
	xs_server_write(h->xs, NULL, path, "%s", name);
	xs_format_uuid(uuid, h->cfg->uuid);
	snprintf(path, sizeof(path), "/vm/%s/name", uuid);
	xs_server_write(h->xs, NULL, path, "%s", name);
}

void helper_set_name(struct domain_config *cfg, const char *name)
{
	free(cfg->name);
	cfg->name = xstrdup(name);
}

static const char *verb_rename(struct helper *h, const char *name, FILE *out)
{
	struct kvm_xenpv_name req = { 0 };

	if (strlen(name) >= sizeof(req.name))
		return "that name is too long";
	strcpy(req.name, name);
	if (ioctl(h->d->fd, KVM_XENPV_SET_NAME, &req)) {
		if (errno == EEXIST)
			return "a domain of that name exists already";
		return errno == EINVAL ? "that is no name for a domain" :
					 strerror(errno);
	}
	log_line("domain %u is now %s", h->d->domid, name);
	helper_set_name(h->cfg, name);
	if (h->next.name)
		helper_set_name(&h->next, name);
	helper_tell_name(h, name);
	return NULL;
}

/* The file's name is known: ARG is what it is relative to. */
static const char *verb_config_update(struct helper *h, const char *arg,
				      FILE *out)
{
	char *path = run_path(h->d->domid, "cfg");
	struct domain_config cfg;
	int ret;

	ret = chdir(arg) ? -1 : config_load(path, NULL, 0, &cfg);
	free(path);
	if (chdir("/"))
		log_line("cannot change to /: %s", strerror(errno));
	if (ret)
		return "it cannot read that configuration: its log says why";
	helper_set_name(&cfg, h->cfg->name);
	memcpy(cfg.uuid, h->cfg->uuid, sizeof(cfg.uuid));
	config_free(&h->next);
	h->next = cfg;
	log_line("another configuration for the next start");
	return NULL;
}

static const char *print_config(char *json, FILE *out)
{
	if (!json)
		return "it has no words for its configuration";
	fprintf(out, "%s\n", json);
	free(json);
	return NULL;
}

/* As tools show it, or ("saved") as it stands in a saved domain. */
static const char *verb_config(struct helper *h, const char *arg, FILE *out)
{
	uint64_t pages = reservation_pages(&h->d->reservation);
	struct domain_config now;
	char *json;

	/* It has ended: this is all that is left. */
	if (!h->bus)
		return print_config(json_config(h->cfg, h->d->domid), out);
	current_config(&now, h->cfg, h->bus);
	if (!strcmp(arg, "saved"))
		json = json_of_config(&now, pages * (PAGE_SIZE >> 10));
	else
		json = json_config(&now, h->d->domid);
	current_free(&now);
	return print_config(json, out);
}

/* Everything that xenpv top shows and only the helper knows. */
static const char *verb_top(struct helper *h, FILE *out)
{
	const char *reason;

	fprintf(out, "maxmem %llu\n", (unsigned long long)
		reservation_limit(&h->d->reservation, 0) << PAGE_SHIFT);
	if (h->bus) {
		bus_verb(h->bus, "vbd-stats", "", out, &reason);
		bus_verb(h->bus, "vif-stats", "", out, &reason);
	}
	return NULL;
}

static const char *verb_dump_core(struct helper *h, const char *path, FILE *out)
{
	return *path == '/' ? coredump_begin(&h->dump, h->d, path) :
			      "the path is not absolute";
}

/* "busy PERCENT" or "done"; a failure is told once. */
static const char *verb_dump_status(struct helper *h, FILE *out)
{
	static char why[300];
	const char *failed;
	unsigned int percent;

	if (!h->dump)
		return "no dump is being written";
	percent = coredump_progress(h->dump, &failed);
	if (failed)
		snprintf(why, sizeof(why), "%s", failed);
	if (percent == 100)
		coredump_finish(&h->dump, false);
	else
		fprintf(out, "busy %u\n", percent);
	if (percent == 100 && !failed)
		fputs("done\n", out);
	return failed ? why : NULL;
}

static const char *verb_log_clear(struct helper *h, FILE *out)
{
	log_dump(out);
	log_forget();
	return NULL;
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
	{ "rename", verb_rename, false },
	{ "config", verb_config, false },
	{ "config-update", verb_config_update, false },
	{ "dump-core", verb_dump_core, false },
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
	{ "log-clear", verb_log_clear },
	{ "top", verb_top },
	{ "dump-status", verb_dump_status },
	{ "registers", verb_registers },
	{ "stats", verb_stats },
};

/* What can be asked for while it is being saved. */
static bool is_harmless(const struct helper *h, const char *verb)
{
	static const char *const names[] = {
		"config", "config-update", "console", "destroy", "device-list",
		"device-there", "dump-status", "log", "log-clear", "registers",
		"stats", "top", "vcpu-list",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], verb))
			return true;
	return session_is_lost(h->session) && !strcmp(verb, "unpause");
}

static void session_over(void *opaque)
{
	helper_end_session(opaque);
}

static const char *cannot_save(const struct helper *h, int fd)
{
	if (fd < 0)
		return "no file came with the request";
	if (h->over)
		return "it has ended already";
	if (h->session)
		return "it is being saved already";
	if (h->dump)
		return "its core is being dumped";
	if (h->d->paused)
		return "it is paused: its guest cannot suspend itself";
	return NULL;
}

/* The verb that takes its time. */
static bool take_verb(void *opaque, const char *verb, const char *arg, int conn,
		      int fd)
{
	struct helper *h = opaque;
	const struct session_env env = {
		.d = h->d, .xs = h->xs, .loop = h->loop, .bus = h->bus,
		.console = h->console, .over = session_over, .opaque = h,
	};
	const char *reason;

	if (strcmp(verb, "save"))
		return false;
	reason = cannot_save(h, fd);
	if (reason)
		session_refuse(conn, fd, reason);
	else
		h->session = session_new(&env, conn, fd, arg);
	return true;
}

static const char *handle_verb(void *opaque, const char *verb, const char *arg,
			       FILE *out)
{
	struct helper *h = opaque;
	const char *reason;
	unsigned int i;

	if (h->session && !is_harmless(h, verb))
		return "it is being saved";
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
		helper_run_xenstore(h);
		return reason;
	}
	if (bus_verb(h->bus, verb, arg, out, &reason))
		return reason;
	return "no such verb";
}

const struct control_ops helper_verbs = {
	.handle = handle_verb,
	.take = take_verb,
};
