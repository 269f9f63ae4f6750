/** Why a step of the installation failed, out of what it printed. Pure. */

const REASONS: [RegExp, string][] = [
  [
    /do not match the hashes/i,
    'A package that came is not the one that the extension was built with: its hash differs.',
  ],
  [
    /connection broken|connection error|timed out|name resolution/i,
    'The package index cannot be reached. pip uses your own index and proxy: see "pip config list".',
  ],
  [/no space left/i, 'There is no space left on the disk.'],
];

/** The reason in words, else the last line that speaks of an error, else the exit code. */
export function reasonOf(printed: readonly string[], code: number | null): string {
  const known = REASONS.find(([pattern]) => printed.some((line) => pattern.test(line)));
  return known?.[1] ?? printed.findLast((line) => /error/i.test(line)) ?? `Exit code ${code}.`;
}
