// Bundles the TypeScript on stdin, which may import the packages of this folder, into one browser script on stdout.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const result = await build({
  stdin: { contents: readFileSync(0, 'utf8'), loader: 'ts', resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
  bundle: true,
  format: 'iife',
  target: 'es2020',
  write: false,
});
process.stdout.write(result.outputFiles[0].text);
