// SPDX-License-Identifier: GPL-2.0-only
/* From the multiboot entry to the first VM entry, and the end. */
#include "base/power.h"
#include "boot/acpi.h"
#include "boot/boot.h"
#include "boot/loader.h"
#include "cpu/apic.h"
#include "cpu/cpu.h"
#include "cpu/spare.h"
#include "cpu/timer.h"
#include "device/device.h"
#include "device/interrupt.h"
#include "device/pci.h"
#include "device/remap.h"
#include "device/translate.h"
#include "device/unit.h"
#include "faults/faults.h"
#include "hypercall/hcall.h"
#include "sched/sched.h"
#include "state/cpuid.h"

#define HV_REGION_SIZE	(16ull << 20)
#define BOOT_MMAP	BIT(6)

extern char image_start[], image_end[];

struct multiboot_mmap {
	uint32_t size;
	uint64_t base, length;
	uint32_t type;
} __attribute__((packed));

static void read_memory_map(const struct multiboot_info *mbi)
{
	uint32_t at = 0;

	if (!(mbi->flags & BOOT_MMAP))
		hv_fatal("the boot loader gave no memory map");
	while (at < mbi->mmap_length) {
		const struct multiboot_mmap *e = pa_to_va(mbi->mmap_addr + at);

		e820_add(e->base, e->length, e->type);
		at += e->size + sizeof(e->size);
	}
}

/* The hypervisor's region: the end of the RAM below 4 GiB. */
static void take_region(const struct multiboot_info *mbi)
{
	uint64_t end = 0, base;
	unsigned int i;

	for (i = 0; i < e820_count; i++) {
		const struct e820_entry *e = &e820_map[i];

		if (e->type == E820_RAM && e->base + e->size <= 4 * SIZE_1G)
			end = MAX(end, (e->base + e->size) & ~(SIZE_2M - 1));
	}
	base = end - HV_REGION_SIZE;
	if (end < HV_REGION_SIZE || base < loader_modules_end(mbi))
		hv_fatal("too little memory: %lu MiB below 4 GiB", end >> 20);
	e820_reserve(base, end, E820_RESERVED);
	e820_reserve(va_to_pa(image_start), va_to_pa(image_end), E820_RESERVED);
	mem_init(base, end);
}

static const struct multiboot_info *boot_info;

static unsigned int report_books(void)
{
	fault_report();
	return partition_report_leaks() + stats_report_leaks() + devices_report() +
	       interrupts_report();
}

static void devices_init(void)
{
	translate_init(&root_partition->npt);
	device_faults_init();
	if (options.spare_cpu)
		spare_wait();
	interrupts_init();
	cpuid_hardware = (struct cpuid_hardware){
		.interrupts_remapped = remap_present(),
		.dma_remapped = translate_present(),
		.address_width = TRANSLATE_WIDTH,
	};
}

void start_root(struct cpu *cpu)
{
	uint32_t i;

	cpu->started = true;
	for (i = 0; i < nr_cpus; i++)
		if (&cpus[i] != cpu)
			cpu_start(&cpus[i]);
	sched_init();
	fault_init(options.fault);
	root_partition_create();
	devices_init();
	hv_log("%u CPUs, %s scheduler, %s partition, TSC %lu kHz", nr_cpus,
	       options.core_scheduler ? "core" : "root", options.l1vh ? "L1VH" : "root",
	       tsc_hz() / 1000);
	loader_prepare(boot_info, cpu->root_vp);
	sched_loop(cpu);
}

void start(uint32_t mbi_pa)
{
	const struct multiboot_info *mbi = pa_to_va(mbi_pa);

	boot_info = mbi;
	power_report = report_books;
	options_parse(pa_to_va(mbi->cmdline));
	if (options.spare_cpu)
		spare_claim();
	else
		cpu_claim(&cpus[0]);
	read_memory_map(mbi);
	take_region(mbi);
	acpi_init();
	timer_hw_init();
	unit_init(acpi_dmar);
	remap_init();
	pci_init(acpi_mcfg);
	if (options.spare_cpu) {
		cpu_start(&cpus[0]);
		spare_run();
	}
	if (cpus[0].apic_id != apic_id())
		hv_fatal("the boot processor is not the first in the ACPI tables");
	cpu_init(&cpus[0]);
	apic_init();
	start_root(&cpus[0]);
}
