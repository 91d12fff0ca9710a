import { cleanup, render, screen, within } from '@testing-library/svelte';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ada, fakeHub, Refusal } from '../hub/hubtest';
import type { Person } from '../hub/protocol.people';
import type { Share } from '../hub/protocol.sharing';
import { hub } from '../hub/stream.svelte';
import { en } from '../i18n/en';
import { sharing as words } from '../i18n/sharing.en';
import { golden } from '../test-golden';
import { qrOf } from './qr';
import { grouped, sharing } from './share.svelte';
import ShareDialog from './ShareDialog.svelte';
import KnockCard from './KnockCard.svelte';

const on = golden<Share>('share');
const off: Share = {
  ...on,
  on: false,
  url: '',
  link: '',
  addresses: [],
  pin: '',
  since: '',
  lamp: { ...on.lamp, state: 'off' },
};
const secret = on.link.slice(on.link.indexOf('#'));
const at = (address: string) => `http://${address}:7420`;
const knock = { id: 'k1', name: 'eve', from: '192.168.1.20', time: '2026-11-24T19:41:00.000Z' };

let fake: ReturnType<typeof fakeHub>;
let user: UserEvent;
let stop: () => void;
let entries = 0;

beforeEach(async () => {
  user = userEvent.setup();
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function () {
    this.open = false;
  };
  fake = fakeHub({ 'GET api/people': { people: [] } });
  await hub.open();
  hub.me = { ...ada, role: 'owner' };
  fake.socket.open();
  stop = sharing.start();
  fake.socket.followed('share/hub');
  await say(off);
});

afterEach(() => {
  stop();
  cleanup();
  hub.exit();
  sharing.problem = undefined;
  vi.unstubAllGlobals();
});

async function say(data: Share) {
  const seq = ++entries;
  fake.socket.say({ topic: 'share/hub', seq, time: '2026-11-24T19:40:00.000Z', kind: 'share', data });
  await vi.waitFor(() => expect(sharing.state).toEqual(data));
}

const open = () => render(ShareDialog, { onclose: () => undefined });
const toggle = (name: string) => screen.getByRole<HTMLInputElement>('switch', { name });
const drawn = () => document.querySelector('svg[role=img] path')?.getAttribute('d');
const asked = () => fake.fetched.filter(({ call }) => !call.startsWith('GET')).at(-1);

describe('the switch', () => {
  it('shares, and shows what the hub says and not what was clicked', async () => {
    open();
    let answer: (share: Share) => void = () => undefined;
    fake.table['PATCH api/share'] = () => new Promise((done) => (answer = done));
    await user.click(toggle(words.on('workshop')));
    expect(asked()).toEqual({ call: 'PATCH api/share', body: { on: true } });
    expect(toggle(words.on('workshop')).checked).toBe(false);
    answer(on);
    await screen.findByText('482 913');
    expect(toggle(words.on('workshop')).checked).toBe(true);
  });

  it('says why it cannot', async () => {
    open();
    const message = 'port 7420 is taken on 192.168.1.5';
    fake.table['PATCH api/share'] = new Refusal({ code: 'conflict', message }, 409);
    await user.click(toggle(words.on('workshop')));
    expect((await screen.findByRole('alert')).textContent).toBe(message);
    delete fake.table['PATCH api/share'];
    await user.click(toggle(words.on('workshop')));
    expect((await screen.findByRole('alert')).textContent).toBe(words.unreachable);
  });

  it.each([
    [words.lock, 'PATCH api/door', { locked: true }],
    [words.askPin, 'PATCH api/share', { pin: 'none' }],
    [words.awake, 'PATCH api/share', { awake: false }],
    [words.computer, 'PATCH api/share', { shares: { rooms: true, computer: true, notifications: false } }],
  ])('“%s” asks for one change', async (name, call, body) => {
    await say(on);
    open();
    fake.table[call] = on;
    await user.click(toggle(name));
    expect(asked()).toEqual({ call, body });
  });
});

describe('the QR code', () => {
  it('leads to the best address with the secret, and follows it when it changes', async () => {
    await say(on);
    open();
    expect(drawn()).toBe(qrOf(on.link).path);
    const moved = { ...on, url: at('10.0.0.7'), link: `${at('10.0.0.7')}/${secret}` };
    await say({
      ...moved,
      addresses: on.addresses
        .slice(0, 1)
        .map((one) => ({ ...one, address: '10.0.0.7', url: at('10.0.0.7') })),
    });
    await vi.waitFor(() => expect(drawn()).toBe(qrOf(moved.link).path));
  });

  it('leads to another address that was chosen, which says why it came last', async () => {
    await say(on);
    open();
    const last = screen.getByRole('radio', { name: /172\.17\.0\.1/, hidden: true });
    expect(last.closest('label')?.textContent).toContain(words.why.container);
    await user.click(last);
    expect(drawn()).toBe(qrOf(`${at('172.17.0.1')}/${secret}`).path);
    await say({ ...on, addresses: on.addresses.slice(0, 1) });
    await vi.waitFor(() => expect(drawn(), 'the address is gone').toBe(qrOf(on.link).path));
  });

  it('is absent while the computer has no address', async () => {
    await say({ ...on, url: '', link: '', addresses: [] });
    open();
    expect(drawn()).toBeUndefined();
    expect(screen.getByText(words.noAddress)).toBeTruthy();
  });

  it('is made anew together with the PIN', async () => {
    await say(on);
    open();
    fake.table['POST api/share/renew'] = { ...on, pin: '7350', link: `${on.url}/#j=YW5vdGhlcnNlY3JldGFub3R` };
    await user.click(screen.getByRole('button', { name: words.renew }));
    await screen.findByText('7350');
    expect(drawn()).toBe(qrOf(`${on.url}/#j=YW5vdGhlcnNlY3JldGFub3R`).path);
  });
});

it('says why the computer is not kept awake', async () => {
  const why = 'this system has no login service that could keep it awake';
  await say({ ...on, awake: { wanted: true, held: false, how: '', why } });
  open();
  screen.getByText(words.awakeFails(why));
});

it('shows who came, from where, and what may keep others out', async () => {
  const person = (id: string, name: string, from?: string[]): Person => ({
    peer: { id, name, tag: 'B2C4', hue: 20 },
    state: 'online',
    since: on.since,
    ...(from && { from }),
  });
  fake.table['GET api/people'] = {
    people: [person('b', 'bob', ['192.168.1.20', '127.0.0.1']), person('e', 'eve')],
  };
  const ufw = {
    code: 'firewall_ufw',
    level: 'warn' as const,
    text: 'ufw…',
    command: 'sudo ufw allow 7420/tcp',
  };
  const news = { ...ufw, code: 'moon', text: 'The moon stands in the way.', command: '' };
  await say({ ...on, causes: [{ ...ufw, args: { port: 7420 } }, news] });
  open();
  const bob = await screen.findByText('bob');
  expect(bob.closest('li')?.textContent).toContain('192.168.1.20');
  expect(bob.closest('li')?.textContent).not.toContain('127.0.0.1');
  expect(screen.queryByText('eve'), 'who has no session is not connected').toBeNull();
  screen.getByText(words.lamp.waiting);
  screen.getByText(words.causes.firewall_ufw({ port: '7420' }));
  screen.getByText('sudo ufw allow 7420/tcp');
  screen.getByText(news.text);
  await say({ ...on, lamp: { state: 'joined', address: '192.168.1.20', name: 'bob', time: on.since } });
  await screen.findByText(words.lamp.joined('bob', '192.168.1.20'));
  expect(screen.queryByText(words.nobodyCame)).toBeNull();
});

it('lets the owner answer a knock wherever he is', async () => {
  render(KnockCard);
  expect(screen.queryByRole('alert')).toBeNull();
  await say({ ...on, knocks: [knock] });
  const card = await screen.findByRole('region');
  within(card).getByText(en.share.knock('eve'));
  fake.table['POST api/knocks/k1'] = on;
  await user.click(within(card).getByRole('button', { name: en.share.letIn }));
  expect(asked()).toEqual({ call: 'POST api/knocks/k1', body: { in: true } });
  await vi.waitFor(() => expect(screen.queryByRole('region')).toBeNull());
});

it('fills the screen with the code, and leaves by Esc without leaving the panel', async () => {
  await say(on);
  open();
  await user.click(screen.getByRole('button', { name: words.fullScreen }));
  const big = screen.getByRole('dialog', { name: 'workshop' });
  expect(big.dataset.theme, 'dark on white in every theme').toBe('light');
  within(big).getByText('192.168.1.5:7420');
  within(big).getByText('482 913');
  within(big).getByText(words.big.count(1));
  big.dispatchEvent(new Event('cancel', { cancelable: true }));
  await vi.waitFor(() => expect(screen.queryByRole('dialog', { name: 'workshop' })).toBeNull());
  screen.getByText(en.share.title);
});

it.each([
  ['482913', '482 913'],
  ['4829', '4829'],
  ['48291307', '4829 1307'],
  ['4829130', '4829130'],
  ['482913075', '482 913 075'],
])('shows the PIN %s as %s', (pin, shown) => expect(grouped(pin)).toBe(shown));
