import { fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ada } from '../hub/hubtest';
import { hub } from '../hub/stream.svelte';
import { screen as device } from '../ui/screen.svelte';
import { Compose } from './compose.svelte';
import Composer from './Composer.svelte';
import type { Message } from './model';
import { outgoing } from './outgoing.svelte';
import { Pace } from './pace.svelte';
import { Timeline } from './timeline.svelte';
import { Typing } from './typing.svelte';

let compose: Compose;
let timeline: Timeline;
/** The room's slow mode, in seconds. */
let slow = 0;

beforeEach(() => {
  localStorage.clear();
  hub.me = ada;
  timeline = new Timeline('lobby');
  compose = composeIn('lobby');
  render(Composer, { compose, title: 'Lobby' });
});

afterEach(() => {
  compose.pace.stop();
  vi.useRealTimers();
  slow = 0;
  outgoing.clear();
  device.touch = false;
  hub.me = null;
});

const composeIn = (room: string) => new Compose(room, timeline, new Typing(room), new Pace(() => slow));

const field = () => screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Message #Lobby' });
const sent = () => outgoing.of('lobby').map(({ text }) => text);
const type = (text: string) => fireEvent.input(field(), { target: { value: text } });
const press = (key: string, more: KeyboardEventInit = {}) => fireEvent.keyDown(field(), { key, ...more });

describe('Enter', () => {
  it('sends and empties the field', async () => {
    await type('hello');
    await press('Enter');
    expect(sent()).toEqual(['hello']);
    expect(field().value).toBe('');
  });

  it('with Shift is a new line', async () => {
    await type('hello');
    expect(await press('Enter', { shiftKey: true }), 'left to the browser').toBe(true);
    expect(sent()).toEqual([]);
  });

  it('that ends an input method’s phrase does not send', async () => {
    await type('你好');
    await press('Enter', { isComposing: true });
    await press('Enter', { keyCode: 229 });
    expect(sent()).toEqual([]);
    expect(field().value).toBe('你好');
  });

  it('is a new line under a finger, and Ctrl+Enter sends everywhere', async () => {
    device.touch = true;
    await type('hello');
    await press('Enter');
    expect(sent()).toEqual([]);
    await press('Enter', { ctrlKey: true });
    expect(sent()).toEqual(['hello']);
  });

  it('waits in slow mode, says how long, and keeps the text', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    slow = 2;
    await type('one');
    await press('Enter');
    await type('two');
    await press('Enter');
    expect(sent()).toEqual(['one']);
    expect(field().value).toBe('two');
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Send in 2 s' }).disabled).toBe(true);
    await vi.advanceTimersByTimeAsync(2_000);
    await press('Enter');
    expect(sent()).toEqual(['one', 'two']);
  });

  it('sends no blanks', async () => {
    await type('  \n ');
    await press('Enter');
    expect(sent()).toEqual([]);
  });
});

describe('a draft', () => {
  it('is kept per room until it is sent', async () => {
    await type('half a tho');
    expect(composeIn('lobby').text).toBe('half a tho');
    expect(composeIn('builds').text).toBe('');
    await press('Enter');
    expect(composeIn('lobby').text).toBe('');
  });
});

describe('editing', () => {
  const own: Message = {
    seq: 7,
    at: 0,
    from: ada,
    text: 'a typo',
    mentions: [],
    edited: false,
    deleted: false,
  };

  beforeEach(() => {
    vi.spyOn(timeline, 'lastOwn').mockReturnValue(own);
  });

  afterEach(() => vi.unstubAllGlobals());

  it('begins with ↑ in an empty field, and Esc gives the draft back', async () => {
    await press('ArrowUp');
    expect(field().value).toBe('a typo');
    await press('Escape');
    expect(field().value).toBe('');
    await type('text');
    await press('ArrowUp');
    expect(field().value, 'not in a field with text').toBe('text');
  });

  it('saves with Enter and keeps the draft', async () => {
    const calls: unknown[] = [];
    vi.stubGlobal('fetch', (path: string, { method, body }: RequestInit) => {
      calls.push([method, path, body]);
      return Promise.resolve(new Response('{}'));
    });
    await press('ArrowUp');
    await type('no typo');
    await press('Enter');
    await vi.waitFor(() => expect(compose.editing).toBeUndefined());
    expect(calls).toEqual([['PATCH', 'api/rooms/lobby/messages/7', '{"text":"no typo"}']]);
    expect(sent()).toEqual([]);
  });

  it('says why it failed and keeps the text', async () => {
    const error = { code: 'forbidden', message: 'this message is too old' };
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify({ error }), { status: 403 })));
    await press('ArrowUp');
    await type('no typo');
    await press('Enter');
    expect((await screen.findByRole('alert')).textContent).toContain('this message is too old');
    expect(field().value).toBe('no typo');
  });
});
