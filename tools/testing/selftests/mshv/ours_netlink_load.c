// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netlink family under readers that are many, or slow, or send nonsense, while virtual
 * machines come and go.
 */
#include <pthread.h>

#include "mshv_test.h"
#include "netlink_client.h"

#define PARTITIONS	100
#define VPS		120
#define READERS		100

/**
 * struct seen - the partitions of a dump
 * @nr: how many
 * @id: their numbers, in the order of the dump
 */
struct seen {
	unsigned int nr;
	uint64_t id[2 * PARTITIONS];
};

static void got_partition(void *opaque, const struct nlmsghdr *message)
{
	struct nl_partition pt = { 0 };
	struct seen *seen = opaque;

	nl_got_partition(&pt, message);
	if (seen->nr < ARRAY_SIZE(seen->id))
		seen->id[seen->nr] = pt.id;
	seen->nr++;
}

FIXTURE(load) {
	struct nl nl;
	int dev;
	int pt[PARTITIONS];
	struct seen all;
};

FIXTURE_SETUP(load)
{
	unsigned int i;

	if (mshv_driver_is_in_tree())
		SKIP(return, "Linux's own driver has no netlink family");
	test_ok(nl_open(&self->nl));
	self->dev = test_open_dev();
	for (i = 0; i < PARTITIONS; i++)
		self->pt[i] = test_create_partition(self->dev, MSHV_TEST_PT_FLAGS);
	test_ok(nl_dump(&self->nl, MSHV_CMD_PARTITION_GET, 0, 0, got_partition, &self->all));
	ASSERT_EQ(PARTITIONS, self->all.nr);
}

FIXTURE_TEARDOWN(load)
{
	unsigned int i;

	for (i = 0; i < PARTITIONS; i++)
		if (self->pt[i] > 0)
			close(self->pt[i]);
	close(self->dev);
	nl_close(&self->nl);
}

/* Less than all fits into what is read at once; this much the kernel gives in any case. */
#define LITTLE		4096

TEST_F(load, dump_in_parts)
{
	struct seen seen = { 0 };
	struct nl little;
	unsigned int i;
	int ret;

	test_ok(nl_open_size(&little, LITTLE));
	test_ok(nl_ask(&little, MSHV_CMD_PARTITION_GET, NLM_F_DUMP, 0, 0));
	ret = nl_read(&little, got_partition, &seen);
	test_eq(1, ret);
	EXPECT_LT(0, seen.nr);
	EXPECT_GT(PARTITIONS, seen.nr);
	test_ok(nl_read_all(&little, got_partition, &seen));
	EXPECT_FALSE(little.interrupted);
	nl_close(&little);
	ASSERT_EQ(PARTITIONS, seen.nr);
	for (i = 0; i < PARTITIONS; i++)
		test_eq(self->all.id[i], seen.id[i]);
}

/* Those that stay are there, once each, and the reader is told. */
TEST_F(load, partitions_that_go_and_come_between_two_parts)
{
	struct seen seen = { 0 };
	struct nl little;
	unsigned int i, at = 0;
	int made;

	test_ok(nl_open_size(&little, LITTLE));
	test_ok(nl_ask(&little, MSHV_CMD_PARTITION_GET, NLM_F_DUMP, 0, 0));
	test_eq(1, nl_read(&little, got_partition, &seen));
	/* The second part is there already: the kernel is one ahead. */
	ASSERT_GT(PARTITIONS - 2, 2 * seen.nr + 2);
	/* one that was told of, one that was not, the last */
	close(self->pt[0]);
	close(self->pt[2 * seen.nr + 2]);
	close(self->pt[PARTITIONS - 1]);
	self->pt[0] = -1;
	self->pt[2 * seen.nr + 2] = -1;
	self->pt[PARTITIONS - 1] = -1;
	made = test_create_partition(self->dev, MSHV_TEST_PT_FLAGS);
	test_ok(nl_read_all(&little, got_partition, &seen));
	EXPECT_TRUE(little.interrupted);
	nl_close(&little);
	for (i = 0; i < PARTITIONS; i++) {
		if (self->pt[i] < 0)
			continue;
		while (at < seen.nr && seen.id[at] != self->all.id[i])
			at++;
		ASSERT_GT(seen.nr, at)
			TH_LOG("partition %u of %u is missing", i, PARTITIONS);
	}
	/* the last answer is the new one */
	EXPECT_LT(self->all.id[PARTITIONS - 1], seen.id[seen.nr - 1]);
	close(made);
}

TEST_F(load, partition_that_goes_in_the_middle_of_its_own_dump)
{
	struct nl_partition pt = { 0 };
	struct nl little;
	struct mshv_vm vm;
	unsigned int i;

	test_ok(mshv_vm_open(&vm));
	for (i = 0; i < VPS; i++)
		ASSERT_LE(0, _test_create_vp(vm.fd, i));
	test_ok(nl_dump(&self->nl, MSHV_CMD_PARTITION_GET, 0, 0, nl_got_partition, &pt));
	test_ok(nl_open_size(&little, LITTLE));
	test_ok(nl_ask(&little, MSHV_CMD_VP_GET, NLM_F_DUMP, MSHV_A_VP_PARTITION_ID, pt.id));
	test_eq(1, nl_read(&little, NULL, NULL));
	EXPECT_GT(VPS / 2, little.answers);
	/* Descriptors of its VPs hold it, too. */
	for (i = 3; i < 1024; i++)
		if ((int)i != self->nl.fd && (int)i != self->dev && (int)i != little.fd)
			close(i);
	for (i = 0; i < PARTITIONS; i++)
		self->pt[i] = -1;
	test_ok(nl_read_all(&little, NULL, NULL));
	EXPECT_TRUE(little.interrupted);
	nl_close(&little);
}

/* Each has a dump that is not finished. They hold up nobody, nor any partition. */
TEST_F(load, readers_that_stop_reading)
{
	struct nl *readers = calloc(READERS, sizeof(*readers));
	unsigned int i;

	ASSERT_NE(NULL, readers);
	for (i = 0; i < READERS; i++) {
		test_ok(nl_open_size(&readers[i], LITTLE));
		test_ok(nl_ask(&readers[i], i & 1 ? MSHV_CMD_PARTITION_GET : MSHV_CMD_VP_GET,
			       NLM_F_DUMP, 0, 0));
	}
	for (i = 0; i < PARTITIONS; i++) {
		close(self->pt[i]);
		self->pt[i] = -1;
	}
	test_ok(nl_dump(&self->nl, MSHV_CMD_PARTITION_GET, 0, 0, NULL, NULL));
	EXPECT_EQ(0, self->nl.answers);
	/* Half of them go on where nothing is left. */
	for (i = 0; i < READERS; i++) {
		if (i & 2)
			test_ok(nl_read_all(&readers[i], NULL, NULL));
		nl_close(&readers[i]);
	}
	free(readers);
}

/* Who does not listen loses events, and is told so; others hear them all. */
TEST_F(load, listener_that_stops_listening)
{
	struct nl slow, fast;
	unsigned int i, heard = 0, lost = 0;
	int size = 1, ret;

	test_ok(nl_open(&slow));
	test_ok(nl_open(&fast));
	setsockopt(slow.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	test_ok(nl_join(&slow));
	test_ok(nl_join(&fast));
	fast.seq = 0;
	fast.answers = 0;
	for (i = 0; i < 30; i++) {
		int pt = test_create_partition(self->dev, MSHV_TEST_PT_FLAGS);

		close(pt);
		test_eq(1, nl_read(&fast, NULL, NULL));
		test_eq(1, nl_read(&fast, NULL, NULL));
		heard = fast.answers;
	}
	EXPECT_EQ(60, heard);
	slow.seq = 0;
	slow.answers = 0;
	fcntl(slow.fd, F_SETFL, O_NONBLOCK);
	do {
		ret = nl_read(&slow, NULL, NULL);
		lost += ret == -ENOBUFS;
	} while (ret == 1 || ret == -ENOBUFS);
	EXPECT_EQ(-EAGAIN, ret);
	EXPECT_LT(0, lost);
	EXPECT_GT(60, slow.answers);
	nl_close(&slow);
	nl_close(&fast);
}

struct reader {
	pthread_t thread;
	int ret;
	unsigned int dumps;
	const bool *over;
};

static void *read_often(void *arg)
{
	static const uint8_t commands[] = {
		MSHV_CMD_PARTITION_GET, MSHV_CMD_VP_GET, MSHV_CMD_REGION_GET,
	};
	struct reader *r = arg;
	struct nl nl;

	/* A hundred of them leave nothing of a slow processor for the machines. */
	nice(19);
	r->ret = nl_open_size(&nl, LITTLE);
	while (!r->ret && !__atomic_load_n(r->over, __ATOMIC_RELAXED)) {
		r->ret = nl_dump(&nl, commands[r->dumps++ % ARRAY_SIZE(commands)], 0, 0, NULL,
				 NULL);
		usleep(200000);
	}
	nl_close(&nl);
	return NULL;
}

TEST_F(load, many_readers_while_machines_come_and_go)
{
	struct reader *readers = calloc(READERS, sizeof(*readers));
	unsigned int i, dumps = 0;
	bool over = false;

	ASSERT_NE(NULL, readers);
	for (i = 0; i < READERS; i++) {
		readers[i].over = &over;
		ASSERT_EQ(0, pthread_create(&readers[i].thread, NULL, read_often, &readers[i]));
	}
	for (i = 0; i < 8; i++) {
		struct mshv_vm vm;

		test_ok(mshv_vm_setup(&vm));
		test_ok(mshv_vm_add_vp(&vm, 1));
		mshv_load(&vm, GUEST_CODE, count_out);
		test_ok(_test_run(&vm.vp[0]));
		mshv_vm_close(&vm);
	}
	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	for (i = 0; i < READERS; i++) {
		pthread_join(readers[i].thread, NULL);
		test_ok(readers[i].ret);
		dumps += readers[i].dumps;
	}
	EXPECT_LE(READERS, dumps);
	free(readers);
}

/* ---- nonsense */

static uint32_t random_state = 1;

/* The same each time, so that what was found can be found again. */
static uint32_t any(uint32_t below)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % below;
}

/* Attributes that are nearly right: lengths, types and nests that do not fit. */
static size_t make_attributes(uint8_t *at, size_t room)
{
	size_t used = 0;

	while (used + NLA_HDRLEN <= room && any(5)) {
		struct nlattr attr = {
			.nla_len = any(4) ? NLA_HDRLEN + 4 * any(4) : any(64),
			.nla_type = any(4) ? any(24) : any(65536),
		};
		size_t i, length = NLA_HDRLEN + 4 * any(4);

		if (length > room - used)
			length = room - used;
		for (i = 0; i < length; i++)
			at[used + i] = any(256);
		memcpy(at + used, &attr, sizeof(attr));
		used += length;
	}
	return used;
}

static void fuzz_once(struct nl *nl, int fd)
{
	struct {
		struct nlmsghdr header;
		struct genlmsghdr genl;
		uint8_t attributes[236];
	} m = { .genl.version = any(8) ? MSHV_FAMILY_VERSION : any(256) };
	size_t length;

	m.genl.cmd = any(16) ? any(MSHV_CMD_MAX + 2) : any(256);
	m.genl.reserved = any(16) ? 0 : any(65536);
	length = NLMSG_LENGTH(GENL_HDRLEN) + make_attributes(m.attributes, sizeof(m.attributes));
	m.header.nlmsg_type = nl->family;
	m.header.nlmsg_flags = NLM_F_REQUEST | (any(2) ? NLM_F_DUMP : NLM_F_ACK) |
			       (any(8) ? 0 : any(65536));
	m.header.nlmsg_len = any(16) ? length : any(sizeof(m) + 64);
	/* A message without a word of its own, or cut off anywhere. */
	if (!any(16))
		length = any(length + 1);
	send(fd, &m, length, MSG_DONTWAIT);
}

/* What comes back is thrown away, so that nothing piles up. */
static void drain(int fd)
{
	static char buffer[NL_BUFFER];

	while (recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT) > 0)
		;
}

TEST_F(load, nonsense)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	struct seen seen = { 0 };
	unsigned int i;

	ASSERT_LE(0, fd);
	for (i = 0; i < 20000; i++) {
		fuzz_once(&self->nl, fd);
		if (i % 8 == 0)
			drain(fd);
	}
	close(fd);
	test_ok(nl_dump(&self->nl, MSHV_CMD_PARTITION_GET, 0, 0, got_partition, &seen));
	EXPECT_EQ(PARTITIONS, seen.nr);
}

TEST_HARNESS_MAIN
