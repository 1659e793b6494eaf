/* SPDX-License-Identifier: GPL-2.0-only */
/* 1 GiB entries for children. */
#ifndef MINIHV_GPA_PROMOTE_H
#define MINIHV_GPA_PROMOTE_H

#include "memory/npt.h"

/*
 * Join the 2 MiB entries around [gpa, end) that make up whole aligned, contiguous
 * GiBs. The partition's lock is held and its VPs are flushed afterwards.
 */
void gpa_promote(struct npt *npt, uint64_t gpa, uint64_t end);

#endif
