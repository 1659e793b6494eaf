// SPDX-License-Identifier: GPL-2.0-only
/* Device domains: what they let a device do, and what the calls refuse. */
#include "attach.h"

#define ID		7
#define IOVA		0x7654321000ull
#define GIGABYTE	0x40000000ull	/* RAM up to 2 GiB, which has nothing else in it */
#define TOP		(1ull << 48)

static struct edu edu;

/* By the knob dev=no-code it does not even know the calls; all say the same. */
static void not_for_l1vh(void)
{
	static const struct {
		uint64_t control;
		const char *what;
	} calls[] = {
		{ HVCALL_CREATE_DEVICE_DOMAIN, "create one" },
		{ HVCALL_ATTACH_DEVICE_DOMAIN, "move a device there" },
		{ HVCALL_MAP_DEVICE_GPA_PAGES | REPS(1), "map something" },
		{ HVCALL_UNMAP_DEVICE_GPA_PAGES | REPS(1), "unmap something" },
		{ HVCALL_DETACH_DEVICE_DOMAIN, "detach a device" },
		{ HVCALL_DELETE_DEVICE_DOMAIN, "delete one" },
	};
	uint16_t status = domain_create(ID);
	unsigned int i;

	report(status == HV_STATUS_ACCESS_DENIED || status == HV_STATUS_INVALID_HYPERCALL_CODE,
	       "L1VH has no domains");
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		report_eq(hcall(calls[i].control).status, status, "L1VH has no domains: %s",
			  calls[i].what);
}

static bool ready(void)
{
	if (machine.l1vh) {
		not_for_l1vh();
		return false;
	}
	if (!edu_find(&edu, 0)) {
		skip("no edu device", "domains");
		return false;
	}
	return true;
}

static void features(void)
{
	struct cpuid hardware = cpuid(HYPERV_CPUID_HARDWARE_FEATURES, 0);

	report(cpuid(HYPERV_CPUID_FEATURES, 0).edx & HV_DEVICE_DOMAIN_AVAILABLE,
	       "CPUID says that there are device domains");
	report((hardware.eax & HV_X64_DMA_REMAPPING_IN_USE) &&
	       (hardware.eax & HV_X64_INTERRUPT_REMAPPING_IN_USE), "and that both are remapped");
	report_eq(hardware.ebx & HV_X64_DEVICE_DOMAIN_INPUT_WIDTH, 48, "width of addresses");
}

static void at_boot(void)
{
	uint8_t *page = alloc_pages(1);

	report_eq(device_count(&edu, ASK_PLACE), IN_DEFAULT, "a device starts in root's memory");
	edu_round_trip(&edu, (uint64_t)page, page, "at boot");
	report_eq(domain_attach(HV_DEVICE_DOMAIN_ID_S2_DEFAULT, edu_id(&edu)),
		  HV_STATUS_DEVICE_ALREADY_IN_DOMAIN, "it can't go where it is");
}

static void pages(void)
{
	uint8_t *page = alloc_pages(2);
	struct hcall_result r;

	if (!report_eq(domain_create(ID), HV_STATUS_SUCCESS, "create a domain"))
		return;
	report_eq(domain_create(ID), HV_STATUS_KEY_ALREADY_EXISTS, "not the same again");
	report_eq(domain_map(ID, IOVA, (uint64_t)page, 2, MAP_RW), HV_STATUS_SUCCESS,
		  "map two pages");
	report_eq(domain_map(ID, IOVA + PAGE_SIZE, (uint64_t)page, 1, MAP_RW),
		  HV_STATUS_INVALID_PARAMETER, "not over what is mapped");
	report_eq(domain_attach(ID, edu_id(&edu)), HV_STATUS_SUCCESS, "move the device there");
	report_eq(domain_attach(ID, edu_id(&edu)), HV_STATUS_DEVICE_ALREADY_IN_DOMAIN,
		  "it is there");
	report_eq(domain_delete(ID), HV_STATUS_OBJECT_IN_USE, "its domain can't go");
	edu_round_trip(&edu, IOVA, page, "mapped");
	edu_round_trip(&edu, IOVA + PAGE_SIZE, page + PAGE_SIZE, "second page");
	edu_refused(&edu, (uint64_t)page, true, COUNT_NO_MAPPING, "root's own address");
	/* The unit has both pages cached. */
	r = domain_unmap(ID, IOVA + PAGE_SIZE, 1);
	report(r.status == HV_STATUS_SUCCESS && r.reps == 1, "unmap the second");
	edu_refused(&edu, IOVA + PAGE_SIZE, true, COUNT_NO_MAPPING, "unmapped");
	edu_round_trip(&edu, IOVA, page, "the first stays");
	r = domain_unmap(ID, IOVA, 2);
	report(r.status == HV_STATUS_INVALID_PARAMETER && r.reps == 1,
	       "unmapping stops at what is not mapped");
	report_eq(domain_map(ID, IOVA, (uint64_t)page, 1, HV_MAP_GPA_READABLE), HV_STATUS_SUCCESS,
		  "map it read-only");
	edu_refused(&edu, IOVA, true, COUNT_NO_ACCESS, "read-only page written");
	report(edu_read(&edu, IOVA, 8), "it can be read");
	report_eq(domain_map(ID, 0, (uint64_t)page, 1, MAP_RW), HV_STATUS_SUCCESS, "map page 0");
	report(edu_read(&edu, 0x800, 8), "it can be read, too");
}

/* In the domain with one page mapped. */
static void places(void)
{
	report_eq(domain_attach(HV_DEVICE_DOMAIN_ID_S2_NULL, edu_id(&edu)), HV_STATUS_SUCCESS,
		  "move it to where nothing passes");
	report_eq(device_count(&edu, ASK_PLACE), IN_NULL, "it is there now");
	edu_refused(&edu, IOVA, false, COUNT_BLOCKED, "NULL domain");
	report_eq(domain_attach(ID, edu_id(&edu)), HV_STATUS_SUCCESS, "back into the domain");
	report(edu_read(&edu, IOVA, 8), "it reads again");
	report_eq(domain_detach(edu_id(&edu)), HV_STATUS_SUCCESS, "detach it");
	edu_refused(&edu, IOVA, false, COUNT_BLOCKED, "detached");
	report_eq(domain_detach(edu_id(&edu)), HV_STATUS_INVALID_DEVICE_STATE, "but once");
	report_eq(domain_delete(ID), HV_STATUS_SUCCESS, "delete its domain");
	report_eq(domain_delete(ID), HV_STATUS_INVALID_PARAMETER, "once");
	report_eq(domain_attach(ID, edu_id(&edu)), HV_STATUS_INVALID_PARAMETER,
		  "what is deleted takes no device");
	report_eq(domain_attach(HV_DEVICE_DOMAIN_ID_S2_DEFAULT, edu_id(&edu)), HV_STATUS_SUCCESS,
		  "back to root's memory");
}

static void refusals(void)
{
	struct hv_input_create_device_domain *create = hc_in;
	struct hv_input_map_device_gpa_pages *map = hc_in;
	uint64_t page = (uint64_t)alloc_pages(1);

	report_eq(domain_create(HV_DEVICE_DOMAIN_ID_S2_DEFAULT), HV_STATUS_INVALID_PARAMETER,
		  "no domain of root's number");
	report_eq(domain_create(HV_DEVICE_DOMAIN_ID_S2_NULL), HV_STATUS_INVALID_PARAMETER,
		  "nor of the one that blocks");
	domain_create(ID);
	create->device_domain.owner_vtl.as_uint8 = 1;
	create->device_domain.domain_id.id = ID + 1;
	report_eq(hcall(HVCALL_CREATE_DEVICE_DOMAIN).status, HV_STATUS_INVALID_PARAMETER,
		  "no other VTL");
	create->device_domain.owner_vtl.as_uint8 = 0;
	create->device_domain.domain_id.type = HV_DEVICE_DOMAIN_TYPE_S1;
	report_eq(hcall(HVCALL_CREATE_DEVICE_DOMAIN).status, HV_STATUS_INVALID_PARAMETER,
		  "no domain of the first stage");
	create->device_domain.domain_id.type = HV_DEVICE_DOMAIN_TYPE_S2;
	create->create_device_domain_flags.reserved = 1;
	report_eq(hcall(HVCALL_CREATE_DEVICE_DOMAIN).status, HV_STATUS_INVALID_PARAMETER,
		  "unknown flags");
	create->create_device_domain_flags.reserved = 0;
	create->device_domain.partition_id = 12345;
	report_eq(hcall(HVCALL_CREATE_DEVICE_DOMAIN).status, HV_STATUS_INVALID_PARTITION_ID,
		  "of nobody else");

	report_eq(domain_map(ID, IOVA, page, 1, HV_MAP_GPA_WRITABLE), HV_STATUS_INVALID_PARAMETER,
		  "no page that can't be read");
	report_eq(domain_map(ID, IOVA + 8, page, 1, MAP_RW), HV_STATUS_INVALID_ALIGNMENT,
		  "no address within a page");
	report_eq(domain_map(ID, TOP - PAGE_SIZE, page, 2, MAP_RW), HV_STATUS_INVALID_PARAMETER,
		  "nothing beyond the width");
	report_eq(domain_map(ID + 1, IOVA, page, 1, MAP_RW), HV_STATUS_INVALID_PARAMETER,
		  "no domain that is not there");
	report_eq(domain_map(ID, IOVA, TOP, 1, MAP_RW), HV_STATUS_INVALID_PARAMETER,
		  "no page that is not root's");
	report_eq(domain_map(ID, IOVA, page, 1, MAP_RW | HV_MAP_GPA_NOT_CACHED),
		  HV_STATUS_INVALID_PARAMETER, "no other flag");
	map->target_vtl.as_uint8 = 1;
	map->map_flags = MAP_RW;
	report_eq(hcall(HVCALL_MAP_DEVICE_GPA_PAGES | REPS(1)).status, HV_STATUS_INVALID_PARAMETER,
		  "no VTL to map for");
	report_eq(domain_unmap(ID, IOVA, 1).status, HV_STATUS_INVALID_PARAMETER,
		  "nothing to unmap");
	report_eq(domain_map(ID, IOVA, (uint64_t)edu.registers, 1, MAP_RW), HV_STATUS_SUCCESS,
		  "registers of a device can be mapped");
	report_eq(domain_delete(ID), HV_STATUS_SUCCESS, "a domain goes with what it maps");
}

static void wrong_ids(void)
{
	static const struct {
		uint64_t bits;
		const char *what;
	} wrong[] = {
		{ 1ull << 16, "another segment" },
		{ 1ull << 32, "a bus range without a shadow" },
		{ 1ull << 48, "phantom functions" },
		{ 1ull << 50, "a shadow that has another bus" },
		{ 1ull << 51, "reserved bits" },
		{ 1ull << 63, "another type" },
		{ 0xff00, "a function that is not there" },
	};
	union hv_device_id id;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		id = edu_id(&edu);
		id.as_uint64 |= wrong[i].bits | (wrong[i].bits == 1ull << 50 ? 0x0201ull << 32 : 0);
		report_eq(domain_attach(HV_DEVICE_DOMAIN_ID_S2_NULL, id),
			  HV_STATUS_INVALID_DEVICE_ID, "device id with %s", wrong[i].what);
	}
}

void test_domain(void)
{
	if (!ready())
		return;
	features();
	at_boot();
	pages();
	places();
	refusals();
	report_eq(domain_map(ID, 0, GIGABYTE, 1, MAP_RW | HV_MAP_GPA_LARGE_PAGE),
		  HV_STATUS_INVALID_PARAMETER, "large pages are refused");
	wrong_ids();
}

/* With dev=large. */
void test_domain_large(void)
{
	uint8_t *memory = (void *)GIGABYTE;
	uint64_t base = 4 * SIZE_1G;

	if (!ready())
		return;
	report_eq(domain_create(ID), HV_STATUS_SUCCESS, "create a domain");
	report_eq(domain_map(ID, base + PAGE_SIZE, GIGABYTE, 1, MAP_RW | HV_MAP_GPA_LARGE_PAGE),
		  HV_STATUS_INVALID_ALIGNMENT, "not to where no large page begins");
	report_eq(domain_map(ID, base, GIGABYTE + PAGE_SIZE, 1, MAP_RW | HV_MAP_GPA_LARGE_PAGE),
		  HV_STATUS_INVALID_ALIGNMENT, "nor from there");
	report_eq(domain_map(ID, base, GIGABYTE, 512, MAP_RW | HV_MAP_GPA_LARGE_PAGE),
		  HV_STATUS_SUCCESS, "map 1 GiB by large pages");
	report_eq(domain_map(ID, base + 5 * PAGE_SIZE, GIGABYTE, 1, MAP_RW),
		  HV_STATUS_INVALID_PARAMETER, "nothing over it");
	report_eq(domain_attach(ID, edu_id(&edu)), HV_STATUS_SUCCESS, "move a device there");
	edu_round_trip(&edu, base + 0x23456000, memory + 0x23456000, "1 GiB entry");
	report_eq(domain_unmap(ID, base + SIZE_2M, 512).status, HV_STATUS_SUCCESS,
		  "unmap 2 MiB of it");
	edu_refused(&edu, base + SIZE_2M + 0x1000, true, COUNT_NO_MAPPING, "the 2 MiB");
	edu_round_trip(&edu, base + 2 * SIZE_2M, memory + 2 * SIZE_2M, "2 MiB entry behind");
	report_eq(domain_unmap(ID, base + 2 * SIZE_2M + PAGE_SIZE, 1).status, HV_STATUS_SUCCESS,
		  "unmap a page of that");
	edu_refused(&edu, base + 2 * SIZE_2M + PAGE_SIZE, true, COUNT_NO_MAPPING, "the page");
	edu_round_trip(&edu, base + 2 * SIZE_2M, memory + 2 * SIZE_2M, "page before it");
	edu_round_trip(&edu, base + 2 * SIZE_2M + 0x2000, memory + 2 * SIZE_2M + 0x2000,
		       "page behind it");
	report_eq(domain_attach(HV_DEVICE_DOMAIN_ID_S2_DEFAULT, edu_id(&edu)), HV_STATUS_SUCCESS,
		  "back to root's memory");
	report_eq(domain_delete(ID), HV_STATUS_SUCCESS, "delete the domain");
}

/* A call that needs no memory asks for some, until it gets it. */
static void asks(const char *which)
{
	struct hv_input_attach_device_domain *in = hc_in;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		memset(in, 0, sizeof(*in));
		in->device_domain.partition_id = HV_PARTITION_ID_SELF;
		in->device_id = edu_id(&edu);
		report_eq(hcall(HVCALL_ATTACH_DEVICE_DOMAIN).status, HV_STATUS_INSUFFICIENT_MEMORY,
			  "%s call that moves a device takes memory, time %u", which, i);
	}
	report_eq(domain_attach(HV_DEVICE_DOMAIN_ID_S2_DEFAULT, edu_id(&edu)),
		  HV_STATUS_DEVICE_ALREADY_IN_DOMAIN, "and then none");
}

/* With dev=no-mmio,dev=detach-first,dev=memory,dev=numbers:3: of which 0 is none, and 1 root's. */
void test_domain_knobs(void)
{
	uint8_t *page = alloc_pages(1);
	struct child c;

	if (!ready())
		return;
	child_make(&c, DEFAULT_FLAGS, 1);
	asks("the first");
	asks("the next");
	withdraw(HV_PARTITION_ID_SELF);
	report_eq(domain_create(ID), HV_STATUS_SUCCESS, "create a domain");
	report_eq(domain_create(ID + 1), HV_STATUS_INSUFFICIENT_DEVICE_DOMAINS, "and no more");
	report_eq(domain_map(ID, IOVA, (uint64_t)edu.registers, 1, MAP_RW),
		  HV_STATUS_INVALID_PARAMETER, "registers of a device can't be mapped");
	report_eq(domain_map(ID, IOVA, (uint64_t)page, 1, MAP_RW), HV_STATUS_SUCCESS,
		  "memory can");
	report_eq(domain_attach(ID, edu_id(&edu)), HV_STATUS_SUCCESS, "from where it was at boot");
	report_eq(domain_attach(HV_DEVICE_DOMAIN_ID_S2_NULL, edu_id(&edu)),
		  HV_STATUS_INVALID_DEVICE_STATE, "then not without being detached");
	report_eq(attach(&c, &edu), HV_STATUS_INVALID_DEVICE_STATE, "nor to a child");
	edu_round_trip(&edu, IOVA, page, "in the domain");
	report_eq(domain_detach(edu_id(&edu)), HV_STATUS_SUCCESS, "detach it");
	report_eq(attach(&c, &edu), HV_STATUS_INSUFFICIENT_DEVICE_DOMAINS,
		  "a child needs a number, too");
	report_eq(domain_attach(HV_DEVICE_DOMAIN_ID_S2_DEFAULT, edu_id(&edu)), HV_STATUS_SUCCESS,
		  "now it moves");
	report_eq(domain_delete(ID), HV_STATUS_SUCCESS, "delete the domain");
	report_eq(domain_detach(edu_id(&edu)), HV_STATUS_SUCCESS, "detach it again");
	report_eq(attach(&c, &edu), HV_STATUS_SUCCESS, "the child has its number");
	report_eq(detach(&c, LOGICAL_ID), HV_STATUS_SUCCESS, "detach it from the child");
	bring_back(&edu);
	child_destroy(&c);
}
