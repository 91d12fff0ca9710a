import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ada, fakeHub } from '../hub/hubtest';
import type { Entry } from '../hub/protocol';
import type { Act, Face, Me, Person } from '../hub/protocol.people';
import type { Share } from '../hub/protocol.sharing';
import { hub } from '../hub/stream.svelte';
import { golden } from '../test-golden';
import { wordsOf } from './acts.svelte';
import { members } from './members.svelte';
import PersonMenu from './PersonMenu.svelte';

const bob: Face = { id: 'b2c4d6e7f2g3', name: 'bob', tag: 'B2C4', hue: 20 };
const eve: Face = { id: 'e2c4d6e7f2g3', name: 'eve', tag: 'E2C4', hue: 90 };
const person = (peer: Face, minute: number, more: Partial<Person> = {}): Person => ({
  peer,
  state: 'online',
  since: '2026-11-22T08:00:00Z',
  role: 'guest',
  joined: `2026-11-22T08:0${minute}:00Z`,
  ...more,
});

const owner: Me = { ...ada, role: 'owner' };
const moderator: Me = { ...ada, moderator: true };
let fake: ReturnType<typeof fakeHub>;

beforeEach(() => {
  fake = fakeHub();
});

afterEach(() => {
  hub.me = null;
  vi.unstubAllGlobals();
});

/** Opens the menu about bob, as somebody, among those people. */
async function open(as: Me, ...list: Person[]) {
  hub.me = as;
  fake.table[as.role === 'owner' ? 'GET api/people?removed=1' : 'GET api/people'] = { people: list };
  await members.load(); // what an earlier story loaded is there until then
  render(PersonMenu, { peer: bob });
  const menu = screen.getByRole('menu', { hidden: true });
  menu.showPopover();
  return within(menu)
    .queryAllByRole('menuitem', { hidden: true })
    .map((item) => item.textContent.trim());
}

const pick = (name: string) => fireEvent.click(screen.getByText(name));
const dialog = () => within(screen.getByRole('dialog'));
const confirm = (name: string) => fireEvent.click(dialog().getByRole('button', { name }));
const bodies = (call: string) => fake.fetched.filter((one) => one.call === call).map(({ body }) => body);

describe('the menu about a person', () => {
  it('lets the owner keep a guest, and says how the guest came', async () => {
    const guest = person(bob, 1, { invite: 'i1', from: ['192.168.1.20'] });
    expect(await open(owner, guest)).toEqual(['Make a member…', 'Mute…', 'Remove…']);
    screen.getByText('192.168.1.20');
    screen.getByText(/by a link/);
  });

  it('lets the owner appoint members, and take it back', async () => {
    expect(await open(owner, person(bob, 1, { role: 'member', muted: true }))).toEqual([
      'Let moderate…',
      'Make a guest again…',
      'Let write again…',
      'Remove…',
    ]);
  });

  it('lets a moderator act on who does not moderate, and decide nothing about ranks', async () => {
    expect(await open(moderator, person(bob, 1))).toEqual(['Mute…', 'Remove…']);
  });

  it('offers a moderator nothing about another one', async () => {
    expect(await open(moderator, person(bob, 1, { role: 'member', moderator: true }))).toEqual([]);
  });

  it('offers nobody anything about the owner', async () => {
    expect(await open(moderator, person(bob, 1, { role: 'owner' }))).toEqual([]);
  });

  it('mutes with a reason', async () => {
    await open(owner, person(bob, 1));
    fake.table[`PATCH api/people/${bob.id}`] = person(bob, 1, { muted: true });
    await pick('Mute…');
    await screen.findByRole('dialog');
    await fireEvent.input(dialog().getByLabelText('Reason'), { target: { value: ' too loud ' } });
    await confirm('Mute');
    await vi.waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(bodies(`PATCH api/people/${bob.id}`)).toEqual([{ muted: true, reason: 'too loud' }]);
  });
});

describe('removing', () => {
  const ways = () =>
    dialog()
      .queryAllByRole<HTMLInputElement>('radio')
      .map(({ value, checked }) => [value, checked]);

  async function begin(as: Me, sharing: boolean, ...list: Person[]) {
    fake.table['GET api/share'] = { on: sharing } satisfies Partial<Share>;
    fake.table[`POST api/people/${bob.id}/remove`] = { removed: [bob] };
    await open(as, ...list);
    await pick('Remove…');
    await screen.findByRole('dialog');
  }

  const sent = () => bodies(`POST api/people/${bob.id}/remove`);

  it('offers to change QR and PIN first while they are shown, and does it', async () => {
    await begin(owner, true, person(bob, 1, { invite: 'i1' }), person(eve, 2, { invite: 'i1' }));
    await vi.waitFor(() =>
      expect(ways()).toEqual([
        ['renew', true],
        ['one', false],
        ['same', false],
      ]),
    );
    await confirm('Remove');
    await vi.waitFor(() => expect(sent()).toEqual([{ ban: false, same_invite: false, renew: true }]));
  });

  it('names those who came by the same link after them, and takes them too', async () => {
    const before = person({ ...eve, id: 'before', name: 'early' }, 0, { invite: 'i1' });
    await begin(owner, false, before, person(bob, 1, { invite: 'i1' }), person(eve, 2, { invite: 'i1' }));
    const same = dialog().getByText('Also eve.');
    await fireEvent.click(same);
    await fireEvent.click(dialog().getByRole('checkbox'));
    await confirm('Remove');
    await vi.waitFor(() => expect(sent()).toEqual([{ ban: true, same_invite: true, renew: false }]));
  });

  it('asks a moderator no question that is the owner’s', async () => {
    await begin(moderator, true, person(bob, 1));
    expect(ways()).toEqual([]);
    await confirm('Remove');
    await vi.waitFor(() => expect(sent()).toEqual([{ ban: false, same_invite: false, renew: false }]));
  });
});

describe('the record', () => {
  const titleOf = (room: string) => (room === 'lobby' ? 'Lobby' : room);
  const act = (data: Partial<Act>): string => wordsOf({ act: 'removed', by: ada, ...data }, titleOf);

  it('says who did what to whom and where', () => {
    expect(act({ peer: bob })).toBe('ada removed bob');
    expect(act({ act: 'room_cleared', room: 'lobby' })).toBe('ada cleared #Lobby');
    expect(act({ act: 'message_deleted', peer: bob, room: 'lobby', seq: 7 })).toBe(
      'ada deleted a message of bob in #Lobby',
    );
  });

  it('is read from the wire', () => {
    const { data } = golden<Extract<Entry, { kind: 'act' }>>('act');
    expect(act(data)).toBe('eve deleted a message of ada in #Lobby');
    expect(data.reason).toBe('not here');
  });

  it('shows an act it does not know by its word', () => {
    expect(act({ act: 'gong_sounded', peer: bob })).toBe('ada gong sounded bob');
  });
});
