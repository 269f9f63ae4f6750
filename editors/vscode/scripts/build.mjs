/** Bundles the extension, and the script of its report, into dist/. */

import { build } from 'esbuild';
import { existsSync } from 'node:fs';

const common = { bundle: true, minify: true, legalComments: 'linked', logLevel: 'warning' };

await build({
  ...common,
  entryPoints: ['src/extension.ts'],
  outfile: 'dist/extension.js',
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['vscode'],
});

if (existsSync('src/webview/report.ts')) {
  await build({
    ...common,
    entryPoints: ['src/webview/report.ts'],
    outfile: 'dist/report.js',
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
  });
}
