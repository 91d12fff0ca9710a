import { mkdirSync } from 'node:fs';
import { join as path } from 'node:path';
import type { Page } from '@playwright/test';
import type { Hub } from './hub';
import { expect, joinAs, messages, test, write } from './test';

// Pictures to look at, not to compare: SHOTS=folder npx playwright test shots
const folder = process.env.SHOTS ?? '';

const TALK: [name: string, text: string][] = [
  ['bob', 'Morning. The array finished its rebuild at four, no errors. Reads are back at 480 MB/s.'],
  ['ada', 'Lovely. For the next one, this is all it takes to check on it:'],
  [
    'ada',
    '```bash\nmdadm --detail /dev/md0 | grep -E "State|Rebuild"\nwatch -n 5 cat /proc/mdstat   # progress and speed\n```',
  ],
  ['eve', '我把它做成了脚本,放在 [tools/check-array](https://example.org/tools) 里,大家直接用就行。'],
  ['bob', 'I will add it to the runbook next to `smartctl -a`.'],
  [
    'eve',
    'That is me, sorry. Indexing the photo archive, it should settle in ten minutes. @ada can you mute the alert until then?',
  ],
];

const NOTICES: [topic: string, text: string, headers: Record<string, string>][] = [
  [
    'deploys',
    'Three hosts updated in 48 seconds, none skipped.',
    { Title: 'Deploy of hub 0.9.2 finished', Tags: 'rocket' },
  ],
  ['backups', 'Backup done', { Tags: 'floppy_disk' }],
  [
    'nas',
    'Back to 48 °C after peaking at 71 °C.',
    { Title: 'Temperature on rack-2', Priority: 'high', Tags: 'thermometer,rack-2' },
  ],
  [
    'nas',
    'Disk 3 was kicked out of md0.',
    { Title: 'Array degraded', Priority: 'urgent', Tags: 'rotating_light,md0' },
  ],
];

/** A morning in a small workshop. */
async function furnish(hub: Hub, visit: (place?: string) => Promise<Page>, ada: Page): Promise<void> {
  const pages = new Map<string, Page>([['ada', ada]]);
  for (const name of ['bob', 'eve']) {
    const page = await visit('/#/room/lobby');
    await joinAs(page, name);
    pages.set(name, page);
  }
  for (const [name, text] of TALK) await write(pages.get(name) ?? ada, text);
  await hub.send('POST', '/chat/deploys', 'hub 0.9.2 on three hosts');
  await hub.send('POST', '/chat/lunch', 'noodles at one?');
  for (const [topic, text, headers] of NOTICES) await hub.send('POST', `/${topic}`, text, headers);
}

test.setTimeout(180_000);

test('pictures', async ({ hub, visit }, { project }) => {
  const shoot = async (page: Page, name: string): Promise<void> => {
    mkdirSync(folder, { recursive: true });
    await page.mouse.move(0, 0);
    await page.screenshot({
      path: path(folder, `${name}-${project.name}.png`),
      animations: 'disabled',
    });
  };
  const ada = await visit('/#/room/lobby');
  await expect(ada.getByLabel('Your name')).toBeVisible();
  await shoot(ada, 'join');
  await joinAs(ada, 'ada');
  await shoot(ada, 'empty');
  await furnish(hub, visit, ada);
  const go = (hash: string) => ada.goto(new URL(hash, hub.url).href);
  if (project.name.startsWith('phone')) {
    await go('/#/rooms');
    await expect(ada.getByRole('link', { name: /lunch/ })).toBeVisible();
    await shoot(ada, 'rooms');
  }
  await go('/#/monitor');
  await expect(ada.getByRole('img', { name: /^CPU: / })).toBeVisible();
  await shoot(ada, 'monitor');
  await go('/#/room/lobby');
  await expect(messages(ada).last()).toContainText('mute the alert');
  await hub.send('POST', '/nas', 'Disk 4 is failing too.', { Title: 'Array at risk', Priority: 'urgent' });
  await expect(ada.getByRole('alert').first()).toBeVisible();
  await shoot(ada, 'alert');
  await go('/#/inbox');
  await expect(ada.getByRole('button', { name: /Array degraded/ })).toBeVisible();
  await shoot(ada, 'inbox');
  await go('/#/room/lobby');
  await shoot(ada, 'chat');
});
