// SPDX-License-Identifier: GPL-2.0-only
/* Calls of a child on devices that are its parent's. */
#include "attach.h"
#include "device_irq.h"

#define INTERCEPT_RETARGET	0xf	/* as OpenVMM asks for it */
#define INTERCEPT_APIC_EOI	0xe
#define VMMCALL_LENGTH		3
#define VECTOR			0x71

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
		report(m->rcx == 0x20000 && m->rsi == 0x21000, "its parameters");
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
	report_eq(*(uint32_t *)(c.memory + 0x7000), HV_STATUS_INVALID_DEVICE_ID,
		  "which does not know the device");
	child_destroy(&c);
}

/* The guest calls with this, and gets @status from the hypervisor. */
static void calls(struct child *c, const struct device_irq *i, uint32_t vector, uint16_t status,
		  const char *what)
{
	struct device_irq own = *i;

	own.partition = HV_PARTITION_ID_SELF;
	memcpy(c->memory + 0x20000, device_irq_retarget_input(&own, vector, 1),
	       sizeof(struct hv_retarget_device_interrupt));
	START_GUEST(c, 0, retarget);
	child_expect(c, 0, HVMSG_X64_HALT, what);
	report_eq(*(uint32_t *)(c->memory + 0x7000), status, "%s: status", what);
}

/* Of a device that it has, a child moves interrupts itself, whatever its parent intercepts. */
static void of_its_own(void)
{
	struct device_irq i = { .device = LOGICAL_ID, .vector = VECTOR, .vps = 1 };
	struct child c;
	struct edu edu;

	if (!edu_find(&edu, 0) || !machine.spare) {
		skip("no device, or no processor for its interrupts", "a child's own");
		return;
	}
	make(&c);
	i.partition = c.id;
	i.deposited = &c.deposited;
	report_eq(install(&c, INTERCEPT_RETARGET, HV_INTERCEPT_ACCESS_MASK_EXECUTE),
		  HV_STATUS_SUCCESS, "the intercept is there");
	report_eq(attach(&c, &edu), HV_STATUS_SUCCESS, "attach a device");
	report_eq(device_irq_map(&i), HV_STATUS_SUCCESS, "map its interrupt");
	calls(&c, &i, VECTOR + 1, HV_STATUS_SUCCESS, "the child moves it");
	calls(&c, &i, 15, HV_STATUS_INVALID_PARAMETER, "not to what is no vector");
	i.entry.msi_entry.data.as_uint32++;
	calls(&c, &i, VECTOR, HV_STATUS_INVALID_PARAMETER, "nor what is not mapped");
	i.entry.msi_entry.data.as_uint32--;
	report_eq(device_irq_unmap(&i), HV_STATUS_SUCCESS, "unmap it");
	report_eq(detach(&c, LOGICAL_ID), HV_STATUS_SUCCESS, "detach the device");
	START_GUEST(&c, 0, retarget);
	child_expect(&c, 0, HVMSG_HYPERCALL_INTERCEPT, "then it is unknown again");
	bring_back(&edu);
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
	of_its_own();
	others();
	synic_teardown();
}
