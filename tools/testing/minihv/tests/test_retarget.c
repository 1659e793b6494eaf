// SPDX-License-Identifier: GPL-2.0-only
/* Calls of a child on devices that are its parent's. */
#include "child.h"

#define INTERCEPT_RETARGET	0xf	/* as OpenVMM asks for it */
#define INTERCEPT_APIC_EOI	0xe
#define VMMCALL_LENGTH		3

GUEST(retarget);

static uint16_t install(struct child *c, uint32_t type, uint32_t access)
{
	struct hv_input_install_intercept *in = hc_in;

	memset(in, 0, sizeof(*in));
	in->partition_id = c->id;
	in->access_type = access;
	in->intercept_type = type;
	return call_with_deposit(HVCALL_INSTALL_INTERCEPT, c->id, &c->deposited);
}

static void make(struct child *c)
{
	child_create(c, DEFAULT_FLAGS);
	child_set_property(c, HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES,
			   child_synthetic_features());
	child_complete(c, 1);
}

static void by_parent(void)
{
	const struct hv_x64_hypercall_intercept_message *m;
	struct child c;

	make(&c);
	report_eq(install(&c, INTERCEPT_RETARGET, HV_INTERCEPT_ACCESS_MASK_EXECUTE),
		  HV_STATUS_SUCCESS, "retargeting of unknown devices can be intercepted");
	START_GUEST(&c, 0, retarget);
	m = child_payload(&c, 0);
	if (child_expect(&c, 0, HVMSG_HYPERCALL_INTERCEPT, "it stops the VP")) {
		report_eq(m->rax, HVCALL_RETARGET_INTERRUPT, "the call");
		report_eq(m->rsi, 0x20000, "its parameters");
		report_eq(m->header.instruction_length, VMMCALL_LENGTH, "length");
	}
	child_set_reg64(&c, 0, HV_X64_REGISTER_RAX, 0x1234);
	child_skip(&c, 0);
	child_expect(&c, 0, HVMSG_X64_HALT, "the guest goes on");
	report_eq(*(uint32_t *)(c.memory + 0x7000), 0x1234, "with what its parent answered");
	report_eq(install(&c, INTERCEPT_RETARGET, HV_INTERCEPT_ACCESS_MASK_NONE),
		  HV_STATUS_SUCCESS, "the intercept can be taken away");
	START_GUEST(&c, 0, retarget);
	child_expect(&c, 0, HVMSG_X64_HALT, "then the call is the hypervisor's");
	report(*(uint32_t *)(c.memory + 0x7000), "which does not know the device");
	child_destroy(&c);
}

static void others(void)
{
	struct child c;

	make(&c);
	report_eq(install(&c, INTERCEPT_RETARGET, HV_INTERCEPT_ACCESS_MASK_WRITE),
		  HV_STATUS_INVALID_PARAMETER, "a call is executed, not written");
	report_eq(install(&c, INTERCEPT_APIC_EOI, HV_INTERCEPT_ACCESS_MASK_EXECUTE),
		  HV_STATUS_INVALID_PARAMETER, "ends of interrupts are another intercept");
	child_destroy(&c);
}

void test_retarget(void)
{
	synic_setup();
	by_parent();
	others();
	synic_teardown();
}
