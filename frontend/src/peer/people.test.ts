import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ada, fakeHub } from '../hub/hubtest';
import type { Entry } from '../hub/protocol';
import type { Face, PresenceChange } from '../hub/protocol.people';
import { hub } from '../hub/stream.svelte';
import { people } from './people.svelte';

const bob: Face = { id: 'b2c4d6e7f2g3', name: 'bob', tag: 'B2C4', hue: 20 };
const eve: Face = { id: 'e2c4d6e7f2g3', name: 'eve', tag: 'E2C4', hue: 90 };
const at = (minute: number) => `2026-11-22T08:0${minute}:00.000Z`;
const dan: Face = { id: 'd2c4d6e7f2g3', name: 'dan', tag: 'D2C4', hue: 140 };
const is = (peer: Face, state: PresenceChange['state'], minute: number): PresenceChange => ({
  peer,
  state,
  since: at(minute),
});

let fake: ReturnType<typeof fakeHub>;
let stop: () => void;
let entries = 0;

beforeEach(async () => {
  vi.useFakeTimers();
  const list = [is(ada, 'online', 0), is(bob, 'offline', 0), is(eve, 'away', 1)];
  fake = fakeHub({ 'GET api/people': { people: list } });
  await hub.open();
  fake.socket.open();
  stop = people.start();
  fake.socket.followed('presence/hub', 'r1');
  await vi.advanceTimersByTimeAsync(300);
});

afterEach(() => {
  stop();
  hub.exit();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function say(data: PresenceChange) {
  const entry: Entry = { topic: 'presence/hub', seq: ++entries, time: data.since, kind: 'presence', data };
  fake.socket.say(entry);
  await vi.advanceTimersByTimeAsync(300);
}

const others = () => people.others.map(({ peer, state }) => `${peer.name} ${state}`);

it('lists the others, those who are here first', async () => {
  expect(others()).toEqual(['eve away', 'bob offline']);
  expect(people.count, 'oneself is here').toBe(2);
  await say(is(bob, 'online', 2));
  expect(others()).toEqual(['bob online', 'eve away']);
  expect(people.count).toBe(3);
});

describe('who cannot come back', () => {
  it('leaves the list at once, and comes back to it when let in again', async () => {
    await say(is(bob, 'online', 2));
    await say(is(bob, 'gone', 3));
    await say(is(eve, 'gone', 3));
    expect(others()).toEqual([]);
    expect(people.name({ ...bob, name: 'what a message says' })).toBe('what a message says');
    await say(is(bob, 'offline', 4));
    expect(others()).toEqual(['bob offline']);
  });

  it('is not shown because of what the hub said before', async () => {
    let answer: (body: unknown) => void = () => undefined;
    fake.table['GET api/people'] = () => new Promise((done) => (answer = done));
    fake.socket.say({ topic: 'presence/hub', kind: 'reset', position: { epoch: 'e2', seq: entries } });
    await say(is(bob, 'gone', 5));
    await say(is(dan, 'online', 5));
    answer({ people: [is(ada, 'online', 0), is(bob, 'offline', 0)] });
    await vi.advanceTimersByTimeAsync(300);
    expect(others(), 'eve has gone unseen, dan came meanwhile').toEqual(['dan online']);
  });
});

it('shows the name somebody has now', () => {
  expect(people.name({ ...bob, name: 'robert' })).toBe('bob');
  people.saw({ ...bob, name: 'bobby' });
  expect(people.name(bob)).toBe('bobby');
  expect(people.name({ id: '', name: 'backup', tag: '', hue: 0, script: true })).toBe('backup');
});

it('takes over one’s own name when it was changed elsewhere', async () => {
  await say(is({ ...ada, name: 'ada l.' }, 'online', 3));
  expect(hub.me?.name).toBe('ada l.');
});
