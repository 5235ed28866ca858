# packages.sh - what is missing from dist/packages.txt gets installed; sourced by ./demo and ./test.
# SPDX-License-Identifier: Apache-2.0

# need SECTION ...: installs the missing packages of these sections with apt, says which; without
# root prints the apt line and exits 77. Needs neither network nor root when all is there.
need() {
	wanted=$(for section; do
		sed -n "/^\[$section\]/,/^\[/{s/#.*//;/^\[/d;s/[[:space:]]//g;/./p}" dist/packages.txt
	done)
	missing=$(for p in $wanted; do
		dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null | grep -q '^installed$' || echo "$p"
	done | tr '\n' ' ')
	missing=${missing% }
	[ -n "$missing" ] || return 0
	line="apt-get install -y --no-install-recommends $missing"
	if [ "$(id -u)" = 0 ]; then
		run=
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
		run=sudo
	else
		echo "These packages are missing, and only root may install them. Run:" >&2
		echo "    sudo $line" >&2
		exit 77
	fi
	echo "Installing: $missing"
	export DEBIAN_FRONTEND=noninteractive
	# shellcheck disable=SC2086
	for try in 1 2; do
		if $run apt-get update -qq && $run env DEBIAN_FRONTEND=noninteractive $line -qq >/dev/null; then
			return 0
		fi
		[ $try = 2 ] || echo "apt failed; trying once more"
	done
	echo "These packages could not be installed: $missing" >&2
	exit 69
}
