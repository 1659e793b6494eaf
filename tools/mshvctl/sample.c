// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl: what virtual processors did between two looks. There may be a thousand of them,
 * each second.
 */
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fields.h"
#include "mshvctl.h"
#include "sample.h"

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* ---- a look */

static void read_exits(struct vp_sample *vp, const struct nlattr *exits)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, exits) {
		unsigned int kind = mnl_attr_get_type(attr);

		if (kind <= MSHV_A_EXITS_MAX)
			decode_number(attr, &vp->exits[kind]);
	}
}

static void read_vp(struct vp_sample *vp, const struct nlmsghdr *message)
{
	const struct nlattr *attr;

	memset(vp, 0, sizeof(*vp));
	mnl_attr_for_each(attr, message, sizeof(struct genlmsghdr)) {
		switch (mnl_attr_get_type(attr)) {
		case MSHV_A_VP_PARTITION_ID:
			decode_number(attr, &vp->partition);
			break;
		case MSHV_A_VP_INDEX:
			decode_number(attr, &vp->index);
			break;
		case MSHV_A_VP_STATE:
			decode_number(attr, &vp->state);
			break;
		case MSHV_A_VP_RUN_TIME:
			decode_number(attr, &vp->run_time);
			break;
		case MSHV_A_VP_EXITS:
			read_exits(vp, attr);
			break;
		}
	}
}

static bool has_room(struct samples *samples)
{
	size_t room = samples->room ? 2 * samples->room : 64;
	struct vp_sample *more;

	if (samples->n < samples->room)
		return true;
	more = reallocarray(samples->vps, room, sizeof(*more));
	if (!more)
		return false;
	samples->vps = more;
	samples->room = room;
	return true;
}

static void got(void *opaque, const struct nlmsghdr *message)
{
	struct samples *samples = opaque;

	if (!message) {
		samples->n = 0;
		samples->full = false;
	} else if (has_room(samples)) {
		read_vp(&samples->vps[samples->n++], message);
	} else {
		samples->full = true;
	}
}

/* ---- two of them */

/* One that was not there before has begun with zeros since. */
static double difference(uint64_t new, uint64_t old)
{
	return new > old ? (double)(new - old) : 0;
}

static void add(struct rate *rate, const struct vp_sample *vp, const struct vp_sample *before,
		double seconds)
{
	rate->cpu += difference(vp->run_time, before->run_time) / 1e9 / seconds;
	for (unsigned int i = 1; i <= MSHV_A_EXITS_MAX; i++) {
		double kind = difference(vp->exits[i], before->exits[i]) / seconds;

		rate->kinds[i] += kind;
		rate->exits += kind;
	}
}

static const char *state_name(uint64_t state)
{
	const struct field *field = &messages[MSHV_CMD_VP_GET].fields->list[MSHV_A_VP_STATE];

	return state < field->nr_names && field->names[state] ? field->names[state] : "?";
}

/* The one that stands for the VP: its own, or that of its partition, which comes before. */
static struct rate *rate_of(struct sampler *s, const struct vp_sample *vp)
{
	struct rate *rate = s->n ? &s->rates[s->n - 1] : NULL;

	if (s->whole && rate && rate->partition == vp->partition) {
		rate->vp++;
		return rate;
	}
	rate = &s->rates[s->n++];
	*rate = (struct rate){
		.partition = vp->partition,
		.vp = s->whole ? 1 : vp->index,
		.state = s->whole ? "" : state_name(vp->state),
	};
	return rate;
}

/* Where the VP was in the look before, from @at on; or @before->n if it was not there. */
static size_t find(const struct samples *before, size_t at, const struct vp_sample *vp)
{
	while (at < before->n && (before->vps[at].partition != vp->partition ||
				  before->vps[at].index != vp->index))
		at++;
	return at;
}

static int compare(struct sampler *s, double seconds)
{
	static const struct vp_sample zeros;
	const struct samples *looked = &s->samples[0], *before = &s->samples[1];
	size_t next = 0;

	free(s->rates);
	s->n = 0;
	s->rates = calloc(looked->n + 1, sizeof(*s->rates));
	if (!s->rates || looked->full) {
		complain("out of memory");
		return EXIT_FAILED;
	}
	for (size_t i = 0; i < looked->n; i++) {
		const struct vp_sample *vp = &looked->vps[i];
		size_t at = find(before, next, vp);
		bool found = at < before->n;

		add(rate_of(s, vp), vp, found ? &before->vps[at] : &zeros, seconds);
		next = found ? at + 1 : next;
	}
	return EXIT_OK;
}

int sampler_look(struct sampler *s)
{
	const struct question question = { .command = MSHV_CMD_VP_GET };
	struct samples before = s->samples[0];
	double time;
	int status;

	s->samples[0] = s->samples[1];
	s->samples[1] = before;
	status = netlink_dump(&s->nl, &question, got, &s->samples[0]);
	if (status)
		return status;
	time = now();
	/* Two looks at once would divide by nothing. */
	status = compare(s, time - s->time > 1e-6 ? time - s->time : 1e-6);
	s->time = time;
	return status;
}

int sampler_open(struct sampler *s)
{
	int status;

	*s = (struct sampler){ 0 };
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
	free(s->samples[0].vps);
	free(s->samples[1].vps);
	free(s->rates);
	*s = (struct sampler){ 0 };
}
