/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What every public header of libmshvctl needs.
 *
 * Conventions that hold for the whole library:
 *  - functions that can fail return 0 or a negative errno, and print nothing;
 *  - a NULL handle or a NULL result pointer is -EINVAL, never a crash;
 *  - a failing function leaves its results untouched unless it says otherwise;
 *  - there is no global state, but for mshv_hv_status(), which each thread has its own
 *    of: two hosts, VMs or VPs never influence each other inside the library.
 */
#ifndef MSHVCTL_API_H
#define MSHVCTL_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MSHV_API __attribute__((visibility("default")))

struct mshv_host;
struct mshv_vm;
struct mshv_vp;
struct mshv_regcache;

#endif /* MSHVCTL_API_H */
