// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the hypervisor counts, in debugfs:
 *
 *	mshv/stats			the hypervisor
 *	mshv/lp/N/stats			logical processors
 *	mshv/partition/ID/stats		partitions, the host's own among them
 *	mshv/partition/ID/vp/N/stats	their VPs
 *
 * A line is the name of a counter, a colon, and its value. The counters are mapped
 * while a file is read, but for those of VPs of ours. Files of an object go before
 * the object, and removing them waits for readers.
 */
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <asm/mshyperv.h>

#include "counters.h"
#include "debugfs.h"
#include "hvcall.h"
#include "stats.h"
#include "vp.h"

/* The counter of the hypervisor that tells how many logical processors it has. */
#define LOGICAL_PROCESSORS	1

static struct dentry *top, *partitions;

/*
 * To map the counters of an object twice is to map them once: whoever unmaps them
 * takes them from everybody.
 */
static DEFINE_MUTEX(reading);

static void counters_show(struct seq_file *m, const struct mshv_stats *stats,
			  const struct mshv_counter *counter)
{
	for (; counter->name; counter++)
		seq_printf(m, "%-43s: %llu\n", counter->name,
			   mshv_stats_get(stats, counter->index));
}

static int counters_map_and_show(struct seq_file *m, struct mshv_stats *stats,
				 const struct mshv_counter *counters)
{
	int ret;

	if (mutex_lock_killable(&reading))
		return -EINTR;
	ret = mshv_stats_map(stats);
	if (!ret)
		counters_show(m, stats, counters);
	mshv_stats_unmap(stats);
	mutex_unlock(&reading);
	return ret;
}

static int hypervisor_show(struct seq_file *m, void *unused)
{
	struct mshv_stats stats = { .type = HV_STATS_OBJECT_HYPERVISOR };

	return counters_map_and_show(m, &stats, mshv_hypervisor_counters);
}
DEFINE_SHOW_ATTRIBUTE(hypervisor);

static int lp_show(struct seq_file *m, void *unused)
{
	struct mshv_stats stats = {
		.type = HV_STATS_OBJECT_LOGICAL_PROCESSOR,
		.identity.lp.lp_index = (uintptr_t)m->private,
	};

	return counters_map_and_show(m, &stats, mshv_lp_counters);
}
DEFINE_SHOW_ATTRIBUTE(lp);

/* Without a partition it is the host's. */
static int partition_show(struct seq_file *m, void *unused)
{
	const struct mshv_partition *pt = m->private;
	struct mshv_stats stats = {
		.type = HV_STATS_OBJECT_PARTITION,
		.identity.partition.partition_id = pt ? pt->id : hv_current_partition_id,
	};

	return counters_map_and_show(m, &stats, mshv_partition_counters);
}
DEFINE_SHOW_ATTRIBUTE(partition);

static int host_vp_show(struct seq_file *m, void *unused)
{
	struct mshv_stats stats = {
		.type = HV_STATS_OBJECT_VP,
		.identity.vp.partition_id = hv_current_partition_id,
		.identity.vp.vp_index = (uintptr_t)m->private,
	};

	return counters_map_and_show(m, &stats, mshv_vp_counters);
}
DEFINE_SHOW_ATTRIBUTE(host_vp);

static int vp_show(struct seq_file *m, void *unused)
{
	const struct mshv_vp *vp = m->private;

	counters_show(m, &vp->stats, mshv_vp_counters);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vp);

/* Nobody looks at errors of debugfs: without it there are no files. */
static void debugfs_add_numbered(struct dentry *parent, u64 number, void *data,
				 const struct file_operations *fops)
{
	char name[24];

	snprintf(name, sizeof(name), "%llu", number);
	debugfs_create_file("stats", 0400, debugfs_create_dir(name, parent), data, fops);
}

void mshv_debugfs_add_vp(struct mshv_vp *vp)
{
	debugfs_add_numbered(vp->partition->debugfs_vps, vp->index, vp, &vp_fops);
}

static struct dentry *debugfs_add_partition(u64 id, struct mshv_partition *pt, struct dentry **vps)
{
	struct dentry *dir;
	char name[24];

	snprintf(name, sizeof(name), "%llu", id);
	dir = debugfs_create_dir(name, partitions);
	debugfs_create_file("stats", 0400, dir, pt, &partition_fops);
	*vps = debugfs_create_dir("vp", dir);
	return dir;
}

void mshv_debugfs_add_partition(struct mshv_partition *pt)
{
	pt->debugfs = debugfs_add_partition(pt->id, pt, &pt->debugfs_vps);
}

/* With its VPs; before their pages are unmapped. */
void mshv_debugfs_remove_partition(struct mshv_partition *pt)
{
	debugfs_remove_recursive(pt->debugfs);
}

static void __init debugfs_add_host_partition(void)
{
	struct dentry *vps;
	unsigned int cpu;

	debugfs_add_partition(hv_current_partition_id, NULL, &vps);
	for_each_present_cpu(cpu) {
		u32 index = hv_vp_index[cpu];

		if (index != VP_INVAL)
			debugfs_add_numbered(vps, index, (void *)(uintptr_t)index, &host_vp_fops);
	}
}

/* An L1VH partition is told nothing of the machine. */
static void __init debugfs_add_machine(void)
{
	struct mshv_stats stats = { .type = HV_STATS_OBJECT_HYPERVISOR };
	struct dentry *lps;
	u64 nr = 0, i;

	if (!hv_root_partition())
		return;
	debugfs_create_file("stats", 0400, top, NULL, &hypervisor_fops);
	if (!mshv_stats_map(&stats))
		nr = mshv_stats_get(&stats, LOGICAL_PROCESSORS);
	mshv_stats_unmap(&stats);
	lps = debugfs_create_dir("lp", top);
	for (i = 0; i < min_t(u64, nr, nr_cpu_ids); i++)
		debugfs_add_numbered(lps, i, (void *)(uintptr_t)i, &lp_fops);
}

void __init mshv_debugfs_init(void)
{
	if (!IS_ENABLED(CONFIG_DEBUG_FS))
		return;
	top = debugfs_create_dir("mshv", NULL);
	partitions = debugfs_create_dir("partition", top);
	hv_fault_debugfs(top);
	debugfs_add_machine();
	debugfs_add_host_partition();
}

void mshv_debugfs_exit(void)
{
	debugfs_remove_recursive(top);
}
