// SPDX-License-Identifier: GPL-2.0-only
/* Physical processors: what each sets up, exceptions, kicks. */
#include "cpu/cpu.h"
#include "base/asm.h"
#include "base/power.h"
#include "cpu/apic.h"
#include "cpu/timer.h"
#include "memory/mem.h"

#define RESEND_AFTER	100000	/* polls before a kick is sent again */

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

void cpu_init(struct cpu *cpu)
{
	cpu->self = cpu;
	cpu->armed = TIMER_NEVER;
	list_init(&cpu->timers);
	list_init(&cpu->queue);
	cpu_load_idt(NULL);
	wrmsr(MSR_GS_BASE, va_to_pa(cpu));
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

static void send_kick(struct cpu *cpu, uint32_t from)
{
	if (!__atomic_compare_exchange_n(&cpu->kicked, &from, KICK_SENDING, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return;
	apic_send(cpu->apic_id, APIC_DM_NMI | APIC_ASSERT);
	__atomic_store_n(&cpu->kicked, KICK_SENT, __ATOMIC_SEQ_CST);
}

void cpu_kick(struct cpu *cpu)
{
	send_kick(cpu, KICK_NONE);
}

void cpu_kick_again(struct cpu *cpu, unsigned int *polls)
{
	cpu_relax();
	if (++*polls % RESEND_AFTER == 0)
		send_kick(cpu, cpu->kicked == KICK_SENT ? KICK_SENT : KICK_NONE);
}

bool cpu_end_kick(struct cpu *cpu)
{
	uint32_t sent;

	if (__atomic_load_n(&cpu->kicked, __ATOMIC_SEQ_CST) == KICK_NONE)
		return false;
	do {
		while (__atomic_load_n(&cpu->kicked, __ATOMIC_SEQ_CST) != KICK_SENT)
			cpu_relax();
		cpu_take_nmi();
		sent = KICK_SENT;
	} while (!__atomic_compare_exchange_n(&cpu->kicked, &sent, KICK_NONE, false,
					      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	return true;
}

void cpu_swallow_nmi(struct cpu *cpu)
{
	cpu_take_nmi();
	if (__atomic_load_n(&cpu->kicked, __ATOMIC_SEQ_CST) == KICK_NONE)
		return;
	/* Whether the kick's NMI was the one just taken can't be told: send another. */
	while (__atomic_load_n(&cpu->kicked, __ATOMIC_SEQ_CST) != KICK_SENT)
		cpu_relax();
	apic_send(cpu->apic_id, APIC_DM_NMI | APIC_ASSERT);
}

void cpus_stop(void)
{
	uint32_t i;

	for (i = 0; i < nr_cpus; i++)
		if (&cpus[i] != this_cpu() && cpus[i].online)
			apic_send(cpus[i].apic_id, APIC_DM_INIT | APIC_ASSERT);
}
