#!/bin/sh
# Takes this node's secrets from the boot partition, where they were put after flashing, into the root file system, and overwrites them
# there. Runs before everything that needs them. Can be cut off at any moment: until each file is safe in its place, the bundle stays as it
# is and the next start takes it once more; from then on a note says so, and the next start only overwrites what is left of it.
set -u
umask 022

bundle_name=bantam-secrets.tar
manifest_name=SHA256SUMS
boot_folders='/boot/firmware /boot'
root_folder=/
state_dir=/var/lib/bantam
cloud_dir=/var/lib/cloud

settings_file=${BANTAM_SETTINGS:-/dev/null}
# shellcheck source=/dev/null
. "$settings_file"

# On the root file system, so that a file gets its name there complete or not at all.
staging=$state_dir/import
manifest=$staging/$manifest_name
# One line: name of the bundle, time, SHA-256 of its manifest.
taken=$state_dir/taken
backend=nocloud
if [ -e "${root_folder%/}/etc/systemd/system/bantam-provision.service" ]; then backend=firstrun; fi

# tar takes a block of zeros for the end of an archive, so only the sums tell a part of the bundle from all of it.
unpack() {
  rm -rf "$staging"
  mkdir -p "$state_dir" && mkdir -m 0700 "$staging" || return 1
  tar -xpf "$bundle" -C "$staging" && (cd "$staging" && sha256sum --check --strict --status "$manifest_name")
}

# Each file is below the name of the seed backend that needs it, or below "common".
put_into_place() {
  while IFS= read -r line; do
    file=${line#*  }
    case $file in
      common/* | "$backend"/*) ;;
      *) continue ;;
    esac
    target=${root_folder%/}/${file#*/}
    mkdir -p "${target%/*}" && mv -fT "$staging/$file" "$target" || return 1
  done <"$manifest"
}

# cloud-init sets users and network up once. Where it has done so without the password and the Wi-Fi key that only came now, they would
# never be used: without its note that it has ended, restart-cloud-init, which runs next, lets it start over. At a first boot there is
# nothing to undo, and a node whose secrets came in time must not be set up twice.
restart_late_cloud_init() {
  if ! [ -L "$cloud_dir/instance" ]; then return 0; fi
  rm -f "$cloud_dir/instance/bantam-settled" "$state_dir/orderly-stop" "$state_dir/cloud-init-restarts"
}

manifest_sum() {
  sum=$(sha256sum <"$manifest")
  printf '%s\n' "${sum%% *}"
}

# The same bundle, and not one that was put there after its removal was cut off.
is_taken() {
  [ -s "$taken" ] && read -r _ _ taken_sum <"$taken" && [ "$taken_sum" = "$(manifest_sum)" ]
}

take() {
  # What the note speaks of comes first.
  sync
  put_into_place && restart_late_cloud_init || return 1
  sync
  printf '%s %s %s\n' "$bundle_name" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(manifest_sum)" >"$taken" && sync
}

# In place, so that the zeros land where the secrets were.
overwrite() {
  blocks=$((($(stat -c %s "$bundle") + 4095) / 4096))
  dd if=/dev/zero of="$bundle" bs=4096 count="$blocks" conv=notrunc,fsync 2>/dev/null && rm -f "$bundle" && sync
}

# Tells the report, once however often this is cut off: the line is made of the note.
finish() {
  if read -r name at _ <"$taken" && ! grep -qxF "$name $at" "$state_dir/scrubbed" 2>/dev/null; then
    printf '%s %s\n' "$name" "$at" >>"$state_dir/scrubbed"
    sync
  fi
  rm -f "$taken"
  sync
}

for folder in $boot_folders; do
  bundle=$folder/$bundle_name
  if ! [ -f "$bundle" ]; then continue; fi
  if reason=$(unpack 2>&1); then
    if ! is_taken && ! take; then
      echo "$bundle could not be put into place: restart to try again" >&2
      exit 1
    fi
  elif ! [ -s "$taken" ]; then
    rm -rf "$staging"
    reason=${reason%%"
"*}
    echo "$bundle is damaged: write it to the boot partition again${reason:+ ($reason)}" >&2
    exit 1
  fi
  # With what the other seed backend needs, and nobody here.
  rm -rf "$staging"
  if ! overwrite; then
    echo "$bundle could not be overwritten: delete it" >&2
    exit 1
  fi
  finish
  echo "$bundle has been taken over, overwritten and removed"
done
# The end of a run that was cut off after the bundle was gone.
if [ -f "$taken" ]; then finish; fi
