"""Small files that the command lines of oracle_cases.py read."""

import gzip

# Tables of benchmarks, prices and keywords, by file name.
TABLES = {
    "columns.csv": b"run,question,who,points,tin,tout\n1,a b,m,3,10,20\n1,a b,n,,5,\n2,c,m,10,7,8\n2,c,n,0.5,,9\n",
    "later.csv": b"id,model,score,cost\nq1,o,5,0.25\nq2,m,0,0.5\n",
    "conflict.csv": b"id,model,score,cost\nq,m,1,0.5\nr,m,0,0.1\nq,m,0,0.5\n",
    "prices.csv": b"model,input_usd_per_1m,output_usd_per_1m\nm,1,2\nn,0.5,0.25\n",
    "keywords.toml": b'[[domain]]\nname = "sums"\nkeywords = ["hours", "many"]\n[[domain]]\nname = "rest"\nkeywords = ["the"]\n',
}

# Streams with one fault each, and one with none.
GOOD = b'{"id":"good","prompt":"x","outcomes":{"m":{"score":1,"cost":1},"n":{"score":0,"cost":2}},"routes":{"r":"m"}}\n'


def _outcome(text):
    """A good record, and one with this outcome."""
    return GOOD + b'{"id":"a","prompt":"y","outcomes":{"m":' + text + b'},"routes":{"r":"m"}}\n' + GOOD.replace(b"good", b"end")


BROKEN = {
    "array.ndjson": GOOD + b"[1]\n",
    "blank.ndjson": b"\n\n" + GOOD + b"\n",
    "cut.ndjson": GOOD + b'{"id":"b",\n' + GOOD.replace(b"good", b"c"),
    "cut.ndjson.gz": gzip.compress(GOOD * 50, compresslevel=0, mtime=0)[:-12],
    "empty.ndjson": b"",
    "embedding.ndjson": b'{"id":"a","prompt":"x","embedding":{"model":"e","vector":[1,2]}}\n{"id":"b","prompt":"x","embedding":{"model":"e","vector":[1]}}\n',
    "good.ndjson": GOOD,
    "huge-number.ndjson": _outcome(b'{"score":1e999}'),
    "key-twice.ndjson": GOOD + b'{"id":"a","id":"b"}\n',
    "negative-cost.ndjson": _outcome(b'{"score":1,"cost":-1}'),
    "no-id.ndjson": GOOD + b'{"prompt":"x"}\n',
    "no-prompt.ndjson": GOOD + b'{"id":"a"}\n',
    "no-score.ndjson": _outcome(b'{"cost":1}'),
    "no-such-split.ndjson": GOOD + b'{"id":"a","prompt":"x","split":"exam"}\n',
    "not-utf8.ndjson": GOOD + b'{"id":"\xff"}\n',
    "number-id.ndjson": GOOD + b'{"id":7,"prompt":"x"}\n',
    "range.ndjson": _outcome(b'{"score":2}'),
    "router.json": b'{"format":"rb-router/1","router":"kmeans"}\n',
    "router-cut.json": b'{"format":"rb-router/1","rou',
    "score-record.ndjson": b'{"type":"point","router":"r","group":{},"alpha":2,"quality":"high"}\n',
    "steps.ndjson": GOOD.replace(b'"m"}}\n', b'[{"alpha":0.5,"model":"m"},{"alpha":0.1,"model":"n"}]}}\n'),
    "text-score.ndjson": _outcome(b'{"score":"1"}'),
    "twice.ndjson": GOOD + GOOD,
    "unknown-model.ndjson": GOOD.replace(b'"r":"m"', b'"r":"nobody"'),
}
