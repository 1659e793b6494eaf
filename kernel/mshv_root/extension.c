// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSHV_CHECK_EXTENSION: what there is beyond Linux's own driver.
 */
#include <linux/uaccess.h>

#include "irq.h"
#include "partition.h"
#include "root.h"

/**
 * mshv_check_extension - MSHV_CHECK_EXTENSION
 * @unused: there is no object behind /dev/mshv
 * @arg: u32, MSHV_CAP_*
 *
 * Return: what the extension says of itself, 0 if it is not there, or -EFAULT.
 */
long mshv_check_extension(void *unused, void __user *arg)
{
	u32 extension;

	if (copy_from_user(&extension, arg, sizeof(extension)))
		return -EFAULT;
	switch (extension) {
	case MSHV_CAP_VP_TRANSLATE_GVA:
	case MSHV_CAP_VP_CONTROL:
	case MSHV_CAP_MSI_DEST_32:
	case MSHV_CAP_IOEVENTFD_WILDCARD:
	case MSHV_CAP_SCRUB_PARTITION:
	case MSHV_CAP_CREATE_DEVICE:
	case MSHV_CAP_MESSAGE_STAYS:
		return 1;
	case MSHV_CAP_MAX_VPS:
		return MSHV_MAX_VPS;
	case MSHV_CAP_MAX_ROUTES:
		return MSHV_MAX_ROUTES;
	case MSHV_CAP_ROOT_SCHEDULER:
		return mshv_host.root_scheduler;
	default:
		return 0;
	}
}
