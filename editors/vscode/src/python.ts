/** Finding a Python that can make an environment for the server. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { isProgram, onPath } from './programs';

const run = promisify(execFile);

const OLDEST = [3, 11] as const;
const NAMES = ['python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3', 'python', 'py'];
const PROBE = 'import sys; print(*sys.version_info[:2]); import ensurepip, venv; print("venv")';

/** A Python: where it is, which it is, and whether it can make environments. */
export interface Python {
  path: string;
  version: string;
  makesEnvironments: boolean;
}

/** The first of the Pythons that will do; else why there is none, and what mends it. */
export async function findPython(chosen: string): Promise<Python | { why: string }> {
  if (chosen && !isProgram(chosen)) {
    return { why: `The setting turnout.server.python names ${chosen}, which is no program.` };
  }
  const paths = chosen ? [chosen] : NAMES.flatMap((name) => onPath(name) ?? []);
  const found: Python[] = [];
  for (const path of paths) {
    const python = await probe(path);
    if (python?.makesEnvironments) {
      return python;
    }
    found.push(...(python ? [python] : []));
  }
  return { why: explain(found) };
}

/** Read what the probe printed; undefined for a Python that is too old, or none. */
export function readProbe(path: string, printed: string): Python | undefined {
  const [first = '', second] = printed.trim().split(/\r?\n/);
  const [major = 0, minor = 0] = first.split(' ').map(Number);
  const isEnough = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  return isEnough
    ? { path, version: `${major}.${minor}`, makesEnvironments: second === 'venv' }
    : undefined;
}

async function probe(path: string): Promise<Python | undefined> {
  try {
    const { stdout } = await run(path, ['-I', '-c', PROBE], { timeout: 10_000 });
    return readProbe(path, stdout);
  } catch (error) {
    // Without venv it fails after the first line.
    return readProbe(path, (error as { stdout?: string }).stdout ?? '');
  }
}

function explain(found: Python[]): string {
  const lame = found[0];
  return lame
    ? `${lame.path} cannot make environments. On Debian and Ubuntu: apt install python${lame.version}-venv`
    : 'Turnout needs Python 3.11 or newer, and there is none on the PATH. Install one, or name it in the setting turnout.server.python.';
}
