// SPDX-License-Identifier: GPL-2.0-only
/* The calls on device domains, and what a device can do in one. */
#include "child.h"
#include "domain.h"

#define CHUNK		256
#define DEPOSIT		8
#define TRIES		64

static void header(struct hv_input_device_domain *in, uint32_t id)
{
	memset(hc_in, 0, PAGE_SIZE);
	in->partition_id = HV_PARTITION_ID_SELF;
	in->domain_id.id = id;
}

uint16_t domain_create(uint32_t id)
{
	struct hv_input_create_device_domain *in = hc_in;

	header(&in->device_domain, id);
	in->create_device_domain_flags.forward_progress_required = 1;
	return call_with_deposit(HVCALL_CREATE_DEVICE_DOMAIN, HV_PARTITION_ID_SELF, NULL);
}

uint16_t domain_delete(uint32_t id)
{
	header(hc_in, id);
	return hcall(HVCALL_DELETE_DEVICE_DOMAIN).status;
}

uint16_t domain_attach(uint32_t id, union hv_device_id device)
{
	struct hv_input_attach_device_domain *in = hc_in;

	header(&in->device_domain, id);
	in->device_id = device;
	return call_with_deposit(HVCALL_ATTACH_DEVICE_DOMAIN, HV_PARTITION_ID_SELF, NULL);
}

uint16_t domain_detach(union hv_device_id device)
{
	struct hv_input_detach_device_domain *in = hc_in;

	memset(in, 0, sizeof(*in));
	in->partition_id = HV_PARTITION_ID_SELF;
	in->device_id = device;
	return call_with_deposit(HVCALL_DETACH_DEVICE_DOMAIN, HV_PARTITION_ID_SELF, NULL);
}

uint16_t domain_map(uint32_t id, uint64_t iova, uint64_t pa, unsigned int count, uint32_t flags)
{
	uint64_t unit = flags & HV_MAP_GPA_LARGE_PAGE ? SIZE_2M : PAGE_SIZE;
	struct hv_input_map_device_gpa_pages *in = hc_in;
	unsigned int done = 0, i, n, tries;
	struct hcall_result r = { 0 };

	for (tries = 0; done < count && tries < TRIES; tries++) {
		n = count - done < CHUNK ? count - done : CHUNK;
		header(&in->device_domain, id);
		in->map_flags = flags;
		in->target_device_va_base = iova + done * unit;
		for (i = 0; i < n; i++)
			in->gpa_page_list[i] = (pa + (done + i) * unit) / PAGE_SIZE;
		r = hcall(HVCALL_MAP_DEVICE_GPA_PAGES | REPS(n));
		done += r.reps;
		if (r.status == HV_STATUS_INSUFFICIENT_MEMORY)
			deposit(HV_PARTITION_ID_SELF, DEPOSIT, NULL);
		else if (r.status != HV_STATUS_SUCCESS)
			break;
	}
	return r.status;
}

struct hcall_result domain_unmap(uint32_t id, uint64_t iova, unsigned int pages)
{
	struct hv_input_unmap_device_gpa_pages *in = hc_in;
	unsigned int done = 0, tries;
	struct hcall_result r = { 0 };

	for (tries = 0; done < pages && tries < TRIES; tries++) {
		header(&in->device_domain, id);
		in->target_device_va_base = iova + done * PAGE_SIZE;
		r = hcall(HVCALL_UNMAP_DEVICE_GPA_PAGES | REPS(pages - done));
		done += r.reps;
		if (r.status == HV_STATUS_INSUFFICIENT_MEMORY)
			deposit(HV_PARTITION_ID_SELF, DEPOSIT, NULL);
		else if (r.status != HV_STATUS_SUCCESS)
			break;
	}
	r.reps = done;
	return r;
}

static uint32_t all_faults(const struct edu *e)
{
	return device_count(e, COUNT_NO_MAPPING) + device_count(e, COUNT_NO_ACCESS) +
	       device_count(e, COUNT_BLOCKED) + device_count(e, COUNT_PAGE_ZERO) +
	       device_count(e, COUNT_HYPERVISOR);
}

void edu_round_trip(const struct edu *e, uint64_t iova, uint8_t *there, const char *what)
{
	static uint8_t seed;
	uint32_t faults = all_faults(e);
	unsigned int i;
	bool same = true;

	seed += 31;
	for (i = 0; i < 256; i++)
		there[i] = seed + i * 7;
	same = edu_read(e, iova, 256);
	memset(there, 0, 256);
	same = edu_write(e, iova, 256) && same;
	for (i = 0; i < 256; i++)
		same = same && there[i] == (uint8_t)(seed + i * 7);
	report(same && all_faults(e) == faults, "%s: bytes go to the device and back", what);
}

void edu_refused(const struct edu *e, uint64_t iova, bool write, uint32_t kind,
		 const char *what)
{
	uint32_t before = device_count(e, kind), all = all_faults(e);
	bool ended = write ? edu_write(e, iova, 8) : edu_read(e, iova, 8);

	report(ended && device_count(e, kind) == before + 1 && all_faults(e) == all + 1,
	       "%s: refused and counted", what);
}
