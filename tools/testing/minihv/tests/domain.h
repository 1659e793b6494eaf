/* SPDX-License-Identifier: GPL-2.0-only */
/* The calls on device domains. */
#ifndef DOMAIN_H
#define DOMAIN_H

#include "edu.h"

#define MAP_RW	(HV_MAP_GPA_READABLE | HV_MAP_GPA_WRITABLE)

/* Each returns the call's status; deposits are made where the call asks for them. */
uint16_t domain_create(uint32_t id);
uint16_t domain_delete(uint32_t id);
uint16_t domain_attach(uint32_t id, union hv_device_id device);
uint16_t domain_detach(union hv_device_id device);
/* @count pages (large ones, if @flags say so) of memory that begins at @pa. */
uint16_t domain_map(uint32_t id, uint64_t iova, uint64_t pa, unsigned int count,
		    uint32_t flags);
struct hcall_result domain_unmap(uint32_t id, uint64_t iova, unsigned int pages);

/* Bytes of memory at @there, device address @iova, go to the device and back. */
void edu_round_trip(const struct edu *e, uint64_t iova, uint8_t *there, const char *what);
/* One access that must be refused, and be counted as @kind. */
void edu_refused(const struct edu *e, uint64_t iova, bool write, uint32_t kind,
		 const char *what);

#endif
