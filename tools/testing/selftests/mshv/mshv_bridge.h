/* SPDX-License-Identifier: GPL-2.0-only */
/* The bridge between a partition and VFIO: its making and its attributes. */
#ifndef MSHV_SELFTEST_BRIDGE_H
#define MSHV_SELFTEST_BRIDGE_H

#include <stdint.h>

int _test_create_device(int pt, uint32_t type, uint32_t flags);
int _test_attr(int fd, unsigned long cmd, uint32_t group, uint64_t attr, const void *addr);
int _test_file(int bridge, uint64_t attr, int32_t file);

#define test_err_create_device(err, ...)	test_err(err, _test_create_device(__VA_ARGS__))
#define test_file(...)				test_ok(_test_file(__VA_ARGS__))
#define test_err_file(err, ...)			test_err(err, _test_file(__VA_ARGS__))
#define test_err_attr(err, ...)			test_err(err, _test_attr(__VA_ARGS__))

#endif
