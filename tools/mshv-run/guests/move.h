/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MOVE_H
#define MOVE_H

/* Look at clocks, timers, memory and a disk until standard input says "end". */
void be_moved(void);

#endif /* MOVE_H */
