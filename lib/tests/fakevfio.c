// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A kernel with one VM and VFIO. Numbers are written out, as the kernel has them.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fakevfio.h"
#include "mock.h"

enum {
	FD_MSHV = 10, FD_VM, FD_BRIDGE, FD_CONTAINER, FD_IOMMUFD, FD_GROUP, FD_CDEV, FD_DEVICE,
};

struct fakevfio fakevfio;

static uint8_t bar[FAKE_BAR_SIZE];

/* Returns what the call returns if it is the one that fails, else @ret. */
__attribute__((format(printf, 2, 3))) static int say(int ret, const char *format, ...)
{
	size_t used = strlen(fakevfio.log);
	char *word = fakevfio.log + used + (used ? 1 : 0);
	va_list args;

	if (used)
		fakevfio.log[used] = ' ';
	va_start(args, format);
	vsnprintf(word, sizeof(fakevfio.log) - used - 1, format, args);
	va_end(args);
	if (fakevfio.fails && !strncmp(word, fakevfio.fails, strlen(fakevfio.fails)))
		return fakevfio.error;
	return ret;
}

static int fake_open(const char *path, int flags)
{
	static const struct { const char *path; int fd; } files[] = {
		{ "/dev/mshv", FD_MSHV }, { "/dev/vfio/vfio", FD_CONTAINER },
		{ "/dev/iommu", FD_IOMMUFD }, { "/dev/vfio/7", FD_GROUP },
		{ "/dev/vfio/devices/vfio3", FD_CDEV },
	};

	(void)flags;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (!strcmp(path, files[i].path))
			return say(files[i].fd, "open(%s)", path);
	return -ENOENT;
}

static void fake_close(int fd)
{
	say(0, "close(%d)", fd);
}

static uint64_t number(const void *arg, size_t offset, size_t size)
{
	uint64_t value = 0;

	memcpy(&value, (const uint8_t *)arg + offset, size);
	return value;
}

static int get_region(uint8_t *arg)
{
	uint32_t index = (uint32_t)number(arg, 8, 4);
	uint32_t flags = index ? 3 : 7;
	uint64_t size = index == 7 ? 256 : index ? 0 : FAKE_BAR_SIZE;
	uint64_t offset = (uint64_t)index << 40;

	memcpy(arg + 4, &flags, 4);
	memcpy(arg + 16, &size, 8);
	memcpy(arg + 24, &offset, 8);
	return 0;
}

static int put(void *arg, size_t offset, uint32_t value)
{
	memcpy((uint8_t *)arg + offset, &value, 4);
	return 0;
}

static int on_vm(unsigned long request, void *arg)
{
	switch (request) {
	case 0x4020b802:
		return say(0, "%s(%llx,%llx,%x)",
			   number(arg, 24, 1) & 4 ? "unset" : "set",
			   (unsigned long long)number(arg, 8, 8) << 12,
			   (unsigned long long)number(arg, 0, 8),
			   (unsigned int)number(arg, 24, 1));
	case 0xc00cb808:
		CHECK_EQ(number(arg, 0, 4), 0);
		CHECK_EQ(number(arg, 8, 4), 0);
		put(arg, 4, FD_BRIDGE);
		return say(0, "bridge");
	default:
		CHECK(!"an ioctl of a partition");
		return 0;
	}
}

static int on_vfio(int fd, unsigned long request, void *arg)
{
	switch (request) {
	case 0x3b64:
		return say(0, "version");
	case 0x3b65:
		CHECK_EQ((uintptr_t)arg, 3);
		return say(1, "extension");
	case 0x3b66:
		CHECK_EQ((uintptr_t)arg, 3);
		return say(0, "type1v2");
	case 0x3b67:
		put(arg, 4, say(1, "status") == 1);
		return 0;
	case 0x3b68:
		CHECK_EQ(*(int *)arg, FD_CONTAINER);
		return say(0, "container");
	case 0x3b6a:
		CHECK(!strcmp(arg, FAKE_DEVICE));
		return say(FD_DEVICE, "device");
	case 0x3b6c:
		return fakevfio.fails && !strcmp(fakevfio.fails, "regions") ?
		       fakevfio.error : get_region(arg);
	case 0x3b6e:
		memcpy(fakevfio.irqs, arg, number(arg, 0, 4) < 64 ? number(arg, 0, 4) : 64);
		return say(0, "irqs");
	case 0x3b6f:
		return say(0, "reset");
	case 0x3b71:
		return say(0, "dma(%llx,%llx,%x)", (unsigned long long)number(arg, 16, 8),
			   (unsigned long long)number(arg, 24, 8),
			   (unsigned int)number(arg, 4, 4));
	case 0x3b72:
		return say(0, "undma(%llx,%llx)", (unsigned long long)number(arg, 8, 8),
			   (unsigned long long)number(arg, 16, 8));
	case 0x3b76:
		CHECK_EQ(number(arg, 8, 4), FD_IOMMUFD);
		put(arg, 12, 21);
		return say(0, "bind");
	case 0x3b77:
		return say(0, "attach(%d)", (int)number(arg, 8, 4));
	case 0x3b78:
		return say(0, "detach");
	default:
		test_note("an ioctl of VFIO");
		CHECK_EQ(request, fd);
		return 0;
	}
}

static int on_iommufd(unsigned long request, void *arg)
{
	switch (request) {
	case 0x3b80:
		return say(0, "destroy(%d)", (int)number(arg, 4, 4));
	case 0x3b81:
		put(arg, 8, 31);
		return say(0, "ioas");
	case 0x3b85:
		CHECK_EQ(number(arg, 8, 4), 31);
		return say(0, "dma(%llx,%llx,%x)", (unsigned long long)number(arg, 32, 8),
			   (unsigned long long)number(arg, 24, 8),
			   (unsigned int)number(arg, 4, 4));
	case 0x3b86:
		CHECK_EQ(number(arg, 4, 4), 31);
		return say(0, "undma(%llx,%llx)", (unsigned long long)number(arg, 8, 8),
			   (unsigned long long)number(arg, 16, 8));
	case 0x3b89:
		CHECK_EQ(number(arg, 8, 4), 21);
		put(arg, 16, number(arg, 4, 4) ? 41 : 43);
		return say(0, number(arg, 4, 4) ? "parent(%d)" : "nested(%d)",
			   (int)number(arg, 12, 4));
	case 0x3b90:
		CHECK_EQ(number(arg, 8, 4), 0x4d534856);
		CHECK_EQ(*(int *)(uintptr_t)number(arg, 32, 8), FD_VM);
		put(arg, 20, 42);
		return say(0, "viommu(%d)", (int)number(arg, 16, 4));
	case 0x3b91:
		CHECK_EQ(number(arg, 8, 4), 21);
		put(arg, 12, 51);
		return say(0, "vdevice(%d,%llx)", (int)number(arg, 4, 4),
			   (unsigned long long)number(arg, 16, 8));
	default:
		CHECK(!"an ioctl of iommufd");
		return 0;
	}
}

static int fake_ioctl(int fd, unsigned long request, void *arg)
{
	if (fd == FD_MSHV) {
		CHECK_EQ(request, 0x4010b800);
		return FD_VM;
	}
	if (fd == FD_VM)
		return on_vm(request, arg);
	if (fd == FD_BRIDGE) {
		CHECK_EQ(request, 0x4018b800);
		return say(0, "file(%d,%d)", (int)number(arg, 8, 8),
			   *(int32_t *)(uintptr_t)number(arg, 16, 8));
	}
	return fd == FD_IOMMUFD ? on_iommufd(request, arg) : on_vfio(fd, request, arg);
}

static int fake_map(int fd, size_t size, uint64_t offset, void **addr)
{
	(void)fd;
	*addr = bar;
	return say(0, "mmap(%llx,%zx)", (unsigned long long)offset, size);
}

static void fake_unmap(void *addr, size_t size)
{
	CHECK(addr == bar);
	say(0, "munmap(%zx)", size);
}

static int64_t fake_read(int fd, void *bytes, size_t size, uint64_t offset)
{
	(void)fd;
	memset(bytes, 0x5a, size);
	return say((int)size, "read(%llx,%zx)", (unsigned long long)offset, size);
}

static int64_t fake_write(int fd, const void *bytes, size_t size, uint64_t offset)
{
	(void)fd;
	(void)bytes;
	return say((int)size, "write(%llx,%zx)", (unsigned long long)offset, size);
}

void fakevfio_start(void)
{
	static const struct mock_files files = {
		.open = fake_open,
		.close = fake_close,
		.map = fake_map,
		.unmap = fake_unmap,
		.read_at = fake_read,
		.write_at = fake_write,
		.read_link = fakesysfs_read_link,
		.find = fakesysfs_find,
	};

	memset(&fakevfio, 0, sizeof(fakevfio));
	fakevfio.links = fakesysfs_ready_links;
	fakevfio.names = fakesysfs_ready_names;
	mock_files(&files);
	mock_ioctl(fake_ioctl);
	CHECK_EQ(mshv_host_open(NULL, &fakevfio.host), 0);
	CHECK_EQ(mshv_vm_create(fakevfio.host, NULL, &fakevfio.vm), 0);
	fakevfio.log[0] = '\0';
}

void fakevfio_finish(void)
{
	mshv_vm_close(fakevfio.vm);
	mshv_host_close(fakevfio.host);
	CHECK_LOG("close(11) close(10)");
	mock_ioctl(NULL);
	mock_files(NULL);
}

void fakevfio_check(const char *file, int line, const char *wanted)
{
	if (strcmp(fakevfio.log, wanted)) {
		printf("# is:     %s\n# wanted: %s\n", fakevfio.log, wanted);
		test_fail(file, line, "the kernel is asked for this", 0, 1);
	}
	fakevfio.log[0] = '\0';
}
