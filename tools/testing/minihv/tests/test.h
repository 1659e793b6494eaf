/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * minihv's own tests: a kernel that runs as root (or L1VH) partition and looks
 * at the hypervisor from inside. Deliberately shares nothing with minihv but the
 * ABI's definitions.
 */
#ifndef TEST_H
#define TEST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <hvabi/hvabi.h>

#define PAGE_SIZE	4096ull
#define SIZE_2M		0x200000ull
#define SIZE_1G		0x40000000ull
#define BIT(n)		(1ull << (n))
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* report.c: TAP on the first serial port, "<topic>: <what>" per line */
void test_begin(const char *topic);
bool report(bool ok, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void skip(const char *why, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A value is what it should be; says both if it is not. */
bool report_eq(uint64_t got, uint64_t want, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Nothing that follows makes sense: end the run as failed. */
void bail_out(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
unsigned int report_end(void);

/* lib.c */
void *memset(void *dst, int c, size_t n);
void *memcpy(void *dst, const void *src, size_t n);
int memcmp(const void *a, const void *b, size_t n);
/* Zeroed memory from the arena; physical address is the address. */
void *alloc_pages(uint64_t nr);
void *alloc_aligned(uint64_t size, uint64_t align);
void free_page(uint64_t pa);
bool is_ram(uint64_t base, uint64_t size);
/* The machine: read once at the start. */
struct machine {
	bool l1vh;
	bool core_scheduler;
	bool smp;
	bool syntimers;
	bool strict;		/* given on the command line */
	bool spare;		/* so is this: children can have interrupts of devices */
};

extern struct machine machine;

/* cpu.c: processor and interrupts */
struct frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
	uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

#define NO_FAULT	(-1)

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

void cpu_setup(void);
struct cpuid cpuid(uint32_t leaf, uint32_t subleaf);
uint64_t rdmsr(uint32_t msr);
void wrmsr(uint32_t msr, uint64_t value);
/* Vector of the exception the access raised, NO_FAULT. */
int try_rdmsr(uint32_t msr, uint64_t *value);
int try_wrmsr(uint32_t msr, uint64_t value);
int try_hypercall(uint64_t control, uint64_t *result);
extern volatile uint64_t fault_error;
/* How often each interrupt came; EOI is done unless the vector is in no_eoi. */
extern volatile uint32_t interrupts[256];
extern bool no_eoi[256];
/* Called at each of them, interrupts off; may be NULL. */
extern void (*volatile interrupt_hook)(unsigned int vector);
/* Where to count NMIs, of all processors; NULL: one ends the run. */
extern volatile uint32_t *volatile nmi_count;
/* With interrupts on, until @vector came after @seen, or @ms passed: false. */
bool wait_interrupt(unsigned int vector, uint32_t seen, unsigned int ms);
void interrupts_on_for(unsigned int ms);
uint32_t apic_read(uint32_t offset);
void apic_write(uint32_t offset, uint32_t value);

static inline uint64_t rdtsc(void)
{
	uint32_t lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return ((uint64_t)hi << 32) | lo;
}

static inline void outb(uint16_t port, uint8_t v)
{
	asm volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
	uint8_t v;

	asm volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline void outl(uint16_t port, uint32_t v)
{
	asm volatile("outl %0, %1" : : "a"(v), "Nd"(port));
}

static inline uint32_t inl(uint16_t port)
{
	uint32_t v;

	asm volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

/* hypercall.c */
#define REPS(n)		((uint64_t)(n) << HV_HYPERCALL_REP_COMP_OFFSET)
#define REP_START(n)	((uint64_t)(n) << HV_HYPERCALL_REP_START_OFFSET)
#define VAR_WORDS(n)	((uint64_t)(n) << HV_HYPERCALL_VARHEAD_OFFSET)

struct hcall_result {
	uint16_t status;
	uint16_t reps;
};

/* The input and output pages that every call here uses. */
extern void *hc_in, *hc_out;
void hypercall_setup(void);
/* @control: code and whatever else belongs into the control word. */
struct hcall_result hcall_at(uint64_t control, uint64_t in, uint64_t out);
/* With hc_in and hc_out; hc_out is cleared before. */
struct hcall_result hcall(uint64_t control);
struct hcall_result hcall_fast(uint64_t control, uint64_t a, uint64_t b);
uint64_t hypercall_page(void);

/* Reference time in 100 ns, and a wait. */
uint64_t ref_time(void);
void wait_ms(unsigned int ms);

/* Topics. */
void test_cpuid(void);
void test_msr(void);
void test_hypercall(void);
void test_time(void);
void test_partition(void);
void test_memory(void);
void test_intercept(void);
void test_register(void);
void test_lapic(void);
void test_interrupt(void);
void test_synic(void);
void test_device(void);
void test_domain(void);
void test_attach(void);
void test_attach_knobs(void);
void test_passed(void);
void test_banks(void);
void test_nvme(void);
void test_functions(void);
void test_fault_devices(void);
void test_passed_knobs(void);
void test_passed_kept(void);
void test_must_free(void);
void test_must_mapped(void);
void test_must_attached(void);
void test_must_domain(void);
void test_must_page_zero(void);
void test_must_hypervisor(void);
void test_domain_large(void);
void test_domain_knobs(void);
void test_vpstate(void);
void test_translate(void);
void test_enlightened(void);
void test_port(void);
void test_scrub(void);
void test_schedule(void);
void test_smp(void);
void test_stats(void);
void test_features(void);
void test_retarget(void);
void test_storm(void);
void test_parked(void);
void test_iret(void);
void test_race(void);
void test_invalid(void);
void test_ipi(void);
void test_nmi(void);
void test_decode(void);
void test_fault_call(void);
void test_fault_reps(void);
void test_fault_oom(void);
void test_fault_delay(void);
void test_fault_dup(void);
void test_fault_vp(void);
void test_fault_count(void);
void test_fault_set(void);
void test_remap_keep(void);
void test_remap_clear(void);
void test_unknown(void);
void test_left_mapped(void);
void test_must_leak(void);
void test_must_call(void);
void test_must_msr(void);
void test_must_touch(void);
void test_must_crash(void);

#endif
