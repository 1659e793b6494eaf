// SPDX-License-Identifier: GPL-2.0-only
/* Interrupts and doorbells. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/mshv.h>
#include <hvabi/hvabi.h>

#include "fuzz.h"

#define MSI_ADDRESS	0xfee00000
#define MAX_ROUTES	40

int op_event(struct fuzzer *f)
{
	return put(f, KIND_EVENT, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

static uint32_t some_gsi(struct fuzzer *f)
{
	return one_in(&f->rng, 16) ? odd_number(&f->rng) : below(&f->rng, 6);
}

/* An eventfd, most of the time. */
static int some_event(struct fuzzer *f)
{
	return one_in(&f->rng, 16) ? any(f) : some(f, KIND_EVENT);
}

int op_irqfd(struct fuzzer *f)
{
	struct mshv_user_irqfd args = {
		.fd = some_event(f),
		.resamplefd = some_event(f),
		.gsi = some_gsi(f),
		.flags = one_in(&f->rng, 16) ? odd_number(&f->rng) : below(&f->rng, 4),
	};

	return err(ioctl(some(f, KIND_VM), MSHV_IRQFD, &args));
}

int op_ioeventfd(struct fuzzer *f)
{
	static const uint32_t lengths[] = { 0, 1, 2, 4, 8, 8, 3, 0xffffffff };
	struct mshv_user_ioeventfd args = {
		.datamatch = below(&f->rng, 3),
		.addr = one_in(&f->rng, 2) ? 0xd0000000 + 8 * below(&f->rng, 4) : some_gpa(f),
		.len = ONE_OF(&f->rng, lengths),
		.fd = some_event(f),
		.flags = one_in(&f->rng, 8) ? odd_number(&f->rng) : below(&f->rng, 8),
	};

	return err(ioctl(some(f, KIND_VM), MSHV_IOEVENTFD, &args));
}

static uint32_t some_data(struct fuzzer *f)
{
	/* Vector, way of delivery, level and its trigger. */
	return one_in(&f->rng, 8) ? odd_number(&f->rng) :
	       below(&f->rng, 256) | below(&f->rng, 8) << 8 | below(&f->rng, 4) << 14;
}

int op_routes(struct fuzzer *f)
{
	struct {
		struct mshv_user_irq_table head;
		struct mshv_user_irq_entry entries[MAX_ROUTES];
	} args = { .head.nr = one_in(&f->rng, 16) ? odd_number(&f->rng) : below(&f->rng, 8) };
	uint32_t nr = args.head.nr < MAX_ROUTES ? args.head.nr : MAX_ROUTES;

	for (uint32_t i = 0; i < nr; i++)
		args.entries[i] = (struct mshv_user_irq_entry){
			.gsi = some_gsi(f),
			.address_lo = one_in(&f->rng, 8) ? odd_number(&f->rng) :
				      MSI_ADDRESS | below(&f->rng, 4) << 12 |
				      below(&f->rng, 4) << 2,
			.address_hi = one_in(&f->rng, 8) ? odd_number(&f->rng) : 0,
			.data = some_data(f),
		};
	return err(ioctl(some(f, KIND_VM), MSHV_SET_MSI_ROUTING, &args));
}

int op_signal(struct fuzzer *f)
{
	uint64_t value = 1 + below(&f->rng, 3);
	int fd = some(f, KIND_EVENT);

	if (one_in(&f->rng, 3))
		return read(fd, &value, sizeof(value)) < 0 ? -errno : 0;
	for (unsigned int n = 1 + below(&f->rng, 20); n--;)
		if (write(fd, &value, sizeof(value)) < 0)
			return -errno;
	return 0;
}

int op_assert(struct fuzzer *f)
{
	struct hv_input_assert_virtual_interrupt in = {
		.control.interrupt_type = one_in(&f->rng, 8) ? odd_number(&f->rng) :
					  below(&f->rng, 10),
		.control.level_triggered = one_in(&f->rng, 2),
		.control.logical_dest_mode = one_in(&f->rng, 2),
		.dest_addr = one_in(&f->rng, 8) ? odd_number(&f->rng) : below(&f->rng, 3),
		.vector = one_in(&f->rng, 8) ? odd_number(&f->rng) : below(&f->rng, 256),
	};
	struct mshv_root_hvcall args = {
		.code = HVCALL_ASSERT_VIRTUAL_INTERRUPT,
		.in_sz = sizeof(in),
		.in_ptr = (uintptr_t)&in,
	};

	return err(ioctl(some(f, KIND_VM), MSHV_ROOT_HVCALL, &args));
}
