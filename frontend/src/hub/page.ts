import type { Entry } from './protocol';

/** The newest `last` entries of a topic as they are now, oldest first. The hub sends one JSON object a line. */
export async function page(topic: string, last: number): Promise<Entry[]> {
  const response = await fetch(`api/topics/${topic}?last=${last}`, { cache: 'no-store' });
  if (!response.ok) throw new Error(`the hub answered ${response.status}`);
  const lines = (await response.text()).split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Entry).filter((entry) => 'seq' in entry);
}
