// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first process of the emulated arm64 machine: runs the commands on the
 * kernel's command line, after "--" and with ";" between them, says how each
 * ended, and powers the machine off.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

static int run(char **argv)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		execv(argv[0], argv);
		printf("init: %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 126;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void run_all(int argc, char **argv)
{
	int start = 1;

	for (int i = 1; i <= argc; i++) {
		if (i < argc && strcmp(argv[i], ";"))
			continue;
		argv[i] = NULL;
		if (i > start) {
			printf("init: start %s\n", argv[start]);
			printf("init: status %d\n", run(argv + start));
		}
		start = i + 1;
	}
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	if (mount("devtmpfs", "/dev", "devtmpfs", 0, NULL))
		printf("init: no /dev: %s\n", strerror(errno));
	run_all(argc, argv);
	printf("init: end\n");
	reboot(RB_POWER_OFF);
	return 1;
}
