// SPDX-License-Identifier: GPL-2.0-only
/* Guests on /dev/mshv, by the library. */
#include <errno.h>

#include "bench.h"

#define GSI		5
#define APIC_BASE	0xfee00d00	/* enabled, x2APIC, of the first processor */

static void new_vm(struct guest *g)
{
	/* As VMMs have it. */
	static const struct mshv_vm_config config = {
		.size = sizeof(config),
		.flags = MSHV_VM_LAPIC | MSHV_VM_X2APIC | MSHV_VM_SUPER_PAGES,
	};

	must("mshv_vm_create", mshv_vm_create(host, &config, &g->vm));
	must("mshv_vm_initialize", mshv_vm_initialize(g->vm));
}

static void close_vm(struct guest *g)
{
	mshv_vm_close(g->vm);
}

static void map(struct guest *g, uint64_t gpa, void *memory, uint64_t size)
{
	must("mshv_vm_map", mshv_vm_map(g->vm, gpa, memory, size,
					MSHV_MEM_WRITE | MSHV_MEM_EXEC));
}

static void new_vp(struct guest *g, unsigned int flags)
{
	must("mshv_vp_create", mshv_vp_create(g->vm, g->nr_vps, flags, &g->vp));
	g->vps[g->nr_vps] = g->vp;
}

static void close_vps(struct guest *g)
{
	for (unsigned int i = 0; i < g->nr_vps; i++)
		mshv_vp_close(g->vps[i]);
}

static void set_real(struct guest *g, uint64_t rip, uint64_t ds)
{
	static const uint32_t names[] = { HV_X64_REGISTER_CS, HV_X64_REGISTER_DS };
	union hv_register_value segments[] = {
		{ .segment = { .limit = 0xffff, .attributes = CODE16 } },
		{ .segment = { .base = ds, .limit = 0xffff, .attributes = DATA16 } },
	};

	must("segments", mshv_vp_set_regs(g->vp, names, segments, 2));
	must("RIP", mshv_vp_set_reg(g->vp, HV_X64_REGISTER_RIP, rip));
}

static void set_segments(struct mshv_vp *vp)
{
	static const uint32_t names[] = {
		HV_X64_REGISTER_CS, HV_X64_REGISTER_DS, HV_X64_REGISTER_ES, HV_X64_REGISTER_SS,
	};
	union hv_register_value segments[4];

	for (unsigned int i = 0; i < 4; i++)
		segments[i] = (union hv_register_value){
			.segment = { .limit = 0xffffffff, .selector = i ? 16 : 8,
				     .attributes = i ? DATA64 : CODE64 },
		};
	must("segments", mshv_vp_set_regs(vp, names, segments, 4));
}

static void set_long(struct guest *g, uint64_t rip, uint64_t cr3, uint64_t rbx, uint64_t rcx)
{
	const struct {
		uint32_t name;
		uint64_t value;
	} regs[] = {
		{ HV_X64_REGISTER_CR0, CR0_LONG }, { HV_X64_REGISTER_CR3, cr3 },
		{ HV_X64_REGISTER_CR4, CR4_LONG }, { HV_X64_REGISTER_EFER, EFER_LONG },
		{ HV_X64_REGISTER_RFLAGS, 2 },	   { HV_X64_REGISTER_RIP, rip },
		{ HV_X64_REGISTER_RBX, rbx },	   { HV_X64_REGISTER_RCX, rcx },
	};

	set_segments(g->vp);
	for (unsigned int i = 0; i < sizeof(regs) / sizeof(regs[0]); i++)
		must("registers", mshv_vp_set_reg(g->vp, regs[i].name, regs[i].value));
	/* So that nothing of the library's is left to be done. */
	must("mshv_vp_flush_regs", mshv_vp_flush_regs(g->vp));
}

static void enable_x2apic(struct guest *g)
{
	must("APIC_BASE", mshv_vp_set_reg(g->vp, HV_X64_REGISTER_APIC_BASE, APIC_BASE));
}

static int port_in(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size, uint32_t *value)
{
	(void)vp;
	const struct guest *g = opaque;

	(void)port;
	(void)size;
	*value = g->answer;
	return 0;
}

static int port_out(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size, uint32_t value)
{
	(void)vp;
	(void)opaque;
	(void)port;
	(void)size;
	(void)value;
	return 0;
}

static bool run(struct guest *g)
{
	static const struct mshv_port_ops ops = { .size = sizeof(ops), .in = port_in, .out = port_out };
	const struct hv_message *exit;
	int err = mshv_vp_run(g->vp, &exit);

	if (err == -EINTR)
		return false;
	must("mshv_vp_run", err);
	if (exit->header.message_type != HVMSG_X64_IO_PORT_INTERCEPT)
		fail("the guest's exit", -EPROTO);
	must("mshv_vp_handle_port", mshv_vp_handle_port(g->vp, &ops, g));
	return true;
}

static void irqfd(struct guest *g, int fd, uint64_t address, uint32_t data)
{
	const struct mshv_msi_route route = { .gsi = GSI, .address = address, .data = data };

	must("mshv_vm_set_msi_routes", mshv_vm_set_msi_routes(g->vm, &route, 1));
	must("mshv_vm_add_irqfd", mshv_vm_add_irqfd(g->vm, GSI, fd, -1));
}

static void doorbell(struct guest *g, uint64_t gpa, int fd)
{
	const struct mshv_ioeventfd bell = { .gpa = gpa, .fd = fd };

	must("mshv_vm_add_ioeventfd", mshv_vm_add_ioeventfd(g->vm, &bell));
}

const struct guest_ops mshv_guest_ops = {
	.new_vm = new_vm,
	.close_vm = close_vm,
	.map = map,
	.new_vp = new_vp,
	.close_vps = close_vps,
	.set_real = set_real,
	.set_long = set_long,
	.enable_x2apic = enable_x2apic,
	.run = run,
	.irqfd = irqfd,
	.doorbell = doorbell,
};
