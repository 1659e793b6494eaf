// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A VP at INS or OUTS, and the device at the port.
 */
#include <errno.h>
#include <string.h>

#include "stringrig.h"

_Alignas(4096) uint8_t string_ram[STRING_RAM];

struct string_device string_device;

int string_device_in(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size,
		     uint32_t *value)
{
	(void)vp;
	CHECK(opaque == &string_device && port == 0x1f0);
	if (++string_device.calls == string_device.fail_at)
		return -EIO;
	*value = 0;
	for (unsigned int i = 0; i < size; i++)
		*value |= (uint32_t)string_device.next++ << 8 * i;
	return 0;
}

int string_device_out(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size,
		      uint32_t value)
{
	(void)vp;
	CHECK(opaque == &string_device && port == 0x1f0);
	CHECK(size == 4 || !(value >> 8 * size));
	if (++string_device.calls == string_device.fail_at)
		return -EIO;
	for (unsigned int i = 0; i < size && string_device.n < sizeof(string_device.got); i++)
		string_device.got[string_device.n++] = (uint8_t)(value >> 8 * i);
	return 0;
}

static const struct mshv_port_ops ops = {
	.size = sizeof(ops), .in = string_device_in, .out = string_device_out,
};

void string_segment(uint32_t name, uint64_t base)
{
	union hv_register_value v = { .segment = { .base = base, .limit = UINT32_MAX } };

	fakevp_set(name, v);
}

struct hv_x64_io_port_intercept_message *
string_start(unsigned int size, bool write, bool rep, bool long_mode)
{
	struct hv_x64_io_port_intercept_message *m;

	fakevp_start(PAGE_VALID, 0);
	fake.model.idle = true;
	memset(&string_device, 0, sizeof(string_device));
	memset(string_ram, 0xee, sizeof(string_ram));
	CHECK_EQ(mshv_vm_map(fake.vm, 0, string_ram, sizeof(string_ram), MSHV_MEM_WRITE), 0);
	m = fakevp_port(0x1f0, size, write);
	m->access_info.string_op = 1;
	m->access_info.rep_prefix = rep;
	m->header.cs_segment._long = long_mode;
	m->header.execution_state.efer_lma = long_mode;
	fakevp_set64(HV_X64_REGISTER_CR0, 1);
	fakevp_set64(HV_X64_REGISTER_CR4, 0);
	fakevp_set64(HV_X64_REGISTER_EFER, 0);
	fakevp_set64(HV_X64_REGISTER_RFLAGS, 2);
	fakevp_set64(HV_X64_REGISTER_RIP, 0x500);
	string_segment(HV_X64_REGISTER_ES, long_mode ? 0x9999 : 0x1000);
	string_segment(HV_X64_REGISTER_DS, long_mode ? 0x9999 : 0x2000);
	string_segment(HV_X64_REGISTER_GS, 0x3000);
	return m;
}

uint64_t string_reg(uint32_t name)
{
	uint64_t value;

	CHECK_EQ(mshv_vp_get_reg(fake.vp, name, &value), 0);
	return value;
}

void string_go(uint64_t index, uint64_t count)
{
	fakevp_set64(HV_X64_REGISTER_RSI, index);
	fakevp_set64(HV_X64_REGISTER_RDI, index);
	fakevp_set64(HV_X64_REGISTER_RCX, count);
	fakevp_run();
	fake.ioctls = 0;
}

int string_handle(void)
{
	return mshv_vp_handle_port(fake.vp, &ops, &string_device);
}
