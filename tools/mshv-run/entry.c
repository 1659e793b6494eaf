// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registers with which a VP enters its guest.
 */
#include "entry.h"

/* Segment attributes: type, present, long, granularity ... */
#define CODE64 0xa09b
#define CODE32 0xc09b
#define DATA32 0xc093
#define CODE16 0x9b
#define DATA16 0x93
#define BUSY_TSS 0x8b
#define LDT 0x82

#define CR0_REAL 0x10 /* ET */
#define CR0_PROTECTED 0x11 /* and PE */
#define CR0_LONG 0x80010033 /* PG, WP, NE, ET, MP, PE */
#define CR4_LONG 0x620 /* OSXMMEXCPT, OSFXSR, PAE */
#define EFER_LONG 0x500 /* LMA, LME */
#define RFLAGS_FIXED 0x2

/* Registers to be set by one call. */
struct reg_list {
	uint32_t names[32];
	union hv_register_value values[32];
	size_t n;
};

static union hv_register_value *add(struct reg_list *list, uint32_t name)
{
	list->names[list->n] = name;
	return &list->values[list->n++];
}

static void add64(struct reg_list *list, uint32_t name, uint64_t value)
{
	add(list, name)->reg64 = value;
}

static void add_segment(struct reg_list *list, uint32_t name,
			uint16_t selector, uint32_t limit, uint16_t attributes)
{
	union hv_register_value *value = add(list, name);

	value->segment.limit = limit;
	value->segment.selector = selector;
	value->segment.attributes = attributes;
}

static void add_table(struct reg_list *list, uint32_t name, uint64_t base,
		      uint16_t limit)
{
	union hv_register_value *value = add(list, name);

	value->table.base = base;
	value->table.limit = limit;
}

static void add_segments(struct reg_list *list, const struct entry *e)
{
	static const uint32_t data[] = {
		HV_X64_REGISTER_ES, HV_X64_REGISTER_SS, HV_X64_REGISTER_DS,
		HV_X64_REGISTER_FS, HV_X64_REGISTER_GS,
	};
	const bool real = e->bits == 16;
	uint32_t limit = real ? 0xffff : 0xffffffff;

	add_segment(list, HV_X64_REGISTER_CS, e->code, limit,
		    real ? CODE16 : e->bits == 32 ? CODE32 : CODE64);
	for (size_t i = 0; i < ARRAY_SIZE(data); i++)
		add_segment(list, data[i], e->data, limit,
			    real ? DATA16 : DATA32);
	add_segment(list, HV_X64_REGISTER_TR, 0, 0xffff, BUSY_TSS);
	add_segment(list, HV_X64_REGISTER_LDTR, 0, 0xffff, LDT);
	add_table(list, HV_X64_REGISTER_GDTR, e->gdt, e->gdt_limit);
	/* In long mode there is none: an exception ends the run. */
	add_table(list, HV_X64_REGISTER_IDTR, 0, real ? 0x3ff : 0);
}

int entry_wait(struct cpu *cpu)
{
	const union hv_internal_activity_register state = { .startup_suspend = 1 };
	int err = mshv_vp_set_reg(cpu->vp, HV_REGISTER_INTERNAL_ACTIVITY_STATE,
				  state.as_uint64);

	if (err)
		complain(err, "cannot make VP %u wait", cpu->index);
	return err;
}

int entry_set(struct cpu *cpu, const struct entry *e)
{
	const bool is_long = e->bits == 64;
	struct reg_list list = { 0 };
	int err;

	add_segments(&list, e);
	add64(&list, HV_X64_REGISTER_CR0,
	      is_long ? CR0_LONG : e->bits == 32 ? CR0_PROTECTED : CR0_REAL);
	add64(&list, HV_X64_REGISTER_CR3, e->page_table);
	add64(&list, HV_X64_REGISTER_CR4, is_long ? CR4_LONG : 0);
	add64(&list, HV_X64_REGISTER_EFER, is_long ? EFER_LONG : 0);
	add64(&list, HV_X64_REGISTER_RFLAGS, RFLAGS_FIXED);
	add64(&list, HV_X64_REGISTER_RIP, e->rip);
	add64(&list, HV_X64_REGISTER_RSP, e->rsp);
	add64(&list, HV_X64_REGISTER_RDI, e->rdi);
	add64(&list, HV_X64_REGISTER_RSI, e->rsi);
	add64(&list, HV_X64_REGISTER_RDX, e->rdx);
	add64(&list, HV_X64_REGISTER_RBX, e->rbx);
	/* It runs at once, and does not wait for another VP to wake it. */
	add64(&list, HV_REGISTER_INTERNAL_ACTIVITY_STATE, 0);

	err = mshv_vp_set_regs(cpu->vp, list.names, list.values, list.n);
	if (err)
		complain(err, "cannot set the registers of VP %u", cpu->index);
	return err;
}
