/* SPDX-License-Identifier: GPL-2.0 */
/* Consoles beside the first: console/1... with a pty or a socket each. */
#ifndef XENPV_DEVICE_CHANNEL_H
#define XENPV_DEVICE_CHANNEL_H

#include <stdint.h>

struct device_bus;
struct device_type;

extern const struct device_type channel_type;

/* The pty of console NUMBER (1...), or NULL. */
const char *channel_tty(const struct device_bus *bus, uint32_t number);

#endif
