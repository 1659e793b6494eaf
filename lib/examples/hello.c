// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* The example of README.md: one VP whose guest prints a line and halts. */
#include <hvabi/register.h>
#include <mshvctl/mshvctl.h>
#include <stdio.h>
#include <string.h>

/* mov $0x1010, %si; 1: lodsb; test %al, %al; jz 2f; out %al, $0xe9; jmp 1b; 2: hlt */
static const char guest[] = "\xbe\x10\x10\xac\x84\xc0\x74\x04\xe6\xe9\xeb\xf7\xf4\0\0\0"
			    "Hello from the guest.\n";
static _Alignas(4096) unsigned char ram[0x10000];

static int in(void *opaque, uint16_t port, unsigned int size, uint32_t *value)
{
	*value = 0xffffffff;
	return 0;
}

static int out(void *opaque, uint16_t port, unsigned int size, uint32_t value)
{
	return port == 0xe9 && putchar((int)value) == EOF ? -1 : 0;
}

int main(void)
{
	static const struct mshv_port_ops ports = { .in = in, .out = out };
	union hv_register_value cs = { .segment = { .limit = 0xffff, .attributes = 0x9b } };
	const uint32_t cs_name = HV_X64_REGISTER_CS;
	const struct hv_message *exit = NULL;
	struct mshv_host *host;
	struct mshv_vm *vm;
	struct mshv_vp *vp;
	int err;

	memcpy(ram + 0x1000, guest, sizeof(guest));
	if (mshv_host_open(NULL, &host) || mshv_vm_create(host, NULL, &vm) ||
	    mshv_vm_initialize(vm) ||
	    mshv_vm_map(vm, 0, ram, sizeof(ram), MSHV_MEM_WRITE | MSHV_MEM_EXEC) ||
	    mshv_vp_create(vm, 0, 0, &vp) ||
	    mshv_vp_set_regs(vp, &cs_name, &cs, 1) ||
	    mshv_vp_set_reg(vp, HV_X64_REGISTER_RIP, 0x1000))
		return 1;

	while (!(err = mshv_vp_run(vp, &exit)) &&
	       exit->header.message_type == HVMSG_X64_IO_PORT_INTERCEPT)
		if (mshv_vp_handle_port(vp, &ports, NULL))
			return 1;
	return err || exit->header.message_type != HVMSG_X64_HALT;
}
