// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a run cost, in lines "stat NAME VALUE" on standard error.
 */
#include <stdio.h>

#include "run.h"

static void line(const char *name, uint64_t value)
{
	fprintf(stderr, "stat %s %llu\n", name, (unsigned long long)value);
}

static void add_cpu(const struct cpu *cpu, uint64_t *exits,
		    struct mshv_vp_counters *sum)
{
	struct mshv_vp_counters c = { .size = sizeof(c) };

	for (int kind = 0; kind < EXIT_KINDS; kind++)
		exits[kind] += cpu->exits[kind];
	if (mshv_vp_counters(cpu->vp, &c))
		return;
	sum->runs += c.runs;
	sum->exits += c.exits;
	sum->regs.page_reads += c.regs.page_reads;
	sum->regs.page_writes += c.regs.page_writes;
	sum->regs.get_calls += c.regs.get_calls;
	sum->regs.get_regs += c.regs.get_regs;
	sum->regs.set_calls += c.regs.set_calls;
	sum->regs.set_regs += c.regs.set_regs;
}

void stats_print(const struct machine *m, double seconds)
{
	struct mshv_vp_counters sum = { 0 };
	uint64_t exits[EXIT_KINDS] = { 0 };
	uint64_t hypercalls;

	for (unsigned int i = 0; i < m->options->cpus; i++)
		add_cpu(&m->cpus[i], exits, &sum);
	hypercalls = sum.regs.get_calls + sum.regs.set_calls;

	line("register_page", mshv_vp_has_register_page(m->cpus[0].vp));
	line("cpus", m->options->cpus);
	line("runs", sum.runs);
	line("exits", sum.exits);
	line("exits.port_in", exits[EXIT_PORT_IN]);
	line("exits.port_out", exits[EXIT_PORT_OUT]);
	line("exits.memory", exits[EXIT_MEMORY]);
	line("exits.halt", exits[EXIT_HALT]);
	line("exits.other", exits[EXIT_OTHER]);
	line("interrupts", atomic_load(&m->interrupts));
	line("registers.page_reads", sum.regs.page_reads);
	line("registers.page_writes", sum.regs.page_writes);
	line("registers.hypercall_reads", sum.regs.get_regs);
	line("registers.hypercall_writes", sum.regs.set_regs);
	line("register_hypercalls", hypercalls);
	/* Of the VPs' threads: running, registers, and serial output. */
	line("system_calls", sum.runs + hypercalls + output_writes());
	line("microseconds", (uint64_t)(seconds * 1e6));
}
