"""The command lines that oracle.py runs: a line has a name and a command, then
`< FILE` and `> FILE`. The name `-` stands before a step of oracle.py's own,
whose output is not hashed. A saved file and a picture are hashed too."""

# One set of records: DATA.raw becomes DATA.ndjson, with vectors and a split.
PREPARE = """
split/default         rb-split $data.raw > $data.split
split/seed            rb-split --seed 3 $data.raw
split/exact           rb-split --exact $data.raw
split/val             rb-split --val 0.2 --train 0.5 $data.raw > $data.val
split/limit           rb-split --train-limit 100 $data.raw
split/llmrouterbench  rb-split --like llmrouterbench $data.raw
split/seed-42         rb-split --like llmrouterbench --seed 999 $data.raw
split/routerbench     rb-split --like routerbench $data.raw
split/resplit         rb-split --resplit --seed 7 $data.split
embed                 rb-embed $data.split > $data.ndjson
embed/base64          rb-embed --encoding base64 < $data.raw
embed/line            rb-embed --line-buffered < $data.raw
-                     tail 60 $data.ndjson > $data.last
-                     ask $data.last > $data.asked
"""

# One router on it.
ROUTER = """
fit/$router                  rb-fit $router --save $data-$router.json $data.ndjson
route/$router/steps          rb-route $data-$router.json < $data.last
route/$router/alpha          rb-route $data-$router.json --alpha 0.4 < $data.last
route/$router/budget         rb-route $data-$router.json --budget 0.001 < $data.last
route/$router/quality        rb-route $data-$router.json --quality 0.6 --input $data.last
route/$router/explain        rb-route $data-$router.json --explain < $data.last
route/$router/no-outcomes    rb-route $data-$router.json < $data.asked
route/$router/converse       rb-route $data-$router.json --converse --alpha 0.6 < $data.last
route/$router/converse-1     rb-route $data-$router.json --converse --alpha 0.6 < $data.asked > $data-$router.asks1
-                            answer $data-$router.asks1 $data.last > $data-$router.told1
route/$router/converse-2     rb-route $data-$router.json --converse --replace --alpha 0.6 < $data-$router.told1 > $data-$router.asks2
-                            answer $data-$router.asks2 $data.last > $data-$router.told2
route/$router/converse-3     rb-route $data-$router.json --converse --replace --alpha 0.6 < $data-$router.told2
"""

# Several routers on one stream, and what scoring and drawing make of it.
CHAIN = """
chain/kmeans   rb-fit kmeans < $data.ndjson > $data.chain1
chain/domain   rb-fit domain < $data.chain1 > $data.chain2
chain/length   rb-fit length < $data.chain2 > $data.chain3
chain/cascade  rb-fit cascade --calls 2 < $data.chain3 > $data.chain4
chain/random   rb-fit random --drop-embedding < $data.chain3 > $data.fitted
"""
SCORE = """
score/$way         rb-score $flags $data.fitted > $data-$way.scores
pareto/$way        rb-pareto --svg $data-$way.svg < $data-$way.scores
pareto/$way/table  rb-pareto --table < $data-$way.scores
pareto/$way/term   rb-pareto --term < $data-$way.scores
"""
SCORES = {
    "default": "",
    "by": "--by dataset",
    "exact": "--exact",
    "drop": "--missing drop",
    "choose": "--choose quality>=best-single --versus kmeans",
    "latency": "--against latency",
    "small-memory": "--memory 1",
    "no-intervals": "--resamples 0",
    "train": "--split train",
}
PARTS = """
-                  deal 0/3 $data.fitted > $data.third0
-                  deal 1/3 $data.fitted > $data.third1
-                  deal 2/3 $data.fitted > $data.third2
partial/0          rb-score --partial --by dataset $data.third0 > $data.part0
partial/1          rb-score --partial --by dataset $data.third1 > $data.part1
partial/2          rb-score --partial --by dataset $data.third2 > $data.part2
merge              rb-score --merge $data.part2 $data.part0 $data.part1
merge/memory       rb-score --merge --memory 1 $data.part2 $data.part0 $data.part1
seeds/1/split      rb-split --resplit --seed 1 $data.ndjson > $data.split1
seeds/2/split      rb-split --resplit --seed 2 $data.ndjson > $data.split2
seeds/1/kmeans     rb-fit kmeans --seed 1 $data.split1 > $data.kmeans1
seeds/2/kmeans     rb-fit kmeans --seed 2 $data.split2 > $data.kmeans2
seeds/1/knn        rb-fit knn $data.kmeans1 > $data.seed1
seeds/2/knn        rb-fit knn $data.kmeans2 > $data.seed2
seeds              rb-score --seeds $data.seed1 $data.seed2 > $data.seeds
seeds/flags        rb-score --seeds --memory 1 --missing drop --choose cost<=0.001 --versus knn $data.seed2 $data.seed1
seeds/part/1       rb-score --partial $data.seed1 > $data.seed-part1
seeds/part/2       rb-score --partial $data.seed2 > $data.seed-part2
seeds/merge        rb-score --seeds --merge $data.seed-part1 $data.seed-part2
seeds/table        rb-pareto --table $data.seeds
"""

# Flags that one set of records is enough for.
MORE = """
split/train-on         rb-split --train-on demo-facts,demo-code demo.raw
split/test-on          rb-split --test-on demo-logic demo.raw
split/on-both          rb-split --train-on demo-facts --test-on demo-logic --val 0.3 demo.raw
split/leave-out        rb-split --leave-out demo-arith,demo-extract demo.raw
split/exact-val        rb-split --exact --val 0.1 --seed 5 demo.raw
split/whole            rb-split --like llmrouterbench --seed 2024 demo.all
split/limit-exact      rb-split --exact --train-limit 50 demo.raw
embed/named            rb-embed --model static demo.raw
embed/threads          rb-embed --threads 3 demo.raw
whole/embed            rb-embed demo.all > whole.ndjson
whole/kmeans           rb-fit kmeans whole.ndjson > whole.1
whole/knn              rb-fit knn whole.1 > whole.2
whole/avengers-pro     rb-fit avengers-pro whole.2 > whole.3
whole/domain           rb-fit domain whole.3 > whole.4
whole/random           rb-fit random whole.4 > whole.5
whole/score            rb-score whole.5 > whole.scores
whole/score/quiet      rb-score --quiet --memory 100k --threads 1 --by dataset whole.5
whole/pareto           rb-pareto --table --svg whole.svg whole.scores
val/embed              rb-embed demo.val > val.ndjson
val/kmeans             rb-fit kmeans val.ndjson > val.1
val/domain             rb-fit domain val.1 > val.2
val/score              rb-score --by dataset val.2 > val.scores
val/score/val          rb-score --split val val.2
val/score/choose       rb-score --choose quality>=0.6 --missing drop val.2
val/pareto             rb-pareto --table val.scores
reference/import       rb-import --reference sim-chat --reference sim-code demo.split > reference.raw
reference/embed        rb-embed reference.raw > reference.ndjson
reference/fit          rb-fit knn reference.ndjson > reference.fitted
reference/score        rb-score --by dataset reference.fitted > reference.scores
reference/pareto       rb-pareto --svg reference.svg reference.scores
reference/table        rb-pareto --table reference.scores
pool/fit               rb-fit mlp --models sim-chat,sim-math,sim-frontier --save pool.json demo.ndjson > pool.1
pool/route             rb-route pool.json demo-kmeans.json demo-domain.json --explain --input demo.last
pool/score             rb-score pool.1
pools/oracle           rb-pool --by dataset demo.ndjson
pools/routed           rb-pool --objective routed --table --random 10 demo.ndjson
pools/keep             rb-pool --keep 3 demo.raw
curve/none             rb-curve demo-by.scores
oracle/fit             rb-fit routerbench-cascade demo.fitted > oracle.1
oracle/score           rb-score oracle.1 > oracle.scores
oracle/table           rb-pareto --table oracle.scores
oracle/pareto          rb-pareto --svg oracle.svg oracle.scores
latency/fit            rb-fit kmeans --against latency --save latency.json demo.ndjson > latency.1
latency/route          rb-route latency.json --budget 3 --input demo.last
latency/score          rb-score --against latency --by dataset latency.1 > latency.scores
latency/table          rb-pareto --table latency.scores
latency/pareto         rb-pareto --svg latency.svg latency.scores
tokens/fit             rb-fit knn --against tokens --save tokens.json demo.ndjson > tokens.1
tokens/route           rb-route tokens.json --budget 250 --input demo.last
tokens/score           rb-score --against tokens tokens.1 > tokens.scores
tokens/table           rb-pareto --table tokens.scores
tokens/pareto          rb-pareto --svg tokens.svg tokens.scores
route/twice            rb-route demo-kmeans.json demo-kmeans.json < demo.last
route/again            rb-route demo-kmeans.json --input demo.chain1
route/replace          rb-route demo-kmeans.json --alpha 0.2 --replace --input demo.chain3
route/lines            rb-route demo-domain.json --line-buffered < demo.last
route/beyond           rb-route demo-kmeans.json --budget 0.0000001 < demo.last
route/too-good         rb-route demo-kmeans.json --quality 0.999 < demo.last
route/explain-alpha    rb-route demo-avengers-pro.json --explain --alpha 1 < demo.last
fit/again              rb-fit kmeans demo.chain1
fit/output             rb-fit random -o random.out demo.ndjson
-                      deal 0/3 demo.ndjson > labelled0
-                      deal 1/3 demo.ndjson > labelled1
-                      deal 2/3 demo.ndjson > labelled2
fit/two-files          rb-fit domain labelled0 labelled1
fit/one-twice          rb-fit domain labelled0 labelled0
score/output           rb-score -o score.out demo.fitted
merge/mixed            rb-score --merge demo.part0 demo.seed-part1
merge/lacking          rb-score --merge demo.part0
pareto/two             rb-pareto demo-default.scores val.scores
pareto/again/records   rb-pareto demo-by.scores > again.scores
pareto/again           rb-pareto --svg again.svg again.scores
pareto/all             rb-pareto --table --term --svg all.svg demo-default.scores
pareto/output          rb-pareto --table -o table.out demo-by.scores
"""
MORE_SCORES = {
    "tokens": "--against tokens --exact",
    "pair": "--strong sim-frontier --weak sim-chat",
    "relative": "--relative-to sim-large --right-at 1",
    "worth": "--worth 0.03 --margin 0.02 --seed 5 --resamples 300",
    "two-fields": "--by dataset --by /split --threads 1",
    "drop-by": "--missing drop --by dataset --memory 1",
    "latency-rule": "--choose latency<=2 --against latency --by dataset",
    "strong-rule": "--choose strong<=0.5 --versus domain",
    "fixed-quality": "--choose quality>=0.7 --exact --by dataset",
    "holds": "--assert kmeans.quality>=0.1 --quiet",
    "fails": "--assert 'kmeans beats best-single' --assert kmeans.aiq>=0.999",
    "versus": "--versus random --assert 'kmeans beats random'",
    "unknown": "--versus nobody",
}
# Each router's flags.
FITS = [
    ("fixed", "--model sim-code"),
    ("random", "--strong sim-large --weak sim-small"),
    ("length", "--strong sim-large --weak sim-small --name longer"),
    ("keyword", "--keywords keywords.toml"),
    ("logistic", "--features embedding --c 0.5"),
    ("logistic", "--max-features 300"),
    ("logistic", "--strong sim-large"),
    ("logistic", "--features embedding --weak sim-small"),
    ("domain", "--exclude sim-small,sim-code"),
    ("domain", "--against latency"),
    ("kmeans", "--k 5 --restarts 1 --seed 9"),
    ("kmeans", "--memory 1 --threads 1"),
    ("kmeans", "--threads 3"),
    ("avengers", "--k 8 --top-k 3 --beta 4"),
    ("avengers-pro", "--k 12 --top-k 1 --cost-norm minmax"),
    ("avengers-pro", "--against tokens"),
    ("knn", "--k auto"),
    ("knn", "--k 100000"),
    ("hiershrink", "--coarse 4 --fine 20 --strength 5"),
    ("svm", "--c 3 --epsilon 0.1 --threads 1"),
    ("irt", "--dim 6 --l2 1 --epochs 20 --rate 0.02"),
    ("mlp", "--hidden 20,10 --epochs 30 --rate 0.003"),
    ("mlp", "--epochs 20 --threads 1 --seed 4"),
    ("embedllm", "--dim 16 --epochs 5 --noise 0"),
    ("embedllm", "--epochs 3 --threads 3 --rate 0.001"),
    ("routellm-mf", "--dim 8 --epochs 10 --pairs weighted"),
    ("routellm-mf", "--dim 8 --epochs 10 --strong sim-large --weak sim-small"),
    ("sw-ranking", "--tiers 3"),
    ("sw-ranking", "--strong sim-large"),
    ("reward", "--after-calling 3"),
    ("reward", "--after-calling 2 --against latency"),
    ("uncertainty", "--strong sim-large --weak sim-chat"),
    ("hybrid", "--strong sim-large --weak sim-chat"),
    ("cascade", "--accept scorer --calls 2"),
    ("cascade", "--accept confidence"),
    ("cascade", "--pool 4 --against latency --calls 2"),
    ("cascade-routing", "--calls 1"),
    ("cascade-routing", "--models sim-small,sim-chat,sim-large"),
    ("routerbench-cascade", "--error 0 --budgets 0.0001,0.01"),
    ("routerbench-cascade", "--error 0.4 --against latency --seed 3"),
]
FIT = """
$name          rb-fit $router $flags --save $name.json demo.ndjson > $name.out
$name/route    rb-route $name.json --input demo.last
$name/explain  rb-route $name.json --explain --alpha 0.5 --input demo.last
$name/score    rb-score --resamples 100 $name.out
"""
# Models that come later, from a third of the records.
EXTEND = """
$router/base    rb-fit $router --exclude sim-code,sim-large --save $router-base.json demo.ndjson
$router         rb-fit extend $router-base.json --models sim-code --save $router-more.json labelled0
$router/bold    rb-fit extend $router-base.json --caution 0 --name bold labelled1
$router/twice   rb-fit extend $router-more.json --save $router-most.json labelled2
$router/route   rb-route $router-most.json --explain --alpha 0.7 < demo.last
"""

# Committed files.
IMPORT = """
default    rb-import $file
responses  rb-import --responses --memory 1 $file
prices     rb-import --prices prices/sheet.csv --dataset named $file
stdin      rb-import < $file
skip       rb-import --on-error skip --score-range 0:2 --quiet $file
range      rb-import --score-range 0:10 $file
twice      rb-import $file $file
scaled     rb-import --scale-cost m=0.5 --reference m --memory 1 $file
"""
AS_FORMAT = """
$format    rb-import --format $format --memory 1 $file
"""
IMPORT_MORE = """
tree               rb-import tree
tree/bench         rb-import --responses tree/bench
columns            rb-import --col-id run,question --col-model who --col-score points --col-query question --score-range 0:10 columns.csv
columns/unnamed    rb-import columns.csv
columns/wrong      rb-import --col-id nothing columns.csv
columns/prices     rb-import --score-range 0:10 --col-model who --col-score points --col-prompt-tokens tin --col-completion-tokens tout --prices prices.csv columns.csv
conflict           rb-import conflict.csv
conflict/memory    rb-import --memory 1 conflict.csv
joined             rb-import --score-range 0:10 formats/long.csv later.csv
joined/memory      rb-import --score-range 0:10 --memory 1 later.csv formats/long.csv
joined/formats     rb-import --responses files/routerbench.csv formats/routerbench-responses.csv formats/adaptor.ndjson
prices/tabs        rb-import --prices prices/tabs.tsv formats/adaptor.ndjson
prices/bounds      rb-import --prices prices/beyond-bounds.csv formats/adaptor.ndjson
prices/none        rb-import --prices columns.csv formats/adaptor.ndjson
"""
RECORD = """
split      rb-split $file
resplit    rb-split --resplit $file
embed      rb-embed $file
random     rb-fit random --replace $file
kmeans     rb-fit kmeans --k 2 $file
score      rb-score $file
partial    rb-score --partial $file
merge      rb-score --merge $file
"""
OLD_ROUTER = """
steps      rb-route $file --replace --input record/plain.ndjson record/routed.ndjson
explain    rb-route $file --replace --explain --alpha 0.3 --input record/plain.ndjson
converse   rb-route $file --converse --alpha 0.8 --input record/plain.ndjson
"""
SHOW = """
pareto     rb-pareto --svg $picture $file
table      rb-pareto --table $file
term       rb-pareto --term $file
"""

# What the tools refuse.
FAULTS = """
fit/none               rb-fit
fit/unknown            rb-fit no-such-router
fit/k                  rb-fit kmeans --k 0 demo.ndjson
fit/word               rb-fit kmeans --k many demo.ndjson
fit/model              rb-fit fixed --model nobody demo.ndjson
fit/models             rb-fit domain --models nobody,sim-chat demo.ndjson
fit/exclude            rb-fit domain --exclude nobody demo.ndjson
fit/pair               rb-fit random --strong sim-chat --weak sim-chat demo.ndjson
fit/against            rb-fit kmeans --against beauty demo.ndjson
fit/no-vectors         rb-fit kmeans demo.raw
fit/missing            rb-fit kmeans missing.ndjson
fit/save               rb-fit random --save no/such/folder.json demo.raw
fit/save-folder        rb-fit random --save prices demo.raw
fit/keywords           rb-fit keyword --keywords broken/router.json demo.raw
fit/memory             rb-fit kmeans --memory little demo.ndjson
fit/extend             rb-fit extend demo-kmeans.json demo.ndjson
fit/extend/not         rb-fit extend broken/router.json demo.ndjson
fit/budgets            rb-fit routerbench-cascade --budgets 1,x demo.ndjson
route/none             rb-route
route/missing          rb-route missing.json
route/damaged          rb-route broken/router.json --input demo.last
route/cut              rb-route broken/router-cut.json --input demo.last
route/records          rb-route demo.last --input demo.last
route/alpha            rb-route demo-kmeans.json --alpha 1.5 --input demo.last
route/two-points       rb-route demo-kmeans.json --alpha 0.5 --budget 1 --input demo.last
route/no-alpha         rb-route demo-kmeans.json --converse --input demo.last
route/no-vectors       rb-route demo-kmeans.json --input demo.raw
route/quality          rb-route demo-kmeans.json --quality best --input demo.last
split/like             rb-split --like nothing demo.raw
split/shares           rb-split --train 0.8 --val 0.4 demo.raw
split/share            rb-split --train 2 demo.raw
split/dataset          rb-split --train-on nothing demo.raw
split/both             rb-split --exact --leave-out demo-arith demo.raw
split/have             rb-split demo.split
split/missing          rb-split missing.ndjson
embed/model            rb-embed --model no-such-model demo.raw
embed/folder           rb-embed --model-dir no-such-folder demo.raw
embed/pooling          rb-embed --pooling mean demo.raw
embed/encoding         rb-embed --encoding hex demo.raw
score/rule             rb-score --choose nonsense demo.fitted
score/by               rb-score --by nothing demo.fitted
score/claim            rb-score --assert nonsense demo.fitted
score/claimed          rb-score --assert nobody.aiq>=1 demo.fitted
score/strong           rb-score --strong nobody demo.fitted
score/relative         rb-score --relative-to nobody demo.fitted
score/unrouted         rb-score demo.ndjson
score/split            rb-score --split val demo.fitted
score/seeds            rb-score --seeds demo.seed1
score/same-seeds       rb-score --seeds demo.seed1 demo.seed1
score/merge            rb-score --merge demo.fitted
score/both             rb-score --merge --partial demo.fitted
score/output           rb-score -o no/such/folder demo.fitted
pareto/records         rb-pareto demo.last
pareto/both            rb-pareto --table --term demo-default.scores
pareto/svg             rb-pareto --svg no/such/folder.svg demo-default.scores
pareto/missing         rb-pareto missing.ndjson
import/missing         rb-import missing.csv
import/format          rb-import --format nothing columns.csv
import/range           rb-import --score-range 1:0 columns.csv
import/scale           rb-import --scale-cost m demo.raw
import/unknown-scale   rb-import --scale-cost nobody=2 demo.raw
import/reference       rb-import --reference nobody demo.raw
import/flag            rb-import --no-such-flag
"""
# Every tool on every broken stream, stopping and skipping.
READ = """
$file/split         rb-split broken/$file
$file/split/skip    rb-split --on-error skip broken/$file
$file/embed         rb-embed broken/$file
$file/embed/skip    rb-embed --on-error skip broken/$file
$file/embed/line    rb-embed --line-buffered < broken/$file
$file/random        rb-fit random broken/$file
$file/random/skip   rb-fit random --on-error skip broken/$file
$file/kmeans        rb-fit kmeans --k 2 < broken/$file
$file/route         rb-route demo-kmeans.json --input broken/$file
$file/route/line    rb-route demo-length.json --line-buffered --on-error skip < broken/$file
$file/score         rb-score broken/$file
$file/score/skip    rb-score --on-error skip broken/$file
$file/partial       rb-score --partial < broken/$file
$file/merge         rb-score --merge broken/$file
$file/pareto        rb-pareto broken/$file
$file/pareto/skip   rb-pareto --table --on-error skip broken/$file
$file/import        rb-import broken/$file
$file/import/skip   rb-import --on-error skip --format records broken/$file
"""
# Real benchmarks, where they are present, and how many of their queries.
REAL = {
    "cascades": (["cascades.ndjson.zst"], 700),
    "nim9": (["nim9.ndjson.zst"], 500),
    "zeroeval": (["zeroeval.ndjson.zst"], 300),
    "routerbench": (["routerbench/mbpp_test.csv.zst", "routerbench/arc_challenge_test.csv.zst"], 350),
    "llmrouterbench": (["llmrouterbench-sample240.csv.zst"], 240),
}
