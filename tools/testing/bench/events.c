// SPDX-License-Identifier: GPL-2.0-only
/* Interrupts by eventfd, and doorbells. */
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bench.h"

#define BELL_GPA	0x20000
#define BELLS		1000	/* of one round of the guest */
#define WARM_UP		200
#define MSI_ADDRESS	0xfee00000
#define MSI_VECTOR	0x40
#define GSI		5

/* 1: out %al, $0x80; jmp 1b */
static const char exits[] = "\xe6\x80\xeb\xfc";
/* 1: mov $BELLS, %cx; 2: mov %al, 0; loop 2b; out %al, $0x80; jmp 1b */
static const char bells[] = "\xb9\xe8\x03\xa2\0\0\xe2\xfb\xe6\x80\xeb\xf4";

static int new_eventfd(void)
{
	int fd = eventfd(0, EFD_NONBLOCK);

	if (fd < 0)
		fail("eventfd", -errno);
	return fd;
}

static void bench_doorbell(void)
{
	struct mshv_ioeventfd bell = { .gpa = BELL_GPA, .fd = new_eventfd() };
	uint64_t start, count;
	struct guest g;

	guest_start_real(&g, bells, sizeof(bells), BELL_GPA);
	must("mshv_vm_add_ioeventfd", mshv_vm_add_ioeventfd(g.vm, &bell));
	guest_port_exit(&g);
	start = now_ns();
	guest_port_exit(&g);
	print("ioeventfd_write_ns", (double)(now_ns() - start) / BELLS);
	if (read(bell.fd, &count, sizeof(count)) != sizeof(count))
		fail("no doorbell rang", -errno);
	must("mshv_vm_remove_ioeventfd", mshv_vm_remove_ioeventfd(g.vm, &bell));
	close(bell.fd);
	guest_close(&g);
}

static double signal_ns(int fd)
{
	uint64_t start = 0, one = 1;

	for (unsigned int i = 0; i < WARM_UP + effort.rounds; i++) {
		if (i == WARM_UP)
			start = now_ns();
		if (write(fd, &one, sizeof(one)) != sizeof(one))
			fail("write to the irqfd", -errno);
	}
	return (double)(now_ns() - start) / effort.rounds;
}

static void bench_signals(const char *name, unsigned int exits_before)
{
	const struct mshv_msi_route route = {
		.gsi = GSI, .address = MSI_ADDRESS, .data = MSI_VECTOR,
	};
	int fd = new_eventfd();
	struct guest g;

	guest_start_real(&g, exits, sizeof(exits), 0);
	while (exits_before--)
		guest_port_exit(&g);
	must("mshv_vm_set_msi_routes", mshv_vm_set_msi_routes(g.vm, &route, 1));
	must("mshv_vm_add_irqfd", mshv_vm_add_irqfd(g.vm, GSI, fd, -1));
	print(name, signal_ns(fd));
	must("mshv_vm_remove_irqfd", mshv_vm_remove_irqfd(g.vm, GSI, fd));
	close(fd);
	guest_close(&g);
}

void bench_events(void)
{
	bench_signals("irqfd_signal_ns", WARM_UP);
	bench_signals("irqfd_signal_new_ns", 0);
	bench_doorbell();
}
