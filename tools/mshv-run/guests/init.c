// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first and only process of a Linux guest: says what it sees, repeats lines of
 * the console, makes port and memory exits, uses a disk, and switches the machine off.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "disk.h"
#include "move.h"

#define COUNTING_PORT 0xe0
#define COUNTING_REGISTER 0xd0000000
#define READS 2000

/*
 * The kernel's messages come at any time, in the middle of a line, too. From now on the console
 * has emergencies alone, and what follows a panic.
 */
static void quiet_kernel(void)
{
	enum { CONSOLE_LEVEL = 8 };

	if (klogctl(CONSOLE_LEVEL, NULL, 1) < 0)
		perror("klogctl");
}

static void say_system(void)
{
	struct utsname name;

	if (uname(&name))
		perror("uname");
	printf("guest: %s %s with %ld processors and %ld MiB\n", name.sysname,
	       name.release, sysconf(_SC_NPROCESSORS_ONLN),
	       sysconf(_SC_PHYS_PAGES) / 256);
}

/* The device counts reads, so one that is lost or repeated shows. */
static unsigned int read_port(void)
{
	unsigned int wrong = 0;

	if (ioperm(COUNTING_PORT, 4, 1)) {
		perror("ioperm");
		return READS;
	}
	for (unsigned int i = 1; i <= READS; i++)
		wrong += inl(COUNTING_PORT) != i;
	return wrong;
}

static unsigned int read_memory(void)
{
	volatile uint32_t *device;
	unsigned int wrong = 0;
	int fd = open("/dev/mem", O_RDWR | O_SYNC);

	device = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		      COUNTING_REGISTER);
	if (device == MAP_FAILED) {
		perror("/dev/mem");
		return READS;
	}
	for (unsigned int i = 1; i <= READS; i++)
		wrong += *device != i;
	return wrong;
}

/* The counters are the VP's that reads, so this process must stay on one. */
static void read_devices(void)
{
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	if (sched_setaffinity(0, sizeof(first), &first))
		perror("sched_setaffinity");
	printf("guest: %d port reads, %u wrong\n", READS, read_port());
	printf("guest: %d memory reads, %u wrong\n", READS, read_memory());
}

/* What comes in is not repeated, which the terminal does in the middle of a line. */
static void echo_off(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t)) {
		perror("tcgetattr");
		return;
	}
	t.c_lflag &= ~(tcflag_t)ECHO;
	if (tcsetattr(fd, TCSANOW, &t))
		perror("tcsetattr");
}

static void repeat_lines(void)
{
	char line[256];

	echo_off(STDIN_FILENO);
	printf("guest: say something, and end with an empty line\n");
	while (fgets(line, sizeof(line), stdin) && line[0] != '\n')
		printf("guest heard: %s", line);
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	close(fd);
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

/* A processor that was parked, with its interrupts off, is started anew. */
static void hotplug(void)
{
	static const char path[] = "/sys/devices/system/cpu/cpu1/online";

	if (write_file(path, "0"))
		perror("offline");
	if (sysconf(_SC_NPROCESSORS_ONLN) != 1)
		printf("guest: cpu1 stays\n");
	else if (write_file(path, "1"))
		perror("online");
	else
		printf("guest: cpu1 is back, of %ld\n", sysconf(_SC_NPROCESSORS_ONLN));
}

/* Whether the processor has a flag. */
static void say_flag(const char *flag)
{
	static char text[65536];
	FILE *file = fopen("/proc/cpuinfo", "r");
	size_t n = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
	char word[32];

	text[n] = '\0';
	snprintf(word, sizeof(word), " %s ", flag);
	printf("guest: %s %s\n", flag, strstr(text, word) ? "yes" : "no");
	if (file)
		fclose(file);
}

static void load_module(const char *path, const char *parameters)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0 || syscall(SYS_finit_module, fd, parameters, 0))
		perror(path);
	close(fd);
}

/* What the command line says of devices is for the driver's parameters. */
static void load_virtio(void)
{
	static const char name[] = "virtio_mmio.";
	char line[4096] = "", parameters[1024] = "";
	FILE *file = fopen("/proc/cmdline", "r");

	if (!file || !fgets(line, sizeof(line), file))
		perror("/proc/cmdline");
	for (char *word = strtok(line, "\n "); word; word = strtok(NULL, "\n "))
		if (!strncmp(word, name, strlen(name))) {
			strncat(parameters, word + strlen(name), 128);
			strcat(parameters, " ");
		}
	load_module("/modules/virtio_ring.ko", "");
	load_module("/modules/virtio.ko", "");
	load_module("/modules/virtio_mmio.ko", parameters);
	load_module("/modules/virtio_blk.ko", "");
	load_module("/modules/virtio_console.ko", "");
}

/* So many pages of the first disk, each a request of its own, and how long that took. */
static void read_disk(unsigned long pages)
{
	static _Alignas(4096) char page[4096];
	int fd = open("/dev/vda", O_RDONLY | O_DIRECT);
	struct timespec from, to;
	unsigned long done = 0;

	clock_gettime(CLOCK_MONOTONIC, &from);
	while (done < pages && pread(fd, page, sizeof(page), 0) == sizeof(page))
		done++;
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("guest: %lu pages read in %lld ns\n", done,
	       (to.tv_sec - from.tv_sec) * 1000000000LL + to.tv_nsec - from.tv_nsec);
	close(fd);
}

/* Many lines to the virtio console, and one from it. */
static void use_console(void)
{
	FILE *console = fopen("/dev/hvc0", "r+");
	char line[256] = "nothing\n";

	if (!console) {
		perror("/dev/hvc0");
		return;
	}
	echo_off(fileno(console));
	for (int i = 1; i <= 500; i++)
		fprintf(console, "guest: line %d of the virtio console\n", i);
	fflush(console);
	if (!fgets(line, sizeof(line), console))
		perror("/dev/hvc0");
	printf("guest heard on hvc0: %s", line);
	fclose(console);
}

/* From the first disk to the second, a page at a time, each a request of its own. */
static void copy_disk(void)
{
	static _Alignas(4096) char page[4096];
	unsigned long pages = 0;
	int from, to;

	from = open("/dev/vda", O_RDONLY | O_DIRECT);
	to = open("/dev/vdb", O_WRONLY | O_DIRECT);
	if (from < 0 || to < 0) {
		perror("/dev/vda, /dev/vdb");
		return;
	}
	while (read(from, page, sizeof(page)) == sizeof(page) &&
	       write(to, page, sizeof(page)) == sizeof(page))
		pages++;
	if (fsync(to))
		perror("/dev/vdb");
	printf("guest: %lu pages copied\n", pages);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (mount("none", "/proc", "proc", 0, NULL) ||
	    mount("none", "/sys", "sysfs", 0, NULL) ||
	    mount("none", "/dev", "devtmpfs", 0, NULL))
		perror("mount");
	quiet_kernel();
	say_system();
	read_devices();
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "virtio"))
			load_virtio();
		else if (!strncmp(argv[i], "read:", 5))
			read_disk(strtoul(argv[i] + 5, NULL, 10));
		else if (!strcmp(argv[i], "hvc"))
			use_console();
		else if (!strcmp(argv[i], "move"))
			be_moved();
		else if (!strcmp(argv[i], "talk"))
			repeat_lines();
		else if (!strcmp(argv[i], "disk"))
			use_disk();
		else if (!strcmp(argv[i], "disk-interrupts"))
			use_disk_interrupts();
		else if (!strncmp(argv[i], "nvme:", 5))
			read_much(argv[i] + 5);
		else if (!strcmp(argv[i], "await-disk"))
			await_disk();
		else if (!strcmp(argv[i], "hotplug"))
			hotplug();
		else if (!strcmp(argv[i], "copy"))
			copy_disk();
		else
			say_flag(argv[i]);
	}
	printf("guest: off\n");
	fflush(stdout);
	/* The kernel's last words do not wait for ours. */
	tcdrain(STDOUT_FILENO);
	sync();
	reboot(RB_POWER_OFF);
	perror("reboot");
	return 1;
}
