import { describe, expect, it } from 'vitest';
import type { MessageEntry, RoomChangedEntry } from '../hub/protocol';
import { en } from '../i18n/en';
import { golden } from '../test-golden';
import { changesOf } from './changes';
import { continues, isMessage, type Message, place, toMessage, toRow } from './model';

const read = (shape: string) => toMessage(golden<MessageEntry>(shape));

describe('a message of the wire', () => {
  it('is read', () => {
    expect(read('message')).toEqual({
      seq: 132,
      at: Date.parse('2026-11-22T08:00:00.123Z'),
      from: { id: 'k3v9q2mx7rbt', name: 'ada', tag: 'K3QX', hue: 176 },
      text: 'hi',
      mentions: [],
      edited: false,
      deleted: false,
    });
  });

  it('knows that it was edited, deleted, or names somebody', () => {
    expect(read('message_after_edit')).toMatchObject({ text: 'hello', edited: true, deleted: false });
    expect(read('message_after_delete')).toMatchObject({ text: '', edited: false, deleted: true });
    expect(read('message_mention').mentions).toEqual(['b2c4d6e7f2g3']);
    expect(read('message_script').from.script).toBe(true);
  });

  it('knows who deleted it and why, if that was not its author', () => {
    expect(read('message_after_removal')).toMatchObject({
      deleted: true,
      removed: { by: { name: 'eve' }, reason: 'not here' },
    });
    expect(read('message_after_delete').removed).toBeUndefined();
  });
});

describe('a change of a room', () => {
  it('is read, and is said a sentence each', () => {
    const row = toRow(golden<RoomChangedEntry>('room_changed'));
    expect(isMessage(row)).toBe(false);
    if (isMessage(row)) return;
    expect(changesOf(row.data, 'ada', en.changed)).toEqual([
      'ada renamed this room to “Nightly builds”.',
      'ada turned slow mode on: one message every 10 seconds.',
    ]);
  });

  it('ends a group of messages', () => {
    const from = { id: 'a', name: 'ada', tag: '', hue: 0 };
    expect(continues({ seq: 2, at: 0, data: { by: from } }, { from, at: 1 })).toBe(false);
  });
});

describe('grouping', () => {
  const at = Date.parse('2026-11-22T08:00:00Z');
  const from = (id: string, name: string, minutes: number): Pick<Message, 'from' | 'at'> => ({
    from: { id, name, tag: '', hue: 0 },
    at: at + minutes * 60_000,
  });

  it('takes the same author within five minutes', () => {
    expect(continues(from('a', 'ada', 0), from('a', 'ada', 4.9))).toBe(true);
    expect(continues(from('a', 'ada', 0), from('a', 'ada', 5))).toBe(false);
    expect(continues(from('a', 'ada', 0), from('b', 'ada', 1))).toBe(false);
    expect(continues(undefined, from('a', 'ada', 0))).toBe(false);
  });

  it('tells scripts apart by name, for they have no id', () => {
    expect(continues(from('', 'backup', 0), from('', 'backup', 1))).toBe(true);
    expect(continues(from('', 'backup', 0), from('', 'deploy', 1))).toBe(false);
  });

  it('ends with the day', () => {
    const midnight = new Date(2026, 10, 22, 23, 59).getTime();
    const face = { id: 'a', name: 'ada', tag: '', hue: 0 };
    expect(continues({ from: face, at: midnight }, { from: face, at: midnight + 120_000 })).toBe(false);
  });
});

it('places by seq', () => {
  const list = [1, 3, 5].map((seq) => ({ seq }));
  expect([0, 1, 2, 3, 4, 5, 6].map((seq) => place(list, seq))).toEqual([0, 0, 1, 1, 2, 2, 3]);
});
