// jsdom has no matchMedia; the page asks for the system's theme and the width of the window when it starts.
Object.defineProperty(window, 'matchMedia', {
  value: (media: string) => ({
    matches: false,
    media,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }),
});
