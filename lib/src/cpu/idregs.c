// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The arm64 ID registers and their fields. The table is generated: see
 * idregs.awk.
 */
#include <stdio.h>

#include "cpu/model.h"

static const struct id_field {
	uint8_t reg, shift, width, order;
	char name[16];
} id_fields[] = {
#define REG(reg, name)
#define FIELD(reg, name, shift, width, order) \
	{ reg, shift, width, CPU_##order, #name },
#include "cpu/idregs.inc"
#undef REG
#undef FIELD
};

static const struct id_reg {
	uint8_t reg;
	char name[19];
} id_regs[] = {
#define REG(reg, name) { reg, #name },
#define FIELD(reg, name, shift, width, order)
#include "cpu/idregs.inc"
#undef REG
#undef FIELD
};

#define N_ID_FIELDS (sizeof(id_fields) / sizeof(id_fields[0]))
#define N_ID_REGS (sizeof(id_regs) / sizeof(id_regs[0]))

const char *cpu_id_reg_name(unsigned int reg)
{
	for (size_t i = 0; i < N_ID_REGS; i++)
		if (id_regs[i].reg == reg)
			return id_regs[i].name;
	return "";
}

const char *cpu_reg_name(unsigned int reg)
{
	static const char *const banks[] = { "features0", "features1", "xsave" };

	if (reg >= CPU_REGS)
		return "";
	return reg < CPU_ID_REGS ? cpu_id_reg_name(reg) : banks[reg - CPU_ID_REGS];
}

static void make_field(struct cpu_field *field, const struct id_field *row)
{
	snprintf(field->name, sizeof(field->name), "SYSREG_%s_%s",
		 cpu_id_reg_name(row->reg), row->name);
	field->reg = row->reg;
	field->shift = row->shift;
	field->width = row->width;
	field->order = row->order;
}

size_t cpu_id_fields(struct cpu_field *fields, size_t max)
{
	size_t i;

	for (i = 0; i < N_ID_FIELDS && i < max; i++)
		make_field(&fields[i], &id_fields[i]);
	return i;
}
