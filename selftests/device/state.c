// SPDX-License-Identifier: GPL-2.0
/* The life of a device, with a frontend that does as it likes. */
#include <sanitizer/lsan_interface.h>
#include <stdlib.h>
#include <string.h>

#include "../kselftest_harness.h"
#include "../xenstore/client.h"
#include "device/device.h"
#include "device/grant.h"
#include "guest.h"

#define BACK	"/local/domain/0/backend/toy/7/3"
#define FRONT	"/local/domain/7/device/toy/3"

/* What the type was asked to do. */
static struct {
	unsigned int published, connected, disconnected, freed;
	bool refuse;
} toy;

static int toy_publish(struct device *dev)
{
	toy.published++;
	device_set_back(dev, "feature-fun", "1");
	return 0;
}

static int toy_connect(struct device *dev, char why[WHY_MAX])
{
	if (toy.refuse) {
		why_set(why, "no fun");
		return -1;
	}
	toy.connected++;
	return 0;
}

static void toy_disconnect(struct device *dev)
{
	toy.disconnected++;
}

static void toy_free(struct device *dev)
{
	toy.freed++;
}

static const struct device_type toy_type = {
	.name = "toy",
	.publish = toy_publish,
	.connect = toy_connect,
	.disconnect = toy_disconnect,
	.free = toy_free,
};

static const struct device_type patient_type = {
	.name = "toy",
	.serves_closing = true,
	.publish = toy_publish,
	.connect = toy_connect,
	.disconnect = toy_disconnect,
	.free = toy_free,
};

FIXTURE(state) {
	struct guest g;
	struct xs_server *xs;
	struct client guest;
	struct device_bus *bus;
	struct device *dev;
};

FIXTURE_SETUP(state)
{
	memset(&toy, 0, sizeof(toy));
	guest_new(&self->g, 1);
	self->xs = xs_server_new();
	client_open(&self->guest, self->xs, GUEST_DOMID);
	xs_server_write(self->xs, "n0 r7", "/local/domain/7/device", "%s", "");
	self->bus = bus_new(GUEST_DOMID, &self->g.mem, self->g.grants_gpa,
			    NR_GRANT_FRAMES, self->xs, NULL, NULL);
	self->dev = device_new(self->bus, &toy_type, 3, NULL);
	device_start(self->dev);
	xs_server_deliver(self->xs);
}

FIXTURE_TEARDOWN(state)
{
	bus_free(self->bus);
	client_close(&self->guest);
	xs_server_free(self->xs);
	guest_free(&self->g);
	EXPECT_EQ(toy.connected, toy.disconnected);
	EXPECT_EQ(1, toy.freed);
	EXPECT_EQ(0, __lsan_do_recoverable_leak_check());
}

/* The guest's frontend says its state; the backend's answer. */
#define front(value) ({							\
	EXPECT_STREQ("ok", put(&self->guest, 0, FRONT "/state", value));\
	xs_server_deliver(self->xs);					\
	back(); })
#define back() get(&self->guest, 0, BACK "/state")

TEST_F(state, nodes)
{
	EXPECT_STREQ("2", back());
	EXPECT_STREQ("1", get(&self->guest, 0, FRONT "/state"));
	EXPECT_STREQ(BACK, get(&self->guest, 0, FRONT "/backend"));
	EXPECT_STREQ("0", get(&self->guest, 0, FRONT "/backend-id"));
	EXPECT_STREQ(FRONT, get(&self->guest, 0, BACK "/frontend"));
	EXPECT_STREQ("7", get(&self->guest, 0, BACK "/frontend-id"));
	EXPECT_STREQ("1", get(&self->guest, 0, BACK "/online"));
	EXPECT_STREQ("connected", get(&self->guest, 0, BACK "/hotplug-status"));
	EXPECT_STREQ("1", get(&self->guest, 0, BACK "/feature-fun"));
	/* The backend's are not the guest's to change. */
	EXPECT_STREQ("EACCES", put(&self->guest, 0, BACK "/state", "4"));
	EXPECT_STREQ("EACCES", put(&self->guest, 0, BACK "/mine", "4"));
	EXPECT_STREQ("ok", put(&self->guest, 0, FRONT "/mine", "4"));
}

TEST_F(state, connect)
{
	EXPECT_STREQ("4", front("3"));
	EXPECT_STREQ("4", front("4"));
	EXPECT_EQ(1, toy.connected);
	EXPECT_STREQ("5", front("5"));
	EXPECT_EQ(1, toy.disconnected);
	EXPECT_STREQ("6", front("6"));
	EXPECT_EQ(1, toy.disconnected);
}

/* kexec, or a boot loader that hands over. */
TEST_F(state, again)
{
	EXPECT_EQ(1, toy.published);
	EXPECT_STREQ("4", front("3"));
	EXPECT_STREQ("5", front("5"));
	EXPECT_STREQ("6", front("6"));
	EXPECT_STREQ("2", front("1"));
	EXPECT_EQ(2, toy.published);
	EXPECT_STREQ("4", front("3"));
	EXPECT_EQ(2, toy.connected);
	/* Without a word of good-bye. */
	EXPECT_STREQ("2", front("1"));
	EXPECT_EQ(2, toy.disconnected);
	EXPECT_STREQ("4", front("4"));
	EXPECT_STREQ("6", front("6"));
}

TEST_F(state, nonsense)
{
	static const char *const words[] = {
		"", "7", "8", "9", "-1", "x", "4x", "99999999999999999999",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		front(words[i]);
		front(i % 2 ? "4" : "1");
	}
	EXPECT_EQ(toy.connected - toy.disconnected,
		  strcmp(front("4"), "4") == 0);
	/* Gone altogether. */
	EXPECT_STREQ("ok", ask(&self->guest, XS_RM, 0, FRONT));
	xs_server_deliver(self->xs);
	EXPECT_STREQ("6", back());
	EXPECT_EQ(toy.connected, toy.disconnected);
}

TEST_F(state, refused)
{
	toy.refuse = true;
	EXPECT_STREQ("5", front("3"));
	toy.refuse = false;
	/* It has to begin anew. */
	EXPECT_STREQ("5", front("4"));
	EXPECT_EQ(0, toy.connected);
	EXPECT_STREQ("6", front("6"));
	EXPECT_STREQ("6", front("4"));
	EXPECT_STREQ("2", front("1"));
	EXPECT_STREQ("4", front("3"));
}

/* Pseudo-random states, ten thousand times. */
TEST_F_TIMEOUT(state, jumps, 600)
{
	unsigned int seed = 1, i;

	for (i = 0; i < 10000; i++) {
		char text[2] = "";

		seed = seed * 1103515245 + 12345;
		text[0] = '0' + seed / 65536 % 9;
		toy.refuse = seed & 0x1000000;
		front(text);
		ASSERT_GE(1, toy.connected - toy.disconnected);
		ASSERT_EQ(!strcmp(back(), "4"),
			  toy.connected - toy.disconnected);
	}
}

TEST_F(state, detach)
{
	EXPECT_STREQ("4", front("3"));
	device_detach(self->dev, false);
	EXPECT_STREQ("0", get(&self->guest, 0, BACK "/online"));
	EXPECT_STREQ("5", back());
	EXPECT_STREQ("5", front("5"));
	EXPECT_EQ(0, toy.freed);
	front("6");
	EXPECT_EQ(1, toy.freed);
	EXPECT_EQ(NULL, self->bus->devices);
	EXPECT_STREQ("ENOENT", get(&self->guest, 0, FRONT "/state"));
	EXPECT_EQ(false, xs_server_exists(self->xs, BACK, NULL));
}

/* Nobody is left who could let go of it. */
TEST_F(state, detach_and_again)
{
	EXPECT_STREQ("4", front("3"));
	device_detach(self->dev, false);
	EXPECT_STREQ("5", back());
	front("1");
	EXPECT_EQ(1, toy.freed);
	EXPECT_EQ(false, xs_server_exists(self->xs, BACK, NULL));
}

TEST_F(state, detach_unused)
{
	device_detach(self->dev, false);
	EXPECT_EQ(1, toy.freed);
	EXPECT_EQ(false, xs_server_exists(self->xs, FRONT, NULL));
}

/* The guest never answers. */
TEST_F(state, detach_by_force)
{
	EXPECT_STREQ("4", front("3"));
	device_detach(self->dev, false);
	EXPECT_STREQ("5", front("4"));
	EXPECT_STREQ("5", front("2"));
	device_detach(self->dev, true);
	EXPECT_EQ(1, toy.freed);
	EXPECT_EQ(false, xs_server_exists(self->xs, BACK, NULL));
}

TEST_F(state, verbs)
{
	const char *reason;

	EXPECT_EQ(false, bus_verb(self->bus, "frobnicate", "", stdout, &reason));
	EXPECT_EQ(false, bus_verb(self->bus, "toy-go", "", stdout, &reason));
	EXPECT_EQ(true, bus_verb(self->bus, "device-detach", "toy 9", stdout,
				 &reason));
	EXPECT_STREQ("there is no toy 9", reason);
	EXPECT_EQ(true, bus_verb(self->bus, "device-detach", "toy 3x", stdout,
				 &reason));
	EXPECT_STREQ("no device is named", reason);
	EXPECT_EQ(0, toy.freed);
	EXPECT_EQ(true, bus_verb(NULL, "device-list", "toy", stdout, &reason));
	EXPECT_STREQ("it has ended already", reason);
}

/* Closing is asking: a mounted disk goes on until it is Closed. */
TEST_F(state, serves_closing)
{
	self->dev->type = &patient_type;
	EXPECT_STREQ("4", front("3"));
	EXPECT_STREQ("5", front("5"));
	EXPECT_EQ(0, toy.disconnected);
	EXPECT_STREQ("6", front("6"));
	EXPECT_EQ(1, toy.disconnected);
}

TEST_HARNESS_MAIN
