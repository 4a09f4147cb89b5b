// SPDX-License-Identifier: GPL-2.0
/* What engines share. */
#include "io.h"

void iov_advance(struct disk_io *io, size_t n)
{
	while (n && io->nr_iov) {
		struct iovec *v = io->iov;

		if (n < v->iov_len) {
			v->iov_base = (uint8_t *)v->iov_base + n;
			v->iov_len -= n;
			return;
		}
		n -= v->iov_len;
		io->iov++;
		io->nr_iov--;
	}
}
