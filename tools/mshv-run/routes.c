// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers of interrupts, and the table of what they mean. The kernel takes the table as a
 * whole and moves what is elsewhere in the new one.
 */
#include <errno.h>
#include <pthread.h>

#include "pci.h"

static pthread_mutex_t lock;

/* Guarded by @lock. */
static struct {
	bool used[MSHV_GSI_COUNT];
	bool routed[MSHV_GSI_COUNT];
	struct mshv_msi_route routes[MSHV_GSI_COUNT];
	struct mshv_msi_route table[MSHV_GSI_COUNT];
} gsi;

int routes_init(void)
{
	return -pthread_mutex_init(&lock, NULL);
}

/* With the lock held. */
static int allocate(unsigned int n, unsigned int *first)
{
	unsigned int free = 0;

	for (unsigned int i = 0; i < MSHV_GSI_COUNT; i++) {
		free = gsi.used[i] ? 0 : free + 1;
		if (free < n)
			continue;
		*first = i + 1 - n;
		for (i = *first; i < *first + n; i++)
			gsi.used[i] = true;
		return 0;
	}
	return -ENOSPC;
}

int routes_allocate(unsigned int n, unsigned int *first)
{
	int err;

	pthread_mutex_lock(&lock);
	err = allocate(n, first);
	pthread_mutex_unlock(&lock);
	return err;
}

/* Routes that nobody raises do no harm until the next change. */
void routes_free(unsigned int first, unsigned int n)
{
	pthread_mutex_lock(&lock);
	for (unsigned int i = first; i < first + n; i++) {
		gsi.used[i] = false;
		gsi.routed[i] = false;
	}
	pthread_mutex_unlock(&lock);
}

/* With the lock held. */
static int set_table(struct machine *m)
{
	size_t n = 0;

	for (unsigned int i = 0; i < MSHV_GSI_COUNT; i++)
		if (gsi.routed[i])
			gsi.table[n++] = gsi.routes[i];
	return mshv_vm_set_msi_routes(m->vm, gsi.table, n);
}

int routes_set(struct machine *m, unsigned int number, uint64_t address, uint32_t data)
{
	int err;

	pthread_mutex_lock(&lock);
	gsi.routed[number] = true;
	gsi.routes[number] = (struct mshv_msi_route){
		.gsi = number,
		.data = data,
		.address = address,
	};
	err = set_table(m);
	pthread_mutex_unlock(&lock);
	return err;
}

int routes_clear(struct machine *m, unsigned int number)
{
	int err = 0;

	pthread_mutex_lock(&lock);
	if (gsi.routed[number]) {
		gsi.routed[number] = false;
		err = set_table(m);
	}
	pthread_mutex_unlock(&lock);
	return err;
}
