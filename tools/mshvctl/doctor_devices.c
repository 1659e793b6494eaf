// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl doctor --devices: what nobody has seen yet of devices on a real host, for its owner to look
 * at and to send in. Without --try it changes nothing.
 */
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <hvabi/cpuid.h>
#include <linux/mshv_netlink.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "doctor.h"
#include "mshvctl.h"
#include "netlink.h"
#include "pci.h"
#include "table.h"

static const char *const words[] = {
	[FOUND_YES] = "yes",
	[FOUND_NO] = "no",
	[FOUND_FACT] = "is",
	[FOUND_UNKNOWN] = "?",
	[FOUND_FAILED] = "BAD",
};

void doctor_found(struct json_object *report, const char *name, enum found found,
		  const char *format, ...)
{
	struct json_object *line = json_object_new_object();
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	json_object_object_add(line, "check", json_object_new_string(name));
	json_object_object_add(line, "result", json_object_new_string(words[found]));
	json_object_object_add(line, "found", json_object_new_string(text));
	json_object_array_add(report, line);
}

#if defined(__x86_64__)
static void bit(struct json_object *report, const char *name, uint32_t word, uint32_t mask,
		const char *what)
{
	doctor_found(report, name, word & mask ? FOUND_YES : FOUND_NO, "%s", what);
}

/* The hypervisor's word for what it has. */
static bool look_at_hypervisor(struct json_object *report)
{
	uint32_t max, features, ebx, ecx, edx, build, version;

	__cpuid(1, max, ebx, ecx, edx);
	if (ecx >> 31)
		__cpuid(HYPERV_CPUID_VENDOR_AND_MAX_FUNCTIONS, max, ebx, ecx, edx);
	if (edx != HYPERV_VENDOR_EDX || max < HYPERV_CPUID_HARDWARE_FEATURES) {
		doctor_found(report, "hypervisor", FOUND_FAILED, "it is not Hyper-V");
		return false;
	}
	__cpuid(HYPERV_CPUID_VERSION, build, version, ecx, edx);
	doctor_found(report, "hypervisor", FOUND_FACT, "version %u.%u, build %u", version >> 16,
		     version & 0xffff, build);
	__cpuid(HYPERV_CPUID_FEATURES, features, ebx, ecx, edx);
	doctor_found(report, "partition", FOUND_FACT, "%s",
		     !(ebx & HV_CREATE_PARTITIONS) ? "a guest" :
		     ebx & HV_CPU_MANAGEMENT ? "root" : "L1VH");
	bit(report, "domains", edx, HV_DEVICE_DOMAIN_AVAILABLE, "device domains (CPUID 0x40000003 EDX 24)");
	bit(report, "stage-1-domains", edx, HV_S1_DEVICE_DOMAIN_AVAILABLE,
	    "domains with tables of the guest's own (EDX 25)");
	__cpuid(HYPERV_CPUID_IMPLEMENT_LIMITS, features, ebx, ecx, edx);
	doctor_found(report, "interrupt-vectors", FOUND_FACT, "%u for remapping (CPUID 0x40000005 ECX)",
		     ecx);
	__cpuid(HYPERV_CPUID_HARDWARE_FEATURES, features, ebx, ecx, edx);
	bit(report, "dma-remapping", features, HV_X64_DMA_REMAPPING_IN_USE,
	    "in use (CPUID 0x40000006 EAX 4)");
	bit(report, "interrupt-remapping", features, HV_X64_INTERRUPT_REMAPPING_IN_USE,
	    "in use (EAX 5)");
	bit(report, "dma-protection", features, HV_X64_DMA_PROTECTION_IN_USE, "in use (EAX 7)");
	doctor_found(report, "domain-width", FOUND_FACT, "%u bits (EBX)",
		     ebx & HV_X64_DEVICE_DOMAIN_INPUT_WIDTH);
	return true;
}

static bool has_domains(void)
{
	uint32_t eax, ebx, ecx, edx;

	__cpuid(HYPERV_CPUID_FEATURES, eax, ebx, ecx, edx);
	return edx & HV_DEVICE_DOMAIN_AVAILABLE;
}
#else
static bool look_at_hypervisor(struct json_object *report)
{
	doctor_found(report, "hypervisor", FOUND_UNKNOWN, "only the kernel can ask it here");
	return true;
}

static bool has_domains(void)
{
	return false;
}
#endif

static void look_at_kernel(struct json_object *report)
{
	struct utsname name;

	if (!uname(&name))
		doctor_found(report, "kernel", FOUND_FACT, "%s", name.release);
}

#define DMAR		"/sys/firmware/acpi/tables/DMAR"
#define DMAR_HEADER	48
#define DMAR_RESERVED	1	/* a structure: memory that firmware wants for a device */

static uint16_t word_at(const unsigned char *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

/* Domains know of none of these. */
static void look_at_firmware(struct json_object *report)
{
	unsigned char table[65536];
	FILE *file = fopen(DMAR, "re");
	unsigned int reserved = 0;
	size_t size, at, length;

	if (!file) {
		doctor_found(report, "reserved-memory", FOUND_UNKNOWN, "%s: %s",
			     DMAR, strerror(errno));
		return;
	}
	size = fread(table, 1, sizeof(table), file);
	fclose(file);
	for (at = DMAR_HEADER; at + 4 <= size; at += length) {
		length = word_at(table + at + 2);
		if (length < 4)
			break;
		reserved += word_at(table + at) == DMAR_RESERVED;
	}
	doctor_found(report, "reserved-memory", reserved ? FOUND_YES : FOUND_NO,
		     "%u ranges for devices (RMRR of the table DMAR)", reserved);
}

/* ---- the driver */

static bool look_at_driver(struct json_object *report)
{
	char line[256];

	if (access("/sys/class/iommu/hv-iommu", F_OK)) {
		doctor_found(report, "iommu", FOUND_FAILED, "hv_iommu is not loaded: modprobe hv_iommu");
		return false;
	}
	doctor_found(report, "iommu", FOUND_YES, "hv_iommu");
	if (read_line("/sys/module/hv_iommu/parameters/skip", line, sizeof(line)) &&
	    strcmp(line, "(null)"))
		doctor_found(report, "skipped", FOUND_FACT, "%s", line);
	return true;
}

/* Asked once a domain has one. */
static void look_at_large_pages(struct json_object *report)
{
	char line[64];

	if (!read_line("/sys/module/hv_iommu/parameters/large_pages", line, sizeof(line)) ||
	    !strcmp(line, "unknown"))
		doctor_found(report, "large-pages", FOUND_UNKNOWN, "in domains: none was mapped yet");
	else
		doctor_found(report, "large-pages", strcmp(line, "refused") ? FOUND_YES : FOUND_NO,
			     "in domains: %s", line);
}

static size_t count(const char *pattern)
{
	glob_t found;
	size_t n = glob(pattern, 0, NULL, &found) ? 0 : found.gl_pathc;

	if (n)
		globfree(&found);
	return n;
}

static void look_at_devices(struct json_object *report)
{
	const struct question question = { .command = MSHV_CMD_DEVICE_GET };
	struct json_object *devices = NULL;
	uint64_t faults = 0;
	struct netlink nl;
	size_t n;

	if (geteuid()) {
		doctor_found(report, "devices", FOUND_UNKNOWN, "only root may ask the driver");
		return;
	}
	if (netlink_open(&nl))
		return;
	netlink_list_if_any(&nl, &question, &devices);
	netlink_close(&nl);
	n = devices ? json_object_array_length(devices) : 0;
	for (size_t i = 0; i < n; i++)
		faults += member_number(json_object_array_get_idx(devices, i), "faults");
	json_object_put(devices);
	doctor_found(report, "devices", FOUND_FACT, "%zu of %zu are claimed, in %zu groups", n,
		     count("/sys/bus/pci/devices/*"), count("/sys/kernel/iommu_groups/*"));
	doctor_found(report, "faults-told", faults ? FOUND_YES : FOUND_UNKNOWN,
		     "%llu refusals of the IOMMU (messages 0x80000024)", (unsigned long long)faults);
}

/* ---- the report */

static int print(struct json_object *report)
{
	for (size_t i = 0; i < json_object_array_length(report); i++) {
		struct json_object *line = json_object_array_get_idx(report, i), *log;

		printf("%-4s %-20s %s\n", member_string(line, "result"),
		       member_string(line, "check"), member_string(line, "found"));
		log = member(line, "log");
		for (size_t n = 0; log && n < json_object_array_length(log); n++)
			printf("     | %s\n",
			       json_object_get_string(json_object_array_get_idx(log, n)));
	}
	return finish_output(EXIT_OK);
}

static bool has_failed(struct json_object *report)
{
	for (size_t i = 0; i < json_object_array_length(report); i++)
		if (!strcmp(member_string(json_object_array_get_idx(report, i), "result"),
			    words[FOUND_FAILED]))
			return true;
	return false;
}

/**
 * doctor_devices() - make the report
 * @json: for programs
 * @try: the device to try, or NULL
 *
 * Return: EXIT_OK; EXIT_NO if something is not as it should be; or another exit status.
 */
int doctor_devices(bool json, const char *try)
{
	struct json_object *report = json_object_new_array();
	struct pci dev;
	bool failed;
	int status;

	if (try) {
		status = pci_find("", try, &dev);
		if (status)
			return status;
	}
	look_at_kernel(report);
	if (look_at_hypervisor(report)) {
		look_at_firmware(report);
		if (look_at_driver(report)) {
			if (try)
				doctor_try(report, dev.name, has_domains());
			look_at_large_pages(report);
			look_at_devices(report);
		}
	}
	failed = has_failed(report);
	if (json) {
		status = json_print(report);
	} else {
		status = print(report);
		json_object_put(report);
	}
	return status ? status : failed ? EXIT_NO : EXIT_OK;
}
