// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl monitor: what happens, as it happens.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <poll.h>
#include <unistd.h>

#include "fields.h"
#include "mshvctl.h"
#include "netlink.h"
#include "options.h"
#include "table.h"

static const char help[] =
	"usage: mshvctl monitor [--json] [--count=N]\n"
	"\n"
	"A line for each event: partitions that are made and gone, guests that crash or halt,\n"
	"devices that are attached, detached, or fault, memory that is refused. Ends with a\n"
	"signal. \"lost\" is a line, too: the kernel had events that were not read in time.\n"
	"\n"
	"  --json      a JSON object a line\n"
	"  --count=N   end after N events\n"
	"  --help      show this\n";

/**
 * struct monitor - what is shown
 * @json: as JSON
 * @count: how many events are to be shown; 0 for all
 * @seen: how many were
 */
struct monitor {
	bool json;
	uint64_t count;
	uint64_t seen;
};

static void format_time(char *text, size_t size)
{
	struct timespec now;
	struct tm tm;
	size_t used;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	used = strftime(text, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + used, size - used, ".%03ldZ", now.tv_nsec / 1000000);
}

/* In quotation marks if it could be taken for something else. */
static const char *quoted(struct json_object *string)
{
	const char *text = json_object_get_string(string);

	return *text && !strpbrk(text, " \"\\=") ? text : json_object_to_json_string(string);
}

/* As the specification wants people to see it. Nests follow: there are no two of a name. */
static void print_fields(const struct fields *fields, struct json_object *event)
{
	for (unsigned int i = 0; i <= fields->max; i++) {
		const struct field *field = &fields->list[i];
		struct json_object *value;

		if (!field->name || !json_object_object_get_ex(event, field->name, &value))
			continue;
		if (field->type == FIELD_NEST)
			print_fields(field->nest, value);
		else if (field->type == FIELD_HEX)
			printf(" %s=%#" PRIx64, field->name, json_object_get_uint64(value));
		else if (field->type == FIELD_STRING)
			printf(" %s=%s", field->name, quoted(value));
		else
			printf(" %s=%s", field->name, json_object_get_string(value));
	}
}

static void tell(void *opaque, const struct message *kind, struct json_object *event)
{
	const char *name = kind ? kind->name : "lost";
	struct monitor *m = opaque;
	char when[64];

	if (m->count && m->seen >= m->count)
		return;
	m->seen++;
	format_time(when, sizeof(when));
	if (m->json) {
		struct json_object *line = json_object_new_object();

		json_object_object_add(line, "time", json_object_new_string(when));
		json_object_object_add(line, "event", json_object_new_string(name));
		if (event) {
			json_object_object_foreach(event, key, value)
				json_object_object_add(line, key, json_object_get(value));
		}
		puts(json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN));
		json_object_put(line);
	} else {
		printf("%s %s", when, name);
		if (kind)
			print_fields(kind->fields, event);
		putchar('\n');
	}
}

/* Until a signal, enough events, or nobody who reads. */
static int watch(struct netlink *nl, struct monitor *m, int signals)
{
	struct pollfd fds[] = {
		{ .fd = netlink_fd(nl), .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	int status = EXIT_OK;

	while (!status && (!m->count || m->seen < m->count)) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents)
			break;
		if (fds[0].revents)
			status = netlink_hear(nl, tell, m);
		if (!status)
			status = finish_output(EXIT_OK);
	}
	return status;
}

int cmd_monitor(int argc, char **argv)
{
	struct monitor m = { 0 };
	struct options options;
	struct netlink nl;
	sigset_t set;
	int status, signals;

	if (!options_read(&options, TAKES_JSON | TAKES_COUNT, help, argc, argv))
		return options.status;
	m.json = options.json;
	m.count = options.count;
	status = netlink_open(&nl);
	if (status)
		return status;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	status = netlink_join(&nl);
	if (!status)
		status = watch(&nl, &m, signals);
	close(signals);
	netlink_close(&nl);
	return status;
}
