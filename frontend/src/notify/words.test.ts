import { describe, expect, it } from 'vitest';
import type { Entry, Notification } from '../hub/protocol';
import { golden } from '../test-golden';
import { partTags } from './emoji';
import { itemOf } from './item';
import { wordsOf } from './words';

const notification = golden<Extract<Entry, { kind: 'notification' }>>('notification');

function words(data: Partial<Notification>) {
  const plain = { id: '0aZ3kQ9bX2mT', topic: 'backups', text: 'done', priority: 3 };
  const item = itemOf({ ...notification, data: { ...plain, ...data } });
  return item && wordsOf(item);
}

describe('tags', () => {
  it('that are emoji short codes become emoji; the others stay labels', () => {
    expect(partTags(['floppy_disk', 'nightly', '+1', 'warning'])).toEqual({
      emoji: ['💾', '👍', '⚠️'],
      labels: ['nightly'],
    });
  });

  it('are not taken for what every object has', () => {
    expect(partTags(['constructor', 'toString']).labels).toEqual(['constructor', 'toString']);
  });
});

describe('the words of an item', () => {
  it('put emoji before the title, and name the topic beside the labels', () => {
    expect(words({ title: 'Nightly', tags: ['floppy_disk', 'nas'] })).toMatchObject({
      title: '💾 Nightly',
      text: 'done',
      labels: ['backups', 'nas'],
    });
  });

  it('put emoji before the text when the topic is the title', () => {
    expect(words({ tags: ['tada'] })).toMatchObject({ title: 'backups', text: '🎉 done', labels: [] });
  });

  it('say how urgent it is', () => {
    expect(words({ priority: 5 })?.kind).toBe('Urgent');
    expect(words({ priority: 3 })?.kind).toBe('Notification');
  });

  it('of a mention say who and where', () => {
    const item = itemOf(golden<Entry>('mention'));
    expect(item && wordsOf(item)).toMatchObject({ title: 'ada in #Lobby', text: '@bob look' });
  });
});
