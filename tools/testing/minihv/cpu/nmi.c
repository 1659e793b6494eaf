// SPDX-License-Identifier: GPL-2.0-only
/*
 * NMIs: kicks, the HPET comparators, and root's own, all of which look the same, and
 * two that are pending are one. What is not the hypervisor's goes to root, so none of
 * the hypervisor's may come when its reason is forgotten already.
 *
 * Therefore, senders first: a kick's state says whether its NMI has been sent, and a
 * comparator is switched off before its reason is forgotten. Then, with an NMI pending
 * for sure, one is let in: the pending one stands for all that were sent before. That it
 * came is told by the count of entry.S, not by how long the window was open.
 */
#include "base/asm.h"
#include "cpu/apic.h"
#include "cpu/cpu.h"
#include "cpu/mmio.h"
#include "faults/faults.h"

#define RESEND_AFTER	100000		/* polls before a kick is sent again */
#define GIVE_UP_AFTER	100000000	/* windows without an NMI that is pending */

/*
 * cpu->kicked: a state, and a number that is another one for each NMI that is sent. The
 * NMI is pending by the time that the state is KICK_SENT.
 */
enum {
	KICK_NONE,
	KICK_SENDING,
	KICK_SENT,
	KICK_STATE,		/* mask */
	KICK_NEXT,
};

static void send_kick(struct cpu *cpu, uint32_t from)
{
	uint32_t word = __atomic_load_n(&cpu->kicked, __ATOMIC_SEQ_CST), next;

	next = (word & ~(uint32_t)KICK_STATE) + KICK_NEXT;
	if ((word & KICK_STATE) != from)
		return;
	/* Who waits for the map kicks, too, and must not find one that waits for him. */
	mmio_begin();
	if (__atomic_compare_exchange_n(&cpu->kicked, &word, next | KICK_SENDING, false,
					__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
		apic_send(cpu->apic_id, APIC_DM_NMI | APIC_ASSERT);
		__atomic_store_n(&cpu->kicked, next | KICK_SENT, __ATOMIC_SEQ_CST);
	}
	mmio_end();
}

void cpu_kick(struct cpu *cpu)
{
	send_kick(cpu, KICK_NONE);
}

/* The state once nobody is in the middle of sending. */
static uint32_t settled(const struct cpu *cpu)
{
	uint32_t word;

	while (((word = __atomic_load_n(&cpu->kicked, __ATOMIC_SEQ_CST)) & KICK_STATE) ==
	       KICK_SENDING)
		cpu_relax();
	return word;
}

void cpu_kick_again(struct cpu *cpu, unsigned int *polls)
{
	cpu_relax();
	if (++*polls % RESEND_AFTER == 0)
		send_kick(cpu, settled(cpu) & KICK_STATE);
}

/*
 * Let in the NMI that is pending. QEMU looks at one event after each STGI, and at a
 * message to the local APIC before an NMI, so it may take several.
 */
static void let_in(struct cpu *cpu)
{
	uint64_t before = cpu->nmis;
	uint32_t windows = 0;

	do {
		if (windows++ == GIVE_UP_AFTER)
			hv_fatal("the NMI that is pending on CPU %u does not come", cpu->index);
		if (!fault_nmi_late(windows))
			asm volatile("stgi; nop; clgi" : : : "memory");
	} while (cpu->nmis == before);
}

bool cpu_take_nmi(struct cpu *cpu)
{
	uint32_t word = settled(cpu);
	bool kicked = word & KICK_STATE;

	let_in(cpu);
	while (!__atomic_compare_exchange_n(&cpu->kicked, &word, word & ~(uint32_t)KICK_STATE,
					    false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
		/* Sent meanwhile: whether its NMI is still to come can't be told. */
		word = settled(cpu);
		apic_send(cpu->apic_id, APIC_DM_NMI | APIC_ASSERT);
		let_in(cpu);
	}
	return kicked;
}

void cpu_drain_nmis(struct cpu *cpu)
{
	apic_send(cpu->apic_id, APIC_DM_NMI | APIC_ASSERT);
	let_in(cpu);
	/* The NMI of a kick may have been that one, and a kick has to end the next entry. */
	if (settled(cpu) & KICK_STATE)
		apic_send(cpu->apic_id, APIC_DM_NMI | APIC_ASSERT);
}
