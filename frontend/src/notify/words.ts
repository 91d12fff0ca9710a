import { i18n } from '../i18n/i18n.svelte';
import { partTags } from './emoji';
import type { Item } from './item';

/** An item in words. Emoji stand before the title, or before the text when there is no title of its own. */
export type Words = { kind: string; title: string; text: string; labels: string[] };

/** Reactive: the words follow the language. */
export function wordsOf(item: Item): Words {
  const t = i18n.t.inbox;
  if (item.kind === 'mention') {
    const { from, room, title, text = '' } = item.data;
    return { kind: t.mentioned, title: t.mention(from.name, title || room), text, labels: [] };
  }
  const { topic, title, text, priority, tags } = item.data;
  const { emoji, labels } = partTags(tags);
  const signs = emoji.join('');
  const before = (words: string) => (signs ? `${signs} ${words}` : words);
  const kind = t.priority[priority] ?? '';
  return title
    ? { kind, title: before(title), text, labels: [topic, ...labels] }
    : { kind, title: topic, text: before(text), labels };
}
