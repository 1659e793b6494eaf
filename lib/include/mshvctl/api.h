/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What every public header of libmshvctl needs.
 *
 * Conventions that hold for the whole library:
 *  - functions that can fail return 0 or a negative errno, and print nothing;
 *  - a NULL handle or a NULL result pointer is -EINVAL, never a crash;
 *  - a failing function leaves its results untouched unless it says otherwise;
 *  - there is no global state, but for mshv_hv_status(), which each thread has its own
 *    of: two hosts, VMs or VPs never influence each other inside the library;
 *  - a structure that may grow begins with its size, which the caller sets to the sizeof it
 *    was compiled with. Less than the first version had is -EINVAL. Of an argument that is
 *    longer than the library knows the rest must be 0, else it is -E2BIG; of a result the
 *    rest is set to 0. All other structures stay as they are.
 *
 * Hyper-V's registers, messages and constants have the names and layouts that they have
 * everywhere. These headers only name the types, and do not define them: a program takes
 * <hvabi/hvabi.h>, or a header of its own, such as QEMU's, or the kernel's.
 */
#ifndef MSHVCTL_API_H
#define MSHVCTL_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MSHV_API __attribute__((visibility("default")))

/* Hyper-V's. */
struct hv_message;
struct hv_register_assoc;
union hv_register_value;

struct mshv_host;
struct mshv_vm;
struct mshv_vp;
struct mshv_regcache;

#endif /* MSHVCTL_API_H */
