// SPDX-License-Identifier: GPL-2.0
/* Where a channel with a socket listens. */
#include <errno.h>
#include <sanitizer/lsan_interface.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "config.h"
#include "device/device.h"
#include "guest.h"
#include "vmm/loop.h"
#include "xenstore/proto.h"

FIXTURE(channel) {
	struct guest g;
	struct xs_server *xs;
	struct loop *loop;
	struct device_bus *bus;
	struct domain_config cfg;
	struct sockaddr_un addr;
	char dir[32];
};

FIXTURE_SETUP(channel)
{
	mkdir("/run/xenpv", 0755);
	strcpy(self->dir, "/tmp/xenpv-channel.XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	memset(&self->addr, 0, sizeof(self->addr));
	self->addr.sun_family = AF_UNIX;
	snprintf(self->addr.sun_path, sizeof(self->addr.sun_path), "%s/socket",
		 self->dir);
	memset(&self->cfg, 0, sizeof(self->cfg));
	self->cfg.name = "selftest";
	self->cfg.nr_channels = 1;
	self->cfg.channels[0] = (struct channel_config){
		.name = "agent", .connection = "socket",
		.path = self->addr.sun_path,
	};
	guest_new(&self->g, 1);
	self->xs = xs_server_new();
	self->loop = loop_new();
	self->bus = bus_new(GUEST_DOMID, &self->g.mem, self->g.grants_gpa,
			    NR_GRANT_FRAMES, self->xs, NULL, NULL);
	self->bus->loop = self->loop;
}

FIXTURE_TEARDOWN(channel)
{
	bus_free(self->bus);
	loop_free(self->loop);
	xs_server_free(self->xs);
	guest_free(&self->g);
	unlink(self->addr.sun_path);
	rmdir(self->dir);
	unlink("/var/log/xenpv/console1-selftest.log");
	EXPECT_EQ(0, __lsan_do_recoverable_leak_check());
}

/* Somebody else's socket; closed, it is what a killed helper leaves. */
static int listen_first(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(fd, (const struct sockaddr *)addr, sizeof(*addr)) ||
	    listen(fd, 1))
		abort();
	return fd;
}

static bool connects(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	bool ok = !connect(fd, (const struct sockaddr *)addr, sizeof(*addr));

	close(fd);
	return ok;
}

TEST_F(channel, listens)
{
	close(listen_first(&self->addr));
	ASSERT_EQ(0, bus_create(self->bus, &self->cfg));
	EXPECT_EQ(true, connects(&self->addr));
	bus_free(self->bus);
	self->bus = NULL;
	EXPECT_NE(0, access(self->addr.sun_path, F_OK));
}

/* A slip of the pen costs nobody his file. */
TEST_F(channel, a_file_is_there)
{
	FILE *f = fopen(self->addr.sun_path, "w");

	ASSERT_NE(NULL, f);
	fclose(f);
	EXPECT_NE(0, bus_create(self->bus, &self->cfg));
	bus_free(self->bus);
	self->bus = NULL;
	EXPECT_EQ(0, access(self->addr.sun_path, F_OK));
}

/* Another domain's, with the same line in its configuration. */
TEST_F(channel, somebody_listens_there)
{
	int fd = listen_first(&self->addr);

	EXPECT_NE(0, bus_create(self->bus, &self->cfg));
	bus_free(self->bus);
	self->bus = NULL;
	EXPECT_EQ(true, connects(&self->addr));
	close(fd);
}

TEST_HARNESS_MAIN
