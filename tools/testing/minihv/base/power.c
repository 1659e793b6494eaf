// SPDX-License-Identifier: GPL-2.0-only
/* The end of the machine, see power.h. */
#include "base/power.h"
#include "base/x86.h"

#define SLP_EN	0x2000

uint16_t pm1a_control_port;
uint8_t sleep_type_s5;
void (*power_stop_others)(void);
unsigned int (*power_report)(void);

void machine_off_now(void)
{
	if (pm1a_control_port)
		outw(pm1a_control_port, SLP_EN | sleep_type_s5 << 10);
	for (;;)
		asm volatile("cli; hlt");
}

void machine_power_off(void)
{
	static uint32_t once;

	if (__atomic_exchange_n(&once, 1, __ATOMIC_ACQ_REL))
		for (;;)
			cpu_relax();
	if (power_stop_others)
		power_stop_others();
	hv_log("off: %u leaks", power_report());
	machine_off_now();
}
