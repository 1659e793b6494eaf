// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices that come and go while the guest runs: a thread reads commands from a FIFO, a line
 * each:
 *
 *   add ADDRESS[,attach=mapped|container|direct]
 *   remove ADDRESS
 *
 * The bus has no way to tell the guest: who adds a device has the guest look for it, and who
 * removes one has it let go of it before.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run.h"

#define COMMAND_MAX 256 /* bytes of a line */

static struct {
	pthread_t thread;
	bool running;
	int stop;
	int fifo;
} hotplug = { .stop = -1, .fifo = -1 };

static int parse_way(const char *text, enum mshv_iommu_kind *kind)
{
	static const struct { const char *text; enum mshv_iommu_kind kind; } ways[] = {
		{ "attach=mapped", MSHV_IOMMU_IOAS },
		{ "attach=container", MSHV_IOMMU_CONTAINER },
		{ "attach=direct", MSHV_IOMMU_PARTITION },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (!strcmp(text, ways[i].text)) {
			*kind = ways[i].kind;
			return 0;
		}
	return -EINVAL;
}

int hotplug_parse(const char *before, const char *text, struct device_option *device)
{
	const char *comma = strchr(text, ',');
	size_t n = comma ? (size_t)(comma - text) : strlen(text);

	device->kind = MSHV_IOMMU_IOAS;
	if (!n || n >= sizeof(device->address)) {
		complain(0, "%s%s: want an address, and perhaps ,attach=...", before, text);
		return -EINVAL;
	}
	if (comma && parse_way(comma + 1, &device->kind)) {
		complain(0, "%s%s: want attach=mapped, container or direct", before, text);
		return -EINVAL;
	}
	memcpy(device->address, text, n);
	device->address[n] = '\0';
	return 0;
}

static void add(struct machine *m, const char *text)
{
	struct device_option device;

	if (!hotplug_parse("add ", text, &device) && !pci_add(m, &device))
		complain(0, "%s: added", device.address);
}

static void remove_device(const char *address)
{
	if (pci_remove(address))
		complain(0, "%s: the guest does not have it", address);
	else
		complain(0, "%s: removed", address);
}

static void command(struct machine *m, const char *line)
{
	if (!strncmp(line, "add ", 4))
		add(m, line + 4);
	else if (!strncmp(line, "remove ", 7))
		remove_device(line + 7);
	else if (*line)
		complain(0, "--control: want add or remove, and an address: %s", line);
}

/*
 * Take whole lines out of what was read. Returns what is left. A line that is longer than any
 * command is none, and nor is its end.
 */
static size_t take_lines(struct machine *m, char *bytes, size_t n, bool *too_long)
{
	char *end;

	while ((end = memchr(bytes, '\n', n))) {
		size_t used = (size_t)(end - bytes) + 1;

		*end = '\0';
		if (*too_long)
			complain(0, "--control: a line is too long");
		else
			command(m, bytes);
		*too_long = false;
		n -= used;
		memmove(bytes, bytes + used, n);
	}
	if (n < COMMAND_MAX)
		return n;
	*too_long = true;
	return 0;
}

static void *run(void *argument)
{
	struct machine *m = argument;
	struct pollfd fds[2] = {
		{ .fd = hotplug.stop, .events = POLLIN },
		{ .fd = hotplug.fifo, .events = POLLIN },
	};
	char bytes[COMMAND_MAX];
	bool too_long = false;
	size_t n = 0;

	while (!atomic_load(&m->stop)) {
		ssize_t got;

		if (poll(fds, 2, -1) < 0 || !(fds[1].revents & POLLIN))
			continue;
		got = read(hotplug.fifo, bytes + n, sizeof(bytes) - n);
		if (got > 0)
			n = take_lines(m, bytes, n + (size_t)got, &too_long);
	}
	return NULL;
}

/* It is a writer, too, so that there is one as long as there is a machine. */
static int open_fifo(const char *path)
{
	struct stat s;
	int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &s) && S_ISFIFO(s.st_mode))
		return fd;
	close(fd);
	return -ESPIPE;
}

int hotplug_start(struct machine *m)
{
	const char *path = m->options->control;
	int err;

	if (!path)
		return 0;
	hotplug.fifo = open_fifo(path);
	if (hotplug.fifo == -ESPIPE) {
		complain(0, "--control=%s: this is no FIFO: mkfifo makes one", path);
		return -ESPIPE;
	}
	hotplug.stop = eventfd(0, EFD_CLOEXEC);
	err = hotplug.fifo < 0 ? hotplug.fifo : hotplug.stop < 0 ? -errno :
	      -pthread_create(&hotplug.thread, NULL, run, m);
	hotplug.running = !err;
	if (err) {
		complain(err, "--control=%s", path);
		hotplug_stop();
	}
	return err;
}

void hotplug_stop(void)
{
	if (hotplug.running) {
		/* Its counter cannot overflow, so this does not fail. */
		eventfd_write(hotplug.stop, 1);
		pthread_join(hotplug.thread, NULL);
		hotplug.running = false;
	}
	if (hotplug.stop >= 0)
		close(hotplug.stop);
	if (hotplug.fifo >= 0)
		close(hotplug.fifo);
	hotplug.stop = -1;
	hotplug.fifo = -1;
}
