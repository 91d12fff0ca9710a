import { call } from '../hub/client';
import type { Entry, Inbox as InboxBody } from '../hub/protocol';
import { EVERYTHING, hub } from '../hub/stream.svelte';
import { screen } from '../ui/screen.svelte';
import { isAlert, itemOf, lastOf, merge, passes, type Filter, type Item } from './item';
import { page } from '../hub/page';

/** A session may follow 64 topics; rooms and lists need some. Of topics beyond this only the newest notification is known. */
const MOST_TOPICS = 40;
const HISTORY = 50;
/** Alerts shown at a time, on a phone only the newest; all of them are in the inbox anyway. */
const MOST_ALERTS = 3;
const RETRY_MS = 5_000;
const LIST = 'list/notify';

/**
 * What this peer should know: the notifications of all topics and the mentions of this peer, merged, newest first. What was read is
 * `hub.reads` and so the same on all devices of the peer: reading an item reads the older ones of its topic too.
 */
export class Inbox {
  filter = $state<Filter>('all');
  /** The hub has told what there is. */
  ready = $state(false);
  /** Somebody has it open where alerts are listed: they need not cover anything. */
  watched = $state(false);
  items = $state.raw<Item[]>([]);
  /** Alerts that came while the page was open and were neither read nor dismissed, newest first. */
  readonly alerts = $derived.by(() => this.#raised.filter((item) => this.isUnread(item)));
  readonly unread = $derived(this.items.filter((item) => this.isUnread(item)).length);
  readonly shown = $derived(this.items.filter((item) => passes(item, this.filter)));

  /** Told of each mention and each alert that comes while the page is open. */
  heard: (item: Item) => void = () => undefined;

  #raised = $state.raw<Item[]>([]);
  #leaves = new Map<string, () => unknown>();
  /** Per topic the newest seq that was there before, or was looked at: only what comes after it may interrupt. */
  #seen = new Map<string, number>();
  #retry: ReturnType<typeof setTimeout> | undefined;
  #me = '';

  /** Follows what concerns the peer `me` until the returned function is called. */
  start(me: string): () => void {
    this.#me = me;
    this.#follow(`peer/${me}`);
    void this.#load();
    return () => this.#stop();
  }

  isUnread(item: Item): boolean {
    return item.seq > hub.reads.of(item.topic);
  }

  read(item: Item): void {
    hub.reads.mark(item.topic, item.seq);
  }

  readAll(): void {
    for (const item of this.items) this.read(item);
  }

  /** The inbox is in view until the returned function is called. What was raised before and meanwhile has been seen. */
  watch(): () => void {
    const seen = (watched: boolean): void => {
      this.watched = watched;
      this.#raised = [];
    };
    seen(true);
    return () => seen(false);
  }

  dismiss(item: Item): void {
    this.#raised = this.#raised.filter((raised) => raised.key !== item.key);
  }

  #stop(): void {
    clearTimeout(this.#retry);
    for (const leave of this.#leaves.values()) leave();
    this.#leaves.clear();
    this.#seen.clear();
    this.#me = '';
    this.items = this.#raised = [];
    this.filter = 'all';
    this.ready = false;
  }

  /** Learns what there is and was read, then follows it. What is there now is old news: it does not interrupt. */
  async #load(): Promise<void> {
    const me = this.#me;
    try {
      const body = await call<InboxBody>('GET', 'api/inbox');
      if (me === this.#me) this.#begin(body);
    } catch (error) {
      console.warn('inbox', error);
      if (me === this.#me) this.#retry = setTimeout(() => void this.#load(), RETRY_MS);
    }
  }

  #begin({ topics, mentions }: InboxBody): void {
    for (const { topic, position, read } of mentions ? [...topics, mentions] : topics) {
      hub.reads.seed(topic, read);
      this.#seen.set(topic, position.seq);
    }
    const newest = merge(
      [],
      topics.flatMap(({ last }) => (last ? [lastOf(last)] : [])),
    );
    this.items = merge(this.items, newest);
    this.ready = true;
    for (const item of newest) this.#follow(item.topic);
    if (!this.#leaves.has(LIST))
      this.#leaves.set(LIST, hub.follow(LIST, EVERYTHING, { entries: (list) => this.#learn(list) }));
  }

  #follow(topic: string): void {
    if (this.#leaves.has(topic) || this.#leaves.size > MOST_TOPICS) return;
    const leave = hub.follow(
      topic,
      { last: HISTORY },
      {
        entries: (list) => this.#receive(topic, list),
        reset: () => this.#forget(topic),
        failed: () => this.#leaves.delete(topic),
      },
    );
    this.#leaves.set(topic, leave);
  }

  /** A topic was published to: it is followed from now on, or, beyond the limit, its newest notification is taken from the list. */
  #learn(entries: Entry[]): void {
    const unfollowed: Item[] = [];
    for (const entry of entries) {
      if (entry.kind !== 'notify_topic') continue;
      const topic = `notify/${entry.data.topic}`;
      this.#follow(topic);
      if (!this.#leaves.has(topic) && entry.data.last) unfollowed.push(lastOf(entry.data.last));
    }
    if (unfollowed.length) this.#add(unfollowed);
  }

  #receive(topic: string, entries: Entry[]): void {
    this.#add(entries.flatMap((entry) => itemOf(entry) ?? []));
    const stale = entries.some(
      (change) =>
        change.kind === 'mention.changed' &&
        this.items.some(
          (item) => item.topic === topic && item.seq === change.data.seq && item.changed < change.seq,
        ),
    );
    if (stale) void this.#refresh(topic);
  }

  #add(items: Item[]): void {
    this.items = merge(this.items, items);
    for (const item of items) {
      if (item.seq <= (this.#seen.get(item.topic) ?? 0)) continue;
      this.#seen.set(item.topic, item.seq);
      if (item.kind === 'mention' || isAlert(item)) this.heard(item);
      if (isAlert(item)) this.#raised = [item, ...this.#raised].slice(0, screen.narrow ? 1 : MOST_ALERTS);
    }
  }

  /** Entries of the topic were rewritten. They do not come again by themselves, so the newest are fetched. */
  async #refresh(topic: string): Promise<void> {
    try {
      const fresh = (await page(topic, HISTORY)).flatMap((entry) => itemOf(entry) ?? []);
      const others = this.items.filter((item) => item.topic !== topic);
      if (this.#me) this.items = merge(others, fresh);
    } catch (error) {
      console.warn('inbox', topic, error); // stays as it was; the next change or visit brings it up to date
    }
  }

  /** The topic's history was replaced, as by a restored backup: its items are gone, and what follows is no news. */
  #forget(topic: string): void {
    this.items = this.items.filter((item) => item.topic !== topic);
    this.#seen.set(topic, Infinity);
    void this.#load();
  }
}

export const inbox = new Inbox();
