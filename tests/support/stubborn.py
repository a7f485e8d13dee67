"""Programs that do not want to end at their deadline."""

BOMB = "(bomb() { bomb | bomb & }; bomb)"  # in a shell of its own: one that cannot fork any more ends
DETACH = """
import os, sys, time
if os.fork(): os._exit(0) if {leave} else time.sleep(60)
os.setsid()
if os.fork(): os._exit(0)
for fd in range(3): os.close(fd)
while True:
    with open("/workspace/beat", "a") as file: file.write("x")
    time.sleep(0.01)
"""
KILLABLE = {  # programs that our program in the box can end
    "sleeps": ["sleep", "60"],
    "ignores signals": ["sh", "-c", "trap '' HUP INT TERM QUIT USR1 USR2; while :; do sleep 0.05; done"],
    "leaves a daemon": ["python3", "-c", DETACH.format(leave=False)],
    "writes without end": ["sh", "-c", "while :; do echo x >>/workspace/beat; done"],
    "prints without end": ["sh", "-c", "yes; yes >&2"],
    "is a fork bomb in sh": ["sh", "-c", f"sleep 60 & {BOMB} & wait"],
    "is a fork bomb in python": [
        "python3",
        "-c",
        "import os, signal\nfor n in (1, 2, 3, 15): signal.signal(n, signal.SIG_IGN)\n"
        "while True:\n    try: os.fork()\n    except OSError: pass",
    ],
}
DEFIANT = {  # programs that end our program in the box first
    "kills all and sleeps": "kill -9 -1; sleep 60",
    "kills all and writes": "kill -9 -1; while :; do echo x >>/workspace/beat; done",
    "kills all and forks": f"kill -9 -1; sleep 60 & {BOMB} & wait",
    "stops all and sleeps": "kill -STOP -1; sleep 60",
}
