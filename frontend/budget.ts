import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

// What the page may weigh, gzip. "Start" is what the browser loads before it can draw: the entry and its static imports.
const LIMITS = { startJS: 90, startCSS: 15, allJS: 180 };

type Part = { name: string; bytes: number; start: boolean };

/** Prints the weight of every script and sheet after a build, and fails the build when a limit is passed. */
export function budget(): Plugin {
  return {
    name: 'budget',
    apply: 'build',
    generateBundle(_options, bundle) {
      const start = new Set<string>();
      const css = new Set<string>();
      const visit = (name: string) => {
        const chunk = bundle[name];
        if (chunk?.type !== 'chunk' || start.has(name)) return;
        start.add(name);
        chunk.viteMetadata?.importedCss.forEach((sheet) => css.add(sheet));
        chunk.imports.forEach(visit);
      };
      for (const chunk of Object.values(bundle))
        if (chunk.type === 'chunk' && chunk.isEntry) visit(chunk.fileName);

      const scripts: Part[] = [];
      const sheets: Part[] = [];
      for (const part of Object.values(bundle)) {
        const bytes = gzipSync(part.type === 'chunk' ? part.code : part.source).length;
        if (part.type === 'chunk')
          scripts.push({ name: part.fileName, bytes, start: start.has(part.fileName) });
        else if (part.fileName.endsWith('.css'))
          sheets.push({ name: part.fileName, bytes, start: css.has(part.fileName) });
      }
      const sum = (parts: Part[]) => parts.reduce((total, part) => total + part.bytes, 0) / 1024;
      const found = {
        startJS: sum(scripts.filter((part) => part.start)),
        startCSS: sum(sheets.filter((part) => part.start)),
        allJS: sum(scripts),
      };
      const line = (key: keyof typeof LIMITS) => `${key} ${found[key].toFixed(1)} of ${LIMITS[key]} KB`;
      const keys = Object.keys(LIMITS) as (keyof typeof LIMITS)[];
      this.info(`gzip: ${keys.map(line).join(', ')}`);
      const over = keys.filter((key) => found[key] > LIMITS[key]);
      if (over.length) this.error(`over the page's budget: ${over.map(line).join(', ')}`);
    },
  };
}
