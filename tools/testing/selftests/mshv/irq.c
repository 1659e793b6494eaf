// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts into the guest: assertion by hypercall, irqfd, routing, resample.
 *
 * The guests end each interrupt handler with a port exit, so that "the interrupt
 * arrived" is something that a run returns.
 */
#include <pthread.h>
#include <sys/eventfd.h>
#include <poll.h>
#include <time.h>

#include "mshv_test.h"

#define MSI_ADDRESS(apic)	(0xfee00000 | (apic) << 12)
#define LEVEL			BIT(15)
#define TYPE_FIXED		0

#define DELIVERY_NMI		(4 << 8)

#define DEASSIGN		BIT(MSHV_IRQFD_BIT_DEASSIGN)
#define RESAMPLE		BIT(MSHV_IRQFD_BIT_RESAMPLE)

FIXTURE(irq) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
	int event;
};

FIXTURE_SETUP(irq)
{
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
	test_ok(mshv_vp_enable_x2apic(self->vp));
	mshv_vm_set_vector(&self->vm, GUEST_VECTOR_A, GUEST_HANDLER_A);
	mshv_vm_set_vector(&self->vm, GUEST_VECTOR_B, GUEST_HANDLER_B);
	self->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	ASSERT_LE(0, self->event);
}

FIXTURE_TEARDOWN(irq)
{
	mshv_vm_close(&self->vm);
	close(self->event);
}

static int signal_event(int event)
{
	uint64_t one = 1;

	return write(event, &one, sizeof(one)) == sizeof(one) ? 0 : -errno;
}

/* Signals an event after a while, when the guest is expected to be running. */
struct later {
	pthread_t thread;
	int event;
	int ret;
};

static void *signal_later(void *arg)
{
	struct later *later = arg;

	usleep(100000);
	later->ret = signal_event(later->event);
	return NULL;
}

#define start_later(later, fd)						\
	do {								\
		(later)->event = fd;					\
		(later)->ret = -1;					\
		ASSERT_EQ(0, pthread_create(&(later)->thread, NULL,	\
					    signal_later, later));	\
	} while (0)
#define end_later(later)						\
	do {								\
		ASSERT_EQ(0, pthread_join((later)->thread, NULL));	\
		EXPECT_EQ(0, (later)->ret);				\
	} while (0)

/* Runs until the handler of @vector reports. */
#define expect_interrupt(vp, vector)					\
	do {								\
		test_run_to_port(vp, GUEST_PORT_IRQ);			\
		EXPECT_EQ((vector), mshv_payload(vp,			\
			  struct hv_x64_io_port_intercept_message)->rax & 0xff); \
	} while (0)

#define start_guest(name)						\
	do {								\
		test_load(&self->vm, name);				\
		test_run_to_port(self->vp, GUEST_PORT_READY);		\
	} while (0)

static uint16_t port_of(const struct mshv_vp *vp)
{
	return mshv_payload(vp, struct hv_x64_io_port_intercept_message)->port_number;
}

static void on_alarm(int signal)
{
	(void)signal;
}

/* Runs until something comes out of the guest, or -EINTR after @ms. */
static int _test_run_until_alarm(struct mshv_vp *vp, int ms)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerspec when = {
		.it_value.tv_nsec = ms * 1000000L,
		.it_interval.tv_nsec = 50 * 1000000L,
	};
	timer_t timer;
	int ret;

	sigaction(SIGALRM, &action, NULL);
	if (timer_create(CLOCK_MONOTONIC, NULL, &timer))
		return -errno;
	timer_settime(timer, 0, &when, NULL);
	ret = _test_run(vp);
	timer_delete(timer);
	return ret;
}

/* The same, but not before the guest halts, which may take it some alarms. */
static int _test_run_until_halt(struct mshv_vp *vp)
{
	union hv_internal_activity_register activity;
	int ret;

	do {
		ret = _test_run_until_alarm(vp, 200);
		activity.as_uint64 = mshv_get_reg(vp, HV_REGISTER_INTERNAL_ACTIVITY_STATE);
	} while (ret == -EINTR && !activity.halt_suspend);
	return ret;
}

#define expect_no_interrupt(vp)	EXPECT_EQ(-EINTR, _test_run_until_halt(vp))

TEST_F(irq, asserted_by_hypercall)
{
	start_guest(irq_idle);
	test_assert_interrupt(self->vm.fd, GUEST_VECTOR_A, 0, TYPE_FIXED, false);
	expect_interrupt(self->vp, GUEST_VECTOR_A);
	EXPECT_EQ(1, mshv_data32(&self->vm, 0));
}

TEST_F(irq, asserted_while_closed_stays_pending)
{
	start_guest(irq_closed);
	test_assert_interrupt(self->vm.fd, GUEST_VECTOR_B, 0, TYPE_FIXED, false);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	EXPECT_EQ(0, mshv_data32(&self->vm, 1));
	expect_interrupt(self->vp, GUEST_VECTOR_B);
	EXPECT_EQ(1, mshv_data32(&self->vm, 1));
}

/* The higher vector first, each once. */
TEST_F(irq, two_pending_interrupts)
{
	start_guest(irq_closed);
	test_assert_interrupt(self->vm.fd, GUEST_VECTOR_A, 0, TYPE_FIXED, false);
	test_assert_interrupt(self->vm.fd, GUEST_VECTOR_B, 0, TYPE_FIXED, false);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	test_run_to_port(self->vp, GUEST_PORT_IRQ);
	test_run_to_port(self->vp, GUEST_PORT_IRQ);
	EXPECT_EQ(1, mshv_data32(&self->vm, 0));
	EXPECT_EQ(1, mshv_data32(&self->vm, 1));
	expect_no_interrupt(self->vp);
}

TEST_F(irq, irqfd_wakes_a_halted_guest)
{
	struct later later;

	test_route(self->vm.fd, 5, MSI_ADDRESS(0), GUEST_VECTOR_A);
	test_irqfd(self->vm.fd, self->event, 0, 5, 0);
	start_guest(irq_idle);
	start_later(&later, self->event);
	expect_interrupt(self->vp, GUEST_VECTOR_A);
	end_later(&later);
	EXPECT_EQ(1, mshv_data32(&self->vm, 0));
}

TEST_F(irq, irqfd_interrupts_a_busy_guest)
{
	struct later later;

	test_route(self->vm.fd, 5, MSI_ADDRESS(0), GUEST_VECTOR_A);
	test_irqfd(self->vm.fd, self->event, 0, 5, 0);
	start_guest(irq_busy);
	start_later(&later, self->event);
	expect_interrupt(self->vp, GUEST_VECTOR_A);
	end_later(&later);
	EXPECT_NE(0, mshv_data32(&self->vm, 0x40));
}

TEST_F(irq, irqfd_while_the_guest_does_not_run)
{
	test_route(self->vm.fd, 5, MSI_ADDRESS(0), GUEST_VECTOR_A);
	test_irqfd(self->vm.fd, self->event, 0, 5, 0);
	start_guest(irq_idle);
	test_ok(signal_event(self->event));
	expect_interrupt(self->vp, GUEST_VECTOR_A);
}

TEST_F(irq, irqfd_many_times)
{
	uint32_t i;

	test_route(self->vm.fd, 5, MSI_ADDRESS(0), GUEST_VECTOR_A);
	test_irqfd(self->vm.fd, self->event, 0, 5, 0);
	start_guest(irq_idle);
	for (i = 1; i <= 200; i++) {
		test_ok(signal_event(self->event));
		expect_interrupt(self->vp, GUEST_VECTOR_A);
		ASSERT_EQ(i, mshv_data32(&self->vm, 0));
	}
	expect_no_interrupt(self->vp);
}

TEST_F(irq, irqfd_while_interrupts_are_off)
{
	test_route(self->vm.fd, 5, MSI_ADDRESS(0), GUEST_VECTOR_A);
	test_irqfd(self->vm.fd, self->event, 0, 5, 0);
	start_guest(irq_closed);
	test_ok(signal_event(self->event));
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	EXPECT_EQ(0, mshv_data32(&self->vm, 0));
	expect_interrupt(self->vp, GUEST_VECTOR_A);
}

/* The counter of the eventfd is consumed: nobody else sees the event. */
TEST_F(irq, irqfd_consumes_the_event)
{
	uint64_t count;

	test_route(self->vm.fd, 5, MSI_ADDRESS(0), GUEST_VECTOR_A);
	test_irqfd(self->vm.fd, self->event, 0, 5, 0);
	start_guest(irq_idle);
	test_ok(signal_event(self->event));
	expect_interrupt(self->vp, GUEST_VECTOR_A);
	EXPECT_EQ(-1, read(self->event, &count, sizeof(count)));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(irq, irqfd_with_an_event_pending_before)
{
	test_route(self->vm.fd, 5, MSI_ADDRESS(0), GUEST_VECTOR_B);
	start_guest(irq_idle);
	test_ok(signal_event(self->event));
	test_irqfd(self->vm.fd, self->event, 0, 5, 0);
	expect_interrupt(self->vp, GUEST_VECTOR_B);
}

TEST_F(irq, irqfd_deassigned)
{
	test_route(self->vm.fd, 5, MSI_ADDRESS(0), GUEST_VECTOR_A);
	test_irqfd(self->vm.fd, self->event, 0, 5, 0);
	start_guest(irq_idle);
	test_irqfd(self->vm.fd, self->event, 0, 5, DEASSIGN);
	test_ok(signal_event(self->event));
	expect_no_interrupt(self->vp);
	EXPECT_EQ(0, mshv_data32(&self->vm, 0));

	/* The event is still pending, so that assigning again delivers it. */
	test_irqfd(self->vm.fd, self->event, 0, 5, 0);
	expect_interrupt(self->vp, GUEST_VECTOR_A);
}

/* Only that pair of descriptor and interrupt is meant. */
TEST_F(irq, irqfd_deassign_of_another_interrupt)
{
	test_route(self->vm.fd, 5, MSI_ADDRESS(0), GUEST_VECTOR_A);
	test_irqfd(self->vm.fd, self->event, 0, 5, 0);
	test_irqfd(self->vm.fd, self->event, 0, 6, DEASSIGN);
	start_guest(irq_idle);
	test_ok(signal_event(self->event));
	expect_interrupt(self->vp, GUEST_VECTOR_A);
}

TEST_F(irq, eventfd_closed_while_assigned)
{
	test_route(self->vm.fd, 5, MSI_ADDRESS(0), GUEST_VECTOR_A);
	test_irqfd(self->vm.fd, self->event, 0, 5, 0);
	EXPECT_EQ(0, close(self->event));
	self->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	test_irqfd(self->vm.fd, self->event, 0, 5, 0);
	start_guest(irq_idle);
	test_ok(signal_event(self->event));
	expect_interrupt(self->vp, GUEST_VECTOR_A);
}

TEST_F(irq, partition_closed_while_assigned)
{
	test_route(self->vm.fd, 5, MSI_ADDRESS(0), GUEST_VECTOR_A);
	test_irqfd(self->vm.fd, self->event, 0, 5, 0);
	mshv_vm_close(&self->vm);
	/* nobody listens, nobody is harmed, and the event is the caller's */
	test_ok(signal_event(self->event));
	test_ok(mshv_vm_setup(&self->vm));
}

TEST_F(irq, irqfd_arguments)
{
	int file = open("/proc/self/status", O_RDONLY);
	uint32_t bit;

	ASSERT_LE(0, file);
	test_err_irqfd(EBADF, self->vm.fd, -1, 0, 5, 0);
	test_err_irqfd(EBADF, self->vm.fd, 1000, 0, 5, 0);
	test_err_irqfd(EINVAL, self->vm.fd, file, 0, 5, 0);
	for (bit = MSHV_IRQFD_BIT_COUNT; bit < 32; bit++)
		test_err_irqfd(EINVAL, self->vm.fd, self->event, 0, 5, BIT(bit));
	test_err_irqfd(EBADF, self->vm.fd, -1, 0, 5, DEASSIGN);
	test_err_irqfd(EINVAL, self->vm.fd, file, 0, 5, DEASSIGN);
	/* nothing to undo is no error */
	test_irqfd(self->vm.fd, self->event, 0, 5, DEASSIGN);
}

TEST_F(irq, irqfd_is_assigned_once)
{
	test_irqfd(self->vm.fd, self->event, 0, 5, 0);
	test_err_irqfd(EBUSY, self->vm.fd, self->event, 0, 5, 0);
	test_err_irqfd(EBUSY, self->vm.fd, self->event, 0, 6, 0);
	test_irqfd(self->vm.fd, self->event, 0, 5, DEASSIGN);
	test_irqfd(self->vm.fd, self->event, 0, 6, 0);
}

TEST_F(irq, two_eventfds_for_one_interrupt)
{
	int second = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	ASSERT_LE(0, second);
	test_route(self->vm.fd, 5, MSI_ADDRESS(0), GUEST_VECTOR_A);
	test_irqfd(self->vm.fd, self->event, 0, 5, 0);
	test_irqfd(self->vm.fd, second, 0, 5, 0);
	start_guest(irq_idle);
	test_ok(signal_event(self->event));
	expect_interrupt(self->vp, GUEST_VECTOR_A);
	test_ok(signal_event(second));
	expect_interrupt(self->vp, GUEST_VECTOR_A);
}

/* An irqfd may come before its route, and follows when the route changes. */
TEST_F(irq, route_after_irqfd)
{
	test_irqfd(self->vm.fd, self->event, 0, 5, 0);
	test_route(self->vm.fd, 5, MSI_ADDRESS(0), GUEST_VECTOR_A);
	start_guest(irq_idle);
	test_ok(signal_event(self->event));
	expect_interrupt(self->vp, GUEST_VECTOR_A);
	test_route(self->vm.fd, 5, MSI_ADDRESS(0), GUEST_VECTOR_B);
	test_ok(signal_event(self->event));
	expect_interrupt(self->vp, GUEST_VECTOR_B);
}

TEST_F(irq, interrupt_to_the_second_vp)
{
	struct mshv_vp *second = &self->vm.vp[1];

	test_ok(mshv_vm_add_vp(&self->vm, 1));
	test_ok(mshv_vp_real_mode(second, GUEST_CODE));
	test_ok(mshv_vp_enable_x2apic(second));
	test_set_reg(second, HV_X64_REGISTER_RSP, GUEST_STACK - 0x800);
	test_route(self->vm.fd, 7, MSI_ADDRESS(1), GUEST_VECTOR_B);
	test_irqfd(self->vm.fd, self->event, 0, 7, 0);
	test_load(&self->vm, irq_idle);
	test_run_to_port(second, GUEST_PORT_READY);
	test_ok(signal_event(self->event));
	expect_interrupt(second, GUEST_VECTOR_B);
}

static void *run_once(void *arg)
{
	struct mshv_vp *vp = arg;

	return (void *)(intptr_t)_test_run(vp);
}

/* A VP that waits for it starts where another one says. */
TEST_F(irq, startup_of_the_second_vp)
{
	const union hv_internal_activity_register wait = { .startup_suspend = 1 };
	struct mshv_vp *second = &self->vm.vp[1];
	pthread_t thread;
	void *ret;

	test_ok(mshv_vm_add_vp(&self->vm, 1));
	test_ok(mshv_vp_enable_x2apic(second));
	test_set_reg(second, HV_REGISTER_INTERNAL_ACTIVITY_STATE,
		     wait.as_uint64);
	mshv_load(&self->vm, GUEST_SIPI_VECTOR << 12, out_imm);
	test_load(&self->vm, start_next_vp);
	ASSERT_EQ(0, pthread_create(&thread, NULL, run_once, second));
	usleep(50000);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	ASSERT_EQ(0, pthread_join(thread, &ret));
	ASSERT_EQ(NULL, ret);
	ASSERT_EQ(HVMSG_X64_IO_PORT_INTERCEPT,
		  (uint32_t)second->msg.header.message_type);
	EXPECT_EQ(GUEST_SIPI_VECTOR << 12, mshv_header(second)->cs_segment.base);
	EXPECT_EQ(0, mshv_header(second)->rip);
}

/* From one VP to another, which halts and whose thread sleeps in the kernel. */
TEST_F(irq, interrupt_between_vps)
{
	struct mshv_vp *second = &self->vm.vp[1];
	pthread_t thread;
	void *ret;

	test_ok(mshv_vm_add_vp(&self->vm, 1));
	test_ok(mshv_vp_real_mode(second, GUEST_CODE));
	test_ok(mshv_vp_enable_x2apic(second));
	test_set_reg(second, HV_X64_REGISTER_RSP, GUEST_STACK - 0x800);
	test_load(&self->vm, irq_idle);
	test_run_to_port(second, GUEST_PORT_READY);
	ASSERT_EQ(0, pthread_create(&thread, NULL, run_once, second));
	usleep(50000);
	mshv_load(&self->vm, GUEST_CODE + 0x200, send_ipi);
	test_set_reg(self->vp, HV_X64_REGISTER_RIP, GUEST_CODE + 0x200);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	ASSERT_EQ(0, pthread_join(thread, &ret));
	ASSERT_EQ(NULL, ret);
	ASSERT_EQ(HVMSG_X64_IO_PORT_INTERCEPT,
		  (uint32_t)second->msg.header.message_type);
	EXPECT_EQ(GUEST_PORT_IRQ, mshv_payload(second,
		  struct hv_x64_io_port_intercept_message)->port_number);
	EXPECT_EQ(1, mshv_data32(&self->vm, 0));
}

/* Arrives although the guest is closed for interrupts. */
TEST_F(irq, non_maskable)
{
	test_load(&self->vm, spin);
	mshv_load(&self->vm, GUEST_CODE + 0x80, out_imm);
	mshv_vm_set_vector(&self->vm, 2, 0x80);
	test_assert_interrupt(self->vm.fd, 0, 0, HV_X64_INTERRUPT_TYPE_NMI,
			      false);
	test_run_to_port(self->vp, 0x42);
	EXPECT_EQ(0, mshv_header(self->vp)->rflags & 0x200);
}

TEST_F(irq, assertion_of_nonsense)
{
	test_err_assert_interrupt(EINVAL, self->vm.fd, GUEST_VECTOR_A, 0,
				  HV_X64_INTERRUPT_TYPE_MAXIMUM, false);
	test_err_assert_interrupt(EINVAL, self->vm.fd, 0x100, 0, TYPE_FIXED,
				  false);
}

/* Nothing is made up: vector 0 is no interrupt. */
TEST_F(irq, irqfd_without_a_route)
{
	uint64_t vectors;

	test_ok(mshv_vp_map_page(self->vp));
	test_irqfd(self->vm.fd, self->event, 0, 9, 0);
	start_guest(irq_idle);
	test_ok(signal_event(self->event));
	vectors = self->vp->page->interrupt_vectors.as_uint64;
	expect_no_interrupt(self->vp);
	if (mshv_scheduler_is_root())
		EXPECT_OR_KNOWN(vectors == 0,
				"an event without a route injects vector 0");
}

/* Number 0 is one like any other. */
TEST_F(irq, irqfd_of_number_zero)
{
	uint64_t vectors;

	test_ok(mshv_vp_map_page(self->vp));
	test_irqfd(self->vm.fd, self->event, 0, 0, 0);
	start_guest(irq_idle);
	test_ok(signal_event(self->event));
	vectors = self->vp->page->interrupt_vectors.as_uint64;
	expect_no_interrupt(self->vp);
	if (mshv_scheduler_is_root())
		EXPECT_OR_KNOWN(vectors == 0,
				"an event without a route injects vector 0");

	self->vp->page->interrupt_vectors.as_uint64 = 0;
	test_route(self->vm.fd, 0, MSI_ADDRESS(0), GUEST_VECTOR_A);
	test_ok(signal_event(self->event));
	expect_interrupt(self->vp, GUEST_VECTOR_A);
}

/* The message says how it is to be delivered: this is no interrupt with a vector. */
TEST_F(irq, irqfd_delivers_a_non_maskable_interrupt)
{
	mshv_vm_set_vector(&self->vm, 2, 0x300);
	test_route(self->vm.fd, 5, MSI_ADDRESS(0), DELIVERY_NMI | GUEST_VECTOR_A);
	test_irqfd(self->vm.fd, self->event, 0, 5, 0);
	start_guest(irq_idle);
	mshv_load(&self->vm, GUEST_CODE + 0x300, out_imm);
	test_ok(signal_event(self->event));
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	if (mshv_scheduler_is_root())
		EXPECT_OR_KNOWN(port_of(self->vp) == 0x42,
				"the fast path takes every delivery mode for fixed");
	else
		EXPECT_EQ(0x42, port_of(self->vp));
}

TEST_F(irq, irqfd_to_a_missing_vp)
{
	SKIP_IN_TREE("an interrupt to a VP that does not exist crashes the host");
	test_route(self->vm.fd, 5, MSI_ADDRESS(9), GUEST_VECTOR_A);
	test_irqfd(self->vm.fd, self->event, 0, 5, 0);
	start_guest(irq_idle);
	test_ok(signal_event(self->event));
	expect_no_interrupt(self->vp);
}

static int set_routes(int pt, uint32_t nr, uint32_t rsvd,
		      const struct mshv_user_irq_entry *entries,
		      unsigned int given)
{
	struct {
		struct mshv_user_irq_table head;
		struct mshv_user_irq_entry entries[4097];
	} *args = mshv_alloc(sizeof(*args));
	int ret;

	if (!args)
		return -ENOMEM;
	args->head.nr = nr;
	args->head.rsvd = rsvd;
	memcpy(args->entries, entries, given * sizeof(*entries));
	ret = ioctl(pt, MSHV_SET_MSI_ROUTING, args) ? -errno : 0;
	munmap(args, sizeof(*args));
	return ret;
}

TEST_F(irq, routing_arguments)
{
	static const struct mshv_user_irq_entry high = {
		.gsi = 1, .address_lo = MSI_ADDRESS(0), .address_hi = 1,
	};
	static const struct mshv_user_irq_entry large = { .gsi = 4096 };
	static const struct mshv_user_irq_entry last = { .gsi = 4095 };
	static const struct mshv_user_irq_entry twice[] = {
		{ .gsi = 3 }, { .gsi = 4 }, { .gsi = 3 },
	};
	static const struct mshv_user_irq_entry zero_twice[] = {
		{ .gsi = 0 }, { .gsi = 0 },
	};

	test_err(EINVAL, set_routes(self->vm.fd, 1, 0, &high, 1));
	test_err(EINVAL, set_routes(self->vm.fd, 1, 0, &large, 1));
	test_err(EINVAL, set_routes(self->vm.fd, 1, 1, &last, 1));
	test_err(EINVAL, set_routes(self->vm.fd, 3, 0, twice, 3));
	test_err(EINVAL, set_routes(self->vm.fd, 2, 0, zero_twice, 2));
	test_err(EINVAL, set_routes(self->vm.fd, 4097, 0, twice, 3));
	test_err(EINVAL, set_routes(self->vm.fd, UINT32_MAX, 0, twice, 3));
	test_ok(set_routes(self->vm.fd, 1, 0, &last, 1));
	test_ok(set_routes(self->vm.fd, 0, 0, &last, 0));
}

/* As a VMM begins: as many entries as there are pins, all zero. */
TEST_F(irq, routes_of_zeroes)
{
	struct mshv_user_irq_entry entries[24] = { 0 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(entries); i++)
		entries[i].gsi = i;
	test_ok(set_routes(self->vm.fd, ARRAY_SIZE(entries), 0, entries,
			   ARRAY_SIZE(entries)));
}

TEST_F(irq, full_routing_table)
{
	struct mshv_user_irq_entry *entries =
		mshv_alloc(4096 * sizeof(*entries));
	unsigned int i;

	ASSERT_NE(NULL, entries);
	for (i = 0; i < 4096; i++) {
		entries[i].gsi = 4095 - i;
		entries[i].address_lo = MSI_ADDRESS(0);
		entries[i].data = GUEST_VECTOR_A;
	}
	test_ok(set_routes(self->vm.fd, 4096, 0, entries, 4096));
	test_irqfd(self->vm.fd, self->event, 0, 4000, 0);
	start_guest(irq_idle);
	test_ok(signal_event(self->event));
	expect_interrupt(self->vp, GUEST_VECTOR_A);
}

TEST_F(irq, a_refused_table_changes_nothing)
{
	static const struct mshv_user_irq_entry bad[] = {
		{ .gsi = 5, .data = GUEST_VECTOR_B }, { .gsi = 4096 },
	};

	test_route(self->vm.fd, 5, MSI_ADDRESS(0), GUEST_VECTOR_A);
	test_irqfd(self->vm.fd, self->event, 0, 5, 0);
	test_err(EINVAL, set_routes(self->vm.fd, 2, 0, bad, 2));
	start_guest(irq_idle);
	test_ok(signal_event(self->event));
	expect_interrupt(self->vp, GUEST_VECTOR_A);
}

TEST_F(irq, resample_arguments)
{
	int resample = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	int file = open("/proc/self/status", O_RDONLY);

	ASSERT_LE(0, resample);
	ASSERT_LE(0, file);
	/* edge-triggered, or not routed at all */
	test_err_irqfd(EINVAL, self->vm.fd, self->event, resample, 8, RESAMPLE);
	test_route(self->vm.fd, 8, MSI_ADDRESS(0), GUEST_VECTOR_A);
	test_err_irqfd(EINVAL, self->vm.fd, self->event, resample, 8, RESAMPLE);

	test_route(self->vm.fd, 8, MSI_ADDRESS(0), GUEST_VECTOR_A | LEVEL);
	test_err_irqfd(EBADF, self->vm.fd, self->event, -1, 8, RESAMPLE);
	test_err_irqfd(EINVAL, self->vm.fd, self->event, file, 8, RESAMPLE);
	test_irqfd(self->vm.fd, self->event, resample, 8, RESAMPLE);
	test_err_irqfd(EBUSY, self->vm.fd, self->event, resample, 8, RESAMPLE);
	test_irqfd(self->vm.fd, self->event, 0, 8, DEASSIGN);
	/* a failed one left nothing behind */
	test_irqfd(self->vm.fd, self->event, resample, 8, RESAMPLE);
}

/* What waits for an EOI would wait for ever. */
TEST_F(irq, resampled_interrupt_stays_level_triggered)
{
	int resample = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	ASSERT_LE(0, resample);
	test_route(self->vm.fd, 8, MSI_ADDRESS(0), GUEST_VECTOR_A | LEVEL);
	test_irqfd(self->vm.fd, self->event, resample, 8, RESAMPLE);
	EXPECT_OR_KNOWN(_test_route(self->vm.fd, 8, MSI_ADDRESS(0), GUEST_VECTOR_A) == -EINVAL,
			"the route of a resampled interrupt can be made edge-triggered");
	test_route(self->vm.fd, 8, MSI_ADDRESS(0), GUEST_VECTOR_B | LEVEL);
	test_irqfd(self->vm.fd, self->event, 0, 8, DEASSIGN);
	test_route(self->vm.fd, 8, MSI_ADDRESS(0), GUEST_VECTOR_A);
}

/*
 * The guest's EOI of a level-triggered interrupt comes back on the second
 * descriptor. GSI and vector are one number here: the in-tree driver takes one
 * for the other, see resample_of_a_gsi_that_is_no_vector.
 */
TEST_F(irq, resample_on_eoi)
{
	int resample = eventfd(0, EFD_CLOEXEC);
	uint64_t count = 0;
	struct pollfd poll_fd = { .fd = resample, .events = POLLIN };
	const bool is_known = mshv_driver_is_in_tree() && mshv_scheduler_is_root();

	ASSERT_LE(0, resample);
	test_route(self->vm.fd, GUEST_VECTOR_A, MSI_ADDRESS(0),
		   GUEST_VECTOR_A | LEVEL);
	test_irqfd(self->vm.fd, self->event, resample, GUEST_VECTOR_A, RESAMPLE);
	start_guest(irq_idle);
	test_ok(signal_event(self->event));
	expect_interrupt(self->vp, GUEST_VECTOR_A);
	EXPECT_EQ(0, poll(&poll_fd, 1, 0));

	/* The handler goes on to its EOI and then halts for ever. */
	expect_no_interrupt(self->vp);
	if (poll(&poll_fd, 1, patience_ms(is_known)) == 1)
		test_eq(sizeof(count), read(resample, &count, sizeof(count)));
	if (mshv_scheduler_is_root()) {
		EXPECT_OR_KNOWN(count == 1,
				"the fast path makes every interrupt edge-triggered");
	} else {
		EXPECT_EQ(1, count);
	}

	/* and the line can be raised again */
	test_ok(signal_event(self->event));
	expect_interrupt(self->vp, GUEST_VECTOR_A);
}

/*
 * The VMM may hear of an EOI that no irqfd waits for, as an exit of its own kind.
 * Either way the next interrupt gets through, and so does everything else.
 */
TEST_F(irq, eoi_that_no_irqfd_waits_for)
{
	const struct hv_x64_apic_eoi_message *m =
		mshv_payload(self->vp, struct hv_x64_apic_eoi_message);
	int i, ret;

	SKIP_IN_TREE("the message stays in its slot, no other comes through");
	start_guest(irq_idle);
	for (i = 1; i <= 3; i++) {
		test_assert_interrupt(self->vm.fd, GUEST_VECTOR_A, 0, TYPE_FIXED,
				      true);
		expect_interrupt(self->vp, GUEST_VECTOR_A);
		ret = _test_run_until_halt(self->vp);
		if (!ret) {
			ASSERT_EQ(HVMSG_X64_APIC_EOI,
				  (uint32_t)self->vp->msg.header.message_type);
			EXPECT_EQ(GUEST_VECTOR_A, m->interrupt_vector);
			ret = _test_run_until_halt(self->vp);
		}
		ASSERT_EQ(-EINTR, ret);
		ASSERT_EQ((uint32_t)i, mshv_data32(&self->vm, 0));
	}
}

TEST_F(irq, resample_of_a_gsi_that_is_no_vector)
{
	int resample = eventfd(0, EFD_CLOEXEC);
	struct pollfd poll_fd = { .fd = resample, .events = POLLIN };
	int ret;

	ASSERT_LE(0, resample);
	SKIP_IN_TREE("a GSI is compared with a vector, and the message is stuck");
	test_route(self->vm.fd, 8, MSI_ADDRESS(0), GUEST_VECTOR_A | LEVEL);
	test_irqfd(self->vm.fd, self->event, resample, 8, RESAMPLE);
	start_guest(irq_idle);
	test_ok(signal_event(self->event));
	expect_interrupt(self->vp, GUEST_VECTOR_A);
	ret = _test_run_until_halt(self->vp);
	EXPECT_EQ(-EINTR, ret);
	EXPECT_EQ(1, poll(&poll_fd, 1, patience_ms(mshv_driver_is_in_tree())));
}

TEST_HARNESS_MAIN
