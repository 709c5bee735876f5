import { basename, join, resolve } from 'node:path';
import { safeText } from '../text.ts';
import { homeOf, stateOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';
import { launchdPlist, systemdUnit } from './service-unit.ts';
import type { Service } from './service-unit.ts';

/** `harness service`: the unit on stdout, how to install it on stderr, so that the one can be redirected into a file. */
export function service(
  invocation: Invocation,
  { launchd, systemd }: { launchd?: boolean; systemd?: boolean },
): void {
  const home = homeOf(invocation);
  const folder = home.repository ?? home.folder;
  const name = `harness-${safeText(basename(home.folder)).replaceAll(/[^A-Za-z0-9_-]/g, '-')}`;
  const given = invocation.home === undefined ? [] : ['--home', resolve(invocation.cwd, invocation.home)];
  const of: Service = {
    name,
    folder,
    argv: [process.execPath, resolve(process.argv[1] ?? ''), ...given, 'parallel'],
    path: invocation.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    log: join(stateOf(home), 'service.log'),
  };
  const forMac = launchd === true || (process.platform === 'darwin' && systemd !== true);
  process.stdout.write(forMac ? launchdPlist(of) : systemdUnit(of));
  for (const line of forMac ? onMac(name) : onLinux(name)) process.stderr.write(`${line}\n`);
}

const onLinux = (name: string) => [
  'To install it (not tried by the tests of this project, which have no systemd):',
  `  mkdir -p ~/.config/systemd/user && harness service --systemd > ~/.config/systemd/user/${name}.service`,
  '  systemctl --user daemon-reload',
  `  systemctl --user enable --now ${name}`,
  '  loginctl enable-linger "$USER"   # so that it runs while you are logged out',
  `Watch it with harness dashboard or journalctl --user -u ${name} -f; end it with systemctl --user stop ${name}, which drains.`,
];

const onMac = (name: string) => [
  'To install it (not tried by the tests of this project, which do not run on macOS):',
  `  harness service --launchd > ~/Library/LaunchAgents/${name}.plist`,
  `  launchctl bootstrap "gui/$(id -u)" ~/Library/LaunchAgents/${name}.plist`,
  `End it with launchctl bootout "gui/$(id -u)/${name}", which drains.`,
];
