/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mshvctl: command lines of the commands that talk to the driver.
 */
#ifndef MSHVCTL_OPTIONS_H
#define MSHVCTL_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* What a command takes. */
enum {
	TAKES_JSON = 1 << 0,
	TAKES_DRY_RUN = 1 << 1,
	TAKES_INTERVAL = 1 << 2,
	TAKES_COUNT = 1 << 3,
	TAKES_RECORD = 1 << 4,
	TAKES_OUTPUT = 1 << 5,
	TAKES_ROOT = 1 << 6,
	/* One argument that is no option. */
	TAKES_NAME = 1 << 7,
	NEEDS_NAME = 1 << 8,
	TAKES_DEVICES = 1 << 9,
	TAKES_TRY = 1 << 10,
};

/**
 * struct options - the command line
 * @json: write JSON
 * @devices: about devices
 * @dry_run: say what would be done
 * @interval: seconds
 * @count: how many times, or 0
 * @record: file to write to, or NULL
 * @output: likewise
 * @try: a device that may be tried, or NULL
 * @root: where /sys and /proc are: nothing, or another directory
 * @name: the argument, or NULL
 * @status: exit status if there is nothing more to do
 */
struct options {
	bool json;
	bool devices;
	bool dry_run;
	double interval;
	uint64_t count;
	const char *record;
	const char *output;
	const char *try;
	const char *root;
	const char *name;
	int status;
};

/* False after --help, or a complaint. */
bool options_read(struct options *options, unsigned int takes, const char *help, int argc,
		  char **argv);

/* A whole number, decimal or after 0x. */
bool read_number(const char *text, uint64_t *number);

#endif /* MSHVCTL_OPTIONS_H */
