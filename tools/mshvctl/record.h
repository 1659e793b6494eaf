/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mshvctl: what top has seen, in a file.
 */
#ifndef MSHVCTL_RECORD_H
#define MSHVCTL_RECORD_H

#include <stdio.h>

#include "sample.h"

/* Write a look: a JSON object a line, for each VP or partition. Returns an exit status. */
int record_write(FILE *file, const struct sampler *sampler);

/* The same as one JSON object, in a line of standard output. */
int record_print(const struct sampler *sampler);

#endif /* MSHVCTL_RECORD_H */
