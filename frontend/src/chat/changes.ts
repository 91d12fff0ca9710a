import type { RoomChanged } from '../hub/protocol';
import type { Catalogue } from '../i18n/en';

/** What was changed about a room, a sentence each. Nothing for a change this page does not know. */
export function changesOf(
  { title, read_only, slow, archived, cleared }: RoomChanged,
  by: string,
  t: Catalogue['changed'],
) {
  return [
    title === undefined ? '' : t.title(by, title),
    read_only === undefined ? '' : read_only ? t.readOnly(by) : t.writable(by),
    slow === undefined ? '' : slow ? t.slow(by, slow) : t.fast(by),
    archived === undefined ? '' : archived ? t.archived(by) : t.broughtBack(by),
    cleared ? t.cleared(by) : '',
  ].filter(Boolean);
}
