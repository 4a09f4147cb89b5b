// SPDX-License-Identifier: GPL-2.0
/* Raw images through the ring: what is asked for is done, and nothing else. */
#include <fcntl.h>
#include <poll.h>
#include <sanitizer/lsan_interface.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "block/image.h"
#include "block/io.h"
#include "block/request.h"
#include "device/grant.h"
#include "front.h"

#define IMAGE_SIZE	(8UL << 20)
#define SECTORS		(IMAGE_SIZE >> 9)
#define ROUNDS		16	/* each of up to 48 requests */

FIXTURE(disk) {
	struct front f;
	char dir[32], image[64], spec[128];
	char why[WHY_MAX];
};

FIXTURE_SETUP(disk)
{
	strcpy(self->dir, "/tmp/xenpv-disk.XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	snprintf(self->image, sizeof(self->image), "%s/image", self->dir);
	snprintf(self->spec, sizeof(self->spec), "%s,raw,xvda,w", self->image);
	make_image(self->image, IMAGE_SIZE, 1);
	front_new(&self->f);
}

FIXTURE_TEARDOWN(disk)
{
	front_free(&self->f);
	unlink(self->image);
	rmdir(self->dir);
	EXPECT_EQ(0, __lsan_do_recoverable_leak_check());
}

#define attach() ({							\
	ASSERT_EQ(true, front_attach(&self->f, self->spec, self->why))	\
		TH_LOG("%s", self->why); })
#define connect() ({							\
	attach();							\
	ASSERT_EQ(4, front_connect(&self->f)); })
/* Only the rings are mapped. */
#define idle() EXPECT_EQ(self->f.nr_queues << self->f.order,		\
			 grant_mapped(self->f.bus->grants))

static void fill(struct front *f, unsigned int page, unsigned int nr,
		 unsigned int seed)
{
	uint64_t *p = (uint64_t *)front_page(f, page);
	unsigned int i;

	for (i = 0; i < nr * 512; i++)
		p[i] = (seed + 1) * 0x9e3779b97f4a7c15 + i;
}

static bool file_is(const char *image, uint64_t at, const void *want,
		    size_t len)
{
	int fd = open(image, O_RDONLY);
	char *got = malloc(len);
	bool same = pread(fd, got, len, at) == len && !memcmp(got, want, len);

	free(got);
	close(fd);
	return same;
}

TEST_F(disk, nodes)
{
	struct front *f = &self->f;

	attach();
	EXPECT_EQ(2, front_back_state(f));
	EXPECT_STREQ("16384", front_get(f, "sectors"));
	EXPECT_STREQ("512", front_get(f, "sector-size"));
	EXPECT_STREQ("0", front_get(f, "info"));
	EXPECT_STREQ("w", front_get(f, "mode"));
	EXPECT_STREQ("xvda", front_get(f, "dev"));
	EXPECT_STREQ("disk", front_get(f, "device-type"));
	EXPECT_STREQ("1", front_get(f, "feature-flush-cache"));
	EXPECT_STREQ("1", front_get(f, "feature-barrier"));
	EXPECT_STREQ("1", front_get(f, "feature-discard"));
	EXPECT_STREQ("0", front_get(f, "feature-persistent"));
	EXPECT_STREQ("256", front_get(f, "feature-max-indirect-segments"));
	EXPECT_STREQ("4", front_get(f, "max-ring-page-order"));
	EXPECT_STREQ("4", front_get(f, "multi-queue-max-queues"));
	EXPECT_STREQ("51712", get(&f->client, 0,
				  "/local/domain/7/device/vbd/51712/virtual-device"));
}

TEST_F(disk, read_write)
{
	struct front *f = &self->f;

	connect();
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_READ, 16, 8, 0));
	EXPECT_EQ(true, file_is(self->image, 16 * 512, front_page(f, 0), 4096));
	fill(f, 3, 11, 5);
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_WRITE, 1000, 88, 3));
	EXPECT_EQ(true, file_is(self->image, 1000 * 512, front_page(f, 3),
				11 * 4096));
	/* 256 segments: a whole MiB, to the very end. */
	fill(f, 20, 256, 6);
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_WRITE, SECTORS - 2048, 2048, 20));
	EXPECT_EQ(true, file_is(self->image, IMAGE_SIZE - (1 << 20),
				front_page(f, 20), 1 << 20));
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_READ, SECTORS - 2048, 2048, 1020));
	EXPECT_EQ(0, memcmp(front_page(f, 20), front_page(f, 1020), 1 << 20));
	idle();
}

/* Pieces of pages in any order. */
TEST_F(disk, segments)
{
	struct front *f = &self->f;
	struct blk_request req = {
		.operation = BLKIF_OP_READ, .sector = 64, .nr_segments = 3,
		.segments = {
			{ front_ref(9), 2, 2 },
			{ front_ref(4), 7, 7 },
			{ front_ref(9), 0, 1 },
		},
	};

	connect();
	memset(front_page(f, 9), 0x55, 4096);
	EXPECT_EQ(0, front_do(f, &req));
	EXPECT_EQ(true, file_is(self->image, 64 * 512, front_page(f, 9) + 1024,
				512));
	EXPECT_EQ(true, file_is(self->image, 65 * 512, front_page(f, 4) + 3584,
				512));
	EXPECT_EQ(true, file_is(self->image, 66 * 512, front_page(f, 9), 1024));
	EXPECT_EQ(0x55, front_page(f, 9)[1536]);
	idle();
}

static void random_io(struct __test_metadata *_metadata, struct front *f,
		      const char *image, unsigned int rounds)
{
	unsigned int seed = 7, i, q, left[FRONT_QUEUES] = { 0 };
	uint8_t *shadow = malloc(IMAGE_SIZE);
	uint64_t bad = 0;
	int fd = open(image, O_RDONLY);

	ASSERT_EQ(IMAGE_SIZE, pread(fd, shadow, IMAGE_SIZE, 0));
	for (i = 0; i < rounds; i++) {
		/* Each has pages and a part of the disk to itself. */
		unsigned int slots[64], nr[64], k, n = 1 + rand_r(&seed) % 48;

		q = rand_r(&seed) % f->nr_queues;
		if (n > f->rings[q].size)
			n = f->rings[q].size;
		for (k = 0; k < n; k++) {
			bool write = rand_r(&seed) & 1;
			struct blk_request req;

			nr[k] = 1 + rand_r(&seed) % 256;
			slots[k] = k * 256 + rand_r(&seed) % (257 - nr[k]);
			if (write) {
				fill(f, k * 32, (nr[k] + 7) / 8, rand_r(&seed));
				memcpy(shadow + slots[k] * 512,
				       front_page(f, k * 32), nr[k] * 512);
			} else {
				memset(front_page(f, k * 32), 0, 32 * 4096);
			}
			req = front_request(f, write ? BLKIF_OP_WRITE :
						       BLKIF_OP_READ,
					    slots[k], nr[k], k * 32);
			front_put(f, q, &req);
		}
		front_push(f, q);
		for (k = 0; k < n; k++) {
			struct answer a;

			ASSERT_EQ(true, front_wait(f, q, &a));
			bad += a.status != 0;
		}
		for (k = 0; k < n; k++)
			bad += memcmp(front_page(f, k * 32),
				      shadow + slots[k] * 512, nr[k] * 512) != 0;
		left[q] += n;
	}
	EXPECT_EQ(0, bad);
	for (q = 0; q < f->nr_queues; q++)
		EXPECT_LT(0, left[q]);
	EXPECT_EQ(true, file_is(image, 0, shadow, IMAGE_SIZE));
	close(fd);
	free(shadow);
}

TEST_F(disk, random)
{
	connect();
	EXPECT_EQ(32, self->f.rings[0].size);
	random_io(_metadata, &self->f, self->image, ROUNDS);
	idle();
}

TEST_F(disk, random_big_ring)
{
	self->f.order = 2;
	connect();
	EXPECT_EQ(128, self->f.rings[0].size);
	random_io(_metadata, &self->f, self->image, ROUNDS);
	idle();
}

TEST_F(disk, random_biggest_ring)
{
	self->f.order = 4;
	connect();
	EXPECT_EQ(512, self->f.rings[0].size);
	random_io(_metadata, &self->f, self->image, ROUNDS);
	idle();
}

TEST_F(disk, random_queues)
{
	self->f.order = 1;
	self->f.nr_queues = 4;
	connect();
	random_io(_metadata, &self->f, self->image, 2 * ROUNDS);
	idle();
}

/* A ring of one page, and nothing is said of its form. */
TEST_F(disk, random_old)
{
	self->f.is_old = true;
	connect();
	EXPECT_STREQ("x86_64-abi", get(&self->f.client, 0,
				       "/local/domain/7/device/vbd/51712/protocol"));
	EXPECT_EQ(32, self->f.rings[0].size);
	random_io(_metadata, &self->f, self->image, ROUNDS);
	idle();
}

TEST_F(disk, random_32bit)
{
	self->f.is_32bit = true;
	self->f.order = 1;
	connect();
	EXPECT_EQ(64, self->f.rings[0].size);
	random_io(_metadata, &self->f, self->image, ROUNDS);
	idle();
}

/* What an old frontend does not say is the guest's own layout. */
TEST_F(disk, old_32bit)
{
	self->f.is_old = true;
	self->f.is_32bit = true;
	self->f.bus->is_32bit = true;
	connect();
	EXPECT_STREQ("x86_32-abi", get(&self->f.client, 0,
				       "/local/domain/7/device/vbd/51712/protocol"));
	random_io(_metadata, &self->f, self->image, ROUNDS);
	idle();
}

TEST_F(disk, direct_io)
{
	struct front *f = &self->f;
	const struct vbd *vbd;

	strcat(self->spec, ",direct-io-safe");
	connect();
	vbd = f->dev->priv;
	if (!vbd->disk.image->direct)
		SKIP(return, "no direct I/O in /tmp");
	random_io(_metadata, f, self->image, ROUNDS);
	idle();
}

TEST_F(disk, flush_and_barrier)
{
	struct front *f = &self->f;
	struct blk_request req = { .operation = BLKIF_OP_FLUSH_DISKCACHE };
	const struct vbd *vbd;

	connect();
	vbd = f->dev->priv;
	EXPECT_EQ(0, front_do(f, &req));
	EXPECT_EQ(1, vbd->disk.flushes);
	fill(f, 1, 2, 1);
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_FLUSH_DISKCACHE, 8, 16, 1));
	EXPECT_EQ(true, file_is(self->image, 4096, front_page(f, 1), 8192));
	fill(f, 1, 2, 2);
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_WRITE_BARRIER, 8, 16, 1));
	EXPECT_EQ(true, file_is(self->image, 4096, front_page(f, 1), 8192));
	req.operation = BLKIF_OP_WRITE_BARRIER;
	EXPECT_EQ(0, front_do(f, &req));
	EXPECT_EQ(0, vbd->disk.errors);
	idle();
}

/*
 * A flush reaches the disk: with one in the image's place that cannot be flushed
 * it fails, alone and around a barrier's data.
 */
TEST_F(disk, flush_is_done)
{
	struct blk_request req = { .operation = BLKIF_OP_FLUSH_DISKCACHE };
	struct front *f = &self->f;
	const struct vbd *vbd;
	int fds[2];

	connect();
	vbd = f->dev->priv;
	ASSERT_EQ(0, pipe(fds));
	ASSERT_EQ(vbd->disk.image->fd, dup2(fds[1], vbd->disk.image->fd));
	EXPECT_EQ(-1, front_do(f, &req));
	req.operation = BLKIF_OP_WRITE_BARRIER;
	EXPECT_EQ(-1, front_do(f, &req));
	EXPECT_EQ(2, vbd->disk.errors);
	EXPECT_EQ(0, vbd->disk.flushes);
	idle();
	close(fds[0]);
	close(fds[1]);
}

/*
 * An engine that does nothing until nothing more comes, and then ends what it
 * has backwards.  It remembers what it was given, and how much it had by then.
 */
static struct backwards {
	struct engine e;
	struct disk_io *io[64];
	unsigned int nr;
	struct {
		enum disk_op op;
		uint64_t sector;
		unsigned int others;
	} seen[64];
	unsigned int nr_seen;
} backwards;

static struct engine *backwards_new(const struct engine_params *p)
{
	backwards.e.p = *p;
	return &backwards.e;
}

static void backwards_free(struct engine *e)
{
}

static void backwards_submit(struct engine *e, struct disk_io *io)
{
	unsigned int n = backwards.nr_seen++;

	backwards.seen[n].op = io->op;
	backwards.seen[n].sector = io->op == DISK_FLUSH ? 0 : io->offset >> 9;
	backwards.seen[n].others = backwards.nr;
	backwards.io[backwards.nr++] = io;
}

static unsigned int backwards_wait(struct engine *e, bool block)
{
	struct pollfd fds[2] = {
		{ .fd = e->p.port_fd, .events = POLLIN },
		{ .fd = e->p.stop_fd, .events = POLLIN },
	};
	struct disk_io *io;

	poll(fds, 2, block ? 20 : 0);
	if (fds[0].revents || fds[1].revents || !block)
		return (fds[0].revents ? ENGINE_PORT : 0) |
		       (fds[1].revents ? ENGINE_STOP : 0);
	if (backwards.nr) {
		io = backwards.io[--backwards.nr];
		io->error = 0;
		e->p.done(e->p.opaque, io);
	}
	return 0;
}

static const struct engine_ops backwards_engine = {
	.new = backwards_new,
	.submit = backwards_submit,
	.wait = backwards_wait,
	.free = backwards_free,
};

static void engine_backwards(struct front *f)
{
	const struct vbd *vbd = f->dev->priv;

	vbd->disk.image->engine = &backwards_engine;
	memset(&backwards, 0, sizeof(backwards));
	backwards.e.ops = &backwards_engine;
}

/* Not left to the kernel to find out. */
TEST_F(disk, refused_before_io)
{
	static const struct {
		uint64_t sector, nr;
	} ranges[] = {
		{ SECTORS, 8 }, { SECTORS - 7, 8 }, { ~0ULL, 8 },
		{ ~0ULL - 7, 8 }, { 1ULL << 55, 8 }, { ~0ULL >> 9, 8 },
		{ 8, ~0ULL - 4 }, { 8, 1ULL << 55 }, { 0, SECTORS + 1 },
	};
	struct blk_request discard = { .operation = BLKIF_OP_DISCARD };
	struct front *f = &self->f;
	struct blk_request req;
	unsigned int i;

	attach();
	engine_backwards(f);
	ASSERT_EQ(4, front_connect(f));
	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		discard.sector = ranges[i].sector;
		discard.nr_sectors = ranges[i].nr;
		EXPECT_EQ(-1, front_do(f, &discard));
		if (ranges[i].nr != 8)
			continue;
		EXPECT_EQ(-1, front_rw(f, BLKIF_OP_READ, ranges[i].sector, 8, 0));
		EXPECT_EQ(-1, front_rw(f, BLKIF_OP_WRITE, ranges[i].sector, 8, 0));
	}
	/* Less than nothing of a page, and enough of another. */
	req = front_request(f, BLKIF_OP_WRITE, 0, 16, 0);
	req.segments[0].first_sect = 4;
	req.segments[0].last_sect = 2;
	EXPECT_EQ(-1, front_do(f, &req));
	EXPECT_EQ(0, backwards.nr_seen);
	idle();
}

/* What a barrier divides stays divided, however the disk goes about it. */
TEST_F(disk, barrier_order)
{
	static const struct {
		enum disk_op op;
		uint64_t sector;
		unsigned int others;
	} want[] = {
		{ DISK_WRITE, 0, 0 }, { DISK_WRITE, 8, 1 }, { DISK_WRITE, 16, 2 },
		{ DISK_FLUSH, 0, 0 }, { DISK_WRITE, 24, 0 }, { DISK_FLUSH, 0, 0 },
		{ DISK_WRITE, 32, 0 }, { DISK_WRITE, 40, 1 },
		/* A flush needs to wait for nobody. */
		{ DISK_FLUSH, 0, 2 }, { DISK_WRITE, 56, 3 },
		{ DISK_WRITE, 48, 2 },
	};
	struct front *f = &self->f;
	struct blk_request req;
	struct answer a;
	unsigned int i;

	attach();
	engine_backwards(f);
	ASSERT_EQ(4, front_connect(f));
	for (i = 0; i < 8; i++) {
		req = front_request(f, i == 3 ? BLKIF_OP_WRITE_BARRIER :
				    i == 6 ? BLKIF_OP_FLUSH_DISKCACHE :
					     BLKIF_OP_WRITE, i * 8, 8, i);
		req.id = i;
		front_put(f, 0, &req);
	}
	front_push(f, 0);
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(true, front_wait(f, 0, &a));
		EXPECT_EQ(0, a.status);
		if (i == 3)
			EXPECT_EQ(3, a.id);
	}
	ASSERT_EQ(ARRAY_SIZE(want), backwards.nr_seen);
	for (i = 0; i < backwards.nr_seen; i++) {
		EXPECT_EQ(want[i].op, backwards.seen[i].op)
			TH_LOG("operation %u", i);
		EXPECT_EQ(want[i].sector, backwards.seen[i].sector)
			TH_LOG("operation %u", i);
		EXPECT_EQ(want[i].others, backwards.seen[i].others)
			TH_LOG("operation %u", i);
	}
	idle();
}

TEST_F(disk, discard)
{
	struct blk_request req = {
		.operation = BLKIF_OP_DISCARD, .sector = 2048,
		.nr_sectors = 4096,
	};
	struct front *f = &self->f;
	struct stat before, after;
	char *zero = calloc(1, 2 << 20);

	connect();
	stat(self->image, &before);
	EXPECT_EQ(0, front_do(f, &req));
	stat(self->image, &after);
	EXPECT_EQ(before.st_size, after.st_size);
	EXPECT_GE(before.st_blocks - 4096 + 16, after.st_blocks);
	EXPECT_EQ(true, file_is(self->image, 1 << 20, zero, 2 << 20));
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_READ, 2048, 8, 0));
	EXPECT_EQ(0, memcmp(front_page(f, 0), zero, 4096));

	req.sector = SECTORS - 8;
	req.nr_sectors = 9;
	EXPECT_EQ(-1, front_do(f, &req));
	req.sector = ~0ULL;
	EXPECT_EQ(-1, front_do(f, &req));
	req.sector = 8;
	req.nr_sectors = ~0ULL - 4;
	EXPECT_EQ(-1, front_do(f, &req));
	req.nr_sectors = 0;
	EXPECT_EQ(-1, front_do(f, &req));
	idle();
	free(zero);
}

TEST_F(disk, no_discard)
{
	struct blk_request req = {
		.operation = BLKIF_OP_DISCARD, .nr_sectors = 8,
	};

	strcat(self->spec, ",no-discard");
	connect();
	EXPECT_STREQ("ENOENT", front_get(&self->f, "feature-discard"));
	EXPECT_EQ(-2, front_do(&self->f, &req));
}

TEST_F(disk, refused)
{
	struct front *f = &self->f;
	struct blk_request req;
	unsigned int op;

	connect();
	/* Sectors. */
	EXPECT_EQ(-1, front_rw(f, BLKIF_OP_READ, SECTORS, 1, 0));
	EXPECT_EQ(-1, front_rw(f, BLKIF_OP_READ, SECTORS - 1, 2, 0));
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_READ, SECTORS - 1, 1, 0));
	EXPECT_EQ(-1, front_rw(f, BLKIF_OP_WRITE, ~0ULL, 8, 0));
	EXPECT_EQ(-1, front_rw(f, BLKIF_OP_WRITE, ~0ULL >> 9, 8, 0));
	EXPECT_EQ(-1, front_rw(f, BLKIF_OP_WRITE, 1ULL << 55, 8, 0));
	/* Segments. */
	req = front_request(f, BLKIF_OP_READ, 0, 8, 0);
	req.nr_segments = 0;
	EXPECT_EQ(-1, front_do(f, &req));
	req.nr_segments = 12;
	EXPECT_EQ(-1, front_do(f, &req));
	req.nr_segments = 255;
	EXPECT_EQ(-1, front_do(f, &req));
	req.nr_segments = 1;
	req.segments[0].last_sect = 8;
	EXPECT_EQ(-1, front_do(f, &req));
	req.segments[0].first_sect = 8;
	EXPECT_EQ(-1, front_do(f, &req));
	req.segments[0].first_sect = 4;
	req.segments[0].last_sect = 3;
	EXPECT_EQ(-1, front_do(f, &req));
	/* Grants: unknown, only for reading, and one good one before. */
	req = front_request(f, BLKIF_OP_READ, 0, 16, 0);
	req.segments[1].gref = 7;
	EXPECT_EQ(-1, front_do(f, &req));
	req.segments[1].gref = 0xffffffff;
	EXPECT_EQ(-1, front_do(f, &req));
	guest_grant(&f->g, 7, 3, GTF_readonly);
	req.segments[1].gref = 7;
	EXPECT_EQ(-1, front_do(f, &req));
	req.operation = BLKIF_OP_WRITE;
	EXPECT_EQ(0, front_do(f, &req));
	/* Indirect ones. */
	req = front_request(f, BLKIF_OP_READ, 0, 2048, 0);
	req.op = BLKIF_OP_WRITE_BARRIER;
	EXPECT_EQ(-1, front_do(f, &req));
	req.op = BLKIF_OP_READ;
	req.nr_segments = 257;
	EXPECT_EQ(-1, front_do(f, &req));
	req.nr_segments = 0xffff;
	EXPECT_EQ(-1, front_do(f, &req));
	req.nr_segments = 0;
	EXPECT_EQ(-1, front_do(f, &req));
	req.nr_segments = 256;
	EXPECT_EQ(0, front_do(f, &req));
	req.indirect[0] = 0xffffffff;
	EXPECT_EQ(-1, front_do(f, &req));
	/* Operations. */
	for (op = 0; op < 256; op++) {
		if (op < 7 && op != BLKIF_OP_RESERVED_1)
			continue;
		req = front_request(f, op, 0, 8, 0);
		EXPECT_EQ(-2, front_do(f, &req)) TH_LOG("operation %u", op);
	}
	idle();
	EXPECT_EQ(true, file_is(self->image, SECTORS * 512 - 512,
				front_page(f, 0), 0));
}

TEST_F(disk, read_only)
{
	struct blk_request discard = {
		.operation = BLKIF_OP_DISCARD, .nr_sectors = 8,
	};
	struct front *f = &self->f;
	const struct vbd *vbd;
	int fd;

	snprintf(self->spec, sizeof(self->spec), "%s,raw,xvda,r", self->image);
	connect();
	vbd = f->dev->priv;
	EXPECT_EQ(O_RDONLY, fcntl(vbd->disk.image->fd, F_GETFL) & O_ACCMODE);
	/* That is not what keeps the guest from writing. */
	fd = open(self->image, O_RDWR);
	ASSERT_EQ(vbd->disk.image->fd, dup2(fd, vbd->disk.image->fd));
	close(fd);
	EXPECT_STREQ("4", front_get(f, "info"));
	EXPECT_STREQ("r", front_get(f, "mode"));
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_READ, 0, 2048, 256));
	fill(f, 0, 256, 5);
	EXPECT_EQ(-1, front_rw(f, BLKIF_OP_WRITE, 0, 8, 0));
	EXPECT_EQ(-1, front_rw(f, BLKIF_OP_WRITE, 0, 2048, 0));
	EXPECT_EQ(-1, front_rw(f, BLKIF_OP_WRITE_BARRIER, 0, 8, 0));
	EXPECT_EQ(-1, front_rw(f, BLKIF_OP_FLUSH_DISKCACHE, 0, 8, 0));
	EXPECT_EQ(-2, front_do(f, &discard));
	vbd->disk.image->can_discard = true;
	EXPECT_EQ(-1, front_do(f, &discard));
	EXPECT_EQ(true, file_is(self->image, 0, front_page(f, 256), 1 << 20));
	idle();
}

TEST_F(disk, bad_frontends)
{
	static const char front[] = "/local/domain/7/device/vbd/51712";
	static const struct {
		const char *node, *value;
	} bad[] = {
		{ "ring-ref", "7" }, { "ring-ref", "4294967296" },
		{ "ring-ref", "x" }, { "event-channel", "99" },
		{ "event-channel", "" }, { "protocol", "vax-abi" },
		{ "ring-page-order", "5" }, { "ring-page-order", "-1" },
		{ "multi-queue-num-queues", "5" },
		{ "multi-queue-num-queues", "0" },
		{ "multi-queue-num-queues", "4" },
	};
	struct front *f = &self->f;
	unsigned int i;
	char path[128];

	connect();
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		char *was;

		front_close(f);
		ASSERT_EQ(2, front_state(f, 1));
		snprintf(path, sizeof(path), "%s/%s", front, bad[i].node);
		was = strdup(get(&f->client, 0, path));
		put(&f->client, 0, path, bad[i].value);
		EXPECT_EQ(5, front_state(f, 3)) TH_LOG("%s = %s", bad[i].node,
						       bad[i].value);
		EXPECT_EQ(0, grant_mapped(f->bus->grants));
		put(&f->client, 0, path, was);
		free(was);
	}
	front_close(f);
	ASSERT_EQ(2, front_state(f, 1));
	ASSERT_EQ(4, front_connect(f));
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_READ, 0, 8, 0));
}

TEST_F(disk, broken_ring)
{
	struct front *f = &self->f;
	struct blkif_sring *s;

	connect();
	s = (struct blkif_sring *)f->rings[0].page;
	f->rings[0].req_prod = 1000;
	front_push(f, 0);
	usleep(200000);
	EXPECT_EQ(0, s->rsp_prod);
	/* Nothing more, until it begins anew. */
	EXPECT_EQ(6, front_close(f));
	EXPECT_EQ(0, grant_mapped(f->bus->grants));
	EXPECT_EQ(2, front_state(f, 1));
	EXPECT_EQ(4, front_connect(f));
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_READ, 0, 8, 0));
	EXPECT_EQ(1, s->rsp_prod);
}

/* A new kernel goes on with a new ring while the old one was busy. */
TEST_F(disk, reconnect)
{
	struct front *f = &self->f;
	struct blk_request req;
	unsigned int i, round;

	connect();
	for (round = 0; round < 10; round++) {
		for (i = 0; i < 32; i++) {
			req = front_request(f, BLKIF_OP_WRITE, i * 64, 64, i * 8);
			front_put(f, 0, &req);
		}
		front_push(f, 0);
		ASSERT_EQ(2, front_state(f, 1));
		ASSERT_EQ(0, grant_mapped(f->bus->grants));
		f->nr_queues = 1 + round % 4;
		f->order = round % 3;
		ASSERT_EQ(4, front_connect(f));
		ASSERT_EQ(0, front_rw(f, BLKIF_OP_READ, 0, 8, 0));
	}
	idle();
}

TEST_F(disk, grows)
{
	struct front *f = &self->f;

	connect();
	EXPECT_EQ(-1, front_rw(f, BLKIF_OP_READ, SECTORS, 8, 0));
	ASSERT_EQ(0, truncate(self->image, IMAGE_SIZE * 2));
	vbd_update_size(f->dev);
	EXPECT_STREQ("32768", front_get(f, "sectors"));
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_READ, SECTORS, 8, 0));
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_WRITE, SECTORS * 2 - 8, 8, 0));
	ASSERT_EQ(0, truncate(self->image, IMAGE_SIZE));
	/* Not said yet: an error, and no longer file. */
	EXPECT_EQ(-1, front_rw(f, BLKIF_OP_READ, SECTORS, 8, 0));
	vbd_update_size(f->dev);
	EXPECT_STREQ("16384", front_get(f, "sectors"));
	EXPECT_EQ(-1, front_rw(f, BLKIF_OP_WRITE, SECTORS, 8, 0));
	/* Half of what is asked for is not enough either. */
	ASSERT_EQ(0, truncate(self->image, IMAGE_SIZE - 2048));
	EXPECT_EQ(-1, front_rw(f, BLKIF_OP_READ, SECTORS - 8, 8, 0));
}

TEST_F(disk, detach)
{
	struct front *f = &self->f;

	connect();
	device_detach(f->dev, false);
	EXPECT_EQ(5, front_back_state(f));
	/* Still mounted: it goes on until the guest has closed it. */
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_READ, 0, 8, 0));
	EXPECT_EQ(5, front_state(f, 5));
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_READ, 0, 8, 0));
	EXPECT_EQ(0, front_state(f, 6));
	EXPECT_EQ(0, grant_mapped(f->bus->grants));
	attach();
	EXPECT_EQ(4, front_connect(f));
	device_detach(f->dev, true);
	EXPECT_EQ(NULL, f->bus->devices);
}

TEST_F(disk, in_use)
{
	struct disk_spec spec;
	struct device *dev;
	char text[160];

	attach();
	snprintf(text, sizeof(text), "%s,raw,xvdb,w", self->image);
	ASSERT_EQ(0, disk_spec_parse(&spec, text, self->why));
	EXPECT_EQ(NULL, vbd_new(self->f.bus, &spec, self->why));
	snprintf(text, sizeof(text), "%s is in use (domain 7 has it)",
		 self->image);
	EXPECT_STREQ(text, self->why);
	spec.readonly = true;
	EXPECT_EQ(NULL, vbd_new(self->f.bus, &spec, self->why));
	spec.readonly = false;
	spec.shared = true;
	dev = vbd_new(self->f.bus, &spec, self->why);
	ASSERT_NE(NULL, dev);
	device_detach(dev, true);
	device_detach(self->f.dev, true);
	EXPECT_NE(0, system("ls /run/xenpv/7.disk.* >/dev/null 2>&1"));

	/* Any number of readers. */
	snprintf(text, sizeof(text), "%s,raw,xvdb,r", self->image);
	ASSERT_EQ(0, disk_spec_parse(&spec, text, self->why));
	EXPECT_NE(NULL, vbd_new(self->f.bus, &spec, self->why));
	ASSERT_EQ(0, disk_spec_parse(&spec, text, self->why));
	EXPECT_EQ(NULL, vbd_new(self->f.bus, &spec, self->why));
	EXPECT_STREQ("xvdb is there already", self->why);
	spec.devid++;
	EXPECT_NE(NULL, vbd_new(self->f.bus, &spec, self->why));
	EXPECT_EQ(false, front_attach(&self->f, self->spec, self->why));
}

TEST_F(disk, bad_images)
{
	static const char *const bad[][2] = {
		{ "/nowhere/at/all,raw,xvda,w",
		  "/nowhere/at/all: No such file or directory" },
		{ "/tmp,raw,xvda,w", "/tmp is neither a file nor a block device" },
		{ "/dev/zero,raw,xvda,w",
		  "/dev/zero is neither a file nor a block device" },
		{ "/nowhere,qcow2,xvda,w", "/nowhere: No such file or directory" },
	};
	char text[128];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(false, front_attach(&self->f, bad[i][0], self->why));
		EXPECT_STREQ(bad[i][1], self->why);
	}
	/* Nobody writes to this pipe: to open it would be the end. */
	snprintf(text, sizeof(text), "%s/pipe", self->dir);
	ASSERT_EQ(0, mkfifo(text, 0600));
	snprintf(text, sizeof(text), "%s/pipe,raw,xvda,r", self->dir);
	EXPECT_EQ(false, front_attach(&self->f, text, self->why));
	EXPECT_NE(NULL, strstr(self->why, "neither a file nor"));
	*strchr(text, ',') = 0;
	unlink(text);
	ASSERT_EQ(0, truncate(self->image, 511));
	EXPECT_EQ(false, front_attach(&self->f, self->spec, self->why));
	snprintf(text, sizeof(text), "%s is empty", self->image);
	EXPECT_STREQ(text, self->why);
	EXPECT_EQ(NULL, self->f.bus->devices);
}

/* A drive: no medium, one, another, none. */
TEST_F(disk, drive)
{
	struct front *f = &self->f;
	const struct vbd *vbd;
	const char *reason;
	char text[160];

	strcpy(self->spec, ",empty,hdc:cdrom,r");
	connect();
	EXPECT_STREQ("0", front_get(f, "sectors"));
	EXPECT_STREQ("7", front_get(f, "info"));
	EXPECT_EQ(-1, front_rw(f, BLKIF_OP_READ, 0, 1, 0));
	snprintf(text, sizeof(text), "5632 %s,raw,hdc:cdrom,r", self->image);
	EXPECT_EQ(true, bus_verb(f->bus, "vbd-insert", text, stdout, &reason));
	EXPECT_EQ(NULL, reason);
	EXPECT_STREQ("16384", front_get(f, "sectors"));
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_READ, 0, 8, 0));
	EXPECT_EQ(true, file_is(self->image, 0, front_page(f, 0), 4096));
	/* A drive only reads, whatever is said. */
	snprintf(text, sizeof(text), "5632 %s,raw,xvda,w", self->image);
	EXPECT_EQ(true, bus_verb(f->bus, "vbd-insert", text, stdout, &reason));
	EXPECT_EQ(NULL, reason);
	vbd = f->dev->priv;
	EXPECT_EQ(O_RDONLY, fcntl(vbd->disk.image->fd, F_GETFL) & O_ACCMODE);
	EXPECT_EQ(true, bus_verb(f->bus, "vbd-insert",
				 "5632 /nowhere,raw,hdc:cdrom,r", stdout,
				 &reason));
	EXPECT_STREQ("/nowhere: No such file or directory", reason);
	EXPECT_EQ(0, front_rw(f, BLKIF_OP_READ, 0, 8, 0));
	EXPECT_EQ(true, bus_verb(f->bus, "vbd-eject", "5632", stdout, &reason));
	EXPECT_EQ(NULL, reason);
	EXPECT_STREQ("0", front_get(f, "sectors"));
	EXPECT_EQ(-1, front_rw(f, BLKIF_OP_READ, 0, 8, 0));
	EXPECT_EQ(true, bus_verb(f->bus, "vbd-eject", "51712", stdout, &reason));
	EXPECT_STREQ("there is no vbd 51712", reason);
}

TEST_HARNESS_MAIN
