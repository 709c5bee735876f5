/** How the machine is, and how this process is on it. */
export interface Vitals {
  /** The load of the last minute, for each core. */
  loadPerCore: number;
  /** Bytes. */
  memoryFree: number;
  /** Bytes, in the folder of the home. */
  diskFree: number;
  /** Open files of this process, as a share (0 to 1) of what it may open. */
  files: number;
}

/** When nothing new is started. */
export interface HealthLimits {
  load: number;
  memory: number;
  disk: number;
  /** Percent. */
  files: number;
}

/** Once closed, a measure must be better than its limit by so much, so that the gate does not flap. */
const MARGIN = 0.1;

const size = (bytes: number) =>
  bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`;

/** Where none is set, nothing need be free. */
const floor = (bytes: number): number => (Number.isFinite(bytes) ? bytes : 0);

/** Why nothing new should be started; undefined if the machine is well. `wasClosed`: nothing was at the last look. */
export function illness(vitals: Vitals, limits: HealthLimits, wasClosed: boolean): string | undefined {
  const { loadPerCore, memoryFree, diskFree, files } = vitals;
  const [least, most] = wasClosed ? [1 + MARGIN, 1 - MARGIN] : [1, 1];
  if (diskFree < floor(limits.disk) * least)
    return `${size(diskFree)} of disk are free, and ${size(limits.disk)} must be (health.disk)`;
  if (memoryFree < floor(limits.memory) * least)
    return `${size(memoryFree)} of memory are free, and ${size(limits.memory)} must be (health.memory)`;
  if (files * 100 > limits.files * most)
    return `${Math.round(files * 100)} % of the files that may be open are, at most ${limits.files} % should be (health.files)`;
  if (loadPerCore > limits.load * most)
    return `the load is ${loadPerCore.toFixed(1)} for each core, at most ${limits.load} should be (health.load)`;
  return undefined;
}
