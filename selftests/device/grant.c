// SPDX-License-Identifier: GPL-2.0
/* Grants as backends map them: what is refused, what the guest sees. */
#include <pthread.h>

#include "../kselftest_harness.h"
#include "device/grant.h"
#include "guest.h"

#define RAM_MB	8
#define IN_USE	(GTF_reading | GTF_writing)

FIXTURE(grant) {
	struct guest g;
	struct grant_table *t;
};

FIXTURE_SETUP(grant)
{
	guest_new(&self->g, RAM_MB);
	self->t = grant_table_new(&self->g.mem, self->g.grants_gpa,
				  NR_GRANT_FRAMES);
	ASSERT_NE(NULL, self->t);
}

FIXTURE_TEARDOWN(grant)
{
	EXPECT_EQ(0, grant_mapped(self->t));
	grant_table_free(self->t);
	guest_free(&self->g);
}

TEST_F(grant, page)
{
	struct guest *g = &self->g;

	guest_grant(g, 9, 77, 0);
	EXPECT_EQ(guest_page(g, 77), grant_map(self->t, 9, true));
	EXPECT_EQ(GTF_permit_access | IN_USE, g->grants[9].flags);
	EXPECT_EQ(1, grant_mapped(self->t));
	grant_unmap(self->t, 9, true);
	EXPECT_EQ(GTF_permit_access, g->grants[9].flags);
}

TEST_F(grant, counted)
{
	struct guest *g = &self->g;

	guest_grant(g, 9, 77, 0);
	EXPECT_NE(NULL, grant_map(self->t, 9, false));
	EXPECT_EQ(GTF_permit_access | GTF_reading, g->grants[9].flags);
	EXPECT_NE(NULL, grant_map(self->t, 9, true));
	EXPECT_NE(NULL, grant_map(self->t, 9, true));
	EXPECT_EQ(3, grant_mapped(self->t));
	grant_unmap(self->t, 9, true);
	EXPECT_EQ(GTF_permit_access | IN_USE, g->grants[9].flags);
	grant_unmap(self->t, 9, true);
	EXPECT_EQ(GTF_permit_access | GTF_reading, g->grants[9].flags);
	grant_unmap(self->t, 9, false);
	EXPECT_EQ(GTF_permit_access, g->grants[9].flags);
}

/* A page stays the one that was mapped first, whatever the guest writes. */
TEST_F(grant, entry_changes)
{
	struct guest *g = &self->g;
	void *page;

	guest_grant(g, 9, 77, 0);
	page = grant_map(self->t, 9, false);
	g->grants[9].frame = 78;
	EXPECT_EQ(page, grant_map(self->t, 9, false));
	g->grants[9].flags |= GTF_readonly;
	EXPECT_EQ(NULL, grant_map(self->t, 9, true));
	g->grants[9].flags = GTF_invalid;
	EXPECT_EQ(page, grant_map(self->t, 9, false));
	EXPECT_EQ(NULL, grant_map(self->t, 9, true));
	EXPECT_EQ(3, grant_mapped(self->t));
	grant_unmap(self->t, 9, false);
	grant_unmap(self->t, 9, false);
	grant_unmap(self->t, 9, false);
	EXPECT_EQ(GTF_invalid, g->grants[9].flags);
	EXPECT_EQ(NULL, grant_map(self->t, 9, false));
}

TEST_F(grant, refused)
{
	static const uint32_t refs[] = {
		NR_GRANT_FRAMES * 512, 0x7fffffff, 0x80000000, 0xffffffff,
	};
	static const uint32_t frames[] = {
		RAM_MB << 8, MEM_HOLE_START >> 12, MEM_HOLE_END >> 12,
		0x7fffffff, 0xffffffff,
	};
	struct guest *g = &self->g;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(refs); i++)
		EXPECT_EQ(NULL, grant_map(self->t, refs[i], false));
	for (i = 0; i < ARRAY_SIZE(frames); i++) {
		guest_grant(g, 9, frames[i], 0);
		EXPECT_EQ(NULL, grant_map(self->t, 9, true))
			TH_LOG("frame %x", frames[i]);
		EXPECT_EQ(GTF_permit_access, g->grants[9].flags);
	}

	guest_grant(g, 9, 77, GTF_readonly);
	EXPECT_EQ(NULL, grant_map(self->t, 9, true));
	EXPECT_NE(NULL, grant_map(self->t, 9, false));
	EXPECT_EQ(NULL, grant_map(self->t, 9, true));
	grant_unmap(self->t, 9, false);
	EXPECT_EQ(GTF_permit_access | GTF_readonly, g->grants[9].flags);

	for (i = 0; i < 4; i++) {
		if (i == GTF_permit_access)
			continue;
		g->grants[9].flags = i;
		EXPECT_EQ(NULL, grant_map(self->t, 9, false));
	}
	guest_grant(g, 9, 77, 0);
	g->grants[9].domid = 1;
	EXPECT_EQ(NULL, grant_map(self->t, 9, false));
	EXPECT_EQ(GTF_permit_access, g->grants[9].flags);
}

struct race {
	struct guest *g;
	struct grant_table *t;
	bool stop;
};

static void *mapper(void *opaque)
{
	struct race *r = opaque;
	unsigned int i;

	for (i = 0; i < 100000; i++) {
		uint32_t ref = 8 + i % 3;
		bool writable = i % 5 == 0;

		if (grant_map(r->t, ref, writable))
			grant_unmap(r->t, ref, writable);
	}
	return NULL;
}

static void *changer(void *opaque)
{
	struct race *r = opaque;
	unsigned int i;

	for (i = 0; !__atomic_load_n(&r->stop, __ATOMIC_RELAXED); i++) {
		__atomic_store_n(&r->g->grants[8].frame, i, __ATOMIC_RELAXED);
		__atomic_store_n(&r->g->grants[9].flags, i & 7,
				 __ATOMIC_RELAXED);
	}
	return NULL;
}

/* Threads that map, and a guest that writes the entries all the time. */
TEST_F(grant, race)
{
	struct race r = { &self->g, self->t };
	pthread_t mappers[3], guest;
	unsigned int i;

	for (i = 8; i < 11; i++)
		guest_grant(&self->g, i, 77, 0);
	pthread_create(&guest, NULL, changer, &r);
	for (i = 0; i < ARRAY_SIZE(mappers); i++)
		pthread_create(&mappers[i], NULL, mapper, &r);
	for (i = 0; i < ARRAY_SIZE(mappers); i++)
		pthread_join(mappers[i], NULL);
	__atomic_store_n(&r.stop, true, __ATOMIC_RELAXED);
	pthread_join(guest, NULL);
	EXPECT_EQ(0, self->g.grants[10].flags & IN_USE);
	EXPECT_EQ(0, self->g.grants[8].flags & IN_USE);
}

TEST_HARNESS_MAIN
