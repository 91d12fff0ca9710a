// Package monitor holds what this computer is doing: one Sample a second, the newest of them at hand, fifteen minutes of
// them in the topic monitor/local.
//
// # Guarantees
//
//  1. Run appends one sample a second to the topic, stamped with the whole second it was due, whether or not somebody
//     follows. A late sample is not made up for; the next one is on time again, so the samples do not drift.
//  2. A metric that cannot be read is absent, or null where the key is one of the first three of the sample, and
//     Sample.Unavailable has a sentence for it. Everything else still goes out. Unavailable is never null.
//  3. A figure that is a difference of two readings is null, never a spike, when there is no reading before it, when a
//     counter went backwards, and when the two readings are more than three seconds apart (the computer slept). It is
//     the figure that is null, not the metric: the names stay, and Unavailable does not mention it.
//  4. A reading that hangs (a dead disk under a mount point) delays one sample by at most half a second, and is not
//     asked for again until it comes back. It holds up neither the other metrics nor the end of Run.
//  5. Run returns after its goroutines have ended, except a reading that the operating system does not come back from
//     within half a second, which nobody can end: it leaves by itself, and what it brings is dropped.
//
// # What is shown
//
// CPU, network and disk traffic, load, memory, swap and uptime are read each second; disk usage, temperatures and the
// number of processes every five seconds, from another goroutine; the list of mount points every minute.
//
// Network interfaces are those with hardware behind them. Loopback and what is made of software (bridges, tunnels,
// container ends, VLANs) is left out: its bytes cross a real interface as well, or never leave the computer. Where
// nothing has hardware, as in a container, all but loopback that ever moved a byte are shown. Disk traffic is the sum
// over whole disks, for the same reason. Disks are the mount points of physical disks, one per device: the shortest path.
//
// The readings are gopsutil's, except where it is dear or may hang: see procFile (Linux) and Mounts (Windows, macOS).
//
// # Caveats
//
// What differs between systems: temperatures are missing on Windows (they need an administrator) and on Apple silicon;
// swap is the commit charge on Windows; CPU and disk traffic are missing from a macOS build without cgo; where the system
// reports no load while it is busy, the load is emulated and Sample.LoadKind says so.
package monitor
