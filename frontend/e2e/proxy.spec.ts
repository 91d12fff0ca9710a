import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './hub';
import { HUB, type Lan } from './lan';
import { expect, test as base } from './lantest';
import { composer, joinAs, messages, write } from './test';

/** The server block of the README, as it stands there. */
function documented(): string {
  const readme = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');
  const block = /```nginx\n([\s\S]*?)```/.exec(readme)?.[1];
  if (!block) throw new Error('the README has no nginx block');
  return block;
}

/** What people write first, and what they have after looking up how to get WebSockets through. */
const NAIVE = `server { listen 8080; location / { proxy_pass http://127.0.0.1:7420; } }`;
const HALF = `server { listen 8081; location / { proxy_pass http://127.0.0.1:7420; proxy_http_version 1.1;
  proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; } }`;

const test = base.extend<{ nginx: 'running' }>({
  /** A real nginx on the hub's computer. */
  nginx: async ({ lan, hub }, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'hearth-e2e-nginx-'));
    chmodSync(folder, 0o755); // its workers are another user
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    writeFileSync(
      join(folder, 'nginx.conf'),
      `user www-data; worker_processes 1; pid ${folder}/pid; error_log stderr; daemon off;
       events {}
       http {
         access_log off;
         ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
         ${documented()} ${NAIVE} ${HALF}
       }`,
    );
    const nginx = lan.hub.start('nginx', '-p', folder, '-c', join(folder, 'nginx.conf'));
    const ended = once(nginx, 'exit');
    const patience = Date.now() + 10_000;
    while (!lan.hub.listens(80)) {
      if (nginx.exitCode !== null || Date.now() > patience) throw new Error(`no nginx before ${hub.url}`);
      await sleep(20);
    }
    await use('running');
    nginx.kill('SIGTERM'); // SIGQUIT would wait for the sockets that pages hold
    await ended;
    rmSync(folder, { recursive: true });
  },
});

test.use({ flags: ['--trusted-proxy', '127.0.0.1'] }); // as the README has it

test('behind nginx, as the README has it, all doors work', async ({ hub, phone, nginx, lan }) => {
  expect(nginx).toBe('running');
  await hub.command('PATCH', '/api/share', { shares: { rooms: true, computer: true, notifications: true } });
  const { link } = await hub.command<{ link: string }>('GET', '/api/share');
  const hand = await phone(link.replace(':7420', ''));
  await joinAs(hand, 'ada');
  await write(hand, 'through the proxy');
  await hand.reload();
  await expect(messages(hand).last()).toContainText('through the proxy');
  await expect(composer(hand)).toBeVisible();

  const heard = await hand.evaluate(async () => {
    const first = (path: string, say?: string) =>
      new Promise<string>((done) => {
        const socket = new WebSocket(`ws://${location.host}${path}`);
        socket.onopen = () => say && socket.send(say);
        socket.onmessage = ({ data }) => (done(String(data)), socket.close());
        socket.onclose = ({ code }) => done(`closed with ${code}`);
      });
    return {
      echo: await first('/ws-chat', '{"content":"hi"}'),
      chat: await first('/chat/lobby', 'by the classic door'),
      monitor: Object.keys(JSON.parse(await first('/system-monitor')) as object).slice(0, 3),
    };
  });
  expect(heard.echo).toContain('"status":"received"');
  expect(heard.chat).toBe('Room lobby: by the classic door');
  expect(heard.monitor).toEqual(['timestamp', 'cpu_load', 'memory_usage']);

  const { plain } = await hub.command<{ plain: string }>('POST', '/api/tokens', {
    name: 'nas',
    topics: ['backups'],
    can: ['publish', 'subscribe'],
  });
  const bearer = { Authorization: `Bearer ${plain}` };
  const stream = lan.phone.start(
    'curl',
    '-sN',
    '-H',
    `Authorization: ${bearer.Authorization}`,
    `http://${HUB}/backups/json`,
  );
  let lines = '';
  stream.stdout.on('data', (bytes: Buffer) => (lines += bytes.toString()));
  await expect.poll(() => lines).toContain('"event":"open"');
  expect((await lan.phone.send('POST', `http://${HUB}/backups`, 'Backup done', bearer)).status).toBe(200);
  await expect.poll(() => lines).toContain('Backup done'); // nothing is held back
  stream.kill();
});

/** What the handshake of a WebSocket is answered with. */
const opening = (lan: Lan, port: number, path: string): Promise<Answer> =>
  lan.phone.send('GET', `http://${HUB}:${port}${path}`, '', {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  });

test('who comes through a proxy that says nothing of them is nobody, not the hub’s own programs', async ({
  nginx,
  lan,
}) => {
  expect(nginx).toBe('running');
  for (const port of [8080, 8081]) {
    const at = `http://${HUB}:${port}`;
    expect((await lan.phone.send('POST', `${at}/backups`, 'hi')).status, 'publishing').toBe(401);
    expect((await lan.phone.send('POST', `${at}/chat/lobby`, 'hi')).status, 'writing').toBe(401);
    expect((await lan.phone.send('GET', `${at}/api/rooms`)).status, 'reading').toBe(401);
    expect(JSON.parse((await lan.phone.send('GET', `${at}/api/me`)).body)).toMatchObject({ me: null });
    const joined = await lan.phone.send('POST', `${at}/api/join`, '{"name":"eve"}');
    expect(joined.status, 'joining').toBe(403);
    expect(joined.body).toContain('pin_needed');
  }
  expect(
    (await lan.hub.send('GET', 'http://127.0.0.1:7420/api/rooms')).status,
    'a program of the hub itself',
  ).toBe(200);
  expect(await opening(lan, 8080, '/ws-chat')).toMatchObject({
    status: 426,
    body: expect.stringMatching(/proxy_dropped_upgrade.*proxy_http_version 1\.1/),
  });
  for (const path of [
    '/ws-chat',
    '/chat/lobby',
    '/system-monitor',
    '/notifications?user_id=backups',
    '/backups/ws',
  ])
    expect((await opening(lan, 8081, path)).status, path).toBe(401);
});
