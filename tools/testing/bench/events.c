// SPDX-License-Identifier: GPL-2.0-only
/* Interrupts by eventfd, and doorbells. */
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bench.h"

#define BELL_GPA	0x20000
#define WARM_UP		200
#define MSI_ADDRESS	0xfee00000
#define MSI_VECTOR	0x40

/* 1: out %al, $0x80; jmp 1b */
static const char exits[] = "\xe6\x80\xeb\xfc";
/* 1: mov $n, %cx; 2: mov %al, 0; loop 2b; out %al, $0x80; jmp 1b */
#define BELLS(n) "\xb9" n "\xa2\0\0\xe2\xfb\xe6\x80\xeb\xf4"
static const char many[] = BELLS("\xe8\x03"), few[] = BELLS("\x09\0"), one[] = BELLS("\x01\0");
#define MANY		1000
#define FEW		9
#define PER_BELL	2	/* instructions of the guest */

static int new_eventfd(void)
{
	int fd = eventfd(0, EFD_NONBLOCK);

	if (fd < 0)
		fail("eventfd", -errno);
	return fd;
}

static void open_bell(struct guest *g, const char *code, size_t size, int fd)
{
	guest_start_real(g, code, size, BELL_GPA);
	guest_ops->doorbell(g, BELL_GPA, fd);
	guest_port_exit(g);
}

static void close_bell(struct guest *g, int fd)
{
	uint64_t count;

	if (read(fd, &count, sizeof(count)) != sizeof(count))
		fail("no doorbell rang", -errno);
	close(fd);
	guest_close(g);
}

/* The whole, hypervisor and guest included, by the clock. */
static void bells_by_clock(void)
{
	int fd = new_eventfd();
	struct guest g;
	uint64_t start;

	open_bell(&g, many, sizeof(many), fd);
	start = now_ns();
	guest_port_exit(&g);
	print("ioeventfd_write_ns", (double)(now_ns() - start) / MANY);
	close_bell(&g, fd);
}

static void port_exits(void *arg, unsigned int rounds)
{
	while (rounds--)
		guest_port_exit(arg);
}

static double round_of_bells(const char *code, size_t size)
{
	int fd = new_eventfd();
	double instructions;
	struct guest g;

	open_bell(&g, code, size, fd);
	instructions = counters_cost(port_exits, &g).instructions;
	close_bell(&g, fd);
	return instructions;
}

/* Both rounds have one port exit. */
static void bells_alone(void)
{
	double nine = round_of_bells(few, sizeof(few)), single = round_of_bells(one, sizeof(one));

	print("doorbell", (nine - single) / (FEW - 1) - counters_of_guest(PER_BELL));
}

static double signal_ns(int fd)
{
	const uint64_t once = 1;
	uint64_t start = 0;

	for (unsigned int i = 0; i < WARM_UP + effort.rounds; i++) {
		if (i == WARM_UP)
			start = now_ns();
		if (write(fd, &once, sizeof(once)) != sizeof(once))
			fail("write to the irqfd", -errno);
	}
	return (double)(now_ns() - start) / effort.rounds;
}

static void bench_signals(const char *name, unsigned int exits_before)
{
	int fd = new_eventfd();
	struct guest g;

	guest_start_real(&g, exits, sizeof(exits), 0);
	while (exits_before--)
		guest_port_exit(&g);
	guest_ops->irqfd(&g, fd, MSI_ADDRESS, MSI_VECTOR);
	print(name, signal_ns(fd));
	close(fd);
	guest_close(&g);
}

void bench_events(void)
{
	bench_signals("irqfd_signal_ns", WARM_UP);
	bench_signals("irqfd_signal_new_ns", 0);
	bells_by_clock();
	bells_alone();
}
