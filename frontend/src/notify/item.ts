import type { Entry, LastNotification, Mention, Notification } from '../hub/protocol';

/** Something for this peer to read: a notification of a topic, or a mention in a room. */
export type Item = Place &
  ({ kind: 'notification'; data: Notification } | { kind: 'mention'; data: Mention });

interface Place {
  /** Unique among all items. */
  key: string;
  topic: string;
  seq: number;
  time: string;
  /** `time` in milliseconds. */
  at: number;
  /** The seq of the entry that rewrote it last; 0 = none has. */
  changed: number;
}

/** From this priority on a notification is an alert: it interrupts. */
export const ALERT = 4;

/** The inbox keeps this many items; older ones are on the hub still. */
export const MOST = 1000;

export type Filter = 'all' | 'mentions' | 'alerts';

const place = (topic: string, seq: number, time: string, changed = 0): Place => ({
  key: `${topic}/${seq}`,
  topic,
  seq,
  time,
  at: Date.parse(time),
  changed,
});

/** What an entry puts into the inbox, if anything. A mention whose message is gone puts nothing there. */
export function itemOf(entry: Entry): Item | null {
  const where = place(entry.topic, entry.seq, entry.time, entry.changed);
  if (entry.kind === 'notification') return { ...where, kind: 'notification', data: entry.data };
  if (entry.kind === 'mention' && !entry.data.deleted) return { ...where, kind: 'mention', data: entry.data };
  return null;
}

/** The newest notification of a topic, from a list of topics. */
export const lastOf = (last: LastNotification): Item => ({
  ...place(`notify/${last.topic}`, last.seq, last.time),
  kind: 'notification',
  data: last,
});

export const isAlert = (item: Item): boolean => item.kind === 'notification' && item.data.priority >= ALERT;

export function passes(item: Item, filter: Filter): boolean {
  if (filter === 'mentions') return item.kind === 'mention';
  return filter === 'all' || isAlert(item);
}

const newestFirst = (a: Item, b: Item): number =>
  b.at - a.at || (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : b.seq - a.seq);

/** Both lists as one, newest first, each item once. */
export function merge(items: readonly Item[], more: readonly Item[]): Item[] {
  const byKey = new Map(items.map((item) => [item.key, item]));
  for (const item of more) byKey.set(item.key, item);
  return [...byKey.values()].sort(newestFirst).slice(0, MOST);
}
