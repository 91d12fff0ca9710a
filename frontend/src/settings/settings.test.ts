import { fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fakeHub } from '../hub/hubtest';
import type { Invite, Token } from '../hub/protocol.people';
import InvitesDialog from './InvitesDialog.svelte';
import TokensDialog from './TokensDialog.svelte';
import { topicsOf } from './tokens.svelte';

const invite = (id: string, created: string, more: Partial<Invite> = {}): Invite => ({
  id,
  created,
  expires: '2026-11-23T08:00:00Z',
  uses: 20,
  used: 3,
  state: 'open',
  ...more,
});

const token: Token = {
  id: 't1',
  name: 'nas',
  topics: ['backups'],
  can: ['publish'],
  created: '2026-11-22T08:00:00Z',
};

let fake: ReturnType<typeof fakeHub>;
const onclose = () => undefined;
const press = (name: string) => fireEvent.click(screen.getByRole('button', { name }));
const bodies = (call: string) => fake.fetched.filter((one) => one.call === call).map(({ body }) => body);

beforeEach(() => {
  fake = fakeHub();
});

afterEach(() => vi.unstubAllGlobals());

describe('invite links', () => {
  it('are made with a count and an end, and shown to be copied', async () => {
    const made = invite('i2', '2026-11-22T09:00:00Z', { uses: 5, used: 0 });
    fake.table['GET api/invites'] = { invites: [] };
    render(InvitesDialog, { onclose });
    await screen.findByText('No links have been made yet.');
    fake.table['GET api/invites'] = { invites: [made] };
    fake.table['POST api/invites'] = { invite: made, url: 'http://192.168.1.5:7420/#j=secret' };
    await fireEvent.click(screen.getByLabelText('5'));
    await fireEvent.click(screen.getByLabelText('7 days'));
    await press('Make a link');
    await screen.findByText('http://192.168.1.5:7420/#j=secret');
    screen.getByText('0 of 5 came');
    expect(bodies('POST api/invites')).toEqual([{ uses: 5, hours: 168 }]);
  });

  it('say what to do when the hub is not shared', async () => {
    fake.table['GET api/invites'] = { invites: [] };
    render(InvitesDialog, { onclose });
    await screen.findByText('No links have been made yet.');
    const error = { code: 'conflict', message: 'not shared' };
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify({ error }), { status: 409 })));
    await press('Make a link');
    expect((await screen.findByRole('alert')).textContent).toContain('Turn sharing on first');
  });

  it('tell the link of the QR code from the others', async () => {
    const qr = invite('i1', '2026-11-22T08:00:00Z', { uses: 0, sharing: true });
    fake.table['GET api/invites'] = { invites: [qr, invite('i2', '2026-11-21T08:00:00Z')] };
    render(InvitesDialog, { onclose });
    const [first, second] = await screen.findAllByRole('listitem');
    expect(first?.textContent).toContain('The QR code’s link');
    expect(first?.textContent).toContain('3 came');
    expect(second?.textContent).not.toContain('QR');
    expect(screen.getAllByRole('button', { name: 'Revoke' })).toHaveLength(2);
  });

  it('are revoked by a second press, the newest listed first', async () => {
    const list = [
      invite('i1', '2026-11-21T08:00:00Z', { state: 'used_up', used: 20 }),
      invite('i2', '2026-11-22T08:00:00Z'),
    ];
    fake.table['GET api/invites'] = { invites: list };
    fake.table['DELETE api/invites/i2'] = null;
    render(InvitesDialog, { onclose });
    await screen.findByText('3 of 20 came');
    const rows = screen.getAllByRole('listitem').map((row) => row.textContent);
    expect(rows[0]).toContain('3 of 20');
    expect(rows[1]).toContain('used up');
    await press('Revoke'); // there is one: what has ended has no button
    expect(bodies('DELETE api/invites/i2')).toEqual([]);
    await press('Really revoke?');
    await vi.waitFor(() => expect(bodies('DELETE api/invites/i2')).toHaveLength(1));
  });
});

describe('script tokens', () => {
  const plain = 'hs_t1_secret';
  const curl = `curl -H 'Authorization: Bearer ${plain}' -d hello http://192.168.1.5:7420/backups`;

  it('are shown once', async () => {
    fake.table['GET api/tokens'] = { tokens: [] };
    render(TokensDialog, { onclose });
    await screen.findByText('No tokens have been made yet.');
    fake.table['GET api/tokens'] = { tokens: [token] };
    fake.table['POST api/tokens'] = { token, plain, curl };
    await fireEvent.input(screen.getByLabelText('What is it for?'), { target: { value: 'nas' } });
    await fireEvent.input(screen.getByLabelText('Topics'), { target: { value: 'backups' } });
    await fireEvent.click(screen.getByLabelText('30 days'));
    await press('Make a token');
    await screen.findByText(plain);
    screen.getByText(curl);
    expect(bodies('POST api/tokens')).toEqual([
      { name: 'nas', topics: ['backups'], can: ['publish'], days: 30 },
    ]);
    await press('Done');
    expect(screen.queryByText(plain)).toBeNull();
    screen.getByText(/never used/);
  });

  it('that do not go by topics are asked for none', async () => {
    fake.table['GET api/tokens'] = { tokens: [] };
    render(TokensDialog, { onclose });
    await fireEvent.click(screen.getByLabelText('send notifications'));
    await fireEvent.click(screen.getByLabelText('read the monitor'));
    expect(screen.queryByLabelText('Topics')).toBeNull();
  });

  it('take topics with commas between, and none as all', () => {
    expect(topicsOf('backups, nas-*')).toEqual(['backups', 'nas-*']);
    expect(topicsOf('备份,nas')).toEqual(['备份', 'nas']);
    expect(topicsOf(' ')).toEqual(['*']);
  });
});
