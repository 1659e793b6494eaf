// SPDX-License-Identifier: GPL-2.0-only
/*
 * The supervisor: starts workers, each in a memory cgroup of its own, kills them at random
 * and starts others, for the time that it is given. In rounds, at whose ends nobody is
 * there and the books must balance.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

#define CGROUPS		"/sys/fs/cgroup"
#define ROUND_S		20
#define HANG_S		120	/* of a process that was killed: then it is worth a word */
#define ENOUGH		400	/* tries, of which one has to succeed */
#define MEMORY_MIN_MIB	24
#define MEMORY_MIB	200
/* What may be gone at the end of a round and was there at the end of the second. */
#define SLACK_KIB	(24 << 10)
/* The debug kernel keeps what was freed for a while. */
#define DEBUG_SLACK_KIB	(256 << 10)

struct options options = { .seconds = 120, .workers = 3, .threads = 3, .only = "" };

static struct {
	pid_t pid;
	unsigned int generation;
} slots[MAX_WORKERS];

static struct stats *stats;
static struct rng rng;
static int post[2];
static unsigned int kills, starts, rounds;

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- cgroups */

static void cgroup_put(unsigned int slot, const char *file, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), CGROUPS "/fuzz%u/%s", slot, file);
	put_text(path, text);
}

static void cgroups_make(void)
{
	char path[128];

	put_text(CGROUPS "/cgroup.subtree_control", "+memory");
	for (unsigned int i = 0; i < options.workers; i++) {
		snprintf(path, sizeof(path), CGROUPS "/fuzz%u", i);
		if (mkdir(path, 0755) && errno != EEXIST)
			perror(path);
	}
}

/* Is anybody in it, children of children included? */
static bool cgroup_is_empty(unsigned int slot)
{
	char path[128], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), CGROUPS "/fuzz%u/cgroup.procs", slot);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	return !text[0];
}

/* ---- workers */

static void start(unsigned int slot)
{
	unsigned int generation = ++slots[slot].generation;
	char text[32];

	snprintf(text, sizeof(text), "%uM", MEMORY_MIN_MIB + (unsigned int)below(&rng, MEMORY_MIB));
	cgroup_put(slot, "memory.max", one_in(&rng, 3) ? "max" : text);
	starts++;
	slots[slot].pid = fork();
	if (slots[slot].pid < 0) {
		slots[slot].pid = 0;
		return;
	}
	if (!slots[slot].pid) {
		cgroup_put(slot, "cgroup.procs", "0");
		worker(slot, generation, post[slot % 2], stats);
	}
}

static void kill_all_of(unsigned int slot)
{
	if (slots[slot].pid)
		kill(slots[slot].pid, SIGKILL);
	cgroup_put(slot, "cgroup.kill", "1");
}

static void say_where(unsigned int slot)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "for p in $(cat " CGROUPS "/fuzz%u/cgroup.procs); do\n"
		 "head -n 30 /proc/$p/status /proc/$p/task/*/stack\n"
		 "done >&2\n"
		 "echo w >/proc/sysrq-trigger", slot);
	if (system(command))
		perror("system");
}

static void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (unsigned int i = 0; i < options.workers; i++)
			if (slots[i].pid == pid)
				slots[i].pid = 0;
}

/*
 * Whoever is killed is gone in the end, whatever it was in. If not, the host ends the run: only
 * it knows how much of the real machine's time this one has had.
 */
static void await_death(unsigned int slot)
{
	uint64_t limit = now_ms() + HANG_S * 1000;

	while (slots[slot].pid || !cgroup_is_empty(slot)) {
		reap();
		if (limit && now_ms() > limit) {
			fprintf(stderr, "fuzz: a process that was killed is still there\n");
			say_where(slot);
			limit = 0;
		}
		usleep(2000);
	}
}

static void replace(unsigned int slot)
{
	kills += !!slots[slot].pid;
	kill_all_of(slot);
	await_death(slot);
	start(slot);
}

/* Those that ended by themselves, by memory, or by what they did to their own. */
static void tend(void)
{
	reap();
	for (unsigned int i = 0; i < options.workers; i++)
		if (!slots[i].pid)
			replace(i);
}

static void disturb(unsigned int slot)
{
	static const int signals[] = { SIGUSR1, SIGSTOP, SIGCONT, SIGUSR1 };

	if (slots[slot].pid)
		kill(slots[slot].pid, ONE_OF(&rng, signals));
}

static void toggle_host(void)
{
	static const char *const pins[] = { "0", "0", "1" };

	switch (below(&rng, 6)) {
	case 0:
		put_text("/sys/module/mshv_root/parameters/pin_memory", ONE_OF(&rng, pins));
		break;
	case 1:
		put_text("/proc/sys/vm/compact_memory", "1");
		break;
	case 2:
		put_text("/sys/kernel/tracing/events/mshv/enable", one_in(&rng, 2) ? "1" : "0");
		break;
	case 3:
		put_text("/sys/kernel/mm/ksm/run", one_in(&rng, 2) ? "1" : "0");
		break;
	case 4:
		put_text("/proc/sys/vm/drop_caches", "1");
		break;
	}
}

/* ---- rounds */

static void one_round(uint64_t end)
{
	for (unsigned int i = 0; i < options.workers; i++)
		start(i);
	while (now_ms() < end) {
		usleep(1000 * (1 + below(&rng, one_in(&rng, 3) ? 20 : 600)));
		if (one_in(&rng, 2))
			replace(below(&rng, options.workers));
		else
			disturb(below(&rng, options.workers));
		if (one_in(&rng, 4))
			toggle_host();
		tend();
	}
	for (unsigned int i = 0; i < options.workers; i++)
		kill_all_of(i);
	for (unsigned int i = 0; i < options.workers; i++)
		await_death(i);
}

/* Descriptors that were sent and that nobody fetched keep VMs alive. */
static void empty_post(void)
{
	close(post[0]);
	close(post[1]);
}

static bool memory_is_back(void)
{
	int64_t slack = access("/sys/kernel/debug/kmemleak", F_OK) ? SLACK_KIB : DEBUG_SLACK_KIB;
	static int64_t at_second;
	int64_t is_free = books_free_kib();

	if (rounds == 2)
		at_second = is_free;
	if (rounds <= 2 || at_second - is_free < slack)
		return true;
	fprintf(stderr, "fuzz: %lld KiB were free after the second round, and %lld KiB now\n",
		(long long)at_second, (long long)is_free);
	return false;
}

static bool all_rounds(void)
{
	uint64_t end = now_ms() + options.seconds * 1000ull, round_end;

	while (now_ms() < end) {
		round_end = now_ms() + ROUND_S * 1000;
		if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, post))
			return false;
		if (options.devices)
			vfio_prepare();
		one_round(round_end < end ? round_end : end);
		empty_post();
		rounds++;
		put_text("/sys/module/mshv_root/parameters/pin_memory", "0");
		books_balance();
		vfio_end();
		if (options.reload && !books_reload())
			return false;
		if (!memory_is_back())
			return false;
	}
	return true;
}

/* A fuzzer that never gets anywhere finds nothing. */
static bool report(void)
{
	uint64_t tried = 0, done = 0;
	bool good = true;

	for (unsigned int i = 0; i < nr_ops; i++) {
		printf("# %-18s %9llu tried %9llu done\n", ops[i].name,
		       (unsigned long long)stats->tried[i], (unsigned long long)stats->done[i]);
		tried += stats->tried[i];
		done += stats->done[i];
		if (ops[i].must_succeed && !stats->done[i] && stats->tried[i] >= ENOUGH) {
			fprintf(stderr, "fuzz: \"%s\" never succeeded\n", ops[i].name);
			good = false;
		}
	}
	printf("# %llu operations, %llu succeeded; %llu exits of guests\n",
	       (unsigned long long)tried, (unsigned long long)done,
	       (unsigned long long)stats->exits);
	printf("# %u VMMs started, %u killed; %u rounds\n", starts, kills, rounds);
	return good;
}

/* All of these exist, or faults that are asked for would just not be. */
static void allow_failures(void)
{
	static const struct {
		const char *path, *value;
	} settings[] = {
		{ "failslab/verbose", "0" }, { "failslab/ignore-gfp-wait", "N" },
		{ "fail_page_alloc/verbose", "0" }, { "fail_page_alloc/ignore-gfp-wait", "N" },
		{ "fail_page_alloc/min-order", "0" }, { "fail_usercopy/verbose", "0" },
		{ "mshv/fail_hypercall/verbose", "0" }, { "mshv/fail_hypercall/times", "-1" },
		{ "mshv/fail_hypercall/task-filter", "Y" },
	};
	char path[128];

	for (unsigned int i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s", settings[i].path);
		if (put_text(path, settings[i].value)) {
			fprintf(stderr, "fuzz: --fail: the kernel has no %s\n", path);
			exit(2);
		}
	}
}

static void usage(FILE *f)
{
	fputs("usage: fuzz-driver [OPTION]...\n"
	      "\n"
	      "Does random things to /dev/mshv, in the root partition of an emulated host;\n"
	      "tools/testing/fuzz-driver/run boots one for it.\n"
	      "\n"
	      "  --seed=N     repeat what was done with that seed\n"
	      "  --seconds=N  (default: 120)\n"
	      "  --workers=N  VMMs at a time, 1 to 8 (default: 3)\n"
	      "  --threads=N  of each, 1 to 6 (default: 3)\n"
	      "  --fail       let allocations and hypercalls fail (debug kernel)\n"
	      "  --reload     load the driver anew after each round\n"
	      "  --devices    give the device \"edu\" away\n"
	      "  --only=WORD  nothing but operations whose names begin so\n", f);
}

static unsigned int number(const char *text, unsigned int min, unsigned int max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 0);

	if (!*text || *end || n < min || n > max) {
		usage(stderr);
		exit(2);
	}
	return n;
}

static const char *some_begin_with(const char *word)
{
	for (unsigned int i = 0; i < nr_ops; i++)
		if (!strncmp(ops[i].name, word, strlen(word)))
			return word;
	usage(stderr);
	exit(2);
}

static void parse(int argc, char **argv)
{
	static const struct option known[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "seconds", required_argument, NULL, 't' },
		{ "workers", required_argument, NULL, 'w' },
		{ "threads", required_argument, NULL, 'n' },
		{ "fail", no_argument, NULL, 'f' },
		{ "reload", no_argument, NULL, 'r' },
		{ "devices", no_argument, NULL, 'd' },
		{ "only", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", known, NULL)) != -1) {
		switch (c) {
		case 's':
			options.seed = strtoull(optarg, NULL, 0);
			break;
		case 't':
			options.seconds = number(optarg, 1, 1000000);
			break;
		case 'w':
			options.workers = number(optarg, 1, MAX_WORKERS);
			break;
		case 'n':
			options.threads = number(optarg, 1, MAX_THREADS);
			break;
		case 'f':
			options.may_fail = true;
			break;
		case 'r':
			options.reload = true;
			break;
		case 'd':
			options.devices = true;
			break;
		case 'o':
			options.only = some_begin_with(optarg);
			break;
		default:
			usage(c == 'h' ? stdout : stderr);
			exit(c == 'h' ? 0 : 2);
		}
	}
}

int main(int argc, char **argv)
{
	bool good;

	setlinebuf(stdout);
	options.seed = time(NULL) ^ (uint64_t)getpid() << 32;
	parse(argc, argv);
	printf("# seed 0x%llx\n", (unsigned long long)options.seed);
	rng.x = options.seed;
	if (options.may_fail)
		allow_failures();
	stats = mmap(NULL, sizeof(*stats), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		     -1, 0);
	if (stats == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	books_open();
	cgroups_make();
	good = all_rounds();
	good = report() && good;
	printf("%s fuzz-driver # seed 0x%llx\n", good ? "ok" : "not ok",
	       (unsigned long long)options.seed);
	return good ? 0 : 1;
}
