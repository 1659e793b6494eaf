// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module that knows devices, if it is loaded.
 */
#include <linux/cleanup.h>
#include <linux/module.h>
#include <linux/mutex.h>

#include "device_ops.h"

/* Guards @registered; a leaf. */
static DEFINE_MUTEX(registration);
static const struct mshv_device_ops *registered;

/**
 * mshv_device_ops_register - tell what can be done with devices
 * @ops: constant, until it is unregistered
 *
 * Return: 0, or -EBUSY if somebody else has.
 */
int mshv_device_ops_register(const struct mshv_device_ops *ops)
{
	guard(mutex)(&registration);
	if (registered)
		return -EBUSY;
	registered = ops;
	return 0;
}
EXPORT_SYMBOL_NS_GPL(mshv_device_ops_register, "MSHV_ROOT");

/**
 * mshv_device_ops_unregister - the end of that
 * @ops: what was registered
 *
 * For the exit of the module: none of it is in use then.
 */
void mshv_device_ops_unregister(const struct mshv_device_ops *ops)
{
	guard(mutex)(&registration);
	if (registered == ops)
		registered = NULL;
}
EXPORT_SYMBOL_NS_GPL(mshv_device_ops_unregister, "MSHV_ROOT");

/**
 * mshv_device_ops_get - what can be done with devices
 *
 * Context: process context, may sleep.
 * Return: NULL if nothing can; else mshv_device_ops_put() is due.
 */
const struct mshv_device_ops *mshv_device_ops_get(void)
{
	guard(mutex)(&registration);
	return registered && try_module_get(registered->owner) ? registered : NULL;
}

void mshv_device_ops_put(const struct mshv_device_ops *ops)
{
	if (ops)
		module_put(ops->owner);
}
