// jsdom has no matchMedia; the page asks for the system's theme and the width of the window when it starts.
Object.defineProperty(window, 'matchMedia', {
  value: (media: string) => ({
    matches: false,
    media,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }),
});

// Nor has it dialogs and popovers that open: here they are in the document or not, which is what tests look at.
Object.assign(HTMLDialogElement.prototype, {
  showModal(this: HTMLDialogElement) {
    this.open = true;
  },
  close(this: HTMLDialogElement) {
    this.open = false;
  },
});
Object.assign(HTMLElement.prototype, {
  hidePopover(this: HTMLElement) {
    const event = Object.assign(new Event('beforetoggle'), { oldState: 'open', newState: 'closed' });
    this.dispatchEvent(event);
  },
  showPopover(this: HTMLElement) {
    const event = Object.assign(new Event('beforetoggle'), { oldState: 'closed', newState: 'open' });
    this.dispatchEvent(event);
  },
});
