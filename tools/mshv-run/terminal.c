// SPDX-License-Identifier: GPL-2.0-only
/*
 * A virtio console (VIRTIO 1.2, section 5.3) of one port, whose other end is that of the serial
 * port: what the guest writes goes to standard output, line by line, and what comes in there
 * goes to it. A
 * line is one request, and one doorbell, where the serial port takes exits for each byte.
 *
 * Linux's driver throws away what it receives before its console is set up, long after it has
 * begun to take requests. So input waits until the guest has written something.
 */
#include <errno.h>
#include <string.h>

#include "saved.h"
#include "virtio.h"

#define ID_CONSOLE 3
#define RECEIVE 0 /* the queues */
#define TRANSMIT 1
#define QUEUE 4096

/* What has come in and the guest has not asked for, and whether it has written anything. */
static struct saved_terminal {
	uint32_t n;
	uint32_t spoken;
	uint8_t bytes[QUEUE];
} input;
static pthread_mutex_t lock;
static struct virtio *device;

static void note_spoken(void)
{
	bool first;

	pthread_mutex_lock(&lock);
	first = !input.spoken;
	input.spoken = 1;
	pthread_mutex_unlock(&lock);
	if (first)
		virtio_wake(device);
}

static uint32_t transmit(const struct chain *chain)
{
	note_spoken();
	for (unsigned int i = 0; i < chain->in_n; i++)
		output_put(OUTPUT_TERMINAL, chain->in[i].bytes, chain->in[i].size);
	output_settle();
	return 0;
}

static uint32_t receive(struct chain *chain)
{
	uint32_t done = 0;

	pthread_mutex_lock(&lock);
	for (unsigned int i = 0; i < chain->out_n; i++) {
		uint32_t size = chain->out[i].size, left = input.n - done;

		if (size > left)
			size = left;
		memcpy(chain->out[i].bytes, input.bytes + done, size);
		done += size;
	}
	input.n -= done;
	memmove(input.bytes, input.bytes + done, input.n);
	pthread_mutex_unlock(&lock);
	return done;
}

static uint32_t request(void *opaque, unsigned int queue, struct chain *chain)
{
	(void)opaque;
	return queue == RECEIVE ? receive(chain) : transmit(chain);
}

static bool is_due(void *opaque, unsigned int queue)
{
	bool due;

	(void)opaque;
	pthread_mutex_lock(&lock);
	due = queue == TRANSMIT || (input.n && input.spoken);
	pthread_mutex_unlock(&lock);
	return due;
}

int terminal_add(struct machine *m)
{
	static const struct virtio_kind kind = {
		.id = ID_CONSOLE, .queues = 2, .request = request, .is_due = is_due,
	};

	pthread_mutex_init(&lock, NULL);
	return virtio_add(m, &kind, &device);
}

size_t terminal_room(void)
{
	size_t room;

	pthread_mutex_lock(&lock);
	room = QUEUE - input.n;
	pthread_mutex_unlock(&lock);
	return room;
}

void terminal_receive(const uint8_t *bytes, size_t n)
{
	pthread_mutex_lock(&lock);
	if (n > QUEUE - input.n)
		n = QUEUE - input.n;
	memcpy(input.bytes + input.n, bytes, n);
	input.n += (uint32_t)n;
	pthread_mutex_unlock(&lock);
	virtio_wake(device);
}

void terminal_save(struct saver *s)
{
	pthread_mutex_lock(&lock);
	saver_put(s, SAVED_TERMINAL, 0, &input, sizeof(input));
	pthread_mutex_unlock(&lock);
}

int terminal_restore(const struct file *file)
{
	static struct saved_terminal saved;

	if (saved_get(file, SAVED_TERMINAL, 0, &saved, sizeof(saved)) || saved.n > QUEUE)
		return -EBADMSG;
	pthread_mutex_lock(&lock);
	input = saved;
	pthread_mutex_unlock(&lock);
	return 0;
}
