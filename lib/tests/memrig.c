// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A guest at a memory exit, with some memory and devices around it.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "memrig.h"
#include "test.h"

_Alignas(4096) uint8_t memrig_ram[MEMRIG_RAM];
struct memrig memrig = { .ram = memrig_ram };

void memrig_see(uint64_t gpa, unsigned int size, uint64_t value)
{
	CHECK(memrig.n < ARRAY_SIZE(memrig.seen));
	memrig.seen[memrig.n].gpa = gpa;
	memrig.seen[memrig.n].size = size;
	memrig.seen[memrig.n++].value = value;
}

static int device_read(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size, uint64_t *value)
{
	(void)vp;
	CHECK(opaque == &memrig);
	*value = 0;
	for (unsigned int i = 0; i < size; i++)
		*value |= ((gpa + i) & 0xff) << 8 * i;
	memrig_see(gpa, size, *value);
	return 0;
}

static int device_write(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size, uint64_t value)
{
	(void)vp;
	CHECK(opaque == &memrig);
	memrig_see(gpa, size, value);
	return 0;
}

const struct mshv_mmio_ops memrig_ops = { sizeof(memrig_ops), device_read, device_write };

void memrig_segment(uint32_t name, uint64_t base, uint32_t limit, uint16_t attributes)
{
	union hv_register_value v = { .segment = {
		.base = base, .limit = limit, .attributes = attributes,
	} };

	fakevp_set(name, v);
}

/* Without paging: memory from 0, and devices everywhere else. */
void memrig_start_with_ram(uint64_t cr0)
{
	fakevp_start(PAGE_VALID, 0);
	fake.model.idle = true;
	memset(memrig.seen, 0, sizeof(memrig.seen));
	memrig.n = 0;
	CHECK_EQ(mshv_vm_map(fake.vm, 0, memrig.ram, MEMRIG_RAM, MSHV_MEM_WRITE), 0);
	fakevp_set64(HV_X64_REGISTER_CR0, cr0);
	fakevp_set64(HV_X64_REGISTER_CR3, 0x1000);
	/* PAE, OSFXSR */
	fakevp_set64(HV_X64_REGISTER_CR4, 0x220);
	fakevp_set64(HV_X64_REGISTER_EFER, 0);
	fakevp_set64(HV_X64_REGISTER_RFLAGS, 2);
	fakevp_set64(HV_X64_REGISTER_RAX, 0);
	fakevp_set64(HV_X64_REGISTER_RIP, 0x500);
	fakevp_set64(HV_REGISTER_PENDING_EVENT0, 0);
	for (uint32_t name = HV_X64_REGISTER_ES; name <= HV_X64_REGISTER_GS; name++)
		memrig_segment(name, 0, UINT32_MAX, MEMRIG_FLAT);
}

void memrig_start(uint64_t cr0)
{
	memset(memrig.ram, 0, MEMRIG_RAM);
	memrig_start_with_ram(cr0);
}

/* 4 levels: the first page is at 0, the second at the device, and the rest is absent. */
void memrig_start_long(void)
{
	memrig_start(0x80010001);
	fakevp_set64(HV_X64_REGISTER_EFER, 0x500);
	for (unsigned int level = 1; level < 4; level++)
		memcpy(memrig.ram + 0x1000 * level,
		       (uint64_t[]){ (0x1000 * (level + 1)) | 3 }, 8);
	memcpy(memrig.ram + 0x4000, (uint64_t[]){ 0 | 3, MEMRIG_DEVICE | 3 }, 16);
}

struct hv_x64_memory_intercept_message *
memrig_exit(unsigned int bits, const char *bytes, size_t n)
{
	struct hv_x64_memory_intercept_message *m = (void *)fake.message.u.payload;

	memset(&fake.message, 0, sizeof(fake.message));
	fake.message.header.message_type = HVMSG_UNMAPPED_GPA;
	fake.message.header.payload_size = sizeof(*m);
	m->header.cs_segment._long = bits == 64;
	m->header.cs_segment._default = bits == 32;
	m->header.execution_state.efer_lma = bits == 64;
	m->header.execution_state.cr0_pe = bits != 16;
	m->instruction_byte_count = (uint8_t)n;
	memcpy(m->instruction_bytes, bytes, n);
	return m;
}

/* Handle the exit, and check which fault the guest gets. */
void memrig_handle(uint8_t vector)
{
	const struct hv_x64_memory_intercept_message *m = (void *)fake.message.u.payload;
	const uint32_t name = HV_REGISTER_PENDING_EVENT0;
	union hv_register_value v;

	fakevp_run();
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &memrig_ops, &memrig), 0);
	CHECK_EQ(mshv_vp_get_regs(fake.vp, &name, &v, 1), 0);
	CHECK_EQ(v.pending_exception_event.event_pending, vector != MEMRIG_NO_FAULT);
	if (vector == MEMRIG_NO_FAULT)
		return;
	CHECK_EQ(v.pending_exception_event.vector, vector);
	/* There are none in real mode. */
	CHECK_EQ(v.pending_exception_event.deliver_error_code,
		 m->header.execution_state.cr0_pe);
	CHECK(vector == 14 || !v.pending_exception_event.error_code);
	CHECK_EQ(memrig.n, 0);
}

void memrig_check_seen(unsigned int i, uint64_t gpa, unsigned int size)
{
	CHECK(i < memrig.n);
	CHECK_EQ(memrig.seen[i].gpa, gpa);
	CHECK_EQ(memrig.seen[i].size, size);
}

uint64_t memrig_reg(uint32_t name)
{
	uint64_t value;

	CHECK_EQ(mshv_vp_get_reg(fake.vp, name, &value), 0);
	return value;
}

static int port_in(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size, uint32_t *value)
{
	(void)vp;
	CHECK(opaque == &memrig && port == 0x60 && size == 1);
	*value = 0x5a;
	return 0;
}

static int port_out(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size, uint32_t value)
{
	(void)vp;
	CHECK(opaque == &memrig && port == 0x60 && size == 1 && !value);
	return 0;
}

const struct mshv_port_ops memrig_ports = { .size = sizeof(memrig_ports), .in = port_in, .out = port_out };

static struct {
	pthread_t thread;
	uint32_t *counter;
	uint32_t added;
	bool stop;
} adder;

static void *add_ones(void *unused)
{
	for (; !__atomic_load_n(&adder.stop, __ATOMIC_RELAXED); adder.added++)
		__atomic_fetch_add(adder.counter, 1, __ATOMIC_RELAXED);
	return unused;
}

void memrig_start_adding(uint32_t *counter)
{
	memset(&adder, 0, sizeof(adder));
	adder.counter = counter;
	CHECK_EQ(pthread_create(&adder.thread, NULL, add_ones, NULL), 0);
}

uint32_t memrig_stop_adding(void)
{
	__atomic_store_n(&adder.stop, true, __ATOMIC_RELAXED);
	pthread_join(adder.thread, NULL);
	return adder.added;
}
