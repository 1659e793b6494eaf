// SPDX-License-Identifier: GPL-2.0-only
/*
 * A virtual machine whose exits are known, one of each kind that has something to tell of
 * itself; for those who look at traces.
 */
#include <hvabi/hvabi.h>
#include <linux/mshv.h>
#include <mshvctl/mshvctl.h>
#include <stdio.h>
#include <string.h>

#define CODE	0x1000	/* of the first; each has so much */
#define STEP	0x100

/* mov $0x3f8, %dx; out %al, %dx */
static const unsigned char port[] = { 0xba, 0xf8, 0x03, 0xee };
/* mov $0xb800, %ax; mov %ax, %ds; mov 0x10, %al */
static const unsigned char memory[] = { 0xb8, 0x00, 0xb8, 0x8e, 0xd8, 0xa0, 0x10, 0x00 };
/* ud2 */
static const unsigned char exception[] = { 0x0f, 0x0b };
/* mov $0x12345678, %ecx; rdmsr */
static const unsigned char msr[] = { 0x66, 0xb9, 0x78, 0x56, 0x34, 0x12, 0x0f, 0x32 };

static const struct {
	const unsigned char *code;
	size_t size;
	uint32_t message;
} stops[] = {
	{ port, sizeof(port), HVMSG_X64_IO_PORT_INTERCEPT },
	{ memory, sizeof(memory), HVMSG_UNMAPPED_GPA },
	{ exception, sizeof(exception), HVMSG_X64_EXCEPTION_INTERCEPT },
	{ msr, sizeof(msr), HVMSG_X64_MSR_INTERCEPT },
};
enum { NR_STOPS = sizeof(stops) / sizeof(stops[0]) };

static _Alignas(4096) unsigned char ram[0x4000];

static int visit(struct mshv_vp *vp, unsigned int n)
{
	static const uint32_t names[] = { HV_X64_REGISTER_CS, HV_X64_REGISTER_RIP };
	const union hv_register_value values[] = {
		{ .segment = { .limit = 0xffff, .attributes = 0x9b } },
		{ .reg64 = CODE + n * STEP },
	};
	const struct hv_message *exit;
	int err = mshv_vp_set_regs(vp, names, values, 2);

	if (!err)
		err = mshv_vp_run(vp, &exit);
	if (err || exit->header.message_type == stops[n].message)
		return err;
	fprintf(stderr, "stop %u: message %#x\n", n, exit->header.message_type);
	return -1;
}

int main(void)
{
	struct mshv_host *host;
	struct mshv_vm *vm;
	struct mshv_vp *vp;
	int err;

	for (unsigned int n = 0; n < NR_STOPS; n++)
		memcpy(ram + CODE + n * STEP, stops[n].code, stops[n].size);
	err = mshv_host_open(NULL, &host);
	if (!err)
		err = mshv_vm_create(host, NULL, &vm);
	if (!err)
		err = mshv_vm_initialize(vm);
	if (!err)
		err = mshv_vm_map(vm, 0, ram, sizeof(ram), MSHV_MEM_WRITE | MSHV_MEM_EXEC);
	if (!err)
		err = mshv_vm_install_intercept(vm, HV_INTERCEPT_TYPE_EXCEPTION,
						HV_INTERCEPT_ACCESS_MASK_EXECUTE, 6);
	if (!err)
		err = mshv_vm_install_intercept(vm, HV_INTERCEPT_TYPE_X64_MSR,
						HV_INTERCEPT_ACCESS_MASK_READ, 0);
	if (!err)
		err = mshv_vp_create(vm, 0, 0, &vp);
	for (unsigned int n = 0; n < NR_STOPS && !err; n++)
		err = visit(vp, n);
	if (err)
		fprintf(stderr, "%s\n", err < -1 ? strerror(-err) : "another exit");
	return err ? 1 : 0;
}
