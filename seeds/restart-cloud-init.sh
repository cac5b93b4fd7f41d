#!/bin/sh
# Lets cloud-init start over where its first boot was cut off. cloud-init notes that a part of its work is done before it does it,
# and never looks again: without this, a power cut in between leaves a node without its user's keys, for good.
#
#   restart-cloud-init check     before cloud-init: its state goes, as with "cloud-init clean", unless it had ended or the node was stopped in order
#   restart-cloud-init stopped   at the end of an orderly stop, after which cloud-init goes on by itself
#   restart-cloud-init settled   after cloud-init: its work is on the card
set -u

cloud_dir=/var/lib/cloud
state_dir=/var/lib/bantam
lock_dir=/etc
result_file=/run/cloud-init/result.json
first_boot=/usr/lib/bantam/first-boot
# A node that fails at its first boot each time must not do so for ever.
most_restarts=3

settings_file=${BANTAM_SETTINGS:-/dev/null}
# shellcheck source=/dev/null
. "$settings_file"

stopped=$state_dir/orderly-stop
restarts=$state_dir/cloud-init-restarts
settled=$cloud_dir/instance/bantam-settled

check() {
  if [ -f "$stopped" ]; then
    rm -f "$stopped"
    sync
    return 0
  fi
  if ! [ -L "$cloud_dir/instance" ] || [ -e "$settled" ]; then return 0; fi
  count=$(cat "$restarts" 2>/dev/null)
  if [ "${count:-0}" -ge "$most_restarts" ]; then
    echo "cloud-init was cut off $count times: it goes on where it was"
    return 0
  fi
  mkdir -p "$state_dir"
  echo $((${count:-0} + 1)) >"$restarts"
  rm -rf "$cloud_dir/sem" "$cloud_dir/data" "$cloud_dir/instances" "$cloud_dir/instance"
  # Nobody is there yet who could hold these, but they count as held while any process has the number in them.
  for name in passwd shadow group gshadow subuid subgid; do rm -f "$lock_dir/$name.lock"; done
  echo 'cloud-init was cut off: it starts over'
}

settle() {
  [ -f "$result_file" ] || return 0
  # The note comes after all that it speaks of.
  sync
  touch "$settled" && rm -f "$restarts"
  sync
  "$first_boot" report
}

case ${1:-} in
  check) check ;;
  stopped) mkdir -p "$state_dir" && touch "$stopped" && sync ;;
  settled) settle ;;
  *)
    printf 'usage: restart-cloud-init check | stopped | settled\n' >&2
    exit 2
    ;;
esac
