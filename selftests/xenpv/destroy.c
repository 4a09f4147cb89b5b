// SPDX-License-Identifier: GPL-2.0
/*
 * xenpv destroy at moments that no real helper can be made to meet.  What the
 * module and the helper say is made up here; the helper's process is real.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../builder/harness.h"
#include "../kselftest.h"
#include "cmd.h"
#include "control.h"
#include "domains.h"

/* What the helper does once it has been asked. */
enum reaction {
	ENDS,		/* its domain ends */
	REBOOTS,	/* the first is gone already, and another one comes */
	REBOOTS_LATE,	/* after half a second */
	EXITS,		/* the first is gone, and so is the helper soon */
	LINGERS,	/* the first is gone, and nothing happens */
	STARTS,		/* nobody listens yet; a signal is heard */
	HANGS,		/* nor is a signal */
};

static struct {
	enum reaction reaction;
	pid_t pid;
	uint32_t domid;		/* that there is now, 0: none */
	unsigned int looks;	/* at the list, since the first was gone */
	unsigned int asked;	/* the second one, to end */
} helper;
static struct outcome out;

static bool is_alive(void)
{
	siginfo_t info = { 0 };

	return !waitid(P_PID, helper.pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
	       !info.si_pid;
}

static struct kvm_xenpv_info info_now(void)
{
	struct kvm_xenpv_info info = {
		.domid = helper.domid,
		.created = helper.domid,
		.owner = helper.pid,
		.name = "fake",
		.uuid = { 1 },
	};

	return info;
}

int domain_find(const char *what, struct kvm_xenpv_info *info)
{
	*info = info_now();
	return 0;
}

int domains_read(struct domain_list *list)
{
	unsigned int after = helper.reaction == REBOOTS_LATE ? 25 : 1;

	memset(list, 0, sizeof(*list));
	if (!helper.domid) {
		helper.looks++;
		if ((helper.reaction == REBOOTS ||
		     helper.reaction == REBOOTS_LATE) && helper.looks > after)
			helper.domid = 8;
		if (helper.reaction == EXITS && helper.looks > 10)
			kill(helper.pid, SIGKILL);
	}
	if (!helper.domid || !is_alive())
		return 0;
	list->infos = calloc(1, sizeof(*list->infos));
	list->infos[0] = info_now();
	list->nr = 1;
	return 0;
}

void domains_free(struct domain_list *list)
{
	free(list->infos);
}

int domain_exists(const struct kvm_xenpv_info *info, struct kvm_xenpv_info *now)
{
	*now = info_now();
	return info->domid == helper.domid && is_alive();
}

int control_ask(uint32_t domid, const char *request, FILE *f)
{
	if (domid == 8 || helper.reaction == ENDS) {
		helper.asked += domid == 8;
		helper.domid = 0;
		return 0;
	}
	if (helper.reaction != STARTS && helper.reaction != HANGS)
		helper.domid = 0;
	return -1;
}

static int destroy(void)
{
	char verb[] = "destroy", name[] = "fake", *argv[3] = { verb, name };

	optind = 1;
	return cmd_destroy(2, argv);
}

/* Its status is RET and it says WORDS, or nothing. */
static bool check(enum reaction reaction, int ret, const char *words)
{
	memset(&helper, 0, sizeof(helper));
	memset(&out, 0, sizeof(out));
	helper.reaction = reaction;
	helper.domid = 7;
	helper.pid = fork();
	if (!helper.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGTERM, reaction == HANGS ? SIG_IGN : SIG_DFL);
		for (;;)
			pause();
	}
	usleep(50000);
	capture_begin();
	out.ret = destroy();
	capture_end(&out);
	if (out.ret == ret && out.lines == !!*words && strstr(out.said, words))
		return true;
	ksft_print_msg("status %d: %s\n", out.ret, out.said);
	return false;
}

static bool is_dead(void)
{
	bool dead = !is_alive();

	kill(helper.pid, SIGKILL);
	waitpid(helper.pid, NULL, 0);
	return dead;
}

int main(void)
{
	bool ok;

	ksft_print_header();
	ksft_set_plan(7);

	ok = check(ENDS, 0, "");
	ksft_test_result(!is_dead() && ok, "it ends\n");
	ok = check(REBOOTS, 0, "") && helper.asked == 1;
	ksft_test_result(!is_dead() && ok, "it has started anew\n");
	ok = check(REBOOTS_LATE, 0, "") && helper.asked == 1;
	ksft_test_result(!is_dead() && ok, "it starts anew, later\n");
	ok = check(EXITS, 0, "");
	ksft_test_result(is_dead() && ok, "its helper ends\n");
	ok = check(LINGERS, 1, "neither ends nor starts it anew");
	ksft_test_result(!is_dead() && ok, "nothing happens\n");
	ok = check(STARTS, 0, "");
	ksft_test_result(is_dead() && ok, "nobody listens yet\n");
	ok = check(HANGS, 0, "does not answer and is killed");
	ksft_test_result(is_dead() && ok, "it hangs\n");
	ksft_finished();
}
