import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../backend/server/testdata/wire');

/** The bytes of a golden file of the wire, the same that the hub's own tests compare with. */
export const goldenText = (shape: string): string =>
  readFileSync(join(folder, `${shape}.json`), 'utf8').trim();

/** A golden file of the wire, parsed: `golden<Entry<Message>>('message')`. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller names the shape, as with JSON
export const golden = <T>(shape: string): T => JSON.parse(goldenText(shape)) as T;
