# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034	# failed is the exit code of who sources this
#
# Sourced by the tests of boot: runs boot and compares what it says.

BOOT=$HOST_DIR/boot
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
failed=0

# found PATTERN FILE: an empty pattern is found everywhere.
found()
{
	[[ ! $1 ]] || grep -qE -- "$1" "$2"
}

# expect NAME STATUS STDOUT-PATTERN STDERR-PATTERN BOOT-ARG...
expect()
{
	local name=host/$1 want=$2 stdout=$3 stderr=$4 status=0

	shift 4
	"$BOOT" "$@" >"$out/stdout" 2>"$out/stderr" </dev/null || status=$?
	if ((status == want)) && found "$stdout" "$out/stdout" &&
	   found "$stderr" "$out/stderr"; then
		echo "PASS $name"
		return
	fi
	echo "FAIL $name"
	echo "  exit code $status, wanted $want; wanted '$stdout' on stdout" \
		"and '$stderr' on stderr"
	head -n 40 "$out/stdout" "$out/stderr" | sed 's/^/  | /'
	failed=1
}

# silent NAME STATUS STDOUT-PATTERN BOOT-ARG...: a run with nothing to say.
silent()
{
	local name=$1 status=$2 stdout=$3

	shift 3
	expect "$name" "$status" "$stdout" '' "$@"
	# That a defect of QEMU made a second run necessary is no word about the run.
	sed -i '/^boot: QEMU ended by a defect of its own, so/d' "$out/stderr"
	if [[ -s $out/stderr ]]; then
		echo "FAIL host/$name: says something on stderr"
		sed 's/^/  | /' "$out/stderr"
		failed=1
	fi
}
