#!/usr/bin/env python3
"""An OpenAI-compatible endpoint that answers every chat with the name of its model,
to try a client without an account.
Usage: openai-stub.py COMMAND [ARGUMENT …]
Runs COMMAND with OPENAI_BASE_URL and OPENAI_API_KEY set to it, and ends with its exit
code. Needs the standard library alone.
"""

import http.server
import json
import os
import subprocess
import sys
import threading

KEY = "stub"


class Answers(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != "/v1/chat/completions":
            return self.answer(404, {"error": {"message": f"no {self.path} here"}})
        if self.headers["Authorization"] != f"Bearer {KEY}":
            return self.answer(401, {"error": {"message": "the key is another"}})
        asked = json.loads(body)
        words = sum(len(m["content"].split()) for m in asked["messages"])
        content = f"I am {asked['model']} and read {words} words."
        message = {"role": "assistant", "content": content}
        self.answer(200, {
            "id": "stub", "object": "chat.completion", "created": 0, "model": asked["model"],
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
            "usage": {"prompt_tokens": words, "completion_tokens": 6, "total_tokens": words + 6},
        })

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip())
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}/v1"
    there = {**os.environ, "OPENAI_BASE_URL": base, "OPENAI_API_KEY": KEY, "NO_PROXY": "127.0.0.1"}
    sys.exit(subprocess.run(sys.argv[1:], env=there).returncode)


main()
