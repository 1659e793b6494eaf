// SPDX-License-Identifier: GPL-2.0-only
/*
 * The physical local APIC, in xAPIC mode and shared with root, which programs it
 * directly. But on the spare processor the hypervisor only ever sends: fixed interrupts on behalf of the
 * SynIC, NMIs as kicks, INIT and SIPI to start processors.
 */
#include "cpu/apic.h"
#include "base/x86.h"
#include "cpu/mmio.h"

#define APIC_ID		0x020
#define APIC_EOI	0x0b0
#define APIC_SVR	0x0f0
#define APIC_ICR_LOW	0x300
#define APIC_ICR_HIGH	0x310
#define APIC_LINT0	0x350
#define APIC_LINT1	0x360
#define APIC_MASKED	0x10000

#define APIC_BUSY	0x1000
#define APIC_SVR_ENABLE	0x100

void apic_init(void)
{
	uint32_t svr = mmio_read32(APIC_PA + APIC_SVR);

	mmio_write32(APIC_PA + APIC_SVR, svr | APIC_SVR_ENABLE | 0xff);
}

uint32_t apic_id(void)
{
	return mmio_read32(APIC_PA + APIC_ID) >> 24;
}

void apic_end(void)
{
	mmio_write32(APIC_PA + APIC_EOI, 0);
}

void apic_mask_pins(void)
{
	mmio_write32(APIC_PA + APIC_LINT0, APIC_MASKED);
	mmio_write32(APIC_PA + APIC_LINT1, APIC_MASKED);
}

void apic_send(uint32_t dest, uint32_t icr_low)
{
	uint32_t high = mmio_read32(APIC_PA + APIC_ICR_HIGH);

	/* Root may have been interrupted between its writes of high and low. */
	while (mmio_read32(APIC_PA + APIC_ICR_LOW) & APIC_BUSY)
		cpu_relax();
	mmio_write32(APIC_PA + APIC_ICR_HIGH, dest << 24);
	mmio_write32(APIC_PA + APIC_ICR_LOW, icr_low);
	while (mmio_read32(APIC_PA + APIC_ICR_LOW) & APIC_BUSY)
		cpu_relax();
	mmio_write32(APIC_PA + APIC_ICR_HIGH, high);
}
