/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSHV_RUN_GUESTS_DISK_H
#define MSHV_RUN_GUESTS_DISK_H

/* Mount the disk, read from it and write to it, and say so. */
void use_disk(void);

/* Read PAGES:DEPTH of it, and say how many pages could be read. */
void read_much(const char *what);

/* The first again, with one that comes later and goes again. */
void await_disk(void);

/* Have every processor read from it, move its interrupt, reset it, and say what went wrong. */
void use_disk_interrupts(void);

#endif /* MSHV_RUN_GUESTS_DISK_H */
