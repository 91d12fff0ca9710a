/** Who writes in which room at the moment: the open panes. */
const fields = new Map<string, (text: string) => void>();

/** A pane offers its composer for as long as it is open. */
export function offerComposer(room: string, insert: (text: string) => void): () => void {
  fields.set(room, insert);
  return () => {
    if (fields.get(room) === insert) fields.delete(room);
  };
}

/** Starts a mention in a room's composer, if it is open. */
export function mentionIn(room: string, name: string) {
  // The dialog this comes from gives the focus back when it closes; the composer takes it after that.
  setTimeout(() => fields.get(room)?.(`@${name} `));
}
