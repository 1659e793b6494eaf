/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A VM with one VP for tests on a real /dev/mshv. Its guest does nothing but port
 * writes, so that all its registers but RIP stay as they are.
 */
#ifndef MSHVCTL_TESTS_HOST_RIG_H
#define MSHVCTL_TESTS_HOST_RIG_H

#include <hvabi/hvabi.h>
#include <mshvctl/mshvctl.h>

/* Where the guest is, and its length up to the next instruction. */
#define RIG_CODE 0x1000
#define RIG_STEP 2

struct rig {
	struct mshv_host *host;
	struct mshv_vm *vm;
	struct mshv_vp *vp;
	uint8_t *ram;
};

extern struct rig rig;

/* @flags: MSHV_VP_* */
void rig_start(unsigned int flags);
void rig_finish(void);

/* Run until the guest writes to @port, and past that. */
void rig_run_to_port(uint16_t port);

struct mshv_vp_counters rig_counters(void);

/* Send this process a signal every so many microseconds; 0 stops it. */
void rig_interrupt_every(int microseconds);

#endif /* MSHVCTL_TESTS_HOST_RIG_H */
