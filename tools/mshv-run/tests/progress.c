// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two steps, the second of which takes long: that one is shown.
 */
#include <unistd.h>

#include "../run.h"

int main(void)
{
	progress_begin("doing %s", "nothing");
	progress_end();
	progress_begin("sleeping %d ms", 1500);
	usleep(1500000);
	progress_end();
	return 0;
}
