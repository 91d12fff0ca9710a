export const en = {
  app: {
    skip: 'Skip to the message field',
    loading: 'Loading…',
  },
  monitor: {
    title: 'Monitor',
  },
  inbox: {
    title: 'Inbox',
  },
};

export type Catalogue = typeof en;
