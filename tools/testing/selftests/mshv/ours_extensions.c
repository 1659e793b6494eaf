// SPDX-License-Identifier: GPL-2.0-only
/*
 * What our driver has and Linux's own has not: the question what there is, ways to
 * open the device, answers for older hypervisors, scrubbing, doorbells that are
 * taken back without their value, and destinations of more than eight bits.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/time.h>

#include "mshv_test.h"

FIXTURE(extensions) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
};

FIXTURE_SETUP(extensions)
{
	if (mshv_driver_is_in_tree())
		SKIP(return, "Linux's own driver has no extensions");
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
}

FIXTURE_TEARDOWN(extensions)
{
	mshv_vm_close(&self->vm);
}

static int check(int fd, uint32_t extension)
{
	int ret = ioctl(fd, MSHV_CHECK_EXTENSION, &extension);

	return ret < 0 ? -errno : ret;
}

TEST_F(extensions, are_told)
{
	int dev = self->vm.dev;

	test_eq(1, check(dev, MSHV_CAP_VP_TRANSLATE_GVA));
	test_eq(1, check(dev, MSHV_CAP_VP_CONTROL));
	test_eq(1, check(dev, MSHV_CAP_MSI_DEST_32));
	test_eq(1, check(dev, MSHV_CAP_IOEVENTFD_WILDCARD));
	test_eq(1, check(dev, MSHV_CAP_SCRUB_PARTITION));
	test_eq(1, check(dev, MSHV_CAP_CREATE_DEVICE));
	test_eq(1, check(dev, MSHV_CAP_MESSAGE_STAYS));
	test_eq(mshv_scheduler_is_root(), check(dev, MSHV_CAP_ROOT_SCHEDULER));
}

TEST_F(extensions, limits_are_true)
{
	int vps = check(self->vm.dev, MSHV_CAP_MAX_VPS);
	int routes = check(self->vm.dev, MSHV_CAP_MAX_ROUTES);

	ASSERT_LT(0, vps);
	ASSERT_LT(0, routes);
	test_fd(_test_create_vp(self->vm.fd, vps - 1));
	test_err_create_vp(EINVAL, self->vm.fd, vps);
	test_ok(_test_route(self->vm.fd, routes - 1, 0xfee00000, GUEST_VECTOR_A));
	test_err(EINVAL, _test_route(self->vm.fd, routes, 0xfee00000, GUEST_VECTOR_A));
}

/* Numbers below 0x100 are Linux's, for another device. */
TEST_F(extensions, what_is_not_known_is_not_there)
{
	test_eq(0, check(self->vm.dev, 0));
	test_eq(0, check(self->vm.dev, 1));
	test_eq(0, check(self->vm.dev, 0xff));
	test_eq(0, check(self->vm.dev, UINT32_MAX));
}

TEST_F(extensions, question_must_be_readable)
{
	EXPECT_EQ(-1, ioctl(self->vm.dev, MSHV_CHECK_EXTENSION, NULL));
	EXPECT_EQ(EFAULT, errno);
	test_err(ENOTTY, check(self->vm.fd, MSHV_CAP_VP_CONTROL));
	test_err(ENOTTY, check(self->vp->fd, MSHV_CAP_VP_CONTROL));
}

/* Device and partition mean the same however the device was opened. */
TEST_F(extensions, device_can_be_opened_in_any_way)
{
	static const int flags[] = {
		O_RDONLY, O_WRONLY, O_RDWR, O_RDONLY | O_NONBLOCK | O_CLOEXEC,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		int dev = open("/dev/mshv", flags[i]);
		uint64_t value;
		int pt;

		ASSERT_LE(0, dev);
		pt = test_create_partition(dev, MSHV_TEST_PT_FLAGS);
		test_get_property(dev, HV_PARTITION_PROPERTY_PROCESSOR_FEATURES0, &value);
		test_initialize(pt);
		close(pt);
		close(dev);
	}
}

/* ---- property 0x90009 */

struct assignable {
	uint16_t banks;
	uint16_t reserved[3];
	uint64_t features;
};

static int get_assignable(int fd, struct assignable *answer, uint16_t *status)
{
	struct hv_input_get_partition_property_ex in = {
		.property_code = HV_PARTITION_PROPERTY_ASSIGNABLE_SYNTHETIC_PROC_FEATURES,
	};
	struct mshv_root_hvcall args = {
		.code = HVCALL_GET_PARTITION_PROPERTY_EX,
		.in_sz = sizeof(in),
		.out_sz = sizeof(*answer),
		.in_ptr = (uintptr_t)&in,
		.out_ptr = (uintptr_t)answer,
	};
	int ret = _test_hvcall(fd, &args);

	*status = args.status;
	return ret;
}

TEST_F(extensions, assignable_features_are_those_of_the_hypervisor)
{
	struct assignable answer = { 0 };
	uint16_t status;

	test_ok(get_assignable(self->vm.dev, &answer, &status));
	EXPECT_EQ(HV_STATUS_SUCCESS, status);
	EXPECT_EQ(1, answer.banks);
	EXPECT_NE(0, answer.features);
}

static int set_fail_nth(int fd, unsigned int n)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", n);
	return pwrite(fd, text, strlen(text), 0) < 0 ? -errno : 0;
}

/*
 * Of all that can fail in this call, one is the hypervisor's answer. That one the
 * caller does not notice, and gets the host's own features.
 */
TEST_F(extensions, assignable_features_without_the_hypervisors_help)
{
	int fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	struct assignable answer;
	unsigned int n, helped = 0;
	uint64_t host;
	char left[16] = "";
	uint16_t status;

	if (fd < 0)
		SKIP(return, "the kernel has no fault injection");
	test_get_property(self->vm.dev, HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES, &host);
	for (n = 1; n < 20; n++) {
		int ret;

		memset(&answer, 0x5e, sizeof(answer));
		ASSERT_EQ(0, set_fail_nth(fd, n));
		ret = get_assignable(self->vm.dev, &answer, &status);
		/* to read it is one more thing that may fail */
		if (pread(fd, left, sizeof(left) - 1, 0) < 0 || strtoul(left, NULL, 10))
			break;
		if (ret)
			continue;
		EXPECT_EQ(1, answer.banks);
		EXPECT_EQ(0, answer.reserved[0] | answer.reserved[1] | answer.reserved[2]);
		EXPECT_EQ(host, answer.features);
		EXPECT_EQ(HV_STATUS_SUCCESS, status);
		helped++;
	}
	EXPECT_EQ(1, helped);
	EXPECT_LT(n, 20);
	while (set_fail_nth(fd, 0) == -EFAULT)
		;
	close(fd);
}

/* ---- hypercalls on a VP, which use the same pages again */

static int registers(int fd, uint16_t code, uint16_t reps, void *in, uint16_t in_sz,
		     void *out, uint16_t out_sz, uint16_t *done)
{
	struct mshv_root_hvcall args = {
		.code = code,
		.reps = reps,
		.in_sz = in_sz,
		.out_sz = out_sz,
		.in_ptr = (uintptr_t)in,
		.out_ptr = (uintptr_t)out,
	};
	int ret = _test_hvcall(fd, &args);

	*done = args.reps;
	return ret;
}

/*
 * Three registers are given, then one, but two are to be set. The other one is 0, which
 * is the suspension of a VP that does not run.
 */
TEST_F(extensions, calls_on_a_vp_know_nothing_of_each_other)
{
	struct {
		struct hv_input_set_vp_registers head;
		struct hv_register_assoc regs[3];
	} set = { 0 };
	struct {
		struct hv_input_get_vp_registers head;
		uint32_t names[64];
	} get = { 0 };
	const size_t one = sizeof(set.head) + sizeof(set.regs[0]);
	uint8_t *out = mshv_alloc(2 * PAGE_SIZE);
	uint8_t *at_the_end = out + PAGE_SIZE - one;
	uint16_t done;
	size_t i;

	ASSERT_NE(NULL, out);
	ASSERT_EQ(0, mprotect(out + PAGE_SIZE, PAGE_SIZE, PROT_NONE));
	test_load(&self->vm, spin);
	for (i = 0; i < ARRAY_SIZE(set.regs); i++) {
		set.regs[i].name = HV_X64_REGISTER_RBX;
		set.regs[i].value.reg64 = i + 1;
	}
	test_ok(registers(self->vp->fd, HVCALL_SET_VP_REGISTERS, 3, &set, sizeof(set), NULL, 0,
			  &done));
	EXPECT_EQ(3, done);
	set.regs[0].value.reg64 = 7;
	memcpy(at_the_end, &set, one);
	test_ok(registers(self->vp->fd, HVCALL_SET_VP_REGISTERS, 2, at_the_end, one, NULL, 0,
			  &done));
	EXPECT_EQ(2, done);
	EXPECT_EQ(7, mshv_get_reg(self->vp, HV_X64_REGISTER_RBX));
	test_set_reg(self->vp, HV_REGISTER_EXPLICIT_SUSPEND, 1);

	for (i = 0; i < ARRAY_SIZE(get.names); i++)
		get.names[i] = HV_X64_REGISTER_RBX;
	test_ok(registers(self->vp->fd, HVCALL_GET_VP_REGISTERS, ARRAY_SIZE(get.names), &get,
			  sizeof(get), out, PAGE_SIZE, &done));
	EXPECT_EQ(ARRAY_SIZE(get.names), done);
	memset(out, 0xff, PAGE_SIZE);
	test_ok(registers(self->vp->fd, HVCALL_GET_VP_REGISTERS, 1, &get, sizeof(get), out,
			  PAGE_SIZE, &done));
	EXPECT_EQ(7, out[0]);
	for (i = sizeof(union hv_register_value); i < PAGE_SIZE; i++)
		ASSERT_EQ(0, out[i]);
}

/* ---- scrubbing */

static int scrub(int fd)
{
	uint64_t in = 0;
	struct mshv_root_hvcall args = {
		.code = HVCALL_SCRUB_PARTITION,
		.in_sz = sizeof(in),
		.in_ptr = (uintptr_t)&in,
	};

	return _test_hvcall(fd, &args);
}

static void on_signal(int signal)
{
	(void)signal;
}

struct runner {
	pthread_t thread;
	struct mshv_vp *vp;
	volatile bool stop;
};

static void *run_for_ever(void *arg)
{
	struct runner *r = arg;

	while (!r->stop && _test_run(r->vp) == -EINTR)
		;
	return NULL;
}

TEST_F(extensions, partition_is_not_scrubbed_while_a_vp_runs)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct runner r = { .vp = self->vp };
	uint32_t before;

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	test_ok(mshv_vm_add_vp(&self->vm, 1));
	test_load(&self->vm, spin);
	ASSERT_EQ(0, pthread_create(&r.thread, NULL, run_for_ever, &r));
	while (!mshv_data32(&self->vm, 0))
		usleep(1000);
	test_err(EBUSY, scrub(self->vm.fd));
	before = mshv_data32(&self->vm, 0);
	while (mshv_data32(&self->vm, 0) == before)
		usleep(1000);
	r.stop = true;
	while (pthread_tryjoin_np(r.thread, NULL)) {
		pthread_kill(r.thread, SIGUSR1);
		usleep(10000);
	}
	/* VPs that did not run are as usable as before */
	test_ok(mshv_vp_real_mode(&self->vm.vp[1], GUEST_CODE));
	test_load(&self->vm, count_out);
	test_run_to_port(&self->vm.vp[1], GUEST_PORT_DONE);
}

/*
 * The guest restarts, without anybody else taking notice of it: first at an exit of its
 * own, then one that was not handled, then after a signal, and one that never ran.
 */
TEST_F(extensions, guest_restarts_after_its_partition_was_scrubbed)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct itimerval soon = { .it_value.tv_usec = 100000 };
	struct mshv_vp *vps = self->vm.vp;
	int i;

	ASSERT_EQ(0, sigaction(SIGALRM, &action, NULL));
	test_ok(mshv_vm_add_vp(&self->vm, 1));
	for (i = 0; i < 4; i++) {
		test_set_reg(self->vp, HV_X64_REGISTER_RIP, GUEST_CODE);
		if (i == 2) {
			test_load(&self->vm, spin);
			ASSERT_EQ(0, setitimer(ITIMER_REAL, &soon, NULL));
			test_err_run(EINTR, self->vp);
		} else {
			test_load(&self->vm, count_out);
			test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
			if (i == 1)
				EXPECT_EQ(-1, ioctl(self->vp->fd, MSHV_RUN_VP, NULL));
		}
		test_ok(mshv_vp_enable_x2apic(self->vp));
		test_set_reg(self->vp, HV_REGISTER_GUEST_OS_ID, 1);
		test_ok(scrub(self->vm.fd));
		EXPECT_EQ(0, mshv_get_reg(self->vp, HV_REGISTER_GUEST_OS_ID));
		EXPECT_EQ(0xfee00900, mshv_get_reg(self->vp, HV_X64_REGISTER_APIC_BASE));
	}
	test_load(&self->vm, count_out);
	for (i = 1; i >= 0; i--) {
		test_ok(mshv_vp_real_mode(&vps[i], GUEST_CODE));
		test_run_to_port(&vps[i], GUEST_PORT_DONE);
		EXPECT_EQ(1, mshv_get_reg(&vps[i], HV_X64_REGISTER_RAX));
	}
}

TEST_F(extensions, only_a_partition_is_scrubbed)
{
	test_err(EINVAL, scrub(self->vp->fd));
	test_err(EINVAL, scrub(self->vm.dev));
}

/* ---- doorbells */

#define DATAMATCH	BIT(MSHV_IOEVENTFD_BIT_DATAMATCH)
#define DEASSIGN	BIT(MSHV_IOEVENTFD_BIT_DEASSIGN)

static int ioeventfd(int pt, int fd, uint32_t len, uint64_t value, uint32_t flags)
{
	struct mshv_user_ioeventfd args = {
		.datamatch = value,
		.addr = GUEST_MMIO,
		.len = len,
		.fd = fd,
		.flags = flags,
	};

	return ioctl(pt, MSHV_IOEVENTFD, &args) ? -errno : 0;
}

/* As some VMMs do it: they keep neither value nor length. */
TEST_F(extensions, doorbell_is_deassigned_without_its_value)
{
	int event = eventfd(0, EFD_CLOEXEC), pt = self->vm.fd;

	test_ok(ioeventfd(pt, event, 4, 9, DATAMATCH));
	test_ok(ioeventfd(pt, event, 0, 0, DEASSIGN));
	test_err(ENOENT, ioeventfd(pt, event, 4, 9, DATAMATCH | DEASSIGN));
	close(event);
}

TEST_F(extensions, doorbell_must_not_be_ambiguous)
{
	int event = eventfd(0, EFD_CLOEXEC), pt = self->vm.fd;
	int other = eventfd(0, EFD_CLOEXEC);

	test_ok(ioeventfd(pt, event, 4, 9, DATAMATCH));
	test_ok(ioeventfd(pt, event, 4, 10, DATAMATCH));
	test_ok(ioeventfd(pt, other, 4, 11, DATAMATCH));
	test_err(ENOENT, ioeventfd(pt, event, 0, 0, DEASSIGN));
	/* that of the other eventfd is not meant */
	test_ok(ioeventfd(pt, event, 4, 9, DATAMATCH | DEASSIGN));
	test_ok(ioeventfd(pt, event, 0, 0, DEASSIGN));
	test_err(ENOENT, ioeventfd(pt, event, 0, 0, DEASSIGN));
	test_ok(ioeventfd(pt, other, 4, 11, DATAMATCH | DEASSIGN));
	close(event);
	close(other);
}

/*
 * What the guest wrote before is signalled, even if the message that it did is late:
 * with --fault=msg=delay:50 it is.
 */
TEST_F(extensions, doorbell_that_rang_is_not_lost)
{
	int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), pt = self->vm.fd;
	eventfd_t count;

	test_ok(ioeventfd(pt, event, 4, 0, 0));
	test_load(&self->vm, fs_write32_out);
	test_ok(mshv_vp_set_fs(self->vp, GUEST_MMIO));
	test_set_reg(self->vp, HV_X64_REGISTER_RBX, 0);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	test_ok(ioeventfd(pt, event, 4, 0, DEASSIGN));
	ASSERT_EQ(0, eventfd_read(event, &count));
	EXPECT_EQ(1, count);
	close(event);
}

/* ---- destinations of interrupts */

FIXTURE(destination) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
	int event;
};

FIXTURE_SETUP(destination)
{
	unsigned int i;

	if (mshv_driver_is_in_tree())
		SKIP(return, "Linux's own driver takes the index of a VP for its APIC id");
	test_ok(mshv_vm_setup(&self->vm));
	test_ok(mshv_vm_add_vp(&self->vm, 1));
	self->vp = &self->vm.vp[1];
	for (i = 0; i < 2; i++) {
		test_ok(mshv_vp_real_mode(&self->vm.vp[i], GUEST_CODE));
		test_ok(mshv_vp_enable_x2apic(&self->vm.vp[i]));
		test_set_reg(&self->vm.vp[i], HV_X64_REGISTER_RSP, GUEST_STACK - i * 0x800);
	}
	mshv_vm_set_vector(&self->vm, GUEST_VECTOR_A, GUEST_HANDLER_A);
	mshv_vm_set_vector(&self->vm, GUEST_VECTOR_B, GUEST_HANDLER_B);
	test_load(&self->vm, irq_idle);
	self->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	ASSERT_LE(0, self->event);
}

FIXTURE_TEARDOWN(destination)
{
	mshv_vm_close(&self->vm);
	close(self->event);
}

static int route(int pt, uint32_t low, uint32_t high, uint32_t vector)
{
	struct {
		struct mshv_user_irq_table head;
		struct mshv_user_irq_entry entry;
	} args = {
		.head.nr = 1,
		.entry = { .gsi = 6, .address_lo = low, .address_hi = high, .data = vector },
	};

	return ioctl(pt, MSHV_SET_MSI_ROUTING, &args) ? -errno : 0;
}

/* The VP with that APIC id gets what goes to this address. */
#define expect_reached(apic_id, low, high)				\
	do {								\
		test_set_reg(self->vp, HV_X64_REGISTER_INITIAL_APIC_ID, apic_id); \
		test_ok(route(self->vm.fd, low, high, GUEST_VECTOR_A));	\
		test_irqfd(self->vm.fd, self->event, 0, 6, 0);		\
		test_run_to_port(self->vp, GUEST_PORT_READY);		\
		ASSERT_EQ(0, eventfd_write(self->event, 1));		\
		test_run_to_port(self->vp, GUEST_PORT_IRQ);		\
	} while (0)

TEST_F(destination, of_eight_bits)
{
	expect_reached(0xa5, 0xfee00000 | 0xa5 << 12, 0);
}

/* Bits 8 to 14 where a guest without interrupt remapping puts them. */
TEST_F(destination, extended)
{
	expect_reached(0x55a5, 0xfee00000 | 0xa5 << 12 | 0x55 << 5, 0);
}

TEST_F(destination, of_x2apic)
{
	expect_reached(0x123456a5, 0xfee00000 | 0xa5 << 12, 0x12345600);
}

/* What goes to the number that is its index is not for it. */
TEST_F(destination, is_not_the_index)
{
	static const uint32_t names[] = {
		HV_X64_REGISTER_INITIAL_APIC_ID, HV_X64_REGISTER_APIC_ID,
	};
	struct mshv_vp *first = &self->vm.vp[0];
	unsigned int i;

	expect_reached(1, 0xfee00000 | 1 << 12, 0);
	test_run_to_port(first, GUEST_PORT_READY);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		test_set_reg(first, names[i], 1);
		test_set_reg(self->vp, names[i], 0);
		ASSERT_EQ(0, eventfd_write(self->event, 1));
		test_run_to_port(first, GUEST_PORT_IRQ);
		/* and as it was */
		test_set_reg(first, names[i], 0);
		test_set_reg(self->vp, names[i], 1);
		ASSERT_EQ(0, eventfd_write(self->event, 1));
		test_run_to_port(self->vp, GUEST_PORT_IRQ);
	}
}

TEST_HARNESS_MAIN
