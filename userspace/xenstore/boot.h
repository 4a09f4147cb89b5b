/* SPDX-License-Identifier: GPL-2.0 */
/* The nodes a domain finds in xenstore when it starts. */
#ifndef XENPV_XENSTORE_BOOT_H
#define XENPV_XENSTORE_BOOT_H

#include <stdint.h>

struct domain_config;
struct xs_server;

struct xs_boot {
	uint32_t domid;
	const struct domain_config *cfg;
	uint64_t console_mfn;
	uint32_t console_port;
	const char *tty;		/* of the console, for tools */
	uint64_t store_mfn;
	uint32_t store_port;
};

void xs_boot_nodes(struct xs_server *s, const struct xs_boot *b);

void xs_format_uuid(char text[37], const uint8_t uuid[16]);

/* Ask the guest to "poweroff", "reboot"...  It hears through its watch. */
int xs_ask_shutdown(struct xs_server *s, uint32_t domid, const char *what);
/* Press a SysRq key. */
int xs_ask_sysrq(struct xs_server *s, uint32_t domid, char key);

#endif
