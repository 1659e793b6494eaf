// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that executes one instruction at a time for a test, in real mode. It
 * writes to a port when it is done; exception handlers write to other ports.
 */
#include <errno.h>
#include <hvabi/intercept.h>
#include <hvabi/message.h>
#include <string.h>
#include <sys/mman.h>

#include "../../../lib/tests/test.h"
#include "guest.h"

#define MEMORY 0x10000
#define STACK 0x8000
#define CODE 0x1000
#define HANDLER_UD 0x2000
#define HANDLER_GP 0x2010
#define VECTOR_UD 6
#define VECTOR_GP 13

/* Ports. */
#define PORT_DONE 0x80
#define PORT_UD 0x81
#define PORT_GP 0x82

static void set(struct guest *guest, uint32_t name, uint64_t value)
{
	CHECK_EQ(mshv_vp_set_reg(guest->vp, name, value), 0);
}

static uint32_t get(struct guest *guest, uint32_t name)
{
	uint64_t value;

	CHECK_EQ(mshv_vp_get_reg(guest->vp, name, &value), 0);
	return (uint32_t)value;
}

static void set_segment(struct guest *guest, uint32_t name, uint16_t attributes)
{
	union hv_register_value v = {
		.segment = { .limit = 0xffff, .attributes = attributes },
	};

	CHECK_EQ(mshv_vp_set_regs(guest->vp, &name, &v, 1), 0);
}

/* out %al, $port; hlt */
static void put_out(uint8_t *at, uint8_t port)
{
	at[0] = 0xe6;
	at[1] = port;
	at[2] = 0xf4;
}

static void put_vector(struct guest *guest, unsigned int vector,
		       uint16_t handler, uint8_t port)
{
	uint16_t entry[2] = { handler, 0 };

	memcpy(guest->ram + vector * sizeof(entry), entry, sizeof(entry));
	put_out(guest->ram + handler, port);
}

static void enter_real_mode(struct guest *guest)
{
	union hv_register_value idt = { .table = { .limit = 0x3ff } };
	uint32_t name = HV_X64_REGISTER_IDTR;

	CHECK_EQ(mshv_vp_set_regs(guest->vp, &name, &idt, 1), 0);
	set_segment(guest, HV_X64_REGISTER_CS, 0x9b);
	set_segment(guest, HV_X64_REGISTER_DS, 0x93);
	set_segment(guest, HV_X64_REGISTER_ES, 0x93);
	set_segment(guest, HV_X64_REGISTER_SS, 0x93);
	set_segment(guest, HV_X64_REGISTER_LDTR, 0x82);
	set_segment(guest, HV_X64_REGISTER_TR, 0x8b);
	set(guest, HV_X64_REGISTER_CR0, 0x10);
	set(guest, HV_X64_REGISTER_CR3, 0);
	set(guest, HV_X64_REGISTER_CR4, 0);
	set(guest, HV_X64_REGISTER_EFER, 0);
}

void guest_start(struct guest *guest, const struct mshv_cpu_model *model)
{
	struct mshv_vm_config config = {
		.size = sizeof(config),
		.flags = MSHV_VM_LAPIC,
	};

	if (model)
		CHECK_EQ(mshv_cpu_model_vm_config(model, &config), 0);
	guest->ram = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(guest->ram != MAP_FAILED);
	CHECK_EQ(mshv_host_open(NULL, &guest->host), 0);
	CHECK_EQ(mshv_vm_create(guest->host, &config, &guest->vm), 0);
	CHECK_EQ(mshv_vm_initialize(guest->vm), 0);
	CHECK_EQ(mshv_vm_map(guest->vm, 0, guest->ram, MEMORY,
			     MSHV_MEM_WRITE | MSHV_MEM_EXEC), 0);
	CHECK_EQ(mshv_vp_create(guest->vm, 0, 0, &guest->vp), 0);
	put_vector(guest, VECTOR_UD, HANDLER_UD, PORT_UD);
	put_vector(guest, VECTOR_GP, HANDLER_GP, PORT_GP);
	enter_real_mode(guest);
}

void guest_stop(struct guest *guest)
{
	mshv_vp_close(guest->vp);
	mshv_vm_close(guest->vm);
	mshv_host_close(guest->host);
	munmap(guest->ram, MEMORY);
}

/* Run to the next port write; returns the port. */
static uint16_t run_to_port(struct guest *guest)
{
	const struct hv_x64_io_port_intercept_message *io;
	const struct hv_message *message;
	int err;

	do {
		err = mshv_vp_run(guest->vp, &message);
	} while (err == -EINTR);
	CHECK_EQ(err, 0);
	CHECK_EQ(message->header.message_type, HVMSG_X64_IO_PORT_INTERCEPT);
	io = (const void *)message->u.payload;
	return io->port_number;
}

static enum outcome execute(struct guest *guest, const uint8_t *code, size_t size)
{
	uint8_t *at = guest->ram + CODE;
	uint16_t port;

	memcpy(at, code, size);
	put_out(at + size, PORT_DONE);
	set(guest, HV_X64_REGISTER_RSP, STACK);
	set(guest, HV_X64_REGISTER_RFLAGS, 2);
	set(guest, HV_X64_REGISTER_RIP, CODE);
	port = run_to_port(guest);
	CHECK(port == PORT_DONE || port == PORT_UD || port == PORT_GP);
	return port == PORT_DONE ? DID_WORK : port == PORT_UD ? DID_UD : DID_GP;
}

void guest_cpuid(struct guest *guest, uint32_t eax, uint32_t ecx, uint32_t r[4])
{
	static const uint8_t code[] = { 0x0f, 0xa2 };

	set(guest, HV_X64_REGISTER_RAX, eax);
	set(guest, HV_X64_REGISTER_RCX, ecx);
	CHECK_EQ(execute(guest, code, sizeof(code)), DID_WORK);
	r[0] = get(guest, HV_X64_REGISTER_RAX);
	r[1] = get(guest, HV_X64_REGISTER_RBX);
	r[2] = get(guest, HV_X64_REGISTER_RCX);
	r[3] = get(guest, HV_X64_REGISTER_RDX);
}

enum outcome guest_rdtscp(struct guest *guest)
{
	static const uint8_t code[] = { 0x0f, 0x01, 0xf9 };

	return execute(guest, code, sizeof(code));
}

enum outcome guest_rdtsc(struct guest *guest)
{
	static const uint8_t code[] = { 0x0f, 0x31 };

	return execute(guest, code, sizeof(code));
}

enum outcome guest_rdrand(struct guest *guest)
{
	static const uint8_t code[] = { 0x0f, 0xc7, 0xf0 };

	return execute(guest, code, sizeof(code));
}
