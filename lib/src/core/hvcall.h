/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Hypercalls through the driver.
 */
#ifndef MSHVCTL_SRC_CORE_HVCALL_H
#define MSHVCTL_SRC_CORE_HVCALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct hvcall - a hypercall
 * @code: HVCALL_*
 * @reps: elements of a repeat hypercall, else 0
 * @in: input page content, the partition id at offset 0 is the driver's to fill
 * @in_size: its bytes, 8 to 4096
 * @out: receives the output, or NULL
 * @out_size: bytes of it
 * @done: result: elements completed, also where the call failed
 * @status: result: the hypervisor's, HV_STATUS_*
 * @made: result: the driver has made the call, whatever came of it
 */
struct hvcall {
	uint16_t code;
	uint16_t reps;
	const void *in;
	size_t in_size;
	void *out;
	size_t out_size;
	size_t done;
	uint16_t status;
	bool made;
};

/* Issue @call on a host, VM or VP @fd. Returns 0 or -errno. */
int hvcall(int fd, struct hvcall *call);

/* Read a partition property through a host or VM @fd. */
int hvcall_get_property(int fd, uint32_t code, uint64_t *value);

#endif /* MSHVCTL_SRC_CORE_HVCALL_H */
