# The guest's first process. Its root is read-only and shared by all machines; what is written goes to memory or /data.
mount -t sysfs sys /sys 2>/dev/null
mount -t devtmpfs dev /dev 2>/dev/null
mount -t tmpfs run /run
mount -t tmpfs tmp /tmp
mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288 compiled /compiled
if [ -b /dev/vdb ]; then mount -t ext4 /dev/vdb /data; else mount -t tmpfs data /data; fi || exit 1
# Names for the HID device of uhid and for the keyboard of uinput, which hang at no bus.
mkdir -p /run/udev/rules.d
cat >/run/udev/rules.d/90-rig.rules <<'END'
SUBSYSTEM=="hidraw", DEVPATH=="/devices/virtual/misc/uhid/*", SYMLINK+="rig-hid"
SUBSYSTEM=="input", KERNEL=="event*", ATTRS{name}=="Rig keyboard", SYMLINK+="rig-keyboard"
END
/lib/systemd/systemd-udevd --daemon
# What is plugged in later, udev looks after; the rest of the machine is not needed, and takes 5 s to find.
modprobe -a virtio_net uhid xhci_pci usbhid
ip link set lo up
ip address add 10.0.2.15/24 dev eth0
ip link set eth0 up
cd /product
export PATH=/product/node_modules/node/bin:$PATH HOME=/run UV_THREADPOOL_SIZE=32
# Under emulation a program of ours starts in half the time when it need not be compiled.
export NODE_COMPILE_CACHE=/compiled
exec node test/rig/agent.ts
