// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * MMIO: an instruction that is remembered from the exit before goes a short way if it is
 * simple. Nobody can tell that from what it does: the same exit, with and without
 * something to remember, ends in the same way.
 */
#include <errno.h>
#include <string.h>

#include "memrig.h"
#include "test.h"

#define CODE_BYTES 16
#define TRIALS 20000
#define RUBBISH UINT64_C(0xf1e2d3c4b5a69788)
#define LINEAR 0x1000 /* where the guest sees the device */

/* What a device does to its VP while it answers. */
enum deed {
	DOES_NOTHING,
	READS_REGISTER,
	WRITES_REGISTER,
	WRITES_RIP,
	FAILS,
	DEEDS,
};

struct outcome {
	int err;
	struct memrig seen;
	uint64_t general[18];
	union hv_register_value event;
};

static const struct { const char *bytes; size_t n; } moves[] = {
#define MOVE(text) { text, sizeof(text) - 1 }
	MOVE("\x8b\x03"),			/* mov (%rbx), %eax */
	MOVE("\x48\x8b\x43\x08"),		/* mov 8(%rbx), %rax */
	MOVE("\x66\x8b\x03"),			/* mov (%rbx), %ax */
	MOVE("\x8a\x23"),			/* mov (%rbx), %ah */
	MOVE("\x44\x8a\x03"),			/* mov (%rbx), %r8b */
	MOVE("\x0f\xb6\x03"),			/* movzbl (%rbx), %eax */
	MOVE("\x0f\xbf\x03"),			/* movswl (%rbx), %eax */
	MOVE("\x48\x63\x1b"),			/* movslq (%rbx), %rbx */
	MOVE("\x8b\x04\x8b"),			/* mov (%rbx, %rcx, 4), %eax */
	MOVE("\x8b\x04\x25\x10\x10\x00\x00"),	/* mov 0x1010, %eax */
	MOVE("\x8b\x05\x00\x0b\x00\x00"),	/* mov 0xb00(%rip), %eax */
	MOVE("\x65\x8b\x03"),			/* mov %gs:(%rbx), %eax */
	MOVE("\x67\x8b\x03"),			/* mov (%ebx), %eax */
	MOVE("\x0f\x38\xf0\x03"),		/* movbe (%rbx), %eax */
	MOVE("\x89\x03"),			/* mov %eax, (%rbx) */
	MOVE("\x48\x89\x03"),			/* mov %rax, (%rbx) */
	MOVE("\x88\x23"),			/* mov %ah, (%rbx) */
	MOVE("\x66\x89\x0b"),			/* mov %cx, (%rbx) */
	MOVE("\x48\x89\x1b"),			/* mov %rbx, (%rbx) */
	MOVE("\x89\x04\x25\x10\x10\x00\x00"),	/* mov %eax, 0x1010 */
	MOVE("\xc7\x03\xff\xee\xdd\xcc"),	/* movl $0xccddeeff, (%rbx) */
	MOVE("\xc6\x43\x01\x80"),		/* movb $0x80, 1(%rbx) */
	MOVE("\x01\x03"),			/* add %eax, (%rbx) */
	MOVE("\x0f\x10\x03"),			/* movups (%rbx), %xmm0 */
};

static struct hvmodel dice;
static enum deed deed;

static bool one_in(unsigned int n)
{
	return !hvmodel_below(&dice, n);
}

static int do_deed(void)
{
	uint64_t value;

	switch (deed) {
	case READS_REGISTER:
		return mshv_vp_get_reg(fake.vp, HV_X64_REGISTER_RAX, &value);
	case WRITES_REGISTER:
		return mshv_vp_set_reg(fake.vp, HV_X64_REGISTER_RAX, 0x1122334455667788);
	case WRITES_RIP:
		return mshv_vp_set_reg(fake.vp, HV_X64_REGISTER_RIP, 0x700);
	case FAILS:
		return -EIO;
	default:
		return 0;
	}
}

/* A device may leave rubbish in what was not asked for. */
static int device_read(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size, uint64_t *value)
{
	(void)vp;
	CHECK(opaque == &memrig);
	memrig_see(gpa, size, 0);
	*value = RUBBISH;
	return do_deed();
}

static int device_write(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size, uint64_t value)
{
	(void)vp;
	CHECK(opaque == &memrig);
	memrig_see(gpa, size, value);
	return do_deed();
}

static const struct mshv_mmio_ops ops = { sizeof(ops), device_read, device_write };

static int port_in(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size, uint32_t *value)
{
	(void)vp;
	CHECK(!opaque && port == 0x60 && size == 4);
	*value = (uint32_t)RUBBISH;
	return 0;
}

static int port_out(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size, uint32_t value)
{
	(void)vp;
	CHECK(!opaque && !port && !size && !value);
	return -EIO;
}

static void general_registers(uint64_t address)
{
	for (uint32_t name = HV_X64_REGISTER_RAX; name <= HV_X64_REGISTER_R15; name++)
		fakevp_set64(name, hvmodel_random(&dice));
	fakevp_set64(HV_X64_REGISTER_RBX, address);
	fakevp_set64(HV_X64_REGISTER_RCX, hvmodel_below(&dice, 4));
	fakevp_set64(HV_X64_REGISTER_RIP, 0x500);
	fakevp_set64(HV_X64_REGISTER_RFLAGS, 2);
}

static struct hv_x64_memory_intercept_message *device_exit(const char *bytes)
{
	struct hv_x64_memory_intercept_message *m = memrig_exit(64, bytes, CODE_BYTES);

	m->memory_access_info.gva_valid = 1;
	m->memory_access_info.gva_gpa_valid = 1;
	m->guest_virtual_address = LINEAR;
	m->guest_physical_address = MEMRIG_DEVICE;
	m->header.intercept_access_type = HV_INTERCEPT_ACCESS_WRITE;
	return m;
}

static void accept(uint32_t name)
{
	union hv_register_value value;

	CHECK_EQ(mshv_vp_get_regs(fake.vp, &name, &value, 1), 0);
	hvmodel_file_write(&fake.model, reg_slot(name), &value);
}

/* An exit at the same instruction, or at one that differs in what comes after it. */
static void exit_before(const char *bytes, bool same)
{
	char other[CODE_BYTES];

	memcpy(other, bytes, sizeof(other));
	other[CODE_BYTES - 1] ^= !same;
	general_registers(LINEAR + 0x10);
	deed = DOES_NOTHING;
	device_exit(other);
	fakevp_run();
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &ops, &memrig), 0);

	/* What it has written is right, and goes to the VP. */
	for (uint32_t name = HV_X64_REGISTER_RAX; name <= HV_X64_REGISTER_RFLAGS; name++)
		accept(name);
	accept(HV_X64_REGISTER_XMM0);
	fakevp_run();
}

/* Now and then an exit is not what nearly all are, in one or several ways. */
static void vary(struct hv_x64_memory_intercept_message *m)
{
	if (one_in(8)) {
		fake.message.header.message_type = HVMSG_GPA_INTERCEPT;
		m->guest_physical_address = one_in(2) ? MEMRIG_DEVICE : 0x7000;
	}
	if (one_in(50))
		fake.message.header.payload_size = sizeof(*m) - 1;
	if (one_in(8))
		m->memory_access_info.gva_valid = 0;
	if (one_in(8))
		m->memory_access_info.gva_gpa_valid = 0;
	if (one_in(2))
		m->header.intercept_access_type = one_in(8) ? HV_INTERCEPT_ACCESS_EXECUTE :
							      HV_INTERCEPT_ACCESS_READ;
	if (one_in(8))
		m->guest_virtual_address = 0x2000;
	if (one_in(8))
		m->guest_virtual_address |= UINT64_C(0x700000000);
	if (one_in(4))
		m->guest_virtual_address |= 0x123;
	if (one_in(4))
		m->guest_physical_address |= 0x456;
	if (one_in(8))
		m->header.cs_segment._long = 0;
	if (one_in(16))
		m->header.execution_state.efer_lma = 0;
	if (one_in(8))
		m->header.execution_state.interrupt_shadow = 1;
	if (one_in(16))
		m->header.execution_state.interruption_pending = 1;
	if (one_in(8))
		m->header.execution_state.cpl = 3;
	if (one_in(8))
		m->instruction_byte_count = 15;
}

static uint64_t any_address(void)
{
	return one_in(4) ? LINEAR + 0xffa + hvmodel_below(&dice, 10) :
	       one_in(8) ? hvmodel_below(&dice, 0x4000) :
	       one_in(8) ? UINT64_C(0x700000000) + LINEAR :
			   LINEAR + hvmodel_below(&dice, 0x1000);
}

static void end(struct outcome *o)
{
	const uint32_t event = HV_REGISTER_PENDING_EVENT0;

	o->seen = memrig;
	for (uint32_t i = 0; i < ARRAY_SIZE(o->general); i++)
		CHECK_EQ(mshv_vp_get_reg(fake.vp, HV_X64_REGISTER_RAX + i, &o->general[i]),
			 0);
	CHECK_EQ(mshv_vp_get_regs(fake.vp, &event, &o->event, 1), 0);
	fakevp_finish();
}

static void trial(uint64_t seed, bool remember, struct outcome *o)
{
	char bytes[CODE_BYTES];
	size_t i;

	memset(o, 0, sizeof(*o));
	dice.random = seed;
	i = hvmodel_below(&dice, ARRAY_SIZE(moves));
	memset(bytes, 0x90, sizeof(bytes));
	memcpy(bytes, moves[i].bytes, moves[i].n);

	memrig_start_long();
	exit_before(bytes, remember);
	general_registers(any_address());
	memrig_segment(HV_X64_REGISTER_GS, 0x20, UINT32_MAX, MEMRIG_FLAT);
	if (one_in(4))
		fakevp_set64(HV_X64_REGISTER_RFLAGS, 2 | (one_in(2) ? 0x100 : 0x10000));
	fake.mode = one_in(8) ? PAGE_INVALID : PAGE_VALID;
	vary(device_exit(bytes));
	fakevp_run();

	memset(memrig.seen, 0, sizeof(memrig.seen));
	memrig.n = 0;
	if (one_in(8))
		CHECK_EQ(mshv_vp_set_reg(fake.vp, HV_X64_REGISTER_RAX, 0x42), 0);
	if (one_in(8))
		CHECK_EQ(mshv_vp_set_reg(fake.vp, HV_X64_REGISTER_RIP, 0x600), 0);
	deed = one_in(2) ? DOES_NOTHING : hvmodel_below(&dice, DEEDS);
	o->err = mshv_vp_handle_mmio(fake.vp, &ops, &memrig);
	end(o);
}

TEST(mmio_remembered_instructions_do_the_same)
{
	unsigned int accesses = 0, faults = 0, errors = 0;
	struct outcome long_way, short_way;

	for (uint64_t seed = 1; seed <= TRIALS; seed++) {
		trial(seed * 0x9e3779b97f4a7c15, false, &long_way);
		trial(seed * 0x9e3779b97f4a7c15, true, &short_way);
		CHECK(!memcmp(&long_way, &short_way, sizeof(long_way)));
		accesses += long_way.seen.n;
		faults += long_way.event.pending_exception_event.event_pending;
		errors += !!long_way.err;
	}
	CHECK(accesses > TRIALS / 2 && faults > TRIALS / 50 && errors > TRIALS / 50);
}

/* Who polls a device gets the same value again and again. */
TEST(short_ways_write_no_register_that_stays)
{
	static const char load[CODE_BYTES] = "\x8b\x03";
	static const struct mshv_port_ops ports = { .size = sizeof(ports), .in = port_in, .out = port_out };

	memrig_start_long();
	exit_before(load, true);
	device_exit(load);
	fakevp_set64(HV_X64_REGISTER_RBX, LINEAR);
	fakevp_run();
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &ops, &memrig), 0);
	CHECK_EQ(fake.model.page->fields.dirty, 1u << HV_X64_REGISTER_CLASS_IP);
	accept(HV_X64_REGISTER_RIP);

	fakevp_port(0x60, 4, false);
	fakevp_run();
	CHECK_EQ(mshv_vp_handle_port(fake.vp, &ports, NULL), 0);
	CHECK_EQ(fake.model.page->fields.dirty, 1u << HV_X64_REGISTER_CLASS_IP);
	fakevp_finish();
}
