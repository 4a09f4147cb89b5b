// SPDX-License-Identifier: GPL-2.0
/* What follows the end of a domain. */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../util.h"
#include "../xenstore/boot.h"
#include "coredump.h"
#include "domain.h"
#include "ending.h"
#include "helper.h"
#include "log.h"
#include "loop.h"
#include "xen.h"

#define CONFIG_FD	3	/* of a domain that is started anew */

bool ending_is_crash(int code)
{
	return code == SHUTDOWN_crash || code == SHUTDOWN_watchdog;
}

void ending_say(struct domain *d, int code)
{
	static const char *const names[] = {
		"power-off", "reboot", "suspend", "crash", "watchdog",
		"soft reset",
	};

	log_line("domain %u ended: %s", d->domid,
		 code < (int)ARRAY_SIZE(names) ? names[code] : "unknown reason");
	domain_set_state(d, ending_is_crash(code) ? KVM_XENPV_STATE_CRASHED :
						    KVM_XENPV_STATE_SHUTDOWN,
			 code);
}

/* An operating system masks the ports that it does not use, GRUB none. */
bool ending_no_kernel(const struct domain *d)
{
	const uint8_t *s = guest_ptr(&d->mem, d->lay.shared_info, PAGE_SIZE);
	size_t at = offsetof(shared_info_t, evtchn_mask);
	size_t end = at + sizeof(((shared_info_t *)s)->evtchn_mask);

	if (d->is_32bit) {
		at = offsetof(shared_info_x86_32_t, evtchn_mask);
		end = offsetof(shared_info_x86_32_t, wc_version);
	}
	for (; at < end; at++)
		if (s[at])
			return false;
	log_line("domain %u: its boot loader started no kernel", d->domid);
	return true;
}

enum domain_action ending_configured(const struct domain_config *cfg, int code)
{
	switch (code) {
	case SHUTDOWN_poweroff:
		return cfg->on_poweroff;
	case SHUTDOWN_reboot:
		return cfg->on_reboot;
	case SHUTDOWN_watchdog:
		return cfg->on_watchdog;
	case SHUTDOWN_suspend:
		/* It is saved. */
		return ACTION_DESTROY;
	case SHUTDOWN_soft_reset:
		/* That is for HVM domains. */
		return ACTION_DESTROY;
	default:
		return cfg->on_crash;
	}
}

enum domain_action ending_action(struct domain *d,
				 const struct domain_config *cfg, int code)
{
	enum domain_action action = ending_configured(cfg, code);

	switch (action) {
	case ACTION_COREDUMP_RESTART:
		coredump_at_end(d, cfg->name);
		return ACTION_RESTART;
	case ACTION_COREDUMP_DESTROY:
		coredump_at_end(d, cfg->name);
		return ACTION_DESTROY;
	default:
		return action;
	}
}

/* 0, or -1 with errno. */
static int set_name(struct domain *d, const char *name, const char *suffix,
		    char to[KVM_XENPV_NAME_LEN])
{
	struct kvm_xenpv_name req = { 0 };

	if (snprintf(req.name, sizeof(req.name), "%s%s", name, suffix) >=
	    (int)sizeof(req.name)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (ioctl(d->fd, KVM_XENPV_SET_NAME, &req))
		return -1;
	memcpy(to, req.name, sizeof(req.name));
	return 0;
}

int ending_rename(struct domain *d, const char *name,
		  char to[KVM_XENPV_NAME_LEN])
{
	time_t now = time(NULL);
	char suffix[32];
	unsigned int i;
	struct tm tm;
	int ret;

	gmtime_r(&now, &tm);
	strftime(suffix, sizeof(suffix), "-%Y%m%dT%H%MZ", &tm);
	ret = set_name(d, name, suffix, to);
	/* Twice in a minute, or a name that has no room for the time. */
	for (i = 1; i < 1000 && ret; i++) {
		if (errno != EEXIST && errno != ENAMETOOLONG)
			break;
		snprintf(suffix, sizeof(suffix), "-%u", i);
		ret = set_name(d, name, suffix, to);
	}
	if (ret)
		log_line("domain %u cannot be renamed: %s", d->domid,
			 strerror(errno));
	else
		log_line("domain %u is now %s", d->domid, to);
	return ret;
}

struct spawned {
	int pidfd;
	struct loop_source *source;
};

static void on_spawned(void *opaque, uint32_t events)
{
	struct spawned *s = opaque;
	siginfo_t info;

	if (waitid(P_PIDFD, s->pidfd, &info, WEXITED))
		log_line("the domain's new start: %s", strerror(errno));
	else if (info.si_code != CLD_EXITED || info.si_status)
		log_line("the domain could not be started anew");
	loop_remove(s->source);
	close(s->pidfd);
	free(s);
}

static void watch(struct loop *loop, pid_t pid)
{
	struct spawned *s = xcalloc(1, sizeof(*s));

	s->pidfd = pidfd_open(pid, 0);
	s->source = s->pidfd < 0 ? NULL :
		loop_add(loop, s->pidfd, EPOLLIN, on_spawned, s);
	if (s->source)
		return;
	log_line("nobody waits for process %d: %s", pid, strerror(errno));
	if (s->pidfd >= 0)
		close(s->pidfd);
	free(s);
}

/* The configuration as it is now; its file may have changed, or be gone. */
static int config_file(const char *text)
{
	int fd = memfd_create("xenpv-config", MFD_CLOEXEC);
	size_t len = strlen(text);

	if (fd >= 0 && write(fd, text, len) != (ssize_t)len) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/*
 * posix_spawn() and not fork(): that would copy the page tables of all of the
 * guest's memory.
 */
static int spawn(const char *folder, int config, char **args, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int ret;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK |
				 POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, config, CONFIG_FD);
	if (folder)
		posix_spawn_file_actions_addchdir_np(&files, folder);
	ret = posix_spawn(pid, "/proc/self/exe", &files, &attr, args, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return ret;
}

/* name="NAME", in the file's syntax; to be freed. */
static char *name_setting(const char *name)
{
	char quoted[2 * KVM_XENPV_NAME_LEN], *to = quoted;

	for (; *name && to < quoted + sizeof(quoted) - 2; name++) {
		if (*name == '"' || *name == '\\')
			*to++ = '\\';
		*to++ = *name;
	}
	*to = '\0';
	return xasprintf("name=\"%s\"", quoted);
}

void ending_spawn(struct loop *loop, const struct helper_options *opt,
		  const struct domain_config *cfg, const char *name)
{
	char uuid[37], file[32], *args[9];
	int fd = config_file(cfg->text), n = 0, ret;
	pid_t pid;

	xs_format_uuid(uuid, cfg->uuid);
	snprintf(file, sizeof(file), "/dev/fd/%d", CONFIG_FD);
	args[n++] = (char *)"xenpv";
	args[n++] = (char *)"create";
	args[n++] = (char *)"-q";
	if (opt->stats)
		args[n++] = (char *)"-d";
	args[n++] = file;
	args[n++] = name_setting(name);
	args[n++] = xasprintf("uuid=\"%s\"", uuid);
	args[n] = NULL;
	ret = fd < 0 ? errno : spawn(cfg->folder, fd, args, &pid);
	if (ret)
		log_line("cannot start the domain anew: %s", strerror(ret));
	else
		watch(loop, pid);
	free(args[n - 1]);
	free(args[n - 2]);
	if (fd >= 0)
		close(fd);
}
