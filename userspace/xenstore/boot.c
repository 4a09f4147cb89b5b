// SPDX-License-Identifier: GPL-2.0
/*
 * The nodes a domain finds in xenstore when it starts.
 *
 * As a Xen toolstack makes them: the guest sees its subtree, and writes where
 * guests report back or keep things of their own.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../config.h"
#include "../util.h"
#include "boot.h"
#include "local.h"

struct boot {
	struct xs_server *s;
	char base[64];		/* /local/domain/N or /vm/UUID */
	char readable[32];	/* by the guest, the toolstack's */
	char writable[32];	/* the guest's own */
};

static void put(struct boot *b, const char *perms, const char *node,
		const char *value)
{
	char *path = xasprintf("%s%s%s", b->base, *node ? "/" : "", node);

	xs_server_write(b->s, perms, path, "%s", value);
	free(path);
}

static void put_number(struct boot *b, const char *node, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	put(b, b->readable, node, text);
}

void xs_format_uuid(char text[37], const uint8_t u[16])
{
	snprintf(text, 37,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9],
		 u[10], u[11], u[12], u[13], u[14], u[15]);
}

static void put_vm(struct boot *b, const struct domain_config *cfg,
		   const char *uuid)
{
	put(b, b->readable, "", "");
	put(b, b->readable, "uuid", uuid);
	put(b, b->readable, "name", cfg->name);
	put(b, b->readable, "image/ostype", "linux");
	put(b, b->readable, "image/kernel", cfg->kernel ? cfg->kernel : "");
	put(b, b->readable, "image/ramdisk", cfg->ramdisk ? cfg->ramdisk : "");
	put(b, b->readable, "image/cmdline", cfg->cmdline);
	put_number(b, "start_time", time(NULL));
}

/* Directories and nodes that the guest writes. */
static const char *const guest_nodes[] = {
	"control/shutdown", "control/feature-poweroff",
	"control/feature-reboot", "control/feature-suspend",
	"control/sysrq", "data", "drivers", "feature", "attr", "error",
	"device/suspend/event-channel",
};

/* Directories that it only reads. */
static const char *const toolstack_dirs[] = {
	"cpu", "memory", "device", "control", "console", "store",
};

static const char *const platform_features[] = {
	"multiprocessor-suspend", "xs_reset_watches",
};

static void put_domain(struct boot *b, const struct xs_boot *boot,
		       const char *uuid)
{
	const struct domain_config *cfg = boot->cfg;
	char text[64];
	unsigned int i;

	put(b, b->readable, "", "");
	snprintf(text, sizeof(text), "/vm/%s", uuid);
	put(b, b->readable, "vm", text);
	put(b, b->readable, "name", cfg->name);
	put_number(b, "domid", boot->domid);

	for (i = 0; i < ARRAY_SIZE(toolstack_dirs); i++)
		put(b, b->readable, toolstack_dirs[i], "");
	for (i = 0; i < cfg->maxvcpus; i++) {
		snprintf(text, sizeof(text), "cpu/%u", i);
		put(b, b->readable, text, "");
		snprintf(text, sizeof(text), "cpu/%u/availability", i);
		put(b, b->readable, text, i < cfg->vcpus ? "online" : "offline");
	}
	put_number(b, "memory/static-max", cfg->maxmem_mb << 10);
	put_number(b, "memory/target", cfg->memory_mb << 10);

	for (i = 0; i < ARRAY_SIZE(platform_features); i++) {
		snprintf(text, sizeof(text), "control/platform-feature-%s",
			 platform_features[i]);
		put(b, b->readable, text, "1");
	}
	for (i = 0; i < ARRAY_SIZE(guest_nodes); i++)
		put(b, b->writable, guest_nodes[i], "");

	put_number(b, "console/ring-ref", boot->console_mfn);
	put_number(b, "console/port", boot->console_port);
	put(b, b->readable, "console/limit", "1048576");
	put(b, b->readable, "console/type", "xenconsoled");
	put(b, b->readable, "console/tty", boot->tty ? boot->tty : "");
	put_number(b, "store/ring-ref", boot->store_mfn);
	put_number(b, "store/port", boot->store_port);
}

void xs_boot_nodes(struct xs_server *s, const struct xs_boot *boot)
{
	struct boot b = { .s = s };
	char uuid[37];

	xs_format_uuid(uuid, boot->cfg->uuid);
	snprintf(b.readable, sizeof(b.readable), "n0 r%" PRIu32, boot->domid);
	snprintf(b.writable, sizeof(b.writable), "n%" PRIu32, boot->domid);

	snprintf(b.base, sizeof(b.base), "/vm/%s", uuid);
	put_vm(&b, boot->cfg, uuid);
	snprintf(b.base, sizeof(b.base), "/local/domain/%" PRIu32, boot->domid);
	put_domain(&b, boot, uuid);
}

int xs_ask_shutdown(struct xs_server *s, uint32_t domid, const char *what)
{
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/%" PRIu32
		 "/control/shutdown", domid);
	return xs_server_write(s, NULL, path, "%s", what);
}

int xs_ask_sysrq(struct xs_server *s, uint32_t domid, char key)
{
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/%" PRIu32
		 "/control/sysrq", domid);
	return xs_server_write(s, NULL, path, "%c", key);
}
