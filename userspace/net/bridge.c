// SPDX-License-Identifier: GPL-2.0
/* Bridges of the host. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "bridge.h"

static int bridge_ioctl(const char *bridge, unsigned long cmd,
			struct ifreq *req)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret, saved;

	if (fd < 0)
		return -1;
	snprintf(req->ifr_name, sizeof(req->ifr_name), "%s", bridge);
	ret = ioctl(fd, cmd, req);
	saved = errno;
	close(fd);
	errno = saved;
	return ret;
}

int bridge_add(const char *bridge, unsigned int index, char why[WHY_MAX])
{
	struct ifreq req = { .ifr_ifindex = index };

	if (!bridge_ioctl(bridge, SIOCBRADDIF, &req))
		return 0;
	if (errno == ENODEV)
		why_set(why, "there is no bridge '%s'", bridge);
	else if (errno == EOPNOTSUPP || errno == ENOTTY)
		why_set(why, "interface '%s' is not a bridge", bridge);
	else
		why_set(why, "cannot add an interface to bridge '%s': %s",
			bridge, strerror(errno));
	return -1;
}

unsigned int bridge_mtu(const char *bridge)
{
	struct ifreq req = { 0 };

	return bridge_ioctl(bridge, SIOCGIFMTU, &req) ? 0 : req.ifr_mtu;
}
