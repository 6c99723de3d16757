"""Asks a router 1,000 times and waits for each answer: python3 requests.py TOOLS ROUTER.

Every tenth request is odd. Prints how many answers came in order with a route,
and how many with an error.
"""

import json
import subprocess
import sys

ODD = [
    lambda i: json.dumps({"id": i, "prompt": None}),
    lambda i: json.dumps({"id": i, "prompt": [{"type": "text", "text": "Prove it"}, {"type": "image_url", "image_url": {"url": "data:,"}}]}),
    lambda i: json.dumps({"id": i, "prompt": ""}),
    lambda i: '{"id": "%s", "prompt": "broken' % i,
    lambda i: json.dumps({"id": i, "prompt": "แม่น้ำสายใดยาวที่สุด 🐘"}, ensure_ascii=False),
    lambda i: "",
    lambda i: json.dumps([i]),
    lambda i: json.dumps({"id": i, "prompt": [{"role": "user", "content": "Name a river"}]}),
    lambda i: json.dumps({"id": i, "prompt": [{"type": "image_url", "image_url": {"url": "data:,"}}]}),
    lambda i: json.dumps({"id": i}),
]


def request(i):
    if i % 10 == 3:
        return ODD[i // 10 % len(ODD)](str(i))
    return json.dumps({"id": str(i), "prompt": "Write a loop over %d numbers" % i})


def main(tools, router):
    embed = subprocess.Popen([tools + "/rb-embed", "--line-buffered", "--quiet"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    route = subprocess.Popen([tools + "/rb-route", router, "--alpha", "0.5", "--line-buffered"], stdin=embed.stdout, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    embed.stdout.close()
    routed = failed = 0
    for i in range(1000):
        embed.stdin.write((request(i) + "\n").encode())
        embed.stdin.flush()
        answer = json.loads(route.stdout.readline())
        assert answer.get("id", str(i)) == str(i), (i, answer)
        assert ("routes" in answer) != ("error" in answer), (i, answer)
        routed += "routes" in answer
        failed += "error" in answer
    embed.stdin.close()
    assert route.stdout.readline() == b"", "an answer that nobody asked for"
    print(routed, failed, embed.wait(), route.wait())


main(*sys.argv[1:])
