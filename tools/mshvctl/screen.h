/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mshvctl top: the screen.
 */
#ifndef MSHVCTL_SCREEN_H
#define MSHVCTL_SCREEN_H

#include "sample.h"

enum order {
	ORDER_EXITS,
	ORDER_CPU,
	ORDER_NUMBER,
};

/* Sort what a look showed. */
void rates_sort(struct sampler *sampler, enum order order);

/* A line of rates, or of titles without @rate, that is @width wide. */
void rate_format(const struct rate *rate, bool whole, char *line, size_t width);

/* False if it is not known what the terminal can do. */
bool screen_open(void);
void screen_close(void);
void screen_draw(const struct sampler *sampler, enum order order);

/* Wait for a key, so many seconds; -1 if there was none. */
int screen_key(double seconds);

#endif /* MSHVCTL_SCREEN_H */
