// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the hypervisor counts for each VP, in debugfs:
 *
 *	mshv/PARTITION/vp/INDEX/stats
 *
 * A line is the number of a counter and its value; what is zero is left out. The
 * files go before the pages they show, and removing them waits for readers.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "debugfs.h"
#include "hvcall.h"
#include "vp.h"

static struct dentry *top;

/* A counter stands in one of two areas, depending on the hypervisor's version. */
static int vp_stats_show(struct seq_file *m, void *unused)
{
	const struct mshv_vp *vp = m->private;
	const struct hv_stats_page *self = vp->stats[HV_STATS_AREA_SELF];
	const struct hv_stats_page *parent = vp->stats[HV_STATS_AREA_PARENT];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(self->data); i++) {
		u64 value = READ_ONCE(parent->data[i]) ?: READ_ONCE(self->data[i]);

		if (value)
			seq_printf(m, "%u %llu\n", i, value);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vp_stats);

/* Nobody looks at errors of debugfs: without it there are no files. */
void mshv_debugfs_add_vp(struct mshv_vp *vp)
{
	char name[12];
	struct dentry *dir;

	snprintf(name, sizeof(name), "%u", vp->index);
	dir = debugfs_create_dir(name, vp->partition->debugfs_vps);
	debugfs_create_file("stats", 0400, dir, vp, &vp_stats_fops);
}

void mshv_debugfs_add_partition(struct mshv_partition *pt)
{
	char name[24];

	snprintf(name, sizeof(name), "%llu", pt->id);
	pt->debugfs = debugfs_create_dir(name, top);
	pt->debugfs_vps = debugfs_create_dir("vp", pt->debugfs);
}

/* With its VPs; before their pages are unmapped. */
void mshv_debugfs_remove_partition(struct mshv_partition *pt)
{
	debugfs_remove_recursive(pt->debugfs);
}

void __init mshv_debugfs_init(void)
{
	top = debugfs_create_dir("mshv", NULL);
	hv_fault_debugfs(top);
}

void mshv_debugfs_exit(void)
{
	debugfs_remove_recursive(top);
}
