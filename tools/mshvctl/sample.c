// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl: what virtual processors did between two looks.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "fields.h"
#include "mshvctl.h"
#include "sample.h"
#include "table.h"

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* One that was not there before has begun with zeros since. */
static double difference(struct json_object *vp, struct json_object *before, const char *path)
{
	uint64_t old = before ? member_number(before, path) : 0;
	uint64_t new = member_number(vp, path);

	return new > old ? (double)(new - old) : 0;
}

static void add(struct rate *rate, struct json_object *vp, struct json_object *before,
		double seconds)
{
	char path[64];

	rate->cpu += difference(vp, before, "run-time") / 1e9 / seconds;
	for (unsigned int i = 1; i <= exits_fields.max; i++) {
		double kind;

		snprintf(path, sizeof(path), "exits.%s", exits_fields.list[i].name);
		kind = difference(vp, before, path) / seconds;
		rate->kinds[i] += kind;
		rate->exits += kind;
	}
}

/* The one that stands for the VP: its own, or that of its partition, which comes before. */
static struct rate *rate_of(struct sampler *s, struct json_object *vp)
{
	uint64_t partition = member_number(vp, "partition-id");
	struct rate *rate = s->n ? &s->rates[s->n - 1] : NULL;

	if (s->whole && rate && rate->partition == partition) {
		rate->vp++;
		return rate;
	}
	rate = &s->rates[s->n++];
	*rate = (struct rate){
		.partition = partition,
		.vp = s->whole ? 1 : member_number(vp, "index"),
	};
	snprintf(rate->state, sizeof(rate->state), "%s", member_string(vp, "state"));
	return rate;
}

static int compare(struct sampler *s, struct json_object *vps, double seconds)
{
	struct json_object *looked = json_object_new_object();
	size_t n = json_object_array_length(vps);
	char name[64];

	free(s->rates);
	s->rates = calloc(n + 1, sizeof(*s->rates));
	s->n = 0;
	if (!s->rates) {
		json_object_put(looked);
		complain("out of memory");
		return EXIT_FAILED;
	}
	for (size_t i = 0; i < n; i++) {
		struct json_object *vp = json_object_array_get_idx(vps, i);
		struct json_object *before = NULL;

		snprintf(name, sizeof(name), "%" PRIu64 ".%" PRIu64,
			 member_number(vp, "partition-id"), member_number(vp, "index"));
		json_object_object_get_ex(s->last, name, &before);
		add(rate_of(s, vp), vp, before, seconds);
		json_object_object_add(looked, name, json_object_get(vp));
	}
	json_object_put(s->last);
	s->last = looked;
	return EXIT_OK;
}

int sampler_look(struct sampler *s)
{
	const struct question question = { .command = MSHV_CMD_VP_GET };
	struct json_object *vps;
	double time;
	int status = netlink_list(&s->nl, &question, &vps);

	if (status)
		return status;
	time = now();
	/* Two looks at once would divide by nothing. */
	status = compare(s, vps, time - s->time > 1e-6 ? time - s->time : 1e-6);
	s->time = time;
	json_object_put(vps);
	return status;
}

int sampler_open(struct sampler *s)
{
	int status;

	*s = (struct sampler){ .last = json_object_new_object() };
	status = netlink_open(&s->nl);
	if (!status)
		status = sampler_look(s);
	/* What all have done in all their lives is no rate. */
	s->n = 0;
	if (status)
		sampler_close(s);
	return status;
}

void sampler_close(struct sampler *s)
{
	netlink_close(&s->nl);
	json_object_put(s->last);
	free(s->rates);
	s->last = NULL;
	s->rates = NULL;
}
