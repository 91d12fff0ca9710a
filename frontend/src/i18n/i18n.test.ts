import { expect, it } from 'vitest';
import { en } from './en';
import { i18n } from './i18n.svelte';
import { people as peopleEn } from './people.en';
import { people as peopleZhCN } from './people.zh-CN';
import { settings as settingsEn } from './settings.en';
import { settings as settingsZhCN } from './settings.zh-CN';
import { sharing as sharingEn } from './sharing.en';
import { sharing as sharingZhCN } from './sharing.zh-CN';
import { zhCN } from './zh-CN';

/** The paths of all messages; that both have the same is the compiler's to see, that none is empty is not. */
function paths(catalogue: object, prefix = ''): string[] {
  return Object.entries(catalogue).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? paths(value, `${prefix}${key}.`)
      : [`${prefix}${key}`],
  );
}

it('has the same messages in both languages', () => {
  expect(paths(zhCN)).toEqual(paths(en));
  expect(paths(peopleZhCN)).toEqual(paths(peopleEn));
  expect(paths(settingsZhCN)).toEqual(paths(settingsEn));
  expect(paths(sharingZhCN)).toEqual(paths(sharingEn));
});

it('takes the stored language, else the first that it has', async () => {
  localStorage.clear();
  await i18n.detect(['fr-FR', 'zh-TW', 'en']);
  expect([i18n.locale, document.documentElement.lang]).toEqual(['zh-CN', 'zh-CN']);
  expect(i18n.t).toBe(zhCN);
  await i18n.set('en');
  await i18n.detect(['zh-CN']);
  expect([i18n.locale, i18n.t]).toEqual(['en', en]);
});
