/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSHV_RUN_GUESTS_READS_H
#define MSHV_RUN_GUESTS_READS_H

/*
 * Read @pages pages of a disk, past the page cache, @depth of them at a time. Returns how many
 * could be read.
 */
unsigned long read_pages(const char *path, unsigned long pages, unsigned int depth);

#endif /* MSHV_RUN_GUESTS_READS_H */
