// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every ioctl with the wrong size, the wrong pointer, on the wrong descriptor.
 */
#include <sys/resource.h>

#include "mshv_test.h"

#define NR_MAX 256

/* Linux's driver does not know those that are ours at all. */
enum { ON_DEV = 1, ON_PARTITION = 2, ON_VP = 4, OURS = 8 };

/* Every command there is, where it belongs, and how large its argument is. */
static const struct {
	char name[24];
	unsigned long cmd;
	unsigned int on;
	uint32_t size;		/* read from user space, 0: no pointer */
} commands[] = {
	{ "CHECK_EXTENSION", MSHV_CHECK_EXTENSION, ON_DEV | OURS, sizeof(uint32_t) },
	{ "CREATE_PARTITION", MSHV_CREATE_PARTITION, ON_DEV,
	  sizeof(struct mshv_create_partition) },
	{ "INITIALIZE_PARTITION", MSHV_INITIALIZE_PARTITION, ON_PARTITION, 0 },
	{ "CREATE_VP", MSHV_CREATE_VP, ON_PARTITION,
	  sizeof(struct mshv_create_vp) },
	{ "SET_GUEST_MEMORY", MSHV_SET_GUEST_MEMORY, ON_PARTITION,
	  sizeof(struct mshv_user_mem_region) },
	{ "IRQFD", MSHV_IRQFD, ON_PARTITION, sizeof(struct mshv_user_irqfd) },
	{ "IOEVENTFD", MSHV_IOEVENTFD, ON_PARTITION,
	  sizeof(struct mshv_user_ioeventfd) },
	{ "SET_MSI_ROUTING", MSHV_SET_MSI_ROUTING, ON_PARTITION,
	  sizeof(struct mshv_user_irq_table) },
	{ "GET_GPAP_ACCESS_BITMAP", MSHV_GET_GPAP_ACCESS_BITMAP, ON_PARTITION,
	  sizeof(struct mshv_gpap_access_bitmap) },
	{ "CREATE_DEVICE", MSHV_CREATE_DEVICE, ON_PARTITION | OURS,
	  sizeof(struct mshv_create_device) },
	{ "ROOT_HVCALL", MSHV_ROOT_HVCALL, ON_DEV | ON_PARTITION | ON_VP,
	  sizeof(struct mshv_root_hvcall) },
	{ "GET_VP_STATE", MSHV_GET_VP_STATE, ON_VP,
	  sizeof(struct mshv_get_set_vp_state) },
	{ "SET_VP_STATE", MSHV_SET_VP_STATE, ON_VP,
	  sizeof(struct mshv_get_set_vp_state) },
	{ "RUN_VP", MSHV_RUN_VP, ON_VP, 0 },
	{ "TRANSLATE_GVA", MSHV_VP_TRANSLATE_GVA, ON_VP | OURS,
	  sizeof(struct mshv_translate_gva) },
};

FIXTURE(ioctls) {
	struct mshv_vm vm;
	int fd[3];
	uint8_t *edge;		/* the first byte that cannot be accessed */
};

FIXTURE_SETUP(ioctls)
{
	test_ok(mshv_vm_setup(&self->vm));
	self->fd[0] = self->vm.dev;
	self->fd[1] = self->vm.fd;
	self->fd[2] = self->vm.vp[0].fd;
	self->edge = mshv_alloc(2 * PAGE_SIZE);
	ASSERT_NE(NULL, self->edge);
	self->edge += PAGE_SIZE;
	ASSERT_EQ(0, mprotect(self->edge, PAGE_SIZE, PROT_NONE));
}

FIXTURE_TEARDOWN(ioctls)
{
	mshv_vm_close(&self->vm);
}

static int _test_ioctl(int fd, unsigned long cmd, const void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

#define test_err_ioctl(err, what, ...)					\
	({								\
		EXPECT_EQ(-(err), _test_ioctl(__VA_ARGS__))		\
			TH_LOG("%s", what);				\
	})

/* The number of a command includes the size: another size is another command. */
TEST_F(ioctls, another_size_is_another_command)
{
	static const int change[] = { -8, -1, 1, 8 };
	unsigned int i, j, k;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		for (j = 0; j < ARRAY_SIZE(change); j++) {
			unsigned long cmd = commands[i].cmd;
			int size = _IOC_SIZE(cmd) + change[j];

			if (size < 0)
				continue;
			cmd = _IOC(_IOC_DIR(cmd), _IOC_TYPE(cmd), _IOC_NR(cmd),
				   size);
			for (k = 0; k < 3; k++)
				if (commands[i].on & BIT(k))
					test_err_ioctl(ENOTTY, commands[i].name,
						       self->fd[k], cmd,
						       self->edge);
		}
	}
}

TEST_F(ioctls, another_direction_is_another_command)
{
	unsigned int i, k, direction;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		for (direction = 0; direction < 4; direction++) {
			unsigned long cmd = commands[i].cmd;

			if (direction == _IOC_DIR(cmd))
				continue;
			cmd = _IOC(direction, _IOC_TYPE(cmd), _IOC_NR(cmd),
				   _IOC_SIZE(cmd));
			for (k = 0; k < 3; k++)
				if (commands[i].on & BIT(k))
					test_err_ioctl(ENOTTY, commands[i].name,
						       self->fd[k], cmd,
						       self->edge);
		}
	}
}

TEST_F(ioctls, command_of_another_descriptor)
{
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		for (k = 0; k < 3; k++)
			if (!(commands[i].on & BIT(k)))
				test_err_ioctl(ENOTTY, commands[i].name,
					       self->fd[k], commands[i].cmd,
					       self->edge);
}

TEST_F(ioctls, unknown_numbers)
{
	unsigned int nr;

	for (nr = 0x10; nr < NR_MAX; nr++) {
		test_err_ioctl(ENOTTY, "device", self->fd[0],
			       _IO(MSHV_IOCTL, nr), NULL);
		test_err_ioctl(ENOTTY, "partition", self->fd[1],
			       _IO(MSHV_IOCTL, nr), NULL);
	}
	/* the driver logs these: some of them will do */
	test_err_ioctl(ENOTTY, "VP", self->fd[2], _IO(MSHV_IOCTL, 0x10), NULL);
	test_err_ioctl(ENOTTY, "VP", self->fd[2], _IO(MSHV_IOCTL, 0xff), NULL);
}

TEST_F(ioctls, another_magic_is_another_command)
{
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		unsigned long cmd = commands[i].cmd;

		cmd = _IOC(_IOC_DIR(cmd), 0xae, _IOC_NR(cmd), _IOC_SIZE(cmd));
		for (k = 0; k < 3; k++)
			test_err_ioctl(ENOTTY, commands[i].name, self->fd[k],
				       cmd, self->edge);
	}
}

TEST_F(ioctls, argument_that_cannot_be_read)
{
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!commands[i].size)
			continue;
		if ((commands[i].on & OURS) && mshv_driver_is_in_tree())
			continue;
		for (k = 0; k < 3; k++) {
			if (!(commands[i].on & BIT(k)))
				continue;
			test_err_ioctl(EFAULT, commands[i].name, self->fd[k],
				       commands[i].cmd, NULL);
			test_err_ioctl(EFAULT, commands[i].name, self->fd[k],
				       commands[i].cmd, self->edge);
			test_err_ioctl(EFAULT, commands[i].name, self->fd[k],
				       commands[i].cmd,
				       (void *)0xffff888000000000);
			/* all but the last byte can be */
			test_err_ioctl(EFAULT, commands[i].name, self->fd[k],
				       commands[i].cmd,
				       self->edge - commands[i].size + 1);
		}
	}
}

/* Results cannot be stored, and the caller hears of it. */
TEST_F(ioctls, argument_that_cannot_be_written)
{
	struct mshv_get_set_vp_state *state;
	struct mshv_root_hvcall *hvcall;
	struct hv_input_get_partition_property in = {
		.property_code = HV_PARTITION_PROPERTY_PROCESSOR_FEATURES0,
	};
	uint64_t out;
	uint8_t *page = mshv_alloc(PAGE_SIZE), *buf = mshv_alloc(PAGE_SIZE);
	int k;

	ASSERT_NE(NULL, page);
	ASSERT_NE(NULL, buf);
	hvcall = (void *)page;
	hvcall->code = HVCALL_GET_PARTITION_PROPERTY;
	hvcall->in_sz = sizeof(in);
	hvcall->in_ptr = (uintptr_t)&in;
	hvcall->out_sz = sizeof(out);
	hvcall->out_ptr = (uintptr_t)&out;
	state = (void *)(page + 1024);
	state->type = MSHV_VP_STATE_LAPIC;
	state->buf_sz = PAGE_SIZE;
	state->buf_ptr = (uintptr_t)buf;
	ASSERT_EQ(0, mprotect(page, PAGE_SIZE, PROT_READ));
	for (k = 0; k < 3; k++)
		test_err_ioctl(EFAULT, "ROOT_HVCALL", self->fd[k],
			       MSHV_ROOT_HVCALL, hvcall);
	test_err_ioctl(EFAULT, "GET_VP_STATE", self->fd[2], MSHV_GET_VP_STATE,
		       state);
	test_err_ioctl(EFAULT, "SET_VP_STATE", self->fd[2], MSHV_SET_VP_STATE,
		       state);
}

/* The entries of a table lie behind its head. */
TEST_F(ioctls, routing_table_cut_short)
{
	struct mshv_user_irq_table *table =
		(void *)(self->edge - sizeof(*table) -
			 sizeof(struct mshv_user_irq_entry));

	table->nr = 1;
	test_ok(_test_ioctl(self->fd[1], MSHV_SET_MSI_ROUTING, table));
	table->nr = 2;
	test_err_ioctl(EFAULT, "SET_MSI_ROUTING", self->fd[1],
		       MSHV_SET_MSI_ROUTING, table);
}

/* What cannot have one is not there, and can be made later. */
TEST_F(ioctls, no_descriptor_is_left)
{
	struct rlimit limit, none;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	none = limit;
	none.rlim_cur = 0;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	test_err(EMFILE, _test_create_partition(self->fd[0], MSHV_TEST_PT_FLAGS));
	test_err(EMFILE, _test_create_vp(self->fd[1], 1));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	test_fd(_test_create_vp(self->fd[1], 1));
}

TEST_F(ioctls, reading_and_writing_make_no_sense)
{
	char byte = 0;
	int k;

	for (k = 0; k < 3; k++) {
		EXPECT_EQ(-1, read(self->fd[k], &byte, 1));
		EXPECT_EQ(EINVAL, errno);
	}
	/* the device was opened to be read only */
	EXPECT_EQ(-1, write(self->fd[1], &byte, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, write(self->fd[2], &byte, 1));
	EXPECT_EQ(EINVAL, errno);
}

/* After all that was refused here, the VM works. */
TEST_F(ioctls, nothing_was_broken)
{
	unsigned int i;

	for (i = 0; i < 20; i++)
		test_err_create_vp(EINVAL, self->vm.fd, 1000 + i);
	test_load(&self->vm, out_imm);
	test_run_to_port(&self->vm.vp[0], 0x42);
}

TEST_HARNESS_MAIN
