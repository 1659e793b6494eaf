// SPDX-License-Identifier: GPL-2.0-only
/* Devices attached to a child: what they reach, and what the calls refuse. */
#include "attach.h"

#define GPA		0x20000
#define LARGE_GPA	0x80000000ull
#define NOT_THERE	0x90000000ull
#define BAR_GPA		0xc0000000ull
#define DOMAIN		9

static struct edu edu;

static bool ready(void)
{
	if (edu_find(&edu, 0))
		return true;
	skip("no edu device", "attached devices");
	return false;
}

/* The unit has what it used in its cache: each change must reach it. */
static void memory(struct child *c)
{
	uint8_t *large = alloc_aligned(SIZE_2M, SIZE_2M), *page = alloc_pages(1);

	edu_round_trip(&edu, GPA, c->memory + GPA, "4 KiB entry");
	report_eq(child_map(c, LARGE_GPA, (uint64_t)large, 1, MAP_ALL | HV_MAP_GPA_LARGE_PAGE),
		  HV_STATUS_SUCCESS, "map a large page");
	edu_round_trip(&edu, LARGE_GPA + 0x123000, large + 0x123000, "2 MiB entry");
	edu_refused(&edu, NOT_THERE, true, COUNT_NO_MAPPING, "outside of its memory");
	report_eq(child_map(c, GPA, (uint64_t)page, 1, MAP_ALL), HV_STATUS_SUCCESS,
		  "put another page there");
	edu_round_trip(&edu, GPA, page, "the other page");
	report_eq(child_map(c, GPA, 0, 1, HV_MAP_GPA_NO_ACCESS), HV_STATUS_SUCCESS,
		  "take access away");
	edu_refused(&edu, GPA, false, COUNT_NO_ACCESS, "without access");
	report_eq(child_map(c, GPA, (uint64_t)page, 1, HV_MAP_GPA_READABLE), HV_STATUS_SUCCESS,
		  "make it read-only");
	edu_refused(&edu, GPA, true, COUNT_NO_ACCESS, "write to a read-only page");
	report(edu_read(&edu, GPA, 8), "it can be read");
	report_eq(child_unmap(c, GPA, 1, 0), HV_STATUS_SUCCESS, "unmap it");
	edu_refused(&edu, GPA, false, COUNT_NO_MAPPING, "unmapped");
	report_eq(child_unmap(c, LARGE_GPA, 1, HV_UNMAP_GPA_LARGE_PAGE), HV_STATUS_SUCCESS,
		  "unmap the large page");
	edu_refused(&edu, LARGE_GPA, false, COUNT_NO_MAPPING, "large page unmapped");
	report_eq(child_map(c, GPA, (uint64_t)c->memory + GPA, 1, MAP_ALL), HV_STATUS_SUCCESS,
		  "map the first page again");
	/* Page 0 is by a table of its own, see view.h of minihv. */
	memcpy(c->memory + 16, "page 0", 7);
	edu_read(&edu, 16, 8);
	edu_write(&edu, GPA, 8);
	report(!memcmp(c->memory + GPA, "page 0", 7), "page 0 can be read");
	edu_round_trip(&edu, PAGE_SIZE, c->memory + PAGE_SIZE, "page 1");
}

static void registers(struct child *c)
{
	uint32_t all = device_count(&edu, ASK_REGISTERS), code = device_count(&edu, ASK_REGISTERS_CODE);
	uint32_t cached = device_count(&edu, ASK_REGISTERS_CACHED);
	uint64_t bar = (uint64_t)edu.registers;

	report_eq(child_map(c, BAR_GPA, bar, 1, MAP_RW), HV_STATUS_SUCCESS,
		  "map its registers for the child");
	report_eq(device_count(&edu, ASK_REGISTERS_CACHED), cached + 1, "which are cached then");
	report_eq(child_map(c, BAR_GPA, bar, 2, MAP_ALL | HV_MAP_GPA_NOT_CACHED),
		  HV_STATUS_SUCCESS, "again, to be executed and not cached");
	report_eq(device_count(&edu, ASK_REGISTERS_CACHED), cached + 1, "no more are cached");
	report_eq(device_count(&edu, ASK_REGISTERS_CODE), code + 2, "these may be executed");
	report_eq(device_count(&edu, ASK_REGISTERS), all + 3, "and all are counted");
	report_eq(child_map(c, BAR_GPA, bar + PAGE_SIZE, 1, MAP_RW), HV_STATUS_SUCCESS,
		  "and others in their place");
	report_eq(child_map(c, BAR_GPA, bar + PAGE_SIZE, 1, MAP_RW | HV_MAP_GPA_LARGE_PAGE),
		  HV_STATUS_INVALID_ALIGNMENT, "a large entry for registers needs an aligned source");
}

static void wrong_ats(struct child *c)
{
	struct hv_input_attach_device *in = attach_input(c, edu_host_id(&edu));

	in->attdev_flags.ats_supported = 1;
	report_eq(attach_call(c), HV_STATUS_SUCCESS, "attach it with ATS, which it has not");
	report_eq(child_map(c, BAR_GPA, (uint64_t)edu.registers, 1, MAP_RW),
		  HV_STATUS_INVALID_PARAMETER, "its registers can't be mapped then");
	report_eq(detach(c, LOGICAL_ID), HV_STATUS_SUCCESS, "detach it");
}

static void refusals(struct child *c, struct child *other)
{
	struct hv_input_attach_device *in = hc_in;
	union hv_device_id id = edu_host_id(&edu);

	attach_input(c, id)->attdev_flags.logical_id = 0;
	report_eq(attach_call(c), HV_STATUS_INVALID_PARAMETER, "not without a number");
	attach_input(c, id)->attdev_flags.resvd = 1;
	report_eq(attach_call(c), HV_STATUS_INVALID_PARAMETER, "unknown flag");
	attach_input(c, id)->attdev_vtl = 1;
	report_eq(attach_call(c), HV_STATUS_INVALID_PARAMETER, "no other VTL");
	attach_input(c, id)->rsvd1 = 1;
	report_eq(attach_call(c), HV_STATUS_INVALID_PARAMETER, "reserved field");
	attach_input(c, id)->logical_devid = 1ull << 62;
	report_eq(attach_call(c), HV_STATUS_INVALID_DEVICE_ID, "a number that is none");
	id.as_uint64 ^= 1ull << 62;
	attach_input(c, id);
	report_eq(attach_call(c), HV_STATUS_INVALID_DEVICE_ID, "an id of another type");
	id = edu_host_id(&edu);
	id.pci.rid = 0xff00;
	attach_input(c, id);
	report_eq(attach_call(c), HV_STATUS_INVALID_DEVICE_ID, "a function that is not there");
	attach_input(c, edu_host_id(&edu))->partition_id = HV_PARTITION_ID_SELF;
	report_eq(attach_call(c), HV_STATUS_ACCESS_DENIED, "not to oneself");
	in->partition_id = 99999;
	report_eq(attach_call(c), HV_STATUS_INVALID_PARTITION_ID, "to nobody");

	report_eq(attach(c, &edu), HV_STATUS_SUCCESS, "attach it");
	report_eq(device_count(&edu, ASK_PLACE), ATTACHED, "it is there");
	report_eq(attach(c, &edu), HV_STATUS_INVALID_DEVICE_STATE, "not twice");
	report_eq(attach(other, &edu), HV_STATUS_INVALID_DEVICE_STATE, "nor to another child");
	if (!machine.l1vh) {
		report_eq(domain_attach(HV_DEVICE_DOMAIN_ID_S2_NULL, edu_id(&edu)),
			  HV_STATUS_INVALID_DEVICE_STATE, "nor is it root's to move");
		report_eq(domain_detach(edu_id(&edu)), HV_STATUS_INVALID_DEVICE_STATE,
			  "nor to detach from a domain");
	}
	report_eq(detach(c, LOGICAL_ID + 1), HV_STATUS_INVALID_DEVICE_ID, "it has one number");
	report_eq(detach(other, LOGICAL_ID), HV_STATUS_INVALID_DEVICE_ID, "for one child");
}

static void second_device(struct child *c)
{
	struct edu second;

	if (!edu_find(&second, 1)) {
		skip("one edu device", "a second device");
		return;
	}
	attach_input(c, edu_host_id(&second));
	report_eq(attach_call(c), HV_STATUS_KEY_ALREADY_EXISTS, "a number is for one device");
	attach_input(c, edu_host_id(&second))->logical_devid = LOGICAL_ID + 1;
	report_eq(attach_call(c), HV_STATUS_SUCCESS, "a second device by another number");
	edu_round_trip(&second, GPA, c->memory + GPA, "second device");
	report_eq(detach(c, LOGICAL_ID + 1), HV_STATUS_SUCCESS, "it goes");
	edu_round_trip(&edu, GPA, c->memory + GPA, "the first stays");
	bring_back(&second);
}

static void early_and_late(void)
{
	struct child c;

	child_create(&c, DEFAULT_FLAGS);
	report_eq(attach(&c, &edu), HV_STATUS_INVALID_PARTITION_STATE,
		  "not before the child is initialised");
	child_initialize(&c);
	hcall_fast(HVCALL_FINALIZE_PARTITION, c.id, 0);
	report_eq(attach(&c, &edu), HV_STATUS_INVALID_PARTITION_STATE, "nor when it is finalised");
	withdraw(c.id);
	hcall_fast(HVCALL_DELETE_PARTITION, c.id, 0);
	synic_register(&c, false);
}

/* A device that root has in a domain can be attached as it is. */
static void from_domain(struct child *c)
{
	if (machine.l1vh)
		return;
	domain_create(DOMAIN);
	report_eq(domain_attach(DOMAIN, edu_id(&edu)), HV_STATUS_SUCCESS, "into a domain");
	report_eq(attach(c, &edu), HV_STATUS_SUCCESS, "from there to a child");
	edu_round_trip(&edu, GPA, c->memory + GPA, "in the child's memory");
	report_eq(detach(c, LOGICAL_ID), HV_STATUS_SUCCESS, "detach it");
	report_eq(domain_delete(DOMAIN), HV_STATUS_SUCCESS, "the domain is empty");
	bring_back(&edu);
}

/* It is back in root's memory before anybody has looked at what the unit recorded. */
static void moved_at_once(struct child *c)
{
	uint32_t before = device_count(&edu, COUNT_NO_MAPPING);
	uint64_t page = (uint64_t)alloc_pages(1);

	if (machine.l1vh)
		return;
	free_page(page);
	deposit(c->id, 1, &c->deposited);
	domain_create(DOMAIN);
	domain_attach(DOMAIN, edu_id(&edu));
	report(edu_write(&edu, page, 4), "it writes to where the hypervisor has a page");
	bring_back(&edu);
	report_eq(device_count(&edu, COUNT_NO_MAPPING), before + 1,
		  "what its domain refused is no fault of root's memory");
	domain_delete(DOMAIN);
}

void test_attach(void)
{
	uint8_t *page = alloc_pages(1);
	struct child c, other;

	if (!ready())
		return;
	child_make(&c, DEFAULT_FLAGS | HV_PARTITION_CREATION_FLAG_GPA_SUPER_PAGES_ENABLED, 1);
	child_make(&other, DEFAULT_FLAGS, 1);
	if (machine.l1vh)
		report_eq(child_map(&c, BAR_GPA, (uint64_t)edu.registers, 1, MAP_RW),
			  HV_STATUS_INVALID_PARAMETER, "its registers can't be mapped before");
	refusals(&c, &other);
	memory(&c);
	registers(&c);
	second_device(&c);
	report_eq(detach(&c, LOGICAL_ID), HV_STATUS_SUCCESS, "detach it");
	report_eq(detach(&c, LOGICAL_ID), HV_STATUS_INVALID_DEVICE_ID, "once");
	if (machine.l1vh)
		edu_round_trip(&edu, (uint64_t)page, page, "L1VH's memory again");
	else
		edu_refused(&edu, GPA, false, COUNT_BLOCKED, "detached");
	bring_back(&edu);
	wrong_ats(&c);
	bring_back(&edu);
	from_domain(&c);
	moved_at_once(&c);
	child_destroy(&other);
	child_destroy(&c);
	early_and_late();
}

/* With dev=in-use,dev=any-ats,dev=bar-after-attach,dev=page-requests. */
void test_attach_knobs(void)
{
	struct edu second;
	struct child c;

	if (!ready())
		return;
	child_make(&c, DEFAULT_FLAGS, 1);
	report_eq(child_map(&c, BAR_GPA, (uint64_t)edu.registers, 1, MAP_RW),
		  HV_STATUS_INVALID_PARAMETER, "its registers can't be mapped before");
	attach_input(&c, edu_host_id(&edu))->attdev_flags.ats_supported = 1;
	report_eq(attach_call(&c), HV_STATUS_SUCCESS, "attach it with ATS, which it has not");
	report_eq(attach(&c, &edu), HV_STATUS_OBJECT_IN_USE, "not twice");
	if (edu_find(&second, 1))
		report_eq(attach(&c, &second), HV_STATUS_OBJECT_IN_USE, "nor two by one number");
	report_eq(child_map(&c, BAR_GPA, (uint64_t)edu.registers, 1, MAP_RW), HV_STATUS_SUCCESS,
		  "but then");
	report_eq(detach(&c, LOGICAL_ID), HV_STATUS_PENDING_PAGE_REQUESTS, "detach it");
	report_eq(device_count(&edu, ASK_PLACE), machine.l1vh ? IN_DEFAULT : NOWHERE, "it is");
	bring_back(&edu);
	child_destroy(&c);
}

void test_must_attached(void)
{
	struct child c;

	if (!ready())
		return;
	child_make(&c, DEFAULT_FLAGS, 1);
	report_eq(attach(&c, &edu), HV_STATUS_SUCCESS, "attach a device");
	child_destroy(&c);
}

void test_must_page_zero(void)
{
	struct child c;

	if (!ready())
		return;
	child_make(&c, DEFAULT_FLAGS, 1);
	report_eq(attach(&c, &edu), HV_STATUS_SUCCESS, "attach a device");
	report(edu_write(&edu, 0x10, 4), "it writes to page 0");
	report_eq(device_count(&edu, COUNT_PAGE_ZERO), 1, "which is counted");
	report_eq(detach(&c, LOGICAL_ID), HV_STATUS_SUCCESS, "detach it");
	child_destroy(&c);
}

/* A page that root has deposited is the hypervisor's. */
void test_must_hypervisor(void)
{
	struct child c;
	uint64_t page = (uint64_t)alloc_pages(1);

	if (!ready())
		return;
	free_page(page);
	child_create(&c, DEFAULT_FLAGS);
	child_initialize(&c);
	report(edu_write(&edu, page, 4), "a device writes to a deposited page");
	report_eq(device_count(&edu, COUNT_HYPERVISOR), 1, "which is counted");
	child_destroy(&c);
}
