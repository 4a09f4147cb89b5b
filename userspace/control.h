/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How commands talk to a running domain's helper: a UNIX socket
 * <domid>.ctl in the run directory (paths.h).  The client sends one line, "verb [argument]"; the
 * helper answers any text, then a last line "ok" or "error REASON".
 *
 * Verbs: shutdown (asks the guest through xenstore control/shutdown), reboot,
 * destroy, pause, unpause, console (answers the pty's path), log (answers the
 * helper's messages and the monitor's log of this domain), mem-set KIB, mem-max
 * KIB, sysrq KEY (through xenstore control/sysrq), registers (of all
 * vCPUs, to the log), stats (answers "vcpuN.counter value" lines),
 * vcpu-list, vcpu-pin and vcpu-set (vmm/vcpus.c), log-clear (log, which is then
 * forgotten), rename NAME, config [saved] (answers
 * JSON: as tools show it, or as it stands in a saved domain), config-update FOLDER (the
 * text is in <domid>.cfg), dump-core PATH and dump-status (answers "busy
 * PERCENT" or "done").  Of devices: device-list
 * TYPE, device-detach TYPE DEVID [force], device-there TYPE DEVID (answers 1 or
 * 0), and each type's own: vbd-attach SPEC, vbd-resize DEVID, vbd-insert DEVID
 * SPEC, vbd-eject DEVID, vbd-stats (block/vbd_verbs.c).
 */
#ifndef XENPV_CONTROL_H
#define XENPV_CONTROL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Send REQUEST to domain DOMID's helper; text of the answer goes to OUT when
 * that is not NULL.  0, or -1 after one line on stderr; a helper that is silent
 * for 10 seconds has failed.
 */
int control_request(uint32_t domid, const char *request, FILE *out);
/* The same, without a word when it fails. */
int control_ask(uint32_t domid, const char *request, FILE *out);

/*
 * For verbs that take their time: send REQUEST and, unless -1, descriptor FD.  A
 * socket on which the helper answers line by line, or -1 after one line on
 * stderr.
 */
int control_open(uint32_t domid, const char *request, int fd);
/* The next line, to be freed; NULL when the helper is gone or makes no sense. */
char *control_line(int conn);
/* A line for the helper.  False: it is gone. */
bool control_say(int conn, const char *line);

/* Server side, one per helper. */
struct control_server;

struct control_ops {
	/* Write the answer's text to OUT; return NULL for ok, or a reason. */
	const char *(*handle)(void *opaque, const char *verb, const char *arg,
			      FILE *out);
	/*
	 * May be NULL.  A verb that takes its time, with the descriptor that
	 * came along (or -1): true when it is one, and both descriptors are
	 * the verb's now.
	 */
	bool (*take)(void *opaque, const char *verb, const char *arg, int conn,
		     int fd);
};

struct control_server *control_listen(uint32_t domid,
				      const struct control_ops *ops,
				      void *opaque);
int control_fd(const struct control_server *s);	/* poll for POLLIN */
void control_serve(struct control_server *s);	/* one client; bounded time */
void control_close(struct control_server *s);

#endif
