/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtio devices: queues, and what is behind them (Virtual I/O Device (VIRTIO) version 1.2).
 */
#ifndef MSHV_RUN_VIRTIO_H
#define MSHV_RUN_VIRTIO_H

#include "run.h"

#define QUEUES_MAX 2 /* of a device */
#define QUEUE_MAX 256 /* entries */
#define CHAIN_MAX 128 /* pieces of a request */
#define CONFIG_MAX 16 /* bytes of what the driver reads of a device */

/* Of a queue's rings, what the driver says. */
#define AVAIL_NO_INTERRUPT 1

/**
 * struct queue - a split virtqueue
 * @size: entries, a power of 2 up to QUEUE_MAX
 * @ready: the driver has set it up
 * @next: which request comes next
 * @used: how many were given back
 * @table, @avail, @ring: where its parts are
 */
struct queue {
	uint16_t size;
	bool ready;
	uint16_t next, used;
	uint64_t table, avail, ring;
};

struct piece {
	uint8_t *bytes;
	uint32_t size;
};

/**
 * struct chain - a request
 * @head: its number
 * @in: pieces for the device to read, and @out to write
 * @in_n, @out_n: how many
 * @in_size, @out_size: bytes of them
 */
struct chain {
	uint16_t head;
	struct piece in[CHAIN_MAX], out[CHAIN_MAX];
	unsigned int in_n, out_n;
	uint64_t in_size, out_size;
};

/* queue.c. Returns 1 with a request, 0 if there is none, or -EIO: the driver is broken. */
int queue_take(const struct machine *m, struct queue *q, struct chain *chain);

/* Give it back, with @written bytes written. -EIO as above. */
int queue_give(const struct machine *m, struct queue *q, uint16_t head, uint32_t written);

/* Whether the driver wants to be told. */
bool queue_wants_interrupt(const struct machine *m, const struct queue *q);

/* Take bytes from the beginning of pieces; false if there are not enough. */
bool chain_read(struct chain *chain, void *bytes, uint32_t size);

/**
 * struct virtio_kind - what a device is
 * @id: of the specification
 * @features: beside VIRTIO_F_VERSION_1
 * @config, @config_size: what the driver reads there, at most CONFIG_MAX bytes
 * @queues: how many, 1 or 2
 * @request: carry one of a queue out; returns how many bytes were written
 * @is_due: whether a queue's next request is to be carried out now; NULL: always
 */
struct virtio_kind {
	uint32_t id;
	uint64_t features;
	const void *config;
	size_t config_size;
	unsigned int queues;
	uint32_t (*request)(void *opaque, unsigned int queue, struct chain *chain);
	bool (*is_due)(void *opaque, unsigned int queue);
	void *opaque;
};

struct virtio;

/*
 * virtio.c: a device on the next page of addresses, which goes to @device unless that is NULL.
 * Returns 0, or -errno after complaining.
 */
int virtio_add(struct machine *m, const struct virtio_kind *kind, struct virtio **device);
unsigned int virtio_count(void);

/* Something has become due. */
void virtio_wake(struct virtio *device);
void virtio_destroy(void);
bool virtio_is_at(uint64_t gpa);
uint64_t virtio_read(uint64_t gpa, unsigned int size);
void virtio_write(uint64_t gpa, unsigned int size, uint64_t value);

/* What Linux has to be told on its command line. */
void virtio_describe(char *line, size_t size);

/* The number by which a device's eventfd raises its interrupt. */
unsigned int virtio_gsi(unsigned int index);

/* The I/O APIC's table has changed: interrupts may have been lost meanwhile. */
void virtio_raise_again(void);

/* terminal.c: a console, and how much of what comes in there it takes now. */
int terminal_add(struct machine *m);
size_t terminal_room(void);
void terminal_receive(const uint8_t *bytes, size_t n);

/* disk.c */
int disk_add(struct machine *m, const char *path);
void disk_destroy(void);

#endif /* MSHV_RUN_VIRTIO_H */
