// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing the file that a machine is saved in. It has its name only when it is whole and on the
 * disk, so one that was there before is not lost to one that cannot be written.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "saved.h"

#define MULTIPLIER UINT64_C(0x9e3779b97f4a7c15)

/* Each step can be undone, so two files that differ in a word never have the same. */
uint64_t saved_checksum(uint64_t sum, const void *bytes, uint64_t size)
{
	const uint8_t *at = bytes;

	for (uint64_t i = 0; i < size; i += 8) {
		uint64_t word;

		memcpy(&word, at + i, sizeof(word));
		sum = (sum ^ word) * MULTIPLIER;
		sum ^= sum >> 32;
	}
	return sum;
}

int saver_start(struct saver *s, const char *path)
{
	*s = (struct saver){
		.path = path,
		.fd = -1,
		.head = {
			.magic = SAVED_MAGIC,
			.version = SAVED_VERSION,
			.size = sizeof(s->head),
		},
	};
	if (asprintf(&s->unfinished, "%s.unfinished", path) < 0)
		return -ENOMEM;
	/* A guest's memory is nobody else's business. */
	s->fd = open(s->unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (s->fd >= 0 && lseek(s->fd, sizeof(s->head), SEEK_SET) >= 0)
		return 0;
	s->err = -errno;
	return s->err;
}

static int write_all(int fd, struct iovec *piece, int n)
{
	while (n) {
		ssize_t done = writev(fd, piece, n);

		if (done < 0 && errno != EINTR)
			return -errno;
		while (done > 0 && n && (size_t)done >= piece->iov_len) {
			done -= (ssize_t)piece->iov_len;
			piece++;
			n--;
		}
		if (done > 0) {
			piece->iov_base = (uint8_t *)piece->iov_base + done;
			piece->iov_len -= (size_t)done;
		}
		while (n && !piece->iov_len) {
			piece++;
			n--;
		}
	}
	return 0;
}

void saver_put(struct saver *s, enum saved_kind kind, uint64_t index, const void *bytes,
	       uint64_t size)
{
	struct saved_part part = { .kind = kind, .index = index, .size = size };
	const uint64_t whole = size & ~UINT64_C(7);
	uint8_t last[8] = { 0 };
	struct iovec pieces[] = {
		{ &part, sizeof(part) },
		{ (void *)(uintptr_t)bytes, whole },
		{ last, size > whole ? sizeof(last) : 0 },
	};

	if (s->err)
		return;
	memcpy(last, (const uint8_t *)bytes + whole, size - whole);
	s->head.parts++;
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		s->head.checksum = saved_checksum(s->head.checksum, pieces[i].iov_base,
						  pieces[i].iov_len);
		s->head.size += pieces[i].iov_len;
	}
	s->err = write_all(s->fd, pieces, ARRAY_SIZE(pieces));
}

static int write_head(struct saver *s)
{
	struct saved_head head = s->head;
	struct iovec piece = { &head, sizeof(head) };

	head.checksum = 0;
	head.checksum = saved_checksum(s->head.checksum, &head, sizeof(head));
	if (lseek(s->fd, 0, SEEK_SET) < 0)
		return -errno;
	return write_all(s->fd, &piece, 1);
}

int saver_finish(struct saver *s)
{
	if (!s->err)
		s->err = write_head(s);
	if (!s->err && fsync(s->fd))
		s->err = -errno;
	if (s->fd >= 0)
		close(s->fd);
	if (!s->err && rename(s->unfinished, s->path))
		s->err = -errno;
	if (s->err && s->fd >= 0)
		unlink(s->unfinished);
	free(s->unfinished);
	return s->err;
}
