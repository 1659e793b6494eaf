// SPDX-License-Identifier: GPL-2.0-only
/* What stops a VP, and what the message says about it (TLFS chapter 9). */
#include "child.h"

GUEST(io);
GUEST(halt);
GUEST(mmio);
GUEST(triple_fault);
GUEST(cpuid);
GUEST(msr);
GUEST(undefined);

static void check_header(struct child *c, uint64_t rip, unsigned int length,
			 unsigned int access)
{
	const struct hv_x64_intercept_message_header *h = child_payload(c, 0);

	report_eq(h->vp_index, 0, "header names the VP");
	report_eq(h->rip, rip, "header has RIP");
	report_eq(h->instruction_length, length, "header has the instruction's length");
	report_eq(h->intercept_access_type, access, "header has the kind of access");
	report_eq(h->rflags & 2, 2, "header has RFLAGS");
	report_eq(h->cs_segment.selector, 8, "header has CS");
	report(h->execution_state.cr0_pe && !h->execution_state.efer_lma &&
	       !h->execution_state.cpl, "header has the execution state");
}

static void io_out(struct child *c)
{
	const struct hv_x64_io_port_intercept_message *m = child_payload(c, 0);

	if (!child_expect(c, 0, HVMSG_X64_IO_PORT_INTERCEPT, "a byte to a port stops the VP"))
		return;
	check_header(c, GUEST_CODE + 5, 2, HV_INTERCEPT_ACCESS_WRITE);
	report_eq(m->port_number, 0x80, "port number");
	report_eq(m->access_info.as_uint8, 1, "one byte, no string");
	report_eq(m->rax & 0xffffffff, 0x11223344, "RAX");
	report_eq(c->vp[0].regs->rip, GUEST_CODE + 5, "the register page shows RIP");
	report_eq(c->vp[0].regs->rax, 0x11223344, "the register page shows RAX");
	report(c->vp[0].regs->isvalid && !c->vp[0].regs->dirty, "the register page is valid");
	child_skip(c, 0);
	if (child_expect(c, 0, HVMSG_X64_IO_PORT_INTERCEPT, "two bytes to a port in DX")) {
		report_eq(m->port_number, 0x1234, "port number from DX");
		report_eq(m->access_info.access_size, 2, "two bytes");
	}
	child_skip(c, 0);
	if (child_expect(c, 0, HVMSG_X64_IO_PORT_INTERCEPT, "four bytes to a port"))
		report_eq(m->access_info.access_size, 4, "four bytes");
	child_skip(c, 0);
}

static void io(void)
{
	const struct hv_x64_io_port_intercept_message *m;
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 1);
	START_GUEST(&c, 0, io);
	m = child_payload(&c, 0);
	io_out(&c);
	if (child_expect(&c, 0, HVMSG_X64_IO_PORT_INTERCEPT, "a byte from a port")) {
		report_eq(m->port_number, 0x60, "port number");
		report_eq(m->header.intercept_access_type, HV_INTERCEPT_ACCESS_READ, "a read");
	}
	/* The answer by the register page. */
	c.vp[0].regs->rax = 0x1122335a;
	c.vp[0].regs->rip = m->header.rip + m->header.instruction_length;
	c.vp[0].regs->dirty = 1 << HV_X64_REGISTER_CLASS_GENERAL | 1 << HV_X64_REGISTER_CLASS_IP;
	if (child_expect(&c, 0, HVMSG_X64_IO_PORT_INTERCEPT, "a string to a port")) {
		report_eq(*(uint32_t *)(c.memory + 0x7000), 0x1122335a,
			  "the guest got what the register page said");
		report(m->access_info.string_op && m->access_info.rep_prefix,
		       "a string instruction with a repeat prefix");
		report_eq(m->rcx & 0xffffffff, 3, "RCX");
		report_eq(m->rsi & 0xffffffff, 0x7010, "RSI");
		report_eq(m->instruction_byte_count >= 2 ? m->instruction_bytes[0] : 0, 0xf3,
			  "instruction bytes");
	}
	child_destroy(&c);
}

static void halt(void)
{
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 1);
	START_GUEST(&c, 0, halt);
	if (child_expect(&c, 0, HVMSG_X64_HALT, "HLT without a local APIC stops the VP"))
		check_header(&c, GUEST_CODE, 1, HV_INTERCEPT_ACCESS_EXECUTE);
	child_destroy(&c);
}

/* In this guest linear and physical addresses are the same. */
static void check_linear(const struct hv_x64_memory_intercept_message *m)
{
	report(m->memory_access_info.gva_valid && m->memory_access_info.gva_gpa_valid,
	       "a linear address comes with it");
	report_eq(m->guest_virtual_address, m->guest_physical_address, "the linear address");
}

static void mmio(void)
{
	const struct hv_x64_memory_intercept_message *m;
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 1);
	START_GUEST(&c, 0, mmio);
	m = child_payload(&c, 0);
	if (child_expect(&c, 0, HVMSG_UNMAPPED_GPA, "a store to an unmapped address")) {
		report_eq(m->header.rip, GUEST_CODE + 5, "RIP of the store");
		report_eq(m->header.intercept_access_type, HV_INTERCEPT_ACCESS_WRITE, "a write");
		report_eq(m->guest_physical_address, 0x1000010, "its physical address");
		report(m->instruction_byte_count >= 5 &&
		       !memcmp(m->instruction_bytes, guest_mmio + 5, 5), "its bytes");
		report(m->instruction_byte_count <= 16, "at most 16 of them");
		check_linear(m);
	}
	child_set_reg64(&c, 0, HV_X64_REGISTER_RIP, GUEST_CODE + 10);
	if (child_expect(&c, 0, HVMSG_UNMAPPED_GPA, "a load from an unmapped address")) {
		report_eq(m->header.intercept_access_type, HV_INTERCEPT_ACCESS_READ, "a read");
		report_eq(m->guest_physical_address, 0x1000020, "its physical address");
		check_linear(m);
	}
	child_destroy(&c);
}

static void triple_fault(void)
{
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 1);
	START_GUEST(&c, 0, triple_fault);
	child_expect(&c, 0, HVMSG_UNRECOVERABLE_EXCEPTION, "a triple fault stops the VP");
	child_destroy(&c);
}

static uint16_t install(struct child *c, uint32_t type, uint32_t access, uint64_t parameter)
{
	struct hv_input_install_intercept *in = hc_in;

	memset(in, 0, sizeof(*in));
	in->partition_id = c->id;
	in->access_type = access;
	in->intercept_type = type;
	in->intercept_parameter.as_uint64 = parameter;
	return call_with_deposit(HVCALL_INSTALL_INTERCEPT, c->id, &c->deposited);
}

static void cpuid_intercept(void)
{
	const struct hv_x64_cpuid_intercept_message *m;
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 1);
	report_eq(install(&c, HV_INTERCEPT_TYPE_X64_CPUID, HV_INTERCEPT_ACCESS_MASK_EXECUTE, 0x100),
		  HV_STATUS_SUCCESS, "a CPUID intercept can be installed");
	START_GUEST(&c, 0, cpuid);
	m = child_payload(&c, 0);
	if (child_expect(&c, 0, HVMSG_X64_CPUID_INTERCEPT, "CPUID of that leaf stops the VP")) {
		check_header(&c, GUEST_CODE + 10, 2, HV_INTERCEPT_ACCESS_EXECUTE);
		report_eq(m->rax, 0x100, "the leaf");
		report_eq(m->rcx, 7, "the subleaf");
	}
	child_destroy(&c);
}

static void cpuid_result(void)
{
	struct hv_input_register_intercept_result *in = hc_in;
	const uint32_t *out;
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 1);
	memset(in, 0, PAGE_SIZE);
	in->partition_id = c.id;
	in->vp_index = 0;
	in->intercept_type = HV_INTERCEPT_TYPE_X64_CPUID;
	in->parameters.cpuid.input.eax = 0x100;
	in->parameters.cpuid.input.always_override = 1;
	in->parameters.cpuid.result.eax = 0x11111111;
	in->parameters.cpuid.result.eax_mask = 0xffffffff;
	in->parameters.cpuid.result.edx = 0x44444444;
	in->parameters.cpuid.result.edx_mask = 0xffff0000;
	report_eq(call_with_deposit(HVCALL_REGISTER_INTERCEPT_RESULT, c.id, &c.deposited),
		  HV_STATUS_SUCCESS, "a CPUID result can be registered");
	START_GUEST(&c, 0, cpuid);
	out = (const uint32_t *)(c.memory + 0x7000);
	if (child_expect(&c, 0, HVMSG_X64_HALT, "CPUID with a registered result goes on")) {
		report_eq(out[0], 0x11111111, "the guest sees the registered value");
		report_eq(out[3] & 0xffff0000, 0x44440000, "the guest sees the masked bits of it");
	}
	child_destroy(&c);
}

static void msr_intercept(void)
{
	const struct hv_x64_msr_intercept_message *m;
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 1);
	report_eq(install(&c, HV_INTERCEPT_TYPE_X64_MSR,
			  HV_INTERCEPT_ACCESS_MASK_READ | HV_INTERCEPT_ACCESS_MASK_WRITE, 0),
		  HV_STATUS_SUCCESS, "an MSR intercept can be installed");
	START_GUEST(&c, 0, msr);
	m = child_payload(&c, 0);
	if (child_expect(&c, 0, HVMSG_X64_MSR_INTERCEPT, "reading an unknown MSR stops the VP")) {
		report_eq(m->msr_number, 0x12340000, "the MSR");
		report_eq(m->header.intercept_access_type, HV_INTERCEPT_ACCESS_READ, "a read");
		report_eq(m->header.instruction_length, 2, "its length");
	}
	child_set_reg64(&c, 0, HV_X64_REGISTER_RAX, 0x99);
	child_skip(&c, 0);
	if (child_expect(&c, 0, HVMSG_X64_MSR_INTERCEPT, "writing an unknown MSR stops the VP")) {
		report_eq(m->header.intercept_access_type, HV_INTERCEPT_ACCESS_WRITE, "a write");
		report_eq(m->rax, 0x77, "RAX");
		report_eq(m->rdx, 0x88, "RDX");
		report_eq(*(uint32_t *)(c.memory + 0x7000), 0x99,
			  "the guest got what was answered to the read");
	}
	child_destroy(&c);
}

/* The writes of one MSR, where the others are ignored. */
static void one_msr(void)
{
	const struct hv_x64_msr_intercept_message *m;
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 1);
	child_set_property(&c, HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION,
			   HV_UNIMPLEMENTED_MSR_ACTION_IGNORE_WRITE_READ_ZERO);
	install(&c, HV_INTERCEPT_TYPE_X64_MSR_INDEX, HV_INTERCEPT_ACCESS_MASK_WRITE, 0x12340001);
	START_GUEST(&c, 0, msr);
	child_expect(&c, 0, HVMSG_X64_HALT, "an intercept of one MSR is none of the next");
	install(&c, HV_INTERCEPT_TYPE_X64_MSR_INDEX, HV_INTERCEPT_ACCESS_MASK_WRITE, 0x12340000);
	START_GUEST(&c, 0, msr);
	m = child_payload(&c, 0);
	if (child_expect(&c, 0, HVMSG_X64_MSR_INTERCEPT, "an intercept of writes to one MSR")) {
		report_eq(m->msr_number, 0x12340000, "is of that one");
		report_eq(m->header.intercept_access_type, HV_INTERCEPT_ACCESS_WRITE,
			  "and not of its reads");
	}
	child_destroy(&c);
}

static void unknown_msr(void)
{
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 1);
	child_set_property(&c, HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION,
			   HV_UNIMPLEMENTED_MSR_ACTION_IGNORE_WRITE_READ_ZERO);
	START_GUEST(&c, 0, msr);
	*(uint32_t *)(c.memory + 0x7000) = 0xffffffff;
	if (child_expect(&c, 0, HVMSG_X64_HALT, "unknown MSRs can be ignored"))
		report_eq(*(uint32_t *)(c.memory + 0x7000), 0, "an ignored MSR reads as zero");
	child_destroy(&c);

	child_make(&c, DEFAULT_FLAGS, 1);
	START_GUEST(&c, 0, msr);
	/* #GP without an IDT ends in a triple fault. */
	child_expect(&c, 0, HVMSG_UNRECOVERABLE_EXCEPTION, "unknown MSRs fault by default");
	child_destroy(&c);
}

static void exception(void)
{
	const struct hv_x64_exception_intercept_message *m;
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 1);
	report_eq(install(&c, HV_INTERCEPT_TYPE_EXCEPTION, HV_INTERCEPT_ACCESS_MASK_EXECUTE, 6),
		  HV_STATUS_SUCCESS, "an exception intercept can be installed");
	START_GUEST(&c, 0, undefined);
	m = child_payload(&c, 0);
	if (child_expect(&c, 0, HVMSG_X64_EXCEPTION_INTERCEPT, "that exception stops the VP"))
		report_eq(m->exception_vector, 6, "its vector");
	child_destroy(&c);
}

void test_intercept(void)
{
	synic_setup();
	io();
	halt();
	mmio();
	triple_fault();
	cpuid_intercept();
	cpuid_result();
	msr_intercept();
	one_msr();
	unknown_msr();
	exception();
	synic_teardown();
}
