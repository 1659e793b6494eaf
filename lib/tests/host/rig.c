// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A VM with one VP for tests on a real /dev/mshv.
 */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "../test.h"
#include "rig.h"

#define MEMORY 0x10000

struct rig rig;

static void set_segment(uint32_t name, uint16_t attributes)
{
	union hv_register_value v = { .segment = {
		.limit = 0xffff, .attributes = attributes,
	} };

	CHECK_EQ(mshv_vp_set_regs(rig.vp, &name, &v, 1), 0);
}

static void set(uint32_t name, uint64_t value)
{
	CHECK_EQ(mshv_vp_set_reg(rig.vp, name, value), 0);
}

/* 16 bits: out %al, $0x80 and back. */
static void load_guest(void)
{
	static const uint8_t code[] = { 0xe6, 0x80, 0xeb, 0xfc };

	memcpy(rig.ram + RIG_CODE, code, sizeof(code));
	set_segment(HV_X64_REGISTER_CS, 0x9b);
	set_segment(HV_X64_REGISTER_SS, 0x93);
	set_segment(HV_X64_REGISTER_LDTR, 0x82);
	set_segment(HV_X64_REGISTER_TR, 0x8b);
	set(HV_X64_REGISTER_CR0, 0x10);
	set(HV_X64_REGISTER_CR3, 0);
	set(HV_X64_REGISTER_CR4, 0);
	set(HV_X64_REGISTER_EFER, 0);
	set(HV_X64_REGISTER_RFLAGS, 2);
	set(HV_X64_REGISTER_RIP, RIG_CODE);
}

void rig_start(unsigned int flags)
{
	struct mshv_vm_config config = {
		.size = sizeof(config),
		.flags = MSHV_VM_LAPIC,
	};

	rig.ram = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(rig.ram != MAP_FAILED);
	CHECK_EQ(mshv_host_open(NULL, &rig.host), 0);
	CHECK_EQ(mshv_vm_create(rig.host, &config, &rig.vm), 0);
	CHECK_EQ(mshv_vm_initialize(rig.vm), 0);
	CHECK_EQ(mshv_vm_map(rig.vm, 0, rig.ram, MEMORY,
			     MSHV_MEM_WRITE | MSHV_MEM_EXEC), 0);
	CHECK_EQ(mshv_vp_create(rig.vm, 0, flags, &rig.vp), 0);
	CHECK_EQ(mshv_vp_has_register_page(rig.vp), !flags);
	load_guest();
}

void rig_finish(void)
{
	mshv_vp_close(rig.vp);
	mshv_vm_close(rig.vm);
	mshv_host_close(rig.host);
	munmap(rig.ram, MEMORY);
}

void rig_run_to_port(uint16_t port)
{
	const struct hv_message *msg;
	struct mshv_port_exit exit;

	CHECK_EQ(mshv_vp_run(rig.vp, &msg), 0);
	CHECK_EQ(mshv_port_decode(msg, &exit), 0);
	CHECK_EQ(exit.port, port);
	CHECK_EQ(mshv_vp_port_complete(rig.vp, 0), 0);
}

struct mshv_vp_counters rig_counters(void)
{
	struct mshv_vp_counters c = { .size = sizeof(c) };

	CHECK_EQ(mshv_vp_counters(rig.vp, &c), 0);
	return c;
}

static void ignore(int signal_number)
{
	(void)signal_number;
}

void rig_interrupt_every(int microseconds)
{
	struct sigaction action = { .sa_handler = ignore };
	struct itimerval timer = {
		.it_interval.tv_usec = microseconds,
		.it_value.tv_usec = microseconds,
	};

	CHECK_EQ(sigaction(SIGALRM, &action, NULL), 0);
	CHECK_EQ(setitimer(ITIMER_REAL, &timer, NULL), 0);
}
