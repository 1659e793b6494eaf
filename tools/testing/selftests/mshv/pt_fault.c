// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a device is refused harms nobody, and is told: by a count, an event, and one line of
 * the kernel's log in a minute. For this the hypervisor has to tell; minihv does by a knob
 * (dev=messages).
 */
#include <time.h>

#include "mshv_edu.h"
#include "mshv_test.h"
#include "netlink_client.h"

#define IOVA		0x1000000UL
#define NOWHERE		0x8000000UL	/* nothing is ever mapped there */
#define LOGICAL_ID	0x5a5a
#define QUIET_S		60

FIXTURE(refused) {
	struct mshv_vfio dev;
	struct mshv_vm vm;
	struct nl nl;
	uint8_t *memory;
	uint32_t pt;
};

FIXTURE_VARIANT(refused) {
	bool attached;
};

FIXTURE_VARIANT_ADD(refused, mapped) {
	.attached = false,
};

FIXTURE_VARIANT_ADD(refused, attached) {
	.attached = true,
};

FIXTURE_SETUP(refused)
{
	uint32_t viommu;

	self->nl.fd = -1;
	if (!mshv_iommu_present())
		SKIP(return, "hv_iommu is not loaded");
	if (!mshv_knob("messages"))
		SKIP(return, "minihv tells nobody (--fault=dev=messages)");
	if (mshv_on_l1vh() && !variant->attached)
		SKIP(return, "L1VH has no domains");
	if (mshv_vfio_find(&self->dev, EDU_VENDOR, EDU_DEVICE))
		SKIP(return, "there is no edu device");
	test_ok(mshv_vm_setup(&self->vm));
	self->memory = mshv_alloc(4 * PAGE_SIZE);
	ASSERT_NE(NULL, self->memory);
	test_ok(mshv_vfio_bind(&self->dev));
	test_ok(mshv_vfio_open_cdev(&self->dev));
	self->pt = self->dev.ioas;
	if (variant->attached) {
		viommu = test_fd(mshv_alloc_viommu(&self->dev,
			test_fd(mshv_alloc_parent(&self->dev)), self->vm.fd));
		test_fd(mshv_alloc_vdevice(&self->dev, viommu, LOGICAL_ID));
		self->pt = test_fd(mshv_alloc_nested(&self->dev, viommu));
	}
	test_ok(mshv_vfio_attach(&self->dev, &self->pt));
	test_ok(mshv_vfio_registers(&self->dev));
	test_ok(nl_open(&self->nl));
}

FIXTURE_TEARDOWN(refused)
{
	if (!self->dev.bdf[0])
		return;
	nl_close(&self->nl);
	mshv_vfio_close(&self->dev);
	test_ok(mshv_vfio_unbind(&self->dev));
	mshv_vm_close(&self->vm);
	munmap(self->memory, 4 * PAGE_SIZE);
}

/* What is said of a device, or of a domain; by an event if @cmd says which. */
struct said {
	uint16_t rid;
	uint8_t cmd;
	uint64_t domain;
	unsigned int found;
	uint64_t numbers[NL_MAX];
};

static void got_device(void *opaque, const struct nlmsghdr *message)
{
	const struct nlattr *attrs[NL_MAX];
	struct said *said = opaque;
	unsigned int i;

	nl_attrs(message, attrs);
	if ((nl_number(attrs[MSHV_A_DEVICE_BUS]) << 8 | nl_number(attrs[MSHV_A_DEVICE_SLOT]) << 3 |
	     nl_number(attrs[MSHV_A_DEVICE_FUNCTION])) != said->rid)
		return;
	said->found++;
	for (i = 0; i < NL_MAX; i++)
		said->numbers[i] = nl_number(attrs[i]);
}

static void got_domain(void *opaque, const struct nlmsghdr *message)
{
	const struct nlattr *attrs[NL_MAX];
	struct said *said = opaque;
	unsigned int i;

	nl_attrs(message, attrs);
	if (nl_number(attrs[MSHV_A_DOMAIN_ID]) != said->domain)
		return;
	said->found++;
	for (i = 0; i < NL_MAX; i++)
		said->numbers[i] = nl_number(attrs[i]);
}

#define ask_device(answer)						\
	do {								\
		*(answer) = (struct said) { .rid = self->dev.rid };	\
		test_ok(nl_dump(&self->nl, MSHV_CMD_DEVICE_GET, 0, 0, got_device, answer)); \
		ASSERT_EQ(1, (answer)->found);				\
	} while (0)

/* It is counted a moment later. */
#define expect_more_faults(than, now)					\
	do {								\
		struct said _said;					\
		int _i;							\
									\
		for (_i = 0; _i < PATIENCE_S * 10; _i++) {		\
			ask_device(&_said);				\
			if (_said.numbers[MSHV_A_DEVICE_FAULTS] > (than)) \
				break;					\
			usleep(100000);					\
		}							\
		EXPECT_LT(than, _said.numbers[MSHV_A_DEVICE_FAULTS]);	\
		*(now) = _said.numbers[MSHV_A_DEVICE_FAULTS];		\
	} while (0)

TEST_F(refused, is_counted)
{
	struct said said;
	uint64_t faults;
	int i;

	ask_device(&said);
	faults = said.numbers[MSHV_A_DEVICE_FAULTS];
	memset(self->memory, 0x77, 4 * PAGE_SIZE);
	for (i = 0; i < 4; i++) {
		test_ok(i & 1 ? mshv_edu_dma(&self->dev, NOWHERE, EDU_BUFFER, EDU_COPY, false) :
				mshv_edu_dma(&self->dev, EDU_BUFFER, NOWHERE, EDU_COPY, true));
		expect_more_faults(faults, &faults);
	}
	EXPECT_EQ(0x77, self->memory[0]);
}

/* Nothing of it passes while it is nowhere, which is told as well. */
TEST_F(refused, is_counted_while_it_is_blocked)
{
	struct said said;
	uint64_t faults;

	if (mshv_on_l1vh())
		SKIP(return, "L1VH has no domain that lets nothing pass");
	test_ok(mshv_vfio_detach(&self->dev));
	ask_device(&said);
	faults = said.numbers[MSHV_A_DEVICE_FAULTS];
	test_ok(mshv_edu_dma(&self->dev, EDU_BUFFER, NOWHERE, EDU_COPY, true));
	expect_more_faults(faults, &faults);
}

static void got_event(void *opaque, const struct nlmsghdr *message)
{
	struct said *said = opaque;

	if (nl_genl(message)->cmd == said->cmd)
		got_device(said, message);
}

TEST_F(refused, is_an_event)
{
	struct said said = { .rid = self->dev.rid, .cmd = MSHV_CMD_DMA_FAULT };

	test_ok(nl_join(&self->nl));
	test_ok(mshv_edu_dma(&self->dev, EDU_BUFFER, NOWHERE, EDU_COPY, true));
	self->nl.seq = 0;
	while (!said.found)
		test_eq(1, nl_read(&self->nl, got_event, &said));
	EXPECT_LE(NOWHERE, said.numbers[MSHV_A_DEVICE_FAULT_ADDRESS]);
	EXPECT_GT(NOWHERE + EDU_COPY, said.numbers[MSHV_A_DEVICE_FAULT_ADDRESS]);
	EXPECT_LT(0, said.numbers[MSHV_A_DEVICE_FAULTS]);
}

TEST_F(refused, leaves_and_comes_back_in_events)
{
	struct said left = { .rid = self->dev.rid, .cmd = MSHV_CMD_DEVICE_DETACHED };
	struct said back = { .rid = self->dev.rid, .cmd = MSHV_CMD_DEVICE_ATTACHED };

	/* What was attached to an IOAS is told a domain instead, which is gone after that. */
	uint32_t pt = variant->attached ? self->pt : self->dev.ioas;

	if (mshv_on_l1vh())
		SKIP(return, "L1VH has no domain that lets nothing pass");
	test_ok(nl_join(&self->nl));
	test_ok(mshv_vfio_detach(&self->dev));
	test_ok(mshv_vfio_attach(&self->dev, &pt));
	self->nl.seq = 0;
	while (!left.found)
		test_eq(1, nl_read(&self->nl, got_event, &left));
	while (!back.found)
		test_eq(1, nl_read(&self->nl, got_event, &back));
	EXPECT_EQ(variant->attached ? MSHV_DEVICE_MODE_DIRECT : MSHV_DEVICE_MODE_MAPPED,
		  back.numbers[MSHV_A_DEVICE_MODE]);
}

/* Lines of the log about the device; from the beginning, or from where @fd is. */
static unsigned int lines_of(int fd, const char *bdf)
{
	unsigned int n = 0;
	char line[4096];
	ssize_t size;

	while ((size = read(fd, line, sizeof(line) - 1)) > 0 || (size < 0 && errno == EPIPE)) {
		if (size < 0)
			continue;
		line[size] = '\0';
		n += strstr(line, bdf) && strstr(line, " was refused, ");
	}
	return n;
}

TEST_F(refused, is_a_line_of_the_log_once_in_a_while)
{
	int now = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC), i;
	int all = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct timespec start, end;
	struct said said;
	uint64_t faults;

	ASSERT_LE(0, now);
	ASSERT_LE(0, all);
	ASSERT_LE(0, lseek(now, 0, SEEK_END));
	clock_gettime(CLOCK_MONOTONIC, &start);
	ask_device(&said);
	faults = said.numbers[MSHV_A_DEVICE_FAULTS];
	for (i = 0; i < 4; i++) {
		test_ok(mshv_edu_dma(&self->dev, EDU_BUFFER, NOWHERE, EDU_COPY, true));
		expect_more_faults(faults, &faults);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	EXPECT_GE(1 + (end.tv_sec - start.tv_sec) / QUIET_S, lines_of(now, self->dev.bdf));
	EXPECT_LT(0, lines_of(all, self->dev.bdf));
	close(now);
	close(all);
}

/* Bytes that are mapped are told with the domain. */
TEST_F(refused, mapped_bytes)
{
	struct said device, domain = { 0 };

	if (variant->attached)
		SKIP(return, "what a guest has is no domain of ours");
	test_ok(mshv_vfio_map(&self->dev, self->memory, 3 * PAGE_SIZE, IOVA, true));
	test_ok(mshv_vfio_map(&self->dev, self->memory, PAGE_SIZE, 2 * IOVA, true));
	test_ok(mshv_vfio_unmap(&self->dev, PAGE_SIZE, 2 * IOVA));
	ask_device(&device);
	domain.domain = device.numbers[MSHV_A_DEVICE_DOMAIN_ID];
	test_ok(nl_dump(&self->nl, MSHV_CMD_DOMAIN_GET, 0, 0, got_domain, &domain));
	ASSERT_EQ(1, domain.found);
	EXPECT_EQ(3 * PAGE_SIZE, domain.numbers[MSHV_A_DOMAIN_MAPPED]);
	EXPECT_EQ(1, domain.numbers[MSHV_A_DOMAIN_DEVICES]);
}

TEST_HARNESS_MAIN
