import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ada, fakeHub } from '../hub/hubtest';
import type { Entry } from '../hub/protocol';
import type { Act, Face, Presence } from '../hub/protocol.people';
import { hub } from '../hub/stream.svelte';
import { people } from './people.svelte';

const bob: Face = { id: 'b2c4d6e7f2g3', name: 'bob', tag: 'B2C4', hue: 20 };
const eve: Face = { id: 'e2c4d6e7f2g3', name: 'eve', tag: 'E2C4', hue: 90 };
const at = (minute: number) => `2026-11-22T08:0${minute}:00.000Z`;
const is = (peer: Face, state: Presence['state'], minute: number): Presence => ({
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

async function say(data: Presence) {
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

/** Somebody moderated. */
async function act(act: string, peer?: Face) {
  const data: Act = { act, by: ada, ...(peer && { peer }) };
  fake.socket.say({ topic: 'acts/hub', seq: ++entries, time: at(4), kind: 'act', data });
  await vi.advanceTimersByTimeAsync(300);
}

describe('who was put out', () => {
  let stopActs: () => void;
  const left = (...list: Presence[]) => (fake.table['GET api/people'] = { people: list });

  beforeEach(async () => {
    stopActs = people.startActs();
    fake.socket.followed('acts/hub');
    await say(is(bob, 'online', 2));
  });
  afterEach(() => stopActs());

  it.each([
    ['removed', bob],
    ['banned', bob],
    ['gathering_ended', undefined],
  ])(
    'leaves the list of who moderates at once (%s), and what presence says of it brings nobody back',
    async (word, peer) => {
      left(is(ada, 'online', 0), is(eve, 'away', 1));
      await act(word, peer);
      await say(is(bob, 'away', 4));
      expect(others()).toEqual(['eve away']);
      await say(is(bob, 'offline', 5));
      expect(others()).toEqual(['eve away']);
      await say(is(bob, 'online', 6));
      expect(others(), 'let in again').toEqual(['bob online', 'eve away']);
      await say(is(bob, 'offline', 7));
      expect(others()).toEqual(['eve away', 'bob offline']);
    },
  );

  it('is not who only says less, or was muted', async () => {
    left(is(ada, 'online', 0));
    await act('muted', bob);
    expect(others()).toEqual(['bob online', 'eve away']);
  });

  it('is not who came while the hub answered', async () => {
    let answer: (body: unknown) => void = () => undefined;
    fake.table['GET api/people'] = () => new Promise((done) => (answer = done));
    await act('removed', eve);
    const dan: Face = { id: 'd2c4d6e7f2g3', name: 'dan', tag: 'D2C4', hue: 140 };
    await say(is(dan, 'online', 5));
    answer({ people: [is(ada, 'online', 0), is(bob, 'online', 2)] });
    await say(is(dan, 'away', 6));
    expect(others()).toEqual(['bob online', 'dan away']);
  });
});

it('does not show those who cannot come back, whom presence still tells of', async () => {
  await say(is({ ...bob, id: 'gone', name: 'zoe' }, 'offline', 0));
  expect(others()).toEqual(['eve away', 'bob offline']);
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
