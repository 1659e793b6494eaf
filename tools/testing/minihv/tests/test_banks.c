// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts of devices for a VP whose index is beyond the first bank, so that the set has
 * one word, and not the one of bank 0; and as many as there can be.
 */
#include "attach.h"
#include "device_irq.h"

#define APIC_FLAGS	(DEFAULT_FLAGS | HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED)
#define FAR		64
#define VECTOR		0x71
#define VECTOR2		0x85
#define WAIT_MS		5000
#define FIRST_VECTOR	0x10
#define AT_LEAST	180	/* at once, as hypercall-abi.rst says: some 190 */

static struct edu edu;
static struct device_irq many[512];

/* Without pages that its parent sees. */
static uint16_t add_far_vp(struct child *c)
{
	struct hv_create_vp *in = hc_in;

	memset(in, 0, PAGE_SIZE);
	in->partition_id = c->id;
	in->vp_index = FAR;
	in->subnode_type = HV_SUBNODE_ANY;
	return call_with_deposit(HVCALL_CREATE_VP, c->id, &c->deposited);
}

static void destination(struct child *c)
{
	struct hv_input_get_vp_set_from_mda *in = hc_in;
	const struct hv_vpset *out = hc_out;

	memset(in, 0, sizeof(*in));
	in->target_partid = c->id;
	in->dest_address = FAR;
	report_eq(hcall(HVCALL_GET_VPSET_FROM_MDA).status, HV_STATUS_SUCCESS, "its APIC id");
	report(out->format == HV_GENERIC_SET_SPARSE_4K && out->valid_bank_mask == 2 &&
	       out->bank_contents[0] == 1, "means the one VP in the second bank");
}

/* @t becomes the set of that one VP. */
static void to_far_vp(struct hv_device_interrupt_target *t)
{
	t->flags = HV_DEVICE_INTERRUPT_TARGET_PROCESSOR_SET;
	t->vp_set.format = HV_GENERIC_SET_SPARSE_4K;
	t->vp_set.valid_bank_mask = 2;
	t->vp_set.bank_contents[0] = 1;
}

static void delivered(struct child *c)
{
	struct device_irq i = { .partition = c->id, .device = LOGICAL_ID, .vector = VECTOR };

	to_far_vp(&device_irq_map_input(&i)->interrupt_descriptor.target);
	if (!report_eq(call_with_deposit(HVCALL_MAP_DEVICE_INTERRUPT | VAR_WORDS(2), c->id,
					 &c->deposited), HV_STATUS_SUCCESS, "map an interrupt"))
		return;
	i.entry = ((struct hv_output_map_device_interrupt *)hc_out)->interrupt_entry;
	edu_set_msi(&edu, &i.entry.msi_entry);
	report(interrupt_comes(&edu, c, FAR, VECTOR, WAIT_MS), "it comes to that VP");
	report(!apic_requested(c, 0, VECTOR), "and not to the first of the first bank");
	report_eq(device_irq_retarget(&i, VECTOR2, 1), HV_STATUS_SUCCESS, "move it to that");
	report(interrupt_comes(&edu, c, 0, VECTOR2, WAIT_MS), "it comes there");
	to_far_vp(&device_irq_retarget_input(&i, VECTOR2, 0)->int_target);
	report_eq(hcall(HVCALL_RETARGET_INTERRUPT | VAR_WORDS(2)).status, HV_STATUS_SUCCESS,
		  "and back");
	report(interrupt_comes(&edu, c, FAR, VECTOR2, WAIT_MS), "it comes there again");
	edu_clear_msi(&edu);
	report_eq(device_irq_unmap(&i), HV_STATUS_SUCCESS, "unmap it");
}

/* One after the other by other vectors, then on the other VP. */
static void as_many_as_there_can_be(struct child *c)
{
	uint16_t status = HV_STATUS_SUCCESS;
	unsigned int n = 0, i;
	bool all = true;

	while (n < ARRAY_SIZE(many) && status == HV_STATUS_SUCCESS) {
		many[n] = (struct device_irq){
			.partition = c->id, .device = LOGICAL_ID,
			.vector = FIRST_VECTOR + n % 0xe0, .vps = 1 + n / 0xe0,
			.deposited = &c->deposited,
		};
		status = device_irq_map(&many[n]);
		n += status == HV_STATUS_SUCCESS;
	}
	note("%u interrupts", n);
	report(n >= AT_LEAST, "a child has many interrupts");
	report_eq(status, HV_STATUS_NO_RESOURCES, "one more is refused");
	for (i = 0; i < n; i++)
		all &= device_irq_unmap(&many[i]) == HV_STATUS_SUCCESS;
	report(all, "unmap them");
	report_eq(device_irq_map(&many[0]), HV_STATUS_SUCCESS, "then there is room");
	report_eq(device_irq_unmap(&many[0]), HV_STATUS_SUCCESS, "unmap that");
}

void test_banks(void)
{
	struct child c;

	if (!edu_find(&edu, 0) || !machine.spare) {
		skip("no device, or no processor for its interrupts", "VPs beyond the first bank");
		return;
	}
	child_make(&c, APIC_FLAGS, 1);
	if (report_eq(add_far_vp(&c), HV_STATUS_SUCCESS, "a VP beyond the first bank")) {
		apic_prepare(&c);
		apic_prepare_vp(&c, FAR, 0x20);
		destination(&c);
		report_eq(attach(&c, &edu), HV_STATUS_SUCCESS, "attach a device");
		delivered(&c);
		as_many_as_there_can_be(&c);
		report_eq(detach(&c, LOGICAL_ID), HV_STATUS_SUCCESS, "detach it");
		bring_back(&edu);
	}
	child_destroy(&c);
}
