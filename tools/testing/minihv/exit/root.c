// SPDX-License-Identifier: GPL-2.0-only
/* Exits of root and L1VH VPs. */
#include "base/power.h"
#include "device/faults.h"
#include "exit/exit.h"
#include "hypercall/hcall.h"
#include "state/controls.h"
#include "state/cpuid.h"
#include "state/msr.h"

#define KBD_COMMAND_PORT	0x64
#define KBD_RESET		0xfe
#define RESET_PORT		0xcf9
#define RESET_CPU		0x04
#define SLP_EN			0x2000

#define CPUID_LENGTH		2
#define MSR_LENGTH		2

static void check_power_port(uint16_t port, uint32_t value)
{
	if (port == pm1a_control_port && (value & SLP_EN)) {
		sleep_type_s5 = value >> 10 & 7;
		machine_power_off();
	}
	if ((port == KBD_COMMAND_PORT && (value & 0xff) == KBD_RESET) ||
	    (port == RESET_PORT && (value & RESET_CPU)))
		hv_fatal("root reset the machine");
}

static uint32_t port_in(uint16_t port, unsigned int size)
{
	uint16_t word;

	if (port == DEVICE_COUNT_PORT)
		return device_count_read();
	switch (size) {
	case 1:
		return inb(port);
	case 2:
		asm volatile("inw %1, %0" : "=a"(word) : "Nd"(port));
		return word;
	default:
		return inl(port);
	}
}

static void port_out(uint16_t port, unsigned int size, uint32_t value)
{
	if (port == DEVICE_COUNT_PORT)
		device_count_select(value);
	else
		root_write_port(port, size, value);
}

static void root_io(struct vp *vp)
{
	struct vmcb *v = vp->vmcb;
	unsigned int size = IOIO_SIZE(v->exit_info_1);
	uint16_t port = IOIO_PORT(v->exit_info_1);
	uint64_t mask = size == 4 ? ~0ull : BIT(size * 8) - 1;

	if (v->exit_info_1 & IOIO_STRING)
		hv_fatal("string I/O of root on port 0x%x", port);
	if (v->exit_info_1 & IOIO_IN) {
		uint32_t value = port_in(port, size);

		v->rax = size == 4 ? value : (v->rax & ~mask) | value;
	} else {
		check_power_port(port, v->rax & mask & 0xffffffff);
		port_out(port, size, v->rax);
	}
	v->rip = v->exit_info_2;
	v->int_state = 0;
}

static void root_cpuid(struct vp *vp)
{
	struct vmcb *v = vp->vmcb;
	uint32_t r[4];

	cpuid_emulate(vp, v->rax, vp->gprs.rcx, r);
	v->rax = r[0];
	vp->gprs.rbx = r[1];
	vp->gprs.rcx = r[2];
	vp->gprs.rdx = r[3];
	vp_skip(vp, CPUID_LENGTH);
}

static void report_unknown_msr(const struct vp *vp, uint32_t msr, bool write)
{
	static const char *const access[] = { "read", "write" };

	if (hv_first(access[write], msr))
		hv_strict("%s of unknown MSR 0x%x by root at 0x%lx", access[write], msr,
			  vp->vmcb->rip);
}

static void root_msr(struct vp *vp)
{
	struct vmcb *v = vp->vmcb;
	uint32_t msr = vp->gprs.rcx;
	bool write = v->exit_info_1 & 1, known = true, ok;
	uint64_t value = vp->gprs.rdx << 32 | (uint32_t)v->rax;

	ok = write ? msr_write(vp, msr, value, &known) : msr_read(vp, msr, &value, &known);
	if (!ok || !known) {
		if (!known)
			report_unknown_msr(vp, msr, write);
		vp_inject_gp(vp);
		return;
	}
	if (!write) {
		v->rax = (uint32_t)value;
		vp->gprs.rdx = value >> 32;
	}
	vp_skip(vp, MSR_LENGTH);
}

void root_exit(struct vp *vp)
{
	struct vmcb *v = vp->vmcb;

	switch (v->exit_code) {
	case VMEXIT_VINTR:
		break;		/* root_prepare() looks anew */
	case VMEXIT_CPUID:
		root_cpuid(vp);
		break;
	case VMEXIT_MSR:
		root_msr(vp);
		break;
	case VMEXIT_IOIO:
		root_io(vp);
		break;
	case VMEXIT_VMMCALL:
		hcall_execute(vp);
		if (v->exit_code == VMEXIT_NPF)
			hv_fatal("root VP %u gave 0x%lx, which is not its memory, to a hypercall",
				 vp->index, v->exit_info_2);
		break;
	case VMEXIT_INVALID:
		vp_inject_gp(vp);
		break;
	case VMEXIT_INVLPGA:
	case VMEXIT_VMRUN:
	case VMEXIT_VMLOAD:
	case VMEXIT_VMSAVE:
	case VMEXIT_STGI:
	case VMEXIT_CLGI:
	case VMEXIT_SKINIT:
		vp_inject_ud(vp);
		break;
	case VMEXIT_NPF:
		if (root_write_config(vp))
			break;
		hv_fatal("root VP %u touched 0x%lx (%s), which is not its memory, at 0x%lx",
			 vp->index, v->exit_info_2,
			 v->exit_info_1 & NPF_WRITE ? "write" : "read", v->rip);
	case VMEXIT_SHUTDOWN:
		hv_fatal("triple fault of root VP %u at 0x%lx", vp->index, v->rip);
	default:
		hv_fatal("exit 0x%lx of root VP %u at 0x%lx", v->exit_code, vp->index, v->rip);
	}
}
