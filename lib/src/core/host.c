// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The host: an open /dev/mshv.
 */
#include <errno.h>
#include <fcntl.h>
#include <hvabi/hypercall.h>
#include <hvabi/partition.h>
#include <linux/mshv.h>
#include <mshvctl/ioctl.h>
#include <mshvctl/version.h>
#include <stdlib.h>
#include <string.h>

#include "core/host.h"
#include "core/hvcall.h"
#include "core/sys.h"

#define DEFAULT_PATH "/dev/mshv"
#define PROPERTY_EX_MAX (4096 - sizeof(struct hv_input_get_partition_property_ex))

uint32_t mshv_version(void)
{
	return MSHVCTL_VERSION;
}

int mshv_host_open(const char *path, struct mshv_host **host)
{
	struct mshv_host *h;
	int fd;

	if (!host)
		return -EINVAL;
	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	fd = mshv_sys_open(path ? path : DEFAULT_PATH, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		free(h);
		return fd;
	}
	h->fd = fd;
	*host = h;
	return 0;
}

void mshv_host_close(struct mshv_host *host)
{
	if (!host)
		return;
	mshv_sys_close(host->fd);
	free(host);
}

int mshv_host_fd(const struct mshv_host *host)
{
	return host ? host->fd : -EINVAL;
}

int mshv_host_check_extension(struct mshv_host *host, uint32_t extension)
{
	int ret;

	if (!host)
		return -EINVAL;
	ret = mshv_ioctl_check_extension(host->fd, &extension);
	return ret == -ENOTTY ? 0 : ret;
}

int mshv_host_get_property(struct mshv_host *host, uint32_t code,
			   uint64_t *value)
{
	if (!host || !value)
		return -EINVAL;
	return hvcall_get_property(host->fd, code, value);
}

int mshv_host_get_property_ex(struct mshv_host *host, uint32_t code,
			      uint64_t arg, void *buf, size_t size)
{
	struct hv_input_get_partition_property_ex in = {
		.property_code = code,
	};
	struct hvcall call = {
		.code = HVCALL_GET_PARTITION_PROPERTY_EX,
		.in = &in,
		.in_size = sizeof(in),
		.out = buf,
		.out_size = size,
	};

	if (!host || !buf || !size || size > PROPERTY_EX_MAX)
		return -EINVAL;
	in.arg = arg;
	return hvcall(host->fd, &call);
}
