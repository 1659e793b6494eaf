/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * libmshvctl: virtual machines on /dev/mshv.
 */
#ifndef MSHVCTL_MSHVCTL_H
#define MSHVCTL_MSHVCTL_H

#include <mshvctl/cpu.h>
#include <mshvctl/device.h>
#include <mshvctl/dirty.h>
#include <mshvctl/host.h>
#include <mshvctl/ioeventfd.h>
#include <mshvctl/irq.h>
#include <mshvctl/mmio.h>
#include <mshvctl/port.h>
#include <mshvctl/regcache.h>
#include <mshvctl/regs.h>
#include <mshvctl/state.h>
#include <mshvctl/version.h>
#include <mshvctl/vm.h>
#include <mshvctl/vp.h>
#include <mshvctl/vpstate.h>

#endif /* MSHVCTL_MSHVCTL_H */
