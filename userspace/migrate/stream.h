/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading and writing a saved domain: exact amounts, and where one is, for
 * messages.  Nothing is read ahead: what follows in a pipe is somebody else's.
 */
#ifndef XENPV_MIGRATE_STREAM_H
#define XENPV_MIGRATE_STREAM_H

#include <stddef.h>
#include <stdint.h>

struct iovec;

struct stream {
	int fd;
	const char *name;	/* of the file, for messages */
	uint64_t offset;	/* of the next byte */
	const char *record;	/* what it is in... */
	uint64_t at;		/* ...and where that began */
	uint64_t size;		/* of the file, 0: not known */
	int stop_fd;		/* readable: give up writing; or -1 */
	/* May be NULL: called every now and then, with bytes done. */
	void (*progress)(void *opaque, uint64_t done);
	void *opaque;
};

void stream_init(struct stream *s, int fd, const char *name);
/* RECORD begins here. */
void stream_enter(struct stream *s, const char *record);

/*
 * One line on stderr: the file, the record and its offset, then what is wrong.
 * -1 for the caller to return.
 */
int stream_bad(const struct stream *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* All or nothing: -1 after one line on stderr. */
int stream_read(struct stream *s, void *to, size_t len);
/* IOV is used up. */
int stream_readv(struct stream *s, struct iovec *iov, int nr);
int stream_skip(struct stream *s, uint64_t len);
int stream_write(struct stream *s, const void *from, size_t len);
int stream_writev(struct stream *s, struct iovec *iov, int nr);

/* A record's header and body, padded. */
int stream_write_record(struct stream *s, uint32_t type, const void *body,
			size_t len);
/* The same with a body in two parts. */
int stream_write_split(struct stream *s, uint32_t type, const void *head,
		       size_t head_len, const void *body, size_t len);

#endif
