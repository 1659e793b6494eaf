/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ports and connections between a parent and its children (TLFS chapter 11). Each
 * is a page of its partition's pool, guarded by its partition's lock.
 */
#ifndef MINIHV_PORTS_H
#define MINIHV_PORTS_H

#include "synic/synic.h"

/* Where a port leads: a SINT of a VP of its owner. On the owner's list. */
struct port {
	struct list node;
	uint32_t id;
	uint64_t connection_partition;	/* who may connect */
	struct hv_port_info info;
	uint32_t connections;
	uint32_t missed;		/* rung while the ring was full */
};

/* A way into a port. On the list of the partition that uses it. */
struct connection {
	struct list node;
	uint32_t id;
	struct partition *port_partition;
	struct port *port;
	struct hv_connection_info info;
	struct synic_message message;	/* posted through it, on its way to @target */
	struct vp *target;
};

/* NULL: none. The partition's lock is held. */
struct port *port_find(struct partition *p, uint32_t id);
struct connection *connection_find(struct partition *p, uint32_t id);
void connection_destroy(struct partition *p, struct connection *c);
struct vp *port_target(const struct partition *owner, uint32_t target_vp);

/* A write of @size bytes to @gpa by a VP of @p: did it ring a doorbell? */
bool ports_doorbell(struct partition *p, uint64_t gpa, uint64_t value, unsigned int size);
/* The ring of @root for @sint has been emptied: ring what was missed. */
void ports_ring_missed(struct vp *root, uint32_t sint);
/* Is there a doorbell on the page of @gpa? */
bool ports_doorbell_page(struct partition *p, uint64_t gpa);
/* All connections and ports of a partition that is being finalised. */
void ports_destroy(struct partition *p);

#endif
