// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers of devices that no IOMMU keeps from the host's memory are not given to a guest:
 * who can program such a device has all of the host. Nor is anything else that is mapped
 * and is no memory of the process. Those that VFIO has mapped are pt_bar's.
 *
 * Linux's own driver takes the address from where it does not stand, and cannot be
 * asked without harm.
 */
#include <dirent.h>

#include "mshv_test.h"

#define PCI		"/sys/bus/pci/devices/"
#define AHCI_CLASS	0x010601
#define AHCI_BAR	5

#define MMIO_GFN	(GUEST_MMIO / PAGE_SIZE)

/* The end of the firmware, right below 4 GiB. */
#define ROM		0xffff0000UL
#define ROM_SIZE	0x10000UL

static unsigned long read_number(const char *device, const char *file)
{
	char path[300], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), PCI "%s/%s", device, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strtoul(text, NULL, 0);
}

/* A descriptor of the registers of the disk controller that the machine comes with. */
static int open_device(void)
{
	DIR *dir = opendir(PCI);
	struct dirent *entry;
	char path[300];
	int fd = -ENODEV;

	while (dir && (entry = readdir(dir))) {
		if (read_number(entry->d_name, "class") != AHCI_CLASS)
			continue;
		snprintf(path, sizeof(path), PCI "%s/resource%d", entry->d_name, AHCI_BAR);
		fd = open(path, O_RDWR | O_CLOEXEC);
		break;
	}
	if (dir)
		closedir(dir);
	return fd;
}

FIXTURE(mmio) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
	int mem;
};

FIXTURE_SETUP(mmio)
{
	if (mshv_driver_is_in_tree())
		SKIP(return, "Linux's own driver maps another address than is mapped");
	self->mem = open("/dev/mem", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->mem)
		TH_LOG("the kernel lacks CONFIG_DEVMEM");
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
}

FIXTURE_TEARDOWN(mmio)
{
	mshv_vm_close(&self->vm);
	if (self->mem >= 0)
		close(self->mem);
}

/* The next run reads four bytes at @gpa, in vain. */
#define expect_not_there(gpa)						\
	do {								\
		test_start_read(gpa);					\
		test_run(self->vp, HVMSG_UNMAPPED_GPA);			\
		EXPECT_EQ((uint64_t)(gpa), mshv_payload(self->vp,	\
			  struct hv_x64_memory_intercept_message)->guest_physical_address); \
	} while (0)

TEST_F(mmio, registers_from_sysfs)
{
	int fd = open_device();
	void *bar;

	if (fd < 0)
		SKIP(return, "there is no disk controller (class 0x010601)");
	bar = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, bar);
	test_err_map(EACCES, self->vm.fd, bar, PAGE_SIZE, MMIO_GFN, MEM_RW);
	test_err_map(EACCES, self->vm.fd, bar, PAGE_SIZE, MMIO_GFN, MEM_RO);
	/* the place stays free */
	expect_not_there(GUEST_MMIO);
	test_err_unmap(ENOENT, self->vm.fd, bar, PAGE_SIZE, MMIO_GFN);
	munmap(bar, PAGE_SIZE);
	close(fd);
}

TEST_F(mmio, anything_by_dev_mem)
{
	void *rom = mmap(NULL, ROM_SIZE, PROT_READ, MAP_SHARED, self->mem, ROM);

	ASSERT_NE(MAP_FAILED, rom);
	test_err_map(EACCES, self->vm.fd, rom, ROM_SIZE, MMIO_GFN, MEM_RO);
	munmap(rom, ROM_SIZE);
}

/* The physical address of a page of this process. */
static uint64_t physical(void *p)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;

	if (fd < 0)
		return 0;
	if (pread(fd, &entry, sizeof(entry), (uintptr_t)p / PAGE_SIZE * 8) != sizeof(entry))
		entry = 0;
	close(fd);
	return entry & BIT(63) ? (entry & (BIT(55) - 1)) * PAGE_SIZE : 0;
}

/* Whoever may map all memory of the host may still not give it to a guest. */
TEST_F(mmio, memory_of_the_host)
{
	uint32_t *secret = mshv_alloc(PAGE_SIZE);
	volatile uint32_t *same;
	uint64_t where;

	ASSERT_NE(NULL, secret);
	*secret = 0x5ec1e7;
	where = physical(secret);
	ASSERT_NE(0, where);
	same = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, self->mem, where);
	ASSERT_NE(MAP_FAILED, same);
	ASSERT_EQ(0x5ec1e7, *same);

	test_err_map(EACCES, self->vm.fd, (void *)same, PAGE_SIZE, MMIO_GFN, MEM_RW);
	munmap((void *)same, PAGE_SIZE);
	munmap(secret, PAGE_SIZE);
}

/* The driver's own page of a processor, which is memory of the hypervisor's. */
TEST_F(mmio, register_page)
{
	test_ok(mshv_vp_map_page(self->vp));
	test_err_map(EACCES, self->vm.fd, self->vp->page, PAGE_SIZE, MMIO_GFN, MEM_RW);
}

/* Under a region that was made when there was memory. */
TEST_F(mmio, what_takes_the_place_of_memory)
{
	uint8_t *p = mshv_alloc(2 * PAGE_SIZE);

	ASSERT_NE(NULL, p);
	*(uint32_t *)p = 0x1234;
	test_map(self->vm.fd, p, 2 * PAGE_SIZE, MMIO_GFN, MEM_RW);
	test_guest_reads(GUEST_MMIO, 0x1234);
	ASSERT_EQ(p, mmap(p, 2 * PAGE_SIZE, PROT_READ, MAP_SHARED | MAP_FIXED, self->mem, ROM));
	test_start_read(GUEST_MMIO);
	test_run(self->vp, HVMSG_GPA_INTERCEPT);
	test_start_read(GUEST_MMIO + PAGE_SIZE);
	test_run(self->vp, HVMSG_GPA_INTERCEPT);
	munmap(p, 2 * PAGE_SIZE);
}

TEST_HARNESS_MAIN
