// SPDX-License-Identifier: GPL-2.0-only
/*
 * The child's synthetic interrupt controller, as a VMM uses it: messages and
 * events put straight into it, and word of what has become deliverable.
 *
 * Its pages lie over the guest's memory, where the VMM does not see them, so
 * that they are read by MSHV_GET_VP_STATE.
 */
#include "mshv_test.h"

#define SIMP_GPA	GUEST_FREE
#define SIEFP_GPA	(GUEST_FREE + PAGE_SIZE)
#define SINT_MESSAGE	2
#define SINT_EVENT	3

FIXTURE(synic) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
	uint8_t *state;
};

FIXTURE_SETUP(synic)
{
	test_ok(mshv_vm_create(&self->vm, MSHV_TEST_PT_FLAGS));
	test_set_property(self->vm.fd,
			  HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES,
			  BIT(0) | BIT(1) | BIT(4) | BIT(7) | BIT(8));
	test_initialize(self->vm.fd);
	test_ok(mshv_vm_ram(&self->vm, GUEST_RAM_SIZE));
	test_ok(mshv_vm_add_vp(&self->vm, 0));
	self->vp = &self->vm.vp[0];
	test_ok(mshv_vp_real_mode(self->vp, GUEST_CODE));
	test_ok(mshv_vp_enable_x2apic(self->vp));
	mshv_vm_set_vector(&self->vm, GUEST_VECTOR_A, GUEST_HANDLER_A);
	mshv_vm_set_vector(&self->vm, GUEST_VECTOR_B, GUEST_HANDLER_B);
	test_set_reg(self->vp, HV_REGISTER_SIMP, SIMP_GPA | 1);
	test_set_reg(self->vp, HV_REGISTER_SIEFP, SIEFP_GPA | 1);
	test_set_reg(self->vp, HV_REGISTER_SINT0 + SINT_MESSAGE, GUEST_VECTOR_A);
	test_set_reg(self->vp, HV_REGISTER_SINT0 + SINT_EVENT, GUEST_VECTOR_B);
	test_set_reg(self->vp, HV_REGISTER_SCONTROL, 1);
	self->state = mshv_alloc(PAGE_SIZE);
	ASSERT_NE(NULL, self->state);
}

FIXTURE_TEARDOWN(synic)
{
	mshv_vm_close(&self->vm);
}

static int _test_state(struct mshv_vp *vp, unsigned long request, uint8_t type,
		       void *buf)
{
	struct mshv_get_set_vp_state args = {
		.type = type,
		.buf_sz = PAGE_SIZE,
		.buf_ptr = (uintptr_t)buf,
	};

	return ioctl(vp->fd, request, &args) ? -errno : 0;
}

#define test_get_state(type)						\
	test_ok(_test_state(self->vp, MSHV_GET_VP_STATE, type, self->state))
#define test_set_state(type)						\
	test_ok(_test_state(self->vp, MSHV_SET_VP_STATE, type, self->state))

/* The status with which a message of @type is taken. */
static uint16_t post(struct mshv_vm *vm, uint32_t sint, uint32_t type)
{
	struct hv_input_post_message_direct in = { .sint_index = sint };
	struct hv_message *m = (struct hv_message *)in.message;
	struct hv_message message = { 0 };

	message.header.message_type = type;
	message.header.payload_size = 16;
	message.u.payload[0] = 0x1122334455667788;
	message.u.payload[1] = 0x99aabbccddeeff00;
	memcpy(m, &message, sizeof(message));
	return mshv_hvcall_status(vm->fd, HVCALL_POST_MESSAGE_DIRECT, &in,
				  sizeof(in), NULL, 0);
}

/* The status of signalling @flag; *newly says whether it was clear before. */
static uint16_t signal_flag(struct mshv_vm *vm, uint8_t sint, uint16_t flag,
			    uint8_t *newly)
{
	struct hv_input_signal_event_direct in = {
		.target_sint = sint,
		.flag_number = flag,
	};
	struct hv_output_signal_event_direct out = { 0 };
	uint16_t status = mshv_hvcall_status(vm->fd, HVCALL_SIGNAL_EVENT_DIRECT,
					     &in, sizeof(in), &out, sizeof(out));

	*newly = out.newly_signaled;
	return status;
}

#define start_guest(name)						\
	do {								\
		test_load(&self->vm, name);				\
		test_run_to_port(self->vp, GUEST_PORT_READY);		\
	} while (0)

#define expect_interrupt(vector)					\
	do {								\
		test_run_to_port(self->vp, GUEST_PORT_IRQ);		\
		EXPECT_EQ((vector), mshv_payload(self->vp,		\
			  struct hv_x64_io_port_intercept_message)->rax & 0xff); \
	} while (0)

TEST_F(synic, message)
{
	const struct hv_message *slot =
		(const struct hv_message *)self->state + SINT_MESSAGE;

	start_guest(irq_idle);
	EXPECT_EQ(HV_STATUS_SUCCESS, post(&self->vm, SINT_MESSAGE, 0x1234));
	expect_interrupt(GUEST_VECTOR_A);
	test_get_state(MSHV_VP_STATE_SIMP);
	EXPECT_EQ(0x1234, slot->header.message_type);
	EXPECT_EQ(16, slot->header.payload_size);
	EXPECT_EQ(0x1122334455667788, slot->u.payload[0]);
	EXPECT_EQ(0x99aabbccddeeff00, slot->u.payload[1]);
	EXPECT_EQ(0, slot[1].header.message_type);
}

TEST_F(synic, second_message_has_no_room)
{
	const struct hv_message *slot =
		(const struct hv_message *)self->state + SINT_MESSAGE;

	EXPECT_EQ(HV_STATUS_SUCCESS, post(&self->vm, SINT_MESSAGE, 1));
	EXPECT_NE(HV_STATUS_SUCCESS, post(&self->vm, SINT_MESSAGE, 2));
	test_get_state(MSHV_VP_STATE_SIMP);
	EXPECT_EQ(1, slot->header.message_type);

	/* once the slot is empty there is room again */
	memset(self->state, 0, PAGE_SIZE);
	test_set_state(MSHV_VP_STATE_SIMP);
	EXPECT_EQ(HV_STATUS_SUCCESS, post(&self->vm, SINT_MESSAGE, 3));
	test_get_state(MSHV_VP_STATE_SIMP);
	EXPECT_EQ(3, slot->header.message_type);
}

TEST_F(synic, event)
{
	uint8_t newly;

	start_guest(irq_idle);
	EXPECT_EQ(HV_STATUS_SUCCESS,
		  signal_flag(&self->vm, SINT_EVENT, 17, &newly));
	EXPECT_EQ(1, newly);
	expect_interrupt(GUEST_VECTOR_B);
	test_get_state(MSHV_VP_STATE_SIEFP);
	EXPECT_EQ(2, self->state[256 * SINT_EVENT + 2]);

	/* the guest has not cleared it */
	EXPECT_EQ(HV_STATUS_SUCCESS,
		  signal_flag(&self->vm, SINT_EVENT, 17, &newly));
	EXPECT_EQ(0, newly);
}

TEST_F(synic, arguments)
{
	uint8_t newly;

	EXPECT_NE(HV_STATUS_SUCCESS, post(&self->vm, HV_SYNIC_SINT_COUNT, 1));
	EXPECT_NE(HV_STATUS_SUCCESS,
		  signal_flag(&self->vm, HV_SYNIC_SINT_COUNT, 1, &newly));
	EXPECT_NE(HV_STATUS_SUCCESS,
		  signal_flag(&self->vm, SINT_EVENT, HV_EVENT_FLAGS_COUNT,
			      &newly));
	test_get_state(MSHV_VP_STATE_SIMP);
	EXPECT_EQ(0, self->state[0]);
}

/* Word that the guest opened for interrupts, once, and when it did. */
TEST_F(synic, interrupt_becomes_deliverable)
{
	union hv_deliverability_notifications_register want = {
		.interrupt_notification = 1,
	};

	start_guest(irq_closed);
	test_set_reg(self->vp, HV_X64_REGISTER_DELIVERABILITY_NOTIFICATIONS,
		     want.as_uint64);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	test_run(self->vp, HVMSG_X64_INTERRUPTION_DELIVERABLE);
	EXPECT_EQ(0, mshv_header(self->vp)->vp_index);
	EXPECT_EQ(0x200, mshv_header(self->vp)->rflags & 0x200);
	EXPECT_EQ(0, mshv_get_reg(self->vp,
				  HV_X64_REGISTER_DELIVERABILITY_NOTIFICATIONS));
}

/* Word that a message slot is free, which it is at once. */
TEST_F(synic, sint_becomes_deliverable)
{
	union hv_deliverability_notifications_register want = {
		.sint = BIT(SINT_MESSAGE),
	};
	const struct hv_x64_sint_deliverable_message *m =
		mshv_payload(self->vp, struct hv_x64_sint_deliverable_message);

	start_guest(irq_busy);
	test_set_reg(self->vp, HV_X64_REGISTER_DELIVERABILITY_NOTIFICATIONS,
		     want.as_uint64);
	test_run(self->vp, HVMSG_SYNIC_SINT_DELIVERABLE);
	EXPECT_EQ(BIT(SINT_MESSAGE), m->deliverable_sints);
	EXPECT_EQ(HV_STATUS_SUCCESS, post(&self->vm, SINT_MESSAGE, 5));
	expect_interrupt(GUEST_VECTOR_A);
}

TEST_HARNESS_MAIN
