// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl: the connection to the driver.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/mshv_netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "mshvctl.h"
#include "netlink.h"

/* The larger the buffer, the fewer the parts of a dump: the kernel makes use of so much. */
#define BUFFER_SIZE	32768
/* Objects that come and go: an answer that is right for a moment is worth some tries. */
#define TRIES		10

union buffer {
	char bytes[BUFFER_SIZE];
	struct nlmsghdr header;
};

/**
 * struct answer - what comes of a request
 * @got: called for each message
 * @opaque: for @got
 * @interrupted: the set of objects has changed meanwhile
 * @err: a negative errno that the kernel sent, or 0
 * @text: what it said about that
 */
struct answer {
	netlink_got_t got;
	void *opaque;
	bool interrupted;
	int err;
	char text[128];
};

/* The explanation comes after the request that it is about, if that comes back at all. */
static void read_explanation(struct answer *answer, const struct nlmsghdr *message,
			     size_t offset)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, message, offset)
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
		    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
			snprintf(answer->text, sizeof(answer->text), "%s",
				 mnl_attr_get_str(attr));
}

static bool read_error(struct answer *answer, const struct nlmsghdr *message)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);
	size_t offset = sizeof(*error);

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*error)) {
		answer->err = -EBADMSG;
		return true;
	}
	answer->err = error->error;
	if (!(message->nlmsg_flags & NLM_F_CAPPED))
		offset += MNL_ALIGN(error->msg.nlmsg_len) - MNL_NLMSG_HDRLEN;
	if (message->nlmsg_flags & NLM_F_ACK_TLVS)
		read_explanation(answer, message, offset);
	return true;
}

static bool read_done(struct answer *answer, const struct nlmsghdr *message)
{
	const int *err = mnl_nlmsg_get_payload(message);

	if (mnl_nlmsg_get_payload_len(message) >= sizeof(*err) && *err < 0) {
		answer->err = *err;
		if (message->nlmsg_flags & NLM_F_ACK_TLVS)
			read_explanation(answer, message, sizeof(*err));
	}
	return true;
}

/* True if it was the last one. */
static bool read_message(struct answer *answer, const struct nlmsghdr *message)
{
	if (message->nlmsg_flags & NLM_F_DUMP_INTR)
		answer->interrupted = true;
	switch (message->nlmsg_type) {
	case NLMSG_ERROR:
		return read_error(answer, message);
	case NLMSG_DONE:
		return read_done(answer, message);
	default:
		answer->got(answer->opaque, message);
		return false;
	}
}

static int receive(struct netlink *nl, struct answer *answer)
{
	union buffer buffer;
	bool last = false;

	while (!last) {
		ssize_t got = mnl_socket_recvfrom(nl->socket, &buffer, sizeof(buffer));
		int left = (int)got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		for (const struct nlmsghdr *m = &buffer.header; mnl_nlmsg_ok(m, left) && !last;
		     m = mnl_nlmsg_next(m, &left))
			if (m->nlmsg_seq == nl->seq)
				last = read_message(answer, m);
	}
	return answer->err;
}

static int request(struct netlink *nl, uint16_t type, uint16_t flags, uint8_t version,
		   const struct question *question, const char *name, struct answer *answer)
{
	union buffer buffer;
	struct nlmsghdr *message = mnl_nlmsg_put_header(&buffer);
	struct genlmsghdr *header;

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	message->nlmsg_seq = ++nl->seq;
	header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
	header->cmd = question->command;
	header->version = version;
	if (name)
		mnl_attr_put_strz(message, question->attribute, name);
	else if (question->attribute)
		mnl_attr_put_u64(message, question->attribute, question->value);
	if (mnl_socket_sendto(nl->socket, message, message->nlmsg_len) < 0)
		return -errno;
	return receive(nl, answer);
}

static int complain_about(const struct answer *answer, int err)
{
	if (err == -EPERM)
		complain("not permitted: CAP_NET_ADMIN is needed, in the host's own namespaces");
	else if (answer->text[0])
		complain("%s", answer->text);
	else
		complain("the driver answers: %s", strerror(-err));
	return err == -ENOENT ? EXIT_NO : EXIT_FAILED;
}

static int complain_about_family(void)
{
	if (access("/sys/module/mshv_root", F_OK))
		complain("the driver is not loaded: modprobe mshv_root");
	else
		complain("the driver does not answer: it is Linux's own, or this is a container");
	return EXIT_FAILED;
}

static void read_group(struct netlink *nl, const struct nlattr *group)
{
	const struct nlattr *attr;
	const char *name = "";
	uint32_t id = 0;

	mnl_attr_for_each_nested(attr, group) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME)
			name = mnl_attr_get_str(attr);
		else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
			id = mnl_attr_get_u32(attr);
	}
	if (!strcmp(name, MSHV_MCGRP_EVENTS))
		nl->group = id;
}

static void read_family(void *opaque, const struct nlmsghdr *message)
{
	const struct nlattr *attr, *group;
	struct netlink *nl = opaque;

	mnl_attr_for_each(attr, message, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			nl->family = mnl_attr_get_u16(attr);
		else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
			mnl_attr_for_each_nested(group, attr)
				read_group(nl, group);
	}
}

int netlink_open(struct netlink *nl)
{
	const struct question question = {
		.command = CTRL_CMD_GETFAMILY, .attribute = CTRL_ATTR_FAMILY_NAME,
	};
	struct answer answer = { .got = read_family, .opaque = nl };
	int on = 1, err;

	*nl = (struct netlink){ .seq = (uint32_t)time(NULL) };
	nl->socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!nl->socket || mnl_socket_bind(nl->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		complain("netlink: %s", strerror(errno));
		netlink_close(nl);
		return EXIT_FAILED;
	}
	/* Without them there is less to say, and that is all. */
	mnl_socket_setsockopt(nl->socket, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl->socket, NETLINK_CAP_ACK, &on, sizeof(on));
	err = request(nl, GENL_ID_CTRL, NLM_F_ACK, 1, &question, MSHV_FAMILY_NAME, &answer);
	if (!err)
		return EXIT_OK;
	netlink_close(nl);
	return err == -ENOENT ? complain_about_family() : complain_about(&answer, err);
}

void netlink_close(struct netlink *nl)
{
	if (nl->socket)
		mnl_socket_close(nl->socket);
	nl->socket = NULL;
}

int netlink_fd(const struct netlink *nl)
{
	return mnl_socket_get_fd(nl->socket);
}

static void take(void *opaque, const struct nlmsghdr *message)
{
	struct json_object **object = opaque;
	const struct message *kind;

	json_object_put(*object);
	*object = decode_message(message, &kind);
}

int netlink_ask(struct netlink *nl, const struct question *question,
		struct json_object **object)
{
	struct answer answer = { .got = take, .opaque = object };
	int err;

	*object = NULL;
	err = request(nl, nl->family, NLM_F_ACK, MSHV_FAMILY_VERSION, question, NULL, &answer);
	if (!err && *object)
		return EXIT_OK;
	json_object_put(*object);
	*object = NULL;
	return complain_about(&answer, err ? err : -EBADMSG);
}

/* All of a kind, from the beginning again if the set of them has changed meanwhile. */
static int dump(struct netlink *nl, const struct question *question, struct answer *answer,
		netlink_got_t got, void *opaque)
{
	int err, tries = 0;

	do {
		got(opaque, NULL);
		*answer = (struct answer){ .got = got, .opaque = opaque };
		err = request(nl, nl->family, NLM_F_DUMP, MSHV_FAMILY_VERSION, question, NULL,
			      answer);
	} while (!err && answer->interrupted && ++tries < TRIES);
	return err;
}

int netlink_dump(struct netlink *nl, const struct question *question, netlink_got_t got,
		 void *opaque)
{
	struct answer answer;
	int err = dump(nl, question, &answer, got, opaque);

	return err ? complain_about(&answer, err) : EXIT_OK;
}

static void append(void *opaque, const struct nlmsghdr *message)
{
	struct json_object **array = opaque, *object;
	const struct message *kind;

	if (!message) {
		json_object_put(*array);
		*array = json_object_new_array();
		return;
	}
	object = decode_message(message, &kind);
	if (object)
		json_object_array_add(*array, object);
}

static int list(struct netlink *nl, const struct question *question, bool optional,
		struct json_object **array)
{
	struct answer answer;
	int err;

	*array = NULL;
	err = dump(nl, question, &answer, append, array);
	if (!err)
		return EXIT_OK;
	json_object_put(*array);
	*array = NULL;
	return optional && err == -EOPNOTSUPP ? EXIT_OK : complain_about(&answer, err);
}

int netlink_list(struct netlink *nl, const struct question *question,
		 struct json_object **array)
{
	return list(nl, question, false, array);
}

int netlink_list_if_any(struct netlink *nl, const struct question *question,
			struct json_object **array)
{
	return list(nl, question, true, array);
}
