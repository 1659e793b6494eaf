/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The properties of a model as a guest of KVM reads them.
 */
#ifndef CPU_TEST_IDREGS_H
#define CPU_TEST_IDREGS_H

#include "kvmguest.h"

/* The register's number by its name; fails the test if there is none. */
unsigned int idreg_number(const char *name);

/* A property in the value of its register. */
uint64_t idreg_field(uint64_t value, const struct mshv_cpu_prop *prop);

/* How many properties a guest does not read as the model has them; says which. */
unsigned int idregs_differ(const struct mshv_cpu_model *model,
			   struct kvmguest *guest);

#endif /* CPU_TEST_IDREGS_H */
