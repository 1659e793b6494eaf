// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl doctor: whether this host can run virtual machines on /dev/mshv, and
 * what is to be done where it can't. One line for each thing that is looked at.
 */
#include <errno.h>
#include <hvabi/cpuid.h>
#include <linux/mshv.h>
#include <mshvctl/mshvctl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "mshvctl.h"

/* The first kernel that the drivers are made for. */
#define KERNEL_MAJOR 7
#define KERNEL_MINOR 2

static const char help[] =
	"usage: mshvctl doctor\n"
	"\n"
	"Looks whether this host can run virtual machines on /dev/mshv. Each line begins\n"
	"with ok, or with BAD where something is to be done. The exit status is 1 if there\n"
	"is such a line.\n";

static bool bad;

/* report(): a line about @topic; returns @fine. */
__attribute__((format(printf, 3, 4)))
static bool report(bool fine, const char *topic, const char *format, ...)
{
	va_list args;

	printf("%-4s %-10s ", fine ? "ok" : "BAD", topic);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	bad |= !fine;
	return fine;
}

#if defined(__x86_64__)
static bool check_hypervisor(void)
{
	uint32_t max, ebx, ecx, edx, build, version, features;
	char vendor[13] = "";

	__cpuid(1, max, ebx, ecx, edx);
	if (!(ecx >> 31))
		return report(false, "Hyper-V", "this machine runs on no hypervisor");
	__cpuid(HYPERV_CPUID_VENDOR_AND_MAX_FUNCTIONS, max, ebx, ecx, edx);
	memcpy(vendor, &ebx, 4);
	memcpy(vendor + 4, &ecx, 4);
	memcpy(vendor + 8, &edx, 4);
	if (strcmp(vendor, "Microsoft Hv") || max < HYPERV_CPUID_FEATURES)
		return report(false, "Hyper-V", "the hypervisor below is another one: '%s'",
			      vendor);
	__cpuid(HYPERV_CPUID_VERSION, build, version, ecx, edx);
	report(true, "Hyper-V", "version %u.%u, build %u", version >> 16, version & 0xffff,
	       build);
	__cpuid(HYPERV_CPUID_FEATURES, max, features, ecx, edx);
	if (!(features & HV_CREATE_PARTITIONS))
		return report(false, "partition", "a guest, that may not create partitions");
	return report(true, "partition", "%s",
		      features & HV_CPU_MANAGEMENT ? "root" : "L1 virtual host (L1VH)");
}
#else
/* What tells it on arm64 is for the kernel alone: the driver's checks have to do. */
static bool check_hypervisor(void)
{
	return true;
}
#endif

static bool check_kernel(void)
{
	unsigned int major, minor;
	struct utsname name;

	if (uname(&name) || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return report(false, "kernel", "no release can be read");
	if (major < KERNEL_MAJOR || (major == KERNEL_MAJOR && minor < KERNEL_MINOR))
		return report(false, "kernel", "%s: %u.%u or later is needed", name.release,
			      KERNEL_MAJOR, KERNEL_MINOR);
	return report(true, "kernel", "%s", name.release);
}

static void check_extensions(int fd)
{
	uint32_t extension = MSHV_CAP_VP_CONTROL;
	int ret = ioctl(fd, MSHV_CHECK_EXTENSION, &extension);

	if (ret < 0) {
		report(true, "driver", "Linux's own: no extensions");
		return;
	}
	extension = MSHV_CAP_ROOT_SCHEDULER;
	ret = ioctl(fd, MSHV_CHECK_EXTENSION, &extension);
	report(true, "driver", "mshvctl's, with the %s scheduler",
	       ret > 0 ? "root" : "hypervisor's own");
}

static const char *remedy(int err)
{
	switch (err) {
	case -ENOENT:
		return "load mshv_root, of a kernel with CONFIG_MSHV_ROOT";
	case -EACCES:
	case -EPERM:
		return "only root may use it";
	default:
		return "see the kernel's log";
	}
}

static bool check_device(void)
{
	struct mshv_host *host;
	struct mshv_vm *vm;
	int err = mshv_host_open(NULL, &host);

	if (err)
		return report(false, "/dev/mshv", "%s: %s", strerror(-err), remedy(err));
	check_extensions(mshv_host_fd(host));
	err = mshv_vm_create(host, NULL, &vm);
	if (!err) {
		err = mshv_vm_initialize(vm);
		mshv_vm_close(vm);
	}
	mshv_host_close(host);
	if (err)
		return report(false, "/dev/mshv", "no virtual machine can be made: %s",
			      strerror(-err));
	return report(true, "/dev/mshv", "a virtual machine can be made");
}

int cmd_doctor(int argc, char **argv)
{
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(help, stdout);
		return finish_output(EXIT_OK);
	}
	if (argc > 1) {
		complain("doctor: unexpected argument '%s' (see --help)", argv[1]);
		return EXIT_USAGE;
	}
	/* The kernel is of no importance on a machine that is no such host. */
	if (check_hypervisor() && check_kernel())
		check_device();
	return finish_output(bad ? EXIT_NO : EXIT_OK);
}
