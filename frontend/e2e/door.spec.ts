import type { Page } from '@playwright/test';
import { expectHarmless, SHORT } from './hostile';
import { HUB, PHONE } from './lan';
import { expect, test as base } from './lantest';
import { Hub } from './hub';
import { composer, write } from './test';

/** A computer takes its name from whoever sets it up, or from the network. The hub is called as the computer is. */
const COMPUTER = '<img src=x onerror=alert("hub")>';
const CALLED = [
  'unshare',
  '--uts',
  'sh',
  '-c',
  'printf %s "$0" >/proc/sys/kernel/hostname; exec "$@"',
  COMPUTER,
];

const test = base.extend({
  hub: async ({ lan }, use) => {
    const { prefix } = lan.hub;
    const hub = new Hub({ prefix: [...prefix, ...CALLED], send: (...call) => lan.hub.send(...call) }, [
      '--lan',
    ]);
    await hub.start();
    await use(hub);
    await hub.remove();
  },
});

const knocking = (page: Page, name: string) =>
  page.getByRole('listitem').filter({ has: page.getByText(`${name} knocks`, { exact: true }) });

test('who knocks under a name that is a script is shown by it, and let in under it', async ({
  owner,
  phone,
  problems,
}) => {
  const name = '<svg/onload=alert(1)>';
  const desk = await owner();
  await expect(composer(desk)).toBeVisible();
  const hand = await phone(`http://${HUB}:7420/`);
  await expect(hand.getByRole('heading', { level: 1 })).toHaveText(`You are about to join ${COMPUTER}`);
  await hand.getByLabel('Your name').fill(name);
  await hand.getByRole('button', { name: 'Knock' }).tap();
  await expect(hand.getByText(`The owner sees your name, ${name}.`)).toBeVisible();
  await expect(knocking(desk, name)).toBeVisible();
  await expectHarmless(desk);
  await expectHarmless(hand);

  await desk
    .getByRole('button', { name: /^Share/ })
    .first()
    .click();
  const panel = desk.getByRole('dialog');
  await expect(panel.getByRole('switch', { name: `Share ${COMPUTER}`, exact: true })).toBeChecked();
  await knocking(desk, name).getByRole('button', { name: 'Refuse' }).click();
  await expect(knocking(desk, name)).toHaveCount(0);
  await expect(hand.getByText('The owner did not let you in this time.')).toBeVisible();
  problems.splice(0); // the browser reports the refusal by itself
  await hand.getByRole('button', { name: 'Knock' }).tap();
  await knocking(desk, name).getByRole('button', { name: 'Let in' }).click();
  await expect(panel.getByText(`${name} joined via ${PHONE}`, { exact: true })).toBeVisible();
  await expect(panel.getByRole('listitem').filter({ hasText: name })).toContainText(PHONE);
  await write(hand, 'that was easy');
  await panel.getByRole('button', { name: 'Full screen' }).click();
  await expect(desk.getByRole('heading', { name: COMPUTER, exact: true, level: 2 })).toBeVisible();
  await expectHarmless(desk);
  await expectHarmless(hand);
});

test('names at the door are shown as they were given', async ({ owner, lan }) => {
  const knock = async (path: string, body: object) => {
    const { status, body: said } = await lan.phone.send(
      'POST',
      `http://${HUB}:7420${path}`,
      JSON.stringify(body),
    );
    expect(status, JSON.stringify(body)).toBeLessThan(300);
    return JSON.parse(said) as { knock: string };
  };
  const desk = await owner();
  await desk
    .getByRole('button', { name: /^Share/ })
    .first()
    .click();
  for (const name of [...SHORT, '__proto__']) {
    const ticket = await knock('/api/knock', { name });
    await expect(knocking(desk, name)).toBeVisible();
    await knocking(desk, name).getByRole('button', { name: 'Let in' }).click();
    await knock('/api/knock/wait', ticket); // who was answered makes room for the next
    await expect(knocking(desk, name)).toHaveCount(0);
  }
  await expectHarmless(desk);
});
