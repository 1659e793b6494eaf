/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Hyper-V's hypercall interface, all of it that is defined here. */
#ifndef HVABI_HVABI_H
#define HVABI_HVABI_H

#include "cpuid.h"
#include "device.h"
#include "hypercall.h"
#include "intercept.h"
#include "layout.h"
#include "memory.h"
#include "message.h"
#include "msr.h"
#include "partition.h"
#include "register.h"
#include "stats.h"
#include "synic.h"
#include "system.h"
#include "types.h"
#include "vp.h"
#include "vpstate.h"

#endif
