// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Interrupts of a guest on a real /dev/mshv: run inside a root partition.
 */
#include <errno.h>
#include <mshvctl/mshvctl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../test.h"
#include "rig.h"

#define VECTOR 0x40
#define GSI 5

#define LOAD(bytes) memcpy(rig.ram + RIG_CODE, bytes, sizeof(bytes) - 1)

/* The handler of @VECTOR: out %al, $0x81; iret. The guest: sti; jmp . */
static void start_interruptible(void)
{
	static const uint8_t handler[] = { 0xe6, 0x81, 0xcf };
	static const uint16_t entry[] = { 0x2000, 0 };
	struct hv_local_interrupt_controller_state apic;

	rig_start(0);
	LOAD("\xfb\xeb\xfe");
	memcpy(rig.ram + 0x2000, handler, sizeof(handler));
	memcpy(rig.ram + 4 * VECTOR, entry, sizeof(entry));
	CHECK_EQ(mshv_vp_set_reg(rig.vp, HV_X64_REGISTER_RSP, 0x8000), 0);
	CHECK_EQ(mshv_vp_get_state(rig.vp, MSHV_STATE_LAPIC, &apic, sizeof(apic),
				   NULL), 0);
	apic.apic_spurious = 0x1ff;
	CHECK_EQ(mshv_vp_set_state(rig.vp, MSHV_STATE_LAPIC, &apic, sizeof(apic)),
		 0);
}

TEST(host_interrupt_arrives_straight)
{
	const struct mshv_interrupt irq = { .vector = VECTOR };

	start_interruptible();
	CHECK_EQ(mshv_vm_assert_interrupt(rig.vm, &irq), 0);
	rig_run_to_port(0x81);
	rig_finish();
}

/* With the local APIC off, as on a PC before it is set up. */
TEST(host_interrupt_of_an_8259_arrives)
{
	start_interruptible();
	CHECK_EQ(mshv_vp_set_reg(rig.vp, HV_X64_REGISTER_APIC_BASE, 0xfee00100), 0);
	/* That takes back what waits: it comes first. */
	CHECK_EQ(mshv_vp_flush_regs(rig.vp), 0);
	CHECK_EQ(mshv_vp_inject_interrupt(rig.vp, VECTOR), 0);
	CHECK_EQ(mshv_vp_inject_interrupt(rig.vp, VECTOR), -EBUSY);
	rig_run_to_port(0x81);
	CHECK_EQ(mshv_vp_inject_interrupt(rig.vp, VECTOR), 0);
	rig_run_to_port(0x81);
	rig_finish();
}

/* out %al, $0x80; sti; nop; jmp . */
TEST(host_interrupt_becomes_deliverable)
{
	const struct hv_message *msg;

	start_interruptible();
	CHECK_EQ(mshv_vp_notify_deliverable(rig.vp, MSHV_DELIVERABLE_NMI, 0), -EOPNOTSUPP);
	LOAD("\xe6\x80\xfb\x90\xeb\xfe");
	CHECK_EQ(mshv_vp_notify_deliverable(rig.vp, MSHV_DELIVERABLE_INTERRUPT, 0), 0);
	rig_run_to_port(0x80);
	CHECK_EQ(mshv_vp_run(rig.vp, &msg), 0);
	CHECK_EQ(msg->header.message_type, HVMSG_X64_INTERRUPTION_DELIVERABLE);
	rig_finish();
}

TEST(host_interrupt_arrives_by_eventfd_and_route)
{
	const struct mshv_msi_route route = {
		.gsi = GSI, .address = 0xfee00000, .data = VECTOR,
	};
	int fd = eventfd(0, 0);

	CHECK(fd >= 0);
	start_interruptible();
	CHECK_EQ(mshv_vm_set_msi_routes(rig.vm, &route, 1), 0);
	CHECK_EQ(mshv_vm_add_irqfd(rig.vm, GSI, fd, -1), 0);
	CHECK_EQ(mshv_vm_add_irqfd(rig.vm, GSI, fd, -1), -EBUSY);
	CHECK_EQ(eventfd_write(fd, 1), 0);
	rig_run_to_port(0x81);
	CHECK_EQ(mshv_vm_remove_irqfd(rig.vm, GSI, fd), 0);
	CHECK_EQ(mshv_vm_set_msi_routes(rig.vm, NULL, 0), 0);
	close(fd);
	rig_finish();
}

/* Linux's own driver, scheduling by itself, makes every interrupt edge-triggered. */
static bool knows_level_triggered(void)
{
	const char *driver = getenv("MSHV_DRIVER"), *scheduler = getenv("MSHV_SCHEDULER");

	return !driver || !scheduler || strcmp(driver, "in-tree") ||
	       strcmp(scheduler, "root");
}

/* The handler: out %al, $0x81; mov %eax, %fs:0xb0, which is EOI; out %al, $0x82; iret */
TEST(host_end_of_a_level_triggered_interrupt_is_told)
{
	static const uint8_t handler[] = {
		0xe6, 0x81, 0x64, 0x66, 0xa3, 0xb0, 0x00, 0xe6, 0x82, 0xcf,
	};
	/* The driver of Linux takes the number of the interrupt for the vector. */
	const struct mshv_msi_route route = {
		.gsi = VECTOR, .address = 0xfee00000, .data = VECTOR | 1 << 15 | 1 << 14,
	};
	union hv_register_value fs = { .segment = {
		.base = 0xfee00000, .limit = 0xffff, .attributes = 0x93,
	} };
	int fd = eventfd(0, 0), resample = eventfd(0, EFD_NONBLOCK);
	struct pollfd told = { .fd = resample, .events = POLLIN };
	const uint32_t name = HV_X64_REGISTER_FS;
	eventfd_t count;

	CHECK(fd >= 0 && resample >= 0);
	start_interruptible();
	memcpy(rig.ram + 0x2000, handler, sizeof(handler));
	CHECK_EQ(mshv_vp_set_regs(rig.vp, &name, &fs, 1), 0);
	CHECK_EQ(mshv_vp_set_reg(rig.vp, HV_X64_REGISTER_RAX, 0), 0);
	CHECK_EQ(mshv_vm_add_irqfd(rig.vm, VECTOR, fd, resample), -EINVAL);
	CHECK_EQ(mshv_vm_set_msi_routes(rig.vm, &route, 1), 0);
	CHECK_EQ(mshv_vm_add_irqfd(rig.vm, VECTOR, fd, resample), 0);
	for (int i = 0; i < 2; i++) {
		CHECK_EQ(eventfd_write(fd, 1), 0);
		rig_run_to_port(0x81);
		CHECK_EQ(eventfd_read(resample, &count), -1);
		rig_run_to_port(0x82);
		if (!knows_level_triggered())
			continue;
		CHECK_EQ(poll(&told, 1, 5000), 1);
		CHECK_EQ(eventfd_read(resample, &count), 0);
		CHECK_EQ(count, 1);
	}
	CHECK_EQ(mshv_vm_remove_irqfd(rig.vm, VECTOR, fd), 0);
	close(fd);
	close(resample);
	rig_finish();
}
