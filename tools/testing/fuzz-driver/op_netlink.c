// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netlink family: messages that are nearly right, dumps that nobody reads on, readers
 * that share a socket, groups joined and left; while partitions come and go.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "netlink_client.h"

#define ROOM		2048
#define DEPTH		4	/* of nests */
#define BURST		100	/* messages at a time: each is soon dealt with */

/* Numbers of the family and of its group since the module was loaded, once they are known. */
static uint16_t family;
static uint32_t group;

/* A partition that an answer told of, which may have gone since. */
static _Thread_local uint64_t partition;

struct message {
	_Alignas(8) uint8_t bytes[ROOM];
	size_t used;
};

/* ---- sockets */

int op_nl_open(struct fuzzer *f)
{
	static const int options[] = {
		NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK, NETLINK_NO_ENOBUFS,
		NETLINK_PKTINFO, NETLINK_BROADCAST_ERROR, NETLINK_LISTEN_ALL_NSID,
	};
	int on = 1, small = below(&f->rng, 1 << 14);
	struct nl nl;
	int ret = nl_open(&nl);

	if (ret) {
		ret = ret < 0 ? ret : -EPROTO;
		nl_close(&nl);
		return ret;
	}
	__atomic_store_n(&family, nl.family, __ATOMIC_RELAXED);
	__atomic_store_n(&group, nl.group, __ATOMIC_RELAXED);
	while (one_in(&f->rng, 2))
		setsockopt(nl.fd, SOL_NETLINK, ONE_OF(&f->rng, options), &on, sizeof(on));
	if (one_in(&f->rng, 2))
		setsockopt(nl.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	return put(f, KIND_NETLINK, nl.fd);
}

int op_nl_group(struct fuzzer *f)
{
	static const int what[] = { NETLINK_ADD_MEMBERSHIP, NETLINK_DROP_MEMBERSHIP };
	uint32_t number = one_in(&f->rng, 8) ? odd_number(&f->rng) :
					       __atomic_load_n(&group, __ATOMIC_RELAXED);

	return err(setsockopt(some(f, KIND_NETLINK), SOL_NETLINK, ONE_OF(&f->rng, what), &number,
			      one_in(&f->rng, 16) ? below(&f->rng, 9) : sizeof(number)));
}

/* ---- messages */

static void add(struct message *m, const void *bytes, size_t size)
{
	if (size > ROOM - m->used)
		size = ROOM - m->used;
	memcpy(m->bytes + m->used, bytes, size);
	m->used += size;
}

static void align(struct message *m)
{
	static const uint8_t zeros[NLA_ALIGNTO];

	add(m, zeros, NLA_ALIGN(m->used) - m->used);
}

static uint16_t some_type(struct fuzzer *f)
{
	uint16_t type = one_in(&f->rng, 8) ? odd_number(&f->rng) : 1 + below(&f->rng, 24);

	if (one_in(&f->rng, 8))
		type |= NLA_F_NESTED;
	if (one_in(&f->rng, 16))
		type |= NLA_F_NET_BYTEORDER;
	return type;
}

static void add_payload(struct fuzzer *f, struct message *m)
{
	static const uint8_t sizes[] = { 0, 1, 2, 4, 4, 8, 8, 8, 3, 16 };
	uint8_t bytes[64];
	uint64_t number = one_in(&f->rng, 3) ? odd_number(&f->rng) : partition;

	if (one_in(&f->rng, 4)) {
		fill(&f->rng, bytes, sizeof(bytes));
		add(m, bytes, below(&f->rng, sizeof(bytes) + 1));
	} else {
		memset(bytes, 0, sizeof(bytes));
		memcpy(bytes, &number, sizeof(number));
		add(m, bytes, ONE_OF(&f->rng, sizes));
	}
}

/* What it says of its own length may be wrong, by little or by all. */
static uint16_t said_length(struct fuzzer *f, size_t length)
{
	if (!one_in(&f->rng, 10))
		return length;
	return one_in(&f->rng, 2) ? length + below(&f->rng, 9) - 4 : odd_number(&f->rng);
}

static void add_attributes(struct fuzzer *f, struct message *m, unsigned int depth)
{
	while (one_in(&f->rng, 2)) {
		struct nlattr attr = { .nla_type = some_type(f) };
		size_t at = m->used;

		add(m, &attr, sizeof(attr));
		if (depth && one_in(&f->rng, 4))
			add_attributes(f, m, depth - 1);
		else
			add_payload(f, m);
		if (m->used - at < sizeof(attr))
			return;
		attr.nla_len = said_length(f, m->used - at);
		memcpy(m->bytes + at, &attr, sizeof(attr));
		align(m);
	}
}

/* The one attribute that requests know, as it should be. */
static void add_partition(struct fuzzer *f, struct message *m)
{
	struct {
		struct nlattr attr;
		uint64_t value;
	} __attribute__((packed)) id = {
		.attr = { .nla_len = sizeof(id), .nla_type = MSHV_A_VP_PARTITION_ID },
		.value = one_in(&f->rng, 8) ? odd_number(&f->rng) : partition,
	};

	add(m, &id, sizeof(id));
}

static uint16_t some_message_type(struct fuzzer *f)
{
	static const uint16_t others[] = {
		GENL_ID_CTRL, NLMSG_NOOP, NLMSG_ERROR, NLMSG_DONE, NLMSG_OVERRUN,
	};

	if (one_in(&f->rng, 12))
		return one_in(&f->rng, 2) ? odd_number(&f->rng) : ONE_OF(&f->rng, others);
	return __atomic_load_n(&family, __ATOMIC_RELAXED);
}

struct request {
	uint8_t cmd;
	uint16_t flags;
	bool of_partition;
};

/* One that the family knows, half of the time. */
static struct request some_request(struct fuzzer *f)
{
	static const struct request known[] = {
		{ MSHV_CMD_HOST_GET, NLM_F_ACK, false },
		{ MSHV_CMD_PARTITION_GET, NLM_F_ACK, true },
		{ MSHV_CMD_PARTITION_GET, NLM_F_DUMP, false },
		{ MSHV_CMD_VP_GET, NLM_F_DUMP, false },
		{ MSHV_CMD_VP_GET, NLM_F_DUMP, true },
		{ MSHV_CMD_REGION_GET, NLM_F_DUMP, false },
		{ MSHV_CMD_REGION_GET, NLM_F_DUMP, true },
		{ MSHV_CMD_DEVICE_GET, NLM_F_DUMP, false },
		{ MSHV_CMD_DOMAIN_GET, NLM_F_DUMP, false },
	};
	static const uint16_t flags[] = { NLM_F_DUMP, NLM_F_ACK, 0, NLM_F_ROOT, NLM_F_MATCH,
					  NLM_F_ECHO };

	if (one_in(&f->rng, 2))
		return ONE_OF(&f->rng, known);
	return (struct request){
		.cmd = one_in(&f->rng, 8) ? odd_number(&f->rng) : 1 + below(&f->rng, MSHV_CMD_MAX),
		.flags = ONE_OF(&f->rng, flags) | (one_in(&f->rng, 8) ? odd_number(&f->rng) : 0),
		.of_partition = one_in(&f->rng, 2),
	};
}

static void add_message(struct fuzzer *f, struct message *m)
{
	const struct request request = some_request(f);
	struct {
		struct nlmsghdr header;
		struct genlmsghdr genl;
	} head = {
		.header.nlmsg_type = some_message_type(f),
		.header.nlmsg_flags = (one_in(&f->rng, 16) ? 0 : NLM_F_REQUEST) | request.flags,
		.header.nlmsg_seq = one_in(&f->rng, 8) ? odd_number(&f->rng) : 1,
		.header.nlmsg_pid = one_in(&f->rng, 16) ? odd_number(&f->rng) : 0,
		.genl.cmd = request.cmd,
		.genl.version = one_in(&f->rng, 16) ? odd_number(&f->rng) : MSHV_FAMILY_VERSION,
		.genl.reserved = one_in(&f->rng, 32) ? odd_number(&f->rng) : 0,
	};
	size_t at = m->used;

	add(m, &head, sizeof(head));
	if (request.of_partition && !one_in(&f->rng, 4))
		add_partition(f, m);
	if (one_in(&f->rng, 3))
		add_attributes(f, m, DEPTH);
	if (m->used - at < sizeof(head))
		return;
	head.header.nlmsg_len = one_in(&f->rng, 16) ? odd_number(&f->rng) :
						      said_length(f, m->used - at);
	memcpy(m->bytes + at, &head, sizeof(head));
	align(m);
}

/* A socket, which is made if none is found: without one this would be for nothing. */
static int some_socket(struct fuzzer *f)
{
	int fd = -1;

	for (unsigned int n = 0; fd < 0 && n < 3 * PER_KIND; n++) {
		if (n == PER_KIND)
			op_nl_open(f);
		fd = some(f, KIND_NETLINK);
	}
	return fd;
}

/* One message or several, cut off anywhere now and then. */
static int send_some(struct fuzzer *f, int fd)
{
	struct message m = { .used = 0 };
	size_t size;

	do {
		add_message(f, &m);
	} while (one_in(&f->rng, 4));
	size = one_in(&f->rng, 16) ? below(&f->rng, m.used + 1) : m.used;
	return err(send(fd, m.bytes, size, MSG_DONTWAIT));
}

/* True if it is an answer of the family's, or an event. */
static bool look_at(const struct nlmsghdr *message)
{
	const struct nlattr *attrs[NL_MAX];

	if (message->nlmsg_type != __atomic_load_n(&family, __ATOMIC_RELAXED) ||
	    message->nlmsg_len < NLMSG_LENGTH(GENL_HDRLEN))
		return false;
	nl_attrs(message, attrs);
	/* Of what has a partition, it is the first. */
	if (nl_genl(message)->cmd != MSHV_CMD_HOST_GET && attrs[MSHV_A_PARTITION_ID])
		partition = nl_number(attrs[MSHV_A_PARTITION_ID]);
	return true;
}

/* A part of what is there, which may be too much for the room that there is. */
static int read_some(struct fuzzer *f, int fd)
{
	static const unsigned int sizes[] = { 64, 512, 4096, 16384 };
	uint64_t words[16384 / sizeof(uint64_t)];
	const struct nlmsghdr *message = (const void *)words;
	int flags = MSG_DONTWAIT | (one_in(&f->rng, 8) ? MSG_PEEK : 0) |
		    (one_in(&f->rng, 8) ? MSG_TRUNC : 0);
	unsigned int size = ONE_OF(&f->rng, sizes);
	ssize_t left = recv(fd, words, size, flags);
	bool good = false;

	if (left < 0)
		return -errno;
	if (left > (ssize_t)size)
		left = size;
	for (; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left))
		good |= look_at(message);
	return good ? 0 : -ENOMSG;
}

/* Succeeds if there was an answer to any of it. */
int op_nl_talk(struct fuzzer *f)
{
	unsigned int n = 1 + below(&f->rng, BURST);
	int fd = some_socket(f), ret = -ENOMSG;

	while (n--) {
		send_some(f, fd);
		while (!one_in(&f->rng, 3))
			if (!read_some(f, fd))
				ret = 0;
	}
	return ret;
}

/* What others have left. */
int op_nl_read(struct fuzzer *f)
{
	return read_some(f, some(f, KIND_NETLINK));
}
