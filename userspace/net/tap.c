// SPDX-License-Identifier: GPL-2.0
/* A TAP interface of the host. */
#include <errno.h>
#include <fcntl.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_tun.h>

#include <linux/virtio_net.h>

#include "tap.h"

#define DEVICE	"/dev/net/tun"
#define FLAGS	(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR)

/* The flags of an interface that is a TAP already, or -1. */
static long existing_flags(const char *name)
{
	char path[64];
	long flags = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/class/net/%s/tun_flags", name);
	f = fopen(path, "re");
	if (!f)
		return -1;
	if (fscanf(f, "%li", &flags) != 1)
		flags = -1;
	fclose(f);
	return flags;
}

static int open_queue(struct tap *t, unsigned int flags)
{
	struct ifreq req = { .ifr_flags = flags };
	int fd = open(DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC), saved;
	int header = sizeof(struct virtio_net_hdr);

	if (fd < 0)
		return -1;
	memcpy(req.ifr_name, t->name, IFNAMSIZ);
	/* A persistent one has the header that its last user wanted. */
	if (ioctl(fd, TUNSETIFF, &req) || ioctl(fd, TUNSETVNETHDRSZ, &header)) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	t->fds[t->nr_fds++] = fd;
	memcpy(t->name, req.ifr_name, IFNAMSIZ);
	return 0;
}

/* An ioctl on the interface, by the name that it has now. */
static int if_ioctl(struct tap *t, unsigned long cmd, struct ifreq *req)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret = -1;

	if (fd < 0)
		return -1;
	/* A hotplug script may have given it another one. */
	if (if_indextoname(t->index, req->ifr_name))
		ret = ioctl(fd, cmd, req);
	close(fd);
	return ret;
}

/*
 * The highest address of its kind: a bridge takes the lowest of its ports, and
 * shall not change its own when a guest comes or goes.
 */
static void set_address(struct tap *t)
{
	static const unsigned char high[6] = { 0xfe, 255, 255, 255, 255, 255 };
	struct ifreq req = { .ifr_hwaddr.sa_family = ARPHRD_ETHER };

	memcpy(req.ifr_hwaddr.sa_data, high, sizeof(high));
	if_ioctl(t, SIOCSIFHWADDR, &req);
}

int tap_open(struct tap *t, const char *name, char why[WHY_MAX])
{
	long was = existing_flags(name);
	int ret;

	memset(t, 0, sizeof(*t));
	snprintf(t->name, sizeof(t->name), "%s", name);
	t->persistent = was >= 0 && was & IFF_PERSIST;
	/* Of one that is there we are the only user, or none. */
	if (t->persistent)
		ret = open_queue(t, FLAGS);
	else
		ret = open_queue(t, FLAGS | IFF_MULTI_QUEUE | IFF_TUN_EXCL);
	if (ret && errno == ENOENT)
		why_set(why, DEVICE " is missing: is the module tun loaded?");
	else if (ret && (errno == EBUSY || errno == EEXIST))
		why_set(why, "there is an interface %s already", name);
	else if (ret && (errno == EPERM || errno == EACCES))
		why_set(why,
			"interface %s needs CAP_NET_ADMIN: a vif without bridge, script and vifname does not",
			name);
	else if (ret)
		why_set(why, "cannot make interface %s: %s", name,
			strerror(errno));
	if (ret)
		return -1;

	t->index = if_nametoindex(t->name);
	if (!t->persistent)
		set_address(t);
	tap_set_carrier(t, false);
	return 0;
}

void tap_close(struct tap *t)
{
	while (t->nr_fds)
		close(t->fds[--t->nr_fds]);
}

unsigned int tap_set_queues(struct tap *t, unsigned int nr)
{
	if (nr > TAP_MAX_QUEUES)
		nr = TAP_MAX_QUEUES;
	while (t->nr_fds > nr && t->nr_fds > 1)
		close(t->fds[--t->nr_fds]);
	while (t->nr_fds < nr && !t->persistent &&
	       if_indextoname(t->index, t->name) &&
	       !open_queue(t, FLAGS | IFF_MULTI_QUEUE))
		;
	return t->nr_fds;
}

int tap_set_offload(struct tap *t, unsigned int offload, char why[WHY_MAX])
{
	if (!ioctl(t->fds[0], TUNSETOFFLOAD, (unsigned long)offload))
		return 0;
	why_set(why, "cannot set the offloads of %s: %s", t->name,
		strerror(errno));
	return -1;
}

int tap_set_mtu(struct tap *t, unsigned int mtu, char why[WHY_MAX])
{
	struct ifreq req = { .ifr_mtu = mtu };

	if (!mtu || !if_ioctl(t, SIOCSIFMTU, &req))
		return 0;
	why_set(why, "cannot give %s an MTU of %u: %s", t->name, mtu,
		strerror(errno));
	return -1;
}

int tap_up(struct tap *t, char why[WHY_MAX])
{
	struct ifreq req = { 0 };

	if (!if_ioctl(t, SIOCGIFFLAGS, &req)) {
		if (req.ifr_flags & IFF_UP)
			return 0;
		req.ifr_flags |= IFF_UP;
		if (!if_ioctl(t, SIOCSIFFLAGS, &req))
			return 0;
	}
	why_set(why, "cannot bring %s up: %s", t->name, strerror(errno));
	return -1;
}

void tap_set_carrier(struct tap *t, bool on)
{
	int carrier = on;

	/* Older kernels have none to set. */
	ioctl(t->fds[0], TUNSETCARRIER, &carrier);
}
