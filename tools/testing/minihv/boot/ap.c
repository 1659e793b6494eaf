// SPDX-License-Identifier: GPL-2.0-only
/* Starting the other processors, one after the other. */
#include "base/asm.h"
#include "boot/boot.h"
#include "cpu/apic.h"
#include "cpu/cpu.h"
#include "cpu/timer.h"
#include "memory/mem.h"
#include "sched/sched.h"

#define STACK_PAGES	8

extern const char trampoline[], trampoline_end[];
uint64_t ap_stack;	/* boot.S: stack of the CPU that is being started */
static struct cpu *ap_starting;

void start_ap(void)
{
	struct cpu *cpu = ap_starting;

	cpu_init(cpu);
	apic_init();
	if (cpu == &cpus[0])
		start_root(cpu);
	sched_wait(cpu);
}

static bool wait_online(struct cpu *cpu, uint64_t duration)
{
	uint64_t end = time_ref() + duration;

	while (!__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE)) {
		if (time_ref() > end)
			return false;
		cpu_relax();
	}
	return true;
}

void cpu_start(struct cpu *cpu)
{
	memcpy(pa_to_va(TRAMPOLINE_PA), trampoline, trampoline_end - trampoline);
	cpu->stack_end = (char *)hv_alloc_pages(STACK_PAGES) + STACK_PAGES * PAGE_SIZE;
	ap_stack = va_to_pa(cpu->stack_end);
	ap_starting = cpu;
	apic_send(cpu->apic_id, APIC_DM_INIT | APIC_ASSERT);
	wait_online(cpu, 10000);	/* 1 ms between INIT and SIPI */
	apic_send(cpu->apic_id, APIC_DM_STARTUP | APIC_ASSERT | TRAMPOLINE_PA >> 12);
	if (!wait_online(cpu, 20000000))
		hv_fatal("processor %u (APIC id %u) does not start", cpu->index, cpu->apic_id);
}
