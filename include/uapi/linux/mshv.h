/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * User interface of /dev/mshv: virtual machines on Microsoft Hyper-V.
 *
 * There are four kinds of file descriptor. Opening /dev/mshv gives the first; the others are
 * returned by ioctls, each on a descriptor of the kind before it: a partition (a virtual
 * machine), a virtual processor of it, a device of it. Ioctl numbers are counted for each kind
 * on its own.
 *
 * What Linux 7.3 has is here with the same names, numbers and layouts. What it does not have
 * stands in sections marked "Not in Linux". The interface of /dev/mshv_vtl is not repeated.
 *
 * In every structure reserved fields and unknown flags must be zero. Addresses of user memory
 * are 64 bits wide. All page numbers count pages of MSHV_HV_PAGE_SIZE.
 */
#ifndef _UAPI_LINUX_MSHV_H
#define _UAPI_LINUX_MSHV_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define MSHV_IOCTL 0xB8

/* The page of the hypervisor, whatever PAGE_SIZE is. */
#define MSHV_HV_PAGE_SIZE 0x1000

/*
 * Hypercalls, on every kind of descriptor but a device
 * ----------------------------------------------------
 */

/**
 * struct mshv_root_hvcall - a hypercall made on behalf of the caller
 * @code: call code, HVCALL_*; each kind of descriptor has its own list of those allowed
 * @reps: in: repeats asked for, 0 unless the call repeats; out: repeats completed
 * @in_sz: bytes at @in_ptr, 8 to MSHV_HV_PAGE_SIZE, repeats included
 * @out_sz: bytes at @out_ptr, at most MSHV_HV_PAGE_SIZE, and 0 if there is no @out_ptr
 * @status: in: 0; out: HV_STATUS_* of the call
 * @rsvd: 0
 * @in_ptr: address of the call's input
 * @out_ptr: address for the call's output, or 0
 *
 * The first eight bytes of every input are the partition. They are filled in by the kernel:
 * the partition of the descriptor, or the caller's own for /dev/mshv.
 *
 * @status and @reps are written back even if the call fails with an errno, provided the
 * hypercall was made at all; output is written only on success. A code outside the list fails
 * with EINVAL and changes nothing.
 */
struct mshv_root_hvcall {
	__u16 code;
	__u16 reps;
	__u16 in_sz;
	__u16 out_sz;
	__u16 status;
	__u8 rsvd[6];
	__u64 in_ptr;
	__u64 out_ptr;
};

#define MSHV_ROOT_HVCALL _IOWR(MSHV_IOCTL, 0x07, struct mshv_root_hvcall)

/*
 * /dev/mshv
 * ---------
 */

/* Numbers of the bits in pt_flags. */
enum {
	MSHV_PT_BIT_LAPIC,
	MSHV_PT_BIT_X2APIC,
	MSHV_PT_BIT_GPA_SUPER_PAGES,
	MSHV_PT_BIT_CPU_AND_XSAVE_FEATURES,
	MSHV_PT_BIT_NESTED_VIRTUALIZATION,
	MSHV_PT_BIT_SMT_ENABLED_GUEST,
	MSHV_PT_BIT_COUNT,
};

#define MSHV_PT_FLAGS_MASK ((1 << MSHV_PT_BIT_COUNT) - 1)

/* Values of pt_isolation. */
enum {
	MSHV_PT_ISOLATION_NONE,
	MSHV_PT_ISOLATION_COUNT,
};

/**
 * struct mshv_create_partition - first form of the argument of MSHV_CREATE_PARTITION
 * @pt_flags: 1 << MSHV_PT_BIT_*, without MSHV_PT_BIT_CPU_AND_XSAVE_FEATURES
 * @pt_isolation: MSHV_PT_ISOLATION_*
 *
 * The partition gets all features that the hypervisor can give.
 */
struct mshv_create_partition {
	__u64 pt_flags;
	__u64 pt_isolation;
};

#define MSHV_NUM_CPU_FEATURES_BANKS 2

/**
 * struct mshv_create_partition_v2 - second form, with a choice of features
 * @pt_flags: as above, with MSHV_PT_BIT_CPU_AND_XSAVE_FEATURES set, which tells the two apart
 * @pt_isolation: as above
 * @pt_num_cpu_fbanks: how many of @pt_cpu_fbanks there are; all features of the others are
 *	taken away. Linux wants all
 * @pt_rsvd: 0
 * @pt_cpu_fbanks: processor features to take away, in the order of the hypervisor
 * @pt_rsvd1: 0
 * @pt_disabled_xsave: XSAVE features to take away
 * @pt_rsvd2: 0, where there is no XSAVE
 *
 * Both forms share one ioctl number, made from the size of the first.
 */
struct mshv_create_partition_v2 {
	__u64 pt_flags;
	__u64 pt_isolation;
	__u16 pt_num_cpu_fbanks;
	__u8 pt_rsvd[6];
	__u64 pt_cpu_fbanks[MSHV_NUM_CPU_FEATURES_BANKS];
	__u64 pt_rsvd1[2];
#if defined(__x86_64__)
	__u64 pt_disabled_xsave;
#else
	__u64 pt_rsvd2;
#endif
} __attribute__((packed));

/*
 * Returns the descriptor of a new partition, which exists but is not initialised. Early
 * properties can be set only now.
 */
#define MSHV_CREATE_PARTITION _IOW(MSHV_IOCTL, 0x00, struct mshv_create_partition)

/*
 * Not in Linux: what this driver has, on /dev/mshv
 * ------------------------------------------------
 *
 * Linux has the number and its argument for /dev/mshv_vtl alone, with names for it below 0x100.
 */

/* Values of the argument. The result is 1 if it is there, where nothing else is said. */
enum {
	MSHV_CAP_VP_TRANSLATE_GVA = 0x100,
	MSHV_CAP_VP_CONTROL, /* MSHV_VP_MMAP_OFFSET_CONTROL */
	MSHV_CAP_MSI_DEST_32, /* destinations of 32 bits in MSHV_SET_MSI_ROUTING */
	MSHV_CAP_IOEVENTFD_WILDCARD, /* deassigning without naming the value */
	MSHV_CAP_SCRUB_PARTITION, /* as a code of MSHV_ROOT_HVCALL; the hypervisor may lack it */
	MSHV_CAP_MAX_VPS, /* processors a partition can have */
	MSHV_CAP_MAX_ROUTES, /* numbers of interrupts */
	MSHV_CAP_ROOT_SCHEDULER, /* processors run in the place of the calling thread */
	MSHV_CAP_CREATE_DEVICE,
	MSHV_CAP_MESSAGE_STAYS, /* message_stays in struct mshv_vp_control */
};

/* Takes the address of one of these; 0 for what is not there, or not known. */
#define MSHV_CHECK_EXTENSION _IOW(MSHV_IOCTL, 0x00, __u32)

/*
 * Partition
 * ---------
 */

/**
 * struct mshv_create_vp - argument of MSHV_CREATE_VP
 * @vp_index: index of the new processor in its partition
 */
struct mshv_create_vp {
	__u32 vp_index;
};

/* Numbers of the bits in flags of struct mshv_user_mem_region. */
enum {
	MSHV_SET_MEM_BIT_WRITABLE,
	MSHV_SET_MEM_BIT_EXECUTABLE,
	MSHV_SET_MEM_BIT_UNMAP,
	MSHV_SET_MEM_BIT_COUNT
};

#define MSHV_SET_MEM_FLAGS_MASK ((1 << MSHV_SET_MEM_BIT_COUNT) - 1)

/**
 * struct mshv_user_mem_region - argument of MSHV_SET_GUEST_MEMORY
 * @size: bytes, a multiple of MSHV_HV_PAGE_SIZE
 * @guest_pfn: first guest page
 * @userspace_addr: address of the memory, page aligned
 * @flags: 1 << MSHV_SET_MEM_BIT_*; with UNMAP the other bits have no effect
 * @rsvd: 0
 *
 * Regions do not overlap in the guest. To unmap one, @size, @guest_pfn and @userspace_addr
 * must be those it was mapped with. Who is killed while he unmaps much leaves a region that
 * the guest has no access to and that keeps its place: unmapping it again ends it.
 */
struct mshv_user_mem_region {
	__u64 size;
	__u64 guest_pfn;
	__u64 userspace_addr;
	__u8 flags;
	__u8 rsvd[7];
};

/* Numbers of the bits in flags of struct mshv_user_irqfd. */
enum {
	MSHV_IRQFD_BIT_DEASSIGN,
	MSHV_IRQFD_BIT_RESAMPLE,
	MSHV_IRQFD_BIT_COUNT,
};

#define MSHV_IRQFD_FLAGS_MASK ((1 << MSHV_IRQFD_BIT_COUNT) - 1)

/**
 * struct mshv_user_irqfd - argument of MSHV_IRQFD
 * @fd: eventfd that raises the interrupt
 * @resamplefd: with RESAMPLE, eventfd that is signalled when the guest ends the interrupt
 * @gsi: entry of the routing table that says which interrupt
 * @flags: 1 << MSHV_IRQFD_BIT_*
 */
struct mshv_user_irqfd {
	__s32 fd;
	__s32 resamplefd;
	__u32 gsi;
	__u32 flags;
};

/* Numbers of the bits in flags of struct mshv_user_ioeventfd. */
enum {
	MSHV_IOEVENTFD_BIT_DATAMATCH,
	MSHV_IOEVENTFD_BIT_PIO,
	MSHV_IOEVENTFD_BIT_DEASSIGN,
	MSHV_IOEVENTFD_BIT_COUNT,
};

#define MSHV_IOEVENTFD_FLAGS_MASK ((1 << MSHV_IOEVENTFD_BIT_COUNT) - 1)

/**
 * struct mshv_user_ioeventfd - argument of MSHV_IOEVENTFD
 * @datamatch: value that the guest must store, with DATAMATCH
 * @addr: guest physical address
 * @len: width of the store: 1, 2, 4 or 8, or 0 for any
 * @fd: eventfd to signal
 * @flags: 1 << MSHV_IOEVENTFD_BIT_*; PIO fails with EOPNOTSUPP
 * @rsvd: 0
 */
struct mshv_user_ioeventfd {
	__u64 datamatch;
	__u64 addr;
	__u32 len;
	__s32 fd;
	__u32 flags;
	__u8 rsvd[4];
};

/**
 * struct mshv_user_irq_entry - what an interrupt number means
 * @gsi: the number
 * @address_lo: low half of the MSI address
 * @address_hi: high half of it
 * @data: MSI data
 */
struct mshv_user_irq_entry {
	__u32 gsi;
	__u32 address_lo;
	__u32 address_hi;
	__u32 data;
};

/**
 * struct mshv_user_irq_table - argument of MSHV_SET_MSI_ROUTING
 * @nr: number of entries
 * @rsvd: 0
 * @entries: the whole table, which replaces the one before
 */
struct mshv_user_irq_table {
	__u32 nr;
	__u32 rsvd;
	struct mshv_user_irq_entry entries[];
};

/* Values of access_type. */
enum {
	MSHV_GPAP_ACCESS_TYPE_ACCESSED,
	MSHV_GPAP_ACCESS_TYPE_DIRTY,
	MSHV_GPAP_ACCESS_TYPE_COUNT
};

/* Values of access_op: what becomes of the bits after they are read. */
enum {
	MSHV_GPAP_ACCESS_OP_NOOP,
	MSHV_GPAP_ACCESS_OP_CLEAR,
	MSHV_GPAP_ACCESS_OP_SET,
	MSHV_GPAP_ACCESS_OP_COUNT
};

/**
 * struct mshv_gpap_access_bitmap - argument of MSHV_GET_GPAP_ACCESS_BITMAP
 * @access_type: MSHV_GPAP_ACCESS_TYPE_*
 * @access_op: MSHV_GPAP_ACCESS_OP_*
 * @rsvd: 0
 * @page_count: number of guest pages
 * @gpap_base: first guest page
 * @bitmap_ptr: address of (@page_count + 7) / 8 bytes, a bit for each page
 */
struct mshv_gpap_access_bitmap {
	__u8 access_type;
	__u8 access_op;
	__u8 rsvd[6];
	__u64 page_count;
	__u64 gpap_base;
	__u64 bitmap_ptr;
};

#define MSHV_INITIALIZE_PARTITION _IO(MSHV_IOCTL, 0x00)
/* Returns the descriptor of the processor. */
#define MSHV_CREATE_VP		    _IOW(MSHV_IOCTL, 0x01, struct mshv_create_vp)
#define MSHV_SET_GUEST_MEMORY	    _IOW(MSHV_IOCTL, 0x02, struct mshv_user_mem_region)
#define MSHV_IRQFD		    _IOW(MSHV_IOCTL, 0x03, struct mshv_user_irqfd)
#define MSHV_IOEVENTFD		    _IOW(MSHV_IOCTL, 0x04, struct mshv_user_ioeventfd)
#define MSHV_SET_MSI_ROUTING	    _IOW(MSHV_IOCTL, 0x05, struct mshv_user_irq_table)
#define MSHV_GET_GPAP_ACCESS_BITMAP _IOWR(MSHV_IOCTL, 0x06, struct mshv_gpap_access_bitmap)

/*
 * Virtual processor
 * -----------------
 */

#define MSHV_RUN_VP_BUF_SZ 256

/**
 * struct mshv_run_vp - argument of MSHV_RUN_VP
 * @msg_buf: the intercept message that ended the run, a struct hv_message
 *
 * Fails with EINTR when a signal ended it; then there is no message.
 */
struct mshv_run_vp {
	__u8 msg_buf[MSHV_RUN_VP_BUF_SZ];
};

/*
 * Pages that a processor shares with its VMM, as offsets for mmap() in units of the system's
 * page. Mapping one that does not exist on this host fails with ENODEV.
 */
enum {
	MSHV_VP_MMAP_OFFSET_REGISTERS,
	MSHV_VP_MMAP_OFFSET_INTERCEPT_MESSAGE,
	MSHV_VP_MMAP_OFFSET_GHCB,
	MSHV_VP_MMAP_OFFSET_COUNT
};

/* Values of type in struct mshv_get_set_vp_state. */
enum {
	MSHV_VP_STATE_LAPIC,
	MSHV_VP_STATE_XSAVE, /* compacted form */
	MSHV_VP_STATE_SIMP,
	MSHV_VP_STATE_SIEFP,
	MSHV_VP_STATE_SYNTHETIC_TIMERS,
	MSHV_VP_STATE_COUNT,
};

/**
 * struct mshv_get_set_vp_state - argument of MSHV_GET_VP_STATE and MSHV_SET_VP_STATE
 * @type: MSHV_VP_STATE_*
 * @rsvd: 0
 * @buf_sz: in: bytes at @buf_ptr, a multiple of MSHV_HV_PAGE_SIZE; out: bytes the state has
 * @buf_ptr: address of the state, page aligned
 *
 * If the buffer is too small, @buf_sz is written back and the call fails with EINVAL.
 */
struct mshv_get_set_vp_state {
	__u8 type;
	__u8 rsvd[3];
	__u32 buf_sz;
	__u64 buf_ptr;
};

#define MSHV_RUN_VP	  _IOR(MSHV_IOCTL, 0x00, struct mshv_run_vp)
#define MSHV_GET_VP_STATE _IOWR(MSHV_IOCTL, 0x01, struct mshv_get_set_vp_state)
#define MSHV_SET_VP_STATE _IOWR(MSHV_IOCTL, 0x02, struct mshv_get_set_vp_state)

/*
 * Not in Linux: guest address translation, on a processor
 * -------------------------------------------------------
 */

/**
 * struct mshv_translate_gva - argument of MSHV_VP_TRANSLATE_GVA
 * @gva: guest linear address
 * @flags: HV_TRANSLATE_GVA_*
 * @result: address for the 64 bits of union hv_translate_gva_result
 * @gpa: address for the 64 bits of the guest physical address, with the offset in its page
 *
 * The walk of the hypervisor, with page table pages brought in that were not populated yet.
 * A walk that ends in a guest page fault is a success of the call; @result says so.
 */
struct mshv_translate_gva {
	__u64 gva;
	__u64 flags;
	__u64 result;
	__u64 gpa;
};

#define MSHV_VP_TRANSLATE_GVA _IOWR(MSHV_IOCTL, 0xF2, struct mshv_translate_gva)

/*
 * Not in Linux: keeping a processor from running
 * ----------------------------------------------
 */

/*
 * Offset for mmap() of struct mshv_vp_control, in units of the system's page. Behind it are the
 * pages of MSHV_VP_MMAP_OFFSET_REGISTERS and MSHV_VP_MMAP_OFFSET_INTERCEPT_MESSAGE once more, so
 * that one mapping of three pages has all.
 */
#define MSHV_VP_MMAP_OFFSET_CONTROL 0x100
#define MSHV_VP_MMAP_OFFSET_CONTROL_REGISTERS 0x101
#define MSHV_VP_MMAP_OFFSET_CONTROL_MESSAGE 0x102

/**
 * struct mshv_vp_control - what a VMM tells a processor without an ioctl
 * @immediate_exit: while it is not 0, MSHV_RUN_VP fails with EINTR and the guest does not run
 * @message_stays: while it is not 0, MSHV_RUN_VP does not write the message to its argument,
 *	which is not looked at. It is in the page at MSHV_VP_MMAP_OFFSET_INTERCEPT_MESSAGE,
 *	until MSHV_RUN_VP is called again
 * @rsvd: 0; with anything else MSHV_RUN_VP fails with EINVAL, and nothing is run
 * @unused: is not looked at, and will not be as long as @rsvd is 0: the caller may keep there
 *	what it likes
 *
 * A signal ends a run, but one that comes right before it has no effect on it. If the handler
 * of the signal sets @immediate_exit, it has.
 */
struct mshv_vp_control {
	__u8 immediate_exit;
	__u8 message_stays;
	__u8 rsvd[6];
	__u8 unused[MSHV_HV_PAGE_SIZE - 8];
};

/*
 * Not in Linux: devices of the host in a partition
 * ------------------------------------------------
 */

/* Values of type in struct mshv_create_device. */
enum {
	MSHV_DEV_TYPE_VFIO,
	MSHV_DEV_TYPE_MAX,
};

/* Only ask whether the type is known; no descriptor is made. */
#define MSHV_CREATE_DEVICE_TEST 1

/**
 * struct mshv_create_device - argument of MSHV_CREATE_DEVICE, on a partition
 * @type: MSHV_DEV_TYPE_*; ENODEV if there is none such
 * @fd: out: the descriptor
 * @flags: MSHV_CREATE_DEVICE_TEST or 0
 *
 * A partition has one device of type MSHV_DEV_TYPE_VFIO; a second fails with EBUSY.
 */
struct mshv_create_device {
	__u32 type;
	__u32 fd;
	__u32 flags;
};

/* Group of attributes of MSHV_DEV_TYPE_VFIO, and the attributes in it. */
#define MSHV_DEV_VFIO_FILE     1
#define MSHV_DEV_VFIO_FILE_ADD 1
#define MSHV_DEV_VFIO_FILE_DEL 2

/**
 * struct mshv_device_attr - argument of the ioctls of a device
 * @flags: 0
 * @group: MSHV_DEV_VFIO_FILE; ENXIO if there is none such
 * @attr: MSHV_DEV_VFIO_FILE_ADD or MSHV_DEV_VFIO_FILE_DEL; ENXIO if there is none such
 * @addr: address of an __s32, the descriptor of a VFIO group or device
 */
struct mshv_device_attr {
	__u32 flags;
	__u32 group;
	__u64 attr;
	__u64 addr;
};

#define MSHV_CREATE_DEVICE _IOWR(MSHV_IOCTL, 0x08, struct mshv_create_device)

/*
 * On a device. Of the clients that exist some ask whether there is an attribute by number 2,
 * and some, those of the series that was posted for Linux, by number 1.
 */
#define MSHV_SET_DEVICE_ATTR	    _IOW(MSHV_IOCTL, 0x00, struct mshv_device_attr)
#define MSHV_HAS_DEVICE_ATTR_POSTED _IOW(MSHV_IOCTL, 0x01, struct mshv_device_attr)
#define MSHV_HAS_DEVICE_ATTR	    _IOW(MSHV_IOCTL, 0x02, struct mshv_device_attr)

#endif
