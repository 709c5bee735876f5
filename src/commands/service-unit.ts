/** What a unit starts, and where. */
export interface Service {
  /** The program with its arguments, all absolute. */
  argv: readonly string[];
  /** The folder of the repository, or of the home. */
  folder: string;
  /** Its name in the system. */
  name: string;
  path: string;
  log: string;
}

/** One word of a systemd command line: `%`, `$` and quotes mean themselves. */
const systemdWord = (word: string) =>
  `"${word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;

/**
 * A user unit of systemd. KillMode=mixed: the front alone is asked to end, so that it drains its coordinator and agents; what
 * is left after the time for that is killed with the whole group. HARNESS_UNATTENDED tells the next run that nobody had to
 * start it.
 */
export function systemdUnit({ argv, folder, name, path }: Service): string {
  return `[Unit]
Description=${name}: parallel coding agents in ${folder.replaceAll('%', '%%')}
StartLimitIntervalSec=600
StartLimitBurst=10

[Service]
Type=exec
WorkingDirectory=${folder.replaceAll('%', '%%')}
Environment=${systemdWord(`PATH=${path}`)}
Environment=HARNESS_UNATTENDED=1
ExecStart=${argv.map(systemdWord).join(' ')}
Restart=always
RestartSec=10
KillMode=mixed
TimeoutStopSec=15min

[Install]
WantedBy=default.target
`;
}

const xml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A property list for launchd. ExitTimeOut is the time in which the front drains. */
export function launchdPlist({ argv, folder, name, path, log }: Service): string {
  const words = argv.map((word) => `    <string>${xml(word)}</string>`).join('\n');
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${xml(name)}</string>
  <key>ProgramArguments</key>
  <array>
${words}
  </array>
  <key>WorkingDirectory</key>
  <string>${xml(folder)}</string>
  <key>EnvironmentVariables</key>
  <dict>
    <key>PATH</key>
    <string>${xml(path)}</string>
    <key>HARNESS_UNATTENDED</key>
    <string>1</string>
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <true/>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <key>ExitTimeOut</key>
  <integer>900</integer>
  <key>StandardOutPath</key>
  <string>${xml(log)}</string>
  <key>StandardErrorPath</key>
  <string>${xml(log)}</string>
</dict>
</plist>
`;
}
