/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mshvctl device: what its sub-commands share.
 */
#ifndef MSHVCTL_DEVICE_H
#define MSHVCTL_DEVICE_H

#include "mshvctl.h"
#include "options.h"
#include "pci.h"

const char *device_help(void);

/* claim.c */
int cmd_device_claim(int argc, char **argv);
int cmd_device_release(int argc, char **argv);

#endif /* MSHVCTL_DEVICE_H */
