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

const struct guest_ops *guest_ops = &mshv_guest_ops;

static _Alignas(PAGE) unsigned char real_ram[GUEST_RAM];

unsigned char *guest_real_ram(void)
{
	return real_ram;
}

void guest_new_vm(struct guest *g)
{
	memset(g, 0, sizeof(*g));
	guest_ops->new_vm(g);
}

void guest_close_vm(struct guest *g)
{
	guest_ops->close_vm(g);
}

void guest_map(struct guest *g, uint64_t gpa, void *memory, uint64_t size)
{
	guest_ops->map(g, gpa, memory, size);
}

void guest_new_vp(struct guest *g, unsigned int vp_flags)
{
	guest_ops->new_vp(g, vp_flags);
	g->nr_vps++;
}

void guest_start_real(struct guest *g, const void *code, size_t size, uint64_t ds)
{
	guest_new_vm(g);
	memcpy(real_ram + START, code, size);
	guest_map(g, 0, real_ram, sizeof(real_ram));
	guest_new_vp(g, 0);
	guest_ops->set_real(g, START, ds);
}

void guest_start_long(struct guest *g, void *ram, uint64_t size, const void *code,
		      size_t code_size, uint64_t rbx, uint64_t rcx, unsigned int vp_flags)
{
	uint64_t *pdpt = (void *)((char *)ram + PDPT);

	memcpy((char *)ram + START, code, code_size);
	*(uint64_t *)((char *)ram + PML4) = PDPT | PRESENT_WRITE;
	for (unsigned int i = 0; i < PDPT_ENTRIES; i++)
		pdpt[i] = i * GIB | LARGE | PRESENT_WRITE;
	guest_new_vm(g);
	guest_map(g, 0, ram, size);
	guest_new_vp(g, vp_flags);
	guest_ops->set_long(g, START, PML4, rbx, rcx);
}

void guest_close(struct guest *g)
{
	guest_ops->close_vps(g);
	guest_ops->close_vm(g);
}

bool guest_run(struct guest *g)
{
	return guest_ops->run(g);
}

void guest_port_exit(struct guest *g)
{
	if (!guest_run(g))
		fail("run of a guest", -EINTR);
}
