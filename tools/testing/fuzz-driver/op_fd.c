// SPDX-License-Identifier: GPL-2.0-only
/* The lives of descriptors: opened, closed under others, copied, given to other processes. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"

int op_open(struct fuzzer *f)
{
	return put(f, KIND_DEV, open("/dev/mshv", O_RDWR | O_CLOEXEC));
}

int op_close(struct fuzzer *f)
{
	int fd = take(f, below(&f->rng, NR_KINDS));

	return fd < 0 ? -EBADF : err(close(fd));
}

/* Into a place of any kind, sometimes. */
int op_dup(struct fuzzer *f)
{
	enum kind kind = below(&f->rng, NR_KINDS);
	int fd = dup(some(f, kind));

	return put(f, one_in(&f->rng, 8) ? below(&f->rng, NR_KINDS) : kind, fd);
}

union control {
	char room[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

static int send_fd(int socket, int fd, unsigned char kind)
{
	union control control = { 0 };
	struct iovec byte = { &kind, 1 };
	struct msghdr message = {
		.msg_iov = &byte, .msg_iovlen = 1,
		.msg_control = control.room, .msg_controllen = sizeof(control.room),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(socket, &message, MSG_DONTWAIT) < 0 ? -errno : 0;
}

static int receive_fd(int socket, unsigned char *kind)
{
	union control control = { 0 };
	struct iovec byte = { kind, 1 };
	struct msghdr message = {
		.msg_iov = &byte, .msg_iovlen = 1,
		.msg_control = control.room, .msg_controllen = sizeof(control.room),
	};
	struct cmsghdr *c;
	int fd;

	if (recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	c = CMSG_FIRSTHDR(&message);
	if (!c || c->cmsg_type != SCM_RIGHTS)
		return -ENOMSG;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

/* What one worker sends any other may get. */
int op_give(struct fuzzer *f)
{
	unsigned char kind = below(&f->rng, NR_KINDS);
	int fd;

	if (one_in(&f->rng, 2))
		return send_fd(f->w->post, some(f, kind), kind);
	fd = receive_fd(f->w->post, &kind);
	return fd < 0 ? fd : put(f, kind % NR_KINDS, fd);
}

/* What the driver shows of itself, and poll() on what has none. */
int op_read(struct fuzzer *f)
{
	static const char *const patterns[] = {
		"/sys/kernel/debug/mshv/*", "/sys/kernel/debug/mshv/partition/*/*",
		"/sys/kernel/debug/mshv/partition/*/vp/*/*", "/proc/self/fdinfo/*",
		"/proc/self/smaps", "/proc/self/numa_maps",
	};
	struct pollfd poller = { .fd = any(f), .events = POLLIN | POLLOUT };
	int fd, ret = -ENOENT;
	char text[512];
	glob_t found;

	if (one_in(&f->rng, 2))
		return err(poll(&poller, 1, 0));
	if (glob(ONE_OF(&f->rng, patterns), GLOB_NOSORT, NULL, &found))
		return ret;
	fd = open(found.gl_pathv[below(&f->rng, found.gl_pathc)], O_RDONLY | O_CLOEXEC);
	globfree(&found);
	if (fd < 0)
		return -errno;
	for (unsigned int n = 0; n < 8 && read(fd, text, sizeof(text)) > 0; n++)
		ret = 0;
	close(fd);
	return ret;
}

/* As the supervisor's, but in the middle of something of this thread's own choice. */
int op_die(struct fuzzer *f)
{
	if (one_in(&f->rng, 2))
		raise(SIGKILL);
	_exit(0);
}
