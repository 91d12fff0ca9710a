import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ada, everything, fakeHub, nothing, openDoor } from '../hub/hubtest';
import type { Sees } from '../hub/protocol.people';
import { hub } from '../hub/stream.svelte';
import { en } from '../i18n/en';
import { destinations } from './destinations';
import Rail from './Rail.svelte';
import { shell } from './shell.svelte';
import TabBar from './TabBar.svelte';

let fake: ReturnType<typeof fakeHub>;
let stop: () => void;

beforeEach(() => {
  fake = fakeHub();
  stop = shell.start();
});

afterEach(() => {
  stop();
  cleanup();
  hub.exit();
  vi.unstubAllGlobals();
  location.hash = '';
});

/** The hub says that this is there for the peer, as it does with each connection. */
async function sees(what: Partial<Sees>) {
  fake.table['GET api/me'] = { hub: hub.info ?? { id: '3f9ac210' }, me: ada, sees: what, door: openDoor };
  await hub.open();
}

const texts = () => [...document.querySelectorAll('a, button, h2')].map((one) => one.textContent.trim());
const names = () => destinations().map(({ name }) => name);

it('shows everything to who sees everything', async () => {
  await sees(everything);
  render(Rail);
  render(TabBar);
  const pages = [en.inbox.title, en.monitor.title];
  for (const page of pages) expect(texts().filter((text) => text === page)).toHaveLength(2);
  expect(names()).toEqual(expect.arrayContaining([...pages, en.rail.newRoom]));
});

it('has neither monitor nor notifications for a guest who sees rooms, only the mentions in them', async () => {
  await sees({ ...nothing, rooms: true });
  render(Rail);
  render(TabBar);
  for (const list of [texts(), names()]) {
    expect(list).not.toContain(en.monitor.title);
    expect(list).not.toContain(en.inbox.title);
    expect(list).toContain(en.inbox.mentions);
  }
  expect(texts()).toContain(en.rail.rooms);
});

it('has no rooms for who does not see them, and no bar for a single page', async () => {
  await sees(nothing);
  render(Rail);
  render(TabBar);
  expect(texts()).not.toContain(en.rail.rooms);
  expect(screen.queryByRole('link')).toBeNull();
  expect(names()).toEqual([en.rail.settings]);
});

it('leaves a page that was taken away, and comes back to it', async () => {
  await sees(everything);
  location.hash = '#/monitor';
  await vi.waitFor(() => expect(shell.route.page).toBe('monitor'));
  expect(shell.dock).toBe('monitor');
  await sees({ ...everything, computer: false });
  expect([shell.route.page, shell.dock]).toEqual(['rooms', undefined]);
  shell.toggle('monitor');
  expect(shell.dock).toBeUndefined();
  await sees(everything);
  expect([shell.route.page, shell.dock]).toEqual(['monitor', 'monitor']);
});
