type Args = Record<string, string>;

const kinds: Record<string, string> = {
  virtual: 'virtual machines',
  vpn: 'a VPN',
  container: 'containers',
};
const firewall =
  (name: string) =>
  ({ port }: Args) =>
    `${name} may keep others from port ${port}.`;

/** What the sharing panel says. Only the owner opens it: it is loaded with it. */
export const sharing = {
  on: (hub: string) => `Share ${hub}`,
  offText: 'Only this computer reaches the hub now.',
  onText: (time: string) => `On since ${time}`,
  what: 'People on the same network join with a QR code, right in their browser. Nothing goes through the internet, and it ends when you turn it off.',
  unreachable: 'The hub did not answer. Nothing was changed.',
  loading: 'Asking the hub…',
  qr: (url: string) => `QR code that leads to ${url}`,
  address: 'Address',
  others: (count: number) => (count === 1 ? '1 more address' : `${count} more addresses`),
  best: 'best',
  noAddress: 'This computer has no address that others could reach. Connect it to a network.',
  pin: 'PIN',
  noPin: 'No PIN: a name is enough',
  copyLink: 'Copy link',
  copied: 'Copied',
  copyPin: 'Copy PIN',
  copyAddress: 'Copy address',
  fullScreen: 'Full screen',
  renew: 'New QR and PIN',
  renewed: 'The old QR code and PIN let nobody in any more.',
  plain: 'Plain http: who runs this network could read along. Share in networks you trust.',
  tls: 'Encrypted with your certificate.',
  lamp: {
    waiting: 'Waiting for a phone',
    seen: (address: string) => `${address} has opened the page`,
    joined: (name: string, address: string) => `${name} joined via ${address}`,
  },
  lockedNow: 'The door is locked: nobody new gets in',
  sees: 'Those who join see',
  rooms: 'Rooms',
  roomsHint: 'Read and write',
  computer: 'This computer',
  computerHint: 'Its monitor, without processes',
  notifications: 'Notifications',
  notificationsHint: 'What programs here announce',
  door: 'The door',
  lock: 'Lock the door',
  lockHint: 'Nobody new gets in; who is in stays',
  askPin: 'Ask for a PIN',
  askPinOn: 'Who has no link needs it',
  askPinOff: 'Anybody on this network joins by a name',
  awake: 'Keep this computer awake',
  awakeHint: 'While somebody is connected',
  awakeHeld: 'It is kept awake now',
  awakeFails: (why: string) => `It is not kept awake: ${why}`,
  connected: 'Connected now',
  here: 'this computer',
  nobody: 'Nobody else yet.',
  nobodyCame: 'Nobody has come yet. This may be why:',
  big: {
    title: 'Join here',
    scan: 'Scan the code, or open',
    pin: 'PIN',
    count: (count: number) => (count === 1 ? '1 person is in' : `${count} people are in`),
    locked: 'The door is locked at the moment.',
    close: 'Leave full screen',
  },
  why: {
    virtual: 'Leads to virtual machines only',
    vpn: 'Leads into a VPN only',
    container: 'Leads to containers only',
    no_default_route: 'This network has no way on',
    link_local: 'Made up: no router gave one',
    unplugged: 'Not connected',
  },
  causes: {
    not_shared: () => 'The hub answers this computer alone.',
    no_address: () => 'This computer is not connected to a network.',
    only_virtual: ({ kind = '' }: Args) =>
      `This computer is on no network but one of ${kinds[kind] ?? 'its own'}.`,
    container: ({ engine, port }: Args) =>
      `The hub runs in a container (${engine}). Publish port ${port}, and let people use the address of the host.`,
    wsl_nat: ({ address }: Args) =>
      `The hub runs in WSL, and only this computer knows its address ${address}. Run this in a PowerShell of an administrator; people then use the address of Windows.`,
    wsl_mirrored: () =>
      'The hub runs in WSL, and Windows’ firewall must let it through. Run this in a PowerShell of an administrator.',
    vm_nat: ({ product, address }: Args) =>
      `This is a virtual machine (${product}), and only its host knows ${address}. Set its network adapter to bridged.`,
    vm_address: ({ product, address }: Args) =>
      `This is a virtual machine (${product}). If ${address} is not an address of your network, set its network adapter to bridged.`,
    firewall_ufw: firewall('The firewall ufw'),
    firewall_firewalld: ({ port, zone }: Args) =>
      `The firewall firewalld may keep others from port ${port}${zone ? ` in the zone ${zone}` : ''}.`,
    firewall_nftables: firewall('The firewall nftables'),
    firewall_windows: firewall('Windows’ firewall'),
    firewall_windows_blocks: ({ port }: Args) => `A rule of Windows’ firewall blocks port ${port}.`,
    network_public: ({ interface: name }: Args) =>
      `Windows takes the network of ${name} for a public one and lets nobody in. If you trust it, run this in a PowerShell of an administrator.`,
    firewall_macos: firewall('The firewall of macOS'),
    firewall_macos_blocks_all: () => 'The firewall of macOS blocks all incoming connections.',
    local_network_macos: () =>
      'A browser on a Mac needs Local Network switched on, in the settings under Privacy & Security. Hearth may need it too.',
    client_isolation: ({ address }: Args) =>
      `The phone must be in the same network as ${address}. Guest networks and some access points keep their devices apart; a hotspot helps.`,
  },
};

export type SharingCatalogue = typeof sharing;
