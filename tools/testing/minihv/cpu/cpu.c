// SPDX-License-Identifier: GPL-2.0-only
/* Physical processors: what each sets up, exceptions. */
#include "cpu/cpu.h"
#include "base/asm.h"
#include "base/power.h"
#include "cpu/apic.h"
#include "cpu/mmio.h"
#include "cpu/timer.h"
#include "memory/mem.h"

struct cpu cpus[MAX_CPUS];
uint32_t nr_cpus;

extern const char exception_entries[], nmi_entry[];

struct idt_gate {
	uint16_t offset0, selector;
	uint16_t flags, offset1;
	uint32_t offset2, reserved;
};

#define EXCEPTIONS	32
#define VECTORS		256

static struct idt_gate idt[VECTORS];

static void set_gate(unsigned int vector, uint64_t entry)
{
	idt[vector] = (struct idt_gate){
		.offset0 = (uint16_t)entry,
		.selector = SEL_CODE64,
		.flags = 0x8e00,
		.offset1 = (uint16_t)(entry >> 16),
		.offset2 = (uint32_t)(entry >> 32),
	};
}

void cpu_load_idt(const char *interrupts)
{
	unsigned int v, end = interrupts ? VECTORS : EXCEPTIONS;
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) idtr = { end * sizeof(idt[0]) - 1, va_to_pa(idt) };

	for (v = 0; v < EXCEPTIONS; v++)
		set_gate(v, va_to_pa(exception_entries) + v * 16);
	set_gate(2, va_to_pa(nmi_entry));
	for (; v < end; v++)
		set_gate(v, va_to_pa(interrupts) + (v - EXCEPTIONS) * 16);
	asm volatile("lidt %0" : : "m"(idtr));
}

_Static_assert(offsetof(struct cpu, nmis) == CPU_NMIS, "entry.S counts there");

void cpu_claim(struct cpu *cpu)
{
	cpu->self = cpu;
	wrmsr(MSR_GS_BASE, va_to_pa(cpu));
}

void cpu_init(struct cpu *cpu)
{
	cpu_claim(cpu);
	cpu->armed = TIMER_NEVER;
	list_init(&cpu->timers);
	list_init(&cpu->queue);
	cpu_load_idt(NULL);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SVME);
	asm volatile("clgi");
	cpu->hsave_pa = va_to_pa(hv_alloc_pages(1));
	cpu->host_vmcb_pa = va_to_pa(hv_alloc_pages(1));
	wrmsr(MSR_VM_HSAVE_PA, cpu->hsave_pa);
	asm volatile("vmsave %%rax" : : "a"(cpu->host_vmcb_pa) : "memory");
	power_stop_others = cpus_stop;
	__atomic_store_n(&cpu->online, true, __ATOMIC_RELEASE);
}

void cpu_exception(const uint64_t *frame)
{
	uint64_t cr2;

	asm volatile("mov %%cr2, %0" : "=r"(cr2));
	hv_fatal("exception %lu error 0x%lx at 0x%lx, rsp 0x%lx, cr2 0x%lx", frame[0], frame[1],
		 frame[2], frame[5], cr2);
}

void cpus_stop(void)
{
	uint32_t i;

	mmio_keep();
	for (i = 0; i < nr_cpus; i++)
		if (&cpus[i] != this_cpu() && cpus[i].online)
			apic_send(cpus[i].apic_id, APIC_DM_INIT | APIC_ASSERT);
}
