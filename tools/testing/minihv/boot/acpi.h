/* SPDX-License-Identifier: GPL-2.0-only */
/* The few things minihv wants from the ACPI tables. */
#ifndef MINIHV_ACPI_H
#define MINIHV_ACPI_H

#include "base/acpi.h"

/* Finds CPUs (cpus[], nr_cpus) and the power port; hides HPET and DMAR from root. */
void acpi_init(void);
/* The DMAR table (found before it was hidden) and the MCFG table; NULL: there is none. */
extern const struct acpi_header *acpi_dmar, *acpi_mcfg;

#endif
