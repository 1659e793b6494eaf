// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file that a machine is saved in: each byte of it counts, and so does each that is
 * missing; and a file that cannot be written leaves the one before.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../saved.h"

static char path[64];
static uint8_t bytes[1024];
static size_t size;

void complain(int err, const char *format, ...)
{
	(void)err;
	(void)format;
}

static int report(const char *name, bool passes)
{
	printf("%s mshv-run.saved_%s\n", passes ? "PASS" : "FAIL", name);
	return !passes;
}

static int write_parts(unsigned int n)
{
	static uint8_t ones[4096];
	struct saver s;
	int err = saver_start(&s, path);

	memset(ones, 1, sizeof(ones));
	if (!err) {
		saver_put(&s, SAVED_CLOCK, 0, "x", 1);
		saver_put(&s, SAVED_PORTS, 7, "two words exactly", 16);
		saver_put(&s, SAVED_PORTS, 9, "more than a word", 13);
	}
	for (unsigned int i = 0; !err && i < n; i++)
		saver_put(&s, SAVED_MEMORY, i, ones, sizeof(ones));
	return saver_finish(&s);
}

static void put_file(size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
		abort();
	close(fd);
}

static int try(size_t n)
{
	struct file file = { 0 };
	int err;

	put_file(n);
	err = saved_open(&file, path);
	file_close(&file);
	return err;
}

static void read_file(void)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));

	if (n <= 0)
		abort();
	size = (size_t)n;
	close(fd);
}

static bool parts_come_back(void)
{
	const struct saved_part *part;
	struct file file = { 0 };
	char text[16];
	bool good;

	if (saved_open(&file, path))
		return false;
	part = saved_next(&file, SAVED_PORTS, NULL);
	good = part && part->index == 7;
	part = saved_next(&file, SAVED_PORTS, part);
	good = good && part && part->index == 9 && part->size == 13 &&
	       !memcmp(part + 1, "more than a word", 13) &&
	       !saved_next(&file, SAVED_PORTS, part) &&
	       !saved_get(&file, SAVED_PORTS, 7, text, 16) &&
	       !memcmp(text, "two words exactly", 16) &&
	       saved_get(&file, SAVED_PORTS, 7, text, 15) == -EBADMSG &&
	       saved_get(&file, SAVED_PORTS, 8, text, 16) == -EBADMSG &&
	       !saved_find(&file, SAVED_VM, 0);
	file_close(&file);
	return good;
}

static bool bytes_count(void)
{
	for (size_t i = 0; i < size; i++)
		for (unsigned int bit = 0; bit < 8; bit++) {
			bytes[i] ^= (uint8_t)(1 << bit);
			if (!try(size))
				return false;
			bytes[i] ^= (uint8_t)(1 << bit);
		}
	return !try(size);
}

static bool ends_count(void)
{
	for (size_t n = 1; n < size; n++)
		if (!try(n))
			return false;
	return try(size + 1) && try(size + 8) && try(sizeof(bytes));
}

/* Put the right checksum in, so that only what it covers is at fault. */
static int try_sealed(void)
{
	struct saved_head *head = (void *)bytes;
	uint64_t sum = saved_checksum(0, bytes + sizeof(*head), size - sizeof(*head));

	head->checksum = 0;
	head->checksum = saved_checksum(sum, head, sizeof(*head));
	return try(size);
}

static bool lies_are_found(void)
{
	struct saved_head *head = (void *)bytes, before = *head;
	struct saved_part *part = (void *)(head + 1), was = *part;
	bool good;

	head->version++;
	good = try_sealed() == -EPROTONOSUPPORT;
	*head = before;
	head->parts++;
	good = good && try_sealed() == -EBADMSG;
	head->parts -= 2;
	good = good && try_sealed() == -EBADMSG;
	*head = before;
	for (unsigned int shift = 3; shift < 64; shift++) {
		part->size = UINT64_MAX >> (63 - shift);
		good = good && try_sealed() == -EBADMSG;
	}
	*part = was;
	return good && !try_sealed();
}

/* The disk is full in the middle of it. */
static bool one_before_stays(void)
{
	struct rlimit limit, small;
	struct file file = { 0 };
	char *unfinished;
	int err;

	if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR || getrlimit(RLIMIT_FSIZE, &limit))
		return false;
	small = limit;
	small.rlim_cur = 10000;
	if (setrlimit(RLIMIT_FSIZE, &small))
		return false;
	err = write_parts(10);
	if (setrlimit(RLIMIT_FSIZE, &limit) || asprintf(&unfinished, "%s.unfinished", path) < 0)
		return false;
	if (!access(unfinished, F_OK) || err != -EFBIG)
		return false;
	free(unfinished);
	err = saved_open(&file, path);
	file_close(&file);
	return !err && file.size == size;
}

int main(void)
{
	int failed = 0;

	strcpy(path, "/tmp/mshv-run-saved-XXXXXX");
	close(mkstemp(path));
	failed |= report("is_written", !write_parts(0));
	failed |= report("parts_come_back", parts_come_back());
	read_file();
	failed |= report("bytes_count", bytes_count());
	failed |= report("ends_count", ends_count());
	failed |= report("lies_are_found", lies_are_found());
	failed |= report("one_before_stays", one_before_stays());
	unlink(path);
	return failed;
}
