// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Access to a virtual machine's memory on behalf of its guest.
 */
#include <errno.h>
#include <hvabi/partition.h>
#include <string.h>

#include "core/dirty.h"
#include "core/vm.h"

#define ADDRESS_BITS_MIN 32
#define ADDRESS_BITS_MAX 52

/* Find memory, and keep it mapped until release(), but not where there is an error. */
static int hold(struct mshv_vm *vm, uint64_t gpa, size_t size, unsigned int access,
		struct vm_piece **piece)
{
	int err = -EFAULT;

	pthread_rwlock_rdlock(&vm->lock);
	*piece = vm_find_piece(vm, gpa, size);
	if (*piece)
		err = access & ~(*piece)->access ? -EACCES : 0;
	if (err)
		pthread_rwlock_unlock(&vm->lock);
	return err;
}

static void release(struct mshv_vm *vm)
{
	pthread_rwlock_unlock(&vm->lock);
}

static void *at(const struct vm_piece *piece, uint64_t gpa)
{
	return piece->addr + (gpa - piece->gpa);
}

/* What the processor reads and writes at once. Pieces are aligned here as in the guest. */
static bool is_word(const void *addr, size_t size)
{
	return (size == 1 || size == 2 || size == 4 || size == 8) &&
	       !((uintptr_t)addr & (size - 1));
}

static uint64_t load_word(const void *addr, size_t size)
{
	switch (size) {
	case 1:
		return __atomic_load_n((const uint8_t *)addr, __ATOMIC_RELAXED);
	case 2:
		return __atomic_load_n((const uint16_t *)addr, __ATOMIC_RELAXED);
	case 4:
		return __atomic_load_n((const uint32_t *)addr, __ATOMIC_RELAXED);
	default:
		return __atomic_load_n((const uint64_t *)addr, __ATOMIC_RELAXED);
	}
}

static void store_word(void *addr, size_t size, uint64_t value)
{
	switch (size) {
	case 1:
		__atomic_store_n((uint8_t *)addr, (uint8_t)value, __ATOMIC_RELAXED);
		break;
	case 2:
		__atomic_store_n((uint16_t *)addr, (uint16_t)value, __ATOMIC_RELAXED);
		break;
	case 4:
		__atomic_store_n((uint32_t *)addr, (uint32_t)value, __ATOMIC_RELAXED);
		break;
	default:
		__atomic_store_n((uint64_t *)addr, value, __ATOMIC_RELAXED);
	}
}

int vm_read(struct mshv_vm *vm, uint64_t gpa, void *bytes, size_t size)
{
	struct vm_piece *piece;
	uint64_t word;
	int err = hold(vm, gpa, size, 0, &piece);

	if (err)
		return err;
	if (is_word(at(piece, gpa), size)) {
		word = load_word(at(piece, gpa), size);
		memcpy(bytes, &word, size);
	} else {
		memcpy(bytes, at(piece, gpa), size);
	}
	release(vm);
	return 0;
}

int vm_write(struct mshv_vm *vm, uint64_t gpa, const void *bytes, size_t size)
{
	struct vm_piece *piece;
	uint64_t word = 0;
	int err = hold(vm, gpa, size, MSHV_MEM_WRITE, &piece);

	if (err)
		return err;
	if (is_word(at(piece, gpa), size)) {
		memcpy(&word, bytes, size);
		store_word(at(piece, gpa), size, word);
	} else {
		memcpy(at(piece, gpa), bytes, size);
	}
	dirty_note(piece, gpa, size);
	release(vm);
	return 0;
}

#define EXCHANGE(type, addr, old, value) \
	__atomic_compare_exchange_n((type *)(addr), &(type){ (type)(old) }, (type)(value), \
				    false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)

static bool exchange(void *addr, unsigned int size, uint64_t old, uint64_t value)
{
	switch (size) {
	case 1:
		return EXCHANGE(uint8_t, addr, old, value);
	case 2:
		return EXCHANGE(uint16_t, addr, old, value);
	case 4:
		return EXCHANGE(uint32_t, addr, old, value);
	default:
		return EXCHANGE(uint64_t, addr, old, value);
	}
}

int vm_exchange(struct mshv_vm *vm, uint64_t gpa, unsigned int size, uint64_t old,
		uint64_t value)
{
	struct vm_piece *piece;
	int err = hold(vm, gpa, size, MSHV_MEM_WRITE, &piece);

	if (err)
		return err;
	if (exchange(at(piece, gpa), size, old, value))
		dirty_note(piece, gpa, size);
	else
		err = -EAGAIN;
	release(vm);
	return err;
}

int vm_check(struct mshv_vm *vm, uint64_t gpa, size_t size, unsigned int access)
{
	struct vm_piece *piece;
	int err = hold(vm, gpa, size, access, &piece);

	if (!err)
		release(vm);
	return err;
}

unsigned int vm_address_bits(struct mshv_vm *vm)
{
	unsigned int bits = __atomic_load_n(&vm->address_bits, __ATOMIC_RELAXED);
	uint64_t value;

	if (bits)
		return bits;
	bits = ADDRESS_BITS_MAX;
	if (!mshv_vm_get_property(vm, HV_PARTITION_PROPERTY_PHYSICAL_ADDRESS_WIDTH, &value) &&
	    value >= ADDRESS_BITS_MIN && value < ADDRESS_BITS_MAX)
		bits = (unsigned int)value;
	__atomic_store_n(&vm->address_bits, bits, __ATOMIC_RELAXED);
	return bits;
}
