import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ada, everything, fakeHub, nothing, Refusal } from '../hub/hubtest';
import { hub } from '../hub/stream.svelte';
import type { WhoAmI } from '../hub/protocol.people';
import { golden } from '../test-golden';
import { session } from './session.svelte';

let fake: ReturnType<typeof fakeHub>;
const known = golden<WhoAmI>('me');
const stranger = { ...known, me: null, sees: nothing };

beforeEach(() => {
  fake = fakeHub({ 'GET api/me': stranger });
  history.replaceState(null, '', '/');
  localStorage.clear();
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});

afterEach(() => {
  hub.exit();
  vi.unstubAllGlobals();
});

it('shows the join screen to a stranger, and the page to a known peer', async () => {
  await session.open();
  expect([session.stage, hub.me]).toEqual(['join', null]);
  fake.table['GET api/me'] = known;
  await session.open();
  expect(hub.me?.name).toBe('ada');
});

it('says when the hub cannot be reached', async () => {
  delete fake.table['GET api/me'];
  await session.open();
  expect(session.stage).toBe('unreachable');
});

it('joins by a name and remembers the one the hub took', async () => {
  await session.open();
  fake.table['POST api/join'] = () => {
    fake.table['GET api/me'] = known;
    return { me: ada };
  };
  await session.join(' Ada ');
  expect([hub.me?.id, hub.sees]).toEqual([ada.id, everything]);
  expect(session.remembered).toBe('ada');
});

describe('an owner link', () => {
  beforeEach(() => history.replaceState(null, '', '/host?t=secret'));

  it('is spent by a POST and leaves the address', async () => {
    fake.table['POST api/host/session'] = known;
    await session.open();
    expect(fake.fetched[0]).toEqual({ call: 'POST api/host/session', body: { token: 'secret' } });
    expect(location.pathname + location.search).toBe('/');
    expect(session.stage).toBe('join');
  });

  it('that was used tells the hub’s sentence', async () => {
    const message = 'this owner link was used already';
    fake.table['POST api/host/session'] = new Refusal({ code: 'forbidden', message });
    await session.open();
    expect([session.stage, session.refusal]).toEqual(['refused', message]);
    session.dismiss();
    expect(session.stage).toBe('join');
  });

  it('that was used does not stand in the way of somebody who is known', async () => {
    fake.table['GET api/me'] = known;
    await session.open();
    expect(hub.me?.name).toBe('ada');
    expect(session.stage).toBe('join');
  });
});
