// SPDX-License-Identifier: GPL-2.0
/*
 * A frontend that writes anything to its ring: indices, operations, sectors,
 * grant references, segment lists.  The same at every run; $XENPV_ROUNDS for
 * more rounds.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "device/grant.h"
#include "front.h"

#define IMAGE_SIZE	(4UL << 20)
#define SECTORS		(IMAGE_SIZE >> 9)
#define ROUNDS		100000
/* Data pages from here on are granted to nobody and must stay as they are. */
#define SECRET_PAGE	2048

static uint64_t seed = 0x5eed;

static uint64_t any(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static uint32_t any_below(uint32_t n)
{
	return (any() >> 16) % n;
}

static uint32_t any_ref(void)
{
	switch (any_below(8)) {
	case 0:
		return any();
	case 1:
		return front_ref(SECRET_PAGE + any_below(16));
	case 2:
		/* Of segment lists: not to be written. */
		return front_ref(FRONT_PAGES + any_below(64));
	default:
		return front_ref(any_below(64));
	}
}

static uint64_t any_sector(void)
{
	switch (any_below(8)) {
	case 0:
		return any();
	case 1:
		return SECTORS - any_below(16);
	case 2:
		return ~0ULL - any_below(4096);
	default:
		return any_below(SECTORS);
	}
}

static uint8_t any_byte_below(unsigned int likely)
{
	return any_below(16) ? any_below(likely) : any();
}

static void fill_segments(struct blkif_request_segment *segs, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		segs[i].gref = any_ref();
		segs[i].first_sect = any_byte_below(4);
		segs[i].last_sect = 3 + any_byte_below(5);
	}
}

static struct blk_request any_request(struct front *f)
{
	static const uint8_t ops[] = { 0, 1, 0, 1, 2, 3, 5, 6, 6, 6 };
	struct blk_request req = { .id = any(), .sector = any_sector() };
	unsigned int i;

	req.operation = any_below(16) ? ops[any_below(sizeof(ops))] : any();
	req.nr_segments = any_byte_below(12);
	switch (req.operation) {
	case BLKIF_OP_DISCARD:
		req.nr_sectors = any_below(4) ? any_below(64) : any_sector();
		break;
	case BLKIF_OP_INDIRECT:
		req.op = any_byte_below(2);
		req.nr_segments = any_below(16) ? any_below(300) : any();
		for (i = 0; i < 8; i++)
			req.indirect[i] = any_below(4) ?
				front_ref(FRONT_PAGES + any_below(64)) :
				any_ref();
		break;
	default:
		fill_segments(req.segments, 11);
		break;
	}
	return req;
}

FIXTURE(hostile) {
	struct front f;
	char dir[40], image[64];
	unsigned int rounds;
};

FIXTURE_SETUP(hostile)
{
	const char *rounds = getenv("XENPV_ROUNDS");
	char spec[80], why[WHY_MAX];
	unsigned int i;

	self->rounds = rounds ? atoi(rounds) : ROUNDS;
	strcpy(self->dir, "/tmp/xenpv-hostile.XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	snprintf(self->image, sizeof(self->image), "%s/image", self->dir);
	snprintf(spec, sizeof(spec), "%s,raw,xvda,w", self->image);
	make_image(self->image, IMAGE_SIZE, 1);
	front_new(&self->f);
	for (i = SECRET_PAGE; i < FRONT_PAGES; i++) {
		self->f.g.grants[front_ref(i)].flags = 0;
		memset(front_page(&self->f, i), 0x5a, 4096);
	}
	ASSERT_EQ(true, front_attach(&self->f, spec, why)) TH_LOG("%s", why);
}

FIXTURE_TEARDOWN(hostile)
{
	struct stat st;

	front_free(&self->f);
	stat(self->image, &st);
	EXPECT_EQ(IMAGE_SIZE, st.st_size);
	unlink(self->image);
	rmdir(self->dir);
}

static unsigned int touched_secrets(struct front *f)
{
	static const uint8_t want[4096] = { [0 ... 4095] = 0x5a };
	unsigned int i, n = 0;

	for (i = SECRET_PAGE; i < FRONT_PAGES; i++)
		n += memcmp(front_page(f, i), want, 4096) != 0;
	return n;
}

static void begin(struct __test_metadata *_metadata, struct front *f)
{
	front_close(f);
	front_state(f, 1);
	ASSERT_EQ(0, grant_mapped(f->bus->grants));
	f->nr_queues = 1 + any_below(4);
	f->order = any_below(3);
	f->is_32bit = any_below(2);
	ASSERT_EQ(4, front_connect(f));
}

static void still_works(struct __test_metadata *_metadata, struct front *f)
{
	begin(_metadata, f);
	ASSERT_EQ(0, front_rw(f, BLKIF_OP_WRITE, 0, 88, 100));
	ASSERT_EQ(0, front_rw(f, BLKIF_OP_READ, 0, 88, 200));
	ASSERT_EQ(0, memcmp(front_page(f, 100), front_page(f, 200), 11 << 12));
	ASSERT_EQ(0, touched_secrets(f));
}

/* Requests that make no sense, in rings that do: each is answered once. */
TEST_F_TIMEOUT(hostile, requests, 600)
{
	struct front *f = &self->f;
	unsigned int i, k, n, q, answered = 0;
	struct answer a;

	ASSERT_EQ(4, front_connect(f));
	for (i = 0; i < self->rounds; i += n) {
		if (!any_below(256))
			begin(_metadata, f);
		q = any_below(f->nr_queues);
		n = 1 + any_below(f->rings[q].size);
		for (k = 0; k < 4; k++)
			fill_segments((void *)guest_page(&f->g, FRONT_PAGES +
							 any_below(64)), 300);
		for (k = 0; k < n; k++) {
			struct blk_request req = any_request(f);

			front_put(f, q, &req);
		}
		front_push(f, q);
		for (k = 0; k < n; k++) {
			ASSERT_EQ(true, front_wait(f, q, &a));
			ASSERT_EQ(true, a.status == 0 || a.status == -1 ||
				  a.status == -2);
			answered++;
		}
	}
	EXPECT_EQ(i, answered);
	still_works(_metadata, f);
}

/* Rings that change under the backend's hands, and indices out of thin air. */
TEST_F_TIMEOUT(hostile, rings, 600)
{
	struct front *f = &self->f;
	unsigned int i, k, q;
	uint64_t one = 1;

	ASSERT_EQ(4, front_connect(f));
	for (i = 0; i < self->rounds; i++) {
		struct blkif_sring *s;
		uint32_t *words;

		q = any_below(f->nr_queues);
		s = (struct blkif_sring *)f->rings[q].page;
		words = (uint32_t *)f->rings[q].page;
		for (k = 0; k < 16; k++)
			words[16 + any_below((1024 << f->order) - 16)] =
				any_below(2) ? any() : any_ref();
		switch (any_below(64)) {
		case 0:
			s->req_prod = any();
			break;
		case 1:
			s->rsp_prod = any();
			break;
		case 2:
			f->g.grants[front_ref(any_below(64))].flags = any();
			break;
		case 3:
			/* Out of memory, or a page that is granted anyway. */
			f->g.grants[front_ref(any_below(64))].frame =
				any_below(2) ? any() | 0x10000 :
					       any_below(SECRET_PAGE);
			break;
		case 4:
			front_close(f);
			for (k = 0; k < 64; k++)
				guest_grant(&f->g, front_ref(k), k, 0);
			begin(_metadata, f);
			break;
		default:
			s->req_prod += any_below(4);
			break;
		}
		s->rsp_event = any_below(2) ? any() : s->rsp_prod + 1;
		if (write(f->rings[q].kick, &one, sizeof(one)) < 0)
			abort();
	}
	front_close(f);
	for (k = 0; k < SECRET_PAGE; k++)
		guest_grant(&f->g, front_ref(k), k, 0);
	still_works(_metadata, f);
}

TEST_HARNESS_MAIN
