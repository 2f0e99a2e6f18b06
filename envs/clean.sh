#!/bin/sh
# Remove the results, through a link too, and Snakemake's memory of them; run by `make clean`.
# The records of trials and of openings of the hold-out stay. What lies elsewhere and is linked to
# from inside the results is not followed: it is named.
set -eu

remove() {
    for each in "$@"; do
        if [ -L "$each" ]; then
            printf 'clean: %s was a link: what it points to stays: %s\n' "$each" "$(readlink "$each")"
        fi
        rm -rf -- "$each"
    done
}

if [ -L results ] && [ ! -d results ]; then
    printf 'clean: results is a link to %s, which is not a folder: nothing is removed: correct it\n' \
        "$(readlink results)" >&2
    exit 1
fi
if [ -e results ] && [ ! -d results ]; then
    printf 'clean: results is a file, not a folder: nothing is removed: move it away\n' >&2
    exit 1
fi
if [ -d results ]; then
    for each in results/* results/.[!.]* results/..?*; do
        case "$each" in
        results/trials | results/holdout) ;;
        *) if [ -e "$each" ] || [ -L "$each" ]; then remove "$each"; fi ;;
        esac
    done
fi
remove .snakemake .work
