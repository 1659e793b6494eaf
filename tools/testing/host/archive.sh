# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by the programs that fetch packages from Debian's archive.

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# The mirror that this machine's apt uses, or MSHV_MIRROR.
mirror()
{
	local codename

	if [[ ${MSHV_MIRROR-} ]]; then
		echo "$MSHV_MIRROR"
		return
	fi
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
	# shellcheck disable=SC2016	# apt's variables, not the shell's
	apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' |
		awk -v c="$codename" '$1 == c && $2 == "main" && !n++ { print $3 }'
}

# private_apt DIR SUITE URI [ARCHITECTURE]: a whole apt of its own, which
# DIR/apt.conf describes: the machine's lists, sources and state stay untouched.
private_apt()
{
	local dir=$1 suite=$2 uri=$3 arch=${4-}

	mkdir -p "$dir"/{lists/partial,archives/partial,empty}
	: >"$dir/status"
	echo "deb [signed-by=$KEYRING] $uri $suite main" >"$dir/sources.list"
	cat >"$dir/apt.conf" <<-END
	Dir::Etc::SourceList "$dir/sources.list";
	Dir::Etc::SourceParts "$dir/empty";
	Dir::Etc::Preferences "$dir/no-preferences";
	Dir::Etc::PreferencesParts "$dir/empty";
	Dir::State "$dir";
	Dir::State::Lists "$dir/lists";
	Dir::State::Status "$dir/status";
	Dir::Cache "$dir";
	Dir::Cache::Archives "$dir/archives";
	Acquire::Languages "none";
	APT::Sandbox::User "root";
	END
	[[ ! $arch ]] || cat >>"$dir/apt.conf" <<-END
	APT::Architecture "$arch";
	APT::Architectures "$arch";
	END
}

# read_lists DIR SUITE URI [ARCHITECTURE]: makes that apt the one that is used, and
# asks the archive what SUITE has. What apt takes for a success, lists that are old or
# missing, is none.
read_lists()
{
	rm -rf "$1"
	private_apt "$@"
	export APT_CONFIG=$1/apt.conf
	apt-get -q -q --error-on=any update >&2 ||
		{ say "the lists of $2 cannot be read from $3"; return 1; }
}
