import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { HubError } from '../hub/client';
import { hub } from '../hub/stream.svelte';
import { outgoing } from './outgoing.svelte';

let post: MockInstance<typeof hub.post>;

beforeEach(() => {
  post = vi.spyOn(hub, 'post').mockResolvedValue({ topic: 'room/lobby', seq: 1, dup: false });
});

afterEach(() => {
  outgoing.clear();
  sessionStorage.clear();
});

const texts = () => outgoing.of('lobby').map(({ text }) => text);
const posted = () => post.mock.calls.map(([{ text, clientId }]) => `${text} ${clientId}`);

it('stays until it comes back through the room', async () => {
  outgoing.post('lobby', 'hi');
  await Promise.resolve();
  expect(outgoing.of('lobby')).toHaveLength(1);
  expect(outgoing.of('builds')).toEqual([]);
});

it('says why it was refused, and is sent again under the same client id', async () => {
  const message = 'text is 17,004 bytes; the limit is 16,384';
  post.mockRejectedValueOnce(new HubError({ code: 'too_long', message }));
  outgoing.post('lobby', 'hi');
  await vi.waitFor(() => expect(outgoing.of('lobby')[0]?.problem).toBe(message));

  const [failed] = outgoing.of('lobby');
  if (!failed) throw new Error('need a failed message');
  outgoing.retry(failed);
  expect(outgoing.of('lobby')[0]?.problem).toBeUndefined();
  const ids = post.mock.calls.map(([{ clientId }]) => clientId);
  expect(ids).toEqual([failed.clientId, failed.clientId]);
});

describe('a page that is loaded anew', () => {
  const never = new Promise<never>(() => undefined);

  it('goes on with what waits, under the same client ids', () => {
    post.mockReturnValue(never);
    outgoing.start('ada');
    outgoing.post('lobby', 'one');
    outgoing.post('lobby', 'two');
    const before = posted();
    post.mockClear();

    outgoing.start('ada');
    expect(texts()).toEqual(['one', 'two']);
    expect(posted()).toEqual(before);
  });

  it('does not post again what the hub has taken, nor what came back', async () => {
    outgoing.start('ada');
    outgoing.post('lobby', 'taken');
    await vi.waitFor(() => expect(outgoing.of('lobby')[0]?.taken).toBe(true));
    post.mockReturnValue(never);
    outgoing.post('lobby', 'seen');
    outgoing.drop(outgoing.of('lobby')[1]?.clientId ?? '');
    post.mockClear();

    outgoing.start('ada');
    expect(texts()).toEqual([]);
    expect(post).not.toHaveBeenCalled();
  });

  it('still shows what was refused, and leaves it to its author', async () => {
    post.mockRejectedValueOnce(new HubError({ code: 'too_long', message: 'too long' }));
    outgoing.start('ada');
    outgoing.post('lobby', 'hi');
    await vi.waitFor(() => expect(outgoing.of('lobby')[0]?.problem).toBe('too long'));
    post.mockClear();

    outgoing.start('ada');
    expect(outgoing.of('lobby')[0]?.problem).toBe('too long');
    expect(post).not.toHaveBeenCalled();
  });

  it('has nothing of another peer', () => {
    post.mockReturnValue(never);
    outgoing.start('ada');
    outgoing.post('lobby', 'mine');
    outgoing.start('bob');
    expect(texts()).toEqual([]);
    outgoing.post('lobby', 'his');
    outgoing.start('ada');
    expect(texts()).toEqual(['mine']);
  });
});
