// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Port exits.
 */
#include <errno.h>
#include <hvabi/intercept.h>
#include <mshvctl/port.h>

#include "core/inject.h"
#include "emulate/port_string.h"
#include "emulate/retire.h"
#include "regs/size.h"

#define IN_LONG_MASK 0xffffffffu
/* Of an access: a bit for each. */
#define SIZES (1u << 1 | 1u << 2 | 1u << 4)
/* Of the access's description. */
#define SIZE_BITS 7u
#define STRING_BIT 8u

static const struct hv_x64_io_port_intercept_message *
payload(const struct hv_message *msg)
{
	return (const void *)msg->u.payload;
}

/* The size of the access, if this is a port exit that can be handled. */
static inline int check(const struct hv_message *msg)
{
	const struct hv_x64_io_port_intercept_message *m = payload(msg);
	unsigned int size;

	if (msg->header.message_type != HVMSG_X64_IO_PORT_INTERCEPT ||
	    msg->header.payload_size < sizeof(*m))
		return -EINVAL;
	size = m->access_info.access_size;
	if (!(SIZES >> size & 1) ||
	    !m->header.instruction_length ||
	    m->header.intercept_access_type > HV_INTERCEPT_ACCESS_WRITE)
		return -EBADMSG;
	return (int)size;
}

static inline bool is_write(const struct hv_x64_io_port_intercept_message *m)
{
	return m->header.intercept_access_type == HV_INTERCEPT_ACCESS_WRITE;
}

int mshv_port_decode(const struct hv_message *msg, struct mshv_port_exit *exit)
{
	const struct hv_x64_io_port_intercept_message *m;
	int size;

	if (!msg || !exit)
		return -EINVAL;
	size = check(msg);
	if (size < 0)
		return size;
	m = payload(msg);
	exit->port = m->port_number;
	exit->size = (uint8_t)size;
	exit->write = is_write(m);
	exit->string = m->access_info.string_op;
	exit->rep = m->access_info.rep_prefix;
	return 0;
}

/* The part of RAX that IN leaves alone; a write of EAX clears the upper half. */
static inline uint64_t kept_by_in(int size)
{
	return size == 4 ? 0 : UINT64_MAX << 8 * size;
}

static __attribute__((noinline)) int
complete_any(struct mshv_vp *vp, int size, uint32_t value)
{
	const struct hv_x64_io_port_intercept_message *m = payload(vp_message(vp));
	uint64_t keep = kept_by_in(size), rax;
	int err = 0;

	if (!is_write(m)) {
		/* It may have been written meanwhile. */
		err = regcache_get64(vp->cache, HV_X64_REGISTER_RAX, &rax);
		if (!err)
			err = regcache_set64(vp->cache, HV_X64_REGISTER_RAX,
					     (rax & keep) | (value & ~(uint32_t)keep));
	}
	return err ? err : retire(vp, m->header.instruction_length);
}

/* Nearly always nobody has touched a register: then RAX is that of the message. */
static inline int complete(struct mshv_vp *vp,
			   const struct hv_x64_io_port_intercept_message *m,
			   int size, uint32_t value)
{
	uint64_t keep = kept_by_in(size);

	if (!regcache_is_fresh(vp->cache) || !retire_is_plain(&m->header))
		return complete_any(vp, size, value);
	regcache_lay_rip(vp->cache, retire_rip(&m->header, m->header.instruction_length));
	if (!is_write(m))
		regcache_lay_general(vp->cache, 0,
				     (m->rax & keep) | (value & ~(uint32_t)keep));
	return 0;
}

int mshv_vp_port_complete(struct mshv_vp *vp, uint32_t value)
{
	int size;

	if (!vp)
		return -EINVAL;
	size = check(vp_message(vp));
	if (size < 0)
		return size;
	if (payload(vp_message(vp))->access_info.string_op)
		return -EOPNOTSUPP;
	return complete(vp, payload(vp_message(vp)), size, value);
}

/* The devices that the other end of a string may be at, if there are any. */
static int check_memory(const struct mshv_mmio_ops *ops)
{
	int err = ops ? size_check(ops, ops->size, sizeof(*ops)) : 0;

	if (err)
		return err;
	return ops && (!ops->read || !ops->write) ? -EINVAL : 0;
}

/* Strings, and exits that make no sense. */
static __attribute__((noinline)) int
handle_other(struct mshv_vp *vp, const struct mshv_port_ops *ops, void *opaque)
{
	struct mshv_port_exit exit;
	unsigned int length;
	enum string_end end;
	int err;

	err = mshv_port_decode(vp_message(vp), &exit);
	if (err)
		return err;
	if (!ops->in || !ops->out)
		return -EINVAL;
	err = check_memory(ops->memory);
	if (err)
		return err;
	vp->fault.valid = false;
	err = port_string(vp, &exit, ops, opaque, retire_steps(vp), &end);
	if (err)
		return inject_fault(vp, err);
	if (end == STRING_AGAIN)
		return 0;
	length = payload(vp_message(vp))->header.instruction_length;
	return retire(vp, end == STRING_FINISHED ? length : 0);
}

/* One IN or OUT; with the bit of strings the size is none that there is. */
static inline bool is_simple(const struct hv_message *msg, unsigned int size)
{
	const struct hv_x64_io_port_intercept_message *m = payload(msg);

	return msg->header.message_type == HVMSG_X64_IO_PORT_INTERCEPT &&
	       msg->header.payload_size >= sizeof(*m) && (SIZES >> size & 1) &&
	       m->header.instruction_length &&
	       m->header.intercept_access_type <= HV_INTERCEPT_ACCESS_WRITE;
}

int mshv_vp_handle_port(struct mshv_vp *vp, const struct mshv_port_ops *ops,
			void *opaque)
{
	const struct hv_x64_io_port_intercept_message *m;
	uint32_t value = 0;
	unsigned int size;
	int err;

	if (!vp || !ops)
		return -EINVAL;
	if (ops->size != sizeof(*ops)) {
		err = size_check(ops, ops->size, sizeof(*ops));
		if (err)
			return err;
	}
	m = payload(vp_message(vp));
	size = m->access_info.as_uint8 & (SIZE_BITS | STRING_BIT);
	if (!is_simple(vp_message(vp), size))
		return handle_other(vp, ops, opaque);
	if (is_write(m))
		err = !ops->out ? -EINVAL :
				  ops->out(vp, opaque, m->port_number, size,
					   (uint32_t)m->rax & (IN_LONG_MASK >> (32 - 8 * size)));
	else
		err = !ops->in ? -EINVAL : ops->in(vp, opaque, m->port_number, size, &value);
	return err ? err : complete(vp, m, (int)size, value);
}
