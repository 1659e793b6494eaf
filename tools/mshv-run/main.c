// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshv-run: run Linux or a flat guest image in a virtual machine on /dev/mshv.
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "run.h"

/* The library's, from which the Makefile takes it. */
#ifndef MSHV_RUN_VERSION
#define MSHV_RUN_VERSION "unknown"
#endif

static const char help[] =
	"usage: mshv-run [OPTION]... IMAGE\n"
	"       mshv-run [OPTION]... --restore=FILE\n"
	"Run Linux or a flat guest image in a virtual machine on /dev/mshv.\n"
	"\n"
	"  --mode=linux|long|real   how the image is entered (default: linux if it is a\n"
	"                           bzImage or an ELF file, else long):\n"
	"                           linux: by Linux's 64-bit boot protocol, or of an ELF\n"
	"                           file, such as vmlinux, by PVH's\n"
	"                           long: 64 bits, loaded at and entered at 0x100000\n"
	"                           real: 16 bits, loaded at and entered at 0x7c00\n"
	"  --initrd=FILE            Linux's initramfs\n"
	"  --append=TEXT            Linux's command line (default: console=ttyS0)\n"
	"  --disk=FILE              a virtio disk of what the file has; up to 4\n"
	"  --console=serial|virtio  which console gets standard input (default: serial);\n"
	"                           both write to standard output. Linux calls the one of\n"
	"                           virtio hvc0\n"
	"  --memory=SIZE            bytes, or with K, M or G (default: 64M; Linux: 256M)\n"
	"  --backing=anonymous|memfd|hugetlb\n"
	"                           what the memory is (default: anonymous)\n"
	"  --device=ADDRESS[,attach=mapped|container|direct]\n"
	"                           a PCI device that vfio-pci has, such as 0000:00:04.0,\n"
	"                           and how it reaches the guest's memory: as iommufd or\n"
	"                           VFIO's container maps it, or by the guest's own table\n"
	"                           (default: mapped); repeatable\n"
	"  --control=FIFO           devices may come and go while the guest runs: lines\n"
	"                           \"add ADDRESS[,attach=...]\" and \"remove ADDRESS\"\n"
	"  --cpus=N                 virtual processors, 1 to 32 (default: 1)\n"
	"  --cpu=NAME=VALUE,...     properties of the processors, by the names that mshvctl\n"
	"                           cpu lists (default: all that the host has)\n"
	"  --register-page=on|off   move registers through the VP register page\n"
	"                           where the kernel has it (default: on)\n"
	"  --save=FILE              on SIGUSR2 save the machine in FILE, and end\n"
	"  --restore=FILE           go on with the machine that was saved there; it gets the\n"
	"                           disks that it had\n"
	"  --stats                  say on standard error what the run cost\n"
	"  --help                   show this\n"
	"  --version                show the version\n"
	"\n"
	"The guest's serial port 0x3f8 goes to standard output; Linux gets standard\n"
	"input there, on a terminal key by key (Ctrl-A x ends the run). A byte written\n"
	"to port 0xf4 ends the run and is the exit status. Other exit statuses: 0 when\n"
	"all processors have halted or the guest switched itself off, 2 for bad usage,\n"
	"125 when mshv-run failed, 126 when the guest crashed.\n";

void complain(int err, const char *format, ...)
{
	va_list args;

	output_flush();
	fputs("mshv-run: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	if (err)
		fprintf(stderr, ": %s", strerror(-err));
	fputc('\n', stderr);
}

static int parse_size(const char *text, uint64_t *size)
{
	unsigned long long value;
	unsigned int shift = 0;
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno)
		return -errno;
	switch (*end) {
	case 'K':
		shift = 10;
		break;
	case 'M':
		shift = 20;
		break;
	case 'G':
		shift = 30;
		break;
	case '\0':
		break;
	default:
		return -EINVAL;
	}
	if ((*end && end[1]) || value > UINT64_MAX >> shift)
		return -EINVAL;
	*size = (uint64_t)value << shift;
	return 0;
}

static int parse_memory(const char *text, struct options *o)
{
	if (parse_size(text, &o->memory) || o->memory % 4096 ||
	    o->memory < 2 * MIB || o->memory > MAX_MEMORY) {
		complain(0, "--memory=%s: want a multiple of 4K from 2M to 1024G",
			 text);
		return -EINVAL;
	}
	return 0;
}

static int parse_cpus(const char *text, struct options *o)
{
	uint64_t n;

	if (parse_size(text, &n) || n < 1 || n > MAX_CPUS) {
		complain(0, "--cpus=%s: want 1 to %d", text, MAX_CPUS);
		return -EINVAL;
	}
	o->cpus = (unsigned int)n;
	return 0;
}

static int add_disk(const char *path, struct options *o)
{
	if (o->disks_n == MAX_DISKS) {
		complain(0, "--disk=%s: more than %d", path, MAX_DISKS);
		return -E2BIG;
	}
	o->disks[o->disks_n++] = path;
	return 0;
}

static int parse_console(const char *text, struct options *o)
{
	o->terminal = !strcmp(text, "virtio");
	if (o->terminal || !strcmp(text, "serial"))
		return 0;
	complain(0, "--console=%s: want serial or virtio", text);
	return -EINVAL;
}

static int parse_page(const char *text, struct options *o)
{
	o->register_page = !strcmp(text, "on");
	if (o->register_page || !strcmp(text, "off"))
		return 0;
	complain(0, "--register-page=%s: want on or off", text);
	return -EINVAL;
}

struct choice {
	const char *name;
	int value;
};

/* Find @text among @n choices; complain about the option @name otherwise. */
static int parse_choice(const char *name, const char *text,
			const struct choice *choices, size_t n, int *value)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(text, choices[i].name)) {
			*value = choices[i].value;
			return 0;
		}
	complain(0, "--%s=%s: want %s, %s or %s", name, text, choices[0].name,
		 choices[1].name, choices[2].name);
	return -EINVAL;
}

static int parse_mode(const char *text, struct options *o)
{
	static const struct choice modes[] = {
		{ "linux", MODE_LINUX }, { "long", MODE_LONG }, { "real", MODE_REAL },
	};
	int mode, err = parse_choice("mode", text, modes, ARRAY_SIZE(modes), &mode);

	if (!err)
		o->mode = (enum mode)mode;
	return err;
}

static int parse_backing(const char *text, struct options *o)
{
	static const struct choice backings[] = {
		{ "anonymous", BACKING_ANONYMOUS }, { "memfd", BACKING_MEMFD },
		{ "hugetlb", BACKING_HUGETLB },
	};
	int backing, err = parse_choice("backing", text, backings,
					ARRAY_SIZE(backings), &backing);

	if (!err)
		o->backing = (enum backing)backing;
	return err;
}

static int parse_device(const char *text, struct options *o)
{
	if (o->device_count == MAX_DEVICES) {
		complain(0, "--device: there are %d at most", MAX_DEVICES);
		return -EINVAL;
	}
	if (hotplug_parse("--device=", text, &o->devices[o->device_count]))
		return -EINVAL;
	o->device_count++;
	return 0;
}

enum {
	OPTION_APPEND = 256,
	OPTION_BACKING,
	OPTION_CONSOLE,
	OPTION_CONTROL,
	OPTION_CPU,
	OPTION_CPUS,
	OPTION_DEVICE,
	OPTION_DISK,
	OPTION_HELP,
	OPTION_INITRD,
	OPTION_MEMORY,
	OPTION_MODE,
	OPTION_PAGE,
	OPTION_RESTORE,
	OPTION_SAVE,
	OPTION_STATS,
	OPTION_VERSION,
};

static const struct option long_options[] = {
	{ "append", required_argument, NULL, OPTION_APPEND },
	{ "backing", required_argument, NULL, OPTION_BACKING },
	{ "console", required_argument, NULL, OPTION_CONSOLE },
	{ "control", required_argument, NULL, OPTION_CONTROL },
	{ "cpu", required_argument, NULL, OPTION_CPU },
	{ "cpus", required_argument, NULL, OPTION_CPUS },
	{ "device", required_argument, NULL, OPTION_DEVICE },
	{ "disk", required_argument, NULL, OPTION_DISK },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "initrd", required_argument, NULL, OPTION_INITRD },
	{ "memory", required_argument, NULL, OPTION_MEMORY },
	{ "mode", required_argument, NULL, OPTION_MODE },
	{ "register-page", required_argument, NULL, OPTION_PAGE },
	{ "restore", required_argument, NULL, OPTION_RESTORE },
	{ "save", required_argument, NULL, OPTION_SAVE },
	{ "stats", no_argument, NULL, OPTION_STATS },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ 0 },
};

static int parse_option(int c, struct options *o)
{
	switch (c) {
	case OPTION_APPEND:
		o->append = optarg;
		return 0;
	case OPTION_BACKING:
		return parse_backing(optarg, o);
	case OPTION_CONTROL:
		o->control = optarg;
		return 0;
	case OPTION_DEVICE:
		return parse_device(optarg, o);
	case OPTION_INITRD:
		o->initrd = optarg;
		return 0;
	case OPTION_CONSOLE:
		return parse_console(optarg, o);
	case OPTION_CPU:
		o->cpu = optarg;
		return 0;
	case OPTION_CPUS:
		return parse_cpus(optarg, o);
	case OPTION_DISK:
		return add_disk(optarg, o);
	case OPTION_MEMORY:
		return parse_memory(optarg, o);
	case OPTION_MODE:
		return parse_mode(optarg, o);
	case OPTION_PAGE:
		return parse_page(optarg, o);
	case OPTION_RESTORE:
		o->restore = optarg;
		return 0;
	case OPTION_SAVE:
		o->save = optarg;
		return 0;
	case OPTION_STATS:
		o->stats = true;
		return 0;
	case OPTION_HELP:
		fputs(help, stdout);
		exit(0);
	case OPTION_VERSION:
		puts("mshv-run " MSHV_RUN_VERSION);
		exit(0);
	default:
		/* getopt has said what is wrong. */
		return -EINVAL;
	}
}

/* What a file has is not chosen anew, and what is the host's stays there. */
static int check_saving(const struct options *o)
{
	if (o->restore && (o->initrd || o->append || o->mode != MODE_AUTO)) {
		complain(0, "--%s: the machine to restore has its own",
			 o->initrd ? "initrd" : o->append ? "append" : "mode");
		return -EINVAL;
	}
	if ((o->save || o->restore) && (o->device_count || o->control)) {
		complain(0, "%s: a machine with a device of the host cannot be moved",
			 o->control ? "--control" : "--device");
		return -EINVAL;
	}
	return 0;
}

static int parse(int argc, char **argv, struct options *o)
{
	int c;

	*o = (struct options){
		.register_page = true,
	};
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		if (parse_option(c, o))
			return -EINVAL;
	if (argc - optind != !o->restore) {
		complain(0, o->restore ? "an image given, and a machine to restore" :
			 optind == argc ? "no image given" : "more than one image given");
		return -EINVAL;
	}
	if (check_saving(o))
		return -EINVAL;
	o->image = argv[optind];
	return 0;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	static struct machine machine;
	struct options options;
	double start;
	int status;

	if (output_init() || serial_init() || ioapic_init() || routes_init() || pci_init()) {
		fputs("mshv-run: out of memory\n", stderr);
		return STATUS_FAILED;
	}
	if (parse(argc, argv, &options)) {
		fputs("Try mshv-run --help.\n", stderr);
		return STATUS_USAGE;
	}
	if (machine_create(&machine, &options))
		return STATUS_FAILED;
	start = now();
	status = machine_run(&machine);
	output_flush();
	if (options.stats)
		stats_print(&machine, now() - start);
	machine_destroy(&machine);
	return status;
}
