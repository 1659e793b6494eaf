# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by kernel: does our driver build for a kernel that nobody has tried yet?

# compat_files LOG: the files of kernel/compat that the errors in it are about, for they
# are in one, or name what one has to do with.
compat_files()
{
	local symbol

	{
		sed -nE 's,.*(kernel/compat/[a-z_]+\.h):[0-9]+.*error.*,\1,p' "$1"
		sed -n '/error/p' "$1" | grep -oE "'[A-Za-z_0-9]{4,}'" | tr -d "'" |
			sort -u | while read -r symbol; do
			grep -lw "$symbol" kernel/compat/*.h || true
		done
	} | sort -u
}

# try_driver BUILD-TREE VERSION
try_driver()
{
	local out files
	out=$(mktemp -d)

	say "trying to build the driver for Linux $2, which is newer than $KNOWN_VERSION"
	if (cd "$TOP_DIR" && LC_ALL=C make -C kernel O="$out" KDIR="$1" all) \
		>"$out/log" 2>&1; then
		say "it builds; make check says whether it works"
		rm -rf "$out"
		return
	fi
	grep -E 'error' "$out/log" | sed -n '1,10s/^/    /p' >&2
	files=$(cd "$TOP_DIR" && compat_files "$out/log")
	die "the driver does not build for Linux $2 (see $out/log):" \
		"look at ${files:-kernel/compat/, none of whose files knows of it}"
}
