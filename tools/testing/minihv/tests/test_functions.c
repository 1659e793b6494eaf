// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions that are more than a plain one: with a cache of translations of its own (ATS),
 * and a virtual one (SR-IOV), which comes when the physical one is told to have it.
 */
#include "attach.h"

#define ATS_DEVICE	0x10441af4	/* QEMU's source of random numbers, see run */
#define ATS_BAR		4
#define PHYSICAL	0x00101b36	/* a disk's, the second one there */
#define BAR_GPA		0xc0000000ull
#define CFG_COMMAND	0x04
#define CMD_MEMORY	BIT(1)
#define CFG_BAR(n)	(0x10 + 4 * (n))
#define HOST_WINDOW	0x60		/* q35's: where configuration space is in memory */
#define WINDOW_MASK	0xf0000000u
#define EXTENDED_LIST	0x100
#define EXTENDED_SRIOV	0x10
#define SRIOV_CONTROL	0x08
#define SRIOV_ENABLE	(1 | 8)		/* functions, and their memory */
#define SRIOV_NUMBER	0x10
#define SRIOV_OFFSET	0x14

static union hv_device_id id_of(uint16_t rid)
{
	struct edu e = { .rid = rid };

	return edu_host_id(&e);
}

static uint16_t attach_as(struct child *c, uint16_t rid, bool ats)
{
	attach_input(c, id_of(rid))->attdev_flags.ats_supported = ats;
	return attach_call(c);
}

static void leave(struct child *c, uint16_t rid)
{
	struct edu e = { .rid = rid };

	report_eq(detach(c, LOGICAL_ID), HV_STATUS_SUCCESS, "detach it");
	bring_back(&e);
}

/* It is attached whatever is said of ATS, and its registers are mapped if that is true. */
static void says(struct child *c, uint16_t rid, uint64_t bar, bool ats, bool truth)
{
	const char *what = ats ? "with ATS" : "without ATS";

	report_eq(attach_as(c, rid, ats), HV_STATUS_SUCCESS, "attach it %s", what);
	report_eq(child_map(c, BAR_GPA, bar, 1, MAP_RW),
		  truth ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_PARAMETER,
		  "its registers, attached %s", what);
	leave(c, rid);
}

static void with_ats(struct child *c)
{
	uint64_t bar;
	uint16_t rid;

	if (!pci_find(ATS_DEVICE, 0, &rid)) {
		skip("no such device", "a device with ATS");
		return;
	}
	bar = (pci_read(rid, CFG_BAR(ATS_BAR)) & ~0xfull) |
	      (uint64_t)pci_read(rid, CFG_BAR(ATS_BAR + 1)) << 32;
	pci_write(rid, CFG_COMMAND, (pci_read(rid, CFG_COMMAND) & 0xffff) | CMD_MEMORY);
	says(c, rid, bar, false, false);
	says(c, rid, bar, true, true);
}

/* Configuration space in memory: the rest of it is nowhere else. */
static volatile uint8_t *config_of(uint16_t rid)
{
	uint64_t window = pci_read(0, HOST_WINDOW) & WINDOW_MASK;

	return (volatile uint8_t *)(window + ((uint64_t)rid << 12));
}

static uint32_t extended_capability(uint16_t rid, uint16_t id)
{
	uint32_t at = EXTENDED_LIST, header;

	while (at) {
		header = *(volatile uint32_t *)(config_of(rid) + at);
		if ((header & 0xffff) == id)
			return at;
		at = header >> 20 & 0xffc;
	}
	return 0;
}

static void enable(uint16_t rid, uint32_t at, uint16_t count)
{
	volatile uint8_t *sriov = config_of(rid) + at;

	*(volatile uint16_t *)(sriov + SRIOV_CONTROL) = 0;
	*(volatile uint16_t *)(sriov + SRIOV_NUMBER) = count;
	*(volatile uint16_t *)(sriov + SRIOV_CONTROL) = count ? SRIOV_ENABLE : 0;
}

static void virtual_one(struct child *c, uint64_t registers)
{
	uint16_t rid, virtual;
	uint32_t at;

	if (!pci_find(PHYSICAL, 1, &rid)) {
		skip("no such device", "a virtual function");
		return;
	}
	at = extended_capability(rid, EXTENDED_SRIOV);
	if (!report(at, "a device can have virtual functions"))
		return;
	virtual = rid + *(volatile uint16_t *)(config_of(rid) + at + SRIOV_OFFSET);
	report_eq(attach_as(c, virtual, false), HV_STATUS_INVALID_DEVICE_ID,
		  "one that is not there");
	enable(rid, at, 1);
	report_eq(*(volatile uint16_t *)(config_of(rid) + at + SRIOV_NUMBER), 1, "it has one");
	says(c, virtual, registers, false, true);
	says(c, virtual, registers, true, false);
	report_eq(attach_as(c, virtual, false), HV_STATUS_SUCCESS, "attach it once more");
	report_eq(attach_as(c, rid, false), HV_STATUS_KEY_ALREADY_EXISTS,
		  "the physical one is another device");
	leave(c, virtual);
	enable(rid, at, 0);
	report_eq(attach_as(c, virtual, false), HV_STATUS_INVALID_DEVICE_ID, "it is gone");
}

void test_functions(void)
{
	struct child c;
	struct edu edu;

	child_make(&c, DEFAULT_FLAGS, 1);
	with_ats(&c);
	/* The firmware gives a virtual function no addresses; minihv asks for none. */
	if (edu_find(&edu, 0))
		virtual_one(&c, (uint64_t)edu.registers);
	child_destroy(&c);
}
