import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const frontend = join(import.meta.dirname, '..');

/** The program under test: HEARTH_BIN, or one that is built for this run from the page and the hub as they are now. */
export default function program(): (() => void) | undefined {
  if (process.env.HEARTH_BIN) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'hearth-e2e-'));
  process.env.HEARTH_BIN = join(folder, process.platform === 'win32' ? 'hearth.exe' : 'hearth');
  execFileSync('npm', ['run', 'build'], { cwd: frontend, stdio: 'inherit' });
  execFileSync('go', ['build', '-o', process.env.HEARTH_BIN, './app'], {
    cwd: join(frontend, '..'),
    stdio: 'inherit',
  });
  return () => rmSync(folder, { recursive: true });
}
