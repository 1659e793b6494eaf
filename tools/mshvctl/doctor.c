// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl doctor: whether this host can run virtual machines on /dev/mshv and hand devices
 * to them, and what is to be done where it can't. One line for each thing that is looked at.
 */
#include <errno.h>
#include <hvabi/cpuid.h>
#include <limits.h>
#include <linux/mshv.h>
#include <mshvctl/mshvctl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#ifndef NO_HOST
#include "doctor.h"
#endif
#include "mshvctl.h"
#include "options.h"

/* The first kernel that the drivers are made for. */
#define KERNEL_MAJOR 7
#define KERNEL_MINOR 2

static const char help[] =
	"usage: mshvctl doctor [--devices [--json] [--try=DEVICE]]\n"
	"\n"
	"Looks whether this host can run virtual machines on /dev/mshv, and hand PCI devices\n"
	"to them. Each line begins with ok; with BAD where something is to be done before a\n"
	"virtual machine can run; or with opt where something is to be done before one can\n"
	"have a device. The exit status is 1 if there is a line with BAD.\n"
	"\n"
	"With --devices: what the hypervisor, the firmware, the kernel and hv_iommu say of devices.\n"
	"Each line begins with yes, no, is (a fact), ? (it cannot be told), or BAD (it should be\n"
	"otherwise). It changes nothing, unless a device is named that may be tried.\n"
	"\n"
	"  --devices       report on devices\n"
	"  --json          write the report as JSON\n"
	"  --try=DEVICE    give a device, which vfio-pci must have, to small virtual machines; it\n"
	"                  is reset\n"
	"  --help          show this\n";

/* What a line says of the host. */
enum state { OK, BAD, OPT };

static bool bad;

/* report(): a line about @topic; returns whether all is well. */
__attribute__((format(printf, 3, 4)))
static bool report(enum state state, const char *topic, const char *format, ...)
{
	static const char *const words[] = { [OK] = "ok", [BAD] = "BAD", [OPT] = "opt" };
	va_list args;

	printf("%-4s %-10s ", words[state], topic);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	bad |= state == BAD;
	return state == OK;
}

#if defined(__x86_64__)
static bool check_hypervisor(void)
{
	uint32_t max, ebx, ecx, edx, build, version, features;
	char vendor[13] = "";

	__cpuid(1, max, ebx, ecx, edx);
	if (!(ecx >> 31))
		return report(BAD, "Hyper-V", "this machine runs on no hypervisor");
	__cpuid(HYPERV_CPUID_VENDOR_AND_MAX_FUNCTIONS, max, ebx, ecx, edx);
	memcpy(vendor, &ebx, 4);
	memcpy(vendor + 4, &ecx, 4);
	memcpy(vendor + 8, &edx, 4);
	if (strcmp(vendor, "Microsoft Hv") || max < HYPERV_CPUID_FEATURES)
		return report(BAD, "Hyper-V", "the hypervisor below is another one: '%s'",
			      vendor);
	__cpuid(HYPERV_CPUID_VERSION, build, version, ecx, edx);
	report(OK, "Hyper-V", "version %u.%u, build %u", version >> 16, version & 0xffff,
	       build);
	__cpuid(HYPERV_CPUID_FEATURES, max, features, ecx, edx);
	if (!(features & HV_CREATE_PARTITIONS))
		return report(BAD, "partition", "a guest, that may not create partitions");
	return report(OK, "partition", "%s",
		      features & HV_CPU_MANAGEMENT ? "root" : "L1 virtual host (L1VH)");
}

/* A guest with a device could raise any interrupt of the host. */
static void check_remapping(void)
{
	uint32_t features, ebx, ecx, edx;

	__cpuid(HYPERV_CPUID_HARDWARE_FEATURES, features, ebx, ecx, edx);
	if (features & HV_X64_INTERRUPT_REMAPPING_IN_USE)
		report(OK, "interrupts", "the hypervisor remaps those of devices");
	else
		report(OPT, "interrupts", "not remapped by the hypervisor: %s",
		       "only for guests that are trusted, allow_unsafe_interrupts of VFIO");
}
#else
/* What tells it on arm64 is for the kernel alone: the driver's checks have to do. */
static bool check_hypervisor(void)
{
	return true;
}

static void check_remapping(void)
{
}
#endif

static bool check_kernel(void)
{
	unsigned int major, minor;
	struct utsname name;

	if (uname(&name) || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return report(BAD, "kernel", "no release can be read");
	if (major < KERNEL_MAJOR || (major == KERNEL_MAJOR && minor < KERNEL_MINOR))
		return report(BAD, "kernel", "%s: %u.%u or later is needed", name.release,
			      KERNEL_MAJOR, KERNEL_MINOR);
	return report(OK, "kernel", "%s", name.release);
}

/* The first is for virtual machines, the others are for their devices. */
static const char *const config_options[] = {
	"CONFIG_MSHV_ROOT", "CONFIG_VFIO_PCI", "CONFIG_VFIO_DEVICE_CDEV", "CONFIG_IOMMUFD",
	"CONFIG_IRQ_BYPASS_MANAGER",
};
enum { NR_CONFIG_OPTIONS = sizeof(config_options) / sizeof(*config_options) };

/**
 * struct config - the configuration of the kernel that runs
 * @path: where it is
 * @on: which options it has
 */
struct config {
	char path[PATH_MAX];
	bool on[NR_CONFIG_OPTIONS];
};

/* Does the line say that the option is on? CONFIG_X=y or =m. */
static bool is_on(const char *line, const char *option)
{
	size_t length = strlen(option);

	return !strncmp(line, option, length) && line[length] == '=' &&
	       (line[length + 1] == 'y' || line[length + 1] == 'm');
}

static void read_config(struct config *config, FILE *file)
{
	char line[256];

	while (fgets(line, sizeof(line), file))
		for (int i = 0; i < NR_CONFIG_OPTIONS; i++)
			config->on[i] |= is_on(line, config_options[i]);
}

/* What the kernel says itself. */
static bool ask_kernel(struct config *config)
{
	FILE *file;

	snprintf(config->path, sizeof(config->path), "/proc/config.gz");
	if (access(config->path, R_OK))
		return false;
	file = popen("exec zcat /proc/config.gz 2>/dev/null", "re");
	if (!file)
		return false;
	read_config(config, file);
	return !pclose(file);
}

/* Where distributions put it. */
static bool find_config(struct config *config)
{
	static const char *const places[] = { "/boot/config-", "/lib/modules/" };
	static const char *const files[] = { "", "/config" };
	struct utsname name;

	if (uname(&name))
		return false;
	for (int i = 0; i < 2; i++) {
		FILE *file;

		snprintf(config->path, sizeof(config->path), "%s%s%s", places[i], name.release,
			 files[i]);
		file = fopen(config->path, "re");
		if (!file)
			continue;
		read_config(config, file);
		fclose(file);
		return true;
	}
	return false;
}

/* Nothing is said where the configuration cannot be read. */
static void check_config(void)
{
	struct config config = { .path = "" };
	bool all = true;

	if (!ask_kernel(&config)) {
		config = (struct config){ .path = "" };
		if (!find_config(&config))
			return;
	}
	for (int i = 0; i < NR_CONFIG_OPTIONS; i++) {
		if (config.on[i])
			continue;
		report(i ? OPT : BAD, "config", "%s is off in %s: boot a kernel that has it",
		       config_options[i], config.path);
		all = false;
	}
	if (all)
		report(OK, "config", "%s has what is needed", config.path);
}

static void check_extensions(int fd)
{
	uint32_t extension = MSHV_CAP_VP_CONTROL;
	int ret = ioctl(fd, MSHV_CHECK_EXTENSION, &extension);

	if (ret < 0) {
		report(OK, "driver", "Linux's own: no extensions");
		return;
	}
	extension = MSHV_CAP_ROOT_SCHEDULER;
	ret = ioctl(fd, MSHV_CHECK_EXTENSION, &extension);
	report(OK, "driver", "mshvctl's, with the %s scheduler",
	       ret > 0 ? "root" : "hypervisor's own");
}

static const char *remedy(int err)
{
	switch (err) {
	case -ENOENT:
		return "modprobe mshv_root";
	case -EACCES:
	case -EPERM:
		return "usermod -aG mshv USER, and log in anew";
	default:
		return "dmesg | grep mshv tells more";
	}
}

static bool check_device(void)
{
	struct mshv_host *host;
	struct mshv_vm *vm;
	int err = mshv_host_open(NULL, &host);

	if (err)
		return report(BAD, "/dev/mshv", "%s: %s", strerror(-err), remedy(err));
	check_extensions(mshv_host_fd(host));
	err = mshv_vm_create(host, NULL, &vm);
	if (!err) {
		err = mshv_vm_initialize(vm);
		mshv_vm_close(vm);
	}
	mshv_host_close(host);
	if (err)
		return report(BAD, "/dev/mshv", "no virtual machine can be made: %s",
			      strerror(-err));
	return report(OK, "/dev/mshv", "a virtual machine can be made");
}

/* What hands devices to guests. */
static void check_devices(void)
{
	check_remapping();
	if (access("/sys/class/iommu/hv-iommu", F_OK))
		report(OPT, "iommu", "not loaded: modprobe hv_iommu");
	else
		report(OK, "iommu", "hv_iommu: see mshvctl device list");
	if (access("/sys/bus/pci/drivers/vfio-pci", F_OK))
		report(OPT, "vfio", "not loaded: modprobe vfio-pci");
	else
		report(OK, "vfio", "vfio-pci");
}

int cmd_doctor(int argc, char **argv)
{
	struct options options;

	if (!options_read(&options, TAKES_DEVICES | TAKES_JSON | TAKES_TRY, help, argc, argv))
		return options.status;
	if (!options.devices && (options.json || options.try)) {
		complain("doctor: --json and --try are for --devices");
		return EXIT_USAGE;
	}
	if (options.devices) {
#ifndef NO_HOST
		return doctor_devices(options.json, options.try);
#else
		complain("doctor: --devices is not in this program");
		return EXIT_FAILED;
#endif
	}
	/* The kernel is of no importance on a machine that is no such host. */
	if (check_hypervisor() && check_kernel()) {
		check_config();
		check_device();
		check_devices();
	}
	return finish_output(bad ? EXIT_NO : EXIT_OK);
}
