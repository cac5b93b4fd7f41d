# shellcheck shell=sh disable=SC2154 # What is not set here is set by first-boot, which reads this file.
# The report of a first boot, on the boot partition: any computer can read it from the card.

boot_folders=${boot_folders:-/boot/firmware /boot}
cloud_init_folder=${cloud_init_folder:-/run/cloud-init}
uptime=''

# Notes that a stage is reached, once.
stage() {
  if grep -q "^$1 " "$state_dir/stages" 2>/dev/null; then return 0; fi
  printf '%s %s %s\n' "$1" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(uptime_seconds)" >>"$state_dir/stages"
  log "stage: $1"
  write_report
}

uptime_seconds() {
  read -r uptime _ </proc/uptime
  printf '%s\n' "${uptime%%.*}"
}

# Prints where the boot partition is mounted. The folder below it may hold files of the same names.
boot_folder() {
  for folder in $boot_folders; do
    if [ "$(findmnt --noheadings --output FSTYPE "$folder" 2>/dev/null)" = vfat ]; then
      printf '%s\n' "$folder"
      return 0
    fi
  done
  return 1
}

# Two may want to at once: this first boot, and the end of cloud-init.
write_report() {
  {
    flock 9
    write_report_alone
  } 9>"$state_dir/report.lock"
}

write_report_alone() {
  folder=$(boot_folder) || return 0
  state=''
  last_error=$(cat "$error_file" 2>/dev/null)
  while read -r name _; do state=$name; done <"$state_dir/stages"
  written=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  uptime=$(uptime_seconds)
  cloud_init=$(cloud_init_state)
  addresses=$(ip -o addr show scope global 2>/dev/null | awk '{ print $2 " " $4 }')
  # shellcheck source=/dev/null
  os=$({ . /etc/os-release && printf '%s' "${PRETTY_NAME:-}"; } 2>/dev/null)
  kernel=$(uname -r)
  # Under its name, a report is whole. Only this file system waits for the card: the other one is busy with the first boot.
  if report_json >"$folder/bantam-report.json.new" && report_txt >"$folder/bantam-report.txt.new" && sync -f "$folder"; then
    mv -f "$folder/bantam-report.json.new" "$folder/bantam-report.json"
    mv -f "$folder/bantam-report.txt.new" "$folder/bantam-report.txt"
    sync -f "$folder"
  fi 2>/dev/null
}

cloud_init_state() {
  if [ ! -d "$cloud_init_folder" ]; then echo absent
  elif [ ! -f "$cloud_init_folder/result.json" ]; then echo running
  elif ! grep -q '"errors": \[\]' "$cloud_init_folder/result.json"; then echo failed
  # What it warned of, such as a seed that it could not read, is listed below these keys; notices of what is deprecated are no failure.
  elif grep -q '"\(WARNING\|ERROR\|CRITICAL\)": \[' "$cloud_init_folder/status.json" 2>/dev/null; then echo degraded
  else echo finished; fi
}

# Names, versions and stages hold no characters that JSON has a meaning for.
report_json() {
  printf '{\n  "format": 1,\n  "node": "%s",\n  "state": "%s",\n  "writtenAt": "%s",\n  "uptimeSeconds": %s,\n  "stages": [' \
    "$node_name" "$state" "$written" "$uptime"
  awk 'NF == 3 { printf "%s\n    {\"name\": \"%s\", \"at\": \"%s\", \"uptimeSeconds\": %s}", comma, $1, $2, $3; comma = "," }' "$state_dir/stages"
  printf '\n  ],\n  "cloudInit": "%s",\n  "addresses": [' "$cloud_init"
  printf '%s\n' "$addresses" | awk 'NF == 2 { printf "%s{\"interface\": \"%s\", \"address\": \"%s\"}", comma, $1, $2; comma = ", " }'
  printf '],\n  "versions": {"os": %s, "kernel": "%s", "k3s": "%s"},\n' "$(quote_json "$os")" "$kernel" "$version"
  printf '  "scrubbed": ['
  awk 'NF == 2 { printf "%s{\"file\": \"%s\", \"at\": \"%s\"}", comma, $1, $2; comma = ", " }' "$state_dir/scrubbed" 2>/dev/null
  if [ -n "$last_error" ]; then printf '],\n  "lastError": %s\n}\n' "$(quote_json "$last_error")"; else printf '],\n  "lastError": null\n}\n'; fi
}

# For Windows too, whose editor wants both ends of a line.
report_txt() {
  {
    printf 'bantam: first boot of %s\n\nstate       %s\nwritten     %s, %s s after power-on\ncloud-init  %s\n' \
      "$node_name" "$state" "$written" "$uptime" "$cloud_init"
    printf 'system      %s, Linux %s\nk3s         %s\nlast error  %s\n\naddresses\n' "$os" "$kernel" "${version:-none}" "${last_error:-none}"
    printf '%s\n' "$addresses" | awk 'NF == 2 { printf "  %-8s %s\n", $1, $2 }'
    printf '\nstages\n'
    awk 'NF == 3 { printf "  %-14s %s  +%s s\n", $1, $2, $3 }' "$state_dir/stages"
    if [ -s "$state_dir/scrubbed" ]; then printf '\nsecrets taken from this partition and overwritten here\n' && awk 'NF == 2 { printf "  %s at %s\n", $1, $2 }' "$state_dir/scrubbed"; fi
    printf '\nMore: /var/log/bantam-first-boot.log on the node.\n'
  } | awk '{ printf "%s\r\n", $0 }'
}

# Prints a text as a JSON string, without control characters.
quote_json() {
  printf '"%s"' "$(printf '%s' "$1" | tr -d '\000-\037' | sed 's/[\\"]/\\&/g')"
}

# Takes the reason of a failure into the report, without the password that a URL may hold.
report_error() {
  printf '%s\n' "$1" | sed 's|://[^/ ]*@|://|g' >"$error_file"
  write_report
}
