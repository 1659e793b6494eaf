// SPDX-License-Identifier: GPL-2.0-only
/*
 * The properties of a model as a guest of KVM reads them.
 */
#include <string.h>

#include "../../../../lib/tests/test.h"
#include "idregs.h"

unsigned int idreg_number(const char *name)
{
	static const struct {
		unsigned int reg;
		const char *name;
	} regs[] = {
#define REG(reg, name) { reg, #name },
#define FIELD(reg, name, shift, width, order)
#include "../../../../lib/src/cpu/idregs.inc"
	};

	for (size_t i = 0; i < ARRAY_SIZE(regs); i++)
		if (!strcmp(regs[i].name, name))
			return regs[i].reg;
	test_note(name);
	CHECK(!"a register that has a number");
	return 0;
}

uint64_t idreg_field(uint64_t value, const struct mshv_cpu_prop *prop)
{
	return value >> prop->shift & ((1ull << prop->width) - 1);
}

unsigned int idregs_differ(const struct mshv_cpu_model *model,
			   struct kvmguest *guest)
{
	struct mshv_cpu_prop prop;
	unsigned int last = ~0u, differ = 0;
	uint64_t all = 0;

	for (size_t i = 0; !mshv_cpu_model_prop(model, i, &prop); i++) {
		unsigned int reg = idreg_number(prop.reg);
		uint64_t value;

		if (reg != last)
			all = kvmguest_read(guest, reg);
		last = reg;
		value = idreg_field(all, &prop);
		if (value == prop.value)
			continue;
		printf("# %s: a guest reads %u, the model has %u\n", prop.name,
		       (unsigned int)value, (unsigned int)prop.value);
		differ++;
	}
	return differ;
}
