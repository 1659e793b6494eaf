# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by check: what a step's output says, and the sum of all.
#
# A step prints lines "PASS name", "FAIL name", "SKIP name reason", or TAP, where
# a test that is known to fail and passes (XPASS) counts as failed. A step that
# should print results and prints none has failed, as has one that exits non-zero
# without a failed test.

passed=0
failed=0
skipped=0
expected=0
failures=()
durations=()

# Prints "passed failed skipped expected-failures" of a step's output.
count_results()
{
	awk '
	{ sub(/\r$/, "") }
	/^PASS / { p++; next }
	/^FAIL / { f++; next }
	/^SKIP / { s++; next }
	/^not ok [0-9]/ { f++; next }
	/^ok [0-9]+.*# *SKIP/ { s++; next }
	/^ok [0-9]+.*# *XFAIL/ { x++; p++; next }
	/^ok [0-9]+.*# *XPASS/ { f++; next }
	/^ok [0-9]/ { p++; next }
	END { print p + 0, f + 0, s + 0, x + 0 }' "$1"
}

# Each failed test of a step's output, after the last of what it said: comments ("# ...").
failed_lines()
{
	awk -v most=12 '
	{ sub(/\r$/, "") }
	/^#/ { said[++n] = $0; next }
	/^(FAIL |not ok [0-9])/ || /^ok [0-9]+.*# *XPASS/ {
		for (i = n > most ? n - most + 1 : 1; i <= n; i++)
			print said[i]
		print
		n = 0
	}
	/^(PASS |ok [0-9])/ { n = 0 }' "$1"
}

# judge_step NAME several|single LOG STATUS SECONDS: adds up, and says what came of it.
judge_step()
{
	local name=$1 kind=$2 log=$3 status=$4 seconds=$5 p f s x verdict=PASS

	read -r p f s x < <(count_results "$log")
	if ((p + f + s == 0)); then
		if ((status == 0)) && [[ $kind == single ]]; then
			p=1
		else
			f=1
			echo "FAIL $name: no result, exit code $status" >>"$log"
		fi
	elif ((status != 0 && f == 0)); then
		f=1
		echo "FAIL $name: exit code $status without a failed test" >>"$log"
	fi
	passed=$((passed + p))
	failed=$((failed + f))
	skipped=$((skipped + s))
	expected=$((expected + x))
	durations+=("$seconds $name")
	if ((f > 0)); then
		verdict=FAIL
		failures+=("$name: $log")
	fi
	printf '%s %-28s %4d passed %3d failed %3d skipped %5d s\n' \
		"$verdict" "$name" "$p" "$f" "$s" "$seconds"
	if ((f > 0)); then
		failed_lines "$log" | sed -n '1,60s/^/     /p'
		tail -n 12 "$log" | sed 's/^/   | /'
	elif ((s > 0)); then
		grep -E '^SKIP |^ok [0-9]+.*# *SKIP' "$log" | sed -n '1,20s/^/     /p'
	fi
}

# The end of a run; its last line is the sum.
print_sum()
{
	if ((${#durations[@]} > 1)); then
		echo "the slowest steps, in seconds:"
		printf '%s\n' "${durations[@]}" | sort -rn | sed -n '1,10s/^/     /p'
	fi
	for f in "${failures[@]}"; do
		echo "failed: $f"
	done
	if ((expected > 0)); then
		echo "$expected of the passed tests failed as expected" \
			"(known defects of the in-tree driver)"
	fi
	echo "$passed passed, $failed failed, $skipped skipped"
}
