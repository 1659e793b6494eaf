// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A VM with one VP whose kernel and hypervisor are a model.
 */
#include <errno.h>
#include <fcntl.h>
#include <hvabi/hypercall.h>
#include <hvabi/partition.h>
#include <string.h>

#include "fakevp.h"
#include "mock.h"
#include "test.h"

#define DEV_FD 10
#define VM_FD 11
#define VP_FD 12
#define VP_INDEX 3

#define CREATE_PARTITION 0x4010b800ul
#define CREATE_VP 0x4004b801ul
#define SET_GUEST_MEMORY 0x4020b802ul
#define ROOT_HVCALL 0xc020b807ul
#define RUN_VP 0x8100b800ul

#define CONTROL_OFFSET 0x100000

#define HVCALL_GET 0x50
#define HVCALL_SET 0x51

struct fakevp fake;

struct hvcall_args {
	uint16_t code, reps, in_sz, out_sz, status;
	uint8_t rsvd[6];
	uint64_t in_ptr, out_ptr;
};

/* Registers as the message shows them: those of the VP. */
static void fill_message(void)
{
	struct hv_x64_io_port_intercept_message *m =
		(void *)fake.message.u.payload;
	const union hv_register_value *reg = fake.model.vp;

	m->header.rip = reg[reg_slot(HV_X64_REGISTER_RIP)].reg64;
	m->header.rflags = reg[reg_slot(HV_X64_REGISTER_RFLAGS)].reg64;
	if (fake.message.header.message_type != HVMSG_X64_IO_PORT_INTERCEPT)
		return;
	m->rax = reg[reg_slot(HV_X64_REGISTER_RAX)].reg64;
	m->rcx = reg[reg_slot(HV_X64_REGISTER_RCX)].reg64;
	m->rsi = reg[reg_slot(HV_X64_REGISTER_RSI)].reg64;
	m->rdi = reg[reg_slot(HV_X64_REGISTER_RDI)].reg64;
}

static int run_vp(void *buffer)
{
	int err = fake.on_run ? fake.on_run() : 0;

	if (!err)
		err = fake.run_error;
	fake.run_error = 0;
	if (err)
		return err;
	hvmodel_run(&fake.model, fake.mode);
	slotset_clear(&fake.model.by_hypercall);
	fill_message();
	if (fake.control.message_stays && !fake.copies)
		fake.message_page = fake.message;
	else
		memcpy(buffer, &fake.message, sizeof(fake.message));
	return 0;
}

static int root_hvcall(struct hvcall_args *a)
{
	const uint8_t *in = (const uint8_t *)(uintptr_t)a->in_ptr;
	const struct hv_input_get_vp_registers *head = (const void *)in;
	void *out = (void *)(uintptr_t)a->out_ptr;
	size_t done = 0;
	int err;

	if (fake.hvcall_error)
		return fake.hvcall_error;
	CHECK_EQ(head->vp_index, VP_INDEX);
	CHECK_EQ(a->status, 0);
	if (a->code == HVCALL_GET) {
		CHECK_EQ(a->in_sz, 16 + 4 * a->reps);
		CHECK_EQ(a->out_sz, 16 * a->reps);
		err = hvmodel_ops.get(&fake.model, (const uint32_t *)(in + 16),
				      out, a->reps, &done);
	} else {
		CHECK_EQ(a->code, HVCALL_SET);
		CHECK_EQ(a->in_sz, 16 + 32 * a->reps);
		CHECK_EQ(a->out_ptr, 0);
		err = hvmodel_ops.set(&fake.model, (const void *)(in + 16),
				      a->reps, &done);
	}
	if (err) {
		a->status = 5;
		a->reps = (uint16_t)done;
	}
	return err;
}

/* The only property that the library asks of by itself. */
static int property(struct hvcall_args *a)
{
	const struct hv_input_get_partition_property *in =
		(const void *)(uintptr_t)a->in_ptr;

	CHECK_EQ(a->code, HVCALL_GET_PARTITION_PROPERTY);
	CHECK_EQ(in->property_code, HV_PARTITION_PROPERTY_PHYSICAL_ADDRESS_WIDTH);
	((struct hv_output_get_partition_property *)(uintptr_t)a->out_ptr)->property_value =
		fake.address_bits;
	return 0;
}

static bool is_register_call(const struct hvcall_args *a)
{
	return a->code == HVCALL_GET || a->code == HVCALL_SET;
}

static int answer(int fd, unsigned long request, void *arg)
{
	if (fd == VM_FD) {
		if (request == SET_GUEST_MEMORY)
			return 0;
		if (request == ROOT_HVCALL && !fake.vm_ioctl)
			return property(arg);
		CHECK(fake.vm_ioctl);
		return fake.vm_ioctl(request, arg);
	}
	fake.ioctls++;
	CHECK_EQ(fd, VP_FD);
	if (request == RUN_VP)
		return run_vp(arg);
	if (request == ROOT_HVCALL && is_register_call(arg))
		return root_hvcall(arg);
	CHECK(fake.vp_ioctl);
	return fake.vp_ioctl(request, arg);
}

static void start(enum hv_page_mode mode, unsigned int flags, bool control)
{
	static const uint32_t index = VP_INDEX;
	bool mapped = !(flags & MSHV_VP_NO_REGISTER_PAGE);
	struct mock_call calls[] = {
		{ .kind = MOCK_OPEN, .fd = O_RDWR | O_CLOEXEC,
		  .path = "/dev/mshv", .ret = DEV_FD },
		{ .kind = MOCK_IOCTL, .fd = DEV_FD, .request = CREATE_PARTITION,
		  .ret = VM_FD },
		{ .kind = MOCK_IOCTL, .fd = VM_FD, .request = CREATE_VP,
		  .input = &index, .input_size = sizeof(index), .ret = VP_FD },
		{ .kind = MOCK_MAP, .fd = VP_FD, .offset = CONTROL_OFFSET, .pages = 3,
		  .address = &fake.control, .ret = control ? 0 : -EINVAL },
		{ .kind = MOCK_MAP, .fd = VP_FD, .address = &fake.page,
		  .ret = mode == PAGE_MISSING ? -ENODEV : 0 },
	};

	memset(&fake, 0, sizeof(fake));
	hvmodel_init(&fake.model, &fake.page, 1);
	/* Nothing is on its way into the guest where a test does not say so. */
	fakevp_set64(HV_REGISTER_PENDING_INTERRUPTION, 0);
	fake.mode = mode;
	fake.address_bits = 52;
	fake.model.has_page = mapped && mode != PAGE_MISSING;
	fake.has_control = control;
	/* Alone the register page is mapped only if it is wanted and the others are not there. */
	mock_expect(calls, mapped && !control ? 5 : 4);
	CHECK_EQ(mshv_host_open(NULL, &fake.host), 0);
	CHECK_EQ(mshv_vm_create(fake.host, NULL, &fake.vm), 0);
	CHECK_EQ(mshv_vp_create(fake.vm, VP_INDEX, flags, &fake.vp), 0);
	mock_done();
	CHECK_EQ(mshv_vp_has_register_page(fake.vp), fake.model.has_page);
	mock_ioctl(answer);
}

void fakevp_start(enum hv_page_mode mode, unsigned int flags)
{
	start(mode, flags, false);
}

void fakevp_start_with_control(enum hv_page_mode mode)
{
	/* A kernel that has one has the register page, too. */
	start(mode, mode == PAGE_MISSING ? MSHV_VP_NO_REGISTER_PAGE : 0, true);
}

void fakevp_finish(void)
{
	struct mock_call calls[4];
	size_t n = 0;

	calls[n++] = (struct mock_call){ .kind = MOCK_CLOSE, .fd = VM_FD };
	if (fake.has_control)
		calls[n++] = (struct mock_call){ .kind = MOCK_UNMAP, .pages = 3,
						 .address = &fake.control };
	else if (fake.model.has_page)
		calls[n++] = (struct mock_call){ .kind = MOCK_UNMAP, .address = &fake.page };
	calls[n++] = (struct mock_call){ .kind = MOCK_CLOSE, .fd = VP_FD };
	calls[n++] = (struct mock_call){ .kind = MOCK_CLOSE, .fd = DEV_FD };
	mock_expect(calls, n);
	/* The VM's handle may go before its VP's. */
	mshv_vm_close(fake.vm);
	mshv_vp_close(fake.vp);
	mshv_host_close(fake.host);
	mock_done();
}

struct hv_x64_io_port_intercept_message *
fakevp_port(uint16_t port, unsigned int size, bool write)
{
	struct hv_x64_io_port_intercept_message *m =
		(void *)fake.message.u.payload;

	memset(&fake.message, 0, sizeof(fake.message));
	fake.message.header.message_type = HVMSG_X64_IO_PORT_INTERCEPT;
	fake.message.header.payload_size = sizeof(*m);
	m->header.instruction_length = 2;
	m->header.intercept_access_type = write ? HV_INTERCEPT_ACCESS_WRITE :
						  HV_INTERCEPT_ACCESS_READ;
	m->header.cs_segment._long = 1;
	m->port_number = port;
	m->access_info.access_size = size & 7;
	return m;
}

void fakevp_run(void)
{
	const struct hv_message *msg = NULL;

	CHECK_EQ(mshv_vp_run(fake.vp, &msg), 0);
	CHECK(msg);
	CHECK_EQ(msg->header.message_type, fake.message.header.message_type);
}

void fakevp_set(uint32_t name, union hv_register_value value)
{
	int slot = reg_slot(name);

	fake.model.vp[slot] = value;
	fake.model.file[slot] = value;
}

void fakevp_set64(uint32_t name, uint64_t value)
{
	union hv_register_value v = { .reg64 = value };

	fakevp_set(name, v);
}

void fakevp_check(uint32_t name)
{
	union hv_register_value value;

	CHECK_EQ(mshv_vp_get_regs(fake.vp, &name, &value, 1), 0);
	CHECK(hvmodel_same(reg_slot(name), &value,
			   &fake.model.file[reg_slot(name)]));
}
