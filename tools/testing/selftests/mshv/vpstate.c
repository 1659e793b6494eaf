// SPDX-License-Identifier: GPL-2.0-only
/*
 * State of a VP that is larger than a register: MSHV_GET/SET_VP_STATE.
 */
#include "mshv_test.h"

#define XSAVE_XMM0	160	/* of the legacy area */
#define XSAVE_XSTATE_BV	512

FIXTURE(vpstate) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
	uint8_t *buf;
	uint8_t *buf2;
};

FIXTURE_SETUP(vpstate)
{
	test_ok(mshv_vm_create(&self->vm, MSHV_TEST_PT_FLAGS));
	test_set_property(self->vm.fd,
			  HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES,
			  BIT(0) | BIT(1) | BIT(3) | BIT(4) | BIT(5) | BIT(7) |
			  BIT(8));
	test_initialize(self->vm.fd);
	test_ok(mshv_vm_ram(&self->vm, GUEST_RAM_SIZE));
	test_ok(mshv_vm_add_vp(&self->vm, 0));
	self->vp = &self->vm.vp[0];
	test_ok(mshv_vp_real_mode(self->vp, GUEST_CODE));
	self->buf = mshv_alloc(4 * PAGE_SIZE);
	self->buf2 = mshv_alloc(4 * PAGE_SIZE);
	ASSERT_NE(NULL, self->buf);
	ASSERT_NE(NULL, self->buf2);
}

FIXTURE_TEARDOWN(vpstate)
{
	mshv_vm_close(&self->vm);
}

static int state(int fd, unsigned long request, uint8_t type, void *buf,
		 uint32_t *size)
{
	struct mshv_get_set_vp_state args = {
		.type = type,
		.buf_sz = *size,
		.buf_ptr = (uintptr_t)buf,
	};
	int ret = ioctl(fd, request, &args);

	*size = args.buf_sz;
	return ret < 0 ? -errno : ret;
}

static int _test_get_state(struct mshv_vp *vp, uint8_t type, void *buf)
{
	uint32_t size = PAGE_SIZE;

	return state(vp->fd, MSHV_GET_VP_STATE, type, buf, &size);
}

static int _test_set_state(struct mshv_vp *vp, uint8_t type, void *buf)
{
	uint32_t size = PAGE_SIZE;

	return state(vp->fd, MSHV_SET_VP_STATE, type, buf, &size);
}

#define test_get_state(...)	test_ok(_test_get_state(__VA_ARGS__))
#define test_set_state(...)	test_ok(_test_set_state(__VA_ARGS__))

TEST_F(vpstate, size_is_returned)
{
	static const uint32_t sizes[MSHV_VP_STATE_COUNT] = {
		[MSHV_VP_STATE_LAPIC] = PAGE_SIZE,
		[MSHV_VP_STATE_SIMP] = PAGE_SIZE,
		[MSHV_VP_STATE_SIEFP] = PAGE_SIZE,
		[MSHV_VP_STATE_SYNTHETIC_TIMERS] =
			sizeof(struct hv_synthetic_timers_state),
	};
	uint64_t xsave;
	uint8_t type;

	test_get_property(self->vm.fd, HV_PARTITION_PROPERTY_MAX_XSAVE_DATA_SIZE,
			  &xsave);
	for (type = 0; type < MSHV_VP_STATE_COUNT; type++) {
		uint32_t size = PAGE_SIZE;

		EXPECT_EQ(0, state(self->vp->fd, MSHV_GET_VP_STATE, type,
				   self->buf, &size))
			TH_LOG("type %u", type);
		EXPECT_EQ(type == MSHV_VP_STATE_XSAVE ? xsave : sizes[type],
			  size) TH_LOG("type %u", type);
	}
}

TEST_F(vpstate, unknown_type)
{
	uint8_t type;

	for (type = MSHV_VP_STATE_COUNT; type < 40; type++) {
		test_err(EINVAL, _test_get_state(self->vp, type, self->buf));
		test_err(EINVAL, _test_set_state(self->vp, type, self->buf));
	}
}

TEST_F(vpstate, reserved_bytes_must_be_zero)
{
	struct mshv_get_set_vp_state args;
	unsigned int i;

	for (i = 0; i < sizeof(args.rsvd); i++) {
		args = (struct mshv_get_set_vp_state){
			.type = MSHV_VP_STATE_LAPIC,
			.buf_sz = PAGE_SIZE,
			.buf_ptr = (uintptr_t)self->buf,
		};
		args.rsvd[i] = 1;
		EXPECT_EQ(-1, ioctl(self->vp->fd, MSHV_GET_VP_STATE, &args));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(-1, ioctl(self->vp->fd, MSHV_SET_VP_STATE, &args));
		EXPECT_EQ(EINVAL, errno);
	}
}

TEST_F(vpstate, buffer_must_be_whole_pages)
{
	static const uint32_t sizes[] = { 0, 1, 1024, 4095, 4097, UINT32_MAX };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint32_t size = sizes[i];

		test_err(EINVAL, state(self->vp->fd, MSHV_GET_VP_STATE,
				       MSHV_VP_STATE_LAPIC, self->buf, &size));
		EXPECT_EQ(sizes[i], size);
	}
	test_err(EINVAL, _test_get_state(self->vp, MSHV_VP_STATE_LAPIC,
					 self->buf + 8));
	test_err(EINVAL, _test_set_state(self->vp, MSHV_VP_STATE_LAPIC,
					 self->buf + 8));
}

TEST_F(vpstate, buffer_that_cannot_be_accessed)
{
	void *hole = mshv_alloc(PAGE_SIZE);
	uint8_t type;

	ASSERT_NE(NULL, hole);
	ASSERT_EQ(0, munmap(hole, PAGE_SIZE));
	for (type = 0; type < MSHV_VP_STATE_COUNT; type++) {
		test_err(EFAULT, _test_get_state(self->vp, type, hole));
		test_err(EFAULT, _test_set_state(self->vp, type, hole));
		test_err(EFAULT, _test_get_state(self->vp, type,
						 (void *)0xffff888000000000));
	}
}

TEST_F(vpstate, lapic_keeps_its_state)
{
	struct hv_local_interrupt_controller_state *lapic = (void *)self->buf;

	test_get_state(self->vp, MSHV_VP_STATE_LAPIC, lapic);
	EXPECT_EQ(0, lapic->apic_id);
	EXPECT_EQ(0xff, lapic->apic_spurious & 0xff);
	lapic->apic_spurious = 0x1ff;
	lapic->apic_lvt_lint0 = 0x700;	/* from the PIC */
	lapic->apic_lvt_lint1 = 0x400;	/* NMI */
	test_set_state(self->vp, MSHV_VP_STATE_LAPIC, lapic);
	test_get_state(self->vp, MSHV_VP_STATE_LAPIC, self->buf2);
	lapic = (void *)self->buf2;
	EXPECT_EQ(0x1ff, lapic->apic_spurious);
	EXPECT_EQ(0x700, lapic->apic_lvt_lint0);
	EXPECT_EQ(0x400, lapic->apic_lvt_lint1);
}

TEST_F(vpstate, lapic_of_each_vp)
{
	struct hv_local_interrupt_controller_state *lapic = (void *)self->buf;

	test_ok(mshv_vm_add_vp(&self->vm, 3));
	test_get_state(&self->vm.vp[3], MSHV_VP_STATE_LAPIC, lapic);
	/* as a number, or as the register of an xAPIC has it */
	EXPECT_TRUE(lapic->apic_id == 3 || lapic->apic_id == 3 << 24);
}

TEST_F(vpstate, xsave_shows_the_registers)
{
	struct hv_register_assoc xmm0 = {
		.name = HV_X64_REGISTER_XMM0,
		.value.reg128 = { 0x1122334455667788, 0x99aabbccddeeff00 },
	};

	test_set_regs(self->vp, &xmm0, 1);
	test_get_state(self->vp, MSHV_VP_STATE_XSAVE, self->buf);
	EXPECT_EQ(0, memcmp(self->buf + XSAVE_XMM0, &xmm0.value, 16));
	/* SSE is in use; the format is the compacted one */
	EXPECT_EQ(2, self->buf[XSAVE_XSTATE_BV] & 2);
	EXPECT_EQ(0x80, self->buf[XSAVE_XSTATE_BV + 15] & 0x80);
}

TEST_F(vpstate, xsave_changes_the_registers)
{
	struct hv_register_assoc xmm0 = { .name = HV_X64_REGISTER_XMM0 };
	static const uint64_t value[2] = { 0x0102030405060708, 0x1112131415161718 };

	test_get_state(self->vp, MSHV_VP_STATE_XSAVE, self->buf);
	memcpy(self->buf + XSAVE_XMM0, value, sizeof(value));
	self->buf[XSAVE_XSTATE_BV] |= 3;
	test_set_state(self->vp, MSHV_VP_STATE_XSAVE, self->buf);
	test_get_regs(self->vp, &xmm0, 1);
	EXPECT_EQ(value[0], xmm0.value.reg128.low_part);
	EXPECT_EQ(value[1], xmm0.value.reg128.high_part);
}

/* What the guest loaded is there after an exit, and what is set is what it has. */
TEST_F(vpstate, xsave_of_a_vp_that_ran)
{
	uint64_t *data = (uint64_t *)(self->vm.ram + GUEST_DATA);

	data[0] = 0xaaaaaaaaaaaaaaaa;
	data[1] = 0xbbbbbbbbbbbbbbbb;
	mshv_load(&self->vm, GUEST_CODE, lm_load_xmm);
	test_ok(mshv_vp_long_mode(&self->vm, self->vp, GUEST_CODE));
	test_run_to_port(self->vp, GUEST_PORT_READY);
	test_get_state(self->vp, MSHV_VP_STATE_XSAVE, self->buf);
	EXPECT_EQ(0, memcmp(self->buf + XSAVE_XMM0, data, 16));
	memset(self->buf + XSAVE_XMM0 + 5 * 16, 0xcc, 16);
	test_set_state(self->vp, MSHV_VP_STATE_XSAVE, self->buf);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	EXPECT_EQ(0xcccccccccccccccc, data[6]);
	EXPECT_EQ(0xcccccccccccccccc, data[7]);
}

TEST_F(vpstate, xsave_that_is_no_xsave)
{
	memset(self->buf, 0xff, PAGE_SIZE);
	EXPECT_GT(0, _test_set_state(self->vp, MSHV_VP_STATE_XSAVE, self->buf));
}

TEST_F(vpstate, message_page_keeps_its_contents)
{
	unsigned int i;

	test_set_reg(self->vp, HV_REGISTER_SIMP, GUEST_FREE | 1);
	for (i = 0; i < PAGE_SIZE; i++)
		self->buf[i] = i * 7;
	test_set_state(self->vp, MSHV_VP_STATE_SIMP, self->buf);
	test_get_state(self->vp, MSHV_VP_STATE_SIMP, self->buf2);
	EXPECT_EQ(0, memcmp(self->buf, self->buf2, PAGE_SIZE));
}

TEST_F(vpstate, event_flags_page_keeps_its_contents)
{
	unsigned int i;

	test_set_reg(self->vp, HV_REGISTER_SIEFP,
		     (GUEST_FREE + PAGE_SIZE) | 1);
	for (i = 0; i < PAGE_SIZE; i++)
		self->buf[i] = i * 13;
	test_set_state(self->vp, MSHV_VP_STATE_SIEFP, self->buf);
	test_get_state(self->vp, MSHV_VP_STATE_SIEFP, self->buf2);
	EXPECT_EQ(0, memcmp(self->buf, self->buf2, PAGE_SIZE));
}

TEST_F(vpstate, synthetic_timers_keep_their_state)
{
	struct hv_synthetic_timers_state *timers = (void *)self->buf;

	test_get_state(self->vp, MSHV_VP_STATE_SYNTHETIC_TIMERS, timers);
	EXPECT_EQ(0, timers->timers[0].config & 1);
	timers->timers[2].config = 4ULL << 16;	/* SINT 4, not enabled */
	timers->timers[2].count = 123456789;
	test_set_state(self->vp, MSHV_VP_STATE_SYNTHETIC_TIMERS, timers);
	memset(timers, 0xff, sizeof(*timers));
	test_get_state(self->vp, MSHV_VP_STATE_SYNTHETIC_TIMERS, timers);
	EXPECT_EQ(4ULL << 16, timers->timers[2].config);
	EXPECT_EQ(123456789, timers->timers[2].count);
	EXPECT_EQ(0, timers->timers[0].config);
}

/* Only so much is written as there is state. */
TEST_F(vpstate, rest_of_the_buffer_is_not_touched)
{
	memset(self->buf, 0x5c, PAGE_SIZE);
	test_get_state(self->vp, MSHV_VP_STATE_SYNTHETIC_TIMERS, self->buf);
	EXPECT_EQ(0x5c, self->buf[sizeof(struct hv_synthetic_timers_state)]);
	EXPECT_EQ(0x5c, self->buf[PAGE_SIZE - 1]);
}

TEST_HARNESS_MAIN
