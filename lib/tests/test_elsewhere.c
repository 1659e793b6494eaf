// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Devices that send the guest elsewhere in the middle of an instruction, as a reset does:
 * what they write to its registers is what it has from then on.
 */
#include <errno.h>
#include <string.h>

#include "emulate/port_string.h"
#include "memrig.h"
#include "test.h"

#define ELSEWHERE 0xfff0
#define COUNT 4
/* What the device leaves in registers that an instruction might step. */
#define LEFT 0x4711

/* When the device does it, if ever, and how. */
static struct {
	unsigned int calls;
	unsigned int at;
	uint64_t rip;
	enum how { HELD, FLUSHED, IN_PLACE, HOWS } how;
} device;

static int touch(void)
{
	static const uint32_t names[] = {
		HV_X64_REGISTER_RAX, HV_X64_REGISTER_RCX, HV_X64_REGISTER_RSI,
		HV_X64_REGISTER_RDI,
	};

	if (++device.calls != device.at)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		CHECK_EQ(mshv_vp_set_reg(fake.vp, names[i], LEFT), 0);
	CHECK_EQ(mshv_vp_set_reg(fake.vp, HV_X64_REGISTER_RIP, device.rip), 0);
	if (device.how == FLUSHED)
		return mshv_vp_flush_regs(fake.vp);
	/* The state of its APIC and a translation do that, too. */
	return device.how == IN_PLACE ? regcache_settle(fake.vp->cache) : 0;
}

static int in(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size, uint32_t *value)
{
	(void)vp;
	(void)opaque;
	(void)port;
	(void)size;
	*value = 0x5a;
	return touch();
}

static int out(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size, uint32_t value)
{
	(void)vp;
	(void)opaque;
	(void)port;
	(void)size;
	(void)value;
	return touch();
}

static int read_device(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size, uint64_t *value)
{
	(void)vp;
	(void)opaque;
	(void)gpa;
	(void)size;
	*value = 0x5a;
	return touch();
}

static int write_device(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size, uint64_t value)
{
	(void)vp;
	(void)opaque;
	(void)gpa;
	(void)size;
	(void)value;
	return touch();
}

static const struct mshv_port_ops ports = { .size = sizeof(ports), .in = in, .out = out };
static const struct mshv_mmio_ops memory = { sizeof(memory), read_device, write_device };

static void start(unsigned int at, uint64_t rip, enum how how)
{
	memrig_start(0x11);
	fake.model.settling = how != HELD;
	memset(&device, 0, sizeof(device));
	device.at = at;
	device.rip = rip;
	device.how = how;
	fakevp_set64(HV_X64_REGISTER_RCX, COUNT);
}

static void check_left(unsigned int calls, uint64_t rip)
{
	CHECK_EQ(device.calls, calls);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RIP), rip);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RAX), LEFT);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RCX), LEFT);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RSI), LEFT);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RDI), LEFT);
}

static void port_exit(bool write, bool string)
{
	struct hv_x64_io_port_intercept_message *m = fakevp_port(0xcf9, 1, write);

	m->access_info.string_op = string;
	m->access_info.rep_prefix = string;
	m->header.cs_segment._long = 0;
	m->header.cs_segment._default = 1;
	m->header.execution_state.cr0_pe = 1;
	fakevp_set64(write ? HV_X64_REGISTER_RSI : HV_X64_REGISTER_RDI, 0x2000);
	fakevp_run();
}

/* rep outsb and rep insb, at the first element and at a later one. */
TEST(elsewhere_from_a_port_string)
{
	for (unsigned int i = 0; i < 4 * HOWS; i++) {
		const bool write = i & 1;
		const unsigned int at = i & 2 ? 3 : 1;

		start(at, ELSEWHERE, (enum how)(i / 4));
		port_exit(write, true);
		CHECK_EQ(mshv_vp_handle_port(fake.vp, &ports, NULL), 0);
		check_left(at, ELSEWHERE);
		/* The byte that was read then goes nowhere. */
		CHECK_EQ(memrig.ram[0x2000 + at - 1], 0);
		CHECK_EQ(memrig.ram[LEFT], 0);
		if (!write && at > 1)
			CHECK_EQ(memrig.ram[0x2000 + at - 2], 0x5a);
		fakevp_finish();
	}
}

static void memory_string(const char *bytes, size_t n, uint64_t from, uint64_t to,
			  unsigned int at)
{
	fakevp_set64(HV_X64_REGISTER_RSI, from);
	fakevp_set64(HV_X64_REGISTER_RDI, to);
	memrig_exit(32, bytes, n);
	fakevp_run();
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &memory, NULL), 0);
	check_left(at, ELSEWHERE);
	CHECK_EQ(memrig.ram[0x2000 + at - 1], 0);
	fakevp_finish();
}

TEST(elsewhere_from_a_string)
{
	for (unsigned int i = 0; i < 2 * HOWS; i++) {
		const unsigned int at = i & 1 ? 3 : 1;
		const enum how how = (enum how)(i / 2);

		start(at, ELSEWHERE, how);
		memory_string("\xf3\xaa", 2, 0, MEMRIG_DEVICE, at);	 /* stosb */
		start(at, ELSEWHERE, how);
		memory_string("\xf3\xac", 2, MEMRIG_DEVICE, 0, at);	 /* lodsb */
		start(at, ELSEWHERE, how);
		memory_string("\xf3\xa4", 2, MEMRIG_DEVICE, 0x2000, at); /* movsb */
		start(1, ELSEWHERE, how);
		memory_string("\xf3\xae", 2, 0, MEMRIG_DEVICE, 1);	 /* repe scasb */
		start(1, ELSEWHERE, how);
		memory_string("\xf3\xa6", 2, MEMRIG_DEVICE, 0, 1);	 /* repe cmpsb */
		start(1, ELSEWHERE, how);
		memory_string("\xac", 1, MEMRIG_DEVICE, 0, 1);		 /* lodsb, once */
	}
}

/* The two accesses of an element may be the same device's. */
TEST(elsewhere_before_the_other_half_of_a_move)
{
	start(1, ELSEWHERE, HELD);
	memory_string("\xf3\xa4", 2, MEMRIG_DEVICE, MEMRIG_DEVICE + 0x100, 1);
	start(1, ELSEWHERE, HELD);
	memory_string("\xf3\xa6", 2, MEMRIG_DEVICE, MEMRIG_DEVICE + 0x100, 1);
}

/* A device that stores all registers as they were goes on with the string. */
TEST(elsewhere_is_not_where_the_guest_is)
{
	start(1, 0x500, HELD);
	port_exit(true, true);
	CHECK_EQ(mshv_vp_handle_port(fake.vp, &ports, NULL), 0);
	/* It was given a new count, and is at a new place. */
	CHECK_EQ(device.calls, STRING_MAX);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RSI), LEFT + STRING_MAX);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RIP), 0x500);
	fakevp_finish();
}

/* The VMM has written RIP before: the exit is handled, and RIP is as it was written. */
TEST(elsewhere_before_the_device_was_called)
{
	for (int later = 0; later < 2; later++) {
		start(later ? 2 : 0, ELSEWHERE, HELD);
		port_exit(true, true);
		CHECK_EQ(mshv_vp_set_reg(fake.vp, HV_X64_REGISTER_RIP, 0x9000), 0);
		CHECK_EQ(mshv_vp_handle_port(fake.vp, &ports, NULL), 0);
		if (later) {
			check_left(2, ELSEWHERE);
		} else {
			CHECK_EQ(device.calls, COUNT);
			CHECK_EQ(memrig_reg(HV_X64_REGISTER_RIP), 0x9000);
			CHECK_EQ(memrig_reg(HV_X64_REGISTER_RCX), 0);
			CHECK_EQ(memrig_reg(HV_X64_REGISTER_RSI), 0x2000 + COUNT);
		}
		fakevp_finish();
	}
}

/* What a device has written stays so too if it has already gone to the VP. */
TEST(elsewhere_in_place)
{
	for (enum how how = FLUSHED; how < HOWS; how++) {
		start(1, ELSEWHERE, how);
		port_exit(true, false);
		CHECK_EQ(mshv_vp_handle_port(fake.vp, &ports, NULL), 0);
		check_left(1, ELSEWHERE);
		fakevp_finish();

		start(1, ELSEWHERE, how);
		fakevp_set64(HV_X64_REGISTER_RBX, MEMRIG_DEVICE);
		MEMRIG_EXIT(32, "\x89\x03");
		fakevp_run();
		CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &memory, NULL), 0);
		check_left(1, ELSEWHERE);
		fakevp_finish();
	}
}

/*
 * A device stores all registers as they were, after the cache has forgotten them, or the page
 * went away: RIP has the value that it had, and the instruction ends as ever.
 */
static enum { FORGOTTEN, PAGE_GONE } lost;

static int store_again(void)
{
	uint64_t rip = memrig_reg(HV_X64_REGISTER_RIP);

	device.calls++;
	if (lost == FORGOTTEN) {
		/* As the state of its APIC, once that is set. */
		CHECK_EQ(regcache_settle(fake.vp->cache), 0);
		for (int slot = 0; slot < REG_SLOTS; slot++)
			slotset_add(&fake.model.by_hypercall, slot);
		slotset_clear(&fake.model.fetched);
		regcache_forget(fake.vp->cache);
	} else {
		fake.model.page->fields.isvalid = 0;
	}
	CHECK_EQ(mshv_vp_set_reg(fake.vp, HV_X64_REGISTER_RIP, rip), 0);
	return 0;
}

static int out_again(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size, uint32_t value)
{
	(void)vp;
	(void)opaque;
	(void)port;
	(void)size;
	(void)value;
	return store_again();
}

static int write_again(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size, uint64_t value)
{
	(void)vp;
	(void)opaque;
	(void)gpa;
	(void)size;
	(void)value;
	return store_again();
}

TEST(elsewhere_is_not_what_was_stored_back)
{
	static const struct mshv_port_ops again = { .size = sizeof(again), .in = in, .out = out_again };
	static const struct mshv_mmio_ops memory_again = { sizeof(memory_again), read_device, write_again };

	for (int i = 0; i < 4; i++) {
		lost = i & 1 ? PAGE_GONE : FORGOTTEN;
		start(0, 0, IN_PLACE);
		port_exit(true, i & 2);
		CHECK_EQ(mshv_vp_handle_port(fake.vp, &again, NULL), 0);
		/* A string goes on to its end, too. */
		CHECK_EQ(device.calls, i & 2 ? COUNT : 1);
		CHECK_EQ(memrig_reg(HV_X64_REGISTER_RIP), 0x502);
		fakevp_finish();

		start(0, 0, IN_PLACE);
		fakevp_set64(HV_X64_REGISTER_RBX, MEMRIG_DEVICE);
		MEMRIG_EXIT(32, "\x89\x03");
		fakevp_run();
		CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &memory_again, NULL), 0);
		CHECK_EQ(memrig_reg(HV_X64_REGISTER_RIP), 0x502);
		fakevp_finish();
	}
}
