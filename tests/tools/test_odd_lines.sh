#!/usr/bin/env bash
# Tests the answers to odd command lines: the exit code, and a phrase that tells the user what to do.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
ln -s "$MYRIAD_SOURCE/scenarios/assets" assets
failures=0
asked=0

t() { # CODE PHRASE ARGUMENT...: asks the command. CODE is a pattern, such as "2" or "2|74".
  local codes=$1 phrase=$2 code=0 said
  shift 2
  asked=$((asked + 1))
  said=$(timeout 60 "$MYRIAD" "$@" 2>&1 </dev/null) || code=$?
  if [[ ! $code =~ ^($codes)$ ]] || ! grep -qaF -- "$phrase" <<<"$said"; then
    printf '%s\n' "myriad $*" "  ends with $code, expected $codes and: $phrase" "$said"
    failures=$((failures + 1))
  fi
}
scene() { # NAME LINES: a scenario of one cart, and lines
  printf '%s\n' 'version: 1' 'name: odd' 'duration: 1 s' 'episodes: 2' 'entities:' \
    '  cart: {model: assets/cartpole.xml}' "$2" >"$1.yaml"
}
raw() { printf '%b' "$2" >"$1.yaml"; } # NAME TEXT

# ---- the command line
t 2 'first steps'
t 0 'first steps' help
t 2 'did you mean check?' chek x.yaml
t 2 '`myriad check x.yaml`' x.yaml
t 2 'unknown option --foo' --foo
t 2 'unknown command' ''
t 2 'unknown command foo' help foo
t 2 'one argument too many: check' help run check
t 2 'one argument too many' version foo
scene good ''
t 2 'it wants SCENE -o DIR' run
t 2 'give a directory with -o DIR' run good.yaml
t 2 'unknown option --out; did you mean --output' run good.yaml --out q
t 2 '--output wants DIR' run good.yaml -o
t 2 '--output wants DIR' run good.yaml -o ''
t 2 'it wants SCENE' check ''
t 2 '--episodes wants N' run good.yaml -o out --episodes
t 2 'whole number from 1 to' run good.yaml -o out --episodes 0
t 2 'not 1e3' run good.yaml -o out --episodes 1e3
t 2 'whole number from 1 to 999999999' plan good.yaml --episodes 999999999999
t 2 'not 99999999999999999999' run good.yaml -o out --seed 99999999999999999999
t 2 'did you mean --episodes?' run good.yaml -o out --episods 5
t 2 'is one of' run good.yaml -o out --engine gpu
t 2 'auto|json|none' run good.yaml -o out --progress loud
t 2 'choose 1' run good.yaml -o out --lanes 3
t 2 'takes no value' run good.yaml -o out --overwrite=yes
t 2 'one argument too many: more' run good.yaml more -o out
t 2 '--resolved takes no value' check good.yaml --resolved 5
t 2 'is a model' run assets/cartpole.xml -o out
t 2 'entities: {robot: {model: assets/cartpole.xml}}' plan assets/cartpole.xml
t '2|74' 'cannot read' check nowhere.yaml
t '2|74' 'nowhere' check nowhere.xml
t '2|74' 'nowhere' info nowhere
t 2 'holds no dataset' verify assets
t 2 'not named like a finished file' info good.yaml
t 2 '--against mujoco' compare good.yaml
t 2 'WxH, such as 640x480' view good.yaml --size 64 -o x.png
t 2 'the last is 1' view good.yaml --episode 99 -o x.png
t 2 'the last is 1' sample good.yaml --episode 99
t 2 'has it: --set episodes=1000000000' sample good.yaml --episode 999999999
t 2 '--set is for scenarios; leave it out' check assets/cartpole.xml --set a=1
t 2 '--resolved is for scenarios; leave it out' check assets/cartpole.xml --resolved
t 2 '--json does not go with --resolved' check good.yaml --resolved --json
t 2 'sets episodes twice: episodes=2 and episodes=3; keep one' check good.yaml --set episodes=2 --set episodes=3
t 2 'sets seed twice: seed=2 and seed=1; keep one' run good.yaml -o out --seed 1 --set seed=2
t 2 '--size goes with --render; leave it out' bench assets/cartpole.xml --size 64x64
t 2 '--steps does not go with --render; leave it out' bench assets/cartpole.xml --render --steps 9
t 2 '--states is not for episodes; leave it out' compare good.yaml --against bullet --states 3
t 2 '--worlds goes with --against cuda; leave it out' compare good.yaml --against mujoco --worlds 3
t 2 '--episodes goes with --against bullet; leave it out' compare good.yaml --against mujoco --episodes 3
t 2 'there is no camera "nose"' view good.yaml --camera nose -o x.png
t 0 'draws nothing' sample good.yaml
[ ! -e out ] || { echo "a refused run made a folder"; failures=$((failures + 1)); }

t 0 'states no `success`' run good.yaml -o "$work/made" --progress none
t 0 'look at it with `myriad info' run good.yaml -o "$work/again" --progress none
scene easy 'success: height(cart) > -1 m'
t 0 '2 succeeded (100.0 %)' run easy.yaml -o "$work/easy" --progress none

# ---- --set
t 2 'no value after `duration=`' check good.yaml --set duration=
t 2 'no value after `x=`' check good.yaml --set 'x= '
t 2 'expected path=value' check good.yaml --set duration
t 2 'did you mean `duration`?' check good.yaml --set 'durration=1 s'
t 2 'did you mean `cart`?' check good.yaml --set 'entities.crat.start.lift=1 m'
t 2 'names with dots between them' check good.yaml --set 'entities..cart=1'
t 2 'expected time, got mass' check good.yaml --set 'duration=5 kg'
t 0 'is good' check good.yaml --set $'duration=2\ts'
t 2 'line 1 is not closed' check good.yaml --set 'name=[1,2'

# ---- files that are no scenarios
raw empty ''
t 2 'a scenario begins `version: 1`' check empty.yaml
raw comment '# nothing\n'
t 2 'a scenario begins `version: 1`' check comment.yaml
mkdir folder.yaml
t '2|74' 'directory' check folder.yaml
raw picture '\x89PNG\r\n\x1a\n'
t 2 'if it is a text at all' check picture.yaml
raw binary 'version: 1\x01\x02'
t 2 'a scenario is a text file' check binary.yaml
printf -- '- version: 1\n' >list.yaml
t 2 'expected a mapping, got a list' check list.yaml
raw word 'hello\n'
t 2 'got `hello`' check word.yaml

# ---- YAML
scene tab $'events:\n\tpush: {at: 1 s}'
t 2 'indent with spaces' check tab.yaml
scene brace $'world: {timestep: 2 ms\nrecord: [joints]'
t 2 'line 7 is not closed' check brace.yaml
scene bracket $'record: [joints\nseed: 3'
t 2 'line 7 is not closed' check bracket.yaml
scene quote 'success: "upright(cart)'
t 2 'the quotes that open in line 7' check quote.yaml
scene indent $'world:\n  timestep: 2 ms\n control_rate: 50 Hz'
t 2 'begin in one column' check indent.yaml
scene colon $'seed 5\nrecord: [joints]'
t 2 'colon and a blank' check colon.yaml
scene twice $'seed: 1\nseed: 2'
t 2 'it was given at line 7 already' check twice.yaml
scene anchor 'world: &w {sky: *w}'
t 2 'write the value out' check anchor.yaml
scene tag 'seed: !random 5'
t 2 'tags are not allowed' check tag.yaml
scene documents $'---\nversion: 1'
t 2 'only one document' check documents.yaml

# ---- keys, units and numbers
raw misspelt 'version: 1\nnmae: a\nduration: 1 s\nentities: {cart: {model: assets/cartpole.xml}}\n'
t 2 'did you mean `name`?' check misspelt.yaml
! "$MYRIAD" check misspelt.yaml 2>&1 | grep 'missing key' || failures=$((failures + 1)) # it is there, misspelt
scene top 'timestep: 2 ms'
t 2 'write world: {timestep: ...}' check top.yaml
scene start '  robot: {model: assets/biped.xml, start: {position: [1, 2, 3]}}'
t 2 '`height` and `lift` move it up' check start.yaml
scene foreign '  robot: {model: assets/biped.xml, start: {glorp: 1}}'
t 2 '`myriad schema --markdown` explains them' check foreign.yaml
scene article '  robot: {model: assets/biped.xml, glorp: 1}'
t 2 'an entity has: ' check article.yaml
scene neither '  box: {}'
t 2 'such as box: {model: robot.xml}' check neither.yaml
scene both '  box: {ground: {}, shape: box, size: [1, 1, 1]}'
t 2 'keep one of them' check both.yaml
scene scalar '  box: 5'
t 2 'an entity is a mapping, such as {ground: ...}' check scalar.yaml
scene parsec 'world: {timestep: 5 parsec}'
t 2 'units of time are: s, ms' check parsec.yaml
scene zero 'world: {timestep: 0 s}'
t 2 'must be greater than 0 s' check zero.yaml
scene range 'events: {push: {at: {uniform: [1 s, 0 s]}, body: cart.pole, impulse: [1, 0, 0]}}'
t 2 'write [low, high]' check range.yaml
scene many "seed: 99999999999999999999"
t 2 'must be at most' check many.yaml
scene name '  größe: {ground: {}}'
t 2 'a letter, then letters' check name.yaml
t 2 'must be at most 1000000 s' check good.yaml --set 'duration=1e300 s'

# ---- expressions
expression() { # NAME EXPRESSION PHRASE
  scene "$1" "success: $2"
  t 2 "$3" check "$1.yaml"
}
expression after 'height(cart) >' 'a value is a number with its unit'
expression unclosed 'upright(cart' 'expected `)` before the end'
expression second 'distance(cart > 1 m' 'write distance(ENTITY or ENTITY.BODY, ENTITY or ENTITY.BODY)'
expression none 'height() > 1 m' 'write height(ENTITY or ENTITY.BODY)'
expression equals 'height(cart) = 1 m' 'write `==`'
expression ands 'upright(cart) && true' 'write `and`, `or`'
expression function 'heigth(cart) > 1 m' 'did you mean `height`?'
expression unknown 'glorp(cart) > 1 m' '`myriad schema --markdown` lists the functions'
expression entity 'height(crat) > 1 m' 'did you mean `cart`?'
expression sum 'height(cart) + 2 s > 1' 'cannot add length and time'
expression number 'height(cart)' 'must be a condition'

# ---- models, and things that single precision cannot tell from nothing
scene flat '  p3: {shape: box, size: [1 m, 1e-60 m, 1 m]}'
t 2 'flat.yaml:7:32: error: must be at least 1e-06 m' check flat.yaml
printf '<mujoco><worldbody><body name="b"><geom type="sphere"/></body></worldbody></mujoco>' >bad.xml
scene model '  second: {model: bad.xml}'
t 2 'bad.xml:1:1: error: size 0 must be positive' check model.yaml
printf '<mujoco><option timestep="0.005"/><worldbody><camera name="c" projection="orthographic"/></worldbody></mujoco>' >eye.xml
scene eye $'  second: {model: eye.xml}\ncameras: {c: {from: second.c}}'
t 2 'eye.yaml:7:19: error: entity "second"' check eye.yaml
printf '<robot name="r"><link name="a"/></robot>' >one.urdf
t 0 '1 body, 0 degrees of freedom' check one.urdf
printf '<mujoco><worldbody>' >cut.xml
t 2 'cut.xml' check cut.xml
: >nothing.xml
t 2 'empty' check nothing.xml

[ "$asked" -ge 60 ] || { echo "only $asked command lines"; exit 1; }
[ $failures = 0 ] && echo "$asked command lines"
