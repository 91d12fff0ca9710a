import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ada, everything, fakeHub, openDoor, Refusal } from '../hub/hubtest';
import type { Entry } from '../hub/protocol';
import type { Act, Face, Me, Person } from '../hub/protocol.people';
import type { Share } from '../hub/protocol.sharing';
import { hub } from '../hub/stream.svelte';
import { golden } from '../test-golden';
import { wordsOf } from './acts.svelte';
import { members } from './members.svelte';
import { followRecord } from './record';
import PeopleDialog from './PeopleDialog.svelte';
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

describe('the dialog of everybody', () => {
  let stop: (() => void) | undefined;
  let seq = 0;

  /** Opens it, as somebody, among those people, while the door is so. */
  async function openPeople(as: Me, locked: boolean, ...list: Person[]) {
    const me = {
      hub: { id: 'h', name: 'workshop', version: '0.1.0' },
      me: as,
      sees: everything,
      door: openDoor,
    };
    fake.table['GET api/me'] = me;
    fake.table['GET api/people'] = fake.table['GET api/people?removed=1'] = { people: list };
    fake.table['GET api/door'] = { locked };
    await hub.open();
    fake.socket.open();
    stop = followRecord();
    fake.socket.followed('acts/hub');
    await members.load(); // what an earlier story loaded is there until then
    render(PeopleDialog, { onclose: () => undefined, titleOf: (room: string) => room });
    await screen.findByText(bob.name);
  }

  afterEach(() => {
    stop?.();
    hub.exit();
  });

  const lock = () => screen.getByRole<HTMLInputElement>('switch', { name: 'Lock the door' });
  const say = (act: string) =>
    fake.socket.say({
      topic: 'acts/hub',
      seq: ++seq,
      time: '2026-11-22T08:05:00Z',
      kind: 'act',
      data: { act, by: eve },
    });
  const press = (name: string) => fireEvent.click(screen.getByRole('button', { name }));
  const topDialog = () => within(screen.getAllByRole('dialog').at(-1) as HTMLElement);

  it.each([
    ['the owner', owner],
    ['a moderator', moderator],
  ])('lets %s lock the door, and shows it locked when the hub says so', async (_, as) => {
    await openPeople(as, false, person(bob, 1));
    await vi.waitFor(() => expect([lock().disabled, lock().checked]).toEqual([false, false]));
    let answer: (body: unknown) => void = () => undefined;
    fake.table['PATCH api/door'] = () => new Promise((done) => (answer = done));
    await fireEvent.click(lock());
    expect(bodies('PATCH api/door')).toEqual([{ locked: true }]);
    expect([lock().disabled, lock().checked], 'it is on its way').toEqual([true, false]);
    answer({ locked: true });
    await vi.waitFor(() => expect([lock().disabled, lock().checked]).toEqual([false, true]));
    screen.getByText('Nobody new gets in at the moment.');
  });

  it('says why the door could not be locked, and leaves it as it is', async () => {
    await openPeople(moderator, false, person(bob, 1));
    await vi.waitFor(() => expect(lock().disabled).toBe(false));
    fake.table['PATCH api/door'] = new Refusal(
      { code: 'rate_limited', message: 'slow down', retry_after: 3 },
      429,
    );
    await fireEvent.click(lock());
    expect((await screen.findByRole('alert')).textContent).toContain('Again in 3 seconds');
    expect([lock().disabled, lock().checked]).toEqual([false, false]);
  });

  it('follows what others do to the door and to people', async () => {
    await openPeople(moderator, true, person(bob, 1), person(eve, 2));
    await vi.waitFor(() => expect(lock().checked).toBe(true));
    say('door_unlocked');
    await vi.waitFor(() => expect(lock().checked).toBe(false));
    fake.table['GET api/people'] = { people: [person(eve, 2)] };
    say('removed');
    await vi.waitFor(() => expect(screen.queryByText(bob.name)).toBeNull());
  });

  it('ends the gathering with a reason, and says how many guests that is', async () => {
    await openPeople(owner, false, person(bob, 1), person(eve, 2, { role: 'member' }));
    fake.table['POST api/gathering/end'] = { removed: [bob] };
    await press('End this gathering…');
    topDialog().getByText(/^1 guest is signed out at once/);
    await fireEvent.input(topDialog().getByLabelText('Reason'), { target: { value: 'good night' } });
    fake.table['GET api/people?removed=1'] = { people: [person(eve, 2, { role: 'member' })] };
    await press('Sign all guests out');
    await vi.waitFor(() => expect(screen.queryByText(bob.name)).toBeNull());
    expect(bodies('POST api/gathering/end')).toEqual([{ reason: 'good night' }]);
    expect(screen.getAllByRole('dialog'), 'the question is answered').toHaveLength(1);
  });

  it('keeps the question open when the gathering could not be ended', async () => {
    await openPeople(owner, false, person(bob, 1));
    fake.table['POST api/gathering/end'] = new Refusal({ code: 'read_only', message: 'read only' }, 507);
    await press('End this gathering…');
    await press('Sign all guests out');
    expect((await topDialog().findByRole('alert')).textContent).toBe('The hub cannot write to its disk.');
    expect(screen.getAllByRole('dialog')).toHaveLength(2);
  });

  it('shows the owner who is kept out, and lets them back in', async () => {
    await openPeople(owner, false, person(bob, 1), person(eve, 2, { banned: true }));
    expect(screen.queryByText(eve.name), 'not among those who can come').toBeNull();
    await fireEvent.click(screen.getByRole('radio', { name: 'Kept out' }));
    screen.getByText(eve.name);
    await press('Let back in…');
    fake.table[`PATCH api/people/${eve.id}`] = person(eve, 2);
    fake.table['GET api/people?removed=1'] = { people: [person(bob, 1), person(eve, 2)] };
    await press('Let back in');
    await screen.findByText('Nobody is kept out.');
    expect(bodies(`PATCH api/people/${eve.id}`)).toEqual([{ banned: false }]);
    await fireEvent.click(screen.getByRole('radio', { name: 'Here and known' }));
    screen.getByText(eve.name);
  });

  it('tells a moderator nothing of who is kept out', async () => {
    await openPeople(moderator, false, person(bob, 1));
    expect(screen.queryByRole('radio', { name: 'Kept out' })).toBeNull();
    expect(bodies('GET api/people?removed=1')).toEqual([]);
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
