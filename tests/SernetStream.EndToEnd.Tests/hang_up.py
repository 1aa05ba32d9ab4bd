"""Runs a program at a pseudo-terminal, sends it SIGHUP, and then closes the terminal.

hang_up.py READY RELOADED COMMAND...   SIGHUP is sent once the program has said READY, and the terminal closed once it has said
RELOADED; exits as the program does. What it says after that it says to nobody, so it logs to a terminal that is gone.
"""

import os
import pty
import signal
import sys

ready, reloaded = sys.argv[1:3]
child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[3], sys.argv[3:])

signal.alarm(120)


def wait_for(words):
    seen = ""
    while words not in seen:
        data = os.read(terminal, 65536).decode(errors="replace")
        sys.stdout.write(data)
        seen += data


wait_for(ready)
os.kill(child, signal.SIGHUP)
wait_for(reloaded)
os.close(terminal)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
