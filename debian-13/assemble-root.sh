#!/bin/sh
# Turns a tree that holds Debian's essential packages, extracted and not configured, into the two volumes of an image.
#
#   assemble-root.sh ROOT DISK_ID ROOT_UUID ROOT_START
#
# Runs as mmdebstrap's extract hook: as root, or as the root of a user namespace, with /dev, /proc and /sys mounted in ROOT. All .deb
# files are in ROOT/var/cache/apt/archives. The ext4 volume is written to descriptor 3, a regular file, from byte ROOT_START on; the
# files of the boot partition go to descriptor 4 as a tar stream. Lines that start with "step:" tell how far it is.
#
# What can be done by this machine's own programs is: under emulation everything takes five to ten times as long.
set -eu
root=$1 recipe=$1/recipe disk=$2 uuid=$3 start=$4
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true
# The initramfs is made once, at the end.
export INITRD=No
# Ours may lack the folders of the superuser.
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
umask 022
arch=$(dpkg --print-architecture)

inside() { chroot "$root" env PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
step() { echo "step: $*"; }

# Programs whose work is done otherwise, or not wanted in an image, each replaced by one that does nothing while packages are
# configured: byte code (Python writes it when a node first needs it), SSH host keys (each node makes its own), and what
# make_indexes does natively.
idle='usr/bin/py3compile usr/lib/python3.13/py_compile.py usr/bin/ssh-keygen usr/sbin/depmod usr/sbin/update-ca-certificates usr/bin/systemd-hwdb'
# Programs that maintainer scripts are made of, each replaced by that of this machine, with its libraries, whose folders are not
# those of arm64 (https://wiki.debian.org/Multiarch).
native='dash bash perl sed grep mawk cat chgrp chmod chown cmp cp cpio cut date dirname basename env expr find head id install ln ls
  md5sum mkdir mktemp mv readlink realpath rm rmdir run-parts sleep sort stat tail touch tr true uname uniq wc zstd'
# What was brought in, one path a line, to be taken out again.
brought=$root/recipe/brought

keep() { [ -e "$root/$1.kept" ] || mv "$root/$1" "$root/$1.kept"; }
bring() {
  [ ! -e "$root$1" ] || return 0
  mkdir -p "$root${1%/*}"
  cp -aL "$1" "$root$1"
  echo "$1" >> "$brought"
}

stand_in() {
  for path in $idle; do
    keep "$path"
    case $path in *.py) : ;; *) echo '#!/bin/sh' ;; esac > "$root/$path"
    chmod 755 "$root/$path"
  done
  [ "$arch" != arm64 ] || return 0
  perl_base=$(perl -e 'print grep { m{/perl-base$} } @INC')
  [ ! -d "$perl_base" ] || bring "$perl_base"
  for name in $native; do
    program=/usr/bin/$name
    [ -x "$program" ] || continue
    # Without its modules, it would be of no use.
    [ "$name" != perl ] || [ -d "$perl_base" ] || continue
    { [ -f "$root/usr/bin/$name" ] && [ ! -L "$root/usr/bin/$name" ]; } || continue
    for library in $(ldd "$program" | sed -n 's/^.*[[:space:]]\(\/[^ ]*\) (0x.*$/\1/p'); do bring "$library"; done
    keep "usr/bin/$name"
    cp -L "$program" "$root/usr/bin/$name"
  done
}

restore_idle() {
  for path in $idle; do mv "$root/$path.kept" "$root/$path"; done
}

restore_native() {
  for name in $native; do
    [ ! -e "$root/usr/bin/$name.kept" ] || mv "$root/usr/bin/$name.kept" "$root/usr/bin/$name"
  done
  [ -e "$brought" ] || return 0
  while read -r path; do
    rm -rf "${root:?}$path"
    # Ends at the first folder that holds something else, or at a link such as /lib.
    rmdir -p "$root${path%/*}" 2> /dev/null || true
  done < "$brought"
}

unpack() {
  step unpack
  rm -rf "$root"/usr/share/doc/* "$root"/usr/share/man/* "$root"/usr/share/info/*
  [ "$arch" = arm64 ] || dpkg --root="$root" --add-architecture arm64
  # Ours, not the package's: see the script itself.
  dpkg-divert --root="$root" --local --no-rename --add /etc/kernel/postinst.d/z50-raspi-firmware
  cp -a "$recipe/root/." "$root/"
  set -- "$root"/var/cache/apt/archives/base-passwd_*.deb "$root"/var/cache/apt/archives/base-files_*.deb "$root"/var/cache/apt/archives/*.deb
  dpkg --root="$root" --log="$root/var/log/dpkg.log" --force-depends --force-unsafe-io --force-confold --no-triggers --no-debsig \
    --path-exclude='/usr/share/doc/*' --path-include='/usr/share/doc/*/copyright' --path-exclude='/usr/share/man/*' \
    --path-exclude='/usr/share/info/*' --path-exclude='/usr/share/locale/*' --path-include='/usr/share/locale/locale.alias' \
    --path-exclude='/usr/share/lintian/*' --unpack "$@"
  rm -f "$root"/var/lib/dpkg/arch "$root"/var/cache/apt/archives/*.deb
}

configure() {
  step configure
  printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
  stand_in
  inside dpkg --configure --pending --force-unsafe-io --force-confold
  restore_idle
  rm "$root/usr/sbin/policy-rc.d"
  make_indexes
  inside systemctl enable systemd-networkd.service ssh.service
}

# What maintainer scripts would have done, by programs of this machine where it has them.
make_indexes() {
  version=$(basename "$root"/usr/lib/modules/*)
  depmod -b "$root" "$version"
  # Without the names of vendors and models, which nothing but people reads and which take a minute. The next udev brings them.
  mkdir "$root/hwdb"
  mv "$root"/usr/lib/udev/hwdb.d/20-* "$root/hwdb/"
  inside systemd-hwdb update --usr
  mv "$root"/hwdb/* "$root/usr/lib/udev/hwdb.d/"
  rmdir "$root/hwdb"
  certificates="$root/etc/ssl/certs"
  if command -v openssl > /dev/null; then
    sh "$root/usr/sbin/update-ca-certificates" --certsconf "$root/etc/ca-certificates.conf" --certsdir "$root/usr/share/ca-certificates" \
      --localcertsdir "$root/usr/local/share/ca-certificates" --etccertsdir "$certificates" --hooksdir "$root/etc/ca-certificates/update.d"
    find "$certificates" -lname "$root/*" | while read -r link; do
      target=$(readlink "$link")
      ln -sfn "${target#"$root"}" "$link"
    done
  else
    inside update-ca-certificates
  fi
}

make_initramfs() {
  step initramfs
  unset INITRD
  inside update-initramfs -c -k "$version"
  restore_native
}

finish() {
  step finish
  sed -i "s/@disk@/$disk/" "$root/etc/fstab"
  echo raspberrypi > "$root/etc/hostname"
  printf '127.0.0.1\tlocalhost\n127.0.1.1\traspberrypi\n::1\tlocalhost ip6-localhost ip6-loopback\n' > "$root/etc/hosts"
  # The first wired interface is called eth0 on each board, as on Raspberry Pi OS.
  ln -sf /dev/null "$root/etc/systemd/network/99-default.link"
  : > "$root/etc/machine-id"
  rm -rf "$root"/etc/ssh/ssh_host_* "$root"/var/lib/dbus/machine-id "$root"/var/log/*.log "$root"/var/log/apt "$root"/etc/*- \
    "$root"/var/cache/debconf/*-old "$root"/var/lib/dpkg/*-old "$root"/var/cache/ldconfig/aux-cache "$root"/etc/apt/apt.conf.d/*mmdebstrap \
    "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin "$root"/tmp/* "$root"/run/* "$root"/etc/apt/sources.list
  mkdir -p "$root/run/lock" "$root/var/log/apt" "$root/var/lib/apt/lists/partial"
  ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
  # A board without a clock starts at the time of this file.
  mkdir -p "$root/var/lib/systemd/timesync"
  : > "$root/var/lib/systemd/timesync/clock"
  # Indexes are those of the packages: nothing needs to be made again at first boot (systemd-update-done.service(8)).
  : > "$root/etc/.updated"
  : > "$root/var/.updated"
  cp -r "$recipe/boot/." "$root/boot/firmware/"
  sed -i "s/@disk@/$disk/" "$root/boot/firmware/cmdline.txt"
  printf '%s' "$DEBIAN_SOURCES" > "$root/etc/apt/sources.list.d/debian.sources"
  rm -rf "$recipe"
}

write_volumes() {
  step write
  # A view without what is mounted in the tree.
  mount --bind "$root" "$root/mnt"
  find "$root/mnt" -xdev -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  tar -C "$root/mnt/boot/firmware" --sort=name --owner=0 --group=0 --numeric-owner -cf - . >&4
  find "$root/mnt/boot/firmware" -mindepth 1 -delete
  touch -d "@$SOURCE_DATE_EPOCH" "$root/mnt/boot/firmware"
  # pi-gen's rule, a fifth more than what is in it and then some, in steps of 8 MiB. 200 MiB there are 600 here, since less is in it
  # and what k3s needs for an offline installation is not.
  used=$(du -sm --apparent-size "$root/mnt" | cut -f1)
  size=$(( (used * 12 / 10 + 600 + 7) / 8 * 8 ))
  truncate -s $((start + size * 1048576)) /proc/self/fd/3
  E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH mke2fs -q -t ext4 -L rootfs -U "$uuid" \
    -O '^64bit,^huge_file,metadata_csum' -E "offset=$start,hash_seed=$uuid,lazy_itable_init=0,nodiscard" -d "$root/mnt" /proc/self/fd/3 "${size}M"
  umount "$root/mnt"
  step end
}

unpack; configure; make_initramfs; finish; write_volumes
