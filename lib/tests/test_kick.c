// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Kicks: none is lost, wherever the runner is.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "fakevp.h"
#include "test.h"

#define KICK SIGUSR2
#define ROUNDS 1000

static volatile sig_atomic_t signals;

static void count_signal(int signal_number)
{
	(void)signal_number;
	signals++;
}

static void install(void)
{
	struct sigaction action = { .sa_handler = count_signal };

	signals = 0;
	CHECK_EQ(sigaction(KICK, &action, NULL), 0);
}

TEST(kick_before_a_run_prevents_it)
{
	install();
	fakevp_start(PAGE_VALID, 0);
	CHECK_EQ(mshv_vp_kick(fake.vp, KICK), 0);
	CHECK_EQ(mshv_vp_kick(fake.vp, KICK), 0);
	fake.ioctls = 0;
	CHECK_EQ(mshv_vp_run(fake.vp, NULL), -EINTR);
	CHECK_EQ(fake.ioctls, 0);
	/* Two kicks are answered by one. */
	CHECK_EQ(mshv_vp_run(fake.vp, NULL), 0);
	/* Nobody ran the VP, so nobody got a signal. */
	CHECK_EQ(signals, 0);
	fakevp_finish();
}

static int kick_from_inside(void)
{
	CHECK_EQ(mshv_vp_kick(fake.vp, KICK), 0);
	return 0;
}

static int kick_and_leave(void)
{
	CHECK_EQ(mshv_vp_kick(fake.vp, KICK), 0);
	return -EINTR;
}

/* With the page, as without it the kicker waits for the runner, who it is here. */
TEST(kick_during_a_run_that_ends_with_a_message_counts_for_the_next)
{
	install();
	fakevp_start_with_control(PAGE_VALID);
	fake.on_run = kick_from_inside;
	CHECK_EQ(mshv_vp_run(fake.vp, NULL), 0);
	CHECK_EQ(signals, 1);
	CHECK_EQ(fake.control.immediate_exit, 1);
	fake.on_run = NULL;
	CHECK_EQ(mshv_vp_run(fake.vp, NULL), -EINTR);
	CHECK_EQ(fake.control.immediate_exit, 0);
	CHECK_EQ(mshv_vp_run(fake.vp, NULL), 0);
	fakevp_finish();
}

TEST(kick_during_a_run_ends_it)
{
	install();
	fakevp_start_with_control(PAGE_VALID);
	fake.on_run = kick_and_leave;
	CHECK_EQ(mshv_vp_run(fake.vp, NULL), -EINTR);
	CHECK_EQ(signals, 1);
	CHECK_EQ(fake.control.immediate_exit, 0);
	fake.on_run = NULL;
	CHECK_EQ(mshv_vp_run(fake.vp, NULL), 0);
	fakevp_finish();
}

static int run_again(void)
{
	fake.on_run = NULL;
	return mshv_vp_run(fake.vp, NULL);
}

/* A VP is for one thread at a time; who does not keep to that hangs no one. */
TEST(kick_comes_through_after_runs_that_overlap)
{
	install();
	fakevp_start(PAGE_VALID, 0);
	fake.on_run = run_again;
	CHECK_EQ(mshv_vp_run(fake.vp, NULL), 0);
	CHECK_EQ(mshv_vp_kick(fake.vp, KICK), 0);
	CHECK_EQ(mshv_vp_run(fake.vp, NULL), -EINTR);
	CHECK_EQ(mshv_vp_run(fake.vp, NULL), 0);
	fakevp_finish();
}

TEST(kick_refuses_bad_arguments)
{
	install();
	fakevp_start(PAGE_VALID, 0);
	CHECK_EQ(mshv_vp_kick(NULL, KICK), -EINVAL);
	CHECK_EQ(mshv_vp_kick(fake.vp, 0), -EINVAL);
	CHECK_EQ(mshv_vp_kick(fake.vp, -1), -EINVAL);
	CHECK_EQ(mshv_vp_run(fake.vp, NULL), 0);
	fakevp_finish();
}

/* No signal, one that is ignored, and one without a handler: nothing is noted. */
TEST(kick_refuses_a_signal_without_handler)
{
	struct sigaction action = { .sa_handler = SIG_IGN };

	for (int control = 0; control < 2; control++) {
		if (control)
			fakevp_start_with_control(PAGE_VALID);
		else
			fakevp_start(PAGE_VALID, 0);
		CHECK_EQ(mshv_vp_kick(fake.vp, 9999), -EINVAL);
		CHECK_EQ(sigaction(KICK, &action, NULL), 0);
		CHECK_EQ(mshv_vp_kick(fake.vp, KICK), -EINVAL);
		CHECK_EQ(signal(KICK, SIG_DFL) == SIG_ERR, 0);
		CHECK_EQ(mshv_vp_kick(fake.vp, KICK), -EINVAL);
		CHECK_EQ(mshv_vp_run(fake.vp, NULL), 0);
		fakevp_finish();
	}
}

/* For 0 to some 20 microseconds. */
static void spin(uint32_t *random)
{
	*random = *random * 1664525 + 1013904223;
	for (unsigned int n = *random >> 22; n; n--)
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/*
 * A kernel that looks at signals only while it waits, as RUN_VP does: a signal that
 * came before has no effect.
 */
static unsigned int in_kernel;

static int wait_for_signal(void)
{
	const struct timespec forever = { .tv_sec = 20 };
	static uint32_t random = 1;
	sigset_t kick;

	/* The way into the kernel, on which a signal that comes is of no use. */
	spin(&random);
	if (__atomic_load_n(&fake.control.immediate_exit, __ATOMIC_SEQ_CST))
		return -EINTR;
	__atomic_add_fetch(&in_kernel, 1, __ATOMIC_SEQ_CST);
	/* From here on, one that comes is noticed, at once or when it is waited for. */
	sigemptyset(&kick);
	sigaddset(&kick, KICK);
	pthread_sigmask(SIG_BLOCK, &kick, NULL);
	if (fake.has_control &&
	    __atomic_load_n(&fake.control.immediate_exit, __ATOMIC_SEQ_CST)) {
		pthread_sigmask(SIG_UNBLOCK, &kick, NULL);
		return -EINTR;
	}
	CHECK_EQ(sigtimedwait(&kick, NULL, &forever), KICK);
	pthread_sigmask(SIG_UNBLOCK, &kick, NULL);
	return -EINTR;
}

static unsigned int answered;

static void *runner(void *unused)
{
	for (unsigned int i = 0; i < ROUNDS; i++) {
		if (mshv_vp_run(fake.vp, NULL) != -EINTR)
			return unused;
		__atomic_add_fetch(&answered, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

static void kick_at_random_times(void)
{
	pthread_t thread;
	uint32_t random = 4711;

	fake.on_run = wait_for_signal;
	answered = 0;
	in_kernel = 0;
	CHECK_EQ(pthread_create(&thread, NULL, runner, NULL), 0);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		time_t start = time(NULL);

		spin(&random);
		CHECK_EQ(mshv_vp_kick(fake.vp, KICK), 0);
		while (__atomic_load_n(&answered, __ATOMIC_SEQ_CST) == i)
			CHECK(time(NULL) - start < 15);
	}
	pthread_join(thread, NULL);
	CHECK_EQ(answered, ROUNDS);
	/* Many of them came while the kernel was waiting. */
	CHECK(in_kernel > ROUNDS / 10);
}

TEST(kick_is_never_lost_with_a_control_page)
{
	install();
	fakevp_start_with_control(PAGE_MISSING);
	kick_at_random_times();
	fakevp_finish();
}

TEST(kick_is_never_lost_without_a_control_page)
{
	install();
	fakevp_start(PAGE_MISSING, 0);
	kick_at_random_times();
	fakevp_finish();
}

/*
 * The C library's sigaction(), by which the library looks at the signal before it notes the
 * kick: what happens meanwhile. The linker puts this one in its place.
 */
static void (*meanwhile)(void);
int __real_sigaction(int number, const struct sigaction *new, struct sigaction *old);
int __wrap_sigaction(int number, const struct sigaction *new, struct sigaction *old);

int __wrap_sigaction(int number, const struct sigaction *new, struct sigaction *old)
{
	void (*act)(void) = meanwhile;

	meanwhile = NULL;
	if (act)
		act();
	return __real_sigaction(number, new, old);
}

static bool running, returned;
static pthread_t late_thread;

/* On its way into the kernel, where the first signal is of no use. */
static int end_by_second_signal(void)
{
	__atomic_store_n(&running, true, __ATOMIC_SEQ_CST);
	while (signals < 2 && !__atomic_load_n(&returned, __ATOMIC_SEQ_CST))
		sched_yield();
	return signals < 2 ? 0 : -EINTR;
}

static void *run_once(void *err)
{
	*(int *)err = mshv_vp_run(fake.vp, NULL);
	return NULL;
}

static int late_error;

static void begin_run(void)
{
	CHECK_EQ(pthread_create(&late_thread, NULL, run_once, &late_error), 0);
	while (!__atomic_load_n(&running, __ATOMIC_SEQ_CST))
		sched_yield();
}

TEST(kick_is_not_lost_on_a_run_that_begins_meanwhile)
{
	install();
	fakevp_start(PAGE_MISSING, 0);
	fake.on_run = end_by_second_signal;
	running = false;
	returned = false;
	meanwhile = begin_run;
	CHECK_EQ(mshv_vp_kick(fake.vp, KICK), 0);
	__atomic_store_n(&returned, true, __ATOMIC_SEQ_CST);
	pthread_join(late_thread, NULL);
	CHECK(signals >= 2);
	CHECK_EQ(late_error, -EINTR);
	fakevp_finish();
}
