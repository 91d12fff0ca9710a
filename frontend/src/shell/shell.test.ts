import { describe, expect, it } from 'vitest';
import { hashOf, parseRoute, type Route } from './route';
import { best, score } from './score';

describe('routes', () => {
  it.each<Route>([
    { page: 'room', room: 'lobby' },
    { page: 'rooms' },
    { page: 'inbox' },
    { page: 'monitor' },
  ])('%j survives the fragment', (route) => expect(parseRoute(hashOf(route))).toEqual(route));

  it.each([
    '',
    '#',
    '#compose',
    '#/',
    '#/room',
    '#/room/',
    '#/room/A',
    '#/room/a/b',
    '#/inbox/x',
    '#/elsewhere',
  ])('%s says nothing', (hash) => expect(parseRoute(hash)).toBeUndefined());
});

describe('the palette', () => {
  it('ranks beginnings, words, insides, letters in order', () => {
    const ranked = ['deploys', 'a-deploy', 'undeployed', 'd-e-p'].map((name) => score(name, 'dep'));
    expect(ranked).toEqual([...ranked].sort((a, b) => b - a));
    expect(score('lobby', 'xyz')).toBe(0);
  });

  it('prefers the shorter name, keeps the order otherwise, and shows all for nothing typed', () => {
    expect(best(['builds-old', 'builds'], 'bui', String)).toEqual(['builds', 'builds-old']);
    expect(best(['b', 'a'], ' ', String)).toEqual(['b', 'a']);
    expect(best(['设计评审', 'lobby'], '设计', String)).toEqual(['设计评审']);
  });
});
