// SPDX-License-Identifier: GPL-2.0-only
/*
 * Powers the machine off while a partition exists, which its owner never gives
 * back: a run that ends like this must fail.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <termios.h>
#include <unistd.h>

#include <linux/mshv.h>

int main(void)
{
	struct mshv_create_partition args = {
		.pt_flags = 1ULL << MSHV_PT_BIT_LAPIC,
		.pt_isolation = MSHV_PT_ISOLATION_NONE,
	};
	int fd = open("/dev/mshv", O_RDWR);

	if (fd < 0) {
		perror("/dev/mshv");
		return 1;
	}
	if (ioctl(fd, MSHV_CREATE_PARTITION, &args) < 0) {
		perror("MSHV_CREATE_PARTITION");
		return 1;
	}
	printf("leaking a partition\n");
	fflush(stdout);
	/* The serial port needs a moment for the line. */
	tcdrain(STDOUT_FILENO);
	reboot(RB_POWER_OFF);
	perror("reboot");
	return 1;
}
