/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * CPU models of Hyper-V.
 */
#ifndef MSHVCTL_SRC_CPU_MSHV_H
#define MSHVCTL_SRC_CPU_MSHV_H

#include "cpu/model.h"

/* mshv_cpu_model_mshv() for a host whose names are in the tables @names. */
int cpu_mshv_probe(int dev_fd, unsigned int names, struct mshv_cpu_model **model,
		   struct mshv_cpu_error *error);

#endif /* MSHVCTL_SRC_CPU_MSHV_H */
