import type { SharingCatalogue } from './sharing.en';

const kinds: Record<string, string> = { virtual: '虚拟机', vpn: 'VPN', container: '容器' };
const firewall =
  (name: string) =>
  ({ port }: Record<string, string>) =>
    `${name}可能阻止他人访问端口 ${port}。`;

export const sharing: SharingCatalogue = {
  on: (hub) => `共享 ${hub}`,
  offText: '目前只有这台电脑能访问主机。',
  onText: (time) => `自 ${time} 起已开启`,
  what: '同一网络里的人扫描二维码，就能在浏览器中加入。数据不经过互联网；关闭之后，共享即结束。',
  unreachable: '主机没有响应，没有任何更改。',
  loading: '正在询问主机…',
  qr: (url) => `通往 ${url} 的二维码`,
  address: '地址',
  others: (count) => `另外 ${count} 个地址`,
  best: '推荐',
  noAddress: '这台电脑没有他人可以访问的地址。请先连接网络。',
  pin: 'PIN',
  noPin: '没有 PIN：只要名字即可加入',
  copyLink: '复制链接',
  copied: '已复制',
  copyPin: '复制 PIN',
  copyAddress: '复制地址',
  fullScreen: '全屏显示',
  renew: '更换二维码和 PIN',
  renewed: '旧的二维码和 PIN 已不能再让人加入。',
  plain: '使用普通 http：管理这个网络的人可能看到内容。请只在信任的网络中共享。',
  tls: '已用你的证书加密。',
  lamp: {
    waiting: '正在等待手机连接',
    seen: (address) => `${address} 已打开页面`,
    joined: (name, address) => `${name} 已从 ${address} 加入`,
  },
  lockedNow: '门已锁上：不再让新人加入',
  sees: '加入的人可以看到',
  rooms: '房间',
  roomsHint: '可读可写',
  computer: '这台电脑',
  computerHint: '监控数据，不含进程',
  notifications: '通知',
  notificationsHint: '这里的程序发出的消息',
  door: '门',
  lock: '锁门',
  lockHint: '不再让新人加入，已加入的人不受影响',
  askPin: '需要 PIN',
  askPinOn: '没有链接的人需要输入',
  askPinOff: '本网络里的任何人只凭名字即可加入',
  awake: '让这台电脑保持唤醒',
  awakeHint: '在有人连接期间',
  awakeHeld: '正在保持唤醒',
  awakeFails: (why) => `没有保持唤醒：${why}`,
  connected: '当前连接',
  here: '这台电脑',
  nobody: '还没有其他人。',
  nobodyCame: '还没有人连接。可能的原因：',
  big: {
    title: '在此加入',
    scan: '扫描二维码，或者打开',
    pin: 'PIN',
    count: (count) => `${count} 人已加入`,
    locked: '门目前是锁着的。',
    close: '退出全屏',
  },
  why: {
    virtual: '只通往虚拟机',
    vpn: '只通往 VPN',
    container: '只通往容器',
    no_default_route: '这个网络没有出口',
    link_local: '自动生成，并非路由器分配',
    unplugged: '未连接',
  },
  causes: {
    not_shared: () => '主机目前只回应这台电脑。',
    no_address: () => '这台电脑没有连接到网络。',
    only_virtual: ({ kind = '' }) => `这台电脑只连接着${kinds[kind] ?? '内部'}的网络。`,
    container: ({ engine, port }) =>
      `主机运行在容器（${engine}）中。请发布端口 ${port}，并让大家使用宿主机的地址。`,
    wsl_nat: ({ address }) =>
      `主机运行在 WSL 中，只有这台电脑知道它的地址 ${address}。请在管理员 PowerShell 中执行以下命令，然后让大家使用 Windows 的地址。`,
    wsl_mirrored: () => '主机运行在 WSL 中，需要 Windows 防火墙放行。请在管理员 PowerShell 中执行：',
    vm_nat: ({ product, address }) =>
      `这是一台虚拟机（${product}），只有它的宿主机知道 ${address}。请把网络适配器改为桥接模式。`,
    vm_address: ({ product, address }) =>
      `这是一台虚拟机（${product}）。如果 ${address} 不是你所在网络的地址，请把网络适配器改为桥接模式。`,
    firewall_ufw: firewall('防火墙 ufw '),
    firewall_firewalld: ({ port, zone }) =>
      `防火墙 firewalld${zone ? `(区域 ${zone})` : ''} 可能阻止他人访问端口 ${port}。`,
    firewall_nftables: firewall('防火墙 nftables '),
    firewall_windows: firewall('Windows 防火墙'),
    firewall_windows_blocks: ({ port }) => `Windows 防火墙的一条规则阻止了端口 ${port}。`,
    network_public: ({ interface: name }) =>
      `Windows 把 ${name} 的网络当作公用网络，不让任何人连接。如果信任它，请在管理员 PowerShell 中执行：`,
    firewall_macos: firewall('macOS 防火墙'),
    firewall_macos_blocks_all: () => 'macOS 防火墙阻止了所有传入连接。',
    local_network_macos: () => 'Mac 上的浏览器需要在“隐私与安全性”设置中打开“本地网络”。Hearth 也可能需要。',
    client_isolation: ({ address }) =>
      `手机必须和 ${address} 在同一个网络中。访客网络和某些接入点会把设备隔开，这时可以改用热点。`,
  },
};
