// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor tables, exceptions that tests provoke, interrupts, local APIC. */
#include "test.h"

#define APIC		0xfee00000ull
#define APIC_EOI	0xb0
#define APIC_SPIV	0xf0
#define SPURIOUS	0xff
#define MSR_APIC_BASE	0x1b
#define CODE_SELECTOR	0x08
#define FIRST_IRQ	32
#define NMI		2

struct gate {
	uint16_t offset0, selector;
	uint8_t ist, type;
	uint16_t offset1;
	uint32_t offset2, reserved;
};

struct table {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

extern const char vector_stubs[];

volatile uint32_t interrupts[256];
bool no_eoi[256];
void (*volatile interrupt_hook)(unsigned int vector);
volatile uint32_t *volatile nmi_count;
volatile uint64_t fault_error;

/* Where an expected exception goes on, 0: none is expected. */
static volatile uint64_t fault_resume;
static volatile int fault_vector;

static struct gate idt[256] __attribute__((aligned(16)));
static uint64_t gdt[] = { 0, 0x00af9b000000ffff, 0x00cf93000000ffff };

void interrupt(struct frame *f);

void interrupt(struct frame *f)
{
	unsigned int vector = f->vector;

	if (vector >= FIRST_IRQ) {
		__atomic_fetch_add(&interrupts[vector], 1, __ATOMIC_RELAXED);
		if (interrupt_hook)
			interrupt_hook(vector);
		if (vector != SPURIOUS && !no_eoi[vector])
			apic_write(APIC_EOI, 0);
		return;
	}
	if (vector == NMI && nmi_count) {
		__atomic_fetch_add(nmi_count, 1, __ATOMIC_RELAXED);
		return;
	}
	if (!fault_resume)
		bail_out("exception %u, error 0x%lx at 0x%lx", vector, f->error, f->rip);
	fault_vector = vector;
	fault_error = f->error;
	f->rip = fault_resume;
	fault_resume = 0;
}

void cpu_setup(void)
{
	struct table gdtr = { sizeof(gdt) - 1, (uint64_t)gdt };
	struct table idtr = { sizeof(idt) - 1, (uint64_t)idt };
	unsigned int i;

	for (i = 0; i < 256; i++) {
		uint64_t stub = (uint64_t)vector_stubs + i * 16;

		idt[i] = (struct gate){
			.offset0 = stub, .offset1 = stub >> 16, .offset2 = stub >> 32,
			.selector = CODE_SELECTOR, .type = 0x8e,
		};
	}
	asm volatile("lgdt %0\n\t"
		     "push $8\n\t"
		     "lea 1f(%%rip), %%rax\n\t"
		     "push %%rax\n\t"
		     "lretq\n"
		     "1:\n\t"
		     "mov $16, %%eax\n\t"
		     "mov %%eax, %%ds\n\t"
		     "mov %%eax, %%es\n\t"
		     "mov %%eax, %%ss\n\t"
		     "lidt %1"
		     : : "m"(gdtr), "m"(idtr) : "rax", "memory");
	/* Nothing but the hypervisor shall interrupt: both PICs off, LINT pins masked. */
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | BIT(11));
	apic_write(0x350, 0x10000);
	apic_write(0x360, 0x10000);
	apic_write(APIC_SPIV, 0x100 | SPURIOUS);
}

struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid r;

	asm volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
		     : "a"(leaf), "c"(subleaf));
	return r;
}

int try_rdmsr(uint32_t msr, uint64_t *value)
{
	uint32_t lo = 0, hi = 0;

	fault_vector = NO_FAULT;
	asm volatile("movq $1f, %0\n\t"
		     "rdmsr\n"
		     "1:\n\t"
		     "movq $0, %0"
		     : "=m"(fault_resume), "+a"(lo), "+d"(hi) : "c"(msr) : "memory");
	*value = ((uint64_t)hi << 32) | lo;
	return fault_vector;
}

int try_wrmsr(uint32_t msr, uint64_t value)
{
	fault_vector = NO_FAULT;
	asm volatile("movq $1f, %0\n\t"
		     "wrmsr\n"
		     "1:\n\t"
		     "movq $0, %0"
		     : "=m"(fault_resume)
		     : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
	return fault_vector;
}

/* By the instruction itself, without the hypercall page. */
int try_hypercall(uint64_t control, uint64_t *result)
{
	uint64_t rax = 0, rdx = 0;

	fault_vector = NO_FAULT;
	asm volatile("movq $1f, %0\n\t"
		     "xor %%r8d, %%r8d\n\t"
		     "vmmcall\n"
		     "1:\n\t"
		     "movq $0, %0"
		     : "=m"(fault_resume), "+a"(rax), "+c"(control), "+d"(rdx)
		     : : "r8", "r9", "r10", "r11", "memory");
	*result = rax;
	return fault_vector;
}

uint64_t rdmsr(uint32_t msr)
{
	uint64_t value;
	int vector = try_rdmsr(msr, &value);

	if (vector != NO_FAULT)
		bail_out("exception %d reading MSR 0x%x", vector, msr);
	return value;
}

void wrmsr(uint32_t msr, uint64_t value)
{
	int vector = try_wrmsr(msr, value);

	if (vector != NO_FAULT)
		bail_out("exception %d writing 0x%lx to MSR 0x%x", vector, value, msr);
}

uint32_t apic_read(uint32_t offset)
{
	return *(volatile uint32_t *)(APIC + offset);
}

void apic_write(uint32_t offset, uint32_t value)
{
	*(volatile uint32_t *)(APIC + offset) = value;
}

bool wait_interrupt(unsigned int vector, uint32_t seen, unsigned int ms)
{
	uint64_t end = ref_time() + ms * 10000ull;

	while (interrupts[vector] == seen && ref_time() < end)
		asm volatile("sti; nop; pause; cli" : : : "memory");
	return interrupts[vector] != seen;
}

void interrupts_on_for(unsigned int ms)
{
	uint64_t end = ref_time() + ms * 10000ull;

	while (ref_time() < end)
		asm volatile("sti; nop; pause; cli" : : : "memory");
}
