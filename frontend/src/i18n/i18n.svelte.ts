import { en, type Catalogue } from './en';

export type Locale = 'en' | 'zh-CN';

export const LOCALES: Record<Locale, string> = { en: 'English', 'zh-CN': '中文' };

/** English comes with the page, the others when somebody reads them. */
const load: Record<Locale, () => Promise<Catalogue>> = {
  en: () => Promise.resolve(en),
  'zh-CN': async () => (await import('./zh-CN')).zhCN,
};

/** The language of the page: `i18n.t.rail.rooms`, and formats that follow it. All reactive. */
class I18n {
  locale = $state<Locale>('en');
  t = $state.raw<Catalogue>(en);
  readonly time = $derived(format(this.locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }));
  readonly clock = $derived(
    format(this.locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }),
  );
  readonly day = $derived(format(this.locale, { weekday: 'long', month: 'long', day: 'numeric' }));
  readonly date = $derived(format(this.locale, { year: 'numeric', month: 'long', day: 'numeric' }));
  readonly shortDate = $derived(format(this.locale, { month: 'short', day: 'numeric' }));

  /** A time of day today, else a date: for lists. */
  moment(at: number, now = new Date()): string {
    const today = new Date(at).toDateString() === now.toDateString();
    return today ? this.time.format(at) : this.shortDate.format(at);
  }

  async set(locale: Locale) {
    await this.#speak(locale);
    localStorage.setItem('locale', locale);
  }

  /** The stored choice, else the browser's first language that we have. */
  async detect(preferred: readonly string[] = navigator.languages) {
    const stored = localStorage.getItem('locale');
    const first = preferred.map(supported).find((locale) => locale !== undefined);
    await this.#speak(stored === 'en' || stored === 'zh-CN' ? stored : (first ?? 'en'));
  }

  async #speak(locale: Locale) {
    this.t = await load[locale]();
    this.locale = locale;
    document.documentElement.lang = locale; // also picks the right shapes of Han characters
  }
}

function supported(language: string): Locale | undefined {
  const [base] = language.toLowerCase().split('-');
  return base === 'zh' ? 'zh-CN' : base === 'en' ? 'en' : undefined;
}

const format = (locale: Locale, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(locale, options);

export const i18n = new I18n();
