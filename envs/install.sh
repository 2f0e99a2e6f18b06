#!/usr/bin/env bash
# Install into .venv: torch's chosen build first, then exactly what a lock names.
# Usage: envs/install.sh PYTHON TORCH_BUILD LOCK     (TORCH_BUILD: cpu or a CUDA build, such as cu130)
set -euo pipefail
python=$1 build=$2 lock=$3
version=2.13.0
index=https://download.pytorch.org/whl/$build
export PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf 'install: %s\n' "$*" >&2; }
pip() { .venv/bin/python -m pip --quiet "$@"; }

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    say "$python is older than Python 3.11: name another with make PYTHON=..."
    exit 1
}
[ -x .venv/bin/python ] || { say "creating .venv"; "$python" -m venv .venv; }

# What torch itself needs is in the lock; a CUDA build brings its own libraries besides.
needs=(--no-deps)
[ "$build" = cpu ] || needs=()
if ! .venv/bin/python -c "import importlib.metadata as m; assert m.version('torch') in ('$version', '$version+$build')" 2>/dev/null; then
    say "torch $version, build $build"
    # A local wheel of this build comes first; then PyTorch's index; macOS has one build for all.
    pip install "${needs[@]}" "torch==$version+$build" 2>/dev/null ||
        pip install "${needs[@]}" --index-url "$index" "torch==$version" ||
        { [ "$(uname)" = Darwin ] && pip install "${needs[@]}" "torch==$version"; } ||
        { say "no torch $version of build $build found: choose one with make TORCH=cpu or TORCH=cu130"; exit 1; }
fi

say "$lock"
if command -v uv >/dev/null 2>&1; then
    uv pip install --quiet --python .venv/bin/python --no-deps --require-hashes -r "$lock"
else
    pip install --no-deps --require-hashes -r "$lock"
fi
pip install --no-deps --no-build-isolation --editable .
