/** What one part of the suite came to, or all of them together. */
export interface Tally {
  passed: number;
  failed: number;
  /** One entry for every skip: the name of the test and why it did not run. */
  skips: { name: string; reason: string }[];
}

export const passed: Tally = { passed: 1, failed: 0, skips: [] };
export const failed: Tally = { passed: 0, failed: 1, skips: [] };
export const skipped = (name: string, reason: string): Tally => ({
  passed: 0,
  failed: 0,
  skips: [{ name, reason }],
});

export function sum(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((total, tally) => total + tally.passed, 0),
    failed: tallies.reduce((total, tally) => total + tally.failed, 0),
    skips: tallies.flatMap((tally) => tally.skips),
  };
}

/** The part of vitest's JSON report that is read here. */
interface Report {
  success: boolean;
  testResults: {
    name: string;
    status: string;
    assertionResults: { fullName: string; status: string; meta?: { skipped?: string } }[];
  }[];
}

/**
 * Counts a run of vitest from its JSON report and its exit code. A file that could not even be read, or an error
 * outside of every test, counts as one failure: no run that failed may look green. No report at all (`undefined`) too.
 */
export function tallyOf(reportText: string | undefined, exitCode: number): Tally {
  if (reportText === undefined) return failed;
  const { testResults } = JSON.parse(reportText) as Report;
  const tests = testResults.flatMap((file) => file.assertionResults);
  const count = (status: string): number => tests.filter((test) => test.status === status).length;
  const brokenFiles = testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  const failures = count('failed') + brokenFiles.length;
  return {
    passed: count('passed'),
    failed: failures === 0 && exitCode !== 0 ? 1 : failures,
    skips: tests
      .filter((test) => test.status !== 'passed' && test.status !== 'failed')
      .map((test) => ({ name: test.fullName, reason: test.meta?.skipped ?? 'no reason given' })),
  };
}

/** The end of the report: every skip with its reason, then the one line that counts. */
export function closingLines({ passed: green, failed: red, skips }: Tally): string[] {
  return [
    ...skips.map(({ name, reason }) => `skipped: ${name} (${reason})`),
    `${green} passed, ${red} failed, ${skips.length} skipped`,
  ];
}
