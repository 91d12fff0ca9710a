import type { Catalogue } from './en';

export const zhCN: Catalogue = {
  app: {
    skip: '跳到输入框',
    loading: '正在加载…',
  },
  monitor: {
    title: '监控',
  },
  inbox: {
    title: '通知',
  },
};
