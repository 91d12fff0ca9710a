import { i18n, type Locale } from '../i18n/i18n.svelte';
import { people as en, type PeopleCatalogue } from '../i18n/people.en';
import { people as zhCN } from '../i18n/people.zh-CN';

const catalogues: Record<Locale, PeopleCatalogue> = { en, 'zh-CN': zhCN };

/** What is said about people, in the page's language. It comes with what says it, not with the page. Reactive. */
export const words = () => catalogues[i18n.locale];
