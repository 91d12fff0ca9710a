import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ada, fakeHub } from '../hub/hubtest';
import { hub } from '../hub/stream.svelte';
import { golden } from '../test-golden';
import { session } from './session.svelte';

let fake: ReturnType<typeof fakeHub>;
const stranger = { ...golden<object>('me'), me: null };

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
  expect([session.door, hub.me]).toEqual(['join', null]);
  fake.table['GET api/me'] = golden('me');
  await session.open();
  expect(hub.me?.name).toBe('ada');
});

it('says when the hub cannot be reached', async () => {
  delete fake.table['GET api/me'];
  await session.open();
  expect(session.door).toBe('unreachable');
});

it('joins by a name and remembers the one the hub took', async () => {
  fake.table['POST api/join'] = { me: ada };
  await session.join(' Ada ');
  expect(hub.me?.id).toBe(ada.id);
  expect(session.remembered).toBe('ada');
});

describe('an owner link', () => {
  beforeEach(() => history.replaceState(null, '', '/host?t=secret'));

  it('is spent by a POST and leaves the address', async () => {
    fake.table['POST api/host/session'] = golden('me');
    await session.open();
    expect(fake.fetched[0]).toEqual({ call: 'POST api/host/session', body: { token: 'secret' } });
    expect(location.pathname + location.search).toBe('/');
    expect(session.door).toBe('join');
  });

  it('that was used tells the hub’s sentence', async () => {
    const error = { code: 'forbidden', message: 'this owner link was used already' };
    const plain = globalThis.fetch;
    vi.stubGlobal('fetch', (path: string, init: RequestInit) =>
      init.method === 'POST'
        ? Promise.resolve(new Response(JSON.stringify({ error }), { status: 403 }))
        : plain(path, init),
    );
    await session.open();
    expect([session.door, session.refusal]).toEqual(['refused', 'this owner link was used already']);
    session.dismiss();
    expect(session.door).toBe('join');
  });

  it('that was used does not stand in the way of somebody who is known', async () => {
    fake.table['GET api/me'] = golden('me');
    await session.open();
    expect(hub.me?.name).toBe('ada');
    expect(session.door).toBe('join');
  });
});
