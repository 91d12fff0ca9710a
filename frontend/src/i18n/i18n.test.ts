import { expect, it } from 'vitest';
import { en } from './en';
import { i18n } from './i18n.svelte';
import { zhCN } from './zh-CN';

/** The paths of all messages; that both have the same is the compiler's to see, that none is empty is not. */
function paths(catalogue: object, prefix = ''): string[] {
  return Object.entries(catalogue).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? paths(value, `${prefix}${key}.`)
      : [`${prefix}${key}`],
  );
}

it('has the same messages in both languages', () => expect(paths(zhCN)).toEqual(paths(en)));

it('takes the stored language, else the first that it has', () => {
  localStorage.clear();
  i18n.detect(['fr-FR', 'zh-TW', 'en']);
  expect([i18n.locale, document.documentElement.lang]).toEqual(['zh-CN', 'zh-CN']);
  i18n.set('en');
  i18n.detect(['zh-CN']);
  expect(i18n.locale).toBe('en');
});
