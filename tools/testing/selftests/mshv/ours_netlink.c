// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netlink family: what it tells, and whom.
 */
#include <glob.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "mshv_test.h"
#include "netlink_client.h"

FIXTURE(netlink) {
	struct nl nl;
	struct mshv_vm vm;
	struct mshv_vp *vp;
	struct nl_partition pt;
};

FIXTURE_SETUP(netlink)
{
	if (mshv_driver_is_in_tree())
		SKIP(return, "Linux's own driver has no netlink family");
	test_ok(nl_open(&self->nl));
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
	/* There is no other, so that it is the last as well. */
	test_ok(nl_dump(&self->nl, MSHV_CMD_PARTITION_GET, 0, 0, nl_got_partition, &self->pt));
	ASSERT_EQ(1, self->nl.answers);
}

FIXTURE_TEARDOWN(netlink)
{
	mshv_vm_close(&self->vm);
	nl_close(&self->nl);
}

static void got_host(void *opaque, const struct nlmsghdr *message)
{
	const struct nlattr *attrs[NL_MAX];
	uint64_t *numbers = opaque;
	unsigned int i;

	nl_attrs(message, attrs);
	for (i = 0; i <= MSHV_A_HOST_MAX; i++)
		numbers[i] = attrs[i] ? nl_number(attrs[i]) : UINT64_MAX;
}

TEST_F(netlink, host)
{
	const char *partition = getenv("MSHV_PARTITION");
	uint64_t host[MSHV_A_HOST_MAX + 1];

	test_ok(nl_get(&self->nl, MSHV_CMD_HOST_GET, 0, 0, got_host, host));
	EXPECT_EQ(partition && !strcmp(partition, "l1vh") ? MSHV_PARTITION_TYPE_L1VH :
		  MSHV_PARTITION_TYPE_ROOT, host[MSHV_A_HOST_PARTITION_TYPE]);
	EXPECT_EQ(mshv_scheduler_is_root(), host[MSHV_A_HOST_SCHEDULER] == MSHV_SCHEDULER_ROOT);
	EXPECT_EQ(1, host[MSHV_A_HOST_PARTITIONS]);
	EXPECT_NE(UINT64_MAX, host[MSHV_A_HOST_PRIVILEGES]);
	EXPECT_NE(UINT64_MAX, host[MSHV_A_HOST_DEPOSITED]);
}

TEST_F(netlink, partition)
{
	struct nl_partition pt = { 0 };
	char name[17] = "";

	prctl(PR_GET_NAME, name);
	EXPECT_EQ(getpid(), self->pt.pid);
	EXPECT_STREQ(name, self->pt.name);
	EXPECT_EQ(MSHV_PARTITION_STATE_ACTIVE, self->pt.state);
	EXPECT_EQ(1, self->pt.vps);
	EXPECT_EQ(GUEST_RAM_SIZE, self->pt.memory[MSHV_A_MEMORY_MOVABLE] +
				  self->pt.memory[MSHV_A_MEMORY_PINNED]);
	EXPECT_EQ(0, self->pt.memory[MSHV_A_MEMORY_DEVICE]);
	EXPECT_LT(0, self->pt.memory[MSHV_A_MEMORY_DEPOSITED]);

	test_ok(mshv_vm_add_vp(&self->vm, 1));
	test_ok(nl_get(&self->nl, MSHV_CMD_PARTITION_GET, MSHV_A_PARTITION_ID, self->pt.id,
		       nl_got_partition, &pt));
	EXPECT_EQ(1, self->nl.answers);
	EXPECT_EQ(self->pt.id, pt.id);
	EXPECT_EQ(2, pt.vps);
}

TEST_F(netlink, partition_before_it_is_initialised)
{
	struct nl_partition pt = { 0 };

	mshv_vm_close(&self->vm);
	test_ok(mshv_vm_create(&self->vm, MSHV_TEST_PT_FLAGS));
	test_ok(nl_dump(&self->nl, MSHV_CMD_PARTITION_GET, 0, 0, nl_got_partition, &pt));
	EXPECT_EQ(1, self->nl.answers);
	EXPECT_EQ(MSHV_PARTITION_STATE_CREATED, pt.state);
	EXPECT_EQ(0, pt.vps);
	EXPECT_EQ(0, pt.memory[MSHV_A_MEMORY_MOVABLE]);
}

TEST_F(netlink, no_such_partition)
{
	test_err(ENOENT, nl_get(&self->nl, MSHV_CMD_PARTITION_GET, MSHV_A_PARTITION_ID,
				self->pt.id + 1000, NULL, NULL));
	test_err(EINVAL, nl_get(&self->nl, MSHV_CMD_PARTITION_GET, 0, 0, NULL, NULL));
	test_err(ENOENT, nl_dump(&self->nl, MSHV_CMD_VP_GET, MSHV_A_VP_PARTITION_ID,
				 self->pt.id + 1000, NULL, NULL));
	test_err(ENOENT, nl_dump(&self->nl, MSHV_CMD_REGION_GET, MSHV_A_REGION_PARTITION_ID,
				 self->pt.id + 1000, NULL, NULL));
}

TEST_F(netlink, partition_that_is_gone)
{
	mshv_vm_close(&self->vm);
	test_err(ENOENT, nl_get(&self->nl, MSHV_CMD_PARTITION_GET, MSHV_A_PARTITION_ID,
				self->pt.id, NULL, NULL));
	test_ok(nl_dump(&self->nl, MSHV_CMD_PARTITION_GET, 0, 0, NULL, NULL));
	EXPECT_EQ(0, self->nl.answers);
}

struct vp {
	uint64_t numbers[NL_MAX];
	uint64_t exits[NL_MAX];
};

static void got_vp(void *opaque, const struct nlmsghdr *message)
{
	const struct nlattr *attrs[NL_MAX], *exits[NL_MAX];
	struct vp *vp = opaque;
	unsigned int i;

	nl_attrs(message, attrs);
	nl_nested(attrs[MSHV_A_VP_EXITS], exits);
	for (i = 0; i < NL_MAX; i++) {
		vp->numbers[i] = nl_number(attrs[i]);
		vp->exits[i] = nl_number(exits[i]);
	}
}

static struct vp get_vp(struct nl *nl, const struct nl_partition *pt)
{
	struct vp vp = { 0 };

	if (nl_dump(nl, MSHV_CMD_VP_GET, MSHV_A_VP_PARTITION_ID, pt->id, got_vp, &vp))
		vp.numbers[MSHV_A_VP_STATE] = UINT64_MAX;
	return vp;
}

TEST_F(netlink, exits_by_kind)
{
	struct vp vp = get_vp(&self->nl, &self->pt);
	unsigned int i;

	EXPECT_EQ(MSHV_VP_ACTIVITY_STOPPED, vp.numbers[MSHV_A_VP_STATE]);
	for (i = 0; i < NL_MAX; i++)
		EXPECT_EQ(0, vp.exits[i]);

	test_load(&self->vm, count_out);
	for (i = 0; i < 100; i++)
		test_run_to_port(self->vp, GUEST_PORT_DONE);
	vp = get_vp(&self->nl, &self->pt);
	EXPECT_EQ(100, vp.exits[MSHV_A_EXITS_IO_PORT]);
	/* The code came by one that the VMM did not see. */
	EXPECT_LE(1, vp.exits[MSHV_A_EXITS_MEMORY]);
	EXPECT_EQ(vp.exits[MSHV_A_EXITS_MEMORY], vp.numbers[MSHV_A_VP_FAULTS]);
	EXPECT_LT(0, vp.numbers[MSHV_A_VP_RUN_TIME]);
	EXPECT_EQ(MSHV_VP_ACTIVITY_STOPPED, vp.numbers[MSHV_A_VP_STATE]);
}

TEST_F(netlink, memory_that_the_vmm_deals_with)
{
	struct vp vp;
	uint64_t faults;

	test_start_read(GUEST_MMIO);
	test_err_run(0, self->vp);
	vp = get_vp(&self->nl, &self->pt);
	faults = vp.numbers[MSHV_A_VP_FAULTS];
	EXPECT_EQ(faults + 1, vp.exits[MSHV_A_EXITS_MEMORY]);
}

TEST_F(netlink, halted)
{
	struct vp vp;

	test_load(&self->vm, hlt);
	test_run(self->vp, HVMSG_X64_HALT);
	vp = get_vp(&self->nl, &self->pt);
	EXPECT_EQ(1, vp.exits[MSHV_A_EXITS_HALT]);
	EXPECT_EQ(MSHV_VP_ACTIVITY_HALTED, vp.numbers[MSHV_A_VP_STATE]);
}

/* Without a vector table an exception ends as a triple fault. */
static int crash(struct mshv_vm *vm, struct mshv_vp *vp)
{
	const struct hv_register_assoc idtr = { .name = HV_X64_REGISTER_IDTR };
	int ret;

	mshv_load(vm, GUEST_CODE, ud2);
	ret = mshv_vp_real_mode(vp, GUEST_CODE);
	if (!ret)
		ret = _test_set_regs(vp, &idtr, 1);
	if (!ret)
		ret = _test_set_reg(vp, HV_X64_REGISTER_RBX, 0x1234567890abcdefULL);
	return ret ? ret : _test_run(vp);
}

TEST_F(netlink, crashed)
{
	struct vp vp;

	test_ok(crash(&self->vm, self->vp));
	ASSERT_EQ(HVMSG_UNRECOVERABLE_EXCEPTION, self->vp->msg.header.message_type);
	vp = get_vp(&self->nl, &self->pt);
	EXPECT_EQ(1, vp.exits[MSHV_A_EXITS_UNRECOVERABLE]);
	EXPECT_EQ(MSHV_VP_ACTIVITY_CRASHED, vp.numbers[MSHV_A_VP_STATE]);
}

struct regions {
	unsigned int nr;
	uint64_t last[NL_MAX];
};

static void got_region(void *opaque, const struct nlmsghdr *message)
{
	const struct nlattr *attrs[NL_MAX];
	struct regions *regions = opaque;
	unsigned int i;

	nl_attrs(message, attrs);
	regions->nr++;
	for (i = 0; i < NL_MAX; i++)
		regions->last[i] = nl_number(attrs[i]);
}

TEST_F(netlink, regions)
{
	void *memory = mshv_alloc(0x200000);
	struct regions seen = { 0 };

	ASSERT_NE(NULL, memory);
	test_map(self->vm.fd, memory, 0x200000, GUEST_ROOM >> 12, MEM_RX);
	test_ok(nl_dump(&self->nl, MSHV_CMD_REGION_GET, MSHV_A_REGION_PARTITION_ID, self->pt.id,
			got_region, &seen));
	EXPECT_EQ(2, seen.nr);
	EXPECT_EQ(self->pt.id, seen.last[MSHV_A_REGION_PARTITION_ID]);
	EXPECT_EQ(GUEST_ROOM, seen.last[MSHV_A_REGION_GUEST_ADDRESS]);
	EXPECT_EQ(0x200000, seen.last[MSHV_A_REGION_SIZE]);
	EXPECT_EQ((uintptr_t)memory, seen.last[MSHV_A_REGION_USER_ADDRESS]);
	EXPECT_EQ(MSHV_REGION_ACCESS_READ | MSHV_REGION_ACCESS_EXECUTE,
		  seen.last[MSHV_A_REGION_ACCESS]);
	test_unmap(self->vm.fd, memory, 0x200000, GUEST_ROOM >> 12);
	memset(&seen, 0, sizeof(seen));
	test_ok(nl_dump(&self->nl, MSHV_CMD_REGION_GET, 0, 0, got_region, &seen));
	EXPECT_EQ(1, seen.nr);
	EXPECT_EQ(0, seen.last[MSHV_A_REGION_GUEST_ADDRESS]);
	munmap(memory, 0x200000);
}

TEST_F(netlink, memory_that_was_populated)
{
	struct nl_partition pt = { 0 };

	test_load(&self->vm, count_out);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	test_ok(nl_dump(&self->nl, MSHV_CMD_PARTITION_GET, 0, 0, nl_got_partition, &pt));
	EXPECT_LT(0, pt.memory[MSHV_A_MEMORY_LARGE_PAGES] +
		     pt.memory[MSHV_A_MEMORY_SMALL_PAGES]);
	EXPECT_GE(GUEST_RAM_SIZE, pt.memory[MSHV_A_MEMORY_LARGE_PAGES] +
				  pt.memory[MSHV_A_MEMORY_SMALL_PAGES]);
}

/* Those of the core's groups are those that hv_iommu has claimed. */
TEST_F(netlink, devices)
{
	glob_t groups;

	if (access("/sys/module/hv_iommu", F_OK)) {
		test_err(EOPNOTSUPP,
			 nl_dump(&self->nl, MSHV_CMD_DEVICE_GET, 0, 0, NULL, NULL));
		test_err(EOPNOTSUPP,
			 nl_dump(&self->nl, MSHV_CMD_DOMAIN_GET, 0, 0, NULL, NULL));
		return;
	}
	ASSERT_EQ(0, glob("/sys/kernel/iommu_groups/*/devices/*", 0, NULL, &groups));
	test_ok(nl_dump(&self->nl, MSHV_CMD_DEVICE_GET, 0, 0, NULL, NULL));
	EXPECT_EQ(groups.gl_pathc, self->nl.answers);
	test_ok(nl_dump(&self->nl, MSHV_CMD_DOMAIN_GET, 0, 0, NULL, NULL));
	globfree(&groups);
}

static void got_command(void *opaque, const struct nlmsghdr *message)
{
	*(unsigned int *)opaque = nl_genl(message)->cmd;
}

/**
 * struct event - one that was heard of
 * @cmd: which
 * @numbers: by attribute
 * @registers: of a VP, likewise
 */
struct event {
	uint8_t cmd;
	uint64_t numbers[NL_MAX];
	uint64_t registers[NL_MAX];
};

static void got_event(void *opaque, const struct nlmsghdr *message)
{
	const struct nlattr *attrs[NL_MAX], *registers[NL_MAX];
	struct event *event = opaque;
	unsigned int i;

	nl_attrs(message, attrs);
	event->cmd = nl_genl(message)->cmd;
	nl_nested(event->cmd == MSHV_CMD_VP_CRASHED ? attrs[MSHV_A_VP_REGISTERS] : NULL,
		  registers);
	for (i = 0; i < NL_MAX; i++) {
		event->numbers[i] = nl_number(attrs[i]);
		event->registers[i] = nl_number(registers[i]);
	}
}

/* Events have no number that would be that of a request. */
static int hear(struct nl *nl, struct event *event)
{
	nl->seq = 0;
	memset(event, 0, sizeof(*event));
	return nl_read(nl, got_event, event);
}

static bool is_silent(struct nl *nl)
{
	char byte;

	return recv(nl->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

TEST_F(netlink, partitions_that_come_and_go)
{
	struct event event;
	struct mshv_vm vm;

	test_ok(nl_join(&self->nl));
	test_ok(mshv_vm_open(&vm));
	test_eq(1, hear(&self->nl, &event));
	EXPECT_EQ(MSHV_CMD_PARTITION_MADE, event.cmd);
	EXPECT_LT(self->pt.id, event.numbers[MSHV_A_PARTITION_ID]);
	EXPECT_EQ(getpid(), event.numbers[MSHV_A_PARTITION_OWNER_PID]);
	mshv_vm_close(&vm);
	test_eq(1, hear(&self->nl, &event));
	EXPECT_EQ(MSHV_CMD_PARTITION_GONE, event.cmd);
	EXPECT_LT(self->pt.id, event.numbers[MSHV_A_PARTITION_ID]);
	EXPECT_TRUE(is_silent(&self->nl));
}

TEST_F(netlink, crash_tells_registers)
{
	struct event event;

	test_ok(nl_join(&self->nl));
	test_ok(crash(&self->vm, self->vp));
	test_eq(1, hear(&self->nl, &event));
	EXPECT_EQ(MSHV_CMD_VP_CRASHED, event.cmd);
	EXPECT_EQ(self->pt.id, event.numbers[MSHV_A_VP_PARTITION_ID]);
	EXPECT_EQ(0, event.numbers[MSHV_A_VP_INDEX]);
	EXPECT_EQ(GUEST_CODE, event.registers[MSHV_A_REGISTERS_RIP]);
	EXPECT_EQ(0x1234567890abcdefULL, event.registers[MSHV_A_REGISTERS_RBX]);
	EXPECT_EQ(GUEST_STACK, event.registers[MSHV_A_REGISTERS_RSP]);
	EXPECT_EQ(mshv_get_reg(self->vp, HV_X64_REGISTER_CR0),
		  event.registers[MSHV_A_REGISTERS_CR0]);
}

/* Else one guest could drown all others. */
TEST_F(netlink, guest_that_halts_all_the_time)
{
	struct event event;
	unsigned int i;

	test_ok(nl_join(&self->nl));
	test_load(&self->vm, hlt);
	for (i = 0; i < 20; i++) {
		test_ok(mshv_vp_real_mode(self->vp, GUEST_CODE));
		test_run(self->vp, HVMSG_X64_HALT);
	}
	test_eq(1, hear(&self->nl, &event));
	EXPECT_EQ(MSHV_CMD_VP_HALTED, event.cmd);
	for (i = 0; !is_silent(&self->nl); i++)
		test_eq(1, hear(&self->nl, &event));
	/* One a second, and they took far less than that many. */
	EXPECT_GT(15, i);
	EXPECT_EQ(20, get_vp(&self->nl, &self->pt).exits[MSHV_A_EXITS_HALT]);
}

/* In a child, for what is given up does not come back. */
static int as_other(struct nl *nl, uint64_t capabilities, uint8_t cmd, uint16_t flags)
{
	pid_t child = fork();
	int status;

	if (!child) {
		int ret = nl_keep_capabilities(capabilities);

		if (!ret)
			ret = nl_open(nl);
		if (!ret && !cmd)
			ret = nl_join(nl);
		else if (!ret)
			ret = flags & NLM_F_DUMP ? nl_dump(nl, cmd, 0, 0, NULL, NULL) :
						   nl_get(nl, cmd, 0, 0, NULL, NULL);
		_exit(-ret);
	}
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return -EIO;
	return -WEXITSTATUS(status);
}

TEST_F(netlink, permission)
{
	const uint64_t net = BIT(CAP_NET_ADMIN), sys = BIT(CAP_SYS_ADMIN);
	static const uint8_t dumps[] = {
		MSHV_CMD_PARTITION_GET, MSHV_CMD_VP_GET, MSHV_CMD_REGION_GET,
		MSHV_CMD_DEVICE_GET, MSHV_CMD_DOMAIN_GET,
	};
	struct nl nl;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dumps); i++)
		test_err(EPERM, as_other(&nl, ~net, dumps[i], NLM_F_DUMP));
	test_err(EPERM, as_other(&nl, ~net, MSHV_CMD_HOST_GET, 0));
	test_err(EPERM, as_other(&nl, ~net, MSHV_CMD_PARTITION_GET, 0));
	test_ok(as_other(&nl, net, MSHV_CMD_VP_GET, NLM_F_DUMP));
	test_ok(as_other(&nl, net, MSHV_CMD_HOST_GET, 0));
	/* Events have registers of guests. */
	test_err(EPERM, as_other(&nl, net, 0, 0));
	test_err(EPERM, as_other(&nl, sys, 0, 0));
	test_ok(as_other(&nl, net | sys, 0, 0));
}

/* What root is in a namespace of its own is nothing here. */
TEST_F(netlink, other_namespaces)
{
	pid_t child;
	int status;

	if (access("/proc/self/ns/net", F_OK))
		SKIP(return, "the kernel has no network namespaces");
	child = fork();
	if (!child) {
		struct nl nl;

		if (unshare(CLONE_NEWNET))
			_exit(EXIT_FAILURE);
		_exit(nl_open(&nl) == -ENOENT ? 0 : EXIT_FAILURE);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
}

/* A request of any bytes after the header. */
static int ask_raw(struct nl *nl, uint8_t cmd, uint16_t flags, const void *bytes, size_t size)
{
	struct {
		struct nl_request request;
		char room[256];
	} message = { .request.genl = { .cmd = cmd, .version = MSHV_FAMILY_VERSION } };
	int ret;

	memcpy(&message.request.attr, bytes, size);
	ret = nl_send(nl, &message.request, nl->family, flags,
		      NLMSG_LENGTH(GENL_HDRLEN) + size);
	return ret ? ret : nl_read_all(nl, NULL, NULL);
}

TEST_F(netlink, strict)
{
	struct {
		struct nlattr attr;
		uint8_t value[12];
	} a = { .attr = { 8, MSHV_A_PARTITION_ID } };

	/* half of a number, one and a half */
	a.attr.nla_len = NLA_HDRLEN + 2;
	test_err(EINVAL, ask_raw(&self->nl, MSHV_CMD_PARTITION_GET, NLM_F_ACK, &a, 8));
	a.attr.nla_len = NLA_HDRLEN + 12;
	test_err(EINVAL, ask_raw(&self->nl, MSHV_CMD_PARTITION_GET, NLM_F_ACK, &a, 16));
	/* longer than the message; shorter than itself */
	a.attr.nla_len = 200;
	test_err(EINVAL, ask_raw(&self->nl, MSHV_CMD_PARTITION_GET, NLM_F_ACK, &a, 8));
	a.attr.nla_len = 2;
	test_err(EINVAL, ask_raw(&self->nl, MSHV_CMD_PARTITION_GET, NLM_F_ACK, &a, 8));
	/* nobody knows it; it is a reply's */
	a.attr.nla_len = 8;
	a.attr.nla_type = 200;
	test_err(EINVAL, ask_raw(&self->nl, MSHV_CMD_PARTITION_GET, NLM_F_ACK, &a, 8));
	a.attr.nla_type = MSHV_A_PARTITION_OWNER_PID;
	test_err(EINVAL, ask_raw(&self->nl, MSHV_CMD_PARTITION_GET, NLM_F_ACK, &a, 8));
	/* none is taken */
	a.attr.nla_type = 1;
	test_err(EINVAL, ask_raw(&self->nl, MSHV_CMD_HOST_GET, NLM_F_ACK, &a, 8));
	test_err(EINVAL, ask_raw(&self->nl, MSHV_CMD_PARTITION_GET, NLM_F_DUMP, &a, 8));
	test_err(EINVAL, ask_raw(&self->nl, MSHV_CMD_DEVICE_GET, NLM_F_DUMP, &a, 8));
	/* events cannot be asked for, nor one VP */
	test_err(EOPNOTSUPP, ask_raw(&self->nl, MSHV_CMD_VP_CRASHED, NLM_F_ACK, &a, 0));
	test_err(EOPNOTSUPP, ask_raw(&self->nl, MSHV_CMD_VP_GET, NLM_F_ACK, &a, 0));
	test_err(EOPNOTSUPP, ask_raw(&self->nl, MSHV_CMD_MAX + 1, NLM_F_ACK, &a, 0));
}


TEST_F(netlink, command_of_an_answer)
{
	unsigned int cmd = 0;

	test_ok(nl_dump(&self->nl, MSHV_CMD_VP_GET, 0, 0, got_command, &cmd));
	EXPECT_EQ(MSHV_CMD_VP_GET, cmd);
	test_ok(nl_get(&self->nl, MSHV_CMD_HOST_GET, 0, 0, got_command, &cmd));
	EXPECT_EQ(MSHV_CMD_HOST_GET, cmd);
}

TEST_HARNESS_MAIN
