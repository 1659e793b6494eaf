// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * What the library asks of a real /dev/mshv besides registers: run inside a root
 * partition. The guests are a few instructions in 16-bit mode.
 */
#include <errno.h>
#include <hvabi/intercept.h>
#include <mshvctl/mshvctl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../test.h"
#include "rig.h"

#define DEVICE 0x20000

#define LOAD(bytes) memcpy(rig.ram + RIG_CODE, bytes, sizeof(bytes) - 1)

TEST(host_lapic_state_comes_back)
{
	struct hv_local_interrupt_controller_state apic, again;
	size_t needed = 0;

	rig_start(0);
	rig_run_to_port(0x80);
	CHECK_EQ(mshv_vp_get_state(rig.vp, MSHV_STATE_LAPIC, &apic, sizeof(apic),
				   &needed), 0);
	CHECK_EQ(needed, sizeof(apic));
	apic.apic_spurious = 0x1ff;
	apic.apic_lvt_lint0 = 0x700;
	CHECK_EQ(mshv_vp_set_state(rig.vp, MSHV_STATE_LAPIC, &apic, sizeof(apic)),
		 0);
	CHECK_EQ(mshv_vp_get_state(rig.vp, MSHV_STATE_LAPIC, &again, sizeof(again),
				   NULL), 0);
	CHECK_EQ(again.apic_spurious, 0x1ff);
	CHECK_EQ(again.apic_lvt_lint0, 0x700);
	rig_run_to_port(0x80);
	rig_finish();
}

/* In the area XMM0 is at byte 160, in compacted form and otherwise. */
TEST(host_xsave_state_and_registers_agree)
{
	static const uint32_t name = HV_X64_REGISTER_XMM0;
	static uint8_t area[0x10000];
	union hv_register_value v = { .reg128 = { 0x1111, 0x2222 } };
	size_t size = 0;

	rig_start(0);
	rig_run_to_port(0x80);
	/* Held, or on the page for the next entry: the state has it already. */
	CHECK_EQ(mshv_vp_set_regs(rig.vp, &name, &v, 1), 0);
	CHECK_EQ(mshv_vp_flush_regs(rig.vp), 0);
	CHECK_EQ(mshv_vp_get_state(rig.vp, MSHV_STATE_XSAVE, area, sizeof(area),
				   &size), 0);
	CHECK(size >= 576);
	CHECK(!memcmp(area + 160, &v, 16));
	v.reg128.low_part = 0x3333;
	memcpy(area + 160, &v, 16);
	CHECK_EQ(mshv_vp_set_state(rig.vp, MSHV_STATE_XSAVE, area, size), 0);
	memset(&v, 0, sizeof(v));
	CHECK_EQ(mshv_vp_get_regs(rig.vp, &name, &v, 1), 0);
	CHECK_EQ(v.reg128.low_part, 0x3333);
	rig_run_to_port(0x80);
	CHECK_EQ(mshv_vp_get_regs(rig.vp, &name, &v, 1), 0);
	CHECK_EQ(v.reg128.low_part, 0x3333);
	rig_finish();
}

TEST(host_translation_is_identity_without_paging)
{
	uint32_t result = 99;
	uint64_t gpa = 0;

	rig_start(0);
	rig_run_to_port(0x80);
	CHECK_EQ(mshv_vp_translate(rig.vp, RIG_CODE + 0x123,
				   HV_TRANSLATE_GVA_VALIDATE_READ, &result, &gpa),
		 0);
	CHECK_EQ(result, HV_TRANSLATE_GVA_SUCCESS);
	CHECK_EQ(gpa, RIG_CODE + 0x123);
	rig_finish();
}

/* mov %al, 0x3000; out %al, $0x80; jmp back */
TEST(host_dirty_log_shows_what_the_guest_wrote)
{
	uint8_t bits[2];

	rig_start(0);
	LOAD("\xa2\x00\x30\xe6\x80\xeb\xf9");
	CHECK_EQ(mshv_vm_start_dirty_log(rig.vm), 0);
	rig_run_to_port(0x80);
	CHECK_EQ(mshv_vm_get_access_bits(rig.vm, 0, 16, MSHV_DIRTY,
					 MSHV_ACCESS_CLEAR, bits), 0);
	CHECK_EQ(mshv_vm_get_access_bits(rig.vm, 0, 16, MSHV_DIRTY,
					 MSHV_ACCESS_CLEAR, bits), 0);
	CHECK_EQ(bits[0] | bits[1], 0);
	rig_run_to_port(0x80);
	CHECK_EQ(mshv_vm_get_access_bits(rig.vm, 0, 16, MSHV_DIRTY,
					 MSHV_ACCESS_CLEAR, bits), 0);
	CHECK_EQ(bits[0], 1 << 3);
	CHECK_EQ(bits[1], 0);
	/* And what was written for the guest, once the hypervisor has bits of its own. */
	CHECK_EQ(mshv_vm_note_write(rig.vm, 0x5fff, 2), 0);
	rig_run_to_port(0x80);
	CHECK_EQ(mshv_vm_get_access_bits(rig.vm, 0, 16, MSHV_DIRTY,
					 MSHV_ACCESS_CLEAR, bits), 0);
	CHECK_EQ(bits[0], 1 << 3 | 3 << 5);
	CHECK_EQ(mshv_vm_stop_dirty_log(rig.vm), 0);
	rig_run_to_port(0x80);
	rig_finish();
}

/* mov %al, %es:0; out %al, $0x80; jmp back, with ES at the doorbell */
TEST(host_doorbell_rings_and_does_not_stop_the_guest)
{
	union hv_register_value es = { .segment = {
		.base = DEVICE, .limit = 0xffff, .selector = DEVICE >> 4,
		.attributes = 0x93,
	} };
	struct mshv_ioeventfd bell = {
		.gpa = DEVICE, .size = 1, .match = true, .value = 0x5a,
	};
	static const uint32_t name = HV_X64_REGISTER_ES;
	eventfd_t count = 0;

	rig_start(0);
	LOAD("\x26\xa2\x00\x00\xe6\x80\xeb\xf8");
	bell.fd = eventfd(0, EFD_NONBLOCK);
	CHECK(bell.fd >= 0);
	CHECK_EQ(mshv_vm_add_ioeventfd(rig.vm, &bell), 0);
	CHECK_EQ(mshv_vm_add_ioeventfd(rig.vm, &bell), -EEXIST);
	CHECK_EQ(mshv_vp_set_regs(rig.vp, &name, &es, 1), 0);
	CHECK_EQ(mshv_vp_set_reg(rig.vp, HV_X64_REGISTER_RAX, 0x5a), 0);
	rig_run_to_port(0x80);
	/* It is signalled by an interrupt of the root, soon. */
	for (int i = 0; i < 2000 && eventfd_read(bell.fd, &count); i++)
		usleep(1000);
	CHECK_EQ(count, 1);
	CHECK_EQ(mshv_vm_remove_ioeventfd(rig.vm, &bell), 0);
	CHECK_EQ(mshv_vm_remove_ioeventfd(rig.vm, &bell), -ENOENT);
	close(bell.fd);
	rig_finish();
}

/* cpuid; out %al, $0x80 */
TEST(host_intercept_of_cpuid_stops_the_guest)
{
	const struct hv_x64_cpuid_intercept_message *m;
	const struct hv_message *msg;

	rig_start(0);
	LOAD("\x0f\xa2\xe6\x80");
	CHECK_EQ(mshv_vp_set_reg(rig.vp, HV_X64_REGISTER_RAX, 1), 0);
	CHECK_EQ(mshv_vm_install_intercept(rig.vm, HV_INTERCEPT_TYPE_X64_CPUID,
					   HV_INTERCEPT_ACCESS_MASK_EXECUTE, 1), 0);
	CHECK_EQ(mshv_vp_run(rig.vp, &msg), 0);
	CHECK_EQ(msg->header.message_type, HVMSG_X64_CPUID_INTERCEPT);
	m = (const void *)msg->u.payload;
	CHECK_EQ(m->rax, 1);
	rig_finish();
}

static void ignore(int signal_number)
{
	(void)signal_number;
}

static void *run_for_ever(void *result)
{
	*(int *)result = mshv_vp_run(rig.vp, NULL);
	return NULL;
}

/* jmp . */
TEST(host_kick_ends_a_run_that_would_not_end)
{
	struct sigaction action = { .sa_handler = ignore };

	CHECK_EQ(sigaction(SIGUSR2, &action, NULL), 0);
	rig_start(0);
	LOAD("\xeb\xfe");
	for (unsigned int i = 0; i < 50; i++) {
		pthread_t thread;
		int result = 0;

		CHECK_EQ(pthread_create(&thread, NULL, run_for_ever, &result), 0);
		/* Before, while and after the thread gets into the kernel. */
		usleep(i * 40);
		CHECK_EQ(mshv_vp_kick(rig.vp, SIGUSR2), 0);
		pthread_join(thread, NULL);
		CHECK_EQ(result, -EINTR);
	}
	rig_finish();
}
