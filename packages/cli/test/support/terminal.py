"""Runs a command in a pseudo-terminal and types into it.

Takes one JSON object on standard input: {argv, env, cwd, steps: [{expect, type}], stdout}. Each step waits until
the text `expect` has appeared after what the step before it has met, and types `type`. `stdout`, a path, takes the
command's standard output away from the terminal. Prints one JSON object: {output, code, seen}, where `seen` says
how many steps were met.
"""
import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
import time

task = json.load(sys.stdin)
pid, terminal = pty.fork()
if pid == 0:
    # A terminal of no size would wrap after every character.
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
    os.chdir(task["cwd"])
    if task.get("stdout"):
        target = os.open(task["stdout"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(target, 1)
    os.execvpe(task["argv"][0], task["argv"], task["env"])

output = b""
met = 0
seen = 0
deadline = time.monotonic() + task.get("patience", 60)
while time.monotonic() < deadline:
    steps = task["steps"]
    if seen < len(steps):
        at = output.find(steps[seen]["expect"].encode(), met)
        if at >= 0:
            met = at + len(steps[seen]["expect"].encode())
            os.write(terminal, steps[seen]["type"].encode())
            seen += 1
            continue
    ready, _, _ = select.select([terminal], [], [], 0.2)
    if not ready:
        continue
    try:
        chunk = os.read(terminal, 65536)
    except OSError:  # the command has ended
        break
    if not chunk:
        break
    output += chunk
else:
    os.kill(pid, 9)

_, status = os.waitpid(pid, 0)
code = os.waitstatus_to_exitcode(status)
print(json.dumps({"output": output.decode("utf-8", "replace"), "code": code, "seen": seen}))
