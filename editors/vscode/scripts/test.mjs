/** Runs the tests of what needs no editor; the rest is driven in a real one, by tests/editors. */

import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';

const tests = readdirSync('test').filter((name) => name.endsWith('.test.ts'));
rmSync('dist/test', { recursive: true, force: true });
await build({
  entryPoints: tests.map((name) => `test/${name}`),
  outdir: 'dist/test',
  bundle: true,
  platform: 'node',
  format: 'cjs',
  logLevel: 'warning',
});
const files = tests.map((name) => `dist/test/${name.replace(/ts$/, 'js')}`);
const { status } = spawnSync(process.execPath, ['--test', ...files], { stdio: 'inherit' });
process.exitCode = status ?? 1;
