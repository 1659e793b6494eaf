/* SPDX-License-Identifier: GPL-2.0-only */
/* What makes a VP exit. */
#ifndef MINIHV_CONTROLS_H
#define MINIHV_CONTROLS_H

#include "vp/vp.h"

/* A port of root's through which tests ask about devices, see device/faults.h. */
#define DEVICE_COUNT_PORT	0xed0
/* Ports of PCI configuration space, where the data goes. */
#define PCI_DATA_PORT		0xcfc
#define PCI_DATA_PORTS		4

/* All but the exceptions, when the VP is made. */
void vp_control_fixed(struct vp *vp);
/* The exceptions that the parent has installed. */
void vp_control_exceptions(struct vp *vp);

#endif
