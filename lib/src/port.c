// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Port exits.
 */
#include <errno.h>
#include <hvabi/intercept.h>
#include <mshvctl/port.h>

#include "inject.h"
#include "portstring.h"
#include "retire.h"

#define IN_LONG_MASK 0xffffffffu

static const struct hv_x64_io_port_intercept_message *
payload(const struct hv_message *msg)
{
	return (const void *)msg->u.payload;
}

static inline int decode(const struct hv_message *msg,
			 struct mshv_port_exit *exit)
{
	const struct hv_x64_io_port_intercept_message *m;
	unsigned int size;

	if (msg->header.message_type != HVMSG_X64_IO_PORT_INTERCEPT ||
	    msg->header.payload_size < sizeof(*m))
		return -EINVAL;
	m = payload(msg);
	size = m->access_info.access_size;
	if ((size != 1 && size != 2 && size != 4) ||
	    !m->header.instruction_length ||
	    m->header.intercept_access_type > HV_INTERCEPT_ACCESS_WRITE)
		return -EBADMSG;

	exit->port = m->port_number;
	exit->size = (uint8_t)size;
	exit->write = m->header.intercept_access_type ==
		      HV_INTERCEPT_ACCESS_WRITE;
	exit->string = m->access_info.string_op;
	exit->rep = m->access_info.rep_prefix;
	return 0;
}

int mshv_port_decode(const struct hv_message *msg, struct mshv_port_exit *exit)
{
	return msg && exit ? decode(msg, exit) : -EINVAL;
}

/* Put what IN read into RAX, whose other bytes may have been written meanwhile. */
static int merge_rax(struct mshv_vp *vp, unsigned int size, uint32_t value)
{
	uint64_t mask = size == 1 ? 0xff : 0xffff;
	uint64_t rax;
	int err;

	if (size == 4)
		return regcache_set64(vp->cache, HV_X64_REGISTER_RAX, value);
	err = regcache_get64(vp->cache, HV_X64_REGISTER_RAX, &rax);
	if (err)
		return err;
	return regcache_set64(vp->cache, HV_X64_REGISTER_RAX,
			      (rax & ~mask) | (value & mask));
}

static int complete(struct mshv_vp *vp, const struct mshv_port_exit *exit,
		    uint32_t value)
{
	int err;

	if (!exit->write) {
		err = merge_rax(vp, exit->size, value);
		if (err)
			return err;
	}
	return retire(vp, payload(vp_message(vp))->header.instruction_length);
}

int mshv_vp_port_complete(struct mshv_vp *vp, uint32_t value)
{
	struct mshv_port_exit exit;
	int err;

	if (!vp)
		return -EINVAL;
	err = decode(vp_message(vp), &exit);
	if (err)
		return err;
	return exit.string ? -EOPNOTSUPP : complete(vp, &exit, value);
}

static int handle_simple(struct mshv_vp *vp, const struct mshv_port_exit *exit,
			 const struct mshv_port_ops *ops, void *opaque)
{
	uint32_t value = 0;
	int err;

	if (exit->write)
		err = ops->out(opaque, exit->port, exit->size,
			       (uint32_t)payload(vp_message(vp))->rax &
			       (IN_LONG_MASK >> (32 - 8 * exit->size)));
	else
		err = ops->in(opaque, exit->port, exit->size, &value);
	return err ? err : complete(vp, exit, value);
}

int mshv_vp_handle_port(struct mshv_vp *vp, const struct mshv_port_ops *ops,
			void *opaque)
{
	struct mshv_port_exit exit;
	unsigned int length;
	bool finished;
	int err;

	if (!vp || !ops || !ops->in || !ops->out)
		return -EINVAL;
	err = decode(vp_message(vp), &exit);
	if (err)
		return err;
	if (!exit.string)
		return handle_simple(vp, &exit, ops, opaque);
	vp->fault.valid = false;
	err = port_string(vp, &exit, ops, opaque, retire_steps(vp), &finished);
	if (err)
		return inject_fault(vp, err);
	length = payload(vp_message(vp))->header.instruction_length;
	return retire(vp, finished ? length : 0);
}
