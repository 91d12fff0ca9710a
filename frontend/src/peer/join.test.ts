import { cleanup, render, screen } from '@testing-library/svelte';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import App from '../App.svelte';
import { ada, everything, fakeHub, nothing, Refusal } from '../hub/hubtest';
import type { ErrorCode } from '../hub/protocol';
import type { Door, WhoAmI } from '../hub/protocol.people';
import { hub } from '../hub/stream.svelte';
import { en } from '../i18n/en';
import { golden } from '../test-golden';
import { session } from './session.svelte';

vi.mock('../shell/Layout.svelte', async () => ({ default: (await import('../ui/Mark.svelte')).default }));

const t = en.join;
const workshop = { id: '3f9ac210', name: 'workshop', version: '0.1.0' };
const secret = 'b3Jkc2VjcmV0c2VjcmV0c2';
const { door: lanDoor } = golden<WhoAmI>('door');

let fake: ReturnType<typeof fakeHub>;
let user: UserEvent;

const stranger = (door: Partial<Door>) => ({
  hub: workshop,
  me: null,
  sees: nothing,
  door: { ...lanDoor, ...door },
});
const letIn = () => {
  fake.table['GET api/me'] = { hub: workshop, me: ada, sees: everything, door: lanDoor };
  return { me: ada };
};
const refuse = (code: ErrorCode, more = {}) =>
  new Refusal({ code, message: `the hub’s sentence about ${code}`, ...more });
const bodies = (call: string) => fake.fetched.filter((one) => one.call === call).map(({ body }) => body);

/** Opens the page at that fragment, before a door like that. */
async function visit(hash = '', door: Partial<Door> = {}) {
  session.stage = 'opening';
  history.replaceState(null, '', `/${hash}`);
  fake.table['GET api/me'] = stranger(door);
  render(App);
  await vi.waitFor(() => expect(session.stage).not.toBe('opening'));
}

const field = (name: string) => screen.queryByLabelText(name);
const typed = (name: string) => screen.getByLabelText<HTMLInputElement>(name).value;
const button = (name: string) => screen.getByRole<HTMLButtonElement>('button', { name });
const press = (name: string) => user.click(button(name));
const says = (role: 'alert' | 'status' | 'heading') => screen.getByRole(role).textContent.trim();

beforeEach(() => {
  fake = fakeHub();
  user = userEvent.setup();
  localStorage.clear();
  sessionStorage.clear();
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});

afterEach(() => {
  cleanup();
  hub.exit();
  hub.signedOut = false;
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('a good link', () => {
  it('asks for a name and nothing else, and for that only the first time', async () => {
    await visit(`#j=${secret}`);
    expect(location.hash, 'a secret does not stay in the address bar').toBe('');
    expect(field(t.pin)).toBeNull();
    await user.type(screen.getByLabelText(t.name), 'ada');
    fake.table['POST api/join'] = letIn;
    await press(t.join);
    expect(bodies('POST api/join')).toEqual([{ name: 'ada', secret }]);
    expect(hub.me?.id).toBe(ada.id);
    cleanup();
    hub.exit();

    await visit(`#j=${secret}`);
    await press(t.join);
    expect(hub.me?.id, 'one tap').toBe(ada.id);
  });

  it('outlives a reload, but not its use', async () => {
    await visit(`#j=${secret}`);
    cleanup();
    await visit('');
    expect(field(t.pin), 'the secret is still there').toBeNull();
    await user.type(screen.getByLabelText(t.name), 'ada');
    fake.table['POST api/join'] = letIn;
    await press(t.join);
    expect(sessionStorage).toHaveLength(0);
  });
});

describe('what does not work says so in its own sentence', () => {
  const codes = ['invite_unknown', 'invite_expired', 'invite_used_up', 'invite_revoked'] as const;

  it.each(codes)('%s, and the PIN is asked for instead', async (code) => {
    await visit(`#j=${secret}`);
    await user.type(screen.getByLabelText(t.name), 'ada');
    fake.table['POST api/join'] = refuse(code);
    await press(t.join);
    expect(says('alert')).toBe(t.refusals[code]);
    expect(field(t.pin)).not.toBeNull();
    expect(typed(t.name)).toBe('ada');
  });

  it('has no two sentences alike', () => {
    const sentences = [...codes.map((code) => t.refusals[code]), t.lockedText];
    expect(new Set(sentences).size).toBe(5);
  });

  it('sees that a link is garbled before anybody asks', async () => {
    await visit('#j=b3Jk c2V');
    expect(says('status')).toBe(t.refusals.invite_unknown);
    expect(field(t.pin)).not.toBeNull();
  });

  it('a locked door leaves knocking, or nothing', async () => {
    await visit(`#j=${secret}`, { locked: true });
    expect(says('heading')).toBe(t.locked('workshop'));
    button(t.knock);
    cleanup();
    await visit(`#j=${secret}`, { locked: true, knock: false });
    expect(says('heading')).toBe(t.locked('workshop'));
    expect(field(t.name)).toBeNull();
  });

  it('a door that was locked meanwhile', async () => {
    await visit(`#j=${secret}`);
    await user.type(screen.getByLabelText(t.name), 'ada');
    fake.table['POST api/join'] = refuse('door_locked');
    fake.table['GET api/me'] = stranger({ locked: true });
    await press(t.join);
    expect(says('heading')).toBe(t.locked('workshop'));
  });

  it('a browser that was banned is told, and not asked for anything', async () => {
    await visit(`#j=${secret}`, { removed: true });
    expect(says('heading')).toBe(t.removed('workshop'));
    expect(screen.queryByRole('textbox')).toBeNull();
  });
});

describe('a PIN', () => {
  beforeEach(async () => {
    await visit();
    await user.type(screen.getByLabelText(t.name), 'ada');
  });

  it('may be typed as it is shown, in groups', async () => {
    fake.table['POST api/join'] = letIn;
    await user.type(screen.getByLabelText(t.pin), '482 913{Enter}');
    expect(bodies('POST api/join')).toEqual([{ name: 'ada', pin: '482913' }]);
    expect(hub.me?.id).toBe(ada.id);
  });

  it('that is wrong is cleared, and the name is kept', async () => {
    fake.table['POST api/join'] = refuse('pin_wrong');
    await user.type(screen.getByLabelText(t.pin), '1111{Enter}');
    expect(says('alert')).toBe(t.refusals.pin_wrong);
    expect(typed(t.pin)).toBe('');
    expect(typed(t.name)).toBe('ada');
  });

  it('rests after too many, for as long as the hub says', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
    fake.table['POST api/join'] = refuse('rate_limited', { field: 'pin', retry_after: 90 });
    await user.type(screen.getByLabelText(t.pin), '1111{Enter}');
    expect(says('alert')).toBe(t.resting);
    expect(button(t.again('1:30')).disabled).toBe(true);
    await vi.advanceTimersByTimeAsync(61_000);
    expect(button(t.again('0:29')).disabled).toBe(true);
    await vi.advanceTimersByTimeAsync(29_000);
    expect(button(t.join).disabled).toBe(false);
    expect(screen.queryByRole('alert')).toBeNull();
  });
});

describe('knocking', () => {
  beforeEach(async () => {
    await visit();
    await user.type(screen.getByLabelText(t.name), 'ada');
    fake.table['POST api/knock'] = { knock: 'k-1' };
  });

  it('waits until the owner answers', async () => {
    const answers: unknown[] = [{ state: 'waiting' }];
    let answer: (said: unknown) => void = () => undefined;
    const later = new Promise((done) => (answer = done));
    fake.table['POST api/knock/wait'] = () => answers.shift() ?? later;
    await press(t.knock);
    expect(says('heading')).toBe(t.knocked);
    screen.getByText(t.knockedText('ada'));
    answer(letIn());
    await vi.waitFor(() => expect(hub.me?.id).toBe(ada.id));
    expect(bodies('POST api/knock/wait')).toEqual([{ knock: 'k-1' }, { knock: 'k-1' }]);
  });

  it.each(['knock_refused', 'not_found'] as const)('that ends with %s says so', async (code) => {
    fake.table['POST api/knock/wait'] = refuse(code);
    await press(t.knock);
    await vi.waitFor(() => expect(says('alert')).toBe(t.refusals[code]));
  });

  it('can be given up, and a late answer is nobody’s', async () => {
    let answer: (said: unknown) => void = () => undefined;
    fake.table['POST api/knock/wait'] = () => new Promise((done) => (answer = done));
    await press(t.knock);
    await press(t.stopKnocking);
    expect(says('heading')).toBe(t.title('workshop'));
    answer(letIn());
    await new Promise((done) => setTimeout(done));
    expect(hub.me).toBeNull();
  });
});
