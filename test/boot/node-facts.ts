/** What a boot test asks a node, in one go: a login takes seconds in an emulator. */

/** A script that prints `name=value` lines. Needs `unit` and `secrets` set before it. */
export const QUESTIONS = `
cloud-init status --wait >/dev/null 2>&1
boot=/boot/firmware
echo "hostname=$(hostname)"
echo "addresses=$(ip -4 -o addr show dev eth0 | awk '{ print $4 }' | xargs)"
echo "timezone=$(readlink -f /etc/localtime | sed 's|.*/zoneinfo/||')"
echo "cmdline=$(cat /proc/cmdline)"
echo "unit=$(systemctl is-active "$unit")"
echo "password=$(passwd -S bantam | cut -d ' ' -f 2)"
echo "failedUnits=$(systemctl list-units --failed --no-legend --plain | cut -d ' ' -f 1 | xargs), of $(systemctl list-units --no-legend --plain | grep -c '^ssh\\.service')"
echo "cloudInitStatus=$(cloud-init status | sed -n 's/^status: //p')"
echo "cloudInitErrors=$(python3 -c 'import json; s = json.load(open("/run/cloud-init/status.json"))["v1"]; print([e for k in s.values() if type(k) is dict for e in k.get("errors", []) + [w for l, ws in k.get("recoverable_errors", {}).items() if l != "DEPRECATED" for w in ws]] or "none")')"
echo "modes=$(stat -c %n:%a:%U:%G /etc/rancher/k3s/config.yaml "/etc/systemd/system/$unit.service" "/etc/systemd/system/$unit.service.env" /usr/local/bin/k3s /usr/lib/bantam/first-boot /etc/bantam-test/private 2>&1 | xargs)"
echo "rootBytes=$(df -B1 --output=size / | tail -n 1 | xargs)"
printf '%s\\n' 'preserve_hostname: false' $secrets >/run/secrets-to-find
echo "secretsOnBoot=$(grep -rlF -f /run/secrets-to-find "$boot" | xargs)"
echo "hostKeys=$(cat /etc/ssh/ssh_host_*_key.pub | sha256sum | cut -d ' ' -f 1)"
echo "instances=$(ls /var/lib/cloud/instances | xargs)"
echo "userModuleRuns=$(grep -c 'Adding user bantam$\\|User bantam already exists' /var/log/cloud-init.log)"
echo "firstBootRuns=$(journalctl -b -u bantam-first-boot -o cat --no-pager | grep -c 'stage: ') of $(journalctl -b -u ssh -o cat --no-pager | grep -c 'Started ssh')"
echo "report=$(tr -d '\\n' <$boot/bantam-report.json)"
`

/** Takes the answers apart. */
export function parseFacts(output: string): Readonly<Partial<Record<string, string>>> {
  return Object.fromEntries(
    output
      .split('\n')
      .map((line) => /^(\w+)=(.*)$/.exec(line))
      .filter((match) => match !== null)
      .map(([, name, value]) => [name ?? '', value ?? '']),
  )
}
