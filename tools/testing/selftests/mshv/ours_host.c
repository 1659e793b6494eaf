// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes of the host under the driver: processors that go and come while guests
 * run, and the module itself. Linux's own driver frees what a processor was
 * dispatching with when that goes.
 */
#include <glob.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>

#include "mshv_test.h"

#define CPU1		"/sys/devices/system/cpu/cpu1/online"
#define DRIVER		"/drivers/*mshv_root.ko"
/* It holds the driver; init loads it where the hypervisor has device domains. */
#define IOMMU		"/drivers/*hv_iommu.ko"
#define IOMMU_CLAIM	"/sys/module/hv_iommu/parameters/claim"
#define ROUNDS		5

static void on_signal(int signal)
{
	(void)signal;
}

/* Runs a guest that counts on a port, and counts with it. */
struct runner {
	pthread_t thread;
	struct mshv_vp *vp;
	volatile uint32_t count;
	volatile bool stop;
	const char *volatile error;
};

static void *run_for_ever(void *arg)
{
	struct runner *r = arg;

	while (!r->stop) {
		const struct hv_x64_io_port_intercept_message *port;
		int ret = _test_run(r->vp);

		if (ret == -EINTR)
			continue;
		port = mshv_payload(r->vp, struct hv_x64_io_port_intercept_message);
		if (ret) {
			r->error = "a run failed";
		} else if (r->vp->msg.header.message_type != HVMSG_X64_IO_PORT_INTERCEPT ||
			   port->port_number != GUEST_PORT_DONE) {
			r->error = "no port exit";
		} else if ((uint32_t)port->rax != r->count + 1) {
			r->error = "an exit was lost or came twice";
		} else if (mshv_vp_skip(r->vp)) {
			r->error = "the registers cannot be set";
		} else {
			r->count++;
			continue;
		}
		break;
	}
	return NULL;
}

static bool counts_on(struct runner *r)
{
	uint32_t before = r->count;
	time_t end = time(NULL) + PATIENCE_S;

	while (r->count < before + 3 && !r->error && time(NULL) < end)
		usleep(1000);
	return r->count >= before + 3 && !r->error;
}

static void stop(struct runner *r)
{
	r->stop = true;
	/* which may come right before the run, so often */
	while (pthread_tryjoin_np(r->thread, NULL)) {
		pthread_kill(r->thread, SIGUSR1);
		usleep(10000);
	}
}

/*
 * A kernel with KASAN stops when a processor of a root partition goes: Linux
 * unmaps the page through which interrupts are ended (hv_cpu_die() in
 * arch/x86/hyperv/hv_init.c) while interrupts still come.
 */
static bool kernel_has_kasan(void)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	char line[300];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, " kasan_report\n");
	if (f)
		fclose(f);
	return found;
}

FIXTURE(cpus) {
	struct mshv_vm vm[2];
	struct runner runner[2];
	bool on;
};

FIXTURE_SETUP(cpus)
{
	struct sigaction action = { .sa_handler = on_signal };
	int i;

	if (mshv_driver_is_in_tree())
		SKIP(return, "Linux's own driver may crash the host");
	if (!getenv("MSHV_TEST_ALL"))
		SKIP(return, "Linux itself may crash when a processor goes: see check-cpus");
	if (kernel_has_kasan())
		SKIP(return, "Linux uses memory that it freed when a processor goes");
	if (access(CPU1, W_OK))
		SKIP(return, "there is no second processor: boot with --cpus=2 or more");
	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	for (i = 0; i < 2; i++) {
		test_ok(mshv_vm_setup(&self->vm[i]));
		mshv_load(&self->vm[i], GUEST_CODE, count_out);
		self->runner[i].vp = &self->vm[i].vp[0];
		ASSERT_EQ(0, pthread_create(&self->runner[i].thread, NULL, run_for_ever,
					    &self->runner[i]));
	}
	self->on = true;
	for (i = 0; i < 2; i++)
		ASSERT_TRUE(counts_on(&self->runner[i]));
}

FIXTURE_TEARDOWN(cpus)
{
	int i;

	if (!self->on)
		return;
	for (i = 0; i < 2; i++)
		stop(&self->runner[i]);
	mshv_put(CPU1, "1");
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(NULL, self->runner[i].error)
			TH_LOG("%s", self->runner[i].error);
		mshv_vm_close(&self->vm[i]);
	}
}

TEST_F(cpus, guests_run_on_while_one_goes_and_comes)
{
	int i, j;

	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, mshv_put(CPU1, "0"));
		for (j = 0; j < 2; j++)
			ASSERT_TRUE(counts_on(&self->runner[j]));
		ASSERT_EQ(0, mshv_put(CPU1, "1"));
		for (j = 0; j < 2; j++)
			ASSERT_TRUE(counts_on(&self->runner[j]));
	}
}

/* Messages for the processor that has come back arrive: it has its pages again. */
TEST_F(cpus, guest_runs_on_the_one_that_came_back)
{
	cpu_set_t second;
	int j;

	CPU_ZERO(&second);
	CPU_SET(1, &second);
	ASSERT_EQ(0, mshv_put(CPU1, "0"));
	ASSERT_EQ(0, mshv_put(CPU1, "1"));
	for (j = 0; j < 2; j++)
		ASSERT_EQ(0, pthread_setaffinity_np(self->runner[j].thread, sizeof(second),
						    &second));
	for (j = 0; j < 2; j++)
		EXPECT_TRUE(counts_on(&self->runner[j]));
}

static int stay_on_cpu1(void)
{
	cpu_set_t second;

	CPU_ZERO(&second);
	CPU_SET(1, &second);
	return sched_setaffinity(0, sizeof(second), &second) ? -errno : 0;
}

/* Both VPs ring, for each may be at home on another processor. */
static int ring(struct mshv_vm *vm, unsigned int times)
{
	int ret = 0;

	for (; times && !ret; times--) {
		int i;

		for (i = 0; i < 2 && !ret; i++) {
			ret = _test_set_reg(&vm->vp[i], HV_X64_REGISTER_RIP, GUEST_CODE) ?:
			      _test_run(&vm->vp[i]) ?: mshv_vp_skip(&vm->vp[i]);
		}
	}
	return ret;
}

/* Waits a while for an eventfd to have counted to @wanted. */
static bool counted(int event, uint64_t wanted)
{
	uint64_t sum = 0, count;
	int i;

	for (i = 0; i < 100 * PATIENCE_S && sum < wanted; i++) {
		if (read(event, &count, sizeof(count)) == sizeof(count))
			sum += count;
		usleep(10000);
	}
	return sum == wanted;
}

/* Kernel and hypervisor need not agree on where its ring of doorbells goes on. */
TEST_F(cpus, doorbells_arrive_on_the_one_that_came_back)
{
	int event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), i;
	struct mshv_user_ioeventfd bell = { .addr = GUEST_MMIO, .len = 4, .fd = event };
	struct mshv_vm vm;

	ASSERT_LE(0, event);
	ASSERT_EQ(0, mshv_vm_setup(&vm));
	test_ok(mshv_vm_add_vp(&vm, 1));
	test_ok(mshv_vp_real_mode(&vm.vp[1], GUEST_CODE));
	for (i = 0; i < 2; i++) {
		test_ok(mshv_vp_set_fs(&vm.vp[i], GUEST_MMIO));
		test_set_reg(&vm.vp[i], HV_X64_REGISTER_RBX, 0);
	}
	ASSERT_EQ(0, ioctl(vm.fd, MSHV_IOEVENTFD, &bell));
	mshv_load(&vm, GUEST_CODE, fs_write32_out);
	for (i = 0; i < 3; i++) {
		test_ok(stay_on_cpu1());
		test_ok(ring(&vm, 10));
		EXPECT_TRUE(counted(event, 20));
		ASSERT_EQ(0, mshv_put(CPU1, "0"));
		ASSERT_EQ(0, mshv_put(CPU1, "1"));
	}
	mshv_vm_close(&vm);
	close(event);
}

/* A new one, with one processor less than the driver began with. */
TEST_F(cpus, partition_lives_and_dies_while_one_is_away)
{
	struct mshv_vm vm;

	ASSERT_EQ(0, mshv_put(CPU1, "0"));
	ASSERT_EQ(0, mshv_vm_setup(&vm));
	mshv_load(&vm, GUEST_CODE, count_out);
	test_run_to_port(&vm.vp[0], GUEST_PORT_DONE);
	mshv_vm_close(&vm);
	ASSERT_EQ(0, mshv_put(CPU1, "1"));
	ASSERT_EQ(0, mshv_vm_setup(&vm));
	mshv_load(&vm, GUEST_CODE, count_out);
	test_run_to_port(&vm.vp[0], GUEST_PORT_DONE);
	mshv_vm_close(&vm);
}

/* Where the host found it. */
static int open_module(const char *pattern)
{
	glob_t found;
	int fd = -ENOENT;

	if (!glob(pattern, 0, NULL, &found)) {
		fd = open(found.gl_pathv[0], O_RDONLY | O_CLOEXEC);
		globfree(&found);
	}
	return fd;
}

static int load_module(const char *pattern)
{
	int fd = open_module(pattern);
	int ret = 0;

	if (fd < 0)
		return fd;
	if (syscall(SYS_finit_module, fd, "", 0))
		ret = -errno;
	close(fd);
	return ret;
}

static int unload_module(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

static int load(void)
{
	return load_module(DRIVER);
}

static int unload(void)
{
	return unload_module("mshv_root");
}

/* Nothing has a device here: all that it claims can be given back. */
static int unload_iommu(void)
{
	int ret = mshv_put(IOMMU_CLAIM, "0");

	return ret ? ret : unload_module("hv_iommu");
}

/* An eventfd for an interrupt, and one for a doorbell: what outlives an ioctl. */
static int use(struct mshv_vm *vm)
{
	struct mshv_user_ioeventfd bell = { .addr = GUEST_MMIO, .len = 4 };
	int ret = mshv_vm_setup(vm);

	bell.fd = eventfd(0, EFD_CLOEXEC);
	if (!ret)
		ret = _test_irqfd(vm->fd, bell.fd, 0, 3, 0);
	if (!ret && ioctl(vm->fd, MSHV_IOEVENTFD, &bell))
		ret = -errno;
	close(bell.fd);
	return ret;
}

FIXTURE(module) {
	struct mshv_vm vm;
	bool iommu;
};

FIXTURE_SETUP(module)
{
	if (mshv_driver_is_in_tree())
		SKIP(return, "Linux's own driver does not wait for interrupts before it goes");
	if (close(open_module(DRIVER)))
		SKIP(return, "there is no " DRIVER " to load again");
	self->iommu = !access(IOMMU_CLAIM, F_OK);
	if (self->iommu)
		test_ok(unload_iommu());
}

FIXTURE_TEARDOWN(module)
{
	if (self->iommu)
		EXPECT_EQ(0, load_module(IOMMU));
}

TEST_F(module, descriptor_keeps_it)
{
	int vp;

	ASSERT_EQ(0, use(&self->vm));
	EXPECT_EQ(-EAGAIN, unload());
	close(self->vm.dev);
	close(self->vm.fd);
	self->vm.dev = -1;
	self->vm.fd = -1;
	/* a VP is as good as any */
	EXPECT_EQ(-EAGAIN, unload());
	mshv_load(&self->vm, GUEST_CODE, count_out);
	test_run_to_port(&self->vm.vp[0], GUEST_PORT_DONE);
	ASSERT_EQ(0, mshv_vp_map_page(&self->vm.vp[0]));
	vp = self->vm.vp[0].fd;
	self->vm.vp[0].fd = -1;
	close(vp);
	/* and so is what it maps */
	EXPECT_EQ(-EAGAIN, unload());
	EXPECT_EQ(1, self->vm.vp[0].page->version);
	mshv_vm_close(&self->vm);
}

TEST_F(module, goes_and_comes_again)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, use(&self->vm));
		mshv_load(&self->vm, GUEST_CODE, count_out);
		test_run_to_port(&self->vm.vp[0], GUEST_PORT_DONE);
		mshv_vm_close(&self->vm);
		ASSERT_EQ(0, unload());
		EXPECT_NE(0, access("/dev/mshv", F_OK));
		ASSERT_EQ(0, load());
		EXPECT_EQ(0, access("/dev/mshv", F_OK));
	}
}

/* Twice at once there cannot be. */
TEST_F(module, second_is_refused)
{
	EXPECT_EQ(-EEXIST, load());
	ASSERT_EQ(0, use(&self->vm));
	mshv_vm_close(&self->vm);
}

TEST_HARNESS_MAIN
