/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Translation of what devices address (VT-d specification 4.1, chapters 3, 6 and 9): each
 * function has one table, of the format of nested page tables, and the number of that
 * table, under which the unit caches it.
 */
#ifndef MINIHV_TRANSLATE_H
#define MINIHV_TRANSLATE_H

#include "memory/npt.h"

#define TRANSLATE_WIDTH		48	/* bits of a device's address */

/*
 * Boot CPU, with root's table in place: all devices use that from here on. Does nothing on
 * a machine whose unit does not walk tables of four levels.
 */
void translate_init(struct npt *root);
bool translate_present(void);
/*
 * A number for @npt, if it has none; false: all are taken. It is given back when no device
 * uses the table any more.
 */
bool translate_number(struct npt *npt);
void translate_number_back(struct npt *npt);
/*
 * Let requester @rid use @npt, NULL: nothing that it does passes. When it returns, none of
 * its requests goes the old way any more. The caller holds the lock of the devices.
 */
void translate_set(uint16_t rid, const struct npt *npt);

#endif
