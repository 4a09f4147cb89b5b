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
 * vcpu-list, vcpu-pin and vcpu-set (vmm/vcpus.c).  Of devices: device-list
 * TYPE, device-detach TYPE DEVID [force], device-there TYPE DEVID (answers 1 or
 * 0), and each type's own: vbd-attach SPEC, vbd-resize DEVID, vbd-insert DEVID
 * SPEC, vbd-eject DEVID, vbd-stats (block/vbd_verbs.c).
 */
#ifndef XENPV_CONTROL_H
#define XENPV_CONTROL_H

#include <stdint.h>
#include <stdio.h>

/*
 * Send REQUEST to domain DOMID's helper; text of the answer goes to OUT when
 * that is not NULL.  0, or -1 after one line on stderr; a helper that is silent
 * for 10 seconds has failed.
 */
int control_request(uint32_t domid, const char *request, FILE *out);

/* Server side, one per helper. */
struct control_server;

struct control_ops {
	/* Write the answer's text to OUT; return NULL for ok, or a reason. */
	const char *(*handle)(void *opaque, const char *verb, const char *arg,
			      FILE *out);
};

struct control_server *control_listen(uint32_t domid,
				      const struct control_ops *ops,
				      void *opaque);
int control_fd(const struct control_server *s);	/* poll for POLLIN */
void control_serve(struct control_server *s);	/* one client; bounded time */
void control_close(struct control_server *s);

#endif
