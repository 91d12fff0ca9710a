/** What the page is shown on, reactive. The widths are those of ui.md; the same ones stand in the styles. */
class Screen {
  /** One pane and a bottom bar. */
  narrow = $state(false);
  /** Room for a dock beside the pane; below it the dock lies over it. */
  wide = $state(false);
  /** Fingers: Enter is a new line, targets are 44 px. */
  touch = $state(false);
  /** Nobody can see the page. */
  hidden = $state(document.hidden);

  constructor() {
    watch('(max-width: 45rem)', (is) => (this.narrow = is));
    watch('(min-width: 70rem)', (is) => (this.wide = is));
    watch('(pointer: coarse)', (is) => (this.touch = is));
    document.addEventListener('visibilitychange', () => (this.hidden = document.hidden));
  }
}

function watch(query: string, tell: (matches: boolean) => void) {
  const list = matchMedia(query);
  list.addEventListener('change', ({ matches }) => tell(matches));
  tell(list.matches);
}

export const screen = new Screen();
