/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The netlink family as its tests see it, and the benchmark and the fuzzer. Functions
 * return 0, or more, or -errno.
 */
#ifndef MSHV_NETLINK_CLIENT_H
#define MSHV_NETLINK_CLIENT_H

#include <errno.h>
#include <linux/capability.h>
#include <linux/genetlink.h>
#include <linux/mshv_netlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define NL_BUFFER	32768
#define NL_MAX		64	/* greater than any number of an attribute */

/**
 * struct nl - a connection
 * @fd: socket
 * @family: number of the family
 * @group: number of its group of events
 * @seq: number of the last request
 * @size: how much is read at once
 * @interrupted: the last dump said that something changed meanwhile
 * @answers: messages of the last answer
 */
struct nl {
	int fd;
	uint16_t family;
	uint32_t group;
	uint32_t seq;
	size_t size;
	bool interrupted;
	unsigned int answers;
};

/* A request with one attribute at most. */
struct nl_request {
	struct nlmsghdr header;
	struct genlmsghdr genl;
	struct nlattr attr;
	uint64_t value;
};

typedef void (*nl_got_t)(void *opaque, const struct nlmsghdr *message);

static inline const struct genlmsghdr *nl_genl(const struct nlmsghdr *message)
{
	return NLMSG_DATA(message);
}

/* The attributes from @at to @end, by number. */
static inline void nl_parse(const void *at, const void *end, const struct nlattr **attrs)
{
	const struct nlattr *attr = at;

	memset(attrs, 0, NL_MAX * sizeof(*attrs));
	while ((const char *)end - (const char *)attr >= NLA_HDRLEN && attr->nla_len >= NLA_HDRLEN) {
		if ((attr->nla_type & NLA_TYPE_MASK) < NL_MAX)
			attrs[attr->nla_type & NLA_TYPE_MASK] = attr;
		attr = (const void *)((const char *)attr + NLA_ALIGN(attr->nla_len));
	}
}

static inline void nl_attrs(const struct nlmsghdr *message, const struct nlattr **attrs)
{
	nl_parse(nl_genl(message) + 1, (const char *)message + message->nlmsg_len, attrs);
}

static inline void nl_nested(const struct nlattr *nest, const struct nlattr **attrs)
{
	if (nest)
		nl_parse(nest + 1, (const char *)nest + nest->nla_len, attrs);
	else
		memset(attrs, 0, NL_MAX * sizeof(*attrs));
}

static inline const void *nl_data(const struct nlattr *attr)
{
	return attr + 1;
}

/* A number of 4 or 8 bytes; 0 if there is none. */
static inline uint64_t nl_number(const struct nlattr *attr)
{
	uint64_t number = 0;

	if (attr && attr->nla_len - NLA_HDRLEN <= (int)sizeof(number))
		memcpy(&number, nl_data(attr), attr->nla_len - NLA_HDRLEN);
	return number;
}

static inline int nl_send(struct nl *nl, struct nl_request *request, uint16_t type,
			  uint16_t flags, size_t length)
{
	request->header.nlmsg_len = length;
	request->header.nlmsg_type = type;
	request->header.nlmsg_flags = NLM_F_REQUEST | flags;
	request->header.nlmsg_seq = ++nl->seq;
	nl->interrupted = false;
	nl->answers = 0;
	return send(nl->fd, request, length, 0) < 0 ? -errno : 0;
}

/* What a message says: 1 to go on, 0 for the end, or -errno. */
static inline int nl_take(struct nl *nl, const struct nlmsghdr *m, nl_got_t got, void *opaque)
{
	if (m->nlmsg_seq != nl->seq)
		return 1;
	nl->interrupted |= m->nlmsg_flags & NLM_F_DUMP_INTR;
	if (m->nlmsg_type == NLMSG_ERROR)
		return ((const struct nlmsgerr *)NLMSG_DATA(m))->error;
	if (m->nlmsg_type == NLMSG_DONE)
		return m->nlmsg_len >= NLMSG_LENGTH(sizeof(int)) ?
		       *(const int *)NLMSG_DATA(m) : 0;
	nl->answers++;
	if (got)
		got(opaque, m);
	return 1;
}

/* Reads one part of an answer: 1 if there are more, 0 at the end, or -errno. */
static inline int nl_read(struct nl *nl, nl_got_t got, void *opaque)
{
	static __thread uint64_t buffer[NL_BUFFER / sizeof(uint64_t)];
	ssize_t left = recv(nl->fd, buffer, nl->size, 0);
	const struct nlmsghdr *m = (const void *)buffer;
	int ret = 1;

	if (left < 0)
		return -errno;
	for (; NLMSG_OK(m, left) && ret > 0; m = NLMSG_NEXT(m, left))
		ret = nl_take(nl, m, got, opaque);
	return ret;
}

static inline int nl_read_all(struct nl *nl, nl_got_t got, void *opaque)
{
	int ret;

	do {
		ret = nl_read(nl, got, opaque);
	} while (ret > 0);
	return ret;
}

static inline int nl_ask(struct nl *nl, uint8_t cmd, uint16_t flags, uint16_t attribute,
			 uint64_t value)
{
	struct nl_request request = {
		.genl = { .cmd = cmd, .version = MSHV_FAMILY_VERSION },
		.attr = { .nla_len = NLA_HDRLEN + sizeof(value), .nla_type = attribute },
		.value = value,
	};

	return nl_send(nl, &request, nl->family, flags,
		       attribute ? sizeof(request) : NLMSG_LENGTH(GENL_HDRLEN));
}

/* An object. */
static inline int nl_get(struct nl *nl, uint8_t cmd, uint16_t attribute, uint64_t value,
			 nl_got_t got, void *opaque)
{
	int ret = nl_ask(nl, cmd, NLM_F_ACK, attribute, value);

	return ret ? ret : nl_read_all(nl, got, opaque);
}

/* All objects of a kind. */
static inline int nl_dump(struct nl *nl, uint8_t cmd, uint16_t attribute, uint64_t value,
			  nl_got_t got, void *opaque)
{
	int ret = nl_ask(nl, cmd, NLM_F_DUMP, attribute, value);

	return ret ? ret : nl_read_all(nl, got, opaque);
}

static inline void nl_got_family(void *opaque, const struct nlmsghdr *message)
{
	const struct nlattr *attrs[NL_MAX], *groups[NL_MAX], *group[NL_MAX];
	struct nl *nl = opaque;

	nl_attrs(message, attrs);
	nl->family = nl_number(attrs[CTRL_ATTR_FAMILY_ID]);
	nl_nested(attrs[CTRL_ATTR_MCAST_GROUPS], groups);
	nl_nested(groups[1], group);
	nl->group = nl_number(group[CTRL_ATTR_MCAST_GRP_ID]);
}

/* @size: what is read at once; the kernel remembers the most that there ever was. */
static inline int nl_open_size(struct nl *nl, size_t size)
{
	struct nl_request request = {
		.genl = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 },
		.attr = {
			.nla_len = NLA_HDRLEN + sizeof(MSHV_FAMILY_NAME),
			.nla_type = CTRL_ATTR_FAMILY_NAME,
		},
	};
	struct timeval patience = { .tv_sec = 60 };
	int ret;

	memcpy(&request.value, MSHV_FAMILY_NAME, sizeof(MSHV_FAMILY_NAME));
	memset(nl, 0, sizeof(*nl));
	nl->size = size;
	nl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (nl->fd < 0)
		return -errno;
	setsockopt(nl->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	ret = nl_send(nl, &request, GENL_ID_CTRL, NLM_F_ACK, sizeof(request));
	return ret ? ret : nl_read_all(nl, nl_got_family, nl);
}

static inline int nl_open(struct nl *nl)
{
	return nl_open_size(nl, NL_BUFFER);
}

static inline void nl_close(struct nl *nl)
{
	if (nl->fd >= 0)
		close(nl->fd);
	nl->fd = -1;
}

/* Hear of events. */
static inline int nl_join(struct nl *nl)
{
	return setsockopt(nl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &nl->group,
			  sizeof(nl->group)) ? -errno : 0;
}

/* Keeps only these of the calling thread's capabilities. */
static inline int nl_keep_capabilities(uint64_t keep)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = keep, .permitted = keep },
		{ .effective = keep >> 32, .permitted = keep >> 32 },
	};

	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

/**
 * struct nl_partition - what a partition says of itself
 * @id: number
 * @pid: owner
 * @name: of the owner
 * @state: MSHV_PARTITION_STATE_*
 * @vps: how many
 * @memory: by MSHV_A_MEMORY_*
 */
struct nl_partition {
	uint64_t id;
	uint32_t pid;
	char name[32];
	uint32_t state;
	uint32_t vps;
	uint64_t memory[MSHV_A_MEMORY_MAX + 1];
};

static inline void nl_got_partition(void *opaque, const struct nlmsghdr *message)
{
	const struct nlattr *attrs[NL_MAX], *memory[NL_MAX];
	struct nl_partition *pt = opaque;
	unsigned int i;

	nl_attrs(message, attrs);
	pt->id = nl_number(attrs[MSHV_A_PARTITION_ID]);
	pt->pid = nl_number(attrs[MSHV_A_PARTITION_OWNER_PID]);
	pt->state = nl_number(attrs[MSHV_A_PARTITION_STATE]);
	pt->vps = nl_number(attrs[MSHV_A_PARTITION_VPS]);
	if (attrs[MSHV_A_PARTITION_OWNER_NAME])
		snprintf(pt->name, sizeof(pt->name), "%s",
			 (const char *)nl_data(attrs[MSHV_A_PARTITION_OWNER_NAME]));
	nl_nested(attrs[MSHV_A_PARTITION_MEMORY], memory);
	for (i = 0; i <= MSHV_A_MEMORY_MAX; i++)
		pt->memory[i] = nl_number(memory[i]);
}

#endif
