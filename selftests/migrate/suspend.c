// SPDX-License-Identifier: GPL-2.0
/* A vCPU that suspends its domain, and who asked for that. */
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#undef ARRAY_SIZE
#include "vmm/domain.h"

FIXTURE(suspend) {
	struct domain d;
	struct vcpu v;
	pthread_t thread;
};

FIXTURE_SETUP(suspend)
{
	memset(&self->d, 0, sizeof(self->d));
	memset(&self->v, 0, sizeof(self->v));
	pthread_mutex_init(&self->d.run_lock, NULL);
	pthread_cond_init(&self->d.run_cond, NULL);
	self->d.suspend_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	self->v.d = &self->d;
}

FIXTURE_TEARDOWN(suspend)
{
	close(self->d.suspend_fd);
}

static void *vcpu(void *v)
{
	return (void *)(long)domain_suspended(v);
}

static bool is_suspended(struct domain *d, int ms)
{
	struct pollfd pfd = { .fd = d->suspend_fd, .events = POLLIN };

	return poll(&pfd, 1, ms) == 1;
}

/* What it returned to the guest, or -1 when it does not. */
static long returned(pthread_t thread)
{
	struct timespec end;
	void *ret;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += 5;
	return pthread_timedjoin_np(thread, &ret, &end) ? -1 : (long)ret;
}

TEST_F(suspend, nobody_asked)
{
	EXPECT_EQ(1, domain_suspended(&self->v));
	EXPECT_FALSE(is_suspended(&self->d, 0));
}

TEST_F(suspend, resumed)
{
	domain_want_suspend(&self->d, true);
	pthread_create(&self->thread, NULL, vcpu, &self->v);
	ASSERT_TRUE(is_suspended(&self->d, 5000));
	domain_resume(&self->d);
	EXPECT_EQ(1, returned(self->thread));
	/* Once for each request. */
	EXPECT_EQ(1, domain_suspended(&self->v));
}

/* Who asked gave up at the same moment: the guest does not hang. */
TEST_F(suspend, too_late)
{
	domain_want_suspend(&self->d, true);
	pthread_create(&self->thread, NULL, vcpu, &self->v);
	ASSERT_TRUE(is_suspended(&self->d, 5000));
	domain_want_suspend(&self->d, false);
	EXPECT_EQ(1, returned(self->thread));
	/* Nor does the next one take it for its own. */
	EXPECT_FALSE(is_suspended(&self->d, 0));
}

TEST_HARNESS_MAIN
