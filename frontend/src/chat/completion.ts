/** A mention being written: `from` is where its @ stands, `query` what follows it up to the caret. */
export interface Completion {
  from: number;
  query: string;
}

const WRITING = /(?:^|[\s([{（「“"'])@([\p{L}\p{N}_.-]{0,32})$/u;

/** What to complete in front of the caret, if anything. An address like ada@example is no mention. */
export function completionAt(text: string, caret: number): Completion | undefined {
  const found = WRITING.exec(text.slice(0, caret));
  const query = found?.[1];
  return query === undefined ? undefined : { from: caret - query.length - 1, query };
}

/** The names that fit, those that begin with the query before those with a later word that does. Order is kept otherwise. */
export function matching<T>(all: readonly T[], query: string, nameOf: (one: T) => string, most = 6): T[] {
  const wanted = query.toLowerCase();
  const rank = (one: T) => {
    const name = nameOf(one).toLowerCase();
    if (name.startsWith(wanted)) return 0;
    return name.split(/\s+/u).some((word) => word.startsWith(wanted)) ? 1 : 2;
  };
  return [0, 1].flatMap((wish) => all.filter((one) => rank(one) === wish)).slice(0, most);
}
