import { describe, expect, it } from 'vitest';
import { completionAt, matching } from './completion';
import { roomId } from './roomid';

describe('completing a mention', () => {
  it.each([
    ['@', '', 0],
    ['hey @an', 'an', 4],
    ['(@an', 'an', 1],
    ['你好 @晓', '晓', 3],
    ['first\n@b', 'b', 6],
  ])('%s', (text, query, from) => {
    expect(completionAt(text, text.length)).toEqual({ from, query });
  });

  it.each(['ada@example', 'no', '@ada done', ''])('not after %s', (text) => {
    expect(completionAt(text, text.length)).toBeUndefined();
  });

  it('looks only before the caret', () => {
    expect(completionAt('@ada rest', 2)).toEqual({ from: 0, query: 'a' });
  });

  it('puts beginnings of names before later words, in the given order', () => {
    const names = ['the bell', 'Bella', 'bob', 'Ada'];
    expect(matching(names, 'be', (name) => name)).toEqual(['Bella', 'the bell']);
    expect(matching(names, '', (name) => name, 2)).toEqual(['the bell', 'Bella']);
  });
});

describe('the id of a room', () => {
  it.each([
    ['Builds', 'builds'],
    ['  Weekend plans! ', 'weekend-plans'],
    ['Café & Bar', 'cafe-bar'],
    ['under_score', 'under_score'],
    ['', ''],
    ['   ', ''],
  ])('%s', (title, id) => expect(roomId(title)).toBe(id));

  it.each(['设计评审', '🚀', '!!!', 'x'.repeat(200), 'Ünïcode 设计'])('is valid for %s', (title) => {
    expect(roomId(title)).toMatch(/^[a-z0-9_-]{1,64}$/);
  });

  it('is the same for the same title and another for another', () => {
    expect(roomId('设计')).toBe(roomId('设计'));
    expect(roomId('设计')).not.toBe(roomId('评审'));
  });
});
