// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions over a device's registers: what the guest reads and writes is the
 * device, as far and as long as the VMM has it mapped, and never memory of the
 * host. The device is the disk controller that the emulated host comes with;
 * nobody else uses it. Linux's own driver takes the address from where it does
 * not stand, and cannot be shown to do so without harm.
 */
#include <dirent.h>

#include "mshv_test.h"

#define PCI		"/sys/bus/pci/devices/"
#define AHCI_CLASS	0x010601
#define AHCI_BAR	5

/* Registers of the device. */
#define AHCI_VERSION	0x10
#define AHCI_PORT0_LIST	0x100	/* bits 10 to 31 keep what is written */

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

/* A descriptor of its registers, which are switched on. */
static int open_device(void)
{
	DIR *dir = opendir(PCI);
	struct dirent *entry;
	char path[300];
	int fd = -ENODEV;

	while (dir && (entry = readdir(dir))) {
		if (read_number(entry->d_name, "class") != AHCI_CLASS)
			continue;
		snprintf(path, sizeof(path), PCI "%s/enable", entry->d_name);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd >= 0) {
			if (write(fd, "1", 1) != 1)
				perror(path);
			close(fd);
		}
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
	int fd;
	volatile uint8_t *bar;
};

static bool is_l1vh(void)
{
	const char *partition = getenv("MSHV_PARTITION");

	return partition && !strcmp(partition, "l1vh");
}

FIXTURE_SETUP(mmio)
{
	void *p;

	if (mshv_driver_is_in_tree())
		SKIP(return, "Linux's own driver maps another address than the device's");
	if (is_l1vh())
		SKIP(return, "L1VH maps registers of attached devices alone");
	self->fd = open_device();
	if (self->fd < 0)
		SKIP(return, "there is no disk controller (class 0x010601)");
	p = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	self->bar = p;
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
}

FIXTURE_TEARDOWN(mmio)
{
	mshv_vm_close(&self->vm);
	if (self->bar)
		munmap((void *)self->bar, PAGE_SIZE);
	if (self->fd >= 0)
		close(self->fd);
}

#define bar32(offset)	(*(volatile uint32_t *)(self->bar + (offset)))

/* The next run reads, or writes, four bytes at @gpa. */
#define expect_intercept(type, gpa)					\
	do {								\
		test_run(self->vp, type);				\
		EXPECT_EQ((uint64_t)(gpa), mshv_payload(self->vp,	\
			  struct hv_x64_memory_intercept_message)->guest_physical_address); \
	} while (0)

TEST_F(mmio, guest_reads_the_device)
{
	ASSERT_NE(0, bar32(AHCI_VERSION));
	test_map(self->vm.fd, (void *)self->bar, PAGE_SIZE, MMIO_GFN, MEM_RW);
	test_guest_reads(GUEST_MMIO + AHCI_VERSION, bar32(AHCI_VERSION));
	bar32(AHCI_PORT0_LIST) = 0x11110400;
	test_guest_reads(GUEST_MMIO + AHCI_PORT0_LIST, 0x11110400);
	bar32(AHCI_PORT0_LIST) = 0x22220800;
	test_guest_reads(GUEST_MMIO + AHCI_PORT0_LIST, 0x22220800);
}

TEST_F(mmio, guest_writes_to_the_device)
{
	test_map(self->vm.fd, (void *)self->bar, PAGE_SIZE, MMIO_GFN, MEM_RW);
	test_start_write(GUEST_MMIO + AHCI_PORT0_LIST, 0x12345400);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	EXPECT_EQ(0x12345400, bar32(AHCI_PORT0_LIST));
}

TEST_F(mmio, region_for_reading_is_not_written)
{
	bar32(AHCI_PORT0_LIST) = 0x400;
	test_map(self->vm.fd, (void *)self->bar, PAGE_SIZE, MMIO_GFN, MEM_RO);
	test_guest_reads(GUEST_MMIO + AHCI_PORT0_LIST, 0x400);
	test_start_write(GUEST_MMIO + AHCI_PORT0_LIST, 0x12345400);
	expect_intercept(HVMSG_GPA_INTERCEPT, GUEST_MMIO + AHCI_PORT0_LIST);
	EXPECT_EQ(0x400, bar32(AHCI_PORT0_LIST));
}

TEST_F(mmio, mapping_for_reading_is_not_written)
{
	void *p = mmap(NULL, PAGE_SIZE, PROT_READ, MAP_SHARED, self->fd, 0);

	ASSERT_NE(MAP_FAILED, p);
	bar32(AHCI_PORT0_LIST) = 0x400;
	test_map(self->vm.fd, p, PAGE_SIZE, MMIO_GFN, MEM_RW);
	test_start_write(GUEST_MMIO + AHCI_PORT0_LIST, 0x12345400);
	expect_intercept(HVMSG_UNMAPPED_GPA, GUEST_MMIO + AHCI_PORT0_LIST);
	test_guest_reads(GUEST_MMIO + AHCI_PORT0_LIST, 0x400);
	test_start_write(GUEST_MMIO + AHCI_PORT0_LIST, 0x12345400);
	expect_intercept(HVMSG_GPA_INTERCEPT, GUEST_MMIO + AHCI_PORT0_LIST);
	EXPECT_EQ(0x400, bar32(AHCI_PORT0_LIST));
	munmap(p, PAGE_SIZE);
}

TEST_F(mmio, device_is_gone_when_the_region_is_unmapped)
{
	test_map(self->vm.fd, (void *)self->bar, PAGE_SIZE, MMIO_GFN, MEM_RW);
	test_guest_reads(GUEST_MMIO + AHCI_VERSION, bar32(AHCI_VERSION));
	test_unmap(self->vm.fd, (void *)self->bar, PAGE_SIZE, MMIO_GFN);
	test_start_read(GUEST_MMIO + AHCI_VERSION);
	expect_intercept(HVMSG_UNMAPPED_GPA, GUEST_MMIO + AHCI_VERSION);
}

/* As a driver of the host does when it resets the device or takes it back. */
TEST_F(mmio, device_is_gone_when_the_vmm_unmaps_it)
{
	void *p = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);

	ASSERT_NE(MAP_FAILED, p);
	test_map(self->vm.fd, p, PAGE_SIZE, MMIO_GFN, MEM_RW);
	test_guest_reads(GUEST_MMIO + AHCI_VERSION, bar32(AHCI_VERSION));
	ASSERT_EQ(0, munmap(p, PAGE_SIZE));
	test_start_read(GUEST_MMIO + AHCI_VERSION);
	expect_intercept(HVMSG_UNMAPPED_GPA, GUEST_MMIO + AHCI_VERSION);

	/* and is there again with its mapping */
	ASSERT_EQ(p, mmap(p, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			  self->fd, 0));
	test_guest_reads(GUEST_MMIO + AHCI_VERSION, bar32(AHCI_VERSION));
	munmap(p, PAGE_SIZE);
}

TEST_F(mmio, region_may_be_larger_than_the_mapping)
{
	uint8_t *room = mmap(NULL, 3 * PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, room);
	ASSERT_EQ(0, munmap(room + 2 * PAGE_SIZE, PAGE_SIZE));
	ASSERT_EQ(room, mmap(room, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			     self->fd, 0));
	test_map(self->vm.fd, room, 3 * PAGE_SIZE, MMIO_GFN, MEM_RW);
	test_guest_reads(GUEST_MMIO + AHCI_VERSION, bar32(AHCI_VERSION));
	test_start_read(GUEST_MMIO + PAGE_SIZE);
	expect_intercept(HVMSG_UNMAPPED_GPA, GUEST_MMIO + PAGE_SIZE);
	test_start_read(GUEST_MMIO + 2 * PAGE_SIZE);
	expect_intercept(HVMSG_UNMAPPED_GPA, GUEST_MMIO + 2 * PAGE_SIZE);
	munmap(room, 2 * PAGE_SIZE);
}

FIXTURE(devmem) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
	int fd;
};

FIXTURE_SETUP(devmem)
{
	if (mshv_driver_is_in_tree())
		SKIP(return, "Linux's own driver maps another address than is mapped");
	if (is_l1vh())
		SKIP(return, "L1VH maps registers of attached devices alone");
	self->fd = open("/dev/mem", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd)
		TH_LOG("the kernel lacks CONFIG_DEVMEM");
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
}

FIXTURE_TEARDOWN(devmem)
{
	mshv_vm_close(&self->vm);
	if (self->fd >= 0)
		close(self->fd);
}

/* Each page of a region is the one that belongs there. */
TEST_F(devmem, pages_of_a_large_mapping_keep_their_order)
{
	uint8_t *rom = mmap(NULL, ROM_SIZE, PROT_READ, MAP_SHARED, self->fd, ROM);
	const unsigned int skipped = 3;
	unsigned int i;

	ASSERT_NE(MAP_FAILED, rom);
	/* the first region page is not the first of the mapping */
	test_map(self->vm.fd, rom + skipped * PAGE_SIZE, ROM_SIZE - skipped * PAGE_SIZE,
		 MMIO_GFN, MEM_RO);
	for (i = 0; i < ROM_SIZE / PAGE_SIZE - skipped; i++) {
		const uint8_t *page = rom + (skipped + i) * PAGE_SIZE;
		unsigned int at = i * 444 % PAGE_SIZE & ~3;

		test_guest_reads(GUEST_MMIO + i * PAGE_SIZE + at, *(volatile uint32_t *)(page + at));
	}
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
TEST_F(devmem, memory_of_the_host_is_refused)
{
	uint32_t *secret = mshv_alloc(PAGE_SIZE);
	volatile uint32_t *same;
	uint64_t where;

	ASSERT_NE(NULL, secret);
	*secret = 0x5ec1e7;
	where = physical(secret);
	ASSERT_NE(0, where);
	same = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, where);
	ASSERT_NE(MAP_FAILED, same);
	ASSERT_EQ(0x5ec1e7, *same);

	test_map(self->vm.fd, (void *)same, PAGE_SIZE, MMIO_GFN, MEM_RW);
	test_start_read(GUEST_MMIO);
	expect_intercept(HVMSG_UNMAPPED_GPA, GUEST_MMIO);
	test_start_write(GUEST_MMIO, 0);
	expect_intercept(HVMSG_UNMAPPED_GPA, GUEST_MMIO);
	EXPECT_EQ(0x5ec1e7, *secret);
	test_unmap(self->vm.fd, (void *)same, PAGE_SIZE, MMIO_GFN);
	munmap((void *)same, PAGE_SIZE);
	munmap(secret, PAGE_SIZE);
}

TEST_HARNESS_MAIN
