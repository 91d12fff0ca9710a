import type { MessageEntry, RoomChanged, RoomChangedEntry } from '../hub/protocol';
import type { Face } from '../hub/protocol.people';

/** A message as the page draws it. */
export interface Message {
  seq: number;
  at: number;
  from: Face;
  text: string;
  /** Ids of the peers named in it. */
  mentions: readonly string[];
  edited: boolean;
  deleted: boolean;
  /** Who deleted it and why, if that was not its author. */
  removed?: Removed | undefined;
}

export interface Removed {
  by: Face;
  reason: string;
}

/** Somebody changed the room: a line between the messages. */
export interface Change {
  seq: number;
  at: number;
  data: RoomChanged;
}

/** What the list of a room shows. */
export type Row = Message | Change;

export const isMessage = (row: Row): row is Message => 'from' in row;

type Said = Pick<Message, 'from' | 'at'>;

const GROUP_MS = 5 * 60_000;

export function toMessage({ seq, time, data }: MessageEntry): Message {
  return {
    seq,
    at: Date.parse(time),
    from: data.from,
    text: data.text ?? '',
    mentions: data.mentions ?? [],
    edited: data.edited !== undefined,
    deleted: data.deleted === true,
    removed: data.deleted && removedBy(data.from, data.by, data.reason),
  };
}

/** An author who deletes what is his own is not worth a word. */
export const removedBy = (author: Face, by: Face | undefined, reason = ''): Removed | undefined =>
  by && by.id !== author.id ? { by, reason } : undefined;

export const toRow = (entry: MessageEntry | RoomChangedEntry): Row =>
  entry.kind === 'message'
    ? toMessage(entry)
    : { seq: entry.seq, at: Date.parse(entry.time), data: entry.data };

/** Whether a message goes without a head of its own: the same author goes on within five minutes, and nothing stands between. */
export function continues(before: Said | Change | undefined, message: Said): boolean {
  return (
    before !== undefined &&
    'from' in before &&
    sameAuthor(before.from, message.from) &&
    message.at - before.at < GROUP_MS &&
    sameDay(before.at, message.at)
  );
}

/** Scripts have no ids: their names tell them apart. */
const sameAuthor = (a: Face, b: Face) => a.id === b.id && (a.id !== '' || a.name === b.name);

export const sameDay = (a: number, b: number) => new Date(a).toDateString() === new Date(b).toDateString();

/** Where `seq` stands in a list sorted by seq, or where it belongs. */
export function place(list: readonly { seq: number }[], seq: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle]?.seq ?? 0) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
