import { describe, expect, it } from 'vitest';
import type { Entry } from '../hub/protocol';
import { golden } from '../test-golden';
import { isAlert, itemOf, lastOf, merge, passes, type Item } from './item';

const notification = golden<Extract<Entry, { kind: 'notification' }>>('notification');
const mention = golden<Extract<Entry, { kind: 'mention' }>>('mention');
const topic = golden<Extract<Entry, { kind: 'notify_topic' }>>('notify_topic');

const item = (entry: Entry): Item => {
  const found = itemOf(entry);
  if (!found) throw new Error('need an entry that makes an item for this test to mean anything');
  return found;
};

describe('items of the inbox', () => {
  it('come from notifications and mentions, and from nothing else', () => {
    expect(item(notification)).toMatchObject({ key: 'notify/backups/3', kind: 'notification' });
    expect(item(mention)).toMatchObject({ topic: 'peer/b2c4d6e7f2g3', kind: 'mention' });
    expect(itemOf(golden<Entry>('message'))).toBeNull();
  });

  it('are not made of mentions whose message is gone', () => {
    expect(itemOf({ ...mention, data: { ...mention.data, deleted: true } })).toBeNull();
  });

  it('are the same whether a topic or the list of topics tells of them', () => {
    if (!topic.data.last) throw new Error('need a topic with a notification for this test to mean anything');
    const last = lastOf(topic.data.last);
    expect(last.key).toBe(item(notification).key);
    expect(merge([last], [item(notification)])).toHaveLength(1);
  });

  it('are merged newest first, each once', () => {
    const merged = merge([item(notification)], [item(mention), item(notification)]);
    expect(merged.map((one) => one.kind)).toEqual(['mention', 'notification']);
  });

  it('of one moment keep the order of their topic', () => {
    const later = { ...notification, seq: 4 };
    expect(merge([], [item(notification), item(later)]).map((one) => one.seq)).toEqual([4, 3]);
  });

  it('interrupt from priority 4 on', () => {
    expect(isAlert(item(notification))).toBe(true);
    expect(isAlert(item({ ...notification, data: { ...notification.data, priority: 3 } }))).toBe(false);
    expect(isAlert(item(mention))).toBe(false);
  });

  it('pass the filter that asks for them', () => {
    expect(passes(item(mention), 'mentions')).toBe(true);
    expect(passes(item(mention), 'alerts')).toBe(false);
    expect(passes(item(notification), 'alerts')).toBe(true);
    expect(passes(item(notification), 'all')).toBe(true);
  });
});
