// SPDX-License-Identifier: GPL-2.0-only
/*
 * The map of addresses is used by many or changed by one, see mmio.h. A user says so first
 * and looks for a changer then, who does it the other way round, so one of them sees the
 * other.
 */
#include "cpu/mmio.h"
#include "cpu/cpu.h"

static volatile uint32_t users[MAX_CPUS + 1];	/* by processor, the spare one last: depth */
static struct cpu *changer;

static bool another_changes(const struct cpu *self)
{
	const struct cpu *cpu = __atomic_load_n(&changer, __ATOMIC_SEQ_CST);

	return cpu && cpu != self;
}

void mmio_begin(void)
{
	struct cpu *self = this_cpu();
	volatile uint32_t *depth = &users[self->index];

	if ((*depth)++)
		return;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	while (another_changes(self)) {
		__atomic_store_n(depth, 0, __ATOMIC_SEQ_CST);
		while (another_changes(self))
			cpu_relax();
		__atomic_store_n(depth, 1, __ATOMIC_SEQ_CST);
	}
}

void mmio_end(void)
{
	volatile uint32_t *depth = &users[this_cpu()->index];

	__atomic_store_n(depth, *depth - 1, __ATOMIC_RELEASE);
}

/* A guest has to be pushed out; everybody else goes by himself. */
static void wait_until_outside(uint32_t index)
{
	unsigned int polls = 0;
	bool kicked = false;

	while (__atomic_load_n(&users[index], __ATOMIC_SEQ_CST)) {
		if (kicked) {
			cpu_kick_again(&cpus[index], &polls);
		} else if (index < nr_cpus && cpus[index].in_guest) {
			cpu_kick(&cpus[index]);
			kicked = true;
		} else {
			cpu_relax();
		}
	}
}

void mmio_change_begin(void)
{
	struct cpu *self = this_cpu(), *none;
	uint32_t i;

	do {
		cpu_relax();
		none = NULL;
	} while (!__atomic_compare_exchange_n(&changer, &none, self, false, __ATOMIC_SEQ_CST,
					      __ATOMIC_SEQ_CST));
	for (i = 0; i < ARRAY_SIZE(users); i++)
		if (i != self->index)
			wait_until_outside(i);
}

void mmio_change_end(void)
{
	struct cpu *self = this_cpu();

	/* Not if another one keeps it. */
	__atomic_compare_exchange_n(&changer, &self, NULL, false, __ATOMIC_SEQ_CST,
				    __ATOMIC_SEQ_CST);
}

void mmio_keep(void)
{
	__atomic_store_n(&changer, this_cpu(), __ATOMIC_SEQ_CST);
}

uint32_t mmio_read32(uint64_t pa)
{
	uint32_t value;

	mmio_begin();
	value = *(volatile uint32_t *)pa_to_va(pa);
	mmio_end();
	return value;
}

uint64_t mmio_read64(uint64_t pa)
{
	uint64_t value;

	mmio_begin();
	value = *(volatile uint64_t *)pa_to_va(pa);
	mmio_end();
	return value;
}

void mmio_write32(uint64_t pa, uint32_t value)
{
	mmio_begin();
	*(volatile uint32_t *)pa_to_va(pa) = value;
	mmio_end();
}

void mmio_write64(uint64_t pa, uint64_t value)
{
	mmio_begin();
	*(volatile uint64_t *)pa_to_va(pa) = value;
	mmio_end();
}
