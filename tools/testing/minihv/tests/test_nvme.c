// SPDX-License-Identifier: GPL-2.0-only
/*
 * A disk: in root's memory, in a domain, attached to a child; and a device behind a bridge
 * to conventional PCI, which makes its requests as another.
 */
#include "attach.h"
#include "device_irq.h"
#include "nvme.h"

#define APIC_FLAGS	(DEFAULT_FLAGS | HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED)
#define DOMAIN		11
#define IOVA		0x40000000000ull
#define GPA		0x20000
#define VECTOR		0x91
#define BEHIND_BRIDGE	2	/* the third edu, see run */
#define WAIT_MS		5000

static struct nvme disk;

static void works(uint8_t *memory, uint64_t address, const char *what)
{
	static uint8_t seed;
	unsigned int i;
	bool same = true;
	const char *serial;

	if (!report(nvme_start(&disk, memory, address), "%s: the disk starts", what))
		return;
	serial = nvme_serial(&disk);
	report(serial && !memcmp(serial, "minihv ", 7), "%s: it says who it is", what);
	seed += 13;
	for (i = 0; i < NVME_BLOCK; i++)
		nvme_data(&disk)[i] = seed + i * 3;
	same = nvme_transfer(&disk, seed, true);
	memset(nvme_data(&disk), 0, NVME_BLOCK);
	same = nvme_transfer(&disk, seed, false) && same;
	for (i = 0; i < NVME_BLOCK; i++)
		same = same && nvme_data(&disk)[i] == (uint8_t)(seed + i * 3);
	report(same, "%s: a block is written and read", what);
}

static union hv_device_id disk_id(void)
{
	return (union hv_device_id){
		.pci = { .rid = disk.rid, .device_type = HV_DEVICE_TYPE_PCI },
	};
}

static void in_domain(void)
{
	uint8_t *memory = alloc_pages(NVME_PAGES);

	report_eq(domain_create(DOMAIN), HV_STATUS_SUCCESS, "create a domain");
	report_eq(domain_map(DOMAIN, IOVA, (uint64_t)memory, NVME_PAGES, MAP_RW),
		  HV_STATUS_SUCCESS, "map some pages");
	report_eq(domain_attach(DOMAIN, disk_id()), HV_STATUS_SUCCESS, "move the disk there");
	works(memory, IOVA, "domain");
	nvme_stop(&disk);
	report_eq(domain_attach(HV_DEVICE_DOMAIN_ID_S2_DEFAULT, disk_id()), HV_STATUS_SUCCESS,
		  "back to root's memory");
	report_eq(domain_delete(DOMAIN), HV_STATUS_SUCCESS, "delete the domain");
}

static void interrupts_child(struct child *c)
{
	struct device_irq i = {
		.partition = c->id, .device = LOGICAL_ID, .vector = VECTOR, .vps = 1,
		.deposited = &c->deposited,
	};
	uint64_t end = ref_time() + WAIT_MS * 10000ull;
	bool came;

	if (!machine.spare) {
		skip("no processor to take them", "interrupts of the disk");
		return;
	}
	apic_prepare(c);
	report_eq(device_irq_map(&i), HV_STATUS_SUCCESS, "map its interrupt");
	nvme_stop(&disk);
	nvme_set_msix(&disk, &i.entry.msi_entry);
	/* QEMU's disk looks only when a queue is made whether it interrupts by messages. */
	report(nvme_start(&disk, c->memory + GPA, GPA), "the disk starts with messages");
	do {
		came = apic_requested(c, 0, VECTOR);
	} while (!came && ref_time() < end);
	report(came, "its interrupt comes to the child");
	nvme_clear_msix(&disk);
	report_eq(device_irq_unmap(&i), HV_STATUS_SUCCESS, "unmap it");
}

static void attached(void)
{
	struct child c;

	child_make(&c, APIC_FLAGS, 1);
	attach_input(&c, machine.l1vh ? (union hv_device_id){ .as_uint64 = disk.rid } : disk_id());
	if (report_eq(attach_call(&c), HV_STATUS_SUCCESS, "attach the disk")) {
		works(c.memory + GPA, GPA, "child");
		interrupts_child(&c);
		nvme_stop(&disk);
		report_eq(detach(&c, LOGICAL_ID), HV_STATUS_SUCCESS, "detach it");
	}
	if (!machine.l1vh)
		domain_attach(HV_DEVICE_DOMAIN_ID_S2_DEFAULT, disk_id());
	child_destroy(&c);
}

static void behind_bridge(void)
{
	uint8_t *page = alloc_pages(1);
	union hv_device_id id;
	struct edu edu;

	if (machine.l1vh || !edu_find(&edu, BEHIND_BRIDGE)) {
		skip(machine.l1vh ? "L1VH has no domains" : "no device there", "behind a bridge");
		return;
	}
	edu_round_trip(&edu, (uint64_t)page, page, "behind a bridge");
	id = edu_id(&edu);
	report_eq(domain_attach(HV_DEVICE_DOMAIN_ID_S2_NULL, id), HV_STATUS_INVALID_DEVICE_ID,
		  "behind a bridge it has no id of its own");
	id.pci.bdf.device = 0;
	report_eq(domain_attach(HV_DEVICE_DOMAIN_ID_S2_NULL, id), HV_STATUS_SUCCESS,
		  "the bridge makes its requests");
	edu.rid = id.pci.rid;
	edu_refused(&edu, (uint64_t)page, true, COUNT_BLOCKED, "behind a bridge, blocked");
	report_eq(domain_attach(HV_DEVICE_DOMAIN_ID_S2_DEFAULT, id), HV_STATUS_SUCCESS,
		  "back to root's memory");
}

void test_nvme(void)
{
	uint8_t *memory = alloc_pages(NVME_PAGES);

	if (!nvme_find(&disk)) {
		skip("no disk", "disk");
		return;
	}
	works(memory, (uint64_t)memory, machine.l1vh ? "L1VH" : "root");
	if (!machine.l1vh)
		in_domain();
	attached();
	behind_bridge();
}
