// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The end of an instruction that was carried out: interrupt shadows, and guests that
 * execute step by step.
 */
#include <errno.h>
#include <string.h>

#include "fakevp.h"
#include "test.h"

#define DEVICE 0xd0000000
#define RFLAGS_TF 0x100
#define RFLAGS_RF 0x10000
#define DR6_BS 0x4000

static unsigned int accesses;
static uint64_t new_rip;

static int in(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size, uint32_t *value)
{
	(void)vp;
	(void)opaque;
	(void)port;
	(void)size;
	accesses++;
	*value = 0;
	return new_rip ? mshv_vp_set_reg(fake.vp, HV_X64_REGISTER_RIP, new_rip) : 0;
}

static int out(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size, uint32_t value)
{
	(void)vp;
	(void)value;
	return in(vp, opaque, port, size, &value);
}

static int device_read(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size, uint64_t *value)
{
	(void)vp;
	(void)opaque;
	(void)gpa;
	(void)size;
	accesses++;
	*value = 0;
	return 0;
}

static int device_write(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size, uint64_t value)
{
	(void)vp;
	(void)value;
	return device_read(vp, opaque, gpa, size, &value);
}

static const struct mshv_port_ops ports = { .size = sizeof(ports), .in = in, .out = out };
static const struct mshv_mmio_ops memory = { sizeof(memory), device_read, device_write };

static void start(uint64_t rflags)
{
	fakevp_start(PAGE_VALID, 0);
	fake.model.idle = true;
	accesses = 0;
	new_rip = 0;
	fakevp_set64(HV_X64_REGISTER_CR0, 1);
	fakevp_set64(HV_X64_REGISTER_RFLAGS, 2 | rflags);
	fakevp_set64(HV_X64_REGISTER_RIP, 0x500);
	fakevp_set64(HV_X64_REGISTER_DR6, 0xffff0ff0);
	fakevp_set64(HV_REGISTER_PENDING_EVENT0, 0);
	fakevp_set64(HV_REGISTER_INTERRUPT_STATE, 0);
}

static uint64_t reg(uint32_t name)
{
	uint64_t value;

	CHECK_EQ(mshv_vp_get_reg(fake.vp, name, &value), 0);
	return value;
}

static union hv_x64_pending_exception_event pending(void)
{
	const uint32_t name = HV_REGISTER_PENDING_EVENT0;
	union hv_register_value value;

	CHECK_EQ(mshv_vp_get_regs(fake.vp, &name, &value, 1), 0);
	return value.pending_exception_event;
}

static void check_trap(void)
{
	const union hv_x64_pending_exception_event e = pending();

	CHECK(e.event_pending);
	CHECK_EQ(e.vector, 1);
	CHECK(!e.deliver_error_code);
	CHECK_EQ(reg(HV_X64_REGISTER_DR6), 0xffff0ff0 | DR6_BS);
}

/* sti; in $0x60, %al: the instruction that interrupts waited for is over. */
TEST(retire_ends_an_interrupt_shadow)
{
	const union hv_register_value before = {
		.interrupt_state = { .interrupt_shadow = 1, .nmi_masked = 1 },
	};

	for (int handle = 0; handle < 2; handle++) {
		start(0);
		fakevp_set(HV_REGISTER_INTERRUPT_STATE, before);
		fakevp_port(0x60, 1, false)->header.execution_state.interrupt_shadow = 1;
		fakevp_run();
		if (handle)
			CHECK_EQ(mshv_vp_handle_port(fake.vp, &ports, NULL), 0);
		else
			CHECK_EQ(mshv_vp_port_complete(fake.vp, 0), 0);
		CHECK_EQ(reg(HV_REGISTER_INTERRUPT_STATE), before.reg64 & ~UINT64_C(1));
		CHECK(mshv_vp_get_reg(fake.vp, HV_X64_REGISTER_RIP, &new_rip) == 0 &&
		      new_rip == 0x502);
		fakevp_finish();
	}
}

/* Most instructions do not follow one of those: nothing is read or written for it. */
TEST(retire_costs_nothing_without_a_shadow)
{
	start(0);
	fakevp_port(0x60, 1, false);
	fakevp_run();
	fake.ioctls = 0;
	CHECK_EQ(mshv_vp_handle_port(fake.vp, &ports, NULL), 0);
	fakevp_set64(HV_X64_REGISTER_RIP, 0x502);
	CHECK_EQ(fake.ioctls, 0);
	fakevp_finish();
}

TEST(retire_traps_a_guest_that_steps)
{
	start(RFLAGS_TF | RFLAGS_RF);
	fakevp_port(0x60, 1, true);
	fakevp_run();
	CHECK_EQ(mshv_vp_handle_port(fake.vp, &ports, NULL), 0);
	check_trap();
	CHECK_EQ(reg(HV_X64_REGISTER_RIP), 0x502);
	CHECK_EQ(reg(HV_X64_REGISTER_RFLAGS), 2 | RFLAGS_TF);
	fakevp_finish();
}

static void check_step(unsigned int left)
{
	CHECK_EQ(accesses, 1);
	check_trap();
	CHECK_EQ(reg(HV_X64_REGISTER_RCX), left - 1);
	CHECK_EQ(reg(HV_X64_REGISTER_RIP), left > 1 ? 0x500 : 0x502);
	fakevp_finish();
}

/* rep lodsb: each element is a step, and the last one ends the instruction. */
TEST(retire_traps_at_each_element_of_a_string)
{
	struct hv_x64_memory_intercept_message *m = (void *)fake.message.u.payload;

	for (unsigned int left = 3; left > 0; left--) {
		start(RFLAGS_TF);
		fakevp_set64(HV_X64_REGISTER_RCX, left);
		fakevp_set64(HV_X64_REGISTER_RSI, DEVICE);
		memset(&fake.message, 0, sizeof(fake.message));
		fake.message.header.message_type = HVMSG_UNMAPPED_GPA;
		fake.message.header.payload_size = sizeof(*m);
		m->header.cs_segment._long = 1;
		m->header.execution_state.efer_lma = 1;
		m->instruction_byte_count = 2;
		memcpy(m->instruction_bytes, "\xf3\xac", 2);
		fakevp_run();
		CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &memory, NULL), 0);
		check_step(left);
	}
}

/* rep outsb */
TEST(retire_traps_at_each_element_of_a_port_string)
{
	static _Alignas(4096) uint8_t ram[0x1000];
	struct hv_x64_io_port_intercept_message *m;

	for (unsigned int left = 3; left > 0; left--) {
		start(RFLAGS_TF);
		CHECK_EQ(mshv_vm_map(fake.vm, 0, ram, sizeof(ram), MSHV_MEM_WRITE), 0);
		fakevp_set64(HV_X64_REGISTER_RCX, left);
		fakevp_set64(HV_X64_REGISTER_RSI, 0x100);
		m = fakevp_port(0x60, 1, true);
		m->access_info.string_op = 1;
		m->access_info.rep_prefix = 1;
		m->header.execution_state.efer_lma = 1;
		fakevp_run();
		CHECK_EQ(mshv_vp_handle_port(fake.vp, &ports, NULL), 0);
		check_step(left);
	}
}

/* What it writes there is where the guest goes on, and no end of an instruction. */
TEST(retire_leaves_a_device_its_rip)
{
	start(RFLAGS_TF);
	fakevp_port(0x60, 1, false);
	fakevp_run();
	new_rip = 0x4711;
	CHECK_EQ(mshv_vp_handle_port(fake.vp, &ports, NULL), 0);
	CHECK_EQ(reg(HV_X64_REGISTER_RIP), 0x4711);
	CHECK(!pending().event_pending);
	fakevp_finish();
}

/* An event that a device made pending comes before the trap. */
TEST(retire_does_not_replace_an_event)
{
	const struct mshv_exception machine_check = { .vector = 18 };

	start(RFLAGS_TF);
	fakevp_port(0x60, 1, false);
	fakevp_run();
	CHECK_EQ(mshv_vp_inject(fake.vp, &machine_check), 0);
	CHECK_EQ(mshv_vp_handle_port(fake.vp, &ports, NULL), 0);
	CHECK_EQ(pending().vector, 18);
	CHECK_EQ(reg(HV_X64_REGISTER_RIP), 0x502);
	fakevp_finish();
}
