/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What start.S calls in a long-mode image.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdint.h>

/* @index: this VP; @cpus: how many there are; @memory: bytes. Returns to halt. */
void guest_main(unsigned int index, unsigned int cpus, uint64_t memory);

#endif /* GUEST_H */
