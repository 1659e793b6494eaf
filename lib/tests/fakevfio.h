/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A kernel with one VM and VFIO, which writes down what it is asked for: a word for each
 * call, with the numbers that matter.
 */
#ifndef MSHVCTL_TESTS_FAKEVFIO_H
#define MSHVCTL_TESTS_FAKEVFIO_H

#include <mshvctl/mshvctl.h>

#include "test.h"

#define FAKE_DEVICE "0000:00:04.0"
#define FAKE_BAR_SIZE 0x4000

/**
 * struct fakevfio
 * @log: what was asked for, since the last look
 * @fails: the word that fails, or NULL
 * @error: with which errno
 * @irqs: the last argument of SET_IRQS
 * @links, @names: paths of symbolic links and of names in directories, each with where it
 *	leads to or the name, NULL at the end
 */
struct fakevfio {
	struct mshv_host *host;
	struct mshv_vm *vm;
	char log[4096];
	const char *fails;
	int error;
	uint32_t irqs[16];
	const char *const (*links)[2];
	const char *const (*names)[2];
};

extern struct fakevfio fakevfio;

void fakevfio_start(void);
void fakevfio_finish(void);

/* fakesysfs.c: answers from the tables, and those of a device that a guest may have. */
int fakesysfs_read_link(const char *path, char *target, size_t size);
int fakesysfs_find(const char *dir, const char *prefix, const char *last, char *name,
		   size_t size);
extern const char *const fakesysfs_ready_links[][2];
extern const char *const fakesysfs_ready_names[][2];

/* Check what was asked for. */
void fakevfio_check(const char *file, int line, const char *wanted);

#define CHECK_LOG(wanted) fakevfio_check(__FILE__, __LINE__, wanted)

#endif /* MSHVCTL_TESTS_FAKEVFIO_H */
