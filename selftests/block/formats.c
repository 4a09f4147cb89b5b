// SPDX-License-Identifier: GPL-2.0
/* Images that qemu-nbd reads: good ones, damaged ones, and its death. */
#include <fcntl.h>
#include <sanitizer/lsan_interface.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "device/grant.h"
#include "front.h"

#define SECTORS	(4 << 11)

FIXTURE(format) {
	struct front f;
	char dir[40];
	char why[WHY_MAX];
};

FIXTURE_VARIANT(format) {
	const char *name, *driver;
	const char *complaint;
};

FIXTURE_VARIANT_ADD(format, qcow2) {
	"qcow2", "qcow2", "Image is not in qcow2 format",
};

FIXTURE_VARIANT_ADD(format, qcow) {
	"qcow", "qcow", "Image not in qcow format",
};

FIXTURE_VARIANT_ADD(format, vhd) {
	"vhd", "vpc", "invalid VPC image",
};

FIXTURE_VARIANT_ADD(format, qed) {
	"qed", "qed", "Image not in QED format",
};

static int sh(const char *fmt, ...)
{
	char command[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	return system(command);
}

FIXTURE_SETUP(format)
{
	if (sh("command -v qemu-nbd qemu-img >/dev/null"))
		return;
	strcpy(self->dir, "/tmp/xenpv-format.XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	ASSERT_EQ(0, sh("qemu-img create -q -f %s %s/image 4M", variant->driver,
			self->dir));
	front_new(&self->f);
}

/* Children of ours that are there, or not waited for; with SIG they get it. */
static int children(int sig)
{
	char path[64];
	int pid, n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	f = fopen(path, "r");
	if (!f)
		return -1;
	while (fscanf(f, "%d", &pid) == 1) {
		n++;
		if (sig)
			kill(pid, sig);
	}
	fclose(f);
	return n;
}

FIXTURE_TEARDOWN(format)
{
	if (!*self->dir)
		return;
	front_free(&self->f);
	EXPECT_EQ(0, children(0));
	EXPECT_NE(0, sh("ls /run/xenpv | grep -q '^7[.]'"));
	EXPECT_EQ(0, __lsan_do_recoverable_leak_check());
	sh("rm -r %s", self->dir);
}

/* A skip in the setup would not keep the test from running. */
#define no_qemu()	(!*self->dir)
#define NO_QEMU		"no qemu-nbd, qemu-img here"

#define attach(options) ({						\
	char spec[128];							\
	snprintf(spec, sizeof(spec), "%s/image,%s,xvda,%s", self->dir,	\
		 variant->name, options);				\
	front_attach(&self->f, spec, self->why); })

TEST_F(format, read_write)
{
	struct blk_request req = { .operation = BLKIF_OP_FLUSH_DISKCACHE };
	struct front *f = &self->f;
	unsigned int i;

	if (no_qemu())
		SKIP(return, NO_QEMU);
	ASSERT_EQ(true, attach("w")) TH_LOG("%s", self->why);
	EXPECT_STREQ("1", front_get(f, "multi-queue-max-queues"));
	ASSERT_EQ(4, front_connect(f));
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_READ, 0, 8, 0));
	for (i = 0; i < 4096; i++)
		ASSERT_EQ(0, front_page(f, 0)[i]);
	memset(front_page(f, 10), 0x31, 256 << 12);
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_WRITE, 100, 2048, 10));
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_READ, 96, 16, 0));
	EXPECT_EQ(0, front_page(f, 0)[2047]);
	EXPECT_EQ(0x31, front_page(f, 0)[2048]);
	EXPECT_EQ(0, front_do(f, &req));
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_WRITE_BARRIER, 3000, 88, 10));
	EXPECT_EQ(-1, front_rw(f, BLKIF_OP_READ, 1 << 20, 8, 0));
	EXPECT_EQ(-1, front_rw(f, BLKIF_OP_READ, SECTORS * 4, 8, 0));
	EXPECT_EQ(1, grant_mapped(f->bus->grants));
	device_detach(f->dev, true);
	EXPECT_EQ(0, sh("qemu-img convert -f %s -O raw %s/image %s/raw",
			variant->driver, self->dir, self->dir));
	EXPECT_EQ(0, sh("dd if=%s/raw bs=512 skip=100 count=2048 2>/dev/null | %s",
			self->dir, "tr -d 1 | cmp -s /dev/null -"));
}

TEST_F(format, read_only)
{
	struct front *f = &self->f;

	if (no_qemu())
		SKIP(return, NO_QEMU);
	ASSERT_EQ(true, attach("r")) TH_LOG("%s", self->why);
	ASSERT_EQ(4, front_connect(f));
	EXPECT_STREQ("4", front_get(f, "info"));
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_READ, 0, 2048, 0));
	EXPECT_EQ(-1, front_rw(f, BLKIF_OP_WRITE, 0, 8, 0));
	/* qemu-nbd may not write it either, so that others can read it. */
	EXPECT_EQ(0, sh("for i in $(cat /proc/%d/task/%d/children); do %s; done | %s",
			getpid(), getpid(), "tr '\\0' ' ' </proc/$i/cmdline",
			"grep -q 'qemu-nbd.* --read-onl[y] '"));
}

TEST_F(format, damaged)
{
	struct front *f = &self->f;

	if (no_qemu())
		SKIP(return, NO_QEMU);
	sh("dd if=/dev/urandom of=%s/image bs=64 count=1 conv=notrunc 2>/dev/null",
	   self->dir);
	if (strcmp(variant->name, "vhd"))
		sh("truncate -s 100 %s/image", self->dir);
	else
		sh("truncate -s 10 %s/image", self->dir);
	EXPECT_EQ(false, attach("w"));
	EXPECT_NE(NULL, strstr(self->why, variant->complaint))
		TH_LOG("%s", self->why);
	EXPECT_NE(NULL, strstr(self->why, self->dir));
	EXPECT_EQ(NULL, strchr(self->why, '\n'));
	EXPECT_EQ(0, children(0));
	EXPECT_EQ(NULL, f->bus->devices);
}

/* It dies under the guest: errors, and nothing else. */
TEST_F(format, killed)
{
	struct blk_request req, flush = {
		.operation = BLKIF_OP_FLUSH_DISKCACHE,
	};
	struct front *f = &self->f;
	struct answer a;
	unsigned int i;

	if (no_qemu())
		SKIP(return, NO_QEMU);
	ASSERT_EQ(true, attach("w")) TH_LOG("%s", self->why);
	ASSERT_EQ(4, front_connect(f));
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_WRITE, 0, 2048, 0));
	for (i = 0; i < 32; i++) {
		req = front_request(f, BLKIF_OP_WRITE, i * 128, 128, i * 16);
		front_put(f, 0, &req);
	}
	front_push(f, 0);
	EXPECT_EQ(1, children(SIGKILL));
	/* Each is answered, and those that came too late with an error. */
	for (i = 0; i < 32; i++)
		ASSERT_EQ(true, front_wait(f, 0, &a));
	EXPECT_GE(0, a.status);
	EXPECT_EQ(-1, front_rw(f, BLKIF_OP_READ, 0, 8, 0));
	EXPECT_EQ(-1, front_rw(f, BLKIF_OP_READ, 0, 2048, 0));
	EXPECT_EQ(-1, front_do(f, &flush));
	EXPECT_EQ(1, grant_mapped(f->bus->grants));
	EXPECT_EQ(6, front_close(f));
	EXPECT_EQ(2, front_state(f, 1));
}

/* As when the domain is saved: synced, let go of, and taken again. */
TEST_F(format, paused)
{
	struct front *f = &self->f;

	if (no_qemu())
		SKIP(return, NO_QEMU);
	ASSERT_EQ(true, attach("w")) TH_LOG("%s", self->why);
	ASSERT_EQ(4, front_connect(f));
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_WRITE, 0, 64, 7));
	bus_pause(f->bus);
	EXPECT_EQ(0, bus_sync(f->bus));
	bus_release(f->bus);
	EXPECT_EQ(0, children(0));
	EXPECT_EQ(0, bus_sync(f->bus));
	EXPECT_EQ(0, bus_resume(f->bus));
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_READ, 0, 64, 7));
	bus_pause(f->bus);
	EXPECT_EQ(1, children(SIGKILL));
	EXPECT_EQ(-1, bus_sync(f->bus));
	EXPECT_EQ(0, bus_resume(f->bus));
	EXPECT_EQ(6, front_close(f));
}

TEST_F(format, in_use)
{
	struct disk_spec spec;
	char text[128];

	if (no_qemu())
		SKIP(return, NO_QEMU);
	ASSERT_EQ(true, attach("w")) TH_LOG("%s", self->why);
	snprintf(text, sizeof(text), "%s/image,%s,xvdb,w", self->dir,
		 variant->name);
	ASSERT_EQ(0, disk_spec_parse(&spec, text, self->why));
	EXPECT_EQ(NULL, vbd_new(self->f.bus, &spec, self->why));
	EXPECT_NE(NULL, strstr(self->why, "is in use (domain 7 has it)"))
		TH_LOG("%s", self->why);
	disk_spec_free(&spec);
}

/* More than one command of NBD's can say. */
TEST(long_discard)
{
	struct blk_request req = {
		.operation = BLKIF_OP_DISCARD, .id = 77, .sector = 8,
		.nr_sectors = (3UL << 21) - 16,
	};
	char dir[] = "/tmp/xenpv-format.XXXXXX", spec[64], why[WHY_MAX];
	struct front f;

	if (sh("command -v qemu-nbd qemu-img >/dev/null"))
		SKIP(return, NO_QEMU);
	ASSERT_NE(NULL, mkdtemp(dir));
	ASSERT_EQ(0, sh("qemu-img create -q -f qcow2 %s/image 3G", dir));
	front_new(&f);
	snprintf(spec, sizeof(spec), "%s/image,qcow2,xvda,w", dir);
	ASSERT_EQ(true, front_attach(&f, spec, why)) TH_LOG("%s", why);
	ASSERT_EQ(4, front_connect(&f));
	memset(front_page(&f, 0), 0x31, 16 << 12);
	/* Whole clusters, in what the last command is about. */
	EXPECT_EQ(0, front_rw(&f, BLKIF_OP_WRITE, 5 << 20, 128, 0));
	EXPECT_EQ(0, front_do(&f, &req));
	EXPECT_EQ(0, front_rw(&f, BLKIF_OP_READ, 5 << 20, 128, 0));
	EXPECT_EQ(0, front_page(&f, 0)[0] | front_page(&f, 15)[4095]);
	EXPECT_EQ(1, grant_mapped(f.bus->grants));
	front_free(&f);
	sh("rm -r %s", dir);
}

/* It does not answer any more: whoever closes the image does not wait for ever. */
TEST(stopped)
{
	char dir[] = "/tmp/xenpv-format.XXXXXX", spec[64], why[WHY_MAX];
	struct front f;

	if (sh("command -v qemu-nbd qemu-img >/dev/null"))
		SKIP(return, NO_QEMU);
	ASSERT_NE(NULL, mkdtemp(dir));
	ASSERT_EQ(0, sh("qemu-img create -q -f qcow2 %s/image 4M", dir));
	front_new(&f);
	snprintf(spec, sizeof(spec), "%s/image,qcow2,xvda,w", dir);
	ASSERT_EQ(true, front_attach(&f, spec, why)) TH_LOG("%s", why);
	ASSERT_EQ(4, front_connect(&f));
	EXPECT_EQ(0, front_rw(&f, BLKIF_OP_READ, 0, 8, 0));
	EXPECT_EQ(1, children(SIGSTOP));
	device_detach(f.dev, true);
	EXPECT_EQ(0, children(0));
	front_free(&f);
	sh("rm -r %s", dir);
}

TEST_HARNESS_MAIN
