#!/bin/sh
# Sets a machine up that has no cloud-init (Raspberry Pi OS 12). The kernel command line starts it once, before the
# network and all services; afterwards it removes itself from there and the machine reboots. Every step may run twice.
# Holds no secret: secrets are in the root file system.
set -u

node_name=server-1
admin_user=bantam
timezone=Europe/London
log_file=/var/log/bantam-firstrun.log

log() { printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*"; }

set_hostname() {
  printf '%s\n' "$node_name" >/etc/hostname
  { grep -v '^127\.0\.1\.1[[:space:]]' /etc/hosts; printf '127.0.1.1\t%s\n' "$node_name"; } >/etc/hosts.bantam
  mv /etc/hosts.bantam /etc/hosts
  hostname "$node_name"
}

make_user() {
  # Left by a power cut, these count as held while any process has the number in them.
  for name in passwd shadow group gshadow subuid subgid; do rm -f "/etc/$name.lock"; done
  id "$admin_user" >/dev/null 2>&1 || useradd --create-home --shell /bin/bash --comment Administrator "$admin_user"
  for group in adm dialout plugdev sudo users video; do
    usermod --append --groups "$group" "$admin_user"
  done
  printf '%s ALL=(ALL) NOPASSWD:ALL\n' "$admin_user" >/etc/sudoers.d/010_bantam
  chmod 0440 /etc/sudoers.d/010_bantam
  # Ends the question for a user name on the console, and the notice of it in SSH.
  if [ -x /usr/bin/cancel-rename ]; then /usr/bin/cancel-rename "$admin_user"; fi
}

authorize_keys() {
  home=$(getent passwd "$admin_user" | cut -d: -f6)
  group=$(id -gn "$admin_user")
  install -d -m 0700 -o "$admin_user" -g "$group" "$home/.ssh"
  {
    printf '%s\n' 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample home@bantam'
  } >"$home/.ssh/authorized_keys"
  chmod 0600 "$home/.ssh/authorized_keys"
  chown "$admin_user:$group" "$home/.ssh/authorized_keys"
}

enable_ssh() {
  mkdir -p /etc/ssh/sshd_config.d
  printf 'PasswordAuthentication no\nPermitRootLogin no\n' >/etc/ssh/sshd_config.d/010_bantam.conf
  systemctl enable ssh
}

# In place of those that the first start has made: this node's own is known already. Without it, these are better than none: an image
# without secrets may lack it for now.
use_host_key() {
  if ! [ -e /usr/lib/bantam/ssh_host_ed25519_key ]; then return 0; fi
  rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub
  install -m 0600 /usr/lib/bantam/ssh_host_ed25519_key /etc/ssh/
  install -m 0644 /usr/lib/bantam/ssh_host_ed25519_key.pub /etc/ssh/
}

set_timezone() {
  ln -sf "/usr/share/zoneinfo/$timezone" /etc/localtime
  printf '%s\n' "$timezone" >/etc/timezone
}

# The command line first: without this script, its tokens would end each boot by switching the machine off.
remove_myself() {
  boot=/boot/firmware
  if grep -q 'systemd\.run=' "$boot/cmdline.txt"; then
    sed 's/ *systemd\.run[^ ]*//g; s/ *systemd\.unit=kernel-command-line\.target//' "$boot/cmdline.txt" >"$boot/cmdline.new"
    sync
    mv "$boot/cmdline.new" "$boot/cmdline.txt"
    sync
  fi
  # In quotes to its end: the initramfs of Raspberry Pi OS cuts scripts of Raspberry Pi Imager at a line that
  # removes firstrun.sh and ends with that name.
  rm -f "$boot/firstrun.sh"
  sync
}

# Without its user, nobody could log in: two more starts try again.
lacks_user() {
  if id "$admin_user" >/dev/null 2>&1; then return 1; fi
  mkdir -p /var/lib/bantam
  echo x >>/var/lib/bantam/firstrun-tries
  [ "$(grep -c x /var/lib/bantam/firstrun-tries)" -lt 3 ]
}

main() {
  log 'setting the machine up'
  set_hostname
  make_user
  authorize_keys
  enable_ssh
  use_host_key
  set_timezone
  systemctl enable bantam-provision.service
  if lacks_user; then
    log "$admin_user could not be made; trying again at the next start"
    return
  fi
  remove_myself
  log 'done; the machine reboots'
}

# Read as a whole before it runs, since this file is gone at the end. Another exit code would switch the machine off.
{ main >>"$log_file" 2>&1; exit 0; }
