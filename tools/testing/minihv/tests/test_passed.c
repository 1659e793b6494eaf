// SPDX-License-Identifier: GPL-2.0-only
/* Interrupts of devices that are a child's. */
#include "attach.h"
#include "device_irq.h"

#define APIC_FLAGS	(DEFAULT_FLAGS | HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED)
#define VECTOR		0x71
#define VECTOR2		0x85
#define DOMAIN		9
#define WAIT_MS		5000
#define NOTHING_MS	20

GUEST(apic_wait);

static struct edu edu;

static bool ready(void)
{
	if (!edu_find(&edu, 0))
		skip("no edu device", "interrupts of children");
	else if (!machine.spare)
		skip("no processor to take them", "interrupts of children");
	else
		return true;
	return false;
}

static struct device_irq mapped(struct child *c, uint64_t device, uint64_t vps)
{
	return (struct device_irq){
		.partition = c->id, .device = device, .vector = VECTOR, .vps = vps,
		.deposited = &c->deposited,
	};
}

static void delivered(struct child *c, struct device_irq *i)
{
	uint32_t count = device_count(&edu, COUNT_DELIVERED);

	apic_prepare(c);
	edu_set_msi(&edu, &i->entry.msi_entry);
	report(interrupt_comes(&edu, c, 0, VECTOR, WAIT_MS), "it comes to the child");
	report(!apic_requested(c, 1, VECTOR), "to one VP of it");
	report_eq(device_count(&edu, COUNT_DELIVERED), count + 1, "which is counted");
	apic_prepare(c);
	report_eq(device_irq_retarget(i, VECTOR2, 2), HV_STATUS_SUCCESS,
		  "move it to another VP and vector");
	report(interrupt_comes(&edu, c, 1, VECTOR2, WAIT_MS), "it comes there");
	report(!apic_requested(c, 0, VECTOR) && !apic_requested(c, 1, VECTOR), "and not as before");
	apic_prepare(c);
	device_irq_retarget_input(i, VECTOR, 3)->int_target.flags =
		HV_DEVICE_INTERRUPT_TARGET_MULTICAST;
	report_eq(hcall(HVCALL_RETARGET_INTERRUPT).status, HV_STATUS_SUCCESS, "move it to all");
	report(interrupt_comes(&edu, c, 0, VECTOR, WAIT_MS) && apic_requested(c, 1, VECTOR),
	       "it comes to all");
	apic_prepare(c);
}

static void refusals(struct child *c, struct child *other, struct device_irq *i)
{
	struct device_irq own = { .partition = HV_PARTITION_ID_SELF, .vector = VECTOR, .vps = 1 };
	struct device_irq wrong = *i;

	own.device = edu_host_id(&edu).as_uint64;
	report_eq(device_irq_map(&own), HV_STATUS_ACCESS_DENIED, "not for oneself");
	wrong.vps = 1 | 2;
	report_eq(device_irq_map(&wrong), HV_STATUS_OBJECT_IN_USE, "not the same again");
	wrong.vector = 15;
	report_eq(device_irq_map(&wrong), HV_STATUS_INVALID_PARAMETER, "no such vector");
	wrong.vector = VECTOR2;
	wrong.level = true;
	report_eq(device_irq_map(&wrong), HV_STATUS_INVALID_PARAMETER, "not level-triggered");
	wrong.level = false;
	wrong.vps = 4;
	report_eq(device_irq_map(&wrong), HV_STATUS_INVALID_VP_INDEX, "no VP that is not there");
	wrong.vps = 1;
	wrong.device = edu_id(&edu).as_uint64;
	report_eq(device_irq_map(&wrong), HV_STATUS_INVALID_DEVICE_ID, "not by the parent's id");
	wrong.device = LOGICAL_ID + 1;
	report_eq(device_irq_map(&wrong), HV_STATUS_INVALID_DEVICE_ID, "by no other number");
	wrong = mapped(other, LOGICAL_ID, 1);
	report_eq(device_irq_map(&wrong), HV_STATUS_INVALID_DEVICE_ID, "for no other child");

	report_eq(device_irq_retarget(i, VECTOR, 4), HV_STATUS_INVALID_VP_INDEX,
		  "move it to no VP that is not there");
	report_eq(device_irq_retarget(i, 15, 1), HV_STATUS_INVALID_PARAMETER, "to no such vector");
	device_irq_retarget_input(i, VECTOR, 1)->reserved2 = 1;
	report_eq(hcall(HVCALL_RETARGET_INTERRUPT).status, HV_STATUS_INVALID_PARAMETER,
		  "reserved field");

	wrong = *i;
	wrong.partition = other->id;
	report_eq(device_irq_unmap(&wrong), HV_STATUS_INVALID_PARAMETER, "unmap it for its child");
	wrong.partition = HV_PARTITION_ID_SELF;
	report_eq(device_irq_unmap(&wrong), HV_STATUS_INVALID_PARAMETER, "not for oneself");
	wrong = *i;
	wrong.entry.msi_entry.data.as_uint32++;
	report_eq(device_irq_unmap(&wrong), HV_STATUS_INVALID_PARAMETER, "by its entry");
	(void)c;
}

/* Which VPs an APIC id means, in a set of banks. */
static uint64_t vps_of(struct child *c, uint32_t dest, bool logical)
{
	struct hv_input_get_vp_set_from_mda *in = hc_in;
	const struct hv_vpset *out = hc_out;

	memset(in, 0, sizeof(*in));
	in->target_partid = c->id;
	in->dest_address = dest;
	in->destmode_logical = logical;
	if (hcall(HVCALL_GET_VPSET_FROM_MDA).status != HV_STATUS_SUCCESS || out->format)
		return ~0ull;
	return out->valid_bank_mask == 1 ? out->bank_contents[0] : 0;
}

static void destinations(struct child *c)
{
	struct hv_input_get_vp_set_from_mda *in = hc_in;

	apic_prepare(c);
	report_eq(vps_of(c, 1, false), 2, "APIC id 1");
	report_eq(vps_of(c, 0xff, false), 3, "all APICs");
	report_eq(vps_of(c, 9, false), 0, "no APIC");
	report_eq(vps_of(c, 0x30, true), 3, "two logical ones");
	report_eq(vps_of(c, 0x10, true), 1, "the first of them");
	vps_of(c, 0, false);
	in->input_vtl = 1;
	report_eq(hcall(HVCALL_GET_VPSET_FROM_MDA).status, HV_STATUS_INVALID_PARAMETER,
		  "no other VTL");
	in->input_vtl = 0;
	in->target_partid = HV_PARTITION_ID_SELF;
	report_eq(hcall(HVCALL_GET_VPSET_FROM_MDA).status, HV_STATUS_ACCESS_DENIED,
		  "not of oneself");
}

/* A child of one VP with the device and one of its interrupts. */
static struct device_irq with_interrupt(struct child *c)
{
	struct device_irq i;

	child_make(c, APIC_FLAGS, 1);
	report_eq(attach(c, &edu), HV_STATUS_SUCCESS, "attach a device");
	i = mapped(c, LOGICAL_ID, 1);
	report_eq(device_irq_map(&i), HV_STATUS_SUCCESS, "map its interrupt");
	return i;
}

/* A VP that waits in HLT goes on with the handler. */
static void wakes(void)
{
	struct child c;
	struct device_irq i;

	i = with_interrupt(&c);
	START_GUEST(&c, 0, apic_wait);
	if (!child_expect(&c, 0, HVMSG_X64_IO_PORT_INTERCEPT, "the guest is ready"))
		return;
	child_skip(&c, 0);
	edu_set_msi(&edu, &i.entry.msi_entry);
	report(child_run(&c, 0, 10) != RUN_INTERCEPT, "the guest halts");
	edu_interrupt(&edu);
	report_eq(child_run_on(&c, 0, WAIT_MS), RUN_INTERCEPT, "the interrupt wakes it");
	report_eq(*(uint32_t *)(c.memory + 0x7020), VECTOR, "it took the vector");
	edu_acknowledge(&edu);
	edu_clear_msi(&edu);
	report_eq(device_irq_unmap(&i), HV_STATUS_SUCCESS, "unmap it");
	report_eq(detach(&c, LOGICAL_ID), HV_STATUS_SUCCESS, "detach the device");
	bring_back(&edu);
	child_destroy(&c);
}

/* By root, of a device that stays its own. */
static void of_domain(struct child *c)
{
	struct device_irq i = mapped(c, edu_id(&edu).as_uint64, 1);

	if (machine.l1vh)
		return;
	report_eq(device_irq_map(&i), HV_STATUS_ACCESS_DENIED, "not of a device of root's");
	domain_create(DOMAIN);
	domain_attach(DOMAIN, edu_id(&edu));
	report_eq(device_irq_map(&i), HV_STATUS_SUCCESS, "of one in a domain, by its PCI id");
	apic_prepare(c);
	edu_set_msi(&edu, &i.entry.msi_entry);
	report(interrupt_comes(&edu, c, 0, VECTOR, WAIT_MS), "it comes");
	edu_clear_msi(&edu);
	report_eq(device_irq_unmap(&i), HV_STATUS_SUCCESS, "unmap it");
	bring_back(&edu);
	domain_delete(DOMAIN);
}

static void dropped(struct child *c, struct device_irq *i)
{
	edu_clear_msi(&edu);
	report_eq(detach(c, LOGICAL_ID), HV_STATUS_SUCCESS, "detach the device");
	report_eq(device_irq_unmap(i), HV_STATUS_INVALID_PARAMETER, "its interrupt is gone");
	bring_back(&edu);
}

void test_passed(void)
{
	struct child c, other;
	struct device_irq i;

	if (!ready())
		return;
	child_make(&c, APIC_FLAGS, 2);
	child_make(&other, APIC_FLAGS, 1);
	i = mapped(&c, LOGICAL_ID, 1);
	report_eq(device_irq_map(&i), HV_STATUS_INVALID_DEVICE_ID, "nothing before it is attached");
	report_eq(attach(&c, &edu), HV_STATUS_SUCCESS, "attach a device");
	if (report_eq(device_irq_map(&i), HV_STATUS_SUCCESS, "map its interrupt")) {
		report_eq(i.entry.source, HV_INTERRUPT_SOURCE_MSI, "the answer is a message");
		refusals(&c, &other, &i);
		delivered(&c, &i);
	}
	destinations(&c);
	dropped(&c, &i);
	of_domain(&c);
	child_destroy(&other);
	child_destroy(&c);
	synic_setup();
	wakes();
	synic_teardown();
}

/* With dev=no-mapped-interrupts. */
static void not_of_domain(struct child *c)
{
	struct device_irq i = mapped(c, edu_id(&edu).as_uint64, 1);

	domain_create(DOMAIN);
	domain_attach(DOMAIN, edu_id(&edu));
	report_eq(device_irq_map(&i), HV_STATUS_ACCESS_DENIED, "not of one in a domain");
	bring_back(&edu);
	domain_delete(DOMAIN);
}

/* With dev=unmap-by-entry, and where there are domains with dev=no-mapped-interrupts. */
void test_passed_knobs(void)
{
	struct device_irq own;
	struct child c;

	if (!ready())
		return;
	own = with_interrupt(&c);
	own.partition = HV_PARTITION_ID_SELF;
	report_eq(device_irq_unmap(&own), HV_STATUS_SUCCESS, "unmap it by root's id");
	report_eq(detach(&c, LOGICAL_ID), HV_STATUS_SUCCESS, "detach it");
	bring_back(&edu);
	if (!machine.l1vh)
		not_of_domain(&c);
	child_destroy(&c);
}

/* With dev=keep-interrupts. */
void test_passed_kept(void)
{
	struct device_irq i;
	struct child c;

	if (!ready())
		return;
	i = with_interrupt(&c);
	report_eq(detach(&c, LOGICAL_ID), HV_STATUS_SUCCESS, "detach the device");
	report_eq(device_irq_unmap(&i), HV_STATUS_SUCCESS, "its interrupt was still there");
	bring_back(&edu);
	child_destroy(&c);
}

/* It is unmapped while the device still has the message. */
void test_must_free(void)
{
	struct device_irq i;
	struct child c;

	if (!ready())
		return;
	i = with_interrupt(&c);
	edu_set_msi(&edu, &i.entry.msi_entry);
	report_eq(device_irq_unmap(&i), HV_STATUS_SUCCESS, "unmap it");
	report(!interrupt_comes(&edu, &c, 0, VECTOR, NOTHING_MS), "nothing comes to the child");
	report_eq(device_count(&edu, COUNT_INTERRUPT), 1, "but it is counted");
	report_eq(detach(&c, LOGICAL_ID), HV_STATUS_SUCCESS, "detach the device");
	child_destroy(&c);
}

void test_must_mapped(void)
{
	struct child c;

	if (!ready())
		return;
	with_interrupt(&c);
	child_destroy(&c);
}
