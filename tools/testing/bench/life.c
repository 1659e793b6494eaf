// SPDX-License-Identifier: GPL-2.0-only
/* Making and ending VMs and VPs, of which nothing ever ran. */
#include <unistd.h>

#include "bench.h"

#define LIVES	15
#define SETTLE_US 20000

struct life {
	double vm_made[LIVES], vps_made[LIVES], ended[LIVES];
};

static double instructions_since(const struct sample *from)
{
	struct sample to;

	counters_take(&to);
	return counters_between(from, &to).instructions;
}

/* Its parts begin after a tick of the timer. */
static void live(struct life *life, unsigned int i, unsigned int nr_vps)
{
	struct sample from;
	struct guest g;

	usleep(SETTLE_US);
	counters_await_tick();
	counters_take(&from);
	guest_new_vm(&g);
	life->vm_made[i] = instructions_since(&from);
	counters_await_tick();
	counters_take(&from);
	for (unsigned int vp = 0; vp < nr_vps; vp++)
		guest_new_vp(&g, 0);
	life->vps_made[i] = instructions_since(&from);
	counters_await_tick();
	counters_take(&from);
	guest_close(&g);
	life->ended[i] = instructions_since(&from);
}

void bench_life(void)
{
	static struct life none, all;
	double ended;

	for (unsigned int i = 0; i < LIVES; i++) {
		live(&none, i, 0);
		live(&all, i, MAX_VPS);
	}
	ended = counters_median(none.ended, LIVES);
	print("vm_made", counters_median(none.vm_made, LIVES));
	print("vm_ended", ended);
	print("vp_made", counters_median(all.vps_made, LIVES) / MAX_VPS);
	print("vp_ended", (counters_median(all.ended, LIVES) - ended) / MAX_VPS);
}
