// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl cpu: where models come from: this host, and files.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpu.h"

/* Far more than a model with all its properties needs. */
#define MAX_FILE (1 << 20)

static const char mshv_path[] = "/dev/mshv";
static const char kvm_path[] = "/dev/kvm";

static int open_device(const struct cpu_options *options, const char **path)
{
	int fd;

	*path = options->host && !strcmp(options->host, "kvm") ? kvm_path :
								 mshv_path;
	fd = open(*path, O_RDWR | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && !options->host) {
		*path = kvm_path;
		fd = open(*path, O_RDWR | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT) {
			complain("there is neither /dev/mshv nor /dev/kvm");
			return -1;
		}
	}
	if (fd < 0 && errno == ENOENT)
		complain("there is no %s: the driver is not loaded", *path);
	else if (fd < 0)
		complain("%s: %s", *path, strerror(errno));
	return fd;
}

int cpu_host_open(const struct cpu_options *options,
		  struct mshv_cpu_model **model, int *fd)
{
	struct mshv_cpu_error error;
	struct mshv_cpu_model *m;
	const char *path;
	int dev = open_device(options, &path), err;

	if (dev < 0)
		return EXIT_FAILED;
	if (path == kvm_path)
		err = mshv_cpu_model_kvm(dev, &m, &error);
	else
		err = mshv_cpu_model_mshv(dev, &m, &error);
	if (err) {
		complain("%s: %s", path, error.text);
		close(dev);
		return EXIT_FAILED;
	}
	err = options->set ? mshv_cpu_model_set(m, options->set, &error) : 0;
	if (err) {
		complain("%s", error.text);
		cpu_host_close(m, dev);
		return cpu_fit_status(err);
	}
	*model = m;
	*fd = dev;
	return EXIT_OK;
}

void cpu_host_close(struct mshv_cpu_model *model, int fd)
{
	mshv_cpu_model_free(model);
	close(fd);
}

static char *read_all(const char *path, size_t *size)
{
	bool is_stdin = !strcmp(path, "-");
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	char *text = malloc(MAX_FILE);

	errno = text ? errno : ENOMEM;
	if (!file || !text) {
		complain("%s: %s", path, strerror(errno));
		goto out;
	}
	*size = fread(text, 1, MAX_FILE, file);
	if (!ferror(file) && *size < MAX_FILE)
		goto close_file;
	complain("%s: %s", path, ferror(file) ? "cannot be read" :
						"too long for a CPU model");
out:
	free(text);
	text = NULL;
close_file:
	if (file && !is_stdin)
		fclose(file);
	return text;
}

struct mshv_cpu_model *cpu_file_read(const char *path)
{
	struct mshv_cpu_model *model = NULL;
	struct mshv_cpu_error error;
	size_t size = 0;
	char *text = read_all(path, &size);

	if (text && mshv_cpu_model_parse(text, size, &model, &error)) {
		complain("%s: %s", path, error.text);
		model = NULL;
	}
	free(text);
	return model;
}
