/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * INS and OUTS, with and without REP.
 */
#ifndef MSHVCTL_SRC_EMULATE_PORT_STRING_H
#define MSHVCTL_SRC_EMULATE_PORT_STRING_H

#include <mshvctl/port.h>

#include "core/vp.h"

/* Elements that one exit carries out; the guest executes the rest again. */
#define STRING_MAX 1024

/*
 * Add to an index or count register of which the bits of @mask count: 16 of them
 * leave the rest of the register alone, 32 clear it.
 */
int string_step(struct mshv_vp *vp, uint32_t name, uint64_t mask,
		uint64_t delta);

enum string_end {
	STRING_FINISHED,
	STRING_PART,	/* the guest executes it again for the rest */
	STRING_AGAIN,	/* the same, but nothing was done */
};

/*
 * Carry out a string port exit, of which @single elements at a time if the guest wants
 * to see each. The registers always show what has been done, until the device writes RIP:
 * then they are left to it.
 * Returns 0 with how it ended in *@end, or an error: -EFAULT where the guest's memory could
 * not be reached, or the device's.
 */
int port_string(struct mshv_vp *vp, const struct mshv_port_exit *exit,
		const struct mshv_port_ops *ops, void *opaque, bool single,
		enum string_end *end);

#endif /* MSHVCTL_SRC_EMULATE_PORT_STRING_H */
