// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Memory that appears, or goes, between an exit and its handling: what the exit says of it
 * is old news then, and the instruction accesses what is there now.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "memrig.h"
#include "test.h"

#define GPA MEMRIG_DEVICE
#define CODE_BYTES 16

static _Alignas(4096) uint8_t plugged[4096];

static int plug(void)
{
	return mshv_vm_map(fake.vm, GPA, plugged, sizeof(plugged), MSHV_MEM_WRITE);
}

/* An exit at GPA of an instruction that accesses (%rbx), in 64-bit mode. */
static void device_exit(const char *bytes, size_t n)
{
	struct hv_x64_memory_intercept_message *m;
	char code[CODE_BYTES];

	memset(code, 0x90, sizeof(code));
	memcpy(code, bytes, n);
	m = memrig_exit(64, code, sizeof(code));
	m->memory_access_info.gva_valid = 1;
	m->memory_access_info.gva_gpa_valid = 1;
	m->guest_virtual_address = GPA;
	m->guest_physical_address = GPA;
	m->header.intercept_access_type = HV_INTERCEPT_ACCESS_WRITE;
}

static void start(const char *bytes, size_t n)
{
	memset(plugged, 0, sizeof(plugged));
	memrig_start(1);
	fakevp_set64(HV_X64_REGISTER_RBX, GPA + 8);
	fakevp_set64(HV_X64_REGISTER_RAX, 0x11223344);
	device_exit(bytes, n);
}

/* Handle an exit, and check that the device has seen so many accesses then. */
static void handle(unsigned int accesses)
{
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &memrig_ops, &memrig), 0);
	CHECK_EQ(memrig.n, accesses);
}

/* What the instruction has done to registers is right, and the VP goes on with it. */
static void settle(void)
{
	for (uint32_t name = HV_X64_REGISTER_RAX; name <= HV_X64_REGISTER_RFLAGS; name++) {
		union hv_register_value value = { .reg64 = memrig_reg(name) };

		hvmodel_file_write(&fake.model, reg_slot(name), &value);
	}
}

/* One exit at the device, so that the instruction is known the next time. */
static void learn(void)
{
	fakevp_run();
	handle(1);
	settle();
	memset(memrig.seen, 0, sizeof(memrig.seen));
	memrig.n = 0;
}

static uint32_t at_8(void)
{
	uint32_t value;

	memcpy(&value, plugged + 8, sizeof(value));
	return value;
}

/* mov %eax, (%rbx), decoded for the first time, and known from the exit before */
TEST(mapped_since_the_exit_is_written)
{
	for (int known = 0; known < 2; known++) {
		start("\x89\x03", 2);
		if (known)
			learn();
		fakevp_run();
		CHECK_EQ(plug(), 0);
		handle(0);
		CHECK_EQ(at_8(), 0x11223344);
		fakevp_finish();
	}
}

/* mov (%rbx), %eax */
TEST(mapped_since_the_exit_is_read)
{
	for (int known = 0; known < 2; known++) {
		start("\x8b\x03", 2);
		if (known)
			learn();
		fakevp_run();
		memcpy(plugged + 8, "\x78\x56\x34\x12", 4);
		CHECK_EQ(plug(), 0);
		handle(0);
		CHECK_EQ(memrig_reg(HV_X64_REGISTER_RAX), 0x12345678);
		fakevp_finish();
	}
}

/* The exit after that is believed again, even where it seems to be wrong. */
TEST(mapped_since_the_exit_before_is_no_news)
{
	start("\x89\x03", 2);
	fakevp_run();
	CHECK_EQ(plug(), 0);
	handle(0);
	settle();
	fakevp_run();
	handle(1);
	memrig_check_seen(0, GPA + 8, 4);
	fakevp_finish();
}

static int read_and_plug(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size, uint64_t *value)
{
	(void)vp;
	CHECK(opaque == &memrig && gpa && size);
	*value = 0;
	return plug();
}

/* mov (%rbx), %eax: the device maps memory over itself when it is read */
TEST(mapped_by_the_device_itself)
{
	const struct mshv_mmio_ops ops = { sizeof(ops), read_and_plug, memrig_ops.write };

	start("\x8b\x03", 2);
	fakevp_run();
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &ops, &memrig), 0);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RAX), 0);
	fakevp_finish();
}

#define ROUNDS 3000

/* lock incl (%rbx), mapped while the VP ran, and in use by another VP */
TEST(mapped_since_the_exit_is_changed_atomically)
{
	uint32_t done = 0, added, *counter;

	memset(plugged, 0, sizeof(plugged));
	counter = (void *)(plugged + 8);
	memrig_start_adding(counter);
	while (done < ROUNDS) {
		memrig_start(1);
		fakevp_set64(HV_X64_REGISTER_RBX, GPA + 8);
		device_exit("\xf0\xff\x03", 3);
		fake.on_run = plug;
		memrig_handle(MEMRIG_NO_FAULT);
		CHECK_EQ(memrig.n, 0);
		/* Or else it is executed again. */
		done += memrig_reg(HV_X64_REGISTER_RIP) == 0x503;
		fakevp_finish();
	}
	added = memrig_stop_adding();
	CHECK_EQ(*counter, added + ROUNDS);
}
