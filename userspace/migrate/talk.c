// SPDX-License-Identifier: GPL-2.0
/* What sender and receiver of a migrating domain say to each other. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../util.h"
#include "talk.h"

int talk_send(int fd, const void *msg, size_t len, const char *who)
{
	const char *p = msg;
	ssize_t n;

	while (len) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			err_sys("%s: cannot write", who);
			return -1;
		}
		p += n;
		len -= n;
	}
	return 0;
}

int talk_read(int fd, void *to, size_t len, const char *who, const char *what)
{
	char *p = to;
	ssize_t n;

	while (len) {
		n = read(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err_sys("%s: cannot read the %s", who, what);
		else if (!n)
			err("%s: it ended before the %s", who, what);
		if (n <= 0)
			return -1;
		p += n;
		len -= n;
	}
	return 0;
}

int talk_expect(int fd, const void *msg, size_t len, const char *who,
		const char *what)
{
	char got[128];

	if (len > sizeof(got) || talk_read(fd, got, len, who, what))
		return -1;
	if (!memcmp(got, msg, len))
		return 0;
	err("%s: unexpected data instead of the %s", who, what);
	return -1;
}
