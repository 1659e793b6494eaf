// SPDX-License-Identifier: GPL-2.0-only
/* Round trips of port and memory exits on KVM, answered by hand in its page. */
#include <errno.h>
#include <string.h>

#include <linux/kvm.h>

#include "bench.h"
#include "call.h"

#define WARM_UP		200
#define ANSWER		0x5a
#define LOOP		2	/* instructions of the guest, of one round */

/* 1: in $0x80, %al; jmp 1b */
static const char port_code[] = "\xe4\x80\xeb\xfc";
/* 1: mov (%rbx), %eax; jmp 1b */
static const char mmio_code[] = "\x8b\x03\xeb\xfc";

static _Alignas(PAGE) unsigned char ram[GUEST_RAM];

struct kvm_trip {
	struct guest g;
	int fd;
	struct kvm_run *run;
};

static inline void answer_port(struct kvm_run *run)
{
	if (run->exit_reason != KVM_EXIT_IO || run->io.direction != KVM_EXIT_IO_IN ||
	    run->io.size != 1 || run->io.count != 1)
		fail("the guest's port exit", -EPROTO);
	*((uint8_t *)run + run->io.data_offset) = ANSWER;
}

static inline void answer_mmio(struct kvm_run *run)
{
	if (run->exit_reason != KVM_EXIT_MMIO || run->mmio.is_write ||
	    run->mmio.phys_addr != MMIO_GPA)
		fail("the guest's memory exit", -EPROTO);
	run->mmio.data[0] = ANSWER;
}

static inline __attribute__((always_inline)) void
trip_loop(struct kvm_trip *t, unsigned int rounds, void (*answer)(struct kvm_run *run),
	  long (*call)(int fd, unsigned long request, void *argument))
{
	while (rounds--) {
		if (call(t->fd, KVM_RUN, NULL))
			fail("KVM_RUN", -EIO);
		answer(t->run);
	}
}

#define LOOPS(name)							\
static void name##_by_ioctl(void *arg, unsigned int rounds)		\
{									\
	trip_loop(arg, rounds, answer_##name, call_libc);			\
}									\
									\
static void name##_by_syscall(void *arg, unsigned int rounds)		\
{									\
	trip_loop(arg, rounds, answer_##name, call_kernel);			\
}									\
									\
static void name##_user_part(void *arg, unsigned int rounds)		\
{									\
	trip_loop(arg, rounds, answer_##name, call_nobody);			\
}

LOOPS(port)
LOOPS(mmio)

struct loops {
	void (*by_ioctl)(void *arg, unsigned int rounds);
	void (*by_syscall)(void *arg, unsigned int rounds);
	void (*user_part)(void *arg, unsigned int rounds);
};

static void measure(const char *code, size_t size, const struct loops *loops,
		    const char *kernel_name, const char *whole_name)
{
	struct kvm_trip t;

	guest_start_long(&t.g, ram, sizeof(ram), code, size, MMIO_GPA, 0, 0);
	t.fd = t.g.kvm_vp->fd;
	t.run = t.g.kvm_vp->run;
	loops->by_syscall(&t, WARM_UP);
	print(kernel_name, counters_cost(loops->by_syscall, &t).instructions -
			   counters_user(loops->user_part, &t) - counters_of_guest(LOOP));
	print(whole_name, counters_cost(loops->by_ioctl, &t).instructions -
			  counters_of_guest(LOOP));
	guest_close(&t.g);
}

void bench_kvm_exits(void)
{
	static const struct loops port = { port_by_ioctl, port_by_syscall, port_user_part };
	static const struct loops mmio = { mmio_by_ioctl, mmio_by_syscall, mmio_user_part };

	measure(port_code, sizeof(port_code), &port, "port_exit_kernel", "port_exit_page");
	measure(mmio_code, sizeof(mmio_code), &mmio, "mmio_exit_kernel", "mmio_exit_page");
}
