// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl device claim and release: from the host's driver to vfio-pci, and back.
 *
 * hv_iommu becomes the IOMMU driver of a function once no driver is bound to it. So a
 * device is taken from its driver first, then its group is waited for, then vfio-pci is
 * bound. The override keeps other drivers away, and is the only trace that stays.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "device.h"

#define DRIVER "vfio-pci"
/* How long the group may take to appear, in steps of 10 ms. */
#define PATIENCE 500

/* Writes to a file in sysfs, or says that it would. */
static int put(const struct options *options, const char *path, const char *value)
{
	size_t length = strlen(value);
	ssize_t done;
	int fd;

	if (options->dry_run) {
		/* An override is ended by an empty line. */
		printf("echo %s >%s\n", *value == '\n' ? "" : value, path);
		return EXIT_OK;
	}
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	done = fd < 0 ? -1 : write(fd, value, length);
	if (done != (ssize_t)length)
		complain("%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return done == (ssize_t)length ? EXIT_OK : EXIT_FAILED;
}

static int put_attribute(const struct options *options, const struct pci *dev,
			 const char *attribute, const char *value)
{
	char path[PATH_MAX];

	return put(options, path_of(path, "%s/sys/bus/pci/devices/%s/%s", dev->root, dev->name,
				    attribute), value);
}

static int put_bus(const struct options *options, const struct pci *dev, const char *file)
{
	char path[PATH_MAX];

	return put(options, path_of(path, "%s/sys/bus/pci/%s", dev->root, file), dev->name);
}

static bool has_group(const struct pci *dev)
{
	const struct timespec step = { .tv_nsec = 10000000 };
	char group[32];

	for (int i = 0; i < PATIENCE; i++) {
		if (*pci_link(dev, "iommu_group", group, sizeof(group)))
			return true;
		nanosleep(&step, NULL);
	}
	return false;
}

static bool is_bound(const struct pci *dev, const char *driver)
{
	char name[64];

	return !strcmp(pci_link(dev, "driver", name, sizeof(name)), driver);
}

static int unbind(const struct options *options, const struct pci *dev)
{
	char driver[64];

	if (!*pci_link(dev, "driver", driver, sizeof(driver)))
		return EXIT_OK;
	return put_attribute(options, dev, "driver/unbind", dev->name);
}

/* The host's driver gets it again, if it has one. */
static int give_back(const struct options *options, const struct pci *dev)
{
	int status = put_attribute(options, dev, "driver_override", "\n");

	return status ? status : put_bus(options, dev, "drivers_probe");
}

static int bind(const struct options *options, const struct pci *dev)
{
	int status = put_bus(options, dev, "drivers_probe");

	if (status || options->dry_run)
		return status;
	if (is_bound(dev, DRIVER))
		return EXIT_OK;
	complain("%s: " DRIVER " does not take it: see the kernel's log", dev->name);
	return EXIT_FAILED;
}

static int claim(const struct options *options, const struct pci *dev)
{
	int status = put_attribute(options, dev, "driver_override", DRIVER);

	if (!status)
		status = unbind(options, dev);
	if (!status && !options->dry_run && !has_group(dev)) {
		complain("%s: it gets no IOMMU group: is hv_iommu loaded?", dev->name);
		status = EXIT_FAILED;
	}
	if (!status)
		status = bind(options, dev);
	if (status && !options->dry_run && !give_back(options, dev))
		complain("%s: the host's driver has it again", dev->name);
	return status;
}

static int may_claim(const struct pci *dev)
{
	char path[PATH_MAX], why[600];

	if (pci_is_needed(dev, why, sizeof(why)) || pci_is_held(dev, why, sizeof(why))) {
		complain("%s: the host needs it: %s", dev->name, why);
		return EXIT_NO;
	}
	if (access(path_of(path, "%s/sys/bus/pci/drivers/" DRIVER, dev->root), F_OK)) {
		complain(DRIVER " is not loaded: modprobe " DRIVER);
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

int cmd_device_claim(int argc, char **argv)
{
	struct options options;
	struct pci dev;
	int status;

	if (!options_read(&options, TAKES_DRY_RUN | TAKES_ROOT | NEEDS_NAME, device_help(), argc,
			  argv))
		return options.status;
	status = pci_find(options.root, options.name, &dev);
	if (!status && is_bound(&dev, DRIVER))
		return EXIT_OK;
	if (!status)
		status = may_claim(&dev);
	if (!status)
		status = claim(&options, &dev);
	return finish_output(status);
}

static int may_release(const struct pci *dev)
{
	int pid = pci_user(dev);

	if (pid) {
		complain("%s: process %d has it open, for a guest", dev->name, pid);
		return EXIT_NO;
	}
	return EXIT_OK;
}

int cmd_device_release(int argc, char **argv)
{
	struct options options;
	char override[64];
	struct pci dev;
	int status;

	if (!options_read(&options, TAKES_DRY_RUN | TAKES_ROOT | NEEDS_NAME, device_help(), argc,
			  argv))
		return options.status;
	status = pci_find(options.root, options.name, &dev);
	if (status)
		return status;
	/* It may be no more than an override that is left of a claim. */
	if (!is_bound(&dev, DRIVER) &&
	    strcmp(pci_read(&dev, "driver_override", override, sizeof(override)), DRIVER))
		return EXIT_OK;
	status = may_release(&dev);
	if (!status && is_bound(&dev, DRIVER))
		status = unbind(&options, &dev);
	if (!status)
		status = give_back(&options, &dev);
	return finish_output(status);
}
