// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest of KVM that has the model in the file /model: it says what it reads, to
 * be compared with the same guest on another host.
 */
#include <fcntl.h>
#include <unistd.h>

#include "../../../../lib/tests/test.h"
#include "idregs.h"

static struct mshv_cpu_error error;

static int told(int err)
{
	if (err)
		printf("# it says: %s\n", error.text);
	return err;
}

static struct mshv_cpu_model *read_model(void)
{
	struct mshv_cpu_model *model = NULL;
	static char text[65536];
	FILE *file = fopen("/model", "re");
	size_t size;

	CHECK(file);
	size = fread(text, 1, sizeof(text), file);
	fclose(file);
	CHECK(size && size < sizeof(text));
	CHECK_EQ(told(mshv_cpu_model_parse(text, size, &model, &error)), 0);
	return model;
}

TEST(kvm_guest_reads_the_model_of_a_file)
{
	struct mshv_cpu_model *wanted = read_model(), *model = NULL;
	struct mshv_cpu_prop prop;
	struct kvmguest guest;
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	CHECK(fd >= 0);
	CHECK_EQ(told(mshv_cpu_model_kvm(fd, &model, &error)), 0);
	close(fd);
	CHECK_EQ(told(mshv_cpu_model_adopt(model, wanted, &error)), 0);
	kvmguest_start_with(&guest, model);
	CHECK_EQ(idregs_differ(model, &guest), 0);
	for (size_t i = 0; !mshv_cpu_model_prop(wanted, i, &prop); i++) {
		uint64_t value = kvmguest_read(&guest, idreg_number(prop.reg));

		printf("%s=%u\n", prop.name, (unsigned int)idreg_field(value, &prop));
	}
	kvmguest_stop(&guest);
	mshv_cpu_model_free(model);
	mshv_cpu_model_free(wanted);
}
