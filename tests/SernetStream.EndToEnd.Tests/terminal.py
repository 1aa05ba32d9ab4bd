"""Runs a program at a pseudo-terminal, and answers its questions.

terminal.py DIALOGUE COMMAND...   DIALOGUE is a JSON list of [what is waited for, what is typed]; exits as the program does.
"""

import json
import os
import pty
import select
import sys
import time

LIMIT = 120

dialogue = json.loads(sys.argv[1])
child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[2], sys.argv[2:])

seen, deadline = "", time.monotonic() + LIMIT
while time.monotonic() < deadline:
    if dialogue and dialogue[0][0] in seen:
        question, answer = dialogue.pop(0)
        seen = seen[seen.index(question) + len(question) :]
        os.write(terminal, (answer + "\n").encode())
    if not select.select([terminal], [], [], 1)[0]:
        continue
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    text = data.decode(errors="replace")
    seen += text
    sys.stdout.write(text)
    sys.stdout.flush()
else:
    os.kill(child, 9)

status = os.waitpid(child, 0)[1]
if dialogue:
    print(f"\nNOT ASKED: {dialogue}")
    sys.exit(99)
sys.exit(os.waitstatus_to_exitcode(status))
