// SPDX-License-Identifier: GPL-2.0-only
/*
 * Running a VP: what each kind of intercept tells the VMM, and that the guest
 * goes on where it should afterwards.
 */
#include "mshv_test.h"

#define ACCESS_READ	1	/* masks of HVCALL_INSTALL_INTERCEPT */
#define ACCESS_WRITE	2
#define ACCESS_EXECUTE	4

FIXTURE(run) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
};

FIXTURE_SETUP(run)
{
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
}

FIXTURE_TEARDOWN(run)
{
	mshv_vm_close(&self->vm);
}

#define io_message()							\
	mshv_payload(self->vp, struct hv_x64_io_port_intercept_message)
#define memory_message()						\
	mshv_payload(self->vp, struct hv_x64_memory_intercept_message)
#define set(name, value)						\
	test_set_reg(self->vp, HV_X64_REGISTER_##name, value)
#define get(name)	mshv_get_reg(self->vp, HV_X64_REGISTER_##name)

/* Has an exception of the guest end in a write to port 0x42. */
#define set_handler(vector)						\
	do {								\
		mshv_load(&self->vm, GUEST_CODE + 0x80, out_imm);	\
		mshv_vm_set_vector(&self->vm, vector, 0x80);		\
	} while (0)

/* What every message says of the VP. */
#define expect_header(vp_index_, rip_, length_, access_)		\
	do {								\
		const struct hv_x64_intercept_message_header *_h =	\
			mshv_header(self->vp);				\
									\
		EXPECT_EQ(vp_index_, _h->vp_index);			\
		EXPECT_EQ(rip_, _h->rip);				\
		EXPECT_EQ(length_, bits(_h->instruction_length));		\
		EXPECT_EQ(access_, _h->intercept_access_type);		\
		EXPECT_EQ(2, _h->rflags & 0xffff);			\
	} while (0)

TEST_F(run, header_describes_the_vp)
{
	const struct hv_x64_intercept_message_header *h = mshv_header(self->vp);

	test_load(&self->vm, out_imm);
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	expect_header(0, GUEST_CODE, 2, HV_INTERCEPT_ACCESS_WRITE);
	EXPECT_EQ(0, bits(h->execution_state.cpl));
	EXPECT_EQ(0, bits(h->execution_state.cr0_pe));
	EXPECT_EQ(0, bits(h->execution_state.efer_lma));
	EXPECT_EQ(0, bits(h->execution_state.interruption_pending));
	EXPECT_EQ(0, h->cs_segment.base);
	EXPECT_EQ(0xffff, h->cs_segment.limit);
	EXPECT_LE(sizeof(struct hv_x64_intercept_message_header),
		  self->vp->msg.header.payload_size);
}

TEST_F(run, header_describes_the_vp_in_long_mode)
{
	const struct hv_x64_intercept_message_header *h = mshv_header(self->vp);

	test_load(&self->vm, lm_two_outs);
	test_ok(mshv_vp_long_mode(&self->vm, self->vp, GUEST_CODE));
	set(CR8, 5);
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	expect_header(0, GUEST_CODE, 2, HV_INTERCEPT_ACCESS_WRITE);
	EXPECT_EQ(1, bits(h->execution_state.cr0_pe));
	EXPECT_EQ(1, bits(h->execution_state.efer_lma));
	EXPECT_EQ(5, bits(h->cr8));
	EXPECT_EQ(0x08, h->cs_segment.selector);
	EXPECT_EQ(1, bits(h->cs_segment._long));
}

TEST_F(run, intercepted_vp_is_suspended)
{
	test_load(&self->vm, out_imm);
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	EXPECT_EQ(1, mshv_get_reg(self->vp, HV_REGISTER_INTERCEPT_SUSPEND));
}

/* The instruction is the VMM's to complete: without that it comes again. */
TEST_F(run, instruction_is_repeated_unless_skipped)
{
	test_load(&self->vm, out_imm);
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	EXPECT_EQ(GUEST_CODE, get(RIP));
	test_ok(mshv_vp_skip(self->vp));
	test_run(self->vp, HVMSG_X64_HALT);
}

FIXTURE(port) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
};

FIXTURE_VARIANT(port) {
	const uint8_t *out, *out_end, *in, *in_end;
	int size;
	int length;
};

FIXTURE_VARIANT_ADD(port, byte) {
	.out = guest_out8,
	.out_end = guest_out8_end,
	.in = guest_in8,
	.in_end = guest_in8_end,
	.size = 1,
	.length = 1,
};

FIXTURE_VARIANT_ADD(port, word) {
	.out = guest_out16,
	.out_end = guest_out16_end,
	.in = guest_in16,
	.in_end = guest_in16_end,
	.size = 2,
	.length = 1,
};

FIXTURE_VARIANT_ADD(port, dword) {
	.out = guest_out32,
	.out_end = guest_out32_end,
	.in = guest_in32,
	.in_end = guest_in32_end,
	.size = 4,
	.length = 2,
};

FIXTURE_SETUP(port)
{
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
}

FIXTURE_TEARDOWN(port)
{
	mshv_vm_close(&self->vm);
}

TEST_F(port, out)
{
	const struct hv_x64_io_port_intercept_message *m = io_message();

	memcpy(self->vm.ram + GUEST_CODE, variant->out,
	       variant->out_end - variant->out);
	set(RAX, 0x89abcdef);
	set(RDX, 0x3f8);
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	expect_header(0, GUEST_CODE, variant->length, HV_INTERCEPT_ACCESS_WRITE);
	EXPECT_EQ(0x3f8, m->port_number);
	EXPECT_EQ(variant->size, bits(m->access_info.access_size));
	EXPECT_EQ(0, bits(m->access_info.string_op));
	EXPECT_EQ(0, bits(m->access_info.rep_prefix));
	EXPECT_EQ(0x89abcdef, m->rax);
	test_ok(mshv_vp_skip(self->vp));
	test_run(self->vp, HVMSG_X64_HALT);
	EXPECT_EQ(0x89abcdef, get(RAX));
}

TEST_F(port, in)
{
	const struct hv_x64_io_port_intercept_message *m = io_message();
	uint32_t mask = variant->size == 4 ? UINT32_MAX :
			(1U << (8 * variant->size)) - 1;

	memcpy(self->vm.ram + GUEST_CODE, variant->in,
	       variant->in_end - variant->in);
	set(RAX, 0x89abcdef);
	set(RDX, 0xfffe);
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	expect_header(0, GUEST_CODE, variant->length, HV_INTERCEPT_ACCESS_READ);
	EXPECT_EQ(0xfffe, m->port_number);
	EXPECT_EQ(variant->size, bits(m->access_info.access_size));
	EXPECT_EQ(0, bits(m->access_info.string_op));
	set(RAX, (m->rax & ~(uint64_t)mask) | (0x12345678 & mask));
	test_ok(mshv_vp_skip(self->vp));
	test_run(self->vp, HVMSG_X64_HALT);
	EXPECT_EQ((0x89abcdef & ~mask) | (0x12345678 & mask),
		  mshv_data32(&self->vm, 0));
}

TEST_F(run, string_out)
{
	const struct hv_x64_io_port_intercept_message *m = io_message();

	test_load(&self->vm, outsb);
	set(RDX, 0x70);
	set(RSI, GUEST_DATA);
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	expect_header(0, GUEST_CODE, 1, HV_INTERCEPT_ACCESS_WRITE);
	EXPECT_EQ(0x70, m->port_number);
	EXPECT_EQ(1, bits(m->access_info.access_size));
	EXPECT_EQ(1, bits(m->access_info.string_op));
	EXPECT_EQ(0, bits(m->access_info.rep_prefix));
	EXPECT_EQ(GUEST_DATA, m->rsi & 0xffff);
	EXPECT_EQ(0, m->ds_segment.base);
	EXPECT_EQ(0xffff, m->ds_segment.limit);
}

TEST_F(run, repeated_string_out)
{
	const struct hv_x64_io_port_intercept_message *m = io_message();

	test_load(&self->vm, rep_outsw);
	set(RDX, 0x170);
	set(RSI, GUEST_DATA);
	set(RCX, 9);
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	expect_header(0, GUEST_CODE, 2, HV_INTERCEPT_ACCESS_WRITE);
	EXPECT_EQ(0x170, m->port_number);
	EXPECT_EQ(2, bits(m->access_info.access_size));
	EXPECT_EQ(1, bits(m->access_info.string_op));
	EXPECT_EQ(1, bits(m->access_info.rep_prefix));
	EXPECT_EQ(9, m->rcx & 0xffff);
	/* the VMM does all of it and steps over */
	set(RCX, 0);
	set(RSI, GUEST_DATA + 18);
	test_ok(mshv_vp_skip(self->vp));
	test_run(self->vp, HVMSG_X64_HALT);
}

TEST_F(run, string_in)
{
	const struct hv_x64_io_port_intercept_message *m = io_message();

	test_load(&self->vm, insb);
	set(RDX, 0x60);
	set(RDI, GUEST_DATA + 3);
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	expect_header(0, GUEST_CODE, 1, HV_INTERCEPT_ACCESS_READ);
	EXPECT_EQ(0x60, m->port_number);
	EXPECT_EQ(1, bits(m->access_info.access_size));
	EXPECT_EQ(1, bits(m->access_info.string_op));
	EXPECT_EQ(GUEST_DATA + 3, m->rdi & 0xffff);
	EXPECT_EQ(0, m->es_segment.base);
}

TEST_F(run, repeated_string_in)
{
	const struct hv_x64_io_port_intercept_message *m = io_message();

	test_load(&self->vm, rep_insl);
	set(RDX, 0x1f0);
	set(RDI, GUEST_DATA);
	set(RCX, 128);
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	expect_header(0, GUEST_CODE, 3, HV_INTERCEPT_ACCESS_READ);
	EXPECT_EQ(4, bits(m->access_info.access_size));
	EXPECT_EQ(1, bits(m->access_info.string_op));
	EXPECT_EQ(1, bits(m->access_info.rep_prefix));
	EXPECT_EQ(128, m->rcx & 0xffff);
}

/* A repeat count of zero does nothing, so nobody is to hear of it. */
TEST_F(run, repeated_string_out_of_nothing)
{
	test_load(&self->vm, rep_outsw);
	set(RDX, 0x170);
	set(RCX, 0);
	test_run(self->vp, HVMSG_X64_HALT);
}

TEST_F(run, thousand_port_exits_in_order)
{
	uint32_t i;

	test_load(&self->vm, count_out);
	for (i = 1; i <= 1000; i++) {
		test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
		ASSERT_EQ(i, (uint32_t)io_message()->rax);
		test_ok(mshv_vp_skip(self->vp));
	}
}

TEST_F(run, read_of_unmapped_memory)
{
	const struct hv_x64_memory_intercept_message *m = memory_message();

	test_load(&self->vm, fs_read32);
	test_ok(mshv_vp_set_fs(self->vp, GUEST_MMIO));
	set(RBX, 0x24);
	test_run(self->vp, HVMSG_UNMAPPED_GPA);
	EXPECT_EQ(0, m->header.vp_index);
	EXPECT_EQ(GUEST_CODE, m->header.rip);
	EXPECT_EQ(HV_INTERCEPT_ACCESS_READ, m->header.intercept_access_type);
	EXPECT_EQ(GUEST_MMIO + 0x24, m->guest_physical_address);

	/* completed by the VMM: 66 64 8b 07 is four bytes long */
	set(RAX, 0x0a0b0c0d);
	set(RIP, GUEST_CODE + 4);
	test_run(self->vp, HVMSG_X64_HALT);
	EXPECT_EQ(0x0a0b0c0d, mshv_data32(&self->vm, 0));
}

TEST_F(run, write_to_unmapped_memory)
{
	const struct hv_x64_memory_intercept_message *m = memory_message();

	test_load(&self->vm, fs_write16);
	test_ok(mshv_vp_set_fs(self->vp, GUEST_MMIO));
	set(RBX, 0x1002);
	test_run(self->vp, HVMSG_UNMAPPED_GPA);
	EXPECT_EQ(GUEST_CODE, m->header.rip);
	EXPECT_EQ(HV_INTERCEPT_ACCESS_WRITE, m->header.intercept_access_type);
	EXPECT_EQ(GUEST_MMIO + 0x1002, m->guest_physical_address);
	set(RIP, GUEST_CODE + 3);
	test_run(self->vp, HVMSG_X64_HALT);
}

TEST_F(run, memory_message_carries_the_instruction)
{
	const struct hv_x64_memory_intercept_message *m = memory_message();

	test_load(&self->vm, fs_write8);
	test_ok(mshv_vp_set_fs(self->vp, GUEST_MMIO));
	set(RBX, 0);
	test_run(self->vp, HVMSG_UNMAPPED_GPA);
	ASSERT_LE(guest_fs_write8_end - guest_fs_write8 - 1,
		  m->instruction_byte_count);
	EXPECT_GE(sizeof(m->instruction_bytes), m->instruction_byte_count);
	/* not only the instruction, but what follows it */
	EXPECT_EQ(0, memcmp(m->instruction_bytes, guest_fs_write8,
			    guest_fs_write8_end - guest_fs_write8 - 1));
}

/* With paging the message has both addresses, and says that it has. */
TEST_F(run, memory_message_carries_the_virtual_address)
{
	const struct hv_x64_memory_intercept_message *m = memory_message();
	const uint64_t alias = 0x40000000;

	test_load(&self->vm, lm_write);
	test_ok(mshv_vp_long_mode(&self->vm, self->vp, GUEST_CODE));
	set(RBX, alias + GUEST_MMIO + 0x38);
	test_run(self->vp, HVMSG_UNMAPPED_GPA);
	EXPECT_EQ(GUEST_MMIO + 0x38, m->guest_physical_address);
	if (m->memory_access_info.gva_valid)
		test_eq(alias + GUEST_MMIO + 0x38, m->guest_virtual_address);
	else
		test_eq(0, bits(m->memory_access_info.gva_gpa_valid));
}

/* Neither lost nor done twice: an access that the kernel resolves by itself. */
TEST_F(run, read_and_write_of_memory_not_populated)
{
	uint32_t *mem = mshv_alloc(PAGE_SIZE);

	ASSERT_NE(NULL, mem);
	mem[0] = 41;
	test_map(self->vm.fd, mem, PAGE_SIZE, GUEST_ROOM / PAGE_SIZE, MEM_RW);
	test_load(&self->vm, fs_rmw);
	test_ok(mshv_vp_set_fs(self->vp, GUEST_ROOM));
	set(RBX, 0);
	test_run(self->vp, HVMSG_X64_HALT);
	EXPECT_EQ(42, mem[0]);
}

TEST_F(run, halt_with_interrupts_off)
{
	test_load(&self->vm, hlt);
	test_run(self->vp, HVMSG_X64_HALT);
	EXPECT_EQ(0, mshv_header(self->vp)->vp_index);
	EXPECT_EQ(0, mshv_header(self->vp)->rflags & 0x200);
}

TEST_F(run, cpuid_without_an_intercept)
{
	test_load(&self->vm, cpuid);
	set(RAX, 0);
	set(RCX, 0);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	EXPECT_LE(1, mshv_data32(&self->vm, 0));
	/* "AuthenticAMD" or "GenuineIntel": letters */
	EXPECT_LE(0x41414141, mshv_data32(&self->vm, 1));
}

TEST_F(run, cpuid)
{
	const struct hv_x64_cpuid_intercept_message *m =
		mshv_payload(self->vp, struct hv_x64_cpuid_intercept_message);

	test_install_intercept(self->vm.fd, HV_INTERCEPT_TYPE_X64_CPUID,
			       ACCESS_EXECUTE, 0x100);
	test_load(&self->vm, cpuid);
	set(RAX, 0x100);
	set(RCX, 7);
	test_run(self->vp, HVMSG_X64_CPUID_INTERCEPT);
	expect_header(0, GUEST_CODE, 2, HV_INTERCEPT_ACCESS_EXECUTE);
	EXPECT_EQ(0x100, m->rax);
	EXPECT_EQ(7, m->rcx);

	set(RAX, 0xa1);
	set(RBX, 0xb2);
	set(RCX, 0xc3);
	set(RDX, 0xd4);
	test_ok(mshv_vp_skip(self->vp));
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	EXPECT_EQ(0xa1, mshv_data32(&self->vm, 0));
	EXPECT_EQ(0xb2, mshv_data32(&self->vm, 1));
	EXPECT_EQ(0xc3, mshv_data32(&self->vm, 2));
	EXPECT_EQ(0xd4, mshv_data32(&self->vm, 3));
}

/* An intercept is for one leaf, the others do as before. */
TEST_F(run, cpuid_of_another_leaf)
{
	test_install_intercept(self->vm.fd, HV_INTERCEPT_TYPE_X64_CPUID,
			       ACCESS_EXECUTE, 0x100);
	test_load(&self->vm, cpuid);
	set(RAX, 1);
	set(RCX, 0);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
}

TEST_F(run, cpuid_message_has_the_default_result)
{
	const struct hv_x64_cpuid_intercept_message *m =
		mshv_payload(self->vp, struct hv_x64_cpuid_intercept_message);
	uint32_t plain[4];
	int i;

	test_load(&self->vm, cpuid);
	set(RAX, 0);
	set(RCX, 0);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	for (i = 0; i < 4; i++)
		plain[i] = mshv_data32(&self->vm, i);

	test_install_intercept(self->vm.fd, HV_INTERCEPT_TYPE_X64_CPUID,
			       ACCESS_EXECUTE, 0);
	test_ok(mshv_vp_real_mode(self->vp, GUEST_CODE));
	set(RAX, 0);
	set(RCX, 0);
	test_run(self->vp, HVMSG_X64_CPUID_INTERCEPT);
	EXPECT_EQ(plain[0], m->default_result_rax);
	EXPECT_EQ(plain[1], m->default_result_rbx);
	EXPECT_EQ(plain[2], m->default_result_rcx);
	EXPECT_EQ(plain[3], m->default_result_rdx);
}

TEST_F(run, msr_read)
{
	const struct hv_x64_msr_intercept_message *m =
		mshv_payload(self->vp, struct hv_x64_msr_intercept_message);

	test_install_intercept(self->vm.fd, HV_INTERCEPT_TYPE_X64_MSR,
			       ACCESS_READ | ACCESS_WRITE, 0);
	test_load(&self->vm, rdmsr);
	set(RCX, 0x4b564d00);
	test_run(self->vp, HVMSG_X64_MSR_INTERCEPT);
	expect_header(0, GUEST_CODE, 2, HV_INTERCEPT_ACCESS_READ);
	EXPECT_EQ(0x4b564d00, m->msr_number);
	set(RAX, 0x11223344);
	set(RDX, 0x55667788);
	test_ok(mshv_vp_skip(self->vp));
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	EXPECT_EQ(0x11223344, mshv_data32(&self->vm, 0));
	EXPECT_EQ(0x55667788, mshv_data32(&self->vm, 1));
}

TEST_F(run, msr_write)
{
	const struct hv_x64_msr_intercept_message *m =
		mshv_payload(self->vp, struct hv_x64_msr_intercept_message);

	test_install_intercept(self->vm.fd, HV_INTERCEPT_TYPE_X64_MSR,
			       ACCESS_READ | ACCESS_WRITE, 0);
	test_load(&self->vm, wrmsr);
	set(RCX, 0x4b564d00);
	set(RAX, 0x11223344);
	set(RDX, 0x55667788);
	test_run(self->vp, HVMSG_X64_MSR_INTERCEPT);
	expect_header(0, GUEST_CODE, 2, HV_INTERCEPT_ACCESS_WRITE);
	EXPECT_EQ(0x4b564d00, m->msr_number);
	EXPECT_EQ(0x11223344, m->rax);
	EXPECT_EQ(0x55667788, m->rdx);
	test_ok(mshv_vp_skip(self->vp));
	test_run_to_port(self->vp, GUEST_PORT_DONE);
}

/* Not the VMM's business unless it asked: the hypervisor keeps these itself. */
TEST_F(run, msr_that_the_hypervisor_keeps)
{
	test_load(&self->vm, wrmsr);
	set(RCX, 0xc0000082);		/* LSTAR */
	set(RAX, 0x81000000);
	set(RDX, 0xffffffff);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	EXPECT_EQ(0xffffffff81000000, get(LSTAR));
	test_ok(mshv_vp_real_mode(self->vp, GUEST_CODE));
	set(LSTAR, 0xffffffff82345678);
	test_load(&self->vm, rdmsr);
	set(RCX, 0xc0000082);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	EXPECT_EQ(0x82345678, mshv_data32(&self->vm, 0));
	EXPECT_EQ(0xffffffff, mshv_data32(&self->vm, 1));
}

/* Property UNIMPLEMENTED_MSR_ACTION 1: writes are ignored, reads are zero. */
TEST_F(run, unimplemented_msr_reads_zero_when_asked_to)
{
	test_set_property(self->vm.fd,
			  HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION, 1);
	test_load(&self->vm, rdmsr);
	set(RCX, 0x4b564d00);
	set(RAX, 0xffffffff);
	set(RDX, 0xffffffff);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	EXPECT_EQ(0, mshv_data32(&self->vm, 0));
	EXPECT_EQ(0, mshv_data32(&self->vm, 1));
}

TEST_F(run, unimplemented_msr_faults)
{
	test_load(&self->vm, rdmsr);
	set(RCX, 0x4b564d00);
	set_handler(13);
	test_run_to_port(self->vp, 0x42);
	/* the stack says where: offset, segment, flags */
	EXPECT_EQ(GUEST_CODE,
		  *(uint16_t *)(self->vm.ram + GUEST_STACK - 6));
}

TEST_F(run, exception)
{
	const struct hv_x64_exception_intercept_message *m =
		mshv_payload(self->vp, struct hv_x64_exception_intercept_message);

	test_install_intercept(self->vm.fd, HV_INTERCEPT_TYPE_EXCEPTION,
			       ACCESS_EXECUTE, 6);
	test_load(&self->vm, ud2);
	set(RAX, 0x1234);
	set(R15, 0xf0f0);
	test_run(self->vp, HVMSG_X64_EXCEPTION_INTERCEPT);
	EXPECT_EQ(0, m->header.vp_index);
	EXPECT_EQ(GUEST_CODE, m->header.rip);
	EXPECT_EQ(6, m->exception_vector);
	EXPECT_EQ(0, bits(m->exception_info.error_code_valid));
	EXPECT_EQ(0x1234, m->rax);
	EXPECT_EQ(0xf0f0, m->r15);
	set(RIP, GUEST_CODE + 2);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
}

/* An exception that nobody intercepts goes through the guest's own vectors. */
TEST_F(run, exception_of_the_guest)
{
	test_load(&self->vm, ud2);
	set_handler(6);
	test_run_to_port(self->vp, 0x42);
}

TEST_F(run, divide_error)
{
	const struct hv_x64_exception_intercept_message *m =
		mshv_payload(self->vp, struct hv_x64_exception_intercept_message);

	test_install_intercept(self->vm.fd, HV_INTERCEPT_TYPE_EXCEPTION,
			       ACCESS_EXECUTE, 0);
	test_load(&self->vm, divide);
	set(RCX, 0);
	test_run(self->vp, HVMSG_X64_EXCEPTION_INTERCEPT);
	EXPECT_EQ(0, m->exception_vector);
	EXPECT_EQ(GUEST_CODE, m->header.rip);

	/* with another divisor it is none */
	set(RCX, 1);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
}

/* An exception during one during one: the guest would be reset. */
TEST_F(run, unrecoverable_exception)
{
	test_load(&self->vm, lm_ud2);
	test_ok(mshv_vp_long_mode(&self->vm, self->vp, GUEST_CODE));
	test_run(self->vp, HVMSG_UNRECOVERABLE_EXCEPTION);
	EXPECT_EQ(0, mshv_header(self->vp)->vp_index);
}

/* An event that a VMM injects by PENDING_INTERRUPTION. */
TEST_F(run, injected_exception)
{
	const union hv_x64_pending_interruption_register event = {
		.interruption_pending = 1,
		.interruption_type = 3,
		.interruption_vector = 6,
	};

	test_load(&self->vm, hlt);
	set_handler(6);
	test_set_reg(self->vp, HV_REGISTER_PENDING_INTERRUPTION,
		     event.as_uint64);
	test_run_to_port(self->vp, 0x42);
	EXPECT_EQ(0, mshv_get_reg(self->vp, HV_REGISTER_PENDING_INTERRUPTION) & 1);
}

/*
 * A state that no processor could be in: a hypervisor may refuse it when it is
 * set, or when it is to run, but does neither run it nor fall over it.
 */
TEST_F(run, invalid_register_state)
{
	test_load(&self->vm, out_imm);
	if (_test_set_reg(self->vp, HV_X64_REGISTER_CR0, 0x80000010)) {
		EXPECT_EQ(0, get(CR0) & 0x80000000);
		test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	} else {
		test_run(self->vp, HVMSG_INVALID_VP_REGISTER_VALUE);
	}
}

/* Hypercalls that the hypervisor does not serve itself are the VMM's. */
TEST_F(run, hypercall)
{
	const struct hv_x64_hypercall_intercept_message *m =
		mshv_payload(self->vp, struct hv_x64_hypercall_intercept_message);
	struct mshv_vm vm;
	struct mshv_vp *vp = &vm.vp[0];

	test_ok(mshv_vm_create(&vm, MSHV_TEST_PT_FLAGS));
	test_set_property(vm.fd, HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES,
			  BIT(0) | BIT(1) | BIT(7) | BIT(8));
	test_initialize(vm.fd);
	test_ok(mshv_vm_ram(&vm, GUEST_RAM_SIZE));
	test_ok(mshv_vm_add_vp(&vm, 0));
	test_install_intercept(vm.fd, HV_INTERCEPT_TYPE_HYPERCALL,
			       ACCESS_EXECUTE, 0);
	test_load(&vm, lm_hypercall);
	test_ok(mshv_vp_long_mode(&vm, vp, GUEST_CODE));
	test_set_reg(vp, HV_REGISTER_GUEST_OS_ID, 0x8100ULL << 48 | 1);
	test_set_reg(vp, HV_X64_REGISTER_HYPERCALL, GUEST_FREE | 1);
	test_set_reg(vp, HV_X64_REGISTER_RBX, GUEST_FREE);
	test_set_reg(vp, HV_X64_REGISTER_RCX, 0x8001);
	test_set_reg(vp, HV_X64_REGISTER_RDX, GUEST_FREE + PAGE_SIZE);
	test_set_reg(vp, HV_X64_REGISTER_R8, GUEST_FREE + 2 * PAGE_SIZE);
	test_run(vp, HVMSG_HYPERCALL_INTERCEPT);
	self->vp->msg = vp->msg;
	EXPECT_EQ(0, m->header.vp_index);
	EXPECT_EQ(GUEST_FREE, m->header.rip & ~0xfffULL);
	EXPECT_EQ(0x8001, m->rcx);
	EXPECT_EQ(GUEST_FREE + PAGE_SIZE, m->rdx);
	EXPECT_EQ(GUEST_FREE + 2 * PAGE_SIZE, m->r8);

	/* the VMM answers in RAX */
	test_set_reg(vp, HV_X64_REGISTER_RAX, HV_STATUS_INVALID_PARAMETER);
	test_ok(mshv_vp_skip(vp));
	test_run_to_port(vp, GUEST_PORT_DONE);
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, mshv_data64(&vm, 0));
	mshv_vm_close(&vm);
}

TEST_F(run, result_to_a_bad_address)
{
	test_load(&self->vm, out_imm);
	EXPECT_EQ(-1, ioctl(self->vp->fd, MSHV_RUN_VP, NULL));
	EXPECT_EQ(EFAULT, errno);
	/* the exit itself is not lost: the instruction was not completed */
	test_run_to_port(self->vp, 0x42);
	test_run(self->vp, HVMSG_X64_HALT);
}

TEST_F(run, second_vp_tells_its_index)
{
	struct mshv_vp *second = &self->vm.vp[2];

	test_ok(mshv_vm_add_vp(&self->vm, 2));
	test_load(&self->vm, out_imm);
	test_ok(mshv_vp_real_mode(second, GUEST_CODE));
	test_run(second, HVMSG_X64_IO_PORT_INTERCEPT);
	EXPECT_EQ(2, mshv_header(second)->vp_index);
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	EXPECT_EQ(0, mshv_header(self->vp)->vp_index);
}

TEST_HARNESS_MAIN
