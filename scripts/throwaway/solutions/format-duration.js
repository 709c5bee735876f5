/** A number of seconds for people: `1h 1m 5s`; parts that are zero are left out. */
export function formatDuration(seconds) {
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'm'],
    [seconds % 60, 's'],
  ];
  const shown = parts.filter(([amount]) => amount > 0).map(([amount, unit]) => amount + unit);
  return shown.length > 0 ? shown.join(' ') : '0s';
}
