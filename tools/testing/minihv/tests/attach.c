// SPDX-License-Identifier: GPL-2.0-only
/* The calls that attach devices to children. */
#include "attach.h"

struct hv_input_attach_device *attach_input(const struct child *c, union hv_device_id id)
{
	struct hv_input_attach_device *in = hc_in;

	memset(in, 0, PAGE_SIZE);
	in->partition_id = c->id;
	in->device_id = id;
	in->attdev_flags.logical_id = 1;
	in->logical_devid = LOGICAL_ID;
	return in;
}

uint16_t attach_call(struct child *c)
{
	return call_with_deposit(HVCALL_ATTACH_DEVICE, c->id, &c->deposited);
}

uint16_t attach(struct child *c, const struct edu *e)
{
	attach_input(c, edu_host_id(e));
	return attach_call(c);
}

uint16_t detach(const struct child *c, uint64_t logical_id)
{
	struct hv_input_detach_device *in = hc_in;

	memset(in, 0, sizeof(*in));
	in->partition_id = c->id;
	in->logical_devid = logical_id;
	return hcall(HVCALL_DETACH_DEVICE).status;
}

void bring_back(const struct edu *e)
{
	if (!machine.l1vh)
		report_eq(domain_attach(HV_DEVICE_DOMAIN_ID_S2_DEFAULT, edu_id(e)),
			  HV_STATUS_SUCCESS, "back to root's memory");
}
