// SPDX-License-Identifier: GPL-2.0-only
/*
 * Root writes to PCI configuration space, which may change the map of addresses: it does so
 * while no other processor uses that (cpu/mmio.h). By the old ports, which are intercepted,
 * or in memory, where root may only read.
 */
#include "cpu/mmio.h"
#include "device/pci.h"
#include "exit/exit.h"
#include "state/controls.h"
#include "state/regs.h"
#include "vp/gva.h"

static void write_port(uint16_t port, unsigned int size, uint32_t value)
{
	if (size == 1)
		outb(port, value);
	else if (size == 2)
		outw(port, value);
	else
		outl(port, value);
}

static void write_memory(uint64_t pa, unsigned int size, uint32_t value)
{
	if (size == 1)
		*(volatile uint8_t *)pa_to_va(pa) = value;
	else if (size == 2)
		*(volatile uint16_t *)pa_to_va(pa) = value;
	else
		*(volatile uint32_t *)pa_to_va(pa) = value;
}

void root_write_port(uint16_t port, unsigned int size, uint32_t value)
{
	bool config = port >= PCI_DATA_PORT && port < PCI_DATA_PORT + PCI_DATA_PORTS;

	if (config)
		mmio_change_begin();
	write_port(port, size, value);
	if (config)
		mmio_change_end();
}

static bool in_window(uint64_t gpa)
{
	uint64_t size, base = pci_window(&size);

	return gpa - base < size;
}

bool root_write_config(struct vp *vp)
{
	uint64_t gpa = vp->vmcb->exit_info_2;
	uint8_t bytes[MAX_INSTRUCTION];
	union hv_register_value v;
	struct decoded d;
	unsigned int n;

	if (!(vp->vmcb->exit_info_1 & NPF_WRITE) || !in_window(gpa))
		return false;
	n = vp_fetch(vp, bytes, sizeof(bytes));
	if (!decode(bytes, n, vp_decode_mode(vp->vmcb), &d) || d.op != OP_MOV || !d.to_memory ||
	    d.size > 4)
		return false;
	reg_get(vp, HV_X64_REGISTER_RAX + d.reg, &v);
	mmio_change_begin();
	write_memory(gpa, d.size, d.has_imm ? d.imm : v.reg64 >> (d.high_byte ? 8 : 0));
	mmio_change_end();
	vp_skip(vp, d.length);
	return true;
}
