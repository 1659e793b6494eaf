// SPDX-License-Identifier: GPL-2.0-only
/*
 * A virtual machine to look at: "vm count" has a guest that writes to a port all the time,
 * "vm crash" one that does so once, and then crashes. Both stay until they are killed.
 */
#include <hvabi/hvabi.h>
#include <mshvctl/mshvctl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CODE	0x1000

/* mov $0x10, %dx; 1: out %al, %dx; inc %al; jmp 1b */
static const unsigned char count[] = { 0xba, 0x10, 0, 0xee, 0xfe, 0xc0, 0xeb, 0xfb };
/* mov $0x10, %dx; out %al, %dx; ud2 */
static const unsigned char crash[] = { 0xba, 0x10, 0, 0xee, 0x0f, 0x0b };

static _Alignas(1 << 21) unsigned char ram[1 << 22];

static int in(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size, uint32_t *value)
{
	(void)vp;
	(void)opaque, (void)port, (void)size;
	*value = 0xffffffff;
	return 0;
}

static int out(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size, uint32_t value)
{
	(void)vp;
	static int told;

	(void)opaque, (void)port, (void)size, (void)value;
	if (!told++ && (puts("ready") == EOF || fflush(stdout)))
		return -1;
	return 0;
}

int main(int argc, char **argv)
{
	static const struct mshv_port_ops ports = { .size = sizeof(ports), .in = in, .out = out };
	static const uint32_t names[] = {
		HV_X64_REGISTER_CS, HV_X64_REGISTER_RIP, HV_X64_REGISTER_IDTR,
	};
	static const union hv_register_value values[] = {
		{ .segment = { .limit = 0xffff, .attributes = 0x9b } }, { .reg64 = CODE },
		{ .table = { .limit = 0 } },
	};
	const struct hv_message *exit = NULL;
	struct mshv_host *host;
	struct mshv_vm *vm;
	struct mshv_vp *vp, *idle;

	if (argc > 1 && !strcmp(argv[1], "crash"))
		memcpy(ram + CODE, crash, sizeof(crash));
	else
		memcpy(ram + CODE, count, sizeof(count));
	if (mshv_host_open(NULL, &host) || mshv_vm_create(host, NULL, &vm) ||
	    mshv_vm_initialize(vm) ||
	    mshv_vm_map(vm, 0, ram, sizeof(ram), MSHV_MEM_WRITE | MSHV_MEM_EXEC) ||
	    mshv_vp_create(vm, 0, 0, &vp) || mshv_vp_create(vm, 1, 0, &idle) ||
	    mshv_vp_set_regs(vp, names, values, 3))
		return 1;
	while (!mshv_vp_run(vp, &exit) && !mshv_vp_handle_port(vp, &ports, NULL))
		exit = NULL;
	if (exit && exit->header.message_type == HVMSG_UNRECOVERABLE_EXCEPTION)
		pause();
	return 1;
}
