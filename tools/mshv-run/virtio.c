// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtio devices over MMIO (VIRTIO 1.2, section 4.2): each has a page of registers, an input
 * of the I/O APIC, a doorbell that wakes its thread without an exit to here, and an eventfd
 * by which that thread interrupts the guest.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "saved.h"
#include "virtio.h"

#define DEVICES (MAX_DISKS + 1)

#define MAGIC 0x74726976 /* "virt" */
#define MMIO_VERSION 2
#define VENDOR 0x7668736d /* "mshv" */
#define VERSION_1 (UINT64_C(1) << 32)

enum {
	REG_MAGIC = 0x00, REG_VERSION = 0x04, REG_DEVICE = 0x08, REG_VENDOR = 0x0c,
	REG_FEATURES = 0x10, REG_FEATURES_SELECT = 0x14,
	REG_ACCEPTED = 0x20, REG_ACCEPTED_SELECT = 0x24,
	REG_QUEUE_SELECT = 0x30, REG_QUEUE_MAX = 0x34, REG_QUEUE_SIZE = 0x38,
	REG_QUEUE_READY = 0x44, REG_NOTIFY = 0x50,
	REG_INTERRUPT = 0x60, REG_INTERRUPT_ACK = 0x64, REG_STATUS = 0x70,
	REG_TABLE = 0x80, REG_AVAIL = 0x90, REG_RING = 0xa0,
	REG_GENERATION = 0xfc, REG_CONFIG = 0x100,
};

#define STATUS_DRIVER_OK 4
#define STATUS_NEEDS_RESET 64
#define INTERRUPT_USED 1
#define INTERRUPT_CONFIG 2

/**
 * struct virtio - a device
 * @kind: what it is
 * @machine: where
 * @index: which of them
 * @gsi: its interrupt
 * @lock: guards what follows
 * @thread, @running: carries requests out
 * @bell: an eventfd that the guest's notification writes
 * @irq: one that interrupts it
 * @stop: the thread shall end
 * @saved: it shall do nothing, as the machine's state is in a file
 * @accepted: features
 * @select: halves of features, theirs and the driver's, and the queue
 * @status, @interrupt: registers
 * @queues: they
 */
static struct virtio {
	struct virtio_kind kind;
	struct machine *machine;
	unsigned int index, gsi;
	pthread_mutex_t lock;
	pthread_t thread;
	bool running;
	int bell, irq;
	bool stop, saved;
	uint64_t accepted;
	uint32_t features_select, accepted_select, queue_select;
	uint32_t status, interrupt;
	struct queue queues[QUEUES_MAX];
} devices[DEVICES];
static unsigned int devices_n;

static uint64_t page_of(const struct virtio *v)
{
	return VIRTIO_PAGES + 4096 * v->index;
}

static void signal_irq(const struct virtio *v)
{
	/* Its counter cannot overflow, so this does not fail. */
	eventfd_write(v->irq, 1);
}

/* With the lock held. A driver that breaks the rules is told, and starts anew. */
static void break_down(struct virtio *v)
{
	v->status |= STATUS_NEEDS_RESET;
	v->interrupt |= INTERRUPT_CONFIG;
	signal_irq(v);
}

static bool is_due(const struct virtio *v, unsigned int i)
{
	return !v->kind.is_due || v->kind.is_due(v->kind.opaque, i);
}

/* With the lock held: all that waits in a queue. */
static void serve_queue(struct virtio *v, unsigned int i)
{
	static _Thread_local struct chain chain;
	struct queue *q = &v->queues[i];
	bool done = false;
	int err = 0;

	while (!err && is_due(v, i)) {
		uint32_t written;

		err = queue_take(v->machine, q, &chain);
		if (err <= 0)
			break;
		written = v->kind.request(v->kind.opaque, i, &chain);
		err = queue_give(v->machine, q, chain.head, written);
		done = true;
	}
	if (err < 0) {
		break_down(v);
	} else if (done && queue_wants_interrupt(v->machine, q)) {
		v->interrupt |= INTERRUPT_USED;
		signal_irq(v);
	}
}

static bool is_driven(const struct virtio *v)
{
	return !v->saved && (v->status & STATUS_DRIVER_OK) && !(v->status & STATUS_NEEDS_RESET);
}

/* With the lock held. */
static void serve(struct virtio *v)
{
	for (unsigned int i = 0; i < v->kind.queues && is_driven(v); i++)
		if (v->queues[i].ready)
			serve_queue(v, i);
}

static void *run(void *argument)
{
	struct virtio *v = argument;
	eventfd_t rings;
	bool stop;

	do {
		while (eventfd_read(v->bell, &rings) && errno == EINTR)
			;
		pthread_mutex_lock(&v->lock);
		serve(v);
		stop = v->stop;
		pthread_mutex_unlock(&v->lock);
	} while (!stop);
	return NULL;
}

static struct virtio *device_of(uint64_t gpa)
{
	uint64_t i = (gpa - VIRTIO_PAGES) / 4096;

	return gpa >= VIRTIO_PAGES && i < devices_n ? &devices[i] : NULL;
}

bool virtio_is_at(uint64_t gpa)
{
	return device_of(gpa);
}

static uint64_t read_config(const struct virtio *v, uint64_t offset, unsigned int size)
{
	uint64_t value = 0;

	if (offset <= v->kind.config_size && size <= v->kind.config_size - offset)
		memcpy(&value, (const uint8_t *)v->kind.config + offset, size);
	return value;
}

/* The selected one, or NULL. */
static struct queue *selected(struct virtio *v)
{
	return v->queue_select < v->kind.queues ? &v->queues[v->queue_select] : NULL;
}

static uint64_t read_register(struct virtio *v, uint64_t offset)
{
	switch (offset) {
	case REG_MAGIC:
		return MAGIC;
	case REG_VERSION:
		return MMIO_VERSION;
	case REG_DEVICE:
		return v->kind.id;
	case REG_VENDOR:
		return VENDOR;
	case REG_FEATURES:
		return v->features_select > 1 ? 0 :
		       (uint32_t)((v->kind.features | VERSION_1) >> 32 * v->features_select);
	case REG_QUEUE_MAX:
		return selected(v) ? QUEUE_MAX : 0;
	case REG_QUEUE_READY:
		return selected(v) && selected(v)->ready;
	case REG_INTERRUPT:
		return v->interrupt;
	case REG_STATUS:
		return v->status;
	default:
		return 0;
	}
}

uint64_t virtio_read(uint64_t gpa, unsigned int size)
{
	struct virtio *v = device_of(gpa);
	const uint64_t offset = gpa % 4096;
	uint64_t value;

	pthread_mutex_lock(&v->lock);
	value = offset >= REG_CONFIG ? read_config(v, offset - REG_CONFIG, size) :
				       read_register(v, offset);
	pthread_mutex_unlock(&v->lock);
	return value;
}

static void set_half(uint64_t *value, bool high, uint64_t half)
{
	*value = high ? (*value & UINT32_MAX) | half << 32 : (*value & ~(uint64_t)UINT32_MAX) | half;
}

static void write_queue(struct virtio *v, uint64_t offset, uint32_t value)
{
	struct queue *q = selected(v);

	if (!q)
		return;
	switch (offset) {
	case REG_QUEUE_SIZE:
		if (value && value <= QUEUE_MAX && !(value & (value - 1)))
			q->size = (uint16_t)value;
		break;
	case REG_QUEUE_READY:
		q->ready = (value & 1) && q->size;
		break;
	case REG_TABLE:
	case REG_TABLE + 4:
		set_half(&q->table, offset & 4, value);
		break;
	case REG_AVAIL:
	case REG_AVAIL + 4:
		set_half(&q->avail, offset & 4, value);
		break;
	case REG_RING:
	case REG_RING + 4:
		set_half(&q->ring, offset & 4, value);
		break;
	}
}

static void write_status(struct virtio *v, uint32_t value)
{
	v->status = value;
	if (value)
		return;
	/* A reset. */
	v->interrupt = 0;
	v->accepted = 0;
	memset(v->queues, 0, sizeof(v->queues));
}

static void write_register(struct virtio *v, uint64_t offset, uint32_t value)
{
	switch (offset) {
	case REG_FEATURES_SELECT:
		v->features_select = value;
		break;
	case REG_ACCEPTED:
		if (v->accepted_select <= 1)
			set_half(&v->accepted, v->accepted_select, value);
		break;
	case REG_ACCEPTED_SELECT:
		v->accepted_select = value;
		break;
	case REG_QUEUE_SELECT:
		v->queue_select = value;
		break;
	case REG_NOTIFY:
		/* Where the doorbell is not the hypervisor's. */
		eventfd_write(v->bell, 1);
		break;
	case REG_INTERRUPT_ACK:
		v->interrupt &= ~value;
		break;
	case REG_STATUS:
		write_status(v, value);
		break;
	default:
		write_queue(v, offset, value);
	}
}

void virtio_write(uint64_t gpa, unsigned int size, uint64_t value)
{
	struct virtio *v = device_of(gpa);

	if (size != 4)
		return;
	pthread_mutex_lock(&v->lock);
	write_register(v, gpa % 4096, (uint32_t)value);
	pthread_mutex_unlock(&v->lock);
}

unsigned int virtio_count(void)
{
	return devices_n;
}

void virtio_wake(struct virtio *v)
{
	eventfd_write(v->bell, 1);
}

unsigned int virtio_gsi(unsigned int index)
{
	return devices[index].gsi;
}

void virtio_raise_again(void)
{
	for (unsigned int i = 0; i < devices_n; i++) {
		struct virtio *v = &devices[i];

		pthread_mutex_lock(&v->lock);
		if (v->interrupt)
			signal_irq(v);
		pthread_mutex_unlock(&v->lock);
	}
}

void virtio_describe(char *line, size_t size)
{
	for (unsigned int i = 0; i < devices_n; i++) {
		size_t used = strlen(line);

		snprintf(line + used, size - used, "virtio_mmio.device=4K@0x%llx:%u ",
			 (unsigned long long)page_of(&devices[i]), VIRTIO_IRQ + i);
	}
}

/* Signals are for the thread that waits for them. */
static int start_thread(struct virtio *v)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	err = -pthread_create(&v->thread, NULL, run, v);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return err;
}

static int connect(struct virtio *v)
{
	const struct mshv_ioeventfd doorbell = {
		.gpa = page_of(v) + REG_NOTIFY, .size = 4, .fd = v->bell,
	};
	int err = mshv_vm_add_ioeventfd(v->machine->vm, &doorbell);

	if (!err)
		err = routes_allocate(1, &v->gsi);
	if (!err)
		err = mshv_vm_add_irqfd(v->machine->vm, v->gsi, v->irq, -1);
	if (!err)
		err = start_thread(v);
	v->running = !err;
	if (err)
		complain(err, "cannot connect a virtio device");
	return err;
}

int virtio_add(struct machine *m, const struct virtio_kind *kind, struct virtio **device)
{
	struct virtio *v = &devices[devices_n];
	int err;

	if (devices_n == DEVICES)
		return -E2BIG;
	*v = (struct virtio){ .kind = *kind, .machine = m, .index = devices_n };
	v->bell = eventfd(0, EFD_CLOEXEC);
	v->irq = eventfd(0, EFD_CLOEXEC);
	err = v->bell < 0 || v->irq < 0 ? -errno : -pthread_mutex_init(&v->lock, NULL);
	devices_n++;
	if (device)
		*device = v;
	return err ? err : connect(v);
}

void virtio_destroy(void)
{
	for (; devices_n; devices_n--) {
		struct virtio *v = &devices[devices_n - 1];

		if (v->running) {
			pthread_mutex_lock(&v->lock);
			v->stop = true;
			pthread_mutex_unlock(&v->lock);
			eventfd_write(v->bell, 1);
			pthread_join(v->thread, NULL);
		}
		close(v->bell);
		close(v->irq);
		routes_free(v->gsi, 1);
	}
}

/* What is in a file, with what the device was. */
struct saved_virtio {
	uint32_t id, config_size;
	uint64_t features;
	uint8_t config[CONFIG_MAX];
	uint64_t accepted;
	uint32_t features_select, accepted_select, queue_select;
	uint32_t status, interrupt;
	uint32_t reserved;
	struct saved_queue {
		uint64_t table, avail, ring;
		uint16_t size, ready, next, used;
	} queues[QUEUES_MAX];
};

static void describe_state(const struct virtio *v, struct saved_virtio *saved)
{
	*saved = (struct saved_virtio){
		.id = v->kind.id, .config_size = (uint32_t)v->kind.config_size,
		.features = v->kind.features, .accepted = v->accepted,
		.features_select = v->features_select, .accepted_select = v->accepted_select,
		.queue_select = v->queue_select, .status = v->status, .interrupt = v->interrupt,
	};
	if (v->kind.config_size)
		memcpy(saved->config, v->kind.config, v->kind.config_size);
	for (unsigned int i = 0; i < QUEUES_MAX; i++) {
		const struct queue *q = &v->queues[i];

		saved->queues[i] = (struct saved_queue){
			.table = q->table, .avail = q->avail, .ring = q->ring,
			.size = q->size, .ready = q->ready, .next = q->next, .used = q->used,
		};
	}
}

void virtio_save(struct saver *s)
{
	for (unsigned int i = 0; i < devices_n; i++) {
		struct virtio *v = &devices[i];
		struct saved_virtio saved;

		pthread_mutex_lock(&v->lock);
		v->saved = true;
		describe_state(v, &saved);
		pthread_mutex_unlock(&v->lock);
		saver_put(s, SAVED_VIRTIO, i, &saved, sizeof(saved));
	}
}

static bool is_same_device(const struct virtio *v, const struct saved_virtio *saved)
{
	return saved->id == v->kind.id && saved->features == v->kind.features &&
	       saved->config_size == v->kind.config_size &&
	       (!saved->config_size ||
		!memcmp(saved->config, v->kind.config, saved->config_size));
}

static bool is_possible(const struct saved_queue *q)
{
	return q->size <= QUEUE_MAX && !(q->size & (q->size - 1)) && (q->size || !q->ready);
}

static int restore(struct virtio *v, const struct saved_virtio *saved)
{
	if (!is_same_device(v, saved)) {
		complain(0, "virtio device %u is another than the one it had", v->index);
		return -EINVAL;
	}
	for (unsigned int i = 0; i < QUEUES_MAX; i++)
		if (!is_possible(&saved->queues[i]))
			return -EBADMSG;
	pthread_mutex_lock(&v->lock);
	v->saved = true;
	v->accepted = saved->accepted;
	v->features_select = saved->features_select;
	v->accepted_select = saved->accepted_select;
	v->queue_select = saved->queue_select;
	v->status = saved->status;
	v->interrupt = saved->interrupt;
	for (unsigned int i = 0; i < QUEUES_MAX; i++) {
		const struct saved_queue *q = &saved->queues[i];

		v->queues[i] = (struct queue){
			.table = q->table, .avail = q->avail, .ring = q->ring,
			.size = q->size, .ready = q->ready, .next = q->next, .used = q->used,
		};
	}
	pthread_mutex_unlock(&v->lock);
	return 0;
}

int virtio_restore(const struct file *file)
{
	for (unsigned int i = 0; i < devices_n; i++) {
		struct saved_virtio saved;
		int err = saved_get(file, SAVED_VIRTIO, i, &saved, sizeof(saved));

		if (!err)
			err = restore(&devices[i], &saved);
		if (err)
			return err;
	}
	return 0;
}

/* A doorbell or an interrupt may have been on its way. One more does no harm. */
void virtio_go_on(void)
{
	for (unsigned int i = 0; i < devices_n; i++) {
		struct virtio *v = &devices[i];

		pthread_mutex_lock(&v->lock);
		v->saved = false;
		pthread_mutex_unlock(&v->lock);
		eventfd_write(v->bell, 1);
	}
	virtio_raise_again();
}
