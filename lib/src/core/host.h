/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Inside a host.
 */
#ifndef MSHVCTL_SRC_CORE_HOST_H
#define MSHVCTL_SRC_CORE_HOST_H

#include <mshvctl/host.h>

struct mshv_host {
	int fd;
};

#endif /* MSHVCTL_SRC_CORE_HOST_H */
