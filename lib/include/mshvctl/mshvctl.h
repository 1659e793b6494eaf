/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * libmshvctl: virtual machines on /dev/mshv.
 */
#ifndef MSHVCTL_MSHVCTL_H
#define MSHVCTL_MSHVCTL_H

#include <mshvctl/cpu.h>
#include <mshvctl/host.h>
#include <mshvctl/mmio.h>
#include <mshvctl/port.h>
#include <mshvctl/regcache.h>
#include <mshvctl/regs.h>
#include <mshvctl/vm.h>
#include <mshvctl/vp.h>

#endif /* MSHVCTL_MSHVCTL_H */
