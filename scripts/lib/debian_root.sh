# A bare Debian in a directory, by debootstrap, to build or to try things in; to be sourced after common.sh, as
# root, in a mount namespace of the script's own (own_mounts).

# own_mounts "$@": the script begins again with mounts that are its own alone, and end with it.
own_mounts() {
    ((EUID == 0)) || die "a chroot needs root"
    [[ ${PINWIRE_UNSHARED:-} == yes ]] || PINWIRE_UNSHARED=yes exec unshare --mount --propagation private "$0" "$@"
}

# release_of SUITE: the number of that Debian.
release_of() {
    case $1 in
    bookworm) echo 12 ;;
    trixie) echo 13 ;;
    *) return 1 ;;
    esac
}

# The mirror that this machine uses itself.
find_mirror() {
    local file
    for file in /etc/apt/sources.list.d/*.sources; do
        [[ -e $file ]] && awk '$1 == "URIs:" { print $2 }' "$file"
    done
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [[ -e $file ]] && sed -nE 's/^deb +(\[[^]]*\] +)?([^ ]+).*/\2/p' "$file"
    done
    return 0
}

# inside ROOT COMMAND...
inside() {
    local root=$1
    shift
    chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" "$@"
}

# quietly LOG COMMAND...: its output is shown only if it fails, and then nothing goes on.
quietly() {
    local output=$1
    shift
    "$@" >"$output" 2>&1 </dev/null && return 0
    show_tail "$output"
    die "this failed: $*"
}

# debian_root SUITE ROOT: makes it if it isn't there; it is kept, so that the next run is quick. Nothing that is
# installed there starts by itself.
debian_root() {
    local suite=$1 root=$2 release mirror
    release=$(release_of "$suite") || die "no such suite: $suite (bookworm, trixie)"
    [[ ! -e $root/etc/pinwire-debian$release ]] || return 0
    mirror=$(find_mirror | grep -E '/debian/?$' | head -n 1) || true
    [[ -n $mirror ]] || die "found no Debian mirror in this machine's apt sources"
    if ! command -v debootstrap >/dev/null; then
        log "installing debootstrap"
        apt-get update >/dev/null && apt-get install -y --no-install-recommends debootstrap >/dev/null
    fi
    log "debootstrap of Debian $release into $root (once)"
    rm -rf "$root"
    mkdir -p "$root"
    quietly "$root.log" debootstrap --variant=minbase "$suite" "$root" "$mirror"
    # The machine's own way out, where it has one.
    cp -n /etc/apt/apt.conf.d/*proxy* "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    touch "$root/etc/pinwire-debian$release"
}

mount_kernel() {
    mount -t proc proc "$1/proc"
    mount --rbind /dev "$1/dev"
}

# install_inside ROOT PACKAGE...: those that are missing.
install_inside() {
    local root=$1
    shift
    inside "$root" dpkg-query -W "$@" >/dev/null 2>&1 && return 0
    log "installing packages there (once)"
    quietly "$root.log" inside "$root" apt-get update
    quietly "$root.log" inside "$root" apt-get install -y --no-install-recommends --no-remove "$@"
}

# copy_tree TO: what git knows of this tree, with its times, so that only what changed is built again; TO/build stays.
copy_tree() {
    mkdir -p "$1"
    find "$1" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
    git -C "$PINWIRE_ROOT" ls-files -z --cached --others --exclude-standard |
        (cd "$PINWIRE_ROOT" && while IFS= read -r -d "" file; do
            if [[ -e $file ]]; then printf "%s\0" "$file"; fi
        done | tar --null --no-recursion -T - -cf -) |
        tar -C "$1" -xf - --no-same-owner
}
