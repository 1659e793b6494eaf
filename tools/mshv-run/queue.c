// SPDX-License-Identifier: GPL-2.0-only
/*
 * Split virtqueues (VIRTIO 1.2, section 2.7). The guest may change all of it at any time: what
 * is looked at is read once, and nothing is followed without a bound.
 */
#include <errno.h>
#include <string.h>

#include "virtio.h"

#define DESC_NEXT 1
#define DESC_WRITE 2

struct desc {
	uint64_t address;
	uint32_t size;
	uint16_t flags, next;
};

struct used {
	uint32_t head, written;
};

static bool read_memory(const struct machine *m, uint64_t at, void *bytes, size_t size)
{
	const uint8_t *from = memory_at(m, at, size);

	if (from)
		memcpy(bytes, from, size);
	return from;
}

/* A 16-bit index of a ring, which another processor writes. */
static uint16_t *index_at(const struct machine *m, uint64_t at)
{
	return at & 1 ? NULL : (uint16_t *)memory_at(m, at, sizeof(uint16_t));
}

static int add_piece(const struct machine *m, struct chain *chain, const struct desc *d)
{
	const bool out = d->flags & DESC_WRITE;
	unsigned int *n = out ? &chain->out_n : &chain->in_n;
	struct piece *piece = out ? &chain->out[*n] : &chain->in[*n];

	if (*n == CHAIN_MAX)
		return -EIO;
	piece->bytes = memory_at(m, d->address, d->size);
	piece->size = d->size;
	if (!piece->bytes)
		return -EIO;
	*(out ? &chain->out_size : &chain->in_size) += d->size;
	++*n;
	return 0;
}

static int follow(const struct machine *m, const struct queue *q, struct chain *chain)
{
	uint16_t at = chain->head;
	struct desc d;

	for (unsigned int n = 0; n < q->size; n++) {
		if (at >= q->size ||
		    !read_memory(m, q->table + sizeof(d) * at, &d, sizeof(d)) ||
		    add_piece(m, chain, &d))
			return -EIO;
		if (!(d.flags & DESC_NEXT))
			return 1;
		at = d.next;
	}
	return -EIO;
}

int queue_take(const struct machine *m, struct queue *q, struct chain *chain)
{
	const uint16_t *index = index_at(m, q->avail + 2);
	uint16_t available;

	if (!index)
		return -EIO;
	available = __atomic_load_n(index, __ATOMIC_ACQUIRE);
	if (available == q->next)
		return 0;
	if ((uint16_t)(available - q->next) > q->size)
		return -EIO;
	chain->in_n = 0;
	chain->out_n = 0;
	chain->in_size = 0;
	chain->out_size = 0;
	if (!read_memory(m, q->avail + 4 + 2 * (q->next % q->size), &chain->head,
			 sizeof(chain->head)))
		return -EIO;
	q->next++;
	return follow(m, q, chain);
}

int queue_give(const struct machine *m, struct queue *q, uint16_t head, uint32_t written)
{
	const struct used used = { .head = head, .written = written };
	uint16_t *index = index_at(m, q->ring + 2);
	uint8_t *at = memory_at(m, q->ring + 4 + sizeof(used) * (q->used % q->size),
				sizeof(used));

	if (!index || !at)
		return -EIO;
	memcpy(at, &used, sizeof(used));
	__atomic_store_n(index, ++q->used, __ATOMIC_RELEASE);
	return 0;
}

bool queue_wants_interrupt(const struct machine *m, const struct queue *q)
{
	const uint16_t *flags = index_at(m, q->avail);

	/* After what was given back: the driver changes it, and looks there again. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return !flags || !(__atomic_load_n(flags, __ATOMIC_RELAXED) & AVAIL_NO_INTERRUPT);
}

bool chain_read(struct chain *chain, void *bytes, uint32_t size)
{
	uint8_t *to = bytes;

	if (size > chain->in_size)
		return false;
	chain->in_size -= size;
	for (struct piece *p = chain->in; size; p++) {
		uint32_t part = p->size < size ? p->size : size;

		memcpy(to, p->bytes, part);
		p->bytes += part;
		p->size -= part;
		to += part;
		size -= part;
	}
	return true;
}
