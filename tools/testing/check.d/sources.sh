# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154	# ksrc is check's
#
# Sourced by check: the steps that read the sources, and run nothing of them.

# Files of the repository whose name matches one of the patterns.
files()
{
	git ls-files --cached --others --exclude-standard -- "$@" |
		while read -r f; do
			[[ ! -f $f ]] || echo "$f"
		done
}

shell_files()
{
	files | while read -r f; do
		case $(head -c 64 "$f" | tr -d '\0' | sed -n 1p) in
		'#!'*sh | '#!'*sh\ *)
			echo "$f"
			;;
		*)
			[[ $f != *.sh ]] || echo "$f"
			;;
		esac
	done
}

# sparse cannot read what a hypervisor's assembly needs, but all of its C.
do_sparse()
{
	local f status=0 flags

	while read -r f; do
		flags=(-std=gnu11 -Wsparse-error -Wno-decl -Iinclude
		       -Iinclude/uapi "-I${f%/*}" -I/usr/include)
		case $f in
		tools/testing/minihv/*)
			flags+=(-Itools/testing/minihv -ffreestanding
				-DLOAD_ADDRESS=0x4000000)
			;;
		*)
			flags+=(-Ilib/include -Ilib/src -D_GNU_SOURCE)
			;;
		esac
		if ! sparse "${flags[@]}" "$f"; then
			echo "FAIL sparse/$f"
			status=1
		fi
	done < <(files 'lib/src/*.c' 'tools/testing/minihv/*.c' 'tools/mshv-run/*.c' \
		'tools/mshvctl/*.c')
	return $status
}

# Remarks that do not fit this tree:
#   SPDX_LICENSE_TAG                its list of valid tags is a kernel tree's
#   PREFER_*, USE_SPINLOCK_T,       ask for a kernel's helpers and types, where
#   ARRAY_SIZE                      there is a compiler and nothing else
#   VOLATILE, AVOID_EXTERNS         memory that hardware or another processor
#                                   writes; symbols from assembly
#   EMBEDDED_FUNCTION_NAME          takes "outb" in outb()'s assembly for text
#   COMPLEX_MACRO                   the list of names that a tracepoint shows
#   MACRO_WITH_FLOW_CONTROL,        checks of the selftests return from the
#   SINGLE_STATEMENT_DO_WHILE_MACRO test, as those of the kselftest harness do
CHECKPATCH_IGNORE=SPDX_LICENSE_TAG,PREFER_DEFINED_ATTRIBUTE_MACRO
CHECKPATCH_IGNORE+=,PREFER_KERNEL_TYPES,USE_SPINLOCK_T,ARRAY_SIZE,VOLATILE
CHECKPATCH_IGNORE+=,AVOID_EXTERNS,EMBEDDED_FUNCTION_NAME
CHECKPATCH_IGNORE+=,COMPLEX_MACRO,MACRO_WITH_FLOW_CONTROL,SINGLE_STATEMENT_DO_WHILE_MACRO

do_checkpatch()
{
	local remarks

	remarks=$(files '*.c' '*.h' '*.S' | xargs -d '\n' -n 8 -P "$(nproc)" \
		perl "$ksrc/scripts/checkpatch.pl" --no-tree --terse --quiet \
			--no-summary --max-line-length=100 --show-types \
			--ignore "$CHECKPATCH_IGNORE" -f 2>&1 || true)
	[[ $remarks ]] || return 0
	echo "$remarks"
	cut -d : -f 1 <<<"$remarks" | sort -u | sed 's,^,FAIL checkpatch/,'
	return 1
}

do_shellcheck()
{
	local f status=0

	while read -r f; do
		if ! shellcheck -x -P SCRIPTDIR "$f"; then
			echo "FAIL shellcheck/$f"
			status=1
		fi
	done < <(shell_files)
	return $status
}

do_codespell()
{
	files | grep -v '^LICENSES/' | xargs -d '\n' codespell
}

# The licence of every file in its first lines, and no unfinished work; debian/copyright
# speaks for its directory, whose files have formats of their own. In a
# script that heeds failures inside a pipe, no reader leaves before its writer,
# who would fail for it, now and then.
do_sources()
{
	local f status=0 bad

	while read -r f; do
		[[ $(head -n 3 "$f" | tr -d '\0') == *'SPDX-License-Identifier: '* ]] || {
			echo "$f: no SPDX line"
			status=1
		}
	done < <(files | grep -vE '^(LICENSES|debian)/')
	bad=$(files | grep -v '^LICENSES/' | xargs -d '\n' \
	      grep -nE '\b(TO''DO|FIX''ME|XX''X|HA''CK)\b' || true)
	bad+=$(shell_files | xargs -d '\n' grep -l 'set -euo pipe''fail' |
	       xargs -d '\n' grep -nE '[^|]\| *(he''ad |grep -[a-zA-Z]*q|awk .*ex''it)' || true)
	if [[ $bad ]]; then
		echo "$bad"
		status=1
	fi
	return $status
}

# Each test that the list of regressions names is there.
do_regressions()
{
	local list=Documentation/regressions.rst dir=tools/testing/selftests/mshv
	local name both status=0 programs

	programs=$(printf '%s\n' "$dir"/*.c | sed 's,.*/,,; s,\.c$,,' | paste -sd '|')
	while read -r name; do
		if ! grep -qE "^TEST.*, ${name#*.}[,)]" "$dir/${name%%.*}.c"; then
			echo "FAIL regressions/$name: no such test"
			status=1
		fi
	done < <(grep -oE "\b($programs)\.[a-z_0-9]+" "$list" | sort -u)
	while read -r name; do
		both=$name
		case $name in
		*-root | *-core) both="${name%-*}-\\\$scheduler" ;;
		esac
		if ! grep -qE "^[[:space:]]*(fault |expect fault/)($name|$both) " \
			tools/testing/host/fault-tests; then
			echo "FAIL regressions/fault/$name: no such test"
			status=1
		fi
	done < <(grep -oE '\bfault/[a-z0-9-]+' "$list" | sed 's,fault/,,' | sort -u)
	while read -r name; do
		if ! grep -qE "^[[:space:]]*(expect|silent) ${name#host/} " \
			tools/testing/host/tests; then
			echo "FAIL regressions/$name: no such test"
			status=1
		fi
	done < <(grep -oE '\bhost/[a-z0-9-]+/[a-z0-9-]+' "$list" | sort -u)
	while read -r name; do
		if ! grep -qE "^(defect ${name#*/}|expect $name) " "$dir/check-defects"; then
			echo "FAIL regressions/$name: no such test"
			status=1
		fi
	done < <(grep -oE '\bdefect/[a-z0-9-]+' "$list" | sort -u)
	while read -r name; do
		if ! grep -q "{ \"${name#*/}\", test_" tools/testing/minihv/tests/main.c; then
			echo "FAIL regressions/$name: no such topic"
			status=1
		fi
	done < <(grep -oE '\bminihv/[a-z0-9-]+' "$list" | sort -u)
	while read -r name; do
		if ! grep -qE "^TEST\(${name#lib.}\)" lib/tests/*.c lib/tests/host/*.c &&
			! grep -qE "^[[:space:]]*(check|same) ${name#lib.} " lib/tests/check-*; then
			echo "FAIL regressions/$name: no such test"
			status=1
		fi
	done < <(grep -oE '\blib\.[a-z0-9_]+' "$list" | sort -u)
	return $status
}

# No part of the tree calls one above it: DIR/layers says which is.
do_layers()
{
	local status=0

	tools/testing/layers-tests || status=1
	tools/testing/layers lib/src build/lib/obj || status=1
	tools/testing/layers tools/testing/minihv build/minihv || status=1
	return $status
}


# Documentation/testing.rst has every step, in the tier that it is in.
do_step_table()
{
	diff -u --label Documentation/testing.rst --label "check --list" \
		<(sed -nE 's/^([a-z0-9/.-]+) +(short|long)  +[^ ].*/\2 \1/p' \
			Documentation/testing.rst | sort) \
		<(tools/testing/check --list | sort)
}
