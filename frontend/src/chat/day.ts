import { i18n } from '../i18n/i18n.svelte';
import { sameDay } from './model';

/** What stands over the messages of a day. Reactive to the language. */
export function dayLabel(at: number, now = new Date()): string {
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (sameDay(at, now.getTime())) return i18n.t.app.today;
  if (sameDay(at, yesterday.getTime())) return i18n.t.app.yesterday;
  return new Date(at).getFullYear() === now.getFullYear() ? i18n.day.format(at) : i18n.date.format(at);
}

/** A time of day today, else a date: for lists. */
export function shortTime(at: number, now = new Date()): string {
  return sameDay(at, now.getTime()) ? i18n.time.format(at) : i18n.shortDate.format(at);
}
