// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signals: a VP that spins is interrupted, and a VMM that is killed in the
 * middle of a run leaves nothing behind. (What it left, the hypervisor lists at
 * power-off, and that fails the run of the whole host.)
 */
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "mshv_test.h"

FIXTURE(kill) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
};

FIXTURE_SETUP(kill)
{
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
}

FIXTURE_TEARDOWN(kill)
{
	mshv_vm_close(&self->vm);
}

static void on_signal(int signal)
{
	(void)signal;
}

struct runner {
	pthread_t thread;
	struct mshv_vp *vp;
	int ret;
	volatile bool over;
};

static void *run_once(void *arg)
{
	struct runner *r = arg;

	r->ret = _test_run(r->vp);
	r->over = true;
	return NULL;
}

/*
 * Interrupts a run. There is no way to be sure that a thread is inside of the
 * ioctl, and a signal before it is lost, so repeat it until the run ends.
 */
static void interrupt(struct runner *r)
{
	while (!r->over) {
		pthread_kill(r->thread, SIGUSR1);
		usleep(10000);
	}
	pthread_join(r->thread, NULL);
}

static int start(struct runner *r, struct mshv_vp *vp)
{
	struct sigaction action = { .sa_handler = on_signal };

	memset(r, 0, sizeof(*r));
	r->vp = vp;
	sigaction(SIGUSR1, &action, NULL);
	return -pthread_create(&r->thread, NULL, run_once, r);
}

/* A guest that counts in memory runs once its count moves. */
static void wait_until_running(struct mshv_vm *vm)
{
	uint32_t first = mshv_data32(vm, 0);

	while (mshv_data32(vm, 0) == first)
		usleep(1000);
}

TEST_F(kill, signal_interrupts_a_spinning_vp)
{
	struct runner r;

	test_load(&self->vm, spin);
	test_ok(start(&r, self->vp));
	wait_until_running(&self->vm);
	interrupt(&r);
	EXPECT_EQ(-EINTR, r.ret);
}

/* The guest does not notice that it was interrupted. */
TEST_F(kill, spinning_vp_goes_on_where_it_was)
{
	struct runner r;
	int i;

	test_load(&self->vm, spin);
	for (i = 0; i < 10; i++) {
		uint32_t before = mshv_data32(&self->vm, 0), count, eax;

		test_ok(start(&r, self->vp));
		wait_until_running(&self->vm);
		interrupt(&r);
		ASSERT_EQ(-EINTR, r.ret);
		count = mshv_data32(&self->vm, 0);
		ASSERT_LT(before, count);
		/* it stands between counting and storing, or after both */
		eax = mshv_get_reg(self->vp, HV_X64_REGISTER_RAX);
		ASSERT_LE(eax - count, 1);
		/* and it does stand */
		usleep(20000);
		ASSERT_EQ(count, mshv_data32(&self->vm, 0));
	}
}

TEST_F(kill, signal_interrupts_a_halted_vp)
{
	struct runner r;

	test_ok(mshv_vp_enable_x2apic(self->vp));
	test_load(&self->vm, irq_idle);
	test_run_to_port(self->vp, GUEST_PORT_READY);
	test_ok(start(&r, self->vp));
	usleep(100000);
	interrupt(&r);
	EXPECT_EQ(-EINTR, r.ret);
}

/* A signal never costs an exit: each number comes, and comes once. */
TEST_F(kill, signals_during_exits)
{
	const struct hv_x64_io_port_intercept_message *m =
		mshv_payload(self->vp, struct hv_x64_io_port_intercept_message);
	struct sigaction action = { .sa_handler = on_signal };
	struct itimerspec when = {
		.it_value.tv_nsec = 3000000,
		.it_interval.tv_nsec = 3000000,
	};
	uint32_t expected = 1, interrupted = 0;
	timer_t timer;

	sigaction(SIGALRM, &action, NULL);
	ASSERT_EQ(0, timer_create(CLOCK_MONOTONIC, NULL, &timer));
	ASSERT_EQ(0, timer_settime(timer, 0, &when, NULL));
	test_load(&self->vm, count_out);
	while (expected <= 500) {
		int ret = _test_run(self->vp);

		if (ret == -EINTR) {
			/* 100 in a row would be no progress at all */
			ASSERT_GT(50000, ++interrupted);
			continue;
		}
		ASSERT_EQ(0, ret);
		ASSERT_EQ(HVMSG_X64_IO_PORT_INTERCEPT,
			  (uint32_t)self->vp->msg.header.message_type);
		ASSERT_EQ(expected, (uint32_t)m->rax);
		do {
			ret = mshv_vp_skip(self->vp);
		} while (ret == -EINTR);
		ASSERT_EQ(0, ret);
		expected++;
	}
	timer_delete(timer);
}

/* The VMM that gets killed: two VPs that never come back. */
static void spin_for_ever(int ready)
{
	struct mshv_vm vm;
	struct runner r[2];
	int i;

	if (mshv_vm_setup(&vm) || mshv_vm_add_vp(&vm, 1) ||
	    mshv_vp_real_mode(&vm.vp[1], GUEST_CODE))
		_exit(1);
	mshv_load(&vm, GUEST_CODE, spin);
	for (i = 0; i < 2; i++)
		if (start(&r[i], &vm.vp[i]))
			_exit(1);
	wait_until_running(&vm);
	if (write(ready, "", 1) != 1)
		_exit(1);
	pause();
	_exit(1);
}

TEST_F(kill, vmm_killed_while_its_vps_run)
{
	int i;

	for (i = 0; i < 5; i++) {
		int pipes[2], status;
		char byte;
		pid_t vmm;

		ASSERT_EQ(0, pipe(pipes));
		vmm = fork();
		ASSERT_LE(0, vmm);
		if (!vmm)
			spin_for_ever(pipes[1]);
		close(pipes[1]);
		ASSERT_EQ(1, read(pipes[0], &byte, 1));
		close(pipes[0]);
		ASSERT_EQ(0, kill(vmm, SIGKILL));
		ASSERT_EQ(vmm, waitpid(vmm, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status));
		EXPECT_EQ(SIGKILL, WTERMSIG(status));
	}
	/* other partitions go on */
	test_load(&self->vm, out_imm);
	test_run_to_port(self->vp, 0x42);
}

/* The same at any moment of a partition's life. */
TEST_F(kill, vmm_killed_at_any_time)
{
	int i;

	for (i = 0; i < 12; i++) {
		int status;
		pid_t vmm = fork();

		ASSERT_LE(0, vmm);
		if (!vmm) {
			int pipes[2];

			if (pipe(pipes))
				_exit(1);
			spin_for_ever(pipes[1]);
		}
		usleep(i * 8000);
		ASSERT_EQ(0, kill(vmm, SIGKILL));
		ASSERT_EQ(vmm, waitpid(vmm, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status));
	}
	test_load(&self->vm, out_imm);
	test_run_to_port(self->vp, 0x42);
}

/* A VMM whose guest waits for a page that nobody brings. */
static void wait_for_ever(int ready)
{
	const size_t size = 2 * PAGE_SIZE;
	uint8_t *mem = mshv_alloc(size);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range = { .start = (uintptr_t)mem, .len = size },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	struct mshv_vm vm;

	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api) ||
	    ioctl(uffd, UFFDIO_REGISTER, &range) || mshv_vm_setup(&vm) ||
	    _test_map(vm.fd, mem, size, GUEST_ROOM / PAGE_SIZE, MEM_RWX))
		_exit(1);
	mshv_load(&vm, GUEST_CODE, fs_read32);
	if (mshv_vp_set_fs(&vm.vp[0], GUEST_ROOM) ||
	    _test_set_reg(&vm.vp[0], HV_X64_REGISTER_RBX, 0) ||
	    write(ready, "", 1) != 1)
		_exit(1);
	_test_run(&vm.vp[0]);
	_exit(1);
}

TEST_F(kill, vmm_killed_while_its_guest_waits_for_a_page)
{
	int pipes[2], status, i;
	pid_t vmm, ended;
	char byte;

	SKIP_IN_TREE("the fault that is given up makes the kernel WARN");
	ASSERT_EQ(0, pipe(pipes));
	vmm = fork();
	ASSERT_LE(0, vmm);
	if (!vmm)
		wait_for_ever(pipes[1]);
	close(pipes[1]);
	ASSERT_EQ(1, read(pipes[0], &byte, 1));
	usleep(300000);
	ASSERT_EQ(0, waitpid(vmm, &status, WNOHANG));
	ASSERT_EQ(0, kill(vmm, SIGKILL));
	for (i = 0; i < 10 * PATIENCE_S; i++) {
		ended = waitpid(vmm, &status, WNOHANG);
		if (ended)
			break;
		usleep(100000);
	}
	ASSERT_EQ(vmm, ended);
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGKILL, WTERMSIG(status));
}

/* Everything open at exit, nothing closed by hand. */
TEST_F(kill, vmm_exits_while_its_vps_run)
{
	int pipes[2], status;
	char byte;
	pid_t vmm;

	ASSERT_EQ(0, pipe(pipes));
	vmm = fork();
	ASSERT_LE(0, vmm);
	if (!vmm)
		spin_for_ever(pipes[1]);
	close(pipes[1]);
	ASSERT_EQ(1, read(pipes[0], &byte, 1));
	ASSERT_EQ(0, kill(vmm, SIGTERM));
	ASSERT_EQ(vmm, waitpid(vmm, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
}

TEST_HARNESS_MAIN
