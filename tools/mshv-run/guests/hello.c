// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that computes something that can be checked, talks on the serial port,
 * makes a lot of port and memory exits, and stops.
 */
#include <stdbool.h>
#include <stdint.h>

#include "guest.h"

#define SERIAL 0x3f8
#define SERIAL_LSR (SERIAL + 5)
#define LSR_READY 0x20
#define EXIT_PORT 0xf4
#define COUNTING_PORT 0xe0
#define COUNTING_REGISTER ((volatile uint32_t *)0xd0000000)

#define READS 2000
#define LIMIT 10000

static unsigned int finished, wrong;
static uint8_t composite[LIMIT];

static void port_out8(uint16_t port, uint8_t value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t port_in8(uint16_t port)
{
	uint8_t value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

/* The other half of RAX must be cleared, so look at all of it. */
static uint64_t port_in32(uint16_t port)
{
	uint64_t value = ~0ull;

	asm volatile("inl %1, %%eax" : "+a"(value) : "Nd"(port));
	return value;
}

static void put(char c)
{
	while (!(port_in8(SERIAL_LSR) & LSR_READY))
		;
	port_out8(SERIAL, (uint8_t)c);
}

static void print(const char *text)
{
	for (; *text; text++)
		put(*text);
}

static void print_number(uint64_t value, unsigned int base)
{
	char digits[20];
	unsigned int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (n)
		put(digits[--n]);
}

static unsigned int count_primes(void)
{
	unsigned int count = 0;

	for (unsigned int i = 2; i < LIMIT; i++) {
		if (composite[i])
			continue;
		count++;
		for (unsigned int j = i * i; j < LIMIT; j += i)
			composite[j] = 1;
	}
	return count;
}

static uint32_t crc32(const char *text)
{
	uint32_t crc = ~0u;

	for (; *text; text++) {
		crc ^= (uint8_t)*text;
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

/* Each read is one exit; a lost or repeated one shows in the count. */
static bool port_reads(void)
{
	for (uint64_t i = 1; i <= READS; i++)
		if (port_in32(COUNTING_PORT) != i)
			return false;
	return true;
}

static bool memory_reads(void)
{
	for (uint32_t i = 1; i <= READS; i++)
		if (*COUNTING_REGISTER != i)
			return false;
	return true;
}

/* What all VPs do. */
static void work(void)
{
	if (!port_reads() || !memory_reads())
		__atomic_add_fetch(&wrong, 1, __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&finished, 1, __ATOMIC_SEQ_CST);
}

static void first_cpu(unsigned int cpus, uint64_t memory)
{
	print("Hello from a guest with ");
	print_number(cpus, 10);
	print(" VPs and ");
	print_number(memory >> 20, 10);
	print(" MiB.\n");
	print("Primes below 10000: ");
	print_number(count_primes(), 10);
	print("\nCRC-32 of \"123456789\": ");
	print_number(crc32("123456789"), 16);
	print("\n");

	work();
	while (__atomic_load_n(&finished, __ATOMIC_SEQ_CST) != cpus)
		__builtin_ia32_pause();

	print("Port and memory reads by each VP: ");
	print_number(READS, 10);
	print(wrong ? ", not all in order.\n" : ", all in order.\n");
	port_out8(EXIT_PORT, wrong ? 1 : 0);
}

void guest_main(unsigned int index, unsigned int cpus, uint64_t memory)
{
	if (!index) {
		first_cpu(cpus, memory);
		return;
	}
	work();
}
