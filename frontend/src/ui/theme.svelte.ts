export type ThemeChoice = 'system' | 'light' | 'dark';

const systemDark = matchMedia('(prefers-color-scheme: dark)');

/** Light or dark. boot.js has set the stored choice before the first paint; here it is changed. */
class Theme {
  choice = $state<ThemeChoice>(stored());
  #dark = $state(systemDark.matches);
  readonly resolved = $derived(this.choice === 'system' ? (this.#dark ? 'dark' : 'light') : this.choice);

  constructor() {
    systemDark.addEventListener('change', ({ matches }) => (this.#dark = matches));
  }

  set(choice: ThemeChoice) {
    this.choice = choice;
    const root = document.documentElement;
    if (choice === 'system') delete root.dataset.theme;
    else root.dataset.theme = choice;
    if (choice === 'system') localStorage.removeItem('theme');
    else localStorage.setItem('theme', choice);
  }

  toggle() {
    this.set(this.resolved === 'dark' ? 'light' : 'dark');
  }
}

function stored(): ThemeChoice {
  const theme = document.documentElement.dataset.theme;
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

export const theme = new Theme();

/** Resolves a token to a concrete colour: a canvas cannot read light-dark(). */
export function resolveColor(token: string, host: HTMLElement): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${token})`;
  host.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}
