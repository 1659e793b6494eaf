// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* The example of README.md: one VP whose guest prints a line and halts. */
#include <hvabi/hvabi.h>
#include <mshvctl/mshvctl.h>
#include <stdio.h>
#include <string.h>

/* mov $0x100c, %si; mov $22, %cx; mov $0xe9, %dx; rep outsb; hlt */
static const char guest[] = "\xbe\x0c\x10\xb9\x16\0\xba\xe9\0\xf3\x6e\xf4Hello from the guest.\n";
static _Alignas(4096) unsigned char ram[0x10000];

static int in(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size,
	      uint32_t *value)
{
	*value = 0xffffffff;
	return 0;
}

static int out(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size,
	       uint32_t value)
{
	return port == 0xe9 && putchar((int)value) == EOF ? -1 : 0;
}

int main(void)
{
	static const struct mshv_port_ops ports = { .size = sizeof(ports), .in = in, .out = out };
	static const uint32_t names[] = { HV_X64_REGISTER_CS, HV_X64_REGISTER_RIP };
	static const union hv_register_value values[] = {
		{ .segment = { .limit = 0xffff, .attributes = 0x9b } }, { .reg64 = 0x1000 },
	};
	const struct hv_message *exit = NULL;
	struct mshv_host *host;
	struct mshv_vm *vm;
	struct mshv_vp *vp;

	memcpy(ram + 0x1000, guest, sizeof(guest));
	if (mshv_host_open(NULL, &host) || mshv_vm_create(host, NULL, &vm) ||
	    mshv_vm_initialize(vm) ||
	    mshv_vm_map(vm, 0, ram, sizeof(ram), MSHV_MEM_WRITE | MSHV_MEM_EXEC) ||
	    mshv_vp_create(vm, 0, 0, &vp) || mshv_vp_set_regs(vp, names, values, 2))
		return 1;
	while (!mshv_vp_run(vp, &exit) && !mshv_vp_handle_port(vp, &ports, NULL))
		exit = NULL;
	return !exit || exit->header.message_type != HVMSG_X64_HALT;
}
