// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Exceptions for the guest: by request, and for operands that it may not access.
 */
#include <errno.h>
#include <string.h>

#include "core/vm.h"
#include "fakevp.h"
#include "test.h"

#define DEVICE_GPA 0xd0000000
#define DEVICE_LINEAR 0x1000
#define ABSENT 0x40000000
#define STACK_ABSENT 0x8000000000000000

static _Alignas(4096) uint8_t ram[0x8000];
static unsigned int accesses;

static int read_device(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size,
		       uint64_t *value)
{
	(void)vp;
	(void)opaque;
	(void)size;
	CHECK_EQ(gpa, DEVICE_GPA);
	accesses++;
	*value = 0;
	return 0;
}

static int write_device(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size,
			uint64_t value)
{
	(void)vp;
	(void)opaque;
	(void)gpa;
	(void)size;
	(void)value;
	accesses++;
	return 0;
}

static int in(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size, uint32_t *value)
{
	(void)vp;
	(void)opaque;
	(void)port;
	(void)size;
	accesses++;
	*value = 0;
	return 0;
}

static int out(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size, uint32_t value)
{
	(void)vp;
	(void)opaque;
	(void)port;
	(void)size;
	(void)value;
	accesses++;
	return 0;
}

static const struct mshv_mmio_ops memory = { sizeof(memory), read_device, write_device };
static const struct mshv_port_ops ports = { .size = sizeof(ports), .in = in, .out = out };

/* 64-bit mode; one page of memory at 0, the device at 0x1000, and nothing else. */
static void start(void)
{
	static const uint64_t tables[] = { 0x2003, 0x3003, 0x4003, 0x5003 };

	fakevp_start(PAGE_VALID, 0);
	fake.model.idle = true;
	accesses = 0;
	memset(ram, 0, sizeof(ram));
	for (size_t i = 0; i < 3; i++)
		memcpy(ram + 0x1000 * (i + 1), &tables[i], 8);
	memcpy(ram + 0x4000, &tables[3], 8);
	memcpy(ram + 0x4008, (uint64_t[]){ DEVICE_GPA | 3 }, 8);
	CHECK_EQ(mshv_vm_map(fake.vm, 0, ram, sizeof(ram), MSHV_MEM_WRITE), 0);
	fakevp_set64(HV_X64_REGISTER_CR0, 0x80010001);
	fakevp_set64(HV_X64_REGISTER_CR3, 0x1000);
	fakevp_set64(HV_X64_REGISTER_CR4, 0x20);
	fakevp_set64(HV_X64_REGISTER_EFER, 0x500);
	fakevp_set64(HV_X64_REGISTER_RFLAGS, 2);
	fakevp_set64(HV_REGISTER_PENDING_EVENT0, 0);
}

static void memory_exit(const char *bytes, size_t n)
{
	struct hv_x64_memory_intercept_message *m =
		(void *)fake.message.u.payload;

	memset(&fake.message, 0, sizeof(fake.message));
	fake.message.header.message_type = HVMSG_UNMAPPED_GPA;
	fake.message.header.payload_size = sizeof(*m);
	m->header.cs_segment._long = 1;
	m->header.execution_state.efer_lma = 1;
	m->instruction_byte_count = (uint8_t)n;
	memcpy(m->instruction_bytes, bytes, n);
	fakevp_run();
}

static union hv_x64_pending_exception_event pending(void)
{
	const uint32_t name = HV_REGISTER_PENDING_EVENT0;
	union hv_register_value value;

	CHECK_EQ(mshv_vp_get_regs(fake.vp, &name, &value, 1), 0);
	return value.pending_exception_event;
}

static void check_pending(uint8_t vector, uint32_t error, uint64_t parameter)
{
	const union hv_x64_pending_exception_event e = pending();

	CHECK(e.event_pending);
	CHECK_EQ(e.event_type, HV_X64_PENDING_EVENT_EXCEPTION);
	CHECK_EQ(e.vector, vector);
	CHECK(e.deliver_error_code);
	CHECK_EQ(e.error_code, error);
	CHECK_EQ(e.exception_parameter, parameter);
}

static void check_rip_stays(void)
{
	const struct hv_x64_intercept_message_header *head =
		(const void *)fake.message.u.payload;
	uint64_t rip;

	CHECK_EQ(mshv_vp_get_reg(fake.vp, HV_X64_REGISTER_RIP, &rip), 0);
	CHECK_EQ(rip, head->rip);
}

/* A device is not read for a string that has nowhere to go. */
TEST(inject_fault_of_movs_before_the_device_is_read)
{
	start();
	fakevp_set64(HV_X64_REGISTER_RSI, DEVICE_LINEAR);
	fakevp_set64(HV_X64_REGISTER_RDI, ABSENT + 8);
	memory_exit("\xa5", 1);
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &memory, NULL), 0);
	CHECK_EQ(accesses, 0);
	check_pending(14, 2, ABSENT + 8);
	check_rip_stays();
	fakevp_finish();
}

TEST(inject_fault_of_movs_from_nowhere)
{
	start();
	fakevp_set64(HV_X64_REGISTER_RSI, ABSENT);
	fakevp_set64(HV_X64_REGISTER_RDI, DEVICE_LINEAR);
	memory_exit("\xa5", 1);
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &memory, NULL), 0);
	CHECK_EQ(accesses, 0);
	check_pending(14, 0, ABSENT);
	fakevp_finish();
}

/* Another VP may have changed the page tables since: mov (%rbp), %al and (%rbx). */
TEST(inject_fault_of_a_non_canonical_address)
{
	start();
	fakevp_set64(HV_X64_REGISTER_RBX, STACK_ABSENT);
	memory_exit("\x8a\x03", 2);
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &memory, NULL), 0);
	check_pending(13, 0, 0);
	fakevp_finish();

	start();
	fakevp_set64(HV_X64_REGISTER_RBP, STACK_ABSENT);
	memory_exit("\x8a\x45\x00", 3);
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &memory, NULL), 0);
	check_pending(12, 0, 0);
	fakevp_finish();
}

TEST(inject_fault_of_ins_before_the_device_is_read)
{
	struct hv_x64_io_port_intercept_message *m;

	start();
	m = fakevp_port(0x60, 4, false);
	m->header.execution_state.efer_lma = 1;
	m->header.execution_state.cpl = 3;
	m->header.instruction_length = 1;
	m->access_info.string_op = 1;
	fakevp_set64(HV_X64_REGISTER_RDI, ABSENT);
	fakevp_run();
	CHECK_EQ(mshv_vp_handle_port(fake.vp, &ports, NULL), 0);
	CHECK_EQ(accesses, 0);
	check_pending(14, 6, ABSENT);
	check_rip_stays();
	fakevp_finish();
}

/* What is no fault of the guest's is still an error. */
TEST(inject_nothing_where_page_tables_are_missing)
{
	start();
	fakevp_set64(HV_X64_REGISTER_CR3, 0x123456000);
	fakevp_set64(HV_X64_REGISTER_RBX, ABSENT);
	memory_exit("\x8a\x03", 2);
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &memory, NULL), -EFAULT);
	CHECK(!pending().event_pending);
	fakevp_finish();
}

TEST(inject_refuses_a_second_event)
{
	const struct mshv_exception gp = { .vector = 13, .has_error_code = true };

	start();
	fakevp_set64(HV_X64_REGISTER_RBX, ABSENT);
	memory_exit("\x8a\x03", 2);
	CHECK_EQ(mshv_vp_inject(fake.vp, &gp), 0);
	check_pending(13, 0, 0);
	CHECK_EQ(mshv_vp_inject(fake.vp, &gp), -EBUSY);
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &memory, NULL), -EBUSY);
	check_pending(13, 0, 0);
	fakevp_finish();
}

/* An interrupt that is on its way is not replaced, nor a fault added to it. */
TEST(inject_refuses_an_event_beside_an_interruption)
{
	const struct mshv_exception gp = { .vector = 13, .has_error_code = true };
	const union hv_register_value interrupt = {
		.pending_interruption = { .interruption_pending = 1,
					  .interruption_vector = 0x20 },
	};

	start();
	fakevp_set64(HV_X64_REGISTER_RBX, ABSENT);
	fakevp_set(HV_REGISTER_PENDING_INTERRUPTION, interrupt);
	memory_exit("\x8a\x03", 2);
	CHECK_EQ(mshv_vp_inject(fake.vp, &gp), -EBUSY);
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &memory, NULL), -EBUSY);
	CHECK(!pending().event_pending);
	/* A VMM that gives it up may do so. */
	CHECK_EQ(mshv_vp_set_reg(fake.vp, HV_REGISTER_PENDING_INTERRUPTION, 0), 0);
	CHECK_EQ(mshv_vp_inject(fake.vp, &gp), 0);
	check_pending(13, 0, 0);
	fakevp_finish();
}

TEST(inject_says_what_is_meant)
{
	struct mshv_exception e = { .vector = 6, .error_code = 7 };

	start();
	fakevp_run();
	CHECK_EQ(mshv_vp_inject(fake.vp, &e), 0);
	CHECK_EQ(pending().vector, 6);
	CHECK(!pending().deliver_error_code);
	CHECK_EQ(pending().error_code, 0);
	CHECK_EQ(mshv_vp_inject(NULL, &e), -EINVAL);
	CHECK_EQ(mshv_vp_inject(fake.vp, NULL), -EINVAL);
	e.vector = 32;
	CHECK_EQ(mshv_vp_inject(fake.vp, &e), -EINVAL);
	fakevp_finish();
}
