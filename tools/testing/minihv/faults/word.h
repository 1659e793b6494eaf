/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading fault=SPEC, word by word. */
#ifndef MINIHV_WORD_H
#define MINIHV_WORD_H

#include "base/minihv.h"

/* Is @word next at *s? Steps over it. */
bool word_eat(const char **s, const char *word);
/* The same, but it must be. */
void word_need(const char **s, const char *word, const char *spec);
/* The number next at *s, from @min to @max; anything else ends the run. */
uint64_t word_number(const char **s, const char *spec, uint32_t min, uint32_t max);
/* faults/device.c: what follows "dev=". */
void fault_parse_device(const char **s, const char *spec);
/* faults/device.c: at power-off. */
void fault_report_devices(void);

#endif
