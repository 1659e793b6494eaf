// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl top --record and plot: what was seen, in a file, and as a diagram.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "fields.h"
#include "mshvctl.h"
#include "options.h"
#include "record.h"
#include "table.h"

static const char help[] =
	"usage: mshvctl plot [--output=SVG] FILE\n"
	"\n"
	"A diagram, as SVG, of the exits of all guests by kind over time, from a FILE that\n"
	"mshvctl top --record has written; - is standard input. gnuplot draws it.\n"
	"\n"
	"  --output=SVG   where it goes (default: standard output)\n"
	"  --help         show this\n";

static void add_rate(struct json_object *object, const struct sampler *sampler,
		     const struct rate *rate)
{
	struct json_object *exits = json_object_new_object();

	json_object_object_add(object, "partition-id", json_object_new_uint64(rate->partition));
	json_object_object_add(object, sampler->whole ? "vps" : "vp",
			       json_object_new_uint64(rate->vp));
	json_object_object_add(object, "cpu", json_object_new_double(rate->cpu));
	for (unsigned int i = 1; i <= exits_fields.max; i++)
		if (rate->kinds[i] > 0)
			json_object_object_add(exits, exits_fields.list[i].name,
					       json_object_new_double(rate->kinds[i]));
	json_object_object_add(object, "exits", exits);
}

int record_print(const struct sampler *sampler)
{
	struct json_object *look = json_object_new_object(), *rates = json_object_new_array();

	json_object_object_add(look, "time", json_object_new_double(sampler->time));
	for (size_t n = 0; n < sampler->n; n++) {
		const struct rate *rate = &sampler->rates[n];
		struct json_object *object = json_object_new_object();

		add_rate(object, sampler, rate);
		if (!sampler->whole)
			json_object_object_add(object, "state",
					       json_object_new_string(rate->state));
		json_object_array_add(rates, object);
	}
	json_object_object_add(look, "rates", rates);
	puts(json_object_to_json_string_ext(look, JSON_C_TO_STRING_PLAIN));
	json_object_put(look);
	return finish_output(EXIT_OK);
}

int record_write(FILE *file, const struct sampler *sampler)
{
	for (size_t n = 0; n < sampler->n; n++) {
		struct json_object *line = json_object_new_object();

		json_object_object_add(line, "time", json_object_new_double(sampler->time));
		add_rate(line, sampler, &sampler->rates[n]);
		fprintf(file, "%s\n", json_object_to_json_string_ext(line,
								     JSON_C_TO_STRING_PLAIN));
		json_object_put(line);
	}
	if (!fflush(file) && !ferror(file))
		return EXIT_OK;
	complain("the record cannot be written: %s", strerror(errno));
	return EXIT_FAILED;
}

/**
 * struct moment - a look, summed up
 * @time: when it was
 * @kinds: exits a second, by MSHV_A_EXITS_*
 */
struct moment {
	double time;
	double kinds[MSHV_A_EXITS_MAX + 1];
};

/**
 * struct record - a file
 * @moments: in order
 * @n: how many there are
 * @room: for how many there is room
 * @has: which kinds there are
 */
struct record {
	struct moment *moments;
	size_t n;
	size_t room;
	bool has[MSHV_A_EXITS_MAX + 1];
};

static struct moment *moment_at(struct record *record, double time)
{
	struct moment *last = record->n ? &record->moments[record->n - 1] : NULL;

	if (last && last->time == time)
		return last;
	if (record->n == record->room) {
		size_t room = record->room ? 2 * record->room : 64;
		struct moment *more = reallocarray(record->moments, room, sizeof(*more));

		if (!more)
			return NULL;
		record->moments = more;
		record->room = room;
	}
	last = &record->moments[record->n++];
	*last = (struct moment){ .time = time };
	return last;
}

static bool read_moment(struct record *record, struct json_object *line)
{
	struct json_object *time = member(line, "time"), *exits = member(line, "exits");
	struct moment *moment;

	if (!json_object_is_type(time, json_type_double) ||
	    !json_object_is_type(exits, json_type_object))
		return false;
	moment = moment_at(record, json_object_get_double(time));
	for (unsigned int i = 1; moment && i <= exits_fields.max; i++) {
		double rate = json_object_get_double(member(exits, exits_fields.list[i].name));

		moment->kinds[i] += rate;
		record->has[i] |= rate > 0;
	}
	return moment;
}

static int read_record(struct record *record, FILE *file, const char *name)
{
	unsigned int n = 0;
	char *line = NULL;
	size_t room = 0;
	bool ok = true;

	while (ok && getline(&line, &room, file) > 0) {
		struct json_object *object = json_tokener_parse(line);

		n++;
		ok = object && read_moment(record, object);
		json_object_put(object);
	}
	free(line);
	if (!ok)
		complain("%s: line %u is none that mshvctl top has written", name, n);
	else if (ferror(file))
		complain("%s: %s", name, strerror(errno));
	else if (!record->n)
		complain("%s: there is nothing in it", name);
	return ok && !ferror(file) && record->n ? EXIT_OK : EXIT_FAILED;
}

/* A name in the script, as gnuplot takes it: nothing in it has a meaning. */
static void quote(FILE *to, const char *text)
{
	fputc('\'', to);
	for (; *text; text++)
		fputs(*text == '\'' ? "''" : (char []){ *text, 0 }, to);
	fputc('\'', to);
}

static void write_data(FILE *to, const struct record *record)
{
	fputs("$record << END\n", to);
	for (size_t n = 0; n < record->n; n++) {
		fprintf(to, "%.6f", record->moments[n].time - record->moments[0].time);
		for (unsigned int i = 1; i <= exits_fields.max; i++)
			if (record->has[i])
				fprintf(to, " %.3f", record->moments[n].kinds[i]);
		fputc('\n', to);
	}
	fputs("END\n", to);
}

static void write_script(FILE *to, const struct record *record, const char *output)
{
	unsigned int column = 1;

	fputs("set terminal svg size 960,540 dynamic\n"
	      "set xlabel 'seconds'\nset ylabel 'exits a second'\nset yrange [0:*]\n"
	      "set key outside right noenhanced\nset grid ytics\n", to);
	if (output) {
		fputs("set output ", to);
		quote(to, output);
		fputc('\n', to);
	}
	write_data(to, record);
	fputs("plot ", to);
	for (unsigned int i = 1; i <= exits_fields.max; i++) {
		if (!record->has[i])
			continue;
		column++;
		fprintf(to, "%s$record using 1:%u with linespoints title '%s'",
			column > 2 ? ", " : "", column, exits_fields.list[i].name);
	}
	/* Guests that did nothing are worth an empty diagram. */
	if (column == 1)
		fputs("0 title 'no exits'", to);
	fputc('\n', to);
}

static int draw(const struct record *record, const char *output)
{
	FILE *gnuplot;
	int status;

	/* One that does not start, or ends early, is told of by its exit status. */
	signal(SIGPIPE, SIG_IGN);
	gnuplot = popen("exec gnuplot", "we");
	if (!gnuplot) {
		complain("gnuplot: %s", strerror(errno));
		return EXIT_FAILED;
	}
	write_script(gnuplot, record, output);
	status = pclose(gnuplot);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		complain("there is no gnuplot, which is needed for it");
	else if (status)
		complain("gnuplot has failed");
	return status ? EXIT_FAILED : EXIT_OK;
}

int cmd_plot(int argc, char **argv)
{
	struct record record = { 0 };
	struct options options;
	FILE *file;
	int status;

	if (!options_read(&options, TAKES_OUTPUT | NEEDS_NAME, help, argc, argv))
		return options.status;
	file = strcmp(options.name, "-") ? fopen(options.name, "re") : stdin;
	if (!file) {
		complain("%s: %s", options.name, strerror(errno));
		return EXIT_FAILED;
	}
	status = read_record(&record, file, options.name);
	if (!status)
		status = draw(&record, options.output);
	if (file != stdin)
		fclose(file);
	free(record.moments);
	return status;
}
