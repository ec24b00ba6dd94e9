#!/usr/bin/env bash
# Installs the parts of the system that hub-agent needs and pip cannot bring, only those missing.
# usage: config/setup.sh run|test
# Never fails for lack of rights or network: it says what to install and goes on.
set -euo pipefail

python=${PYTHON:-python3}

is_there() {
    case $1 in
        python3-venv) "$python" -c 'import ensurepip, venv' ;;
        mosquitto) PATH=$PATH:/usr/sbin:/sbin command -v mosquitto ;;
        mosquitto-clients) command -v mosquitto_pub ;;
        libportaudio2) "$python" -c 'import ctypes.util as u, sys; sys.exit(not u.find_library("portaudio"))' ;;
        pulseaudio) command -v pulseaudio ;;
        pulseaudio-utils) command -v pactl ;;
        libasound2-plugins) compgen -G '/usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so' ;;
    esac >/dev/null 2>&1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() {
    command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }
}

install_parts() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

parts=(python3-venv mosquitto mosquitto-clients libportaudio2)
[ "${1:-run}" = test ] && parts+=(pulseaudio pulseaudio-utils libasound2-plugins)

missing=()
for part in "${parts[@]}"; do
    is_there "$part" || missing+=("$part")
done
[ ${#missing[@]} -gt 0 ] || exit 0

log=$(mktemp)
trap 'rm -f "$log"' EXIT
if may_install; then
    echo "installing ${missing[*]}"
    install_parts "${missing[@]}" >"$log" 2>&1 && exit 0
    as_root apt-get update -qq >>"$log" 2>&1 || true
    install_parts "${missing[@]}" >"$log" 2>&1 && exit 0
    tail -n 3 "$log" >&2
fi
echo "not installed: ${missing[*]} – sudo apt-get install ${missing[*]}" >&2
