// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control page of a VP: to end a run by a signal that may come at any
 * moment, right before the run too. Linux's own driver has no such page.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>

#include "mshv_test.h"

#define KICKS		300

static struct mshv_vp_control *control_page;

static void on_kick(int signal)
{
	(void)signal;
	control_page->immediate_exit = 1;
}

/* This one leaves no trace. */
static void on_signal(int signal)
{
	(void)signal;
}

FIXTURE(immediate_exit) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
	struct mshv_vp_control *control;
};

FIXTURE_SETUP(immediate_exit)
{
	struct sigaction kick = { .sa_handler = on_kick };
	struct sigaction plain = { .sa_handler = on_signal };
	void *p;

	if (mshv_driver_is_in_tree())
		SKIP(return, "Linux's own driver has no control page");
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
	p = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, self->vp->fd,
		 MSHV_VP_MMAP_OFFSET_CONTROL * PAGE_SIZE);
	ASSERT_NE(MAP_FAILED, p);
	self->control = p;
	control_page = p;
	ASSERT_EQ(0, sigaction(SIGUSR1, &kick, NULL));
	ASSERT_EQ(0, sigaction(SIGUSR2, &plain, NULL));
}

FIXTURE_TEARDOWN(immediate_exit)
{
	if (self->control)
		munmap(self->control, PAGE_SIZE);
	mshv_vm_close(&self->vm);
}

TEST_F(immediate_exit, page_is_zero_at_first)
{
	const struct mshv_vp_control zero = { 0 };

	EXPECT_EQ(0, memcmp(self->control, &zero, sizeof(zero)));
}

TEST_F(immediate_exit, page_is_one_page_and_shared)
{
	const off_t at = MSHV_VP_MMAP_OFFSET_CONTROL * PAGE_SIZE;
	void *p;

	p = mmap(NULL, PAGE_SIZE, PROT_READ, MAP_PRIVATE, self->vp->fd, at);
	EXPECT_EQ(MAP_FAILED, p);
	EXPECT_EQ(EINVAL, errno);
	p = mmap(NULL, PAGE_SIZE, PROT_READ, MAP_SHARED, self->vp->fd, at + 3 * PAGE_SIZE);
	EXPECT_EQ(MAP_FAILED, p);
	EXPECT_EQ(EINVAL, errno);
	p = mmap(NULL, PAGE_SIZE, PROT_READ, MAP_SHARED, self->vp->fd, at);
	ASSERT_NE(MAP_FAILED, p);
	self->control->immediate_exit = 7;
	EXPECT_EQ(7, ((volatile struct mshv_vp_control *)p)->immediate_exit);
	munmap(p, PAGE_SIZE);
}

/* One mapping has the page, and behind it those that have offsets of their own, too. */
TEST_F(immediate_exit, other_pages_are_behind_it)
{
	const off_t places[] = {
		MSHV_VP_MMAP_OFFSET_CONTROL, MSHV_VP_MMAP_OFFSET_REGISTERS,
		MSHV_VP_MMAP_OFFSET_INTERCEPT_MESSAGE,
	};
	volatile unsigned char *all, *one;
	unsigned int i;

	all = mmap(NULL, 3 * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, self->vp->fd,
		   MSHV_VP_MMAP_OFFSET_CONTROL * PAGE_SIZE);
	ASSERT_NE(MAP_FAILED, all);
	for (i = 0; i < 3; i++) {
		volatile unsigned char *last = all + (i + 1) * PAGE_SIZE - 1;

		one = mmap(NULL, PAGE_SIZE, PROT_READ, MAP_SHARED, self->vp->fd,
			   places[i] * PAGE_SIZE);
		ASSERT_NE(MAP_FAILED, one);
		*last = 0x5a + i;
		EXPECT_EQ(0x5a + i, one[PAGE_SIZE - 1]);
		munmap((void *)one, PAGE_SIZE);
	}
	munmap((void *)all, 3 * PAGE_SIZE);
}

TEST_F(immediate_exit, guest_does_not_run_while_it_is_set)
{
	int i;

	test_load(&self->vm, count_out);
	self->control->immediate_exit = 1;
	for (i = 0; i < 3; i++)
		test_err_run(EINTR, self->vp);
	EXPECT_EQ(GUEST_CODE, mshv_get_reg(self->vp, HV_X64_REGISTER_RIP));
	self->control->immediate_exit = 0;
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	self->control->immediate_exit = 0xff;
	test_err_run(EINTR, self->vp);
	self->control->immediate_exit = 0;
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	EXPECT_EQ(2, mshv_get_reg(self->vp, HV_X64_REGISTER_RAX));
}

static void *run_once(void *arg)
{
	return (void *)(intptr_t)_test_run(arg);
}

/* A guest that halts is waited for, but not then. */
TEST_F(immediate_exit, halted_guest_is_not_waited_for_while_it_is_set)
{
	pthread_t thread;
	void *ret;

	test_ok(mshv_vp_enable_x2apic(self->vp));
	test_load(&self->vm, irq_idle);
	test_run_to_port(self->vp, GUEST_PORT_READY);
	/* a signal, often enough to find the thread in the middle of the run */
	ASSERT_EQ(0, pthread_create(&thread, NULL, run_once, self->vp));
	do {
		usleep(50000);
		pthread_kill(thread, SIGUSR2);
	} while (pthread_tryjoin_np(thread, &ret));
	ASSERT_EQ(-EINTR, (intptr_t)ret);
	self->control->immediate_exit = 1;
	test_err_run(EINTR, self->vp);
	test_err_run(EINTR, self->vp);
}

/* A bit there may come to mean something: who sets it is told that it does not yet. */
TEST_F(immediate_exit, what_is_reserved_must_be_zero)
{
	unsigned int i;

	test_load(&self->vm, count_out);
	for (i = 0; i < sizeof(self->control->rsvd); i++) {
		self->control->rsvd[i] = 1 << i;
		test_err_run(EINVAL, self->vp);
		self->control->immediate_exit = 1;
		test_err_run(EINVAL, self->vp);
		self->control->immediate_exit = 0;
		self->control->rsvd[i] = 0;
	}
	/* the guest has not run */
	EXPECT_EQ(GUEST_CODE, mshv_get_reg(self->vp, HV_X64_REGISTER_RIP));
	test_run_to_port(self->vp, GUEST_PORT_DONE);
}

TEST_F(immediate_exit, rest_of_the_page_is_the_callers)
{
	memset(self->control->unused, 0xff, sizeof(self->control->unused));
	test_load(&self->vm, count_out);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	EXPECT_EQ(0xff, self->control->unused[sizeof(self->control->unused) - 1]);
}

/* A run may take for ever; what a VP does not know does not wait for its end. */
TEST_F(immediate_exit, what_a_vp_does_not_know_waits_for_nobody)
{
	static const unsigned int others[] = {
		MSHV_SET_GUEST_MEMORY, MSHV_SET_MSI_ROUTING, MSHV_CREATE_PARTITION, FIONREAD,
	};
	pthread_t thread;
	unsigned int i;
	void *ret;

	test_ok(mshv_vp_enable_x2apic(self->vp));
	test_load(&self->vm, irq_idle);
	test_run_to_port(self->vp, GUEST_PORT_READY);
	ASSERT_EQ(0, pthread_create(&thread, NULL, run_once, self->vp));
	/* the thread is in the run, or on its way there: often enough it is */
	for (i = 0; i < 200; i++) {
		usleep(1000);
		EXPECT_EQ(-1, ioctl(self->vp->fd, others[i % ARRAY_SIZE(others)], NULL));
		EXPECT_EQ(ENOTTY, errno);
	}
	ASSERT_EQ(EBUSY, pthread_tryjoin_np(thread, &ret));
	do {
		pthread_kill(thread, SIGUSR2);
		usleep(50000);
	} while (pthread_tryjoin_np(thread, &ret));
	ASSERT_EQ(-EINTR, (intptr_t)ret);
}

/* A message that could not be written waits until somebody runs the guest again. */
TEST_F(immediate_exit, message_that_was_not_written_stays)
{
	test_load(&self->vm, count_out);
	EXPECT_EQ(-1, ioctl(self->vp->fd, MSHV_RUN_VP, NULL));
	EXPECT_EQ(EFAULT, errno);
	self->control->immediate_exit = 1;
	test_err_run(EINTR, self->vp);
	self->control->immediate_exit = 0;
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	EXPECT_EQ(1, mshv_get_reg(self->vp, HV_X64_REGISTER_RAX));
}

/* A thread that runs the VP for ever, and takes note of each kick. */
struct runner {
	pthread_t thread;
	struct mshv_vp *vp;
	volatile unsigned int kicks;	/* that were seen */
	volatile unsigned int exits;	/* by the guest itself */
	volatile bool stop;
	const char *volatile error;
};

static void *run_for_ever(void *arg)
{
	struct runner *r = arg;
	uint32_t expected = 1;

	while (!r->stop) {
		const struct hv_x64_io_port_intercept_message *port;
		int ret = _test_run(r->vp);

		if (ret == -EINTR) {
			/* What comes after this line is the next kick. */
			if (__atomic_exchange_n(&control_page->immediate_exit, 0,
						__ATOMIC_SEQ_CST))
				r->kicks++;
			continue;
		}
		if (ret) {
			r->error = "a run failed";
			break;
		}
		port = mshv_payload(r->vp, struct hv_x64_io_port_intercept_message);
		if (r->vp->msg.header.message_type != HVMSG_X64_IO_PORT_INTERCEPT) {
			r->error = "no port exit";
			break;
		}
		if (port->port_number == GUEST_PORT_DONE && (uint32_t)port->rax != expected++) {
			r->error = "an exit was lost or came twice";
			break;
		}
		if (mshv_vp_skip(r->vp)) {
			r->error = "the registers cannot be set";
			break;
		}
		r->exits++;
	}
	return NULL;
}

static bool wait_for(volatile unsigned int *counter, unsigned int value)
{
	struct timespec now, end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += PATIENCE_S;
	do {
		if (*counter >= value)
			return true;
		sched_yield();
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec);
	return false;
}

/* Moments that have nothing to do with what the other thread does. */
static void pause_a_little(unsigned int i)
{
	volatile unsigned int spin = (i * 7919) % 50000;

	while (spin)
		spin--;
}

/* Each kick is seen, and so none is lost. */
static const char *kick_often(struct mshv_vp *vp, unsigned int *exits)
{
	struct runner r = { .vp = vp };
	const char *error = NULL;
	unsigned int i;

	if (pthread_create(&r.thread, NULL, run_for_ever, &r))
		return "no thread";
	for (i = 1; i <= KICKS && !error && !r.error; i++) {
		pause_a_little(i);
		pthread_kill(r.thread, SIGUSR1);
		if (!wait_for(&r.kicks, i) && !r.error)
			error = "a kick was lost";
	}
	r.stop = true;
	control_page->immediate_exit = 1;
	pthread_kill(r.thread, SIGUSR1);
	pthread_join(r.thread, NULL);
	*exits = r.exits;
	return error ? error : r.error;
}

#define expect_no_error(error)						\
	({								\
		const char *_error = (error);				\
									\
		ASSERT_EQ(NULL, _error)					\
			TH_LOG("%s", _error);				\
	})

TEST_F(immediate_exit, no_kick_is_lost_while_the_guest_exits)
{
	unsigned int exits;

	test_load(&self->vm, count_out);
	expect_no_error(kick_often(self->vp, &exits));
	EXPECT_LT(0, exits);
}

TEST_F(immediate_exit, no_kick_is_lost_while_the_guest_spins)
{
	unsigned int exits;

	test_load(&self->vm, spin);
	expect_no_error(kick_often(self->vp, &exits));
	EXPECT_EQ(0, exits);
}

TEST_F(immediate_exit, no_kick_is_lost_while_the_guest_halts)
{
	unsigned int exits;

	test_ok(mshv_vp_enable_x2apic(self->vp));
	test_load(&self->vm, irq_idle);
	expect_no_error(kick_often(self->vp, &exits));
	EXPECT_EQ(1, exits);
}

/* Set by another thread it ends a run together with a signal of any kind. */
TEST_F(immediate_exit, set_from_outside_and_any_signal)
{
	struct runner r = { .vp = self->vp };
	unsigned int i;

	test_load(&self->vm, spin);
	ASSERT_EQ(0, pthread_create(&r.thread, NULL, run_for_ever, &r));
	for (i = 1; i <= 50; i++) {
		pause_a_little(i);
		self->control->immediate_exit = 1;
		pthread_kill(r.thread, SIGUSR2);
		ASSERT_TRUE(wait_for(&r.kicks, i));
	}
	r.stop = true;
	self->control->immediate_exit = 1;
	pthread_kill(r.thread, SIGUSR2);
	pthread_join(r.thread, NULL);
	EXPECT_EQ(NULL, r.error);
}

/* Neither is it written, nor need there be a place for it. */
TEST_F(immediate_exit, message_stays_where_it_is)
{
	const struct mshv_run_vp nothing = { 0 };
	struct mshv_run_vp run = nothing;
	const struct hv_message *page;

	page = mmap(NULL, PAGE_SIZE, PROT_READ, MAP_SHARED, self->vp->fd,
		    MSHV_VP_MMAP_OFFSET_INTERCEPT_MESSAGE * PAGE_SIZE);
	ASSERT_NE(MAP_FAILED, page);
	test_load(&self->vm, count_out);
	self->control->message_stays = 1;
	ASSERT_EQ(0, ioctl(self->vp->fd, MSHV_RUN_VP, &run));
	EXPECT_EQ(0, memcmp(&nothing, &run, sizeof(run)));
	ASSERT_EQ(HVMSG_X64_IO_PORT_INTERCEPT, page->header.message_type);
	ASSERT_EQ(0, ioctl(self->vp->fd, MSHV_RUN_VP, NULL));
	ASSERT_EQ(0, ioctl(self->vp->fd, MSHV_RUN_VP, 1));
	ASSERT_EQ(HVMSG_X64_IO_PORT_INTERCEPT, page->header.message_type);

	/* an exit on demand is none the less one */
	self->control->immediate_exit = 1;
	test_err_run(EINTR, self->vp);
	self->control->immediate_exit = 0;
	self->control->message_stays = 0;
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	EXPECT_EQ(0, memcmp(page, &self->vp->msg, sizeof(*page)));
	munmap((void *)page, PAGE_SIZE);
}

/* One that could not be written is returned like that. */
TEST_F(immediate_exit, undelivered_message_stays)
{
	test_load(&self->vm, count_out);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	EXPECT_EQ(-1, ioctl(self->vp->fd, MSHV_RUN_VP, NULL));
	EXPECT_EQ(EFAULT, errno);
	self->control->message_stays = 1;
	ASSERT_EQ(0, ioctl(self->vp->fd, MSHV_RUN_VP, NULL));
	ASSERT_EQ(0, mshv_vp_skip(self->vp));
	self->control->message_stays = 0;
	/* so this is the next one */
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	EXPECT_EQ(3, mshv_get_reg(self->vp, HV_X64_REGISTER_RAX));
}

TEST_HARNESS_MAIN
