/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A /dev/mshv that knows feature banks, and ID registers that the parent
 * overrides, behind the mocked system calls.
 */
#ifndef MSHVCTL_TESTS_FAKEBANKS_H
#define MSHVCTL_TESTS_FAKEBANKS_H

#include <stdint.h>

#define DEV_FD 10
#define VM_FD 20

/**
 * struct fakebanks - how the fake behaves, and what it saw
 * @host: what the host has: two banks and the XSAVE features
 * @disabled: what the newest partition was made without
 * @id: its ID registers
 * @never: features of bank 0 that no partition gets
 * @always: features of bank 0 that cannot be disabled
 * @needed: features of bank 0 without which no partition is made
 * @most_aes: the field AES of ID_AA64ISAR0_EL1 takes no more
 * @stuck: ID_AA64ISAR1_EL1 takes any value and stores 0
 * @create_error: instead of making a partition
 * @open: partitions that are open
 * @initialised: the newest partition is
 */
struct fakebanks {
	uint64_t host[3];
	uint64_t disabled[3];
	uint64_t id[64];
	uint64_t never, always, needed;
	uint64_t most_aes;
	int stuck;
	int create_error;
	int open;
	int initialised;
};

extern struct fakebanks fakebanks;

/* A fresh fakebanks. */
void fakebanks_start(void);

#endif /* MSHVCTL_TESTS_FAKEBANKS_H */
