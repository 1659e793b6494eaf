/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The version of the library: that of the headers, and that of what runs.
 *
 * Within one major version programs go on working with each later library. What a later
 * minor version adds is in symbol versions of its own, so that a program that needs it does
 * not start with an older library.
 *
 * Thread safety: there is no state here.
 */
#ifndef MSHVCTL_VERSION_H
#define MSHVCTL_VERSION_H

#include <mshvctl/api.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MSHVCTL_VERSION_MAJOR 1
#define MSHVCTL_VERSION_MINOR 0
#define MSHVCTL_VERSION_PATCH 0

#define MSHVCTL_MAKE_VERSION(major, minor, patch) ((major) << 16 | (minor) << 8 | (patch))

/* Of these headers. */
#define MSHVCTL_VERSION \
	MSHVCTL_MAKE_VERSION(MSHVCTL_VERSION_MAJOR, MSHVCTL_VERSION_MINOR, MSHVCTL_VERSION_PATCH)

/** mshv_version() - MSHVCTL_VERSION as it was when the library was built */
MSHV_API uint32_t mshv_version(void);

#ifdef __cplusplus
}
#endif

#endif /* MSHVCTL_VERSION_H */
