// SPDX-License-Identifier: GPL-2.0-only
/* With dev=messages: what root is told of devices. */
#include "attach.h"
#include "device_irq.h"

#define SINT_VECTOR	0xf1
#define DEVICE_VECTOR	0x91
#define IOVA		0x123000ull
#define LEFT		13
#define WAIT_MS		5000

static struct edu edu;

static void set_sint(bool on)
{
	union hv_synic_sint sint = { .vector = SINT_VECTOR };

	sint.masked = !on;
	wrmsr(HV_X64_MSR_SINT0 + HV_IOMMU_FAULT_SINT, sint.as_uint64);
}

static void told(uint32_t type, uint8_t access, uint64_t device, uint64_t address,
		 const char *what)
{
	struct hv_message m;
	const struct hv_iommu_fault_message *f = (const void *)m.u.payload;

	if (!report(synic_wait(HV_IOMMU_FAULT_SINT, &m, WAIT_MS), "%s: a message", what))
		return;
	report_eq(m.header.message_type, HVMSG_IOMMU_FAULT, "%s: of the right kind", what);
	report(f->type == type && f->access == access, "%s: type and access", what);
	report_eq(f->flags, HV_IOMMU_FAULT_DEVICE_ID_VALID |
			    (type == HV_IOMMU_FAULT_INTERRUPT_BLOCKED ? 0 :
			     HV_IOMMU_FAULT_ADDRESS_VALID), "%s: flags", what);
	report_eq(f->logical_device_id, device, "%s: device", what);
	report_eq(f->address, address, "%s: address", what);
}

/* Root's own device interrupts by the entry that it had. */
static void free_entry(void)
{
	struct device_irq i = {
		.partition = HV_PARTITION_ID_SELF, .device = edu_id(&edu).as_uint64,
		.vector = DEVICE_VECTOR, .vps = 1,
	};

	report_eq(device_irq_map(&i), HV_STATUS_SUCCESS, "map its interrupt");
	edu_set_msi(&edu, &i.entry.msi_entry);
	report_eq(device_irq_unmap(&i), HV_STATUS_SUCCESS, "unmap it");
	edu_interrupt(&edu);
	told(HV_IOMMU_FAULT_INTERRUPT_BLOCKED, HV_IOMMU_FAULT_WRITE, edu_id(&edu).as_uint64, 0,
	     "by a free entry");
	edu_acknowledge(&edu);
	edu_clear_msi(&edu);
}

static void blocked(void)
{
	domain_attach(HV_DEVICE_DOMAIN_ID_S2_NULL, edu_id(&edu));
	edu_read(&edu, IOVA + 8, 8);
	told(HV_IOMMU_FAULT_BLOCKED, HV_IOMMU_FAULT_READ, edu_id(&edu).as_uint64, IOVA,
	     "blocked");
	bring_back(&edu);
}

void test_fault_devices(void)
{
	struct child c;

	if (!edu_find(&edu, 0) || !machine.spare) {
		skip("no device, or no processor that hears of it", "messages");
		return;
	}
	synic_setup();
	set_sint(true);
	edu_read(&edu, 1ull << 40, 8);
	told(HV_IOMMU_FAULT_NO_TRANSLATION, HV_IOMMU_FAULT_READ, edu_host_id(&edu).as_uint64,
	     1ull << 40, "of one's own");
	/* L1VH has neither domains nor interrupts of its own devices. */
	if (!machine.l1vh) {
		blocked();
		free_entry();
	}
	child_make(&c, DEFAULT_FLAGS, 1);
	attach(&c, &edu);
	edu_write(&edu, 1ull << 40, 8);
	told(HV_IOMMU_FAULT_NO_TRANSLATION, HV_IOMMU_FAULT_WRITE, LOGICAL_ID, 1ull << 40,
	     "of a child");
	detach(&c, LOGICAL_ID);
	bring_back(&edu);
	child_destroy(&c);
	set_sint(false);
	synic_teardown();
}

/* The books at the end have it. */
void test_must_domain(void)
{
	report_eq(domain_create(LEFT), HV_STATUS_SUCCESS, "a domain is left");
}
