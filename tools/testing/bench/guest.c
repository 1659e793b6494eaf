// SPDX-License-Identifier: GPL-2.0-only
/* Guests of a few instructions. */
#include <errno.h>
#include <string.h>

#include "bench.h"

#define START		0x1000
#define PML4		0x2000
#define PDPT		0x3000
#define PDPT_ENTRIES	8
#define PRESENT_WRITE	3
#define LARGE		0x80

#define CODE16		0x9b
#define DATA16		0x93
#define CODE64		0xa09b
#define DATA64		0xc093
#define CR0_LONG	0x80010033	/* PG, WP, NE, ET, MP, PE */
#define CR4_LONG	0x620		/* OSXMMEXCPT, OSFXSR, PAE */
#define EFER_LONG	0x500		/* LMA, LME */

static _Alignas(PAGE) unsigned char real_ram[GUEST_RAM];

struct mshv_vm *guest_new_vm(void)
{
	/* As VMMs have it. */
	static const struct mshv_vm_config config = {
		.size = sizeof(config),
		.flags = MSHV_VM_LAPIC | MSHV_VM_X2APIC | MSHV_VM_SUPER_PAGES,
	};
	struct mshv_vm *vm;

	must("mshv_vm_create", mshv_vm_create(host, &config, &vm));
	must("mshv_vm_initialize", mshv_vm_initialize(vm));
	return vm;
}

static void map(struct guest *g, void *ram, uint64_t size)
{
	must("mshv_vm_map", mshv_vm_map(g->vm, 0, ram, size, MSHV_MEM_WRITE | MSHV_MEM_EXEC));
}

void guest_start_real(struct guest *g, const void *code, size_t size, uint64_t ds)
{
	static const uint32_t names[] = { HV_X64_REGISTER_CS, HV_X64_REGISTER_DS };
	union hv_register_value segments[] = {
		{ .segment = { .limit = 0xffff, .attributes = CODE16 } },
		{ .segment = { .base = ds, .limit = 0xffff, .attributes = DATA16 } },
	};

	g->vm = guest_new_vm();
	memcpy(real_ram + START, code, size);
	map(g, real_ram, sizeof(real_ram));
	must("mshv_vp_create", mshv_vp_create(g->vm, 0, 0, &g->vp));
	must("segments", mshv_vp_set_regs(g->vp, names, segments, 2));
	must("RIP", mshv_vp_set_reg(g->vp, HV_X64_REGISTER_RIP, START));
}

static void set_long_mode(struct mshv_vp *vp)
{
	static const struct {
		uint32_t name;
		uint64_t value;
	} regs[] = {
		{ HV_X64_REGISTER_CR0, CR0_LONG }, { HV_X64_REGISTER_CR3, PML4 },
		{ HV_X64_REGISTER_CR4, CR4_LONG }, { HV_X64_REGISTER_EFER, EFER_LONG },
		{ HV_X64_REGISTER_RFLAGS, 2 },	   { HV_X64_REGISTER_RIP, START },
	};
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
	for (unsigned int i = 0; i < sizeof(regs) / sizeof(regs[0]); i++)
		must("registers", mshv_vp_set_reg(vp, regs[i].name, regs[i].value));
}

void guest_start_long(struct guest *g, void *ram, uint64_t size, const void *code,
		      size_t code_size, uint64_t rbx, uint64_t rcx, unsigned int vp_flags)
{
	uint64_t *pdpt = (void *)((char *)ram + PDPT);

	memcpy((char *)ram + START, code, code_size);
	*(uint64_t *)((char *)ram + PML4) = PDPT | PRESENT_WRITE;
	for (unsigned int i = 0; i < PDPT_ENTRIES; i++)
		pdpt[i] = i * GIB | LARGE | PRESENT_WRITE;
	g->vm = guest_new_vm();
	map(g, ram, size);
	must("mshv_vp_create", mshv_vp_create(g->vm, 0, vp_flags, &g->vp));
	set_long_mode(g->vp);
	must("RBX", mshv_vp_set_reg(g->vp, HV_X64_REGISTER_RBX, rbx));
	must("RCX", mshv_vp_set_reg(g->vp, HV_X64_REGISTER_RCX, rcx));
	/* So that nothing of the library's is left to be done. */
	must("mshv_vp_flush_regs", mshv_vp_flush_regs(g->vp));
}

void guest_close(struct guest *g)
{
	mshv_vp_close(g->vp);
	mshv_vm_close(g->vm);
}

static int port_in(void *opaque, uint16_t port, unsigned int size, uint32_t *value)
{
	(void)opaque;
	(void)port;
	(void)size;
	*value = 0;
	return 0;
}

static int port_out(void *opaque, uint16_t port, unsigned int size, uint32_t value)
{
	(void)opaque;
	(void)port;
	(void)size;
	(void)value;
	return 0;
}

void guest_port_exit(struct guest *g)
{
	static const struct mshv_port_ops ops = { .in = port_in, .out = port_out };
	const struct hv_message *exit;

	must("mshv_vp_run", mshv_vp_run(g->vp, &exit));
	if (exit->header.message_type != HVMSG_X64_IO_PORT_INTERCEPT)
		fail("the guest's exit", -EPROTO);
	must("mshv_vp_handle_port", mshv_vp_handle_port(g->vp, &ops, NULL));
}
