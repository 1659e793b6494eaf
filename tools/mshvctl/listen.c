// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl: events of the driver.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <string.h>
#include <sys/socket.h>

#include "mshvctl.h"
#include "netlink.h"

/* What one recvfrom() may return; events are far smaller. */
#define BUFFER_SIZE	8192
/* Who is slow for a moment should not lose any. */
#define QUEUE_SIZE	(1 << 20)

int netlink_join(struct netlink *nl)
{
	int size = QUEUE_SIZE;

	/* Beyond the limit of others if that is allowed; else what there is has to do. */
	if (setsockopt(netlink_fd(nl), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(netlink_fd(nl), SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (!mnl_socket_setsockopt(nl->socket, NETLINK_ADD_MEMBERSHIP, &nl->group,
				   sizeof(nl->group)))
		return EXIT_OK;
	if (errno == EPERM)
		complain("not permitted: CAP_NET_ADMIN and CAP_SYS_ADMIN are needed");
	else
		complain("netlink: %s", strerror(errno));
	return EXIT_FAILED;
}

int netlink_hear(struct netlink *nl,
		 netlink_tell_t tell,
		 void *opaque)
{
	union {
		char bytes[BUFFER_SIZE];
		struct nlmsghdr header;
	} buffer;
	ssize_t got = mnl_socket_recvfrom(nl->socket, &buffer, sizeof(buffer));
	int left = (int)got;

	if (got < 0 && errno == ENOBUFS) {
		tell(opaque, NULL, NULL);
		return EXIT_OK;
	}
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return EXIT_OK;
	if (got < 0) {
		complain("netlink: %s", strerror(errno));
		return EXIT_FAILED;
	}
	for (const struct nlmsghdr *m = &buffer.header; mnl_nlmsg_ok(m, left);
	     m = mnl_nlmsg_next(m, &left)) {
		struct json_object *event;
		const struct message *kind;

		if (m->nlmsg_type != nl->family)
			continue;
		event = decode_message(m, &kind);
		if (event)
			tell(opaque, kind, event);
		json_object_put(event);
	}
	return EXIT_OK;
}
