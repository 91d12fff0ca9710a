import { i18n, type Locale } from '../i18n/i18n.svelte';
import { settings as en, type SettingsCatalogue } from '../i18n/settings.en';
import { settings as zhCN } from '../i18n/settings.zh-CN';

const catalogues: Record<Locale, SettingsCatalogue> = { en, 'zh-CN': zhCN };

/** What the settings say, in the page's language. It comes with them, not with the page. Reactive. */
export const words = () => catalogues[i18n.locale];
