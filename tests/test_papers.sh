#!/bin/bash
# Tests that the pages (*.md) and the citations of pages are true:
#   - No file cites a document that is not tracked, or a section that the document does not have.
#   - Every link inside the repository leads to a file, and every path in back-ticks is a file or a folder of the tree.
#   - Every floor, every room of kernels, and tests/ have a README.md.
#   - Every script that a page tells its reader to run as tools/NAME exists.
set -u -o pipefail
cd "${MYRIAD_SOURCE:?}" || exit 1
failures=0

fail() {
  printf '%s\n' "$*" >&2
  failures=$((failures + 1))
}

# Lists the tracked files; without git (in an unpacked archive) every file that the build did not make.
files=$(git ls-files 2>/dev/null) ||
  files=$(find . -type f -not -path './.git/*' -not -path './build/*' -not -path './out/*' | sed 's,^\./,,')
pages=$(grep '\.md$' <<<"$files")
folders=$(sed -n 's,/.*,,p' <<<"$files" | sort -u | paste -sd '|' | sed 's/\./\\./g')
extensions=$(sed -n 's,.*[^/]\.\([a-z0-9]*\)$,\1,p' <<<"$files" | sort -u | paste -sd '|')

# FOLDER PATH: prints the path, which is relative to the folder, relative to the root and without `.` and `..`.
from() { realpath -ms --relative-to=. "$1/$2"; }
tracked() { grep -qxF -- "$1" <<<"$files"; }
is_folder() { grep -q "^${1%/}/" <<<"$files"; }

# ---------------------------------------------------------------------------------------------- citations
citations=0
while IFS=: read -r file line cited; do
  section=$(sed -n 's/^[^"]*, "\(.*\)"$/\1/p' <<<"$cited")
  document=${cited%%,*}
  citations=$((citations + 1))
  if tracked "$document"; then
    target=$document
  elif target=$(from "$(dirname "$file")" "$document") && tracked "$target"; then
    :
  else
    fail "$file:$line: cites $document, which is not in the repository"
    continue
  fi
  [ -z "$section" ] || grep -qE "^#+ $section\$" "$target" || fail "$file:$line: $target has no section \"$section\""
done < <(tr '\n' '\0' <<<"$files" |
  xargs -0 grep -nHIoE '(^|[^][:alnum:]_./*:${}-])[][:alnum:]_./-]*[[:alnum:]_-]\.(md|pdf)\b(, "[^"]+")?' |
  sed -E 's/^([^:]*:[0-9]+:)[^[:alnum:]_.-]/\1/' | grep -E '^[^:]*:[0-9]+:[[:alnum:]_.-]')
[ "$citations" -ge 8 ] || fail "only $citations citations were found: is the search broken?"

# ---------------------------------------------------------------------------------------------- links and paths
for page in $pages; do
  while read -r link; do
    path=$(from "$(dirname "$page")" "${link%%#*}")
    tracked "$path" || is_folder "$path" || fail "$page: the link to $link leads nowhere"
  done < <(grep -oE '\]\([^)]+\)' "$page" | sed -E 's/^\]\((.*)\)$/\1/' | grep -vE '^([a-z]+:|#)')
done

looks_like_path() {
  [[ $1 =~ ^[A-Za-z0-9_.*/-]+$ && ! $1 =~ ^[-/] && ! $1 =~ (NAME|_[A-Z]_) ]] || return 1 # NAME, A and B stand for others
  [[ $1 =~ ^($folders)/ || $1 =~ [A-Za-z0-9_*-]\.($extensions)$ || $1 == */ ]]
}

# Whether a path on a page exists. The page of a floor may leave out folders of that floor; the pages of the whole house
# may leave out any.
exists() { # page, path
  local scope=${1%%/*}/ pattern
  case $1 in .github/* | README.md) scope= ;; esac
  case $2 in ../* | ./*) tracked "$(from "$(dirname "$1")" "$2")"; return ;; esac
  pattern=$(sed 's/\./\\./g; s/\*/[^\/]*/g' <<<"$2")
  case $2 in */) ;; *) pattern="$pattern\$" ;; esac
  grep -qE "^($scope(.*/)?)?$pattern" <<<"$files" && return
  [[ $2 =~ ^[a-z]+/[a-z_]+$ ]] && grep -qE "^tests/${2%/*}/test_${2#*/}\.(c|py|sh)\$" <<<"$files" # a test's name
}

# Prints the spans in back-ticks of paragraphs and tables, without blocks of code.
spans() { awk '/^```/ { fenced = !fenced; next } !fenced && !/^    /' "$1" | tr '\n' ' ' | grep -oE '`[^`]+`' | tr -d '`'; }
words=0
for page in $pages; do
  while read -r word; do
    looks_like_path "$word" || continue
    words=$((words + 1))
    exists "$page" "$word" || fail "$page: $word is not in the repository"
  done < <(spans "$page" | sed -E 's/ -o [^ ]+//g' | tr -s ' ' '\n' | sort -u)
done
[ "$words" -ge 150 ] || fail "only $words paths were found in the pages: is the search broken?"

# ---------------------------------------------------------------------------------------------- READMEs and commands
for folder in kernels sim render scenarios dataset tools tests \
  $(sed -n 's,^\(kernels/[^/]*\)/.*,\1,p' <<<"$files" | sort -u); do
  tracked "$folder/README.md" || fail "$folder has no README.md"
done

commands=0
while IFS=: read -r page command; do
  commands=$((commands + 1))
  [ -x "$command" ] || fail "$page: there is no command $command"
done < <(for page in $pages; do
  awk '/^```/ { fenced = !fenced; next } (fenced || /^    /) && $1 ~ /^tools\/./ { print FILENAME ":" $1 }' "$page"
done)
[ "$commands" -ge 6 ] || fail "only $commands commands were found in the pages: is the search broken?"

[ "$failures" -eq 0 ] || { echo "$failures findings" >&2; exit 1; }
echo "$citations citations, $words paths, $commands commands, no finding"
