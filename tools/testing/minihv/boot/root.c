// SPDX-License-Identifier: GPL-2.0-only
/* The first partition, root or L1VH, and its first VP. */
#include "boot/boot.h"
#include "device/pci.h"
#include "device/unit.h"
#include "state/create.h"

#define ROOT_GPA_END	(512 * SIZE_1G)
#define ROOT_ID		1
#define L1VH_ID		2

static struct partition root;

extern char image_start[], image_end[];

static void root_hide(uint64_t base, uint64_t end)
{
	uint64_t from = base & PAGE_MASK;

	if (!npt_unmap(&root.npt, from, ALIGN_UP(end, PAGE_SIZE) - from, NULL))
		hv_fatal("no memory for root's page tables");
}

/*
 * The firmware's ACPI code reads the HPET to tell whether there is one, as Linux
 * does on its own; all ones means no.
 */
static void root_hide_hpet(void)
{
	void *ones = memset(hv_alloc_pages(1), 0xff, PAGE_SIZE);

	if (!npt_map(&root.npt, HPET_PA, va_to_pa(ones), PAGE_SIZE, NPT_READ, PAGE_SIZE, NULL))
		hv_fatal("no memory for root's page tables");
}

/* Writes to configuration space exit, see exit/root_config.c. */
static void root_watch_config(void)
{
	uint64_t size, base = pci_window(&size);

	if (size && !npt_map(&root.npt, base, base, size, NPT_READ, SIZE_2M, NULL))
		hv_fatal("no memory for root's page tables");
}

/* RAM and devices at their own addresses, except what the hypervisor keeps for itself. */
static void root_map(void)
{
	if (!npt_init(&root.npt, &hv_pool) ||
	    !npt_map(&root.npt, 0, 0, ROOT_GPA_END, NPT_RWX, SIZE_1G, NULL))
		hv_fatal("no memory for root's page tables");
	root_hide(hv_region_base, hv_region_end);
	root_hide(va_to_pa(image_start), va_to_pa(image_end));
	root_hide_hpet();
	root_watch_config();
	if (unit_registers())
		root_hide(unit_registers(), unit_registers() + PAGE_SIZE);
	root.npt_ready = true;
	root.gpa_end = ROOT_GPA_END;
}

void root_partition_create(void)
{
	struct vp *vp;

	if (options.l1vh)
		partition_init(&root, L1VH_ID, PARTITION_L1VH);
	else
		partition_init(&root, ROOT_ID, PARTITION_ROOT);
	root.state = PARTITION_ACTIVE;
	root.props.synthetic_features = ~0ull;
	root_map();
	root_partition = &root;
	list_add_tail(&root.node, &partition_list);
	vp = vp_create(&root, 0);
	if (!vp)
		hv_fatal("no memory for root's first VP");
	vp->apic_id = this_cpu()->apic_id;
	vp->home = this_cpu();
	root.vps[0] = vp;
	root.nr_vps = 1;
	__atomic_store_n(&this_cpu()->root_vp, vp, __ATOMIC_RELEASE);
}
