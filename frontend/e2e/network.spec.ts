import type { Page } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join as path } from 'node:path';
import type { Invite } from '../src/hub/protocol.people';
import type { Share } from '../src/hub/protocol.sharing';
import type { Answer, Hub } from './hub';
import { HUB, PHONE } from './lan';
import { expect, test } from './lantest';
import { composer, joinAs, messages, write } from './test';

const secretIn = ({ link }: Share): string => link.replace(/.*#j=/, '');

/** The status of an answer and the code of what it refuses. */
function codeOf({ status, body }: Answer): string {
  return status < 400
    ? `${status}`
    : `${status} ${(JSON.parse(body) as { error: { code: string } }).error.code}`;
}

/** The link behind the QR code in a picture of that page, as a phone's camera sees it. */
async function scanned(page: Page): Promise<string> {
  const picture = test.info().outputPath('screen.png');
  await page.screenshot({ path: picture });
  const link = execFileSync('zbarimg', ['--quiet', '--raw', '-Sdisable', '-Sqrcode.enable', picture], {
    stdio: ['ignore', 'pipe', 'ignore'], // it misses a D-Bus
  });
  rmSync(picture); // it lets in whoever has it
  return link.toString().trim();
}

test('within a minute of the start, somebody on a phone has joined by the QR code in two taps and talks', async ({
  owner,
  phone,
}) => {
  test.setTimeout(60_000);
  const desk = await owner('/#/room/lobby');
  await desk.getByRole('button', { name: /share/i }).first().click();
  await expect(desk.getByRole('img', { name: `QR code that leads to http://${HUB}:7420` })).toBeVisible();
  let link = '';
  await expect(async () => (link = await scanned(desk))).toPass(); // the panel may still move
  expect(link.replace(/#.*/, '')).toBe(`http://${HUB}:7420/`);

  const hand = await phone(link);
  await hand.getByLabel('Your name').fill('ada'); // the first tap, unless the field has the focus by itself
  await hand.getByRole('button', { name: 'Join', exact: true }).tap();
  await expect(composer(hand)).toBeVisible();
  expect(hand.url()).not.toContain('j=');
  await expect(desk.getByText(`ada joined via ${PHONE}`)).toBeVisible();

  await desk.keyboard.press('Escape');
  await write(hand, 'hello from the phone');
  await expect(messages(desk).last()).toContainText('hello from the phone');
  await write(desk, 'hello from the desk');
  await expect(messages(hand).last()).toContainText('hello from the desk');
});

test('the address of the real network comes first, and each of the others says why not', async ({ hub }) => {
  const { addresses } = await hub.command<Share>('GET', '/api/share');
  expect(addresses[0]).toMatchObject({ address: HUB, interface: 'eth0', best: true, why: '' });
  const others = Object.fromEntries(addresses.slice(1).map(({ interface: name, why }) => [name, why]));
  expect(others).toEqual({
    docker0: 'container',
    'br-0a1b2c3d4e5f': 'container',
    virbr0: 'virtual',
    wg0: 'vpn',
  });
});

test('who has no link needs the PIN', async ({ hub, phone, problems }) => {
  const { pin } = await hub.command<Share>('GET', '/api/share');
  const hand = await phone(`http://${HUB}:7420/`);
  await hand.getByLabel('Your name').fill('ada');
  await hand.getByLabel('PIN').fill(pin === '000000' ? '000001' : '000000');
  await hand.getByRole('button', { name: 'Join', exact: true }).tap();
  await expect(hand.getByText('That is not the PIN.')).toBeVisible();
  expect(problems.splice(0).join()).toContain('403'); // the browser reports it by itself
  await hand.getByLabel('PIN').fill(pin);
  await hand.getByRole('button', { name: 'Join', exact: true }).tap();
  await expect(composer(hand)).toBeVisible();
});

test('a page from elsewhere gets nothing, under its own name and under a rebound one', async ({
  hub,
  browsers,
  lan,
}) => {
  const { link } = await hub.command<Share>('GET', '/api/share');
  const context = await browsers.phone.newContext();
  const guest = await context.newPage();
  await guest.goto(link);
  await joinAs(guest, 'ada');
  await context.route('http://evil.example/', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>evil</title>' }),
  );
  const evil = await context.newPage();
  await evil.goto('http://evil.example/');
  const got = await evil.evaluate(async (hub) => {
    const read = async (path: string, how?: RequestInit) => {
      try {
        return (await fetch(hub + path, how)).type;
      } catch (error) {
        return String(error);
      }
    };
    const socket = (path: string) =>
      new Promise<string>((done) => {
        const ws = new WebSocket(hub.replace('http', 'ws') + path);
        ws.onopen = () => done('open');
        ws.onerror = () => done('refused');
      });
    return {
      read: await read('/api/rooms', { credentials: 'include' }),
      write: await read('/chat/lobby', {
        method: 'POST',
        body: 'evil',
        mode: 'no-cors',
        credentials: 'include',
      }),
      sockets: await Promise.all(['/ws', '/ws-chat', '/chat/lobby', '/system-monitor'].map(socket)),
    };
  }, `http://${HUB}:7420`);
  expect(got).toEqual({
    read: 'TypeError: Failed to fetch',
    write: 'TypeError: Failed to fetch', // whether or not it was sent, which is seen below
    sockets: ['refused', 'refused', 'refused', 'refused'],
  });
  await expect(messages(guest)).toHaveCount(0);
  await expect(composer(guest)).toBeVisible(); // and is still signed in

  // *.example is at the hub's address now: to the browser, evil.example:7420 and its scripts are one origin.
  const answer = await evil.goto('http://evil.example:7420/');
  expect(answer?.status()).toBe(403);
  await expect(evil.locator('body')).toContainText('host_not_allowed');
  expect(await evil.evaluate(async () => (await fetch('/api/me')).status)).toBe(403);
  await context.close();

  expect(
    codeOf(await lan.phone.send('GET', `http://${HUB}:7420/api/me`, '', { Origin: 'http://evil.example' })),
  ).toBe('403 origin_not_allowed');
  const { refusals } = await hub.command<{ refusals: { code: string }[] }>('GET', '/api/doctor');
  expect(refusals.map(({ code }) => code)).toEqual(
    expect.arrayContaining(['host_not_allowed', 'origin_not_allowed']),
  );
});

test('links that are used up, taken back or made up let nobody in', async ({ hub, lan }) => {
  const join = async (body: object) =>
    codeOf(
      await lan.phone.send('POST', `http://${HUB}:7420/api/join`, JSON.stringify({ name: 'eve', ...body })),
    );
  const invite = async () => {
    const { invite, url } = await hub.command<{ invite: { id: string }; url: string }>(
      'POST',
      '/api/invites',
      {
        uses: 1,
      },
    );
    expect(url).toContain(`http://${HUB}:7420/#j=`);
    return { id: invite.id, secret: url.replace(/.*#j=/, '') };
  };
  expect(await join({})).toBe('403 pin_needed');
  expect(await join({ secret: 'x'.repeat(22) })).toBe('403 invite_unknown');

  const once = await invite();
  expect(await join({ secret: once.secret })).toBe('201');
  expect(await join({ secret: once.secret })).toBe('403 invite_used_up');

  const revoked = await invite();
  await hub.command('DELETE', `/api/invites/${revoked.id}`);
  expect(await join({ secret: revoked.secret })).toBe('403 invite_revoked');

  const before = secretIn(await hub.command<Share>('GET', '/api/share'));
  expect(await join({ secret: before })).toBe('201');
  const after = secretIn(await hub.command<Share>('POST', '/api/share/renew'));
  expect(await join({ secret: before })).toBe('403 invite_revoked');

  await hub.command('PATCH', '/api/door', { locked: true });
  expect(await join({ secret: after })).toBe('403 door_locked');
});

/** Restarts the hub with an invite that has expired, and returns its secret. */
async function restartedWithExpired(hub: Hub): Promise<string> {
  await hub.stop();
  const root = path(import.meta.dirname, '..', '..');
  const secret = execFileSync('go', ['run', './frontend/e2e/expired', hub.data], { cwd: root });
  await hub.start();
  return secret.toString().trim();
}

test('a link that has expired lets nobody in, and says so', async ({ hub, lan, phone, problems }) => {
  const secret = await restartedWithExpired(hub);
  const body = JSON.stringify({ name: 'eve', secret });
  expect(codeOf(await lan.phone.send('POST', `http://${HUB}:7420/api/join`, body))).toBe(
    '403 invite_expired',
  );
  const { invites } = await hub.command<{ invites: Invite[] }>('GET', '/api/invites');
  expect(invites.map(({ state }) => state)).toContain('expired');

  const hand = await phone(`http://${HUB}:7420/#j=${secret}`);
  await hand.getByLabel('Your name').fill('eve');
  await hand.getByRole('button', { name: 'Join', exact: true }).tap();
  await expect(hand.getByText('This link has expired. Ask for a fresh one.')).toBeVisible();
  await expect(hand.getByLabel('PIN')).toBeVisible(); // the other way in
  await expect(composer(hand)).toHaveCount(0);
  expect(problems.splice(0).join()).toContain('403'); // the browser reports it by itself
});

test('a token that is revoked is worth nothing, at once', async ({ hub, lan }) => {
  const at = `http://${HUB}:7420/backups`;
  expect((await lan.phone.send('POST', at, 'no token')).status).toBe(401);
  const { token, plain } = await hub.command<{ token: { id: string }; plain: string }>(
    'POST',
    '/api/tokens',
    {
      name: 'nas',
      topics: ['backups'],
      can: ['publish', 'subscribe'],
    },
  );
  const bearer = { Authorization: `Bearer ${plain}` };
  expect((await lan.phone.send('POST', at, 'done', bearer)).status).toBe(200);
  expect((await lan.phone.send('POST', `http://${HUB}:7420/alarms`, 'out of scope', bearer)).status).toBe(
    403,
  );

  const stream = lan.phone.start('curl', '-sN', '-H', `Authorization: ${bearer.Authorization}`, `${at}/json`);
  const ended = once(stream, 'exit');
  await once(stream.stdout, 'data'); // it says that it is open
  await hub.command('DELETE', `/api/tokens/${token.id}`);
  await ended;
  expect((await lan.phone.send('POST', at, 'done', bearer)).status).toBe(401);
});

/** What is the owner's, or his whom he trusts. */
const NOT_FOR_GUESTS = [
  ['GET', '/api/share'],
  ['PATCH', '/api/share'],
  ['PATCH', '/api/door'],
  ['POST', '/api/share/renew'],
  ['POST', '/api/knocks/x'],
  ['GET', '/api/invites'],
  ['POST', '/api/invites'],
  ['DELETE', '/api/invites/x'],
  ['GET', '/api/tokens'],
  ['POST', '/api/tokens'],
  ['DELETE', '/api/tokens/x'],
  ['PATCH', '/api/settings'],
  ['GET', '/api/status'],
  ['GET', '/api/backup'],
  ['GET', '/api/doctor'],
  ['POST', '/api/host/link'],
  ['POST', '/api/host/show'],
  ['POST', '/api/host/quit'],
  ['POST', '/api/host/open-url'],
  ['GET', '/api/people?removed=1'],
  ['PATCH', '/api/people/x'],
  ['POST', '/api/people/x/remove'],
  ['POST', '/api/gathering/end'],
  ['PATCH', '/api/rooms/lobby'],
  ['POST', '/api/rooms/lobby/clear'],
  ['DELETE', '/api/rooms/lobby'],
  ['GET', '/api/topics/share/hub?last=1'],
  ['GET', '/api/topics/acts/hub?last=1'],
  ['GET', '/api/topics/alert/hub?last=1'],
  ['GET', '/api/topics/monitor/local?last=1'],
  ['GET', '/api/monitor/now'],
  ['POST', '/backups'],
  ['GET', '/backups/json?poll=1'],
] as const;

test('a guest can do what guests may, and nothing else', async ({ hub, phone, problems }) => {
  const { link } = await hub.command<Share>('GET', '/api/share');
  const hand = await phone(link);
  await joinAs(hand, 'ada');
  await write(hand, 'hello');
  const statuses = await hand.evaluate(async (calls) => {
    const answers: string[] = [];
    for (const [method, path] of calls) {
      const answer = await fetch(path, { method, ...(method === 'GET' ? {} : { body: '{}' }) });
      answers.push(`${method} ${path}: ${answer.status}`);
    }
    return answers;
  }, NOT_FOR_GUESTS);
  expect(statuses).toEqual(NOT_FOR_GUESTS.map(([method, path]) => `${method} ${path}: 403`));
  problems.splice(0); // the browser reports each refusal
  await write(hand, 'still here');
});
