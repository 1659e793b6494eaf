/* SPDX-License-Identifier: GPL-2.0-only */
/* Exits of VPs: what comes before an entry, and what after. */
#ifndef MINIHV_EXIT_H
#define MINIHV_EXIT_H

#include "vp/vp.h"

/* root.c: returns when the root VP can be entered again. */
void root_exit(struct vp *vp);
/* root_config.c: OUT; a nested page fault was a write to configuration space, and is done. */
void root_write_port(uint16_t port, unsigned int size, uint32_t value);
bool root_write_config(struct vp *vp);
/* root_events.c: before entry. */
void root_prepare(struct vp *vp);
/* root_events.c: is there something to inject that ends a halt? */
bool root_has_event(const struct vp *vp);

/* child.c: VP_STOP_NONE to go on. */
enum vp_stop child_exit(struct vp *vp);
/* child_events.c: before entry: interrupts; VP_STOP_BLOCKED if halted and nothing is pending. */
enum vp_stop child_prepare(struct vp *vp);

#endif
