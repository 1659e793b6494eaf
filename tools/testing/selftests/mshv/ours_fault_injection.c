// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens when the kernel has no memory, user memory cannot be reached, or
 * the hypervisor refuses: the life of a virtual machine again and again, with
 * the n-th of these failing, for all n. Each time there must be an error or none,
 * and in the end nothing left behind: the kernel's own checkers see to its memory,
 * and the host fails the run for what the hypervisor keeps.
 *
 * Needs CONFIG_FAULT_INJECTION, as the debug kernel has it. Linux's own driver
 * has no means to make hypercalls fail.
 */
#include <sys/eventfd.h>

#include "fault_test.h"
#include "netlink_client.h"

#define STATS		DEBUGFS "mshv/stats"
#define PINNING		"/sys/module/mshv_root/parameters/pin_memory"

/* Something is wrong with the test if so many are not enough. */
#define FAULTS_MAX	5000
/* And if there are not even these. */
#define FAULTS_MIN	100

struct life {
	struct mshv_vm vm;
	int irq, resampled, doorbell, stats;
	uint8_t *more, *large;
};

#define MORE_SIZE	(4 * PAGE_SIZE)
#define MORE_GFN	(GUEST_ROOM / PAGE_SIZE)
/* Two large pages of memory, at an address that goes with it. */
#define LARGE		(2UL << 20)
#define LARGE_SIZE	(2 * LARGE)
#define LARGE_GPA	(4UL * GUEST_ROOM)

static int run_to_port(struct mshv_vp *vp)
{
	int ret = _test_run(vp);

	if (ret)
		return ret;
	return vp->msg.header.message_type == HVMSG_X64_IO_PORT_INTERCEPT ?
	       mshv_vp_skip(vp) : -EFAULT;
}

static int interrupts(struct life *l)
{
	struct mshv_user_ioeventfd bell = {
		.addr = GUEST_MMIO, .len = 4, .fd = l->doorbell,
	};
	int pt = l->vm.fd, ret;

	/* a fixed interrupt of the first VP, triggered by level */
	ret = _test_route(pt, 5, 0xfee00000, 0x8000 | GUEST_VECTOR_A);
	if (!ret)
		ret = _test_irqfd(pt, l->irq, l->resampled, 5, BIT(MSHV_IRQFD_BIT_RESAMPLE));
	if (!ret && eventfd_write(l->irq, 1))
		ret = -errno;
	if (!ret)
		ret = ioctl(pt, MSHV_IOEVENTFD, &bell) ? -errno : 0;
	bell.addr += 8;
	if (!ret)
		ret = ioctl(pt, MSHV_IOEVENTFD, &bell) ? -errno : 0;
	bell.flags = BIT(MSHV_IOEVENTFD_BIT_DEASSIGN);
	if (!ret)
		ret = ioctl(pt, MSHV_IOEVENTFD, &bell) ? -errno : 0;
	if (!ret)
		ret = _test_irqfd(pt, l->irq, 0, 5, BIT(MSHV_IRQFD_BIT_DEASSIGN));
	if (!ret)
		ret = _test_irqfd(pt, l->irq, l->resampled, 5, BIT(MSHV_IRQFD_BIT_RESAMPLE));
	return ret;
}

static int state(struct life *l)
{
	uint64_t result, gpa, bits;
	struct mshv_get_set_vp_state lapic = {
		.type = MSHV_VP_STATE_LAPIC,
		.buf_sz = PAGE_SIZE,
		.buf_ptr = (uintptr_t)l->more,
	};
	struct mshv_translate_gva translate = {
		.gva = GUEST_CODE,
		.flags = 1, /* for reading */
		.result = (uintptr_t)&result,
		.gpa = (uintptr_t)&gpa,
	};
	struct mshv_gpap_access_bitmap bitmap = {
		.page_count = 64,
		.bitmap_ptr = (uintptr_t)&bits,
	};

	if (ioctl(l->vm.vp[0].fd, MSHV_GET_VP_STATE, &lapic) ||
	    ioctl(l->vm.vp[0].fd, MSHV_SET_VP_STATE, &lapic) ||
	    ioctl(l->vm.vp[0].fd, MSHV_VP_TRANSLATE_GVA, &translate) ||
	    ioctl(l->vm.fd, MSHV_GET_GPAP_ACCESS_BITMAP, &bitmap))
		return -errno;
	return 0;
}

static int touch(struct life *l, uint64_t gpa)
{
	struct mshv_vp *vp = &l->vm.vp[0];
	int ret;

	mshv_load(&l->vm, GUEST_CODE, fs_write32_out);
	ret = mshv_vp_real_mode(vp, GUEST_CODE);
	if (!ret)
		ret = mshv_vp_set_fs(vp, gpa);
	return ret ? ret : run_to_port(vp);
}

/* Large pages, of which a part goes and comes again. */
static int large_memory(struct life *l)
{
	int ret;

	/* there, in one piece each if the kernel has it */
	l->large[0] = 1;
	l->large[LARGE] = 1;
	ret = _test_map(l->vm.fd, l->large, LARGE_SIZE, LARGE_GPA / PAGE_SIZE, MEM_RW);
	if (!ret)
		ret = touch(l, LARGE_GPA);
	if (!ret && madvise(l->large + PAGE_SIZE, PAGE_SIZE, MADV_DONTNEED))
		ret = -errno;
	if (!ret)
		ret = touch(l, LARGE_GPA + PAGE_SIZE);
	if (!ret && madvise(l->large, LARGE_SIZE, MADV_DONTNEED))
		ret = -errno;
	if (!ret)
		ret = touch(l, LARGE_GPA + LARGE);
	return ret;
}

static int read_stats(struct life *l)
{
	char text[512];

	if (l->stats < 0)
		return 0;
	return pread(l->stats, text, sizeof(text), 0) < 0 ? -errno : 0;
}

static int scrub(struct life *l)
{
	uint64_t in = 0;
	struct mshv_root_hvcall args = {
		.code = HVCALL_SCRUB_PARTITION,
		.in_sz = sizeof(in),
		.in_ptr = (uintptr_t)&in,
	};

	return _test_hvcall(l->vm.fd, &args);
}

/* Up to the first error; what there is then is for end(). */
static int live(struct life *l)
{
	struct mshv_vm *vm = &l->vm;
	struct mshv_vp *vp = &vm->vp[0];
	uint64_t value;
	int ret;

	ret = mshv_vm_setup(vm);
	if (ret)
		return ret;
	mshv_load(vm, GUEST_CODE, count_out);
	ret = mshv_vm_add_vp(vm, 1);
	if (!ret)
		ret = mshv_vp_map_page(vp);
	if (!ret)
		ret = _test_set_property(vm->fd, HV_PARTITION_PROPERTY_GPA_PAGE_ACCESS_TRACKING, 1);
	if (!ret)
		ret = _test_get_property(vm->dev, HV_PARTITION_PROPERTY_PROCESSOR_FEATURES0,
					 &value);
	if (!ret)
		ret = interrupts(l);
	if (!ret)
		ret = run_to_port(vp);
	if (!ret)
		ret = run_to_port(vp);
	if (!ret)
		ret = _test_map(vm->fd, l->more, MORE_SIZE, MORE_GFN, MEM_RW);
	if (!ret)
		ret = _test_map(vm->fd, l->more, MORE_SIZE, 2 * MORE_GFN, MEM_RW);
	if (!ret)
		ret = _test_unmap(vm->fd, l->more, MORE_SIZE, MORE_GFN);
	if (!ret)
		ret = state(l);
	if (!ret)
		ret = large_memory(l);
	if (!ret)
		ret = read_stats(l);
	if (!ret)
		ret = scrub(l);
	/* taken away while the guest has it */
	if (!ret && madvise(vm->ram + GUEST_DATA, PAGE_SIZE, MADV_DONTNEED))
		ret = -errno;
	return ret;
}

static void end(struct life *l)
{
	mshv_vm_close(&l->vm);
}

FIXTURE(faults) {
	struct life life;
	int fail_nth;
};

FIXTURE_SETUP(faults)
{
	int ret;

	if (mshv_driver_is_in_tree())
		SKIP(return, "Linux's own driver cannot make hypercalls fail");
	self->fail_nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (self->fail_nth < 0)
		SKIP(return, "the kernel has no fault injection");
	ret = fault_prepare();
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, mshv_put(PINNING, "N"));
	self->life.irq = eventfd(0, EFD_CLOEXEC);
	self->life.resampled = eventfd(0, EFD_CLOEXEC);
	self->life.doorbell = eventfd(0, EFD_CLOEXEC);
	self->life.stats = open(STATS, O_RDONLY | O_CLOEXEC);
	/* L1VH has none of the hypervisor's */
	if (self->life.stats < 0)
		ASSERT_EQ(ENOENT, errno);
	self->life.more = mshv_alloc(MORE_SIZE);
	ASSERT_NE(NULL, self->life.more);
	memset(self->life.more, 0, MORE_SIZE);
	self->life.large = mshv_alloc(LARGE_SIZE + LARGE);
	ASSERT_NE(NULL, self->life.large);
	self->life.large += -(uintptr_t)self->life.large & (LARGE - 1);
	ASSERT_EQ(0, madvise(self->life.large, LARGE_SIZE, MADV_HUGEPAGE));
}

FIXTURE_TEARDOWN(faults)
{
	mshv_put(PINNING, "N");
	mshv_put(FAIL_HYPERCALL "probability", "0");
}

/* One life for each thing that can fail, until there are no more. */
static int fail_each(struct life *life, int fail_nth, unsigned int *faults, unsigned int *survived)
{
	unsigned int n, left;
	int ret;

	*survived = 0;
	for (n = 1; n < FAULTS_MAX; n++) {
		fault_life_begins(n);
		fault_arm(fail_nth, n);
		ret = live(life);
		end(life);
		left = fault_disarm(fail_nth);
		fault_life_ends();
		*faults = n - 1;
		/* not one more to fail: this life had none */
		if (left)
			return ret;
		if (!ret)
			++*survived;
		else if (ret > 0 || ret < -4095)
			return -ERANGE;
		eventfd_write(life->irq, 1);
		eventfd_read(life->irq, &(eventfd_t){ 0 });
	}
	return -E2BIG;
}

TEST_F_TIMEOUT(faults, each_allocation_and_hypercall_fails_once, NO_TIMEOUT)
{
	unsigned int faults, survived;

	ASSERT_EQ(0, fail_each(&self->life, self->fail_nth, &faults, &survived));
	TH_LOG("%u faults, %u of them without an error", faults, survived);
	EXPECT_LT(FAULTS_MIN, faults);
	EXPECT_GT(faults, survived);
}

TEST_F_TIMEOUT(faults, each_fails_once_with_pinned_memory, NO_TIMEOUT)
{
	unsigned int faults, survived;

	ASSERT_EQ(0, mshv_put(PINNING, "Y"));
	ASSERT_EQ(0, fail_each(&self->life, self->fail_nth, &faults, &survived));
	TH_LOG("%u faults, %u of them without an error", faults, survived);
	EXPECT_LT(FAULTS_MIN, faults);
	EXPECT_GT(faults, survived);
}

static int dirty_bits(struct life *l, uint64_t *bits)
{
	struct mshv_gpap_access_bitmap args = {
		.access_type = MSHV_GPAP_ACCESS_TYPE_DIRTY,
		.access_op = MSHV_GPAP_ACCESS_OP_CLEAR,
		/* a part of the large page: what is known of the rest needs memory */
		.page_count = 2,
		.gpap_base = LARGE_GPA / PAGE_SIZE,
		.bitmap_ptr = (uintptr_t)bits,
	};

	return ioctl(l->vm.fd, MSHV_GET_GPAP_ACCESS_BITMAP, &args) ? -errno : 0;
}

/* The guest has written to the first page, and has lost it since. */
static int write_and_lose(struct life *l)
{
	int ret = mshv_vm_setup(&l->vm);

	if (!ret)
		ret = _test_set_property(l->vm.fd,
					 HV_PARTITION_PROPERTY_GPA_PAGE_ACCESS_TRACKING, 1);
	l->large[0] = 1;
	if (!ret)
		ret = _test_map(l->vm.fd, l->large, LARGE_SIZE, LARGE_GPA / PAGE_SIZE, MEM_RW);
	if (!ret)
		ret = touch(l, LARGE_GPA);
	if (!ret && (mprotect(l->large, LARGE_SIZE, PROT_READ) ||
		     mprotect(l->large, LARGE_SIZE, PROT_READ | PROT_WRITE)))
		ret = -errno;
	return ret;
}

/* The log is asked for, with the n-th of what it takes failing, and then again. */
TEST_F(faults, log_that_fails_loses_nothing)
{
	unsigned int n, left = 0, failed = 0;

	for (n = 1; n < FAULTS_MAX && !left; n++) {
		uint64_t bits = 0;
		int ret;

		ASSERT_EQ(0, write_and_lose(&self->life));
		fault_arm(self->fail_nth, n);
		ret = dirty_bits(&self->life, &bits);
		left = fault_disarm(self->fail_nth);
		if (ret) {
			failed++;
			EXPECT_EQ(0, dirty_bits(&self->life, &bits));
		}
		EXPECT_EQ(1, bits & 1)
			TH_LOG("fault %u: %d", n, ret);
		end(&self->life);
	}
	TH_LOG("%u faults, %u errors", n - 2, failed);
	EXPECT_LT(3, failed);
}

/* From here on no hypercall of this thread succeeds, until told otherwise. */
static int refuse(bool on)
{
	int ret = mshv_put(FAIL_HYPERCALL "probability", on ? "100" : "0");

	return ret ? ret : mshv_put("/proc/thread-self/make-it-fail", on ? "1" : "0");
}

/* Whoever listens hears why a guest was stopped. */
struct refusal {
	bool found;
	uint64_t id, reason;
};

static void got_refusal(void *opaque, const struct nlmsghdr *message)
{
	const struct nlattr *attrs[NL_MAX];
	struct refusal *refusal = opaque;

	if (nl_genl(message)->cmd != MSHV_CMD_MEMORY_REFUSED)
		return;
	nl_attrs(message, attrs);
	refusal->found = true;
	refusal->id = nl_number(attrs[MSHV_A_REFUSED_PARTITION_ID]);
	refusal->reason = nl_number(attrs[MSHV_A_REFUSED_REASON]);
}

/* The guest has a page that goes back to the host and cannot be taken away. */
TEST_F(faults, guest_stops_when_its_memory_cannot_be_taken_away)
{
	struct mshv_vm *vm = &self->life.vm;
	struct mshv_vp *vp = &vm->vp[0];
	struct refusal refusal = { 0 };
	struct nl nl;
	int ret;

	ASSERT_EQ(0, nl_open(&nl));
	ASSERT_EQ(0, nl_join(&nl));
	ASSERT_EQ(0, mshv_vm_setup(vm));
	mshv_load(vm, GUEST_CODE, count_out);
	test_run_to_port(vp, GUEST_PORT_DONE);
	ASSERT_EQ(0, refuse(true));
	ret = madvise(vm->ram, PAGE_SIZE * 4, MADV_DONTNEED);
	ASSERT_EQ(0, refuse(false));
	EXPECT_EQ(0, ret);
	nl.seq = 0;
	while (!refusal.found)
		ASSERT_EQ(1, nl_read(&nl, got_refusal, &refusal));
	EXPECT_LT(1, refusal.id);
	EXPECT_EQ(MSHV_REFUSAL_RELEASE, refusal.reason);
	nl_close(&nl);

	test_err_run(EIO, vp);
	test_err_run(EIO, vp);
	/* it cannot be made to run by other means */
	EXPECT_EQ(-EIO, _test_set_reg(vp, HV_REGISTER_EXPLICIT_SUSPEND, 0));
	/* the rest of it can still be used, and one made later runs no more either */
	ASSERT_EQ(0, mshv_vm_add_vp(vm, 1));
	test_err_run(EIO, &vm->vp[1]);
	EXPECT_EQ(0, _test_unmap(vm->fd, vm->ram, vm->ram_size, 0));
	mshv_vm_close(vm);

	/* other virtual machines are not concerned */
	ASSERT_EQ(0, mshv_vm_setup(vm));
	mshv_load(vm, GUEST_CODE, count_out);
	test_run_to_port(vp, GUEST_PORT_DONE);
	mshv_vm_close(vm);
}

TEST_F(faults, guest_stops_when_a_region_cannot_be_unmapped)
{
	struct mshv_vm *vm = &self->life.vm;
	struct mshv_vp *vp = &vm->vp[0];
	int i, ret;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, mshv_put(PINNING, i ? "Y" : "N"));
		ASSERT_EQ(0, mshv_vm_setup(vm));
		mshv_load(vm, GUEST_CODE, count_out);
		test_run_to_port(vp, GUEST_PORT_DONE);
		ASSERT_EQ(0, refuse(true));
		ret = _test_unmap(vm->fd, vm->ram, vm->ram_size, 0);
		ASSERT_EQ(0, refuse(false));
		EXPECT_EQ(0, ret);
		test_err_run(EIO, vp);
		mshv_vm_close(vm);
	}
}

/*
 * The end of a partition in a process that lives on, so that changes of its memory are
 * still heard of. The partition stays in the hypervisor, which fails the run.
 */
TEST_F(faults, partition_that_ends_when_nothing_comes_back)
{
	struct mshv_vm *vm = &self->life.vm;
	int i;

	if (!getenv("MSHV_TEST_ALL"))
		SKIP(return, "a partition is left in the hypervisor: see check-refusal");
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, mshv_put(PINNING, i ? "Y" : "N"));
		ASSERT_EQ(0, mshv_vm_setup(vm));
		mshv_load(vm, GUEST_CODE, count_out);
		test_run_to_port(&vm->vp[0], GUEST_PORT_DONE);
		ASSERT_EQ(0, refuse(true));
		mshv_vm_close(vm);
		ASSERT_EQ(0, refuse(false));
	}
	/* others are not concerned */
	ASSERT_EQ(0, mshv_put(PINNING, "N"));
	ASSERT_EQ(0, mshv_vm_setup(vm));
	mshv_load(vm, GUEST_CODE, count_out);
	test_run_to_port(&vm->vp[0], GUEST_PORT_DONE);
	mshv_vm_close(vm);
}

TEST_HARNESS_MAIN
