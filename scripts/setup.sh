#!/bin/sh
# Installs the system packages that bantam makes use of beyond Node: to assemble debian-13, to start images, to pack faster. None of
# them is needed to build images from a published base.
set -eu

# Assembling debian-13: mmdebstrap makes the tree, the rest makes the image of it.
assemble='mmdebstrap debian-archive-keyring dosfstools mtools e2fsprogs fdisk kmod openssl tar util-linux'
# arm64 programs on other machines, and an assembly without being root.
emulate='qemu-user-static'
without_root='uidmap'
# bantam boot, and packing.
boot='qemu-system-arm qemu-utils'
pack='xz-utils'
[ "$(dpkg --print-architecture 2> /dev/null)" != arm64 ] || emulate=

if ! command -v apt-get > /dev/null; then
  cat >&2 <<END
This system has no apt-get, so install by its own means what these Debian packages hold:
  bantam boot:            $boot
  faster packing:         $pack
Assembling debian-13 needs a Debian or Ubuntu system; give another base image elsewhere.
END
  exit 1
fi

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo > /dev/null; then sudo "$@"
  else echo "Run this as root: $*" >&2; exit 1
  fi
}

echo "Installing: $assemble $emulate $without_root $boot $pack"
as_root apt-get update -qq
# shellcheck disable=SC2086
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $assemble $emulate $without_root $boot $pack > /dev/null
echo 'Done. Next: npm run build-image'
