// SPDX-License-Identifier: GPL-2.0-only
/*
 * An interrupt for a VP that has halted, from the write to the irqfd until it has halted
 * again. The VP's thread goes before all others, so that this is over when write() is.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bench.h"

#define VECTOR		0x40
#define HANDLER		0x1100
#define COUNT		0x3000	/* where the guest counts its interrupts */
#define MSI_ADDRESS	0xfee00000
#define LOOP		8	/* instructions of the guest for each interrupt */

/*
 * mov $0x8000, %sp; mov $0x80f, %ecx; mov $0x1ff, %eax; xor %edx, %edx; wrmsr
 * (the local APIC is on); sti; out %al, $0x80; 1: hlt; jmp 1b
 */
static const char code[] = "\xbc\0\x80\x66\xb9\x0f\x08\0\0\x66\xb8\xff\x01\0\0\x66\x31\xd2"
			   "\x0f\x30\xfb\xe6\x80\xf4\xeb\xfd";
/* incl COUNT; mov $0x80b, %ecx; xor %eax, %eax; xor %edx, %edx; wrmsr (EOI); iret */
static const char handler[] = "\x66\xff\x06\0\x30\x66\xb9\x0b\x08\0\0\x66\x31\xc0\x66\x31\xd2"
			      "\x0f\x30\xcf";

struct sleeper {
	struct guest g;
	int fd;
};

static void on_signal(int signal)
{
	(void)signal;
}

/* The guest never exits: a signal is what ends it. */
static void *sleep_in_guest(void *arg)
{
	const struct sched_param first = { .sched_priority = 1 };
	struct sleeper *s = arg;

	if (sched_setscheduler(0, SCHED_FIFO, &first))
		fail("SCHED_FIFO", -errno);
	if (guest_run(&s->g))
		fail("the guest's exit", -EPROTO);
	return NULL;
}

static void wake(void *arg, unsigned int rounds)
{
	const uint64_t one = 1;
	struct sleeper *s = arg;

	while (rounds--)
		if (write(s->fd, &one, sizeof(one)) != sizeof(one))
			fail("write to the irqfd", -errno);
}

static uint32_t interrupts(void)
{
	uint32_t n;

	memcpy(&n, guest_real_ram() + COUNT, sizeof(n));
	return n;
}

static void load(void)
{
	const uint16_t vector[2] = { HANDLER, 0 };

	memcpy(guest_real_ram() + HANDLER, handler, sizeof(handler));
	memcpy(guest_real_ram() + 4 * VECTOR, vector, sizeof(vector));
	memset(guest_real_ram() + COUNT, 0, sizeof(uint32_t));
}

void bench_wake(void)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct sleeper s;
	uint32_t before;
	pthread_t thread;
	double cost;

	sigaction(SIGUSR1, &action, NULL);
	load();
	guest_start_real(&s.g, code, sizeof(code), 0);
	guest_ops->enable_x2apic(&s.g);
	s.fd = eventfd(0, EFD_NONBLOCK);
	if (s.fd < 0)
		fail("eventfd", -errno);
	guest_ops->irqfd(&s.g, s.fd, MSI_ADDRESS, VECTOR);
	guest_port_exit(&s.g);
	must("a thread", -pthread_create(&thread, NULL, sleep_in_guest, &s));
	/* Until it goes before all others, and sleeps. */
	usleep(100000);
	wake(&s, 10);
	before = interrupts();
	wake(&s, 10);
	if (interrupts() != before + 10)
		fail("a VP that is woken each time", -EPROTO);
	cost = counters_cost(wake, &s).instructions - counters_of_guest(LOOP);
	print("wake", cost);
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
	close(s.fd);
	guest_close(&s.g);
}
