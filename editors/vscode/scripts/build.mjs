/** Bundles the extension, and the pages of its web views, into dist/, with the licences of what is in. */

import { build } from 'esbuild';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const common = {
  bundle: true,
  minify: true,
  metafile: true,
  legalComments: 'none',
  logLevel: 'warning',
};

const bundles = await Promise.all([
  build({
    ...common,
    entryPoints: ['src/extension.ts'],
    outfile: 'dist/extension.js',
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['vscode'],
  }),
  build({
    ...common,
    entryPoints: ['answer', 'report'].flatMap((name) => [
      `src/webview/${name}.ts`,
      `src/webview/${name}.css`,
    ]),
    outdir: 'dist',
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
  }),
]);

// A page in the editor shows pictures from public addresses only, and there is none yet.
const page = readFileSync('README.md', 'utf8').replace(/^!\[.*\n\n/gm, '');
writeFileSync('dist/README.md', page);

const inputs = bundles.flatMap(({ metafile }) => Object.keys(metafile.inputs));
const packages = inputs.map((input) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(input)?.[0]);
const licences = [...new Set(packages)].filter(Boolean).sort().map(licence);
writeFileSync('dist/LICENSES.txt', licences.join('\n\n'));

function licence(folder) {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  if (!file) {
    throw new Error(`${name} has no licence to pass on`);
  }
  return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}
