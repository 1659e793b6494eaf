# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by the programs of the test host: messages, places and progress.

HOST_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# The variables below are read by the programs that source this file.
# shellcheck disable=SC2034
TOP_DIR=$(cd "$HOST_DIR/../../.." && pwd)

say()
{
	echo "${0##*/}: $*" >&2
}

die()
{
	say "$*"
	exit 1
}

usage_error()
{
	say "$* (see --help)"
	exit 2
}

# What a kernel's build, make and QEMU's lists of files cannot deal with.
check_path()
{
	[[ $2 != *[[:space:]:\#\$%\'\"\\]* ]] ||
		die "$1 is '$2', which may have no blanks, quotes and : # \$ % \\ in it"
}

if [[ ! ${MSHV_CACHE-} ]]; then
	[[ ${HOME-} ]] || die "neither MSHV_CACHE nor HOME is set"
	MSHV_CACHE=$HOME/.cache/mshvctl
fi
MSHV_CACHE=$(realpath -ms "$MSHV_CACHE")
check_path MSHV_CACHE "$MSHV_CACHE"
check_path "the directory of this source" "$TOP_DIR"

# need_space DIR MEBIBYTES PURPOSE: stop before a full disk stops us halfway.
need_space()
{
	local free

	free=$(df --output=avail -BM "$1" | tail -n 1 | tr -dc 0-9)
	if ((free < $2)); then
		die "$3 needs $2 MiB below $1, only $free MiB are free"
	fi
}

need_tool()
{
	command -v "$1" >/dev/null ||
		die "$1 is missing: run tools/testing/host/setup"
}

# progress TEXT: one line that updates on a terminal; elsewhere the caller
# decides how often a line is worth printing.
progress()
{
	if [[ -t 2 ]]; then
		printf '\r\033[K%s' "$*" >&2
	else
		echo "$*" >&2
	fi
}

progress_end()
{
	if [[ -t 2 ]]; then
		echo >&2
	fi
}
