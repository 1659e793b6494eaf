/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the selftests of /dev/mshv share.
 *
 * Three forms of each operation:
 *	_test_x()	does it and returns 0, a descriptor, or -errno
 *	test_x()	asserts that it succeeds
 *	test_err_x()	expects that it fails with an errno
 * The last two are macros and need the harness' _metadata in scope.
 */
#ifndef MSHV_TEST_H
#define MSHV_TEST_H

#include "kselftest_harness.h"
#include "mshv_vm.h"

/* In ms; shorter where @is_known not to come, as that is a defect of Linux's driver. */
#define patience_ms(is_known)	((is_known) ? 2000 : PATIENCE_S * 1000)
/*
 * What a test may take is no matter of seconds: tools/testing/host/boot ends one that hangs, and
 * counts the time in which the machine had the processor. This is for hosts without that.
 */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	3600

/*
 * Expects @condition, or with the in-tree driver, that it fails for @why.
 * There, a test with such a failure ends as XFAIL; one in which none of the
 * conditions failed ends as XPASS, which "run" takes for a failure: a mark that
 * is no longer needed must go.
 */
#define EXPECT_OR_KNOWN(condition, why)				\
	do {								\
		bool _known_ok = (condition);				\
		if (!mshv_driver_is_in_tree()) {			\
			EXPECT_TRUE(_known_ok)				\
				TH_LOG("%s", #condition);		\
		} else {						\
			mshv_known(_metadata, _known_ok, why);		\
		}							\
	} while (0)

/*
 * The same for what depends on who comes first: the in-tree driver may fail, and
 * may as well not.
 */
#define EXPECT_OR_SOMETIMES(condition, why)				\
	do {								\
		bool _sometimes_ok = (condition);			\
		if (!mshv_driver_is_in_tree()) {			\
			EXPECT_TRUE(_sometimes_ok)			\
				TH_LOG("%s", #condition);		\
		} else if (!_sometimes_ok) {				\
			mshv_known(_metadata, false, why);		\
		}							\
	} while (0)

/*
 * What would bring the host down, or a processor of it. MSHV_TEST_ALL in the
 * environment says that this is what is wanted (see check-defects).
 */
#define SKIP_IN_TREE(why)						\
	do {								\
		if (mshv_driver_is_in_tree() && !getenv("MSHV_TEST_ALL")) \
			SKIP(return, "in-tree driver: " why);		\
	} while (0)

/* A failure of another kind stays one, and a known failure is not made up for. */
static inline void mshv_known(struct __test_metadata *t, bool ok, const char *why)
{
	if (t->exit_code != KSFT_PASS && t->exit_code != KSFT_XPASS)
		return;
	t->exit_code = ok ? KSFT_XPASS : KSFT_XFAIL;
	snprintf(t->results->reason, sizeof(t->results->reason), "%s",
		 ok ? "did not fail as it is known to" : why);
}

/*
 * A check of the harness is two statements, of which only the first would be in
 * the body of a loop or condition without braces: these are one.
 */
#define test_eq(expected, seen)	({ EXPECT_EQ(expected, seen); })
#define test_ok(call)		({ ASSERT_EQ(0, call); })
#define test_fd(call)							\
	({								\
		int _fd = (call);					\
		ASSERT_LE(0, _fd)					\
			TH_LOG("%s", #call);				\
		_fd;							\
	})
#define test_err(err, call)	test_eq(-(err), call)

/* The value of a bit-field: the harness needs to know the type of what it sees. */
#define bits(field)		((uint64_t)(field))

#define test_open_dev()			test_fd(_test_open_dev())
#define test_create_partition(...)					\
	test_fd(_test_create_partition(__VA_ARGS__))
#define test_err_create_partition(err, ...)				\
	test_err(err, _test_create_partition(__VA_ARGS__))
#define test_create_partition_v2(...)					\
	test_fd(_test_create_partition_v2(__VA_ARGS__))
#define test_err_create_partition_v2(err, ...)				\
	test_err(err, _test_create_partition_v2(__VA_ARGS__))
#define test_initialize(pt)		test_ok(_test_initialize(pt))
#define test_err_initialize(err, pt)	test_err(err, _test_initialize(pt))
#define test_create_vp(...)		test_fd(_test_create_vp(__VA_ARGS__))
#define test_err_create_vp(err, ...)	test_err(err, _test_create_vp(__VA_ARGS__))
#define test_map(...)			test_ok(_test_map(__VA_ARGS__))
#define test_err_map(err, ...)		test_err(err, _test_map(__VA_ARGS__))
#define test_unmap(...)			test_ok(_test_unmap(__VA_ARGS__))
#define test_err_unmap(err, ...)	test_err(err, _test_unmap(__VA_ARGS__))
#define test_hvcall(...)		test_ok(_test_hvcall(__VA_ARGS__))
#define test_err_hvcall(err, ...)	test_err(err, _test_hvcall(__VA_ARGS__))
#define test_get_property(...)						\
	test_ok(_test_get_property(__VA_ARGS__))
#define test_err_get_property(err, ...)					\
	test_err(err, _test_get_property(__VA_ARGS__))
#define test_set_property(...)						\
	test_ok(_test_set_property(__VA_ARGS__))
#define test_err_set_property(err, ...)					\
	test_err(err, _test_set_property(__VA_ARGS__))
#define test_get_regs(...)		test_ok(_test_get_regs(__VA_ARGS__))
#define test_err_get_regs(err, ...)	test_err(err, _test_get_regs(__VA_ARGS__))
#define test_set_regs(...)		test_ok(_test_set_regs(__VA_ARGS__))
#define test_err_set_regs(err, ...)	test_err(err, _test_set_regs(__VA_ARGS__))
#define test_set_reg(...)		test_ok(_test_set_reg(__VA_ARGS__))
#define test_err_set_reg(err, ...)	test_err(err, _test_set_reg(__VA_ARGS__))
#define test_install_intercept(...)					\
	test_ok(_test_install_intercept(__VA_ARGS__))
#define test_err_install_intercept(err, ...)				\
	test_err(err, _test_install_intercept(__VA_ARGS__))
#define test_irqfd(...)			test_ok(_test_irqfd(__VA_ARGS__))
#define test_err_irqfd(err, ...)	test_err(err, _test_irqfd(__VA_ARGS__))
#define test_route(...)			test_ok(_test_route(__VA_ARGS__))
#define test_err_route(err, ...)	test_err(err, _test_route(__VA_ARGS__))
#define test_assert_interrupt(...)					\
	test_ok(_test_assert_interrupt(__VA_ARGS__))
#define test_err_assert_interrupt(err, ...)				\
	test_err(err, _test_assert_interrupt(__VA_ARGS__))

/* Runs until the next intercept, which must be a message of @type. */
#define test_run(vp, type)						\
	do {								\
		test_ok(_test_run(vp));					\
		ASSERT_EQ((uint32_t)(type), (vp)->msg.header.message_type); \
	} while (0)
#define test_err_run(err, vp)		test_err(err, _test_run(vp))

/* Runs until the guest writes to @port, and steps over the instruction. */
#define test_run_to_port(vp, port)					\
	do {								\
		test_run(vp, HVMSG_X64_IO_PORT_INTERCEPT);		\
		ASSERT_EQ((port), mshv_payload(vp,			\
			  struct hv_x64_io_port_intercept_message)->port_number); \
		test_ok(mshv_vp_skip(vp));				\
	} while (0)

/* Puts guests to where they read and write a word: fixtures with members vm and vp. */
#define test_start_read(gpa)						\
	do {								\
		test_load(&self->vm, fs_read32);			\
		test_ok(mshv_vp_real_mode(self->vp, GUEST_CODE));	\
		test_ok(mshv_vp_set_fs(self->vp, gpa));			\
		test_set_reg(self->vp, HV_X64_REGISTER_RBX, 0);		\
	} while (0)
#define test_start_write(gpa, value)					\
	do {								\
		test_load(&self->vm, fs_write32_out);			\
		test_ok(mshv_vp_real_mode(self->vp, GUEST_CODE));	\
		test_ok(mshv_vp_set_fs(self->vp, gpa));			\
		test_set_reg(self->vp, HV_X64_REGISTER_RBX, 0);		\
		test_set_reg(self->vp, HV_X64_REGISTER_RAX, value);	\
	} while (0)

/* And lets the guest read it. */
#define test_guest_reads(gpa, value)					\
	do {								\
		test_start_read(gpa);					\
		test_run(self->vp, HVMSG_X64_HALT);			\
		EXPECT_EQ((uint32_t)(value), mshv_data32(&self->vm, 0)); \
	} while (0)

/* For fixtures: a partition with RAM and one VP, in real mode at GUEST_CODE. */
#define test_load(vm, name)						\
	mshv_load(vm, GUEST_CODE, name)

#endif
