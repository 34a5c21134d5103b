#!/bin/sh
# Make one virtual environment with everything it needs: make_env.sh reference|current|bench|gpu|gpu-torch|nbgrader DIR
# Needs a Python 3 on the machine; brings its own uv (from PyPI) in .tools/.
set -eu
cd "$(dirname "$0")/.."
kind=$1
dir=$2

say() { printf '%s\n' "setup: $*"; }

private_uv() {
    [ -x .tools/bin/uv ] && return
    rm -rf .tools
    for python in python3.13 python3.12 python3.11 python3.10 python3.9 python3.8 \
                  python3 python /usr/bin/python3; do
        # uv's own package needs Python 3.8 to install.
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null || continue
        say "installing uv from PyPI into .tools/"
        if "$python" -m venv .tools >/dev/null 2>&1; then
            .tools/bin/python -m pip install -q --disable-pip-version-check uv && return
        else  # Debian's python3 without python3-venv
            rm -rf .tools
            "$python" -m pip install -q --disable-pip-version-check --target .tools uv && return
        fi
        rm -rf .tools
    done
    say "no Python 3.8 or newer with pip was found; install one (for example python3-pip) and run make again" >&2
    exit 2
}

make_venv() {  # make_venv VERSION...: with the first Python that can be found or fetched
    for version in "$@"; do
        .tools/bin/uv venv -q --clear --seed --python "$version" "$dir" 2>/dev/null && return
    done
    return 1
}

private_uv
rm -rf "$dir"
case $kind in
reference)
    machine=$(uname -m)
    if [ "$machine" != x86_64 ]; then
        why="TensorFlow 1.15 has no build for $machine"
    elif ! make_venv 3.7; then
        why="no Python 3.7 can be found or fetched here"
    else
        why=
        say "$dir: Python 3.7 with TensorFlow 1.15, the reference"
    fi
    if [ -n "$why" ]; then
        make_venv 3.13 3.12 3.11 3.10 || { say "no supported Python (3.7, 3.10 to 3.13) found" >&2; exit 2; }
        say "$dir: $("$dir/bin/python" --version) with TensorFlow 2, because $why"
    fi ;;
current)
    make_venv 3.11 3.12 3.13 || { say "no Python 3.11 or newer found" >&2; exit 2; }
    say "$dir: $("$dir/bin/python" --version) with the newest TensorFlow 2" ;;
bench)
    make_venv 3.11 || { say "the benchmarks need Python 3.11" >&2; exit 2; }
    say "$dir: $("$dir/bin/python" --version) with PyTorch 2.13 and TensorFlow 2"
    # pip and not uv: uv would take the CUDA build, several GB.
    "$dir/bin/python" -m pip install -q --disable-pip-version-check torch==2.13.0 ;;
gpu | gpu-torch)
    make_venv 3.11 3.12 || { say "the benchmarks need Python 3.11 or 3.12" >&2; exit 2; }
    # Two environments: each library brings a CUDA of its own.
    if [ "$kind" = gpu ]; then cuda="tensorflow[and-cuda]>=2.16"; else cuda="torch==2.13.0"; fi
    say "$dir: $("$dir/bin/python" --version) with $cuda for CUDA"
    .tools/bin/uv pip install -q --python "$dir/bin/python" "$cuda" ;;
nbgrader)
    make_venv 3.11 || { say "nbgrader needs Python 3.11" >&2; exit 2; }
    say "$dir: $("$dir/bin/python" --version) with nbgrader 0.9, without TensorFlow"
    .tools/bin/uv pip install -q --python "$dir/bin/python" "nbgrader==0.9.*" ipykernel \
        numpy scipy click tqdm Pillow
    .tools/bin/uv pip install -q --python "$dir/bin/python" --no-deps -e .
    touch "$dir/.done"
    exit ;;
esac
# Compiled now, since where bytecode is not written TensorFlow would take seconds more at each start.
.tools/bin/uv pip install -q --compile-bytecode --python "$dir/bin/python" -r requirements-dev.txt -e ".[studio,scale]"
touch "$dir/.done"
