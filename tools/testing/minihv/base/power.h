/* SPDX-License-Identifier: GPL-2.0-only */
/* The end of the machine: who is stopped, what is reported, and how it is switched off. */
#ifndef MINIHV_POWER_H
#define MINIHV_POWER_H

#include "base/minihv.h"

extern uint16_t pm1a_control_port;	/* ACPI's, 0: not found yet */
extern uint8_t sleep_type_s5;		/* what root gave (SET_SYSTEM_PROPERTY), 0 until then */

/* Halts the other processors for good; NULL while there are none that run. */
extern void (*power_stop_others)(void);
/* Reports what was not given back, and counts it. */
extern unsigned int (*power_report)(void);

/* The end of a run that went well: stops the others, reports, switches the machine off. */
_Noreturn void machine_power_off(void);
_Noreturn void machine_off_now(void);

#endif
